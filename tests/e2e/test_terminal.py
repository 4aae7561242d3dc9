"""What a person at a terminal is asked, and what of it the terminal shows."""

from pathlib import Path

from cli import NO_CREDENTIALS, Cli, copied
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
