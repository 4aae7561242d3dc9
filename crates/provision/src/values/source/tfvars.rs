//! Terraform's variable definitions: `name = value`. What would have to be computed is refused.

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Structure;
use hcl_edit::template::Element;
use hcl_edit::{Span, parser};
use zeroize::Zeroizing;

use super::{DEEPEST, Entry, Fault, Node, array, line_of, object, plain};

const CONSTANT: &str = "a file of variables holds texts, numbers, booleans, lists and maps";

pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let body = parser::parse_body(text).map_err(|error| {
        // the parser's own words quote the text
        vec![Fault::at(error.location().line(), "it is no list of `name = value`", CONSTANT)]
    })?;
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for structure in &body {
        let line = structure.span().map_or(1, |span| line_of(text, span.start));
        let entry = match structure {
            Structure::Attribute(attribute) => node(text, &attribute.value, line, 0).map(|node| {
                Entry { name: attribute.key.to_string(), line: Some(line), end: None, node }
            }),
            Structure::Block(_) => Err(Fault::at(line, "a block is no variable", CONSTANT)),
        };
        match entry {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn node(text: &str, value: &Expression, above: usize, depth: usize) -> Result<Node, Fault> {
    let line = value.span().map_or(above, |span| line_of(text, span.start));
    let computed = || Fault::at(line, "the value would have to be computed", CONSTANT);
    if depth > DEEPEST {
        return Err(Fault::at(line, format!("values are nested more than {DEEPEST} deep"), ""));
    }
    Ok(match value {
        Expression::Null(_) => Node::Null,
        Expression::Bool(value) => plain(if **value { "true" } else { "false" }),
        // as it is written: `1.10` stays `1.10`
        Expression::Number(number) => match value.span().and_then(|span| text.get(span)) {
            Some(written) => plain(written.trim()),
            None => plain(&number.value().to_string()),
        },
        Expression::String(value) => Node::Text(value.as_str().into()),
        Expression::HeredocTemplate(heredoc) => {
            let mut whole = Zeroizing::new(String::with_capacity(text.len()));
            for element in &heredoc.template {
                match element {
                    Element::Literal(literal) => whole.push_str(literal.as_str()),
                    Element::Interpolation(_) | Element::Directive(_) => return Err(computed()),
                }
            }
            Node::Text(whole.as_str().into())
        }
        Expression::Array(items) => {
            let items: Result<Vec<Node>, Fault> =
                items.iter().map(|item| node(text, item, line, depth + 1)).collect();
            array(&items?)
        }
        Expression::Object(map) => {
            let mut members: Vec<Entry> = Vec::new();
            for (key, value) in map {
                let name = match key {
                    ObjectKey::Ident(name) => name.to_string(),
                    ObjectKey::Expression(Expression::Variable(name)) => name.to_string(),
                    ObjectKey::Expression(Expression::String(name)) => name.as_str().to_owned(),
                    ObjectKey::Expression(_) => return Err(computed()),
                };
                let member = node(text, value.expr(), line, depth + 1)?;
                let line = value.expr().span().map_or(line, |span| line_of(text, span.start));
                if members.iter().any(|member| member.name == name) {
                    return Err(Fault::at(line, "a name stands a second time", "keep one of them"));
                }
                members.push(Entry { name, line: Some(line), end: None, node: member });
            }
            object(members)
        }
        Expression::UnaryOp(_) => {
            // a negative number is an operation in this language
            match value.span().and_then(|span| text.get(span)).map(|word| plain(word.trim())) {
                Some(Node::Json(number)) => Node::Json(number),
                _ => return Err(computed()),
            }
        }
        _ => return Err(computed()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::tests::{pairs, shown};
    use super::*;

    #[test]
    fn every_kind_of_constant() {
        let text = "# values\na = \"x\\n\\\"y\\\"\"\n// more\nb = 1.10\nc = true\nd = null\n\
                    e = -5\nf = [\"p\", 2]\ng = {\n  h = \"i\"\n  \"j.k\" = { l = 1 }\n}\n\
                    m = \"100%% $${x}\"\n";
        let wanted = [
            ("a", r#""x\n\"y\"""#),
            ("b", "1.10"),
            ("c", "true"),
            ("d", "null"),
            ("e", "-5"),
            ("f", r#"["p",2]"#),
            ("g", r#"{"h":"i","j.k":{"l":1}}"#),
            ("m", r#""100%% ${x}""#),
        ];
        let entries = parse(text).unwrap();
        assert_eq!(shown(&entries), pairs(&wanted));
        assert_eq!(entries[0].line, Some(2));
    }

    #[test]
    fn heredocs() {
        let text = "a = <<EOT\n  one\n  two\nEOT\nb = <<-EOT\n    one\n      two\n  EOT\n";
        let wanted = [("a", r#""  one\n  two\n""#), ("b", r#""one\n  two\n""#)];
        assert_eq!(shown(&parse(text).unwrap()), pairs(&wanted));
    }

    #[test]
    fn what_would_be_computed_is_told_by_its_line() {
        for text in [
            "\na = var.b",
            "\na = \"x${b}\"",
            "\na = f(1)",
            "\na = 1 + 2",
            "\nb \"c\" {}\n",
            "\na = <<E\n${x}\nE\n",
        ] {
            let faults = parse(text).unwrap_err();
            assert_eq!(faults[0].line, Some(2), "{text}: {faults:?}");
        }
    }
}
