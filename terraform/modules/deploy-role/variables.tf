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

variable "repository" {
  description = "The repository on GitHub, as `owner/name`."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", var.repository))
    error_message = "repository must be `owner/name`, without a wildcard: a wildcard would let other repositories in."
  }
}

variable "github_environments" {
  description = "The GitHub environments whose jobs take the role; the one called like the environment by default."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.github_environments : can(regex("^[^*?:]{1,255}$", name))])
    error_message = "A GitHub environment is named exactly, without `*`, `?` and `:`."
  }
}

variable "oidc_provider_arn" {
  description = "The ARN of GitHub's OIDC provider, which an account has once; that of this account by default."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token[.]actions[.]githubusercontent[.]com$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn must be the ARN of the provider of `token.actions.githubusercontent.com`, whose claims the trust names."
  }
}

variable "role_name" {
  description = "The name of the role; `<project>-<environment>.github-deploy` by default."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", coalesce(var.role_name, "${var.project}-${var.environment}.github-deploy")))
    error_message = "A role's name must be 1 to 64 letters, digits and `+=,.@_-`: give role_name where project and environment are long."
  }
}

variable "description" {
  description = "Public text; names project, environment and repository by default."
  type        = string
  default     = null
}

variable "policies" {
  description = "Inline policies as JSON, by name: `provision render policies` writes those of a role that deploys."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for document in values(var.policies) : can(jsondecode(document).Statement)])
    error_message = "A policy must be a JSON document with a Statement."
  }
}

variable "managed_policy_arns" {
  description = "Managed policies to attach, by ARN."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.managed_policy_arns : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", arn))])
    error_message = "managed_policy_arns must be ARNs of managed policies, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`."
  }
}

variable "boundary" {
  description = "The ARN of the role's own boundary."
  type        = string
  default     = null

  validation {
    condition     = var.boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", var.boundary))
    error_message = "boundary must be the ARN of a managed policy."
  }
}

variable "max_session_seconds" {
  description = "Seconds that a job may hold the role."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.max_session_seconds >= 3600 && var.max_session_seconds <= 43200
    error_message = "A session lasts 3600 to 43200 seconds."
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
