"""A function under SnapStart: AWS's own Python client, which knows the restore, and a Runtime API that
has one."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

import runtime_api
import servers
from emulator import FUNCTIONS, TOOLS
from reading import Aws

NAME = "miyabi/snap/api-keys"
OLD = '{"GITHUB_TOKEN":"canary-old","openai.key":"canary"}'
NEW = '{"GITHUB_TOKEN":"canary-new","openai.key":"canary"}'


@pytest.fixture
def rotated(secrets: str):
    """A secret with the old value, and what replaces it."""
    client = Aws(secrets).secrets
    client.create_secret(Name=NAME, SecretString=OLD)
    yield lambda: client.put_secret_value(SecretId=NAME, SecretString=NEW)
    client.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)


def digest(token: str) -> str:
    return hashlib.sha256(f"{token}canary".encode()).hexdigest()


@contextmanager
def started(
    command: list, api: runtime_api.RuntimeApi, secrets: str, variables: Mapping[str, str]
) -> Iterator[subprocess.Popen]:
    """Starts a program with what Lambda sets under SnapStart, and ends it."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{TOOLS / 'python'}:{FUNCTIONS / 'python'}:{FUNCTIONS / 'client'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "AWS_LAMBDA_FUNCTION_NAME": "demo",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        "AWS_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "session-token",
        "AWS_ENDPOINT_URL": secrets,
        "LAMBDA_SECRETS_PROJECT": "miyabi",
        "LAMBDA_SECRETS_ENVIRONMENT": "snap",
        "LAMBDA_SECRETS_NAMES": "api-keys",
    }
    process = subprocess.Popen(
        command,
        env=environment | dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=servers.end_with_the_tests,
    )
    try:
        yield process
    finally:
        servers.stop(process)


def function(handler: str) -> list:
    return [Path(sys.base_prefix) / "bin" / "python3", "-m", "awslambdaric", handler]


def test_a_snapshot_is_refused_before_anything_is_read(opt: Path, secrets: str) -> None:
    command = [opt / "lambda-secrets", *function("app.handler")]
    with runtime_api.serving() as api, started(command, api, secrets, {}) as process:
        told = api.wait()
        printed, _ = process.communicate(timeout=runtime_api.WAIT_SECONDS)
    assert process.returncode == 64
    assert api.asked == ["/init/error"], "no function started, so none was restored"
    assert told["errorType"] == "LambdaSecrets.SnapStart"
    for part in ("after the restore", "LAMBDA_SECRETS_SNAPSTART=allow"):
        assert part in told["errorMessage"] and part in printed


def test_an_allowed_snapshot_brings_back_values_as_old_as_it_is(
    opt: Path, secrets: str, rotated
) -> None:
    command = [opt / "lambda-secrets", *function("app.handler")]
    allowed = {"LAMBDA_SECRETS_SNAPSTART": "allow"}
    with runtime_api.serving(rotated) as api, started(command, api, secrets, allowed):
        assert api.wait() == {"digest": digest("canary-old"), "event": {"number": 1}}
    assert api.asked[:3] == ["/restore/next", "/invocation/next", "/invocation/1/response"]


def test_what_is_read_after_the_restore_from_the_refresher_is_new(
    opt_with_refresher: Path, secrets: str, rotated
) -> None:
    refresher = [opt_with_refresher / "extensions" / "lambda-secrets-refresher"]
    port = {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(servers.free_port())}
    with runtime_api.serving(rotated) as api, started(refresher, api, secrets, port):
        with started(function("after_restore.handler"), api, secrets, port):
            assert api.wait() == {"digest": digest("canary-new"), "event": {"number": 1}}
    assert api.asked[:3] == ["/restore/next", "/invocation/next", "/invocation/1/response"]
