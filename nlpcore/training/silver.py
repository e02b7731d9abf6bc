"""Silver data: raw text as a teacher has read it, in compact files (shards) that a student learns from.

A shard is an archive (docs/model-format.md), compressed: the texts, and a few bytes for each token. The
tokens themselves are not in it, they are what the tokenizer gives. Beside the annotation stands how certain
the teacher was, in 255ths: what it was not certain of can be left out when the shard is read.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelDataError, SilverError
from ..models.archive import Archive, dump_archive, load_archive
from ..models.files import read_file, write_file
from ..pipeline.graph_parser import GraphParser
from ..pipeline.morphologizer import Morphologizer
from ..pipeline.tagger import Tagger
from ..tokens._docs import part
from .example import Example

if TYPE_CHECKING:
    from ..language import Language
    from ..tokens import Doc

KIND = "data"
CONTENT = "silver"
ENDING = ".silver"
#: Columns of ids: stored as a table of strings and an index into it for each token.
ID_COLUMNS = ("TAG", "POS", "MORPH", "LEMMA", "DEP", "ENT_TYPE")
#: Components that know how certain they are, and the column that it is about.
CERTAIN = {Tagger: "TAG", Morphologizer: "MORPH", GraphParser: "HEAD"}
CERTAINTIES = tuple(CERTAIN.values())
SURE = 255


@dataclass
class Shard:
    """The texts of a shard and, for all their tokens one after the other (N), what the teacher said.

    tables: strings by column, index (N,) into them: ``ids``. heads (N,) int16: from the token; starts, iob
    (N,) int8; certainty: by column (N,) uint8.
    """

    teacher: int
    texts: list[str]
    counts: np.ndarray
    tables: dict[str, list[str]]
    ids: dict[str, np.ndarray]
    heads: np.ndarray
    starts: np.ndarray
    iob: np.ndarray
    certainty: dict[str, np.ndarray]

    @property
    def n_tokens(self) -> int:
        return int(self.counts.sum())


def annotate(nlp: Language, texts: Sequence[str], teacher: int) -> Shard:
    """What a pipeline says of texts."""
    with ExitStack() as stack:
        parsers = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, GraphParser)]
        noted = {parser.name: stack.enter_context(parser.noting_certainty()) for parser in parsers}
        docs = list(nlp.pipe(texts, batch_size=256))
    tables, ids = {}, {}
    for name in ID_COLUMNS:
        values = joined(docs, name, "uint64")
        distinct, index = np.unique(values, return_inverse=True)
        strings = {int(value): "" for value in distinct}
        for doc in docs:
            column = doc.column(name)
            for value in [] if column is None else np.unique(column).tolist():
                strings[value] = strings[value] or doc._string(value)
        tables[name] = [strings[int(value)] for value in distinct]
        ids[name] = index.astype("uint8" if len(distinct) <= 256 else "uint32")
    heads = [np.zeros(0, dtype="int64")]
    for doc in docs:
        column = doc.column("HEAD")
        own = np.arange(len(doc))
        heads.append(own * 0 if column is None else column - own)
    return Shard(
        teacher,
        list(texts),
        np.array([len(doc) for doc in docs], dtype="int32"),
        tables,
        ids,
        np.clip(np.concatenate(heads), -(2**15), 2**15 - 1).astype("int16"),
        joined(docs, "SENT_START", "int8"),
        joined(docs, "ENT_IOB", "int8"),
        certainties(nlp, docs, noted),
    )


def joined(docs: Sequence[Doc], name: str, dtype: str) -> np.ndarray:
    """A column of all documents, zero where one does not have it."""
    columns = [(len(doc), doc.column(name)) for doc in docs]
    parts = [np.zeros(n, dtype=dtype) if column is None else column for n, column in columns]
    return np.concatenate([np.zeros(0, dtype=dtype), *parts]).astype(dtype)


def certainties(
    nlp: Language, docs: Sequence[Doc], noted: Mapping[str, Mapping[int, np.ndarray]]
) -> dict[str, np.ndarray]:
    """By column the probability of what stands there, in 255ths; ``SURE`` where nobody knows it.

    noted: by the name of a component, and a document's id, what it noted while it annotated.
    """
    starts = np.cumsum([0, *map(len, docs)])
    found = {name: np.full(starts[-1], SURE, dtype="uint8") for name in CERTAINTIES}
    for _, pipe in nlp.pipeline:
        name = CERTAIN.get(type(pipe))
        if name is None:
            continue
        certain: Any = pipe
        own = noted.get(certain.name)
        by_doc = certain.certainty(docs) if own is None else [own[id(doc)] for doc in docs]
        for doc, start, values in zip(docs, starts[:-1], by_doc, strict=True):
            index, _, _ = doc.network_input()
            found[name][start + index] = np.clip(values * SURE, 0, SURE)
    return found


# -- files --------------------------------------------------------------------------------------------------


def write_shard(path: Path, shard: Shard) -> None:
    """Write a shard, whole or not at all. Raises OSError."""
    encoded = [text.encode("utf8", "surrogatepass") for text in shard.texts]
    header = {"kind": KIND, "content": CONTENT, "teacher": shard.teacher, "tables": shard.tables}
    header["texts"] = checksum(shard.texts)
    tensors = {
        "text": np.frombuffer(b"".join(encoded), dtype="uint8"),
        "sizes": np.array([len(text) for text in encoded], dtype="int32"),
        "counts": shard.counts,
        "heads": shard.heads,
        "starts": shard.starts,
        "iob": shard.iob,
        **{f"ids/{name}": values for name, values in shard.ids.items()},
        **{f"certainty/{name}": values for name, values in shard.certainty.items()},
    }
    write_file(path, lzma.compress(dump_archive(header, tensors), preset=2))


def checksum(texts: Iterable[str]) -> int:
    """CRC-32 of texts."""
    crc = 0
    for text in texts:
        crc = zlib.crc32(text.encode("utf8", "surrogatepass") + b"\n", crc)
    return crc


def read_shard(path: Path) -> Shard:
    """Raises SilverError (a ValueError) for anything but a sound shard, OSError."""
    try:
        return shard_of(load_archive(lzma.decompress(read_file(path)), kind=KIND))
    except (ModelDataError, lzma.LZMAError, LookupError, TypeError, ValueError, AttributeError) as e:
        raise SilverError(path=path, reason=str(e)) from e


def shard_of(archive: Archive) -> Shard:
    """Everything is checked: sizes, indices, and what the columns say of one another."""
    header, tensors = archive.header, archive.tensors
    if header.get("content") != CONTENT:
        raise ValueError("it is no silver data")
    sizes, counts = tensors["sizes"], tensors["counts"]
    n = int(counts.sum())
    if len(sizes) != len(counts) or (sizes < 0).any() or (counts < 0).any():
        raise ValueError("its texts have no sizes")
    data = tensors["text"].tobytes()
    ends = np.cumsum(sizes, dtype="int64")
    if len(data) != (int(ends[-1]) if len(ends) else 0):
        raise ValueError("its texts do not have their sizes")
    texts = [
        data[end - size : end].decode("utf8", "surrogatepass")
        for end, size in zip(ends.tolist(), sizes.tolist(), strict=True)
    ]
    tables = {name: list(map(str, header["tables"][name])) for name in ID_COLUMNS}
    ids = {name: tensors[f"ids/{name}"] for name in ID_COLUMNS}
    certainty = {name: tensors[f"certainty/{name}"] for name in CERTAINTIES}
    columns = [*ids.values(), *certainty.values(), tensors["heads"], tensors["starts"], tensors["iob"]]
    if any(column.shape != (n,) for column in columns):
        raise ValueError("a column does not have a value for each token")
    for name, index in ids.items():
        if n and int(index.max()) >= len(tables[name]):
            raise ValueError(f"the column {name} points behind its table")
    return Shard(
        int(header["teacher"]),
        texts,
        counts,
        tables,
        ids,
        tensors["heads"],
        tensors["starts"],
        tensors["iob"],
        certainty,
    )


# -- what a student reads -----------------------------------------------------------------------------------


class Silver:
    """The shards of a folder as Examples, each time that somebody goes through them.

    words: so many are read, if there are so many; 0: all. certain: by column, how certain the teacher must
    have been (0 to 1) for its word to count; what it was less certain of is unknown. POS and MORPH are about
    part of speech and features together: the first alone is still learned where the second is not. max_words:
    longer texts are cut at sentence ends.

    Raises SilverError (a ValueError), also where the tokenizer is another one than the teacher's; OSError.
    """

    def __init__(
        self,
        nlp: Language,
        folder: str | Path,
        *,
        words: int = 0,
        certain: dict[str, float] | None = None,
        max_words: int = 120,
    ) -> None:
        self.nlp = nlp
        self.folder = Path(folder)
        self.words = words
        self.certain = certain or {}
        self.max_words = max_words

    def __iter__(self) -> Iterator[Example]:
        left = self.words or float("inf")
        for path in shard_paths(self.folder):
            for doc in self.docs(read_shard(path), path):
                if left <= 0:
                    return
                left -= len(doc)
                for piece in pieces_of(doc, self.max_words):
                    # Nothing annotates it before it is learned from: one Doc can be both.
                    yield Example(piece, piece)

    def docs(self, shard: Shard, path: Path) -> Iterator[Doc]:
        """The texts of a shard as annotated Docs."""
        strings = self.nlp.vocab.strings
        columns: dict[str, np.ndarray] = {}
        for name in ID_COLUMNS:
            add = self.nlp.vocab.morphology.add if name == "MORPH" else strings.add
            values = [add(string) if string else 0 for string in shard.tables[name]]
            columns[name] = np.array(values or [0], dtype="uint64")[shard.ids[name]]
        heads = shard.heads.astype("int64")
        known = {name: shard.certainty[name] >= self.certain.get(name, 0.0) * SURE for name in CERTAINTIES}
        columns["TAG"] *= known["TAG"]
        columns["POS"] *= shard.certainty["MORPH"] >= self.certain.get("POS", 0.0) * SURE
        columns["MORPH"] *= known["MORPH"]
        columns["DEP"] *= known["HEAD"]
        heads *= known["HEAD"]  # its own head, without a relation: nothing is known of it
        start = 0
        for text, n in zip(shard.texts, shard.counts.tolist(), strict=True):
            doc = self.nlp.make_doc(text)
            own = slice(start, start + n)
            start += n
            if len(doc) != n:
                reason = f"the pipeline's tokenizer finds {len(doc)} tokens where the teacher had {n}"
                raise SilverError(path=path, reason=reason)
            if not n:
                continue
            for name in ("TAG", "POS", "MORPH", "LEMMA", "ENT_TYPE"):
                doc.set_column(name, columns[name][own])
            doc.set_column("ENT_IOB", shard.iob[own])
            absolute = (heads[own] + np.arange(n)).astype("int32")
            try:
                doc.set_parse(absolute, columns["DEP"][own], shard.starts[own])
            except ValueError as e:
                raise SilverError(path=path, reason=str(e)) from e
            yield doc


def shard_paths(folder: Path) -> list[Path]:
    """The shards of a folder in their order. Raises SilverError where there is none."""
    paths = sorted(folder.glob(f"*{ENDING}"))
    if not paths:
        raise SilverError(path=folder, reason="there is no silver data in it")
    return paths


def pieces_of(doc: Doc, max_words: int) -> Iterator[Doc]:
    """The Doc, or parts of it of at most ``max_words`` tokens; sentences that are longer stay whole."""
    if not max_words or len(doc) <= max_words:
        yield doc
        return
    starts: Any = doc.column("SENT_START")
    borders = [*np.flatnonzero(starts == 1).tolist(), len(doc)]
    first = 0
    for border, following in zip(borders, [*borders[1:], len(doc) + max_words + 1], strict=True):
        if border > first and following - first > max_words:
            yield annotated_part(doc, first, border)
            first = border


def annotated_part(doc: Doc, start: int, stop: int) -> Doc:
    """Sentences of a Doc as one of their own."""
    piece = part(doc, start, stop)
    for name in ("TAG", "POS", "MORPH", "LEMMA", "ENT_IOB", "ENT_TYPE"):
        column = doc.column(name)
        if column is not None:
            piece.set_column(name, column[start:stop])
    heads, deps, starts = (np.asarray(doc.column(name)) for name in ("HEAD", "DEP", "SENT_START"))
    piece.set_parse((heads[start:stop] - start).astype("int32"), deps[start:stop], starts[start:stop])
    return piece
