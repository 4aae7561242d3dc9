//! The roles of people and pipelines for Terraform: their policies as a whole, because no module
//! computes them.

use super::hcl::{Block, Value};
use super::terraform::Root;
use crate::actual::Actual;
use crate::desired::{CallerRole, DesiredPolicy, DesiredRole, Holder};
use crate::name::{PolicyName, RoleName};

/// The roles of people and pipelines by their kind
pub(super) fn roles<'a>(
    root: &Root<'a>,
) -> impl Iterator<Item = (CallerRole, &'a RoleName, &'a DesiredRole)> {
    root.desired().roles.iter().filter_map(|(name, role)| match role.holder {
        Holder::Caller(kind) => Some((kind, name, role)),
        Holder::Function { .. } => None,
    })
}

/// The policies that are none of a function's
pub(super) fn policies<'a>(
    root: &Root<'a>,
) -> impl Iterator<Item = (&'a PolicyName, &'a DesiredPolicy)> + use<'a> {
    let own: Vec<&PolicyName> = root.managed_policies().map(|(name, _)| name).collect();
    root.desired().policies.iter().filter(move |(name, _)| !own.contains(name))
}

/// The expression of the ARN of one of these policies
pub(super) fn policy_arn(name: &PolicyName) -> String {
    format!("aws_iam_policy.{}.arn", word(name.as_str()))
}

/// Returns the blocks of the roles and their policies
pub(super) fn blocks(root: &Root<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (name, policy) in policies(root) {
        let DesiredPolicy { path, description, document } = policy;
        blocks.push(
            Block::new("resource", &["aws_iam_policy", &word(name.as_str())])
                .set("name", Value::text(name))
                .set("path", Value::text(path))
                .set("description", Value::text(description))
                .set("policy", root.document(document))
                .set("tags", Value::expression("local.tags")),
        );
    }
    for (kind, name, role) in roles(root) {
        let label = word(kind.slug());
        let boundary = role.boundary.as_ref().map(|arn| root.filled(arn.as_str()));
        blocks.push(
            Block::new("resource", &["aws_iam_role", &label])
                .set("name", Value::text(name))
                .set("path", Value::text(&role.path))
                .set("description", Value::text(&role.description))
                .set("assume_role_policy", root.document(&role.trust))
                .maybe("permissions_boundary", boundary)
                .set("tags", Value::expression("local.tags")),
        );
        let of = format!("aws_iam_role.{label}.name");
        for (policy, document) in &role.inline {
            let labels = ["aws_iam_role_policy", &format!("{label}_{}", word(policy.as_str()))];
            blocks.push(
                Block::new("resource", &labels)
                    .set("name", Value::text(policy))
                    .set("role", Value::expression(&of))
                    .set("policy", root.document(document)),
            );
        }
        if !role.attached.is_empty() {
            let arns = role.attached.iter().map(|arn| root.filled(arn.as_str())).collect();
            let made = policies(root).map(|(name, _)| {
                Value::expression(format!("aws_iam_policy.{}", word(name.as_str())))
            });
            let made: Vec<Value> = made.collect();
            let set = Value::Call("toset", Box::new(Value::List(arns)));
            let mut block = Block::new("resource", &["aws_iam_role_policy_attachment", &label])
                .set("for_each", set)
                .gap()
                .set("role", Value::expression(&of))
                .set("policy_arn", Value::expression("each.value"));
            if !made.is_empty() {
                block = block.gap().set("depends_on", Value::List(made));
            }
            blocks.push(block);
        }
    }
    blocks
}

/// Returns the addresses and ids of what exists of them
pub(super) fn imports(root: &Root<'_>, live: &Actual) -> Vec<(String, String)> {
    let mut imports = Vec::new();
    for (name, _) in policies(root) {
        if let Some(policy) = live.policies.get(name) {
            let to = format!("aws_iam_policy.{}", word(name.as_str()));
            imports.push((to, policy.arn.to_string()));
        }
    }
    for (kind, name, role) in roles(root) {
        let Some(found) = live.roles.get(name) else { continue };
        let label = word(kind.slug());
        imports.push((format!("aws_iam_role.{label}"), name.to_string()));
        for policy in role.inline.keys().filter(|policy| found.inline.contains_key(*policy)) {
            let to = format!("aws_iam_role_policy.{label}_{}", word(policy.as_str()));
            imports.push((to, format!("{name}:{policy}")));
        }
        for arn in role.attached.intersection(&found.attached) {
            let to = format!("aws_iam_role_policy_attachment.{label}[\"{arn}\"]");
            imports.push((to, format!("{name}/{arn}")));
        }
    }
    imports
}

/// A name as a label of Terraform
fn word(name: &str) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) { format!("_{word}") } else { word }
}
