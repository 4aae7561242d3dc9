//! What clients of AWS's extension get.

use crate::harness::{Refresher, TOKEN};
use crate::server::Reply;

const KEYS: &str = "miyabi/prod/api-keys";
const QUERY: &str = "secretId=miyabi/prod/api-keys";

fn throttled() -> Reply {
    Reply::Error { status: 400, code: "ThrottlingException", message: "Rate exceeded" }
}

fn denied() -> Reply {
    Reply::Error { status: 400, code: "AccessDeniedException", message: "no" }
}

#[test]
fn the_answer_is_that_of_awss_extension() {
    let refresher = Refresher::start(&[]).ready();
    refresher.secrets.text(KEYS, r#"{"GITHUB_TOKEN":"canary"}"#);
    for query in [QUERY, "secretId=miyabi%2Fprod%2Fapi-keys&versionStage=AWSCURRENT"] {
        let answer = refresher.get(query);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.head.contains("content-type: application/json"));
        assert!(answer.head.contains("connection: close"), "no client keeps what a freeze may end");
        assert_eq!(answer.body["SecretString"], r#"{"GITHUB_TOKEN":"canary"}"#);
        assert_eq!(answer.body["Name"], KEYS);
        assert_eq!(answer.body["VersionStages"][0], "AWSCURRENT");
        assert_eq!(answer.body["VersionId"], "11111111-2222-3333-4444-555555555555");
        assert_eq!(answer.body["CreatedDate"], "2023-11-14T22:13:20Z");
        assert!(answer.body["ARN"].as_str().unwrap().starts_with("arn:aws:secretsmanager:"));
    }
    assert_eq!(refresher.secrets.asked(), [KEYS], "it is read once");
    refresher.secrets.on("p/e/cert", [Reply::Binary(vec![0, 1, 2])]);
    assert_eq!(refresher.get("secretId=p/e/cert").body["SecretBinary"], "AAEC");
}

#[test]
fn a_value_is_read_anew_after_its_time_or_on_request() {
    let refresher = Refresher::start(&[("SECRETS_MANAGER_TTL", "0")]).ready();
    let texts = ["one", "two", "three"].map(|text| Reply::Text(text.to_owned()));
    refresher.secrets.on(KEYS, texts.clone());
    assert_eq!(refresher.get(QUERY).body["SecretString"], "one");
    assert_eq!(refresher.get(QUERY).body["SecretString"], "two");

    let refresher = Refresher::start(&[]).ready();
    refresher.secrets.on(KEYS, texts);
    assert_eq!(refresher.get(QUERY).body["SecretString"], "one");
    assert_eq!(refresher.get(QUERY).body["SecretString"], "one");
    let anew = refresher.get(&format!("{QUERY}&refreshNow=true"));
    assert_eq!(anew.body["SecretString"], "two");
    assert_eq!(refresher.get(QUERY).body["SecretString"], "two");
}

#[test]
fn while_secrets_manager_throttles_the_last_value_is_served_and_marked() {
    let refresher = Refresher::start(&[("SECRETS_MANAGER_TTL", "1")]).ready();
    refresher.secrets.on(KEYS, [Reply::Text("one".to_owned()), throttled()]);
    assert_eq!(refresher.get(QUERY).body["SecretString"], "one");
    std::thread::sleep(std::time::Duration::from_millis(1_050));
    let stale = refresher.get(QUERY);
    assert_eq!((stale.status, &stale.body["SecretString"]), (200, &"one".into()));
    assert!(stale.head.contains("x-lambda-secrets-stale: true"), "{}", stale.head);
}

#[test]
fn after_a_denial_nothing_is_served() {
    let refresher = Refresher::start(&[("SECRETS_MANAGER_TTL", "1")]).ready();
    refresher.secrets.on(KEYS, [Reply::Text("one".to_owned()), denied()]);
    assert_eq!(refresher.get(QUERY).status, 200);
    std::thread::sleep(std::time::Duration::from_millis(1_050));
    let answer = refresher.get(QUERY);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["errorType"], "LambdaSecrets.AccessDenied");
}

#[test]
fn a_loop_of_misses_does_not_become_a_loop_of_calls() {
    let refresher = Refresher::start(&[("LAMBDA_SECRETS_CALLS_PER_SECOND", "2")]).ready();
    let statuses: Vec<u16> =
        (0..12).map(|n| refresher.get(&format!("secretId=p/e/missing{n}")).status).collect();
    assert!(statuses.contains(&400) && statuses.contains(&429), "{statuses:?}");
    assert!(refresher.secrets.asked().len() < 12);
}

#[test]
fn only_the_function_is_answered() {
    let refresher = Refresher::start(&[]).ready();
    refresher.secrets.text(KEYS, "value");
    let line = format!("GET /secretsmanager/get?{QUERY} HTTP/1.1\r\n");
    for header in
        ["", "X-Aws-Parameters-Secrets-Token: wrong\r\n", "Authorization: canary-token\r\n"]
    {
        let answer = refresher.ask(&format!("{line}{header}"));
        assert_eq!(answer.status, 401, "{header}");
        assert!(answer.body["message"].as_str().unwrap().contains("AWS_SESSION_TOKEN"));
    }
    assert!(refresher.secrets.asked().is_empty());
}

#[test]
fn what_is_no_request_for_a_secret_is_told_apart() {
    let refresher = Refresher::start(&[]).ready();
    let token = format!("X-Aws-Parameters-Secrets-Token: {TOKEN}\r\n");
    for (line, status) in [
        ("GET /secretsmanager/get HTTP/1.1", 400),
        ("GET /secretsmanager/get?secretId=a%20b HTTP/1.1", 400),
        ("POST /secretsmanager/get?secretId=a HTTP/1.1", 405),
        ("GET /systemsmanager/parameters/get?name=a HTTP/1.1", 404),
        ("GET / HTTP/1.1", 404),
        ("nonsense", 400),
    ] {
        assert_eq!(refresher.ask(&format!("{line}\r\n{token}")).status, status, "{line}");
    }
    let missing = refresher.get("secretId=p/e/missing");
    assert_eq!(
        (missing.status, &missing.body["errorType"]),
        (400, &"LambdaSecrets.NotFound".into())
    );
    refresher.secrets.text(KEYS, "value");
    assert_eq!(refresher.get(QUERY).status, 200, "and it goes on");
}
