//! The manifest that a new project begins with.

use super::sorting::{Kind, Sorted};
use crate::name::Region;

/// Returns the text of a starter `secrets.yaml` that parses, with a schema line for editors
///
/// The schema is expected beside it as `secrets.schema.json`, as `provision schema` prints it. A
/// `project` that is no project name is replaced by the nearest one.
pub fn starter(project: &str) -> String {
    TEXT.replace("{{project}}", &project_name(project))
}

/// `{project}` and `{env}` are the manifest's own placeholders, so this text has doubled braces
const TEXT: &str = "\
# yaml-language-server: $schema=secrets.schema.json
# Names and rules, never values: `provision set SECRET KEY` gives those.
project: {{project}}
region: us-west-2

environments:
  dev: {}
  prod:
    # account: \"123456789012\"      # refuse to run against any other account
    protected: true                # no destroy without --confirm {{project}}/prod
    recovery_window_days: 30

secrets:
  api-keys:                        # becomes {{project}}/<env>/api-keys
    description: API keys and tokens
    keys:
      API_TOKEN: { required: true, description: Token of the API that the function calls }
      API_URL: { default: https://api.example.com }
  config:
    keys:
      LOG_LEVEL: { default: info }

functions:
  app:                             # its role is {{project}}-<env>-app
    runtime: provided.al2023
    reads: [api-keys, config]
";

/// Returns the text of a `secrets.yaml` for names that were sorted, each with its reason
///
/// The secrets come to `api-keys`, plain configuration to `config`; a name that no secret may carry
/// is told in a comment. Where no region is known it is an example. The text holds no value. It parses whatever the names are.
pub fn draft(project: &str, region: Option<&Region>, names: &[(String, Sorted)]) -> String {
    let of = |kind: Kind| -> Vec<&(String, Sorted)> {
        names.iter().filter(|(_, sorted)| sorted.kind == kind).collect()
    };
    let region = region.map_or(REGION, Region::as_str);
    let mut text =
        HEAD.replace("{{project}}", &project_name(project)).replace("{{region}}", region);
    let groups = [
        (Kind::Secret, "api-keys", "API keys and tokens"),
        (Kind::Plain, "config", "Plain configuration"),
    ];
    let mut reads = Vec::new();
    for (kind, secret, description) in groups {
        let group = of(kind);
        if group.is_empty() {
            continue;
        }
        reads.push(secret);
        text.push_str(&format!("  {secret}:\n    description: {description}\n    keys:\n"));
        for (name, sorted) in group {
            text.push_str(&format!("      {}: {{}}  # {}\n", quoted(name), sorted.reason));
        }
    }
    for (name, sorted) in of(Kind::LeftOut) {
        text.push_str(&format!("  # {} is left out: {}\n", quoted(name), sorted.reason));
    }
    text.push_str(&TAIL.replace("{{reads}}", &reads.join(", ")));
    text
}

/// The name as a YAML key, in quotes where it could be read as anything else
fn quoted(name: &str) -> String {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
            .contains(&name.to_ascii_lowercase().as_str());
    if is_plain { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}

const REGION: &str = "us-west-2";

const HEAD: &str = "\
# yaml-language-server: $schema=secrets.schema.json
# Names and rules, never values: `provision import FILE` brings those of the file that this came from.
# No key is required yet: `{ required: true }` in place of `{}` keeps functions from starting without it.
project: {{project}}
region: {{region}}

environments:
  dev: {}
  prod:
    protected: true
    recovery_window_days: 30

secrets:
";

const TAIL: &str = "
functions:
  app:
    runtime: provided.al2023
    reads: [{{reads}}]
";

/// Returns the nearest project name to a text, such as the name of a folder
pub fn project_name(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let joined = words.join("-");
    let start = joined.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let slug: String = start.chars().take(32).collect();
    if slug.is_empty() { "my-project".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Source, parse, sort};

    #[test]
    fn a_draft_of_any_names_parses_and_says_why() {
        let names = ["API_TOKEN", "PORT", "on", "AWS_REGION", "openai.key", "A-B", "Z9", "null"];
        let sorted: Vec<(String, Sorted)> =
            names.iter().map(|name| ((*name).to_owned(), sort(name, "5432"))).collect();
        let text = draft("My App", None, &sorted);
        let source = Source { name: "secrets.yaml".into(), text: text.clone() };
        let manifest = parse(&source).unwrap();
        assert_eq!(manifest.project.as_str(), "my-app");
        assert!(text.contains("API_TOKEN: {}  # its name ends in `TOKEN`"), "{text}");
        assert!(text.contains("# AWS_REGION is left out: no secret may set it"), "{text}");
        assert!(!text.contains("5432"), "{text}");
    }

    #[test]
    fn the_starter_of_any_folder_parses() {
        for folder in ["miyabi", "My App", "2024-site", "---", "", "Ünïcode", &"long".repeat(20)]
        {
            let source = Source { name: "secrets.yaml".into(), text: starter(folder) };
            let manifest = parse(&source).unwrap();
            assert_eq!(manifest.environments.len(), 2, "{folder}");
        }
    }
}
