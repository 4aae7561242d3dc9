# The KMS key of one project, environment and region: it opens through Secrets Manager only, and only
# for those whose own IAM policy says so too. The policy says what policies/key.json.hbs says.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  alias = coalesce(var.alias, "alias/${var.project}/${var.environment}")
  root  = "arn:${local.partition}:iam::${local.account}:root"

  arn_prefix = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:"
  default    = "${var.project}/${var.environment}/"
  # one prefix for the whole environment where no name is overridden, and every secret by itself where
  # one is; the question marks are the six characters that Secrets Manager appends to a name
  is_whole    = alltrue([for name, physical in var.secrets : physical == "${local.default}${name}"])
  secret_arns = local.is_whole ? ["${local.arn_prefix}${local.default}*"] : [for physical in values(var.secrets) : "${local.arn_prefix}${physical}-??????"]

  # just the provisioners and who is named with them, or whoever has the IAM permission too
  is_open    = length(local.operators.provisioners) == 0
  operators  = var.operators == null ? { writers = [], provisioners = [], provisioner_decrypt = "validation" } : var.operators
  copies     = local.operators.provisioner_decrypt == "values" ? local.operators.provisioners : []
  readers    = sort(distinct(concat(var.readers, var.rotators, local.operators.writers, local.copies)))
  writers    = sort(distinct(concat(var.rotators, local.operators.writers, local.operators.provisioners)))
  validators = local.operators.provisioner_decrypt == "validation" ? sort(distinct(local.operators.provisioners)) : []
  # principals by the account that their ARN names
  foreign = { for arn in distinct(var.foreign_readers) : split(":", arn)[4] => arn... }

  # one statement each: who, by which action
  uses = concat(
    length(local.readers) == 0 ? [] : [{
      sid       = "ReadViaSecretsManager"
      actions   = ["kms:Decrypt"]
      account   = local.account
      operator  = "ArnEquals"
      callers   = local.readers
      validates = false
    }],
    length(local.writers) == 0 ? [] : [{
      sid       = "WriteViaSecretsManager"
      actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
      account   = local.account
      operator  = "ArnEquals"
      callers   = local.writers
      validates = false
    }],
    length(local.validators) == 0 ? [] : [{
      sid       = "ValidationOnly"
      actions   = ["kms:Decrypt"]
      account   = local.account
      operator  = "ArnEquals"
      callers   = local.validators
      validates = true
    }],
    [for account, arns in local.foreign : {
      sid       = "ReadFrom${account}"
      actions   = ["kms:Decrypt"]
      account   = account
      operator  = "ArnEquals"
      callers   = sort(arns)
      validates = false
    }],
    !local.is_open ? [] : [{
      sid       = "OperateViaSecretsManager"
      actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
      account   = local.account
      operator  = "ArnNotLike"
      callers   = ["arn:${local.partition}:iam::${local.account}:role/${var.project}/*"]
      validates = false
    }],
  )
}

data "aws_iam_policy_document" "key" {
  # the management actions are spelled out: no kms:*, and no kms:Create*, which includes CreateGrant
  statement {
    sid       = "AccountAdministersKey"
    resources = ["*"]
    actions = [
      "kms:CancelKeyDeletion",
      "kms:CreateAlias",
      "kms:DeleteAlias",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:DisableKeyRotation",
      "kms:EnableKey",
      "kms:EnableKeyRotation",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListGrants",
      "kms:ListKeyPolicies",
      "kms:ListKeyRotations",
      "kms:ListResourceTags",
      "kms:PutKeyPolicy",
      "kms:RevokeGrant",
      "kms:RotateKeyOnDemand",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription",
    ]

    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }

  # the account is the principal of every statement, narrowed by the caller's ARN: no role has to exist
  # before the key, and a role that was made anew keeps working
  dynamic "statement" {
    for_each = local.uses

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${local.partition}:iam::${statement.value.account}:root"]
      }

      condition {
        test     = statement.value.operator
        variable = "aws:PrincipalArn"
        values   = statement.value.callers
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${local.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [statement.value.account]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:SecretARN"
        values   = local.secret_arns
      }

      # what Secrets Manager tries whether the caller may use the key with, and no value
      dynamic "condition" {
        for_each = statement.value.validates ? ["RequestToValidateKeyAccess"] : []

        content {
          test     = "StringEquals"
          variable = "kms:EncryptionContext:SecretVersionId"
          values   = [condition.value]
        }
      }
    }
  }
}

resource "aws_kms_key" "this" {
  description             = coalesce(var.description, "Secrets of ${var.project} ${var.environment}")
  policy                  = data.aws_iam_policy_document.key.json
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_period_in_days
  deletion_window_in_days = var.deletion_window_in_days

  tags = merge(var.tags, {
    managed-by  = var.managed_by
    project     = var.project
    environment = var.environment
  })
}

resource "aws_kms_alias" "this" {
  name          = local.alias
  target_key_id = aws_kms_key.this.key_id
}
