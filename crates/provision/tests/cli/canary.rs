//! A secret value leaves by `run` and by `--reveal` alone: it is in no output, at no level of
//! logging, in no file that a command writes, and in no process's command line.
//!
//! A watch looks everywhere at once. It is itself put to the test: with leaks made on purpose.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crate::workplace::{MANIFEST, Workplace};

/// What a child writes that tells when it is there
const READY: &str = "given-ready";
const LOCAL: [&str; 4] = ["--env", "dev", "--local", "-vvv"];

/// A value that no other process on this machine has in its command line
fn fresh(word: &str) -> String {
    let mut bytes = [0_u8; 12];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").unwrap(), &mut bytes)
        .unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // a multiple of three, so that its base64 stands whole inside a longer one
    format!("c4n4ry{word}{hex}")
}

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

/// The value as it is and in the forms in which it travels
fn forms(value: &str) -> Vec<String> {
    let hex = |upper: bool| -> String {
        let byte = |b: u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
        value.bytes().map(byte).collect()
    };
    // as a debug output shows bytes
    let listed = value.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(", ");
    vec![value.to_owned(), base64(value), hex(true), hex(false), listed]
}

fn holds(text: &[u8], forms: &[String]) -> bool {
    forms.iter().any(|form| text.windows(form.len()).any(|window| window == form.as_bytes()))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Looks at every command line of this machine until it is dropped
struct CommandLines {
    stop: Arc<AtomicBool>,
    looked: Arc<AtomicUsize>,
    thread: Option<JoinHandle<bool>>,
}

impl CommandLines {
    fn watch(forms: Vec<String>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let looked = Arc::new(AtomicUsize::new(0));
        let thread = std::thread::spawn({
            let (stop, looked) = (Arc::clone(&stop), Arc::clone(&looked));
            move || {
                let mut seen = false;
                while !stop.load(Ordering::SeqCst) {
                    seen |= std::fs::read_dir("/proc").unwrap().any(|entry| {
                        let line = entry.map(|entry| entry.path().join("cmdline"));
                        // a process may end meanwhile
                        line.and_then(std::fs::read).is_ok_and(|line| holds(&line, &forms))
                    });
                    looked.fetch_add(1, Ordering::SeqCst);
                }
                seen
            }
        });
        Self { stop, looked, thread: Some(thread) }
    }

    /// Waits until every process that lives now has been looked at
    fn look(&self) {
        let before = self.looked.load(Ordering::SeqCst);
        while self.looked.load(Ordering::SeqCst) < before + 2 {
            std::thread::yield_now();
        }
    }

    fn seen(mut self) -> bool {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap()
    }
}

/// Where a value was found
type Leaks = BTreeSet<&'static str>;

/// Runs a command that is given the value by stdin, and says where the value leaked
fn leaks(place: &Workplace, arguments: &[&str], value: &str) -> Leaks {
    let forms = forms(value);
    let lines = CommandLines::watch(forms.clone());
    let mut child = start(place, arguments, value);
    let mut stdin = child.stdin.take().unwrap();
    // half of the value is there and the command waits for the rest: it is looked at as it lives
    let (half, rest) = value.as_bytes().split_at(value.len() / 2);
    let _ = stdin.write_all(half);
    if arguments.iter().any(|argument| argument.contains(READY)) {
        while !place.path().join(READY).exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was there");
            std::thread::yield_now();
        }
    }
    lines.look();
    let _ = stdin.write_all(rest);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let mut found = Leaks::new();
    if lines.seen() {
        found.insert("command line");
    }
    if holds(&output.stdout, &forms) {
        found.insert("stdout");
    }
    if holds(&output.stderr, &forms) {
        found.insert("stderr");
    }
    let mut all = Vec::new();
    files(place.path(), &mut all);
    for file in all {
        // what the test itself put there
        let is_given =
            file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("given"));
        if !is_given && holds(&std::fs::read(&file).unwrap(), &forms) {
            found.insert("file");
        }
    }
    found
}

fn start(place: &Workplace, arguments: &[&str], value: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_provision"))
        .current_dir(place.path())
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", place.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        // whatever asks for the SDK's own words gets none
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .env("TF_VAR_token", value)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn no_command_shows_or_writes_a_value() {
    let place = Workplace::applied(MANIFEST);
    let value = fresh("");
    let assignments = format!("TOKEN={value}\nGREETING='{value}'\n");
    place.write("given.env", &assignments);
    place.write("given-value", &value);
    place.write(
        "given.json",
        &format!("{{\"TOKEN\": \"{value}\", \"openai\": {{\"key\": \"{value}\"}}}}"),
    );
    place.write("given.yaml", &format!("TOKEN: \"{value}\"\n"));
    place.write("given.tfvars", &format!("token = \"{value}\"\n"));
    // each wrong in its own way, around the value
    place.write("given-broken.env", &format!("TOKEN='{value}\n"));
    place.write("given-broken2.env", &format!("{value}\nTOKEN=\"{value}\"{value}\n"));
    place.write("given-twice.env", &format!("TOKEN={value}\ntoken={value}x\n"));
    place.write("given-other.env", &format!("OTHER={value}\nTOKEN={value}\n"));
    place.write("given-broken.json", &format!("{{\"TOKEN\": {value}}}"));
    place.write("given-nul.json", &format!("{{\"TOKEN\": \"{value}\\u0000\"}}"));
    place.write("given-broken.yaml", &format!("TOKEN: \"{value}\nx: [{value}"));
    place.write("given-broken.tfvars", &format!("token = {value}\n"));
    place.write("given-broken2.tfvars", &format!("token = \"${{{value}}}\"\n"));
    place.write("given-long", &value.repeat(4000));
    let commands: &[&[&str]] = &[
        &["set", "api-keys", "TOKEN"],
        &["set", "api-keys", "TOKEN"],
        &["set", "api-keys", "TOKEN", "--output", "json"],
        &["set", "api-keys", "TOKEN=-"],
        &["set", "api-keys", "TOKEN=-", "openai.key=-"],
        &["set", "api-keys", "openai.key=@given-value"],
        &["set", "api-keys", "openai.key", "--from-file", "given-value"],
        &["set", "api-keys", "openai.key", "--from-file", "given-long"],
        &["set", "greeting"],
        &["set", "keystore"],
        &["set", "greeting", "KEY"],
        &["set", "nothing"],
        &["import", "given.env", "--dry-run"],
        &["import", "given.env"],
        &["import", "given.env", "--yes"],
        &["import", "given.env", "--yes", "--output", "json"],
        &["import", "given.json", "--yes"],
        &["import", "given.yaml", "--yes"],
        &["import", "given.tfvars", "--yes"],
        &["import", "--from-env", "--yes"],
        &["import", "-", "--yes"],
        &["import", "-", "--yes", "--format", "json"],
        &["import", "-", "--yes", "--format", "yaml"],
        &["import", "-", "--yes", "--format", "tfvars"],
        &["import", "given-broken.env", "--yes"],
        &["import", "given-broken2.env", "--yes"],
        &["import", "given-twice.env", "--yes"],
        &["import", "given-other.env", "--yes"],
        &["import", "given-broken.json", "--yes"],
        &["import", "given-nul.json", "--yes"],
        &["import", "given-broken.yaml", "--yes"],
        &["import", "given-broken.tfvars", "--yes"],
        &["import", "given-broken2.tfvars", "--yes"],
        &["migrate", "given.env", "--yes"],
        &["migrate", "given-other.env", "--yes"],
        &["init", "shop", "--from-env", "given.env", "--file", "drawn.yaml"],
        &["init", "shop", "--from-env", "given-broken2.env", "--file", "drawn2.yaml"],
        &["get", "api-keys"],
        &["get", "api-keys", "TOKEN"],
        &["get", "api-keys", "--output", "json"],
        &["get", "api-keys", "--at", "nowhere"],
        &["export"],
        &["export", "--output", "json"],
        &["versions", "api-keys"],
        &["versions", "api-keys", "--output", "json"],
        &["diff", "api-keys"],
        &["diff", "api-keys", "--output", "json"],
        &["diff", "--against", "prod"],
        &["rollback", "api-keys", "--dry-run"],
        &["rollback", "api-keys", "--yes"],
        &["rollback", "api-keys", "--yes", "--output", "json"],
        &["pin", "api-keys"],
        &["rotate", "api-keys"],
        &["replicate"],
        &["promote", "dev", "prod", "--yes"],
        &["run", "--", "true"],
        &["run", "--", "./given-value"],
        &["run", "--only", "none", "--", "true"],
        &["plan"],
        &["plan", "--output", "json"],
        &["plan", "--out", "plan.json"],
        &["--yes"],
        &["--yes", "--output", "json"],
        &["check"],
        &["access"],
        &["access", "--prove", "--live", "--output", "json"],
        &["access", "--live", "--html", "access.html"],
        &["schema", "output"],
        &["destroy", "--yes"],
        &["set", "api-keys", "TOKEN"],
        &["import", "given.env", "--yes"],
        &["export"],
        &["diff", "api-keys"],
        &["restore", "--yes"],
    ];
    for command in commands {
        // flags of the tool stand before what belongs to a child
        let arguments = [&LOCAL, *command].concat();
        let found = leaks(&place, &arguments, &value);
        assert!(found.is_empty(), "{command:?}: {found:?}");
    }
    let run = place.run(&[&LOCAL[..], &["run", "--", "printenv", "TOKEN"]].concat());
    assert_eq!(run.stdout.trim_end(), value, "the value was there all along");
    assert!(!holds(run.stderr.as_bytes(), &forms(&value)));
}

#[test]
fn what_is_typed_by_mistake_is_not_shown() {
    let place = Workplace::applied(MANIFEST);
    let typed = fresh("typed");
    let dashed = format!("-----{typed}");
    let flag = format!("--value={typed}");
    let assigned = format!("TOKEN={typed}");
    let generated = format!("--generate={typed}");
    let at = format!("api-keys@{typed}");
    let file = format!("TOKEN=@{typed}");
    let commands: &[&[&str]] = &[
        &["set", &typed],
        &["set", &typed, "--output", "json"],
        &["set", "api-keys", &typed],
        &["set", "api-keys", &typed, "--output", "json"],
        &["set", "api-keys", &dashed],
        &["set", "api-keys", "TOKEN", &typed],
        &["--output", "json", "set", "api-keys", "TOKEN", &typed],
        &["set", "api-keys", "TOKEN", &dashed],
        &["set", "api-keys", "TOKEN", &flag],
        &["set", "api-keys", &flag],
        &["set", "api-keys", "TOKEN", &typed, &typed],
        &["set", "api-keys", "TOKEN", "--", &typed],
        &["set", "api-keys", &assigned],
        &["set", "api-keys", "CLIENT_ID=-", &assigned],
        &["set", "api-keys", "TOKEN", &generated],
        &["set", "api-keys", "TOKEN", "--from-file", &typed],
        &["set", "api-keys", &file],
        &["set", "greeting", &typed],
        &["set", "greeting", &typed, "--output", "json"],
        &["get", "api-keys", &typed],
        &["get", &typed],
        &["get", "api-keys", "--at", &typed],
        &["diff", &at],
        &["rollback", "api-keys", "--to", &typed],
        &["pin", "api-keys", &typed],
        &["run", "--only", &typed, "--", "true"],
        &["export", "--only", &typed],
        &["promote", "dev", "prod", "--only", &typed],
    ];
    for command in commands {
        let output = place.command().args(LOCAL).args(*command).write_stdin("x").output().unwrap();
        assert!(!output.status.success(), "{command:?}");
        for (stream, text) in [("stdout", output.stdout), ("stderr", output.stderr)] {
            assert!(!holds(&text, &forms(&typed)), "{command:?} on {stream}");
        }
    }
}

#[test]
fn the_watch_sees_a_leak_that_is_made_on_purpose() {
    let place = Workplace::applied(MANIFEST);
    let value = fresh("leaks");
    let set = [&LOCAL[..], &["set", "api-keys", "TOKEN"]].concat();
    assert_eq!(leaks(&place, &set, &value), Leaks::new());
    // a child that does what no command may; it waits for stdin, as `set` does
    let all: [(&str, &str); 8] = [
        ("printf %s \"$TOKEN\"; cat >/dev/null", "stdout"),
        ("printf %s \"$TOKEN\" >&2; cat >/dev/null", "stderr"),
        ("printf %s \"$TOKEN\" | base64 -w0; cat >/dev/null", "stdout"),
        ("printf %s \"$TOKEN\" | od -An -tx1 -v | tr -d ' \\n'; cat >/dev/null", "stdout"),
        ("printf '{\"v\":\"%s\"}' \"$TOKEN\" > plan.json; cat >/dev/null", "file"),
        ("mkdir -p a/b; printf %s \"$TOKEN\" > a/b/log; cat >/dev/null", "file"),
        ("sh -c ': > given-ready; cat >/dev/null; :' x \"$TOKEN\"", "command line"),
        ("sh -c ': > given-ready; cat >/dev/null; :' \"--token=$TOKEN\"", "command line"),
    ];
    for (script, channel) in all {
        let arguments = [&LOCAL[..], &["run", "--", "sh", "-c", script]].concat();
        let found = leaks(&place, &arguments, &value);
        assert_eq!(found, Leaks::from([channel]), "{script}");
        for left in ["plan.json", "a/b/log", READY] {
            let _ = std::fs::remove_file(place.path().join(left));
        }
    }
}
