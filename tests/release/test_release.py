"""What a release needs and what can be told of it without a release build."""

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv" / "bin"
TARGET = "x86_64-unknown-linux-gnu"
SECONDS = 240
INSTALL = re.compile(r'^```sh by-hand="the tests of a release follow it"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def run(*command: object, folder: Path = ROOT) -> str:
    """Returns what a command prints; it must end well."""
    finished = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def script(name: str) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def packages() -> list[dict]:
    return json.loads(run("cargo", "metadata", "--locked", "--format-version", "1", "--no-deps"))["packages"]


def test_what_is_linked_is_permitted() -> None:
    run(TOOLS / "cargo-deny", "--locked", "check", "licenses", "bans", "sources")


def test_the_workflows_are_safe() -> None:
    run(TOOLS / "zizmor", "--offline", "--persona=pedantic", "--min-severity=low", ".github")


def test_every_action_is_a_commit_with_its_version_beside_it_and_the_same_everywhere() -> None:
    """In the project's own workflows, and in the one that `render github` writes."""
    rendered = ROOT / "crates" / "provision-core" / "src" / "render"
    assert set(re.findall(r"uses: (.*)", (rendered / "github-workflow.yml.hbs").read_text())) == {
        "{{checkout}}", "{{credentials}}", "{{upload}}", "{{download}}",
    }
    places = {path: r"uses: (.*)" for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
    places[rendered / "github.rs"] = r'"([\w.-]+/[\w.-]+@[^"]*)"'
    pins: dict[str, str] = {}
    for place, pattern in places.items():
        used = re.findall(pattern, place.read_text())
        assert used, place.name
        for pin in used:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), f"{place.name}: {pin}"
            action = pin.partition("@")[0]
            assert pins.setdefault(action, pin) == pin, f"{place.name} has another {action} than the workflows before it"


def test_what_is_published_says_what_it_is(packages: list[dict]) -> None:
    published = {package["name"]: package for package in packages if package["publish"] is None}
    assert set(published) == {"provision", "provision-core", "local-aws", "lambda-secrets", "lambda-secrets-layer"}
    for name, package in published.items():
        assert package["license"] == "MIT OR Apache-2.0", name
        assert package["description"] and 1 <= len(package["keywords"]) <= 5 and package["categories"], name
        # what is not in a registry cannot be depended on there; tests may
        for dependency in package["dependencies"]:
            assert dependency["kind"] == "dev" or dependency["req"] != "*", f"{name}: {dependency['name']}"
        listed = run("cargo", "package", "--list", "--allow-dirty", "--package", name).split()
        assert {"README.md", "LICENSE-MIT", "LICENSE-APACHE"} <= set(listed), name


def test_the_list_of_parts_is_what_is_linked() -> None:
    bill = json.loads(run(ROOT / "scripts" / "sbom", "provision", TARGET))
    parts = {part["bom-ref"]: part for part in bill["components"]}
    names = {part["name"] for part in parts.values()}
    assert {"aws-sdk-kms", "provision-core", "local-aws", "ring"} <= names
    assert not {"insta", "assert_cmd", "test-servers", "windows-sys"} & names
    for part in parts.values():
        assert part["licenses"], part["name"]
        assert part["name"] in ("provision-core", "local-aws") or len(part["hashes"][0]["content"]) == 64
    known = set(parts) | {bill["metadata"]["component"]["bom-ref"]}
    assert {use["ref"] for use in bill["dependencies"]} == known
    assert {used for use in bill["dependencies"] for used in use["dependsOn"]} <= known


def test_an_archive_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    release = script("release")
    program = tmp_path / "provision"
    program.write_text("program")
    page = tmp_path / "page"
    page.write_text("page")
    made = []
    for number, files in enumerate([{"provision": program, "man/a.1": page}, {"man/a.1": page, "provision": program}]):
        path = tmp_path / f"{number}.tar.gz"
        release.archive(path, "provision-1", files, 1_700_000_000)
        made.append(path.read_bytes())
        program.touch()
    assert made[0] == made[1]
    with tarfile.open(tmp_path / "0.tar.gz") as tar:
        modes = {entry.name: entry.mode for entry in tar}
    assert modes == {"provision-1/man/a.1": 0o644, "provision-1/provision": 0o755}


def test_a_release_is_built_and_its_wheel_installs(tmp_path: Path) -> None:
    """With the program of the tests: what a release build gives is tried by scripts/check-release."""
    release = script("release")
    version, target, out = release.version(), release.target(), tmp_path / "release"
    run(ROOT / "scripts" / "release", "--profile", "dev", "--without", "layers", "--out", out)
    names = {path.name for path in out.iterdir()}
    [wheel] = [name for name in names if name.endswith(".whl")]
    [archive] = [name for name in names if name.endswith(".tar.gz")]
    run("sha256sum", "--check", "SHA256SUMS", folder=out)
    parts = f"provision-{version}-{target}.cdx.json"
    assert names == {wheel, archive, parts, "SHA256SUMS"}
    # the workflow puts those of two machines into one folder: no name may be that of the other's file
    machine = target.partition("-")[0]
    assert all(machine in name for name in names - {"SHA256SUMS"}), names
    assert json.loads((out / parts).read_text())["metadata"]["component"]["version"] == version
    with tarfile.open(out / archive) as tar:
        inside = {name.partition("/")[2] for name in tar.getnames()}
        archived = tar.extractfile(f"provision-{version}-{target}/provision").read()
    assert {"provision", "LICENSE-MIT", "man/man1/provision-plan.1", "completions/provision.bash"} <= inside
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    follow(INSTALL.search((ROOT / "docs" / "getting-started.md").read_text())[1], out, tmp_path)
    program = environment / "bin" / "provision"
    assert (tmp_path / ".local" / "bin" / "provision").read_bytes() == archived
    assert program.read_bytes() == archived
    assert run(program, "--version") == f"provision {version}\n"
    run(program, "init", "shop", folder=tmp_path)
    assert (tmp_path / "secrets.yaml").is_file()
    follow_workflow(program, out / archive, tmp_path)
    shutil.rmtree(out)


def follow(commands: str, folder: Path, home: Path, **variables: str) -> None:
    """Runs commands as one who has just this home, a folder for programs and an environment for pip."""
    programs = home / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "pip").write_text(f'#!/bin/sh\nexec {sys.executable} -m pip "$@"\n')
    (programs / "pip").chmod(0o755)
    pip = {"PIP_PYTHON": str(home / "venv" / "bin" / "python"), "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1"}
    settings = os.environ | pip | {"HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}"} | variables
    script = ["bash", "-euo", "pipefail", "-c", commands]
    finished = subprocess.run(script, cwd=folder, env=settings, capture_output=True, text=True, timeout=SECONDS)
    assert finished.returncode == 0, f"{commands}\n{finished.stdout}\n{finished.stderr}"


def follow_workflow(program: Path, archive: Path, folder: Path) -> None:
    """Runs what a rendered workflow installs with, on the archive of a release; curl finds it here."""
    run(program, "render", "github", "--env", "dev", "--out", folder / "rendered", folder=folder)
    workflow = yaml.safe_load((folder / "rendered" / ".github" / "workflows" / "secrets-dev.yml").read_text())
    curl = folder / "programs" / "curl"
    curl.write_text('#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\nexec cp "$3" "$2"\n')
    curl.chmod(0o755)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    for job in workflow["jobs"].values():
        [install] = [step["run"] for step in job["steps"] if step.get("name") == "install provision"]
        temporary = folder / job["name"].replace(" ", "-")
        temporary.mkdir()
        variables = {"PROVISION_ARCHIVE": str(archive), "PROVISION_SHA256": digest}
        paths = {"RUNNER_TEMP": str(temporary), "GITHUB_PATH": str(temporary / "path")}
        follow(install, folder, folder, **variables, **paths)
        installed = Path((temporary / "path").read_text().strip()) / "provision"
        assert installed.read_bytes() == program.read_bytes()


def test_a_release_replaces_a_release_and_nothing_else(tmp_path: Path) -> None:
    release, out = script("release"), tmp_path / "out"
    release.empty(out)
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    with pytest.raises(SystemExit, match="holds something else"):
        release.empty(out)
    (out / "SHA256SUMS").touch()
    release.empty(out)
    assert not out.exists()


def test_cargo_installs_it(tmp_path: Path) -> None:
    """As the README says, but for the profile: the build of the other tests is shared."""
    command = ["cargo", "install", "--path", "crates/provision", "--locked", "--debug", "--offline"]
    run(*command, "--root", tmp_path, "--target-dir", "target")
    assert run(tmp_path / "bin" / "provision", "--version") == f"provision {script('release').version()}\n"


def test_a_link_of_the_book_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<h1 id="top"></h1><a href="b.html#there">b</a><a href="https://example.com">c</a>')
    (tmp_path / "b.html").write_text('<p id="there"><a href="a.html#nowhere">a</a><a href="c.html">c</a></p>')
    assert script("build-docs").broken(tmp_path) == ["b.html: a.html#nowhere", "b.html: c.html"]


def test_a_link_out_of_the_book_leads_to_the_repository_or_is_text() -> None:
    book = script("build-docs")
    text = "see [the key](../terraform/modules/key/README.md#in) and [values](values.md)"
    shown = [book.OUTWARD.sub(lambda link: book.outward(link, place), text) for place in (None, "https://example.com/o/n")]
    assert shown[0] == "see the key and [values](values.md)"
    assert "(https://example.com/o/n/blob/main/terraform/modules/key/README.md#in)" in shown[1]
