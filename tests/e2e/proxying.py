"""A reverse proxy on loopback between the command line and a server: a test decides, call by call,
what passes and what comes back."""

import http.client
import json
import socket
import struct
import sys
import threading
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

UPSTREAM_SECONDS = 60
# they belong to one connection, not to the message
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Protocol(Enum):
    """How a service of AWS is spoken to."""

    JSON = "json"
    QUERY = "query"
    CBOR = "cbor"


@dataclass(frozen=True)
class Call:
    """A request on its way to the server."""

    name: str
    protocol: "Protocol"
    number: int
    # it may hold a value, which no message of a test shows
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Answer:
    """What comes back."""

    status: int
    content: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


class Broken(Exception):
    """The connection is reset instead of an answer."""


class Rules(typing.Protocol):
    """What a test wants of the calls."""

    def before(self, call: Call) -> Answer | None:
        """Returns the answer that a call gets instead of passing."""

    def after(self, call: Call, answer: Answer) -> Answer:
        """Returns what becomes of the server's answer."""


class Meanwhile:
    """Does something once, while the first call `at` behind a call `behind` is on its way."""

    def __init__(
        self,
        act: typing.Callable[[], object],
        at: str,
        behind: str | None = None,
        answers: dict[str, dict] | None = None,
    ) -> None:
        self.act, self.at = act, at
        self.behind = behind
        # calls of services that speak JSON, which do not reach the server
        self.answers = answers or {}
        self.lock = threading.Lock()

    def before(self, call: Call) -> Answer | None:
        with self.lock:
            is_now = self.behind is None and call.name == self.at
            if is_now:
                self.at = ""
            if call.name == self.behind:
                self.behind = None
        if is_now:
            self.act()
        document = self.answers.get(call.name)
        return None if document is None else Answer(200, json.dumps(document).encode())

    def after(self, _: Call, answer: Answer) -> Answer:
        return answer


@dataclass(frozen=True)
class Refusal:
    """An error of AWS, by the code that each of the protocols has for it."""

    code: str
    status: int = 400
    message: str = "refused by the test"

    def answer(self, call: Call) -> Answer:
        fields = {"__type": self.code, "message": self.message}
        match call.protocol:
            case Protocol.JSON:
                return Answer(self.status, json.dumps(fields).encode())
            case Protocol.CBOR:
                headers = [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")]
                return Answer(self.status, cbor(fields), headers)
            case Protocol.QUERY:
                # this one writes its codes without the suffix
                code = self.code.removesuffix("Exception")
                text = (
                    f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
                    f"<Message>{self.message}</Message></Error>"
                    "<RequestId>0</RequestId></ErrorResponse>"
                )
                return Answer(self.status, text.encode())


DENIED = Refusal("AccessDeniedException")
THROTTLED = Refusal("ThrottlingException")


@contextmanager
def proxying(upstream: str, rules: Rules) -> Iterator[str]:
    """Runs the proxy in front of `upstream` until the block ends, and gives its address."""
    address = urlsplit(upstream).netloc
    lock = threading.Lock()
    count = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = UPSTREAM_SECONDS

        def do_POST(self) -> None:
            nonlocal count
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            name, protocol = operation(self.headers.get("X-Amz-Target"), self.path, body)
            with lock:
                count += 1
                call = Call(name, protocol, count, body)
            try:
                answer = rules.before(call)
                if answer is None:
                    passed = passed_on(address, self.command, self.path, body, self.headers)
                    answer = rules.after(call, passed)
                self.answer(answer)
            except Broken:
                self.reset()
            except OSError:
                self.close_connection = True  # nobody is there to answer any more

        do_GET = do_PUT = do_DELETE = do_POST

        def answer(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def reset(self) -> None:
            # without lingering, closing sends a reset and no end of the stream
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self.close_connection = True
            self.connection.close()

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                pass

        def log_message(self, *_: object) -> None:
            """Says nothing: requests carry credentials."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *where: object) -> None:
            # a client that was killed is no error of the proxy's
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(*where)

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def operation(target: str | None, path: str, body: bytes) -> tuple[str, Protocol]:
    """Returns the operation of a request, and the protocol that it is written in. One of Lambda's, which
    has its name nowhere, is called by its path."""
    if target:
        return target.rsplit(".", 1)[1], Protocol.JSON
    if "/operation/" in path:
        return path.rsplit("/", 1)[1], Protocol.CBOR
    action = parse_qs(body.decode()).get("Action") if body else None
    return (action[0], Protocol.QUERY) if action else (path, Protocol.JSON)


def cbor(fields: dict[str, str]) -> bytes:
    """Returns a map of short texts as CBOR."""

    def text(value: str) -> bytes:
        content = value.encode()
        assert len(content) < 256
        return bytes([0x78, len(content)]) + content

    parts = b"".join(text(key) + text(value) for key, value in fields.items())
    return bytes([0xA0 + len(fields)]) + parts


def passed_on(address: str, method: str, path: str, body: bytes, headers) -> Answer:
    connection = http.client.HTTPConnection(address, timeout=UPSTREAM_SECONDS)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), answer.getheaders())
    finally:
        connection.close()
