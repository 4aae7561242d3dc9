//! `/opt/extensions/lambda-secrets-refresher`: an external extension of Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    let program = std::env::args_os().next().unwrap_or_default();
    lambda_secrets_layer::serve(&program)
}
