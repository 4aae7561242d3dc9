//! Keys that must be there after loading.
//!
//! In `LAMBDA_SECRETS_REQUIRED` they stand as `KEY` or `secret:KEY`, with commas between.

use crate::Error;
use crate::mapping::VariableName;

/// One required key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Required {
    /// The short name or the id of the secret that should hold it, for the error.
    pub(crate) secret: Option<String>,
    /// The key as it stands in the secret.
    pub(crate) key: String,
    /// The variable that it gives.
    pub(crate) variable: VariableName,
}

impl Required {
    pub(crate) fn new(secret: Option<&str>, key: &str) -> Result<Self, Error> {
        let variable = VariableName::of_key(key).map_err(|error| Error::InvalidSetting {
            setting: "required",
            problem: error.to_string(),
        })?;
        Ok(Self { secret: secret.map(str::to_owned), key: key.to_owned(), variable })
    }

    /// Whether the secret with this id is the one that should hold the key.
    pub(crate) fn is_of(&self, id: &str) -> bool {
        self.secret.as_ref().is_none_or(|name| {
            id == name || id.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('/'))
        })
    }
}

/// The keys that the text lists.
pub(crate) fn parse_list(text: &str) -> Result<Vec<Required>, Error> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| match item.rsplit_once(':') {
            Some((secret, key)) => Required::new(Some(secret.trim()), key.trim()),
            None => Required::new(None, item),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_keys_and_perhaps_their_secret() {
        let list = parse_list("GITHUB_TOKEN, api-keys:openai.key,").unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!((&list[0].secret, list[0].variable.as_str()), (&None, "GITHUB_TOKEN"));
        assert_eq!(list[1].secret.as_deref(), Some("api-keys"));
        assert_eq!(list[1].variable.as_str(), "OPENAI__KEY");
        assert!(list[1].is_of("miyabi/prod/api-keys") && !list[1].is_of("miyabi/prod/my-api-keys"));
    }

    #[test]
    fn a_key_that_gives_no_variable_is_refused() {
        for bad in ["a b", "PATH", "api-keys:", "1"] {
            assert_eq!(parse_list(bad).unwrap_err().kind(), "invalid_setting", "{bad}");
        }
    }
}
