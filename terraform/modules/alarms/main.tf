# Alarms on what CloudTrail tells of the environment's secrets and key. CloudTrail leaves the parameters
# of a denied request out, so the words of the error are looked at as well: they name the resource, by the
# name or the ARN that was asked for.

locals {
  tags = merge(var.tags, {
    managed-by  = var.managed_by
    project     = var.project
    environment = var.environment
  })

  # one prefix for all names that have it, and every other name by itself
  prefix = "${var.project}/${var.environment}/"
  ids    = sort(distinct([for name in var.secret_names : startswith(name, local.prefix) ? "${local.prefix}*" : name]))
  # a hyphen stands before the six characters at the end of an ARN
  arns = [for id in local.ids : endswith(id, "*") ? "*:secret:${id}" : "*:secret:${id}-*"]
  # the sentence goes on after a name: another name may begin as this one
  refusals = concat([for id in local.ids : endswith(id, "*") ? "*resource: ${id}" : "*resource: ${id} *"], local.arns)

  namespace = "lambda-secrets/${var.project}/${var.environment}"
  plain     = { for kind in var.which : kind => "${var.project}-${var.environment}-${replace(kind, "_", "-")}" }
  # past the limit: a prefix and 8 digits of a digest
  names = { for kind, name in local.plain : kind => length(name) <= 64 ? name : "${replace(substr(name, 0, 55), "/-+$/", "")}-${substr(sha256(name), 0, 8)}" }
  what = {
    failed_retrievals = "A secret could not be read"
    kms_errors        = "Secrets Manager could not use the key"
    access_denied     = "Somebody was denied a secret"
    pending_deletion  = "Somebody reads a secret that is about to be deleted"
    tampering         = "A secret, its policy or the key was deleted, disabled or opened"
  }
  descriptions = { for kind in var.which : kind => "${local.what[kind]} in ${var.project} ${var.environment}" }

  secret_tampering = ["DeleteSecret", "DeleteResourcePolicy", "PutResourcePolicy"]
  key_tampering    = ["DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"]
  marked           = "*marked for deletion*"
  key_names        = ["*${var.key_id}", "*${var.key_alias}"]

  # terms of a filter pattern, several in parentheses
  terms = {
    read         = ["($.eventName = \"GetSecretValue\")"]
    named        = [for id in local.ids : "($.requestParameters.secretId = \"${id}\")"]
    secret       = [for id in concat(local.ids, local.arns) : "($.requestParameters.secretId = \"${id}\")"]
    refused      = [for words in local.refusals : "($.errorMessage = \"${words}\")"]
    used         = [for arn in local.arns : "($.requestParameters.encryptionContext.SecretARN = \"${arn}\")"]
    key_refused  = ["($.errorMessage = \"*${var.key_id}*\")"]
    key          = [for name in local.key_names : "($.requestParameters.keyId = \"${name}\")"]
    secret_calls = [for call in local.secret_tampering : "($.eventName = \"${call}\")"]
    key_calls    = [for call in local.key_tampering : "($.eventName = \"${call}\")"]
  }
  one_of = {
    secret        = "(${join(" || ", local.terms.secret)})"
    denied_secret = "(${join(" || ", concat(local.terms.refused, local.terms.named))})"
    used_key      = "(${join(" || ", concat(local.terms.used, local.terms.key_refused))})"
    key           = "(${join(" || ", local.terms.key)})"
    secret_calls  = "(${join(" || ", local.terms.secret_calls)})"
    key_calls     = "(${join(" || ", local.terms.key_calls)})"
  }
  filter_patterns = {
    failed_retrievals = "{ (${join(" && ", concat(local.terms.read, [local.one_of.secret, "($.errorCode = \"*\")"]))}) }"
    access_denied     = "{ (($.errorCode = \"AccessDenied*\") && (($.eventSource = \"secretsmanager.amazonaws.com\") && ${local.one_of.denied_secret})) }"
    pending_deletion  = "{ (${join(" && ", concat(local.terms.read, [local.one_of.secret, "($.errorMessage = \"${local.marked}\")"]))}) }"
    kms_errors        = "{ (($.eventSource = \"kms.amazonaws.com\") && ($.userIdentity.invokedBy = \"secretsmanager.amazonaws.com\") && ($.errorCode = \"*\") && ${local.one_of.used_key}) }"
    tampering         = "{ ((${local.one_of.secret_calls} && ${local.one_of.secret}) || (${local.one_of.key_calls} && ${local.one_of.key})) }"
  }

  # a text as it is, or as a wildcard where it has one
  secret_ids = [for id in concat(local.ids, local.arns) : strcontains(id, "*") ? jsonencode({ wildcard = id }) : jsonencode(id)]
  wildcards = {
    secrets = jsondecode("[${join(",", local.secret_ids)}]")
    arns    = [for arn in local.arns : { wildcard = arn }]
    refused = [for words in local.refusals : { wildcard = words }]
    key     = [for name in local.key_names : { wildcard = name }]
  }
  details = {
    failed_retrievals = jsonencode({
      eventSource       = ["secretsmanager.amazonaws.com"]
      eventName         = ["GetSecretValue"]
      requestParameters = { secretId = local.wildcards.secrets }
      errorCode         = [{ exists = true }]
    })
    access_denied = jsonencode({
      eventSource = ["secretsmanager.amazonaws.com"]
      errorCode   = [{ prefix = "AccessDenied" }]
      "$or" = [
        { requestParameters = { secretId = local.wildcards.secrets } },
        { errorMessage = local.wildcards.refused },
      ]
    })
    pending_deletion = jsonencode({
      eventSource       = ["secretsmanager.amazonaws.com"]
      eventName         = ["GetSecretValue"]
      requestParameters = { secretId = local.wildcards.secrets }
      errorMessage      = [{ wildcard = local.marked }]
    })
    kms_errors = jsonencode({
      eventSource  = ["kms.amazonaws.com"]
      userIdentity = { invokedBy = ["secretsmanager.amazonaws.com"] }
      errorCode    = [{ exists = true }]
      "$or" = [
        { requestParameters = { encryptionContext = { SecretARN = local.wildcards.arns } } },
        { errorMessage = [{ wildcard = "*${var.key_id}*" }] },
      ]
    })
    tampering = jsonencode({
      "$or" = [
        {
          eventSource       = ["secretsmanager.amazonaws.com"]
          eventName         = local.secret_tampering
          requestParameters = { secretId = local.wildcards.secrets }
        },
        {
          eventSource       = ["kms.amazonaws.com"]
          eventName         = local.key_tampering
          requestParameters = { keyId = local.wildcards.key }
        },
      ]
    })
  }

  metrics = var.log_group == null ? {} : local.names
  rules   = var.log_group == null ? local.names : {}
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.metrics

  name           = each.value
  log_group_name = var.log_group
  pattern        = local.filter_patterns[each.key]

  metric_transformation {
    namespace = local.namespace
    name      = replace(each.key, "_", "-")
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.metrics

  alarm_name          = each.value
  alarm_description   = local.descriptions[each.key]
  namespace           = local.namespace
  metric_name         = replace(each.key, "_", "-")
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.sns_topic_arn == null ? [] : [var.sns_topic_arn]
  tags                = local.tags
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name        = each.value
  description = local.descriptions[each.key]
  # in this state a rule sees reads too, which are most of what is worth an alarm
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({ "detail-type" = ["AWS API Call via CloudTrail"], detail = jsondecode(local.details[each.key]) })
  tags          = local.tags
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.rules

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "topic"
  arn       = var.sns_topic_arn
}
