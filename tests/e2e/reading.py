"""The second client: what boto3 reads back, as plain values to compare with."""

import json

import boto3
from botocore.config import Config

REGION = "us-west-2"
ACCOUNT = "123456789012"


class Aws:
    """boto3's clients for one endpoint."""

    def __init__(self, url: str, region: str = REGION) -> None:
        self.url = url
        self.region = region
        self.iam = self.client("iam")
        self.kms = self.client("kms")
        self.secrets = self.client("secretsmanager")

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1}),
        )

    def key(self, alias: str) -> dict:
        """Returns the key that an alias points to: metadata, rotation, policy and tags."""
        identifier = self.kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
        return self.key_by_id(identifier)

    def key_by_id(self, identifier: str) -> dict:
        metadata = self.kms.describe_key(KeyId=identifier)["KeyMetadata"]
        policy = self.kms.get_key_policy(KeyId=identifier, PolicyName="default")["Policy"]
        tags = self.kms.list_resource_tags(KeyId=identifier)["Tags"]
        return {
            "arn": metadata["Arn"],
            "state": metadata["KeyState"],
            "description": metadata["Description"],
            "rotation": self.rotation(identifier),
            "policy": json.loads(policy),
            "tags": {tag["TagKey"]: tag["TagValue"] for tag in tags},
        }

    def rotation(self, identifier: str) -> bool:
        return self.kms.get_key_rotation_status(KeyId=identifier)["KeyRotationEnabled"]

    def keys(self) -> list[dict]:
        """Returns the keys that people made."""
        keys = [self.key_by_id(key["KeyId"]) for key in self.kms.list_keys()["Keys"]]
        return sorted(keys, key=lambda key: key["arn"])

    def aliases(self) -> dict[str, str]:
        """Returns the target of each alias that people made."""
        return {
            alias["AliasName"]: alias["TargetKeyId"]
            for alias in self.kms.list_aliases()["Aliases"]
            if not alias["AliasName"].startswith("alias/aws/")
        }

    def secret_names(self) -> list[str]:
        """Returns the secrets that exist and do not wait to be deleted."""
        pages = self.secrets.get_paginator("list_secrets").paginate()
        return sorted(secret["Name"] for page in pages for secret in page["SecretList"])

    def current(self) -> dict[str, str]:
        """Returns the id of the version that is current of each secret that has one."""
        versions = {
            name: self.secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
            for name in self.secret_names()
        }
        return {
            name: version
            for name, labels in versions.items()
            for version, stages in labels.items()
            if "AWSCURRENT" in stages
        }

    def secret(self, name: str) -> dict:
        """Returns a secret's metadata, and the text of its current value (none without one)."""
        found = self.secrets.describe_secret(SecretId=name)
        return {
            "name": found["Name"],
            "description": found.get("Description", ""),
            "key": found.get("KmsKeyId"),
            "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
            "deleted": "DeletedDate" in found,
            "value": None if "DeletedDate" in found else self.value(name),
        }

    def value(self, name: str) -> str | None:
        # by version id: moto answers a stale value for the label after it was moved
        stages = self.secrets.describe_secret(SecretId=name).get("VersionIdsToStages") or {}
        current = [version for version, labels in stages.items() if "AWSCURRENT" in labels]
        if not current:
            return None
        found = self.secrets.get_secret_value(SecretId=name, VersionId=current[0])
        return found.get("SecretString")

    def role_names(self) -> list[str]:
        pages = self.iam.get_paginator("list_roles").paginate()
        return sorted(role["RoleName"] for page in pages for role in page["Roles"])

    def role(self, name: str) -> dict:
        """Returns a role: path, trust, inline and attached policies, tags."""
        role = self.iam.get_role(RoleName=name)["Role"]
        inline = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return {
            "path": role["Path"],
            "description": role.get("Description", ""),
            "trust": role["AssumeRolePolicyDocument"],
            "inline": {policy: self.inline(name, policy) for policy in inline},
            "attached": sorted(policy["PolicyArn"] for policy in attached),
            "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        }

    def inline(self, role: str, policy: str) -> dict:
        return self.iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]

    def everything(self) -> dict:
        """Returns all that exists, to be compared before and after."""
        return {
            "aliases": self.aliases(),
            "keys": self.keys(),
            "roles": {name: self.role(name) for name in self.role_names()},
            "secrets": {name: self.secret(name) for name in self.secret_names()},
        }
