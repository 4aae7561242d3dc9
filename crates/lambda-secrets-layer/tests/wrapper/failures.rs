//! What the caller reads when a secret does not arrive.

use crate::harness::{Function, refusal};
use crate::server::Reply;

const KEYS: &str = "miyabi/prod/api-keys";

#[test]
fn a_denied_secret_is_told_with_what_to_do() {
    Function::miyabi().denies(KEYS).start().failed(
        69,
        "LambdaSecrets.AccessDenied",
        &["cannot read `miyabi/prod/api-keys`", "AccessDeniedException", "GetSecretValue"],
    );
}

#[test]
fn what_the_service_refuses_is_told_by_its_code() {
    for (code, error_type) in [
        ("ResourceNotFoundException", "LambdaSecrets.NotFound"),
        ("InvalidRequestException", "LambdaSecrets.ScheduledForDeletion"),
        ("DecryptionFailure", "LambdaSecrets.KmsDenied"),
        ("ExpiredTokenException", "LambdaSecrets.CredentialsRejected"),
    ] {
        let function = Function::miyabi().answers(KEYS, refusal(code, "no"));
        function.start().failed(69, error_type, &[KEYS, code]);
    }
}

#[test]
fn a_malformed_secret_is_told_without_its_text() {
    let broken = Reply::Text(r#"{"A":"canary-value","#.to_owned());
    Function::miyabi().answers(KEYS, broken).start().failed(
        65,
        "LambdaSecrets.BadJson",
        &["`miyabi/prod/api-keys`", "not a JSON object (line 1, column"],
    );
    let reserved = Reply::Text(r#"{"LD_PRELOAD":"canary-value"}"#.to_owned());
    let outcome = Function::miyabi().answers(KEYS, reserved).start();
    outcome.failed(65, "LambdaSecrets.ReservedName", &["`LD_PRELOAD`"]);
}

#[test]
fn an_endpoint_that_hangs_up_or_is_not_there_is_told() {
    let closed = Function::miyabi().answers(KEYS, Reply::Close).start();
    closed.failed(69, "LambdaSecrets.NoRoute", &["no connection", "VPC"]);
    let nobody = Function::miyabi().set("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1");
    nobody.start().failed(69, "LambdaSecrets.NoRoute", &["http://127.0.0.1:1"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let function = Function::miyabi().denies(KEYS).denies("miyabi/prod/config");
    let outcome = function.start();
    let outcome = outcome.failed(69, "LambdaSecrets.AccessDenied", &[KEYS, "miyabi/prod/config"]);
    assert_eq!(outcome.stderr.lines().count(), 2);
}

#[test]
fn a_wrong_configuration_is_told_before_anything_is_read() {
    for (name, value, says) in [
        ("LAMBDA_SECRETS_ENVIRONMENT", "", "`LAMBDA_SECRETS_ENVIRONMENT` is not"),
        ("LAMBDA_SECRETS_POLICY", "sometimes", "`keep` or `overwrite` or `error`"),
        ("LAMBDA_SECRETS_FETCH", "fast", "`at-once` or `in-turn`"),
        ("LAMBDA_SECRETS_ON_ERROR", "ignore", "`fail` or `continue`"),
        ("LAMBDA_SECRETS_REQUIRED", "PATH", "`PATH`"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "127.0.0.1:1", "is no endpoint"),
    ] {
        let function = Function::miyabi().set(name, value);
        function.start().failed(64, "LambdaSecrets.InvalidSetting", &[says]);
        assert!(function.secrets.asked().is_empty());
    }
    let name = Function::miyabi().set("LAMBDA_SECRETS_NAMES", "my keys");
    name.start().failed(64, "LambdaSecrets.InvalidSecretName", &["my keys"]);
}

#[test]
fn a_function_without_any_configuration_is_told_what_to_set() {
    let says = ["no secret is configured", "LAMBDA_SECRETS_PROJECT", "NAME=secret:"];
    Function::new().start().failed(64, "LambdaSecrets.MissingConfiguration", &says);
}

#[test]
fn a_missing_key_that_is_required_is_told_with_those_that_exist() {
    let required = Function::miyabi().set("LAMBDA_SECRETS_REQUIRED", "api-keys:STRIPE_KEY");
    let says = ["`STRIPE_KEY`", "it has GITHUB_TOKEN and OPENAI__KEY"];
    required.start().failed(65, "LambdaSecrets.KeyMissing", &says);
}

#[test]
fn without_credentials_or_region_nothing_is_asked() {
    let function = Function::miyabi().unset("AWS_ACCESS_KEY_ID");
    function.start().failed(69, "LambdaSecrets.CredentialsMissing", &["no AWS credentials"]);
    let function = Function::miyabi().unset("AWS_REGION");
    function.start().failed(69, "LambdaSecrets.RegionMissing", &["AWS_REGION"]);
}

#[test]
fn on_request_the_function_starts_with_the_environment_that_it_has() {
    let function = Function::miyabi().denies(KEYS).set("LAMBDA_SECRETS_ON_ERROR", "continue");
    let outcome = function.start().started();
    assert_eq!(outcome.variable("GITHUB_TOKEN"), None);
    assert_eq!(outcome.variable("BASE_URL"), Some("canary-url"));
    let warning = "WARN lambda-secrets: cannot read `miyabi/prod/api-keys`";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
    let told = outcome.stderr.matches("going on with the environment as it is").count();
    assert_eq!(told, 1, "by the wrapper and not by the loader too: {}", outcome.stderr);

    let unset = Function::new().set("LAMBDA_SECRETS_ON_ERROR", "continue").start().started();
    assert!(unset.stderr.contains("no secret is configured"), "{}", unset.stderr);
}

#[test]
fn a_snapshot_is_refused_with_the_way_out() {
    let snap = || Function::miyabi().set("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    let function = snap();
    function.start().failed(
        64,
        "LambdaSecrets.SnapStart",
        &["SnapStart", "after the restore", "LAMBDA_SECRETS_SNAPSTART=allow"],
    );
    assert!(function.secrets.asked().is_empty());
    let allowed = snap().set("LAMBDA_SECRETS_SNAPSTART", "allow").start().started();
    assert_eq!(allowed.variable("BASE_URL"), Some("canary-url"));
}

#[test]
fn under_snapstart_the_credentials_come_from_the_container_endpoint() {
    let function = Function::miyabi();
    let answer = r#"{"AccessKeyId":"AKIDCONTAINER","SecretAccessKey":"s","Token":"t",
        "Expiration":"2040-01-01T00:00:00Z"}"#;
    function.secrets.on("/credentials", [Reply::Raw(answer.to_owned())]);
    let uri = format!("{}/credentials", function.secrets.url());
    let outcome = function
        .set("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
        .set("LAMBDA_SECRETS_SNAPSTART", "allow")
        .set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri)
        .set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary-container")
        .unset("AWS_ACCESS_KEY_ID")
        .unset("AWS_SECRET_ACCESS_KEY")
        .unset("AWS_SESSION_TOKEN")
        .start()
        .started();
    assert_eq!(outcome.variable("GITHUB_TOKEN"), Some("canary-github"));
}

#[test]
fn a_runtime_api_that_is_not_there_changes_nothing_of_the_end() {
    let function = Function::miyabi().denies(KEYS).set("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
    let outcome = function.start();
    assert_eq!(outcome.code, Some(69));
    assert!(outcome.stderr.contains("did not take the reason"), "{}", outcome.stderr);
}

#[test]
fn without_a_program_there_is_nothing_to_start() {
    let none: [&str; 0] = [];
    let says = ["no program is given", "AWS_LAMBDA_EXEC_WRAPPER"];
    Function::miyabi().start_with(&none).failed(64, "LambdaSecrets.InvalidSetting", &says);
}
