"""The zips as they are shipped."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(900)
def test_a_second_build_gives_the_same_bytes(zips: Path, tmp_path: Path) -> None:
    command = [ROOT / "scripts" / "build-layer", "--arch", "x86_64", "--out", tmp_path]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    built = sorted(tmp_path.iterdir())
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
