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
            "description" => holds_words(description, value),
            "tag-key" => secret.tags.keys().any(|key| key.starts_with(value)),
            "tag-value" => secret.tags.values().any(|text| text.starts_with(value)),
            "primary-region" => {
                secret.primary_region.as_deref().is_some_and(|region| region.starts_with(value))
            }
            // no secret here belongs to another service
            "owning-service" => false,
            // `all`
            _ => {
                let tags = secret.tags.iter().flat_map(|(key, text)| [key.as_str(), text.as_str()]);
                let mut attributes = [secret.name.as_str(), description].into_iter().chain(tags);
                attributes.any(|attribute| holds_words(attribute, value))
            }
        }
    }
}

/// True where every word of the value begins a word of the text, without regard to case.
///
/// AWS documents this for `all` alone and does the same for `description`.
fn holds_words(text: &str, value: &str) -> bool {
    let (text, value) = (words(text), words(value));
    !value.is_empty() && value.iter().all(|want| text.iter().any(|have| have.starts_with(want)))
}

/// Returns the words of a text in lower case. They end at white space, before a capital, and at
/// the special characters of names, unless these are of two kinds: then the text is one word.
fn words(text: &str) -> Vec<String> {
    let special: std::collections::BTreeSet<char> =
        text.chars().filter(|c| "/-_+=.@".contains(*c)).collect();
    if special.len() > 1 {
        return vec![text.to_lowercase()];
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        if c.is_whitespace() || special.contains(&c) {
            words.push(String::new());
            continue;
        }
        if c.is_uppercase() {
            words.push(String::new());
        }
        // the list is never empty: it begins with one word
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{holds_words, words};

    #[test]
    fn words_end_at_special_characters_of_one_kind() {
        assert_eq!(words("app/db/mainUser"), ["app", "db", "main", "user"]);
        assert_eq!(words("app/api-keys"), ["app/api-keys"]);
        assert_eq!(words("API keys"), ["a", "p", "i", "keys"]);
    }

    #[test]
    fn every_word_of_the_value_must_begin_one_of_the_text() {
        assert!(holds_words("keys of the payment service", "pay serv"));
        assert!(!holds_words("keys of the payment service", "pay nothing"));
        assert!(!holds_words("anything", "/"));
    }
}
