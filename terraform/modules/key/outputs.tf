output "arn" {
  description = "The ARN of the key."
  value       = aws_kms_key.this.arn
}

output "key_id" {
  description = "The id of the key."
  value       = aws_kms_key.this.key_id
}

output "alias" {
  description = "The alias of the key."
  value       = aws_kms_alias.this.name
}

output "policy" {
  description = "The policy of the key, as JSON."
  value       = data.aws_iam_policy_document.key.json
}
