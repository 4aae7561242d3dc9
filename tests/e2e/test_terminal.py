"""What a person at a terminal is asked, and what of it the terminal shows."""

import re
from pathlib import Path

import servers
from cli import NO_CREDENTIALS, Cli, copied
from counting import Refusal, counting
from reading import Aws
from terminals import Terminal

VALUE = "typed-c4n4ry-value"


def local(tmp_path: Path) -> Cli:
    folder = copied(tmp_path / "miyabi")
    arguments = ("--file", "secrets.yaml", "--env", "dev", "--local")
    cli = Cli(folder, arguments, NO_CREDENTIALS)
    cli.values.add(VALUE)
    cli("--yes")
    return cli


def test_a_value_is_typed_twice_and_never_shown(tmp_path: Path) -> None:
    cli = local(tmp_path)
    terminal = Terminal(cli, "set", "api-keys", "GITHUB_TOKEN")
    terminal.until("Value of GITHUB_TOKEN")
    terminal.type(VALUE)
    terminal.until("Once more")
    terminal.type("another")
    terminal.until("The two differ")
    terminal.type(VALUE)
    terminal.until("Once more")
    terminal.type(VALUE)
    terminal.until("Set GITHUB_TOKEN")
    assert terminal.end() == 0
    assert VALUE not in terminal.shown
    shown = cli.reveal("get", "api-keys", "GITHUB_TOKEN", "--reveal")
    assert shown.stdout == VALUE


def test_a_terminal_is_warned_before_it_shows_a_value(tmp_path: Path) -> None:
    cli = local(tmp_path)
    cli("set", "api-keys", "GITHUB_TOKEN", stdin=f"{VALUE}\x1b[2J")
    for command in (["get", "api-keys", "GITHUB_TOKEN"], ["export"]):
        terminal = Terminal(cli, *command, "--reveal")
        terminal.until("Show them?")
        terminal.type("n")
        terminal.until("declined: no value was shown")
        assert terminal.end() == 3, command
        assert VALUE not in terminal.shown, command
    terminal = Terminal(cli, "get", "api-keys", "GITHUB_TOKEN", "--reveal")
    terminal.until("Show them?")
    terminal.type("y")
    terminal.until(VALUE)
    assert terminal.end() == 0
    assert f"{VALUE}\\u{{1b}}[2J" in terminal.shown, "what a terminal takes for an order is escaped"


def test_a_replacement_is_asked_for(tmp_path: Path) -> None:
    cli = local(tmp_path)
    cli("set", "api-keys", "GITHUB_TOKEN", stdin="before")
    (cli.folder / ".env").write_text(f"GITHUB_TOKEN={VALUE}\n")
    for answer, code, value in [("n", 3, "before"), ("y", 0, VALUE)]:
        terminal = Terminal(cli, "import", ".env")
        terminal.until("GITHUB_TOKEN changed")
        terminal.until("Replace 1 value that exists?")
        terminal.type(answer)
        assert terminal.end() == code
        assert VALUE not in terminal.shown
        now = cli.reveal("get", "api-keys", "GITHUB_TOKEN", "--reveal").stdout
        assert now == value


def test_a_value_made_at_random_replaces_one_after_a_question(tmp_path: Path) -> None:
    cli = local(tmp_path)
    cli("set", "api-keys", "GITHUB_TOKEN", stdin=VALUE)
    for answer, code in [("n", 3), ("y", 0)]:
        terminal = Terminal(cli, "set", "api-keys", "GITHUB_TOKEN", "--generate")
        terminal.until("GITHUB_TOKEN in miyabi/dev/api-keys that exists?")
        terminal.type(answer)
        assert terminal.end() == code
        now = cli.reveal("get", "api-keys", "GITHUB_TOKEN", "--reveal").stdout
        assert (now == VALUE) == (answer == "n")


def test_advice_has_one_word_in_colour_too(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli("init", "demo")
    manifest = tmp_path / "secrets.yaml"
    manifest.write_text(manifest.read_text().replace("keys:\n      LOG_LEVEL", "kyes:\n      LOG_LEVEL"))
    terminal = Terminal(cli, "check")
    assert terminal.end() == 2
    assert "\x1b[" in terminal.shown
    assert "hint: " in terminal.shown and "help: " not in terminal.shown


def test_a_plan_that_is_out_of_date_when_it_is_answered_changes_nothing(dev: Cli, aws: Aws) -> None:
    terminal = Terminal(dev)
    terminal.until("Apply these changes?")
    # what somebody else does while the plan is read
    aws.kms.create_key(Tags=[
        {"TagKey": "managed-by", "TagValue": "lambda-secrets"},
        {"TagKey": "project", "TagValue": "miyabi"},
        {"TagKey": "environment", "TagValue": "dev"},
    ])
    before = aws.everything()
    terminal.type("y")
    terminal.until("the plan that was shown is out of date: the live state has changed; nothing was changed")
    terminal.until("run the same command again")
    assert terminal.end() == 3
    assert aws.everything() == before


def test_a_value_that_moved_while_its_key_was_asked_for_is_left_as_it_is(dev: Cli) -> None:
    dev("--yes")
    dev.set("api-keys", "GITHUB_TOKEN", VALUE)
    terminal = Terminal(dev, "unset", "api-keys", "GITHUB_TOKEN")
    terminal.until("Remove this key?")
    dev.set("api-keys", "GITHUB_TOKEN", "n3wer-c4n4ry-value")
    terminal.type("y")
    terminal.until("miyabi/dev/api-keys has another value since this was shown; it was left as it is")
    assert terminal.end() == 3
    assert dev.reveal("get", "api-keys", "GITHUB_TOKEN", "--reveal").stdout == "n3wer-c4n4ry-value"


def test_help_has_colour_unless_it_is_not_wanted(tmp_path: Path) -> None:
    for options, coloured in [(["--help"], True), (["--help", "--no-color"], False), (["plan", "--no-color", "-h"], False)]:
        terminal = Terminal(Cli(tmp_path), *options)
        assert terminal.end() == 0
        assert "Usage:" in terminal.shown and ("\x1b[" in terminal.shown) == coloured, options


def test_what_is_waited_for_is_said(dev: Cli, moto: servers.Server) -> None:
    with counting(moto.url) as calls:
        calls.refuse("PutRolePolicy", Refusal("NoSuchEntity", 404), times=3)
        terminal = Terminal(dev.with_option("--endpoint-url", calls.url), "--yes")
        terminal.until("waiting for IAM to know the role")
        terminal.until("Done: ")
        assert terminal.end() == 0


def test_a_narrow_terminal_breaks_no_word(tmp_path: Path) -> None:
    cli = local(tmp_path)
    whole = cli("plan").stdout.split()
    (cli.folder / "wrong.yaml").write_text(
        (cli.folder / "secrets.yaml").read_text().replace("region:", "regoin:", 1)
    )
    for command, code in [(["plan"], 0), (["set", "none"], 1), (["plan", "--file", "wrong.yaml"], 1)]:
        terminal = Terminal(cli, *command, columns=60)
        assert terminal.end() == code, command
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.shown)
        lines = [line for part in text.splitlines() for line in part.split("\r")]
        # one word may be longer than a line, and what stands in backticks is one
        long = [line for line in lines if len(line) > 60 and len(re.sub("`[^`]*`", "`", line).split()) > 1]
        assert not long, long
        if command == ["plan"]:
            assert text.split()[-len(whole) :] == whole, "the words are those of a pipe"
