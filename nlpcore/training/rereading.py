"""Corpora that are gone through again and again, however large they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .example import Example

#: Words whose Examples are kept in memory: with their gold arrays these take some 0.5 GB.
KEPT_WORDS = 1_000_000


class Rereading:
    """Examples that are there once for each time that somebody goes through them.

    read: gives them anew, always the same and in the same order. Those of small corpora are kept, and read
    once.
    """

    def __init__(self, read: Callable[[], Iterable[Example]], *, kept_words: int = KEPT_WORDS) -> None:
        self._read = read
        self._kept_words = kept_words
        self._kept: list[Example] | None = None
        self.n_examples = 0
        self.n_words = 0

    def __iter__(self) -> Iterator[Example]:
        """Goes through all; ``n_examples`` and ``n_words`` are right when that was done once."""
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Example] | None = []
        n_examples = n_words = 0
        for example in self._read():
            n_examples += 1
            n_words += len(example.predicted)
            if kept is not None:
                kept.append(example)
            if n_words > self._kept_words:
                kept = None
            yield example
        self.n_examples, self.n_words = n_examples, n_words
        self._kept = kept
