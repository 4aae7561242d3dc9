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

variable "secrets" {
  description = "The secrets by their names in the manifest: what they are called, who rotates them, and the policy on each itself."
  type = map(object({
    name        = optional(string)
    description = optional(string, "")
    rotation = optional(object({
      lambda_arn   = string
      role_arn     = optional(string)
      every_days   = optional(number)
      schedule     = optional(string)
      window_hours = optional(number)
      first        = optional(string, "on_schedule")
    }))
    resource_policy = optional(object({
      deny_others   = optional(bool, false)
      deny_insecure = optional(bool, false)
      readers       = optional(list(string), [])
    }))
    tags = optional(map(string), {})
  }))
  nullable = false

  validation {
    condition     = length(var.secrets) > 0
    error_message = "Declare at least one secret."
  }

  validation {
    condition = alltrue([
      for key, secret in var.secrets : alltrue([
        for name in [key, coalesce(secret.name, key)] : can(regex("^[A-Za-z0-9/_+=.@-]{1,256}$", name))
      ])
    ])
    error_message = "The name of a secret must be 1 to 256 letters, digits and `/_+=.@-`: AWS takes no other sign."
  }

  validation {
    condition     = alltrue([for key, secret in var.secrets : !can(regex("-[A-Za-z0-9]{6}$", coalesce(secret.name, key)))])
    error_message = "The name of a secret must not end in a hyphen and six letters or digits: AWS would read them as the suffix of an ARN."
  }

  validation {
    condition     = length(distinct([for key, secret in var.secrets : coalesce(secret.name, "${var.project}/${var.environment}/${key}")])) == length(var.secrets)
    error_message = "Two secrets come to the same name."
  }

  validation {
    condition = alltrue([
      for secret in var.secrets : secret.rotation == null || (try(secret.rotation.every_days, null) == null) != (try(secret.rotation.schedule, null) == null)
    ])
    error_message = "A rotation has either every_days or schedule."
  }

  validation {
    condition     = alltrue([for secret in var.secrets : try(secret.rotation.lambda_arn, null) == null || can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:.+)?$", secret.rotation.lambda_arn))])
    error_message = "rotation.lambda_arn must be the ARN of a Lambda function."
  }

  validation {
    condition     = alltrue([for secret in var.secrets : try(secret.rotation.role_arn, null) == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", secret.rotation.role_arn))])
    error_message = "rotation.role_arn must be the ARN of a role, without a wildcard: it would let more in than you name."
  }

  validation {
    condition     = alltrue([for secret in var.secrets : try(secret.rotation.schedule, null) == null || can(regex("^(rate|cron)\\(.+\\)$", secret.rotation.schedule))])
    error_message = "rotation.schedule must be `rate(…)` or `cron(…)`."
  }

  validation {
    condition     = alltrue([for secret in var.secrets : try(secret.rotation.every_days, null) == null || try(secret.rotation.every_days >= 1 && secret.rotation.every_days <= 1000, false)])
    error_message = "Secrets Manager rotates a secret every 1 to 1000 days."
  }

  validation {
    condition     = alltrue([for secret in var.secrets : try(secret.rotation.window_hours, null) == null || try(secret.rotation.window_hours >= 1 && secret.rotation.window_hours <= 24, false)])
    error_message = "A rotation may take 1 to 24 hours."
  }

  validation {
    condition     = alltrue([for secret in var.secrets : contains(["on_schedule", "at_once"], try(coalesce(secret.rotation.first, "on_schedule"), "on_schedule"))])
    error_message = "rotation.first must be `on_schedule` or `at_once`."
  }

  validation {
    condition = alltrue([
      for secret in var.secrets : secret.resource_policy == null || try(secret.resource_policy.deny_others || secret.resource_policy.deny_insecure || length(secret.resource_policy.readers) > 0, false)
    ])
    error_message = "A resource policy denies or allows something: set deny_others, deny_insecure or readers."
  }

  validation {
    condition = alltrue([
      for arn in flatten([for secret in var.secrets : try(secret.resource_policy.readers, [])]) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))
    ])
    error_message = "A reader must be the ARN of a role or a user, without a wildcard: a whole account would let more in than you name."
  }
}

variable "readers" {
  description = "ARNs of the roles that read each secret, by the secret's name in the manifest: `module.functions.readers`."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.readers), keys(var.secrets))) == 0
    error_message = "readers names a secret that secrets does not declare: ${join(", ", setsubtract(keys(var.readers), keys(var.secrets)))}."
  }
}

variable "writers" {
  description = "ARNs of the roles of functions that write each secret, by the secret's name in the manifest: `module.functions.writers`."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.writers), keys(var.secrets))) == 0
    error_message = "writers names a secret that secrets does not declare: ${join(", ", setsubtract(keys(var.writers), keys(var.secrets)))}."
  }
}

variable "operators" {
  description = "The people and pipelines that use the key, by ARN. Without provisioners so does whoever in the account has the IAM permission and is no role of the project."
  type = object({
    writers             = optional(list(string), [])
    provisioners        = optional(list(string), [])
    provisioner_decrypt = optional(string, "validation")
  })
  default = null
}

variable "key_alias" {
  description = "The alias of the key; `alias/<project>/<environment>` by default."
  type        = string
  default     = null
}

variable "key_description" {
  description = "Public text of the key; names project and environment by default."
  type        = string
  default     = null
}

variable "rotate_kms_key_days" {
  description = "Days between rotations of the key's material, 90 to 2560."
  type        = number
  default     = 365
  nullable    = false
}

variable "recovery_window_in_days" {
  description = "Days in which a deleted secret, or the key, can be taken back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.recovery_window_in_days >= 7 && var.recovery_window_in_days <= 30 && floor(var.recovery_window_in_days) == var.recovery_window_in_days
    error_message = "The window in which a deleted secret can be taken back is 7 to 30 days; there is no deletion without one here."
  }
}

variable "replicas" {
  description = "The regions that hold copies of every secret, each with the ARN of a key there (the module `key` makes one)."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for region in keys(var.replicas) : can(regex("^[a-z]{2,3}(-[a-z]+){1,2}-[0-9]{1,2}$", region))])
    error_message = "A region must look like `us-east-1`."
  }

  validation {
    condition     = alltrue([for region, arn in var.replicas : can(regex("^arn:[a-z-]+:kms:${region}:[0-9]{12}:key/", arn))])
    error_message = "The key of a region's copies must be the ARN of a key of that region, not of an alias."
  }

  validation {
    condition     = !contains(keys(var.replicas), data.aws_region.current.id)
    error_message = "A copy lies in another region than ${data.aws_region.current.id}, where the secrets are."
  }
}

variable "values" {
  description = "Values to write, by the secret's name in the manifest: in no state and no plan, and read only where value_versions has a new number."
  type        = map(string)
  default     = {}
  nullable    = false
  ephemeral   = true
  sensitive   = true
}

variable "value_versions" {
  description = "Which of the values Terraform writes: the secret's name in the manifest, and a number that is raised to write the value anew. Empty: Terraform writes none."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.value_versions), keys(var.secrets))) == 0
    error_message = "value_versions names a secret that secrets does not declare: ${join(", ", setsubtract(keys(var.value_versions), keys(var.secrets)))}."
  }

  validation {
    condition     = alltrue([for version in values(var.value_versions) : version >= 1 && floor(version) == version])
    error_message = "A version of a value is a whole number from 1."
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
