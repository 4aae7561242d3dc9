//! Whose credentials are used: as the AWS CLI finds them. A server on loopback hears whose key a
//! request is signed with.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use crate::workplace::{MANIFEST, Run, Workplace};

const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = nobody
[work]
aws_access_key_id = AKIAWORK
aws_secret_access_key = nobody
";

/// The access key id of the first request, and how the run ended
fn signed_by(variables: &[(&str, &str)], flags: &[&str]) -> (String, Run) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        heard(stream)
    });
    let place = Workplace::new(MANIFEST);
    std::fs::create_dir(place.path().join(".aws")).unwrap();
    place.write(".aws/credentials", CREDENTIALS);
    place.write(".aws/config", "[profile elsewhere]\nregion = eu-west-1\n");
    let endpoint = format!("http://{address}");
    let arguments = [&["plan", "--env", "dev", "--endpoint-url", &endpoint], flags].concat();
    let output = place.command().args(arguments).envs(variables.iter().copied()).output().unwrap();
    // where nothing was sent the server still waits
    drop(TcpStream::connect(address));
    let run = Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    (server.join().unwrap(), run)
}

/// Reads one request, refuses it, and returns the id that its signature names
fn heard(mut stream: TcpStream) -> String {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> =
        lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let body = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>";
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // a run that sent nothing has closed already
    let _ = stream.write_all(answer.as_bytes());
    let signed = head.iter().find_map(|line| line.split_once("Credential="));
    signed.and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default().to_owned()
}

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "nobody")];

#[test]
fn a_profile_that_is_named_wins_over_keys_in_the_environment() {
    let (id, run) = signed_by(&KEYS, &["--profile", "work"]);
    assert_eq!(id, "AKIAWORK", "{}", run.stderr);
    let (id, run) = signed_by(&KEYS, &[]);
    assert_eq!(id, "AKIAENVIRONMENT", "{}", run.stderr);
    // the variable gives way to keys, as for the AWS CLI
    let (id, run) = signed_by(&[&KEYS[..], &[("AWS_PROFILE", "work")]].concat(), &[]);
    assert_eq!(id, "AKIAENVIRONMENT", "{}", run.stderr);
    let (id, run) = signed_by(&[("AWS_PROFILE", "work")], &[]);
    assert_eq!(id, "AKIAWORK", "{}", run.stderr);
    // a profile without credentials does not borrow those of the environment
    let (id, run) = signed_by(&KEYS, &["--profile", "elsewhere"]);
    assert_eq!(id, "", "{}", run.stderr);
    assert!(run.stderr.contains("no AWS credentials"), "{}", run.stderr);
}

#[test]
fn a_profile_that_nobody_knows_is_refused_with_the_known_ones() {
    let with_variable = [&KEYS[..], &[("AWS_PROFILE", "wrok")]].concat();
    for (variables, flags) in [(&KEYS[..], &["--profile", "wrok"][..]), (&with_variable, &[])] {
        let (id, run) = signed_by(variables, flags);
        assert_eq!((id.as_str(), run.code), ("", 1), "{}", run.stderr);
        assert!(run.stderr.contains("no profile `wrok`"), "{}", run.stderr);
        assert!(run.stderr.contains("did you mean `work`?"), "{}", run.stderr);
        assert!(run.stderr.contains("`default`, `elsewhere`, `work`"), "{}", run.stderr);
    }
}
