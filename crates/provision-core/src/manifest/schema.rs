//! The JSON Schema of the manifest, made from the raw types.

use std::sync::LazyLock;

use jsonschema::Validator;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::raw::RawManifest;

/// Returns the JSON Schema of the manifest, for editors and for `provision schema`
pub fn schema() -> Value {
    SCHEMA.clone()
}

pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<RawManifest>();
    let definitions = schema.get("$defs").cloned().unwrap_or_default();
    FilledIn { definitions }.transform(&mut schema);
    schema.to_value()
});

pub(super) static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    // Made from our own types: a schema that does not compile fails every test of this crate.
    #[allow(clippy::expect_used, reason = "the schema is a constant of the program")]
    jsonschema::validator_for(&SCHEMA).expect("the derived schema is valid")
});

/// A section may be left empty (`dev:`), a value may not: takes `null` from all that is no mapping
struct FilledIn {
    definitions: Value,
}

impl FilledIn {
    fn is_section(&self, schema: &Value) -> bool {
        if let Some(name) = schema["$ref"].as_str().and_then(|at| at.strip_prefix("#/$defs/")) {
            return self.is_section(&self.definitions[name]);
        }
        let alternatives = schema["anyOf"].as_array().into_iter().flatten();
        let types = schema["type"].as_array().into_iter().flatten();
        schema["type"] == "object"
            || types.chain([&schema["type"]]).any(|kind| kind == "object")
            || alternatives.into_iter().any(|schema| self.is_section(schema))
    }
}

impl Transform for FilledIn {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let section = self.is_section(schema.as_value());
        let Some(object) = schema.as_object_mut() else { return };
        // `uint16` and its like are no formats of JSON Schema; the bounds are spelled out
        object.remove("format");
        if section {
            return;
        }
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".into(), only);
            }
        }
        if let Some(Value::Array(alternatives)) = object.get_mut("anyOf") {
            alternatives.retain(|schema| schema["type"] != "null");
            if let [Value::Object(only)] = alternatives.as_slice() {
                let only = only.clone();
                object.remove("anyOf");
                object.extend(only);
            }
        }
    }
}
