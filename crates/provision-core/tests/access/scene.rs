//! Environments as `access` judges them.

use provision_core::access::{Facts, Realm};
use provision_core::desired::{Desired, PolicyFiles, resolve};
use provision_core::manifest::{Environment, Source, parse};
use provision_core::name::AccountId;

/// Returns the environments of a manifest, each as it is declared and with what follows from it
///
/// `account` is that of environments that name none.
pub(crate) fn desired(
    text: &str,
    files: &PolicyFiles,
    account: Option<&AccountId>,
) -> Vec<(Desired, Environment)> {
    let manifest = parse(&Source { name: "secrets.yaml".into(), text: text.into() }).unwrap();
    manifest
        .environments
        .iter()
        .map(|(name, declared)| {
            let account = declared.account.as_ref().or(account);
            let desired = resolve(&manifest, name.as_str(), files, account).unwrap();
            (desired, declared.clone())
        })
        .collect()
}

/// Returns the environments of a manifest, with the facts that it tells
pub(crate) fn realms(text: &str, files: &PolicyFiles) -> Vec<(Realm, Facts)> {
    let of = |(desired, declared)| (Realm::declared(&desired, &declared), Facts::of(&desired));
    desired(text, files, None).into_iter().map(of).collect()
}

/// Returns the environments alone
pub(crate) fn scene(text: &str) -> Vec<Realm> {
    realms(text, &PolicyFiles::new()).into_iter().map(|(realm, _)| realm).collect()
}
