"""What the five systems need of an AWS: their manifests on moto, read back with another client."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
import trail
from cli import ROOT, Cli, at
from commands import SYSTEMS
from reading import ACCOUNT, Aws

ROLES = f"arn:aws:iam::{ACCOUNT}:role"
LOGS = "trail"
ALARMS = f"""
alarms:
  log_group: {LOGS}
  sns_topic_arn: arn:aws:sns:us-west-2:{ACCOUNT}:alerts
  which: [failed_retrievals, kms_errors, access_denied]
"""
API_KEYS = (
    "GITHUB_TOKEN", "MIYABI_ACCESS_TOKEN", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_ISSUER",
    "GITHUB_OAUTH_CLIENT_ID", "GITHUB_OAUTH_CLIENT_SECRET", "GITHUB_OAUTH_CALLBACK_URL",
)
CONFIG = ("MIYABI_REPO_OWNER", "MIYABI_REPO_NAME", "BASE_URL", "MIYABI_ROOT")


class Place:
    """One moto for all systems, and the command line for each environment of each."""

    def __init__(self, server: servers.Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.applied: set[tuple[str, str, str]] = set()

    def aws(self, region: str) -> Aws:
        return Aws(self.server.url, region)

    def cli(self, system: str, environment: str, more: str = "") -> Cli:
        """For a copy of the system's manifest, with `more` behind it."""
        folder, source = self.folder / system, ROOT / "examples" / system
        (folder / "policies").mkdir(parents=True, exist_ok=True)
        for policy in source.glob("policies/*.json"):
            (folder / "policies" / policy.name).write_text(policy.read_text())
        (folder / "secrets.yaml").write_text((source / "secrets.yaml").read_text() + more)
        return at(self.server, folder, environment)

    def settled(self, system: str, environment: str, more: str = "") -> Cli:
        """The same, applied once."""
        cli, what = self.cli(system, environment, more), (system, environment, more)
        if what not in self.applied:
            settle(cli, "--confirm", f"{system}/{environment}")
            self.applied.add(what)
        return cli


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("systems")
    with servers.moto(folder) as server:
        yield Place(server, folder)


def settle(cli: Cli, *arguments: str) -> Cli:
    """Applies, and checks that a second plan finds nothing."""
    cli("--yes", *arguments)
    cli("plan", "--detailed-exitcode")
    return cli


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_manifest_is_applied_and_leaves_nothing_to_do(system: str, place: Place) -> None:
    place.settled(system, "dev")


def test_the_key_of_miyabi_has_the_alias_of_the_guide(place: Place) -> None:
    place.settled("miyabi", "prod")
    key = place.aws("us-west-2").key("alias/miyabi-secrets")
    assert key["rotation"] is True


def test_both_secrets_of_miyabi_take_every_key_of_the_guide(place: Place) -> None:
    cli = place.settled("miyabi", "prod")
    values = {"api-keys": {key: f"{key}-x1" for key in API_KEYS}, "config": {key: f"{key}-x2" for key in CONFIG}}
    cli("import", "-", "--format", "json", "--yes", stdin=json.dumps(values))
    aws = place.aws("us-west-2")
    for secret, expected in values.items():
        assert json.loads(aws.value(f"miyabi/prod/{secret}") or "") == expected


def test_a_put_by_another_client_reaches_a_command(place: Place) -> None:
    cli, aws = place.settled("miyabi", "dev"), place.aws("us-west-2")
    put = json.dumps({"GITHUB_TOKEN": "ghp_put-by-hand"})
    aws.secrets.put_secret_value(SecretId="miyabi/dev/api-keys", SecretString=put)
    arrived = cli.reveal("run", "--", "printenv", "GITHUB_TOKEN")
    assert arrived.stdout == "ghp_put-by-hand\n"
    # the console edits by the same call or by UpdateSecret, and no later command takes that back
    aws.secrets.update_secret(SecretId="miyabi/dev/api-keys", SecretString=put.replace("put", "edited"))
    cli("plan", "--detailed-exitcode")
    cli("--yes")
    cli("set", "api-keys", "OAUTH_ISSUER", stdin="https://issuer")
    edited = {"GITHUB_TOKEN": "ghp_edited-by-hand", "OAUTH_ISSUER": "https://issuer"}
    assert json.loads(aws.value("miyabi/dev/api-keys") or "") == edited


def test_an_env_file_of_the_guide_is_imported(place: Place) -> None:
    cli, aws = place.settled("miyabi", "dev"), place.aws("us-west-2")
    names = [name for name in API_KEYS if name not in ("OAUTH_ISSUER", "GITHUB_OAUTH_CALLBACK_URL")]
    (cli.folder / ".env").write_text("".join(f"{name}={name}-x3\n" for name in names))
    cli("import", ".env", "--yes")
    found = json.loads(aws.value("miyabi/dev/api-keys") or "")
    assert {name: found[name] for name in names} == {name: f"{name}-x3" for name in names}


def test_the_three_alarms_of_the_guide_are_made(place: Place) -> None:
    place.aws("us-west-2").client("logs").create_log_group(logGroupName=LOGS)
    place.settled("miyabi", "prod", ALARMS)
    alarms = place.aws("us-west-2").client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) == 3
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms)
    assert all(alarm["AlarmActions"] == [f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts"] for alarm in alarms)
    # each counts what it is for and nothing else
    filters = place.aws("us-west-2").client("logs").describe_metric_filters(logGroupName=LOGS)["metricFilters"]
    patterns = {one["metricTransformations"][0]["metricName"]: one["filterPattern"] for one in filters}
    assert patterns.keys() == {alarm["MetricName"] for alarm in alarms}
    key = place.aws("us-west-2").key("alias/miyabi-secrets")["arn"].rsplit("/", 1)[1]
    for record, alarms_of in trail.rings("miyabi/prod/api-keys", "miyabi/dev/api-keys", key):
        rung = {metric for metric, pattern in patterns.items() if trail.filtered(pattern, record)}
        assert rung == alarms_of & patterns.keys(), record


def test_miyabi_is_destroyed_with_its_window_or_at_once(place: Place) -> None:
    cli, aws = place.settled("miyabi", "prod", ALARMS), place.aws("us-west-2")
    cli("set", "api-keys", "GITHUB_TOKEN", "--yes", stdin="ghp_back")
    before = aws.value("miyabi/prod/api-keys")
    cli("destroy", "--yes")
    assert aws.secret("miyabi/prod/api-keys")["deleted"]
    cli("restore", "--yes")
    settle(cli)
    assert aws.value("miyabi/prod/api-keys") == before
    cli("destroy", "--force", "--yes", code=3).says("miyabi/prod")
    cli("destroy", "--force", "--yes", "--confirm", "miyabi/prod")
    with pytest.raises(aws.secrets.exceptions.ResourceNotFoundException):
        aws.secrets.describe_secret(SecretId="miyabi/prod/api-keys")


def test_the_settings_of_pr_agent_have_the_keys_of_the_guide(place: Place) -> None:
    cli, aws = place.settled("pr-agent", "dev"), place.aws("us-east-1")
    keys = ["openai.key", "github.webhook_secret", "github.user_token", "gitlab.personal_access_token"]
    cli("set", "settings", *(f"{key}=-" for key in keys), stdin="\n".join(f"{key}-x" for key in keys))
    assert json.loads(aws.value("pr-agent/dev/settings") or "") == {key: f"{key}-x" for key in keys}


def test_the_secrets_of_agent_etl_are_a_string_and_an_object(place: Place) -> None:
    cli, aws = place.settled("agent-etl", "dev"), place.aws("us-west-2")
    cli("set", "db_password", stdin="plain-x")
    cli("set", "database", "username=-", "password=-", "host=-", stdin="u-x\np-x\nh-x")
    assert aws.value("agent-etl/dev/db_password") == "plain-x"
    object_ = {"username": "u-x", "password": "p-x", "host": "h-x"}
    assert json.loads(aws.value("agent-etl/dev/database") or "") == object_
    policy = aws.secrets.get_resource_policy(SecretId="agent-etl/dev/database")["ResourcePolicy"]
    assert "aws:SecureTransport" in policy


@pytest.mark.parametrize(
    ("system", "secret", "region", "copy"),
    [
        ("agent-etl", "agent-etl/prod/database", "us-west-2", "us-east-1"),
        ("meta-agents", "meta-agents/prod/openai", "us-east-1", "us-west-2"),
    ],
)
def test_prod_is_rotated_and_copied(system: str, secret: str, region: str, copy: str, place: Place) -> None:
    aws = place.aws(region)
    functions, rotator = aws.client("lambda"), f"{system}-prod-rotator"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.iam.create_role(RoleName=rotator, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    functions.create_function(
        FunctionName=rotator,
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": archive()},
    )
    cli = place.settled(system, "prod")
    found = aws.secrets.describe_secret(SecretId=secret)
    assert [status["Region"] for status in found["ReplicationStatus"]] == [copy]
    assert place.aws(copy).secrets.describe_secret(SecretId=secret)["PrimaryRegion"] == region
    # a secret without a value is not rotated: it is from the next apply on
    assert not found.get("RotationEnabled")
    key = {"agent-etl": ("database", "password"), "meta-agents": ("openai", "api_key")}[system]
    cli("set", *key, stdin="value-x")
    cli("--yes", "--confirm", f"{system}/prod")
    found = aws.secrets.describe_secret(SecretId=secret)
    assert found["RotationEnabled"] and found["RotationRules"]["AutomaticallyAfterDays"] == 30


def archive() -> bytes:
    """A function that does nothing."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("index.py", "def handler(event, context): pass")
    return content.getvalue()


def test_the_agents_of_meta_agents_share_one_secret_by_roles_of_their_own(place: Place) -> None:
    place.settled("meta-agents", "dev")
    aws = place.aws("us-east-1")
    roles = [f"meta-agents-dev-{agent}" for agent in ("planner", "reconciler", "reviewer")]
    own = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:meta-agents/dev/openai-??????"
    for role in roles:
        [read] = [
            statement
            for statement in aws.inline(role, "secrets-access")["Statement"]
            if statement["Action"] == "secretsmanager:GetSecretValue"
        ]
        assert read["Resource"] == own


def test_a_secret_may_keep_the_name_that_it_has(place: Place) -> None:
    manifest = place.folder / "named"
    manifest.mkdir()
    text = (ROOT / "examples" / "meta-agents" / "secrets.yaml").read_text()
    named = text.replace("project: meta-agents", "project: named").replace(
        "  openai:                          #", "  openai:\n    name: meta-agents/openai\n    #"
    )
    named = named.replace("cc-agent-{function}-{env}", "named-{function}-{env}")
    named = re.sub(r"  prod:\n(    .*\n)+", "", named)
    (manifest / "secrets.yaml").write_text(named)
    settle(at(place.server, manifest, "dev"))
    assert "meta-agents/openai" in place.aws("us-east-1").secret_names()


def test_the_secrets_of_afundios_have_the_names_of_the_guide(place: Place) -> None:
    place.settled("afundios", "prod")
    names = place.aws("us-east-1").secret_names()
    assert {"prod/llm/openai", "prod/llm/anthropic", "prod/llm/cohere", "prod/aws/bedrock"} <= set(names)


def test_the_env_file_of_afundios_names_the_settings_of_the_guide() -> None:
    text = (ROOT / "examples" / "afundios" / ".env.example").read_text()
    found = dict(re.findall(r"^(?:# )?([A-Z_]+)=(\S*)", text, re.MULTILINE))
    assert found.items() >= {
        "USE_SECRETS_MANAGER": "false",
        "SECRETS_MANAGER_REGION": "us-east-1",
        "OPENAI_SECRET_NAME": "prod/llm/openai",
        "ANTHROPIC_SECRET_NAME": "prod/llm/anthropic",
        "COHERE_SECRET_NAME": "prod/llm/cohere",
        "AWS_BEDROCK_SECRET_NAME": "prod/aws/bedrock",
    }.items()
