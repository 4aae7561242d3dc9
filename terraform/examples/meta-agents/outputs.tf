output "role_arns" {
  description = "The execution roles, by function."
  value       = module.functions.role_arns
}

output "secret_arns" {
  description = "The secrets, by their names."
  value       = module.secrets.arns
}
