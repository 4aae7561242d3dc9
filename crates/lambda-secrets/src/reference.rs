//! Secret references: variables of the function that name where their value is.
//!
//! ```text
//! GITHUB_TOKEN=secret:miyabi/prod/api-keys#GITHUB_TOKEN
//! DATABASE=secret:miyabi/prod/database
//! GITHUB_TOKEN=arn:aws:secretsmanager:us-west-2:123456789012:secret:miyabi/prod/api-keys-AbCdEf:GITHUB_TOKEN::
//! ```
//!
//! The second form is that of ECS task definitions, `<arn>:<key>:<stage>:<version>`, with all three
//! colons: an ARN alone stays an ARN, because programs want those too. What follows `secret:` may be
//! a name, an ARN, or the form of ECS. A reference always replaces itself, whatever the policy is.

use std::ffi::OsString;

use crate::mapping::VariableName;
use crate::{Error, SecretId, SecretRequest};

/// What marks a reference.
const SCHEME: &str = "secret:";
/// The colons of an ARN of a secret.
const ARN_COLONS: usize = 6;
/// Those and the ones before key, stage and version.
const ECS_COLONS: usize = ARN_COLONS + 3;

/// One variable and what it refers to.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// The variable, as it stands in the environment.
    pub(crate) variable: VariableName,
    pub(crate) request: SecretRequest,
    /// The key of a JSON object; `None` for the whole value.
    pub(crate) key: Option<String>,
}

/// The references among the variables, in the order of their names.
///
/// What begins like a reference and is none is an error in its place: left alone, the function
/// would take it for the value. No error shows the variable's text, which might be a value.
pub(crate) fn references(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Vec<Result<Reference, Error>> {
    let mut found: Vec<(String, Result<Reference, Error>)> = variables
        .filter_map(|(name, text)| {
            let (name, text) = (name.to_str()?, text.to_str()?);
            let text = reference_text(text)?;
            Some((name.to_owned(), parse(name, text)))
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found.into_iter().map(|(_, reference)| reference).collect()
}

/// The reference that the text holds, without its mark.
fn reference_text(text: &str) -> Option<&str> {
    match text.strip_prefix(SCHEME) {
        Some(rest) => Some(rest),
        None => is_of_ecs(text).then_some(text),
    }
}

fn is_of_ecs(text: &str) -> bool {
    text.starts_with("arn:")
        && text.split(':').nth(2) == Some("secretsmanager")
        && text.matches(':').count() == ECS_COLONS
}

fn parse(name: &str, text: &str) -> Result<Reference, Error> {
    let variable = VariableName::exactly(name).map_err(|source| Error::Mapping {
        secret: format!("the reference in `{}`", crate::mapping::printable(name)),
        source,
    })?;
    let wrong = || Error::InvalidReference { variable: variable.as_str().to_owned() };
    let (id, key, stage, version) = match text.rsplit_once('#') {
        Some((id, key)) => (id.to_owned(), key, "", ""),
        None if is_of_ecs(text) => {
            let mut end = text.rsplitn(4, ':');
            let (version, stage) = (end.next().unwrap_or(""), end.next().unwrap_or(""));
            let key = end.next().unwrap_or("");
            (end.next().unwrap_or("").to_owned(), key, stage, version)
        }
        None => (text.to_owned(), "", "", ""),
    };
    if text.ends_with('#') {
        return Err(wrong());
    }
    let mut request = SecretRequest::new(SecretId::parse(&id).map_err(|_| wrong())?);
    if !stage.is_empty() {
        request = request.version_stage(stage).map_err(|_| wrong())?;
    }
    if !version.is_empty() {
        request = request.version_id(version).map_err(|_| wrong())?;
    }
    Ok(Reference { variable, request, key: (!key.is_empty()).then(|| key.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-west-2:123456789012:secret:miyabi/prod/a-AbCdEf";

    fn of(text: &str) -> Option<Result<Reference, Error>> {
        references([(OsString::from("TOKEN"), OsString::from(text))].into_iter()).pop()
    }

    #[test]
    fn a_reference_names_a_secret_and_perhaps_key_stage_and_version() {
        let version = "11111111-2222-3333-4444-555555555555";
        for (text, id, key, stage, version) in [
            ("secret:miyabi/prod/a#KEY".to_owned(), "miyabi/prod/a", Some("KEY"), None, None),
            ("secret:miyabi/prod/a".to_owned(), "miyabi/prod/a", None, None, None),
            (
                "secret:miyabi/prod/a#openai.key".to_owned(),
                "miyabi/prod/a",
                Some("openai.key"),
                None,
                None,
            ),
            (format!("secret:{ARN}"), ARN, None, None, None),
            (format!("secret:{ARN}#KEY"), ARN, Some("KEY"), None, None),
            (format!("{ARN}:KEY::"), ARN, Some("KEY"), None, None),
            (format!("secret:{ARN}:KEY::"), ARN, Some("KEY"), None, None),
            (format!("{ARN}::AWSPREVIOUS:"), ARN, None, Some("AWSPREVIOUS"), None),
            (format!("{ARN}:KEY:AWSCURRENT:"), ARN, Some("KEY"), None, None),
            (format!("{ARN}:::{version}"), ARN, None, None, Some(version)),
        ] {
            let found = of(&text).unwrap().unwrap();
            assert_eq!(found.request.id().as_str(), id, "{text}");
            assert_eq!(found.key.as_deref(), key, "{text}");
            assert_eq!(found.request.stage(), stage, "{text}");
            assert_eq!(found.request.version(), version, "{text}");
        }
    }

    #[test]
    fn any_other_text_is_left_alone() {
        for text in ["", "x", "secret", "Secret:a", ARN, "arn:aws:s3:::bucket:a:b:c:d"] {
            assert!(of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_begins_like_a_reference_and_is_none_is_an_error_that_does_not_show_it() {
        for text in [
            "secret:",
            "secret:my canary",
            "secret:a#",
            "secret:#canary",
            "secret:arn:aws:canary",
            "secret:arn:aws:secretsmanager:nowhere:123456789012:secret:canary",
            &format!("{ARN}:canary::short"),
        ] {
            let error = of(text).unwrap().unwrap_err();
            assert_eq!(error.kind(), "invalid_reference", "{text}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_reference_may_not_set_what_no_secret_may_set() {
        let variables = [(OsString::from("LD_PRELOAD"), OsString::from("secret:a/b/c"))];
        let error = references(variables.into_iter()).pop().unwrap().unwrap_err();
        assert_eq!(error.kind(), "reserved_name");
    }
}
