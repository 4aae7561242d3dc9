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

variable "alias" {
  description = "The alias of the key; `alias/<project>/<environment>` by default."
  type        = string
  default     = null

  validation {
    condition     = var.alias == null || can(regex("^alias/[A-Za-z0-9/_:-]{1,250}$", var.alias)) && !startswith(coalesce(var.alias, "-"), "alias/aws/")
    error_message = "A key alias must start with `alias/`, not with `alias/aws/`, and hold letters, digits and `/_-:` only."
  }
}

variable "description" {
  description = "Public text; names project and environment by default."
  type        = string
  default     = null
}

variable "secrets" {
  description = "The physical names of all secrets under the key, by their names in the manifest."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.secrets) > 0
    error_message = "A key serves at least one secret."
  }

  validation {
    condition     = alltrue([for name in values(var.secrets) : can(regex("^[A-Za-z0-9/_+=.@-]{1,256}$", name))])
    error_message = "The name of a secret must be 1 to 256 letters, digits and `/_+=.@-`."
  }
}

variable "readers" {
  description = "ARNs of the roles that read, path included."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.readers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "A reader must be the ARN of a role or a user, without a wildcard: it would let more in than you name."
  }
}

variable "rotators" {
  description = "ARNs of the roles that rotate values, and of the functions that write them."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.rotators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "A rotator must be the ARN of a role, without a wildcard: it would let more in than you name."
  }
}

variable "foreign_readers" {
  description = "ARNs of principals of other accounts that read."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.foreign_readers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "A reader of another account must be the ARN of a role or a user: a wildcard or a whole account would let more in than you name."
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

  validation {
    condition     = var.operators == null || contains(["validation", "values"], try(var.operators.provisioner_decrypt, "validation"))
    error_message = "operators.provisioner_decrypt must be `validation`, or `values` where secrets have copies in other regions."
  }

  validation {
    condition     = alltrue([for arn in try(concat(var.operators.writers, var.operators.provisioners), []) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "An operator must be the ARN of a role or a user, without a wildcard: it would let more in than you name."
  }
}

variable "rotation_period_in_days" {
  description = "Days between rotations of the key's material."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560 && floor(var.rotation_period_in_days) == var.rotation_period_in_days
    error_message = "KMS rotates a key every 90 to 2560 days."
  }
}

variable "deletion_window_in_days" {
  description = "Days until a key that is deleted is gone."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    error_message = "The window in which a deleted key can be taken back is 7 to 30 days."
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
