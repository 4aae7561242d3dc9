//! One member of a JSON secret is set in its text, or taken out of it; every other byte of the text
//! stays as it is.
//!
//! Numbers, order and white space are never read and written again: a value that somebody else put
//! there must come back as it was.

use std::ops::Range;

use provision_core::members::Members;
use secrecy::SecretString;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The most that one byte becomes in a JSON string: `\u0000`
const LONGEST_ESCAPE: usize = 6;
/// The most letters of a key that a message shows
const SHOWN: usize = 64;

/// Why no member can be set or taken out; names keys, never values
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ObjectError {
    /// no JSON, or JSON of another type
    #[error("the current value is not a JSON object")]
    NotAnObject,
    /// which of the two is meant, nobody can say
    #[error("the current value has the key `{0}` twice")]
    RepeatedKey(String),
}

/// What a member is set to
#[derive(Clone, Copy)]
pub(crate) enum Member<'a> {
    /// a text
    Text(&'a str),
    /// JSON of any type, put in as it is
    Json(&'a str),
}

/// What became of an object
#[derive(Debug)]
pub(crate) enum Edited {
    /// the member has that value already
    Same,
    /// it had another value
    Changed(SecretString),
    /// it was not there
    Added(SecretString),
}

/// Returns the members of an object
///
/// # Errors
/// What is no object, and an object with one key twice.
pub(crate) fn members(text: &str) -> Result<Vec<(String, &RawValue)>, ObjectError> {
    // serde_json's own words may quote the text
    let Members(members) = serde_json::from_str(text).map_err(|_| ObjectError::NotAnObject)?;
    match repeated(&members) {
        Some(repeated) => Err(ObjectError::RepeatedKey(repeated)),
        None => Ok(members),
    }
}

/// Returns what the object `text` is with `value` as its member `key`
pub(crate) fn with_member(text: &str, key: &str, value: Member<'_>) -> Result<Edited, ObjectError> {
    let members = members(text)?;
    let new = match value {
        Member::Text(value) => quoted(value),
        Member::Json(value) => Zeroizing::new(value.to_owned()),
    };
    if let Some((_, old)) = members.iter().find(|(name, _)| name == key) {
        if is_same(old, value) {
            return Ok(Edited::Same);
        }
        return Ok(Edited::Changed(spliced(text, place(text, old), &[&new])));
    }
    let (at, separator) = match members.last() {
        Some((_, last)) => (place(text, last).end, ","),
        // an object without members: behind its brace
        None => (text.find('{').map_or(0, |brace| brace + 1), ""),
    };
    Ok(Edited::Added(spliced(text, at..at, &[separator, &quoted(key), ":", &new])))
}

/// Returns what the object `text` is without its member `key`, none where it has no such member
pub(crate) fn without_member(text: &str, key: &str) -> Result<Option<SecretString>, ObjectError> {
    let members = members(text)?;
    let Some(at) = members.iter().position(|(name, _)| name == key) else { return Ok(None) };
    let end = place(text, members[at].1).end;
    // between two values, or a brace and a value, the first quote opens the key
    let key_behind = |from: usize| text[from..].find('"').map_or(from, |quote| from + quote);
    let range = match (at.checked_sub(1), members.get(at + 1)) {
        // with the comma before it
        (Some(before), _) => place(text, members[before].1).end..end,
        // with the comma behind it
        (None, Some(_)) => key_behind(0)..key_behind(end),
        (None, None) => key_behind(0)..end,
    };
    Ok(Some(spliced(text, range, &[])))
}

/// The first key that stands there twice, as it may stand in a message
fn repeated(members: &[(String, &RawValue)]) -> Option<String> {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    let pair = keys.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(pair[0].chars().take(SHOWN).flat_map(char::escape_debug).collect())
}

/// Whether a member has the value: a text however it is escaped, all else as it is written
fn is_same(raw: &RawValue, value: Member<'_>) -> bool {
    let is_text = |wanted: &str| {
        serde_json::from_str::<String>(raw.get())
            .is_ok_and(|text| Zeroizing::new(text).as_str() == wanted)
    };
    match value {
        Member::Text(value) => is_text(value),
        // `"5432"` and `5432` arrive as the same variable
        Member::Json(value) => raw.get() == value || (is_scalar(value) && is_text(value)),
    }
}

fn is_scalar(json: &str) -> bool {
    !json.starts_with(['{', '[', '"', 'n'])
}

/// Where a raw value, which borrows from `text`, stands in it
fn place(text: &str, raw: &RawValue) -> Range<usize> {
    let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
    start..start + raw.get().len()
}

/// `text` as a JSON string, in one allocation that is never grown: no copy of a value stays behind
pub(crate) fn quoted(text: &str) -> Zeroizing<String> {
    let mut bytes = Vec::with_capacity(text.len() * LONGEST_ESCAPE + 2);
    serde_json::to_writer(&mut bytes, text).expect("a string is JSON, and memory takes it");
    Zeroizing::new(String::from_utf8(bytes).expect("JSON is UTF-8"))
}

/// `text` with `parts` in place of `range`
fn spliced(text: &str, range: Range<usize>, parts: &[&str]) -> SecretString {
    let length = text.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut whole = Zeroizing::new(String::with_capacity(length));
    whole.push_str(&text[..range.start]);
    parts.iter().for_each(|part| whole.push_str(part));
    whole.push_str(&text[range.end..]);
    whole.as_str().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn set(text: &str, key: &str, value: &str) -> Option<String> {
        let had = members(text).unwrap().iter().any(|(name, _)| name == key);
        match with_member(text, key, Member::Text(value)).unwrap() {
            Edited::Same => None,
            Edited::Changed(text) if had => Some(text.expose_secret().to_owned()),
            Edited::Added(text) if !had => Some(text.expose_secret().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn json_goes_in_as_it_is() {
        let json = |text, value| match with_member(text, "A", Member::Json(value)).unwrap() {
            Edited::Same => None,
            Edited::Changed(text) | Edited::Added(text) => Some(text.expose_secret().to_owned()),
        };
        assert_eq!(json("{}", "1.10"), Some(r#"{"A":1.10}"#.into()));
        assert_eq!(json(r#"{"A":1}"#, "{\"b\": [1]}"), Some(r#"{"A":{"b": [1]}}"#.into()));
        assert_eq!(json(r#"{"A":"5432"}"#, "5432"), None, "the variable would be the same");
        assert_eq!(json(r#"{"A":"[1]"}"#, "[1]"), Some(r#"{"A":[1]}"#.into()));
        assert_eq!(json(r#"{"A":[1]}"#, "[1]"), None);
    }

    #[test]
    fn every_other_byte_stays() {
        let before = "\n{ \"z\": 123456789012345678901 , \"price\":1.10,\r\n\t\"a\\u0041\": \"\\u00e9\\/\",\
                      \"n\" : {\"x\":1,\"x\":1e400},\"A\": [ 1.0 ],\"t\":true }\n";
        let after = before.replace("[ 1.0 ]", "\"3\"");
        assert_eq!(set(before, "A", "3"), Some(after));
        let after = before.replace("true }", "true,\"new\":\"3\" }");
        assert_eq!(set(before, "new", "3"), Some(after));
    }

    #[test]
    fn a_first_member_needs_no_comma() {
        assert_eq!(set("{}", "A", "1"), Some(r#"{"A":"1"}"#.into()));
        assert_eq!(set(" { \n} ", "A", "1"), Some(" {\"A\":\"1\" \n} ".into()));
    }

    #[test]
    fn a_value_that_is_there_already_changes_nothing_however_it_is_written() {
        assert_eq!(set(r#"{"A":"\u00e9\n"}"#, "A", "é\n"), None);
        assert_eq!(set(r#"{"\u0041":"1"}"#, "A", "1"), None);
        assert_eq!(set(r#"{"A":1}"#, "A", "1"), Some(r#"{"A":"1"}"#.into()), "a number is no text");
        assert_eq!(set(r#"{"A":null}"#, "A", "null"), Some(r#"{"A":"null"}"#.into()));
    }

    #[test]
    fn what_needs_escaping_comes_back_as_it_was() {
        for value in ["\"}", "\\", "\u{1}\u{7f}\u{2028}", "line\r\nline", "😀", ","] {
            let text = set(r#"{"a":1,"quote\"d":"old"}"#, "quote\"d", value).unwrap();
            let back: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(back["quote\"d"], value);
            assert_eq!(back["a"], 1);
        }
    }

    fn without(text: &str, key: &str) -> Option<String> {
        without_member(text, key).unwrap().map(|text| text.expose_secret().to_owned())
    }

    #[test]
    fn a_member_goes_with_its_comma_and_every_other_byte_stays() {
        let before = " {\n \"a\" : \"x,\\\"}\" ,\t\"\\u0062\":1.10,\r\n\"c\" : {\"a\":[1]} }\n";
        for (key, after) in [
            ("a", " {\n \"\\u0062\":1.10,\r\n\"c\" : {\"a\":[1]} }\n"),
            ("b", " {\n \"a\" : \"x,\\\"}\",\r\n\"c\" : {\"a\":[1]} }\n"),
            ("c", " {\n \"a\" : \"x,\\\"}\" ,\t\"\\u0062\":1.10 }\n"),
        ] {
            assert_eq!(without(before, key).as_deref(), Some(after), "{key}");
        }
        assert_eq!(without(before, "x"), None);
        assert_eq!(without("{}", "x"), None);
        assert_eq!(without("{ \"a\" : 1 }", "a").as_deref(), Some("{  }"));
    }

    #[test]
    fn what_was_set_and_taken_out_is_what_it_was() {
        for text in ["{}", "{\"b\":1}", "{ \"b\" : \"}\", \"c\": null }"] {
            let with = set(text, "a\"", "canary").unwrap();
            assert_eq!(without(&with, "a\"").as_deref(), Some(text));
        }
    }

    #[test]
    fn a_repeated_key_is_refused_by_name_and_without_its_values() {
        for text in [r#"{"A":"canary","B":1,"A":"canary2"}"#, r#"{"A":"canary","\u0041":1}"#] {
            for key in ["A", "B", "C"] {
                let error = with_member(text, key, Member::Text("canary")).unwrap_err();
                assert_eq!(error, ObjectError::RepeatedKey("A".into()), "{text}");
                assert!(!format!("{error:?} {error}").contains("canary"), "{text}");
                assert_eq!(without_member(text, key).unwrap_err(), error, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_object_is_refused_without_a_word_of_it() {
        let texts =
            ["", "canary", "\"canary\"", "[\"canary\"]", "{\"a\":\"canary\"", "{\"canary\":1} {}"];
        for text in texts {
            let error = with_member(text, "a", Member::Text("canary")).unwrap_err();
            assert_eq!(error, ObjectError::NotAnObject);
            assert!(!format!("{error:?} {error}").contains("canary"), "{text}");
        }
    }
}
