//! A loopback Secrets Manager that answers as it is told, over real sockets.
//!
//! It also plays the container credential endpoint, at `GET /credentials`.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

/// How one request is answered.
#[derive(Clone)]
pub(crate) enum Reply {
    /// 200 with a SecretString.
    Text(String),
    /// 200 with a SecretBinary.
    Binary(Vec<u8>),
    /// An error of the service.
    Error { status: u16, code: &'static str, message: &'static str },
    /// This status and a body that is none of the service's.
    Status(u16, &'static str),
    /// 200 with this body.
    Raw(String),
    /// 200 that announces more bytes than it sends.
    Cut(String),
    /// Says nothing until the client gives up.
    Silence,
    /// Closes the connection.
    Close,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    #[allow(dead_code, reason = "not every test that includes this file looks at it")]
    pub(crate) path: String,
    pub(crate) target: String,
    pub(crate) secret: String,
    pub(crate) version: String,
    pub(crate) stage: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
}

#[derive(Default)]
struct State {
    /// The last reply of each list stays.
    replies: Mutex<BTreeMap<String, VecDeque<Reply>>>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    stop: AtomicBool,
    delay: Mutex<Duration>,
}

/// A running server. It stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
    tls: bool,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::bind(None)
    }

    pub(crate) fn start_tls(config: Arc<ServerConfig>) -> Self {
        Self::bind(Some(config))
    }

    fn bind(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Arc::new(State::default());
        let encrypted = tls.is_some();
        let shared = state.clone();
        let accepting = std::thread::spawn(move || accept(&listener, &shared, tls.as_ref()));
        Self { address, state, tls: encrypted, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Waits before every answer.
    pub(crate) fn delay(&self, delay: Duration) {
        *lock(&self.state.delay) = delay;
    }

    /// Answers the requests for `secret` one after the other; the last answer stays.
    pub(crate) fn on(&self, secret: &str, replies: impl IntoIterator<Item = Reply>) -> &Self {
        let replies = replies.into_iter().collect();
        lock(&self.state.replies).insert(secret.to_owned(), replies);
        self
    }

    pub(crate) fn text(&self, secret: &str, text: &str) -> &Self {
        self.on(secret, [Reply::Text(text.to_owned())])
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// The secrets that were asked for so far, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.secret).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        // wakes the accept
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// A test that failed meanwhile does not matter to the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, state: &Arc<State>, tls: Option<&Arc<ServerConfig>>) {
    for stream in listener.incoming() {
        if state.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let connection = state.connections.fetch_add(1, Ordering::SeqCst);
        let (state, tls) = (state.clone(), tls.cloned());
        std::thread::spawn(move || {
            // no connection of a test outlives this
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            let _ = stream.set_nodelay(true);
            match tls {
                None => serve(stream, &state, connection),
                Some(config) => {
                    let session = ServerConnection::new(config).expect("a valid TLS config");
                    serve(StreamOwned::new(session, stream), &state, connection);
                }
            }
        });
    }
}

/// Serves one connection until it closes or an answer ends it.
fn serve(stream: impl Read + Write, state: &State, connection: usize) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream, connection) {
        let reply = reply_to(&request, state);
        lock(&state.seen).push(request.seen.clone());
        let delay = *lock(&state.delay);
        std::thread::sleep(delay);
        let Some(bytes) = bytes_of(&request, reply, &mut stream) else { return };
        if stream.get_mut().write_all(&bytes).and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

struct Request {
    path: String,
    seen: Seen,
}

fn read_request(stream: &mut impl BufRead, connection: usize) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
            None => break,
        }
    }
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let seen = Seen {
        connection,
        path: path.clone(),
        target: header("x-amz-target"),
        secret: field("SecretId"),
        version: field("VersionId"),
        stage: field("VersionStage"),
        authorization: header("authorization"),
        token: header("x-amz-security-token"),
    };
    Some(Request { path, seen })
}

fn reply_to(request: &Request, state: &State) -> Reply {
    let key = match request.path.as_str() {
        "/" => &request.seen.secret,
        path => path,
    };
    let mut replies = lock(&state.replies);
    match replies.get_mut(key) {
        Some(queue) if queue.len() > 1 => queue.pop_front().expect("more than one"),
        Some(queue) => queue.front().cloned().expect("a list of replies is never empty"),
        None => Reply::Error {
            status: 400,
            code: "ResourceNotFoundException",
            message: "Secrets Manager can't find the specified secret.",
        },
    }
}

/// The bytes to send; `None` ends the connection.
fn bytes_of(request: &Request, reply: Reply, stream: &mut impl BufRead) -> Option<Vec<u8>> {
    let name = &request.seen.secret;
    let arn = format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf");
    let secret = |kind: &str, value: String| {
        json!({
            "ARN": arn, "Name": name, kind: value, "VersionStages": ["AWSCURRENT"],
            "VersionId": "11111111-2222-3333-4444-555555555555", "CreatedDate": 1.7e9,
        })
        .to_string()
    };
    match reply {
        Reply::Text(text) => Some(response(200, "", &secret("SecretString", text))),
        Reply::Binary(bytes) => {
            let text = base64::engine::general_purpose::STANDARD.encode(bytes);
            Some(response(200, "", &secret("SecretBinary", text)))
        }
        Reply::Status(status, body) => Some(response(status, "", body)),
        Reply::Raw(body) => Some(response(200, "", &body)),
        Reply::Error { status, code, message } => {
            let body = json!({"__type": code, "Message": message}).to_string();
            Some(response(status, code, &body))
        }
        Reply::Cut(body) => {
            let whole = response(200, "", &body);
            let text = String::from_utf8(whole).expect("a response is text");
            let announced = format!("content-length: {}", body.len());
            let more = format!("content-length: {}", body.len() + 100);
            Some(text.replace(&announced, &more).into_bytes())
        }
        Reply::Silence => {
            // until the client closes
            let _ = stream.read(&mut [0; 1]);
            None
        }
        Reply::Close => None,
    }
}

fn response(status: u16, code: &str, body: &str) -> Vec<u8> {
    let reason = if status == 200 { "OK" } else { "Error" };
    let mut head = format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amzn-requestid: 99999999-test\r\ncontent-length: {}\r\n",
        body.len()
    );
    if !code.is_empty() {
        head += &format!("x-amzn-errortype: {code}\r\n");
    }
    format!("{head}\r\n{body}").into_bytes()
}
