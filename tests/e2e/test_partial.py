"""A run that fails in the middle: what is done is told, and a second run converges."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import counting
import servers
from cli import TEST_CREDENTIALS, Cli
from reading import Aws

MANIFEST = """\
project: demo
region: us-west-2
environments:
  dev: {}
secrets:
  api-keys:
    keys: [TOKEN]
  config:
    keys: [HOST]
functions:
  app:
    reads: [api-keys]
"""


@pytest.fixture
def proxy(moto: servers.Server) -> Iterator[counting.Calls]:
    with counting.counting(moto.url) as calls:
        yield calls


@pytest.fixture
def cli(proxy: counting.Calls, tmp_path: Path) -> Cli:
    (tmp_path / "secrets.yaml").write_text(MANIFEST)
    return Cli(tmp_path, ("--env", "dev", "--endpoint-url", proxy.url), TEST_CREDENTIALS)


def whole(aws: Aws) -> None:
    """Checks that everything is there, and once."""
    [key] = [key for key in aws.keys() if key["state"] == "Enabled"]
    assert list(aws.aliases()) == ["alias/demo/dev"]
    assert key["rotation"] is True
    assert aws.secret_names() == ["demo/dev/api-keys", "demo/dev/config"]
    assert aws.role_names() == ["demo-dev-app"]
    assert list(aws.role("demo-dev-app")["inline"]) == ["secrets-access"]


@pytest.mark.parametrize(
    "refused",
    ["EnableKeyRotation", "CreateAlias", "CreateSecret", "CreateRole", "AttachRolePolicy", "PutRolePolicy"],
)
def test_what_failed_is_told_and_a_second_run_converges(
    refused: str, cli: Cli, proxy: counting.Calls, aws: Aws
) -> None:
    proxy.refuse(refused, counting.DENIED)
    partly = cli("--yes", code=4).says("hint:")
    assert "alias/demo/dev" in partly.stdout + partly.stderr
    assert re.search(r"\d+ done, [12] failed, \d+ not tried$", partly.stdout.strip())
    assert "#" not in partly.stdout
    proxy.allow_all()
    cli("--yes")
    whole(aws)
    cli("plan", "--detailed-exitcode")


def test_a_run_whose_first_call_is_denied_has_changed_nothing(
    cli: Cli, proxy: counting.Calls, aws: Aws
) -> None:
    before = aws.everything()
    proxy.refuse("CreateKey", counting.DENIED)
    cli("--yes", code=1).says("hint:")
    assert aws.everything() == before


def test_a_throttled_run_waits_and_finishes(cli: Cli, proxy: counting.Calls, aws: Aws) -> None:
    proxy.refuse("CreateSecret", counting.THROTTLED, times=2)
    proxy.refuse("DescribeSecret", counting.THROTTLED, times=1)
    cli("--yes")
    whole(aws)
    cli("plan", "--detailed-exitcode")


def test_a_destroy_that_was_cut_short_is_finished_by_the_next(
    cli: Cli, proxy: counting.Calls, aws: Aws
) -> None:
    cli("--yes")
    proxy.refuse("DeleteRole", counting.DENIED)
    cli("destroy", "--yes", code=4).says("hint:")
    proxy.allow_all()
    cli("destroy", "--yes")
    assert aws.role_names() == [] and aws.secret_names() == [] and aws.aliases() == {}
    assert [key["state"] for key in aws.keys()] == ["PendingDeletion"]
