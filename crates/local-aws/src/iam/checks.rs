//! What IAM refuses and the embedded service lets through.

use std::collections::BTreeSet;

use winterbaume_iam::IamStateView;

use crate::policy::{Place, Policy};
use crate::request::{Request, form_value};

/// A refusal as AWS words it.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn limit(message: impl Into<String>) -> Self {
        Self::new(409, "LimitExceeded", message)
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }
}

/// Refuses malformed and oversized documents.
pub(super) fn check_documents(request: &Request) -> Result<(), Refusal> {
    let (field, place, limit) = match request.operation.as_str() {
        "CreateRole" => ("AssumeRolePolicyDocument", Place::Trust, 2_048),
        "UpdateAssumeRolePolicy" => ("PolicyDocument", Place::Trust, 2_048),
        "CreatePolicy" | "CreatePolicyVersion" => ("PolicyDocument", Place::Identity, 6_144),
        "PutRolePolicy" => ("PolicyDocument", Place::Identity, usize::MAX),
        _ => return Ok(()),
    };
    let Some(text) = form_value(&request.body, field) else { return Ok(()) };
    Policy::parse(&text, place)
        .map_err(|error| Refusal::new(400, "MalformedPolicyDocument", error.to_string()))?;
    if size(&text) > limit {
        return Err(Refusal::limit(format!("Cannot exceed quota for policy size: {limit}")));
    }
    Ok(())
}

/// Refuses names, paths and tags that a role cannot have, and a name that is there in other case.
pub(super) fn check_role(request: &Request, view: &IamStateView) -> Result<(), Refusal> {
    let name = form_value(&request.body, "RoleName").unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        return Err(Refusal::invalid(format!("`{name}` is not the name of a role")));
    }
    let path = form_value(&request.body, "Path").unwrap_or_else(|| "/".to_owned());
    let printable = path.chars().all(|c| ('\u{21}'..='\u{7f}').contains(&c));
    if !path.starts_with('/') || !path.ends_with('/') || path.len() > 512 || !printable {
        return Err(Refusal::invalid(format!("`{path}` is not a path")));
    }
    if view.roles.keys().any(|role| role.eq_ignore_ascii_case(&name)) {
        let message = format!("Role with name {name} already exists.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    check_tag_list(request, BTreeSet::new())
}

/// Refuses tags beyond what a role can have.
pub(super) fn check_tags(request: &Request, view: &IamStateView) -> Result<(), Refusal> {
    let name = form_value(&request.body, "RoleName").unwrap_or_default();
    let there = view.roles.get(&name).map(|role| role.tags.keys().cloned().collect());
    check_tag_list(request, there.unwrap_or_default())
}

fn check_tag_list(request: &Request, mut there: BTreeSet<String>) -> Result<(), Refusal> {
    let mut new = BTreeSet::new();
    for index in 1.. {
        let field = |part: &str| form_value(&request.body, &format!("Tags.member.{index}.{part}"));
        let Some(key) = field("Key") else { break };
        let reserved = key.to_ascii_lowercase().starts_with("aws:");
        let value = field("Value").unwrap_or_default();
        if key.is_empty() || key.len() > 128 || value.len() > 256 || reserved {
            return Err(Refusal::invalid(format!("the tag `{key}` is not valid")));
        }
        // tag keys of IAM are unique without regard to case
        if !new.insert(key.to_ascii_lowercase()) {
            let message =
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Refusal::new(400, "InvalidInput", message));
        }
        there.insert(key);
    }
    if there.len() > 50 {
        return Err(Refusal::limit("Cannot exceed quota for tags: 50"));
    }
    Ok(())
}

/// Refuses inline policies past what one role can hold.
pub(super) fn check_inline_size(request: &Request, view: &IamStateView) -> Result<(), Refusal> {
    const LIMIT: usize = 10_240;
    let field = |name: &str| form_value(&request.body, name).unwrap_or_default();
    let Some(role) = view.roles.get(&field("RoleName")) else { return Ok(()) };
    let name = field("PolicyName");
    let others = role.inline_policies.iter().filter(|policy| policy.policy_name != name);
    let sum: usize = others.map(|policy| size(&policy.policy_document)).sum();
    if sum + size(&field("PolicyDocument")) > LIMIT {
        let message =
            format!("Maximum policy size of {LIMIT} bytes exceeded for role {}", role.name);
        return Err(Refusal::limit(message));
    }
    Ok(())
}

/// Refuses an eleventh managed policy on a role.
pub(super) fn check_attached(request: &Request, view: &IamStateView) -> Result<(), Refusal> {
    let field = |name: &str| form_value(&request.body, name).unwrap_or_default();
    let Some(role) = view.roles.get(&field("RoleName")) else { return Ok(()) };
    let arn = field("PolicyArn");
    let there = role.attached_policies.iter().any(|policy| policy.policy_arn == arn);
    if !there && role.attached_policies.len() >= 10 {
        return Err(Refusal::limit("Cannot exceed quota for PoliciesPerRole: 10"));
    }
    Ok(())
}

/// IAM does not count white space.
fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}
