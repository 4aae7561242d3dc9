"""Terraform as the tests run it: in a copy of a folder, offline where the provider lies beside."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from cli import ROOT, TEST_CREDENTIALS

RUN_SECONDS = 240
CACHE = ROOT / ".tools" / "terraform"
# where packages and people put a mirror of providers
MIRRORS = ("/opt/*", "/usr/share/terraform/*", "/usr/local/share/terraform/*", "~/.terraform.d/*")


def program() -> str:
    found = shutil.which("terraform")
    assert found, "terraform 1.11 or later is not on the PATH: install it, the tests need it"
    return found


def mirror() -> str | None:
    """Returns the folder of `TF_PLUGIN_DIR`, or of a mirror that is there, or none."""
    if given := os.environ.get("TF_PLUGIN_DIR"):
        return given
    for pattern in MIRRORS:
        root = Path(pattern).expanduser()
        for folder in sorted(root.parent.glob(root.name)):
            if (folder / "registry.terraform.io" / "hashicorp" / "aws").is_dir():
                return str(folder)
    return None


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder, against one endpoint (none: nothing is asked)."""

    folder: Path
    url: str | None = None
    region: str = "us-west-2"
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, code: int | None = 0) -> str:
        """Runs to the end, checks the exit code (none: any), and returns what was printed."""
        finished = subprocess.run(
            [program(), *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_SECONDS,
        )
        if code is not None:
            shown = f"terraform {' '.join(arguments)}: {finished.returncode}\n{finished.stdout}"
            assert finished.returncode == code, shown
        return finished.stdout

    def environment(self) -> dict[str, str]:
        CACHE.mkdir(parents=True, exist_ok=True)
        environment = TEST_CREDENTIALS | {
            "CHECKPOINT_DISABLE": "1",
            # a run is short, and most of it is the provider reading what it can do: collecting garbage
            # meanwhile costs a third of it
            "GOGC": "off",
            "GOMEMLIMIT": "1GiB",
            "HOME": os.environ.get("HOME", "/"),
            "PATH": os.environ["PATH"],
            "TF_CLI_CONFIG_FILE": "/dev/null",
            "TF_IN_AUTOMATION": "1",
            "TF_PLUGIN_CACHE_DIR": str(CACHE),
            # what is in the cache is as good without a lock file beside each folder
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
        }
        if self.url:
            environment["AWS_ENDPOINT_URL"] = self.url
        return environment | self.variables

    def init(self) -> "Terraform":
        where = mirror()
        beside = [f"-plugin-dir={where}"] if where else []
        self("init", "-input=false", "-no-color", "-backend=false", *beside)
        # it has held the provider against its checksum: no later run reads those 700 MB again
        lock = self.folder / ".terraform.lock.hcl"
        lock.write_text(re.sub(r"\n *hashes = \[.*?\]", "", lock.read_text(), flags=re.DOTALL))
        return self

    def apply(self, *arguments: str) -> str:
        return self("apply", "-auto-approve", "-input=false", "-no-color", *arguments)

    def plan(self, *arguments: str, code: int | None = 0) -> str:
        """Plans; with code 0 nothing may be left to do."""
        flags = ("-detailed-exitcode", "-input=false", "-no-color")
        return self("plan", *flags, *arguments, code=code)

    def planned(self) -> dict:
        """Plans, keeps the plan in the file `plan`, and returns it."""
        self("plan", "-input=false", "-no-color", "-out=plan")
        return json.loads(self("show", "-json", "plan"))


def copied(source: Path, target: Path) -> Path:
    """Copies the code of a folder, and nothing that Terraform or somebody left there."""
    left = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
    shutil.copytree(source, target, ignore=left, dirs_exist_ok=True)
    return target


def holding(folder: Path, text: bytes) -> list[str]:
    """The files below a folder that hold a text: state, its backup, plans, whatever Terraform keeps."""
    kept = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert folder / "terraform.tfstate" in kept, "nothing was applied here"
    found = [path for path in kept if text in path.read_bytes() or text in unpacked(path)]
    return sorted(str(path.relative_to(folder)) for path in found)


def unpacked(path: Path) -> bytes:
    """What lies in a plan, which is a zip file; of every other file nothing."""
    if not zipfile.is_zipfile(path):
        return b""
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())
