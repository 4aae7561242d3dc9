//! The manifest that a new project begins with.

/// Returns the text of a starter `secrets.yaml` that parses, with a schema line for editors
///
/// The schema is expected beside it as `secrets.schema.json`, as `provision schema` prints it. A
/// `project` that is no project name is replaced by the nearest one.
pub fn starter(project: &str) -> String {
    TEXT.replace("{{project}}", &slug(project))
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
  config:                          # keys without rules
    keys: [LOG_LEVEL]

functions:
  app:                             # its role is {{project}}-<env>-app
    runtime: provided.al2023
    reads: [api-keys, config]
";

fn slug(text: &str) -> String {
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
    use crate::manifest::{Source, parse};

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
