# The pr-agent system: one secret of `section.key` entries, which arrive as SECTION__KEY, and the
# webhook's secret by name.

provider "aws" {
  region = var.region
}

module "secrets" {
  source = "../../modules/secrets"

  project     = "pr-agent"
  environment = var.environment

  secrets = {
    secrets = { description = "openai.key, github.user_token, gitlab.personal_access_token" }
    webhook = { description = "What GitHub signs its calls with" }
  }
  readers = module.functions.readers
}

module "functions" {
  source = "../../modules/function-access"

  project     = "pr-agent"
  environment = var.environment
  secrets     = module.secrets.names
  key_arn     = module.secrets.key_arn

  functions = {
    webhook = { reads = ["secrets", "webhook"] }
  }
}
