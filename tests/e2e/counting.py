"""A reverse proxy on loopback that counts the API calls that pass, and refuses those it is told to."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

UPSTREAM_SECONDS = 60
# they belong to one connection, not to the message
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Refusal:
    """An error of AWS, by the code that each of the two protocols has for it."""

    code: str
    status: int = 400


DENIED = Refusal("AccessDeniedException")
THROTTLED = Refusal("ThrottlingException")


class Calls:
    """The calls so far, by name, and what is refused."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._names: Counter[str] = Counter()
        self._refused: dict[str, tuple[Refusal, int]] = {}

    def refuse(self, name: str, refusal: Refusal, times: int = 1_000_000) -> None:
        """Answers the next `times` calls of that name with an error."""
        with self._lock:
            self._refused[name] = (refusal, times)

    def allow_all(self) -> None:
        with self._lock:
            self._refused.clear()

    def take(self) -> Counter[str]:
        """Returns the calls since the last take."""
        with self._lock:
            names, self._names = self._names, Counter()
        return names

    def passes(self, name: str) -> Refusal | None:
        """Counts a call, and returns the error that it gets instead of passing."""
        with self._lock:
            self._names[name] += 1
            refusal, times = self._refused.get(name, (None, 0))
            if refusal is None or times == 0:
                return None
            self._refused[name] = (refusal, times - 1)
            return refusal


@contextmanager
def counting(upstream: str) -> Iterator[Calls]:
    """Runs the proxy in front of `upstream` until the block ends."""
    address = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = UPSTREAM_SECONDS

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target")
            refusal = calls.passes(operation(target, body))
            if refusal:
                self.answer(refusal.status, [], refused(refusal, target))
            else:
                self.answer(*passed_on(address, self.command, self.path, body, self.headers))

        do_GET = do_PUT = do_DELETE = do_POST

        def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing: requests carry credentials."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    calls = Calls(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def operation(target: str | None, body: bytes) -> str:
    """Returns the operation of a request, of either of the protocols that AWS speaks here."""
    if target:
        return target.rsplit(".", 1)[1]
    return parse_qs(body.decode()).get("Action", ["unknown"])[0]


def passed_on(address: str, method: str, path: str, body: bytes, headers) -> tuple:
    connection = http.client.HTTPConnection(address, timeout=UPSTREAM_SECONDS)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def refused(refusal: Refusal, target: str | None) -> bytes:
    if target:
        return json.dumps({"__type": refusal.code, "message": "refused by the test"}).encode()
    # the query protocol writes its codes without the suffix
    code = refusal.code.removesuffix("Exception")
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        "<Message>refused by the test</Message></Error><RequestId>0</RequestId></ErrorResponse>"
    ).encode()
