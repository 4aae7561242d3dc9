"""What somebody may get wrong who calls a module: right inputs of each, and one wrong input at a time."""

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
ALIAS = f"arn:aws:kms:us-west-2:{ACCOUNT}:alias/shop/prod"
COPIES = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
FUNCTION = f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:rotate"
ANY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/*"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SHOP = {"project": "shop", "environment": "prod"}

RIGHT: dict[str, dict] = {
    "alarms": SHOP | {
        "secret_names": ["shop/prod/api-keys"],
        "key_id": "11111111-2222-3333-4444-555555555555",
        "key_alias": "alias/shop/prod",
        "sns_topic_arn": f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts",
    },
    "deploy-role": SHOP | {"repository": "example/shop"},
    "function-access": SHOP | {
        "functions": {"app": {"reads": ["api-keys"]}},
        "secrets": {"api-keys": "shop/prod/api-keys"},
        "key_arn": KEY,
    },
    "key": SHOP | {"secrets": {"api-keys": "shop/prod/api-keys"}},
    "secrets": SHOP | {"secrets": {"api-keys": {}}},
}


def rotated(**rotation) -> dict:
    return {"secrets": {"api-keys": {"rotation": {"lambda_arn": FUNCTION, "every_days": 30} | rotation}}}


def function(**fields) -> dict:
    return {"functions": {"app": {"reads": ["api-keys"]} | fields}}


# wrong wherever it is read
OF_ALL = [{"project": "Shop"}, {"environment": "prod-1"}, {"managed_by": "me"}]

WRONG: dict[str, list[dict]] = {
    "alarms": [
        {"secret_names": []},
        {"secret_names": ['a" || ($.a = "b']},
        {"key_id": KEY},
        {"key_alias": "shop/prod"},
        {"which": ["everything"]},
        {"log_group": f"arn:aws:logs:us-west-2:{ACCOUNT}:log-group:trail"},
        {"sns_topic_arn": "alerts"},
    ],
    "deploy-role": [
        {"repository": "example/*"},
        {"github_environments": ["*"]},
        {"oidc_provider_arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com"},
        {"role_name": "a role"},
        {"policies": {"deploy": "not JSON"}},
        {"managed_policy_arns": ["ReadOnlyAccess"]},
        {"boundary": "ReadOnlyAccess"},
        {"max_session_seconds": 60},
    ],
    "function-access": [
        {"functions": {"my app": {}}},
        function(function_name=FUNCTION),
        function(role_name="a role"),
        function(logs="none"),
        function(access="none"),
        function(policies={"secrets-access": '{"Statement":[]}'}),
        function(policies={"own": "not JSON"}),
        function(managed_policy_arns=["ReadOnlyAccess"]),
        function(trust_source_account="123"),
        function(trust_source_arn="bucket"),
        {"key_arn": ALIAS},
        {"replicas": {"us-east-1": KEY}},
        {"managed_policies": {"a policy": {"document": '{"Statement":[]}'}}},
        {"managed_policies": {"own": {"document": "not JSON"}}},
        {"boundary": "ReadOnlyAccess"},
        {"log_retention_days": 31},
    ],
    "key": [
        {"alias": "alias/aws/mine"},
        {"secrets": {}},
        {"secrets": {"api-keys": "api keys"}},
        {"readers": [ANY_ROLE]},
        {"rotators": [ANY_ROLE]},
        {"foreign_readers": [ROOT]},
        {"operators": {"provisioner_decrypt": "always"}},
        {"operators": {"writers": [ANY_ROLE]}},
        {"rotation_period_in_days": 30},
        {"deletion_window_in_days": 3},
    ],
    "secrets": [
        {"secrets": {}},
        {"secrets": {"api keys": {}}},
        {"secrets": {"tokens-abc123": {}}},
        {"secrets": {"a": {"name": "same"}, "b": {"name": "same"}}},
        rotated(lambda_arn="rotate"),
        rotated(role_arn=ANY_ROLE),
        rotated(schedule="rate(30 days)"),
        rotated(every_days=None, schedule="monthly"),
        rotated(every_days=1001),
        rotated(window_hours=25),
        rotated(first="never"),
        {"secrets": {"api-keys": {"resource_policy": {}}}},
        {"secrets": {"api-keys": {"resource_policy": {"readers": [ROOT]}}}},
        {"recovery_window_in_days": 3},
        {"replicas": {"Virginia": COPIES}},
        {"replicas": {"us-east-1": KEY}},
        {"value_versions": {"api-keys": 0}},
    ],
}

# wrong beside another input, or in the region: Terraform knows when it plans
TOGETHER: dict[str, list[dict]] = {
    "alarms": [{"sns_topic_arn": None}],
    "function-access": [function(reads=["api-keyz"]), {"replicas": {"us-west-2": KEY}}],
    "secrets": [
        {"readers": {"api-keyz": []}},
        {"writers": {"api-keyz": []}},
        {"replicas": {"us-west-2": KEY}},
        {"value_versions": {"stray": 1}},
    ],
}
