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
  target = aws_kms_key.this
  values = {
    arn    = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    key_id = "11111111-2222-3333-4444-555555555555"
  }
}

override_resource {
  target = aws_kms_alias.this
}

variables {
  project     = "miyabi"
  environment = "prod"
  secrets     = { api-keys = "miyabi/prod/api-keys" }
  readers     = ["arn:aws:iam::123456789012:role/miyabi/prod/miyabi-prod-app"]
}

run "opens_through_secrets_manager_to_readers_and_whoever_iam_permits" {
  command = apply

  assert {
    condition     = [for s in jsondecode(output.policy).Statement : s.Sid] == ["AccountAdministersKey", "ReadViaSecretsManager", "OperateViaSecretsManager"]
    error_message = "The policy has other statements than those of a key without named operators."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(output.policy).Statement : s.Condition.StringEquals["kms:ViaService"] == "secretsmanager.eu-west-1.amazonaws.com" && s.Condition.StringEquals["kms:CallerAccount"] == "123456789012" && s.Condition.StringLike["kms:EncryptionContext:SecretARN"] == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/*"
      if s.Sid != "AccountAdministersKey"
    ])
    error_message = "A statement that opens the key lacks one of its three conditions."
  }

  assert {
    condition     = alltrue([for action in flatten([for s in jsondecode(output.policy).Statement : s.Action if s.Sid == "AccountAdministersKey"]) : !strcontains(action, "*") && !contains(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"], action)])
    error_message = "The account could use the key by the statement that lets it administer the key."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.rotation_period_in_days == 365 && aws_kms_alias.this.name == "alias/miyabi/prod"
    error_message = "The key does not rotate every 365 days, or has another alias."
  }

  assert {
    condition     = aws_kms_key.this.tags == tomap({ managed-by = "terraform", project = "miyabi", environment = "prod" })
    error_message = "The key has other tags."
  }
}

run "names_writers_and_stays_open_without_provisioners" {
  command = apply

  variables {
    operators = { writers = ["arn:aws:iam::123456789012:role/writer"] }
  }

  assert {
    condition     = [for s in jsondecode(output.policy).Statement : s.Sid] == ["AccountAdministersKey", "ReadViaSecretsManager", "WriteViaSecretsManager", "OperateViaSecretsManager"]
    error_message = "A writer without provisioners is not named, or closes the key to the rest of the account."
  }
}

run "names_its_operators_and_every_secret_whose_name_is_overridden" {
  command = apply

  variables {
    secrets         = { api-keys = "miyabi/prod/api-keys", shared = "shared/tokens" }
    rotators        = ["arn:aws:iam::123456789012:role/miyabi/prod/miyabi-prod-rotator"]
    foreign_readers = ["arn:aws:iam::210987654321:role/auditor"]
    operators = {
      writers      = ["arn:aws:iam::123456789012:role/writer"]
      provisioners = ["arn:aws:iam::123456789012:role/provisioner"]
    }
  }

  assert {
    condition     = [for s in jsondecode(output.policy).Statement : s.Sid] == ["AccountAdministersKey", "ReadViaSecretsManager", "WriteViaSecretsManager", "ValidationOnly", "ReadFrom210987654321"]
    error_message = "The policy has other statements than those of a key with named operators."
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.policy).Statement : !contains(flatten([s.Condition.ArnEquals["aws:PrincipalArn"]]), "arn:aws:iam::123456789012:role/provisioner") if s.Sid == "ReadViaSecretsManager"])
    error_message = "A provisioner could decrypt values."
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.policy).Statement : s.Condition.StringEquals["kms:EncryptionContext:SecretVersionId"] == "RequestToValidateKeyAccess" if s.Sid == "ValidationOnly"])
    error_message = "A provisioner decrypts more than the text of a validation."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(output.policy).Statement : toset(s.Condition.StringLike["kms:EncryptionContext:SecretARN"]) == toset([
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:miyabi/prod/api-keys-??????",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shared/tokens-??????",
      ]) if s.Sid != "AccountAdministersKey"
    ])
    error_message = "With an overridden name the policy must list every secret by itself."
  }
}

run "refuses_what_kms_refuses" {
  command = plan

  variables {
    alias                   = "alias/aws/mine"
    rotation_period_in_days = 30
    deletion_window_in_days = 3
    foreign_readers         = ["arn:aws:iam::210987654321:root"]
  }

  expect_failures = [var.alias, var.rotation_period_in_days, var.deletion_window_in_days, var.foreign_readers]
}
