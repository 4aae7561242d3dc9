//! The ailments, one file each. A new one is a file here and its line in the list below; a test holds
//! `docs/doctor.md` to the list.

use super::Ailment;

/// Declares the files and lists their ailments in the order of their ids
macro_rules! ailments {
    ($($file:ident)*) => {
        $(pub(super) mod $file;)*
        /// Every ailment, in the order of the ids
        pub const AILMENTS: &[Ailment] = &[$($file::AILMENT),*];
    };
}

ailments! {
    no_credentials
    bad_credentials
    other_account
    other_region
    unreachable
    may_not_look
    not_seen
    not_applied
    key_missing
    key_disabled
    key_pending_deletion
    key_policy
    alias_missing
    alias_elsewhere
    secret_missing
    secret_pending_deletion
    secret_empty
    secret_key
    resource_policy
    foreign
    value_malformed
    value_incomplete
    role_missing
    role_policy
    role_attachment
    boundary
    trust
    function_missing
    function_role
    layer_missing
    wrapper_missing
    wrapper_runtime
    settings
    snapstart
    architecture
    vpc
    value_in_variable
    switched_off
    timeout
    alarm_missing
    rule_disabled
    trail_missing
    trail_off
    trail_without_reads
    trail_without_kms
    replica_missing
    replica_failed
    drift
}

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
