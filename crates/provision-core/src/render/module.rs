//! Terraform's modules, compiled into the binary: an installed one has no checkout beside it.

use super::Files;

/// The file of a module; the folder `modules` of this crate is the repository's own
macro_rules! module_files {
    ($($module:literal: [$($file:literal),* $(,)?]),* $(,)?) => {
        &[$($((
            concat!($module, "/", $file),
            include_str!(concat!("../../modules/", $module, "/", $file)),
        ),)*)*]
    };
}

const FILES: &[(&str, &str)] = module_files! {
    "alarms": ["main.tf", "outputs.tf", "variables.tf", "versions.tf"],
    "deploy-role": ["main.tf", "outputs.tf", "variables.tf", "versions.tf"],
    "function-access": ["main.tf", "outputs.tf", "variables.tf", "versions.tf"],
    "key": ["main.tf", "outputs.tf", "variables.tf", "versions.tf"],
    "secrets": ["main.tf", "outputs.tf", "variables.tf", "versions.tf"],
};

/// What holds values, or the way to them: by file, the line that opens the resource
const GUARDED: [(&str, &str); 2] = [
    ("key/main.tf", "resource \"aws_kms_key\" \"this\" {\n"),
    ("secrets/main.tf", "resource \"aws_secretsmanager_secret\" \"this\" {\n"),
];

/// Terraform takes a literal there and no variable: a module that is shared cannot offer it
const GUARD: &str = "\n  lifecycle {\n    prevent_destroy = true\n  }";

/// Returns the files of the modules that a root uses, below `modules/`, each with `head` at its top;
/// where the environment is protected, no plan of theirs destroys a key or a secret
pub(super) fn files(used: &[&str], head: &str, protected: bool) -> Files {
    FILES
        .iter()
        .filter(|(path, _)| used.iter().any(|module| path.split('/').next() == Some(*module)))
        .map(|(path, text)| {
            let text = if protected { guarded(path, text) } else { (*text).to_owned() };
            (format!("modules/{path}"), format!("{head}\n{text}"))
        })
        .collect()
}

fn guarded(path: &str, text: &str) -> String {
    let opened = GUARDED.iter().find(|(file, _)| *file == path).and_then(|(_, opening)| {
        let start = text.find(opening)?;
        // the first brace at the margin closes it
        Some(start + text[start..].find("\n}\n")?)
    });
    match opened {
        Some(end) => format!("{}\n{GUARD}{}", &text[..end], &text[end..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn all_code_of_every_module_is_in_the_binary() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("modules");
        let mut found = BTreeSet::new();
        for module in fs::read_dir(root).unwrap() {
            let module = module.unwrap();
            for file in fs::read_dir(module.path()).unwrap() {
                let file = file.unwrap();
                let name = file.file_name().into_string().unwrap();
                if file.file_type().unwrap().is_file() && name.ends_with(".tf") {
                    found.insert(format!("{}/{name}", module.file_name().to_str().unwrap()));
                }
            }
        }
        let embedded: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, found);
    }
}
