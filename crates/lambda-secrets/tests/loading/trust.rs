//! A network that replaces AWS's certificates by those of its own authority.
//!
//! The endpoint is AWS's own, so what stands in for the network is the C library: its look-up gives
//! loopback, and its `connect` goes to the port of the test's server.

use std::path::Path;

use serde_json::json;

use crate::connection::{authority, certificate_for};
use crate::harness::Run;
use crate::resolver::library;
use crate::server::Server;

trials![
    an_authority_of_the_machine_is_trusted_where_amazons_did_not_sign,
    an_authority_of_nobody_is_not,
];

/// Looks every name up as loopback, and turns port 443 into the one of the variable.
const REDIRECTING: &str = r#"
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
int getaddrinfo(const char *n, const char *s, const struct addrinfo *h, struct addrinfo **r) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    return real("127.0.0.1", s, h, r);
}
int connect(int fd, const struct sockaddr *to, socklen_t size) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    struct sockaddr_in *in = (struct sockaddr_in *)to;
    if (to->sa_family == AF_INET && in->sin_port == htons(443))
        in->sin_port = htons(atoi(getenv("REDIRECT_PORT")));
    return real(fd, to, size);
}
"#;

fn run(server: &Server, folder: &Path, authorities: &Path) -> Run {
    let library = library(folder.to_owned(), REDIRECTING);
    Run::new(server)
        .names(&["api-keys"])
        .without("AWS_ENDPOINT_URL_SECRETS_MANAGER")
        .env("LD_PRELOAD", library.to_str().expect("a temporary path is UTF-8"))
        .env("REDIRECT_PORT", &server.port().to_string())
        .env("SSL_CERT_DIR", authorities.to_str().expect("a temporary path is UTF-8"))
}

fn an_authority_of_the_machine_is_trusted_where_amazons_did_not_sign() {
    let (pem, config) = certificate_for("secretsmanager.us-west-2.amazonaws.com");
    let server = Server::start_tls(config);
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authorities = tempfile::tempdir().expect("a temporary folder");
    // named like a hash, as OpenSSL wants it
    std::fs::write(authorities.path().join("0a0b0c0d.0"), pem).expect("it can be written");
    let run = run(&server, folder.path(), authorities.path()).go();
    run.changed(json!({"GITHUB_TOKEN": "x"})).is("failures", json!([]));
    assert_eq!(server.asked(), ["miyabi/prod/api-keys"]);
}

fn an_authority_of_nobody_is_not() {
    let (_, config) = certificate_for("secretsmanager.us-west-2.amazonaws.com");
    let (stranger, _) = authority();
    let server = Server::start_tls(config);
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authorities = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(authorities.path().join("0a0b0c0d.0"), stranger).expect("it can be written");
    let run = run(&server, folder.path(), authorities.path()).go();
    run.changed(json!({})).is("failures", json!(["tls"]));
    assert!(server.asked().is_empty());
}
