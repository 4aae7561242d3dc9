//! Policies broken on purpose, each a file: `check` and the proof together find every one, each those
//! that it is named for, and the proof by the statement that is at fault.

use std::collections::BTreeSet;
use std::path::Path;

use provision_core::access::{Place, Realm};
use provision_core::check::{Estate, Origin, PolicyKind, Severity, Subject, check};
use provision_core::desired::PolicyFiles;
use provision_core::policy::Document;
use provision_core::prove::{Finding, prove};
use serde::Deserialize;

use crate::scene::{desired, scene};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/broken-policies");

/// A file of the folder
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    /// what is wrong
    about: String,
    /// who finds it
    caught_by: BTreeSet<Judge>,
    stands: Stands,
    policy: Document,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Judge {
    Prove,
    Check,
}

/// Where the policy stands in the environment `prod` of the manifest
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stands {
    place: String,
    /// the role, the alias of the key, or the name of the secret
    holder: String,
    #[serde(default)]
    policy: String,
}

fn manifest() -> String {
    std::fs::read_to_string(Path::new(FOLDER).join("manifest.yaml")).unwrap()
}

fn fixtures() -> Vec<(String, Broken)> {
    let mut all: Vec<(String, Broken)> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let kind = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let broken = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{kind}: {e}"));
            (kind, broken)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// Puts the policy where it stands, in place of the good one
fn put(realms: &mut [Realm], broken: &Broken) {
    let realm = realms.iter_mut().find(|realm| realm.environment == "prod").unwrap();
    let Stands { place, holder, policy } = &broken.stands;
    let document = broken.policy.replace("${KEY_ARN}", &realm.keys[0].arn);
    let role = realm.roles.iter_mut().find(|role| role.name == *holder);
    let good = match place.as_str() {
        "inline" => role
            .unwrap()
            .policies
            .iter_mut()
            .find(|p| p.place == Place::Inline && p.name == *policy),
        "boundary" => role.unwrap().boundary.as_mut(),
        "trust" => role.map(|role| &mut role.trust),
        "key" => {
            let key = realm.keys.iter_mut().find(|key| key.alias == *holder);
            key.unwrap().policy.as_mut()
        }
        "secret" => {
            let secret = realm.secrets.iter_mut().find(|secret| secret.name == *holder);
            secret.unwrap().policy.as_mut()
        }
        other => panic!("no place `{other}`"),
    };
    let good = good.unwrap();
    assert_ne!(good.document, document, "changes nothing");
    good.document = document;
}

/// What the proof finds where one policy of the good ones is broken
fn found(good: &[Realm], broken: &Broken) -> Vec<Finding> {
    let mut realms = good.to_vec();
    put(&mut realms, broken);
    prove(&realms, &[]).findings
}

/// Whether `provision check` fails on the policy as a file of somebody's, beside the manifest
fn is_checked(kind: &str, broken: &Broken, good: &[Realm], estates: &[Estate]) -> bool {
    let is_boundary = broken.stands.place == "boundary";
    let document = broken.policy.replace("${KEY_ARN}", &good[0].keys[0].arn);
    let subject = Subject {
        name: format!("{kind}.json"),
        text: format!("{:#}", document.to_value()),
        origin: Origin::File,
        kind: is_boundary.then_some(PolicyKind::Boundary),
    };
    check(&[subject], estates).iter().any(|finding| finding.severity != Severity::Note)
}

#[test]
fn check_and_the_proof_together_find_every_broken_policy() {
    let (good, fixtures) = (scene(&manifest()), fixtures());
    let environments = desired(&manifest(), &PolicyFiles::new(), None);
    let estates: Vec<Estate> = environments.iter().map(|(of, _)| Estate::of(of)).collect();
    let judged = |(kind, broken): &(String, Broken)| {
        assert!(!broken.about.is_empty(), "{kind}");
        let checked = is_checked(kind, broken, &good, &estates).then_some(Judge::Check);
        let proven = (!found(&good, broken).is_empty()).then_some(Judge::Prove);
        checked.into_iter().chain(proven).collect::<BTreeSet<Judge>>()
    };
    // each proof is a whole one: on all cores at once
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let judged = &judged;
    let judged: Vec<BTreeSet<Judge>> = std::thread::scope(|scope| {
        let parts = fixtures.chunks(fixtures.len().div_ceil(cores));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(judged).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    for ((kind, _), judges) in fixtures.iter().zip(&judged) {
        println!("{kind}: {judges:?}");
    }
    let by = |judge| judged.iter().filter(|judges| judges.contains(&judge)).count();
    let (kinds, checked, proven) = (fixtures.len(), by(Judge::Check), by(Judge::Prove));
    println!("{kinds} kinds of broken policies: check finds {checked}, the proof {proven}");

    let missed: Vec<&String> = fixtures
        .iter()
        .zip(&judged)
        .filter(|(_, judges)| judges.is_empty())
        .map(|((kind, _), _)| kind)
        .collect();
    assert_eq!(missed, Vec::<&String>::new());
    for ((kind, broken), judges) in fixtures.iter().zip(&judged) {
        assert_eq!(*judges, broken.caught_by, "{kind}");
    }
    assert!(kinds > 70, "{kinds}");
}

#[test]
fn a_finding_names_the_statement_at_fault() {
    let good = scene(&manifest());
    for (kind, role, sid) in [
        ("reads-another-secret", "proj-prod-app", "ReadOwnSecrets"),
        ("without-via-service", "proj-prod-app", "DecryptOwnSecrets"),
        ("own-secrets-denied", "proj-prod-app", "Stop"),
        ("key-for-everybody-at-all", "stranger", "ReadViaSecretsManager"),
        ("secret-for-everybody", "proj-prod-app", "Open"),
        ("trust-in-everybody", "proj-prod-app", "Open"),
    ] {
        let (_, broken) = fixtures().into_iter().find(|(name, _)| name == kind).unwrap();
        let findings = found(&good, &broken);
        let named = findings
            .iter()
            .filter(|finding| finding.role == role)
            .flat_map(|finding| &finding.statements)
            .any(|cited| cited.sid == sid);
        assert!(named, "{kind}: {findings:#?}");
    }
}

#[test]
fn what_cannot_be_decided_is_said_and_never_taken_for_safe() {
    let good = scene(&manifest());
    for (kind, doubt) in [
        ("by-address", "the condition `IpAddress` on `aws:SourceIp` cannot be decided here"),
        (
            "unknown-operator",
            "the condition `StringSounds` on `aws:PrincipalTag/project` cannot be decided here",
        ),
    ] {
        let (_, broken) = fixtures().into_iter().find(|(name, _)| name == kind).unwrap();
        let findings = found(&good, &broken);
        assert!(findings.iter().any(|f| f.doubts.iter().any(|d| d == doubt)), "{findings:#?}");
    }
}
