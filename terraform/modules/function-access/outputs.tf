output "role_arns" {
  description = "The ARNs of the roles, by the function's name in the manifest: known before the roles are made."
  value       = local.role_arns
}

output "role_names" {
  description = "The names of the roles, by the function's name in the manifest."
  value       = { for name, role in aws_iam_role.this : name => role.name }
}

output "function_names" {
  description = "The names of the functions in Lambda, by their names in the manifest."
  value       = local.function_names
}

output "readers" {
  description = "The ARNs of the roles that read each secret, by the secret's name in the manifest, for the module `secrets`."
  value = {
    for secret in distinct(flatten([for function in var.functions : function.reads])) :
    secret => [for name, function in var.functions : local.role_arns[name] if contains(function.reads, secret)]
  }
}

output "writers" {
  description = "The ARNs of the roles that write each secret, by the secret's name in the manifest, for the module `secrets`."
  value = {
    for secret in distinct(flatten([for function in var.functions : function.writes])) :
    secret => [for name, function in var.functions : local.role_arns[name] if contains(function.writes, secret)]
  }
}

output "rotators" {
  description = "The ARN of the role that rotates each secret, by the secret's name in the manifest."
  value       = merge([for name, function in var.functions : { for secret in function.rotates : secret => local.role_arns[name] }]...)
}

output "policies" {
  description = "The policies by which the roles read their secrets, as JSON, by the function's name in the manifest."
  value       = { for name, document in data.aws_iam_policy_document.access : name => document.json }
}
