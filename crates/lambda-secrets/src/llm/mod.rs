//! The credentials of LLM providers, by the provider's name.
//!
//! | provider | secret named by | key | variable |
//! |---|---|---|---|
//! | openai | `OPENAI_SECRET_NAME` | `api_key` | `OPENAI_API_KEY` |
//! | anthropic | `ANTHROPIC_SECRET_NAME` | `api_key` | `ANTHROPIC_API_KEY` |
//! | cohere | `COHERE_SECRET_NAME` | `api_key` | `COHERE_API_KEY` |
//! | bedrock | `AWS_BEDROCK_SECRET_NAME` | `access_key_id`, `secret_access_key` | none, unless asked for |
//! | local | none | | |

mod load;
mod pool;

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

pub use load::{Bedrock, ProviderLoaded, ProviderLoader, load_provider};
pub use pool::{KeyPool, PooledKey};

use crate::{Error, Secrets, Source};

/// The variable that names the provider.
const LLM_PROVIDER: &str = "LLM_PROVIDER";

/// A provider of language models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LlmProvider {
    /// OpenAI.
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// Cohere.
    Cohere,
    /// Amazon Bedrock with keys of its own, as from another account.
    Bedrock,
    /// A model on this machine, without credentials.
    Local,
}

impl LlmProvider {
    /// The provider that `LLM_PROVIDER` names.
    pub fn from_env() -> Result<Self, Error> {
        match std::env::var(LLM_PROVIDER) {
            Ok(name) if !name.trim().is_empty() => name.parse(),
            _ => Err(Error::InvalidSetting {
                setting: LLM_PROVIDER,
                problem: format!("is not set; it names one of {}", NAMES.join(", ")),
            }),
        }
    }

    /// The variable that names the secret.
    pub fn secret_variable(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("OPENAI_SECRET_NAME"),
            Self::Anthropic => Some("ANTHROPIC_SECRET_NAME"),
            Self::Cohere => Some("COHERE_SECRET_NAME"),
            Self::Bedrock => Some("AWS_BEDROCK_SECRET_NAME"),
            Self::Local => None,
        }
    }

    /// The variable that the provider's own client reads its key from.
    pub fn key_variable(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("OPENAI_API_KEY"),
            Self::Anthropic => Some("ANTHROPIC_API_KEY"),
            Self::Cohere => Some("COHERE_API_KEY"),
            Self::Bedrock | Self::Local => None,
        }
    }
}

const NAMES: [&str; 5] = ["openai", "anthropic", "cohere", "bedrock", "local"];

impl FromStr for LlmProvider {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name.trim().to_ascii_lowercase().as_str() {
            "openai" => Ok(Self::OpenAi),
            "anthropic" => Ok(Self::Anthropic),
            "cohere" => Ok(Self::Cohere),
            "bedrock" | "aws_bedrock" => Ok(Self::Bedrock),
            "local" => Ok(Self::Local),
            _ => Err(Error::InvalidSetting {
                setting: LLM_PROVIDER,
                problem: format!("names no provider; there are {}", NAMES.join(", ")),
            }),
        }
    }
}

impl fmt::Display for LlmProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Cohere => "cohere",
            Self::Bedrock => "bedrock",
            Self::Local => "local",
        })
    }
}

/// What a provider's client needs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LlmCredentials {
    /// One key.
    ApiKey {
        /// The key.
        key: SecretString,
        /// Where it comes from.
        source: Source,
    },
    /// Keys of an AWS account. They are never put in the place of the function's own.
    Bedrock(Bedrock),
    /// Nothing.
    None,
}

impl Secrets {
    /// The credentials of `provider`, from the secret that its variable names; where that cannot be
    /// read, of the provider's own variable. Touches no variable.
    ///
    /// For Bedrock without a secret of its own that is nothing: the function's role serves.
    pub async fn llm_credentials(&self, provider: LlmProvider) -> Result<LlmCredentials, Error> {
        let failure = match self.named_credentials(provider).await {
            Ok(credentials) => return Ok(credentials),
            Err(error) => error,
        };
        match provider.key_variable().and_then(load::text) {
            Some(key) => {
                // without a secret that is named there is nothing to fall back from
                if provider.secret_variable().and_then(load::text).is_some() {
                    let instead = "taking the provider's own variable";
                    crate::report::fallen_back(self.inner.fallback_level, &failure, instead);
                }
                let key = crate::value::seal(key);
                Ok(LlmCredentials::ApiKey { key, source: Source::Environment })
            }
            None => Err(failure),
        }
    }

    /// The credentials in the secret that the provider's variable names.
    async fn named_credentials(&self, provider: LlmProvider) -> Result<LlmCredentials, Error> {
        self.credentials_in(provider, provider.secret_variable().and_then(load::text)).await
    }

    /// The credentials in the secret of this name, where one is named.
    async fn credentials_in(
        &self,
        provider: LlmProvider,
        name: Option<String>,
    ) -> Result<LlmCredentials, Error> {
        let Some(variable) = provider.secret_variable() else {
            return Ok(LlmCredentials::None);
        };
        match (name, provider) {
            (None, LlmProvider::Bedrock) => Ok(LlmCredentials::None),
            (None, _) => Err(load::unnamed(variable)),
            (Some(name), LlmProvider::Bedrock) => {
                Ok(LlmCredentials::Bedrock(Bedrock::of(self, &name).await?))
            }
            (Some(name), _) => {
                let (key, source) = self.api_key(&name).await?;
                Ok(LlmCredentials::ApiKey { key, source })
            }
        }
    }

    /// The key `api_key` of the secret, or the one value that it holds.
    async fn api_key(&self, name: &str) -> Result<(SecretString, Source), Error> {
        let missing = match self.inner.find_key(name, "api_key").await {
            Err(error @ Error::KeyMissing { .. }) => error,
            found => return found,
        };
        let secret = self.get_secret(name).await?;
        match secret.single() {
            Ok(key) => Ok((key, secret.source())),
            Err(_) => Err(missing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gives_its_provider_and_no_other_does() {
        for name in NAMES {
            assert_eq!(name.parse::<LlmProvider>().unwrap().to_string(), name);
        }
        assert_eq!(" OpenAI ".parse::<LlmProvider>().unwrap(), LlmProvider::OpenAi);
        let error = "gpt".parse::<LlmProvider>().unwrap_err();
        assert!(error.to_string().contains("openai, anthropic, cohere, bedrock, local"), "{error}");
    }
}
