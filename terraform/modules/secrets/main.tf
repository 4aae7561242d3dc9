# The secrets of one project and environment under a KMS key of their own: names, rules and policies,
# and never a value in the state. What a resource policy says is what policies/resource.json.hbs says.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  names = { for name, secret in var.secrets : name => coalesce(secret.name, "${var.project}/${var.environment}/${name}") }

  tags = merge(var.tags, {
    managed-by  = var.managed_by
    project     = var.project
    environment = var.environment
  })

  writers  = var.operators == null ? [] : var.operators.writers
  rotators = { for name, secret in var.secrets : name => compact([try(secret.rotation.role_arn, null)]) if secret.rotation != null }
  rotated  = { for name, secret in var.secrets : name => secret.rotation if secret.rotation != null }

  policies       = { for name, secret in var.secrets : name => secret.resource_policy if secret.resource_policy != null }
  policy_readers = distinct(flatten([for policy in local.policies : policy.readers]))
  # who is excepted from the denial is exactly who reads, by this policy or by their own
  exceptions = {
    for name, policy in local.policies : name => sort(distinct(concat(
      policy.readers,
      lookup(var.readers, name, []),
      lookup(var.writers, name, []),
      local.writers,
      lookup(local.rotators, name, []),
    )))
  }
  allowed = { for name, policy in local.policies : name => { for arn in distinct(policy.readers) : split(":", arn)[4] => arn... } }
}

module "key" {
  source = "../key"

  project                 = var.project
  environment             = var.environment
  alias                   = var.key_alias
  description             = var.key_description
  secrets                 = local.names
  readers                 = distinct(concat(flatten(values(var.readers)), [for arn in local.policy_readers : arn if split(":", arn)[4] == local.account]))
  rotators                = distinct(flatten(concat(values(local.rotators), values(var.writers))))
  foreign_readers         = [for arn in local.policy_readers : arn if split(":", arn)[4] != local.account]
  operators               = var.operators
  rotation_period_in_days = var.rotate_kms_key_days
  deletion_window_in_days = var.recovery_window_in_days
  managed_by              = var.managed_by

  tags = merge(
    var.tags,
    # by this tag `provision` finds the copies of an environment when the manifest names them no longer
    length(var.replicas) == 0 ? {} : { "lambda-secrets:replicas" = join(" ", sort(keys(var.replicas))) },
  )
}

resource "aws_secretsmanager_secret" "this" {
  for_each = var.secrets

  name                    = local.names[each.key]
  description             = each.value.description
  kms_key_id              = module.key.arn
  recovery_window_in_days = var.recovery_window_in_days
  tags                    = merge(each.value.tags, local.tags)

  dynamic "replica" {
    for_each = var.replicas

    content {
      region     = replica.key
      kms_key_id = replica.value
    }
  }
}

# Write-only: the value goes to AWS and nowhere else, and a new number writes it anew. Where no number is
# new, no value is needed; where one is and the value is missing, AWS refuses and the old value stays.
resource "aws_secretsmanager_secret_version" "this" {
  for_each = var.value_versions

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = lookup(var.values, each.key, "")
  secret_string_wo_version = each.value

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_secretsmanager_secret_rotation" "this" {
  for_each = local.rotated

  secret_id           = aws_secretsmanager_secret.this[each.key].id
  rotation_lambda_arn = each.value.lambda_arn
  rotate_immediately  = each.value.first == "at_once"

  rotation_rules {
    automatically_after_days = each.value.every_days
    schedule_expression      = each.value.schedule
    duration                 = each.value.window_hours == null ? null : "${each.value.window_hours}h"
  }

  # a secret without a value cannot be rotated
  depends_on = [aws_secretsmanager_secret_version.this]
}

data "aws_iam_policy_document" "resource" {
  for_each = local.policies

  # the resource `*` is the secret that the policy stands on
  dynamic "statement" {
    for_each = each.value.deny_insecure ? ["DenyInsecure"] : []

    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["secretsmanager:*"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "Bool"
        variable = "aws:SecureTransport"
        values   = ["false"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.value.deny_others ? ["DenyReadingToOthers"] : []

    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      dynamic "condition" {
        for_each = length(local.exceptions[each.key]) == 0 ? [] : [local.exceptions[each.key]]

        content {
          test     = "ArnNotEquals"
          variable = "aws:PrincipalArn"
          values   = condition.value
        }
      }
    }
  }

  dynamic "statement" {
    for_each = local.allowed[each.key]

    content {
      sid       = "AllowReadingFrom${statement.key}"
      actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${local.partition}:iam::${statement.key}:root"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:PrincipalArn"
        values   = sort(statement.value)
      }
    }
  }
}

resource "aws_secretsmanager_secret_policy" "this" {
  for_each = local.policies

  secret_arn          = aws_secretsmanager_secret.this[each.key].arn
  policy              = data.aws_iam_policy_document.resource[each.key].json
  block_public_policy = true
}
