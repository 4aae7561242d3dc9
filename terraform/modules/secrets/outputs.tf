output "key_arn" {
  description = "The ARN of the KMS key."
  value       = module.key.arn
}

output "key_id" {
  description = "The id of the KMS key."
  value       = module.key.key_id
}

output "key_alias" {
  description = "The alias of the KMS key."
  value       = module.key.alias
}

output "key_policy" {
  description = "The policy of the KMS key, as JSON."
  value       = module.key.policy
}

output "names" {
  description = "The physical names of the secrets, by their names in the manifest."
  value       = local.names
}

output "arns" {
  description = "The ARNs of the secrets, by their names in the manifest."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
}

output "resource_policies" {
  description = "The policies on secrets themselves, as JSON, by the secret's name in the manifest."
  value       = { for name, document in data.aws_iam_policy_document.resource : name => document.json }
}
