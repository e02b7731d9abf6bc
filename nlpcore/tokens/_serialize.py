"""Docs as bytes.

A Doc is stored as one record, a dict of plain data: the text, token lengths and blanks, each column that
was set as little-endian bytes, and the strings whose ids occur in them. Reading checks every length, id and
index, and adds nothing to the shared string store: what that does not know, the Doc keeps in its own table.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nlpcore import errors
from nlpcore.lazy import numpy
from nlpcore.tokens import _pack
from nlpcore.tokens._views import POS_NAMES
from nlpcore.vocab.strings import hash_string

VERSION = 1
ID_COLUMNS = ("NORM", "TAG", "POS", "DEP", "LEMMA", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "MORPH")
COLUMN_TYPES = {**dict.fromkeys(ID_COLUMNS, "<u8"), "HEAD": "<i4", "SENT_START": "<i1", "ENT_IOB": "<i1"}
SYMBOLS_END = 457  # ids below are names of nlpcore.symbols


def columns_of(doc: Any) -> dict[str, numpy.ndarray]:
    """The annotation columns that were set."""
    found = ((name, doc.column(name)) for name in COLUMN_TYPES)
    return {name: column for name, column in found if column is not None}


def to_dict(doc: Any, exclude: Iterable[str] = ()) -> dict[str, Any]:
    """See Doc.to_dict."""
    columns = columns_of(doc)
    ids: set[int] = set()
    for name in ID_COLUMNS:
        if name in columns:
            ids.update(numpy.unique(columns[name]).tolist())
    parts: dict[str, Any] = {
        "version": VERSION,
        "text": doc.text,
        "lengths": doc.column("LENGTH").astype("<i4").tobytes(),
        "spacy": doc.column("SPACY").astype("<u1").tobytes(),
        "columns": {name: column.astype(COLUMN_TYPES[name]).tobytes() for name, column in columns.items()},
        "has_unknown_spaces": bool(doc.has_unknown_spaces),
        "sentiment": float(doc.sentiment),
    }
    if "tensor" not in exclude:
        parts["tensor"] = _pack.pack_array(doc.tensor) if doc.tensor is not None else None
    if "cats" not in exclude:
        parts["cats"] = dict(doc.cats)
    if "spans" not in exclude:
        groups = []
        for key, group in doc.spans.items() if doc._has_spans else ():
            groups.append([key, group._record()])
            for span in group:
                ids.update(span._ids())
        parts["spans"] = groups
    if "user_data" not in exclude:
        parts["user_data_keys"] = _pack.dumps(list(doc.user_data.keys()))
        parts["user_data_values"] = _pack.dumps(list(doc.user_data.values()))
    parts["strings"] = sorted({doc._string(id) for id in ids if id >= SYMBOLS_END})
    return {name: part for name, part in parts.items() if name not in exclude}


def from_dict(doc: Any, msg: Any, exclude: Iterable[str] = ()) -> Any:
    """See Doc.from_dict."""
    from nlpcore.tokens.span_group import SpanGroup

    if len(doc):
        raise errors.DocDataError(
            f"The Doc has {len(doc)} tokens already. Read into an empty Doc, `Doc(vocab)`."
        )
    what = "Doc"
    _pack.expect(msg, dict, what)
    parts = {name: part for name, part in msg.items() if name not in exclude}
    version = parts.get("version")
    if version != VERSION:
        raise errors.DocDataError(f"{what}: the format has version {version!r}; {VERSION} is read here.")
    text = _pack.expect(parts.get("text"), str, "Doc text")
    raw = _pack.expect(parts.get("lengths"), bytes, "Doc lengths")
    n = len(raw) // 4
    lengths = _pack.column(raw, "<i4", n, "Doc lengths")
    spacy = _pack.column(parts.get("spacy"), "<u1", n, "Doc spacy") != 0
    ends = numpy.cumsum(lengths.astype("i8") + spacy)
    strings = _pack.expect(parts.get("strings", []), list, "Doc strings")
    for string in strings:
        _pack.expect(string, str, "Doc strings")
    known = {hash_string(string) for string in strings}
    columns = {}
    for name, data in _pack.expect(parts.get("columns", {}), dict, "Doc columns").items():
        if name not in COLUMN_TYPES:
            raise errors.DocDataError(f"{what}: there is no column {name!r}.")
        columns[name] = _pack.column(data, COLUMN_TYPES[name], n, f"Doc column {name}")
        if name in ID_COLUMNS:
            check_ids(doc.vocab, numpy.unique(columns[name]).tolist(), known, name)
    user_data = read_user_data(parts) if "user_data" not in exclude else {}
    cats = _pack.expect(parts.get("cats", {}), dict, "Doc cats")
    tensor = parts.get("tensor")
    tensor = numpy.zeros((0,), dtype="f") if tensor is None else _pack.unpack_array(tensor, "Doc tensor")
    sentiment = _pack.expect(parts.get("sentiment", 0.0), (int, float), "Doc sentiment")
    try:
        doc._replace_tokens(text, ends - lengths - spacy, lengths, spacy, columns)
    except errors.DocError as error:
        raise errors.DocDataError(f"{what}: {error.text}") from None
    try:
        doc._add_strings(strings)
        for entry in _pack.expect(parts.get("spans", []), list, "Doc spans"):
            if not isinstance(entry, (list, tuple)) or len(entry) != 2 or not isinstance(entry[0], str):
                raise errors.DocDataError(f"{what}: a span group is damaged.")
            doc.spans[entry[0]] = SpanGroup._from_record(doc, entry[1], known)
    except BaseException:
        doc._replace_tokens("", [], [], [], {})
        raise
    doc.has_unknown_spaces = bool(parts.get("has_unknown_spaces", False))
    doc.sentiment = sentiment
    doc.cats = cats
    doc.tensor = tensor
    doc.user_data.update(user_data)
    return doc


def check_ids(vocab: Any, ids: Iterable[int], known: set[int], what: str) -> None:
    """Raise DocDataError for an id that no string here has."""
    strings = vocab.strings
    for id in ids:
        if what == "POS" and id not in POS_NAMES:
            raise errors.DocDataError(f"Doc column POS: {id} is not the id of a universal part of speech.")
        if id >= SYMBOLS_END and id not in known and id not in strings:
            raise errors.DocDataError(f"Doc column {what}: no string has the id {id}.")


def read_user_data(parts: dict[str, Any]) -> dict[Any, Any]:
    """The user data of a record."""
    if "user_data_keys" not in parts:
        return {}
    keys = _pack.loads(parts["user_data_keys"], "Doc user data", tuples=True)
    values = _pack.loads(parts.get("user_data_values"), "Doc user data")
    if not isinstance(keys, (list, tuple)) or not isinstance(values, list) or len(keys) != len(values):
        raise errors.DocDataError("Doc user data: keys and values do not go together.")
    try:
        return dict(zip(keys, values, strict=True))
    except TypeError as error:
        raise errors.DocDataError(f"Doc user data: a key cannot be one ({error}).") from None


def to_bytes(doc: Any, exclude: Iterable[str] = ()) -> bytes:
    """See Doc.to_bytes."""
    return _pack.dumps(to_dict(doc, exclude))


def from_bytes(doc: Any, data: bytes, exclude: Iterable[str] = ()) -> Any:
    """See Doc.from_bytes."""
    return from_dict(doc, _pack.loads(data, "Doc"), exclude)


def to_disk(doc: Any, path: Any, exclude: Iterable[str] = ()) -> None:
    """See Doc.to_disk."""
    Path(path).write_bytes(to_bytes(doc, exclude))


def from_disk(doc: Any, path: Any, exclude: Iterable[str] = ()) -> Any:
    """See Doc.from_disk."""
    return from_bytes(doc, Path(path).read_bytes(), exclude)


def pickle_state(doc: Any) -> tuple[Any, ...]:
    """What `unpickle` needs: user data and hooks may be any objects, so they travel beside the record."""
    hooks = (doc.user_hooks, doc.user_token_hooks, doc.user_span_hooks)
    return doc.vocab, to_dict(doc, exclude=("user_data",)), doc.user_data, hooks


def unpickle(vocab: Any, record: dict[str, Any], user_data: Any, hooks: tuple[dict, dict, dict]) -> Any:
    """A Doc from `pickle_state`."""
    from nlpcore.tokens.doc import Doc

    doc = Doc(vocab)
    from_dict(doc, record)
    doc.user_data = user_data
    doc.user_hooks, doc.user_token_hooks, doc.user_span_hooks = hooks
    return doc
