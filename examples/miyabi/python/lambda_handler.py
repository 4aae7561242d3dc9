"""The same system's function in Python, as it always was: the layer has filled the environment before its first line."""

import os

# from Secrets Manager in Lambda, from a .env file or `provision run` locally
GITHUB_TOKEN = os.getenv("GITHUB_TOKEN", "")
MIYABI_ACCESS_TOKEN = os.getenv("MIYABI_ACCESS_TOKEN", "")


def handler(event, context):
    return {"GITHUB_TOKEN": bool(GITHUB_TOKEN), "MIYABI_ACCESS_TOKEN": bool(MIYABI_ACCESS_TOKEN)}
