"""`doctor` on environments that are broken in one way each: the finding, the layer, and the command that mends it.

Every case breaks one thing by boto3 in an environment that is whole, and leaves it whole again: by the very command
that was printed where a command mends it, else by hand.
"""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import servers
from altering import altering
from cli import NO_CREDENTIALS, ROOT, TEST_CREDENTIALS, Cli, at
from counting import DENIED, Refusal, counting
from reading import ACCOUNT, Aws

MANIFEST = f"""\
project: shop
region: us-west-2
environments:
  dev:
    overrides:
      alarms: {{ log_group: trail }}
  stage:
    replicas: [us-east-1]
    overrides:
      alarms: {{ via: eventbridge, sns_topic_arn: "arn:aws:sns:us-west-2:{ACCOUNT}:alarms" }}
secrets:
  api-keys:
    keys:
      TOKEN: {{ required: true }}
  config:
    keys: [BASE_URL]
functions:
  app:
    reads: [api-keys, config]
"""
LAYER = "lambda-secrets-layer-x86_64"
FUNCTION = "shop-dev-app"
ROLE = "shop-dev-app"
KEY = "alias/shop/dev"
TOKEN = "ghp_" + "a1B2c3D4" * 4
VARIABLES = {
    "AWS_LAMBDA_EXEC_WRAPPER": "/opt/lambda-secrets",
    "LAMBDA_SECRETS_PROJECT": "shop",
    "LAMBDA_SECRETS_ENVIRONMENT": "dev",
    "LAMBDA_SECRETS_NAMES": "api-keys,config",
}


@dataclass
class Place:
    """Two environments that are whole, and what breaks them."""

    url: str
    folder: Path
    dev: Cli
    stage: Cli
    aws: Aws
    layer: str = ""
    other_key: str = ""
    kept: dict = field(default_factory=dict)

    def function(self, **configuration: object) -> None:
        self.aws.client("lambda").update_function_configuration(FunctionName=FUNCTION, **configuration)

    def variables(self, **changed: str) -> None:
        self.function(Environment={"Variables": VARIABLES | changed})

    def whole_function(self) -> None:
        self.function(
            Environment={"Variables": VARIABLES},
            Layers=[self.layer],
            Role=self.aws.iam.get_role(RoleName=ROLE)["Role"]["Arn"],
        )

    def key(self) -> str:
        return self.aws.kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"]

    def perform(self, cli: Cli, command: str, stdin: str = "") -> None:
        """Carries out a command as it was printed: of this tool by itself, of AWS's by boto3."""
        program, *words = shlex.split(command)
        if program == "provision":
            if words[0] == "rollback":
                words.append("--yes")
            Cli(cli.folder, (), cli.variables, cli.values)(*words, stdin=stdin)
            return
        assert program == "aws", command
        service, operation, *flags = words
        region, arguments = self.aws.region, {}
        for flag, value in zip(flags[::2], flags[1::2], strict=True):
            match flag:
                case "--region":
                    region = value
                case "--endpoint-url":
                    assert value == self.url
                case _:
                    name = "".join(word.capitalize() for word in flag.strip("-").split("-"))
                    arguments[name] = json.loads(value) if value[0] in "[{" or value.isdigit() else value
        client = Aws(self.url, region).client(service)
        getattr(client, operation.replace("-", "_"))(**arguments)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "secrets.yaml").write_text(MANIFEST)
    with servers.moto(folder) as server:
        aws = Aws(server.url)
        aws.client("logs").create_log_group(logGroupName="trail")
        aws.client("sns").create_topic(Name="alarms")
        made = Place(server.url, folder, at(server, folder, "dev"), at(server, folder, "stage"), aws)
        for cli in (made.dev, made.stage):
            cli("--yes")
            cli("set", "api-keys", "TOKEN", stdin="one")
            cli("set", "config", "BASE_URL", stdin="two")
        made.other_key = aws.kms.create_key()["KeyMetadata"]["KeyId"]
        trail(aws)
        made.layer = function(aws)
        yield made


def trail(aws: Aws) -> None:
    aws.client("s3").create_bucket(
        Bucket="trail", CreateBucketConfiguration={"LocationConstraint": aws.region}
    )
    client = aws.client("cloudtrail")
    client.create_trail(
        Name="all",
        S3BucketName="trail",
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{aws.region}:{ACCOUNT}:log-group:trail:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{ACCOUNT}:role/trail",
    )
    client.start_logging(Name="all")


def function(aws: Aws) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): pass\n")
    code = archive.getvalue()
    layer = published(aws, LAYER, code)
    aws.client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Handler="app.handler",
        Role=aws.iam.get_role(RoleName=ROLE)["Role"]["Arn"],
        Code={"ZipFile": code},
        Timeout=30,
        Layers=[layer],
        Environment={"Variables": VARIABLES},
    )
    return layer


def published(aws: Aws, name: str, code: bytes) -> str:
    client = aws.client("lambda")
    return client.publish_layer_version(LayerName=name, Content={"ZipFile": code})["LayerVersionArn"]


def findings(cli: Cli, *arguments: str, code: int | None = None) -> dict[str, dict]:
    """Returns what doctor finds, by id."""
    outcome = cli("doctor", *arguments, "--output", "json", code=code)
    assert TOKEN not in outcome.stdout + outcome.stderr
    return {finding["id"]: finding for finding in outcome.json()["findings"]}


def serious(found: dict[str, dict]) -> set[str]:
    return {id for id, finding in found.items() if finding["severity"] != "note"}


def test_nothing_is_wrong_with_what_is_whole(place: Place) -> None:
    assert findings(place.dev, code=0) == {}
    # it has no function yet, which is worth a note
    assert set(findings(place.stage, code=0)) == {"LD040"}
    place.dev("doctor", code=0).says("Nothing is wrong with dev")


@dataclass(frozen=True)
class Case:
    """One thing broken, what it is called, which layer denies, and whose command mends it."""

    finding: str
    layer: str
    breaks: Callable[[Place], object]
    # what the message must say
    says: str = ""
    # put right by hand where the command cannot be run as it stands
    by_hand: Callable[[Place], object] | None = None
    arguments: tuple[str, ...] = ()
    stdin: str = ""
    environment: str = "dev"


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def without(policy: dict, sid: str) -> str:
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != sid]
    assert len(kept) < len(policy["Statement"])
    return json.dumps(policy | {"Statement": kept})


def role_policy(place: Place) -> dict:
    return place.aws.iam.get_role_policy(RoleName=ROLE, PolicyName="secrets-access")["PolicyDocument"]


def key_policy(place: Place) -> dict:
    return json.loads(place.aws.kms.get_key_policy(KeyId=place.key(), PolicyName="default")["Policy"])


def delete_role(place: Place) -> None:
    iam = place.aws.iam
    for policy in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=ROLE)


def empty_secret(place: Place) -> None:
    place.aws.secrets.delete_secret(SecretId="shop/dev/config", ForceDeleteWithoutRecovery=True)
    place.dev("--yes", "--allow-widening")


def selectors(place: Place, **selector: object) -> None:
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True} | selector
    place.aws.client("cloudtrail").put_event_selectors(TrailName="all", EventSelectors=[selector])


def other_role(place: Place) -> None:
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    arn = place.aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    place.function(Role=arn)


def alarms(place: Place) -> list[str]:
    found = place.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="shop-dev-")
    return [alarm["AlarmName"] for alarm in found["MetricAlarms"]]


def forget_key(place: Place) -> None:
    """As where its deletion is over: nothing leads to it."""
    kms, key = place.aws.kms, place.key()
    place.kept["key"] = key, kms.list_resource_tags(KeyId=key)["Tags"]
    kms.untag_resource(KeyId=key, TagKeys=[tag["TagKey"] for tag in place.kept["key"][1]])
    kms.delete_alias(AliasName=KEY)


def remember_key(place: Place) -> None:
    key, tags = place.kept.pop("key")
    place.aws.kms.tag_resource(KeyId=key, Tags=tags)
    place.aws.kms.create_alias(AliasName=KEY, TargetKeyId=key)


NOBODY = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
EVERYTHING = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}

CASES = {
    "the key is disabled": Case("LD011", "key", lambda p: p.aws.kms.disable_key(KeyId=p.key())),
    "the key waits to be deleted": Case(
        "LD012",
        "key",
        lambda p: p.aws.kms.schedule_key_deletion(KeyId=p.key(), PendingWindowInDays=7),
    ),
    "the key policy leaves readers out": Case(
        "LD013",
        "key_policy",
        lambda p: p.aws.kms.put_key_policy(
            KeyId=p.key(),
            PolicyName="default",
            Policy=without(key_policy(p), "OperateViaSecretsManager"),
        ),
        says="kms:Decrypt",
    ),
    "the alias is gone": Case("LD014", "key", lambda p: p.aws.kms.delete_alias(AliasName=KEY)),
    "the key is gone for good": Case(
        "LD010", "key", forget_key, says="nor does any key", by_hand=remember_key
    ),
    "the alias points elsewhere": Case(
        "LD015",
        "key",
        lambda p: p.aws.kms.update_alias(AliasName=KEY, TargetKeyId=p.other_key),
        says="not of this environment",
    ),
    "a secret is gone": Case(
        "LD020",
        "secret",
        lambda p: p.aws.secrets.delete_secret(
            SecretId="shop/dev/config", ForceDeleteWithoutRecovery=True
        ),
        says="us-west-2",
    ),
    "a secret was never given a value": Case("LD022", "secret", empty_secret, stdin="two\n"),
    "a secret waits to be deleted": Case(
        "LD021",
        "secret",
        lambda p: p.aws.secrets.delete_secret(SecretId="shop/dev/config", RecoveryWindowInDays=7),
    ),
    "a secret lies under another key": Case(
        "LD023",
        "key",
        lambda p: p.aws.secrets.update_secret(SecretId="shop/dev/config", KmsKeyId=p.other_key),
    ),
    "a policy on a secret denies": Case(
        "LD024",
        "resource_policy",
        lambda p: p.aws.secrets.put_resource_policy(
            SecretId="shop/dev/config", ResourcePolicy=document(NOBODY)
        ),
    ),
    "a secret is somebody else's": Case(
        "LD025",
        "secret",
        lambda p: p.aws.secrets.tag_resource(
            SecretId="shop/dev/config", Tags=[{"Key": "managed-by", "Value": "terraform"}]
        ),
        says="terraform",
    ),
    "a value lacks a required key": Case(
        "LD027",
        "secret",
        lambda p: p.aws.secrets.put_secret_value(
            SecretId="shop/dev/api-keys", SecretString='{"OTHER": "x"}'
        ),
        says="`TOKEN`",
        arguments=("--read-values",),
        stdin="one\n",
    ),
    "a value is no JSON": Case(
        "LD026",
        "secret",
        lambda p: p.aws.secrets.put_secret_value(SecretId="shop/dev/api-keys", SecretString=TOKEN),
        arguments=("--read-values",),
    ),
    "the role is gone": Case("LD030", "identity_policy", delete_role),
    "the policy of the role may not decrypt": Case(
        "LD031",
        "identity_policy",
        lambda p: p.aws.iam.put_role_policy(
            RoleName=ROLE,
            PolicyName="secrets-access",
            PolicyDocument=without(role_policy(p), "DecryptOwnSecrets"),
        ),
        says="denies what the manifest allows: may `kms:Decrypt`",
    ),
    "the policy of the role is gone": Case(
        "LD031",
        "identity_policy",
        lambda p: p.aws.iam.delete_role_policy(RoleName=ROLE, PolicyName="secrets-access"),
        says="lacks its policy",
    ),
    "somebody gave the role more": Case(
        "LD031",
        "identity_policy",
        lambda p: p.aws.iam.put_role_policy(
            RoleName=ROLE, PolicyName="more", PolicyDocument=document(EVERYTHING)
        ),
        says="allows what the manifest does not",
    ),
    "the role may not write logs": Case(
        "LD032",
        "identity_policy",
        lambda p: p.aws.iam.detach_role_policy(
            RoleName=ROLE,
            PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        ),
    ),
    "a boundary holds the role back": Case(
        "LD033",
        "boundary",
        lambda p: p.aws.iam.put_role_permissions_boundary(
            RoleName=ROLE,
            PermissionsBoundary="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        ),
    ),
    "Lambda may not take the role": Case(
        "LD034",
        "trust",
        lambda p: p.aws.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=document(EC2)),
        says="lambda.amazonaws.com",
    ),
    "the function runs as somebody else": Case("LD041", "function", other_role),
    "the layer is not attached": Case(
        "LD042",
        "function",
        lambda p: p.function(Layers=[]),
        says="exit 127",
        by_hand=Place.whole_function,
    ),
    "nothing starts the layer": Case(
        "LD043",
        "function",
        lambda p: p.function(Environment={"Variables": {"LAMBDA_SECRETS_PROJECT": "shop"}}),
        by_hand=Place.whole_function,
    ),
    "the runtime starts no wrapper": Case(
        "LD044",
        "function",
        lambda p: p.function(Runtime="provided.al2023"),
        by_hand=lambda p: p.function(Runtime="python3.12"),
    ),
    "the function asks for another environment": Case(
        "LD045",
        "function",
        lambda p: p.variables(LAMBDA_SECRETS_ENVIRONMENT="prod"),
        says="LAMBDA_SECRETS_ENVIRONMENT=prod",
        by_hand=Place.whole_function,
    ),
    "the function asks for a secret that it may not read": Case(
        "LD045",
        "function",
        lambda p: p.variables(LAMBDA_SECRETS_NAMES="api-keys,database"),
        says="`database`",
        by_hand=Place.whole_function,
    ),
    "the function asks in another region": Case(
        "LD045",
        "function",
        lambda p: p.variables(SECRETS_MANAGER_REGION="eu-west-1"),
        says="SECRETS_MANAGER_REGION=eu-west-1",
        by_hand=Place.whole_function,
    ),
    "the function asks a server of somebody's": Case(
        "LD052",
        "network",
        lambda p: p.variables(AWS_ENDPOINT_URL="http://localhost:4566"),
        says="`localhost`",
        by_hand=Place.whole_function,
    ),
    "the layer is for another processor": Case(
        "LD047",
        "function",
        lambda p: p.function(Layers=[published(p.aws, "lambda-secrets-layer-arm64", b"-")]),
        says="is for arm64",
        by_hand=Place.whole_function,
    ),
    "a variable holds a value": Case(
        "LD049",
        "function",
        lambda p: p.variables(GITHUB_TOKEN=TOKEN),
        says="`GITHUB_TOKEN`",
        by_hand=Place.whole_function,
    ),
    "the function is told to use its own variables": Case(
        "LD050",
        "function",
        lambda p: p.variables(USE_SECRETS_MANAGER="False"),
        by_hand=Place.whole_function,
    ),
    "an alarm is gone": Case(
        "LD060",
        "alarms",
        lambda p: p.aws.client("cloudwatch").delete_alarms(AlarmNames=alarms(p)[:1]),
    ),
    "a rule is turned off": Case(
        "LD061",
        "alarms",
        lambda p: p.aws.client("events").disable_rule(Name="shop-stage-access-denied"),
        says="DISABLED",
        environment="stage",
    ),
    "no trail writes to the log group": Case(
        "LD062",
        "alarms",
        lambda p: p.aws.client("cloudtrail").delete_trail(Name="all"),
        says="`trail`",
        by_hand=lambda p: (p.aws.client("s3").delete_bucket(Bucket="trail"), trail(p.aws)),
    ),
    "the trail is stopped": Case(
        "LD063", "alarms", lambda p: p.aws.client("cloudtrail").stop_logging(Name="all")
    ),
    "the trail leaves out readings": Case(
        "LD064", "alarms", lambda p: selectors(p, ReadWriteType="WriteOnly"), says="readings"
    ),
    "the trail leaves out KMS": Case(
        "LD065",
        "alarms",
        lambda p: selectors(p, ExcludeManagementEventSources=["kms.amazonaws.com"]),
        says="kms.amazonaws.com",
    ),
    "a copy is gone": Case(
        "LD070",
        "secret",
        lambda p: p.aws.secrets.remove_regions_from_replication(
            SecretId="shop/stage/config", RemoveReplicaRegions=["us-east-1"]
        ),
        says="us-east-1",
        environment="stage",
    ),
    "the key is rotated by another rule": Case(
        "LD080", "environment", lambda p: p.aws.kms.disable_key_rotation(KeyId=p.key())
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_cause_is_named_and_mended(case: Case, place: Place) -> None:
    cli = place.dev if case.environment == "dev" else place.stage
    case.breaks(place)
    found = findings(cli, *case.arguments)
    finding = found.get(case.finding, {"commands": [], "message": "", "layer": ""})
    # mended first of all, so that what is wrong here is not wrong for the next case
    if case.by_hand:
        case.by_hand(place)
    else:
        for command in finding["commands"]:
            place.perform(cli, command, case.stdin)
    assert serious(found) == {case.finding}, json.dumps(found, indent=2)
    assert finding["layer"] == case.layer
    assert case.says in finding["message"], finding
    assert finding["commands"] or finding["hint"]
    left = serious(findings(cli, *case.arguments))
    # what was made anew has to be given its value again
    if case.finding == "LD020":
        assert left == {"LD022"}
        cli("set", "config", "BASE_URL", stdin="two")
        left = serious(findings(cli))
    assert left == set()


def test_a_function_in_a_network_is_told_what_it_needs(place: Place) -> None:
    ec2 = place.aws.client("ec2")
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [network]}])["Subnets"][0]
    place.function(VpcConfig={"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": ["sg-1"]})
    live = place.aws.client("lambda").get_function_configuration(FunctionName=FUNCTION)["VpcConfig"]
    found = findings(place.dev, code=0)
    place.function(VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    assert "com.amazonaws.us-west-2.secretsmanager" in found["LD048"]["message"]
    tells = [command.split(" --")[0] for command in found["LD048"]["commands"]]
    assert tells == ["aws ec2 describe-vpc-endpoints", "aws ec2 describe-route-tables"]
    assert all(live["VpcId"] in command for command in found["LD048"]["commands"])


def test_a_function_with_too_little_time_is_told(place: Place) -> None:
    place.function(Timeout=3)
    found = findings(place.dev, code=0)
    for command in found["LD051"]["commands"]:
        place.perform(place.dev, command)
    assert "3 s" in found["LD051"]["message"]
    assert findings(place.dev, code=0) == {}


def test_a_function_of_which_snapshots_are_taken_is_told(place: Place) -> None:
    """moto takes none, so Lambda's answer is altered on its way."""
    with altering(place.url) as answers:
        answers.alter(
            f"/2015-03-31/functions/{FUNCTION}/configuration",
            lambda configuration: configuration.update(SnapStart={"ApplyOn": "PublishedVersions"}),
        )
        cli = place.dev.with_option("--endpoint-url", answers.url)
        found = findings(cli, code=2)
        assert serious(found) == {"LD046"} and FUNCTION in found["LD046"]["message"]
        assert "--snap-start ApplyOn=None" in found["LD046"]["commands"][0]
        place.variables(LAMBDA_SECRETS_SNAPSTART="allow")
        allowed = findings(cli)
        place.whole_function()
    assert allowed == {}


def test_a_copy_that_failed_is_told_in_the_words_of_aws(place: Place) -> None:
    name = "shop/stage/config"
    there = Aws(place.url, "us-east-1").secrets
    place.aws.secrets.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=["us-east-1"])
    there.create_secret(Name=name, SecretString="of somebody else")
    place.stage("--yes", "--allow-widening", code=4)
    found = findings(place.stage, code=2)
    # the cause is nobody's but theirs to mend
    there.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    for command in found["LD071"]["commands"]:
        place.perform(place.stage, command)
    assert serious(found) == {"LD071"}
    assert "already exists" in found["LD071"]["message"] and found["LD071"]["hint"]
    assert serious(findings(place.stage)) == set()


def test_what_may_not_be_looked_at_is_told_and_the_rest_examined(place: Place) -> None:
    with counting(place.url) as calls:
        cli = place.dev.with_option("--endpoint-url", calls.url)
        calls.refuse("DescribeTrails", DENIED)
        found = findings(cli, code=0)
        assert set(found) == {"LD007"} and "cloudtrail:DescribeTrails" in found["LD007"]["message"]
        place.aws.kms.disable_key(KeyId=place.key())
        assert set(findings(cli, code=2)) == {"LD007", "LD011"}
        place.aws.kms.enable_key(KeyId=place.key())


def test_one_function_is_examined_by_itself(place: Place) -> None:
    place.aws.client("cloudtrail").stop_logging(Name="all")
    assert findings(place.dev, "--function", "app", code=0) == {}
    assert set(findings(place.stage, "--function", "shop-stage-app", code=2)) == {"LD040"}
    place.dev("doctor", "--function", "apple", code=1).says("`apple`", "declared are `app`")
    place.aws.client("cloudtrail").start_logging(Name="all")


def test_without_a_way_in_that_is_what_is_found(place: Place, tmp_path: Path) -> None:
    def only(cli: Cli) -> str:
        found = findings(cli, code=2)
        assert len(found) == 1, found
        return next(iter(found))

    assert only(Cli(place.folder, place.dev.arguments, NO_CREDENTIALS)) == "LD001"
    assert only(place.dev.with_option("--region", "eu-west-1")) == "LD004"
    nobody = f"http://127.0.0.1:{servers.free_port()}"
    assert only(place.dev.with_option("--endpoint-url", nobody)) == "LD005"
    with counting(place.url) as calls:
        refused = place.dev.with_option("--endpoint-url", calls.url)
        calls.refuse("GetCallerIdentity", Refusal("ExpiredToken", 403))
        assert only(refused) == "LD002"
        calls.allow_all()
        calls.refuse("ListSecrets", DENIED)
        assert only(refused) == "LD006"
    other = MANIFEST.replace("  dev:\n", '  dev:\n    account: "999999999999"\n')
    (tmp_path / "secrets.yaml").write_text(other)
    elsewhere = Cli(tmp_path, place.dev.arguments, TEST_CREDENTIALS)
    assert only(elsewhere) == "LD003"
    (tmp_path / "secrets.yaml").write_text(MANIFEST.replace("project: shop", "project: fresh"))
    assert only(elsewhere) == "LD009"


def test_every_finding_of_the_page_is_provoked_here() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text()
    listed = re.findall(r'^\| <a id="ld\d+"></a>(LD\d+) ', page, re.MULTILINE)
    assert len(listed) > 40
    provoked = set(re.findall(r'"(LD\d+)"', Path(__file__).read_text()))
    assert set(listed) - provoked == set()
