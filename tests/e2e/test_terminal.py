"""What a person at a terminal is asked, and what of it the terminal shows."""

import os
import pty
import select
import time
from pathlib import Path

from cli import NO_CREDENTIALS, Cli, copied

SECONDS = 30
VALUE = "typed-c4n4ry-value"


class Terminal:
    """A command on a terminal of its own, answered as a person would."""

    def __init__(self, cli: Cli, *arguments: str) -> None:
        self.shown = ""
        self._told = 0
        command, environment = cli.command(*arguments), cli.environment() | {"TERM": "xterm"}
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(cli.folder)
            os.execve(command[0], command, environment)

    def until(self, words: str) -> None:
        """Waits until the words are shown, after those that were waited for before."""
        deadline = time.monotonic() + SECONDS
        while words not in self.shown[self._told :]:
            if time.monotonic() > deadline or not self._read(deadline):
                # the value is made up, yet a test's own output sets no example either
                shown = self.shown.replace(VALUE, "[value]")
                raise AssertionError(f"`{words}` was not shown: {shown}")
        self._told = self.shown.index(words, self._told) + len(words)

    def type(self, text: str) -> None:
        os.write(self._terminal, f"{text}\r".encode())

    def end(self) -> int:
        """Returns the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        _, status = os.waitpid(self._child, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            text = os.read(self._terminal, 4096).decode(errors="replace")
        except OSError:  # Linux says so when the other end is closed
            return False
        # what a terminal is asked by a program, it answers
        if "\x1b[6n" in text:
            os.write(self._terminal, b"\x1b[1;1R")
        self.shown += text
        return bool(text)


def local(tmp_path: Path) -> Cli:
    folder = copied(tmp_path / "miyabi")
    arguments = ("--file", "secrets.yaml", "--env", "dev", "--local")
    cli = Cli(folder, arguments, NO_CREDENTIALS)
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


def test_advice_has_one_word_in_colour_too(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli("init", "demo")
    manifest = tmp_path / "secrets.yaml"
    manifest.write_text(manifest.read_text().replace("keys: [LOG_LEVEL]", "kyes: [LOG_LEVEL]"))
    terminal = Terminal(cli, "check")
    assert terminal.end() == 2
    assert "\x1b[" in terminal.shown
    assert "hint: " in terminal.shown and "help: " not in terminal.shown
