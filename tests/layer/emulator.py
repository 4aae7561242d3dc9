"""One function under AWS's own runtime emulator, in namespaces of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import servers

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / ".tools" / "layer"
FUNCTIONS = HERE / "functions"
# together more than Linux passes to a program, each as large as a secret may be
LARGE_SECRETS = 40
START_SECONDS = 20
INVOKE_SECONDS = 60


@dataclass(frozen=True)
class Runtime:
    """A managed runtime: where its interpreter is, its client, its start script."""

    lang_root: Path
    client: Path
    bootstrap: Path

    @staticmethod
    def python() -> "Runtime":
        return Runtime(Path(sys.base_prefix), TOOLS / "python", HERE / "bootstrap-python")

    @staticmethod
    def image() -> "Runtime":
        """A Python image of the user's own, with the wrapper in its entry point."""
        return replace(Runtime.python(), bootstrap=HERE / "bootstrap-image")

    @staticmethod
    def node() -> "Runtime":
        node = Path(shutil.which("node") or "/usr/bin/node").resolve()
        return Runtime(node.parent.parent, TOOLS / "node", HERE / "bootstrap-node")


@dataclass(frozen=True)
class Answer:
    """What the caller of a function reads."""

    status: int
    body: dict

    def fails(self, error_type: str, *says: str) -> None:
        """Checks that the function failed, and that its caller reads why."""
        assert self.body.get("errorType") == error_type, self
        for part in says:
            assert part in self.body["errorMessage"], self


@dataclass(frozen=True)
class Lambda:
    """A running emulator."""

    url: str
    log: Path

    def invoke(self, event: dict) -> Answer:
        request = urllib.request.Request(
            f"{self.url}/2015-03-31/functions/function/invocations", data=json.dumps(event).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=INVOKE_SECONDS) as response:
                status, body = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        return Answer(status, json.loads(body) if body else {})

    def logged(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(
    runtime: Runtime,
    task: Path,
    handler: str,
    layer: Path,
    variables: Mapping[str, str],
    folder: Path,
    read_only: bool = False,
) -> Iterator[Lambda]:
    """Runs a function until the block ends."""
    port, log = servers.free_port(), folder / "lambda.log"
    settings = {
        "EMULATOR": TOOLS / "aws-lambda-rie",
        "LANG_ROOT": runtime.lang_root,
        "CLIENT": runtime.client,
        "BOOTSTRAP": runtime.bootstrap,
        "TASK": task,
        "LAYER": layer,
        "READ_ONLY": "yes" if read_only else "no",
        "PORT": port,
        "API_PORT": servers.free_port(),
        "PATH": os.environ["PATH"],
    }
    function = [f"{name}={value}" for name, value in variables.items()]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [HERE / "emulate", f"_HANDLER={handler}", *function],
            env={name: str(value) for name, value in settings.items()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=servers.end_with_the_tests,
        )
    try:
        wait_for(process, port, log)
        yield Lambda(f"http://127.0.0.1:{port}", log)
    finally:
        servers.stop(process)


def wait_for(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended with {process.returncode}:\n{log.read_text()}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the emulator does not listen:\n{log.read_text()}")
