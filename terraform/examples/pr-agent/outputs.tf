output "role_arns" {
  description = "The execution roles, by function."
  value       = module.functions.role_arns
}

output "secret_arns" {
  description = "The secrets, by their names."
  value       = module.secrets.arns
}

# for AWS_SECRETS_MANAGER__SECRET_ARN of the function
output "secret_arn" {
  description = "The secret that the function loads."
  value       = module.secrets.arns["secrets"]
}
