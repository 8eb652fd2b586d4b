"""What the page on templates shows is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "templates.md"


def test_the_page_s_lines_print_what_it_shows() -> None:
    results = doctest.testfile(str(PAGE), module_relative=False)

    assert results.attempted > 10
    assert results.failed == 0
