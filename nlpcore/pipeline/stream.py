"""A stream of texts through a function of lists of them, in order, on several threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Characters of a block. About 4,000 tokens keep a thread busy for some 30 ms; with half of that two threads
#: do a tenth less on documents of some thousand characters, with twice as much no more.
BLOCK_CHARS = 20_000
#: How many blocks are read ahead for each thread.
AHEAD = 2

Function = Callable[[list[Any]], Iterable[Any]]


def blocks(
    items: Iterable[Any], size_of: Callable[[Any], int], most: int, chars: int = BLOCK_CHARS
) -> Iterator[list[Any]]:
    """The items in lists, of at most ``most`` items and ended by the one that brings their sizes to
    ``chars``. One that is that large by itself stands alone: the engine reads it in windows then.

    What the stream raises comes after the items that it gave before.
    """
    block: list[Any] = []
    size = 0
    try:
        for item in items:
            own = size_of(item)
            if block and own >= chars:
                yield block
                block, size = [], 0
            block.append(item)
            size += own
            if len(block) >= most or size >= chars:
                yield block
                block, size = [], 0
    except Exception:
        if block:
            yield block
        raise
    if block:
        yield block


def in_order(
    source: Iterator[list[Any]], function: Function, failed: Function, threads: int
) -> Iterator[Any]:
    """``function`` of each block, item by item, in the order of the source.

    failed: called in the caller's thread with a block for which the function raised; gives what remains of
    it, or raises in its turn.
    threads: how many blocks are worked on at once; 1: in the caller's thread. At most ``AHEAD`` blocks for
    each thread are read before they are asked for. What the source raises comes after all that it gave
    before.
    """
    if threads <= 1:
        for block in source:
            yield from attempt(block, function, failed)
        return
    workers = Workers(function, threads)
    error: Exception | None = None
    more = True
    try:
        while True:
            while more and len(workers.pending) < AHEAD * threads:
                try:
                    workers.begin(next(source))
                except StopIteration:
                    more = False
                except Exception as e:
                    error, more = e, False
            if not workers.pending:
                break
            yield from workers.finish(failed)
    finally:
        workers.close()
    if error is not None:
        raise error


def attempt(block: list[Any], function: Function, failed: Function) -> Iterable[Any]:
    """What the function gives for a block, or, where it raises, what remains of the block."""
    try:
        return function(block)
    except Exception:
        return failed(block)


class Workers:
    """Threads at work on blocks; they live as long as one stream.

    In the child of a fork there are no threads: it does over itself what they were at.
    """

    def __init__(self, function: Function, threads: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self.function = function
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="nlpcore")
        self.pending: deque[tuple[list[Any], Future[Iterable[Any]] | None]] = deque()
        self.process = os.getpid()

    @property
    def are_here(self) -> bool:
        return os.getpid() == self.process

    def begin(self, block: list[Any]) -> None:
        self.pending.append((block, self.pool.submit(self.function, block) if self.are_here else None))

    def finish(self, failed: Function) -> Iterable[Any]:
        """The result for the oldest block; waits for it."""
        block, future = self.pending.popleft()
        if future is None or not self.are_here:
            return attempt(block, self.function, failed)
        return attempt(block, lambda _: future.result(), failed)

    def close(self) -> None:
        """End the threads, after the blocks that they are at."""
        if self.are_here:
            self.pool.shutdown(wait=True, cancel_futures=True)
