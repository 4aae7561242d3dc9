# The AfundiOS system: the credentials of each LLM provider in a secret of its own, under the names that
# OPENAI_SECRET_NAME and its like hold.

provider "aws" {
  region = var.region
}

module "secrets" {
  source = "../../modules/secrets"

  project     = "afundios"
  environment = var.environment

  secrets = {
    openai    = { name = "${var.environment}/llm/openai", description = "api_key" }
    anthropic = { name = "${var.environment}/llm/anthropic", description = "api_key" }
    cohere    = { name = "${var.environment}/llm/cohere", description = "api_key" }
    bedrock   = { name = "${var.environment}/aws/bedrock", description = "access_key_id, secret_access_key" }
  }
  readers = module.functions.readers
}

module "functions" {
  source = "../../modules/function-access"

  project     = "afundios"
  environment = var.environment
  secrets     = module.secrets.names
  key_arn     = module.secrets.key_arn

  functions = {
    backend = { reads = ["openai", "anthropic", "cohere", "bedrock"] }
  }
}
