//! LD025: a name of the manifest belongs to somebody else.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD025",
    name: "foreign",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "A name of the manifest belongs to somebody else",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for blocker in &s.plan.blockers {
        let whose = match &blocker.reason {
            Reason::Foreign(whose) | Reason::AnotherEnvironment(whose) => whose.clone(),
            Reason::OwnedByService(service) => format!("the AWS service {service}"),
            Reason::ForeignFilter { namespace, .. } => {
                format!("it counts in the namespace `{namespace}`")
            }
            _ => continue,
        };
        // a foreign key behind the alias has a finding of its own
        if matches!(blocker.resource, Resource::Key(_)) {
            continue;
        }
        // a filter has no tags that could be changed, and what a service owns is never touched
        let commands = match &blocker.reason {
            Reason::ForeignFilter { .. } | Reason::OwnedByService(_) => Vec::new(),
            _ => vec![s.provision("adopt") + " --yes"],
        };
        spots.hint(
            format!("{} is not of this environment: {whose}", blocker.resource),
            blocker.reason.hint(),
            commands,
        );
    }
}
