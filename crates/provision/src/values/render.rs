//! Variables as text: for a shell or an .env file, as JSON, as YAML. What `import` reads back.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::variables::Variable;
use crate::cli::Format;
use crate::object;

/// Returns the variables as text; of two with one name the later
pub(crate) fn render(format: Format, variables: &[Variable]) -> Zeroizing<String> {
    let last: BTreeMap<&str, &str> = variables
        .iter()
        .map(|variable| (variable.name.as_str(), variable.value.expose_secret()))
        .collect();
    let room = last.iter().map(|(name, value)| name.len() + 6 * value.len() + 8).sum::<usize>();
    // one allocation that is never grown, so that no copy of a value stays behind
    let mut text = Zeroizing::new(String::with_capacity(room + 8));
    match format {
        Format::Env => last.iter().for_each(|(name, value)| line(&mut text, name, value)),
        Format::Json => {
            text.push_str("{\n");
            for (place, (name, value)) in last.iter().enumerate() {
                let comma = if place + 1 == last.len() { "" } else { "," };
                for part in ["  \"", name, "\": ", &object::quoted(value), comma, "\n"] {
                    text.push_str(part);
                }
            }
            text.push_str("}\n");
        }
        Format::Yaml => {
            for (name, value) in &last {
                // a JSON string is a YAML string, but for what YAML does not take as it is
                for part in [name, ": ", &printable(&object::quoted(value)), "\n"] {
                    text.push_str(part);
                }
            }
        }
    }
    text
}

/// One line, or several where the value has them
fn line(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    if !value.contains(['\'', '\r']) {
        for part in ["='", value, "'\n"] {
            text.push_str(part);
        }
        return;
    }
    text.push_str("=\"");
    for c in value.chars() {
        match c {
            '\\' | '"' | '$' | '`' => text.extend(['\\', c]),
            '\r' => text.push_str("\\r"),
            _ => text.push(c),
        }
    }
    text.push_str("\"\n");
}

/// A JSON string without the characters that YAML takes for line ends or refuses
fn printable(json: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(6 * json.len()));
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use proptest::prelude::*;
    use provision_core::name::SecretName;

    use super::*;
    use crate::cli::SourceFormat;
    use crate::values::source::{self, Node};

    fn variable(name: &str, value: &str) -> Variable {
        let secret = SecretName::parse("shop/dev/api-keys").unwrap();
        Variable { name: name.into(), value: value.into(), secret }
    }

    fn read_back(format: Format, variables: &[Variable]) -> BTreeMap<String, String> {
        let source = match format {
            Format::Env => SourceFormat::Env,
            Format::Json => SourceFormat::Json,
            Format::Yaml => SourceFormat::Yaml,
        };
        let text = render(format, variables);
        let entries = source::parse(source, text.as_bytes()).unwrap();
        entries
            .into_iter()
            .map(|entry| match entry.node {
                Node::Text(value) => (entry.name, value.expose_secret().to_owned()),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn the_forms_are_those_that_people_know() {
        let variables = [variable("B", "it's $5"), variable("A", "x y"), variable("A", "later")];
        assert_eq!(*render(Format::Env, &variables), "A='later'\nB=\"it's \\$5\"\n");
        assert_eq!(
            *render(Format::Json, &variables),
            "{\n  \"A\": \"later\",\n  \"B\": \"it's $5\"\n}\n"
        );
        assert_eq!(*render(Format::Yaml, &variables), "A: \"later\"\nB: \"it's $5\"\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in "[^\0]{0,40}", other in "[ -~\n\r\t'\"\\\\$`#=]{0,20}") {
            let variables = [variable("A", &value), variable("B", &other)];
            for format in [Format::Env, Format::Json, Format::Yaml] {
                let back = read_back(format, &variables);
                prop_assert_eq!(&back["A"], &value);
                prop_assert_eq!(&back["B"], &other);
            }
        }
    }
}
