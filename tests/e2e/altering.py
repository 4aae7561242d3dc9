"""A reverse proxy on loopback whose answers differ from the server's: they lag, or they get lost."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from counting import HOP_BY_HOP, UPSTREAM_SECONDS, operation, passed_on


class Answers:
    """What becomes of the answers on their way back, by the call's name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._lost: Counter[str] = Counter()
        self._altered: dict[str, Callable[[dict], None]] = {}

    def lose(self, name: str) -> None:
        """Loses the next answer to a call that the server carries out."""
        with self._lock:
            self._lost[name] += 1

    def alter(self, name: str, change: Callable[[dict], None]) -> None:
        """Changes every answer to a call of the JSON protocol."""
        with self._lock:
            self._altered[name] = change

    def all_lost(self) -> bool:
        """Whether every answer that was to be lost has been."""
        with self._lock:
            return self._lost.total() == 0

    def on_the_way(self, name: str, status: int, content: bytes) -> tuple[int, bytes]:
        with self._lock:
            if self._lost[name] > 0:
                self._lost[name] -= 1
                return 500, b""
            change = self._altered.get(name)
        if change is None or status != 200:
            return status, content
        answer = json.loads(content)
        change(answer)
        return status, json.dumps(answer).encode()


@contextmanager
def altering(upstream: str) -> Iterator[Answers]:
    """Runs the proxy in front of `upstream` until the block ends."""
    address = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = UPSTREAM_SECONDS

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            passed = passed_on(address, self.command, self.path, body, self.headers)
            status, headers, content = passed
            name = operation(self.headers.get("X-Amz-Target"), body)
            status, content = answers.on_the_way(name, status, content)
            self.send_response_only(status)
            for key, value in headers:
                if key.lower() not in HOP_BY_HOP:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing: requests carry credentials."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    answers = Answers(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
