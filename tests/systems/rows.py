"""What the five systems need, clause by clause, and the lines of a command's output that show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One need of one system: what its command prints, in this order, and what it never prints."""

    system: str
    need: str
    shows: tuple[str, ...]
    hides: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        return f"{self.system}-{self.need}"


ROWS = (
    Row("miyabi", "key", ("+ KMS key  alias/miyabi-secrets-dev", "rotation     every 365 days")),
    Row("miyabi", "secrets", ("+ secret   miyabi/dev/api-keys", "+ secret   miyabi/dev/config")),
    Row(
        "miyabi",
        "role",
        (
            "+ role     miyabi-dev-miyabi-app",
            "reads        miyabi/dev/api-keys, miyabi/dev/config",
            "policy       arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "policy       miyabi-lambda-github-access",
            "policy       secrets-access: DecryptOwnSecrets, ReadOwnSecrets",
        ),
    ),
    Row("miyabi", "tf-var", ("provision import --from-env", "GITHUB_TOKEN added, from `TF_VAR_github_token`")),
    Row("miyabi", "put", ("provision set config BASE_URL", "Set BASE_URL in miyabi/dev/config")),
    Row(
        "miyabi",
        "load",
        (
            "$ local-lambda --function miyabi-dev-miyabi-app",
            "INFO Successfully loaded secrets from miyabi/dev/api-keys and miyabi/dev/config",
            '"GITHUB_TOKEN"',
        ),
    ),
    Row(
        "miyabi",
        "required",
        ("LAMBDA_SECRETS_REQUIRED", "`miyabi/dev/api-keys` has no key `GITHUB_TOKEN`", "hint: ", "exit code 1"),
    ),
    Row("miyabi", "get-secret", ("$ local-lambda", '{"read":true}')),
    Row(
        "miyabi",
        "skip",
        ("$ provision run", "INFO Not running in AWS Lambda, skipping Secrets Manager"),
    ),
    Row("miyabi", "run", ("$ provision run", '"GITHUB_TOKEN"')),
    Row(
        "miyabi",
        "python",
        (
            "lambda-secrets-layer examples/local/python-runtime lambda_handler.handler",
            "Successfully loaded secrets from miyabi/dev/api-keys and miyabi/dev/config",
            '{"GITHUB_TOKEN":true,"MIYABI_ACCESS_TOKEN":true}',
        ),
    ),
    Row("miyabi", "destroy", ("$ provision destroy", "miyabi/dev/api-keys")),
    Row(
        "pr-agent",
        "arn-region",
        ("--region eu-west-1", "secret:pr-agent/dev/settings-AbCdEf", '"OPENAI__KEY":"pr-agent/dev/settings'),
    ),
    Row("pr-agent", "sections", ('"OPENAI__KEY":"pr-agent/dev/settings',), ("sk-not-real",)),
    Row("pr-agent", "environment-wins", ('"GITHUB__USER_TOKEN":"environment"',)),
    Row("pr-agent", "webhook-by-name", ("Hello, World!", '{"signed":true}', '{"signed":false}')),
    Row("pr-agent", "store", ("shared_secret", '{"stored":"acme"}', '{"signed":true}')),
    Row("pr-agent", "fallback", ("secret:gone-AbCdEf", '"OPENAI__KEY":"environment"')),
    Row(
        "pr-agent",
        "debug-line",
        ("CONFIG__LOG_LEVEL=DEBUG", "\nDEBUG ", "secret:gone-AbCdEf", '"OPENAI__KEY":"environment"'),
        ("WARN",),
    ),
    Row("pr-agent", "image", ("lambda-secrets-layer", '["OPENAI__KEY","GITHUB__USER_TOKEN"]')),
    Row(
        "agent-etl",
        "migration",
        ("$ provision migrate", "agent-etl/dev/db_password", "AGENT_ETL_DB_PASSWORD"),
        ("not-a-real",),
    ),
    Row("agent-etl", "check", ("agent-etl-pipeline check", "AWS Secrets Manager integration: OK")),
    Row("agent-etl", "settings", ("AGENT_ETL_SECRET_PROVIDER=aws_secrets", "db_password from AWS")),
    Row(
        "agent-etl",
        "prefix-and-key",
        ("AGENT_ETL_AWS_SECRETS_PREFIX=agent-etl/dev/", "db_password from AWS"),
    ),
    Row("agent-etl", "default", ("api_key is the default",)),
    Row(
        "agent-etl",
        "string-and-json",
        ("database: host is there, username is there, password the same as db_password",),
    ),
    Row(
        "agent-etl",
        "cache",
        (
            "read: entries 2, valid 2, expired 0, hits 1, misses 3, calls 3",
            "read again: entries 2, valid 2, expired 0, hits 2, misses 3, calls 3",
            "cleared: entries 0, valid 0, expired 0",
            "read anew: entries 1, valid 1, expired 0, hits 2, misses 4, calls 4",
        ),
    ),
    Row(
        "agent-etl",
        "debug",
        ("AGENT_ETL_LOG_LEVEL=DEBUG", 'get_secret{secret="db_password" source=AWS Secrets Manager outcome="read"}'),
        ("db_password not-a-real",),
    ),
    Row("agent-etl", "dev-provider", ("AGENT_ETL_SECRET_PROVIDER=env", "db_password from the environment")),
    Row(
        "agent-etl",
        "fallback",
        ("AWS_ENDPOINT_URL=http://127.0.0.1:1", "db_password from the environment"),
    ),
    Row(
        "meta-agents",
        "layer",
        ("cc-agent-reconciler-dev", '{"ready":true}', "cc-agent-planner-dev", '{"ready":true}'),
    ),
    Row("meta-agents", "update", ("Set api_key in meta-agents/dev/openai", "Set api_key"), ("sk-",)),
    Row("meta-agents", "pool", ('{"failed":0,"keys":3,"served_by":[0,1,2,0]}',)),
    Row(
        "meta-agents",
        "failover",
        ("the provider rejects key 1", '{"failed":0,"keys":3,"served_by":[2,0,2,0]}'),
    ),
    Row("meta-agents", "rollback", ("$ provision rollback openai", '{"failed":0,"keys":1,"served_by":[0,0,0,0]}')),
    Row(
        "meta-agents",
        "template",
        (
            "$ provision render sam",
            "wrote sam/template.yaml",
            "PlannerFunction:",
            "AWS_LAMBDA_EXEC_WRAPPER: /opt/lambda-secrets",
            "LAMBDA_SECRETS_NAMES: openai",
            "FunctionName: cc-agent-planner-dev",
            "Layers:\n      - Ref: LayerArn",
            "Role:\n        Fn::GetAtt:\n        - MetaAgentsDevPlannerRole",
        ),
    ),
    Row("afundios", "aws", ("USE_SECRETS_MANAGER=true", "dev/aws/bedrock from AWS", "access_key_id")),
    Row("afundios", "provider", ("Provider: openai", "API Key loaded: true, from AWS", "OPENAI_API_KEY is set")),
    Row(
        "afundios",
        "settings-file",
        (
            "$ grep = .env",
            "LLM_PROVIDER=openai",
            "USE_SECRETS_MANAGER=true",
            "OPENAI_SECRET_NAME=dev/llm/openai",
            "$ local-lambda -- afundios-backend provider",
            "API Key loaded: true, from AWS",
        ),
    ),
    Row(
        "afundios",
        "off-by-default",
        (
            "$ env SECRET_dev_llm_openai=sk-proj-not-real afundios-backend secret dev/llm/openai",
            "dev/llm/openai from the environment",
            "calls: 0",
        ),
    ),
    Row("afundios", "bedrock", ("Provider: bedrock", "those of the process are its own")),
    Row("afundios", "lazy", ("calls before the first secret: 0", "calls: 1")),
    Row("afundios", "key", ("api_key of dev/llm/openai from AWS",)),
    Row(
        "afundios",
        "environment",
        ("SECRET_dev_llm_openai=", "from the environment", "SECRET_prod_aws_bedrock=", "access_key_id of prod/aws/bedrock"),
    ),
    Row("afundios", "env-file", ("$ afundios-backend provider", "Provider: openai", "from the .env file")),
    Row("afundios", "local", ("Provider: local", "none is needed")),
    Row("afundios", "error", ("Secret not found", "SECRET_dev_llm_cohere", "hint: ", "exit code 1")),
)
