//! Values drawn at random from the operating system's source.

use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

use crate::exit::Exit;
use crate::failure::Failure;

/// The length where none is given: 190 bits of alphanumerics
const LENGTH: usize = 32;
/// The longest value that is made
const LONGEST: usize = 4096;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// without quotes, backslash, dollar sign, backtick and blank, which shells and files take apart
const PRINTABLE: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%&()*+,-./:;<=>?@[]^_{|}~";

/// What a value is drawn from, and how long it is
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recipe {
    length: usize,
    alphabet: &'static str,
}

/// Returns what `--generate=LENGTH,CHARSET` asks for; each of the two may be left out
///
/// The text is not shown where it is wrong: it may be a value.
pub(crate) fn recipe(text: &str) -> Result<Recipe, Failure> {
    let wrong = |message: &str| {
        Failure::new(Exit::Usage, "usage", message).hint(
            "`--generate=48,hex`: a length of 1 to 4096, and alphanumeric, letters, digits, hex, \
             base64url or printable",
        )
    };
    let mut recipe = Recipe { length: LENGTH, alphabet: ALPHANUMERIC };
    for part in text.split(',').filter(|part| !part.is_empty()) {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            recipe.length = part
                .parse()
                .ok()
                .filter(|length| (1..=LONGEST).contains(length))
                .ok_or_else(|| wrong("`--generate` has a length that is not 1 to 4096"))?;
            continue;
        }
        recipe.alphabet = match part {
            "alphanumeric" => ALPHANUMERIC,
            "letters" => LETTERS,
            "digits" => DIGITS,
            "hex" => "0123456789abcdef",
            "base64url" => BASE64URL,
            "printable" => PRINTABLE,
            _ => return Err(wrong("`--generate` has a charset that is none")),
        };
    }
    Ok(recipe)
}

/// Returns a value drawn by the recipe, each character as likely as every other
pub(crate) fn value(recipe: Recipe) -> Result<SecretString, Failure> {
    let alphabet = recipe.alphabet.as_bytes();
    // past the last whole multiple, a remainder would favour the first characters
    let fair = 256 - 256 % alphabet.len();
    let mut text = Zeroizing::new(String::with_capacity(recipe.length));
    let mut bytes = [0_u8; 64];
    while text.len() < recipe.length {
        SysRng.try_fill_bytes(&mut bytes).map_err(|_| {
            Failure::new(Exit::Error, "random", "the system gives no random numbers")
        })?;
        let drawn = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        let left = recipe.length - text.len();
        text.extend(drawn.take(left).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    bytes.zeroize();
    Ok(text.as_str().into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_recipe_may_leave_its_parts_out() {
        let read = |text| recipe(text).map(|r| (r.length, r.alphabet)).unwrap();
        assert_eq!(read(""), (32, ALPHANUMERIC));
        assert_eq!(read("64"), (64, ALPHANUMERIC));
        assert_eq!(read("digits"), (32, DIGITS));
        assert_eq!(read("8,base64url"), (8, BASE64URL));
        for wrong in ["0", "4097", "99999999999999999999", "8,canary", "canary", "8,hex,canary"] {
            let failure = recipe(wrong).unwrap_err();
            assert!(!failure.text().contains("canary"), "{wrong}");
        }
    }

    #[test]
    fn values_are_as_long_as_asked_for_and_of_the_alphabet() {
        for text in ["1,digits", "33,letters", "64,hex", "4096,printable", "32", "40,base64url"] {
            let recipe = recipe(text).unwrap();
            let drawn = value(recipe).unwrap();
            let drawn = drawn.expose_secret();
            assert_eq!(drawn.len(), recipe.length, "{text}");
            assert!(drawn.chars().all(|c| recipe.alphabet.contains(c)), "{text}");
        }
    }

    #[test]
    fn every_character_comes_and_none_more_than_others() {
        for recipe in [recipe("4096,printable").unwrap(), recipe("4096,alphanumeric").unwrap()] {
            let mut counts = std::collections::BTreeMap::new();
            for _ in 0..20 {
                let drawn = value(recipe).unwrap();
                for c in drawn.expose_secret().chars() {
                    *counts.entry(c).or_insert(0_u32) += 1;
                }
            }
            assert_eq!(counts.len(), recipe.alphabet.len());
            // about 1,000 each; a bias of the remainder would be a quarter more
            let mean = 20 * 4096 / recipe.alphabet.len() as u32;
            let even = counts.values().all(|n| (mean * 4 / 5..mean * 6 / 5).contains(n));
            assert!(even, "{counts:?}");
        }
    }

    #[test]
    fn no_two_are_the_same() {
        let recipe = recipe("32").unwrap();
        let pair = (value(recipe).unwrap(), value(recipe).unwrap());
        assert_ne!(pair.0.expose_secret(), pair.1.expose_secret());
    }
}
