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

/// Returns the files of the modules that a root uses, below `modules/`, each with `head` at its top
pub(super) fn files(used: &[&str], head: &str) -> Files {
    FILES
        .iter()
        .filter(|(path, _)| used.iter().any(|module| path.split('/').next() == Some(*module)))
        .map(|(path, text)| (format!("modules/{path}"), format!("{head}\n{text}")))
        .collect()
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
