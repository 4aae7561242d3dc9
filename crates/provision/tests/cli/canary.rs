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

/// A command of the list, and the code that it ends with
type Expected<'a> = (&'a [&'a str], i32);

/// Runs a command that is given the value by stdin, and says how it ended and where the value leaked
fn leaks(place: &Workplace, arguments: &[&str], value: &str) -> (Option<i32>, Leaks) {
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
    (output.status.code(), found)
}

/// The flags of the tool, which stand before what belongs to a child
fn flags(command: &[&str]) -> &'static [&'static str] {
    // it names its environments itself
    if command.contains(&"promote") { &LOCAL[2..] } else { &LOCAL }
}

fn start(place: &Workplace, arguments: &[&str], value: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_provision"))
        .current_dir(place.path())
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", place.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        // whatever asks for the SDK's own words, with values in them, gets none
        .env("RUST_LOG", "trace")
        .env("LOG_SENSITIVE_BODIES", "true")
        .env("LOG_SIGNABLE_BODY", "true")
        .env("RUST_BACKTRACE", "full")
        // whatever wants a temporary file fails
        .env("TMPDIR", "/nonexistent")
        .env("TF_VAR_token", value)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Every command, in ways that end well and ways that do not; that which shows values, `--reveal`, is
/// left out
const COMMANDS: &[Expected<'static>] = &[
    (&["set", "api-keys", "TOKEN"], 0),
    (&["set", "api-keys", "TOKEN"], 0),
    (&["set", "api-keys", "TOKEN", "--output", "json"], 0),
    (&["set", "api-keys", "TOKEN=-"], 0),
    (&["set", "api-keys", "TOKEN=-", "openai.key=-"], 1),
    (&["set", "api-keys", "openai.key=@given-value"], 0),
    (&["set", "api-keys", "openai.key", "--from-file", "given-value"], 0),
    (&["set", "api-keys", "openai.key", "--from-file", "given-long"], 1),
    (&["set", "greeting"], 0),
    (&["set", "keystore"], 0),
    (&["set", "greeting", "KEY"], 64),
    (&["set", "nothing"], 1),
    (&["import", "given.env", "--dry-run"], 0),
    (&["import", "given.env"], 0),
    (&["import", "given.env", "--yes"], 0),
    (&["import", "given.env", "--yes", "--output", "json"], 0),
    (&["import", "given.json", "--yes"], 0),
    (&["import", "given.yaml", "--yes"], 0),
    (&["import", "given.tfvars", "--yes"], 0),
    (&["import", "--from-env", "--yes"], 0),
    (&["import", "-", "--yes"], 1),
    (&["import", "-", "--yes", "--format", "json"], 1),
    (&["import", "-", "--yes", "--format", "yaml"], 1),
    (&["import", "-", "--yes", "--format", "tfvars"], 1),
    (&["plan", "--file", "given-latin.env"], 1),
    (&["plan", "--file", "given-wide.env", "--output", "json"], 1),
    (&["check", "--file", "given-latin.env"], 2),
    (&["check", "--file", "given-wide.env"], 2),
    (&["plan", "--file", "given-other.env"], 1),
    (&["check", "--file", "given-broken.yaml"], 2),
    (&["import", "given-latin.env", "--yes"], 1),
    (&["import", "given-broken.env", "--yes"], 1),
    (&["import", "given-broken2.env", "--yes"], 1),
    (&["import", "given-twice.env", "--yes"], 1),
    (&["import", "given-other.env", "--yes"], 1),
    (&["import", "given-broken.json", "--yes"], 1),
    (&["import", "given-nul.json", "--yes"], 1),
    (&["import", "given-broken.yaml", "--yes"], 1),
    (&["import", "given-broken.tfvars", "--yes"], 1),
    (&["import", "given-broken2.tfvars", "--yes"], 1),
    (&["migrate", "given.env", "--yes"], 0),
    (&["migrate", "given-other.env", "--yes"], 0),
    (&["init", "shop", "--from-env", "given.env", "--file", "drawn.yaml"], 0),
    (&["init", "shop", "--from-env", "given-broken2.env", "--file", "drawn2.yaml"], 1),
    (&["get", "api-keys"], 0),
    (&["get", "api-keys", "TOKEN"], 0),
    (&["get", "api-keys", "--output", "json"], 0),
    (&["get", "api-keys", "--at", "nowhere"], 1),
    (&["export"], 0),
    (&["export", "--output", "json"], 0),
    (&["versions", "api-keys"], 0),
    (&["versions", "api-keys", "--output", "json"], 0),
    (&["diff", "api-keys"], 0),
    (&["diff", "api-keys@previous", "api-keys"], 0),
    (&["diff", "api-keys", "--exit-code", "--output", "json"], 2),
    (&["diff", "--against", "prod"], 0),
    (&["unset", "api-keys", "TOKEN", "--dry-run"], 0),
    (&["unset", "api-keys", "openai.key", "--yes"], 0),
    (&["unset", "api-keys", "TOKEN"], 3),
    (&["unset", "api-keys", "openai.key", "--yes", "--output", "json"], 1),
    (&["unset", "greeting", "KEY"], 64),
    (&["rollback", "api-keys", "--yes"], 0),
    (&["rollback", "api-keys", "--dry-run"], 0),
    (&["rollback", "api-keys", "--yes"], 0),
    (&["rollback", "api-keys", "--yes", "--output", "json"], 0),
    (&["pin", "api-keys"], 0),
    (&["pin", "api-keys", "--remove"], 0),
    (&["rotate", "api-keys"], 1),
    (&["replicate"], 0),
    (&["promote", "dev", "prod", "--yes"], 0),
    (&["run", "--", "true"], 0),
    (&["run", "--", "./given-value"], 126),
    (&["run", "--only", "none", "--", "true"], 125),
    (&["plan"], 0),
    (&["plan", "--output", "json"], 0),
    (&["plan", "--out", "plan.json"], 0),
    (&["apply", "plan.json", "--yes"], 0),
    (&["adopt", "--yes"], 0),
    (&["rotate-key", "--yes"], 0),
    (&["--yes"], 0),
    (&["--yes", "--output", "json"], 0),
    (&["check"], 0),
    (&["check", "given-policy.json"], 2),
    (&["check", "given-policy.json", "given-template.yaml", "--output", "json"], 2),
    (&["check", "--policies", ".", "--output", "sarif"], 2),
    (&["doctor"], 2),
    (&["doctor", "--output", "json"], 2),
    (&["doctor", "--read-values"], 2),
    (&["doctor", "--read-values", "--function", "web", "--output", "json"], 2),
    (&["cost"], 0),
    (&["cost", "--output", "json"], 0),
    (&["cost", "--prices", "given.json"], 1),
    (&["access"], 0),
    (&["access", "--prove", "--live", "--output", "json"], 0),
    (&["access", "--live", "--html", "access.html"], 0),
    (&["render", "terraform", "--import", "--out", "terraform"], 0),
    (&["render", "sam", "--out", "sam"], 0),
    (&["render", "cloudformation", "--out", "stack"], 0),
    (&["render", "policies", "--out", "policies"], 0),
    (&["render", "github", "--out", "github"], 0),
    (&["schema", "output"], 0),
    (&["completions", "bash"], 0),
    (&["man", "man"], 0),
    (&["destroy", "--yes"], 0),
    (&["set", "api-keys", "TOKEN"], 1),
    (&["import", "given.env", "--yes"], 1),
    (&["export"], 1),
    (&["diff", "api-keys"], 1),
    (&["restore", "--yes"], 0),
];

/// The commands that `--help` lists
pub(crate) fn known(place: &Workplace) -> Vec<String> {
    let help = place.run(&["--help"]).stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn no_command_shows_or_writes_a_value() {
    let place = Workplace::applied(MANIFEST);
    let missing = |name: &String| !COMMANDS.iter().any(|(words, _)| words[0] == *name);
    let missing: Vec<String> = known(&place).into_iter().filter(missing).collect();
    assert!(missing.is_empty(), "not in the list: {missing:?}");
    let prod = place.run(&["--env", "prod", "--local", "--yes"]);
    assert_eq!(prod.code, 0, "{}", prod.stderr);
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
    let latin = [format!("TOKEN={value}\n# Jos").as_bytes(), b"\xe9\n"].concat();
    std::fs::write(place.path().join("given-latin.env"), latin).unwrap();
    let wide: Vec<u8> = assignments.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(place.path().join("given-wide.env"), wide).unwrap();
    place.write("given-long", &value.repeat(4000));
    place.write(
        "given-policy.json",
        &format!(
            "{{\"Statement\": [{{\"Sid\": \"{value}\", \"Effect\": \"Allow\", \"Action\": \"*\",
            \"Resource\": [\"{value}\", \"arn:aws:secretsmanager:*:*:secret:{value}\"]}}]}}"
        ),
    );
    place.write(
        "given-template.yaml",
        &format!(
            "Resources: {{ {value}: {{ Environment: {{ Variables: {{ A: {value} }} }} }} }}\n"
        ),
    );
    for (command, code) in COMMANDS {
        let (ended, found) = leaks(&place, &[flags(command), command].concat(), &value);
        assert!(found.is_empty(), "{command:?}: {found:?}");
        // what is refused early has had no occasion to leak
        assert_eq!(ended, Some(*code), "{command:?}");
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
    let commands: &[Expected<'_>] = &[
        (&["set", &typed], 1),
        (&["set", &typed, "--output", "json"], 1),
        (&["set", "api-keys", &typed], 1),
        (&["set", "api-keys", &typed, "--output", "json"], 1),
        (&["set", "api-keys", &dashed], 1),
        (&["set", "api-keys", "TOKEN", &typed], 64),
        (&["--output", "json", "set", "api-keys", "TOKEN", &typed], 64),
        (&["set", "api-keys", "TOKEN", &dashed], 64),
        (&["set", "api-keys", "TOKEN", &flag], 64),
        (&["set", "api-keys", &flag], 64),
        (&["set", "api-keys", "TOKEN", &typed, &typed], 64),
        (&["set", "api-keys", "TOKEN", "--", &typed], 64),
        (&["set", "api-keys", &assigned], 64),
        (&["set", "api-keys", "CLIENT_ID=-", &assigned], 64),
        (&["set", "api-keys", "TOKEN", &generated], 64),
        (&["set", "api-keys", "TOKEN", "--from-file", &typed], 1),
        (&["set", "api-keys", &file], 1),
        (&["set", "greeting", &typed], 64),
        (&["set", "greeting", &typed, "--output", "json"], 64),
        (&["unset", "api-keys", &typed], 1),
        (&["unset", "api-keys", &dashed, "--yes", "--output", "json"], 1),
        (&["unset", "api-keys", "TOKEN", &typed, "--yes"], 1),
        (&["unset", "api-keys", "TOKEN", &dashed], 64),
        (&["unset", "greeting", &typed], 64),
        (&["get", "api-keys", &typed], 1),
        (&["get", &typed], 1),
        (&["get", "api-keys", "--at", &typed], 1),
        (&["diff", &at], 1),
        (&["rollback", "api-keys", "--to", &typed], 1),
        (&["pin", "api-keys", &typed], 1),
        (&["run", "--only", &typed, "--", "true"], 125),
        (&["export", "--only", &typed], 1),
        (&["promote", "dev", "prod", "--only", &typed], 1),
    ];
    for (command, code) in commands {
        let mut process = place.command();
        let output = process.args(flags(command)).args(*command).write_stdin("x").output().unwrap();
        assert_eq!(output.status.code(), Some(*code), "{command:?}");
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
    assert_eq!(leaks(&place, &set, &value), (Some(0), Leaks::new()));
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
        assert_eq!(found, (Some(0), Leaks::from([channel])), "{script}");
        for left in ["plan.json", "a/b/log", READY] {
            let _ = std::fs::remove_file(place.path().join(left));
        }
    }
}
