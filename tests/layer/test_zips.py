"""The zips as they are shipped."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from emulator import TOOLS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(900)
def test_a_build_in_another_folder_gives_the_same_bytes(zips: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another folder"
    built_or_installed = shutil.ignore_patterns(".*", "target", "dist", "node_modules", "__pycache__")
    shutil.copytree(ROOT, elsewhere, ignore=built_or_installed, symlinks=True)
    # the crates of others are not compiled again, nor is zig installed; the project's own are, as newer
    for source in (elsewhere / "crates").rglob("*.rs"):
        source.touch()
    shutil.copytree(ROOT / "target" / "layer-zig", elsewhere / "target" / "layer-zig", symlinks=True)
    tools = elsewhere / ".tools" / "layer"
    tools.mkdir(parents=True)
    (tools / "build").symlink_to(TOOLS / "build")
    installed = (TOOLS / "build.installed").read_text()
    (tools / "build.installed").write_text(installed.replace(str(ROOT), str(elsewhere)))
    command = [elsewhere / "scripts" / "build-layer", "--arch", "x86_64"]
    finished = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert finished.returncode == 0, finished.stderr
    assert re.search(r"Compiling lambda-secrets-layer .*another folder", finished.stderr), finished.stderr
    built = sorted((elsewhere / "dist").iterdir())
    assert [path.name for path in built] == [
        "lambda-secrets-layer-x86_64.zip",
        "lambda-secrets-refresher-x86_64.zip",
    ]
    for path in built:
        assert path.read_bytes() == (zips / path.name).read_bytes(), path.name


def test_each_zip_holds_one_executable_and_no_path_of_the_machine(zips: Path) -> None:
    for name, entry in [
        ("lambda-secrets-layer", "lambda-secrets"),
        # Lambda starts whatever lies here, so the wrapper's layer has no such folder
        ("lambda-secrets-refresher", "extensions/lambda-secrets-refresher"),
    ]:
        with zipfile.ZipFile(zips / f"{name}-x86_64.zip") as archive:
            assert archive.namelist() == [entry]
            assert archive.getinfo(entry).external_attr >> 16 == 0o100755
            assert archive.getinfo(entry).date_time == (1980, 1, 1, 0, 0, 0)
            binary = archive.read(entry)
        assert str(ROOT).encode() not in binary
        assert str(Path.home()).encode() + b"/" not in binary


def test_the_wrapper_needs_nothing_but_glibc(opt: Path) -> None:
    dynamic = subprocess.run(
        ["readelf", "--dynamic", opt / "lambda-secrets"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    needed = set(re.findall(r"Shared library: \[([^\]]+)\]", dynamic))
    # libgcc_s is in every managed runtime beside glibc; zig links it in
    # all of them are glibc before 2.34
    assert needed <= {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2"}
