//! Errors of AWS by their type and code, never by the wording of their message.

use std::error::Error as StdError;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call that failed
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed: {detail}")]
pub(crate) struct AwsError {
    /// such as `kms:CreateKey`
    pub(crate) operation: &'static str,
    /// what kind of failure it is
    pub(crate) kind: ErrorKind,
    /// AWS's code where it answered
    pub(crate) code: Option<String>,
    /// AWS's message, or what the network said
    detail: String,
}

/// What kind of failure a call had
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// no provider has credentials
    NoCredentials,
    /// the credentials are refused or out of date
    BadCredentials,
    /// a policy denies the call
    AccessDenied,
    /// the resource does not exist
    NotFound,
    /// a resource of that name exists
    AlreadyExists,
    /// the resource's state does not allow it, such as pending deletion
    InvalidState,
    /// another writer was faster
    Conflict,
    /// a quota is reached
    Limit,
    /// a policy document is refused
    MalformedPolicy,
    /// Secrets Manager cannot use the KMS key
    KeyUnusable,
    /// a secret could not be copied to another region
    ReplicaFailed,
    /// AWS took the call, and goes on with what it asks for
    Pending,
    /// a policy would let everybody in
    PublicPolicy,
    /// the service is not part of what is simulated
    NotSimulated,
    /// the change could not be written to the state of the AWS inside the binary
    NotSaved(io::ErrorKind),
    /// too many calls
    Throttled,
    /// AWS's own failure
    Server,
    /// no answer in time
    Timeout,
    /// no connection
    Unreachable,
    /// the operation does not exist there
    Unsupported,
    /// the request is refused as invalid
    Invalid,
    /// anything else
    Other,
}

impl ErrorKind {
    fn of_code(code: &str) -> Self {
        match code {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                Self::AccessDenied
            }
            "ResourceNotFoundException"
            | "NotFoundException"
            | "NoSuchEntity"
            | "NoSuchEntityException"
            | "ResourceNotFound" => Self::NotFound,
            "ResourceExistsException"
            | "ResourceAlreadyExistsException"
            | "AlreadyExistsException"
            | "EntityAlreadyExists"
            | "EntityAlreadyExistsException" => Self::AlreadyExists,
            "InvalidRequestException"
            | "KMSInvalidStateException"
            | "DisabledException"
            | "PreconditionNotMetException" => Self::InvalidState,
            "ConcurrentModification"
            | "ConflictException"
            | "OperationAbortedException"
            | "ConcurrentModificationException"
            | "EntityTemporarilyUnmodifiable"
            | "DeleteConflict" => Self::Conflict,
            "LimitExceeded" | "LimitExceededException" | "LimitExceededFault" => Self::Limit,
            "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => Self::MalformedPolicy,
            "DecryptionFailure" | "EncryptionFailure" => Self::KeyUnusable,
            "PublicPolicyException" => Self::PublicPolicy,
            "NotSimulatedLocally" => Self::NotSimulated,
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded" => Self::Throttled,
            "InternalServiceError"
            | "InternalFailure"
            | "KMSInternalException"
            | "ServiceFailure"
            | "ServiceUnavailable"
            | "KeyUnavailableException"
            | "DependencyTimeoutException" => Self::Server,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature" => Self::BadCredentials,
            "InvalidAction"
            | "UnknownOperationException"
            | "UnsupportedOperation"
            | "NotImplemented"
            | "NotImplementedException" => Self::Unsupported,
            "ValidationError"
            | "ValidationException"
            | "InvalidParameterException"
            | "InvalidParameterValue"
            | "InvalidInput"
            | "InvalidArnException"
            | "InvalidAliasNameException"
            | "TagException" => Self::Invalid,
            _ => Self::Other,
        }
    }

    /// Returns the kind's name as it stands in JSON
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoCredentials => "no_credentials",
            Self::BadCredentials => "bad_credentials",
            Self::AccessDenied => "access_denied",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::InvalidState => "invalid_state",
            Self::Conflict => "conflict",
            Self::Limit => "limit",
            Self::MalformedPolicy => "malformed_policy",
            Self::KeyUnusable => "key_unusable",
            Self::ReplicaFailed => "replica_failed",
            Self::Pending => "pending",
            Self::PublicPolicy => "public_policy",
            Self::NotSimulated => "not_simulated",
            Self::NotSaved(_) => "not_saved",
            Self::Throttled => "throttled",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Unsupported => "unsupported",
            Self::Invalid => "invalid",
            Self::Other => "other",
        }
    }
}

/// What an error's message may be shown of
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wording {
    /// AWS's own words
    Shown,
    /// the code alone, and of an answer that could not be read nothing: a value was sent or asked
    /// for, and may be quoted
    Withheld,
}

/// The code of the AWS inside the binary for a change that it could not save
const NOT_SAVED: &str = "LocalStateNotSaved";

/// The longest code that is shown where wording is withheld, far past AWS's own
const LONGEST_CODE: usize = 64;

impl AwsError {
    /// Returns the typed error of a call that carried no value
    pub(crate) fn new<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        Self::typed(operation, error, Wording::Shown)
    }

    /// Returns the typed error of a call that carried a value: AWS's wording is withheld
    pub(crate) fn of_value<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        Self::typed(operation, error, Wording::Withheld)
    }

    /// Returns an error that a reader of an answer found
    pub(crate) fn answer(operation: &'static str, detail: impl Into<String>) -> Self {
        Self { operation, kind: ErrorKind::Other, code: None, detail: detail.into() }
    }

    /// Returns an error that AWS tells in an answer that is none by its code
    pub(crate) fn refusal(
        operation: &'static str,
        kind: ErrorKind,
        detail: impl Into<String>,
    ) -> Self {
        Self { operation, kind, code: None, detail: detail.into() }
    }

    /// The AWS inside the binary could not save a change: of its words the system's number alone is
    /// taken, so that no value can be among them
    fn not_saved(operation: &'static str, code: Option<String>, message: &str) -> Self {
        let number = message.rsplit_once("(os error ").and_then(|(_, rest)| rest.strip_suffix(')'));
        let cause = number.and_then(|number| number.parse().ok()).map(io::Error::from_raw_os_error);
        let kind = cause.as_ref().map_or(io::ErrorKind::Other, io::Error::kind);
        let why = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        let detail = format!("the state of `--local` could not be saved{why}");
        Self { operation, kind: ErrorKind::NotSaved(kind), code, detail }
    }

    fn typed<E>(operation: &'static str, error: SdkError<E, HttpResponse>, wording: Wording) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        if let Some(service) = error.as_service_error() {
            let meta = service.meta();
            let is_code = |code: &&str| wording == Wording::Shown || is_code(code);
            let code = meta.code().filter(is_code).map(str::to_owned);
            if code.as_deref() == Some(NOT_SAVED) {
                return Self::not_saved(operation, code, meta.message().unwrap_or_default());
            }
            // AWS gives every refusal a code: what has no page for the call does not know it
            let status = error.raw_response().map(|answer| answer.status().as_u16());
            let failed_itself = status.is_some_and(|status| status >= 500);
            let kind = match code.as_deref().map(ErrorKind::of_code) {
                Some(ErrorKind::Other) | None if failed_itself => ErrorKind::Server,
                Some(kind) => kind,
                None if status == Some(404) => ErrorKind::Unsupported,
                None => ErrorKind::Other,
            };
            let shown = meta.message().filter(|_| wording == Wording::Shown);
            let detail = match (&code, shown) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => code.clone(),
                (None, _) => "AWS gave no code, or its answer could not be read".into(),
            };
            return Self { operation, kind, code, detail };
        }
        let credentials = causes(&error).find_map(|e| e.downcast_ref::<CredentialsError>());
        let kind = match (&error, credentials) {
            (_, Some(_)) => ErrorKind::NoCredentials,
            (SdkError::TimeoutError(_), None) => ErrorKind::Timeout,
            (SdkError::DispatchFailure(failure), None) if failure.is_timeout() => {
                ErrorKind::Timeout
            }
            (SdkError::DispatchFailure(_), None) => ErrorKind::Unreachable,
            _ => ErrorKind::Other,
        };
        let detail = match (credentials, wording) {
            (Some(CredentialsError::CredentialsNotLoaded(_)), _) => {
                "no AWS credentials were found".into()
            }
            (Some(other), Wording::Shown) => {
                format!("AWS credentials could not be loaded: {}", root_cause(other))
            }
            (Some(_), Wording::Withheld) => "AWS credentials could not be loaded".into(),
            (None, _) if kind == ErrorKind::Timeout => "no answer in time".into(),
            (None, Wording::Shown) => root_cause(&error),
            (None, Wording::Withheld) => withheld(&error).into(),
        };
        Self { operation, kind, code: None, detail }
    }
}

/// What can be said of a failure without a word of what was sent or answered
fn withheld<E, R>(error: &SdkError<E, R>) -> &'static str {
    match error {
        SdkError::ConstructionFailure(_) => "the request could not be made",
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "there is no connection, or it broke",
        _ => "the answer could not be read",
    }
}

/// Whether the text looks like one of AWS's codes: letters and digits, with dots between
fn is_code(text: &str) -> bool {
    text.len() <= LONGEST_CODE && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&e| e.source())
}

/// The innermost error: for the network that is the one that says something
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(|| "unknown".into(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_http_400_are_told_apart() {
        for (code, kind) in [
            ("ThrottlingException", ErrorKind::Throttled),
            ("AccessDeniedException", ErrorKind::AccessDenied),
            ("ResourceNotFoundException", ErrorKind::NotFound),
            ("InvalidRequestException", ErrorKind::InvalidState),
            ("DecryptionFailure", ErrorKind::KeyUnusable),
            ("NoSuchEntity", ErrorKind::NotFound),
            ("SomethingNew", ErrorKind::Other),
        ] {
            assert_eq!(ErrorKind::of_code(code), kind, "{code}");
        }
    }
}
