//! What a case is made of: calls that must succeed, calls that must be refused, values that must
//! be equal. A difference is told without ids and without values, so that it is the same each run.

use std::fmt::Debug;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

/// Nothing, or what the backend does instead of what AWS does.
pub(crate) type Outcome = Result<(), String>;

/// Returns the answer of a call that AWS accepts.
pub(crate) fn accepted<T, E, R>(what: &str, result: Result<T, SdkError<E, R>>) -> Result<T, String>
where
    E: ProvideErrorMetadata,
{
    result.map_err(|error| format!("{what} is refused with {}", code(&error)))
}

/// Checks that a call is refused with the code that AWS gives.
pub(crate) fn refused<T, E, R>(what: &str, with: &str, result: Result<T, SdkError<E, R>>) -> Outcome
where
    E: ProvideErrorMetadata,
{
    match result {
        Ok(_) => Err(format!("{what} is accepted")),
        Err(error) if code(&error) == with => Ok(()),
        Err(error) => Err(format!("{what} is refused with {}", code(&error))),
    }
}

/// Checks a value that may be told.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, found: T, right: T) -> Outcome {
    if found == right { Ok(()) } else { Err(format!("{what} is {found:?}, not {right:?}")) }
}

/// Checks what cannot be told because it differs with each run, or must not be.
pub(crate) fn holds(truth: bool, otherwise: &str) -> Outcome {
    if truth { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// Returns what AWS always answers.
pub(crate) fn present<T>(what: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("{what} is missing"))
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(context) => {
            context.err().code().unwrap_or("an error without a code").to_owned()
        }
        SdkError::ConstructionFailure(_) => "a request that the SDK does not send".to_owned(),
        SdkError::ResponseError(_) => "an answer that the SDK cannot read".to_owned(),
        _ => "no answer".to_owned(),
    }
}
