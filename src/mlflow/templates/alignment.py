"""Which parts of two sequences are the same, in bounded time.

Parts that occur once on either side are matched first, as far as their order allows (patience diff, Bram Cohen); what
lies between them is compared exactly where it is small, and else counts as different. difflib would be shorter, but is
quadratic already when every other line has changed: 16 s where this takes 0.2 s.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

CELLS = 10_000
"""Largest table (length by length) for an exact comparison: its time is that of the table."""

LEVELS = 32
"""How often parts between matches are searched for further matches."""


class Block(NamedTuple):
    """`old[i] == new[j]`, and so for `size` parts."""

    i: int
    j: int
    size: int


class Gap(NamedTuple):
    """Parts `old[i:i_end]` that became `new[j:j_end]`; one side may be empty."""

    i: int
    i_end: int
    j: int
    j_end: int


def align(old: Sequence[str], new: Sequence[str]) -> list[Block | Gap]:
    """Return blocks of equal parts and the gaps around them, in order, covering both sequences."""
    blocks = _merged(sorted(_blocks(old, new)))
    parts: list[Block | Gap] = []
    i = j = 0
    for block in [*blocks, Block(len(old), len(new), 0)]:
        if i < block.i or j < block.j:
            parts.append(Gap(i, block.i, j, block.j))
        if block.size:
            parts.append(block)
        i, j = block.i + block.size, block.j + block.size
    return parts


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    numbers: dict[str, int] = {}
    a = [numbers.setdefault(part, len(numbers)) for part in old]  # compared more quickly than texts
    b = [numbers.setdefault(part, len(numbers)) for part in new]
    blocks = []
    waiting = [(Gap(0, len(a), 0, len(b)), LEVELS)]
    while waiting:
        gap, levels = waiting.pop()
        start, end = _same_ends(a, b, gap)
        blocks += [block for block in (start, end) if block.size]
        rest = Gap(start.i + start.size, end.i, start.j + start.size, end.j)
        cells = (rest.i_end - rest.i) * (rest.j_end - rest.j)
        if not cells:
            continue
        if cells <= CELLS:
            blocks += _exact(a, b, rest)
        elif levels:
            i, j = rest.i, rest.j
            anchors = _unique_matches(a, b, rest)
            blocks += [Block(*anchor, 1) for anchor in anchors]
            for i_next, j_next in [*anchors, (rest.i_end, rest.j_end)] if anchors else []:
                waiting.append((Gap(i, i_next, j, j_next), levels - 1))
                i, j = i_next + 1, j_next + 1
    return blocks


def _same_ends(a: list[int], b: list[int], gap: Gap) -> tuple[Block, Block]:
    i, i_end, j, j_end = gap
    while i < i_end and j < j_end and a[i] == b[j]:
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
    return Block(gap.i, gap.j, i - gap.i), Block(i_end, j_end, gap.i_end - i_end)


def _exact(a: list[int], b: list[int], gap: Gap) -> list[Block]:
    """Return a longest common subsequence."""
    width = gap.j_end - gap.j
    rows = [[0] * (width + 1)]  # from the end: how long it is from a[i] and b[j] on
    for x in reversed(a[gap.i : gap.i_end]):
        below = rows[-1]
        row = [0] * (width + 1)
        for column in range(width - 1, -1, -1):
            row[column] = below[column + 1] + 1 if x == b[gap.j + column] else max(below[column], row[column + 1])
        rows.append(row)
    rows.reverse()
    blocks = []
    row_number = column = 0
    while row_number < len(rows) - 1 and column < width:
        if a[gap.i + row_number] == b[gap.j + column]:
            blocks.append(Block(gap.i + row_number, gap.j + column, 1))
            row_number, column = row_number + 1, column + 1
        elif rows[row_number + 1][column] >= rows[row_number][column + 1]:
            row_number += 1
        else:
            column += 1
    return blocks


def _unique_matches(a: list[int], b: list[int], gap: Gap) -> list[tuple[int, int]]:
    """Return where parts that occur once on each side stand, as many as are in the same order on both."""
    in_a, in_b = Counter(a[gap.i : gap.i_end]), Counter(b[gap.j : gap.j_end])
    place = {b[j]: j for j in range(gap.j, gap.j_end)}
    pairs = [(i, place[a[i]]) for i in range(gap.i, gap.i_end) if in_a[a[i]] == 1 and in_b[a[i]] == 1]
    # The longest increasing run of places: `lasts[n]` is the lowest place at which a run of n + 1 can end.
    lasts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(lasts, j)
        before.append(ends[length - 1] if length else -1)
        lasts[length : length + 1] = [j]
        ends[length : length + 1] = [number]
    run = []
    number = ends[-1] if ends else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]


def _merged(blocks: list[Block]) -> list[Block]:
    merged: list[Block] = []
    for block in blocks:
        last = merged[-1] if merged else None
        if last and (last.i + last.size, last.j + last.size) == (block.i, block.j):
            merged[-1] = last._replace(size=last.size + block.size)
        else:
            merged.append(block)
    return merged
