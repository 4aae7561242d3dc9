//! LD002: aWS does not take the credentials.

// told by whoever connects: nothing else can be read then
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD002",
    name: "bad-credentials",
    severity: Severity::Error,
    layer: Layer::Caller,
    title: "AWS does not take the credentials",
    look: Look::Elsewhere,
};
