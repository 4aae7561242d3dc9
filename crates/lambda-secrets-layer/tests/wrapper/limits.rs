//! Values and machines at their limits.

use std::process::Command;

use crate::harness::{Function, WRAPPER};
use crate::server::Reply;

/// The largest value that Secrets Manager holds.
const LARGEST: usize = 65_536;

#[test]
fn the_largest_secret_arrives_whole() {
    let value = "v".repeat(LARGEST);
    let function = Function::new().set("LAMBDA_SECRETS_NAMES", "shop/prod/large");
    let outcome = function.answers("shop/prod/large", Reply::Text(value.clone())).start().started();
    assert_eq!(outcome.variable("LARGE"), Some(value.as_str()));
}

#[test]
fn a_value_that_linux_does_not_take_is_named_and_not_shown() {
    let value = "canary".repeat(30_000);
    let large = || {
        let function = Function::new().set("LAMBDA_SECRETS_NAMES", "shop/prod/large");
        function.answers("shop/prod/large", Reply::Text(value.clone()))
    };
    let says = ["the variable `LARGE` has 180007 bytes, and Linux takes 131072"];
    large().start().failed(65, "LambdaSecrets.EnvironmentTooLarge", &says);
    let outcome = large().set("LAMBDA_SECRETS_ON_ERROR", "continue").start().started();
    assert_eq!(outcome.variable("LARGE"), None);
    assert_eq!(outcome.variable("AWS_REGION"), Some("us-east-1"));
}

#[test]
fn too_many_large_secrets_are_named_together() {
    let names: Vec<String> = (0..40).map(|n| format!("shop/prod/large{n}")).collect();
    let function = Function::new().set("LAMBDA_SECRETS_NAMES", &names.join(","));
    let value = "canary".repeat(LARGEST / 6);
    let function = names
        .iter()
        .fold(function, |function, name| function.answers(name, Reply::Text(value.clone())));
    let says = ["more than Linux passes to a program", "the largest variable is `LARGE"];
    function.start().failed(65, "LambdaSecrets.EnvironmentTooLarge", &says);
}

#[test]
fn the_smallest_function_has_room_enough() {
    // the smallest function has 128 MB; half of that must do, for the runtime needs some too
    let mut command = Command::new("prlimit");
    command.args(["--as=67108864", WRAPPER, "/usr/bin/env"]);
    let outcome = Function::miyabi().run(command).started();
    assert_eq!(outcome.variable("BASE_URL"), Some("canary-url"));
}
