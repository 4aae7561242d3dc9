//! LS023: a placeholder was never filled in.

use super::prelude::*;
use crate::check::tree::Text;
use crate::manifest::Span;

pub(in crate::check) const RULE: Rule = Rule {
    id: "LS023",
    name: "unresolved",
    severity: Severity::Error,
    title: "A placeholder was never filled in",
    why: "AWS takes `${ACCOUNT}` and `REGION` for what they are, and matches nothing or refuses the policy.",
    hint: "give the environment its `account` in the manifest and render anew, or write the real values",
    look: Look::Policy(look),
};

/// What stands in policies that are rendered without an account
const ACCOUNT: &str = "${ACCOUNT}";
/// What stands in policies that are rendered before there is a key
const KEYS: [&str; 3] = ["${KEY_ARN}", "${KEY_ARN:", "${KEY_ID}"];
const KEY_HINT: &str = "the ARN of a key is known once it is made: `provision apply` puts it in, and so do Terraform and SAM as they are rendered; who attaches the file by hand writes it there";

fn look(policy: &Policy, context: &Context<'_>, spots: &mut Spots) {
    // what the manifest renders waits for its keys as it should, in its file as well
    let keys_are_awaited = match context.subject.origin {
        Origin::File => false,
        Origin::Made => true,
        Origin::Rendered { .. } | Origin::Manifest => return,
    };
    let (mut accounts, mut keys) = (Vec::new(), Vec::new());
    for statement in &policy.statements {
        let principals = statement.principals.iter().map(|p| &p.name);
        let values = statement.conditions.iter().flat_map(|c| &c.values);
        for text in statement.resources.iter().chain(principals).chain(values) {
            if text.value.contains(ACCOUNT) {
                accounts.push(text);
            } else if is_example(&text.value) {
                spots.at(text.span, format!("{} is not filled in", quoted(text)));
            } else if KEYS.iter().any(|placeholder| text.value.contains(placeholder)) {
                keys.push(text);
            }
        }
    }
    if let Some((span, message)) = once(&accounts) {
        spots.at(span, message);
    }
    if let Some((span, message)) = once(&keys).filter(|_| !keys_are_awaited) {
        spots.hinted(span, message, KEY_HINT);
    }
}

/// All of a policy wait for the same: it is told at the first place
fn once(texts: &[&Text]) -> Option<(Span, String)> {
    let (first, more) = texts.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        more => format!(", nor are {more} more places of this policy"),
    };
    Some((first.span, format!("{} is not filled in{more}", quoted(first))))
}

/// Whether an ARN names a region or an account in the words of an example
fn is_example(arn: &str) -> bool {
    if !arn.starts_with("arn:") || arn.contains('$') {
        return false;
    }
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let account = fields.get(4).copied().unwrap_or_default();
    let is_open = |field: &str| field.is_empty() || field.contains(['*', '?']);
    // policies of AWS itself lie in an account of that name, and CloudFront's in another
    let known = ["aws", "aws-marketplace", "cloudfront"].contains(&account);
    let is_number = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    !(is_open(account) || known || is_number)
}
