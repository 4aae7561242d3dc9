"""The example under enforced IAM: the real function, under its own role, sees its own secrets."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from cli import ROOT, TEST_CREDENTIALS, Cli
from functions import Invoke, deployed, packed
from reading import ACCOUNT, Aws

ROLES = f"arn:aws:iam::{ACCOUNT}:role"
DEV_TOKEN = "ghp_dev-Vb3xQ81"
PROD_TOKEN = "ghp_prod-Kz7mW52"
DEV_URL = "https://dev.example/Hq2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    with servers.ministack(tmp_path_factory.mktemp("ministack")) as server:
        yield server


@pytest.fixture(scope="module")
def aws(server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    """Both environments, provisioned and with values."""
    folder = tmp_path_factory.mktemp("work")
    manifest = str(ROOT / "examples" / "miyabi" / "secrets.yaml")
    cli = Cli(folder, ("--file", manifest, "--endpoint-url", server.url), TEST_CREDENTIALS)
    dev, prod = cli.with_option("--env", "dev"), cli.with_option("--env", "prod")
    dev("--yes")
    prod("--yes")
    dev("plan", "--detailed-exitcode")
    prod("plan", "--detailed-exitcode")
    dev.set("api-keys", "GITHUB_TOKEN", DEV_TOKEN)
    dev.set("config", "BASE_URL", DEV_URL)
    prod.set("api-keys", "GITHUB_TOKEN", PROD_TOKEN)
    return Aws(server.url)


@pytest.fixture(scope="module")
def package() -> bytes:
    return packed("bootstrap")


def of_environment(environment: str) -> dict[str, str]:
    return {"LAMBDA_SECRETS_PROJECT": "miyabi", "LAMBDA_SECRETS_ENVIRONMENT": environment}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def dev_function(aws: Aws, package: bytes) -> Invoke:
    role = f"{ROLES}/miyabi/dev/miyabi-dev-miyabi-app"
    return deployed(aws, package, "miyabi-dev-miyabi-app", role, of_environment("dev"))


def test_the_function_starts_with_its_secrets_in_the_environment(dev_function: Invoke) -> None:
    for name, value in [
        ("GITHUB_TOKEN", DEV_TOKEN),
        ("BASE_URL", DEV_URL),
        ("OAUTH_CLIENT_ID", "miyabi-mcp-client"),
    ]:
        answer = dev_function({"name": name, "sha256": sha256(value)})
        assert answer == {"name": name, "set": True, "matches": True}
    answer = dev_function({"name": "GITHUB_TOKEN", "sha256": sha256(PROD_TOKEN)})
    assert answer == {"name": "GITHUB_TOKEN", "set": True, "matches": False}


def test_the_function_reads_its_own_secret_and_not_the_other_environments(
    dev_function: Invoke,
) -> None:
    assert dev_function({"read": "miyabi/dev/api-keys"}) == {"read": True}
    assert dev_function({"read": "miyabi/prod/api-keys"}) == {"error": "access_denied"}


def test_each_environment_sees_its_own_value(aws: Aws, package: bytes) -> None:
    role = f"{ROLES}/miyabi/prod/miyabi-prod-miyabi-app"
    invoke = deployed(aws, package, "miyabi-prod-miyabi-app", role, of_environment("prod"))
    assert invoke({"name": "GITHUB_TOKEN", "sha256": sha256(PROD_TOKEN)})["matches"] is True
    assert invoke({"read": "miyabi/prod/api-keys"}) == {"read": True}
    assert invoke({"read": "miyabi/dev/api-keys"}) == {"error": "access_denied"}


def test_a_role_without_the_policy_is_denied_the_same_call(aws: Aws, package: bytes) -> None:
    trust = aws.role("miyabi-dev-miyabi-app")["trust"]
    aws.iam.create_role(
        Path="/miyabi/dev/",
        RoleName="without-policy",
        AssumeRolePolicyDocument=json.dumps(trust),
    )
    invoke = deployed(aws, package, "without-policy", f"{ROLES}/miyabi/dev/without-policy", of_environment("dev"))
    # the function goes on with the environment that it has
    assert invoke({"name": "GITHUB_TOKEN", "sha256": sha256(DEV_TOKEN)})["set"] is False
    assert invoke({"read": "miyabi/dev/api-keys"}) == {"error": "access_denied"}


def test_no_value_reaches_the_servers_log(
    server: servers.Server, dev_function: Invoke
) -> None:
    dev_function({"name": "GITHUB_TOKEN", "sha256": sha256(DEV_TOKEN)})
    log = Path(server.log).read_text()
    for value in (DEV_TOKEN, PROD_TOKEN, DEV_URL):
        assert value not in log, "a value was logged"
