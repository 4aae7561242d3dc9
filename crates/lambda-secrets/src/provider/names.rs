//! What a secret is called where there are only variables.
//!
//! `SECRET_<NAME>`, `SECRET_<NAME>_<KEY>`, then `<P>_<KEY>` with a prefix of the caller's. What is
//! neither letter nor digit becomes `_`; the exact case comes before upper case.

use crate::{SecretId, SecretRequest};

/// The variables that may hold the whole secret, in order.
pub(crate) fn of_secret(request: &SecretRequest, prefix: Option<&str>) -> Vec<String> {
    let name = plain(name_of(request.id()));
    let own = prefix.map(|prefix| format!("{}_{name}", plain(prefix)));
    in_both_cases([Some(format!("SECRET_{name}")), own])
}

/// The variables that may hold the key alone, in order.
pub(crate) fn of_key(request: &SecretRequest, key: &str, prefix: Option<&str>) -> Vec<String> {
    let (name, key) = (plain(name_of(request.id())), plain(key));
    let own = prefix.map(|prefix| format!("{}_{key}", plain(prefix)));
    in_both_cases([Some(format!("SECRET_{name}_{key}")), own])
}

/// The name, which in an ARN stands before the suffix.
fn name_of(id: &SecretId) -> &str {
    if !id.is_arn() {
        return id.as_str();
    }
    let name = id.as_str().splitn(7, ':').nth(6).unwrap_or_default();
    match id.ends_like_a_suffix() {
        true => name.rsplit_once('-').map_or(name, |(name, _)| name),
        false => name,
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn in_both_cases(names: [Option<String>; 2]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names.into_iter().flatten() {
        let upper = name.to_ascii_uppercase();
        for name in [name, upper] {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str) -> SecretRequest {
        SecretRequest::parse(name).unwrap()
    }

    #[test]
    fn the_exact_case_comes_first_and_the_own_prefix_last() {
        assert_eq!(
            of_secret(&request("prod/llm/openai"), Some("AGENT_ETL")),
            [
                "SECRET_prod_llm_openai",
                "SECRET_PROD_LLM_OPENAI",
                "AGENT_ETL_prod_llm_openai",
                "AGENT_ETL_PROD_LLM_OPENAI"
            ]
        );
        assert_eq!(
            of_key(&request("dev-llm.openai"), "api-key", None),
            ["SECRET_dev_llm_openai_api_key", "SECRET_DEV_LLM_OPENAI_API_KEY"]
        );
        assert_eq!(
            of_key(&request("DB"), "PASSWORD", Some("ETL")),
            ["SECRET_DB_PASSWORD", "ETL_PASSWORD"]
        );
    }

    #[test]
    fn an_arn_is_called_like_its_secret() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf";
        assert_eq!(of_secret(&request(arn), None), ["SECRET_a_b", "SECRET_A_B"]);
        let partial = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b";
        assert_eq!(of_secret(&request(partial), None), ["SECRET_a_b", "SECRET_A_B"]);
    }
}
