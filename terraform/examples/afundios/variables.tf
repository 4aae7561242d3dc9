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
