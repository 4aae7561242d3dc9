"""What each system must do, seen in what its command prints."""

import pytest

from commands import printed
from rows import ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.identifier)
def test_a_system_has_what_it_needs(row: Row) -> None:
    text, place = printed(row.system), 0
    for shown in row.shows:
        place = text.find(shown, place)
        assert place >= 0, f"no `{shown}`, or not in this order"
    for absent in row.hides:
        assert absent not in text
