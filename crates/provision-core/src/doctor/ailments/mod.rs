//! The ailments, one file each. A new one is a file here and its two lines below; a test holds
//! `docs/doctor.md` to the list.

use super::Ailment;

pub(super) mod alarm_missing;
pub(super) mod alias_elsewhere;
pub(super) mod alias_missing;
pub(super) mod architecture;
pub(super) mod bad_credentials;
pub(super) mod boundary;
pub(super) mod drift;
pub(super) mod endpoint;
pub(super) mod foreign;
pub(super) mod function_missing;
pub(super) mod function_role;
pub(super) mod key_disabled;
pub(super) mod key_missing;
pub(super) mod key_pending_deletion;
pub(super) mod key_policy;
pub(super) mod layer_missing;
pub(super) mod may_not_look;
pub(super) mod no_credentials;
pub(super) mod not_applied;
pub(super) mod not_seen;
pub(super) mod other_account;
pub(super) mod other_region;
pub(super) mod replica_failed;
pub(super) mod replica_missing;
pub(super) mod resource_policy;
pub(super) mod role_attachment;
pub(super) mod role_missing;
pub(super) mod role_policy;
pub(super) mod rule_disabled;
pub(super) mod secret_empty;
pub(super) mod secret_key;
pub(super) mod secret_missing;
pub(super) mod secret_pending_deletion;
pub(super) mod settings;
pub(super) mod snapstart;
pub(super) mod switched_off;
pub(super) mod timeout;
pub(super) mod trail_missing;
pub(super) mod trail_off;
pub(super) mod trail_without_kms;
pub(super) mod trail_without_reads;
pub(super) mod trust;
pub(super) mod unreachable;
pub(super) mod value_in_variable;
pub(super) mod value_incomplete;
pub(super) mod value_malformed;
pub(super) mod vpc;
pub(super) mod wrapper_missing;
pub(super) mod wrapper_runtime;

/// Every ailment, in the order of the ids
pub const AILMENTS: &[Ailment] = &[
    no_credentials::AILMENT,
    bad_credentials::AILMENT,
    other_account::AILMENT,
    other_region::AILMENT,
    unreachable::AILMENT,
    may_not_look::AILMENT,
    not_seen::AILMENT,
    not_applied::AILMENT,
    key_missing::AILMENT,
    key_disabled::AILMENT,
    key_pending_deletion::AILMENT,
    key_policy::AILMENT,
    alias_missing::AILMENT,
    alias_elsewhere::AILMENT,
    secret_missing::AILMENT,
    secret_pending_deletion::AILMENT,
    secret_empty::AILMENT,
    secret_key::AILMENT,
    resource_policy::AILMENT,
    foreign::AILMENT,
    value_malformed::AILMENT,
    value_incomplete::AILMENT,
    role_missing::AILMENT,
    role_policy::AILMENT,
    role_attachment::AILMENT,
    boundary::AILMENT,
    trust::AILMENT,
    function_missing::AILMENT,
    function_role::AILMENT,
    layer_missing::AILMENT,
    wrapper_missing::AILMENT,
    wrapper_runtime::AILMENT,
    settings::AILMENT,
    snapstart::AILMENT,
    architecture::AILMENT,
    vpc::AILMENT,
    value_in_variable::AILMENT,
    switched_off::AILMENT,
    timeout::AILMENT,
    endpoint::AILMENT,
    alarm_missing::AILMENT,
    rule_disabled::AILMENT,
    trail_missing::AILMENT,
    trail_off::AILMENT,
    trail_without_reads::AILMENT,
    trail_without_kms::AILMENT,
    replica_missing::AILMENT,
    replica_failed::AILMENT,
    drift::AILMENT,
];

/// What the files of ailments share
mod prelude {
    pub(super) use crate::check::Severity;
    pub(super) use crate::desired::AlarmSource;
    pub(super) use crate::doctor::{
        Ailment, FunctionState, Layer, Look, Situation, Spots, Trail, ValueFault, Vpc,
    };
    pub(super) use crate::plan::{Action, KeyRef, MonitoringAction, Reason, Resource};
    use crate::policy::Document;
    use crate::policy::widening::growth;

    /// The most grants that a sentence lists
    const MOST: usize = 2;

    /// Says what a live policy lacks beside the desired one, or has beyond it
    pub(super) fn difference(what: &str, live: &Document, desired: &Document) -> String {
        let (lacks, beyond) = (growth(live, desired), growth(desired, live));
        let listed = |grants: Vec<crate::policy::widening::Grant>| {
            let mut words: Vec<String> =
                grants.iter().take(MOST).map(ToString::to_string).collect();
            if grants.len() > MOST {
                words.push(format!("{} more", grants.len() - MOST));
            }
            words.join("; ")
        };
        match (lacks.is_empty(), beyond.is_empty()) {
            (false, true) => format!("{what} denies what the manifest allows: {}", listed(lacks)),
            (true, false) => {
                format!("{what} allows what the manifest does not: {}", listed(beyond))
            }
            (false, false) => format!(
                "{what} denies what the manifest allows: {}; and allows what it does not: {}",
                listed(lacks),
                listed(beyond)
            ),
            (true, true) => format!("{what} reads otherwise than the manifest's"),
        }
    }

    /// Which trail the alarms need
    pub(super) enum Wanted {
        /// one that writes to this log group
        LogGroup(String),
        /// any
        AnyTrail,
    }

    impl Wanted {
        /// Returns which one, none where there are no alarms
        pub(super) fn of(s: &Situation<'_>) -> Option<Self> {
            s.desired.monitoring.alarms.values().next().map(|source| match source {
                AlarmSource::Metric { filter, .. } => Self::LogGroup(filter.log_group.clone()),
                AlarmSource::Event { .. } => Self::AnyTrail,
            })
        }
    }

    /// Returns the trails that serve the alarms once they write
    pub(super) fn serving<'t>(
        trails: &'t [Trail],
        wanted: &'t Wanted,
    ) -> impl Iterator<Item = &'t Trail> {
        trails.iter().filter(move |trail| match wanted {
            Wanted::LogGroup(group) => trail.log_group.as_ref() == Some(group),
            Wanted::AnyTrail => true,
        })
    }

    /// Returns the command that lets a trail write every management event
    pub(super) fn all_events(s: &Situation<'_>, trail: &Trail) -> String {
        let selectors = r#"[{"ReadWriteType":"All","IncludeManagementEvents":true}]"#;
        s.aws(&format!(
            "cloudtrail put-event-selectors --trail-name {} --event-selectors '{selectors}'",
            trail.name
        ))
    }
}
