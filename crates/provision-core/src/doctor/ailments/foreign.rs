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
            _ => continue,
        };
        // a foreign key behind the alias has a finding of its own
        if matches!(blocker.resource, Resource::Key(_)) {
            continue;
        }
        spots.hint(
            format!("{} is not of this environment: {whose}", blocker.resource),
            blocker.reason.hint(),
            vec![s.provision("adopt") + " --yes"],
        );
    }
}
