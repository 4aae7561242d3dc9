//! What is kept between runs. IAM is global, everything else belongs to a region.
//!
//! The keys' material is in it beside what they seal, so the file protects nothing by itself and
//! is never printed: no `Debug`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use winterbaume_iam::IamStateView;
use winterbaume_kms::KmsStateView;

/// The format of [`State`]; raised whenever an older file would be read wrongly.
pub(crate) const VERSION: u32 = 1;

/// Everything. `S` is the secrets of a region: owned where they are read, borrowed where they are
/// written, because that happens after every change.
#[derive(Serialize, Deserialize)]
pub(crate) struct State<S> {
    pub(crate) version: u32,
    #[serde(serialize_with = "sorted")]
    pub(crate) iam: IamStateView,
    pub(crate) regions: BTreeMap<String, Region<S>>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Region<S> {
    #[serde(serialize_with = "sorted", default)]
    pub(crate) kms: KmsStateView,
    /// Days between rotations, by key id, where they are not the default.
    #[serde(default)]
    pub(crate) rotation_days: BTreeMap<String, u32>,
    pub(crate) secrets: S,
}

/// The embedded services keep hash maps; a value's maps are sorted, so that the same state is the
/// same bytes.
fn sorted<T: Serialize, W: Serializer>(view: &T, writer: W) -> Result<W::Ok, W::Error> {
    serde_json::to_value(view).map_err(serde::ser::Error::custom)?.serialize(writer)
}
