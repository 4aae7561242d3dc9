//! What is kept between runs. IAM is global, everything else belongs to a region.
//!
//! The keys' material is in it beside what they seal, so the file protects nothing by itself and
//! is never printed: no `Debug`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use winterbaume_iam::IamStateView;
use winterbaume_kms::KmsStateView;

use crate::secrets_manager::Vault;

/// The format of [`State`]; raised whenever an older file would be read wrongly.
pub(crate) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) version: u32,
    pub(crate) iam: IamStateView,
    pub(crate) regions: BTreeMap<String, Region>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Region {
    #[serde(default)]
    pub(crate) kms: KmsStateView,
    /// Days between rotations, by key id, where they are not the default.
    #[serde(default)]
    pub(crate) rotation_days: BTreeMap<String, u32>,
    #[serde(default)]
    pub(crate) secrets: Vault,
}
