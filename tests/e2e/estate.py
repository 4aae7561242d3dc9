"""A project with everything that a manifest can declare, on moto: what it needs beforehand, and all
that exists afterwards, with what moto draws at random named by what it belongs to."""

import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config

from cli import MIYABI, TEST_CREDENTIALS, Cli
from reading import ACCOUNT, REGION

COPIES = "us-east-1"
TRAIL = "trail"
ROTATION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
LIVE = "miyabi/prod/config"
LIVE_VERSION = "11111111-2222-4333-8444-555555555555"
LIVE_VALUE = '{"MIYABI_REPO_OWNER":"of-a-person"}'
METRIC = ("metricName", "metricNamespace", "metricValue")
READER = "arn:aws:iam::210987654321:role/reader"
# the example's production environment with a replica, rotation and alarms
MANIFEST = f"""\
project: miyabi
region: {REGION}
environments:
  prod: {{ replicas: [{COPIES}], rotate_kms_key_days: 365 }}
key_alias: alias/miyabi-secrets
log_retention_days: 30
alarms: {{ log_group: {TRAIL}, sns_topic_arn: "arn:aws:sns:{REGION}:{ACCOUNT}:alerts" }}
secrets:
  api-keys:
    description: API keys and tokens
    keys: {{ GITHUB_TOKEN: {{ required: true }}, OAUTH_CLIENT_ID: {{ default: miyabi-mcp-client }} }}
    rotation:
      lambda_arn: "{ROTATION}"
      every_days: 30
      role_arn: "arn:aws:iam::{ACCOUNT}:role/rotator"
    resource_policy: {{ deny_insecure: true, readers: ["{READER}"] }}
  config:
    keys: [MIYABI_REPO_OWNER]
functions:
  miyabi-app: {{ reads: [api-keys, config] }}
"""


class Estate:
    """boto3 against one moto that holds the project."""

    def __init__(self, url: str) -> None:
        self.url = url
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
        config = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1})

        def client(service: str, region: str = REGION):
            return session.client(service, endpoint_url=url, region_name=region, config=config)

        self.kms = {region: client("kms", region) for region in (REGION, COPIES)}
        self.secrets = {region: client("secretsmanager", region) for region in (REGION, COPIES)}
        self.iam, self.logs, self.alarms = client("iam"), client("logs"), client("cloudwatch")
        self.functions, self.events = client("lambda"), client("events")

    def prepare(self) -> None:
        """Makes what the manifest takes for granted: the trail's log group, the rotation function."""
        self.logs.create_log_group(logGroupName=TRAIL)
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = self.iam.create_role(RoleName="rotator", AssumeRolePolicyDocument=json.dumps(trust))
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", "def handler(event, context): pass")
        self.functions.create_function(
            FunctionName="rotate",
            Runtime="python3.12",
            Role=role["Role"]["Arn"],
            Handler="index.handler",
            Code={"ZipFile": code.getvalue()},
        )

    def put_live_value(self) -> None:
        """Makes a secret that the environment owns and a person has put a value into."""
        tags = {"managed-by": "lambda-secrets", "project": "miyabi", "environment": "prod"}
        self.secrets[REGION].create_secret(
            Name=LIVE,
            # AWS makes it the version's id
            ClientRequestToken=LIVE_VERSION,
            SecretString=LIVE_VALUE,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )

    def live(self) -> dict[str, tuple[list[str], str]]:
        """Returns the labels and the value of each version of that secret."""
        client = self.secrets[REGION]
        versions = client.describe_secret(SecretId=LIVE)["VersionIdsToStages"]
        return {
            version: (labels, client.get_secret_value(SecretId=LIVE, VersionId=version)["SecretString"])
            for version, labels in versions.items()
        }

    def everything(self) -> dict:
        """Returns all that exists, in an order and with names of its own."""
        state = {
            "keys": {region: self.keys(region) for region in self.kms},
            "secrets": {name: self.secret(name) for name in self.secret_names(REGION)},
            "copies": {name: self.copy(name) for name in self.secret_names(COPIES)},
            "roles": {name: self.role(name) for name in self.role_names()},
            "filters": sorted(
                [f["filterName"], f["logGroupName"], f["filterPattern"]]
                + [m[part] for m in f["metricTransformations"] for part in METRIC]
                for f in self.logs.describe_metric_filters()["metricFilters"]
            ),
            "log groups": sorted(
                (group["logGroupName"], group.get("retentionInDays"))
                for group in self.logs.describe_log_groups()["logGroups"]
            ),
            "alarms": sorted(
                (a["AlarmName"], a["MetricName"], a["Threshold"], a["TreatMissingData"], str(a["AlarmActions"]))
                for a in self.alarms.describe_alarms()["MetricAlarms"]
            ),
        }
        return json.loads(self.named(json.dumps(state, default=str, sort_keys=True)))

    def named(self, text: str) -> str:
        """Returns the text with ids of keys and ends of ARNs that do not differ from run to run."""
        for region, client in self.kms.items():
            for number, key in enumerate(sorted(client.list_keys()["Keys"], key=lambda k: k["KeyId"])):
                text = text.replace(key["KeyId"], f"key-{number}-of-{region}")
        return re.sub(r"(secret:[a-z/-]+)-[A-Za-z]{6}", r"\1-SUFFIX", text)

    def keys(self, region: str) -> list[dict]:
        client, keys = self.kms[region], []
        for key in client.list_keys()["Keys"]:
            identifier = key["KeyId"]
            metadata = client.describe_key(KeyId=identifier)["KeyMetadata"]
            tags = client.list_resource_tags(KeyId=identifier)["Tags"]
            policy = client.get_key_policy(KeyId=identifier, PolicyName="default")["Policy"]
            keys.append(
                {
                    "state": metadata["KeyState"],
                    "description": metadata["Description"],
                    "rotation": client.get_key_rotation_status(KeyId=identifier)["KeyRotationEnabled"],
                    "aliases": [a["AliasName"] for a in client.list_aliases(KeyId=identifier)["Aliases"]],
                    "policy": json.loads(policy),
                    "tags": {tag["TagKey"]: tag["TagValue"] for tag in tags},
                }
            )
        return keys

    def secret_names(self, region: str) -> list[str]:
        return sorted(s["Name"] for s in self.secrets[region].list_secrets()["SecretList"])

    def secret(self, name: str) -> dict:
        client = self.secrets[REGION]
        found = client.describe_secret(SecretId=name)
        policy = client.get_resource_policy(SecretId=name).get("ResourcePolicy")
        labels = found.get("VersionIdsToStages", {}).values()
        value = None
        if any("AWSCURRENT" in stages for stages in labels):
            value = client.get_secret_value(SecretId=name)["SecretString"]
        return {
            "description": found.get("Description", ""),
            "key": found.get("KmsKeyId"),
            "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
            "copies": [(c["Region"], c["Status"], c["KmsKeyId"]) for c in found.get("ReplicationStatus", [])],
            "rotation": [found.get(name) for name in ("RotationEnabled", "RotationLambdaARN", "RotationRules")],
            "policy": json.loads(policy) if policy else None,
            "value": value,
        }

    def copy(self, name: str) -> dict:
        found = self.secrets[COPIES].describe_secret(SecretId=name)
        return {"from": found["PrimaryRegion"], "key": found.get("KmsKeyId")}

    def role_names(self) -> list[str]:
        return sorted(role["RoleName"] for role in self.iam.list_roles()["Roles"])

    def role(self, name: str) -> dict:
        role = self.iam.get_role(RoleName=name)["Role"]
        inline = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return {
            "path": role["Path"],
            "trust": role["AssumeRolePolicyDocument"],
            "inline": {
                policy: self.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                for policy in inline
            },
            "attached": sorted(policy["PolicyArn"] for policy in attached),
            "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        }


def cli(folder: Path, url: str, manifest: str = MANIFEST) -> Cli:
    """Returns the command line for the project's production environment."""
    (folder / "secrets.yaml").write_text(manifest)
    # the example's, for who names it
    shutil.copytree(MIYABI / "policies", folder / "policies", dirs_exist_ok=True)
    return Cli(folder, ("--env", "prod", "--endpoint-url", url), TEST_CREDENTIALS)
