//! Renders one environment of a manifest in every format into a folder, offline.
//!
//! `cargo run -p provision-core --example render -- MANIFEST ENVIRONMENT OUT`

use std::error::Error;
use std::fs;
use std::path::Path;

use provision_core::desired::{PolicyFiles, resolve};
use provision_core::manifest::{PolicySource, Source, parse};
use provision_core::render::{Format, Subject, render};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, environment, out] = arguments.as_slice() else {
        return Err("usage: render MANIFEST ENVIRONMENT OUT".into());
    };
    let path = Path::new(file);
    let source = Source { name: file.clone(), text: fs::read_to_string(path)? };
    let manifest = parse(&source).map_err(|problems| format!("{problems:?}"))?;
    let declared = manifest
        .environments
        .iter()
        .find(|(name, _)| name.as_str() == environment)
        .map(|(_, declared)| declared)
        .ok_or("the manifest declares no such environment")?;
    let mut files = PolicyFiles::new();
    for source in declared.functions.values().flat_map(|function| &function.policies) {
        if let PolicySource::File(name) = source {
            let text = fs::read_to_string(path.with_file_name(name))?;
            files.insert(name.clone(), text);
        }
    }
    let desired = resolve(&manifest, environment, &files, declared.account.as_ref())?;
    let subject = Subject { declared, desired: &desired, manifest: "secrets.yaml", live: None };
    for format in Format::ALL {
        for (name, text) in render(format, subject)? {
            let path = Path::new(out).join(format.name()).join(name);
            fs::create_dir_all(path.parent().ok_or("a file lies in a folder")?)?;
            fs::write(path, text)?;
        }
    }
    Ok(())
}
