//! The rotation of secrets, from the second deployment on.
//!
//! AWS does not rotate a secret without a value, and a new stack has none: it would never come up.

use serde_json::{Value as Json, json};
use serde_yaml::{Mapping, Value};

use super::{Functions, Template, set};
use crate::desired::{DesiredRotation, Holder, hexadecimal};
use crate::manifest::{FirstRotation, Schedule};
use crate::name::Arn;

/// The parameter that says whether AWS rotates secrets, and the condition that follows from it
pub(super) const ROTATE: &str = "Rotate";
const ROTATES: &str = "Rotates";

pub(super) fn parameter() -> Json {
    json!({
        "Type": "String",
        "Description": "true once every secret with a rotation has a value, false before",
        "AllowedValues": ["true", "false"], "Default": "false",
    })
}

pub(super) fn conditions() -> Json {
    json!({ ROTATES: { "Fn::Equals": [{ "Ref": ROTATE }, "true"] } })
}

impl Template<'_> {
    pub(super) fn rotates(&self) -> bool {
        self.desired().secrets.values().any(|secret| secret.rotation.is_some())
    }

    /// Adds the schedule `id` of the secret with the logical id `secret`
    pub(super) fn rotation(
        &self,
        id: &str,
        secret: &str,
        rotation: &DesiredRotation,
        resources: &mut Mapping,
    ) {
        let mut rules = match &rotation.rules.schedule {
            Schedule::EveryDays(days) => json!({ "AutomaticallyAfterDays": days }),
            Schedule::Expression(text) => json!({ "ScheduleExpression": text }),
        };
        if let Some(hours) = rotation.rules.window_hours {
            rules["Duration"] = json!(format!("{hours}h"));
        }
        let properties = json!({
            "SecretId": { "Ref": secret },
            "RotationLambdaARN": rotation.rules.lambda_arn,
            "RotationRules": rules,
            "RotateImmediatelyOnUpdate": rotation.first == FirstRotation::AtOnce,
        });
        let permission = self.permission(&rotation.rules.lambda_arn, resources);
        let schedule =
            while_rotating("AWS::SecretsManager::RotationSchedule", permission, properties);
        resources.insert(id.into(), schedule);
    }

    /// Lets Secrets Manager invoke that function where the template makes it, and returns the
    /// logical id of the permission
    ///
    /// Whoever else has made a function has its permissions in hand.
    fn permission(&self, lambda: &Arn, resources: &mut Mapping) -> Option<String> {
        let (function, qualifier) = self.made(lambda)?;
        let (id, name) = match qualifier {
            None => (format!("{function}Permission"), json!({ "Ref": function })),
            // no id can hold all that an alias may be called
            Some(alias) => (
                format!("{function}Permission{}", &hexadecimal(alias.as_bytes())[..8]),
                json!({ "Fn::Sub": format!("${{{function}}}:{alias}") }),
            ),
        };
        let properties = json!({
            "Action": "lambda:InvokeFunction",
            "FunctionName": name,
            "Principal": "secretsmanager.amazonaws.com",
            "SourceAccount": { "Ref": "AWS::AccountId" },
        });
        let permission = while_rotating("AWS::Lambda::Permission", None, properties);
        resources.insert(id.as_str().into(), permission);
        Some(id)
    }

    /// The logical id of the function with that ARN, and the version or alias that it names
    fn made<'l>(&self, lambda: &'l Arn) -> Option<(String, Option<&'l str>)> {
        let account = self.desired().account.as_ref();
        let is_ours = account.is_none_or(|account| account.as_str() == lambda.account());
        let called = lambda.resource().strip_prefix("function:")?;
        let (called, qualifier) = match called.split_once(':') {
            Some((called, qualifier)) => (called, Some(qualifier)),
            None => (called, None),
        };
        let mut roles = self.desired().roles.values();
        let key = roles.find_map(|role| match &role.holder {
            Holder::Function { key, name } if name == called => Some(key),
            _ => None,
        })?;
        (is_ours && self.functions == Functions::Included).then(|| {
            let qualifier = qualifier.filter(|qualifier| *qualifier != "$LATEST");
            (self.id(key.as_str(), "Function"), qualifier)
        })
    }
}

/// A resource that is there while secrets rotate
fn while_rotating(kind: &str, after: Option<String>, properties: Json) -> Value {
    let mut resource = Mapping::new();
    set(&mut resource, "Type", json!(kind));
    set(&mut resource, "Condition", json!(ROTATES));
    if let Some(after) = after {
        set(&mut resource, "DependsOn", json!(after));
    }
    set(&mut resource, "Properties", properties);
    Value::Mapping(resource)
}
