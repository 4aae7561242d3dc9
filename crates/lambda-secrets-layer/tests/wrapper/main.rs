//! The wrapper as Lambda starts it: a process, its variables, a Secrets Manager and a Runtime API on
//! loopback sockets.

// the loader's own test server; not everything that it can do is used here
#[allow(dead_code)]
#[path = "../../../lambda-secrets/tests/loading/server.rs"]
mod server;

mod chain;
mod failures;
mod harness;
mod limits;
mod references;
mod start;
