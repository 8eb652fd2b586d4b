"""Thinning out a long history so that its shape survives."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities import Metric


def sampled(points: Sequence[Metric], limit: int) -> Sequence[Metric]:
    """Choose at most `limit` points of one history so that first, last, lowest and highest stay.

    Args:
        points: in the order they are drawn.
        limit: how many points may stay, 1 or more.

    Returns:
        The chosen points in their order. The history is cut into equal stretches, and of each the lowest and the
        highest point stay: the way charts keep their peaks (min-max decimation). Where only a few may stay, they are
        evenly spaced; a limit of 1 keeps the last.
    """
    count = len(points)
    if count <= limit:
        return points
    if limit < 6:
        spaced = [number * (count - 1) // max(limit - 1, 1) for number in range(limit)]
        return [points[index] for index in spaced] if limit > 1 else [points[-1]]
    stretches = (limit - 2) // 2
    chosen = {0, count - 1}
    for number in range(stretches):
        stretch = range(number * count // stretches, (number + 1) * count // stretches)
        chosen.add(min(stretch, key=lambda index: points[index].value))
        chosen.add(max(stretch, key=lambda index: points[index].value))
    return [points[index] for index in sorted(chosen)]
