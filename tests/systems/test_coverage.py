"""`docs/coverage.md`: every line of the five documents has a row, and every row a test or a reason."""

import ast
import functools
import re
from dataclasses import dataclass

import pytest

from cli import ROOT
from commands import SYSTEMS
from rows import ROWS

PAGE = ROOT / "docs" / "coverage.md"
# how many lines each document has
LINES = {"miyabi": 331, "pr-agent": 111, "agent-etl": 293, "meta-agents": 162, "afundios": 401}
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}
STATES = ("works", "does not apply", "asks nothing")


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    system: str
    first: int
    last: int
    asks: str
    state: str
    where: str
    proof: str

    def __str__(self) -> str:
        return f"{self.system} {self.first}-{self.last}"


@functools.cache
def rows(system: str) -> list[Row]:
    [section] = [part for part in PAGE.read_text().split("\n## ") if part.startswith(f"{system}\n")]
    found = []
    for line in section.splitlines():
        lines, *rest = (cell.strip() for cell in line.strip("|").split("|"))
        if numbers := re.fullmatch(r"(\d+)(?:-(\d+))?", lines):
            first, last = numbers.groups()
            found.append(Row(system, int(first), int(last or first), *rest))
    return found


EVERY = [row for system in SYSTEMS for row in rows(system)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_line_has_one_row(system: str) -> None:
    next_line = 1
    for row in rows(system):
        assert row.first == next_line and row.last >= row.first, f"{row} and not from {next_line}"
        next_line = row.last + 1
    assert next_line == LINES[system] + 1


def test_every_row_has_a_state_and_a_test_or_a_reason() -> None:
    for row in EVERY:
        assert row.state in STATES, row
        tests = re.findall(r"`[^`]+::[^`]+`|`(?:bench|scripts)/[^`]+`", row.proof)
        if row.state == "works":
            assert tests and row.where, f"{row} has no test"
        else:
            assert not tests and len(row.proof) > 20, f"{row} has no reason"


def test_what_does_not_apply_has_a_source() -> None:
    for row in EVERY:
        if row.state == "does not apply":
            assert re.search(r"`docs/|AWS", row.proof), f"{row} has no source"


def test_every_test_that_is_named_exists() -> None:
    for row in EVERY:
        for path, name, case in re.findall(r"`([^`:]+)::(\w+)(?:\[([^\]`]+)\])?`", row.proof):
            file = ROOT / path
            assert file.is_file(), f"{row}: no `{path}`"
            assert name in defined(path), f"{row}: no `{name}` in `{path}`"
            if case:
                known = {one.identifier for one in ROWS} if "test_rows" in path else quoted(path)
                assert case in known, f"{row}: no case `{case}`"


@functools.cache
def quoted(path: str) -> set[str]:
    """The texts of a file, among them the names of its cases."""
    tree = ast.walk(ast.parse((ROOT / path).read_text()))
    return {node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@functools.cache
def defined(path: str) -> set[str]:
    """The functions of a file."""
    text = (ROOT / path).read_text()
    if path.endswith(".py"):
        return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    return set(re.findall(r"\bfn (\w+)", text))


def test_every_file_and_heading_that_is_named_exists() -> None:
    for row in EVERY:
        for word in re.findall(r"`([^`\s]+)`", f"{row.where} {row.proof}"):
            path, _, heading = word.partition("#")
            path = path.split("::")[0]
            if path.split("/")[0] not in FOLDERS and path not in ("README.md", "SECURITY.md"):
                continue
            assert (ROOT / path).exists(), f"{row}: no `{path}`"
            if heading:
                assert heading in anchors(path), f"{row}: no `#{heading}` in `{path}`"


@functools.cache
def anchors(path: str) -> set[str]:
    """The headings of a page, as its renderer links to them."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}
