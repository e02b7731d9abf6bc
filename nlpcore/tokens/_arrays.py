"""Attributes as arrays, by name or id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from nlpcore import errors
from nlpcore.attrs import IDS, NAMES
from nlpcore.lazy import numpy

IDS_STORED = frozenset(["TAG", "POS", "DEP", "LEMMA", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "MORPH"])
STORED = IDS_STORED | {"HEAD", "SENT_START", "ENT_IOB"}
LEXICAL = ("LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX")
NAME_OF = {IDS[name]: name for name in NAMES}


def attribute_name(attr: Any) -> str:
    """The upper-case name of an attribute given by name (any case) or id; "" for an id without a name.

    Raises UnknownAttributeError (a KeyError) for an unknown name.
    """
    if isinstance(attr, str):
        name = attr.upper()
        if name == "IS_SENT_START":
            return "SENT_START"
        if name not in IDS:
            raise errors.UnknownTokenAttributeError(
                f"There is no attribute {attr!r}. There is: {', '.join(filter(None, NAMES))}."
            )
        return name
    return NAME_OF.get(int(attr), "")


def is_listed(attrs: Any) -> bool:
    """Whether several attributes are given (rather than one)."""
    return not isinstance(attrs, str) and isinstance(attrs, Iterable)


def values_of(doc: Any, name: str, start: int, end: int) -> numpy.ndarray:
    """One attribute of tokens start to end, (end - start,) uint64. The strings of ids are interned."""
    n = end - start
    if name in STORED:
        return doc._stored((name,), start, end)[:, 0]
    if name in ("SPACY", "LENGTH"):
        column = doc.column(name)
        return numpy.zeros(n, dtype="u8") if column is None else column[start:end].astype("u8")
    if name == "IDX":
        return doc.column("START")[start:end].astype("u8")
    tokens = doc[start:end]
    if name == "ORTH":
        return numpy.array([token.orth for token in tokens], dtype="u8")
    if name in LEXICAL or name == "LANG":
        lower = name.lower()
        return numpy.array([getattr(token, lower) for token in tokens], dtype="u8")
    if name == "ID":
        return numpy.array([token.rank for token in tokens], dtype="u8")
    if name and IDS[name] < 64:
        return numpy.array([token.check_flag(IDS[name]) for token in tokens], dtype="u8")
    return numpy.zeros(n, dtype="u8")


def to_array(doc: Any, attrs: Any, start: int, end: int) -> numpy.ndarray:
    """See Doc.to_array; for tokens start to end."""
    if not is_listed(attrs):
        return values_of(doc, attribute_name(attrs), start, end)
    names = [NAME_OF.get(attr) or attribute_name(attr) for attr in attrs]
    if not names and end > start:
        raise errors.ColumnError("`to_array` needs at least one attribute.")
    if STORED.issuperset(names):
        return doc._stored(names, start, end)
    array = numpy.empty((end - start, len(names)), dtype="u8")
    for k, name in enumerate(names):
        array[:, k] = values_of(doc, name, start, end)
    return array


def doc_to_array(doc: Any, attrs: Any) -> numpy.ndarray:
    """See Doc.to_array: a list of one attribute gives one dimension."""
    array = to_array(doc, attrs, 0, len(doc))
    return array.reshape(-1) if array.ndim == 2 and array.shape[1] <= 1 else array


def from_array(doc: Any, attrs: Any, array: Any) -> None:
    """See Doc.from_array."""
    names = [attribute_name(attr) for attr in attrs] if is_listed(attrs) else [attribute_name(attrs)]
    values = numpy.asarray(array)
    if values.dtype.kind not in "iub" and values.size:
        raise errors.ColumnError(f"`from_array` takes integers, not {values.dtype}.")
    n = len(doc)
    if values.ndim == 1:
        values = values.reshape(-1, 1)
    if values.ndim != 2 or values.shape[0] != n or (values.shape[1] != len(names) and n):
        raise errors.ColumnError(
            f"`from_array` needs an array of {n} tokens and {len(names)} attributes, not of the shape "
            f"{numpy.asarray(array).shape}."
        )
    if not n:
        return
    columns = {name: values[:, k] for k, name in enumerate(names)}
    checked: dict[str, numpy.ndarray] = {}
    for name, column in columns.items():
        if name in IDS_STORED or name == "NORM":
            checked[name] = column.astype("u8")
        elif name == "ENT_IOB":
            codes = column.astype("u8")
            if (codes > 3).any():
                raise errors.EntityError(f"ENT_IOB holds values from 0 to 3, not {codes.max()}.")
            checked[name] = codes.astype("i1")
        elif name == "SENT_START":
            starts = column.astype("u8").astype("i8")
            checked[name] = numpy.sign(starts).astype("i1")
        elif name == "HEAD":
            heads = column.astype("u8").astype("i8") + numpy.arange(n)
            bad = numpy.flatnonzero((heads < 0) | (heads >= n))
            if bad.size:
                raise errors.HeadError(
                    f"Token {bad[0]} has the relative head {heads[bad[0]] - bad[0]}, outside the Doc of {n} "
                    f"tokens. HEAD counts from the token itself, as in `to_array`."
                )
            checked[name] = heads
    if "HEAD" in checked:  # first, because it may be refused
        doc.set_column("HEAD", checked.pop("HEAD"))
    for name, column in checked.items():
        doc.set_column(name, column)
    if "HEAD" in columns and "DEP" in columns and columns["DEP"].any():
        doc._boundaries_from_heads()
    if "SPACY" in columns:
        doc._set_spaces(columns["SPACY"] != 0)


def has_annotation(doc: Any, attr: Any, require_complete: bool = False) -> bool:
    """See Doc.has_annotation."""
    try:
        name = attribute_name(attr)
    except errors.UnknownTokenAttributeError as error:
        raise errors.UnknownAnnotationError(error.text) from None
    n = len(doc)
    if n == 0:
        return True
    if name == "HEAD":
        name = "DEP"
    if name == "SENT_START":
        if n == 1:
            return True
        column = doc.column(name)
        present = column is not None and column[1:] != 0
    elif name in IDS_STORED or name == "ENT_IOB":
        column = doc.column(name)
        present = column is not None and column != 0
    else:
        present = values_of(doc, name, 0, n) != 0
    if present is False:
        return False
    return bool(numpy.all(present) if require_complete else numpy.any(present))


def count_by(doc: Any, attr: Any, exclude: Callable[[Any], bool] | None, counts: Any) -> Any:
    """See Doc.count_by."""
    values = values_of(doc, attribute_name(attr), 0, len(doc)).tolist()
    if exclude is not None:
        values = [value for token, value in zip(doc, values, strict=True) if not exclude(token)]
    if counts is None:
        return dict(Counter(values))
    for value in values:
        counts[value] += 1
    return None


def to_utf8_array(doc: Any, nr_char: int) -> numpy.ndarray:
    """See Doc.to_utf8_array."""
    words = [token.text.encode("utf8", "surrogatepass") for token in doc]
    width = nr_char if nr_char >= 0 else max(map(len, words), default=0)
    array = numpy.full((len(words), width), 255, dtype="u1")
    for i, word in enumerate(words):
        cut = word[:width]
        array[i, : len(cut)] = numpy.frombuffer(cut, dtype="u1")
    return array
