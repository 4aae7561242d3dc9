"""The pages of docs/: their blocks of commands and files, their headings and links.

What a block of commands needs stands behind its language:

    ```sh local            no AWS but the one inside the binary, which the commands name themselves
    ```sh aws              commands as for AWS, which the one inside the binary answers
    ```sh moto             commands as for AWS, which moto answers, where other clients take part
    ```sh offline          no AWS at all
    ```sh by-hand="why"    not run here, and told by the test with its reason
    ```sh local exit=3     the block ends with this code
    ```console local       lines with `$ ` are commands, the others what they print; `…` is any text

A block in an HTML comment runs like any other and is not shown. A block of another language with
`file=NAME` is written to that file before what follows it; what `.bash_env` holds is set for every block.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cli import ROOT

DOCS = ROOT / "docs"
# what the summary of the tests tells: the blocks of commands that no test runs, and why
not_run: list[str] = []
SHELLS = ("sh", "console", "bash", "shell")
FENCE = re.compile(
    r"^(?P<indent>[ ]*)(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
SETTING = re.compile(r'(?P<name>[a-z-]+)(?:=(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+)))?')


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, and the settings behind that."""

    page: str
    line: int
    language: str
    settings: dict[str, str]
    body: str

    @property
    def place(self) -> str:
        return f"docs/{self.page}:{self.line}"

    @property
    def is_commands(self) -> bool:
        return self.language in SHELLS and "file" not in self.settings


@dataclass(frozen=True)
class Page:
    """A page: its blocks, and the text around them."""

    name: str
    text: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def prose(self) -> str:
        """The text without blocks, comments and code: what links and headings stand in."""
        text = re.sub(r"<!--.*?-->", "", FENCE.sub("", self.text), flags=re.DOTALL)
        return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", lambda code: f"`{'x' * len(code[0])}`", text, flags=re.DOTALL)

    @property
    def headings(self) -> list[str]:
        text = re.sub(r"<!--.*?-->", "", FENCE.sub("", self.text), flags=re.DOTALL)
        return re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE)


def read(path: Path, name: str) -> Page:
    text = path.read_text()
    blocks = []
    for found in FENCE.finditer(text):
        language, _, rest = found["info"].strip().partition(" ")
        settings = {
            setting["name"]: setting["quoted"] or setting["plain"] or "" for setting in SETTING.finditer(rest)
        }
        body = re.sub(rf"^{found['indent']}", "", found["body"], flags=re.MULTILINE)
        line = text.count("\n", 0, found.start()) + 1
        blocks.append(Block(name, line, language, settings, body))
    return Page(name, text, blocks)


@cache
def pages() -> list[Page]:
    """Every page of the book, by name."""
    return [read(path, path.name) for path in sorted(DOCS.glob("*.md"))]


def anchors(page: Page) -> set[str]:
    """The anchors of the page: of its headings, as mdBook and GitHub make them, and its own."""
    found: set[str] = set(re.findall(r'<a id="([^"]+)">', page.text))
    for heading in page.headings:
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        kept = "".join(c for c in plain.lower() if c.isalnum() or c in " -_")
        anchor = kept.strip().replace(" ", "-")
        number, unique = 0, anchor
        while unique in found:
            number += 1
            unique = f"{anchor}-{number}"
        found.add(unique)
    return found


def links(page: Page) -> list[str]:
    """The targets of the page's links, those in reference style among them."""
    inline = re.findall(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)", page.prose)
    return inline + re.findall(r"^\[[^\]]+\]:\s*(\S+)", page.prose, re.MULTILINE)
