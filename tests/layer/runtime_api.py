"""Lambda's Runtime and Extensions API under SnapStart, which AWS's own emulator does not know.

A function initialises and asks for its restore; then what a test wants happens, as it may while a
snapshot lies in store; then the function is restored and invoked once.
"""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WAIT_SECONDS = 30
VERSION = "/2018-06-01/runtime"
EXTENSIONS = "/2020-01-01/extension"


class RuntimeApi(http.server.ThreadingHTTPServer):
    """What was asked for and told, in order."""

    daemon_threads = True

    def __init__(self, while_stored: Callable[[], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.while_stored = while_stored
        self.asked: list[str] = []
        self.told: dict = {}
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def wait(self) -> dict:
        """Returns what the function told last: its answer, or why there is none."""
        assert self.ended.wait(WAIT_SECONDS), f"no end after {self.asked}"
        return self.told


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeApi

    def do_GET(self) -> None:
        if self.path == f"{EXTENSIONS}/event/next":
            threading.Event().wait(WAIT_SECONDS)
            return
        self.server.asked.append(self.path.removeprefix(VERSION))
        if self.path == f"{VERSION}/restore/next":
            self.server.while_stored()
            self.answer(200, {})
        elif self.server.asked.count("/invocation/next") == 1:
            headers = {"Lambda-Runtime-Aws-Request-Id": "1", "Lambda-Runtime-Deadline-Ms": "99999999999999"}
            arn = "arn:aws:lambda:us-west-2:123456789012:function:demo"
            self.answer(200, {"number": 1}, headers | {"Lambda-Runtime-Invoked-Function-Arn": arn})
        else:
            threading.Event().wait(WAIT_SECONDS)

    def do_POST(self) -> None:
        body = json.loads(self.read_body() or b"{}")
        if self.path == f"{EXTENSIONS}/register":
            self.answer(200, {}, {"Lambda-Extension-Identifier": "1"})
            return
        self.server.asked.append(self.path.removeprefix(VERSION))
        self.server.told = body
        self.answer(202, {"status": "OK"})
        self.server.ended.set()

    def read_body(self) -> bytes:
        if length := self.headers["Content-Length"]:
            return self.rfile.read(int(length))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self, status: int, body: dict, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(while_stored: Callable[[], None] = lambda: None) -> Iterator[RuntimeApi]:
    with RuntimeApi(while_stored) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        yield api
        api.shutdown()
