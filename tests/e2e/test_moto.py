"""The example on moto: applied, read back with another client, drifted, destroyed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from cli import MIYABI, Cli, at, copied
from reading import ACCOUNT, REGION, Aws

TAGS = {"managed-by": "lambda-secrets", "project": "miyabi", "environment": "dev"}
ALIAS = "alias/miyabi-secrets-dev"
API_KEYS = "miyabi/dev/api-keys"
CONFIG = "miyabi/dev/config"
ROLE = "miyabi-dev-miyabi-app"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
VIA_SECRETS_MANAGER = {
    "kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com",
    "kms:CallerAccount": ACCOUNT,
}

# what lets somebody at the data, or hands that right on
DATA_ACTIONS = {
    "kms:creategrant",
    "kms:decrypt",
    "kms:encrypt",
    "kms:generatedatakey",
    "kms:generatedatakeywithoutplaintext",
    "kms:reencryptfrom",
    "kms:reencryptto",
}


@pytest.fixture
def applied(dev: Cli) -> Cli:
    dev("--yes")
    return dev


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The example applied on a moto of its own, for tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("settled")
    with servers.moto(folder) as server:
        cli = at(server, copied(folder / "miyabi"), "dev")
        cli("--yes")
        yield cli


@pytest.fixture
def seen(settled: Cli) -> Aws:
    """boto3 against the same."""
    return Aws(settled.arguments[-1])


def test_the_key_rotates_and_lets_nobody_in_but_through_secrets_manager(seen: Aws) -> None:
    [key] = seen.keys()
    assert seen.aliases() == {ALIAS: key["arn"].rsplit("/", 1)[1]}
    assert key["state"] == "Enabled"
    assert key["rotation"] is True
    assert key["tags"] == TAGS
    statements = {statement.pop("Sid"): statement for statement in key["policy"]["Statement"]}
    administers = statements.pop("AccountAdministersKey")
    assert administers["Principal"] == {"AWS": ROOT}
    assert not DATA_ACTIONS & {action.lower() for action in administers["Action"]}
    assert "*" not in "".join(administers["Action"])
    assert statements == {
        "ReadViaSecretsManager": {
            "Effect": "Allow",
            "Principal": {"AWS": ROOT},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {
                "ArnEquals": {
                    "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/miyabi/dev/{ROLE}"
                },
                "StringEquals": VIA_SECRETS_MANAGER,
                "StringLike": {"kms:EncryptionContext:SecretARN": f"{SECRET_ARN}miyabi/dev/*"},
            },
        },
        "OperateViaSecretsManager": {
            "Effect": "Allow",
            "Principal": {"AWS": ROOT},
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {
                "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/miyabi/*"},
                "StringEquals": VIA_SECRETS_MANAGER,
                "StringLike": {"kms:EncryptionContext:SecretARN": f"{SECRET_ARN}miyabi/dev/*"},
            },
        },
    }


def test_the_secrets_hold_the_defaults_and_nothing_else(seen: Aws) -> None:
    [key] = seen.keys()
    assert seen.secret_names() == [API_KEYS, CONFIG]
    api_keys, config = seen.secret(API_KEYS), seen.secret(CONFIG)
    assert api_keys["key"] == config["key"] == key["arn"]
    assert api_keys["tags"].items() >= TAGS.items()
    assert config["tags"].items() >= TAGS.items()
    assert json.loads(api_keys["value"]) == {
        "OAUTH_CLIENT_ID": "miyabi-mcp-client",
        "OAUTH_ISSUER": "https://miyabi-mcp.local",
    }
    assert config["value"] is None


def test_the_role_reads_its_own_secrets_and_nothing_else(seen: Aws) -> None:
    [key] = seen.keys()
    assert seen.role_names() == [ROLE]
    role = seen.role(ROLE)
    assert role["path"] == "/miyabi/dev/"
    assert role["tags"] == TAGS
    assert role["trust"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "LambdaAssumesRole",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    assert role["attached"] == [BASIC_EXECUTION]
    assert set(role["inline"]) == {"secrets-access", "miyabi-lambda-github-access"}
    supplied = json.loads((MIYABI / "policies" / "miyabi-lambda-github-access.json").read_text())
    assert role["inline"]["miyabi-lambda-github-access"] == supplied
    own = [f"{SECRET_ARN}{API_KEYS}-??????", f"{SECRET_ARN}{CONFIG}-??????"]
    access = role["inline"]["secrets-access"]["Statement"]
    assert sorted(access, key=lambda statement: statement["Sid"]) == [
        {
            "Sid": "DecryptOwnSecrets",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key["arn"],
            "Condition": {
                "StringEquals": VIA_SECRETS_MANAGER,
                "StringLike": {"kms:EncryptionContext:SecretARN": own},
            },
        },
        {
            "Sid": "ReadOwnSecrets",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": own,
        },
    ]


def test_a_second_plan_is_empty(settled: Cli, seen: Aws) -> None:
    before = seen.everything()
    plan = settled("plan", "--detailed-exitcode", "--output", "json").json()
    assert plan["changes"] == []
    assert plan["summary"] == {"create": 0, "update": 0, "delete": 0}
    settled("--yes")
    assert seen.everything() == before


def test_a_plan_changes_nothing_and_is_the_same_each_time(dev: Cli, aws: Aws) -> None:
    empty = aws.everything()
    first = dev("plan", "--detailed-exitcode", "--output", "json", code=2)
    second = dev("plan", "--detailed-exitcode", "--output", "json", code=2)
    dry = dev("--dry-run", "--yes")
    assert first.stdout == second.stdout
    assert first.json()["summary"] == {"create": 5, "update": 0, "delete": 0}
    assert dry.code == 0
    assert aws.everything() == empty


def test_a_value_that_is_set_joins_the_defaults_and_survives_apply(applied: Cli, aws: Aws) -> None:
    applied.set("api-keys", "GITHUB_TOKEN", "ghp_9mWq-first")
    assert json.loads(aws.value(API_KEYS)) == {
        "GITHUB_TOKEN": "ghp_9mWq-first",
        "OAUTH_CLIENT_ID": "miyabi-mcp-client",
        "OAUTH_ISSUER": "https://miyabi-mcp.local",
    }
    applied.set("api-keys", "OAUTH_CLIENT_ID", "another-client-7Rk")
    applied.set("config", "BASE_URL", "https://x.example/4fT")
    before = {name: aws.value(name) for name in (API_KEYS, CONFIG)}
    plan = applied("plan", "--detailed-exitcode", "--output", "json").json()
    assert plan["changes"] == []
    applied("--yes")
    assert {name: aws.value(name) for name in (API_KEYS, CONFIG)} == before
    assert json.loads(before[API_KEYS])["OAUTH_CLIENT_ID"] == "another-client-7Rk"
    assert json.loads(before[CONFIG]) == {"BASE_URL": "https://x.example/4fT"}


def test_set_refuses_what_the_manifest_does_not_declare(applied: Cli, aws: Aws) -> None:
    before = aws.everything()
    applied("set", "api-keyz", "GITHUB_TOKEN", code=1, stdin="x1x").says("hint:", "`api-keys`")
    applied("set", "api-keys", "GITHUB_TOKE", code=1, stdin="x1x").says("hint:", "`GITHUB_TOKEN`")
    applied("set", "api-keys", "GITHUB_TOKEN", code=1, stdin="").says("hint:")
    assert aws.everything() == before


def describe_secret_otherwise(aws: Aws) -> None:
    aws.secrets.update_secret(SecretId=API_KEYS, Description="somebody's words")


def stop_rotation(aws: Aws) -> None:
    aws.kms.disable_key_rotation(KeyId=aws.key(ALIAS)["arn"])


def describe_key_otherwise(aws: Aws) -> None:
    aws.kms.update_key_description(KeyId=aws.key(ALIAS)["arn"], Description="somebody's words")


def open_key(aws: Aws) -> None:
    key = aws.key(ALIAS)
    key["policy"]["Statement"].append(
        {
            "Sid": "Hole",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "kms:Decrypt",
            "Resource": "*",
        }
    )
    aws.kms.put_key_policy(
        KeyId=key["arn"], PolicyName="default", Policy=json.dumps(key["policy"])
    )


def drop_alias(aws: Aws) -> None:
    aws.kms.delete_alias(AliasName=ALIAS)


def detach_policy(aws: Aws) -> None:
    aws.iam.detach_role_policy(RoleName=ROLE, PolicyArn=BASIC_EXECUTION)


def attach_policy(aws: Aws) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)


def drop_inline_policy(aws: Aws) -> None:
    aws.iam.delete_role_policy(RoleName=ROLE, PolicyName="secrets-access")


def widen_inline_policy(aws: Aws) -> None:
    policy = aws.inline(ROLE, "secrets-access")
    for statement in policy["Statement"]:
        statement["Resource"] = "*"
    aws.iam.put_role_policy(
        RoleName=ROLE, PolicyName="secrets-access", PolicyDocument=json.dumps(policy)
    )


def add_inline_policy(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.iam.put_role_policy(RoleName=ROLE, PolicyName="stray", PolicyDocument=policy)


def trust_somebody_else(aws: Aws) -> None:
    trust = aws.role(ROLE)["trust"]
    trust["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
    )
    aws.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))


@pytest.mark.parametrize(
    ("drift", "resource"),
    [
        (describe_secret_otherwise, f"secret {API_KEYS}"),
        (stop_rotation, f"key {ALIAS}"),
        (describe_key_otherwise, f"key {ALIAS}"),
        (open_key, f"key {ALIAS}"),
        (drop_alias, f"alias {ALIAS}"),
        (attach_policy, f"role {ROLE}"),
        (widen_inline_policy, f"role {ROLE}"),
        (add_inline_policy, f"role {ROLE}"),
        (trust_somebody_else, f"role {ROLE}"),
    ],
)
def test_drift_is_shown_and_mended(drift, resource: str, settled: Cli, seen: Aws) -> None:
    before = seen.everything()
    drift(seen)
    assert seen.everything() != before
    plan = settled("plan", "--detailed-exitcode", "--output", "json", code=2).json()
    assert [change["id"].split("#")[0] for change in plan["changes"]] == [resource]
    settled("--yes")
    assert seen.everything() == before
    settled("plan", "--detailed-exitcode")


@pytest.mark.parametrize("taken_away", [detach_policy, drop_inline_policy])
def test_access_that_somebody_took_away_is_given_back_only_when_permitted(
    taken_away, settled: Cli, seen: Aws
) -> None:
    before = seen.everything()
    taken_away(seen)
    drifted = seen.everything()
    settled("plan", "--detailed-exitcode", code=2)
    settled("--yes", code=3).says("--allow-widening")
    assert seen.everything() == drifted
    settled("--yes", "--allow-widening")
    assert seen.everything() == before


def test_a_secret_of_somebody_else_is_refused_and_stays_as_it_is(dev: Cli, aws: Aws) -> None:
    aws.secrets.create_secret(Name=API_KEYS, SecretString="theirs")
    before = aws.everything()
    dev("--yes", code=1).says(API_KEYS, "hint:", "adopt")
    assert aws.everything() == before


def test_a_secret_that_loses_its_mark_is_left_alone(applied: Cli, aws: Aws) -> None:
    aws.secrets.untag_resource(SecretId=API_KEYS, TagKeys=["managed-by"])
    before = aws.everything()
    applied("plan", code=1).says(API_KEYS, "hint:", "adopt")
    applied("--yes", code=1)
    assert aws.everything() == before
    # its key goes with the environment, and the secret could never be read again
    applied("destroy", "--yes", code=1).says(API_KEYS, "hint:")
    assert aws.everything() == before


def test_a_saved_plan_is_applied_as_it_was_shown(dev: Cli, aws: Aws) -> None:
    dev("plan", "--out", "plan.json")
    dev("apply", "plan.json", "--yes")
    assert aws.secret_names() == [API_KEYS, CONFIG]
    dev("plan", "--detailed-exitcode")


def test_a_saved_plan_is_refused_when_the_live_state_moved(applied: Cli, aws: Aws) -> None:
    describe_secret_otherwise(aws)
    applied("plan", "--out", "plan.json")
    describe_key_otherwise(aws)
    before = aws.everything()
    applied("apply", "plan.json", "--yes", code=3).says("hint:")
    assert aws.everything() == before


def test_a_saved_plan_is_refused_when_the_manifest_moved(
    dev: Cli, aws: Aws, example: Path
) -> None:
    empty = aws.everything()
    dev("plan", "--out", "plan.json")
    manifest = example / "secrets.yaml"
    manifest.write_text(manifest.read_text() + "# another digest\n")
    dev("apply", "plan.json", "--yes", code=3).says("hint:")
    assert aws.everything() == empty


def test_destroy_leaves_the_secrets_in_their_window_and_the_key_pending(
    applied: Cli, aws: Aws
) -> None:
    [key] = aws.keys()
    applied.set("api-keys", "GITHUB_TOKEN", "ghp_5tYz-gone")
    applied("destroy", code=3)
    assert aws.secret_names() == [API_KEYS, CONFIG]
    applied("destroy", "--yes")
    assert aws.role_names() == []
    assert aws.aliases() == {}
    assert aws.secret_names() == []
    assert aws.secret(API_KEYS)["deleted"] and aws.secret(CONFIG)["deleted"]
    assert [left["state"] for left in aws.keys()] == ["PendingDeletion"]
    assert aws.keys()[0]["arn"] == key["arn"]
    applied("destroy", "--yes").says("othing")


def test_what_waits_to_be_deleted_is_taken_back_and_not_made_anew(applied: Cli, aws: Aws) -> None:
    applied("destroy", "--yes")
    before = aws.everything()
    applied("--yes", code=1).says("hint:", "restore")
    assert aws.everything() == before
    applied("restore", "--yes")
    applied("--yes")
    applied("plan", "--detailed-exitcode")
    assert aws.secret_names() == [API_KEYS, CONFIG]


def test_a_protected_environment_asks_for_its_name(
    prod: Cli, aws: Aws, example: Path
) -> None:
    manifest = example / "secrets.yaml"
    manifest.write_text(manifest.read_text().replace("  prod:\n", "  prod:\n    protected: true\n"))
    prod("--yes")
    before = aws.everything()
    prod("destroy", "--yes", code=3).says("--confirm miyabi/prod")
    prod("destroy", "--yes", "--confirm", "miyabi/dev", code=3)
    assert aws.everything() == before
    # a manifest that lost a secret is no consent either
    declared = manifest.read_text()
    lines = declared.splitlines(keepends=True)
    [start] = [n for n, line in enumerate(lines) if line.startswith("  config:")]
    end = next(n for n, line in enumerate(lines) if n > start and not line.startswith("    "))
    less = "".join(lines[:start] + lines[end:]).replace("api-keys, config]", "api-keys]")
    manifest.write_text(less)
    prod("apply", "--prune", "--yes", code=3).says("--confirm miyabi/prod")
    assert "miyabi/prod/config" in aws.secret_names()
    manifest.write_text(declared)
    prod("destroy", "--yes", "--confirm", "miyabi/prod")
    assert aws.role_names() == []


def test_a_copy_that_somebody_made_elsewhere_is_seen(applied: Cli, aws: Aws) -> None:
    replica = {"Region": "eu-west-1"}
    aws.secrets.replicate_secret_to_regions(SecretId="miyabi/dev/config", AddReplicaRegions=[replica])
    applied("plan").says("miyabi/dev/config keeps a copy in eu-west-1, which is no longer declared")
    applied("apply", "--prune", "--yes").says("removed from eu-west-1")
    assert "ReplicationStatus" not in aws.secrets.describe_secret(SecretId="miyabi/dev/config")


def test_two_environments_live_side_by_side(dev: Cli, prod: Cli, aws: Aws) -> None:
    dev("--yes")
    before = aws.everything()
    prod("--yes")
    dev("plan", "--detailed-exitcode")
    prod("destroy", "--yes")
    after = aws.everything()
    after["keys"] = [key for key in after["keys"] if key["state"] == "Enabled"]
    assert after == before


def test_more_reads_are_shown_apart_and_asked_for(applied: Cli, aws: Aws, example: Path) -> None:
    manifest = example / "secrets.yaml"
    manifest.write_text(manifest.read_text().replace("reads: [api-keys, config]", "reads: [config]"))
    applied("--yes")
    own = f"{SECRET_ARN}{CONFIG}-??????"
    narrow = aws.role(ROLE)
    assert own in json.dumps(narrow) and API_KEYS not in json.dumps(narrow)
    manifest.write_text(manifest.read_text().replace("reads: [config]", "reads: [api-keys, config]"))
    applied("--yes", code=3).says("--allow-widening")
    assert aws.role(ROLE) == narrow
    applied("--yes", "--allow-widening")
    assert API_KEYS in json.dumps(aws.role(ROLE))


def test_a_secret_that_is_no_longer_declared_is_kept(
    applied: Cli, aws: Aws, example: Path
) -> None:
    manifest = example / "secrets.yaml"
    extra = "\nsecrets:\n  stray:\n    keys: [STRAY]\n"
    manifest.write_text(manifest.read_text().replace("\nsecrets:\n", extra))
    applied("--yes")
    assert "miyabi/dev/stray" in aws.secret_names()
    manifest.write_text(manifest.read_text().replace(extra, "\nsecrets:\n"))
    applied("--yes").says("miyabi/dev/stray", "no longer declared")
    assert "miyabi/dev/stray" in aws.secret_names()
