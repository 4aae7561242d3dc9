//! LD048: a function lies in a network of its own.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD048",
    name: "vpc",
    severity: Severity::Note,
    layer: Layer::Network,
    title: "A function lies in a network of its own",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let region = &s.desired.region;
    for (name, live, ..) in s.live_functions() {
        let Some(Vpc { id, subnets }) = &live.vpc else { continue };
        let service = format!("com.amazonaws.{region}.secretsmanager");
        let command = format!(
            "ec2 describe-vpc-endpoints --filters Name=vpc-id,Values={id} Name=service-name,Values={service}"
        );
        spots.hint(
            format!("function `{name}` lies in {id} ({}): it reaches Secrets Manager by an interface endpoint `{service}` with private DNS, or by a NAT gateway", subnets.join(", ")),
            "where the function times out, look whether there is one; KMS needs none, Secrets Manager asks it by itself",
            vec![s.aws(&command)],
        );
    }
}
