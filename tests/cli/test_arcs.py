"""Drawn dependency arcs."""

from hypothesis import given
from hypothesis import strategies as st

from nlpcore.cli.arcs import DEEPEST, draw


def test_a_small_tree():
    assert draw([1, 1, 1]) == ["╭▸", "├─", "╰▸"]
    assert draw([1, 4, 3, 1, 4]) == ["  ╭▸", "╭┬┴▸", "││╭▸", "│╰┴▸", "╰───"]


def test_crossing_arcs():
    assert draw([2, 3, 2, 2]) == [" ╭▸", "╭┼▸", "│├─", "╰┴▸"]


def test_nothing_to_draw():
    assert draw([]) == []
    assert draw([0]) == [" "]
    assert draw([0, 1]) == [" ", " "]


@given(st.integers(1, 25).flatmap(lambda n: st.lists(st.integers(0, n - 1), min_size=n, max_size=n)))
def test_all_lines_are_equally_wide(heads):
    lines = draw(heads)
    if lines is not None:
        assert len(lines) == len(heads)
        assert len({len(line) for line in lines}) == 1
        assert len(lines[0]) <= DEEPEST + 1
        assert all(
            (line[-1] == "▸") == (head != i) for i, (line, head) in enumerate(zip(lines, heads, strict=True))
        )


def test_deep_nesting_is_not_drawn():
    assert draw([39 - i for i in range(40)]) is None
