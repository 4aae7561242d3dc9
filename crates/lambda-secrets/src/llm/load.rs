//! One provider's credentials in their place, at the start of the process.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::{LlmCredentials, LlmProvider};
use crate::environment;
use crate::loader::OnSnapshot;
use crate::mapping::VariableName;
use crate::settings::Settings;
use crate::{Error, MappingError, Secrets, SecretsBuilder, Source, report, runtime};

/// The region of secrets where nothing names one.
const FALLBACK_REGION: &str = "us-east-1";

/// Puts the credentials of one LLM provider in place: of `provider`, or of the one that
/// `LLM_PROVIDER` names.
///
/// The key comes from the secret that the provider's variable names, such as `OPENAI_SECRET_NAME`.
/// Where that cannot be read, a key that is in the environment stays, and then the one of the
/// `.env` file is taken. With the feature `dotenv` that file may also hold the settings: the
/// provider, the name of its secret, `USE_SECRETS_MANAGER` and `SECRETS_MANAGER_REGION`; a variable
/// of the process comes first. Call it where [`load_secrets_to_env`](crate::load_secrets_to_env) may
/// be called.
pub fn load_provider(provider: Option<&str>) -> Result<ProviderLoaded, Error> {
    let mut loader = ProviderLoader::new();
    if let Some(provider) = provider {
        loader = loader.provider(provider.parse()?);
    }
    loader.load()
}

/// [`load_provider`] with choices.
#[derive(Debug, Clone, Default)]
pub struct ProviderLoader {
    provider: Option<LlmProvider>,
    secrets: SecretsBuilder,
    env_file: Option<PathBuf>,
    bedrock: BedrockPlace,
    snapshot: OnSnapshot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BedrockPlace {
    #[default]
    Returned,
    Environment,
}

/// What was put in place: names, and Bedrock's credentials.
#[derive(Debug)]
pub struct ProviderLoaded {
    provider: LlmProvider,
    source: Option<Source>,
    written: Vec<String>,
    bedrock: Option<Bedrock>,
}

impl ProviderLoaded {
    /// The provider.
    pub fn provider(&self) -> LlmProvider {
        self.provider
    }

    /// Where its credentials come from; `None` where it needs none.
    pub fn source(&self) -> Option<Source> {
        self.source
    }

    /// The variables that were set.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// The credentials of Bedrock; `None` for other providers, and where no secret is named and the
    /// function's own role serves.
    pub fn bedrock(&self) -> Option<&Bedrock> {
        self.bedrock.as_ref()
    }
}

/// Credentials for Amazon Bedrock that are not those of the function.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Bedrock {
    /// The id of the access key.
    pub access_key_id: SecretString,
    /// The key.
    pub secret_access_key: SecretString,
    /// Where they come from.
    pub source: Source,
}

impl Bedrock {
    pub(super) async fn of(secrets: &Secrets, name: &str) -> Result<Self, Error> {
        let (access_key_id, source) = secrets.inner.find_key(name, "access_key_id").await?;
        let secret_access_key = secrets.get_secret_value(name, "secret_access_key").await?;
        Ok(Self { access_key_id, secret_access_key, source })
    }
}

impl ProviderLoader {
    /// A loader of the provider that `LLM_PROVIDER` names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads this provider, whatever `LLM_PROVIDER` says.
    pub fn provider(mut self, provider: LlmProvider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// How secrets are found.
    pub fn secrets(mut self, secrets: SecretsBuilder) -> Self {
        self.secrets = secrets;
        self
    }

    /// The last place to look for the provider's own variable and for settings, `.env` by default;
    /// needs the feature `dotenv`.
    pub fn env_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.env_file = Some(path.into());
        self
    }

    /// Puts Bedrock's credentials in the place of the function's own: `AWS_ACCESS_KEY_ID` and
    /// `AWS_SECRET_ACCESS_KEY` are set and `AWS_SESSION_TOKEN` is removed. After that every call of
    /// the function to AWS is made with them.
    pub fn bedrock_into_environment(mut self) -> Self {
        self.bedrock = BedrockPlace::Environment;
        self
    }

    /// Puts a key in place under SnapStart too, although every sandbox that is restored from the
    /// snapshot then has the key of the day on which it was taken.
    pub fn allow_snapshot(mut self) -> Self {
        self.snapshot = OnSnapshot::Load;
        self
    }

    /// Puts the credentials in place.
    pub fn load(self) -> Result<ProviderLoaded, Error> {
        let provider = match self.provider {
            Some(provider) => provider,
            None => match self.setting(super::LLM_PROVIDER)? {
                Some(name) => name.parse()?,
                None => LlmProvider::from_env()?,
            },
        };
        let mut loaded =
            ProviderLoaded { provider, source: None, written: Vec::new(), bedrock: None };
        let Some(names_secret) = provider.secret_variable() else { return Ok(loaded) };
        let snapshot = Settings::of_process()?.snapshot;
        let secret = self.setting(names_secret)?;
        let is_named = secret.is_some();
        let failure = match secret {
            None => unnamed(names_secret),
            Some(secret) => {
                if provider.key_variable().is_some() || self.bedrock == BedrockPlace::Environment {
                    self.snapshot.allow(snapshot)?;
                }
                match self.read(provider, secret)? {
                    Ok(credentials) => {
                        self.place(&mut loaded, credentials)?;
                        report::provider_loaded(&loaded);
                        return Ok(loaded);
                    }
                    Err(error) => error,
                }
            }
        };
        let Some(variable) = provider.key_variable() else {
            // without a secret of its own Bedrock is called as the function's role
            return if is_named { Err(failure) } else { Ok(loaded) };
        };
        if text(variable).is_some() {
            loaded.source = Some(Source::Environment);
        } else if let Some(key) = self.of_file(variable)? {
            self.snapshot.allow(snapshot)?;
            write(&mut loaded, variable, &key)?;
            loaded.source = Some(Source::DotEnv);
        } else {
            return Err(failure);
        }
        if is_named {
            let instead = "taking the provider's own variable";
            report::fallen_back(self.secrets.level(), &failure, instead);
        }
        report::provider_loaded(&loaded);
        Ok(loaded)
    }

    /// The credentials, or why there are none; an error of its own where nothing could be written.
    fn read(
        &self,
        provider: LlmProvider,
        secret: String,
    ) -> Result<Result<LlmCredentials, Error>, Error> {
        let builder = self.secrets.clone().fallback_region(FALLBACK_REGION);
        #[cfg(feature = "dotenv")]
        let builder = builder.settings_file(self.path());
        let total = builder.deadline();
        runtime::run(
            total,
            async move { builder.build()?.credentials_in(provider, Some(secret)).await },
        )
    }

    /// The setting, of the variable or of the file.
    fn setting(&self, variable: &str) -> Result<Option<String>, Error> {
        match text(variable) {
            Some(text) => Ok(Some(text)),
            None => Ok(self.of_file(variable)?.map(|text| text.expose_secret().to_owned())),
        }
    }

    fn place(&self, loaded: &mut ProviderLoaded, credentials: LlmCredentials) -> Result<(), Error> {
        match credentials {
            LlmCredentials::None => {}
            LlmCredentials::ApiKey { key, source } => {
                loaded.source = Some(source);
                if let Some(variable) = loaded.provider.key_variable() {
                    write(loaded, variable, &key)?;
                }
            }
            LlmCredentials::Bedrock(keys) => {
                loaded.source = Some(keys.source);
                if self.bedrock == BedrockPlace::Environment {
                    checked(&keys.access_key_id, "access_key_id")?;
                    checked(&keys.secret_access_key, "secret_access_key")?;
                    let (id, key) = (&keys.access_key_id, &keys.secret_access_key);
                    loaded.written = environment::set_credentials(&runtime::alone()?, id, key);
                }
                loaded.bedrock = Some(keys);
            }
        }
        Ok(())
    }

    #[cfg(feature = "dotenv")]
    fn of_file(&self, variable: &str) -> Result<Option<SecretString>, Error> {
        crate::provider::DotEnv::new(self.path(), None).variable(variable)
    }

    #[cfg(feature = "dotenv")]
    fn path(&self) -> PathBuf {
        self.env_file.clone().unwrap_or_else(|| PathBuf::from(".env"))
    }

    #[cfg(not(feature = "dotenv"))]
    fn of_file(&self, _variable: &str) -> Result<Option<SecretString>, Error> {
        match &self.env_file {
            None => Ok(None),
            Some(_) => Err(Error::InvalidSetting {
                setting: "env_file",
                problem: "needs the feature `dotenv`".to_owned(),
            }),
        }
    }
}

fn write(loaded: &mut ProviderLoaded, variable: &str, key: &SecretString) -> Result<(), Error> {
    checked(key, variable)?;
    let wrong = |source| Error::Mapping { secret: variable.to_owned(), source };
    let name = VariableName::exactly(variable).map_err(wrong)?;
    environment::set(&runtime::alone()?, &name, key);
    loaded.written.push(variable.to_owned());
    Ok(())
}

fn checked(value: &SecretString, key: &str) -> Result<(), Error> {
    match value.expose_secret().contains('\0') {
        false => Ok(()),
        true => Err(Error::Mapping {
            secret: key.to_owned(),
            source: MappingError::InvalidValue { key: key.to_owned() },
        }),
    }
}

/// The variable, where it is set and not empty.
pub(super) fn text(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|text| !text.is_empty())
}

pub(super) fn unnamed(variable: &'static str) -> Error {
    Error::InvalidSetting {
        setting: variable,
        problem: "is not set; it names the secret of the provider".to_owned(),
    }
}
