"""Docs from Docs: copies, parts, and several joined."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from nlpcore import errors
from nlpcore.lazy import numpy
from nlpcore.tokens._arrays import attribute_name
from nlpcore.tokens._serialize import columns_of


def part(doc: Any, start: int, end: int) -> Any:
    """A Doc of the text of tokens start to end, without annotation but for NORM; nothing is interned."""
    from nlpcore.tokens.doc import Doc

    starts = doc.column("START")[start:end]
    lengths = doc.column("LENGTH")[start:end]
    spacy = doc.column("SPACY")[start:end]
    first = int(starts[0]) if len(starts) else 0
    last = int(starts[-1]) + int(lengths[-1]) + int(spacy[-1]) if len(starts) else 0
    other = Doc.from_offsets(doc.vocab, doc.text[first:last], starts - first, lengths, spacy)
    other.has_unknown_spaces = doc.has_unknown_spaces
    other._add_strings(doc._own_strings.values())
    norms = doc.column("NORM")
    if norms is not None and end > start:
        other.set_column("NORM", norms[start:end])
    return other


def copy(doc: Any) -> Any:
    """See Doc.copy."""
    other = part(doc, 0, len(doc))
    for name, column in columns_of(doc).items():
        other.set_column(name, column)
    other.cats = dict(doc.cats)
    other.user_data = dict(doc.user_data)
    other.user_hooks = dict(doc.user_hooks)
    other.user_token_hooks = dict(doc.user_token_hooks)
    other.user_span_hooks = dict(doc.user_span_hooks)
    other.tensor = None if doc.tensor is None else doc.tensor.copy()
    other.sentiment = doc.sentiment
    other.noun_chunks_iterator = doc.noun_chunks_iterator
    if doc._has_spans:
        for key, group in doc.spans.items():
            other.spans[key] = group.copy(doc=other)
    return other


def span_as_doc(span: Any, copy_user_data: bool) -> Any:
    """See Span.as_doc."""
    doc, start, end = span.doc, span.start, span.end
    other = part(doc, start, end)
    n = end - start
    if n:
        columns = {name: column[start:end].copy() for name, column in columns_of(doc).items()}
        if "HEAD" in columns and "DEP" in columns:
            cut_heads(doc, columns, start, end)
        else:
            columns.pop("HEAD", None)
        if "SENT_START" in columns:
            columns["SENT_START"][0] = 1
        if "ENT_IOB" in columns:
            cut_entities(columns, end < len(doc) and doc.column("ENT_IOB")[end] == 1)
        for name, column in columns.items():
            other.set_column(name, column)
        if doc.tensor is not None and doc.tensor.ndim and doc.tensor.shape[0] == len(doc):
            other.tensor = doc.tensor[start:end]
    if copy_user_data:
        offset = span.start_char
        for key, value in doc.user_data.items():
            if not (isinstance(key, tuple) and key[:1] == ("._.",) and key[2:4] == (None, None)):
                other.user_data[shifted(key, -offset)] = value
    return other


def shifted(key: Any, offset: int) -> Any:
    """A user data key; the characters of an extension attribute's moved by offset."""
    if not (isinstance(key, tuple) and len(key) >= 4 and key[0] == "._."):
        return key
    start, end = (None if char is None else char + offset for char in key[2:4])
    return (*key[:2], start, end, *key[4:])


def bare_copy(doc: Any) -> Any:
    """A Doc of the same text with the same tokens and their norms, and no annotation."""
    copy = type(doc).from_offsets(
        doc.vocab, doc.text, doc.column("START"), doc.column("LENGTH"), doc.column("SPACY")
    )
    copy.has_unknown_spaces = doc.has_unknown_spaces
    norms = doc.column("NORM")
    if norms is not None and len(norms):
        copy.set_column("NORM", norms, [doc._string(norm) for norm in numpy.unique(norms).tolist()])
    return copy


def cut_heads(doc: Any, columns: dict[str, numpy.ndarray], start: int, end: int) -> None:
    """Let tokens whose head is not in start to end hang, as `dep`, from the root of what is left of their
    sentence; let sentences begin where these do."""
    heads = columns["HEAD"].astype("i8") - start
    starts = numpy.full(end - start, -1, dtype="i1")
    dep = doc.vocab.strings.add("dep")
    # Sentences are runs of tokens; without boundaries each Doc is one.
    boundaries = doc.column("SENT_START")
    firsts = {start}
    if boundaries is not None:
        firsts.update((numpy.flatnonzero(boundaries[start:end] == 1) + start).tolist())
    ordered = [*sorted(firsts), end]
    for first, last in pairwise(ordered):
        root = doc[first:last].root.i - start
        starts[first - start] = 1
        for i in range(first - start, last - start):
            if not 0 <= heads[i] < end - start:
                heads[i] = root
                columns["DEP"][i] = dep
    columns["HEAD"] = heads
    if boundaries is not None:
        columns["SENT_START"] = starts


def cut_entities(columns: dict[str, numpy.ndarray], goes_on: bool) -> None:
    """Forget an entity that began before the first token, and one that goes on behind the last."""
    iob = columns["ENT_IOB"]
    first, last = 0, len(iob)
    while first < last and iob[first] == 1:
        first += 1
    if goes_on:
        while last > first:
            last -= 1
            if iob[last] == 3:
                break
    for name in ("ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"):
        if name in columns:
            columns[name][:first] = 0
            columns[name][last:] = 0


def from_docs(
    docs: Sequence[Any], ensure_whitespace: bool, attrs: Sequence[Any] | None, exclude: Iterable[str]
) -> Any:
    """See Doc.from_docs."""
    from nlpcore.tokens.doc import Doc
    from nlpcore.tokens.span import Span
    from nlpcore.tokens.span_group import SpanGroup

    docs = list(docs)
    if not docs:
        return None
    vocab = docs[0].vocab
    if any(doc.vocab is not vocab for doc in docs):
        raise errors.DocError("The Docs do not share their vocab. Make all of them with one pipeline.")
    wanted = None if attrs is None else {attribute_name(attr) for attr in attrs}
    texts: list[str] = []
    starts, lengths, spacies = [], [], []
    tokens_before, chars_before = [], []
    n_chars = n_tokens = 0
    for k, doc in enumerate(docs):
        text, spacy = doc.text, doc.column("SPACY").copy()
        ends_blank = len(doc) > 0 and (bool(spacy[-1]) or doc[-1].is_space or doc[-1].text.isspace())
        if ensure_whitespace and k + 1 < len(docs) and len(doc) and not ends_blank:
            text += " "
            spacy[-1] = True
        tokens_before.append(n_tokens)
        chars_before.append(n_chars)
        texts.append(text)
        starts.append(doc.column("START") + n_chars)
        lengths.append(doc.column("LENGTH"))
        spacies.append(spacy)
        n_chars += len(text)
        n_tokens += len(doc)
    joined = Doc.from_offsets(
        vocab,
        "".join(texts),
        numpy.concatenate(starts),
        numpy.concatenate(lengths),
        numpy.concatenate(spacies),
    )
    for doc in docs:
        joined._add_strings(doc._own_strings.values())
    parts = [columns_of(doc) for doc in docs]
    for name in sorted({name for columns in parts for name in columns}):
        if wanted is not None and name not in wanted and name != "NORM":
            continue
        values = []
        for doc, columns, before in zip(docs, parts, tokens_before, strict=True):
            column = columns.get(name)
            if column is None:
                column = numpy.zeros(len(doc), dtype="i8" if name == "HEAD" else "i1")
                if name == "HEAD":
                    column = numpy.arange(len(doc))
                if name == "SENT_START":
                    column[:1] = 1
            if name == "HEAD":
                column = column.astype("i8") + before
            values.append(column)
        kind = {"HEAD": "i8", "SENT_START": "i1", "ENT_IOB": "i1"}.get(name, "u8")
        if n_tokens:
            joined.set_column(name, numpy.concatenate([value.astype(kind) for value in values]))
    if "tensor" not in exclude:
        tensors = [doc.tensor for doc in docs if len(doc)]
        if tensors and all(t is not None and t.ndim == 2 for t in tensors):
            widths = {tensor.shape[1] for tensor in tensors}
            if len(widths) == 1:
                joined.tensor = numpy.concatenate(tensors)
    if "user_data" not in exclude:
        for doc, before in zip(docs, chars_before, strict=True):
            for key, value in doc.user_data.items():
                if isinstance(key, tuple) and len(key) >= 4 and key[0] == "._.":
                    joined.user_data[shifted(key, before)] = value
                else:
                    warnings.warn(
                        f"`Doc.from_docs` leaves out the user data {key!r}: only extension attributes are "
                        "carried over.",
                        UserWarning,
                        stacklevel=3,
                    )
    if "spans" not in exclude:
        for doc, before in zip(docs, tokens_before, strict=True):
            for key, group in doc.spans.items() if doc._has_spans else ():
                if key not in joined.spans:
                    joined.spans[key] = SpanGroup(joined, name=group.name, attrs=dict(group.attrs))
                for span in group:
                    moved = Span(joined, span.start + before, span.end + before)
                    moved.label, moved.kb_id, moved.id = span._ids()
                    joined.spans[key].append(moved)
    return joined
