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

run "one_function_reads_both_secrets" {
  command = apply

  assert {
    condition     = length(jsondecode(module.functions.policies["webhook"]).Statement[0].Resource) == 2
    error_message = "The function does not read just its two secrets."
  }
}
