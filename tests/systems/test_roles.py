"""Functions of the systems under enforced IAM, each by its own role: what it reads, and what not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from cli import ROOT, at
from functions import Invoke, deployed, packed
from reading import ACCOUNT, Aws

REGION = "us-east-1"
BODY = "Hello, World!"
# of GitHub's own documentation
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
SHARED = "It's a Secret to Everybody"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """Two systems, provisioned and with values."""
    folder = tmp_path_factory.mktemp("roles")
    with servers.ministack(folder) as server:
        set_up(server, folder)
        yield Aws(server.url, REGION)


def set_up(server: servers.Server, folder: Path) -> None:
    for system, values in {
        "pr-agent": (
            ("settings", "openai.key", "sk-canary"),
            ("webhook", "", SHARED),
            # this server answers for a secret without a version as AWS does not
            ("installations", "acme", "another-canary"),
        ),
        "meta-agents": (("openai", "api_key", "sk-canary"), ("openai", "api_key_1", "sk-other")),
    }.items():
        place = folder / system
        place.mkdir()
        (place / "secrets.yaml").write_text((ROOT / "examples" / system / "secrets.yaml").read_text())
        cli = at(server, place, "dev")
        cli("--yes")
        for secret, key, value in values:
            cli("set", secret, *filter(None, [key]), stdin=value)


def role(system: str, function: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{system}/dev/{system}-dev-{function}"


def webhook(aws: Aws, name: str, secret: str, installations: str = "pr-agent/dev/installations") -> Invoke:
    arn = aws.secrets.describe_secret(SecretId="pr-agent/dev/settings")["ARN"]
    variables = {
        "AWS_SECRETS_MANAGER__SECRET_ARN": arn,
        "CONFIG__SECRET_PROVIDER": "aws_secrets_manager",
        "WEBHOOK_SECRET_NAME": secret,
        "INSTALLATIONS_SECRET_NAME": installations,
    }
    return deployed(aws, packed("pr-agent-webhook"), name, role("pr-agent", "webhook"), variables)


def test_the_webhook_reads_its_settings_by_arn_and_its_secret_by_name(aws: Aws) -> None:
    invoke = webhook(aws, "webhook", "pr-agent/dev/webhook")
    settings = invoke({})
    assert settings["OPENAI__KEY"].startswith("pr-agent/dev/settings")
    assert settings["GITLAB__PERSONAL_ACCESS_TOKEN"] is None
    assert invoke({"body": BODY, "signature": SIGNATURE}) == {"signed": True}
    assert invoke({"body": BODY + "x", "signature": SIGNATURE}) == {"signed": False}


def test_the_webhook_does_not_read_what_is_another_systems(aws: Aws) -> None:
    invoke = webhook(aws, "curious", "meta-agents/dev/openai")
    answer = invoke({"body": BODY, "signature": SIGNATURE})
    assert "[access_denied]" in answer["errorMessage"], answer


def test_the_webhook_stores_what_an_installation_sends_and_nothing_else(aws: Aws) -> None:
    sent = {"installation": "octo", "shared_secret": SHARED}
    signed = {"body": BODY, "signature": SIGNATURE, "installation": "octo"}
    invoke = webhook(aws, "storing", "pr-agent/dev/webhook")
    assert invoke(sent) == {"stored": "octo"}
    assert invoke(signed) == {"signed": True}
    # what was there before is there still, and signs nothing of this
    assert invoke({**signed, "installation": "acme"}) == {"signed": False}
    elsewhere = webhook(aws, "straying", "pr-agent/dev/webhook", "pr-agent/dev/settings")
    answer = elsewhere(sent)
    assert "[access_denied]" in answer["errorMessage"], answer


def test_an_agent_takes_its_keys_in_turn_by_its_own_role(aws: Aws) -> None:
    variables = {"OPENAI_SECRET_NAME": "meta-agents/dev/openai"}
    package = packed("meta-agents-agent")
    invoke = deployed(aws, package, "agent", role("meta-agents", "reviewer"), variables)
    assert invoke({"calls": 3}) == {"keys": 2, "served_by": [0, 1, 0], "failed": 0}
    assert invoke({"calls": 2, "rejected": [0]})["served_by"] == [1, 1]
