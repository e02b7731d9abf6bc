"""DocBin: many Docs in few bytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nlpcore import errors
from nlpcore.attrs import IDS
from nlpcore.tokens import _pack, _serialize
from nlpcore.tokens._arrays import NAME_OF

MAGIC = b"nlpcore-docs-1\n"
DEFAULT_ATTRS = (
    *("TAG", "POS", "LEMMA", "DEP", "HEAD", "SENT_START", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"),
    *("MORPH", "NORM"),
)
MAX_BYTES = 1 << 32  # of what one DocBin may unpack to


class DocBin:
    """Docs with chosen attributes, to be stored together.

    attrs: names (or ids) of the attributes to keep; ORTH and SPACY are kept always. store_user_data: keep
    ``doc.user_data`` too, which then must be plain data. docs: Docs to begin with.

    The bytes are ours: a magic line, then msgpack under zlib. Reading them checks every size, id and index,
    and raises DocDataError (a ValueError) for bytes that are damaged or something else.
    """

    def __init__(
        self,
        attrs: Iterable[str | int] = DEFAULT_ATTRS,
        store_user_data: bool = False,
        docs: Iterable[Any] = (),
    ) -> None:
        names = set()
        for attr in attrs:
            name = attr if isinstance(attr, str) else NAME_OF.get(attr, "")
            if name not in IDS or not name:
                raise errors.UnknownTokenAttributeError(
                    f"There is no attribute {attr!r}. There is: {', '.join(DEFAULT_ATTRS)}."
                )
            names.add(name)
        names -= {"ORTH", "SPACY"}
        self.attrs: list[int] = sorted(IDS[name] for name in (*names, "ORTH"))
        self.store_user_data = store_user_data
        self._records: list[dict[str, Any]] = []
        for doc in docs:
            self.add(doc)

    @property
    def _columns(self) -> set[str]:
        return {NAME_OF[attr] for attr in self.attrs} & set(_serialize.COLUMN_TYPES)

    def __len__(self) -> int:
        """Number of Docs."""
        return len(self._records)

    def add(self, doc: Any) -> None:
        """Add a Doc's text, attributes, categories and span groups."""
        if not hasattr(doc, "to_array"):
            raise AttributeError(f"A DocBin takes Docs, not {type(doc).__name__}.")
        exclude = {"tensor", "sentiment"}
        if not self.store_user_data:
            exclude.add("user_data")
        record = _serialize.to_dict(doc, exclude)
        wanted = self._columns
        record["columns"] = {name: raw for name, raw in record["columns"].items() if name in wanted}
        self._records.append(record)

    def get_docs(self, vocab: Any) -> Iterator[Any]:
        """The Docs, made one by one."""
        from nlpcore.tokens.doc import Doc

        for record in self._records:
            yield _serialize.from_dict(Doc(vocab), record)

    def merge(self, other: DocBin) -> None:
        """Add the Docs of another DocBin with the same attributes. Raises DocDataError for others."""
        if self.attrs != other.attrs:
            raise errors.DocDataError(
                f"The DocBins keep different attributes: {_names(self.attrs)}, and {_names(other.attrs)}."
            )
        self._records.extend(other._records)

    def to_bytes(self) -> bytes:
        """All Docs as bytes."""
        data = {
            "attrs": _names(self.attrs),
            "store_user_data": bool(self.store_user_data),
            "docs": self._records,
        }
        return MAGIC + zlib.compress(_pack.dumps(data))

    def from_bytes(self, bytes_data: bytes) -> DocBin:
        """Become the DocBin of `to_bytes`; returns it. Raises DocDataError (a ValueError)."""
        if not isinstance(bytes_data, (bytes, bytearray, memoryview)):
            raise errors.DocDataError(f"A DocBin is read from bytes, not {type(bytes_data).__name__}.")
        raw = bytes(bytes_data)
        if not raw.startswith(MAGIC):
            raise errors.DocDataError("These bytes are no DocBin of nlpcore: they do not begin like one.")
        packer = zlib.decompressobj()
        try:
            plain = packer.decompress(raw[len(MAGIC) :], MAX_BYTES)
        except zlib.error as error:
            raise errors.DocDataError(f"The DocBin is damaged ({error}).") from None
        if not packer.eof or packer.unused_data:
            raise errors.DocDataError("The DocBin is damaged: it is cut short, or something follows it.")
        data = _pack.expect(_pack.loads(plain, "DocBin"), dict, "DocBin")
        names = _pack.expect(data.get("attrs"), list, "DocBin attributes")
        if not all(isinstance(name, str) and name in IDS for name in names):
            raise errors.DocDataError("DocBin: an attribute that does not exist.")
        records = _pack.expect(data.get("docs"), list, "DocBin docs")
        for record in records:
            _pack.expect(record, dict, "DocBin doc")
        self.attrs = sorted(IDS[name] for name in set(names))
        self.store_user_data = bool(data.get("store_user_data", False))
        self._records = records
        return self

    def to_disk(self, path: Any) -> None:
        """Write `to_bytes` to a file."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: Any) -> DocBin:
        """Become the DocBin of a file; returns it."""
        return self.from_bytes(Path(path).read_bytes())


def _names(attrs: Sequence[int]) -> list[str]:
    return [NAME_OF[attr] for attr in attrs]
