//! HTTP on loopback: bounded in connections, in bytes, and in the time to send a request.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::answer::Desk;
use crate::failure::{Exit, Problem};

/// Connections at once on one listener; more wait.
const CONNECTIONS: usize = 64;
/// How long a client may take to send its request.
const HEAD: Duration = Duration::from_secs(5);
/// The longest head of a request: the id of a secret has at most 2,048 bytes, a token some 2,000.
const HEAD_BYTES: usize = 16 * 1024;

/// Listens on the port, on both loopback addresses where there are two.
///
/// Clients ask for `localhost`, and some systems take that for `::1` first.
pub(super) async fn bind(port: u16) -> Result<Vec<TcpListener>, Problem> {
    let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let v4 = v4.map_err(|error| taken(port, &error))?;
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(v6) => Ok(vec![v4, v6]),
        // somebody else answers there, and would get the function's token
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(taken(port, &error)),
        Err(_) => Ok(vec![v4]),
    }
}

fn taken(port: u16, error: &std::io::Error) -> Problem {
    Problem::new(
        "port_taken",
        Exit::Configuration,
        format!("port {port} of localhost is not to be had: {error}"),
        "remove the other extension that listens there, such as AWS's own, or set \
         `PARAMETERS_SECRETS_EXTENSION_HTTP_PORT`",
    )
}

/// Serves connections until the process ends.
pub(super) async fn accept(listener: TcpListener, desk: Rc<Desk>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // no descriptor is left: one that ends makes room
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let desk = desk.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| {
                let desk = desk.clone();
                async move { desk.answer(request).await }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                // a sandbox freezes between invocations: a connection that a client keeps could end
                // under its next request
                .keep_alive(false)
                .max_buf_size(HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            // a client that goes away is its own business
            let _ = connection.await;
            drop(place);
        });
    }
}
