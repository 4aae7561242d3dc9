//! The shape of a manifest: the tree against the JSON Schema, told as a person would tell it.
//!
//! What does not fit is cut out of the tree, so that everything else can be read and checked in
//! the same run.

use std::collections::BTreeSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::types::JsonType;
use jsonschema::{ValidationError, paths::Location};
use serde_json::Value as Json;

use super::problem::{Finding, Kind};
use super::schema::{SCHEMA, VALIDATOR};
use super::source::Span;
use super::suggestion;
use super::tree::{Node, Value};

/// The tree that is left, and what it would be unfair to miss in it
pub(super) struct Fitted {
    pub(super) tree: Node,
    pub(super) told: Told,
}

/// The fields that have their problem already: cut out, or written under a name that is nearly right
#[derive(Default)]
pub(super) struct Told(BTreeSet<Vec<String>>);

impl Told {
    /// Returns whether there is a problem about `path` or about a part of it
    pub(super) fn about<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let path: Vec<String> = path.iter().map(|step| step.as_ref().to_owned()).collect();
        (1..=path.len()).any(|length| self.0.contains(&path[..length]))
    }
}

/// Returns the tree without the parts that do not fit the schema
pub(super) fn fit(mut tree: Node, findings: &mut Vec<Finding>) -> Option<Fitted> {
    if !matches!(tree.value, Value::Map(_)) {
        findings.push(Finding::new(
            Kind::WrongType,
            Span { start: tree.span.start, end: tree.head().end },
            format!("the manifest must be a mapping, not {}", tree.noun()),
            "it starts with `project: my-project`",
        ));
        return None;
    }
    // A tree has text keys and finite numbers only, so it is always JSON.
    let json = serde_json::to_value(&tree).ok()?;
    let mut shape = Shape {
        tree: &tree,
        findings,
        cuts: Vec::new(),
        told: Told::default(),
        missing: Vec::new(),
    };
    for error in VALIDATOR.iter_errors(&json) {
        shape.explain(&error);
    }
    let Shape { cuts, mut told, missing, .. } = shape;
    for path in &cuts {
        tree.cut(path);
    }
    told.0.extend(cuts);
    // `projct` is unknown; that `project` is missing then goes without saying.
    let missing = missing.into_iter().filter(|(path, _)| !told.about(path));
    findings.extend(missing.map(|(_, finding)| finding));
    tree.prune();
    Some(Fitted { tree, told })
}

/// Returns the path as the manifest's reader would write it
pub(super) fn dotted<S: AsRef<str>>(path: &[S]) -> String {
    let mut dotted = String::new();
    for step in path.iter().map(AsRef::as_ref) {
        if step.is_empty() {
            dotted.push_str(".\"\"");
        } else if step.bytes().all(|b| b.is_ascii_digit()) {
            dotted.extend(["[", step, "]"]);
        } else {
            dotted.push_str(if dotted.is_empty() { "" } else { "." });
            dotted.push_str(step);
        }
    }
    dotted
}

struct Shape<'s> {
    tree: &'s Node,
    findings: &'s mut Vec<Finding>,
    cuts: Vec<Vec<String>>,
    told: Told,
    missing: Vec<(Vec<String>, Finding)>,
}

impl Shape<'_> {
    fn explain(&mut self, error: &ValidationError<'_>) {
        let path = steps(error.instance_path());
        match error.kind() {
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                let at = error.instance_path();
                // A branch that refuses the very type of the value has nothing to say about it.
                match context.iter().find(|branch| !branch.iter().any(|e| refuses(e, at))) {
                    Some(branch) => branch.iter().for_each(|error| self.explain(error)),
                    None => self.unexpected(error, path),
                }
            }
            ValidationErrorKind::Type { .. } | ValidationErrorKind::Enum { .. } => {
                self.unexpected(error, path);
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for field in unexpected {
                    self.unknown_field(&path, field, error.schema_path());
                }
            }
            ValidationErrorKind::Required { property } => {
                self.missing(&path, property.as_str().unwrap_or_default());
            }
            ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
                self.out_of_range(path, error.schema_path());
            }
            ValidationErrorKind::MinProperties { .. } => self.findings.push(Finding::new(
                Kind::MissingField,
                self.tree.place(&path),
                format!("`{}` is empty", dotted(&path)),
                "name at least one, such as `dev: {}`",
            )),
            ValidationErrorKind::MaxLength { limit } => self.findings.push(Finding::new(
                Kind::OutOfRange,
                self.tree.place(&path),
                format!("`{}` is longer than {limit} characters", dotted(&path)),
                "shorten it",
            )),
            // The patterns are there for editors. The same rules are told better, each in its own
            // words, where names are parsed.
            ValidationErrorKind::Pattern { .. } | ValidationErrorKind::PropertyNames { .. } => {}
            _ => {
                self.findings.push(Finding::new(
                    Kind::WrongType,
                    self.tree.place(&path),
                    format!("`{}` does not fit: {}", dotted(&path), error.masked()),
                    "compare it with `provision schema`",
                ));
                self.cuts.push(path);
            }
        }
    }

    fn unknown_field(&mut self, parent: &[String], field: &str, schema: &Location) {
        let mut path = parent.to_vec();
        path.push(field.to_owned());
        let allowed = allowed_beside(schema);
        if let Some(near) = suggestion::nearest(field, allowed.iter().copied()) {
            self.told.0.insert([parent, &[near.to_owned()]].concat());
        }
        let place = match parent {
            [] => "at the top of the manifest".to_owned(),
            _ => format!("in `{}`", dotted(parent)),
        };
        self.findings.push(Finding::new(
            Kind::UnknownField,
            self.tree.key_place(&path),
            format!("unknown field `{field}` {place}"),
            unknown_field_hint(field, &allowed),
        ));
        self.cuts.push(path);
    }

    fn missing(&mut self, parent: &[String], field: &str) {
        let mut path = parent.to_vec();
        path.push(field.to_owned());
        let hint = match field {
            "project" => "add `project: my-project`".to_owned(),
            "environments" => "add `environments:` with at least one, such as `dev: {}`".to_owned(),
            _ => format!("add `{field}: …`"),
        };
        let finding = Finding::new(
            Kind::MissingField,
            self.tree.key_place(parent),
            format!("`{}` is missing", dotted(&path)),
            hint,
        );
        self.missing.push((path, finding));
    }

    fn out_of_range(&mut self, path: Vec<String>, schema: &Location) {
        let schema = parent_schema(schema);
        let bound = |name: &str| schema.get(name).and_then(Json::as_u64).unwrap_or_default();
        let (least, most) = (bound("minimum"), bound("maximum"));
        self.findings.push(Finding::new(
            Kind::OutOfRange,
            self.tree.place(&path),
            format!("`{}` must be between {least} and {most}", dotted(&path)),
            format!("choose a number from {least} to {most}"),
        ));
        self.cuts.push(path);
    }

    /// A value of another type, or another word, than what is expected
    fn unexpected(&mut self, error: &ValidationError<'_>, path: Vec<String>) {
        let mut expected = Expected::default();
        expected.gather(error, error.instance_path());
        let Some(node) = self.tree.at(&path) else { return };
        let words: Vec<&str> = expected.words.iter().map(String::as_str).collect();
        let named = dotted(&path);
        let (kind, message, hint) = match &node.value {
            Value::Null => (
                Kind::WrongType,
                format!("`{named}` has no value"),
                match named.as_str() {
                    "environments" => "name at least one below it, such as `dev: {}`".to_owned(),
                    _ => format!("give it {}", expected.nouns()),
                },
            ),
            Value::Text(text) if !words.is_empty() => (
                Kind::UnknownValue,
                format!("`{named}` must be one of {}", suggestion::list(&words)),
                match suggestion::nearest(text, words.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("choose one of {}", suggestion::list(&words)),
                },
            ),
            value => (
                Kind::WrongType,
                format!("`{named}` must be {}, not {}", expected.nouns(), found(node, &expected)),
                expected.cure(&path, value).to_owned(),
            ),
        };
        self.findings.push(Finding::new(kind, self.tree.place(&path), message, hint));
        self.cuts.push(path);
    }
}

/// Returns the noun for what stands there, finer than [`Node::noun`] where whole numbers matter
fn found(node: &Node, expected: &Expected) -> &'static str {
    match node.value {
        Value::Number(_) if expected.types.contains("a whole number") => "a fraction",
        _ => node.noun(),
    }
}

/// What the schema would have taken in place of a value
#[derive(Default)]
struct Expected {
    types: BTreeSet<&'static str>,
    words: Vec<String>,
}

impl Expected {
    fn gather(&mut self, error: &ValidationError<'_>, at: &Location) {
        if error.instance_path() != at {
            return;
        }
        match error.kind() {
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                context.iter().flatten().for_each(|error| self.gather(error, at));
            }
            ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => self.add(*kind),
            ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
                kinds.iter().for_each(|kind| self.add(kind));
            }
            ValidationErrorKind::Constant { expected_value } => {
                self.types.insert("a text");
                self.words.extend(expected_value.as_str().map(str::to_owned));
            }
            ValidationErrorKind::Enum { options } => {
                self.types.insert("a text");
                let options = options.as_array().into_iter().flatten();
                self.words.extend(options.filter_map(Json::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }

    fn add(&mut self, kind: JsonType) {
        // That a section may be left empty is no advice.
        let noun = match kind {
            JsonType::Null => return,
            JsonType::Array => "a list",
            JsonType::Boolean => "true or false",
            JsonType::Integer => "a whole number",
            JsonType::Number => "a number",
            JsonType::Object => "a mapping",
            JsonType::String => "a text",
        };
        self.types.insert(noun);
    }

    fn nouns(&self) -> String {
        self.types.iter().copied().collect::<Vec<_>>().join(" or ")
    }

    fn cure(&self, path: &[String], found: &Value) -> &'static str {
        let takes = |noun| self.types.contains(noun);
        let keys_without_name = matches!(path, [section, _] if section == "secrets");
        let rule = matches!(path, [.., keys, _] if keys == "keys") && !takes("a text");
        match found {
            _ if rule => {
                "a key has a rule, such as `{ required: true }`; `provision set` gives its value"
            }
            Value::Number(_) | Value::Bool(_) if takes("a text") => "put it in quotes",
            Value::Text(_) if takes("true or false") => "write `true` or `false`, without quotes",
            Value::Text(_) | Value::Number(_) if takes("a whole number") => {
                "write a whole number, without quotes"
            }
            Value::List(_) if keys_without_name => "put the list under `keys`",
            Value::List(_) if takes("a mapping") => "write each name as a key: `name: {}`",
            _ if takes("a list") => "write it as a list: `[a, b]`",
            _ if takes("a mapping") => "write it as a mapping: `{ field: … }`",
            Value::List(_) if takes("a text") => "write one text, without brackets",
            _ => "see `provision schema` for what belongs here",
        }
    }
}

fn refuses(error: &ValidationError<'_>, at: &Location) -> bool {
    error.instance_path() == at
        && match error.kind() {
            ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. } => true,
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                context.iter().all(|branch| branch.iter().any(|error| refuses(error, at)))
            }
            _ => false,
        }
}

fn steps(location: &Location) -> Vec<String> {
    location
        .as_str()
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn parent_schema(keyword: &Location) -> &'static Json {
    let parent = keyword.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    SCHEMA.pointer(parent).unwrap_or(&Json::Null)
}

fn allowed_beside(keyword: &Location) -> Vec<&'static str> {
    fields(parent_schema(keyword))
}

fn fields(schema: &'static Json) -> Vec<&'static str> {
    schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

fn unknown_field_hint(field: &str, allowed: &[&str]) -> String {
    match field {
        "default" => return "a default belongs to a key: `keys: { NAME: { default: … } }`".into(),
        "value" | "values" => {
            return "values never stand in the manifest: `provision set` writes them".into();
        }
        _ => {}
    }
    if let Some(near) = suggestion::nearest(field, allowed.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    match elsewhere(field) {
        Some(place) => format!("`{field}` belongs {place}"),
        None => suggestion::hint(field, allowed),
    }
}

/// Returns where a field belongs that stands in the wrong section
fn elsewhere(field: &str) -> Option<&'static str> {
    if fields(&SCHEMA).contains(&field) {
        return Some("at the top of the manifest");
    }
    [
        ("Environment", "under `environments.<name>`"),
        ("Secret", "under `secrets.<name>`"),
        ("Function", "under `functions.<name>`"),
        ("KeyRule", "under `secrets.<name>.keys.<key>`"),
        ("Alarms", "under `alarms`"),
    ]
    .into_iter()
    .find(|(definition, _)| fields(&SCHEMA["$defs"][*definition]).contains(&field))
    .map(|(_, place)| place)
}
