//! The calls to Secrets Manager. A value is in no error: AWS's words about one are left out.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use zeroize::Zeroizing;

use crate::keys::Keys;

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
const PREVIOUS: &str = "AWSPREVIOUS";

/// A call that failed
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed: {code}")]
pub struct StoreError {
    operation: &'static str,
    code: String,
}

impl StoreError {
    fn of<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Self {
        let code = match error {
            SdkError::ServiceError(error) => error.err().code().unwrap_or("no code"),
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(_) => "there is no connection, or it broke",
            _ => "the answer could not be read",
        };
        Self { operation, code: code.to_owned() }
    }
}

/// Where the versions of a secret are
pub(crate) struct Metadata {
    pub(crate) is_rotated: bool,
    pub(crate) current: Option<String>,
    pub(crate) pending: Option<String>,
    pub(crate) previous: Option<String>,
}

/// One secret
pub(crate) struct Store<'a> {
    pub(crate) client: &'a Client,
    pub(crate) id: &'a str,
}

impl Store<'_> {
    pub(crate) async fn metadata(&self) -> Result<Metadata, StoreError> {
        let secret = self
            .client
            .describe_secret()
            .secret_id(self.id)
            .send()
            .await
            .map_err(|error| StoreError::of("DescribeSecret", &error))?;
        let labelled = |label: &str| {
            let mut all = secret.version_ids_to_stages().into_iter().flatten();
            all.find(|(_, labels)| labels.iter().any(|l| l == label)).map(|(id, _)| id.clone())
        };
        Ok(Metadata {
            is_rotated: secret.rotation_enabled() == Some(true),
            current: labelled(CURRENT),
            pending: labelled(PENDING),
            previous: labelled(PREVIOUS),
        })
    }

    /// Returns the value of a version, none where it has none
    pub(crate) async fn version(&self, version: &str) -> Result<Option<Keys>, StoreError> {
        let read =
            self.client.get_secret_value().secret_id(self.id).version_id(version).send().await;
        match read {
            Ok(answer) => Ok(answer.secret_string.map(|text| Keys(Zeroizing::new(text)))),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) =>
            {
                Ok(None)
            }
            Err(error) => Err(StoreError::of("GetSecretValue", &error)),
        }
    }

    /// Puts a value under the token, which becomes its version, and under `AWSPENDING`
    pub(crate) async fn stage(&self, token: &str, keys: &Keys) -> Result<(), StoreError> {
        self.client
            .put_secret_value()
            .secret_id(self.id)
            .client_request_token(token)
            .secret_string(keys.0.as_str())
            .version_stages(PENDING)
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of("PutSecretValue", &error))
    }

    /// Takes `AWSPENDING` off the version
    pub(crate) async fn unstage(&self, version: &str) -> Result<(), StoreError> {
        self.client
            .update_secret_version_stage()
            .secret_id(self.id)
            .version_stage(PENDING)
            .remove_from_version_id(version)
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of("UpdateSecretVersionStage", &error))
    }

    /// Moves `AWSCURRENT` to the version, from the one that was read and from no other
    pub(crate) async fn make_current(
        &self,
        version: &str,
        from: Option<&str>,
    ) -> Result<(), StoreError> {
        self.client
            .update_secret_version_stage()
            .secret_id(self.id)
            .version_stage(CURRENT)
            .move_to_version_id(version)
            .set_remove_from_version_id(from.map(str::to_owned))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of("UpdateSecretVersionStage", &error))
    }
}
