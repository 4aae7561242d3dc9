//! LD001: nobody has credentials.

// told by whoever connects: nothing else can be read then
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD001",
    name: "no-credentials",
    severity: Severity::Error,
    layer: Layer::Caller,
    title: "Nobody has credentials",
    look: Look::Elsewhere,
};
