# Offline: the real provider, and nothing of it reaches AWS.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

override_resource {
  target = aws_cloudwatch_log_metric_filter.this
}

override_resource {
  target = aws_cloudwatch_metric_alarm.this
}

override_resource {
  target = aws_cloudwatch_event_rule.this
}

override_resource {
  target = aws_cloudwatch_event_target.this
}

variables {
  project       = "miyabi"
  environment   = "prod"
  secret_names  = ["miyabi/prod/api-keys", "miyabi/prod/config"]
  key_id        = "11111111-2222-3333-4444-555555555555"
  key_alias     = "alias/miyabi/prod"
  sns_topic_arn = "arn:aws:sns:eu-west-1:123456789012:alerts"
}

run "counts_events_of_the_trail_by_metric_filters" {
  command = apply

  variables {
    log_group = "/aws/cloudtrail/organisation"
  }

  assert {
    condition     = output.filter_patterns["failed_retrievals"] == "{ (($.eventName = \"GetSecretValue\") && (($.requestParameters.secretId = \"miyabi/prod/*\") || ($.requestParameters.secretId = \"*:secret:miyabi/prod/*\")) && ($.errorCode = \"*\")) }"
    error_message = "The pattern of failed retrievals is another: ${output.filter_patterns["failed_retrievals"]}"
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 5 && length(aws_cloudwatch_event_rule.this) == 0
    error_message = "There are not five alarms, or rules beside them."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.threshold == 1 && alarm.period == 300 && alarm.treat_missing_data == "notBreaching" && alarm.namespace == "lambda-secrets/miyabi/prod" && alarm.alarm_actions == toset([var.sns_topic_arn])])
    error_message = "An alarm rings otherwise than at one event within five minutes."
  }

  assert {
    condition     = alltrue([for pattern in values(output.filter_patterns) : length(pattern) <= 1024])
    error_message = "A pattern is longer than CloudWatch Logs takes."
  }
}

run "tells_a_topic_by_rules_of_eventbridge" {
  command = apply

  variables {
    which = ["tampering"]
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["tampering"].state == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" && aws_cloudwatch_event_target.this["tampering"].arn == var.sns_topic_arn && length(aws_cloudwatch_metric_alarm.this) == 0
    error_message = "The rule does not see every management event, or tells nobody."
  }

  assert {
    condition     = jsondecode(output.event_patterns["tampering"]).detail["$or"][1].requestParameters.keyId == [{ wildcard = "*11111111-2222-3333-4444-555555555555" }, { wildcard = "*alias/miyabi/prod" }]
    error_message = "The rule does not watch the key by its id and its alias."
  }
}

run "refuses_an_alarm_that_nobody_knows_or_nobody_hears" {
  command = plan

  variables {
    which         = ["everything"]
    sns_topic_arn = null
  }

  expect_failures = [var.which, var.sns_topic_arn]
}
