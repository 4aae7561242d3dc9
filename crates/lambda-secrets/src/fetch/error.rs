//! What can go wrong between the function and Secrets Manager.
//!
//! The variant follows the service's error code alone. Nothing here keeps the SDK's own error: its
//! `Debug` prints the raw response, and that may hold a value.

use std::fmt;
use std::time::Duration;

/// What the service said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The error code, such as `AccessDeniedException`.
    pub code: String,
    /// The service's message, shortened; names and ARNs, never a value.
    pub message: String,
    /// What AWS's support asks for.
    pub request_id: Option<String>,
}

impl Refusal {
    /// A refusal of a provider of your own, which [`FetchError`] sorts.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), request_id: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}

/// Why a secret could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Neither the variables nor the container endpoint give credentials.
    #[error("no AWS credentials")]
    CredentialsMissing,
    /// The container credential endpoint did not give credentials.
    #[error("the container credential endpoint gave no credentials: {problem}")]
    ContainerCredentials {
        /// What went wrong.
        problem: String,
    },
    /// AWS does not accept the credentials.
    #[error("AWS does not accept the credentials ({0})")]
    CredentialsRejected(Refusal),
    /// Neither the loader nor the variables name a region.
    #[error("no AWS region")]
    RegionMissing,
    /// The certificates to trust cannot be read.
    #[error("`{source_name}` gives no certificate to trust: {problem}")]
    TrustStore {
        /// The variable or the store that was read.
        source_name: &'static str,
        /// What went wrong.
        problem: String,
    },
    /// `AccessDeniedException`.
    #[error("access is denied ({0})")]
    AccessDenied(Refusal),
    /// `ResourceNotFoundException`: no such secret, version or label.
    #[error("it does not exist or has no such version ({0})")]
    NotFound(Refusal),
    /// `InvalidRequestException`: the state of the secret forbids it, as a rule a deletion.
    #[error("its state forbids reading, as when it is scheduled for deletion ({0})")]
    ScheduledForDeletion(Refusal),
    /// `DecryptionFailure` and the codes that KMS gives.
    #[error("KMS does not decrypt it ({0})")]
    KmsDenied(Refusal),
    /// Too many calls, on every attempt.
    #[error("Secrets Manager throttles the calls ({0})")]
    Throttled(Refusal),
    /// `InternalServiceError` and every other 5xx, on every attempt.
    #[error("Secrets Manager failed ({0})")]
    ServiceFailed(Refusal),
    /// Any other code.
    #[error("Secrets Manager refused the call ({0})")]
    Refused(Refusal),
    /// No connection to the endpoint.
    #[error("no connection to `{endpoint}`: {problem}")]
    NoRoute {
        /// The endpoint that was called.
        endpoint: String,
        /// What went wrong.
        problem: String,
    },
    /// No answer in time.
    #[error("no answer from `{endpoint}` within {after:?}")]
    TimedOut {
        /// The endpoint that was called.
        endpoint: String,
        /// The deadline that passed.
        after: Duration,
    },
    /// The endpoint's certificate is not trusted.
    #[error("the TLS certificate of `{endpoint}` is not trusted: {problem}")]
    Tls {
        /// The endpoint that was called.
        endpoint: String,
        /// What went wrong.
        problem: String,
    },
    /// The answer is none that Secrets Manager gives.
    #[error("the answer of `{endpoint}` cannot be read")]
    Unreadable {
        /// The endpoint that was called.
        endpoint: String,
    },
}

impl FetchError {
    /// The error for a refusal, by its code; the status decides for unknown codes.
    pub(crate) fn from_refusal(refusal: Refusal, status: u16) -> Self {
        match refusal.code.as_str() {
            "AccessDeniedException" | "AccessDenied" => Self::AccessDenied(refusal),
            "ResourceNotFoundException" => Self::NotFound(refusal),
            "InvalidRequestException" => Self::ScheduledForDeletion(refusal),
            "DecryptionFailure" => Self::KmsDenied(refusal),
            "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "SlowDown" => Self::Throttled(refusal),
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired" => Self::CredentialsRejected(refusal),
            code if code.starts_with("KMS") => Self::KmsDenied(refusal),
            "InternalServiceError" | "InternalFailure" | "ServiceUnavailable" => {
                Self::ServiceFailed(refusal)
            }
            _ if status >= 500 => Self::ServiceFailed(refusal),
            // a gateway's own, which has no code
            _ if status == 429 => Self::Throttled(refusal),
            _ => Self::Refused(refusal),
        }
    }

    /// The same without the service's message, which may repeat what was sent.
    #[cfg(feature = "write")]
    pub(crate) fn without_message(mut self) -> Self {
        match &mut self {
            Self::AccessDenied(refusal)
            | Self::NotFound(refusal)
            | Self::ScheduledForDeletion(refusal)
            | Self::KmsDenied(refusal)
            | Self::Throttled(refusal)
            | Self::ServiceFailed(refusal)
            | Self::CredentialsRejected(refusal)
            | Self::Refused(refusal) => refusal.message.clear(),
            _ => {}
        }
        self
    }

    /// The kind in one word, the same from release to release.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CredentialsMissing => "credentials_missing",
            Self::ContainerCredentials { .. } => "container_credentials",
            Self::CredentialsRejected(_) => "credentials_rejected",
            Self::RegionMissing => "region_missing",
            Self::TrustStore { .. } => "trust_store",
            Self::AccessDenied(_) => "access_denied",
            Self::NotFound(_) => "not_found",
            Self::ScheduledForDeletion(_) => "scheduled_for_deletion",
            Self::KmsDenied(_) => "kms_denied",
            Self::Throttled(_) => "throttled",
            Self::ServiceFailed(_) => "service_failed",
            Self::Refused(_) => "refused",
            Self::NoRoute { .. } => "no_route",
            Self::TimedOut { .. } => "timed_out",
            Self::Tls { .. } => "tls",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: &str, status: u16) -> &'static str {
        let refusal = Refusal { code: code.to_owned(), message: String::new(), request_id: None };
        FetchError::from_refusal(refusal, status).kind()
    }

    #[test]
    fn the_code_decides_and_not_the_status() {
        for (code, expected) in [
            ("AccessDeniedException", "access_denied"),
            ("ResourceNotFoundException", "not_found"),
            ("InvalidRequestException", "scheduled_for_deletion"),
            ("DecryptionFailure", "kms_denied"),
            ("KMSDisabledException", "kms_denied"),
            ("ThrottlingException", "throttled"),
            ("ExpiredTokenException", "credentials_rejected"),
            ("InternalServiceError", "service_failed"),
            ("InvalidParameterException", "refused"),
        ] {
            assert_eq!(kind(code, 400), expected, "{code}");
        }
        assert_eq!(kind("Unheard", 503), "service_failed");
        assert_eq!(kind("HTTP 429", 429), "throttled");
    }
}
