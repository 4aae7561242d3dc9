output "role_arn" {
  description = "The ARN of the role, for `role-to-assume` of aws-actions/configure-aws-credentials."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "The name of the role."
  value       = aws_iam_role.this.name
}

output "trust_policy" {
  description = "Who may take the role, as JSON."
  value       = data.aws_iam_policy_document.trust.json
}
