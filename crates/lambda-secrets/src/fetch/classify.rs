//! From the SDK's errors to ours, by type and code.

use std::error::Error as StdError;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::credentials::ContainerProblem;
use super::{FetchError, Refusal};

/// The longest message of the service that is kept.
const LONGEST: usize = 400;

/// Whether an authority that is trusted vouched for the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issuer {
    Known,
    Unknown,
}

/// Unknown where the handshake failed because nobody who is trusted vouches for the peer.
pub(crate) fn issuer_of<E: StdError + 'static>(error: &SdkError<E, HttpResponse>) -> Issuer {
    match find(error) {
        Some(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer)) => {
            Issuer::Unknown
        }
        _ => Issuer::Known,
    }
}

pub(crate) fn classify<E: ProvideErrorMetadata + StdError + 'static>(
    error: SdkError<E, HttpResponse>,
    endpoint: String,
    timed_out: impl FnOnce() -> FetchError,
) -> FetchError {
    match &error {
        SdkError::TimeoutError(_) => timed_out(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out(),
        // a success whose body is none
        SdkError::ServiceError(service) if service.raw().status().is_success() => {
            FetchError::Unreadable { endpoint }
        }
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let meta = service.err().meta();
            let refusal = Refusal {
                code: meta.code().map_or_else(|| format!("HTTP {status}"), str::to_owned),
                message: shortened(meta.message().unwrap_or_default()),
                request_id: error.request_id().map(shortened),
            };
            FetchError::from_refusal(refusal, status)
        }
        SdkError::ResponseError(_) if find::<std::io::Error>(&error).is_none() => {
            FetchError::Unreadable { endpoint }
        }
        other => of_connection(other, endpoint),
    }
}

fn of_connection(error: &(dyn StdError + 'static), endpoint: String) -> FetchError {
    if let Some(ContainerProblem(problem)) = find(error) {
        return FetchError::ContainerCredentials { problem: problem.clone() };
    }
    if let Some(problem) = find::<rustls::Error>(error) {
        return FetchError::Tls { endpoint, problem: problem.to_string() };
    }
    let innermost = chain(error).last().map(ToString::to_string).unwrap_or_default();
    FetchError::NoRoute { endpoint, problem: shortened(&innermost) }
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The error and its causes. `io::Error::source` leaves out the error that it wraps.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
        None => error.source(),
    })
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
