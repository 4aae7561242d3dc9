"""The first run without an account: an AWS inside the binary, its state beside the manifest."""

import os
import signal
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli import NO_CREDENTIALS, Cli

TOKEN = "ghp_local-Xr7Tq2Lm9"


@pytest.fixture
def local(example: Path) -> Cli:
    return Cli(example, ("--env", "dev", "--local"), NO_CREDENTIALS)


@pytest.fixture
def applied(local: Cli) -> Cli:
    local("--yes")
    local.set("api-keys", "GITHUB_TOKEN", TOKEN)
    return local


def test_apply_shows_what_was_made_and_then_has_nothing_to_do(local: Cli) -> None:
    local("--yes").says("alias/miyabi-secrets-dev", "miyabi/dev/api-keys", "miyabi-dev-miyabi-app")
    local("--yes").says("othing")
    plan = local("plan", "--detailed-exitcode", "--output", "json").json()
    assert plan["changes"] == []


def test_a_value_reaches_the_command_that_is_run(applied: Cli) -> None:
    printed = applied.reveal("run", "--", "printenv", "GITHUB_TOKEN")
    assert printed.stdout == f"{TOKEN}\n"
    assert printed.stderr.count(TOKEN) == 0
    default = applied.reveal("run", "--", "printenv", "OAUTH_CLIENT_ID")
    assert default.stdout == "miyabi-mcp-client\n"


def test_the_environment_wins_over_the_secret(applied: Cli) -> None:
    shell = applied.with_variables({"GITHUB_TOKEN": "from-the-shell"})
    assert shell.reveal("run", "--", "printenv", "GITHUB_TOKEN").stdout == "from-the-shell\n"


def test_no_value_stands_in_a_file_or_in_any_output(applied: Cli) -> None:
    second = "ghp_local-2nd-Wd4Jp6"
    applied.set("api-keys", "MIYABI_ACCESS_TOKEN", second, "-vvv")
    applied("plan", "-vvv")
    applied("plan", "--output", "json", "--out", "plan.json")
    applied("--yes", "-vvv")
    applied("run", "-vvv", "--", "true")
    files = [path for path in applied.folder.rglob("*") if path.is_file()]
    assert any(".provision" in path.parts for path in files)
    for path in files:
        content = path.read_bytes()
        for value in (TOKEN, second):
            assert value.encode() not in content, path


def test_the_state_is_for_its_owner_alone_and_ignored_by_git(applied: Cli) -> None:
    state = applied.folder / ".provision"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    files = [p for p in state.rglob("*") if p.is_file() and p.name != ".gitignore"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    subprocess.run(["git", "init", "--quiet"], cwd=applied.folder, check=True)
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    listed = subprocess.run(status, cwd=applied.folder, capture_output=True, text=True, check=True)
    assert "secrets.yaml" in listed.stdout
    assert ".provision" not in listed.stdout


@pytest.mark.parametrize("code", [0, 1, 7, 125])
def test_run_passes_the_childs_exit_code_on(applied: Cli, code: int) -> None:
    applied("run", "--", "sh", "-c", f"exit {code}", code=code)


def test_run_passes_the_childs_death_by_a_signal_on(applied: Cli) -> None:
    died = applied("run", "--", "sh", "-c", "kill -TERM $$", code=None)
    assert died.code in (-signal.SIGTERM, 128 + signal.SIGTERM)


def test_run_passes_a_signal_to_the_child(applied: Cli) -> None:
    script = "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        applied.command("run", "--", "sh", "-c", script),
        cwd=applied.folder,
        env=applied.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(10) == 42
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait(10)


def test_run_has_codes_for_its_own_failures(applied: Cli, tmp_path: Path) -> None:
    applied("run", "--", "no-such-command-anywhere", code=127)
    plain = tmp_path / "plain"
    plain.write_text("no program")
    applied("run", "--", str(plain), code=126)
    elsewhere = applied.with_option("--file", "absent.yaml")
    elsewhere("run", "--", "true", code=125).says("absent.yaml")


def test_run_before_apply_says_what_to_do(local: Cli) -> None:
    local("run", "--", "true", code=125).says("hint:")


def test_a_value_with_every_odd_character_survives(applied: Cli) -> None:
    odd = "a\"b'c\\d$e`f\tg é 中 {{h}} #i"
    applied.set("config", "BASE_URL", odd)
    assert applied.reveal("run", "--", "printenv", "BASE_URL").stdout == odd + "\n"


def test_one_trailing_line_break_of_stdin_is_not_part_of_the_value(applied: Cli) -> None:
    applied("set", "config", "BASE_URL", stdin="https://dev.example\n")
    assert applied.reveal("run", "--", "printenv", "BASE_URL").stdout == "https://dev.example\n"


def test_environments_are_kept_apart(applied: Cli) -> None:
    prod = applied.with_option("--env", "prod")
    prod("--yes")
    prod("run", "--", "printenv", "GITHUB_TOKEN", code=1)
    applied("plan", "--detailed-exitcode")


def test_several_at_once_wait_for_each_other(applied: Cli) -> None:
    keys = ["MIYABI_REPO_OWNER", "MIYABI_REPO_NAME", "BASE_URL", "MIYABI_ROOT"]
    with ThreadPoolExecutor(len(keys)) as pool:
        list(pool.map(lambda key: applied("set", "config", key, stdin=f"value-of-{key}"), keys))
    for key in keys:
        assert applied.reveal("run", "--", "printenv", key).stdout == f"value-of-{key}\n"


def test_a_damaged_state_is_an_error_and_not_a_new_start(applied: Cli) -> None:
    [state] = [p for p in (applied.folder / ".provision").rglob("*.json") if p.is_file()]
    state.write_text(state.read_text()[: -20])
    before = state.read_bytes()
    applied("--yes", code=1).says("hint:")
    assert state.read_bytes() == before


def test_destroy_leaves_the_secrets_in_their_window(applied: Cli) -> None:
    applied("destroy", "--yes")
    applied("run", "--", "printenv", "GITHUB_TOKEN", code=125).says("hint:")
    applied("destroy", "--yes").says("othing")


def test_local_never_meets_an_endpoint(local: Cli) -> None:
    local("--endpoint-url", "http://127.0.0.1:1", "--yes", code=64)
