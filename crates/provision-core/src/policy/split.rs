//! Parting a policy that is longer than IAM takes into several that together say the same.
//!
//! A role is allowed and denied what any of its policies says, so statements may stand apart, and a
//! statement on many resources may stand in parts.

use std::collections::BTreeSet;

use super::{Document, Selection, Statement, limits};

const SECRET_ARN: &str = "kms:EncryptionContext:SecretARN";

/// Returns documents that together say the same as `document`, each within
/// [`limits::MANAGED_POLICY`] characters where its statements can be parted so far
pub fn split(document: &Document) -> Vec<Document> {
    let mut parts: Vec<Document> = Vec::new();
    for statement in document.statements.iter().flat_map(pieces) {
        let with = |part: &Document| {
            let mut part = part.clone();
            part.statements.insert(statement.clone());
            part
        };
        // the names of statements are unique within a policy
        let fits = |part: &&mut Document| {
            part.statements.iter().all(|other| other.sid != statement.sid)
                && limits::length(&with(part)) <= limits::MANAGED_POLICY
        };
        match parts.iter_mut().find(fits) {
            Some(part) => *part = with(part),
            None => {
                let alone = Document { version: document.version, statements: BTreeSet::new() };
                parts.push(with(&alone));
            }
        }
    }
    parts
}

/// The statement in parts that each fit into a policy
fn pieces(statement: &Statement) -> Vec<Statement> {
    let alone = Document { statements: [statement.clone()].into(), ..Document::default() };
    if limits::length(&alone) <= limits::MANAGED_POLICY {
        return vec![statement.clone()];
    }
    match halves(statement) {
        Some((first, second)) => [pieces(&first), pieces(&second)].concat(),
        None => vec![statement.clone()],
    }
}

/// Two statements that together say the same, none where there is nothing to part
fn halves(statement: &Statement) -> Option<(Statement, Statement)> {
    if let Some(Selection::Only(resources)) = &statement.resources
        && resources.len() > 1
    {
        let with = |resources| {
            let resources = Some(Selection::Only(resources));
            Statement { resources, ..statement.clone() }
        };
        let (first, second) = half(resources);
        return Some((with(first), with(second)));
    }
    let secrets = statement.conditions.get("StringLike")?.get(SECRET_ARN)?;
    if secrets.len() < 2 {
        return None;
    }
    let with = |secrets| {
        let mut statement = statement.clone();
        statement
            .conditions
            .entry("StringLike".into())
            .or_default()
            .insert(SECRET_ARN.into(), secrets);
        statement
    };
    let (first, second) = half(secrets);
    Some((with(first), with(second)))
}

fn half(set: &BTreeSet<String>) -> (BTreeSet<String>, BTreeSet<String>) {
    let middle = set.len() / 2;
    (set.iter().take(middle).cloned().collect(), set.iter().skip(middle).cloned().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(count: usize) -> Document {
        let secrets: Vec<String> =
            (0..count).map(|i| format!("arn:secret/number-{i:04}")).collect();
        let refused = json!({ "Bool": { "k": "true" } });
        Document::from_value(&json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "Read", "Effect": "Allow", "Action": "s:Get", "Resource": secrets },
            { "Sid": "Use", "Effect": "Allow", "Action": "k:Use", "Resource": "${KEY_ARN}",
              "Condition": { "StringLike": { SECRET_ARN: secrets } } },
            { "Sid": "Never", "Effect": "Deny", "Action": "s:Put", "Resource": "*", "Condition": refused },
        ] }))
        .unwrap()
    }

    /// Every statement with one resource and one secret of its condition at a time
    fn said(documents: &[Document]) -> BTreeSet<Statement> {
        let one = |text: &String| [text.clone()].into();
        documents
            .iter()
            .flat_map(|document| &document.statements)
            .flat_map(|statement| {
                let named = statement.resources.iter().flat_map(|r| r.named().iter());
                named.flat_map(move |resource| {
                    let mut single = statement.clone();
                    single.resources = Some(Selection::Only(one(resource)));
                    match statement.conditions.get("StringLike") {
                        None => vec![single],
                        Some(keys) => keys[SECRET_ARN]
                            .iter()
                            .map(|secret| {
                                let mut single = single.clone();
                                let keys = single.conditions.get_mut("StringLike").unwrap();
                                keys.insert(SECRET_ARN.into(), one(secret));
                                single
                            })
                            .collect(),
                    }
                })
            })
            .collect()
    }

    #[test]
    fn the_parts_are_short_enough_and_say_the_same() {
        for count in [1, 2, 100, 130, 131, 300, 1000] {
            let whole = document(count);
            let parts = split(&whole);
            assert!(parts.iter().all(|part| limits::length(part) <= limits::MANAGED_POLICY));
            assert_eq!(said(&parts), said(std::slice::from_ref(&whole)), "{count}");
            for part in &parts {
                let sids: BTreeSet<_> = part.statements.iter().map(|s| &s.sid).collect();
                assert_eq!(sids.len(), part.statements.len(), "{count}: a name twice");
            }
            assert!(parts.len() <= 2 + limits::length(&whole) / 3_000, "{count}: {}", parts.len());
        }
    }

    #[test]
    fn what_fits_stays_whole() {
        let whole = document(3);
        assert_eq!(split(&whole), [whole]);
    }

    #[test]
    fn one_resource_that_is_too_long_is_left_for_the_limit_to_refuse() {
        let text = "x".repeat(7_000);
        let whole = Document::from_value(&json!({ "Version": "2012-10-17", "Statement":
            { "Sid": "A", "Effect": "Allow", "Action": "s:Get", "Resource": text } }))
        .unwrap();
        assert_eq!(split(&whole), [whole]);
    }
}
