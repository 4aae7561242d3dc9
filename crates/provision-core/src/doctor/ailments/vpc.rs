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
        let endpoints = format!(
            "ec2 describe-vpc-endpoints --filters Name=vpc-id,Values={id} Name=service-name,Values={service}"
        );
        // a NAT gateway serves a subnet by the subnet's own table, or by the main one
        let routes = format!("ec2 describe-route-tables --filters Name=vpc-id,Values={id}");
        spots.hint(
            format!("function `{name}` lies in {id} ({}): it reaches Secrets Manager by an interface endpoint `{service}` with private DNS, or by a NAT gateway", subnets.join(", ")),
            "where the function times out, look whether there is one: an endpoint that is `available` and whose security groups take port 443 from the function, or a route of its subnets to `0.0.0.0/0`; KMS needs none, Secrets Manager asks it by itself",
            vec![s.aws(&endpoints), s.aws(&routes)],
        );
    }
}
