"""A function that knows nothing of any layer: it reads its settings where everybody does."""

import hashlib
import os

GITHUB_TOKEN = os.environ["GITHUB_TOKEN"]
OPENAI_KEY = os.environ["OPENAI__KEY"]


def handler(event, context):
    digest = hashlib.sha256((GITHUB_TOKEN + OPENAI_KEY).encode()).hexdigest()
    return {"digest": digest, "event": event}
