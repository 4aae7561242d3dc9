variable "project" {
  description = "The project, the first segment of every physical name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,31}$", var.project))
    error_message = "A project name must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "environment" {
  description = "The environment, the second segment of every physical name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,15}$", var.environment))
    error_message = "An environment name must be 1 to 16 lower-case letters and digits, starting with a letter."
  }
}

variable "functions" {
  description = "The functions by their names in the manifest: what each reads, writes and rotates, and what else its role holds."
  type = map(object({
    function_name        = optional(string)
    role_name            = optional(string)
    reads                = optional(list(string), [])
    writes               = optional(list(string), [])
    rotates              = optional(list(string), [])
    logs                 = optional(string, "managed")
    policies             = optional(map(string), {})
    managed_policy_arns  = optional(list(string), [])
    boundary             = optional(string)
    trust_source_account = optional(string)
    trust_source_arn     = optional(string)
    access               = optional(string, "inline")
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.functions) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "A function's name must be 1 to 64 letters, digits, `-` and `_`."
  }

  validation {
    condition     = alltrue([for function in var.functions : function.function_name == null || can(regex("^[A-Za-z0-9_-]{1,64}$", function.function_name))])
    error_message = "function_name must be 1 to 64 letters, digits, `-` and `_`: it is the name in Lambda, not an ARN."
  }

  validation {
    condition     = alltrue([for function in var.functions : function.role_name == null || can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", function.role_name))])
    error_message = "A role's name must be 1 to 64 letters, digits and `+=,.@_-`."
  }

  validation {
    condition     = alltrue([for function in var.functions : contains(["managed", "own"], function.logs)])
    error_message = "logs must be `managed` (AWSLambdaBasicExecutionRole) or `own` (a statement for just the function's log group)."
  }

  validation {
    condition     = alltrue([for function in var.functions : contains(["inline", "given"], function.access)])
    error_message = "access must be `inline`, or `given` where managed_policies hold what the function reads."
  }

  validation {
    condition     = alltrue([for function in var.functions : !contains(keys(function.policies), "secrets-access")])
    error_message = "The policy `secrets-access` is the module's own: call yours otherwise."
  }

  validation {
    condition     = alltrue(flatten([for function in var.functions : [for document in values(function.policies) : can(jsondecode(document).Statement)]]))
    error_message = "A policy must be a JSON document with a Statement."
  }

  validation {
    condition     = alltrue([for arn in flatten([for function in var.functions : concat(function.managed_policy_arns, compact([function.boundary]))]) : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", arn))])
    error_message = "managed_policy_arns and boundary must be ARNs of managed policies, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`."
  }

  validation {
    condition     = alltrue([for function in var.functions : function.trust_source_account == null || can(regex("^[0-9]{12}$", function.trust_source_account))])
    error_message = "trust_source_account must be 12 digits."
  }

  validation {
    condition     = alltrue([for function in var.functions : function.trust_source_arn == null || can(regex("^arn:[a-z-]+:[a-z0-9-]+:", function.trust_source_arn))])
    error_message = "trust_source_arn must be an ARN."
  }
}

variable "secrets" {
  description = "The physical names of the secrets, by their names in the manifest: `module.secrets.names`."
  type        = map(string)
  nullable    = false

  # said here and not of `functions`, whose outputs may decide about secrets
  validation {
    condition     = alltrue([for function in var.functions : length(setsubtract(concat(function.reads, function.writes, function.rotates), keys(var.secrets))) == 0])
    error_message = "A function reads, writes or rotates a secret that is not declared: ${join(", ", setsubtract(flatten([for function in var.functions : concat(function.reads, function.writes, function.rotates)]), keys(var.secrets)))}. Declared are: ${join(", ", keys(var.secrets))}."
  }
}

variable "key_arn" {
  description = "The ARN of the KMS key, never of an alias, which no policy matches: `module.secrets.key_arn`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.key_arn))
    error_message = "key_arn must be the ARN of a key: a policy that names an alias matches nothing."
  }
}

variable "replicas" {
  description = "The regions that hold copies of the secrets, each with the ARN of the key there."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !contains(keys(var.replicas), data.aws_region.current.id)
    error_message = "A copy lies in another region than ${data.aws_region.current.id}, where the secrets are."
  }

  validation {
    condition     = alltrue([for region, arn in var.replicas : can(regex("^arn:[a-z-]+:kms:${region}:[0-9]{12}:key/", arn))])
    error_message = "The key of a region's copies must be the ARN of a key of that region: a policy that names an alias matches nothing."
  }
}

variable "managed_policies" {
  description = "Managed policies of the environment, by name: where what a function reads is longer than a role may hold. Functions name them in managed_policy_arns."
  type = map(object({
    description = optional(string, "")
    document    = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.managed_policies) : can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", name))])
    error_message = "A policy's name must be 1 to 128 letters, digits and `+=,.@_-`."
  }

  validation {
    condition     = alltrue([for policy in var.managed_policies : can(jsondecode(policy.document).Statement)])
    error_message = "A policy must be a JSON document with a Statement."
  }
}

variable "boundary" {
  description = "The ARN of the boundary of every role that names none of its own."
  type        = string
  default     = null

  validation {
    condition     = var.boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", var.boundary))
    error_message = "boundary must be the ARN of a managed policy."
  }
}

variable "log_retention_days" {
  description = "Days that each function's log group is kept; by default Lambda makes the group, and logs are kept for ever."
  type        = number
  default     = null

  validation {
    condition     = var.log_retention_days == null || contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], coalesce(var.log_retention_days, 1))
    error_message = "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "managed_by" {
  description = "The owner that the tag `managed-by` names: `terraform`, or `lambda-secrets` where `provision` takes turns."
  type        = string
  default     = "terraform"

  validation {
    condition     = contains(["terraform", "lambda-secrets"], var.managed_by)
    error_message = "managed_by must be `terraform` or `lambda-secrets`."
  }
}

variable "tags" {
  description = "Further tags of every resource; `managed-by`, `project` and `environment` are set by the module."
  type        = map(string)
  default     = {}
}
