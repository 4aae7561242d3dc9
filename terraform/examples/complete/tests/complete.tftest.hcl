# Offline: the real provider, and nothing of it reaches AWS.
provider "aws" {
  region                      = "us-west-2"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

provider "aws" {
  alias                       = "replica"
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

override_data {
  target = module.secrets.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.secrets.module.key.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.functions.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.secrets.module.key.aws_kms_key.this
  values = {
    arn    = "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555"
    key_id = "11111111-2222-3333-4444-555555555555"
  }
}

override_resource {
  target = module.secrets.module.key.aws_kms_alias.this
}

override_resource {
  target = module.secrets.aws_secretsmanager_secret.this
  values = {
    id  = "arn:aws:secretsmanager:us-west-2:123456789012:secret:any-AbCdEf"
    arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:any-AbCdEf"
  }
}

override_resource {
  target = module.secrets.aws_secretsmanager_secret_version.this
}

override_resource {
  target = module.secrets.aws_secretsmanager_secret_rotation.this
}

override_resource {
  target = module.secrets.aws_secretsmanager_secret_policy.this
}

override_resource {
  target = module.functions.aws_iam_role.this
}

override_resource {
  target = module.functions.aws_iam_role_policy.access
}

override_resource {
  target = module.functions.aws_iam_role_policy_attachment.this
}

override_data {
  target = module.replica_key.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.replica_key.aws_kms_key.this
  values = {
    arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    key_id = "11111111-2222-3333-4444-555555555555"
  }
}

override_resource {
  target = module.replica_key.aws_kms_alias.this
}

override_data {
  target = module.deploy.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.deploy.aws_iam_role.this
  values = {
    arn = "arn:aws:iam::123456789012:role/shop/_access/prod/shop-prod.github-deploy"
  }
}

override_resource {
  target = module.functions.aws_cloudwatch_log_group.this
}

override_resource {
  target = module.alarms.aws_cloudwatch_log_metric_filter.this
}

override_resource {
  target = module.alarms.aws_cloudwatch_metric_alarm.this
}

variables {
  values = {}
}

run "everything_at_once" {
  command = apply

  variables {
    values         = { api-keys = "{\"TOKEN\":\"not-a-real-token\"}" }
    value_versions = { api-keys = 1 }
  }

  # whoever makes secrets that are copied decrypts them: so says AWS, and so does the key
  assert {
    condition     = toset([for s in jsondecode(module.secrets.key_policy).Statement : s.Sid]) == toset(["AccountAdministersKey", "ReadViaSecretsManager", "WriteViaSecretsManager", "ReadFrom210987654321"])
    error_message = "The key has other statements."
  }

  assert {
    condition     = toset([for s in jsondecode(module.replica_key.policy).Statement : s.Sid]) == toset(["AccountAdministersKey", "ReadViaSecretsManager", "WriteViaSecretsManager", "ValidationOnly", "ReadFrom210987654321"])
    error_message = "The key of the copies has other statements."
  }

  assert {
    condition     = [for s in jsondecode(module.secrets.resource_policies["database"]).Statement : s.Sid] == ["DenyInsecure", "DenyReadingToOthers", "AllowReadingFrom210987654321"]
    error_message = "The policy on the secret has other statements."
  }
}
