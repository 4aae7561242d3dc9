# The agent-etl system: names of prefix and key, JSON and plain values, rotation of the database's
# password, and copies in a second region under a key of that region's own.

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "replica"
  region = var.replica_region
}

locals {
  project = "agent-etl"
  names   = { for name in ["database", "db_password", "api_key"] : name => "${local.project}/${var.environment}/${name}" }
}

module "replica_key" {
  source    = "../../modules/key"
  providers = { aws = aws.replica }

  project     = local.project
  environment = var.environment
  description = "Copies of secrets of ${local.project} ${var.environment}"
  secrets     = local.names
  readers     = values(module.functions.role_arns)
}

module "secrets" {
  source = "../../modules/secrets"

  project     = local.project
  environment = var.environment

  secrets = {
    database = { description = "username, password and host" }
    db_password = {
      description = "The password alone"
      rotation    = var.rotation_lambda_arn == null ? null : { lambda_arn = var.rotation_lambda_arn, every_days = 30 }
    }
    api_key = {}
  }
  readers  = module.functions.readers
  replicas = { (var.replica_region) = module.replica_key.arn }
}

module "functions" {
  source = "../../modules/function-access"

  project     = local.project
  environment = var.environment
  secrets     = module.secrets.names
  key_arn     = module.secrets.key_arn
  replicas    = { (var.replica_region) = module.replica_key.arn }

  functions = {
    pipeline = { reads = ["database", "db_password", "api_key"] }
  }
}
