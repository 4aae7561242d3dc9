//! Which events of CloudTrail an alarm counts: as a filter pattern of CloudWatch Logs, and as an
//! event pattern of EventBridge.
//!
//! CloudTrail leaves the parameters of a denied request out, so the words of the error are looked at
//! as well: they name the resource, by the name or the ARN that was asked for.

use serde_json::{Value, json};

use super::KEY_ID_PLACEHOLDER;
use crate::manifest::AlarmKind;

const READ: &str = "GetSecretValue";
/// What changes who may read a secret, or takes it away
const SECRET_TAMPERING: [&str; 3] = ["DeleteSecret", "DeleteResourcePolicy", "PutResourcePolicy"];
/// What changes who may use the key, or takes it away
const KEY_TAMPERING: [&str; 3] = ["DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"];
/// In the words of Secrets Manager's error
const MARKED: &str = "*marked for deletion*";

/// The secrets and the key that an alarm looks at
pub(super) struct Watched {
    /// names of the secrets, with `*` for the rest
    pub(super) ids: Vec<String>,
    /// ARNs of the secrets, with `*` for the rest
    pub(super) arns: Vec<String>,
    /// the alias of the key
    pub(super) alias: String,
}

impl Watched {
    /// Returns the pattern of a metric filter
    pub(super) fn filter_pattern(&self, kind: AlarmKind) -> String {
        let reads = || [is("eventName", READ), self.secret()];
        let terms = match kind {
            AlarmKind::FailedRetrievals => [&reads()[..], &[is("errorCode", "*")]].concat(),
            AlarmKind::AccessDenied => {
                vec![is("errorCode", "AccessDenied*"), self.denied_secret()]
            }
            AlarmKind::PendingDeletion => [&reads()[..], &[is("errorMessage", MARKED)]].concat(),
            AlarmKind::KmsErrors => vec![
                is("eventSource", "kms.amazonaws.com"),
                is("userIdentity.invokedBy", "secretsmanager.amazonaws.com"),
                is("errorCode", "*"),
                self.used_key(),
            ],
            AlarmKind::Tampering => {
                let secret = all(&[any_of("eventName", &SECRET_TAMPERING), self.secret()]);
                let key = all(&[any_of("eventName", &KEY_TAMPERING), self.named_key()]);
                return format!("{{ {} }}", any(&[secret, key]));
            }
        };
        format!("{{ {} }}", all(&terms))
    }

    /// The request names one of the secrets
    fn secret(&self) -> String {
        let named = self.ids.iter().chain(&self.arns);
        any(&named.map(|id| is("requestParameters.secretId", id)).collect::<Vec<_>>())
    }

    /// The refusal names one of the secrets, or the request does, where it was the key that refused;
    /// of requests by ARN `failed_retrievals` tells that, as a pattern may not be long
    fn denied_secret(&self) -> String {
        let refused = self.refusals();
        let refused = refused.iter().map(|words| is("errorMessage", words));
        let named = self.ids.iter().map(|id| is("requestParameters.secretId", id));
        let terms: Vec<String> = refused.chain(named).collect();
        all(&[is("eventSource", "secretsmanager.amazonaws.com"), any(&terms)])
    }

    /// What a refusal says of one of the secrets, by its name and by its ARN
    fn refusals(&self) -> Vec<String> {
        let names = self.ids.iter().map(|id| match id.ends_with('*') {
            true => format!("*resource: {id}"),
            // the sentence goes on: another name may begin as this one
            false => format!("*resource: {id} *"),
        });
        names.chain(self.arns.iter().cloned()).collect()
    }

    /// The key was used for one of the secrets, or the refusal names the key
    fn used_key(&self) -> String {
        let context = "requestParameters.encryptionContext.SecretARN";
        let used = self.arns.iter().map(|arn| is(context, arn));
        let refused = is("errorMessage", &format!("*{KEY_ID_PLACEHOLDER}*"));
        any(&used.chain([refused]).collect::<Vec<_>>())
    }

    /// The request names the key, by its id, its ARN or its alias
    fn named_key(&self) -> String {
        let field = "requestParameters.keyId";
        any(&[is(field, &format!("*{KEY_ID_PLACEHOLDER}")), is(field, &format!("*{}", self.alias))])
    }

    /// Returns the pattern of a rule
    pub(super) fn event_pattern(&self, kind: AlarmKind) -> Value {
        let read = |error: Value| {
            let mut detail = self.secret_event(&[READ]);
            merge(&mut detail, error);
            detail
        };
        let detail = match kind {
            AlarmKind::FailedRetrievals => read(json!({ "errorCode": [{ "exists": true }] })),
            AlarmKind::PendingDeletion => read(json!({ "errorMessage": [{ "wildcard": MARKED }] })),
            AlarmKind::AccessDenied => {
                json!({
                    "eventSource": ["secretsmanager.amazonaws.com"],
                    "errorCode": [{ "prefix": "AccessDenied" }],
                    "$or": [
                        { "requestParameters": { "secretId": self.secret_ids() } },
                        { "errorMessage": wildcards(&self.refusals()) },
                    ],
                })
            }
            AlarmKind::KmsErrors => json!({
                "eventSource": ["kms.amazonaws.com"],
                "userIdentity": { "invokedBy": ["secretsmanager.amazonaws.com"] },
                "errorCode": [{ "exists": true }],
                "$or": [
                    { "requestParameters": { "encryptionContext": { "SecretARN": wildcards(&self.arns) } } },
                    { "errorMessage": [{ "wildcard": format!("*{KEY_ID_PLACEHOLDER}*") }] },
                ],
            }),
            AlarmKind::Tampering => {
                let names = [format!("*{KEY_ID_PLACEHOLDER}"), format!("*{}", self.alias)];
                json!({ "$or": [
                    self.secret_event(&SECRET_TAMPERING),
                    {
                        "eventSource": ["kms.amazonaws.com"],
                        "eventName": KEY_TAMPERING,
                        "requestParameters": { "keyId": wildcards(&names) },
                    },
                ] })
            }
        };
        json!({ "detail-type": ["AWS API Call via CloudTrail"], "detail": detail })
    }

    fn secret_event(&self, calls: &[&str]) -> Value {
        json!({
            "eventSource": ["secretsmanager.amazonaws.com"],
            "eventName": calls,
            "requestParameters": { "secretId": self.secret_ids() },
        })
    }

    fn secret_ids(&self) -> Value {
        let all: Vec<String> = self.ids.iter().chain(&self.arns).cloned().collect();
        wildcards(&all)
    }
}

/// A text as it is, or as a wildcard where it has one
fn wildcards(texts: &[String]) -> Value {
    texts
        .iter()
        .map(|text| match text.contains('*') {
            true => json!({ "wildcard": text }),
            false => json!(text),
        })
        .collect()
}

fn merge(detail: &mut Value, more: Value) {
    if let (Value::Object(detail), Value::Object(more)) = (detail, more) {
        detail.extend(more);
    }
}

fn is(field: &str, value: &str) -> String {
    format!("($.{field} = \"{value}\")")
}

fn any_of(field: &str, values: &[&str]) -> String {
    any(&values.iter().map(|value| is(field, value)).collect::<Vec<_>>())
}

fn any(terms: &[String]) -> String {
    joined(terms, " || ")
}

fn all(terms: &[String]) -> String {
    joined(terms, " && ")
}

fn joined(terms: &[String], with: &str) -> String {
    match terms {
        [only] => only.clone(),
        terms => format!("({})", terms.join(with)),
    }
}
