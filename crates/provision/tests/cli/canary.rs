//! A secret value leaves by `run` alone: it is in no output, at no level of logging, and in no
//! file that a command writes.

use std::path::Path;

use crate::workplace::{MANIFEST, Workplace};

const CANARY: &str = "c4n4ry-Zk3vQ9wT7xLp2mR8";
/// As a private key begins
const DASHED: &str = "-----c4n4ry-Zk3vQ9wT7xLp2mR8";
const VALUE: &str = "--value=c4n4ry-Zk3vQ9wT7xLp2mR8";

fn base64(text: &str) -> String {
    // three bytes at a time from the first, so that the value is found whole inside a longer text
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text.as_bytes()
        .chunks_exact(3)
        .flat_map(|c| {
            let bits = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
            [18, 12, 6, 0].map(|shift| DIGITS[(bits >> shift & 63) as usize] as char)
        })
        .collect()
}

fn is_clean(text: &[u8]) -> bool {
    [CANARY.to_owned(), base64(CANARY)]
        .iter()
        .all(|needle| !text.windows(needle.len()).any(|window| window == needle.as_bytes()))
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_command_shows_or_writes_a_value() {
    let place = Workplace::applied(MANIFEST);
    let local = ["--env", "dev", "--local", "-vvv"];
    let commands: &[&[&str]] = &[
        &["set", "api-keys", "TOKEN"],
        &["set", "api-keys", "TOKEN"],
        &["set", "api-keys", "TOKEN", "--output", "json"],
        &["set", "greeting"],
        &["set", "keystore"],
        &["set", "greeting", "KEY"],
        &["set", "nothing"],
        // what should have been piped in, typed in every place of the command line
        &["set", CANARY],
        &["set", CANARY, "--output", "json"],
        &["set", "api-keys", CANARY],
        &["set", "api-keys", CANARY, "--output", "json"],
        &["set", "api-keys", DASHED],
        &["set", "api-keys", "TOKEN", CANARY],
        &["--output", "json", "set", "api-keys", "TOKEN", CANARY],
        &["set", "api-keys", "TOKEN", DASHED],
        &["set", "api-keys", "TOKEN", VALUE],
        &["set", "api-keys", VALUE],
        &["set", "api-keys", "TOKEN", CANARY, CANARY],
        &["set", "api-keys", "TOKEN", "--", CANARY],
        &["set", "greeting", CANARY],
        &["set", "greeting", CANARY, "--output", "json"],
        &["plan"],
        &["plan", "--output", "json"],
        &["plan", "--out", "plan.json"],
        &["--yes"],
        &["--yes", "--output", "json"],
        &["check"],
        &["destroy", "--yes"],
        &["set", "api-keys", "TOKEN"],
        &["restore", "--yes"],
    ];
    for command in commands {
        let output = place
            .command()
            .args(*command)
            .args(local)
            .env("RUST_LOG", "trace")
            .write_stdin(CANARY)
            .output()
            .unwrap();
        assert!(is_clean(&output.stdout), "{command:?} on stdout");
        assert!(is_clean(&output.stderr), "{command:?} on stderr");
    }
    let mut found = Vec::new();
    files(place.path(), &mut found);
    assert!(found.len() >= 3, "{found:?}");
    for file in found {
        assert!(is_clean(&std::fs::read(&file).unwrap()), "{}", file.display());
    }
    let arguments = [&["run"][..], &local, &["--", "printenv", "TOKEN"]].concat();
    let run = place.run(&arguments);
    assert_eq!(run.stdout.trim_end(), CANARY, "the value was there all along");
    assert!(is_clean(run.stderr.as_bytes()));
}
