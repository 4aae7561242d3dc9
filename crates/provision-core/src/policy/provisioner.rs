//! What whoever provisions may do beyond a planner: change everything of the environment, read and
//! write no value, and change nothing that decides over itself.
//!
//! What manages keys must reach keys that do not exist yet, so it goes by their tags; what uses a key
//! names it.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, Estate, FunctionPlace, RenderError, Watch};
use crate::desired::{MANAGED_BY, REPLICAS_TAG, UNFINISHED_TAG};

/// What may be changed, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionerPolicy {
    /// the environment
    pub estate: Estate,
    /// its secrets and their keys: in its own region first, then in those of copies
    pub places: Vec<FunctionPlace>,
    /// ARN patterns of the secrets that are created with public text
    pub defaults: Vec<String>,
    /// ARN patterns of the secrets that are rotated
    pub rotated: Vec<String>,
    /// ARNs of the functions that rotate them
    pub rotation_functions: Vec<String>,
    /// days until what is deleted is gone, at least
    pub recovery_window_days: u16,
    /// ARNs of the boundaries that a role may carry, at least one
    pub boundaries: Vec<String>,
    /// alarms and logs
    pub watch: Watch,
}

#[derive(Serialize)]
struct Filled<'a> {
    partition: &'a str,
    account: &'a str,
    project: &'a str,
    environment: &'a str,
    managed_by: &'a str,
    notes: [&'a str; 2],
    keys: Vec<String>,
    aliases: Vec<String>,
    all_aliases: Vec<String>,
    regions: &'a [String],
    home: Option<&'a FunctionPlace>,
    places: &'a [FunctionPlace],
    copies: &'a [FunctionPlace],
    /// the secrets as they are named while they are being created, too
    made: Vec<String>,
    defaults: &'a [String],
    rotated: &'a [String],
    rotation_functions: &'a [String],
    recovery_window_days: u16,
    boundaries: &'a [String],
    trail: &'a [String],
    log_groups: &'a [String],
    alarms: &'a [String],
    rules: &'a [String],
}

/// Returns the policy of whoever provisions, which goes with that of a planner
///
/// # Errors
/// A template that does not give a policy.
pub fn provisioner_policy(policy: &ProvisionerPolicy) -> Result<Document, RenderError> {
    let ProvisionerPolicy {
        estate,
        places,
        defaults,
        rotated,
        rotation_functions,
        recovery_window_days,
        boundaries,
        watch,
    } = policy;
    let Estate { partition, account, project, environment, regions, alias } = estate;
    let Watch { alarms, rules, trail, log_groups } = watch;
    let home = places.first();
    let filled = Filled {
        partition,
        account,
        project,
        environment,
        managed_by: MANAGED_BY.1,
        notes: [UNFINISHED_TAG.0, REPLICAS_TAG],
        keys: estate.keys(),
        aliases: estate.aliases(alias),
        all_aliases: estate.aliases("alias/*"),
        regions,
        home,
        places,
        copies: places.get(1..).unwrap_or_default(),
        made: home.map(|home| made(&home.secrets)).unwrap_or_default(),
        defaults,
        rotated,
        rotation_functions,
        recovery_window_days: *recovery_window_days,
        boundaries,
        trail,
        log_groups,
        alarms,
        rules,
    };
    render(template!("provisioner.json.hbs"), &filled)
}

/// A secret has no suffix before it exists; the name alone matches nothing that exists
fn made(patterns: &[String]) -> Vec<String> {
    let names = patterns.iter().filter_map(|pattern| pattern.strip_suffix("-??????"));
    patterns.iter().map(String::as_str).chain(names).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::secret_arn_pattern;

    fn place(region: &str, suffix: &str) -> FunctionPlace {
        FunctionPlace {
            region: region.into(),
            suffix: suffix.into(),
            secrets: vec![format!("arn:aws:secretsmanager:{region}:123456789012:secret:p/e/*")],
            key: format!("arn:aws:kms:{region}:123456789012:key/k"),
        }
    }

    fn policy() -> ProvisionerPolicy {
        let secret = |name| secret_arn_pattern("aws", "us-west-2", "123456789012", name);
        ProvisionerPolicy {
            estate: Estate::example(),
            places: vec![place("us-west-2", ""), place("us-east-1", "UsEast1")],
            defaults: vec![secret("p/e/d")],
            rotated: vec![secret("p/e/r")],
            rotation_functions: vec!["arn:aws:lambda:us-west-2:123456789012:function:r".into()],
            recovery_window_days: 30,
            boundaries: vec!["arn:aws:iam::123456789012:policy/p/_access/e/p-e-boundary".into()],
            watch: Watch::example(),
        }
    }

    fn plain() -> ProvisionerPolicy {
        ProvisionerPolicy {
            estate: Estate { regions: vec!["us-west-2".into()], ..Estate::example() },
            places: vec![place("us-west-2", "")],
            defaults: Vec::new(),
            rotated: Vec::new(),
            rotation_functions: Vec::new(),
            watch: Watch { trail: Vec::new(), log_groups: Vec::new(), ..Watch::example() },
            ..policy()
        }
    }

    fn sids(policy: &ProvisionerPolicy) -> BTreeSet<String> {
        let document = provisioner_policy(policy).unwrap();
        document.statements.into_iter().filter_map(|s| s.sid).collect()
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        insta::assert_json_snapshot!(provisioner_policy(&policy()).unwrap().to_value());
    }

    #[test]
    fn what_the_manifest_does_not_declare_is_not_granted() {
        let more = sids(&policy());
        let more: Vec<_> = more.difference(&sids(&plain())).cloned().collect();
        assert_eq!(
            more,
            [
                "CallRotation",
                "CopySecrets",
                "DecryptForCopies",
                "EncryptCopiesUsEast1",
                "EncryptDefaults",
                "KeepLogs",
                "ManageFilters",
                "SetRotation",
                "TryKeyUsEast1",
            ]
        );
    }

    #[test]
    fn a_secret_under_a_name_of_its_own_can_be_made_before_it_has_a_suffix() {
        let mut policy = plain();
        let pattern = secret_arn_pattern("aws", "us-west-2", "123456789012", "team/tokens");
        policy.places[0].secrets = vec![pattern.clone()];
        let document = provisioner_policy(&policy).unwrap();
        let make = document.statements.iter().find(|s| s.sid.as_deref() == Some("MakeSecrets"));
        let named = make.unwrap().resources.as_ref().unwrap().named();
        let bare = pattern.trim_end_matches("-??????").to_owned();
        assert_eq!(*named, BTreeSet::from([bare, pattern]));
    }
}
