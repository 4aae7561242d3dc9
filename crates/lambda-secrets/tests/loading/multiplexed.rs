//! An endpoint that offers HTTP/2: many secrets at once over one connection.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use crate::connection::{authority, file_with, path};
use crate::harness::Run;

trials![an_endpoint_that_offers_http_2_takes_one_connection];

/// The number of the connection that each request came on.
type Seen = Arc<Mutex<Vec<usize>>>;

fn an_endpoint_that_offers_http_2_takes_one_connection() {
    let (pem, config) = authority();
    let mut config = ServerConfig::clone(&config);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (port, seen) = start(config);
    let bundle = file_with(&pem);
    let names: Vec<String> = (0..4).map(|number| format!("S{number}")).collect();
    let run = Run::at(&format!("https://127.0.0.1:{port}"))
        .env("AWS_CA_BUNDLE", path(&bundle))
        .order("names", names)
        .order("at_once", true)
        .go();
    run.changed(json!({"S0": "x", "S1": "x", "S2": "x", "S3": "x"}));
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|number| *number == seen[0]), "{seen:?}");
}

/// Serves on a free port until the test program ends.
fn start(config: ServerConfig) -> (u16, Seen) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    listener.set_nonblocking(true).expect("a socket of ours");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let seen = Seen::default();
    let shared = seen.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, number, shared.clone()));
                number += 1;
            }
        });
    });
    (port, seen)
}

async fn serve(acceptor: TlsAcceptor, stream: tokio::net::TcpStream, number: usize, seen: Seen) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(number);
        tokio::spawn(async move {
            let mut body = request.into_body();
            let mut bytes = Vec::new();
            while let Some(Ok(chunk)) = body.data().await {
                bytes.extend_from_slice(&chunk);
            }
            let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            // the others come meanwhile
            tokio::time::sleep(Duration::from_millis(50)).await;
            let answer = json!({"Name": asked["SecretId"], "SecretString": "x"}).to_string();
            let head =
                http::Response::builder().header("content-type", "application/x-amz-json-1.1");
            let head = head.body(()).expect("a good header");
            if let Ok(mut stream) = respond.send_response(head, false) {
                // a client that has gone needs no answer
                let _ = stream.send_data(answer.into(), true);
            }
        });
    }
}
