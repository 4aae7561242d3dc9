"""The documentation: every command in it is run, every link leads somewhere, every page is in the book."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import documents
from cli import BINARY, NO_CREDENTIALS, ROOT, TEST_CREDENTIALS
from documents import DOCS, Block, Page, anchors, links, pages, read
from servers import Server, emptied

MODES = ("local", "aws", "moto", "offline", "by-hand")
# what people read where it lies
BESIDE_THE_BOOK = ("*.md", "crates/*/README.md", "examples/**/README.md", "fixtures/*.md", "policies/*.md", "terraform/modules/*/README.md")
IN_PLACE_OF_AWS = 'provision() { command provision --local "$@"; }\n'
BLOCK_SECONDS = 60
NAMES = [page.name for page in pages()]
# the reference's examples are parsed by the program's own tests
WITH_COMMANDS = [page.name for page in pages() if any(block.is_commands for block in page.blocks)]


def page_of(name: str) -> Page:
    [page] = [page for page in pages() if page.name == name]
    return page


def mode(block: Block) -> str:
    """Returns where a block of commands runs."""
    said = [mode for mode in MODES if mode in block.settings]
    assert len(said) == 1, f"{block.place}: say behind `{block.language}` which it is: {', '.join(MODES)}"
    if said == ["by-hand"]:
        assert len(block.settings["by-hand"].split()) > 2, f"{block.place}: why is it not run?"
    return said[0]


class Reader:
    """Somebody who follows a page from top to bottom in an empty folder."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        for program in (BINARY, BINARY.with_name("local-lambda")):
            (programs / program.name).symlink_to(program)
        self.path = f"{programs}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        self.server = server

    def follow(self, block: Block) -> None:
        if name := block.settings.get("file"):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body)
        elif block.is_commands and mode(block) != "by-hand":
            code = int(block.settings.get("exit", 0))
            if block.language == "console":
                self.compare(block, code)
            else:
                self.run(block, block.body, code)

    def compare(self, block: Block, code: int) -> None:
        """Runs the commands of a block one by one and looks for what it says that they print."""
        parts = re.split(r"^\$ ", block.body, flags=re.MULTILINE)
        assert parts[0] == "" and len(parts) > 1, f"{block.place}: begins with no command"
        commands = [re.match(r"(.*?[^\\])\n(.*)", part, re.DOTALL) for part in parts[1:]]
        for number, found in enumerate(commands, 1):
            assert found, f"{block.place}: a command without an end"
            printed = self.run(block, found[1], code if number == len(commands) else 0)
            for line in found[2].splitlines():
                words = r"\s+".join(
                    ".*".join(re.escape(part) for part in word.split("…")) for word in line.split()
                )
                assert re.search(words, printed), f"{block.place}: no `{line}` in\n{printed}"

    def run(self, block: Block, script: str, code: int) -> str:
        variables = {
            "PATH": self.path,
            "HOME": str(self.folder),
            "EXAMPLES": str(ROOT / "examples"),
            "TERM": "dumb",
            "BASH_ENV": str(self.folder / ".bash_env"),
        } | self.access(mode(block))
        prelude = IN_PLACE_OF_AWS if mode(block) == "aws" else ""
        finished = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", prelude + script],
            cwd=self.folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BLOCK_SECONDS,
        )
        assert finished.returncode == code, f"{block.place}: exit {finished.returncode}\n{script}\n{finished.stdout}"
        return finished.stdout

    def access(self, mode: str) -> dict[str, str]:
        if mode != "moto":
            return NO_CREDENTIALS
        assert self.server
        return TEST_CREDENTIALS | {"AWS_ENDPOINT_URL": self.server.url, "AWS_DEFAULT_REGION": "us-west-2"}


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_every_command_of_a_page_does_what_the_page_says(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    blocks = page_of(name).blocks
    server = None
    if any(block.is_commands and mode(block) == "moto" for block in blocks):
        server = emptied(request.getfixturevalue("moto_server"))
    reader = Reader(tmp_path, server)
    for block in blocks:
        reader.follow(block)


def test_no_command_hides_in_a_block_of_another_kind() -> None:
    for page in pages():
        assert "~~~" not in page.text, f"docs/{page.name}: fences are of backticks here"
        for block in page.blocks:
            # the reference shows each command's help, whose examples the program's own tests take
            if not block.is_commands and "file" not in block.settings and page.name != "commands.md":
                hidden = re.findall(r"^(?:\$ .*|provision .*)", block.body, re.MULTILINE)
                assert not hidden, f"{block.place}: a command in a block that nothing runs: {hidden}"


def test_what_is_not_run_is_told() -> None:
    blocks = [block for page in pages() for block in page.blocks if block.is_commands]
    by_hand = [block for block in blocks if mode(block) == "by-hand"]
    documents.not_run = [f"{block.place}: {block.settings['by-hand']}" for block in by_hand]
    # what cannot be tried here is the exception
    assert len(by_hand) * 3 <= len(blocks)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    for link in links(page_of(name)):
        assert leads_somewhere(DOCS, page_of(name), link), f"docs/{name}: `{link}` leads nowhere"


def test_every_link_beside_the_book_leads_somewhere() -> None:
    paths = [path for pattern in BESIDE_THE_BOOK for path in sorted(ROOT.glob(pattern))]
    assert {path.parent.name for path in paths} >= {ROOT.name, "miyabi", "local", "key", "policies"}
    pages = [(path, read(path, path.name)) for path in paths]
    broken = [
        f"{path.relative_to(ROOT)}: `{link}` leads nowhere"
        for path, page in pages
        for link in links(page)
        if not leads_somewhere(path.parent, page, link)
    ]
    assert not broken, "\n".join(broken)


def leads_somewhere(folder: Path, page: Page, link: str) -> bool:
    """Whether a link of a page in that folder has a target in the checkout; others are not asked for."""
    if re.match(r"[a-z]+:", link):
        return link.startswith("https:")
    path, _, anchor = link.partition("#")
    target = (folder / path).resolve() if path else folder / page.name
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(read(target, target.name)))


def test_every_page_is_in_the_book_once() -> None:
    listed = links(page_of("SUMMARY.md"))
    assert sorted(listed) == sorted(set(NAMES) - {"SUMMARY.md"})


def test_a_block_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = '# A\n\n```sh aws exit=3\ntrue\n```\n\n- b\n\n  ```yaml file=c.yaml\n  d: 1\n  ```\n\n```sh by-hand="it is dear"\n```\n'
    (tmp_path / "a.md").write_text(text)
    first, second, third = documents.read(tmp_path / "a.md", "a.md").blocks
    assert (first.line, first.language, first.settings) == (3, "sh", {"aws": "", "exit": "3"})
    assert (second.settings, second.body) == ({"file": "c.yaml"}, "d: 1\n")
    assert mode(third) == "by-hand"


def test_a_whole_function_is_one_that_compiles() -> None:
    example = (ROOT / "examples" / "miyabi" / "function" / "examples" / "smallest.rs").read_text()
    code = example[example.index("use ") :]
    pages_with_it = {"README.md": ROOT / "README.md", "runtime.md": DOCS / "runtime.md", "languages.md": DOCS / "languages.md"}
    for name, path in pages_with_it.items():
        blocks = re.findall(r"^```rust\n(.*?)^```$", path.read_text(), flags=re.MULTILINE | re.DOTALL)
        [whole] = [block for block in blocks if "lambda_runtime::run" in block]
        # the page on languages has a project of its own
        assert whole.replace('"shop"', '"miyabi"').replace("API_TOKEN", "GITHUB_TOKEN") == code, name


LAMBDA = "x86_64-unknown-linux-gnu"


def test_the_loader_depends_on_what_its_page_says() -> None:
    text = page_of("runtime.md").text
    command, *shown = text[text.index("$ cargo tree") :].split("```")[0].strip().splitlines()
    found = cargo_tree(*shlex.split(command)[3:])
    assert found == shown

    everything = cargo_tree("--package", "lambda-secrets", "--edges", "normal", "--prefix", "none", "--format", "{p}")
    crates = {line.split(" (")[0] for line in everything}
    assert f"{len(crates)} crates" in text
    # each would be seconds of building, or a longer cold start
    dear = ("aws-config ", "aws-lc", "aws-sdk-sts", "openssl-sys")
    assert not [crate for crate in crates if crate.startswith(dear)]


def cargo_tree(*options: str) -> list[str]:
    """Returns the lines of `cargo tree` for the platform of Lambda."""
    command = ["cargo", "tree", "--locked", "--target", LAMBDA, *options]
    finished = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=BLOCK_SECONDS)
    return finished.stdout.strip().splitlines()


def test_no_dependency_asks_for_a_newer_rust_than_is_promised() -> None:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", LAMBDA]
    finished = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=BLOCK_SECONDS)
    packages = json.loads(finished.stdout)["packages"]
    told = {package["name"]: package["rust_version"] for package in packages if package["rust_version"]}
    version = {name: tuple(map(int, text.split("."))) for name, text in told.items()}
    promised = version["lambda-secrets"]
    told_in = [DOCS / "runtime.md", ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for path in told_in:
        assert ".".join(map(str, promised)) in path.read_text(), path
    assert promised == version["aws-sdk-secretsmanager"]
    assert max(version.values()) == promised


CODE = ROOT / "crates"
# whose errors a user meets: not those of the AWS inside the binary, which speaks as AWS does
ERRORS = ("lambda-secrets/src", "provision-core/src", "provision/src")
LITERAL = r'"((?:[^"\\]|\\(?s:.))*)"'


def message(literal: str) -> str:
    """Returns a text of the code as it is printed, with `…` for each part that differs."""
    joined = re.sub(r"\\\n\s*", "", literal).replace('\\"', '"').replace("{{", "").replace("}}", "")
    return re.sub(r"…\s*…(\s*…)*", lambda found: found[0], re.sub(r"\{[^{}]*\}", "…", joined))


def told() -> list[str]:
    """The messages of the tables in the page on troubleshooting."""
    tables = [line for line in page_of("troubleshooting.md").text.splitlines() if line.startswith("| ")]
    cells = [line.split(" | ")[0] for line in tables]
    spans = [span for cell in cells for span in re.findall(r"(?<!`)(``?)(?!`)\s?(.+?)\s?(?<!`)\1(?!`)", cell)]
    # the word in square brackets is a kind, and what follows `kind` is one too
    return [text for _, text in spans if " " in text]


def literals(source: str) -> list[str]:
    """The texts of a file of Rust; what would be taken for the beginning of one is left out."""
    bare = re.sub(r"^\s*//.*$|b?'\\?\"'", "", source, flags=re.MULTILINE)
    return re.findall(LITERAL, bare)


def test_every_message_in_troubleshooting_is_one_of_the_programs() -> None:
    sources = [path.read_text() for path in CODE.glob("*/src/**/*.rs")]
    known = {message(literal) for source in sources for literal in literals(source)}
    for text in told():
        assert any(text in other for other in known), f"no program says `{text}`"


def test_every_kind_of_error_is_in_troubleshooting() -> None:
    texts = set(told())
    for folder in ERRORS:
        for path in sorted((CODE / folder).rglob("*.rs")):
            for literal in re.findall(rf"#\[error\(\s*{LITERAL}", path.read_text()):
                text = message(literal)
                # an error that only passes on what is below
                if re.sub(r"[…:`\s]", "", text):
                    assert text in texts, f"{path.relative_to(ROOT)}: `{text}` is not in docs/troubleshooting.md"
