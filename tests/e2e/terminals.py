"""A command line at a terminal, as a person has one."""

import os
import pty
import select
import termios
import time

from cli import Cli

SECONDS = 30


class Terminal:
    """A command on a terminal of its own, answered as a person would."""

    def __init__(self, cli: Cli, *arguments: str, columns: int = 0) -> None:
        self.shown = ""
        self._told = 0
        self._cli = cli
        command, environment = cli.command(*arguments), cli.environment() | {"TERM": "xterm"}
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            if columns:
                termios.tcsetwinsize(0, (24, columns))
            os.chdir(cli.folder)
            os.execve(command[0], command, environment)

    def until(self, words: str) -> None:
        """Waits until the words are shown, after those that were waited for before."""
        deadline = time.monotonic() + SECONDS
        while words not in self.shown[self._told :]:
            if time.monotonic() > deadline or not self._read(deadline):
                # values are made up, yet a test's own output sets no example either
                shown = self._cli.masked(self.shown)
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
