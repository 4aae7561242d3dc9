"""An agent that finds its key where every library looks for it."""

import os

OPENAI_API_KEY = os.environ["OPENAI_API_KEY"]


def handler(event, context):
    return {"ready": bool(OPENAI_API_KEY)}
