//! LD045: a function asks for other secrets than its own.

use super::prelude::*;
use crate::desired::Desired;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD045",
    name: "settings",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "A function asks for other secrets than its own",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let Desired { project, environment, region, replicas, .. } = s.desired;
    for (name, live, role, _) in s.live_functions() {
        for (setting, wanted) in
            [("PROJECT", project.as_str()), ("ENVIRONMENT", environment.as_str())]
        {
            let setting = format!("LAMBDA_SECRETS_{setting}");
            if let Some(found) = live.settings.get(&setting).filter(|found| *found != wanted) {
                mend(
                    spots,
                    format!(
                        "function `{name}` has {setting}={found} and belongs to {project}/{environment}"
                    ),
                );
            }
        }
        let asked_in = live.settings.get("SECRETS_MANAGER_REGION");
        if let Some(found) = asked_in.filter(|found| {
            *found != region.as_str() && !replicas.keys().any(|copy| *found == copy.as_str())
        }) {
            mend(
                spots,
                format!(
                    "function `{name}` has SECRETS_MANAGER_REGION={found}, and its secrets lie in {region}"
                ),
            );
        }
        let Some(names) = live.settings.get("LAMBDA_SECRETS_NAMES") else { continue };
        for asked in names.split(',').map(str::trim).filter(|asked| !asked.is_empty()) {
            let full = format!("{project}/{environment}/{asked}");
            let allowed = role.reads.iter().chain(&role.writes).chain(&role.rotates);
            let is_known = allowed.into_iter().any(|read| {
                read.as_str() == asked
                    || read.as_str() == full
                    || asked.contains(&format!(":secret:{read}-"))
            });
            if !is_known {
                mend(
                    spots,
                    format!("function `{name}` asks for `{asked}`, which its role may not read"),
                );
            }
        }
    }
}

fn mend(spots: &mut Spots, message: String) {
    spots.hint(
        message,
        "mend the variable where the function's variables are declared, or add the secret to the function's `reads`",
        Vec::new(),
    );
}
