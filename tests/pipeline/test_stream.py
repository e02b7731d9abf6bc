"""Blocks of a stream on threads: order, look-ahead, errors, forks."""

import os
import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore.pipeline.stream import AHEAD, blocks, in_order


def no_rescue(block):
    raise AssertionError(f"{block} should not have failed")


def doubled(block):
    return [2 * item for item in block]


@given(st.lists(st.integers(0, 9)), st.integers(1, 5), st.integers(1, 12))
def test_blocks_are_the_items_in_order_and_bounded(items, most, chars):
    found = list(blocks(items, lambda item: item, most, chars))
    assert [item for block in found for item in block] == items
    for block in found:
        assert 1 <= len(block) <= most
        assert sum(block[:-1]) < chars
        assert len(block) == 1 or all(item < chars for item in block)
    for block, following in pairwise(found):
        assert len(block) == most or sum(block) >= chars or following[0] >= chars


@given(st.lists(st.integers()), st.integers(1, 4), st.integers(1, 3))
def test_results_come_in_order_for_any_number_of_threads(items, threads, most):
    source = blocks(items, lambda _: 1, most)
    assert list(in_order(source, doubled, no_rescue, threads)) == [2 * item for item in items]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_stream_is_read_no_further_ahead_than_promised(threads):
    read = []

    def source():
        for i in range(100):
            read.append(i)
            yield [i]

    results = in_order(source(), doubled, no_rescue, threads)
    assert read == []
    for i in range(50):
        assert next(results) == 2 * i
        assert len(read) - i <= (1 if threads == 1 else AHEAD * threads)
    results.close()
    assert len(read) < 60


def test_a_slow_block_holds_back_the_others_but_loses_none():
    def work(block):
        time.sleep(0.05 if block[0] % 5 == 0 else 0)
        return block

    items = list(range(30))
    assert list(in_order(([i] for i in items), work, no_rescue, 4)) == items


@pytest.mark.parametrize("threads", [1, 3])
def test_a_failed_block_is_rescued_in_the_callers_thread(threads):
    rescuers = set()

    def work(block):
        if 7 in block:
            raise ValueError("seven")
        return block

    def rescue(block):
        rescuers.add(threading.get_ident())
        return [item for item in block if item != 7]

    found = list(in_order(blocks(range(20), lambda _: 1, 3), work, rescue, threads))
    assert found == [item for item in range(20) if item != 7]
    assert rescuers == {threading.get_ident()}


@pytest.mark.parametrize("threads", [1, 3])
def test_what_the_source_raises_comes_after_all_that_it_gave(threads):
    def source():
        yield from range(10)
        raise KeyError("source")

    results = in_order(blocks(source(), lambda _: 1, 4), doubled, no_rescue, threads)
    assert [next(results) for _ in range(10)] == [2 * item for item in range(10)]
    with pytest.raises(KeyError, match="source"):
        next(results)


def own_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("nlpcore")]


def test_closing_early_ends_the_threads():
    results = in_order(([i] for i in range(1000)), doubled, no_rescue, 3)
    assert next(results) == 0
    assert own_threads()
    results.close()
    assert not own_threads()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_child_of_a_fork_goes_on_by_itself():
    results = in_order(([i] for i in range(50)), doubled, no_rescue, 3)
    assert next(results) == 0
    child = os.fork()
    if child == 0:
        right = list(results) == [2 * i for i in range(1, 50)]
        os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert list(results) == [2 * i for i in range(1, 50)]
