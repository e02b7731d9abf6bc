"""Groups of spans of one Doc, that may overlap: ``doc.spans["name"]``."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from nlpcore import errors
from nlpcore.lazy import numpy
from nlpcore.tokens import _pack
from nlpcore.tokens.span import Span

SYMBOLS_END = 457


class SpanGroup:
    """A list of spans of one Doc, with a name and attributes. It keeps its Doc alive.

    Raises SpanGroupError (a ValueError) for spans of another Doc.
    """

    def __init__(
        self,
        doc: Any,
        *,
        name: str = "",
        attrs: dict[str, Any] | None = None,
        spans: Iterable[Any] = (),
    ) -> None:
        self._doc = doc
        self.name = name
        self.attrs: dict[str, Any] = {} if attrs is None else dict(attrs)
        self._spans: list[Any] = []
        self.extend(spans)

    @property
    def doc(self) -> Any:
        """The Doc."""
        return self._doc

    @property
    def has_overlap(self) -> bool:
        """Whether any two spans share a token."""
        ordered = sorted(self._spans, key=lambda span: (span.start, span.end))
        return any(after.start < before.end for before, after in pairwise(ordered))

    def __repr__(self) -> str:
        return repr(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._spans))

    def _index(self, i: Any) -> int:
        if not hasattr(i, "__index__"):
            raise TypeError(f"A SpanGroup is indexed by int, not by {type(i).__name__}.")
        index = i.__index__()
        if not -len(self._spans) <= index < len(self._spans):
            raise errors.SpanIndexError(f"There is no span {index} in a group of {len(self._spans)}.")
        return index

    def __getitem__(self, i: int) -> Any:
        return self._spans[self._index(i)]

    def __setitem__(self, i: int, span: Any) -> None:
        index = self._index(i)
        self._spans[index] = self._checked(span)

    def __delitem__(self, i: int) -> None:
        del self._spans[self._index(i)]

    def _checked(self, span: Any) -> Any:
        if not isinstance(span, Span):
            raise TypeError(f"A SpanGroup holds Spans, not {type(span).__name__}.")
        if span.doc is not self._doc:
            raise errors.SpanGroupError("The span belongs to another Doc than the group.")
        return span

    def append(self, span: Any) -> None:
        """Add one span."""
        self._spans.append(self._checked(span))

    def extend(self, spans: Iterable[Any]) -> None:
        """Add spans, or those of another group (whose attributes come too where this has none)."""
        if isinstance(spans, SpanGroup):
            merged = self._concat(spans, inplace=True)
            assert merged is self
            return
        self._spans.extend([self._checked(span) for span in list(spans)])

    def _concat(self, other: SpanGroup, inplace: bool) -> SpanGroup:
        if other.doc is not self._doc:
            raise errors.SpanGroupError("The groups belong to two Docs.")
        group = self if inplace else self.copy()
        group._spans.extend(list(other))
        for name, value in other.attrs.items():
            group.attrs.setdefault(name, value)
        return group

    def __add__(self, other: Any) -> Any:
        return self._concat(other, inplace=False) if isinstance(other, SpanGroup) else NotImplemented

    def __iadd__(self, other: Any) -> Any:
        if isinstance(other, SpanGroup):
            return self._concat(other, inplace=True)
        if not isinstance(other, Iterable):
            return NotImplemented
        self.extend(other)
        return self

    def copy(self, doc: Any = None) -> SpanGroup:
        """A group with the same spans, of this Doc or another with the same characters.

        Raises SpanGroupError where a span does not lie on token boundaries of the other Doc.
        """
        if doc is None or doc is self._doc:
            return SpanGroup(self._doc, name=self.name, attrs=dict(self.attrs), spans=list(self._spans))
        spans = []
        for span in self._spans:
            moved = doc.char_span(
                span.start_char, span.end_char, label=span.label_, kb_id=span.kb_id_, span_id=span.id_
            )
            if moved is None:
                if span.start == span.end and span.end <= len(doc):
                    moved = Span(doc, span.start, span.end, span.label_, kb_id=span.kb_id_, span_id=span.id_)
                else:
                    raise errors.SpanGroupError(
                        f"The span {span!r} does not lie on token boundaries of the Doc that the group is "
                        "copied to."
                    )
            spans.append(moved)
        return SpanGroup(doc, name=self.name, attrs=dict(self.attrs), spans=spans)

    # -- storing -----------------------------------------------------------------------------------------

    def _record(self) -> dict[str, Any]:
        """The group as plain data; the strings of its ids are stored elsewhere."""
        places = numpy.array([(s.start, s.end) for s in self._spans], dtype="<i8").reshape(-1, 2)
        ids = numpy.array([span._ids() for span in self._spans], dtype="<u8").reshape(-1, 3)
        return {
            "name": self.name,
            "attrs": self.attrs,
            "n": len(self._spans),
            "places": places.tobytes(),
            "ids": ids.tobytes(),
        }

    @classmethod
    def _from_record(cls, doc: Any, record: Any, known: set[int]) -> SpanGroup:
        """A group from `_record`; known: ids that the Doc has strings for. Raises DocDataError."""
        from nlpcore.tokens._serialize import check_ids

        _pack.expect(record, dict, "Span group")
        n = _pack.expect(record.get("n"), int, "Span group size")
        if n < 0:
            raise errors.DocDataError("Span group: a negative size.")
        places = _pack.column(record.get("places"), "<i8", 2 * n, "Span group places").reshape(-1, 2)
        ids = _pack.column(record.get("ids"), "<u8", 3 * n, "Span group ids").reshape(-1, 3)
        check_ids(doc.vocab, numpy.unique(ids).tolist(), known, "span group")
        group = cls(
            doc,
            name=_pack.expect(record.get("name", ""), str, "Span group name"),
            attrs=_pack.expect(record.get("attrs", {}), dict, "Span group attributes"),
        )
        for (start, end), (label, kb_id, id) in zip(places.tolist(), ids.tolist(), strict=True):
            if not 0 <= start <= end <= len(doc):
                raise errors.DocDataError(f"Span group: a span from {start} to {end} of {len(doc)} tokens.")
            span = Span(doc, start, end)
            span.label, span.kb_id, span.id = label, kb_id, id
            group._spans.append(span)
        return group

    def to_bytes(self) -> bytes:
        """Name, attributes and spans as bytes."""
        ids = {id for span in self._spans for id in span._ids()}
        strings = sorted({self._doc._string(id) for id in ids if id >= SYMBOLS_END})
        return _pack.dumps({"group": self._record(), "strings": strings})

    def from_bytes(self, bytes_data: bytes) -> SpanGroup:
        """Become the group of `to_bytes`, for a Doc with the same tokens; returns it. Raises DocDataError."""
        data = _pack.expect(_pack.loads(bytes_data, "Span group"), dict, "Span group")
        known = read_strings(self._doc, data.get("strings"))
        group = SpanGroup._from_record(self._doc, data.get("group"), known)
        self.name, self.attrs, self._spans = group.name, group.attrs, group._spans
        return self


def read_strings(doc: Any, strings: Any) -> set[int]:
    """Ids of strings, which the Doc keeps."""
    from nlpcore.vocab.strings import hash_string

    for string in _pack.expect(strings, list, "Span group strings"):
        _pack.expect(string, str, "Span group strings")
    doc._add_strings(strings)
    return {hash_string(string) for string in strings}


class SpanGroups(UserDict):
    """``doc.spans``: groups by name. What is set becomes a SpanGroup of the Doc."""

    def __init__(self, doc: Any, items: Any = ()) -> None:
        self._doc = doc
        super().__init__()
        for key, value in dict(items).items():
            self[key] = value

    @property
    def doc(self) -> Any:
        """The Doc."""
        return self._doc

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"Span groups are named by str, not by {type(key).__name__}.")
        if not isinstance(value, SpanGroup):
            value = SpanGroup(self._doc, name=key, spans=value)
        elif value.doc is not self._doc:
            raise errors.SpanGroupError("The group belongs to another Doc. Use `group.copy(doc=doc)`.")
        super().__setitem__(key, value)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The group of this name, made of `default` (no spans) if there is none."""
        if key not in self.data:
            self[key] = default if default is not None else []
        return self.data[key]

    def copy(self, doc: Any = None) -> SpanGroups:
        """The groups, of this Doc or another with the same characters."""
        other = self._doc if doc is None else doc
        groups = SpanGroups(other)
        for key, group in self.data.items():
            groups[key] = group.copy(doc=other)
        return groups

    def to_bytes(self) -> bytes:
        """All groups as bytes."""
        return _pack.dumps([[key, group.to_bytes()] for key, group in self.data.items()])

    def from_bytes(self, bytes_data: bytes) -> SpanGroups:
        """Become the groups of `to_bytes`, for a Doc with the same tokens. Raises DocDataError."""
        entries = _pack.loads(bytes_data, "Span groups") if bytes_data else []
        groups = {}
        for entry in _pack.expect(entries, list, "Span groups"):
            if not isinstance(entry, list) or len(entry) != 2:
                raise errors.DocDataError("Span groups: an entry is damaged.")
            key = _pack.expect(entry[0], str, "Span group name")
            groups[key] = SpanGroup(self._doc).from_bytes(entry[1])
        self.data = groups
        return self
