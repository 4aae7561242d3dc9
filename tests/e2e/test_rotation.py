"""A rotation as AWS carries it out: the real function, under the role that the manifest gives it."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from cli import ROOT, TEST_CREDENTIALS, Cli
from reading import ACCOUNT, REGION, Aws

BINARY = ROOT / "target" / "debug" / "rotation-function"
FUNCTION = "pool-dev-rotator"
MANIFEST = f"""\
project: pool
region: {REGION}
environments: {{ dev: {{}} }}
secrets:
  llm:
    keys: [api_keys, note]
    rotation: {{ lambda_arn: "arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}", every_days: 30 }}
  other:
    keys: [KEY]
functions:
  rotator: {{ reads: [llm], runtime: provided.al2023 }}
"""
POOL = ["canary-key-1", "canary-key-2"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    with servers.ministack(tmp_path_factory.mktemp("ministack")) as server:
        yield server


@pytest.fixture(scope="module")
def aws(server: servers.Server) -> Aws:
    return Aws(server.url)


@pytest.fixture(scope="module")
def cli(server: servers.Server, aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The project, provisioned, its function deployed, and a pool of two keys in its secret."""
    folder = tmp_path_factory.mktemp("pool")
    (folder / "secrets.yaml").write_text(MANIFEST)
    cli = Cli(folder, ("--env", "dev", "--endpoint-url", server.url), TEST_CREDENTIALS)
    cli("--yes")
    deploy(aws)
    cli.values.update([*POOL, "canary-note"])
    value = {"llm": {"api_keys": POOL, "note": "canary-note"}}
    cli("import", "-", "--format", "json", "--yes", stdin=json.dumps(value))
    # an empty secret is not rotated: its rotation is set up now that it has a value
    cli("--yes").says("every 30 days")
    return cli


def deploy(aws: Aws) -> None:
    assert BINARY.is_file(), "run `cargo build --package rotation-function`"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, BINARY.read_bytes())
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=FUNCTION,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=f"arn:aws:iam::{ACCOUNT}:role/pool/dev/{FUNCTION}",
        Timeout=20,
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": {"AWS_ENDPOINT_URL": aws.url, "KEY_PREFIX": "canary-drawn-"}},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)


def pool(aws: Aws) -> dict:
    return json.loads(aws.value("pool/dev/llm"))


def test_a_rotation_changes_one_key_of_the_pool_and_is_waited_for(cli: Cli, aws: Aws) -> None:
    before = aws.current()["pool/dev/llm"]
    cli("rotate", "llm").says("Rotated pool/dev/llm", "is current")
    value = pool(aws)
    assert value["api_keys"][0] == POOL[1], "the oldest goes first"
    assert value["api_keys"][1].startswith("canary-drawn-")
    assert value["note"] == "canary-note"
    # and the value before it is one command away
    cli("rollback", "llm", "--yes")
    assert pool(aws)["api_keys"] == POOL
    assert aws.current()["pool/dev/llm"] != before, "a value comes back as a new version"


def test_a_rotation_that_fails_leaves_the_value_and_is_told(cli: Cli, aws: Aws) -> None:
    before = aws.current()
    functions = aws.client("lambda")
    functions.update_function_configuration(FunctionName=FUNCTION, Role=f"arn:aws:iam::{ACCOUNT}:role/nobody")
    cli("rotate", "llm", "--wait", "4", code=1).says("is not rotated after 4 s", "log of the rotation function")
    assert aws.current() == before
