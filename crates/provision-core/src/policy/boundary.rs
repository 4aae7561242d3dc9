//! The most that a role of the environment may ever do: what the manifest says of its functions,
//! taken together.
//!
//! Whoever makes roles under a boundary can do through them what the boundary allows, so it holds
//! nothing that no function needs.

use std::collections::BTreeSet;

use serde::Serialize;

use super::template::{render, template};
use super::{Document, Effect, FunctionPlace, RenderError, Statement};

/// What the functions of an environment do, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryPolicy {
    /// the partition, such as `aws`
    pub partition: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// the environment's secrets: in its own region first, then in those of copies
    pub places: Vec<FunctionPlace>,
    /// ARN patterns of the secrets that its functions write and rotate
    pub written: Vec<String>,
    /// whether one of them rotates
    pub rotates: bool,
    /// what else its functions do, by policies of their own
    pub supplied: Vec<Document>,
}

#[derive(Serialize)]
struct Filled<'a> {
    partition: &'a str,
    account: &'a str,
    region: &'a str,
    places: &'a [FunctionPlace],
    written: &'a [String],
    rotates: bool,
    logs: Vec<String>,
}

/// Returns the boundary of an environment's roles
///
/// # Errors
/// A template that does not give a policy.
pub fn boundary_policy(policy: &BoundaryPolicy) -> Result<Document, RenderError> {
    let BoundaryPolicy { partition, account, places, written, rotates, supplied } = policy;
    let log_groups = |place: &FunctionPlace| {
        format!("arn:{partition}:logs:{}:{account}:log-group:/aws/lambda/*", place.region)
    };
    let filled = Filled {
        partition,
        account,
        region: places.first().map_or("", |place| &place.region),
        places,
        written,
        rotates: *rotates,
        logs: places.iter().map(log_groups).collect(),
    };
    let mut document = render(template!("boundary.json.hbs"), &filled)?;
    document.statements.extend(allowed_by(supplied));
    Ok(document)
}

/// What the supplied policies allow; what they deny is denied by themselves
fn allowed_by(supplied: &[Document]) -> impl Iterator<Item = Statement> {
    let allowed: BTreeSet<Statement> = supplied
        .iter()
        .flat_map(|document| &document.statements)
        .filter(|statement| statement.effect == Effect::Allow)
        .map(|statement| Statement { sid: None, ..statement.clone() })
        .collect();
    allowed.into_iter().enumerate().map(|(number, statement)| Statement {
        sid: Some(format!("Supplied{}", number + 1)),
        ..statement
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> BoundaryPolicy {
        let place = |region: &str, suffix: &str| FunctionPlace {
            region: region.into(),
            suffix: suffix.into(),
            secrets: vec![format!("arn:aws:secretsmanager:{region}:123456789012:secret:p/e/*")],
            key: format!("arn:aws:kms:{region}:123456789012:key/k"),
        };
        BoundaryPolicy {
            partition: "aws".into(),
            account: "123456789012".into(),
            places: vec![place("us-west-2", ""), place("us-east-1", "UsEast1")],
            written: vec![
                "arn:aws:secretsmanager:us-west-2:123456789012:secret:p/e/r-??????".into(),
            ],
            rotates: true,
            supplied: Vec::new(),
        }
    }

    fn supplied(statements: &str) -> Document {
        Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))
            .unwrap()
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        insta::assert_json_snapshot!(boundary_policy(&policy()).unwrap().to_value());
    }

    #[test]
    fn what_functions_bring_along_counts_once_and_their_refusals_stay_with_them() {
        let get = r#"{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
        let again = r#"{"Sid":"B","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
        let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#;
        let with = BoundaryPolicy {
            supplied: vec![supplied(get), supplied(&format!("{again},{deny}"))],
            ..policy()
        };
        let mut document = boundary_policy(&with).unwrap();
        let plain = boundary_policy(&policy()).unwrap();
        document.statements.retain(|statement| !plain.statements.contains(statement));
        let value = document.to_value();
        let statements = value["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1);
        assert_eq!(statements[0]["Sid"], "Supplied1");
        assert_eq!(statements[0]["Action"], "s3:GetObject");
    }

    #[test]
    fn nothing_writes_that_is_not_said_to_and_nothing_draws_passwords_that_does_not_rotate() {
        let writing = BoundaryPolicy { rotates: false, ..policy() };
        let text = boundary_policy(&writing).unwrap().to_string();
        assert!(text.contains("PutSecretValue") && !text.contains("GetRandomPassword"));
        let nothing = BoundaryPolicy { written: Vec::new(), ..writing };
        let text = boundary_policy(&nothing).unwrap().to_string();
        for action in ["PutSecretValue", "GenerateDataKey", "UpdateSecretVersionStage"] {
            assert!(!text.contains(action), "{action}");
        }
    }
}
