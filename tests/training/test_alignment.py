"""Alignment of tokenizations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore.errors import AlignmentError
from nlpcore.training.alignment import Alignment


def rows(array):
    return [array[i].tolist() for i in range(len(array))]


CASES = [
    (["a", "bc", "d"], ["ab", "c", "d"], [[0], [0, 1], [2]], [[0, 1], [1], [2]]),
    (["A", "B"], ["ab"], [[0], [0]], [[0, 1]]),
    (["a", " ", "b"], ["a", "b"], [[0], [], [1]], [[0], [2]]),
    (["a\n", "b"], ["a", "\n", "b"], [[0, 1], [2]], [[0], [0], [1]]),
    (["a", "\n", "b"], ["a", "\n\n", "b"], [[0], [1], [2]], [[0], [1], [2]]),
    (["Ab c"], ["aB", "c"], [[0, 1]], [[0], [0]]),
    (["İx"], ["i̇x"], [[0]], [[0]]),
    (["bbb\n"], ["BB", "b"], [[0, 1]], [[0], [0]]),
    ([], [], [], []),
]


@pytest.mark.parametrize(("x", "y", "x2y", "y2x"), CASES)
def test_strings(x, y, x2y, y2x):
    alignment = Alignment.from_strings(x, y)
    assert rows(alignment.x2y) == x2y
    assert rows(alignment.y2x) == y2x
    assert alignment.x2y.data.dtype == alignment.x2y.lengths.dtype == "int32"


@pytest.mark.parametrize(("x", "y"), [(["a"], ["b"]), (["a"], []), (["ab"], ["a"]), (["ß"], ["SS"])])
def test_different_texts(x, y):
    with pytest.raises(AlignmentError, match="cannot be aligned") as caught:
        Alignment.from_strings(x, y)
    assert isinstance(caught.value, ValueError)


def test_array():
    array = Alignment.from_strings(["a", "bc", "d"], ["ab", "c", "d"]).x2y
    assert array[-1].tolist() == [2]
    assert array[1:].tolist() == [0, 1, 2]
    assert array[2:1].tolist() == []
    assert (array.starts.tolist(), array.ends.tolist()) == ([0, 1, 3], [1, 3, 4])
    assert array.first_or(-1).tolist() == [0, -1, 2]
    with pytest.raises(IndexError):
        array[3]
    with pytest.raises(ValueError, match="step"):
        array[::2]
    assert Alignment.from_indices([[0], [0, 1]], [[0, 1], [1]]).x2y.data.tolist() == [0, 0, 1]


@st.composite
def two_tokenizations(draw):
    text = draw(st.text("abAB", max_size=30))

    def split():
        words, rest = [], text
        while rest:
            n = draw(st.integers(1, 4))
            words.append(rest[:n])
            rest = rest[n:]
        return words

    return split(), split()


@given(two_tokenizations())
def test_rows_are_the_tokens_that_share_characters(pair):
    x, y = pair
    owners = [[i for i, word in enumerate(side) for _ in word] for side in pair]
    alignment = Alignment.from_strings(x, [word.swapcase() for word in y])
    shared = sorted(set(zip(*owners, strict=True)))
    assert [(i, j) for i, row in enumerate(rows(alignment.x2y)) for j in row] == shared
    assert [(i, j) for j, row in enumerate(rows(alignment.y2x)) for i in row] == sorted(
        shared, key=lambda pair: pair[::-1]
    )


def test_linear():
    n = 200_000
    alignment = Alignment.from_strings(["ab"] * n, ["a", "b"] * n)
    assert alignment.x2y.lengths.sum() == 2 * n
