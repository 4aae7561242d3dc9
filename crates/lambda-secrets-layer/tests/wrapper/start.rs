//! Starting the runtime with the secrets in its environment.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use crate::harness::{Function, WRAPPER};

#[test]
fn the_runtime_has_the_secrets_in_its_environment() {
    let outcome = Function::miyabi().start().started();
    assert_eq!(outcome.variable("GITHUB_TOKEN"), Some("canary-github"));
    assert_eq!(outcome.variable("OPENAI__KEY"), Some("canary-openai"));
    assert_eq!(outcome.variable("BASE_URL"), Some("canary-url"));
    assert_eq!(outcome.variable("AWS_SESSION_TOKEN"), Some("canary-token"));
    let line = "INFO lambda-secrets: Successfully loaded secrets from miyabi/prod/api-keys and \
                miyabi/prod/config\n";
    assert_eq!(outcome.stderr, line);
}

#[test]
fn the_runtime_is_the_same_process_and_gets_its_arguments_as_they_were() {
    let function = Function::miyabi();
    let odd = OsStr::from_bytes(b"two words\n\xff");
    let runtime =
        [OsStr::new("/bin/sh"), OsStr::new("-c"), OsStr::new(r#"echo $$; printf %s "$1""#)];
    let mut command = Command::new(WRAPPER);
    command.args(runtime).args([OsStr::new("sh"), odd]);
    let outcome = function.run(command).started();
    let (pid, argument) = outcome.stdout.split_once('\n').unwrap();
    assert_eq!(argument, odd.to_string_lossy());

    let mut command = Command::new(WRAPPER);
    command.args(["/bin/sh", "-c", "echo $PPID"]).env_clear().stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    // its parent is this test, so nothing stands between Lambda and the runtime
    let parent = String::from_utf8(output.stdout).unwrap();
    assert_eq!(parent.trim(), std::process::id().to_string());
    assert!(pid.parse::<u32>().is_ok());
}

#[test]
fn the_exit_code_of_the_runtime_is_its_own() {
    let outcome = Function::miyabi().start_with(&["/bin/sh", "-c", "exit 42"]);
    assert_eq!(outcome.code, Some(42));
}

#[test]
fn the_functions_own_configuration_wins_unless_the_policy_says_otherwise() {
    let own = || Function::miyabi().set("BASE_URL", "own");
    assert_eq!(own().start().started().variable("BASE_URL"), Some("own"));
    let overwrite = own().set("LAMBDA_SECRETS_POLICY", "overwrite").start().started();
    assert_eq!(overwrite.variable("BASE_URL"), Some("canary-url"));
    own().set("LAMBDA_SECRETS_POLICY", "error").start().failed(
        65,
        "LambdaSecrets.AlreadySet",
        &["`BASE_URL` of `miyabi/prod/config`"],
    );
    let debug = own().set("AWS_LAMBDA_LOG_LEVEL", "DEBUG").start().started();
    assert!(debug.stderr.contains("own configuration sets BASE_URL"), "{}", debug.stderr);
}

#[test]
fn names_choose_the_secrets_and_the_later_one_wins() {
    let function = Function::miyabi().set("LAMBDA_SECRETS_NAMES", "config, shared/all");
    function.secrets.text("shared/all", r#"{"BASE_URL":"canary-shared"}"#);
    let outcome = function.start().started();
    assert_eq!(outcome.variable("BASE_URL"), Some("canary-shared"));
    assert_eq!(outcome.variable("GITHUB_TOKEN"), None);
}

#[test]
fn the_log_follows_the_functions_settings() {
    let json = Function::miyabi().set("AWS_LAMBDA_LOG_FORMAT", "JSON").start().started();
    let line: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(line["level"], "INFO");
    let quiet = Function::miyabi().set("AWS_LAMBDA_LOG_LEVEL", "WARN").start().started();
    assert_eq!(quiet.stderr, "");
}

#[test]
fn outside_lambda_the_program_starts_and_nothing_is_read() {
    let function = Function::miyabi().unset("AWS_LAMBDA_RUNTIME_API");
    let outcome = function.start().started();
    assert_eq!(outcome.variable("GITHUB_TOKEN"), None);
    assert!(outcome.stderr.contains("Not running in AWS Lambda, skipping Secrets Manager"));
    assert!(function.secrets.asked().is_empty());
}

#[test]
fn the_version_is_told() {
    let output = Command::new(WRAPPER).arg("--version").output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), env!("CARGO_PKG_VERSION"));
}
