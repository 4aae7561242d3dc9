//! What the variables of the process say: place, region, endpoint, credentials, trust.
//!
//! They are read once, at the start of a call. An empty variable counts as unset.

use std::ffi::OsString;
use std::path::PathBuf;

#[cfg(feature = "dotenv")]
use secrecy::ExposeSecret;
use secrecy::SecretString;

use crate::Error;
use crate::required::{Required, parse_list};
use crate::value::seal;

const USE: &str = "USE_SECRETS_MANAGER";
const REGION: &str = "SECRETS_MANAGER_REGION";
/// Where ECS answers its tasks.
const ECS: &str = "169.254.170.2";

/// Where the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Lambda,
    Elsewhere,
}

/// Whether Lambda takes a snapshot of the process after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Snapshot {
    Taken,
    NotTaken,
}

/// Whether AWS's FIPS endpoints are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fips {
    Required,
    NotRequired,
}

/// Where the credentials come from.
#[derive(Debug, Clone)]
pub(crate) enum CredentialSource {
    Variables { id: SecretString, key: SecretString, token: Option<SecretString> },
    Container { uri: String, token: ContainerToken },
    Missing,
}

/// What the container credential endpoint wants to see.
#[derive(Debug, Clone)]
pub(crate) enum ContainerToken {
    Value(SecretString),
    File(PathBuf),
    None,
}

/// A file of certificates that a variable names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) variable: &'static str,
    pub(crate) path: PathBuf,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) place: Place,
    /// `LAMBDA_SECRETS_FORCE`: load outside Lambda too.
    pub(crate) forced: bool,
    /// `LAMBDA_SECRETS_REQUIRED`.
    pub(crate) required: Vec<Required>,
    /// `USE_SECRETS_MANAGER`; `None` where there is no opinion.
    pub(crate) use_secrets_manager: Option<bool>,
    /// `SECRETS_MANAGER_REGION`: the region of secrets, where it is not that of the function.
    pub(crate) secrets_region: Option<String>,
    /// Whether what is in memory goes into a snapshot.
    pub(crate) snapshot: Snapshot,
    pub(crate) region: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) fips: Fips,
    pub(crate) credentials: CredentialSource,
    pub(crate) bundle: Option<Bundle>,
}

impl Settings {
    /// The settings of this process.
    pub(crate) fn of_process() -> Result<Self, Error> {
        Self::read(&|name| std::env::var_os(name))
    }

    /// The settings of this process, and what `file` says of Secrets Manager where it is silent.
    #[cfg(feature = "dotenv")]
    pub(crate) fn with_file(file: &crate::provider::DotEnv) -> Result<Self, Error> {
        let mut settings = Self::of_process()?;
        // a file that has nothing to say here is not opened: in production there mostly is none
        let ask = |name, is_silent: bool| {
            if is_silent { file.variable(name) } else { Ok(None) }
        };
        let switch = ask(USE, settings.use_secrets_manager.is_none())?;
        let region = ask(REGION, settings.secrets_region.is_none())?;
        let of_file = Self::read(&|name| {
            let text = [(USE, &switch), (REGION, &region)].into_iter().find(|(it, _)| *it == name);
            text.and_then(|(_, text)| text.as_ref()).map(|text| text.expose_secret().into())
        })?;
        settings.use_secrets_manager = settings.use_secrets_manager.or(of_file.use_secrets_manager);
        settings.secrets_region = settings.secrets_region.or(of_file.secrets_region);
        Ok(settings)
    }

    /// The settings that `variable` gives.
    pub(crate) fn read(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let read = Reader(variable);
        let in_lambda = read.text("AWS_LAMBDA_FUNCTION_NAME")?.is_some()
            && read.text("AWS_LAMBDA_RUNTIME_API")?.is_some();
        let ignore_endpoints = read.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
        let endpoint = match ignore_endpoints {
            true => None,
            false => read.first_text(&["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"])?,
        };
        let required = read.text("LAMBDA_SECRETS_REQUIRED")?.unwrap_or_default();
        Ok(Self {
            place: if in_lambda { Place::Lambda } else { Place::Elsewhere },
            forced: read.switch("LAMBDA_SECRETS_FORCE")?,
            required: parse_list(&required)?,
            use_secrets_manager: read.opinion(USE)?,
            secrets_region: read.text(REGION)?,
            snapshot: match read.text("AWS_LAMBDA_INITIALIZATION_TYPE")?.as_deref() {
                Some("snap-start") => Snapshot::Taken,
                _ => Snapshot::NotTaken,
            },
            region: read.text("AWS_REGION")?,
            endpoint,
            fips: match read.switch("AWS_USE_FIPS_ENDPOINT")? {
                true => Fips::Required,
                false => Fips::NotRequired,
            },
            credentials: read.credentials()?,
            bundle: read.bundle(),
        })
    }
}

struct Reader<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Reader<'_> {
    fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        match (self.0)(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => {
                Err(Error::InvalidSetting { setting: name, problem: "is not UTF-8".to_owned() })
            }
        }
    }

    fn first_text(&self, names: &[&'static str]) -> Result<Option<String>, Error> {
        for name in names {
            if let Some(text) = self.text(name)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    fn secret(&self, name: &'static str) -> Result<Option<SecretString>, Error> {
        Ok(self.text(name)?.map(seal))
    }

    fn switch(&self, name: &'static str) -> Result<bool, Error> {
        Ok(self.opinion(name)?.unwrap_or_default())
    }

    fn opinion(&self, name: &'static str) -> Result<Option<bool>, Error> {
        let text = self.text(name)?.unwrap_or_default();
        match text.trim().to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "1" | "true" | "yes" | "on" => Ok(Some(true)),
            "0" | "false" | "no" | "off" => Ok(Some(false)),
            _ => Err(Error::InvalidSetting {
                setting: name,
                problem: "is neither `true` nor `false`".to_owned(),
            }),
        }
    }

    fn credentials(&self) -> Result<CredentialSource, Error> {
        let id = self.secret("AWS_ACCESS_KEY_ID")?;
        let key = self.secret("AWS_SECRET_ACCESS_KEY")?;
        if let (Some(id), Some(key)) = (id, key) {
            let token = self.secret("AWS_SESSION_TOKEN")?;
            return Ok(CredentialSource::Variables { id, key, token });
        }
        // the task's own address comes first, as in the SDKs
        let uri = match self.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")? {
            Some(path) => format!("http://{ECS}/{}", path.trim_start_matches('/')),
            None => match self.text("AWS_CONTAINER_CREDENTIALS_FULL_URI")? {
                Some(uri) => uri,
                None => return Ok(CredentialSource::Missing),
            },
        };
        // the file wins, as in the SDKs: it is the one that is renewed
        let token = match self.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")? {
            Some(path) => ContainerToken::File(path.into()),
            None => match self.secret("AWS_CONTAINER_AUTHORIZATION_TOKEN")? {
                Some(token) => ContainerToken::Value(token),
                None => ContainerToken::None,
            },
        };
        Ok(CredentialSource::Container { uri, token })
    }

    fn bundle(&self) -> Option<Bundle> {
        ["AWS_CA_BUNDLE", "SSL_CERT_FILE"].into_iter().find_map(|variable| {
            let path = (self.0)(variable).filter(|value| !value.is_empty())?;
            Some(Bundle { variable, path: path.into() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, Error> {
        Settings::read(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn lambda_is_where_both_its_variables_are() {
        let name = ("AWS_LAMBDA_FUNCTION_NAME", "f");
        let api = ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1");
        assert_eq!(settings(&[name, api]).unwrap().place, Place::Lambda);
        for elsewhere in [&[][..], &[name], &[api], &[name, ("AWS_LAMBDA_RUNTIME_API", "")]] {
            assert_eq!(settings(elsewhere).unwrap().place, Place::Elsewhere);
        }
    }

    #[test]
    fn a_switch_is_true_or_false_or_an_error() {
        let forced = |text| settings(&[("LAMBDA_SECRETS_FORCE", text)]).map(|s| s.forced);
        assert!(forced("1").unwrap() && forced("TRUE").unwrap());
        assert!(!forced("").unwrap() && !forced("off").unwrap());
        assert_eq!(forced("maybe").unwrap_err().kind(), "invalid_setting");
    }

    #[test]
    fn the_services_own_endpoint_wins() {
        let common = ("AWS_ENDPOINT_URL", "http://a");
        let own = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://b");
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assert_eq!(settings(&[common, own]).unwrap().endpoint.as_deref(), Some("http://b"));
        assert_eq!(settings(&[common]).unwrap().endpoint.as_deref(), Some("http://a"));
        assert_eq!(settings(&[common, own, ignore]).unwrap().endpoint, None);
    }

    #[test]
    fn half_a_pair_of_credentials_is_none() {
        let half = settings(&[("AWS_ACCESS_KEY_ID", "AKID")]).unwrap();
        assert!(matches!(half.credentials, CredentialSource::Missing));
    }

    #[test]
    fn a_task_asks_the_address_of_ecs() {
        let relative = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1b2c");
        let full = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/c");
        let uri = |variables: &[(&str, &str)]| match settings(variables).unwrap().credentials {
            CredentialSource::Container { uri, .. } => uri,
            other => panic!("{other:?}"),
        };
        assert_eq!(uri(&[relative, full]), "http://169.254.170.2/v2/credentials/1b2c");
        assert_eq!(uri(&[full]), "http://127.0.0.1:1/c");
        // what is no path stays behind the host
        let odd = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@example.com/c");
        assert_eq!(uri(&[odd]), "http://169.254.170.2/@example.com/c");
    }

    #[test]
    fn debug_shows_no_credential() {
        let shown = format!(
            "{:?}",
            settings(&[
                ("AWS_ACCESS_KEY_ID", "canary-id"),
                ("AWS_SECRET_ACCESS_KEY", "canary-key"),
                ("AWS_SESSION_TOKEN", "canary-token"),
            ])
            .unwrap()
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}
