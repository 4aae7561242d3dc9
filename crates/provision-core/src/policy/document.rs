//! A policy document as sets: two documents that mean the same compare equal.
//!
//! Statement order, single value or list and the order of values carry no meaning in IAM, so they
//! carry none here. Printing is canonical: the same document always gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::name::Region;

/// Placeholder of the KMS key's ARN in policy text that is rendered before the key exists
pub const KEY_ARN_PLACEHOLDER: &str = "${KEY_ARN}";
/// Placeholder of the account in policy text that is rendered offline without `account`
pub const ACCOUNT_PLACEHOLDER: &str = "${ACCOUNT}";

/// Returns what stands for the ARN of the key in a region of copies, or of the environment's own
pub fn key_arn_placeholder(region: Option<&Region>) -> String {
    match region {
        None => KEY_ARN_PLACEHOLDER.to_owned(),
        Some(region) => format!("{KEY_ARN_OPEN}:{region}}}"),
    }
}

/// How every placeholder of a key's ARN begins
pub const KEY_ARN_OPEN: &str = "${KEY_ARN";

/// A policy document: a set of statements
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// the language that the statements are written in
    pub version: Version,
    /// the statements, in no particular order
    pub statements: BTreeSet<Statement>,
}

/// The version of the policy language: only the newer one knows variables such as `${aws:username}`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// `2008-10-17`, which a document without a version is in
    V2008,
    /// `2012-10-17`
    #[default]
    V2012,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Version {
    fn name(self) -> &'static str {
        match self {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        }
    }
}

/// One statement of a policy
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// its name
    pub sid: Option<String>,
    /// allow or deny
    pub effect: Effect,
    /// `Principal` or `NotPrincipal` by type (`AWS`, `Service`, …); `*` alone is type `AWS`
    pub principals: Option<Selection<BTreeMap<String, BTreeSet<String>>>>,
    /// `Action` or `NotAction`
    pub actions: Selection<BTreeSet<String>>,
    /// `Resource` or `NotResource`; none in a trust policy
    pub resources: Option<Selection<BTreeSet<String>>>,
    /// operator to key to values
    pub conditions: Conditions,
}

/// Conditions of a statement: operator to key to values
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What a statement does where it applies
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effect {
    /// grants
    Allow,
    /// refuses, above every grant
    Deny,
}

impl Effect {
    /// Returns the word as policies write it
    pub fn name(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

/// An element of a statement and its negation (`Action`, `NotAction`)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selection<T> {
    /// these
    Only(T),
    /// all but these
    AllBut(T),
}

impl<T> Selection<T> {
    /// Returns what is named, whichever way
    pub fn named(&self) -> &T {
        match self {
            Selection::Only(t) | Selection::AllBut(t) => t,
        }
    }
}

/// Why a text is not a policy document
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// not JSON at all
    #[error("the policy is not JSON: {0}")]
    Json(String),
    /// JSON of another shape
    #[error("the policy's {place} {rule}")]
    Shape {
        /// where, such as `Statement[0].Action`
        place: String,
        /// what it must be
        rule: &'static str,
    },
}

impl Document {
    /// Returns the document in `text`
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let value: Value =
            serde_json::from_str(text).map_err(|e| DocumentError::Json(e.to_string()))?;
        Self::from_value(&value)
    }

    /// Returns the document in `value`
    pub fn from_value(value: &Value) -> Result<Self, DocumentError> {
        let top = object(value, "document")?;
        for field in top.keys() {
            if !matches!(field.as_str(), "Version" | "Id" | "Statement") {
                return Err(shape(field, "is not an element of a policy"));
            }
        }
        let version = match top.get("Version").map(Value::as_str) {
            None | Some(Some("2008-10-17")) => Version::V2008,
            Some(Some("2012-10-17")) => Version::V2012,
            Some(_) => return Err(shape("Version", "must be `2012-10-17` or `2008-10-17`")),
        };
        let statements = match top.get("Statement") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err(shape("Statement", "must be an object or a list of objects")),
        };
        let statements = statements
            .into_iter()
            .enumerate()
            .map(|(i, s)| Statement::from_value(s, &format!("Statement[{i}]")))
            .collect::<Result<_, _>>()?;
        Ok(Self { version, statements })
    }

    /// Returns the document, where a role can hold it: each statement names resources and nobody
    pub fn of_identity(self) -> Result<Self, DocumentError> {
        for (i, statement) in self.statements.iter().enumerate() {
            let at = |field: &str| match &statement.sid {
                Some(sid) => format!("statement `{sid}`: {field}"),
                None => format!("Statement[{i}].{field}"),
            };
            if statement.principals.is_some() {
                return Err(shape(at("Principal"), "has no place in the policy of a role"));
            }
            if statement.resources.is_none() {
                return Err(shape(at("Resource"), "is missing"));
            }
        }
        Ok(self)
    }

    /// Returns the document as JSON, canonical: the same document gives the same value
    pub fn to_value(&self) -> Value {
        json!({
            "Version": self.version.name(),
            "Statement": self.statements.iter().map(Statement::to_value).collect::<Vec<_>>(),
        })
    }

    /// Returns the document with `placeholder` replaced by `text` wherever it stands
    pub fn replace(&self, placeholder: &str, text: &str) -> Self {
        self.map(|s| s.replace(placeholder, text))
    }

    /// Returns the document with `text` in place of every placeholder of a key's ARN
    pub fn replace_keys(&self, text: &str) -> Self {
        self.map(|s| {
            let mut parts = s.split(KEY_ARN_OPEN);
            let head = parts.next().unwrap_or_default().to_owned();
            parts.fold(head, |whole, part| {
                let rest = part.split_once('}').map_or("", |(_, rest)| rest);
                whole + text + rest
            })
        })
    }

    fn map(&self, swap: impl Fn(&String) -> String) -> Self {
        let swap = &swap;
        let set = |set: &BTreeSet<String>| set.iter().map(swap).collect::<BTreeSet<_>>();
        let map = |map: &BTreeMap<String, BTreeSet<String>>| {
            map.iter().map(|(k, v)| (k.clone(), set(v))).collect::<BTreeMap<_, _>>()
        };
        let statements = self
            .statements
            .iter()
            .map(|s| Statement {
                sid: s.sid.clone(),
                effect: s.effect,
                principals: s.principals.as_ref().map(|p| p.map_ref(map)),
                actions: s.actions.clone(),
                resources: s.resources.as_ref().map(|r| r.map_ref(set)),
                conditions: s.conditions.iter().map(|(op, keys)| (op.clone(), map(keys))).collect(),
            })
            .collect();
        Self { version: self.version, statements }
    }

    /// Returns whether `placeholder` stands anywhere in the document
    pub fn mentions(&self, placeholder: &str) -> bool {
        self.to_string().contains(placeholder)
    }

    /// Returns the length that IAM counts: characters without white space
    pub fn counted_length(&self) -> usize {
        self.to_string().chars().filter(|c| !c.is_whitespace()).count()
    }
}

impl<T> Selection<T> {
    fn map_ref<U>(&self, f: impl Fn(&T) -> U) -> Selection<U> {
        match self {
            Selection::Only(t) => Selection::Only(f(t)),
            Selection::AllBut(t) => Selection::AllBut(f(t)),
        }
    }
}

/// The compact canonical text, as it is sent to AWS
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}

impl Statement {
    fn from_value(value: &Value, place: &str) -> Result<Self, DocumentError> {
        let fields = object(value, place)?;
        let at = |field: &str| format!("{place}.{field}");
        let (mut sid, mut effect, mut principals) = (None, None, None);
        let (mut actions, mut resources, mut conditions) = (None, None, Conditions::new());
        for (field, value) in fields {
            match field.as_str() {
                "Sid" => {
                    let text = value.as_str().ok_or_else(|| shape(at("Sid"), "must be a text"))?;
                    sid = Some(text.to_owned());
                }
                "Effect" => {
                    effect = Some(match value.as_str() {
                        Some("Allow") => Effect::Allow,
                        Some("Deny") => Effect::Deny,
                        _ => return Err(shape(at("Effect"), "must be `Allow` or `Deny`")),
                    });
                }
                "Principal" => {
                    principals = Some(Selection::Only(principal(value, &at(field))?));
                }
                "NotPrincipal" => {
                    principals = Some(Selection::AllBut(principal(value, &at(field))?));
                }
                "Action" => actions = Some(Selection::Only(texts(value, &at(field))?)),
                "NotAction" => actions = Some(Selection::AllBut(texts(value, &at(field))?)),
                "Resource" => resources = Some(Selection::Only(texts(value, &at(field))?)),
                "NotResource" => resources = Some(Selection::AllBut(texts(value, &at(field))?)),
                "Condition" => {
                    for (operator, keys) in object(value, &at(field))? {
                        let mut by_key = BTreeMap::new();
                        for (key, values) in object(keys, &at(operator))? {
                            by_key.insert(key.clone(), texts(values, &at(key))?);
                        }
                        conditions.insert(operator.clone(), by_key);
                    }
                }
                _ => return Err(shape(at(field), "is not an element of a statement")),
            }
        }
        Ok(Self {
            sid,
            effect: effect.ok_or_else(|| shape(at("Effect"), "is missing"))?,
            principals,
            actions: actions.ok_or_else(|| shape(at("Action"), "is missing"))?,
            resources,
            conditions,
        })
    }

    fn to_value(&self) -> Value {
        let Self { sid, effect, principals, actions, resources, conditions } = self;
        let mut out = Map::new();
        if let Some(sid) = sid {
            out.insert("Sid".into(), json!(sid));
        }
        out.insert("Effect".into(), json!(effect));
        if let Some(principals) = principals {
            let by_type: Map<String, Value> =
                principals.named().iter().map(|(k, v)| (k.clone(), one_or_list(v))).collect();
            out.insert(element(principals, "Principal", "NotPrincipal").into(), by_type.into());
        }
        out.insert(element(actions, "Action", "NotAction").into(), one_or_list(actions.named()));
        if let Some(resources) = resources {
            let name = element(resources, "Resource", "NotResource");
            out.insert(name.into(), one_or_list(resources.named()));
        }
        if !conditions.is_empty() {
            let operators: Map<String, Value> = conditions
                .iter()
                .map(|(operator, keys)| {
                    let keys: Map<String, Value> =
                        keys.iter().map(|(k, v)| (k.clone(), one_or_list(v))).collect();
                    (operator.clone(), keys.into())
                })
                .collect();
            out.insert("Condition".into(), operators.into());
        }
        out.into()
    }
}

fn element<T>(selection: &Selection<T>, only: &'static str, all_but: &'static str) -> &'static str {
    match selection {
        Selection::Only(_) => only,
        Selection::AllBut(_) => all_but,
    }
}

fn one_or_list(set: &BTreeSet<String>) -> Value {
    match set.iter().collect::<Vec<_>>().as_slice() {
        [one] => json!(one),
        many => json!(many),
    }
}

fn principal(
    value: &Value,
    place: &str,
) -> Result<BTreeMap<String, BTreeSet<String>>, DocumentError> {
    if value.as_str() == Some("*") {
        return Ok(BTreeMap::from([("AWS".into(), BTreeSet::from(["*".into()]))]));
    }
    object(value, place)?
        .iter()
        .map(|(kind, list)| Ok((kind.clone(), texts(list, &format!("{place}.{kind}"))?)))
        .collect()
}

fn texts(value: &Value, place: &str) -> Result<BTreeSet<String>, DocumentError> {
    let text = |v: &Value| match v {
        Value::String(s) => Some(s.clone()),
        // IAM takes `true` and 5 for "true" and "5" in conditions and gives them back either way
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) => Some(n.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => text(one).map(|t| BTreeSet::from([t])),
    }
    .ok_or_else(|| shape(place, "must be a text or a list of texts"))
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, DocumentError> {
    value.as_object().ok_or_else(|| shape(place, "must be an object"))
}

fn shape(place: impl Into<String>, rule: &'static str) -> DocumentError {
    DocumentError::Shape { place: place.into(), rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_single_or_list_carry_no_meaning() {
        let one = Document::parse(
            r#"{"Version":"2012-10-17","Statement":[
                {"Sid":"A","Effect":"Allow","Action":"s3:Get","Resource":["b","a"]},
                {"Sid":"B","Effect":"Deny","Action":["x:Y"],"Resource":"*"}]}"#,
        )
        .unwrap();
        let other = Document::parse(
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Deny","Sid":"B","Resource":["*"],"Action":"x:Y"},
                {"Sid":"A","Effect":"Allow","Action":["s3:Get"],"Resource":["a","b"]}]}"#,
        )
        .unwrap();
        assert_eq!(one, other);
        assert_eq!(one.to_string(), other.to_string());
        assert_eq!(Document::parse(&one.to_string()).unwrap(), one);
    }

    #[test]
    fn a_single_statement_may_stand_without_a_list() {
        let text = r#"{"Statement":{"Effect":"Allow","Action":"a:B","Resource":"*"}}"#;
        assert_eq!(Document::parse(text).unwrap().statements.len(), 1);
    }

    #[test]
    fn the_policy_of_a_role_names_resources_and_nobody() {
        for (statement, message) in [
            (
                r#"{"Sid":"A","Effect":"Allow","Action":"a:B"}"#,
                "statement `A`: Resource is missing",
            ),
            (
                r#"{"Effect":"Allow","Action":"a:B","Resource":"*","Principal":"*"}"#,
                "Statement[0].Principal has no place",
            ),
        ] {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
            let error = Document::parse(&text).and_then(Document::of_identity).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn the_version_is_part_of_the_meaning() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:B"}}"#;
        let new = Document::parse(text).unwrap();
        let old = Document::parse(&text.replace("2012", "2008")).unwrap();
        let none = Document::parse(&text.replace("\"Version\":\"2012-10-17\",", "")).unwrap();
        assert_ne!(new, none);
        assert_eq!(none.version, Version::V2008);
        assert!(Document::parse(&text.replace("2012", "2020")).is_err());
        assert_eq!(none, old);
        assert!(old.to_string().contains("2008-10-17"));
    }

    #[test]
    fn what_is_not_a_policy_is_told_with_its_place() {
        for (text, message) in [
            ("[", "not JSON"),
            ("[]", "document must be an object"),
            (r#"{"Statement":[{"Effect":"Allow"}]}"#, "Statement[0].Action is missing"),
            (r#"{"Statement":[{"Action":"a:B"}]}"#, "Statement[0].Effect is missing"),
            (
                r#"{"Statement":[{"Effect":"Allow","Actions":"a:B"}]}"#,
                "Statement[0].Actions is not an element",
            ),
        ] {
            let error = Document::parse(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn placeholders_are_replaced_where_they_stand() {
        let document = Document::parse(
            r#"{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"${KEY_ARN}"}}"#,
        )
        .unwrap();
        assert!(document.mentions(KEY_ARN_PLACEHOLDER));
        let known = document.replace(KEY_ARN_PLACEHOLDER, "arn:aws:kms:r:a:key/k");
        assert!(!known.mentions(KEY_ARN_PLACEHOLDER));
        assert!(known.to_string().contains("arn:aws:kms:r:a:key/k"));
    }
}
