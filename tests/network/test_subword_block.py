"""Windows over subwords, and how they are laid out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlpcore.network.subword_block import SubwordBlock, Subwords, lay_out, windows

COUNTS = st.lists(st.integers(1, 8), max_size=80).map(lambda counts: np.array(counts, dtype="int32"))


@given(COUNTS, st.integers(8, 40))
def test_windows_take_each_token_once_and_fit(counts, room):
    found = windows(counts, room)
    taken = [i for window in found for i in range(window.first, window.last)]
    assert taken == list(range(len(counts)))
    for window in found:
        assert window.start <= window.first < window.last <= window.stop
        assert counts[window.start : window.stop].sum() <= room


def test_what_fits_in_one_window_is_read_at_once():
    assert len(windows(np.full(10, 4, dtype="int32"), 40)) == 1
    assert len(windows(np.full(11, 4, dtype="int32"), 40)) == 2


def test_neighbours_share_a_quarter_and_divide_it():
    found = windows(np.ones(100, dtype="int32"), 40)
    assert [(w.start, w.stop) for w in found] == [(0, 40), (30, 70), (60, 100)]
    assert [(w.first, w.last) for w in found] == [(0, 35), (35, 65), (65, 100)]


@given(st.lists(COUNTS, min_size=1, max_size=4), st.integers(8, 40))
def test_layout_has_each_windows_subwords_at_their_tokens(columns, room):
    docs = [
        Subwords(np.arange(c.sum(), dtype="int32"), c, np.arange(len(c)), np.zeros(len(c), dtype="uint8"))
        for c in columns
    ]
    block = SubwordBlock.of(docs, room)
    batch = [(docs[i], window) for i, window in block.windows]
    if not batch:
        return
    laid = lay_out(batch, [101], [102])
    n = len(laid.counts)
    for row, (doc, window) in enumerate(batch):
        start, stop = doc.counts[: window.start].sum(), doc.counts[: window.stop].sum()
        size = stop - start
        assert laid.ids[row, : size + 2].tolist() == [101, *range(start, stop), 102]
        assert laid.is_padding[row].tolist() == [False] * (size + 2) + [True] * (laid.ids.shape[1] - size - 2)
        assert (laid.token[row, [0, size + 1]] == n).all()
    assert np.bincount(laid.token.ravel(), minlength=n + 1)[:n].tolist() == laid.counts.tolist()
    assert laid.shapes[laid.own].tolist() == [i for doc in docs for i in range(len(doc))]
