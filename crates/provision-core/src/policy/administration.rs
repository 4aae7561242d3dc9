//! Whether a key stays in the hands of its account.
//!
//! KMS refuses a policy that would lock the caller out. This asks the same before anything is sent:
//! the account itself must be able to change the policy again, without a condition.

use super::{Document, Effect, Selection, Statement};
use crate::policy::pattern::{Pattern, Reach};

/// The action that mends every other policy
const MENDING: &str = "kms:PutKeyPolicy";

/// Returns whether a whole account can change the key's policy again
pub fn is_kept(policy: &Document) -> bool {
    let of = |effect| policy.statements.iter().filter(move |s| s.effect == effect);
    of(Effect::Allow).any(|s| s.conditions.is_empty() && is_account(s) && mends(s))
        && !of(Effect::Deny).any(|s| s.conditions.is_empty() && mends(s))
}

fn mends(statement: &Statement) -> bool {
    let matches = |names: &std::collections::BTreeSet<String>| {
        let mending = Pattern::new(&MENDING.to_lowercase(), Reach::Anywhere);
        let covers =
            |name: &String| Pattern::new(&name.to_lowercase(), Reach::Anywhere).covers(&mending);
        names.iter().any(covers)
    };
    match &statement.actions {
        Selection::Only(names) => matches(names),
        Selection::AllBut(names) => !matches(names),
    }
}

fn is_account(statement: &Statement) -> bool {
    let Some(Selection::Only(principals)) = &statement.principals else { return false };
    principals.get("AWS").is_some_and(|names| {
        names.iter().any(|name| {
            name.ends_with(":root")
                || (name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(statements: &str) -> Document {
        Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))
            .unwrap()
    }

    const ACCOUNT: &str = r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#;
    const ROLE: &str = r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/r"}"#;

    #[test]
    fn a_key_is_kept_where_the_account_may_change_its_policy() {
        for actions in [r#""kms:*""#, r#"["kms:Put*","kms:Get*"]"#, r#""KMS:PutKeyPolicy""#] {
            let text =
                format!(r#"{{"Effect":"Allow",{ACCOUNT},"Action":{actions},"Resource":"*"}}"#);
            assert!(is_kept(&policy(&text)), "{actions}");
        }
    }

    #[test]
    fn a_key_is_lost_without_it() {
        let condition = r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
        for text in [
            format!(r#"{{"Effect":"Allow",{ACCOUNT},"Action":"kms:Decrypt","Resource":"*"}}"#),
            format!(r#"{{"Effect":"Allow",{ROLE},"Action":"kms:*","Resource":"*"}}"#),
            format!(
                r#"{{"Effect":"Allow",{ACCOUNT},"Action":"kms:*","Resource":"*",{condition}}}"#
            ),
            format!(r#"{{"Effect":"Allow",{ACCOUNT},"NotAction":"kms:Put*","Resource":"*"}}"#),
            format!(
                r#"{{"Effect":"Allow",{ACCOUNT},"Action":"kms:*","Resource":"*"}},{{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"}}"#
            ),
        ] {
            assert!(!is_kept(&policy(&text)), "{text}");
        }
    }
}
