//! LD003: the credentials are of another account than the manifest names.

// told by whoever connects: nothing else can be read then
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD003",
    name: "other-account",
    severity: Severity::Error,
    layer: Layer::Caller,
    title: "The credentials are of another account than the manifest names",
    look: Look::Elsewhere,
};
