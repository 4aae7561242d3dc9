//! The lists of known differences: one line each, `case: what it does instead`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Panics where what was found is not what is listed.
pub(crate) fn compare(backend: &str, found: &BTreeMap<String, String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/conformance/expected")
        .join(format!("{backend}.txt"));
    let listed = read(&path);
    let mut wrong = Vec::new();
    for (case, difference) in found {
        match listed.get(case) {
            Some(known) if known == difference => {}
            Some(known) => wrong.push(format!("{case}: {difference}\n    listed as: {known}")),
            None => wrong.push(format!("{case}: {difference}\n    not listed")),
        }
    }
    for (case, known) in &listed {
        if !super::cases::all().iter().any(|known| known.name == case) {
            wrong.push(format!("{case}: no such case"));
        } else if !found.contains_key(case) {
            wrong.push(format!("{case}: no longer differs\n    listed as: {known}"));
        }
    }
    assert!(wrong.is_empty(), "{} in {}:\n{}", wrong.len(), path.display(), wrong.join("\n"));
}

fn read(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut listed = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (case, difference) =
            line.split_once(": ").unwrap_or_else(|| panic!("no case and difference in `{line}`"));
        let before = listed.insert(case.to_owned(), difference.to_owned());
        assert!(before.is_none(), "`{case}` is listed twice in {}", path.display());
    }
    listed
}
