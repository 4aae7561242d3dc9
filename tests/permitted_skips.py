"""The skips that tests/permitted-skips.txt permits; any other skip fails the run."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

FILE = Path(__file__).resolve().parent / "permitted-skips.txt"


def permitted(text: str) -> list[str]:
    """Returns the patterns of the file; a line without a reason is an error."""
    patterns = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, separator, reason = line.partition(": ")
        if not separator or not reason.strip():
            raise ValueError(f"{FILE.name}:{number}: expected `runner test: reason`")
        patterns.append(pattern.strip())
    return patterns


def forbidden(skips: Iterable[str]) -> list[str]:
    """Returns the skips, each written `runner test`, that no pattern permits."""
    patterns = permitted(FILE.read_text())
    return [skip for skip in skips if not any(fnmatchcase(skip, p) for p in patterns)]
