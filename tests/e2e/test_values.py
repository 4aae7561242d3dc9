"""Values on moto: nothing is lost between writers, and a value's life from import to rollback."""

import json
import multiprocessing
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import servers
from cli import Cli, at
from counting import Refusal, counting
from proxying import Meanwhile, proxying
from reading import Aws
from terminals import Terminal

WRITERS = 8
KEYS_EACH = 50
SECRET = "crowd/dev/shared"
API_KEYS = "miyabi/dev/api-keys"
CONFIG = "miyabi/dev/config"
NO_ROOM = Refusal("LimitExceededException")


def keys_of(writer: int) -> list[str]:
    return [f"W{writer}_K{number}" for number in range(KEYS_EACH)]


def value_of(key: str) -> str:
    return f"value-of-{key.lower()}"


ALL_KEYS = [key for writer in range(WRITERS) for key in keys_of(writer)]


def crowd(server: servers.Server, folder: Path) -> Cli:
    """The command line for a secret that many write, applied and empty."""
    folder.mkdir()
    manifest = {
        "project": "crowd",
        "region": "us-west-2",
        "environments": {"dev": {}},
        "secrets": {"shared": {"keys": ALL_KEYS}},
    }
    # JSON is YAML
    (folder / "secrets.yaml").write_text(json.dumps(manifest))
    cli = at(server, folder, "dev")
    cli("--yes")
    return cli


def stored(aws: Aws) -> dict[str, str]:
    [version] = [
        version
        for version, labels in versions(aws, SECRET).items()
        if "AWSCURRENT" in labels
    ]
    answer = aws.secrets.get_secret_value(SecretId=SECRET, VersionId=version)
    return json.loads(answer["SecretString"])


def versions(aws: Aws, secret: str) -> dict[str, list[str]]:
    return aws.secrets.describe_secret(SecretId=secret).get("VersionIdsToStages", {})


def test_writers_at_once_lose_nothing(moto: servers.Server, aws: Aws, tmp_path: Path) -> None:
    """8 processes set 50 different keys of one secret each, one by one: all 400 are there."""
    cli = crowd(moto, tmp_path / "crowd")

    def write(writer: int) -> None:
        for key in keys_of(writer):
            cli("set", "shared", key, stdin=value_of(key))

    with ThreadPoolExecutor(WRITERS) as writers:
        for written in [writers.submit(write, writer) for writer in range(WRITERS)]:
            written.result()
    assert stored(aws) == {key: value_of(key) for key in ALL_KEYS}
    labels = sorted(label for labels in versions(aws, SECRET).values() for label in labels)
    assert labels == ["AWSCURRENT", "AWSPREVIOUS"], "a staging label stayed behind"


def rewrite(url: str, writer: int, start: Callable[[], object]) -> None:
    """Sets the same keys the plain way: read, change, write."""
    aws = Aws(url)
    start()
    for key in keys_of(writer):
        now = json.loads(aws.secrets.get_secret_value(SecretId=SECRET)["SecretString"])
        now[key] = value_of(key)
        aws.secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(now))


def test_plain_read_modify_write_loses_some(
    moto: servers.Server, aws: Aws, tmp_path: Path
) -> None:
    """The same keys by the same number of processes, without compare-and-swap: some are gone."""
    crowd(moto, tmp_path / "crowd")
    aws.secrets.put_secret_value(SecretId=SECRET, SecretString="{}")
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(WRITERS)
    processes = [
        context.Process(target=rewrite, args=(moto.url, writer, barrier.wait))
        for writer in range(WRITERS)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    answer = aws.secrets.get_secret_value(SecretId=SECRET)["SecretString"]
    kept = json.loads(answer)
    lost = len(ALL_KEYS) - len(kept)
    print(f"plain read-modify-write lost {lost} of {len(ALL_KEYS)} keys")
    assert lost > 0, "nothing was lost: the writers did not meet"


TFVARS = """\
# of the miyabi system
github_token               = "ghp_tfvars_value"
miyabi_access_token        = "access value"
github_oauth_client_id     = "Iv1.abc"
github_oauth_client_secret = "oauth \\"secret\\""
github_oauth_callback_url  = "https://api.miyabi-world.com/auth/github/callback"
"""
FROM_TFVARS = {
    "GITHUB_TOKEN": "ghp_tfvars_value",
    "MIYABI_ACCESS_TOKEN": "access value",
    "GITHUB_OAUTH_CLIENT_ID": "Iv1.abc",
    "GITHUB_OAUTH_CLIENT_SECRET": 'oauth "secret"',
    "GITHUB_OAUTH_CALLBACK_URL": "https://api.miyabi-world.com/auth/github/callback",
}


@pytest.fixture
def applied(dev: Cli) -> Cli:
    dev("--yes")
    dev.values.update(value for key, value in FROM_TFVARS.items() if not value.startswith("https"))
    return dev


def current(aws: Aws, secret: str) -> dict[str, str]:
    [version] = [v for v, labels in versions(aws, secret).items() if "AWSCURRENT" in labels]
    answer = aws.secrets.get_secret_value(SecretId=secret, VersionId=version)
    return json.loads(answer["SecretString"])


def test_the_values_of_the_miyabi_system_come_from_tfvars(applied: Cli, aws: Aws) -> None:
    (applied.folder / "terraform.tfvars").write_text(TFVARS)
    before = versions(aws, API_KEYS)
    applied("import", "terraform.tfvars", "--dry-run").says("Would set: 5 added", "+ GITHUB_TOKEN")
    assert versions(aws, API_KEYS) == before, "a dry run writes nothing"
    applied("import", "terraform.tfvars").says("Set and read back: 5 added, 0 changed")
    found = current(aws, API_KEYS)
    assert {key: found[key] for key in FROM_TFVARS} == FROM_TFVARS
    assert found["OAUTH_CLIENT_ID"] == "miyabi-mcp-client", "the default stays"
    applied("import", "terraform.tfvars").says("Nothing to do: 5 unchanged")


def test_the_values_of_the_miyabi_system_come_from_its_variables(applied: Cli, aws: Aws) -> None:
    variables = {f"TF_VAR_{key.lower()}": value for key, value in FROM_TFVARS.items()}
    applied.with_variables(variables)("import", "--from-env").says("5 added")
    found = current(aws, API_KEYS)
    assert {key: found[key] for key in FROM_TFVARS} == FROM_TFVARS


def test_a_life_of_a_value(applied: Cli, aws: Aws) -> None:
    for value in ("value one", "value two", "value three"):
        applied.set("api-keys", "GITHUB_TOKEN", value)
    # moto has no event history: the list says so and goes on
    applied("versions", "api-keys").says("AWSCURRENT", "AWSPREVIOUS", "~GITHUB_TOKEN", "CloudTrail")
    applied("diff", "api-keys").says("~ GITHUB_TOKEN")
    applied("pin", "api-keys", "previous", "--as", "two").says("stays, as `pin-two`")
    applied("rollback", "api-keys", "--yes").says("has the value of")
    assert current(aws, API_KEYS)["GITHUB_TOKEN"] == "value two"
    applied.set("api-keys", "GITHUB_TOKEN", "value four")
    applied("rollback", "api-keys", "--to", "pin-two", "--yes")
    assert current(aws, API_KEYS)["GITHUB_TOKEN"] == "value two"
    applied("pin", "api-keys", "pin-two", "--remove").says("pinned no longer")
    labels = [label for labels in versions(aws, API_KEYS).values() for label in labels]
    assert sorted(labels) == ["AWSCURRENT", "AWSPREVIOUS"]
    applied("get", "api-keys").says("keys GITHUB_TOKEN, OAUTH_CLIENT_ID, OAUTH_ISSUER")
    assert applied.reveal("get", "api-keys", "GITHUB_TOKEN", "--reveal").stdout == "value two"


def test_a_value_set_while_a_question_is_read_is_not_replaced(applied: Cli, aws: Aws) -> None:
    applied.set("api-keys", "GITHUB_TOKEN", "of-the-file-before")
    applied.set("api-keys", "MIYABI_ACCESS_TOKEN", "in-the-file-too")
    applied.values.add("of-the-file")
    (applied.folder / ".env").write_text(
        "GITHUB_TOKEN=of-the-file\nMIYABI_ACCESS_TOKEN=in-the-file-too\n"
    )
    terminal = Terminal(applied, "import", ".env")
    terminal.until("MIYABI_ACCESS_TOKEN unchanged")
    terminal.until("Replace 1 value that exists?")
    applied.set("api-keys", "MIYABI_ACCESS_TOKEN", "of-a-colleague")
    before = versions(aws, API_KEYS)
    terminal.type("y")
    terminal.until("MIYABI_ACCESS_TOKEN in miyabi/dev/api-keys")
    assert terminal.end() == 3
    assert versions(aws, API_KEYS) == before
    found = current(aws, API_KEYS)
    assert found["MIYABI_ACCESS_TOKEN"] == "of-a-colleague"
    assert found["GITHUB_TOKEN"] == "of-the-file-before", "the secret is left alone as a whole"


def test_a_value_set_between_showing_and_writing_is_not_replaced_unasked(
    applied: Cli, aws: Aws
) -> None:
    """What was shown as added or unchanged replaces nothing; with `--yes` it does, and that is told."""
    applied.values.add("of-the-file")
    (applied.folder / ".env").write_text("BASE_URL=of-the-file\n")

    def importing(theirs: str, *flags: str, code: int):
        meanwhile = Meanwhile(
            # moto has no value to read for the preview where there is none yet
            lambda: applied.set("config", "BASE_URL", theirs), "DescribeSecret", "DescribeSecret"
        )
        with proxying(aws.url, meanwhile) as url:
            raced = applied.with_option("--endpoint-url", url)
            return raced("import", ".env", *flags, "--output", "json", code=code)

    refused = importing("of-a-colleague", code=3).json()["error"]
    assert refused["kind"] == "moved" and "BASE_URL in miyabi/dev/config" in refused["message"]
    assert current(aws, CONFIG) == {"BASE_URL": "of-a-colleague"}
    # the same where the value was there already
    applied.set("config", "BASE_URL", "of-the-file")
    assert importing("newer", code=3).json()["error"]["kind"] == "moved"
    assert current(aws, CONFIG) == {"BASE_URL": "newer"}
    applied.set("config", "BASE_URL", "of-the-file")
    run = importing("newest", "--yes", code=0)
    run.says("BASE_URL in miyabi/dev/config", "meanwhile", "provision rollback")
    assert run.json()["secrets"][0]["values"] == [{"key": "BASE_URL", "change": "changed", "empty": False}]
    assert current(aws, CONFIG) == {"BASE_URL": "of-the-file"}
    applied("rollback", "config", "--yes")
    assert current(aws, CONFIG) == {"BASE_URL": "newest"}, "as it says"


def test_values_are_promoted_between_environments(applied: Cli, prod: Cli, aws: Aws) -> None:
    prod("--yes")
    applied.set("api-keys", "GITHUB_TOKEN", "of dev")
    bare = Cli(applied.folder, ("--file", "secrets.yaml", *applied.arguments[4:]), applied.variables)
    bare("promote", "dev", "prod", "api-keys", "--only", "GITHUB_TOKEN", "--yes").says("1 added")
    assert current(aws, "miyabi/prod/api-keys")["GITHUB_TOKEN"] == "of dev"
    applied("diff", "--against", "prod").says("the same: GITHUB_TOKEN")


def test_rotation_and_replicas_are_told(applied: Cli, aws: Aws) -> None:
    applied.set("config", "BASE_URL", "https://one")
    aws.secrets.replicate_secret_to_regions(
        SecretId=CONFIG, AddReplicaRegions=[{"Region": "eu-central-1"}]
    )
    applied("replicate", "config").says("eu-central-1 in sync")
    applied("get", "config").says("replica in eu-central-1 in sync")
    applied("rotate", "config", code=1).says("nobody rotates")


def test_a_label_of_a_writer_that_was_killed_makes_room(applied: Cli, aws: Aws) -> None:
    """AWS keeps 20 labels on a secret: what killed writers left behind does not fill them for ever."""
    left = "lambda-secrets-left"
    applied.set("config", "BASE_URL", "https://one")
    [version] = versions(aws, CONFIG)
    aws.secrets.update_secret_version_stage(
        SecretId=CONFIG, VersionStage=left, MoveToVersionId=version
    )

    def labels() -> set[str]:
        return {label for labels in versions(aws, CONFIG).values() for label in labels}

    with counting(aws.url) as calls:
        raced = applied.with_option("--endpoint-url", calls.url)
        # it is young: it may belong to a writer that is at work
        calls.refuse("PutSecretValue", NO_ROOM, times=1)
        raced.set("config", "BASE_URL", "https://two")
        assert left in labels()
        # moto made it a moment ago; this is what AWS answers later
        listed = {"VersionId": version, "VersionStages": [left], "CreatedDate": time.time() - 16 * 60}
        calls.answer("ListSecretVersionIds", {"Name": CONFIG, "Versions": [listed]})
        calls.refuse("PutSecretValue", NO_ROOM, times=1)
        raced.set("config", "BASE_URL", "https://three")
        assert labels() == {"AWSCURRENT", "AWSPREVIOUS"}
        assert current(aws, CONFIG) == {"BASE_URL": "https://three"}


def test_what_is_exported_is_what_a_shell_reads(applied: Cli) -> None:
    value = "it's a \"quote\", $HOME, `x` \\ and\ntwo lines"
    applied.set("api-keys", "GITHUB_TOKEN", value)
    text = applied.reveal("export", "--reveal", "--only", "GITHUB_TOKEN").stdout
    (applied.folder / "exported.env").write_text(text)
    shell = shutil.which("sh")
    assert shell is not None
    read = subprocess.run(
        [shell, "-c", '. ./exported.env && printf %s "$GITHUB_TOKEN"'],
        cwd=applied.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout == value
