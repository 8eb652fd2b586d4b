"""One page of a longer list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


class PagedList(list[T]):
    """A list that knows how to ask for what follows it.

    Args:
        items: what is on this page.
        token: `page_token` of the next page; None on the last one.
    """

    def __init__(self, items: Iterable[T], token: str | None) -> None:
        super().__init__(items)
        self.token = token

    def to_list(self) -> list[T]:
        """Return the items as an ordinary list."""
        return list(self)
