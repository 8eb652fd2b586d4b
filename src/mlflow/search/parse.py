"""The door of the filter language: text in, tree out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mlflow.exceptions import InvalidParameter
from mlflow.search.errors import shown
from mlflow.search.fields import Resource
from mlflow.search.tree import Node, OrderBy

MAX_ORDER_KEYS = 50  # SQLite joins up to 64 tables, and each key may be one

# Only short texts are kept, so that the cache stays below a few megabytes whatever callers send.
_CACHED_LENGTH = 2000
_CACHE_SIZE = 512


def parse_filter(text: str | None, resource: Resource) -> Node | None:
    """Read a filter.

    Args:
        text: as the caller wrote it; None, empty or only spaces means no filter.
        resource: what is searched, for instance `fields.RUNS`.

    Returns:
        The tree, None for no filter. The same object may be returned for the same text; it is frozen.

    Raises:
        InvalidParameter: with the position, an excerpt and what would be right.
    """
    if text is None or not text.strip():
        return None
    return _short_filter(text, resource) if len(text) <= _CACHED_LENGTH else _filter(text, resource)


def parse_order_by(items: Sequence[str], resource: Resource) -> tuple[OrderBy, ...]:
    """Read the items of an order_by list: `key`, `key ASC` or `key DESC`.

    Raises:
        InvalidParameter: an item cannot be read, the resource cannot be ordered by it, or a key comes twice.
    """
    if len(items) > MAX_ORDER_KEYS:
        raise InvalidParameter(f"Invalid order_by: it has {len(items)} keys and at most {MAX_ORDER_KEYS} are allowed.")
    orders = tuple(
        _short_order(item, resource) if len(item) <= _CACHED_LENGTH else _order(item, resource) for item in items
    )
    seen: dict[tuple[str, str], str] = {}
    for item, order in zip(items, orders, strict=True):
        key = (order.entity, order.key)
        if key in seen:
            raise InvalidParameter(
                f"Invalid order_by: {shown(seen[key])} and {shown(item)} are the same key. Remove one."
            )
        seen[key] = item
    return orders


def _filter(text: str, resource: Resource) -> Node | None:
    from mlflow.search.resolve import Resolver
    from mlflow.search.syntax import read_filter

    parsed = read_filter(text)
    return None if parsed is None else Resolver(text, resource, "filter").node(parsed)


def _order(item: str, resource: Resource) -> OrderBy:
    from mlflow.search.resolve import Resolver
    from mlflow.search.syntax import read_order

    return Resolver(item, resource, "order_by").order(*read_order(item))


_short_filter = lru_cache(_CACHE_SIZE)(_filter)
_short_order = lru_cache(_CACHE_SIZE)(_order)
