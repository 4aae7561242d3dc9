//! Filling in a policy template: strict, escaped as JSON, and parsed back.
//!
//! Values can never change the structure of a policy: `{{x}}` stands inside a JSON text and is
//! escaped for it, `{{json x}}` prints a whole JSON value. A field that is missing is an error.

use std::sync::OnceLock;

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason,
};
use serde::Serialize;
use serde_json::Value;

use super::{Document, DocumentError};

/// A template of the folder `policies/`, compiled into the binary
pub(super) struct Template {
    /// its file name
    file: &'static str,
    /// its text
    text: &'static str,
    /// read once, however often it is filled in; or what is wrong with it
    engine: OnceLock<Result<Handlebars<'static>, String>>,
}

/// The template of that name; the folder `policies` of this crate is the repository's own
macro_rules! template {
    ($file:literal) => {{
        use $crate::policy::template::Template;
        static TEMPLATE: Template =
            Template::new($file, include_str!(concat!("../../policies/", $file)));
        &TEMPLATE
    }};
}
pub(super) use template;

/// Why a template did not give a policy
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// it could not be filled in
    #[error("the policy template `{template}` cannot be filled in: {reason}")]
    Template {
        /// the template's file name
        template: &'static str,
        /// what is wrong with it, in the engine's words
        reason: String,
    },
    /// its output is no policy
    #[error("the policy template `{template}` does not give a policy")]
    Document {
        /// the template's file name
        template: &'static str,
        /// what is wrong with the output
        source: DocumentError,
    },
}

impl Template {
    /// Returns the template of that text
    pub(super) const fn new(file: &'static str, text: &'static str) -> Self {
        Self { file, text, engine: OnceLock::new() }
    }

    fn engine(&self) -> Result<&Handlebars<'static>, String> {
        let read = || {
            let mut engine = Handlebars::new();
            engine.set_strict_mode(true);
            engine.register_escape_fn(escape_json);
            engine.register_helper("json", Box::new(print_json));
            engine.register_template_string(self.file, self.text).map_err(|e| e.to_string())?;
            Ok(engine)
        };
        self.engine.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

/// Returns the policy that `template` gives for `values`
pub(super) fn render(
    template: &Template,
    values: &impl Serialize,
) -> Result<Document, RenderError> {
    let file = template.file;
    let output = template
        .engine()
        .and_then(|engine| engine.render(file, values).map_err(|e| e.to_string()))
        .map_err(|reason| RenderError::Template { template: file, reason })?;
    Document::parse(&output).map_err(|source| RenderError::Document { template: file, source })
}

/// The inside of a JSON text: what stands between its quotes
fn escape_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn print_json(
    call: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = call
        .param(0)
        .filter(|value| !value.is_value_missing())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("json", 0))?;
    out.write(&value.value().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STATEMENT: &str =
        r#"{"Statement":{"Effect":"Allow","Action":"a:{{verb}}","Resource":{{json list}}}}"#;

    fn template(text: &'static str) -> Template {
        Template::new("test", text)
    }

    #[test]
    fn a_value_cannot_change_the_structure_of_a_policy() {
        let hostile = r#"Get","Effect":"Deny\u0022</a>&"#;
        let values = json!({ "verb": hostile, "list": [hostile, "b"] });
        let document = render(&template(STATEMENT), &values).unwrap();
        let value = document.to_value();
        assert_eq!(value["Statement"][0]["Effect"], "Allow");
        assert_eq!(value["Statement"][0]["Action"], format!("a:{hostile}"));
        assert_eq!(value["Statement"][0]["Resource"], json!([hostile, "b"]));
    }

    #[test]
    fn a_field_that_is_missing_is_an_error_wherever_it_stands() {
        for values in [json!({ "verb": "Get" }), json!({ "list": [] }), json!({})] {
            let error = render(&template(STATEMENT), &values).unwrap_err();
            assert!(matches!(error, RenderError::Template { .. }), "{values}: {error:?}");
        }
    }

    #[test]
    fn a_template_that_does_not_parse_and_an_output_that_is_no_policy_are_told_apart() {
        let error = render(&template("{{#if x}}"), &json!({})).unwrap_err();
        assert!(matches!(error, RenderError::Template { .. }), "{error:?}");
        for text in ["{", "{}", r#"{"Statement":{"Effect":"Maybe"}}"#] {
            let error = render(&template(text), &json!({})).unwrap_err();
            assert!(matches!(error, RenderError::Document { .. }), "{text}: {error:?}");
        }
    }
}
