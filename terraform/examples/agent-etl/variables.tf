variable "region" {
  description = "The region of the environment."
  type        = string
  default     = "us-east-1"
}

variable "environment" {
  description = "The environment, the second segment of every name."
  type        = string
  default     = "prod"
}

variable "replica_region" {
  description = "The region that holds copies."
  type        = string
  default     = "us-west-2"
}

variable "rotation_lambda_arn" {
  description = "The function that rotates the database's password; without one it is not rotated."
  type        = string
  default     = null
}
