"""The command line under test: run with nothing of the caller's environment, output kept apart."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import servers

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target" / "debug" / "provision"
MIYABI = ROOT / "examples" / "miyabi"
RUN_SECONDS = 60

# what a first run has: no account, no profile, no metadata service that could be asked
NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
# what asks the SDK for its own words, with values in them: none may be printed
ASKED_FOR_WORDS = {"LOG_SENSITIVE_BODIES": "true", "LOG_SIGNABLE_BODY": "true", "RUST_LOG": "trace"}
TEST_CREDENTIALS = NO_CREDENTIALS | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> dict:
        return json.loads(self.stdout)

    def says(self, *parts: str) -> "Outcome":
        """Checks that every part stands in what was printed, whatever the line breaks."""
        printed = " ".join((self.stdout + " " + self.stderr).replace("│", " ").split())
        for part in parts:
            assert part in printed, f"no `{part}` in {self}"
        return self

    def __str__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


@dataclass(frozen=True)
class Cli:
    """`provision` with the arguments and variables that a test always gives."""

    folder: Path
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: NO_CREDENTIALS)
    # values that were set: none may appear in any output
    values: set[str] = field(default_factory=set)

    def with_option(self, name: str, value: str) -> "Cli":
        """Returns the same with an option that is new or has another value."""
        given = list(self.arguments)
        if name in given:
            given[given.index(name) + 1] = value
        else:
            given += [name, value]
        return replace(self, arguments=tuple(given))

    def with_variables(self, variables: Mapping[str, str]) -> "Cli":
        return replace(self, variables={**self.variables, **variables})

    def __call__(self, *arguments: str, code: int | None = 0, stdin: str = "") -> Outcome:
        """Runs to the end and checks the exit code (none: any) and that no value was printed."""
        outcome = self.reveal(*arguments, code=code, stdin=stdin)
        for value in self.values:
            assert value not in outcome.stdout + outcome.stderr, "a value was printed"
        return outcome

    def reveal(self, *arguments: str, code: int | None = 0, stdin: str = "") -> Outcome:
        """Runs to the end where the output may hold a value: that of a child of `run`."""
        finished = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        outcome = Outcome(finished.returncode, finished.stdout, finished.stderr)
        if code is not None and outcome.code != code:
            # the values are made up, yet a test's own output sets no example either
            raise AssertionError(f"expected exit {code}: {self.masked(str(outcome))}")
        return outcome

    def masked(self, text: str) -> str:
        for value in self.values:
            text = text.replace(value, "[value]")
        return text

    def set(self, secret: str, key: str, value: str, *arguments: str) -> Outcome:
        """Sets one key of a secret, and from then on watches for the value in all output."""
        self.values.add(value)
        return self("set", secret, key, *arguments, stdin=value)

    def command(self, *arguments: str) -> list[str]:
        # the given ones last: what follows `run --` belongs to the child
        return [str(BINARY), *self.arguments, *arguments]

    def environment(self) -> dict[str, str]:
        home = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return home | ASKED_FOR_WORDS | dict(self.variables)


def at(server: servers.Server, folder: Path, environment: str) -> Cli:
    """Returns the command line for an environment of the folder's manifest on a server."""
    arguments = ("--file", "secrets.yaml", "--env", environment, "--endpoint-url", server.url)
    return Cli(folder, arguments, TEST_CREDENTIALS)


def copied(folder: Path) -> Path:
    """Copies the miyabi example's manifest and policies to the folder."""
    shutil.copytree(MIYABI, folder, ignore=shutil.ignore_patterns(".provision", "function"))
    return folder
