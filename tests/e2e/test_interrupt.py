"""Ctrl-C while values, keys and copies change: what was begun is ended and told, never denied."""

import json
import signal
import subprocess
import time

import pytest

import estate
import servers
from cli import RUN_SECONDS, Cli, Outcome
from counting import DENIED, counting
from estate import COPIES, Estate
from proxying import Answer, Call, Meanwhile, proxying
from reading import REGION, Aws

API_KEYS, CONFIG = "miyabi/prod/api-keys", "miyabi/prod/config"
# until a signal that was sent has been noticed
NOTICED_SECONDS = 0.5


@pytest.fixture(scope="module")
def place(moto_server: servers.Server) -> Estate:
    place = Estate(servers.emptied(moto_server).url)
    place.prepare()
    return place


@pytest.fixture(scope="module")
def cli(place: Estate, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The project with a value in each of its secrets."""
    cli = estate.cli(tmp_path_factory.mktemp("valued"), place.url)
    cli("--yes")
    cli.set("api-keys", "GITHUB_TOKEN", "canary-first")
    cli.set("config", "MIYABI_REPO_OWNER", "canary-owner")
    return cli


@pytest.fixture
def aws(place: Estate) -> Aws:
    return Aws(place.url)


def at(call: str, behind: str | None = None, answers: dict[str, dict] | None = None) -> Meanwhile:
    """Where a command is interrupted: while the first such call is on its way."""
    return Meanwhile(lambda: None, call, behind, answers)


def interrupted(cli: Cli, rules: Meanwhile, *arguments: str) -> Outcome:
    """Runs a command that gets Ctrl-C at that call, which then goes on."""
    process: list[subprocess.Popen] = []

    def interrupt() -> None:
        process[0].send_signal(signal.SIGINT)
        time.sleep(NOTICED_SECONDS)

    rules.act = interrupt
    with proxying(cli.arguments[-1], rules) as url:
        behind = cli.with_option("--endpoint-url", url)
        # no call is answered before it is known whose it is
        with rules.lock:
            process.append(
                subprocess.Popen(
                    behind.command(*arguments),
                    cwd=cli.folder,
                    env=cli.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        stdout, stderr = process[0].communicate(timeout=RUN_SECONDS)
    for value in cli.values:
        assert value not in stdout + stderr, "a value was printed"
    return Outcome(process[0].returncode, stdout, stderr)


def changed(aws: Aws, before: dict[str, str]) -> set[str]:
    return {name for name, version in aws.current().items() if before[name] != version}


def both(cli: Cli, value: str) -> str:
    """Writes a file with a new value for each of the two secrets, and returns its name."""
    cli.values.add(value)
    (cli.folder / "both.env").write_text(f"GITHUB_TOKEN={value}\nMIYABI_REPO_OWNER={value}\n")
    return "both.env"


def test_what_is_imported_before_an_interruption_is_told(cli: Cli, aws: Aws) -> None:
    file, before = both(cli, "canary-import"), aws.current()
    run = interrupted(cli, at("GetSecretValue", behind="PutSecretValue"), "import", file, "--yes")
    assert run.code == 4, run
    run.says(f"written {API_KEYS}", f"not tried {CONFIG}", "interrupted: run the same command again")
    assert changed(aws, before) == {API_KEYS}
    # as it says
    cli("import", file, "--yes").says("1 changed, 1 unchanged")
    assert json.loads(aws.value(CONFIG))["MIYABI_REPO_OWNER"] == "canary-import"


def test_an_interrupted_migration_lists_nothing_to_remove(cli: Cli, aws: Aws) -> None:
    file, before = both(cli, "canary-migrate"), aws.current()
    rules = at("GetSecretValue", behind="PutSecretValue")
    run = interrupted(cli, rules, "migrate", file, "--yes", "--output", "json")
    assert run.code == 4, run
    document = run.json()
    assert [secret["secret"] for secret in document["secrets"]] == [API_KEYS]
    assert document["not_tried"] == [CONFIG] and document["removable"] == []
    assert changed(aws, before) == {API_KEYS}


def test_an_import_that_is_interrupted_before_it_writes_has_changed_nothing(cli: Cli, aws: Aws) -> None:
    file, before = both(cli, "canary-early"), aws.current()
    run = interrupted(cli, at("GetSecretValue"), "import", file, "--yes")
    assert (run.code, run.stderr) == (130, "interrupted: nothing was changed\n")
    assert changed(aws, before) == set()


def test_a_rollback_that_is_interrupted_is_ended_and_told(cli: Cli, aws: Aws) -> None:
    before = aws.current()
    run = interrupted(cli, at("GetSecretValue", behind="PutSecretValue"), "rollback", "config", "--yes")
    assert run.code == 0, run
    run.says("has the value of")
    assert changed(aws, before) == {CONFIG}


def test_a_rotation_that_is_set_off_is_told_by_who_stops_waiting(cli: Cli) -> None:
    version = "6f1e5d1c-0000-4000-8000-000000000000"
    accepted = {"RotateSecret": {"ARN": "arn", "Name": API_KEYS, "VersionId": version}}
    for rules in (at("RotateSecret", answers=accepted), at("DescribeSecret", "RotateSecret", accepted)):
        run = interrupted(cli, rules, "rotate", "api-keys")
        assert run.code == 4, run
        run.says(f"Rotation of {API_KEYS} is set off", "interrupted: the function goes on")


class Copying(Meanwhile):
    """Copies that have failed, and are being made once they are set off anew."""

    def __init__(self, at: str, behind: str | None = None) -> None:
        accepted = {"ReplicateSecretToRegions": {"ARN": "arn", "ReplicationStatus": []}}
        super().__init__(lambda: None, at, behind, accepted)
        self.state = b'"Failed"'

    def before(self, call: Call) -> Answer | None:
        answer = super().before(call)
        if call.name == "ReplicateSecretToRegions":
            self.state = b'"InProgress"'
        return answer

    def after(self, _: Call, answer: Answer) -> Answer:
        return Answer(answer.status, answer.content.replace(b'"InSync"', self.state), answer.headers)


class Refusing(Copying):
    """The same, where the second secret's copies cannot be set off."""

    def before(self, call: Call) -> Answer | None:
        is_second = call.name == "ReplicateSecretToRegions" and self.state == b'"InProgress"'
        return DENIED.answer(call) if is_second else super().before(call)


def test_copies_that_are_set_off_are_told_by_who_stops_waiting(cli: Cli) -> None:
    rules = Copying("DescribeSecret", behind="ReplicateSecretToRegions")
    run = interrupted(cli, rules, "replicate", "--retry", "--wait", "60")
    assert run.code == 4, run
    run.says("in progress", f"set off anew: {API_KEYS}, {CONFIG}", "interrupted: AWS goes on")
    run = interrupted(cli, Copying("ReplicateSecretToRegions"), "replicate", "--retry", "--output", "json")
    assert run.code == 4, run
    assert (run.json()["set_off"], run.json()["not_tried"]) == ([API_KEYS], [CONFIG])


def test_a_copy_that_cannot_be_set_off_does_not_hide_those_that_are(cli: Cli) -> None:
    with proxying(cli.arguments[-1], Refusing("")) as url:
        run = cli.with_option("--endpoint-url", url)("replicate", "--retry", "--wait", "60", code=4)
    run.says(f"set off anew: {API_KEYS}", "secretsmanager:ReplicateSecretToRegions", "hint:")
    assert f"set off anew: {API_KEYS}," not in run.stdout
    assert "in progress" in run.stdout and "interrupted" not in run.stderr


def test_an_apply_that_is_interrupted_does_not_wait_for_copies(cli: Cli, aws: Aws) -> None:
    manifest = cli.folder / "secrets.yaml"
    whole = manifest.read_text()
    manifest.write_text(whole.replace("secrets:\n", "secrets:\n  late:\n    type: string\n", 1))
    rules = Copying("DescribeSecret", behind="CreateSecret")
    rules.state = b'"InProgress"'
    run = interrupted(cli, rules, "--yes", "--allow-widening", "--output", "json")
    assert run.code == 4, run
    document = run.json()
    assert [change["error"]["kind"] for change in document["failed"]] == ["pending"]
    # the copies are AWS's to finish
    cli("plan", "--detailed-exitcode").says("Nothing to do", "late has no value yet")
    manifest.write_text(whole)
    cli("apply", "--prune", "--yes")


def left(document: dict) -> list[tuple[str, bool, int]]:
    return [(key["region"], key["rotated"], key["left"]) for key in document["keys"]]


def test_keys_that_are_rotated_are_told_and_not_rotated_again(cli: Cli) -> None:
    run = interrupted(cli, at("RotateKeyOnDemand"), "rotate-key", "--yes")
    assert run.code == 4, run
    run.says(f"in {REGION}: rotated, left 24", f"in {COPIES}: not rotated, left 25", f"--only {COPIES}")
    # as it says
    again = cli("rotate-key", "--only", COPIES, "--yes", "--output", "json").json()
    assert left(again) == [(COPIES, True, 24)]
    with counting(cli.arguments[-1]) as calls:
        calls.refuse("RotateKeyOnDemand", DENIED, passing=1)
        refused = cli.with_option("--endpoint-url", calls.url)
        document = refused("rotate-key", "--yes", "--output", "json", code=4).json()
    assert left(document) == [(REGION, True, 23), (COPIES, False, 24)]
    assert document["failed"]["kind"] == "access_denied"
    assert f"--only {COPIES}" in " ".join(document["failed"]["hints"])
    cli("rotate-key", "--only", "eu-north-1", "--yes", code=1).says("no key in use in `eu-north-1`")
