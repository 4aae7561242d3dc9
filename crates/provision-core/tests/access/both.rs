//! Neither `check` nor the proof finds anything where everything is right: in every manifest of the
//! project, with all policies that follow from it.

use std::path::{Path, PathBuf};

use provision_core::access::Realm;
use provision_core::check::{Estate, Origin, Subject, check, rendered};
use provision_core::desired::PolicyFiles;
use provision_core::manifest::{PolicySource, Source, parse};
use provision_core::name::AccountId;
use provision_core::prove::prove;

use crate::scene::desired;

/// Where manifests are, from the root of the project: the file, or the folder of files or examples
const PLACES: [&str; 4] = [
    "crates/provision-core/fixtures/broken-policies/manifest.yaml",
    "examples",
    "sam/secrets.yaml",
    "tests/e2e/manifests",
];

fn manifests() -> Vec<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut found = Vec::new();
    for place in PLACES.map(|place| root.join(place)) {
        if place.is_file() {
            found.push(place);
            continue;
        }
        for entry in std::fs::read_dir(&place).unwrap() {
            let entry = entry.unwrap().path();
            let file = if entry.is_dir() { entry.join("secrets.yaml") } else { entry };
            let is_manifest = file.extension().is_some_and(|extension| extension == "yaml");
            found.extend((is_manifest && file.exists()).then_some(file));
        }
    }
    found.sort();
    found
}

/// The policies that functions bring along as files
fn policy_files(path: &Path, text: &str) -> PolicyFiles {
    let source = Source { name: path.display().to_string(), text: text.to_owned() };
    let manifest = parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"));
    let functions = manifest.environments.values().flat_map(|of| of.functions.values());
    let named = functions.flat_map(|function| &function.policies).filter_map(|policy| {
        let PolicySource::File(name) = policy else { return None };
        let text = std::fs::read_to_string(path.with_file_name(name)).unwrap();
        Some((name.clone(), text))
    });
    named.collect()
}

#[test]
fn neither_finds_anything_on_the_good_ones() {
    let account = AccountId::parse("123456789012").unwrap();
    let paths = manifests();
    assert!(paths.len() >= 9, "{paths:?}");
    for path in paths {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let files = policy_files(&path, &text);
        let file = |name: &str, text: &str, origin| Subject {
            name: name.to_owned(),
            text: text.to_owned(),
            origin,
            kind: None,
        };
        let mut subjects = vec![file(&name, &text, Origin::Manifest)];
        subjects.extend(files.iter().map(|(name, text)| file(name, text, Origin::File)));
        let environments = desired(&text, &files, Some(&account));
        let estates: Vec<Estate> = environments.iter().map(|(of, _)| Estate::of(of)).collect();
        let mut realms = Vec::new();
        for (desired, declared) in &environments {
            subjects.extend(rendered(desired, &files));
            realms.push(Realm::declared(desired, declared));
        }
        let proof = prove(&realms, &[]);
        let (policies, decisions) = (subjects.len(), proof.decisions);
        println!("{name}: {policies} texts checked, {decisions} decisions proven");
        assert_eq!(check(&subjects, &estates), [], "{name}");
        assert_eq!(proof.findings, [], "{name}");
        assert!(policies > 3 && decisions > 100, "{name}");
    }
}
