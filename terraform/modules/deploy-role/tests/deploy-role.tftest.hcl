# Offline: the real provider, and nothing of it reaches AWS.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = aws_iam_role.this
}

override_resource {
  target = aws_iam_role_policy.this
}

override_resource {
  target = aws_iam_role_policy_attachment.this
}

variables {
  project     = "miyabi"
  environment = "prod"
  repository  = "example/miyabi"
}

run "one_environment_of_one_repository_takes_the_role" {
  command = apply

  variables {
    policies = { deploy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Look\",\"Effect\":\"Allow\",\"Action\":\"secretsmanager:DescribeSecret\",\"Resource\":\"*\"}]}" }
  }

  assert {
    condition = jsondecode(output.trust_policy).Statement == [{
      Sid       = "GithubPipelineAssumesRole"
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:example/miyabi:environment:prod"
        }
      }
    }]
    error_message = "Others than the jobs of this repository's environment may take the role."
  }

  assert {
    condition     = aws_iam_role.this.name == "miyabi-prod.github-deploy" && aws_iam_role.this.path == "/miyabi/_access/prod/"
    error_message = "The role lies where it could change itself."
  }
}

run "refuses_a_wildcard" {
  command = plan

  variables {
    repository          = "example/*"
    github_environments = ["*"]
    policies            = { deploy = "not JSON" }
  }

  expect_failures = [var.repository, var.github_environments, var.policies]
}
