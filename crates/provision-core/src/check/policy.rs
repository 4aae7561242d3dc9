//! The policies of a text, statement by statement, with their places.

use super::tree::{Node, Text};
use crate::manifest::Span;
use crate::policy::pattern::{Pattern, Reach};
use crate::policy::{Document, Effect};

/// What a policy stands on
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// a role: what it may do
    Identity,
    /// a role: the most that it may ever do
    Boundary,
    /// a role: who may take it
    Trust,
    /// a KMS key
    Key,
    /// a secret
    Resource,
}

/// A policy in a text
pub(super) struct Policy {
    pub(super) kind: PolicyKind,
    /// where it begins
    pub(super) span: Span,
    pub(super) statements: Vec<Statement>,
    /// the whole as a document, where it is one
    pub(super) document: Option<Document>,
}

/// One statement
pub(super) struct Statement {
    pub(super) span: Span,
    pub(super) effect: Effect,
    pub(super) principals: Vec<Principal>,
    pub(super) actions: Vec<Text>,
    pub(super) resources: Vec<Text>,
    pub(super) conditions: Vec<Condition>,
    /// `NotAction`, `NotResource` or `NotPrincipal` where it has one
    pub(super) negated: Option<Text>,
}

/// One principal
pub(super) struct Principal {
    /// `AWS`, `Service`, …
    pub(super) kind: String,
    pub(super) name: Text,
}

/// One key of a condition
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: Text,
    pub(super) values: Vec<Text>,
}

/// Returns the policies of a tree; `told` is the kind where the caller knows it
pub(super) fn policies(tree: &Node, told: Option<PolicyKind>) -> Vec<Policy> {
    let mut found = Vec::new();
    let boundaries = boundaries(tree);
    tree.walk(&mut |path, node| {
        let Some(statements) = node.get("Statement") else { return };
        let statements: Vec<Statement> = statements.items().iter().filter_map(statement).collect();
        if statements.is_empty() {
            return;
        }
        let kind = told.unwrap_or_else(|| match path {
            ["Resources", id, "Properties", "PolicyDocument"] if boundaries.contains(id) => {
                PolicyKind::Boundary
            }
            _ => kind(path, &statements),
        });
        let document = Document::from_value(&node.to_json()).ok();
        found.push(Policy { kind, span: node.head(), statements, document });
    });
    found
}

/// The logical ids of a template's managed policies that bound roles: by what refers to them, or by
/// their own names. One that is attached as well gives what it allows, and is judged by that, and so
/// is one that may be attached.
fn boundaries(tree: &Node) -> Vec<&str> {
    let (mut bounding, mut attached) = (Vec::new(), Vec::new());
    tree.walk(&mut |path, node| {
        if bounds(path) {
            bounding.push(node.text());
        } else if attaches(path) {
            attached.push(node.text());
        }
    });
    let is_boundary = |id: &str, policy: &Node| {
        let name = policy.get("ManagedPolicyName").map(Node::text);
        let name = name.filter(|name| !name.contains("${?}")).unwrap_or_default();
        let is_given = ["Roles", "Users", "Groups"].iter().any(|key| policy.get(key).is_some());
        let is_meant = name.to_lowercase().ends_with("boundary")
            || bounding.iter().any(|text| is_reference(text, id, &name));
        is_meant && !is_given && !attached.iter().any(|text| may_refer(text, id, &name))
    };
    let resources = tree.get("Resources").map(Node::entries).unwrap_or_default();
    let managed = resources.iter().filter(|(id, resource)| {
        resource.get("Type").is_some_and(|kind| kind.text() == "AWS::IAM::ManagedPolicy")
            && resource.get("Properties").is_some_and(|policy| is_boundary(&id.value, policy))
    });
    managed.map(|(id, _)| id.value.as_str()).collect()
}

/// Whether what stands there in a template bounds a role
fn bounds(path: &[&str]) -> bool {
    matches!(
        path,
        ["Resources", _, "Properties", "PermissionsBoundary", ..]
            | ["Globals", _, "PermissionsBoundary", ..]
    )
}

/// Whether what stands there in a template is attached to somebody; the text of a policy is not,
/// whatever it names
fn attaches(path: &[&str]) -> bool {
    const ATTACHED: [&str; 4] =
        ["ManagedPolicyArns", "ManagedPolicies", "CustomerManagedPolicyReferences", "Policies"];
    let ["Resources" | "Globals", _, rest @ ..] = path else { return false };
    let Some(at) = rest.iter().position(|key| ATTACHED.contains(key)) else { return false };
    // the variables of a function have whatever names somebody gives them
    let mut fields = rest[at..].iter().take_while(|key| **key != "Fn::Sub");
    !fields.any(|key| ["PolicyDocument", "Statement"].contains(key))
}

/// Whether `text` is the ARN of the managed policy with that logical id and that name
fn is_reference(text: &str, id: &str, name: &str) -> bool {
    let by_name = !name.is_empty() && text.ends_with(&format!("/{name}"));
    by_name || text == format!("${{{id}}}") || text == format!("${{{id}.PolicyArn}}")
}

/// Whether `text` may name that managed policy, alone or among others
fn may_refer(text: &str, id: &str, name: &str) -> bool {
    let plain: String = text.split_whitespace().collect();
    let by_id = plain.contains(&format!("${{{id}}}")) || plain.contains(&format!("${{{id}."));
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "+=.@_-".contains(c);
    let by_name = |(at, _): (usize, &str)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        // a slash behind it makes it a part of a path
        !before.ends_with(goes_on) && !after.starts_with(|c: char| goes_on(c) || c == '/')
    };
    by_id || (!name.is_empty() && text.match_indices(name).any(by_name))
}

/// What a policy stands on, by the key that it stands behind or by what it says
fn kind(path: &[&str], statements: &[Statement]) -> PolicyKind {
    let actions = || statements.iter().flat_map(|s| &s.actions).map(|a| a.value.to_lowercase());
    match path.last() {
        Some(&"AssumeRolePolicyDocument") => PolicyKind::Trust,
        Some(&"KeyPolicy") => PolicyKind::Key,
        Some(&"ResourcePolicy") => PolicyKind::Resource,
        _ if statements.iter().all(|s| s.principals.is_empty() && !s.negates("NotPrincipal")) => {
            PolicyKind::Identity
        }
        _ if actions().any(|action| action.starts_with("sts:")) => PolicyKind::Trust,
        _ if actions().any(|action| action.starts_with("kms:")) => PolicyKind::Key,
        _ => PolicyKind::Resource,
    }
}

fn statement(node: &Node) -> Option<Statement> {
    let effect = match node.get("Effect")?.text().as_str() {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => return None,
    };
    let texts = |keys: [&str; 2]| -> Vec<Text> {
        let found = keys.iter().filter_map(|key| node.get(key));
        found.flat_map(Node::items).map(Node::placed).collect()
    };
    let principals = ["Principal", "NotPrincipal"].iter().filter_map(|key| node.get(key));
    let negated = node
        .entries()
        .iter()
        .map(|(key, _)| key)
        .find(|key| ["NotAction", "NotResource", "NotPrincipal"].contains(&key.value.as_str()));
    Some(Statement {
        span: node.head(),
        effect,
        principals: principals.flat_map(principals_of).collect(),
        actions: texts(["Action", "NotAction"]),
        resources: texts(["Resource", "NotResource"]),
        conditions: node.get("Condition").map(conditions).unwrap_or_default(),
        negated: negated.cloned(),
    })
}

fn principals_of(node: &Node) -> Vec<Principal> {
    if node.entries().is_empty() {
        let kind = "AWS".to_owned();
        return vec![Principal { kind, name: node.placed() }];
    }
    let of_kind = |(kind, names): &(Text, Node)| -> Vec<Principal> {
        let kind = &kind.value;
        let names = names.items().iter();
        names.map(|name| Principal { kind: kind.clone(), name: name.placed() }).collect()
    };
    node.entries().iter().flat_map(of_kind).collect()
}

fn conditions(node: &Node) -> Vec<Condition> {
    let mut found = Vec::new();
    for (operator, keys) in node.entries() {
        for (key, values) in keys.entries() {
            found.push(Condition {
                operator: operator.value.clone(),
                key: key.clone(),
                values: values.items().iter().map(Node::placed).collect(),
            });
        }
    }
    found
}

impl Policy {
    /// Returns the statements that allow something
    pub(super) fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|s| s.effect == Effect::Allow)
    }

    /// Returns whether somebody by this policy reads secrets, and writes none
    pub(super) fn is_readers(&self) -> bool {
        let allows = |action: &str| self.allowing().any(|s| s.allows(action).is_some());
        self.kind == PolicyKind::Identity
            && allows("secretsmanager:GetSecretValue")
            && !["PutSecretValue", "CreateSecret", "UpdateSecret"]
                .iter()
                .any(|write| allows(&format!("secretsmanager:{write}")))
    }
}

impl Statement {
    /// Returns the text by which the statement covers `action`; what `NotAction` leaves is not told
    pub(super) fn allows(&self, action: &str) -> Option<&Text> {
        if self.negates("NotAction") {
            return None;
        }
        let wanted = Pattern::new(&action.to_lowercase(), Reach::Anywhere);
        self.actions
            .iter()
            .find(|text| Pattern::new(&text.value.to_lowercase(), Reach::Anywhere).covers(&wanted))
    }

    /// Returns the text by which the statement covers any of `actions` without a wildcard
    pub(super) fn names_any(&self, actions: &[&str]) -> Option<&Text> {
        let found = actions.iter().filter_map(|action| self.allows(action));
        found.into_iter().find(|text| !text.value.contains(['*', '?']))
    }

    pub(super) fn negates(&self, element: &str) -> bool {
        self.negated.as_ref().is_some_and(|negated| negated.value == element)
    }

    /// Returns the conditions on `key`; case carries no meaning
    pub(super) fn on<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s Condition> {
        self.conditions.iter().filter(move |c| c.key.value.eq_ignore_ascii_case(key))
    }

    /// Returns whether a condition holds the statement to some of the values of one of `keys`
    pub(super) fn is_held_to(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.on(key).any(Condition::is_positive))
    }
}

impl Condition {
    /// Whether it names what is let in, not what is kept out
    pub(super) fn is_positive(&self) -> bool {
        !self.operator.to_lowercase().contains("not") && self.operator != "Null"
    }

    /// Whether it also holds where its key is not there at all
    pub(super) fn holds_without_key(&self) -> bool {
        let operator = self.operator.to_lowercase();
        operator.ends_with("ifexists") || operator.starts_with("forallvalues:")
    }
}

/// Returns what stands behind `:secret:` in an ARN
pub(super) fn secret_name(arn: &str) -> Option<&str> {
    arn.split_once(":secret:").map(|(_, name)| name)
}

/// Returns whether the ARN pattern covers a secret that nobody has named
pub(super) fn covers_any_secret(arn: &str) -> bool {
    let known = without_variables(arn);
    if let Some(name) = secret_name(&known) {
        return name.starts_with('*');
    }
    let any = "arn:aws:secretsmanager:us-east-1:123456789012:secret:any/name-AbCdEf";
    let any = Pattern::new(any, Reach::Anywhere);
    Pattern::new(&known, Reach::Anywhere).covers(&any)
}

/// The text with a wildcard in place of each `${…}` of the fields before the resource
fn without_variables(arn: &str) -> String {
    let mut parts: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
    // `${AWS::Region}` holds colons itself
    if arn.contains("${AWS::") {
        let plain = arn
            .replace("${AWS::Partition}", "aws")
            .replace("${AWS::Region}", "us-east-1")
            .replace("${AWS::AccountId}", "123456789012");
        parts = plain.splitn(6, ':').map(str::to_owned).collect();
    }
    parts.join(":")
}
