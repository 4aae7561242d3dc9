//! Findings for other programs: SARIF 2.1.0, and the sum of them in a sentence.

use serde_json::{Value, json};

use super::{Finding, RULES, Rule, Severity};

/// Returns the findings as one run of SARIF 2.1.0; `manifest` stands for what was rendered from it
pub fn sarif(findings: &[Finding], manifest: &str, version: &str) -> Value {
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, manifest)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "provision",
                "version": version,
                "rules": RULES.iter().map(described).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn described(rule: &Rule) -> Value {
    let Rule { id, name, severity, title, why, hint, look: _ } = rule;
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": title },
        "fullDescription": { "text": why },
        "help": { "text": format!("{why} Hint: {hint}. See docs/check.md#{}", id.to_lowercase()) },
        "defaultConfiguration": { "level": severity },
    })
}

fn result(finding: &Finding, manifest: &str) -> Value {
    let Finding { rule, name: _, severity, file, environment, line, column, message, hint } =
        finding;
    let index = RULES.iter().position(|known| known.id == *rule);
    // what is rendered has no file: the manifest is where it comes from
    let place = match environment.as_ref().filter(|_| file != manifest) {
        None => {
            json!({ "artifactLocation": { "uri": uri(file) }, "region": region(*line, *column) })
        }
        Some(_) => {
            json!({ "artifactLocation": { "uri": uri(manifest) }, "region": { "startLine": 1 } })
        }
    };
    let mut location = json!({ "physicalLocation": place });
    let mut text = message.clone();
    if let Some(environment) = environment {
        let whole = if file.is_empty() || file == manifest {
            environment.clone()
        } else {
            format!("{environment}: {file}")
        };
        text = format!("{whole}: {message}");
        location["logicalLocations"] = json!([{ "fullyQualifiedName": whole }]);
    }
    json!({
        "ruleId": rule,
        "ruleIndex": index,
        "level": severity,
        "message": { "text": format!("{text}. Hint: {hint}") },
        "locations": [location],
    })
}

fn region(line: Option<usize>, column: Option<usize>) -> Value {
    json!({ "startLine": line.unwrap_or(1), "startColumn": column.unwrap_or(1) })
}

/// A path as a relative or `file:` URI
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let path = path.strip_prefix("./").unwrap_or(path).replace('\\', "/");
    let encoded: String = path
        .bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

/// Returns the sum of the findings in words
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let words = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {one}s")),
    };
    let parts: Vec<String> = [
        words(count(Severity::Error), "error"),
        words(count(Severity::Warning), "warning"),
        words(count(Severity::Note), "note"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a/b c.json"), "a/b%20c.json");
        assert_eq!(uri("./a.json"), "a.json");
        assert_eq!(uri("/tmp/ä.json"), "file:///tmp/%C3%A4.json");
    }
}
