"""What the end-to-end tests share: servers, clients and the command line against them."""

import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from cli import BINARY, MIYABI, TEST_CREDENTIALS, Cli
from reading import Aws


def pytest_sessionstart() -> None:
    if not BINARY.is_file():
        raise pytest.UsageError(f"{BINARY} is missing: run `cargo build --package provision`")


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    with servers.moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
def moto(moto_server: servers.Server) -> servers.Server:
    """An empty moto."""
    return emptied(moto_server)


@pytest.fixture
def aws(moto: servers.Server) -> Aws:
    """boto3 against moto."""
    return Aws(moto.url)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the miyabi example's manifest and policies."""
    return copied(tmp_path / "miyabi")


@pytest.fixture
def dev(moto: servers.Server, example: Path) -> Cli:
    """The command line for the example's dev environment on moto."""
    return at(moto, example, "dev")


@pytest.fixture
def prod(moto: servers.Server, example: Path) -> Cli:
    """The command line for the example's prod environment on moto."""
    return at(moto, example, "prod")


def at(server: servers.Server, folder: Path, environment: str) -> Cli:
    arguments = ("--file", "secrets.yaml", "--env", environment, "--endpoint-url", server.url)
    return Cli(folder, arguments, TEST_CREDENTIALS)


def copied(folder: Path) -> Path:
    shutil.copytree(MIYABI, folder, ignore=shutil.ignore_patterns(".provision", "function"))
    return folder


def emptied(moto: servers.Server) -> servers.Server:
    request = urllib.request.Request(f"{moto.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request, timeout=10).close()
    return moto
