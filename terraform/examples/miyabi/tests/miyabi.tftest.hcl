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

override_resource {
  target = module.functions.aws_iam_role_policy.supplied
}

override_resource {
  target = module.alarms[0].aws_cloudwatch_event_rule.this
}

override_resource {
  target = module.alarms[0].aws_cloudwatch_event_target.this
}

variables {
  github_token               = "not-a-real-token"
  miyabi_access_token        = "not-a-real-token"
  oauth_client_secret        = "not-a-real-secret"
  github_oauth_client_id     = "id"
  github_oauth_client_secret = "not-a-real-secret"
  github_oauth_callback_url  = "https://example.com/callback"
}

run "writes_no_value_by_default" {
  command = apply

  assert {
    condition     = module.secrets.key_alias == "alias/miyabi-secrets" && module.secrets.names == { api-keys = "miyabi/prod/api-keys", config = "miyabi/prod/config" }
    error_message = "The key or a secret has another name than the system uses."
  }

  assert {
    condition     = module.functions.role_names == { miyabi-app = "miyabi-prod-miyabi-app" }
    error_message = "The role has another name."
  }
}

run "writes_what_TF_VAR_gives" {
  command = apply

  variables {
    api_keys_version = 1
    sns_topic_arn    = "arn:aws:sns:us-west-2:123456789012:alerts"
  }

  assert {
    condition     = length(module.alarms) == 1 && length(module.alarms[0].alarm_names) == 3
    error_message = "There are not the three alarms that the system recommends."
  }
}

run "asks_for_a_token_that_is_missing" {
  command = plan

  variables {
    api_keys_version = 1
    github_token     = null
  }

  expect_failures = [var.github_token]
}
