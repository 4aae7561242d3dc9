"""The one command of each system's README, as it stands there.

`UPDATE_READMES=yes` writes what is printed into the READMEs instead of comparing.
"""

import os
import re
import subprocess

import pytest

from cli import ROOT
from commands import SYSTEMS, Readme, printed

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_readme_shows_what_its_command_prints(system: str) -> None:
    readme = Readme.of(system)
    assert readme.command() == f"examples/{system}/run"
    if os.environ.get("UPDATE_READMES"):
        readme.show(printed(system))
    assert readme.shown() == printed(system)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_command_builds_packages_that_exist(system: str) -> None:
    text = (EXAMPLES / system / "run").read_text()
    [words] = re.findall(r'prepare\.sh" (.*)$', text, re.MULTILINE)
    named, *packages = words.split()
    assert named == system
    manifests = subprocess.run(
        ["git", "ls-files", "-z", "*/Cargo.toml"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    known = {
        name
        for manifest in manifests.split("\0")[:-1]
        for name in re.findall(r'^name = "(.*)"$', (ROOT / manifest).read_text(), re.MULTILINE)
    }
    assert packages and {*packages, "provision", "local-lambda"} <= known


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_is_left_behind(system: str) -> None:
    printed(system)
    status = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", "--", f"examples/{system}"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    assert ".provision" not in status
