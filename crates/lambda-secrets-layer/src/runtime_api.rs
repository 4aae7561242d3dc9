//! The one call to Lambda's Runtime API: an initialisation that failed, and why.
//!
//! A process that only exits leaves its caller with an empty answer. After this call, Lambda hands
//! type and message on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::json;

/// How long the Runtime API, which runs beside the function, may take for each step.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tells Lambda why the function does not start.
pub(crate) fn report_init_error(
    address: &str,
    error_type: &str,
    message: &str,
) -> std::io::Result<()> {
    let body = json!({
        "errorMessage": message, "errorType": error_type, "stackTrace": [],
    })
    .to_string();
    let mut stream = connect(address)?;
    let request = format!(
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n\
         Host: {address}\r\n\
         Content-Type: application/json\r\n\
         Lambda-Runtime-Function-Error-Type: {error_type}\r\n\
         Content-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    // the answer says that the report has arrived; what it says matters to nobody
    stream.read(&mut [0; 256]).map(|_| ())
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let first = |mut found: std::vec::IntoIter<SocketAddr>| found.next();
    let unknown = || std::io::Error::other("it has no address");
    let target = address.to_socket_addrs().map(first)?.ok_or_else(unknown)?;
    let stream = TcpStream::connect_timeout(&target, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
