"""Sentences as plain data out of annotated Docs: for writing CoNLL-U and for scoring.

Space tokens are left out and heads renumbered. Text, offsets and entities stay as the Doc has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..symbols import NAMES
from .documents import Document, Sentence


def document_of(doc: Any, *, name: str = "", path: str = "") -> Document:
    """The Doc's sentences; a Doc without sentence boundaries is one sentence."""
    return Document(list(sentences_of(doc)), text=doc.text, name=name, path=path)


def sentences_of(doc: Any) -> Iterator[Sentence]:
    """The sentences of a Doc that have at least one word.

    A layer that the Doc has not is None. A head that is a space token is replaced by that token's head.
    """
    n = len(doc)
    if not n:
        return
    text = doc.text
    starts = doc.column("START")
    ends = starts + doc.column("LENGTH")
    first, last = starts.tolist(), ends.tolist()
    is_space = [text[a:b].isspace() for a, b in zip(first, last, strict=True)]
    layers = {
        "lemmas": _strings(doc, "LEMMA"),
        "upos": _names(doc),
        "xpos": _strings(doc, "TAG"),
        "feats": _feats(doc),
        "deprels": _strings(doc, "DEP"),
    }
    heads = doc.column("HEAD")
    parsed = heads is not None and layers["deprels"] is not None
    head_list = _over_spaces(heads.tolist(), is_space) if parsed else None
    for a, b in _bounds(doc, n):
        words = [i for i in range(a, b) if not is_space[i]]
        if not words:
            continue
        sentence = Sentence([text[first[i] : last[i]] for i in words])
        sentence.starts = [first[i] for i in words]
        sentence.ends = [last[i] for i in words]
        sentence.virtual = [False] * len(words)
        sentence.space_after = [text[last[i] : last[i] + 1] == " " for i in words]
        for layer, values in layers.items():
            if values is not None:
                setattr(sentence, layer, [values[i] for i in words])
        if head_list is not None:
            _set_heads(sentence, words, head_list)
        before = text[last[words[0] - 1] if words[0] else 0 : first[words[0]]]
        k = words[0] - 1
        while k >= 0 and is_space[k]:
            before = text[first[k] : first[words[0]]]
            k -= 1
        sentence.newpar = before.count("\n") >= 2
        sentence.text = " ".join(text[first[words[0]] : last[words[-1]]].split())
        yield sentence


def _bounds(doc: Any, n: int) -> list[tuple[int, int]]:
    codes = doc.column("SENT_START")
    if codes is None:
        return [(0, n)]
    starts = [0, *(i for i in numpy.flatnonzero(codes == 1).tolist() if i)]
    return list(zip(starts, [*starts[1:], n], strict=True))


def _strings(doc: Any, name: str) -> list[str] | None:
    values = doc.column(name)
    if values is None:
        return None
    names = {value: doc._string(value) if value else "" for value in numpy.unique(values).tolist()}
    return [names[value] for value in values.tolist()]


def _names(doc: Any) -> list[str] | None:
    values = doc.column("POS")
    return None if values is None else [NAMES[value] for value in values.tolist()]


def _feats(doc: Any) -> list[str] | None:
    values = _strings(doc, "MORPH")
    return None if values is None else ["" if value == "_" else value for value in values]


def _over_spaces(heads: list[int], is_space: list[bool]) -> list[int]:
    """Heads that pass over space tokens; a word whose way up ends in white space becomes a root."""
    result = list(heads)
    for i, head in enumerate(heads):
        if is_space[i]:
            continue
        steps = 0
        while is_space[head] and heads[head] != head and steps < len(heads):
            head = heads[head]
            steps += 1
        result[i] = i if is_space[head] else head
    return result


def _set_heads(sentence: Sentence, words: list[int], heads: list[int]) -> None:
    position = {token: i for i, token in enumerate(words)}
    # A head in another sentence cannot be written: the word becomes a root here.
    sentence.heads = [position.get(heads[token], i) for i, token in enumerate(words)]
    deprels = sentence.deprels or []
    sentence.deprels = [
        "root" if head == i else ("dep" if label in ("", "ROOT") else label)
        for i, (head, label) in enumerate(zip(sentence.heads, deprels, strict=True))
    ]
