# Offline: the real provider, and nothing of it reaches AWS.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.key.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.key.aws_kms_key.this
  values = {
    arn    = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    key_id = "11111111-2222-3333-4444-555555555555"
  }
}

override_resource {
  target = module.key.aws_kms_alias.this
}

override_resource {
  target = aws_secretsmanager_secret.this
  values = {
    id  = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/api-keys-AbCdEf"
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/api-keys-AbCdEf"
  }
}

override_resource {
  target = aws_secretsmanager_secret_version.this
}

override_resource {
  target = aws_secretsmanager_secret_rotation.this
}

override_resource {
  target = aws_secretsmanager_secret_policy.this
}

variables {
  project     = "miyabi"
  environment = "prod"
  values      = {}
  secrets = {
    api-keys = { description = "API keys and tokens" }
    database = {
      rotation = {
        lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotator"
        role_arn   = "arn:aws:iam::123456789012:role/rotator"
        every_days = 30
      }
      resource_policy = {
        deny_others   = true
        deny_insecure = true
        readers       = ["arn:aws:iam::210987654321:role/auditor"]
      }
    }
  }
  readers = {
    api-keys = ["arn:aws:iam::123456789012:role/miyabi/prod/miyabi-prod-app"]
    database = ["arn:aws:iam::123456789012:role/miyabi/prod/miyabi-prod-app"]
  }
}

run "makes_secrets_under_one_key_and_no_value" {
  command = apply

  variables {
    replicas = { us-east-1 = "arn:aws:kms:us-east-1:123456789012:key/66666666-2222-3333-4444-555555555555" }
  }

  assert {
    condition     = output.names == { api-keys = "miyabi/prod/api-keys", database = "miyabi/prod/database" }
    error_message = "A secret has another name than `project/environment/name`."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.kms_key_id == output.key_arn && secret.recovery_window_in_days == 30 && one(secret.replica).region == "us-east-1"])
    error_message = "A secret lacks the key, the window or the copy."
  }

  assert {
    condition     = length(aws_secretsmanager_secret_version.this) == 0
    error_message = "Terraform would write a value that nobody asked it to write."
  }

  assert {
    condition     = aws_secretsmanager_secret_rotation.this["database"].rotate_immediately == false && aws_secretsmanager_secret_rotation.this["database"].rotation_rules[0].automatically_after_days == 30
    error_message = "The rotation is another, or begins at once."
  }

  assert {
    condition     = [for s in jsondecode(output.resource_policies["database"]).Statement : s.Sid] == ["DenyInsecure", "DenyReadingToOthers", "AllowReadingFrom210987654321"]
    error_message = "The policy on the secret has other statements."
  }

  # who is excepted from the denial is exactly who reads: the role, the reader of another account, the rotator
  assert {
    condition = alltrue([
      for s in jsondecode(output.resource_policies["database"]).Statement : toset(s.Condition.ArnNotEquals["aws:PrincipalArn"]) == toset([
        "arn:aws:iam::123456789012:role/miyabi/prod/miyabi-prod-app",
        "arn:aws:iam::123456789012:role/rotator",
        "arn:aws:iam::210987654321:role/auditor",
      ]) if s.Sid == "DenyReadingToOthers"
    ])
    error_message = "The denial excepts others than those who read."
  }

  assert {
    condition     = aws_secretsmanager_secret_policy.this["database"].block_public_policy
    error_message = "A public policy would not be refused."
  }

  assert {
    condition     = toset([for s in jsondecode(output.key_policy).Statement : s.Sid]) == toset(["AccountAdministersKey", "ReadViaSecretsManager", "WriteViaSecretsManager", "ReadFrom210987654321", "OperateViaSecretsManager"])
    error_message = "The key lets others in than the reader, the rotator, the other account and whoever IAM permits."
  }
}

run "writes_a_value_past_the_state" {
  command = apply

  variables {
    values         = { api-keys = "{\"GITHUB_TOKEN\":\"not-a-real-token\"}" }
    value_versions = { api-keys = 2 }
  }

  assert {
    condition     = aws_secretsmanager_secret_version.this["api-keys"].secret_string_wo_version == 2
    error_message = "The number does not decide that the value is written."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.this["api-keys"].secret_string == null && aws_secretsmanager_secret_version.this["api-keys"].secret_string_wo == null
    error_message = "The value is in the state."
  }
}

run "refuses_an_environment_a_window_and_a_region_that_nobody_has" {
  command = plan

  variables {
    environment             = "Prod"
    recovery_window_in_days = 3
    replicas                = { eu-west-1 = "arn:aws:kms:eu-west-1:123456789012:key/66666666-2222-3333-4444-555555555555" }
  }

  expect_failures = [var.environment, var.recovery_window_in_days, var.replicas]
}

# what each name is told, and by which words, is a test of the project
run "refuses_a_name_that_aws_refuses_or_reads_as_an_arn" {
  command = plan

  variables {
    secrets = { "api keys" = {}, "tokens-abc123" = {} }
    readers = {}
  }

  expect_failures = [var.secrets]
}

run "refuses_readers_and_values_of_secrets_that_are_not_declared" {
  command = plan

  variables {
    readers        = { api-keyz = [] }
    writers        = { api-keyz = [] }
    value_versions = { stray = 1 }
  }

  expect_failures = [var.readers, var.writers, var.value_versions]
}
