# Everything that the modules do: two secrets, one of them rotated and closed to others, copies in a
# second region, two functions, alarms, and a role by which a repository on GitHub deploys.

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "replica"
  region = var.replica_region
}

locals {
  project = "shop"
  names   = { for name in ["api-keys", "database"] : name => "${local.project}/${var.environment}/${name}" }
  # whoever makes secrets that are copied decrypts them: Secrets Manager copies with the rights of its caller
  operators = {
    writers             = var.writers
    provisioners        = [module.deploy.role_arn]
    provisioner_decrypt = "values"
  }
}

module "secrets" {
  source = "../../modules/secrets"

  project                 = local.project
  environment             = var.environment
  recovery_window_in_days = 30
  rotate_kms_key_days     = 365

  secrets = {
    api-keys = { description = "API keys and tokens" }
    database = {
      description = "The database's credentials"
      rotation = {
        lambda_arn = var.rotation_lambda_arn
        role_arn   = module.functions.role_arns["rotator"]
        every_days = 30
      }
      resource_policy = {
        deny_others   = true
        deny_insecure = true
        readers       = var.foreign_readers
      }
    }
  }
  readers   = module.functions.readers
  operators = local.operators
  replicas  = { (var.replica_region) = module.replica_key.arn }

  # write-only: a value goes to AWS when its number is raised, and is in no state and in no plan
  values         = var.values
  value_versions = var.value_versions
}

module "replica_key" {
  source    = "../../modules/key"
  providers = { aws = aws.replica }

  project         = local.project
  environment     = var.environment
  description     = "Copies of secrets of ${local.project} ${var.environment}"
  secrets         = local.names
  readers         = distinct(flatten(values(module.functions.readers)))
  rotators        = values(module.functions.rotators)
  foreign_readers = var.foreign_readers
  operators       = { writers = local.operators.writers, provisioners = local.operators.provisioners }
}

module "functions" {
  source = "../../modules/function-access"

  project            = local.project
  environment        = var.environment
  secrets            = module.secrets.names
  key_arn            = module.secrets.key_arn
  replicas           = { (var.replica_region) = module.replica_key.arn }
  log_retention_days = 90

  functions = {
    api     = { reads = ["api-keys", "database"], logs = "own" }
    rotator = { rotates = ["database"] }
  }
}

module "alarms" {
  source = "../../modules/alarms"

  project       = local.project
  environment   = var.environment
  secret_names  = values(module.secrets.names)
  key_id        = module.secrets.key_id
  key_alias     = module.secrets.key_alias
  log_group     = var.trail_log_group
  sns_topic_arn = var.sns_topic_arn
}

module "deploy" {
  source = "../../modules/deploy-role"

  project     = local.project
  environment = var.environment
  repository  = var.repository
}
