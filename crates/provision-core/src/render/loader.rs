//! What the loader inside a function reads from the function's variables: there is no manifest at run
//! time.

use std::collections::BTreeMap;

use super::Subject;
use crate::desired::{Desired, Holder};
use crate::name::{FunctionKey, SecretKey};

/// Returns the variables of each function that reads, by their names
pub(super) fn variables(subject: Subject<'_>) -> BTreeMap<&FunctionKey, Vec<(String, String)>> {
    let Desired { project, environment, secrets, roles, .. } = subject.desired;
    let of = |role: &_| -> Vec<(String, String)> {
        let crate::desired::DesiredRole { reads, .. } = role;
        let read = reads.iter().filter_map(|name| Some((name, secrets.get(name)?)));
        let names: Vec<String> = read
            .clone()
            .map(|(name, secret)| {
                let plain = format!("{project}/{environment}/{}", secret.key);
                if name.as_str() == plain { secret.key.to_string() } else { name.to_string() }
            })
            .collect();
        let required: Vec<String> = read
            .flat_map(|(_, secret)| {
                let key: &SecretKey = &secret.key;
                secret.required().into_iter().map(move |value| format!("{key}:{value}"))
            })
            .collect();
        let mut variables = vec![
            ("LAMBDA_SECRETS_ENVIRONMENT".to_owned(), environment.to_string()),
            ("LAMBDA_SECRETS_NAMES".to_owned(), names.join(",")),
            ("LAMBDA_SECRETS_PROJECT".to_owned(), project.to_string()),
        ];
        if !required.is_empty() {
            variables.push(("LAMBDA_SECRETS_REQUIRED".to_owned(), required.join(",")));
        }
        variables
    };
    roles
        .values()
        .filter(|role| !role.reads.is_empty())
        .filter_map(|role| match &role.holder {
            Holder::Function { key, .. } => Some((key, of(role))),
            Holder::Caller(_) => None,
        })
        .collect()
}
