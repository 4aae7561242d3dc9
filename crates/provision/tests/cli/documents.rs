//! What `--output json` prints, of every command, against the schema that `schema output` prints.

use crate::canary::known;
use crate::workplace::{MANIFEST, Workplace};

/// Commands whose output is no document of ours
const NONE: [&str; 3] = ["schema", "completions", "man"];
/// The commands, and the code that each ends with; `set` and `import` read `{"TOKEN": "x"}`
const COMMANDS: &[(&[&str], i32)] = &[
    (&["init", "shop", "--file", "other.yaml"], 0),
    (&["plan"], 0),
    (&["plan", "--env", "nowhere"], 1),
    (&["--yes"], 0),
    (&["apply", "--yes"], 0),
    (&["apply", "no-plan.json"], 1),
    (&["set", "greeting"], 0),
    (&["set", "api-keys", "CLIENT_ID"], 0),
    (&["set", "api-keys", "openai.key", "--generate"], 0),
    (&["set", "api-keys", "CLIENT_ID", "--generate"], 3),
    (&["import", "-", "--format", "json", "--dry-run"], 0),
    (&["import", "-", "--format", "json"], 0),
    (&["import", "-", "--format", "env"], 1),
    (&["migrate", "given.env", "--yes"], 0),
    (&["get", "api-keys"], 0),
    (&["get", "api-keys", "TOKEN", "--reveal"], 0),
    (&["export"], 0),
    (&["export", "--reveal"], 0),
    (&["versions", "api-keys"], 0),
    (&["diff", "api-keys@previous", "api-keys"], 0),
    (&["rollback", "api-keys", "--dry-run"], 0),
    (&["rollback", "api-keys", "--yes"], 0),
    (&["pin", "api-keys"], 0),
    (&["pin", "api-keys", "--remove"], 0),
    (&["rotate", "api-keys"], 1),
    (&["replicate"], 0),
    (&["promote", "dev", "prod", "--yes"], 0),
    (&["run", "--", "./missing"], 127),
    (&["adopt", "--yes"], 0),
    (&["rotate-key", "--yes"], 0),
    (&["check"], 0),
    (&["check", "given.env"], 0),
    (&["doctor", "--read-values"], 2),
    (&["cost", "--budget", "0.01"], 2),
    (&["access"], 0),
    (&["access", "--prove"], 0),
    (&["render", "sam"], 0),
    (&["render", "policies", "--out", "policies"], 0),
    (&["destroy", "--yes"], 0),
    (&["export"], 1),
    (&["restore", "--yes"], 0),
];

#[test]
fn every_command_keeps_to_the_schema() {
    let place = Workplace::applied(MANIFEST);
    let schema = serde_json::from_str(&place.run(&["schema", "output"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let told = |name: &str| NONE.contains(&name) || COMMANDS.iter().any(|(w, _)| w[0] == name);
    let missing: Vec<String> = known(&place).into_iter().filter(|name| !told(name)).collect();
    assert!(missing.is_empty(), "not in the list: {missing:?}");
    let prod = place.run(&["--env", "prod", "--local", "--yes"]);
    assert_eq!(prod.code, 0, "{}", prod.stderr);
    place.write("given.env", "TOKEN=y\nOTHER=z\n");
    for (command, code) in COMMANDS {
        let mut flags = vec!["--local", "--output", "json"];
        if !command.contains(&"promote") && !command.contains(&"--env") {
            flags.extend(["--env", "dev"]);
        }
        let run = place.run_with(&[&flags[..], *command].concat(), br#"{"TOKEN": "x"}"#);
        assert_eq!(run.code, *code, "{command:?}: {}{}", run.stdout, run.stderr);
        let document = serde_json::from_str(&run.stdout).unwrap_or_else(|error| {
            panic!("{command:?}: {error}: {}{}", run.stdout, run.stderr);
        });
        assert!(validator.is_valid(&document), "{command:?}: {document:#}");
    }
}
