//! LD005: aWS does not answer.

// told by whoever connects: nothing else can be read then
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD005",
    name: "unreachable",
    severity: Severity::Error,
    layer: Layer::Network,
    title: "AWS does not answer",
    look: Look::Elsewhere,
};
