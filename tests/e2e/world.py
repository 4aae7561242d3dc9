"""All that exists in an account's regions, as plain values in which nothing depends on who made it.

Ids that AWS draws are replaced by what they stand for, policies are sets of statements, and the tag
of the owner is left out. Values of secrets are not read.
"""

import json
import re

from reading import Aws

OWNER = "managed-by"
# the mark of what the first write of a secret held, which only `provision` makes
DEFAULTS = "lambda-secrets:defaults"
# the mark of a secret that got a policy of its own, by which one is told that is no longer declared
POLICY = "lambda-secrets:policy"


class World:
    """Reads everything in some regions of one endpoint."""

    def __init__(self, url: str, regions: list[str]) -> None:
        self.regions = {region: Aws(url, region) for region in regions}
        self.ids: dict[str, str] = {}

    def read(self) -> dict:
        found = {region: self.region(aws) for region, aws in self.regions.items()}
        home = next(iter(self.regions.values()))
        found["roles"] = {name: self.role(home, name) for name in home.role_names()}
        found["policies"] = self.policies(home)
        return json.loads(self.named(json.dumps(found, sort_keys=True)))

    def named(self, text: str) -> str:
        for drawn, name in self.ids.items():
            text = text.replace(drawn, name)
        # the six characters behind the name of a secret
        return re.sub(r"(:secret:[A-Za-z0-9/_+=.@-]+)-[A-Za-z0-9]{6}\"", r'\1"', text)

    def region(self, aws: Aws) -> dict:
        return {
            "keys": {alias: self.key(aws, alias, key) for alias, key in aws.aliases().items()},
            "secrets": {name: self.secret(aws, name) for name in aws.secret_names()},
            "logs": self.logs(aws),
            "alarms": self.alarms(aws),
            "rules": self.rules(aws),
        }

    def key(self, aws: Aws, alias: str, identifier: str) -> dict:
        key = aws.key_by_id(identifier)
        region = aws.kms.meta.region_name
        self.ids[identifier] = f"KEY-{region}-{alias}"
        rotation = aws.kms.get_key_rotation_status(KeyId=identifier)
        return {
            "description": key["description"],
            "policy": statements(key["policy"]),
            "rotation": [rotation["KeyRotationEnabled"], rotation.get("RotationPeriodInDays")],
            "state": key["state"],
            "tags": tags(key["tags"]),
        }

    def secret(self, aws: Aws, name: str) -> dict:
        found = aws.secrets.describe_secret(SecretId=name)
        copies = found.get("ReplicationStatus", [])
        # a copy has that of its primary, where it is asked for
        is_copy = found.get("PrimaryRegion", aws.region) != aws.region
        policy = None if is_copy else aws.secrets.get_resource_policy(SecretId=name).get("ResourcePolicy")
        rotates = found.get("RotationEnabled", False)
        rules = found.get("RotationRules", {}) if rotates else None
        return {
            "copies": sorted([copy["Region"], copy.get("KmsKeyId")] for copy in copies),
            "description": found.get("Description", ""),
            "key": found.get("KmsKeyId"),
            "policy": statements(json.loads(policy)) if policy else None,
            "primary": found.get("PrimaryRegion"),
            "rotation": [found.get("RotationLambdaARN"), rules] if rotates else None,
            "tags": tags({tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}),
        }

    def role(self, aws: Aws, name: str) -> dict:
        role = aws.role(name)
        found = aws.iam.get_role(RoleName=name)["Role"]
        return {
            "attached": role["attached"],
            "boundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "description": role["description"],
            "inline": {name: statements(policy) for name, policy in role["inline"].items()},
            "path": role["path"],
            "tags": tags(role["tags"]),
            "trust": statements(role["trust"]),
        }

    def policies(self, aws: Aws) -> dict:
        pages = aws.iam.get_paginator("list_policies").paginate(Scope="Local")
        found = {}
        for policy in (policy for page in pages for policy in page["Policies"]):
            version = aws.iam.get_policy_version(
                PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
            )
            found[policy["Arn"]] = statements(version["PolicyVersion"]["Document"])
        return found

    def logs(self, aws: Aws) -> dict:
        logs = aws.client("logs")
        groups = {}
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            filters = logs.describe_metric_filters(logGroupName=name)["metricFilters"]
            kept = ("filterName", "filterPattern", "metricTransformations")
            of = logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
            groups[name] = {
                "days": group.get("retentionInDays"),
                "filters": sorted(
                    json.dumps({field: one[field] for field in kept}, sort_keys=True)
                    for one in filters
                ),
                "tags": tags(of),
            }
        return groups

    def alarms(self, aws: Aws) -> dict:
        cloudwatch = aws.client("cloudwatch")
        drawn = {"StateUpdatedTimestamp", "AlarmConfigurationUpdatedTimestamp", "StateReasonData",
                 "StateTransitionedTimestamp", "StateReason", "StateValue"}
        alarms = {}
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
            of = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
            alarms[alarm["AlarmName"]] = {
                # what nobody set is absent or empty
                "alarm": {k: v for k, v in alarm.items() if k not in drawn and v not in ([], "", None)},
                "tags": tags({tag["Key"]: tag["Value"] for tag in of}),
            }
        return alarms

    def rules(self, aws: Aws) -> dict:
        events = aws.client("events")
        rules = {}
        for rule in events.list_rules()["Rules"]:
            name = rule["Name"]
            of = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
            targets = events.list_targets_by_rule(Rule=name)["Targets"]
            rules[name] = {
                "description": rule.get("Description"),
                "pattern": json.loads(rule["EventPattern"]),
                "state": rule["State"],
                "tags": tags({tag["Key"]: tag["Value"] for tag in of}),
                "targets": sorted([target["Id"], target["Arn"]] for target in targets),
            }
        return rules


def differences(one, other, place: str = "") -> list[str]:
    """Where two worlds differ, a line each."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        return [
            line
            for key in keys
            for line in differences(one.get(key), other.get(key), f"{place}/{key}")
        ]
    return [] if one == other else [f"{place}: {one!r} and not {other!r}"]


def tags(found: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in found.items() if key not in (OWNER, DEFAULTS, POLICY)}


def statements(policy: dict) -> list[str]:
    """A policy as a sorted list of statements in which lists are sets."""
    found = policy["Statement"]
    found = found if isinstance(found, list) else [found]
    return sorted(json.dumps(as_sets(statement), sort_keys=True) for statement in found)


def as_sets(value):
    if isinstance(value, dict):
        # everybody, in either of its two forms
        everybody = value.get("Principal") == "*"
        value = value | {"Principal": {"AWS": "*"}} if everybody else value
        return {key: as_sets(of) for key, of in value.items()}
    if isinstance(value, list):
        values = sorted({json.dumps(as_sets(one), sort_keys=True) for one in value})
        return json.loads(values[0]) if len(values) == 1 else [json.loads(one) for one in values]
    # IAM takes either, and gives either back
    return str(value).lower() if isinstance(value, bool) else value
