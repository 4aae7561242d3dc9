//! Environments as `access` judges them.

use provision_core::access::{Facts, Realm};
use provision_core::desired::{PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};

/// Returns the environments of a manifest, with the facts that it tells
pub(crate) fn realms(text: &str, files: &PolicyFiles) -> Vec<(Realm, Facts)> {
    let manifest = parse(&Source { name: "secrets.yaml".into(), text: text.into() }).unwrap();
    manifest
        .environments
        .iter()
        .map(|(name, declared)| {
            let account = declared.account.as_ref();
            let desired = resolve(&manifest, name.as_str(), files, account).unwrap();
            (Realm::declared(&desired, declared), Facts::of(&desired))
        })
        .collect()
}

/// Returns the environments alone
pub(crate) fn scene(text: &str) -> Vec<Realm> {
    realms(text, &PolicyFiles::new()).into_iter().map(|(realm, _)| realm).collect()
}
