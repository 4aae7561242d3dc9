//! What Secrets Manager refuses, by the error codes of AWS. All of them are HTTP 400.

/// Why an operation was refused. The text names secrets and versions, never a value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    InvalidParameter(String),
    #[error("{0}")]
    InvalidRequest(String),
    /// A field breaks a limit that the service's model declares.
    #[error("1 validation error detected: {0}")]
    Validation(String),
    #[error("{0}")]
    Limit(String),
    #[error("Secrets Manager can't find the specified secret.")]
    SecretNotFound,
    #[error("Secrets Manager can't find the specified secret value for {0}")]
    VersionNotFound(String),
    #[error("{0}")]
    Exists(String),
    #[error("{0}")]
    MalformedPolicy(String),
    #[error("Public policies are blocked: the policy grants broad access to the secret.")]
    PublicPolicy,
    #[error("Invalid NextToken")]
    NextToken,
    #[error(
        "Secrets Manager can't encrypt the protected secret text using the provided KMS key: {0}"
    )]
    Encryption(String),
    #[error(
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key: {0}"
    )]
    Decryption(String),
    #[error("the body is not what this operation takes")]
    Serialization,
    #[error("{0} is not an operation of Secrets Manager that is simulated")]
    UnknownOperation(String),
}

impl Failure {
    pub(super) fn marked_for_deletion() -> Self {
        Self::InvalidRequest(
            "You can't perform this operation on the secret because it was marked for deletion."
                .to_owned(),
        )
    }

    pub(super) fn replica() -> Self {
        Self::InvalidParameter(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region."
                .to_owned(),
        )
    }

    /// Returns the error code of AWS.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::InvalidParameter(_) => "InvalidParameterException",
            Self::InvalidRequest(_) => "InvalidRequestException",
            Self::Validation(_) => "ValidationException",
            Self::Limit(_) => "LimitExceededException",
            Self::SecretNotFound | Self::VersionNotFound(_) => "ResourceNotFoundException",
            Self::Exists(_) => "ResourceExistsException",
            Self::MalformedPolicy(_) => "MalformedPolicyDocumentException",
            Self::PublicPolicy => "PublicPolicyException",
            Self::NextToken => "InvalidNextTokenException",
            Self::Encryption(_) => "EncryptionFailure",
            Self::Decryption(_) => "DecryptionFailure",
            Self::Serialization => "SerializationException",
            Self::UnknownOperation(_) => "UnknownOperationException",
        }
    }
}
