//! Policies as they are rendered: the graph says what the manifest says, and the proof finds nothing.

use std::collections::BTreeSet;

use provision_core::access::{Place, Placed, Role, Verb, graph, lines, mermaid};
use provision_core::desired::PolicyFiles;
use provision_core::policy::Document;
use provision_core::policy::evaluation::Answer;
use provision_core::prove::{Layer, prove};

use crate::scene::{realms, scene};

/// Everything that can be declared, in an account that is not known
const WHOLE: &str = r#"
project: proj
region: us-west-2
environments:
  dev: {}
  prod: { replicas: [us-east-1], protected: true, recovery_window_days: 14 }
access:
  provisioner: ["arn:aws:iam::123456789012:user/admin"]
  planner: ["arn:aws:iam::123456789012:role/ci"]
  writer: ["arn:aws:iam::123456789012:user/ada"]
  break_glass: ["arn:aws:iam::123456789012:user/ada"]
  github: { repo: octo/app }
secrets:
  api-keys: { keys: { TOKEN: {}, ID: { default: public } } }
  config:
    keys: [URL]
    resource_policy: { deny_others: true, deny_insecure: true, readers: ["arn:aws:iam::210987654321:role/reader"] }
  database: { type: string, rotation: { lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-rotator", every_days: 30, role_arn: "arn:aws:iam::123456789012:role/rotates" } }
functions:
  app: { reads: [api-keys, config] }
  renewer: { writes: [config] }
  idle: { reads: [] }
"#;

/// No callers: whoever in the account has the IAM permission uses the key
const OPEN: &str = r#"
project: proj
region: us-west-2
environments: { dev: {}, development: {} }
secrets:
  api-keys: { keys: [TOKEN] }
  shared: { name: "shared/{env}/tokens", keys: [TOKEN] }
functions:
  app: { reads: [api-keys] }
  other: { reads: [shared], writes: [shared], logs: own }
"#;

#[test]
fn nothing_is_found_on_what_is_rendered() {
    let writer = format!("{OPEN}access: {{ writer: [\"arn:aws:iam::123456789012:user/ada\"] }}\n");
    let account = "project: proj\naccount: \"123456789012\"\n";
    let neighbour =
        WHOLE.replace("project: proj\n", account).replace("210987654321:role", "123456789012:role");
    for manifest in [WHOLE, OPEN, &writer, &neighbour] {
        let proof = prove(&scene(manifest), &[]);
        assert_eq!(proof.findings, [], "{manifest}");
        assert!(proof.decisions > 1_000 && proof.near_misses > 20, "{}", proof.decisions);
    }
}

#[test]
fn the_graph_says_what_the_manifest_says() {
    let graph = graph(&scene(WHOLE));
    let prod = graph.environments.iter().find(|e| e.environment == "prod").unwrap();
    let who = |verb: Verb, secret: &str| {
        let sure = prod.paths.iter().filter(|path| path.answer == Answer::Yes);
        let of = sure.filter(|path| path.verb == verb);
        let of = of.filter(|path| path.secret.as_deref() == Some(secret));
        of.map(|path| path.role.as_str()).collect::<Vec<_>>()
    };
    let reader = "arn:aws:iam::210987654321:role/reader";
    assert_eq!(who(Verb::Read, "proj/prod/api-keys"), ["proj-prod-app", "proj-prod.writer"]);
    // whoever writes reads: else it could not tell that nobody was there before it
    let readers = ["proj-prod-app", "proj-prod-renewer", "proj-prod.writer", reader];
    assert_eq!(who(Verb::Read, "proj/prod/config"), readers);
    assert_eq!(who(Verb::Read, "proj/prod/database"), ["proj-prod.writer"]);
    // whoever provisions could write over a secret that has public defaults, and reads none
    let writers = ["proj-prod.github-deploy", "proj-prod.provisioner", "proj-prod.writer"];
    assert_eq!(who(Verb::Write, "proj/prod/api-keys"), writers);
    assert_eq!(who(Verb::Write, "proj/prod/config"), ["proj-prod-renewer", "proj-prod.writer"]);
    let managers = ["proj-prod.break-glass", "proj-prod.github-deploy", "proj-prod.provisioner"];
    assert_eq!(who(Verb::Manage, "proj/prod/config"), managers);
    let path = prod.paths.iter().find(|path| {
        path.role == "proj-prod-app" && path.secret.as_deref() == Some("proj/prod/config")
    });
    let sids: Vec<&str> = path.unwrap().reasons.iter().map(|cited| cited.sid.as_str()).collect();
    assert_eq!(sids, ["DecryptOwnSecrets", "ReadOwnSecrets", "ReadViaSecretsManager"]);
}

/// What the policies open to one who is no role of the manifest's, as `verb secret answer`
fn open_to(manifest: &str, environment: &str, arn: &str) -> Vec<String> {
    let graph = graph(&scene(manifest));
    let of = graph.environments.iter().find(|of| of.environment == environment).unwrap();
    let paths = of.paths.iter().filter(|path| path.role == arn);
    let mut shown: Vec<String> = paths
        .map(|path| {
            assert!(path.reasons.iter().all(|cited| !cited.sid.is_empty()));
            let secret = path.secret.as_deref().unwrap_or_default();
            format!("{} {secret} {:?}", path.verb.word(), path.answer)
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn whom_the_key_lets_in_by_name_is_in_the_graph() {
    let all = |environment: &str, verbs: &[&str], secrets: &[&str]| -> Vec<String> {
        let each =
            |verb| secrets.iter().map(move |s| format!("{verb} proj/{environment}/{s} Unsure"));
        verbs.iter().flat_map(each).collect()
    };
    // the policy on `config` denies whoever is not named there
    let (secrets, open) = (["api-keys", "config", "database"], ["api-keys", "database"]);
    let rotates = "arn:aws:iam::123456789012:role/rotates";
    let admin = "arn:aws:iam::123456789012:user/admin";
    for environment in ["dev", "prod"] {
        let mut wanted = all(environment, &["read"], &open);
        wanted.extend(all(environment, &["write"], &secrets));
        assert_eq!(open_to(WHOLE, environment, rotates), wanted);
    }
    assert_eq!(open_to(WHOLE, "dev", admin), all("dev", &["write"], &secrets));
    // copies are made with the rights of who makes them
    let mut wanted = all("prod", &["read"], &open);
    wanted.extend(all("prod", &["write"], &secrets));
    assert_eq!(open_to(WHOLE, "prod", admin), wanted);
    // one of this account that the policy on a secret names stands there once, and needs the key as well
    let named = WHOLE
        .replace("project: proj\n", "project: proj\naccount: \"123456789012\"\n")
        .replace("210987654321:role/reader", "123456789012:role/rotates");
    let mut wanted = all("dev", &["read"], &secrets);
    wanted.extend(all("dev", &["write"], &secrets));
    assert_eq!(open_to(&named, "dev", rotates), wanted);
    // whom the key does not name is not there
    assert_eq!(open_to(WHOLE, "dev", "arn:aws:iam::123456789012:user/ada"), [""; 0]);
}

/// A role of the account with one statement
fn other(arn: &str, statement: &str) -> Role {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let name = arn.rsplit_once("role/").map_or(arn, |(_, name)| name);
    let name = name.rsplit_once("::123456789012:").map_or(name, |(_, name)| name);
    let mut role = Role::stranger(name, arn);
    role.policies.push(Placed {
        place: Place::Inline,
        name: "its-own".into(),
        document: Document::parse(&text).unwrap(),
    });
    role
}

#[test]
fn readers_and_rotators_of_the_account_are_no_finding_and_others_are() {
    let manifest = WHOLE
        .replace("project: proj\n", "project: proj\naccount: \"123456789012\"\n")
        .replace("210987654321:role/reader", "123456789012:role/reader");
    let realms = scene(&manifest);
    let everything = r#"{"Effect":"Allow","Action":["secretsmanager:*","kms:*"],"Resource":"*"}"#;
    let of = |name: &str, secret: &str| {
        let actions = r#""Action":["secretsmanager:GetSecretValue","kms:Decrypt"]"#;
        let secret = format!("arn:aws:secretsmanager:*:*:secret:proj/*/{secret}-??????");
        let resources = format!(r#""Resource":["{secret}","arn:aws:kms:*:*:key/*"]"#);
        let statement = format!(r#"{{"Effect":"Allow",{actions},{resources}}}"#);
        other(&format!("arn:aws:iam::123456789012:role/{name}"), &statement)
    };
    // as AWS advises for roles that rotate: which secret is theirs is not known to a judge
    let by_condition = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*",
        "Condition":{"StringEquals":{"secretsmanager:resource/AllowRotationLambdaArn":"f"}}},
        {"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringLike":
        {"kms:EncryptionContext:SecretARN":"arn:aws:secretsmanager:*:*:secret:proj/*/database-*"}}}"#;
    let rotates = other("arn:aws:iam::123456789012:role/rotates", by_condition);
    let meant = [of("reader", "config"), of("rotates", "database"), rotates];
    assert_eq!(prove(&realms, &meant).findings, []);
    let beyond =
        [of("rotates", "api-keys"), other("arn:aws:iam::123456789012:user/admin", everything)];
    let findings = prove(&realms, &beyond).findings;
    let found: BTreeSet<(&str, &str)> = findings
        .iter()
        .filter(|f| f.layer == Layer::Together && !f.wanted)
        .flat_map(|f| f.targets.iter().map(|target| (f.role.as_str(), target.as_str())))
        .collect();
    // the rotator reads what it does not rotate, and where copies are made who makes them reads
    let wanted = [
        ("rotates", "proj/dev/api-keys"),
        ("rotates", "proj/prod/api-keys"),
        ("rotates", "proj/prod/api-keys in us-east-1"),
        ("user/admin", "proj/prod/api-keys"),
        ("user/admin", "proj/prod/database"),
    ];
    assert_eq!(found, BTreeSet::from(wanted), "{findings:#?}");
    assert_eq!(findings.iter().filter(|f| f.layer != Layer::Together).count(), 0, "{findings:#?}");
}

#[test]
fn a_policy_file_that_reads_more_is_found() {
    let manifest = OPEN.replace("reads: [api-keys] }", "reads: [api-keys], policies: [p.json] }");
    let file = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"TooMuch","Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}]}"#;
    let files = PolicyFiles::from([("p.json".to_owned(), file.to_owned())]);
    let realms: Vec<_> = realms(&manifest, &files).into_iter().map(|(realm, _)| realm).collect();
    let findings = prove(&realms, &[]).findings;
    let together: Vec<_> = findings.iter().filter(|f| f.layer == Layer::Together).collect();
    assert!(!together.is_empty());
    for finding in findings {
        assert!(finding.role.ends_with("-app") && !finding.wanted, "{finding:#?}");
        assert!(finding.statements.iter().any(|cited| cited.sid == "TooMuch"), "{finding:#?}");
    }
}

#[test]
fn a_managed_policy_that_is_not_known_is_said_to_be() {
    let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let manifest = OPEN
        .replace("reads: [api-keys] }", &format!("reads: [api-keys], policies: [\"{arn}\"] }}"));
    let findings = prove(&scene(&manifest), &[]).findings;
    let doubts: Vec<&str> = findings.iter().flat_map(|f| &f.doubts).map(String::as_str).collect();
    let doubt = format!("the text of the attached policy `{arn}` is not known here");
    assert_eq!(doubts, [&doubt, &doubt]);
}

#[test]
fn the_graph_reads_well() {
    let shown: Vec<String> = lines(&graph(&scene(WHOLE)))
        .into_iter()
        .map(|line| format!("{}{}", "  ".repeat(usize::from(line.depth)), line.text))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn the_flowchart_is_the_same_each_time() {
    let chart = mermaid(&graph(&scene(OPEN)));
    assert_eq!(chart, mermaid(&graph(&scene(OPEN))));
    insta::assert_snapshot!(chart);
}
