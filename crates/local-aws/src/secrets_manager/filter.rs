//! The filters of ListSecrets and BatchGetSecretValue.
//!
//! Filters are joined by AND, the values of one by OR; a value that begins with `!` turns round.

use serde::Deserialize;

use super::failure::Failure;
use super::secret::Secret;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

/// Refuses filters that AWS does not know.
pub(super) fn check(filters: &[Filter]) -> Result<(), Failure> {
    const KEYS: &[&str] =
        &["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];
    if filters.len() > 10 {
        return Err(Failure::Validation("filters has at most 10 members".to_owned()));
    }
    for Filter { key, values } in filters {
        if !KEYS.contains(&key.as_str()) {
            let message = format!("Value '{key}' at 'filters.key' must be one of {KEYS:?}");
            return Err(Failure::Validation(message));
        }
        if values.is_empty() {
            return Err(Failure::InvalidParameter(format!("Invalid filter values for key: {key}")));
        }
        if values.len() > 10 || values.iter().any(|value| value.len() > 512) {
            let message = "filters.values has at most 10 members of at most 512 characters";
            return Err(Failure::Validation(message.to_owned()));
        }
    }
    Ok(())
}

/// True where every filter lets the secret through.
pub(super) fn lets_through(filters: &[Filter], secret: &Secret) -> bool {
    filters.iter().all(|filter| filter.lets_through(secret))
}

impl Filter {
    fn lets_through(&self, secret: &Secret) -> bool {
        self.values.iter().any(|value| match value.strip_prefix('!') {
            Some(unwanted) => !self.matches(secret, unwanted),
            None => self.matches(secret, value),
        })
    }

    fn matches(&self, secret: &Secret, value: &str) -> bool {
        let description = secret.description.as_deref().unwrap_or_default();
        match self.key.as_str() {
            "name" => secret.name.starts_with(value),
            "description" => starts_without_case(description, value),
            "tag-key" => secret.tags.keys().any(|key| key.starts_with(value)),
            "tag-value" => secret.tags.values().any(|text| text.starts_with(value)),
            "primary-region" => {
                secret.primary_region.as_deref().is_some_and(|region| region.starts_with(value))
            }
            // no secret here belongs to another service
            "owning-service" => false,
            _ => value.split_whitespace().all(|word| anywhere(secret, description, word)),
        }
    }
}

/// `all` breaks the value into words and looks for each in every attribute, without case.
fn anywhere(secret: &Secret, description: &str, word: &str) -> bool {
    let tags = secret.tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    let region = secret.primary_region.as_deref();
    [secret.name.as_str(), description].into_iter().chain(tags).chain(region).any(|attribute| {
        starts_without_case(attribute, word)
            || attribute
                .split(|c: char| !c.is_alphanumeric())
                .any(|part| starts_without_case(part, word))
    })
}

fn starts_without_case(text: &str, start: &str) -> bool {
    text.to_lowercase().starts_with(&start.to_lowercase())
}
