"""From tokens to subwords, by a tokenizer.json."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import PretrainedFilesError
from ..network.shapes import FEATURES
from ..network.subword_block import Subwords
from ..strings import hash_string
from .sentencizer import PUNCTUATION
from .trainable_pipe import moved_starts

if TYPE_CHECKING:
    from ..tokens import Doc

#: Distinct words whose subwords are remembered.
REMEMBERED = 1 << 17
#: Subwords of one token that are read; longer ones are no words.
MOST = 32
#: What stands before a token: see ``Doc.network_input``.
GLUED = 1
LINE_BREAK = 3
#: Tokens with which sentences end, and those that may follow in the same sentence.
ENDING = frozenset({*PUNCTUATION, "...", "…"})
CLOSING = frozenset({'"', "'", "''", "”", "’", "»", ")", "]", "}", "」", "』", "）"})
#: Rows that a table may have beyond the tokenizer's subwords: some are padded to a round number.
PADDED_ROWS = 1024
NORM, SHAPE = FEATURES.index("NORM"), FEATURES.index("SHAPE")


class SubwordTokenizer:
    """text: of a tokenizer.json. n_rows: of the table that the subwords have rows in. n_shapes: rows for word
    shapes.

    Raises PretrainedFilesError (a ValueError) for a text that is none, or the tokenizer of another table.
    """

    def __init__(self, text: str, n_rows: int, n_shapes: int) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Any = Tokenizer.from_str(text)
            data = json.loads(text)
        except Exception as e:  # the library raises this very class
            raise PretrainedFilesError(path="tokenizer.json", reason=f"it is no tokenizer: {e}") from e
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.n_shapes = n_shapes
        n = self._tokenizer.get_vocab_size(with_added_tokens=True)
        highest = max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)
        if highest >= n_rows or n_rows - n > PADDED_ROWS:
            reason = f"it has {n:,} subwords, the weights have {n_rows:,}: they are not of one encoder"
            raise PretrainedFilesError(path="tokenizer.json", reason=reason)
        # Byte-level subwords have the blank before a word in them; others are told where words begin.
        self._with_blanks = "ByteLevel" in json.dumps(data.get("pre_tokenizer"))
        around = self._tokenizer.encode("").ids
        self.before, self.behind = around[: len(around) // 2], around[len(around) // 2 :]
        self._unknown = self._unknown_id(data)
        self._known: dict[str, list[int]] = {}

    def _unknown_id(self, data: dict[str, Any]) -> int:
        name = data.get("model", {}).get("unk_token")
        found = self._tokenizer.token_to_id(name) if isinstance(name, str) else None
        return int(found) if found is not None else int((self.before or [0])[0])

    def subwords(self, doc: Doc) -> Subwords:
        """What a transformer reads of the tokens that are no space tokens."""
        index, ids, gaps = doc.network_input()
        blanks = [self._with_blanks and gap != GLUED for gap in gaps.tolist()]
        found = self._of(
            [" " * blank + text for text, blank in zip(texts_of(doc, index), blanks, strict=True)]
        )
        flat = np.array([i for word in found for i in word], dtype="int32")
        counts = np.array([len(word) for word in found], dtype="int32")
        shapes = (ids[:, SHAPE] % np.uint64(self.n_shapes)).astype("int32")
        return Subwords(flat, counts, shapes, gaps, breaks_of(doc, index, ids, gaps))

    def _of(self, tokens: list[str]) -> list[list[int]]:
        # Threads share what is remembered, and may empty it at any time: nothing is read from it twice.
        found = {token: self._known.get(token) for token in tokens}
        new = [token for token, ids in found.items() if ids is None]
        if len(self._known) > REMEMBERED:
            self._known.clear()
        if new:
            # Lone surrogates are no Unicode text, which is all that the library takes.
            texts = [token.encode("utf8", "replace").decode("utf8") for token in new]
            encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
            for token, subwords in zip(new, encoded, strict=True):
                found[token] = self._known[token] = subwords.ids[:MOST] or [self._unknown]
        return [found[token] or [self._unknown] for token in tokens]


def breaks_of(doc: Doc, index: np.ndarray, ids: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """(n,) bool: the tokens ``index`` with which a sentence begins, if that is known; else those with which
    one may: behind a line break, or behind a mark that ends sentences and what closes quotes and brackets.
    """
    starts = doc.column("SENT_START")
    if starts is not None and starts.any():
        return moved_starts(starts, index) == 1
    norms = ids[:, NORM]
    ending = np.isin(norms, ids_of(ENDING))
    closing = np.isin(norms, ids_of(CLOSING))
    ended = ending.copy()
    ended[1:] |= closing[1:] & ending[:-1]
    breaks = gaps >= LINE_BREAK
    breaks[1:] |= ended[:-1] & ~closing[1:]
    return breaks


@cache
def ids_of(strings: frozenset[str]) -> np.ndarray:
    """The ids of strings, ascending."""
    return np.array(sorted(map(hash_string, strings)), dtype="uint64")


def texts_of(doc: Doc, index: np.ndarray) -> list[str]:
    """The texts of the tokens ``index``."""
    starts, lengths = doc.column("START"), doc.column("LENGTH")
    if starts is None or lengths is None:
        return [doc[i].text for i in index.tolist()]
    text = doc.text
    spans = zip(starts[index].tolist(), lengths[index].tolist(), strict=True)
    return [text[start : start + length] for start, length in spans]
