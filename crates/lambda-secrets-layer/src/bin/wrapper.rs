//! `/opt/lambda-secrets`: what `AWS_LAMBDA_EXEC_WRAPPER` names.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda_secrets_layer::wrap(std::env::args_os().skip(1).collect())
}
