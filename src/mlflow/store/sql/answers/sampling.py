"""Thinning out a long history so that its shape survives."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.store.sql.transaction import Row


def sampled(rows: Sequence[Row], limit: int) -> Sequence[Row]:
    """Choose at most `limit` points of one history so that first, last, lowest and highest stay.

    Args:
        rows: (timestamp, step, value, is_nan) in the order they are drawn.
        limit: how many points may stay, 1 or more.

    Returns:
        The chosen rows in their order. The history is cut into equal stretches, and of each the lowest and the highest
        point stay: the way charts keep their peaks (min-max decimation).
    """
    count = len(rows)
    if count <= limit:
        return rows
    if limit < 4:
        return [rows[0], rows[-1]][:limit]
    stretches = (limit - 2) // 2
    chosen = {0, count - 1}
    for number in range(stretches):
        begin, end = number * count // stretches, (number + 1) * count // stretches
        values = range(begin, end)
        chosen.add(min(values, key=lambda index: rows[index][2]))
        chosen.add(max(values, key=lambda index: rows[index][2]))
    return [rows[index] for index in sorted(chosen)]
