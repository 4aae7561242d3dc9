"""`local-lambda`: programs and functions against the state of `provision --local`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import NO_CREDENTIALS, ROOT, Cli, copied

PROGRAM = ROOT / "target" / "debug" / "local-lambda"
VALUE = "ghp_canary-4Fq"
READ = """\
import boto3, sys
kwargs = {"aws_access_key_id": sys.argv[1]} if len(sys.argv) > 1 else {}
kwargs |= {"aws_secret_access_key": "local"} if kwargs else {}
client = boto3.client("secretsmanager", **kwargs)
try:
    print(client.get_secret_value(SecretId="miyabi/dev/api-keys")["SecretString"])
except client.exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the state of `dev`."""
    folder = copied(tmp_path_factory.mktemp("local") / "miyabi")
    cli = Cli(folder, ("--env", "dev", "--local"))
    cli("--yes")
    cli.set("api-keys", "GITHUB_TOKEN", VALUE)
    return folder


def run(folder: Path, *arguments: str | Path, code: int = 0) -> str:
    """Returns what was printed."""
    finished = subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env=NO_CREDENTIALS | {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_PROFILE": "none"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert finished.returncode == code, finished.stdout
    return finished.stdout


def test_a_program_of_any_language_finds_an_aws(folder: Path) -> None:
    found = json.loads(run(folder, "--", sys.executable, "-c", READ))
    assert found["GITHUB_TOKEN"] == VALUE


def test_nobody_else_is_answered(folder: Path) -> None:
    printed = run(folder, "--", sys.executable, "-c", READ, "AKIDSOMEBODY")
    assert printed == "UnrecognizedClientException\n"


def test_the_programs_code_is_passed_on_and_a_program_that_is_none_is_told(folder: Path) -> None:
    run(folder, "--", "sh", "-c", "exit 7", code=7)
    assert "cannot be started" in run(folder, "--", "/no/such/program", code=1)
    assert "no program is given" in run(folder, code=64)


def test_without_a_state_nothing_is_made_and_the_way_to_one_is_told(tmp_path: Path) -> None:
    for made in (False, True):
        printed = run(tmp_path, "--", "true", code=1)
        assert "`.provision` holds no state" in printed and "provision apply --env dev --local" in printed
        assert (tmp_path / ".provision").exists() == made
        (tmp_path / ".provision").mkdir(exist_ok=True)
    assert "--event JSON" in run(tmp_path, "--help")
    assert run(tmp_path, "--version").startswith("local-lambda ")


def test_a_function_that_does_not_start_says_why(folder: Path) -> None:
    printed = run(folder, "--function", "f", "--event", "{}", "--", "sh", "-c", "exit 3", code=1)
    assert "the function ended: exit status: 3" in printed
    runtime = ROOT / "examples" / "local" / "python-runtime"
    printed = run(folder, "--function", "f", "--event", "{}", "--", runtime, "nothing.handler", code=1)
    assert "the function did not start" in printed and "No module named 'nothing'" in printed


def test_nothing_of_the_callers_environment_reaches_a_function(folder: Path) -> None:
    (folder / "app.py").write_text("import os\ndef handler(event, context):\n    return sorted(os.environ)\n")
    runtime = ROOT / "examples" / "local" / "python-runtime"
    printed = run(folder, "--function", "f", "--event", "{}", "--", runtime, "app.handler")
    names = json.loads(printed)
    assert "HOME" not in names and "AWS_PROFILE" not in names
    assert {"AWS_LAMBDA_RUNTIME_API", "AWS_ENDPOINT_URL", "PATH"} <= set(names)
