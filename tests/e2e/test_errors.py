"""Bad input: each a clear error at its place, the documented exit code, and nothing changed."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import servers
from cli import NO_CREDENTIALS, TEST_CREDENTIALS, Cli
from proxying import Answer, Call, proxying
from reading import ACCOUNT, Aws

GOOD = """\
project: demo
region: us-west-2
environments:
  dev: {}
secrets:
  api-keys:
    keys: [TOKEN]
functions:
  app:
    reads: [api-keys]
"""
# by when an endpoint that never answers has to be given up
PATIENCE_SECONDS = 45


@pytest.fixture(scope="module")
def server(moto_server: servers.Server) -> servers.Server:
    """A moto that is empty, and stays so: nothing here changes it."""
    return servers.emptied(moto_server)


@pytest.fixture
def cli(server: servers.Server, tmp_path: Path) -> Cli:
    (tmp_path / "secrets.yaml").write_text(GOOD)
    return Cli(tmp_path, ("--env", "dev", "--endpoint-url", server.url), TEST_CREDENTIALS)


@pytest.fixture
def aws(server: servers.Server) -> Aws:
    return Aws(server.url)


@contextmanager
def unchanged(aws: Aws) -> Iterator[None]:
    before = aws.everything()
    yield
    assert aws.everything() == before


def edited(cli: Cli, old: str, new: str) -> None:
    assert GOOD.count(old) == 1
    (cli.folder / "secrets.yaml").write_text(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "place", "parts"),
    [
        ("reads: [api-keys]", "reads: [api-keys", "secrets.yaml:", []),
        ("keys: [TOKEN]", "keyz: [TOKEN]", "secrets.yaml:7:5", ["did you mean `keys`?"]),
        ("region:", "regoin:", "secrets.yaml:2:1", ["did you mean `region`?"]),
        (
            "functions:",
            "  api-keys:\n    keys: [OTHER]\nfunctions:",
            "secrets.yaml:8:3",
            ["api-keys"],
        ),
        ("keys: [TOKEN]", "keys: [TOKEN, TOKEN]", "secrets.yaml:7:", ["TOKEN"]),
        ("[api-keys]", "[api-keyz]", "secrets.yaml:10:13", ["did you mean `api-keys`?"]),
        ("  api-keys:", "  api keys!:", "secrets.yaml:6:3", ["letters, digits"]),
        ("  api-keys:", "  api-abcdef:", "secrets.yaml:6:3", ["ARN"]),
        ("project: demo", "project: Demo", "secrets.yaml:1:10", ["lower-case"]),
        ("  dev: {}", "  pre-prod: {}", "secrets.yaml:4:3", ["lower-case"]),
        ("us-west-2", "west", "secrets.yaml:2:9", ["us-west-2"]),
        ("  dev: {}", "  dev: { recovery_window_days: 3 }", "secrets.yaml:4:", ["7"]),
        ("  dev: {}", '  dev: { account: "12" }', "secrets.yaml:4:", ["12 digits"]),
    ],
    ids=[
        "broken YAML",
        "unknown field",
        "unknown field at the top",
        "duplicate secret",
        "duplicate key",
        "undeclared secret",
        "secret name that AWS refuses",
        "secret name like the suffix of an ARN",
        "project name",
        "environment name",
        "region",
        "recovery window",
        "account",
    ],
)
def test_a_mistake_in_the_manifest_is_shown_at_its_place(
    old: str, new: str, place: str, parts: list[str], cli: Cli, aws: Aws
) -> None:
    edited(cli, old, new)
    with unchanged(aws):
        cli("--yes", code=1).says(place, *parts)


def test_every_mistake_of_a_file_is_reported_in_one_run(cli: Cli, aws: Aws) -> None:
    text = GOOD.replace("keys: [TOKEN]", "keyz: [TOKEN]").replace("[api-keys]", "[api-keyz]")
    (cli.folder / "secrets.yaml").write_text(text.replace("region:", "regoin:"))
    with unchanged(aws):
        cli("--yes", code=1).says("secrets.yaml:2:1", "secrets.yaml:7:5", "secrets.yaml:10:13")


def test_what_looks_like_a_value_is_refused_and_not_repeated(cli: Cli, aws: Aws) -> None:
    token = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    cli.values.add(token)
    edited(cli, "keys: [TOKEN]", f"keys: {{ TOKEN: {{ default: {token} }} }}")
    with unchanged(aws):
        cli("--yes", code=1).says("secrets.yaml:7:", "never values")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"- a\n- b\n", b"a: &a [*a]\n", b"[" * 10_000, b"\tproject: demo\n"],
    ids=["empty", "not text", "a list", "an alias of itself", "deep", "a tab"],
)
def test_a_file_that_is_no_manifest_is_an_error(content: bytes, cli: Cli, aws: Aws) -> None:
    (cli.folder / "secrets.yaml").write_bytes(content)
    with unchanged(aws):
        cli("--yes", code=1).says("secrets.yaml")


def test_a_missing_manifest_is_an_error(cli: Cli, aws: Aws) -> None:
    with unchanged(aws):
        cli.with_option("--file", "absent.yaml")("--yes", code=1).says("absent.yaml", "hint:")


def test_an_unknown_environment_lists_those_that_exist(cli: Cli, aws: Aws) -> None:
    with unchanged(aws):
        cli.with_option("--env", "stage")("plan", code=1).says("`stage`", "hint:", "`dev`")


def test_another_account_than_the_manifests_is_refused(cli: Cli, aws: Aws) -> None:
    edited(cli, "  dev: {}", '  dev: { account: "999999999999" }')
    with unchanged(aws):
        cli("plan", code=3).says("999999999999", ACCOUNT, "hint:")
        cli("--yes", code=3)
        cli("destroy", "--yes", code=3)


class OfPartition:
    """A caller of another partition: nothing but the ARN of who asks tells it."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        self.asked: set[str] = set()

    def before(self, call: Call) -> Answer | None:
        self.asked.add(call.name)
        return None

    def after(self, _: Call, answer: Answer) -> Answer:
        content = answer.content.replace(b"arn:aws:", f"arn:{self.partition}:".encode())
        return Answer(answer.status, content, answer.headers)


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_another_partition_than_the_manifests_is_refused(partition: str, cli: Cli, aws: Aws) -> None:
    rules = OfPartition(partition)
    with unchanged(aws), proxying(cli.arguments[-1], rules) as url:
        theirs = cli.with_option("--endpoint-url", url)
        theirs("plan", code=3).says(f"partition {partition}", "`dev` lies in aws", "hint:", "--profile")
        theirs("--yes", code=3)
    assert rules.asked == {"GetCallerIdentity"}, "nothing is read before it is known whose it is"


def test_without_credentials_nothing_is_tried(cli: Cli, aws: Aws) -> None:
    bare = Cli(cli.folder, cli.arguments, NO_CREDENTIALS)
    with unchanged(aws):
        bare("--yes", code=1).says("credentials", "hint:", "--local")


def test_a_port_where_nobody_listens_is_an_error(cli: Cli) -> None:
    begin = time.monotonic()
    url = f"http://127.0.0.1:{servers.free_port()}"
    cli.with_option("--endpoint-url", url)("--yes", code=1).says("hint:")
    assert time.monotonic() - begin < PATIENCE_SECONDS


def test_an_endpoint_that_says_nothing_is_given_up(cli: Cli, silent: str) -> None:
    begin = time.monotonic()
    cli.with_option("--endpoint-url", silent)("--yes", code=1).says("hint:")
    assert time.monotonic() - begin < PATIENCE_SECONDS


def test_an_interrupt_before_anything_is_applied_ends_in_130(cli: Cli, silent: str) -> None:
    process = subprocess.Popen(
        cli.with_option("--endpoint-url", silent).command("--yes"),
        cwd=cli.folder,
        env=cli.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        # a shell shows the death by this signal as 130
        assert process.wait(10) in (130, -signal.SIGINT)
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that accepts and never answers."""
    kept: list[socket.socket] = []

    def accept() -> None:
        try:
            while True:
                kept.append(listener.accept()[0])
        except OSError:
            return  # closed: the test is over

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in kept:
            connection.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-flag"],
        ["no-such-command"],
        ["set"],
        ["set", "api-keys", "TOKEN", "a-value-in-argv"],
        ["plan", "--output", "yaml"],
        ["run"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_usage_error_ends_in_64(arguments: list[str], cli: Cli, aws: Aws) -> None:
    with unchanged(aws):
        cli(*arguments, code=64).says("--help")


def test_without_an_environment_those_that_exist_are_named(cli: Cli) -> None:
    bare = Cli(cli.folder, cli.arguments[2:], TEST_CREDENTIALS)
    bare("plan", code=64).says("--env", "`dev`")


@pytest.mark.parametrize("command", [[], ["apply"]], ids=["main", "apply"])
def test_a_question_without_a_terminal_is_a_no(command: list[str], cli: Cli, aws: Aws) -> None:
    with unchanged(aws):
        cli(*command, code=3).says("hint:", "--yes")
