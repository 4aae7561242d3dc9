//! What to do next, one sentence per error.
//!
//! A hint may look into the service's message, because AWS gives one code for several causes.
//! Nothing else does: not the variant, not retries.

use std::borrow::Cow;

use crate::TypedError;
use crate::fetch::FetchError;
use crate::mapping::MappingError;

/// Fragments of AWS's messages that tell one cause of a code from another.
const CAUSES: &[(&str, &str)] = &[
    (
        "Access to KMS is not allowed",
        "allow `kms:Decrypt` on the key of the secret for the function's role, in the role's \
         policy and in the key policy",
    ),
    (
        "explicit deny",
        "an explicit deny wins over every allow: look in the role's policies, the permissions \
         boundary, the secret's resource policy and the organisation's policies",
    ),
    (
        "no VPC endpoint policy",
        "the policy of the VPC endpoint does not allow `secretsmanager:GetSecretValue`",
    ),
    (
        "staging label",
        "the secret has no value yet: write its first one, for example with `provision set`",
    ),
    ("managed by", "another AWS service manages this secret"),
];

impl FetchError {
    /// What to do next.
    pub fn hint(&self) -> Cow<'static, str> {
        if let Some(cause) = self.message().and_then(known_cause) {
            return Cow::Borrowed(cause);
        }
        Cow::Borrowed(match self {
            Self::CredentialsMissing => {
                "Lambda sets `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` from the function's \
                 role; elsewhere set them yourself, for example by `eval \"$(aws configure \
                 export-credentials --format env)\"`"
            }
            Self::ContainerCredentials { .. } => {
                "only this machine and the agents of ECS and EKS are called at \
                 `AWS_CONTAINER_CREDENTIALS_FULL_URI`, with the token of \
                 `AWS_CONTAINER_AUTHORIZATION_TOKEN` or `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`"
            }
            Self::CredentialsRejected(_) => {
                "the credentials are expired, of another partition, or changed on their way; check \
                 which role the function runs as"
            }
            Self::RegionMissing => "set `AWS_REGION`, or name the region with `Loader::region`",
            Self::TrustStore { .. } => {
                "let the variable name a readable file of PEM certificates, or unset it"
            }
            Self::AccessDenied(_) => {
                "allow `secretsmanager:GetSecretValue` for the function's role on the secret's ARN \
                 with the suffix `-??????`"
            }
            Self::NotFound(_) => {
                "check name, environment and region, and that the secret has a value"
            }
            Self::ScheduledForDeletion(_) => {
                "while its recovery window lasts, `provision restore --env …` takes it and its key \
                 back; without `provision`, `aws secretsmanager restore-secret`, and for a key that \
                 waits too `aws kms cancel-key-deletion` and `aws kms enable-key`"
            }
            Self::KmsDenied(_) => {
                "check that the key is enabled and that role and key policy allow `kms:Decrypt` \
                 through Secrets Manager"
            }
            Self::Throttled(_) => {
                "spread the cold starts or raise the quota of GetSecretValue; the next start tries \
                 again"
            }
            Self::ServiceFailed(_) => "the service has a problem; the next start tries again",
            Self::Refused(_) => "see the code in the API reference of Secrets Manager",
            Self::Tls { .. } => {
                "behind a proxy that replaces certificates, name its authority with `AWS_CA_BUNDLE`"
            }
            Self::Unreadable { .. } => "check that the endpoint speaks the Secrets Manager API",
            Self::NoRoute { .. } | Self::TimedOut { .. } => {
                "check the region of the endpoint; a function in a VPC needs the interface endpoint \
                 `com.amazonaws.<region>.secretsmanager` with private DNS and a security group that \
                 admits port 443, or a NAT gateway"
            }
        })
    }

    fn message(&self) -> Option<&str> {
        match self {
            Self::AccessDenied(refusal)
            | Self::NotFound(refusal)
            | Self::ScheduledForDeletion(refusal)
            | Self::KmsDenied(refusal)
            | Self::Refused(refusal) => Some(&refusal.message),
            _ => None,
        }
    }
}

fn known_cause(message: &str) -> Option<&'static str> {
    CAUSES.iter().find(|(fragment, _)| message.contains(fragment)).map(|(_, hint)| *hint)
}

/// What to do about a secret that does not exist, as far as its id tells.
pub(crate) fn of_missing(id: &str, source: &FetchError) -> Option<&'static str> {
    let FetchError::NotFound(refusal) = source else { return None };
    if known_cause(&refusal.message).is_some() {
        return None;
    }
    let id = crate::SecretId::parse(id).ok()?;
    match (id.is_arn(), id.ends_like_a_suffix()) {
        (false, true) => Some(
            "the name ends in `-` and six characters, as the ARNs of secrets do: check that it is \
             the name and not the end of an ARN; a name that does end so is best read by its whole \
             ARN",
        ),
        (true, false) => Some(
            "the ARN lacks the suffix of `-` and six characters that Secrets Manager adds: check \
             account, region and name in it, or copy the whole ARN",
        ),
        _ => None,
    }
}

impl MappingError {
    /// What to do next.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::BadJson { .. } => "write the secret again as one JSON object with quoted keys",
            Self::TooDeep { .. } => {
                "store deep structures as a JSON array or as a secret of their own"
            }
            Self::Collision { .. } => "rename one of the two keys",
            Self::ReservedName { .. } => {
                "rename the key; read this value from the map of `Secrets` if it must keep its name"
            }
            Self::InvalidName { .. } => "rename the key: letters, digits, `_`, `-` and single dots",
            Self::NotText => "store it as text, or take the bytes of `Secret::value`",
            Self::InvalidValue { .. } => {
                "store such a value as a binary secret, or encode it in base64"
            }
        })
    }
}

impl TypedError {
    /// What to do next.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::MissingField { .. } => "write the key, or give the field a default",
            Self::UnknownField { .. } => "take the key out of the secret, or add it to the type",
            Self::DuplicateField { .. } => "write the secret again with each key once",
            Self::WrongType { .. } => "write a value of the field's type, or mend the type",
            Self::Unfit => {
                "write the secret as a JSON object; read one that is plain text with `get_value`"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Refusal;

    fn denied(message: &str) -> FetchError {
        FetchError::AccessDenied(Refusal {
            code: "AccessDeniedException".to_owned(),
            message: message.to_owned(),
            request_id: None,
        })
    }

    #[test]
    fn a_known_message_refines_the_hint_and_not_the_kind() {
        let kms = denied("Access to KMS is not allowed");
        assert_eq!(kms.kind(), "access_denied");
        assert!(kms.hint().contains("kms:Decrypt"));
        assert!(denied("no identity-based policy").hint().contains("GetSecretValue"));
    }

    #[test]
    fn a_missing_route_names_the_vpc_endpoint() {
        let error = FetchError::NoRoute { endpoint: "e".to_owned(), problem: "p".to_owned() };
        assert!(error.hint().contains("com.amazonaws.<region>.secretsmanager"));
    }
}
