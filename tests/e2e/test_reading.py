"""What exists is found where AWS's answers lag, get lost or are denied, and after a run that was cut short."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import altering
import counting
import servers
from cli import TEST_CREDENTIALS, Cli
from reading import Aws

MANIFEST = """\
project: demo
region: us-west-2
environments:
  dev: {}
secrets:
  api-keys:
    keys: [TOKEN]
  config:
    keys: [HOST]
functions:
  app:
    reads: [api-keys]
  worker:
    reads: [config]
"""
WORKER = "  worker:\n    reads: [config]\n"
ALIAS = "alias/demo/dev"
API_KEYS = "demo/dev/api-keys"
CONFIG = "demo/dev/config"
TAGS = {"managed-by": "lambda-secrets", "project": "demo", "environment": "dev"}
GONE = counting.Refusal("NotFoundException")


@pytest.fixture
def answers(moto: servers.Server) -> Iterator[altering.Answers]:
    with altering.altering(moto.url) as answers:
        yield answers


@pytest.fixture
def calls(answers: altering.Answers) -> Iterator[counting.Calls]:
    with counting.counting(answers.url) as calls:
        yield calls


@pytest.fixture
def cli(calls: counting.Calls, tmp_path: Path) -> Cli:
    (tmp_path / "secrets.yaml").write_text(MANIFEST)
    return Cli(tmp_path, ("--env", "dev", "--endpoint-url", calls.url), TEST_CREDENTIALS)


@pytest.fixture
def applied(cli: Cli, calls: counting.Calls) -> Cli:
    cli("--yes")
    calls.take()
    return cli


def rewrite(cli: Cli, old: str, new: str) -> None:
    manifest = cli.folder / "secrets.yaml"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new))


def planned(cli: Cli) -> dict:
    """Returns the plan as JSON, without what it took to make it."""
    plan = cli("plan", "--output", "json").json()
    del plan["api_calls"]
    return plan


def tagged_key(aws: Aws) -> str:
    """Makes a key as a run leaves it behind that ends before it makes the alias."""
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    return aws.kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"]


def deleted(aws: Aws) -> set[str]:
    """Returns the secrets that wait to be deleted."""
    secrets = aws.secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    return {secret["Name"] for secret in secrets if "DeletedDate" in secret}


def states(aws: Aws) -> list[str]:
    return [key["state"] for key in aws.keys()]


def hide(answers: altering.Answers, *names: str) -> None:
    """Lets listings lag: these secrets are not in them."""

    def without(answer: dict) -> None:
        answer["SecretList"] = [s for s in answer["SecretList"] if s["Name"] not in names]

    answers.alter("ListSecrets", without)


def test_a_secret_that_no_listing_shows_yet_is_no_difference(
    applied: Cli, answers: altering.Answers, calls: counting.Calls
) -> None:
    before = planned(applied)
    assert before["changes"] == []
    calls.take()
    hide(answers, CONFIG)
    assert planned(applied) == before
    assert calls.take()["DescribeSecret"] == 1


def test_a_secret_that_no_listing_shows_yet_goes_and_comes_back_with_its_key(
    applied: Cli, answers: altering.Answers, aws: Aws
) -> None:
    hide(answers, API_KEYS, CONFIG)
    applied("destroy", "--yes")
    assert deleted(aws) == {API_KEYS, CONFIG}
    assert states(aws) == ["PendingDeletion"]

    applied("restore", "--yes")
    assert deleted(aws) == set()
    assert states(aws) == ["Enabled"]


def test_where_no_key_exists_no_secret_is_asked_for(cli: Cli, calls: counting.Calls) -> None:
    cli("plan", "--detailed-exitcode", code=2)
    assert calls.take()["DescribeSecret"] == 0


@pytest.mark.parametrize("change", ["renamed", "removed"])
def test_a_secret_under_a_name_of_before_is_noted_and_destroyed(
    change: str, cli: Cli, aws: Aws
) -> None:
    rewrite(cli, "  config:\n", "  config:\n    name: settings/of-demo\n")
    cli("--yes")
    if change == "renamed":
        rewrite(cli, "settings/of-demo", "settings/of-the-demo")
    else:
        rewrite(cli, "  config:\n    name: settings/of-demo\n    keys: [HOST]\n", "")
        rewrite(cli, WORKER, "")
    assert {"resource": {"kind": "secret", "name": "settings/of-demo"}, "remark": "undeclared"} in planned(cli)["notes"]

    cli("destroy", "--yes")
    assert deleted(aws) == {"settings/of-demo", API_KEYS}


def test_a_secret_with_nearly_the_same_tags_is_left_alone(applied: Cli, aws: Aws) -> None:
    for name, changed in [
        ("longer", {"environment": "dev2"}),
        ("elsewhere", {"project": "demolition"}),
        ("exchanged", {"project": "dev", "environment": "demo"}),
        ("terraformed", {"managed-by": "terraform", "once": "lambda-secrets"}),
    ]:
        tags = [{"Key": key, "Value": value} for key, value in (TAGS | changed).items()]
        aws.secrets.create_secret(Name=name, Tags=tags)
    applied("destroy", "--yes")
    assert deleted(aws) == {API_KEYS, CONFIG}


def test_a_key_that_a_run_left_without_an_alias_is_found_again(cli: Cli, aws: Aws) -> None:
    aws.kms.create_key(Description="somebody else's")
    key = tagged_key(aws)
    cli("--yes", "--allow-widening")
    assert len(aws.keys()) == 2
    assert aws.aliases() == {ALIAS: key}
    cli("plan", "--detailed-exitcode")


def test_several_keys_without_an_alias_are_not_chosen_from(cli: Cli, aws: Aws) -> None:
    keys = [tagged_key(aws) for _ in range(3)]
    before = aws.everything()
    failed = cli("--yes", code=1).says("schedule the deletion of all but the one")
    failed.says(*(aws.key_by_id(key)["arn"] for key in keys))
    assert aws.everything() == before

    for key in keys[:2]:
        aws.kms.schedule_key_deletion(KeyId=key)
    cli("--yes", "--allow-widening")
    assert aws.aliases() == {ALIAS: keys[2]}
    assert sorted(states(aws)) == ["Enabled", "PendingDeletion", "PendingDeletion"]


def test_a_key_whose_tags_may_not_be_read_could_be_the_one(
    cli: Cli, calls: counting.Calls, aws: Aws
) -> None:
    tagged_key(aws)
    calls.refuse("ListResourceTags", counting.DENIED)
    failed = cli("plan", "--output", "json", code=1).json()
    assert failed["error"]["kind"] == "access_denied"
    assert "kms:ListResourceTags" in failed["error"]["message"]
    cli("--yes", code=1).says("the caller needs `kms:ListResourceTags`")
    assert len(aws.keys()) == 1


def test_keys_of_aws_keep_their_tags_to_themselves(
    cli: Cli, answers: altering.Answers, calls: counting.Calls, aws: Aws
) -> None:
    theirs = aws.kms.create_key()["KeyMetadata"]["KeyId"]

    def manager(answer: dict) -> None:
        if answer["KeyMetadata"]["KeyId"] == theirs:
            answer["KeyMetadata"]["KeyManager"] = "AWS"

    answers.alter("DescribeKey", manager)
    calls.refuse("ListResourceTags", counting.DENIED)
    assert planned(cli)["changes"][0]["id"].endswith("create_key")


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        ("EnableKeyRotation", GONE),
        ("CreateAlias", GONE),
        ("UntagResource", GONE),
        ("CreateSecret", counting.Refusal("ResourceNotFoundException")),
        ("CreateSecret", counting.Refusal("EncryptionFailure")),
        ("AttachRolePolicy", counting.Refusal("NoSuchEntity", 404)),
        ("PutRolePolicy", counting.Refusal("NoSuchEntity", 404)),
    ],
)
def test_what_was_just_made_is_waited_for(
    call: str, refusal: counting.Refusal, cli: Cli, calls: counting.Calls
) -> None:
    calls.refuse(call, refusal, times=3)
    cli("--yes")
    assert calls.take()[call] >= 4
    cli("plan", "--detailed-exitcode")


def test_a_policy_that_does_not_exist_is_not_waited_for(
    applied: Cli, calls: counting.Calls
) -> None:
    policy = "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRool"
    rewrite(applied, WORKER, f"{WORKER}    policies: [{policy}]\n")
    applied("--yes", "--allow-widening", code=1).says("iam:AttachRolePolicy", "NoSuchEntity")
    assert calls.take()["AttachRolePolicy"] == 1


@pytest.mark.parametrize("call", ["DeleteRolePolicy", "DetachRolePolicy", "DeleteRole", "DeleteAlias"])
def test_a_removal_whose_answer_was_lost_is_done(
    call: str, applied: Cli, answers: altering.Answers, calls: counting.Calls, aws: Aws
) -> None:
    answers.lose(call)
    applied("destroy", "--yes")
    assert answers.all_lost()
    assert calls.take()[call] >= 2
    assert aws.role_names() == [] and aws.aliases() == {}
    assert deleted(aws) == {API_KEYS, CONFIG}


def test_a_role_that_is_still_being_changed_is_waited_for(
    applied: Cli, calls: counting.Calls, aws: Aws
) -> None:
    calls.refuse("DeleteRole", counting.Refusal("DeleteConflict", 409), times=2)
    calls.refuse("DeleteRolePolicy", counting.Refusal("ConcurrentModification", 409), times=2)
    applied("destroy", "--yes")
    assert aws.role_names() == []


def test_roles_are_read_one_by_one_where_the_account_is_not_shown(
    applied: Cli, calls: counting.Calls, aws: Aws
) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    drift = {"Version": "2012-10-17", "Statement": [statement]}
    trust = aws.role("demo-dev-app")["trust"]
    aws.iam.create_role(
        RoleName="somebody-elses", Path="/demo/dev/deeper/", AssumeRolePolicyDocument=json.dumps(trust)
    )
    aws.iam.delete_role_policy(RoleName="demo-dev-app", PolicyName="secrets-access")
    aws.iam.put_role_policy(
        RoleName="demo-dev-app", PolicyName="more", PolicyDocument=json.dumps(drift)
    )
    rewrite(applied, WORKER, "")
    before = planned(applied)
    assert {change["name"] for change in before["changes"]} >= {"demo-dev-app"}
    assert {"resource": {"kind": "role", "name": "demo-dev-worker"}, "remark": "undeclared_role"} in before["notes"]

    calls.take()
    calls.refuse("GetAccountAuthorizationDetails", counting.DENIED)
    assert planned(applied) == before
    assert calls.take()["GetRole"] == 2

    applied("destroy", "--yes")
    assert aws.role_names() == ["somebody-elses"]


def test_the_declared_roles_are_read_where_none_are_listed(
    applied: Cli, calls: counting.Calls, aws: Aws
) -> None:
    rewrite(applied, WORKER, "")
    calls.refuse("GetAccountAuthorizationDetails", counting.DENIED)
    calls.refuse("ListRoles", counting.DENIED)
    applied("destroy", "--yes").says("roles that are no longer declared are not seen")
    assert aws.role_names() == ["demo-dev-worker"]


def test_who_else_has_a_policy_is_counted_by_either_listing(
    cli: Cli, calls: counting.Calls, aws: Aws
) -> None:
    rewrite(cli, "functions:\n", 'access: { provisioner: ["arn:aws:iam::123456789012:user/ada"] }\nfunctions:\n')
    cli("--yes")
    told = "is attached to 1 beside this environment's roles"
    assert "beside this environment's roles" not in cli("destroy", "--dry-run").stdout
    [boundary] = aws.iam.list_policies(Scope="Local")["Policies"]
    aws.iam.create_user(UserName="eve")
    aws.iam.attach_user_policy(UserName="eve", PolicyArn=boundary["Arn"])
    cli("destroy", "--dry-run").says(told, "list-entities-for-policy")
    calls.refuse("GetAccountAuthorizationDetails", counting.DENIED)
    cli("destroy", "--dry-run").says(told)
