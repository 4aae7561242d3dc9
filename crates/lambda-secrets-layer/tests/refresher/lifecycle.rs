//! The refresher's life as an extension.

use std::net::{TcpListener, TcpStream};

use crate::harness::{Refresher, free_port};

#[test]
fn it_answers_before_lambda_knows_of_it_and_ends_when_lambda_says_so() {
    let refresher = Refresher::start(&[]);
    assert_eq!(refresher.registered(), ["lambda-secrets-refresher"]);
    // registered, so it must listen by now: this is INIT, no runtime has started
    assert!(TcpStream::connect(("127.0.0.1", refresher.port)).is_ok());
    let (code, stderr) = refresher.shut_down();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
fn it_listens_on_loopback_alone() {
    let refresher = Refresher::start(&[]).ready();
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{:04X}", refresher.port);
    let local: Vec<&str> = sockets
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
            // 0A: listening
            (local.ends_with(&port) && state == "0A").then_some(local)
        })
        .collect();
    assert_eq!(local, [format!("0100007F{port}")]);
}

#[test]
fn a_port_that_is_taken_or_a_wrong_setting_is_told() {
    let port = free_port();
    let _other = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut refresher = Refresher::on_port(port, &[]);
    let (code, stderr) = refresher.ended();
    assert_eq!(code, Some(64), "{stderr}");
    assert!(stderr.contains("AWS's own") && stderr.contains("hint: "), "{stderr}");

    let mut refresher = Refresher::start(&[("SECRETS_MANAGER_TTL", "soon")]);
    let (code, stderr) = refresher.ended();
    assert_eq!(code, Some(64), "{stderr}");
    assert!(stderr.contains("`SECRETS_MANAGER_TTL` is `soon`"), "{stderr}");
}
