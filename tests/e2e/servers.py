"""AWS's that a test may have for itself: moto and ministack on free loopback ports."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reading import ACCOUNT

START_SECONDS = 30
STOP_SECONDS = 5
LINUX_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Server:
    """A running server: where it answers and where it logs."""

    url: str
    log: Path


def emptied(moto: Server) -> Server:
    """Takes everything out of a moto."""
    request = urllib.request.Request(f"{moto.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request, timeout=10).close()
    return moto


@contextmanager
def moto(folder: Path, repaired: bool = False) -> Iterator[Server]:
    """Runs moto: a full API, no enforcement of IAM. Repaired, it keeps what it is told (moto_repairs)."""
    port = free_port()
    settings = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    if repaired:
        settings["MOTO_REPAIRED"] = "yes"
    program = str(Path(__file__).with_name("moto_server.py"))
    command = [sys.executable, program, "-H", "127.0.0.1", "-p", str(port)]
    with running("moto", command, settings, port, "/moto-api/data.json", folder) as server:
        yield server


@contextmanager
def ministack(folder: Path) -> Iterator[Server]:
    """Runs ministack with IAM enforced and rotations carried out; the root user is `test` / `test`."""
    port = free_port()
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # it would listen on one fixed port
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
    }
    command = [sys.executable, str(Path(__file__).with_name("ministack_server.py"))]
    with running("ministack", command, settings, port, "/_ministack/health", folder) as server:
        yield server


@contextmanager
def running(
    name: str, command: list[str], settings: dict[str, str], port: int, health: str, folder: Path
) -> Iterator[Server]:
    """Runs a server until the block ends, then stops it and whatever it started."""
    log = folder / f"{name}.log"
    # a function that the server starts inherits this environment: nothing of the caller's is in it
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment | settings,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_the_tests,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(process, url + health, log)
        yield Server(url, log)
    finally:
        stop(process)


def wait_until_healthy(process: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"server ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"no answer from {url} in {START_SECONDS} s:\n{log.read_text()}")


def stop(process: subprocess.Popen) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            # the session is the server's own: this ends the functions that it started as well
            os.killpg(process.pid, sign)
            process.wait(STOP_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    process.wait(STOP_SECONDS)


def end_with_the_tests() -> None:
    """Asks Linux to end the server when the test run is killed and cannot stop it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(LINUX_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
