//! The rules, one file each. A new one is a file here, its line in the list below, and a folder of the
//! same id in `fixtures/check/` with a text that it finds and one that it leaves alone; tests hold the
//! three, and `docs/check.md`, together.

use super::Rule;

/// Declares the files and lists their rules in the order of their ids
macro_rules! rules {
    ($($file:ident)*) => {
        $(pub(super) mod $file;)*
        /// Every rule, in the order of the ids
        pub const RULES: &[Rule] = &[$($file::RULE),*];
    };
}

rules! {
    manifest_problem
    any_secret
    no_suffix
    loose_suffix
    whole_prefix
    overridden_names
    negated
    wide_action
    anybody
    reader_encrypts
    grants
    no_via_service
    no_secret_arn
    alias_as_resource
    arn_operator
    too_long
    lockout
    second_principal
    open_pipeline
    service_without_source
    whole_account
    value_in_text
    resolved_variable
    unresolved
    reader_lists
    wide_managed_policy
    old_language
    if_exists
    empty_condition
    account_reads
    unreadable
    no_policy
    unresolvable
    refused
    inner_wildcard
    no_second_factor
    any_key
    reader_administers
    unknown_operator
    no_caller_account
    no_tls_denial
    unknown_region
}

/// What the files of rules share
mod prelude {
    pub(super) use crate::check::policy::{
        Condition, Policy, PolicyKind, Principal, Statement, covers_any_secret, secret_name,
    };
    pub(super) use crate::check::tree::{Node, Value};
    pub(super) use crate::check::{Context, Look, Origin, Rule, Severity, Spots, quoted};

    /// The call that reads a value
    pub(super) const READ: &str = "secretsmanager:GetSecretValue";
    /// The service whose role a function has
    pub(super) const LAMBDA: &str = "lambda.amazonaws.com";
    /// Through which service a key is used
    pub(super) const VIA_SERVICE: &str = "kms:ViaService";
    /// For which secret a key is used
    pub(super) const SECRET_ARN: &str = "kms:EncryptionContext:SecretARN";
    /// Conditions that narrow who is meant
    pub(super) const NARROWING: [&str; 9] = [
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "kms:CallerAccount",
    ];
}
