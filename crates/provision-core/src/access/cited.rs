//! A statement of a policy, as the reason for something.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::realm::{Place, Placed};

/// A statement of a policy
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cited {
    /// where the policy stands
    pub place: Place,
    /// its name, or what it stands on
    pub policy: String,
    /// the statement's name, or else its number in the policy, from 1
    pub sid: String,
    /// its number in the policy, from 0
    #[serde(skip)]
    pub number: usize,
    /// the statement
    pub statement: Value,
}

impl Cited {
    /// Returns statement number `number` of `policy`
    pub fn of(policy: &Placed, number: usize) -> Self {
        let statement = policy.document.statements.iter().nth(number);
        let sid = statement.and_then(|statement| statement.sid.clone());
        let value = policy.document.to_value();
        Self {
            place: policy.place,
            policy: policy.name.clone(),
            sid: sid.unwrap_or_else(|| format!("#{}", number + 1)),
            number,
            statement: value["Statement"].get(number).cloned().unwrap_or_default(),
        }
    }
}
