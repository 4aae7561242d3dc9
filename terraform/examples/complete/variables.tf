variable "region" {
  description = "The region of the environment."
  type        = string
  default     = "us-west-2"
}

variable "replica_region" {
  description = "The region that holds copies."
  type        = string
  default     = "us-east-1"
}

variable "environment" {
  description = "The environment, the second segment of every name."
  type        = string
  default     = "prod"
}

variable "rotation_lambda_arn" {
  description = "The function that rotates the database's credentials."
  type        = string
  default     = "arn:aws:lambda:us-west-2:123456789012:function:shop-prod-rotator"
}

variable "foreign_readers" {
  description = "Roles of other accounts that read the database's credentials."
  type        = list(string)
  default     = ["arn:aws:iam::210987654321:role/auditor"]
}

variable "writers" {
  description = "Roles of people who set values."
  type        = list(string)
  default     = ["arn:aws:iam::123456789012:role/on-call"]
}

variable "trail_log_group" {
  description = "The log group that CloudTrail writes to."
  type        = string
  default     = "/aws/cloudtrail/organisation"
}

variable "sns_topic_arn" {
  description = "The topic that alarms tell."
  type        = string
  default     = "arn:aws:sns:us-west-2:123456789012:alerts"
}

variable "repository" {
  description = "The repository on GitHub that deploys."
  type        = string
  default     = "example/shop"
}

variable "values" {
  description = "Values to write, by the secret's name: TF_VAR_values='{\"api-keys\":\"…\"}'."
  type        = map(string)
  default     = {}
  ephemeral   = true
  sensitive   = true
}

variable "value_versions" {
  description = "Which values to write, each with a number that is raised to write it anew."
  type        = map(number)
  default     = {}
}
