//! The variables that no secret may set, in one table.
//!
//! Names are compared without regard to case: several programs read `http_proxy` as they read
//! `HTTP_PROXY`. The same table stands in `fixtures/environment-names.json`, and a test compares.

/// Set by Lambda itself: its own variables, the region and the credentials of the role.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Whoever sets one of these decides which code runs, or where requests go.
const DANGEROUS: &[&str] = &[
    "AWS_CA_BUNDLE",
    "BASH_ENV",
    "GEM_PATH",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "JAVA_TOOL_OPTIONS",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PATH",
    "PERL5OPT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYOPT",
    "SSL_CERT_FILE",
    "TZ",
];

/// Families of either kind, by the beginning of the name.
const PREFIXES: &[&str] = &["AWS_CONTAINER_", "AWS_ENDPOINT_URL", "AWS_LAMBDA_"];

/// Whether a secret may not set the variable `name`.
pub(crate) fn is_reserved(name: &str) -> bool {
    let same = |reserved: &&str| reserved.eq_ignore_ascii_case(name);
    let starts = |prefix: &&str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    RESERVED.iter().any(same) || DANGEROUS.iter().any(same) || PREFIXES.iter().any(starts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_the_one_of_the_shared_fixture() {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../../../fixtures/environment-names.json")).unwrap();
        let list = |key: &str| -> BTreeSet<String> {
            let names = fixture["reserved"][key].as_array().unwrap();
            names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let ours = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        assert_eq!(list("prefixes"), ours(PREFIXES));
        assert_eq!(list("names"), ours(&[RESERVED, DANGEROUS].concat()));
    }
}
