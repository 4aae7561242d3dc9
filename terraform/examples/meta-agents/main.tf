# The meta-agents system: one secret that many functions share, each by a role of its own.

provider "aws" {
  region = var.region
}

locals {
  agents = ["reconciler", "planner", "reviewer"]
}

module "secrets" {
  source = "../../modules/secrets"

  project     = "meta-agents"
  environment = var.environment

  secrets = {
    openai = { description = "api_key of OpenAI" }
  }
  readers = module.functions.readers
}

module "functions" {
  source = "../../modules/function-access"

  project     = "meta-agents"
  environment = var.environment
  secrets     = module.secrets.names
  key_arn     = module.secrets.key_arn

  functions = { for agent in local.agents : agent => { function_name = "cc-agent-${agent}-${var.environment}", reads = ["openai"] } }
}
