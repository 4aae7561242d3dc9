//! The variable that a key of a secret arrives in, and the variables that nobody may write.

/// variables that Lambda sets for itself
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// variables that make a process run or trust something else
const DANGEROUS: &[&str] = &[
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "PATH",
    "HOME",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "JAVA_TOOL_OPTIONS",
    "RUBYOPT",
    "GEM_PATH",
    "PERL5OPT",
    "BASH_ENV",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "TZ",
];

const RESERVED_PREFIXES: &[&str] = &["AWS_LAMBDA_", "AWS_CONTAINER_", "AWS_ENDPOINT_URL"];

/// Returns the variable for a key: `openai.key` arrives in `OPENAI__KEY`
pub(super) fn of_key(key: &str) -> String {
    key.chars()
        .map(|c| match c {
            '.' => "__".to_owned(),
            c if c.is_alphanumeric() => c.to_uppercase().collect(),
            _ => "_".to_owned(),
        })
        .collect()
}

/// Returns the variable for a secret that is one text: the last segment of its name
pub(super) fn of_secret(name: &str) -> String {
    of_key(name.rsplit('/').next().unwrap_or(name))
}

/// Returns why the loader refuses to write the variable, if it does
pub(super) fn refusal(variable: &str) -> Option<&'static str> {
    if RESERVED.contains(&variable) || RESERVED_PREFIXES.iter().any(|p| variable.starts_with(p)) {
        Some("AWS keeps for itself")
    } else if DANGEROUS.contains(&variable) {
        Some("changes how the process runs")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_is_a_double_underscore() {
        assert_eq!(of_key("openai.key"), "OPENAI__KEY");
        assert_eq!(of_key("GITHUB_TOKEN"), "GITHUB_TOKEN");
        assert_eq!(of_key("max-tokens"), "MAX_TOKENS");
        assert_eq!(of_secret("miyabi/dev/webhook-url"), "WEBHOOK_URL");
    }

    #[test]
    fn what_lambda_or_a_loader_obeys_is_refused() {
        for variable in ["AWS_REGION", "AWS_LAMBDA_X", "AWS_ENDPOINT_URL_KMS", "LD_PRELOAD", "TZ"] {
            assert!(refusal(variable).is_some(), "{variable}");
        }
        for variable in ["AWS_PROFILE_NAME", "MY_PATH", "TZ_OFFSET"] {
            assert!(refusal(variable).is_none(), "{variable}");
        }
    }
}
