"""Dependency arcs beside a column of words, in box characters.

╭▸ Apple
├─ bought
╰▸ it
"""

from __future__ import annotations

from collections.abc import Sequence

#: sentences whose arcs nest deeper are shown without them
DEEPEST = 14

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
#: the lines that leave a cell -> its character
BOXES = " ││││╯╮┤─╰╭├─┴┬┼"


def draw(heads: Sequence[int]) -> list[str] | None:
    """One string of equal width for each word; None if the arcs nest too deeply to be read.

    heads: index of each word's head; a root is its own head.
    """
    arcs = sorted(
        ((min(i, h), max(i, h)) for i, h in enumerate(heads) if i != h), key=lambda a: (a[1] - a[0], a)
    )
    placed: list[tuple[int, int, int]] = []
    for top, bottom in arcs:
        level = 1 + max((k for k, a, b in placed if a < bottom and top < b), default=0)
        placed.append((level, top, bottom))
    width = max((level for level, _, _ in placed), default=0)
    if width > DEEPEST:
        return None
    cells = [[0] * width for _ in heads]
    for level, top, bottom in placed:
        column = width - level
        for row in range(top, bottom + 1):
            cells[row][column] |= (UP if row > top else 0) | (DOWN if row < bottom else 0)
        for row in (top, bottom):
            cells[row][column] |= RIGHT
            for passed in range(column + 1, width):
                cells[row][passed] |= LEFT | RIGHT
    lines = []
    for i, line in enumerate(cells):
        end = "▸" if i != heads[i] else "─" if any(cell & RIGHT for cell in line) else " "
        lines.append("".join(BOXES[cell] for cell in line) + end)
    return lines
