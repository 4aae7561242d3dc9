//! JSON objects as lists of keys and raw text.
//!
//! A map would lose what matters here: a key that stands there twice, and the digits of a number
//! as they were written.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Whether the text must be read as a JSON object.
pub(crate) fn looks_like_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

/// The entries of a JSON object in the order in which they stand.
///
/// The values borrow from `text`, so that nothing secret is copied.
pub(crate) fn entries(text: &str) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    Ok(serde_json::from_str::<Entries<'_>>(text)?.0)
}

/// The text that a JSON string stands for.
pub(crate) fn string(text: &str) -> Result<String, serde_json::Error> {
    serde_json::from_str(text)
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
