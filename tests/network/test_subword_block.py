"""Windows over subwords, and how they are laid out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlpcore.network.subword_block import SubwordBlock, Subwords, lay_out, windows

COUNTS = st.lists(st.integers(1, 8), max_size=80).map(lambda counts: np.array(counts, dtype="int32"))


def no_breaks(counts):
    return np.zeros(len(counts), dtype=bool)


@given(COUNTS, st.integers(8, 40), st.randoms(use_true_random=False), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_windows_take_each_token_once_and_fit(counts, room, random, share):
    breaks = np.array([random.random() < share for _ in counts], dtype=bool)
    found = windows(counts, room, breaks)
    taken = [i for window in found for i in range(window.first, window.last)]
    assert taken == list(range(len(counts)))
    for window in found:
        assert window.start <= window.first < window.last <= window.stop
        assert counts[window.start : window.stop].sum() <= room


def test_what_fits_in_one_window_is_read_at_once():
    for n, n_windows in ((10, 1), (11, 2)):
        counts = np.full(n, 4, dtype="int32")
        assert len(windows(counts, 40, no_breaks(counts))) == n_windows


def test_neighbours_share_a_quarter_and_divide_it():
    counts = np.ones(100, dtype="int32")
    found = windows(counts, 40, no_breaks(counts))
    assert [(w.start, w.stop) for w in found] == [(0, 40), (30, 70), (60, 100)]
    assert [(w.first, w.last) for w in found] == [(0, 35), (35, 65), (65, 100)]


def test_windows_begin_and_end_where_sentences_do_and_no_sentence_is_divided():
    counts = np.ones(100, dtype="int32")
    breaks = no_breaks(counts)
    breaks[[0, 12, 25, 33, 38, 50, 61, 70, 88]] = True
    found = windows(counts, 40, breaks)
    assert [(w.start, w.stop) for w in found] == [(0, 38), (33, 70), (61, 100)]
    assert [(w.first, w.last) for w in found] == [(0, 33), (33, 61), (61, 100)]


@given(st.lists(COUNTS, min_size=1, max_size=4), st.integers(8, 40))
def test_layout_has_each_windows_subwords_at_their_tokens(columns, room):
    docs = [
        Subwords(
            *(np.arange(c.sum(), dtype="int32"), c, np.arange(len(c)), np.zeros(len(c), dtype="uint8")),
            no_breaks(c),
        )
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
