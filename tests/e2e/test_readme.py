"""The commands of the README, run as they stand there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli import MIYABI, NO_CREDENTIALS, ROOT

README = ROOT / "README.md"
FIRST_RUN_SECONDS = 240
# runs cargo itself, for this workspace, while the files that a command names are a copy
CARGO = """\
#!/bin/sh
[ "$1" = run ] || exit 64
shift
exec "$REAL_CARGO" run --quiet --locked --manifest-path "$WORKSPACE/Cargo.toml" "$@"
"""


def blocks(heading: str) -> list[str]:
    """Returns the shell blocks under a heading of the README."""
    section = re.split(r"^## ", README.read_text(), flags=re.MULTILINE)
    [body] = [text for text in section if text.startswith(heading + "\n")]
    return re.findall(r"^```sh\n(.*?)^```$", body, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a fresh clone looks like to the commands of the README."""
    skip = shutil.ignore_patterns(".provision", "function")
    shutil.copytree(MIYABI, tmp_path / "examples" / "miyabi", ignore=skip)
    shim = tmp_path / "bin" / "cargo"
    shim.parent.mkdir()
    shim.write_text(CARGO)
    shim.chmod(0o755)
    return tmp_path


def shell(clone: Path, script: str) -> str:
    """Returns what the commands wrote to stdout."""
    cargo = shutil.which("cargo")
    assert cargo
    home = {name: os.environ[name] for name in ("HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_INCREMENTAL") if name in os.environ}
    variables = {
        "PATH": f"{clone / 'bin'}:{os.environ['PATH']}",
        "REAL_CARGO": cargo,
        "WORKSPACE": str(ROOT),
    }
    finished = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=clone,
        env=NO_CREDENTIALS | home | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=FIRST_RUN_SECONDS,
    )
    assert finished.returncode == 0, f"{script}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def test_the_first_run_ends_well_and_then_has_nothing_to_do(clone: Path) -> None:
    [command] = blocks("First run")
    made = shell(clone, command)
    for name in ("alias/miyabi-secrets-dev", "miyabi/dev/api-keys", "miyabi-dev-miyabi-app"):
        assert name in made
    assert "othing" in shell(clone, command)


def test_a_value_is_set_and_arrives(clone: Path) -> None:
    [first] = blocks("First run")
    shell(clone, first)
    [values] = blocks("Values")
    assert shell(clone, values).endswith("ghp_x\n")


def test_the_test_command_exists() -> None:
    [command] = blocks("Tests")
    program = command.split()[0]
    assert os.access(ROOT / program, os.X_OK)
