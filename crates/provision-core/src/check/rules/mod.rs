//! The rules, one file each. A new one is a file here, its two lines below, and a folder of the
//! same id in `fixtures/check/` with a text that it finds and one that it leaves alone; tests hold the
//! three, and `docs/check.md`, together.

use super::Rule;

pub(super) mod account_reads;
pub(super) mod alias_as_resource;
pub(super) mod any_key;
pub(super) mod any_secret;
pub(super) mod anybody;
pub(super) mod arn_operator;
pub(super) mod empty_condition;
pub(super) mod grants;
pub(super) mod if_exists;
pub(super) mod inner_wildcard;
pub(super) mod lockout;
pub(super) mod loose_suffix;
pub(super) mod manifest_problem;
pub(super) mod negated;
pub(super) mod no_caller_account;
pub(super) mod no_policy;
pub(super) mod no_second_factor;
pub(super) mod no_secret_arn;
pub(super) mod no_suffix;
pub(super) mod no_tls_denial;
pub(super) mod no_via_service;
pub(super) mod old_language;
pub(super) mod open_pipeline;
pub(super) mod overridden_names;
pub(super) mod reader_administers;
pub(super) mod reader_encrypts;
pub(super) mod reader_lists;
pub(super) mod refused;
pub(super) mod resolved_variable;
pub(super) mod second_principal;
pub(super) mod service_without_source;
pub(super) mod too_long;
pub(super) mod unknown_operator;
pub(super) mod unknown_region;
pub(super) mod unreadable;
pub(super) mod unresolvable;
pub(super) mod unresolved;
pub(super) mod value_in_text;
pub(super) mod whole_account;
pub(super) mod whole_prefix;
pub(super) mod wide_action;
pub(super) mod wide_managed_policy;

/// Every rule, in the order of the ids
pub const RULES: &[Rule] = &[
    manifest_problem::RULE,
    any_secret::RULE,
    no_suffix::RULE,
    loose_suffix::RULE,
    whole_prefix::RULE,
    overridden_names::RULE,
    negated::RULE,
    wide_action::RULE,
    anybody::RULE,
    reader_encrypts::RULE,
    grants::RULE,
    no_via_service::RULE,
    no_secret_arn::RULE,
    alias_as_resource::RULE,
    arn_operator::RULE,
    too_long::RULE,
    lockout::RULE,
    second_principal::RULE,
    open_pipeline::RULE,
    service_without_source::RULE,
    whole_account::RULE,
    value_in_text::RULE,
    resolved_variable::RULE,
    unresolved::RULE,
    reader_lists::RULE,
    wide_managed_policy::RULE,
    old_language::RULE,
    if_exists::RULE,
    empty_condition::RULE,
    account_reads::RULE,
    unreadable::RULE,
    no_policy::RULE,
    unresolvable::RULE,
    refused::RULE,
    inner_wildcard::RULE,
    no_second_factor::RULE,
    any_key::RULE,
    reader_administers::RULE,
    unknown_operator::RULE,
    no_caller_account::RULE,
    no_tls_denial::RULE,
    unknown_region::RULE,
];

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
