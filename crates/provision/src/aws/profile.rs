//! The profile that somebody names, as the AWS CLI takes it: a flag wins over keys in the
//! environment, and a name that no file knows is refused before anything is sent.

use aws_config::Region;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Why a profile cannot be used
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// no file knows it
    #[error("the AWS configuration has no profile `{name}`")]
    Unknown {
        /// what was asked for
        name: String,
        /// what there is, sorted
        known: Vec<String>,
    },
    /// a file cannot be read
    #[error("the AWS configuration cannot be read")]
    Unreadable(#[source] aws_config::profile::ProfileFileLoadError),
}

/// Refuses a profile, of the flag or else of `AWS_PROFILE`, that the AWS configuration does not know
pub(super) async fn refuse_unknown(flag: Option<&str>) -> Result<(), ProfileError> {
    let variable = std::env::var("AWS_PROFILE").ok();
    let Some(name) = flag.or(variable.as_deref()).filter(|name| !name.is_empty()) else {
        return Ok(());
    };
    let shim = (&Default::default(), &Default::default(), &Default::default());
    let profiles = aws_config::profile::load(shim.0, shim.1, shim.2, None).await;
    known(name, &profiles.map_err(ProfileError::Unreadable)?)
}

fn known(name: &str, profiles: &ProfileSet) -> Result<(), ProfileError> {
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut known: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    known.sort();
    Err(ProfileError::Unknown { name: name.to_owned(), known })
}

/// Returns the credentials of a profile that a flag names; one that holds none leaves them to the
/// machine, and never to the environment's keys
pub(super) fn credentials(
    name: &str,
    region: &Region,
    http: &SharedHttpClient,
) -> CredentialsProviderChain {
    let config = ProviderConfig::without_region()
        .with_region(Some(region.clone()))
        .with_http_client(http.clone());
    let profile =
        ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
    let container = EcsCredentialsProvider::builder().configure(&config).build();
    let machine = ImdsCredentialsProvider::builder().configure(&config).build();
    CredentialsProviderChain::first_try("Profile", profile)
        .or_else("EcsContainer", container)
        .or_else("Ec2InstanceMetadata", machine)
}
