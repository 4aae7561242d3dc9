//! Many values at once: imported, migrated, and a manifest drawn from them.

use crate::life::{json, value, versions, with};
use crate::workplace::{MANIFEST, Workplace};

const LOCAL: [&str; 3] = ["--env", "dev", "--local"];

fn set(place: &Workplace, key: &str, value: &str) {
    let run = place.run_with(&with(&["set", "api-keys", key]), value.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
}

const FILE: &str = "\
# of the shop
TOKEN='t0ken'
OPENAI__KEY=sk
BASE_URL=https://shop.example   # plain
GREETING=hello
";

#[test]
fn an_import_shows_names_and_what_becomes_of_them() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "old");
    place.write(".env", FILE);
    let run = place.run(&with(&["import", ".env", "--dry-run"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "old", "a dry run writes nothing");
    let run = place.run(&with(&["import", ".env"]));
    assert_eq!(run.code, 3, "a value would be replaced, and nobody can be asked");
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "old");
    let run = place.run(&with(&["import", ".env", "--yes", "--output", "json"]));
    let document = json(&run);
    let changes: Vec<&str> = document["secrets"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["changed", "added"]);
    assert!(document["secrets"][0]["version"].is_string());
    for (arguments, wanted) in [
        (&["api-keys", "TOKEN"][..], "t0ken"),
        (&["api-keys", "openai.key"], "sk"),
        (&["config", "BASE_URL"], "https://shop.example"),
        (&["greeting"], "hello"),
        (&["api-keys", "CLIENT_ID"], "shop-client"),
    ] {
        assert_eq!(value(&place, arguments), wanted);
    }
    let run = place.run(&with(&["import", ".env"]));
    assert_eq!((run.code, run.stdout.contains("Nothing to do: 4 unchanged")), (0, true));
}

#[test]
fn an_empty_value_is_told_and_counts_as_none() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "old");
    place.write(".env", "TOKEN=\nOPENAI__KEY=\nBASE_URL=x\n");
    let run = place.run(&with(&["import", ".env", "--dry-run"]));
    for part in
        ["TOKEN changed, and is empty", "openai.key added, from `OPENAI__KEY`, and is empty"]
    {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert_eq!(place.run(&with(&["import", ".env"])).code, 3, "nobody can be asked");
    let run = place.run(&with(&["import", ".env", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("TOKEN changed, and is empty"), "{}", run.stdout);
    let back = "hint: `provision rollback shop/dev/api-keys --env dev --local` brings back";
    assert!(run.stdout.contains(back), "{}", run.stdout);
    let run = place.run(&with(&["import", ".env", "--output", "json"]));
    assert_eq!(json(&run)["secrets"][0]["values"][0]["empty"], true);
    let run = place.run(&[&["run"][..], &LOCAL, &["--", "true"]].concat());
    let warning = "shop/dev/api-keys has an empty value for the required key TOKEN";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
    let run = place.run(&with(&["doctor", "--read-values"]));
    assert!(run.stdout.contains("shop/dev/api-keys lacks `TOKEN`"), "{}", run.stdout);
    let run = place.run(&with(&["rollback", "shop/dev/api-keys", "--yes"]));
    assert_eq!((run.code, &*value(&place, &["api-keys", "TOKEN"])), (0, "old"), "{}", run.stderr);
}

#[test]
fn every_format_brings_the_same_values() {
    let sources = [
        ("a.env", "TOKEN=x y\nopenai.key=\"1\\n2\"\nBASE_URL=5432\n"),
        ("a.json", r#"{"TOKEN": "x y", "openai": {"key": "1\n2"}, "config": {"BASE_URL": 5432}}"#),
        ("a.yaml", "TOKEN: x y\nopenai:\n  key: \"1\\n2\"\nBASE_URL: 5432\n"),
        (
            "a.tfvars",
            "token = \"x y\"\napi_keys = { \"openai.key\" = \"1\\n2\" }\nbase_url = 5432\n",
        ),
        ("a.tfvars.json", r#"{"token": "x y", "openai.key": "1\n2", "base_url": "5432"}"#),
    ];
    for (name, text) in sources {
        let place = Workplace::applied(MANIFEST);
        place.write(name, text);
        let run = place.run(&with(&["import", name]));
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        assert_eq!(value(&place, &["api-keys", "TOKEN"]), "x y", "{name}");
        assert_eq!(value(&place, &["api-keys", "openai.key"]), "1\n2", "{name}");
        assert_eq!(value(&place, &["config", "BASE_URL"]), "5432", "{name}");
    }
    let place = Workplace::applied(MANIFEST);
    let stdin = r#"{"TOKEN": "piped"}"#;
    let run = place.run_with(&with(&["import", "-"]), stdin.as_bytes());
    assert!(run.stderr.contains("say so with `--format json`"), "{}", run.stderr);
    let run = place.run_with(&with(&["import", "-", "--format", "json"]), stdin.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "piped");
}

#[test]
fn variables_of_terraform_are_taken_from_the_process() {
    let place = Workplace::applied(MANIFEST);
    let output = place
        .command()
        .args(with(&["import", "--from-env"]))
        .env("TF_VAR_token", "from-terraform")
        .env("TF_VAR_base_url", "https://x")
        .env("TF_VAR_other", "canary")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "from-terraform");
    assert_eq!(value(&place, &["config", "BASE_URL"]), "https://x");
}

#[test]
fn bad_sources_change_nothing() {
    let place = Workplace::applied(MANIFEST);
    let long = format!("TOKEN={}\nBASE_URL=x\n", "x".repeat(70_000));
    type Source<'a> = (&'a str, &'a [u8]);
    let cases: &[(Source<'_>, &[&str], i32, &str)] = &[
        (("a.env", b"TOKEN=1\nOTHER=2\nMORE=3\n"), &[], 1, "`OTHER` (line 2), `MORE` (line 3)"),
        (("a.env", b"TOKEN=1\ntoken=2\n"), &[], 1, "both go to TOKEN in shop/dev/api-keys"),
        (("a.env", b"TOKEN=\xff\n"), &[], 1, "line 1: it is not UTF-8"),
        (("a.env", b"BASE_URL=1\nTOKEN=a\0b\n"), &[], 1, "line 2: a NUL byte"),
        (("a.env", long.as_bytes()), &[], 1, "65,536"),
        (("a.json", b"[1]"), &[], 1, "no JSON object"),
        (("a.json", b"{\"TOKEN\": \"a\\u0000\"}"), &[], 1, "NUL"),
        (("a.yaml", b"TOKEN: ["), &[], 1, "no YAML"),
        (("a.tfvars", b"token = var.x\n"), &[], 1, "would have to be computed"),
        (("a.env", b""), &[], 1, "no names"),
        (("a.env", b"TOKEN=1\n"), &["--only", "NONE"], 1, "the source has no `NONE`"),
        (("a.env", b"TOKEN=1\n"), &["--map", "TOKEN"], 64, "`--map` wants"),
        (("a.env", b"TOKEN=1\n"), &["--secret", "none"], 1, "no such secret"),
    ];
    let version = versions(&place)[0]["id"].clone();
    for ((name, text), more, code, part) in cases {
        std::fs::write(place.path().join(name), text).unwrap();
        let run = place.run(&with(&[&["import", name, "--yes"], *more].concat()));
        assert_eq!(run.code, *code, "{part}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let run = place.run(&with(&["import", "missing.env"]));
    assert!(run.stderr.contains("cannot read `missing.env`"), "{}", run.stderr);
    assert_eq!(versions(&place)[0]["id"], version, "nothing was written");
    let run = place.run(&with(&["get", "config"]));
    assert!(run.stdout.contains("no value yet"), "{}", run.stdout);
    place.write("a.env", "AWS_REGION=eu-west-1\nTOKEN=1\n");
    let run = place.run(&with(&["import", "a.env"]));
    assert!(run.stdout.contains("`AWS_REGION` (line 1) is passed over"), "{}", run.stdout);
    place.write("a.env", "OTHER=1\nTOKEN=2\n");
    let run = place.run(&with(&["import", "a.env", "--ignore-undeclared", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "2");
}

#[test]
fn a_migration_lists_what_can_be_removed() {
    let place = Workplace::applied(MANIFEST);
    place.write(".env", "LOG=1\nSHOP_TOKEN=a\nSHOP_BASE_URL=b\n");
    let run = place.run(&with(&["migrate", ".env", "--prefix", "SHOP_"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(mask(&run.stdout));
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "a");
    let output = place
        .command()
        .args(with(&["migrate", "--prefix", "AGENT_ETL_", "--yes"]))
        .env("AGENT_ETL_TOKEN", "from-env")
        .env("AGENT_ETL_LOG_LEVEL", "x")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("`unset AGENT_ETL_TOKEN`"), "{stdout}");
    assert!(!stdout.contains("from-env") && !stdout.contains("LOG_LEVEL"), "{stdout}");
    place.write("b.env", "X=1\nDB_PASS='-----\none\n-----'\nTOKEN=a\n");
    let run = place.run(&with(&["migrate", "b.env", "--map", "DB_PASS=openai.key", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    for part in [
        "- DB_PASS (lines 2-4)",
        "- TOKEN (line 5)",
        "DB_PASS arrives as the variable OPENAI__KEY from now on",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("TOKEN arrives"), "{}", run.stdout);
    let run = place.run(&with(&["migrate"]));
    assert_eq!(run.code, 1, "nothing in this environment is declared");
}

/// Versions are drawn at random
fn mask(text: &str) -> String {
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let (id, rest) = word.split_at_checked(8).unwrap_or((word, ""));
            let is_id = id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit());
            let ends = rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric());
            if is_id && ends { format!("[version]{rest}") } else { word.to_owned() }
        })
        .collect();
    words.join(" ")
}

#[test]
fn a_manifest_is_drawn_from_an_env_file() {
    let place = Workplace::new(MANIFEST);
    std::fs::remove_file(place.path().join("secrets.yaml")).unwrap();
    place.write(
        ".env",
        "STRIPE_KEY=sk_live_canarycanary1\nDATABASE_URL=postgres://u:canary@db/x\nPORT=8080\n\
         PIN=1234\nBASE_URL=https://shop.example\nAWS_REGION=eu-west-1\nODD=some canary words\n\
         export TF_VAR_db_password=canary-of-terraform\n",
    );
    let run = place.run(&["init", "shop", "--from-env", ".env"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout);
    assert!(run.stderr.contains("hint: no key is required yet: "), "{}", run.stderr);
    let manifest = std::fs::read_to_string(place.path().join("secrets.yaml")).unwrap();
    insta::assert_snapshot!(manifest);
    assert_eq!(place.run(&["check"]).code, 0);
    assert_eq!(place.run(&with(&["--yes"])).code, 0);
    let run = place.run(&with(&["import", ".env"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = place.run(&[&["run"][..], &LOCAL, &["--", "printenv", "DATABASE_URL"]].concat());
    assert_eq!(run.stdout, "postgres://u:canary@db/x\n");
    let run = place.run(&[&["run"][..], &LOCAL, &["--", "printenv", "DB_PASSWORD"]].concat());
    assert_eq!(run.stdout, "canary-of-terraform\n");
}

#[test]
fn an_empty_file_is_told_in_words_of_the_command_that_reads_it() {
    let place = Workplace::applied(MANIFEST);
    place.write("empty.env", "# nothing\n");
    let run = place.run(&["init", "shop", "--from-env", "empty.env", "--file", "new.yaml"]);
    assert!(run.code == 1 && run.stderr.contains("it holds no names"), "{}", run.stderr);
    assert!(!run.stderr.contains("--format"), "`init` has no such flag: {}", run.stderr);
    let run = place.run(&with(&["import", "empty.env"]));
    assert!(run.code == 1 && run.stderr.contains("hint: `--format` says"), "{}", run.stderr);
}

#[test]
fn names_that_come_to_one_variable_are_told_and_the_draft_is_good() {
    let place = Workplace::new(MANIFEST);
    std::fs::remove_file(place.path().join("secrets.yaml")).unwrap();
    place.write(
        ".env",
        "DB_PASSWORD=canary\nTF_VAR_db_password=canary\na-b=canary\na_b=canary\nopenai.key=canary\nOPENAI__KEY=canary\n",
    );
    let run = place.run(&["init", "shop", "--from-env", ".env"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for told in [
        "TF_VAR_db_password: it comes to the same variable as `DB_PASSWORD`",
        "a_b: it comes to the same variable as `a-b`",
        "OPENAI__KEY: it comes to the same variable as `openai.key`",
    ] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    let manifest = std::fs::read_to_string(place.path().join("secrets.yaml")).unwrap();
    assert!(manifest.contains("# a_b is left out: it comes to"), "{manifest}");
    assert_eq!(place.run(&["check"]).code, 0);
    assert!(!format!("{}{manifest}", run.stdout).contains("canary"));
}
