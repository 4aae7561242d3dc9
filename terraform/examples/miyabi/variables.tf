variable "region" {
  description = "The region of the environment."
  type        = string
  default     = "us-west-2"
}

variable "environment" {
  description = "The environment, the second segment of every name."
  type        = string
  default     = "prod"
}

variable "sns_topic_arn" {
  description = "The topic that alarms tell; without one there are no alarms."
  type        = string
  default     = null
}

variable "api_keys_version" {
  description = "Raise it to write the API keys anew; with 0 Terraform writes none."
  type        = number
  default     = 0
}

variable "config_version" {
  description = "Raise it to write the configuration anew; with 0 Terraform writes none."
  type        = number
  default     = 0
}

variable "github_token" {
  description = "GitHub personal access token: TF_VAR_github_token, or terraform.tfvars, which git ignores."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.api_keys_version == 0 || var.github_token != null
    error_message = "Set TF_VAR_github_token: with api_keys_version above 0 Terraform writes the API keys, and would write none in its place."
  }
}

variable "miyabi_access_token" {
  description = "Token that clients of the server present: TF_VAR_miyabi_access_token, or terraform.tfvars, which git ignores."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.api_keys_version == 0 || var.miyabi_access_token != null
    error_message = "Set TF_VAR_miyabi_access_token: with api_keys_version above 0 Terraform writes the API keys, and would write none in its place."
  }
}

variable "oauth_client_secret" {
  description = "OAuth 2.1 client secret: TF_VAR_oauth_client_secret, or terraform.tfvars, which git ignores."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "github_oauth_client_id" {
  description = "GitHub OAuth App client: TF_VAR_github_oauth_client_id, or terraform.tfvars, which git ignores."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.api_keys_version == 0 || var.github_oauth_client_id != null
    error_message = "Set TF_VAR_github_oauth_client_id: with api_keys_version above 0 Terraform writes the API keys, and would write none in its place."
  }
}

variable "github_oauth_client_secret" {
  description = "GitHub OAuth App client secret: TF_VAR_github_oauth_client_secret, or terraform.tfvars, which git ignores."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.api_keys_version == 0 || var.github_oauth_client_secret != null
    error_message = "Set TF_VAR_github_oauth_client_secret: with api_keys_version above 0 Terraform writes the API keys, and would write none in its place."
  }
}

variable "github_oauth_callback_url" {
  description = "GitHub OAuth App callback: TF_VAR_github_oauth_callback_url, or terraform.tfvars, which git ignores."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.api_keys_version == 0 || var.github_oauth_callback_url != null
    error_message = "Set TF_VAR_github_oauth_callback_url: with api_keys_version above 0 Terraform writes the API keys, and would write none in its place."
  }
}

variable "oauth_client_id" {
  description = "OAuth 2.1 client."
  type        = string
  default     = "miyabi-mcp-client"
}

variable "oauth_issuer" {
  description = "OAuth 2.1 issuer."
  type        = string
  default     = "https://miyabi-mcp.local"
}

variable "miyabi_repo_owner" {
  description = "Owner of the repository that the server works on."
  type        = string
  default     = null
}

variable "miyabi_repo_name" {
  description = "Name of that repository."
  type        = string
  default     = null
}

variable "base_url" {
  description = "Address of the server."
  type        = string
  default     = null
}

variable "miyabi_root" {
  description = "Folder of the project."
  type        = string
  default     = null
}
