"""Every error that AWS is known to answer with: what it is called, what the hint says, how the run ends.

Each is provoked on its way to a moto that would have done as asked, so that nothing but the error decides.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

import estate
import servers
from counting import DENIED, Refusal, counting
from estate import Estate
from reading import Aws


@dataclass(frozen=True)
class Row:
    """An error of AWS, and what becomes of it."""

    call: str
    refusal: Refusal
    kind: str
    hint: str
    code: int
    message: str = ""


ROWS = [
    # credentials and rights
    Row("GetCallerIdentity", Refusal("ExpiredToken", 403), "bad_credentials", "log in again", 1),
    Row("GetCallerIdentity", Refusal("InvalidClientTokenId", 403), "bad_credentials", "log in again", 1),
    Row("ListSecrets", Refusal("AccessDeniedException"), "access_denied", "secretsmanager:ListSecrets", 1),
    Row("CreateKey", Refusal("AccessDeniedException"), "access_denied", "kms:CreateKey", 1),
    Row("CreateSecret", Refusal("AccessDeniedException"), "access_denied", "secretsmanager:CreateSecret", 4),
    Row("RotateSecret", Refusal("AccessDeniedException"), "access_denied", "lambda:InvokeFunction", 4),
    # Secrets Manager, whose errors all come as HTTP 400
    Row("CreateSecret", Refusal("ResourceExistsException"), "already_exists", "provision plan", 4),
    Row("CreateSecret", Refusal("InvalidRequestException"), "invalid_state", "provision plan", 4),
    Row("CreateSecret", Refusal("LimitExceededException"), "limit", "quota", 4),
    Row("CreateSecret", Refusal("InvalidParameterException"), "invalid", "", 4),
    Row("RotateSecret", Refusal("InvalidRequestException"), "invalid_state", "provision plan", 4),
    Row("RotateSecret", Refusal("ResourceNotFoundException"), "not_found", "rotation.lambda_arn", 4),
    Row("ValidateResourcePolicy", Refusal("MalformedPolicyDocumentException"), "malformed_policy", "readers", 4),
    Row("PutResourcePolicy", Refusal("PublicPolicyException"), "public_policy", "readers", 4),
    # KMS
    Row("CreateKey", Refusal("MalformedPolicyDocumentException"), "malformed_policy", "must exist", 1),
    Row("CreateKey", Refusal("LimitExceededException"), "limit", "quota", 1),
    Row("CreateKey", Refusal("KMSInternalException", 500), "server", "may have been made", 4),
    Row("CreateAlias", Refusal("AlreadyExistsException"), "already_exists", "provision plan", 4),
    Row("EnableKeyRotation", Refusal("KMSInvalidStateException"), "invalid_state", "provision plan", 4),
    Row("EnableKeyRotation", Refusal("DisabledException"), "invalid_state", "provision plan", 4),
    # IAM
    Row("CreateRole", Refusal("EntityAlreadyExists", 409), "already_exists", "provision plan", 4),
    Row("CreateRole", Refusal("LimitExceeded", 409), "limit", "quota", 4),
    Row("PutRolePolicy", Refusal("MalformedPolicyDocument"), "malformed_policy", "must exist", 4),
    Row("PutRolePolicy", Refusal("LimitExceeded", 409), "limit", "quota", 4),
    # alarms and logs
    Row("PutMetricFilter", Refusal("ResourceNotFoundException"), "not_found", "alarms.log_group", 4),
    Row("PutMetricFilter", Refusal("LimitExceededException"), "limit", "quota", 4),
    Row("PutMetricAlarm", Refusal("LimitExceeded"), "limit", "quota", 4),
    # of nobody's making
    Row("CreateSecret", Refusal("SomethingNewException"), "other", "", 4),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.call}-{row.refusal.code}")
def test_what_aws_refuses_is_told_apart(row: Row, moto: servers.Server, tmp_path: Path) -> None:
    Estate(moto.url).prepare()
    with counting(moto.url) as calls:
        cli = estate.cli(tmp_path, calls.url)
        calls.refuse(row.call, row.refusal)
        run = cli("--yes", "--output", "json", code=row.code)
        tried = calls.take()[row.call]
        document = run.json()
        errors = [change["error"] for change in document.get("failed", [])] or [document["error"]]
        # a quota does not grow by asking again
        assert tried == len(errors) if row.kind == "limit" else tried >= 1
        for error in errors:
            assert error["kind"] == row.kind
            assert row.hint in " ".join(error["hints"])
            assert error["exit_code"] == row.code
            assert row.refusal.code in error["message"] and row.call in error["message"]
        if row.code == 4:
            assert document["done"] or row.kind == "server"
            assert {change["id"] for change in document["failed"]}.isdisjoint(document["done"])


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServiceError", "InternalFailure"])
def test_what_passes_by_itself_is_tried_again(code: str, moto: servers.Server, tmp_path: Path) -> None:
    Estate(moto.url).prepare()
    status = 400 if code == "ThrottlingException" else 500
    with counting(moto.url) as calls:
        cli = estate.cli(tmp_path, calls.url)
        calls.refuse("CreateSecret", Refusal(code, status), times=2)
        cli("--yes")
        assert calls.take()["CreateSecret"] == 4


@pytest.mark.parametrize("call, code, status", [
    # IAM says the same of a principal that does not exist and of one that it does not know yet
    ("CreateRole", "MalformedPolicyDocument", 400),
    ("PutRolePolicy", "NoSuchEntity", 404),
    ("PutRolePolicy", "EntityTemporarilyUnmodifiable", 409),
    ("AttachRolePolicy", "ConcurrentModification", 409),
])
def test_what_iam_does_not_know_yet_is_waited_for(
    call: str, code: str, status: int, moto: servers.Server, tmp_path: Path
) -> None:
    Estate(moto.url).prepare()
    with counting(moto.url) as calls:
        cli = estate.cli(tmp_path, calls.url)
        calls.refuse(call, Refusal(code, status), times=2)
        cli("--yes")
        assert calls.take()[call] == 1 + 2
        cli("plan", "--detailed-exitcode")


@dataclass(frozen=True)
class LiveRow:
    """An error about what is there already, and what becomes of it."""

    command: tuple[str, ...]
    call: str
    refusal: Refusal
    kind: str
    hint: str
    exit: int


LIVE_ROWS = [
    LiveRow(("--yes",), "PutKeyPolicy", Refusal("MalformedPolicyDocumentException"), "malformed_policy", "lock the account out", 1),
    LiveRow(("--yes", "--allow-widening"), "ReplicateSecretToRegions", DENIED, "access_denied", "`kms:GenerateDataKey`", 1),
    LiveRow(("rotate-key", "--yes"), "RotateKeyOnDemand", Refusal("LimitExceededException"), "limit", "25 times", 1),
    LiveRow(("destroy", "--yes"), "DeleteSecret", Refusal("InvalidRequestException"), "invalid_state", "provision plan", 4),
]


@pytest.mark.parametrize("row", LIVE_ROWS, ids=lambda row: f"{row.call}-{row.refusal.code}")
def test_what_aws_refuses_of_what_is_there_is_told_apart(
    row: LiveRow, moto: servers.Server, tmp_path: Path
) -> None:
    place = Estate(moto.url)
    place.prepare()
    with counting(moto.url) as calls:
        cli = estate.cli(tmp_path, calls.url)
        cli("--yes")
        if row.call == "PutKeyPolicy":
            (cli.folder / "secrets.yaml").write_text(estate.MANIFEST.replace("miyabi-app: { reads: [api-keys, config] }", "miyabi-app: { reads: [] }"))
        if row.call == "ReplicateSecretToRegions":
            copies = {"SecretId": "miyabi/prod/config", "RemoveReplicaRegions": [estate.COPIES]}
            place.secrets["us-west-2"].remove_regions_from_replication(**copies)
        calls.refuse(row.call, row.refusal)
        document = cli(*row.command, "--output", "json", code=row.exit).json()
        errors = [change["error"] for change in document.get("failed", [])] or [document["error"]]
        for error in errors:
            assert error["kind"] == row.kind
            assert row.hint in " ".join(error["hints"])


def test_another_change_of_a_log_group_is_waited_for(moto: servers.Server, tmp_path: Path) -> None:
    Estate(moto.url).prepare()
    with counting(moto.url) as calls:
        cli = estate.cli(tmp_path, calls.url)
        calls.refuse("PutMetricFilter", Refusal("OperationAbortedException"), times=3)
        cli("--yes")
        assert calls.take()["PutMetricFilter"] == 5 + 3


def test_a_target_that_eventbridge_does_not_take_is_told_in_its_words(
    moto: servers.Server, tmp_path: Path
) -> None:
    """EventBridge answers 200 and names what it did not take."""
    Estate(moto.url).prepare()
    manifest = estate.MANIFEST.replace(f"log_group: {estate.TRAIL}, ", "via: eventbridge, ")
    with counting(moto.url) as calls:
        cli = estate.cli(tmp_path, calls.url, manifest)
        entry = {"TargetId": "topic", "ErrorCode": "Refused", "ErrorMessage": "no such topic here"}
        calls.answer("PutTargets", {"FailedEntryCount": 1, "FailedEntries": [entry]})
        document = cli("--yes", "--output", "json", code=4).json()
        for change in document["failed"]:
            assert change["id"].endswith("#put_targets")
            assert change["error"]["kind"] == "invalid"
            assert "no such topic here" in change["error"]["message"]
        calls.allow_all()
        cli("--yes")
        cli("plan", "--detailed-exitcode")


def test_a_copy_that_aws_cannot_make_is_told_in_its_words(moto: servers.Server, tmp_path: Path) -> None:
    place = Estate(moto.url)
    place.prepare()
    cli = estate.cli(tmp_path, moto.url)
    # somebody else's secret has the name over there
    place.secrets[estate.COPIES].create_secret(Name="miyabi/prod/config", SecretString="{}")
    cli("--yes", code=4).says("no copy in us-east-1", "already exists", "hint:")
    cli("plan", code=None).says("could not be copied to us-east-1", "already exists")


@dataclass(frozen=True)
class ValueRow:
    """An error on the way of a value, and what becomes of it; nothing is written by any of them."""

    command: tuple[str, ...]
    call: str
    code: str
    kind: str
    hint: str
    exit: int = 1


SET = ("set", "api-keys", "GITHUB_TOKEN")
# what it would set
NEXT = "canary-third"
VALUE_ROWS = [
    ValueRow(SET, "DescribeSecret", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(SET, "DescribeSecret", "ResourceNotFoundException", "not_found", "creates it"),
    ValueRow(SET, "GetSecretValue", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(SET, "GetSecretValue", "DecryptionFailure", "key_unusable", "must be enabled"),
    ValueRow(SET, "GetSecretValue", "InvalidRequestException", "invalid_state", "provision restore"),
    ValueRow(SET, "PutSecretValue", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(SET, "PutSecretValue", "EncryptionFailure", "key_unusable", "must be enabled"),
    ValueRow(SET, "PutSecretValue", "InvalidRequestException", "invalid_state", "provision restore"),
    ValueRow(SET, "PutSecretValue", "InvalidParameterException", "invalid", ""),
    ValueRow(SET, "PutSecretValue", "ResourceExistsException", "already_exists", "run it again"),
    ValueRow(SET, "PutSecretValue", "LimitExceededException", "limit", "20 labels and about 100 versions"),
    ValueRow(SET, "UpdateSecretVersionStage", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(("get", "config", "--reveal"), "GetSecretValue", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(("export", "--reveal"), "GetSecretValue", "DecryptionFailure", "key_unusable", "must be enabled"),
    ValueRow(("diff", "api-keys", "config"), "GetSecretValue", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(("versions", "config"), "ListSecretVersionIds", "AccessDeniedException", "access_denied", "`planner`"),
    ValueRow(("pin", "config"), "UpdateSecretVersionStage", "LimitExceededException", "limit", "20 labels"),
    ValueRow(("unset", "api-keys", "OAUTH_CLIENT_ID", "--yes"), "PutSecretValue", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(("rollback", "api-keys", "--yes"), "PutSecretValue", "AccessDeniedException", "access_denied", "`writer`"),
    ValueRow(("rotate", "api-keys", "--yes"), "RotateSecret", "AccessDeniedException", "access_denied", "lambda:InvokeFunction"),
    ValueRow(("rotate", "api-keys", "--yes"), "RotateSecret", "InvalidRequestException", "invalid_state", "provision"),
    ValueRow(("run", "--", "true"), "GetSecretValue", "AccessDeniedException", "access_denied", "`writer`", 125),
    ValueRow(("get", "config", "--reveal"), "GetSecretValue", "ResourceNotFoundException", "no_value", "provision set"),
]


@pytest.fixture(scope="module")
def valued(moto_server: servers.Server, tmp_path_factory: pytest.TempPathFactory):
    """The project with two versions of values, behind a proxy that may refuse."""
    servers.emptied(moto_server)
    Estate(moto_server.url).prepare()
    with counting(moto_server.url) as calls:
        cli = estate.cli(tmp_path_factory.mktemp("valued"), calls.url)
        cli("--yes")
        for value in ("canary-first", "canary-second"):
            cli.set("api-keys", "GITHUB_TOKEN", value)
        cli.values.add(NEXT)
        cli.set("config", "MIYABI_REPO_OWNER", "canary-owner")
        yield calls, cli, Aws(moto_server.url)


@pytest.mark.parametrize("row", VALUE_ROWS, ids=lambda row: f"{row.command[0]}-{row.call}-{row.code}")
def test_what_aws_refuses_on_the_way_of_a_value(row: ValueRow, valued) -> None:
    calls, cli, aws = valued
    before = aws.current()
    calls.refuse(row.call, Refusal(row.code))
    run = cli("-vvv", "--output", "json", *row.command, code=row.exit, stdin=NEXT)
    calls.allow_all()
    error = run.json()["error"]
    assert error["kind"] == row.kind
    assert row.hint in " ".join(error["hints"])
    assert error["exit_code"] == row.exit
    assert aws.current() == before, "what is current has changed"


def test_a_rotation_that_did_not_end_is_told_with_the_way_out(valued) -> None:
    calls, cli, aws = valued
    secret = "miyabi/prod/api-keys"
    staged = aws.secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    [before] = [version for version, labels in staged.items() if "AWSPREVIOUS" in labels]
    pending = {"SecretId": secret, "VersionStage": "AWSPENDING"}
    aws.secrets.update_secret_version_stage(**pending, MoveToVersionId=before)
    calls.refuse("RotateSecret", Refusal("InvalidRequestException"))
    run = cli("rotate", "api-keys", "--yes", code=1)
    calls.allow_all()
    run.says(f"version {before} is under `AWSPENDING`", f"--remove-from-version-id {before}")
    aws.secrets.update_secret_version_stage(**pending, RemoveFromVersionId=before)


def test_versions_are_told_with_their_authors_or_why_not(valued) -> None:
    calls, cli, aws = valued
    calls.refuse("LookupEvents", DENIED)
    cli("versions", "api-keys").says("the caller lacks `cloudtrail:LookupEvents`")
    calls.allow_all()
    # what CloudTrail keeps of a write, which moto does not
    author = "arn:aws:iam::123456789012:user/somebody"
    event = {
        "userIdentity": {"arn": author},
        "requestParameters": {"clientRequestToken": aws.current()["miyabi/prod/api-keys"]},
    }
    calls.answer("LookupEvents", {"Events": [{"CloudTrailEvent": json.dumps(event)}]})
    cli("versions", "api-keys").says(f"by {author}")
    calls.allow_all()


def test_an_import_that_fails_on_its_way_tells_what_is_written(valued) -> None:
    calls, cli, aws = valued
    (cli.folder / "both.env").write_text("GITHUB_TOKEN=canary-both\nMIYABI_REPO_OWNER=canary-new\n")
    cli.values.update(["canary-both", "canary-new"])
    before = aws.current()
    calls.refuse("PutSecretValue", Refusal("EncryptionFailure"), passing=1)
    document = cli("import", "both.env", "--yes", "--output", "json", code=4).json()
    calls.allow_all()
    changed = {name for name, version in aws.current().items() if before[name] != version}
    assert changed == {"miyabi/prod/api-keys"}
    assert [secret["secret"] for secret in document["secrets"]] == ["miyabi/prod/api-keys"]
    assert document["failed"]["secret"] == "miyabi/prod/config"
    assert document["failed"]["error"]["kind"] == "key_unusable"
    assert "run the same command again" in " ".join(document["failed"]["error"]["hints"])
    # and again, as it says
    cli("import", "both.env", "--yes").says("unchanged")
    assert json.loads(aws.value("miyabi/prod/config"))["MIYABI_REPO_OWNER"] == "canary-new"


def test_a_value_that_cannot_be_read_back_is_told_as_written(valued) -> None:
    calls, cli, aws = valued
    (cli.folder / "unread.env").write_text("GITHUB_TOKEN=canary-unread\nMIYABI_REPO_OWNER=canary-unread\n")
    cli.values.add("canary-unread")
    before = aws.current()
    # two reads before anything is written, and one before the first write
    calls.refuse("GetSecretValue", DENIED, passing=3)
    run = cli("import", "unread.env", "--yes", code=4)
    calls.allow_all()
    run.says("failed miyabi/prod/api-keys", "not tried miyabi/prod/config", "was written, as version")
    changed = {name for name, version in aws.current().items() if before[name] != version}
    assert changed == {"miyabi/prod/api-keys"}


def test_what_a_secret_is_can_be_seen_without_the_right_to_its_value(valued) -> None:
    """Names of keys are part of the value: who may not read it sees all else."""
    calls, cli, _ = valued
    calls.refuse("GetSecretValue", DENIED)
    cli("get", "api-keys").says(
        "arn arn:aws:secretsmanager", "rotated by", "version", "the caller lacks `secretsmanager:GetSecretValue`"
    )
    document = cli("get", "api-keys", "GITHUB_TOKEN", "--output", "json").json()
    assert document["keys"] is None and document["is_set"] is None, "nobody knows"
    cli("versions", "api-keys").says(
        "AWSCURRENT", "AWSPREVIOUS", "the caller lacks `secretsmanager:GetSecretValue`"
    )
    versions = cli("versions", "api-keys", "--output", "json").json()["versions"]
    assert len(versions) > 2 and all(version["difference"] is None for version in versions)
    # as where its key is disabled
    calls.refuse("GetSecretValue", Refusal("DecryptionFailure"))
    cli("get", "api-keys").says("arn arn:aws:secretsmanager", "the names of its keys are not read")
    cli("versions", "api-keys").says("AWSCURRENT", "what changed is not read")
    calls.allow_all()
