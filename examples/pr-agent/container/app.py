"""Stands for pr-agent's own handler: it finds its settings where pr-agent looks for them."""

import os

SECTIONS = ("OPENAI__KEY", "GITHUB__WEBHOOK_SECRET", "GITHUB__USER_TOKEN")


def handler(event, context):
    return {"settings": [name for name in SECTIONS if os.environ.get(name)]}
