//! LS002: the ARN of a secret lacks its suffix.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS002",
    name: "no-suffix",
    severity: Severity::Error,
    title: "The ARN of a secret lacks its suffix",
    why: "AWS adds a hyphen and six characters to the name of a secret. A policy with the bare name matches nothing, so the function is denied.",
    hint: "add `-??????`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in &policy.statements {
        let in_context =
            statement.on(SECRET_ARN).filter(|c| c.is_positive()).flat_map(|c| &c.values);
        for arn in statement.resources.iter().chain(in_context) {
            let Some(name) = secret_name(&arn.value) else { continue };
            // a secret has no suffix while it is created: such a name stands beside the whole one
            let whole = format!("{}-??????", arn.value);
            if statement.resources.iter().any(|other| other.value == whole) {
                continue;
            }
            if is_bare(name) {
                spots.at(
                    arn.span,
                    format!("{} matches no secret: its suffix is missing", quoted(arn)),
                );
            } else if is_miscounted(name) {
                spots.at(
                    arn.span,
                    format!(
                        "{} matches no secret of that name: six characters follow the hyphen",
                        quoted(arn)
                    ),
                );
            }
        }
    }
}

/// Whether question marks stand for the suffix, and not six of them
fn is_miscounted(name: &str) -> bool {
    let marks = name.len() - name.trim_end_matches('?').len();
    name.trim_end_matches('?').ends_with('-') && marks > 0 && marks != 6
}

fn is_bare(name: &str) -> bool {
    let suffix = name.rsplit_once('-').map_or("", |(_, suffix)| suffix);
    let is_whole = suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
    // what a variable stands for may have it, and so may a key of JSON behind a colon
    !is_whole && !name.contains(['*', '?', '$', ':']) && !name.is_empty()
}
