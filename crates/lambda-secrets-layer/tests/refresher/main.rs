//! The refresher as Lambda starts it: beside a simulated Extensions API and a Secrets Manager on
//! loopback sockets.

// the loader's own test server; not everything that it can do is used here
#[allow(dead_code)]
#[path = "../../../lambda-secrets/tests/loading/server.rs"]
mod server;

mod harness;
mod lifecycle;
mod values;
