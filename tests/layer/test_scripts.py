"""The scripts of the meta-agents system, and the SAM template that they deploy."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import servers
from cli import BINARY, TEST_CREDENTIALS
from emulator import TOOLS
from reading import Aws

ROOT = Path(__file__).resolve().parents[2]
NAME = "meta-agents/dev/openai"
# the manifest's own
REGION = "us-east-1"
# what SAM builds is looked at and not run; the layer's profile has both settings of its own
UNOPTIMISED = {"CARGO_PROFILE_RELEASE_OPT_LEVEL": "0", "CARGO_PROFILE_RELEASE_LTO": "off"}


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[servers.Server]:
    with servers.moto(tmp_path) as server:
        yield server


def script(
    name: str, *arguments: str, stdin: str = "", code: int = 0, variables: Mapping[str, str] | None = None
) -> str:
    """Runs a script to its end and returns what it printed."""
    home = {key: os.environ[key] for key in ("HOME", "CARGO_HOME", "RUSTUP_HOME") if key in os.environ}
    # SAM wants the very Python of a function on the PATH, which is the one that runs the tests
    path = [TOOLS / "sam" / "bin", Path(sys.base_prefix) / "bin", os.environ["PATH"]]
    process = subprocess.Popen(
        [ROOT / "scripts" / name, *arguments],
        env=TEST_CREDENTIALS
        | home
        | {"PATH": ":".join(map(str, path)), "PROVISION": str(BINARY), "SAM_CLI_TELEMETRY": "0"}
        | dict(variables or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(stdin)
    finally:
        # where the test is out of time, what the script started ends with it
        if process.poll() is None:
            servers.stop(process)
    assert process.returncode == code, printed
    return printed


def value(moto: servers.Server) -> dict:
    return json.loads(Aws(moto.url, REGION).value(NAME) or "null")


def test_a_secret_is_created_and_its_key_replaced(moto: servers.Server) -> None:
    arguments = ("create-secrets.sh", "dev", "--endpoint-url", moto.url)
    for key in ("canary-first", "canary-second"):
        printed = script(*arguments, stdin=key)
        assert key not in printed
        assert value(moto) == {"api_key": key}


def test_what_is_no_argument_of_the_scripts_is_told() -> None:
    assert "[stage]" in script("create-secrets.sh", "--wrong", code=64)
    assert "<stage>" in script("deploy-with-secrets.sh", code=64)
    assert "<stage>" in script("deploy-with-secrets.sh", "dev", "--endpoint-url", code=64)


@pytest.mark.timeout(900)
def test_a_deployment_gets_as_far_as_an_emulator_goes(moto: servers.Server) -> None:
    arguments = ("deploy-with-secrets.sh", "dev", "--yes", "--endpoint-url", moto.url)
    printed = script(*arguments, variables=UNOPTIMISED)
    assert "is a valid SAM Template" in printed
    assert "Build Succeeded" in printed
    assert "not deployed: no emulator runs SAM's transform" in printed
    built = ROOT / "sam" / ".aws-sam" / "build"
    assert (built / "PythonFunction" / "app.py").is_file()
    assert (built / "NodeFunction" / "index.mjs").is_file()
    assert (built / "RustFunction" / "bootstrap").is_file()
    assert Aws(moto.url, REGION).secret_names() == [NAME]


def test_the_template_grants_no_more_than_each_function_reads() -> None:
    translated = ROOT / "tests" / "layer" / "translate_template"
    command = [TOOLS / "sam" / "bin" / "python", translated, ROOT / "sam" / "template.yaml"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    resources = json.loads(output)["Resources"].values()
    roles = [one["Properties"] for one in resources if one["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 3
    for role in roles:
        [managed] = role["ManagedPolicyArns"]
        assert "AWSLambdaBasicExecutionRole" in str(managed)
        [policy] = role["Policies"]
        read, decrypt = policy["PolicyDocument"]["Statement"]
        assert read["Action"] == "secretsmanager:GetSecretValue"
        assert read["Resource"]["Fn::Sub"].endswith(":secret:${Project}/${Stage}/openai-??????")
        assert decrypt["Action"] == "kms:Decrypt"
        condition = decrypt["Condition"]
        assert condition["StringLike"]["kms:EncryptionContext:SecretARN"] == read["Resource"]
        assert "kms:ViaService" in condition["StringEquals"]


def test_the_image_is_built_where_there_is_an_engine(zips: Path) -> None:
    docker = shutil.which("docker")
    engine = docker and subprocess.run([docker, "info"], capture_output=True).returncode == 0
    if not engine:
        pytest.skip("no container engine")
    dockerfile = ROOT / "examples" / "pr-agent" / "container" / "Dockerfile"
    subprocess.run([docker, "build", "--file", dockerfile, ROOT], check=True, timeout=600)
