"""What the end-to-end tests share: servers, clients and the command line against them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import documents
import servers
from cli import BINARY, Cli, at, copied
from reading import Aws
from servers import emptied


def pytest_sessionstart() -> None:
    if not BINARY.is_file():
        raise pytest.UsageError(f"{BINARY} is missing: run `cargo build --package provision`")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for block in documents.not_run:
        terminalreporter.write_line(f"not run: {block}", yellow=True)


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
