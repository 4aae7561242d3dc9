# The miyabi system: two secrets for one function, and values that arrive by TF_VAR_… or terraform.tfvars.

provider "aws" {
  region = var.region
}

locals {
  # what is not given has no entry
  entries = {
    api-keys = {
      GITHUB_TOKEN               = var.github_token
      MIYABI_ACCESS_TOKEN        = var.miyabi_access_token
      OAUTH_CLIENT_ID            = var.oauth_client_id
      OAUTH_CLIENT_SECRET        = var.oauth_client_secret
      OAUTH_ISSUER               = var.oauth_issuer
      GITHUB_OAUTH_CLIENT_ID     = var.github_oauth_client_id
      GITHUB_OAUTH_CLIENT_SECRET = var.github_oauth_client_secret
      GITHUB_OAUTH_CALLBACK_URL  = var.github_oauth_callback_url
    }
    config = {
      MIYABI_REPO_OWNER = var.miyabi_repo_owner
      MIYABI_REPO_NAME  = var.miyabi_repo_name
      BASE_URL          = var.base_url
      MIYABI_ROOT       = var.miyabi_root
    }
  }
}

module "secrets" {
  source = "../../modules/secrets"

  project     = "miyabi"
  environment = var.environment
  # both environments may live in one account, where an alias exists once
  key_alias = var.environment == "prod" ? "alias/miyabi-secrets" : "alias/miyabi-secrets-${var.environment}"

  secrets = {
    api-keys = { description = "API keys and tokens" }
    config   = { description = "Project configuration" }
  }
  readers = module.functions.readers

  # write-only: what is given here is in no state and in no plan
  values = { for secret, entries in local.entries : secret => jsonencode({ for name, value in entries : name => value if value != null }) }
  value_versions = merge(
    var.api_keys_version == 0 ? {} : { api-keys = var.api_keys_version },
    var.config_version == 0 ? {} : { config = var.config_version },
  )
}

module "functions" {
  source = "../../modules/function-access"

  project     = "miyabi"
  environment = var.environment
  secrets     = module.secrets.names
  key_arn     = module.secrets.key_arn

  functions = {
    miyabi-app = {
      reads    = ["api-keys", "config"]
      policies = { miyabi-lambda-github-access = file("${path.module}/../../../examples/miyabi/policies/miyabi-lambda-github-access.json") }
    }
  }
}

module "alarms" {
  source = "../../modules/alarms"
  count  = var.sns_topic_arn == null ? 0 : 1

  project       = "miyabi"
  environment   = var.environment
  secret_names  = values(module.secrets.names)
  key_id        = module.secrets.key_id
  key_alias     = module.secrets.key_alias
  which         = ["failed_retrievals", "kms_errors", "access_denied"]
  sns_topic_arn = var.sns_topic_arn
}
