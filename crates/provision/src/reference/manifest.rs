//! `docs/manifest-reference.md`, from the JSON Schema of the manifest.

use std::collections::VecDeque;
use std::fmt::Write as _;

use serde_json::Value;

use super::{anchor, keep_current, row};

const HEAD: &str = "\
<!-- Made by `scripts/update-docs` from the schema, which is crates/provision-core/src/manifest/raw.rs: change that. -->
# Every field of the manifest

What `provision schema` says, as tables. Fields in bold must be there. What the fields mean together is told in
[the manifest](manifest.md).
";

/// Patterns that have a name
const NAMES: [(&str, &str); 3] =
    [("^arn:", "an ARN"), ("^[a-z]{2,3}(-", "a region"), ("^[0-9]{12}$", "12 digits, in quotes")];

#[test]
fn the_reference_of_the_manifest_is_current() {
    keep_current("manifest-reference.md", &page(&provision_core::manifest::schema()));
}

/// The sections in the order in which they are shown: by depth, each kind where it is met first
struct Sections<'a> {
    schema: &'a Value,
    /// kind of section, and where it stands
    found: Vec<(&'a str, String)>,
}

fn page(schema: &Value) -> String {
    let mut sections = Sections { schema, found: Vec::new() };
    sections.find();
    let mut page = HEAD.to_owned();
    page += "\n## At the top\n\n";
    page += &sections.table(schema);
    for (kind, place) in &sections.found {
        let section = &schema["$defs"][kind];
        let _ = write!(page, "\n## `{place}`\n\n{}\n\n", text(&section["description"]));
        page += &sections.table(section);
    }
    page
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('\n', " ")
}

impl<'a> Sections<'a> {
    fn find(&mut self) {
        let mut queue = VecDeque::from([(self.schema, String::new())]);
        while let Some((section, place)) = queue.pop_front() {
            for (name, field) in section["properties"].as_object().into_iter().flatten() {
                let dot = if place.is_empty() { "" } else { "." };
                let place = format!("{place}{dot}{name}");
                for (kind, inner) in self.kinds(field, place) {
                    if self.found.iter().all(|(known, _)| *known != kind) {
                        self.found.push((kind, inner.clone()));
                        queue.push_back((&self.schema["$defs"][kind], inner));
                    }
                }
            }
        }
    }

    /// The kinds of section that a field may hold, each with its place
    fn kinds(&self, field: &'a Value, place: String) -> Vec<(&'a str, String)> {
        if let Some(name) = reference(field) {
            let target = &self.schema["$defs"][name];
            if target["properties"].is_object() {
                return vec![(name, place)];
            }
            return self.kinds(target, place);
        }
        let mut kinds = Vec::new();
        for alternative in field["anyOf"].as_array().into_iter().flatten() {
            kinds.extend(self.kinds(alternative, place.clone()));
        }
        if field["items"].is_object() {
            kinds.extend(self.kinds(&field["items"], format!("{place}[]")));
        }
        if field["additionalProperties"].is_object() {
            kinds.extend(self.kinds(&field["additionalProperties"], format!("{place}.<name>")));
        }
        kinds
    }

    fn table(&self, section: &Value) -> String {
        let required: Vec<&str> = section["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut table = row(&["field", "holds", ""]) + &row(&["---", "---", "---"]);
        let fields = section["properties"].as_object();
        let (first, then): (Vec<_>, Vec<_>) =
            fields.into_iter().flatten().partition(|(name, _)| required.contains(&name.as_str()));
        for (name, field) in first.into_iter().chain(then) {
            let name = match required.contains(&name.as_str()) {
                true => format!("**`{name}`**"),
                false => format!("`{name}`"),
            };
            table += &row(&[&name, &self.holds(field), &self.described(field)]);
        }
        table
    }

    /// What a field may hold
    fn holds(&self, field: &Value) -> String {
        if let Some(name) = reference(field) {
            let target = &self.schema["$defs"][name];
            let Some((_, place)) = self.found.iter().find(|(kind, _)| *kind == name) else {
                return self.holds(target);
            };
            return format!("[a section](#{})", anchor(&format!("`{place}`")));
        }
        let alternatives = field["anyOf"].as_array().into_iter().flatten();
        let alternatives: Vec<String> =
            alternatives.filter(|one| one["type"] != "null").map(|one| self.holds(one)).collect();
        if !alternatives.is_empty() {
            return alternatives.join(", or ");
        }
        let words: Vec<String> = words(field).map(|(word, _)| format!("`{word}`")).collect();
        if !words.is_empty() {
            return words.join(", ");
        }
        if field["items"].is_object() {
            return format!("a list: {}", self.holds(&field["items"]));
        }
        if field["additionalProperties"].is_object() {
            let names = match field["propertyNames"]["pattern"].as_str() {
                Some(pattern) => format!("by name (`{pattern}`)"),
                None => "by name".to_owned(),
            };
            return format!("{names}: {}", self.holds(&field["additionalProperties"]));
        }
        plain(field)
    }

    fn described(&self, field: &Value) -> String {
        let mut description = text(&field["description"]);
        for (word, meaning) in self.words(field) {
            let _ = write!(description, "<br>`{word}`: {meaning}");
        }
        description
    }

    /// The words of the one enumeration that a field refers to, itself or in a list
    fn words(&self, field: &'a Value) -> Vec<(&'a str, String)> {
        let field = if field["items"].is_object() { &field["items"] } else { field };
        let target = reference(field).map_or(field, |name| &self.schema["$defs"][name]);
        words(target).collect()
    }
}

/// The words of an enumeration, each with its meaning
fn words(schema: &Value) -> impl Iterator<Item = (&str, String)> {
    schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|word| Some((word["const"].as_str()?, text(&word["description"]))))
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// What a value that is neither list nor mapping may be
fn plain(field: &Value) -> String {
    if let Some(pattern) = field["pattern"].as_str() {
        let name = NAMES.iter().find(|(begin, _)| pattern.starts_with(begin));
        return name.map_or_else(|| format!("text: `{pattern}`"), |(_, name)| (*name).to_owned());
    }
    match field["type"].as_str() {
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => format!("{} to {}", field["minimum"], field["maximum"]),
        Some("string") => match field["maxLength"].as_u64() {
            Some(most) => format!("text of at most {most} characters"),
            None => "text".to_owned(),
        },
        _ => "anything".to_owned(),
    }
}
