# The role by which the pipelines of one repository on GitHub deploy one environment, without a key that
# lasts: GitHub's OIDC provider, and the exact subject of a job that runs in a GitHub environment. The trust
# says what policies/github-trust.json.hbs says.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  issuer    = "token.actions.githubusercontent.com"
  # what GitHub's action for AWS asks for there
  audience = local.partition == "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com"

  provider_arn = coalesce(var.oidc_provider_arn, "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}")
  environments = coalescelist(var.github_environments, [var.environment])
  # no environment's name holds an underscore: the role lies outside of what it may change itself
  path = "/${var.project}/_access/${var.environment}/"
  name = coalesce(var.role_name, "${var.project}-${var.environment}.github-deploy")
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "GithubPipelineAssumesRole"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [local.audience]
    }

    # equal, never alike: a wildcard would let any branch, or any repository, in
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [for environment in local.environments : "repo:${var.repository}:environment:${environment}"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = local.name
  path                 = local.path
  description          = coalesce(var.description, "Deploys ${var.project} ${var.environment} from ${var.repository}")
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.boundary
  max_session_duration = var.max_session_seconds

  tags = merge(var.tags, {
    managed-by  = var.managed_by
    project     = var.project
    environment = var.environment
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.this.name
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(var.managed_policy_arns)

  role       = aws_iam_role.this.name
  policy_arn = each.value
}
