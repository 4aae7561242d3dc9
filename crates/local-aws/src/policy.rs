//! What AWS checks in a policy document before it accepts it: its shape, and whether it is public.
//!
//! Nothing here decides who may do what.

use serde_json::{Map, Value};

/// Where a document is put, which decides what its statements must and must not name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a role or as a managed policy: names resources and no principal.
    Identity,
    /// The trust of a role: names principals and no resource.
    Trust,
    /// On a key or a secret: names both.
    Resource,
}

/// Why AWS calls a document malformed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum PolicyError {
    #[error("This policy contains invalid Json")]
    Json,
    #[error("Syntax errors in policy: Version must be 2012-10-17 or 2008-10-17")]
    Version,
    #[error("Syntax errors in policy: Statement must be an object or a list of objects")]
    Statement,
    #[error("Syntax errors in policy: the field {0} is not known")]
    Field(String),
    #[error("Statement must have an Effect of Allow or Deny")]
    Effect,
    #[error("Policy statement must contain actions.")]
    Action,
    #[error("Policy statement must contain resources.")]
    Resource,
    #[error("Has prohibited field Resource")]
    ProhibitedResource,
    #[error("Policy statement must contain principals.")]
    Principal,
    #[error("Policy document should not specify a principal.")]
    ProhibitedPrincipal,
    #[error("Syntax errors in policy: the condition is not an operator with keys and values")]
    Condition,
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
}

/// A document that AWS would accept.
pub(crate) struct Policy {
    statements: Vec<Map<String, Value>>,
}

impl Policy {
    /// Parses a document as AWS does for the given place.
    pub(crate) fn parse(text: &str, place: Place) -> Result<Self, PolicyError> {
        let Ok(Value::Object(document)) = serde_json::from_str(text) else {
            return Err(PolicyError::Json);
        };
        for field in document.keys() {
            if !matches!(field.as_str(), "Version" | "Id" | "Statement") {
                return Err(PolicyError::Field(field.clone()));
            }
        }
        if let Some(version) = document.get("Version")
            && !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
        {
            return Err(PolicyError::Version);
        }
        let statements = match document.get("Statement") {
            Some(Value::Object(one)) => vec![one.clone()],
            Some(Value::Array(many)) if !many.is_empty() => many
                .iter()
                .map(|statement| statement.as_object().cloned().ok_or(PolicyError::Statement))
                .collect::<Result<_, _>>()?,
            _ => return Err(PolicyError::Statement),
        };
        let mut sids = std::collections::BTreeSet::new();
        for statement in &statements {
            check_statement(statement, place)?;
            if let Some(sid) = statement.get("Sid").and_then(Value::as_str)
                && !sid.is_empty()
                && !sids.insert(sid)
            {
                return Err(PolicyError::DuplicateSid);
            }
        }
        Ok(Self { statements })
    }

    /// True where anyone at all is allowed something, with no condition that says who.
    pub(crate) fn is_public(&self) -> bool {
        self.statements.iter().any(|statement| {
            allows(statement)
                && (statement.contains_key("NotPrincipal")
                    || principals(statement).any(|principal| principal == "*"))
                && !names_the_caller(statement)
        })
    }

    /// True where one of `principals` is allowed `action`. Conditions are not looked at.
    pub(crate) fn allows_any(&self, who: &[&str], action: &str) -> bool {
        self.statements.iter().any(|statement| {
            allows(statement)
                && principals(statement).any(|principal| who.contains(&principal))
                && strings(statement.get("Action")).any(|pattern| matches(pattern, action))
        })
    }
}

fn check_statement(statement: &Map<String, Value>, place: Place) -> Result<(), PolicyError> {
    const FIELDS: &[&str] = &[
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    for field in statement.keys() {
        if !FIELDS.contains(&field.as_str()) {
            return Err(PolicyError::Field(field.clone()));
        }
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(PolicyError::Effect);
    }
    if !one_of(statement, "Action", "NotAction") {
        return Err(PolicyError::Action);
    }
    let has_resource = statement.contains_key("Resource") || statement.contains_key("NotResource");
    match place {
        Place::Trust if has_resource => return Err(PolicyError::ProhibitedResource),
        Place::Trust => {}
        Place::Identity | Place::Resource if !one_of(statement, "Resource", "NotResource") => {
            return Err(PolicyError::Resource);
        }
        Place::Identity | Place::Resource => {}
    }
    let has_principal =
        statement.contains_key("Principal") || statement.contains_key("NotPrincipal");
    match place {
        Place::Identity if has_principal => return Err(PolicyError::ProhibitedPrincipal),
        Place::Trust | Place::Resource if !has_principal => return Err(PolicyError::Principal),
        _ => {}
    }
    if has_principal && !statement.contains_key("NotPrincipal") && !principal_is_whole(statement) {
        return Err(PolicyError::Principal);
    }
    match statement.get("Condition") {
        None => Ok(()),
        Some(Value::Object(operators)) if operators.values().all(Value::is_object) => Ok(()),
        Some(_) => Err(PolicyError::Condition),
    }
}

fn one_of(statement: &Map<String, Value>, field: &str, negated: &str) -> bool {
    let present = [statement.get(field), statement.get(negated)];
    let mut present = present.into_iter().flatten();
    match (present.next(), present.next()) {
        (Some(Value::String(text)), None) => !text.is_empty(),
        (Some(Value::Array(items)), None) => {
            !items.is_empty() && items.iter().all(Value::is_string)
        }
        _ => false,
    }
}

fn principal_is_whole(statement: &Map<String, Value>) -> bool {
    match statement.get("Principal") {
        Some(Value::String(text)) => text == "*",
        Some(Value::Object(kinds)) => {
            !kinds.is_empty()
                && kinds.iter().all(|(kind, _)| {
                    matches!(kind.as_str(), "AWS" | "Service" | "Federated" | "CanonicalUser")
                })
                && principals(statement).next().is_some()
        }
        _ => false,
    }
}

fn allows(statement: &Map<String, Value>) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
}

fn principals(statement: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let principal = statement.get("Principal");
    let anyone = principal.and_then(Value::as_str);
    let named = principal.and_then(Value::as_object);
    anyone
        .into_iter()
        .chain(named.into_iter().flat_map(|kinds| kinds.values().flat_map(|v| strings(Some(v)))))
}

/// True where a condition pins the caller down with a value that is not a bare wildcard.
fn names_the_caller(statement: &Map<String, Value>) -> bool {
    const KEYS: &[&str] = &[
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceorgid",
        "aws:userid",
        "aws:username",
        "kms:calleraccount",
    ];
    let Some(Value::Object(operators)) = statement.get("Condition") else { return false };
    operators.iter().any(|(operator, keys)| {
        // "not like this one" still lets in everyone else
        !operator.contains("Not")
            && !operator.ends_with("IfExists")
            && keys.as_object().is_some_and(|keys| {
                keys.iter().any(|(key, values)| {
                    KEYS.contains(&key.to_ascii_lowercase().as_str())
                        && strings(Some(values)).all(|value| !value.trim_matches('*').is_empty())
                })
            })
    })
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = value.and_then(Value::as_str);
    let many = value.and_then(Value::as_array);
    one.into_iter().chain(many.into_iter().flatten().filter_map(Value::as_str))
}

/// Matches an action against a pattern with `*` and `?`, without regard to case.
fn matches(pattern: &str, action: &str) -> bool {
    fn go(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                go(rest, text) || text.split_first().is_some_and(|(_, tail)| go(pattern, tail))
            }
            (Some((b'?', rest)), Some((_, tail))) => go(rest, tail),
            (Some((want, rest)), Some((have, tail))) => {
                want.eq_ignore_ascii_case(have) && go(rest, tail)
            }
            _ => false,
        }
    }
    go(pattern.as_bytes(), action.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"AWS":"arn:aws:iam::123456789012:role/app"},
        "Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#;

    #[test]
    fn a_document_is_judged_by_the_place_that_it_is_for() {
        assert!(Policy::parse(READ, Place::Resource).is_ok());
        assert_eq!(
            Policy::parse(READ, Place::Identity).err(),
            Some(PolicyError::ProhibitedPrincipal)
        );
        assert_eq!(Policy::parse(READ, Place::Trust).err(), Some(PolicyError::ProhibitedResource));
        let no_principal =
            READ.replace(r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/app"},"#, "");
        assert_eq!(
            Policy::parse(&no_principal, Place::Resource).err(),
            Some(PolicyError::Principal)
        );
        assert!(Policy::parse(&no_principal, Place::Identity).is_ok());
    }

    #[test]
    fn what_is_not_a_policy_is_refused() {
        for (text, error) in [
            ("{", PolicyError::Json),
            ("[]", PolicyError::Json),
            ("{}", PolicyError::Statement),
            (r#"{"Statement":[]}"#, PolicyError::Statement),
            (r#"{"Version":"2013-01-01","Statement":{}}"#, PolicyError::Version),
            (r#"{"Statements":{}}"#, PolicyError::Field("Statements".to_owned())),
            (r#"{"Statement":{"Effect":"allow"}}"#, PolicyError::Effect),
            (r#"{"Statement":{"Effect":"Allow","Action":[]}}"#, PolicyError::Action),
            (r#"{"Statement":{"Effect":"Allow","Action":"a:b"}}"#, PolicyError::Resource),
        ] {
            assert_eq!(Policy::parse(text, Place::Identity).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn public_is_anyone_without_a_condition_that_names_them() {
        let anyone = READ.replace(r#"{"AWS":"arn:aws:iam::123456789012:role/app"}"#, "\"*\"");
        let public = |text: &str| Policy::parse(text, Place::Resource).unwrap().is_public();
        assert!(!public(READ));
        assert!(public(&anyone));
        assert!(!public(&anyone.replace("Allow", "Deny")));
        let with = |condition: &str| {
            anyone
                .replace(r#""Resource":"*""#, &format!(r#""Resource":"*","Condition":{condition}"#))
        };
        assert!(!public(&with(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#)));
        assert!(public(&with(r#"{"StringLike":{"aws:PrincipalArn":"*"}}"#)));
        assert!(public(&with(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#)));
        assert!(public(&with(r#"{"Bool":{"aws:SecureTransport":"true"}}"#)));
    }

    #[test]
    fn actions_match_with_wildcards_and_without_case() {
        assert!(matches("kms:*", "kms:PutKeyPolicy"));
        assert!(matches("kms:put*policy", "kms:PutKeyPolicy"));
        assert!(!matches("kms:Put", "kms:PutKeyPolicy"));
    }
}
