"""The reference's annotation on the predicted tokens, as arrays: what training reads."""

from __future__ import annotations

from typing import Any

import numpy

from .alignment import Alignment, AlignmentArray

UNKNOWN_HEAD = -2
MISSING, INSIDE, OUTSIDE, BEGIN = 0, 1, 2, 3
ID_COLUMNS = {"tags": "TAG", "pos": "POS", "morphs": "MORPH", "lemmas": "LEMMA"}


def gold_arrays(reference: Any, alignment: Alignment) -> dict[str, numpy.ndarray]:
    """See `Example.gold_arrays`."""
    n = len(alignment.x2y)
    arrays: dict[str, numpy.ndarray] = {}
    for name, column in ID_COLUMNS.items():
        values = reference.column(column)
        arrays[name] = _zeros(n, "u8") if values is None else _agreed(values, alignment)
    arrays["heads"], arrays["deps"] = _parse(reference, alignment)
    arrays["sent_starts"] = _sentence_starts(reference, alignment)
    arrays["ent_iob"], arrays["ent_types"] = _entities(reference, alignment)
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def _zeros(n: int, dtype: str) -> numpy.ndarray:
    return numpy.zeros(n, dtype=dtype)


def _agreed(values: numpy.ndarray, alignment: Alignment) -> numpy.ndarray:
    """The value of the reference tokens that a predicted one covers, 0 where there is none or they differ."""
    if alignment.is_identity:
        return values.copy()
    x2y = alignment.x2y
    result = _zeros(len(x2y), values.dtype.str)
    covering = numpy.flatnonzero(x2y.lengths > 0)
    flat = values[x2y.data]
    result[covering] = flat[x2y.starts[covering]]
    for i in numpy.flatnonzero(x2y.lengths > 1).tolist():
        row = flat[x2y.starts[i] : x2y.ends[i]]
        if (row != row[0]).any():
            result[i] = 0
    return result


def _parse(reference: Any, alignment: Alignment) -> tuple[numpy.ndarray, numpy.ndarray]:
    n = len(alignment.x2y)
    heads = numpy.full(n, UNKNOWN_HEAD, dtype="i4")
    deps = _zeros(n, "u8")
    gold_heads, gold_deps = reference.column("HEAD"), reference.column("DEP")
    if gold_heads is None and gold_deps is None:
        return heads, deps
    own = numpy.arange(len(reference), dtype="i4")
    gold_heads = own if gold_heads is None else gold_heads
    gold_deps = _zeros(len(reference), "u8") if gold_deps is None else gold_deps
    # A token without relation that is its own head has no annotation: so a Doc says that nothing is known.
    known = (gold_deps != 0) | (gold_heads != own)
    if alignment.is_identity:
        return numpy.where(known, gold_heads, UNKNOWN_HEAD).astype("i4"), gold_deps.copy()
    token = representative(alignment, gold_heads)
    to_predicted = alignment.y2x.first_or(UNKNOWN_HEAD)
    usable = numpy.flatnonzero(token >= 0)
    usable = usable[known[token[usable]]]
    of = token[usable]
    mapped = numpy.where(gold_heads[of] == of, usable, to_predicted[gold_heads[of]])
    heads[usable] = mapped
    deps[usable] = gold_deps[of]
    return heads, deps


def representative(alignment: Alignment, gold_heads: numpy.ndarray) -> numpy.ndarray:
    """(n,) int32: the reference token whose arc is that of the predicted token; -1 where there is none.

    That is the one token covered, if nothing else covers it; of several the one whose head lies outside.
    """
    x2y, y2x = alignment.x2y, alignment.y2x
    token = x2y.first_or(-1)
    one = numpy.flatnonzero(token >= 0)
    token[one[y2x.lengths[token[one]] != 1]] = -1
    for i in numpy.flatnonzero(x2y.lengths > 1).tolist():
        row = x2y[i]
        if (y2x.lengths[row] != 1).any():
            continue
        outside = [g for g in row.tolist() if gold_heads[g] == g or not row[0] <= gold_heads[g] <= row[-1]]
        if len(outside) == 1:
            token[i] = outside[0]
    return token


def _sentence_starts(reference: Any, alignment: Alignment) -> numpy.ndarray:
    values = reference.column("SENT_START")
    x2y, y2x = alignment.x2y, alignment.y2x
    if values is None:
        return _zeros(len(x2y), "i1")
    if alignment.is_identity:
        return values.copy()
    result = _zeros(len(x2y), "i1")
    first_predicted = numpy.full(len(reference), -1, dtype="i4")
    covered = y2x.lengths > 0
    first_predicted[covered] = y2x.data[y2x.starts[covered]]
    rows, starts, codes = x2y.data.tolist(), x2y.starts.tolist(), values.tolist()
    firsts = first_predicted.tolist()
    for i, (at, length) in enumerate(zip(starts, x2y.lengths.tolist(), strict=True)):
        if not length:
            result[i] = -1  # white space that the reference does not have
            continue
        token = rows[at]
        if length > 1 and any(codes[g] != -1 for g in rows[at + 1 : at + length]):
            continue  # a boundary may lie inside the token: unknown
        result[i] = codes[token] if firsts[token] == i else -1
    return result


def _entities(reference: Any, alignment: Alignment) -> tuple[numpy.ndarray, numpy.ndarray]:
    n = len(alignment.x2y)
    codes, labels = reference.column("ENT_IOB"), reference.column("ENT_TYPE")
    if codes is None:
        return _zeros(n, "i1"), _zeros(n, "u8")
    if labels is None:
        labels = _zeros(len(reference), "u8")
    if alignment.is_identity:
        return codes.copy(), labels.copy()
    x2y, y2x = alignment.x2y, alignment.y2x
    result = numpy.full(n, OUTSIDE, dtype="i1")
    types = _zeros(n, "u8")
    for g in numpy.flatnonzero(codes == MISSING).tolist():
        result[y2x[g]] = MISSING
    n_gold = len(codes)
    for start in numpy.flatnonzero(codes == BEGIN).tolist():
        end = start + 1
        while end < n_gold and codes[end] == INSIDE:
            end += 1
        row = y2x[start:end]
        if not len(row):
            continue
        first, last = int(row[0]), int(row[-1])
        if _covers_only(x2y, first, last, start, end):
            result[first] = BEGIN
            result[first + 1 : last + 1] = INSIDE
            types[first : last + 1] = labels[start]
        else:
            result[first : last + 1] = MISSING
            types[first : last + 1] = 0
    _forget_headless(result, types)
    return result, types


def _covers_only(x2y: AlignmentArray, first: int, last: int, start: int, end: int) -> bool:
    row = x2y[first : last + 1]
    return bool(row[0] >= start and row[-1] < end)


def _forget_headless(codes: numpy.ndarray, types: numpy.ndarray) -> None:
    """Inside tokens whose entity lost its first token to a misaligned neighbour are unknown."""
    for i in numpy.flatnonzero(codes == INSIDE).tolist():
        if i == 0 or codes[i - 1] not in (BEGIN, INSIDE):
            codes[i] = MISSING
            types[i] = 0
