//! Deadlines, TLS and where the credentials come from.

use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;

use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    a_server_that_says_nothing_holds_up_nobody,
    one_silent_attempt_is_followed_by_another,
    an_address_that_never_connects_holds_up_nobody,
    any_deadline_is_taken,
    a_closed_port_is_no_route,
    an_endpoint_that_is_none_is_an_invalid_setting,
    a_region_that_is_none_is_an_invalid_setting,
    tls_trusts_the_named_bundle,
    tls_trusts_no_stranger,
    a_bundle_that_is_none_is_an_error,
    the_container_endpoint_gives_credentials,
    the_token_may_stand_in_a_file,
    the_container_endpoint_must_be_near,
    a_container_endpoint_that_fails_is_an_error,
];

/// Half of what the server waits before it gives up: whoever is back before this did not wait for
/// it. The deadline was 0.9 s, and a busy machine takes its time.
pub(crate) const LATE: u64 = 10_000;

fn a_server_that_says_nothing_holds_up_nobody() {
    let server = Server::start();
    server.on("miyabi/prod/api-keys", [Reply::Silence]);
    server.on("miyabi/prod/config", [Reply::Silence]);
    let run = Run::new(&server).order("short", true).go();
    run.changed(json!({})).is("failures", json!(["timed_out", "timed_out"]));
    run.keeps_secrets(&[]);
    assert!(run.log.contains("com.amazonaws.<region>.secretsmanager"), "{}", run.log);
    assert!(run.milliseconds() < LATE, "{} ms", run.milliseconds());
}

fn one_silent_attempt_is_followed_by_another() {
    let server = Server::start();
    let text = r#"{"GITHUB_TOKEN":"x"}"#.to_owned();
    server.on("miyabi/prod/api-keys", [Reply::Silence, Reply::Text(text)]);
    let run = Run::new(&server).names(&["api-keys"]).order("short", true).go();
    run.changed(json!({"GITHUB_TOKEN": "x"}));
}

fn an_address_that_never_connects_holds_up_nobody() {
    let (_held, port) = full_backlog();
    let run = Run::at(&format!("http://127.0.0.1:{port}")).order("short", true).go();
    run.changed(json!({})).is("failures", json!(["timed_out", "timed_out"]));
    assert!(run.milliseconds() < LATE, "{} ms", run.milliseconds());
}

fn any_deadline_is_taken() {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    let run = || Run::new(&server).names(&["api-keys"]);
    run().order("wait", "for ever").go().changed(json!({"GITHUB_TOKEN": "x"}));
    let none = run().order("wait", "not at all").go();
    none.changed(json!({})).is("failures", json!(["timed_out"]));
}

/// A port whose queue of connections is full: it drops whatever else knocks.
fn full_backlog() -> (Vec<tokio::net::TcpStream>, u16) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let listener = socket.listen(1).expect("a short queue");
        let address = listener.local_addr().expect("a bound listener has an address");
        let mut held = Vec::new();
        let patience = std::time::Duration::from_millis(300);
        while let Ok(Ok(stream)) =
            tokio::time::timeout(patience, tokio::net::TcpStream::connect(address)).await
        {
            held.push(stream);
            assert!(held.len() < 64, "the queue takes any number");
        }
        // lives as long as the test program: closing it would answer the callers
        std::mem::forget(listener);
        (held, address.port())
    })
}

fn a_closed_port_is_no_route() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let run = Run::at(&url).names(&["api-keys"]).go();
    run.changed(json!({})).is("failures", json!(["no_route"]));
    let line = run.log.lines().find(|line| line.contains(" WARN ")).expect("a WARN line");
    assert!(line.contains(&url) && line.contains("Connection refused"), "{line}");
}

fn an_endpoint_that_is_none_is_an_invalid_setting() {
    for url in [
        "nonsense",
        "ftp://127.0.0.1/",
        "http://",
        "https://x?y=z",
        "http://[::",
        "http://u:canary@x",
    ] {
        let run = Run::at(url).go();
        run.changed(json!({})).is("error", "invalid_setting").keeps_secrets(&["canary"]);
    }
}

fn a_region_that_is_none_is_an_invalid_setting() {
    let server = Server::start();
    for region in ["us west-2", "us-west-2/", "x.example#", "\u{fc}", "-", "a:b@c"] {
        for variable in ["AWS_REGION", "SECRETS_MANAGER_REGION"] {
            let run = Run::new(&server).env(variable, region).go();
            run.changed(json!({})).is("error", "invalid_setting");
            assert!(run.shown().contains(variable), "{}", run.shown());
        }
        let run = Run::new(&server).order("region", region).go();
        run.changed(json!({})).is("error", "invalid_setting");
    }
    assert!(server.asked().is_empty());
}

pub(crate) fn authority() -> (String, Arc<ServerConfig>) {
    certificate_for("127.0.0.1")
}

/// The certificate of a new authority, and a server that it vouches for under this name.
pub(crate) fn certificate_for(host: &str) -> (String, Arc<ServerConfig>) {
    let ca_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new([host.to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key, &ca, &ca_key).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("the key fits the certificate");
    (ca.pem(), Arc::new(config))
}

pub(crate) fn file_with(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

pub(crate) fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().expect("a temporary path is UTF-8")
}

fn tls_trusts_the_named_bundle() {
    let (pem, config) = authority();
    let server = Server::start_tls(config);
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    let bundle = file_with(&pem);
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let run = Run::new(&server).names(&["api-keys"]).env(variable, path(&bundle)).go();
        run.changed(json!({"GITHUB_TOKEN": "x"}));
    }
}

fn tls_trusts_no_stranger() {
    let (_, config) = authority();
    let (other, _) = authority();
    let server = Server::start_tls(config);
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    let run = Run::new(&server).names(&["api-keys"]).order("short", true).go();
    run.changed(json!({})).is("failures", json!(["tls"]));
    let bundle = file_with(&other);
    let run = Run::new(&server).names(&["api-keys"]).env("AWS_CA_BUNDLE", path(&bundle)).go();
    run.changed(json!({})).is("failures", json!(["tls"]));
    assert!(server.asked().is_empty());
}

fn a_bundle_that_is_none_is_an_error() {
    let (_, config) = authority();
    let server = Server::start_tls(config);
    let empty = file_with("nothing");
    for bundle in [path(&empty), "/nonexistent"] {
        let run = Run::new(&server).env("AWS_CA_BUNDLE", bundle).order("fail", true).go();
        run.changed(json!({})).is("error", "trust_store");
    }
}

pub(crate) fn container(server: &Server) -> Run {
    Run::new(server)
        .names(&["api-keys"])
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .without("AWS_SESSION_TOKEN")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/credentials", server.url()))
}

pub(crate) fn server_with_credentials() -> Server {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    let body = json!({
        "AccessKeyId": "AKIDCONTAINER", "SecretAccessKey": "canary-container-key",
        "Token": "canary-container-token", "Expiration": "2099-01-01T00:00:00Z",
    });
    server.on("/credentials", [Reply::Raw(body.to_string())]);
    server
}

fn the_container_endpoint_gives_credentials() {
    let server = server_with_credentials();
    let token = "canary-authorization";
    let run = container(&server).env("AWS_CONTAINER_AUTHORIZATION_TOKEN", token).go();
    run.changed(json!({"GITHUB_TOKEN": "x"}));
    run.keeps_secrets(&[token, "canary-container-key", "canary-container-token"]);
    let seen = server.seen();
    assert_eq!((seen[0].path.as_str(), seen[0].authorization.as_str()), ("/credentials", token));
    assert!(seen[1].authorization.contains("Credential=AKIDCONTAINER/"), "{seen:?}");
    assert_eq!(seen.len(), 2);
}

fn the_token_may_stand_in_a_file() {
    let server = server_with_credentials();
    let file = file_with("from-a-file\n");
    let run = container(&server).env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path(&file)).go();
    run.changed(json!({"GITHUB_TOKEN": "x"}));
    assert_eq!(server.seen()[0].authorization, "from-a-file");
}

fn the_container_endpoint_must_be_near() {
    let server = server_with_credentials();
    for far in ["http://169.254.169.254/c", "http://example.com/c", "https://127.0.0.1/c", "x"] {
        let run = container(&server).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", far).go();
        run.changed(json!({})).is("failures", json!(["container_credentials"]));
    }
    assert!(server.seen().is_empty());
}

fn a_container_endpoint_that_fails_is_an_error() {
    let denied = Reply::Error { status: 403, code: "Denied", message: "canary-message" };
    for reply in [denied, Reply::Raw("{}".to_owned()), Reply::Close] {
        let server = server_with_credentials();
        server.on("/credentials", [reply]);
        let run = container(&server).order("short", true).go();
        run.changed(json!({})).is("failures", json!(["container_credentials"]));
        run.keeps_secrets(&["canary-message"]);
    }
    let server = server_with_credentials();
    let missing = "/nonexistent";
    let run = container(&server).env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", missing).go();
    run.changed(json!({})).is("failures", json!(["container_credentials"]));
}
