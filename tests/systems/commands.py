"""The `run` command of each system's README, run once, and what it printed."""

import functools
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli import NO_CREDENTIALS, ROOT

SYSTEMS = ("miyabi", "pr-agent", "agent-etl", "meta-agents", "afundios")
RUN_SECONDS = 120
# what differs from run to run
DRAWN = (
    (re.compile(r"((?::secret:|\")[A-Za-z0-9/_+=.@-]+)-[A-Za-z0-9]{6}(?=[\"`\s])"), r"\1-AbCdEf"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "1b2c3d4e-…"),
    (re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"), "Root=1-…"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "2026-01-01T00:00:00Z"),
    (re.compile(r"(?<![\w-])[0-9a-f]{8}(?![\w-])"), "1b2c3d4e"),
)


@dataclass(frozen=True)
class Readme:
    """What a README says: the command, and what it shows of its output."""

    path: Path

    @staticmethod
    def of(system: str) -> "Readme":
        return Readme(ROOT / "examples" / system / "README.md")

    def command(self) -> str:
        [block] = re.findall(r"^```sh\n(examples/.*?)\n```$", self.path.read_text(), re.MULTILINE)
        return block

    def shown(self) -> str:
        [block] = re.findall(r"^```text\n(.*?)^```$", self.path.read_text(), re.MULTILINE | re.DOTALL)
        return block

    def show(self, printed: str) -> None:
        """Puts what was printed in the place of what is shown."""
        text = self.path.read_text()
        shown = f"```text\n{self.shown()}```"
        assert text.count(shown) == 1
        self.path.write_text(text.replace(shown, f"```text\n{printed}```"))


@functools.cache
def printed(system: str) -> str:
    """Runs the command of the README as it stands there, on programs that are built already."""
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", Readme.of(system).command()],
        cwd=ROOT,
        env=NO_CREDENTIALS
        | {
            "HOME": os.environ.get("HOME", "/"),
            "PATH": os.environ["PATH"],
            "PROGRAMS": str(ROOT / "target" / "debug"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_SECONDS,
    )
    assert finished.returncode == 0, finished.stdout
    text = finished.stdout.lstrip("\n")
    for drawn, instead in DRAWN:
        text = drawn.sub(instead, text)
    return text
