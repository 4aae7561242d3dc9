# One role for each function: it reads and writes the secrets that it names, decrypts them through Secrets Manager,
# and nothing else. The policies say what policies/function.json.hbs and function-trust.json.hbs say.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  path = "/${var.project}/${var.environment}/"
  tags = merge(var.tags, {
    managed-by  = var.managed_by
    project     = var.project
    environment = var.environment
  })

  plain_names    = { for name in keys(var.functions) : name => "${var.project}-${var.environment}-${name}" }
  function_names = { for name, function in var.functions : name => coalesce(function.function_name, local.plain_names[name]) }
  # past the limit of IAM: a prefix and 8 digits of a digest
  role_names = {
    for name, function in var.functions : name => coalesce(function.role_name, length(local.plain_names[name]) <= 64 ? local.plain_names[name] : join("-", [
      replace(substr(local.plain_names[name], 0, 55), "/-+$/", ""),
      substr(sha256(local.plain_names[name]), 0, 8),
    ]))
  }
  # as text, so that the key's policy can name a role before it is made
  role_arns = { for name, role in local.role_names : name => "arn:${local.partition}:iam::${local.account}:role${local.path}${role}" }

  # where secrets are read: at home under a plain name, and in every region of copies
  places = merge(
    { (local.region) = { suffix = "", key_arn = var.key_arn } },
    { for region, key_arn in var.replicas : region => { suffix = join("", [for part in split("-", region) : title(part)]), key_arn = key_arn } },
  )

  # the question marks are the six characters that Secrets Manager appends to a name
  arns = { for region in keys(local.places) : region => { for name, physical in var.secrets : name => "arn:${local.partition}:secretsmanager:${region}:${local.account}:secret:${physical}-??????" } }

  with_access = { for name, function in var.functions : name => function if function.access == "inline" && length(function.reads) + length(function.writes) + length(function.rotates) + (function.logs == "own" ? 1 : 0) > 0 }

  supplied = merge([for name, function in var.functions : { for policy, document in function.policies : "${name}/${policy}" => { function = name, policy = policy, document = document } }]...)
  attached = merge([for name, function in var.functions : { for arn in concat(
    function.logs == "managed" ? ["arn:${local.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"] : [],
    function.managed_policy_arns,
  ) : "${name}/${arn}" => { function = name, arn = arn } }]...)
}

data "aws_iam_policy_document" "trust" {
  for_each = var.functions

  # one statement: a second one only widens
  statement {
    sid     = "LambdaAssumesRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = each.value.trust_source_account == null ? [] : [each.value.trust_source_account]

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }

    dynamic "condition" {
      for_each = each.value.trust_source_arn == null ? [] : [each.value.trust_source_arn]

      content {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [condition.value]
      }
    }
  }
}

data "aws_iam_policy_document" "access" {
  for_each = local.with_access

  dynamic "statement" {
    for_each = length(each.value.reads) == 0 ? {} : local.places

    content {
      sid       = "ReadOwnSecrets${statement.value.suffix}"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [for secret in each.value.reads : local.arns[statement.key][secret]]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.reads) == 0 ? {} : local.places

    content {
      sid       = "DecryptOwnSecrets${statement.value.suffix}"
      actions   = ["kms:Decrypt"]
      resources = [statement.value.key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${statement.key}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:SecretARN"
        values   = [for secret in each.value.reads : local.arns[statement.key][secret]]
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.writes) == 0 ? [] : ["WriteOwnSecrets"]

    content {
      sid = statement.value
      actions = [
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ]
      resources = [for secret in each.value.writes : local.arns[local.region][secret]]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.writes) == 0 ? [] : ["EncryptWhatItWrites"]

    content {
      sid       = statement.value
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${local.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:SecretARN"
        values   = [for secret in each.value.writes : local.arns[local.region][secret]]
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.rotates) == 0 ? [] : ["RotateOwnSecrets"]

    content {
      sid = statement.value
      actions = [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ]
      resources = [for secret in each.value.rotates : local.arns[local.region][secret]]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.rotates) == 0 ? [] : ["EncryptOwnSecrets"]

    content {
      sid       = statement.value
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${local.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [local.account]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:SecretARN"
        values   = [for secret in each.value.rotates : local.arns[local.region][secret]]
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.rotates) == 0 ? [] : ["DrawPasswords"]

    content {
      sid       = statement.value
      actions   = ["secretsmanager:GetRandomPassword"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.value.logs == "own" ? ["WriteOwnLogs"] : []

    content {
      sid       = statement.value
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.function_names[each.key]}:*"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = var.functions

  name                 = local.role_names[each.key]
  path                 = local.path
  description          = "Execution role of ${local.function_names[each.key]}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  permissions_boundary = try(coalesce(each.value.boundary, var.boundary), null)
  tags                 = local.tags

  # a boundary of the environment is named by a text that is known before it is made
  depends_on = [aws_iam_policy.this]
}

resource "aws_iam_role_policy" "access" {
  for_each = local.with_access

  name   = "secrets-access"
  role   = aws_iam_role.this[each.key].name
  policy = data.aws_iam_policy_document.access[each.key].json
}

resource "aws_iam_role_policy" "supplied" {
  for_each = local.supplied

  name   = each.value.policy
  role   = aws_iam_role.this[each.value.function].name
  policy = each.value.document
}

resource "aws_iam_policy" "this" {
  for_each = var.managed_policies

  name        = each.key
  path        = local.path
  description = each.value.description
  policy      = each.value.document
  tags        = local.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.attached

  role       = aws_iam_role.this[each.value.function].name
  policy_arn = each.value.arn

  # a managed policy of the environment is named by a text that is known before it is made
  depends_on = [aws_iam_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.log_retention_days == null ? {} : local.function_names

  name              = "/aws/lambda/${each.value}"
  retention_in_days = var.log_retention_days
  tags              = local.tags
}
