//! LS040: a policy on a secret does not refuse calls without TLS.

use super::prelude::*;
use crate::policy::Effect;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS040",
    name: "no-tls-denial",
    severity: Severity::Note,
    title: "A policy on a secret does not refuse calls without TLS",
    why: "AWS answers over TLS alone; an auditor may want to read it in the policy all the same.",
    hint: "set `deny_insecure` in the manifest, or deny where `aws:SecureTransport` is `false`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, context: &Context<'_>, spots: &mut Spots) {
    // what is rendered does as the manifest says
    if policy.kind != PolicyKind::Resource || context.subject.origin != Origin::File {
        return;
    }
    let refuses = |s: &Statement| {
        s.effect == Effect::Deny && s.on("aws:SecureTransport").any(|c| c.is_positive())
    };
    if !policy.statements.iter().any(refuses) {
        spots.at(policy.span, "nothing refuses calls without TLS");
    }
}
