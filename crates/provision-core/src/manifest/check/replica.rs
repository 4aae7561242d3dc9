//! The regions that hold copies of the secrets, each with its key.

use std::collections::BTreeMap;

use super::environment::Scope;
use super::naming::Names;
use crate::manifest::model::ReplicaKey;
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::RawReplica;
use crate::manifest::shape::dotted;
use crate::name::{Arn, Region};

/// Returns the replicas of an environment that lies in `home`
pub(super) fn check(
    scope: &Scope<'_>,
    home: Option<&Region>,
    names: &mut Names<'_>,
) -> BTreeMap<Region, ReplicaKey> {
    let mut replicas = BTreeMap::new();
    for (number, replica) in scope.own.replicas.iter().flatten().enumerate() {
        let number = number.to_string();
        let path = ["environments", scope.key, "replicas", &number];
        let mut named = path.to_vec();
        let (text, key) = match replica {
            RawReplica::Region(region) => (region, ReplicaKey::Own),
            RawReplica::Keyed(keyed) => {
                let path = [path[0], path[1], path[2], path[3], "kms_key_arn"];
                let arn = keyed.kms_key_arn.as_ref().map(|arn| key_arn(&path, arn, names));
                let Some(region) = &keyed.region else { continue };
                named.push("region");
                if let Some(Some(arn)) = &arn {
                    lies_in(&path, arn, region, names);
                }
                (region, arn.flatten().map_or(ReplicaKey::Own, ReplicaKey::Given))
            }
        };
        let Some(region) = names.region(&named, text) else { continue };
        let place = names.tree.place(&named);
        if home == Some(&region) {
            names.add(Finding::new(
                Kind::Contradiction,
                place,
                format!("`{region}` is the region of `{}` itself", scope.key),
                "a replica lies in another region",
            ));
        } else if home.is_some_and(|home| home.partition() != region.partition()) {
            names.add(Finding::new(
                Kind::Contradiction,
                place,
                format!("`{region}` lies in another partition than `{}`", scope.key),
                "Secrets Manager replicates within a partition",
            ));
        }
        if replicas.contains_key(&region) {
            names.add(Finding::new(
                Kind::DuplicateKey,
                place,
                format!("the replica `{region}` is listed twice"),
                "keep one of the two",
            ));
        }
        replicas.insert(region, key);
    }
    replicas
}

/// The ARN of a key, not of an alias: AWS may answer with either, and only one can be compared
fn key_arn(path: &[&str], text: &str, names: &mut Names<'_>) -> Option<Arn> {
    let arn = names.arn(path, text, Some("kms"))?;
    if arn.resource().starts_with("key/") {
        return Some(arn);
    }
    let place = names.tree.place(path);
    names.add(Finding::new(
        Kind::BadName,
        place,
        format!("`{}` is not the ARN of a key", dotted(path)),
        "it ends in `:key/` and the key's id; `aws kms describe-key` shows it",
    ));
    None
}

fn lies_in(path: &[&str], arn: &Arn, region: &str, names: &mut Names<'_>) {
    if arn.region() == region {
        return;
    }
    let place = names.tree.place(path);
    names.add(Finding::new(
        Kind::Contradiction,
        place,
        format!("`{}` lies in `{}` and not in `{region}`", dotted(path), arn.region()),
        "a copy is encrypted with a key of its own region",
    ));
}
