//! Secrets of AWS Secrets Manager in the environment of a Lambda function in any managed runtime.
//!
//! Lambda starts the program that `AWS_LAMBDA_EXEC_WRAPPER` names with the runtime's own command as
//! its arguments. This one reads the function's secrets and then becomes that command, in the same
//! process: no shell, no file, no second process, and nothing of it stays in memory.
//!
//! What it refuses: to start a function without the secrets that it was configured for, unless
//! `LAMBDA_SECRETS_ON_ERROR=continue`; and to read a secret into a snapshot of SnapStart.
//!
//! The refresher is the other half, a layer of its own: an extension that serves values by name for
//! as long as the function lives, in the API of AWS's own Parameters and Secrets extension.

mod failure;
mod log;
mod refresher;
mod runtime_api;
mod settings;
mod start;
mod wrapper;

pub use refresher::serve;
pub use wrapper::wrap;
