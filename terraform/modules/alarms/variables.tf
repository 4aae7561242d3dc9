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

variable "secret_names" {
  description = "The physical names of the secrets: `values(module.secrets.names)`."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.secret_names) > 0
    error_message = "Name at least one secret to watch."
  }

  # a name becomes part of a pattern
  validation {
    condition     = alltrue([for name in var.secret_names : can(regex("^[A-Za-z0-9/_+=.@-]{1,256}$", name))])
    error_message = "The name of a secret must be 1 to 256 letters, digits and `/_+=.@-`: give physical names, not ARNs."
  }
}

variable "key_id" {
  description = "The id of the KMS key: `module.secrets.key_id`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+$", var.key_id))
    error_message = "key_id must be the id of a key, not its ARN and not an alias."
  }
}

variable "key_alias" {
  description = "The alias of the KMS key: `module.secrets.key_alias`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^alias/[A-Za-z0-9/_:-]{1,250}$", var.key_alias))
    error_message = "A key alias must start with `alias/` and hold letters, digits and `/_-:` only."
  }
}

variable "which" {
  description = "Which alarms there are; all by default."
  type        = set(string)
  default     = ["failed_retrievals", "kms_errors", "access_denied", "pending_deletion", "tampering"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.which, ["failed_retrievals", "kms_errors", "access_denied", "pending_deletion", "tampering"])) == 0
    error_message = "There is no such alarm: ${join(", ", setsubtract(var.which, ["failed_retrievals", "kms_errors", "access_denied", "pending_deletion", "tampering"]))}. There are failed_retrievals, kms_errors, access_denied, pending_deletion and tampering."
  }
}

variable "log_group" {
  description = "The log group that CloudTrail writes to, for alarms by metric filters. By default EventBridge rules tell the topic."
  type        = string
  default     = null

  validation {
    condition     = var.log_group == null || can(regex("^[A-Za-z0-9._/#-]{1,512}$", var.log_group))
    error_message = "A log group's name must be 1 to 512 letters, digits and `._/#-`: give its name, not its ARN."
  }
}

variable "sns_topic_arn" {
  description = "The ARN of the SNS topic to tell."
  type        = string
  default     = null

  validation {
    condition     = var.sns_topic_arn != null || var.log_group != null
    error_message = "An alarm by EventBridge tells a topic: set sns_topic_arn, or log_group for alarms by metric filters."
  }

  validation {
    condition     = var.sns_topic_arn == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.sns_topic_arn))
    error_message = "sns_topic_arn must be the ARN of an SNS topic."
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
