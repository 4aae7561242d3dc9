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

override_resource {
  target = aws_iam_role.this
}

override_resource {
  target = aws_iam_role_policy.access
}

override_resource {
  target = aws_iam_role_policy.supplied
}

override_resource {
  target = aws_iam_role_policy_attachment.this
}

override_resource {
  target = aws_iam_policy.this
}

override_resource {
  target = aws_cloudwatch_log_group.this
}

variables {
  project     = "miyabi"
  environment = "prod"
  key_arn     = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  secrets     = { api-keys = "miyabi/prod/api-keys", config = "miyabi/prod/config", database = "miyabi/prod/database" }
  functions = {
    app     = { reads = ["api-keys", "config"] }
    rotator = { rotates = ["database"], logs = "own" }
    renewer = { writes = ["config"] }
    idle    = { trust_source_account = "123456789012" }
  }
}

run "a_role_reads_its_own_secrets_and_nothing_else" {
  command = apply

  variables {
    replicas           = { us-east-1 = "arn:aws:kms:us-east-1:123456789012:key/66666666-2222-3333-4444-555555555555" }
    log_retention_days = 30
    boundary           = "arn:aws:iam::123456789012:policy/miyabi/prod/miyabi-prod-boundary"
  }

  assert {
    condition     = toset([for s in jsondecode(output.policies["app"]).Statement : s.Sid]) == toset(["ReadOwnSecrets", "ReadOwnSecretsUsEast1", "DecryptOwnSecrets", "DecryptOwnSecretsUsEast1"])
    error_message = "The policy of a reader has other statements."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(output.policies["app"]).Statement : toset(s.Resource) == toset([
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/api-keys-??????",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/config-??????",
      ]) if s.Sid == "ReadOwnSecrets"
    ])
    error_message = "The role reads other secrets than those that it names."
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.policies["app"]).Statement : s.Condition.StringEquals["kms:ViaService"] == "secretsmanager.us-east-1.amazonaws.com" && s.Resource == "arn:aws:kms:us-east-1:123456789012:key/66666666-2222-3333-4444-555555555555" if s.Sid == "DecryptOwnSecretsUsEast1"])
    error_message = "In a region of copies the role decrypts by another key, or past Secrets Manager."
  }

  assert {
    condition     = toset([for s in jsondecode(output.policies["rotator"]).Statement : s.Sid]) == toset(["RotateOwnSecrets", "EncryptOwnSecrets", "DrawPasswords", "WriteOwnLogs"])
    error_message = "The policy of a rotator has other statements."
  }

  assert {
    condition     = toset([for s in jsondecode(output.policies["renewer"]).Statement : s.Sid]) == toset(["WriteOwnSecrets", "EncryptWhatItWrites"])
    error_message = "The policy of a function that writes has other statements."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(output.policies["renewer"]).Statement : try(s.Condition.StringLike["kms:EncryptionContext:SecretARN"], s.Resource) == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/config-??????"
    ])
    error_message = "The function writes other secrets than the one that it names."
  }

  assert {
    condition     = jsonencode(output.writers) == jsonencode({ config = [output.role_arns["renewer"]] })
    error_message = "What the module `secrets` is told about writers is wrong."
  }

  assert {
    condition     = !contains(keys(output.policies), "idle")
    error_message = "A function that reads nothing has a policy."
  }

  assert {
    condition     = jsonencode(output.readers) == jsonencode({ api-keys = [output.role_arns["app"]], config = [output.role_arns["app"]] }) && jsonencode(output.rotators) == jsonencode({ database = output.role_arns["rotator"] })
    error_message = "What the module `secrets` is told about readers is wrong."
  }

  assert {
    condition     = output.role_arns["app"] == "arn:aws:iam::123456789012:role/miyabi/prod/miyabi-prod-app" && aws_iam_role.this["app"].path == "/miyabi/prod/"
    error_message = "The role has another name or path."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : length(jsondecode(role.assume_role_policy).Statement) == 1 && jsondecode(role.assume_role_policy).Statement[0].Principal.Service == "lambda.amazonaws.com" && role.permissions_boundary == var.boundary])
    error_message = "Somebody else than Lambda may take a role, or a role has no boundary."
  }

  assert {
    condition     = jsondecode(aws_iam_role.this["idle"].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "The trust lacks the condition that was asked for."
  }

  assert {
    condition     = [for attachment in aws_iam_role_policy_attachment.this : attachment.role if strcontains(attachment.policy_arn, "AWSLambdaBasicExecutionRole")] == ["miyabi-prod-app", "miyabi-prod-idle", "miyabi-prod-renewer"]
    error_message = "The managed policy for logs is attached to others than those that ask for it."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this["app"].name == "/aws/lambda/miyabi-prod-app" && aws_cloudwatch_log_group.this["app"].retention_in_days == 30
    error_message = "The log group is kept otherwise."
  }
}

run "a_long_name_is_cut_and_told_apart_by_a_digest" {
  command = plan

  variables {
    project   = "a-project-whose-name-is-long"
    functions = { a-function-whose-name-is-as-long-as-the-project = {} }
  }

  # the digest is that of `provision`, which cuts the same name in the same way
  assert {
    condition     = aws_iam_role.this["a-function-whose-name-is-as-long-as-the-project"].name == "a-project-whose-name-is-long-prod-a-function-whose-name-eb9aaedf"
    error_message = "The role is called ${aws_iam_role.this["a-function-whose-name-is-as-long-as-the-project"].name}."
  }
}

run "refuses_a_secret_that_is_not_declared" {
  command = plan

  variables {
    functions = { app = { reads = ["api-keyz"] } }
  }

  expect_failures = [var.secrets]
}

run "refuses_an_alias_and_a_name_that_iam_refuses" {
  command = plan

  variables {
    key_arn   = "arn:aws:kms:eu-west-1:123456789012:alias/miyabi/prod"
    functions = { "my app" = {} }
  }

  expect_failures = [var.key_arn, var.functions]
}
