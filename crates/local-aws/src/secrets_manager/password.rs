//! GetRandomPassword.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct GetRandomPassword {
    password_length: i64,
    exclude_characters: String,
    exclude_lowercase: bool,
    exclude_uppercase: bool,
    exclude_numbers: bool,
    exclude_punctuation: bool,
    include_space: bool,
    require_each_included_type: bool,
}

impl Default for GetRandomPassword {
    fn default() -> Self {
        Self {
            password_length: 32,
            exclude_characters: String::new(),
            exclude_lowercase: false,
            exclude_uppercase: false,
            exclude_numbers: false,
            exclude_punctuation: false,
            include_space: false,
            require_each_included_type: true,
        }
    }
}

pub(super) fn get_random_password(request: &GetRandomPassword) -> Result<Value, Failure> {
    let length = match request.password_length {
        length @ 1..=4096 => length as usize,
        _ => return Err(Failure::Validation("passwordLength is 1 to 4096".to_owned())),
    };
    let invalid = |message: &str| Err(Failure::InvalidParameter(message.to_owned()));
    let kinds = kinds(request);
    if kinds.is_empty() {
        return invalid("The password would have no character left to choose from.");
    }
    let mut rng = rand::rng();
    let mut password = Vec::with_capacity(length);
    if request.require_each_included_type {
        if kinds.len() > length {
            return invalid("PasswordLength is too short for one character of each type.");
        }
        for kind in &kinds {
            password.push(kind[rng.random_range(0..kind.len())]);
        }
    }
    let all = kinds.concat();
    while password.len() < length {
        password.push(all[rng.random_range(0..all.len())]);
    }
    password.shuffle(&mut rng);
    Ok(json!({ "RandomPassword": password.into_iter().collect::<String>() }))
}

/// Returns the characters of each included type; a type with none left is not there.
fn kinds(request: &GetRandomPassword) -> Vec<Vec<char>> {
    const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let types: [(bool, Vec<char>); 5] = [
        (!request.exclude_lowercase, ('a'..='z').collect()),
        (!request.exclude_uppercase, ('A'..='Z').collect()),
        (!request.exclude_numbers, ('0'..='9').collect()),
        (!request.exclude_punctuation, PUNCTUATION.chars().collect()),
        (request.include_space, vec![' ']),
    ];
    types
        .into_iter()
        .filter(|(included, _)| *included)
        .map(|(_, mut characters)| {
            characters.retain(|c| !request.exclude_characters.contains(*c));
            characters
        })
        .filter(|characters| !characters.is_empty())
        .collect()
}
