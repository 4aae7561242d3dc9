output "alarm_names" {
  description = "The names of the alarms, or of the rules of EventBridge, by their kind."
  value       = local.names
}

output "filter_patterns" {
  description = "The patterns of the metric filters, by the kind of alarm."
  value       = { for kind in var.which : kind => local.filter_patterns[kind] }
}

output "event_patterns" {
  description = "The patterns of the rules of EventBridge, as JSON, by the kind of alarm."
  value       = { for kind in var.which : kind => jsonencode({ "detail-type" = ["AWS API Call via CloudTrail"], detail = jsondecode(local.details[kind]) }) }
}
