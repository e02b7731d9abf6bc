"""From documents to Docs and Examples; files as endless or shuffled streams of them.

A gold Doc has the treebank's words over the document's own text; the white space between them that is no
single blank is a space token without annotation, as the tokenizer would make it.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy

from ..errors import IobError
from ..symbols import IDS
from ..tokens import Doc
from .conllu import read_conllu
from .documents import Document, Entity, Sentence
from .example import Example
from .gum import gum_entities
from .iob import AttachReport, attach_entities, read_iob

ROOT_LABEL = "ROOT"
MISSING, INSIDE, OUTSIDE, BEGIN = 0, 1, 2, 3


def split_document(document: Document, max_words: int) -> Iterator[Document]:
    """The document in pieces of at most `max_words` words, cut at sentence ends; longer sentences stay whole.

    max_words: 0 for no limit.
    """
    if not max_words or len(document) <= max_words:
        yield document
        return
    piece: list[Sentence] = []
    size = 0
    for sentence in document.sentences:
        if piece and size + len(sentence) > max_words:
            yield _piece(document, piece)
            piece, size = [], 0
        piece.append(sentence)
        size += len(sentence)
    yield _piece(document, piece)


def _piece(document: Document, sentences: list[Sentence]) -> Document:
    start, end = sentences[0].start, sentences[-1].end
    moved = []
    for sentence in sentences:
        copy = Sentence(**{name: getattr(sentence, name) for name in Sentence.__dataclass_fields__})
        copy.starts = [position - start for position in sentence.starts]
        copy.ends = [position - start for position in sentence.ends]
        if sentence.entities is not None:
            copy.entities = [Entity(e.start - start, e.end - start, e.label) for e in sentence.entities]
        moved.append(copy)
    return Document(moved, text=document.text[start:end], name=document.name, path=document.path)


def gold_doc(vocab: Any, document: Document) -> Doc:
    """The Doc with the document's words and all annotation that it has; the rest is unset (unknown).

    Words that do not spell the text (in Spanish "del": "de", "el") stand in the Doc's text one after the
    other without a blank. The relation of roots is ROOT. An entity that does not begin and end with words
    makes the words that it touches unknown.
    """
    layout = _Layout(document)
    doc = Doc.from_offsets(vocab, layout.text, layout.starts, layout.lengths, layout.spacy)
    _annotate(doc, document, layout)
    return doc


def plain_doc(vocab: Any, document: Document) -> Doc:
    """The Doc with the document's words and no annotation."""
    layout = _Layout(document)
    return Doc.from_offsets(vocab, layout.text, layout.starts, layout.lengths, layout.spacy)


class _Layout:
    """Text and tokens of a gold Doc; ``words`` are the positions of the document's words among the tokens."""

    def __init__(self, document: Document) -> None:
        starts: list[int] = []
        lengths: list[int] = []
        spacy: list[bool] = []
        self.words: list[int] = []
        parts: list[str] = []
        size = 0  # characters in parts
        position = 0  # in document.text
        text = document.text
        for sentence in document.sentences:
            for i, form in enumerate(sentence.forms):
                start, end = sentence.starts[i], sentence.ends[i]
                if start > position or not self.words:
                    gap = text[position:start]
                    size = self._gap(gap, parts, size, starts, lengths, spacy)
                piece = form if sentence.virtual[i] else text[start:end]
                self.words.append(len(starts))
                starts.append(size)
                lengths.append(len(piece))
                spacy.append(False)
                parts.append(piece)
                size += len(piece)
                position = max(position, end)
        self._gap(text[position:], parts, size, starts, lengths, spacy)
        self.text = "".join(parts)
        self.starts = numpy.array(starts, dtype="i8")
        self.lengths = numpy.array(lengths, dtype="i4")
        self.spacy = numpy.array(spacy, dtype="u1")

    @staticmethod
    def _gap(
        gap: str, parts: list[str], size: int, starts: list[int], lengths: list[int], spacy: list[bool]
    ) -> int:
        """Put white space behind the tokens so far: a first blank belongs to the token before it."""
        parts.append(gap)
        rest = gap
        if starts and gap[:1] == " ":
            spacy[-1] = True
            rest = gap[1:]
        if rest:
            starts.append(size + len(gap) - len(rest))
            lengths.append(len(rest))
            spacy.append(False)
        return size + len(gap)


def _annotate(doc: Doc, document: Document, layout: _Layout) -> None:
    n = len(doc)
    words = numpy.array(layout.words, dtype="i8")
    strings = doc.vocab.strings
    morphology = doc.vocab.morphology

    def column(layer: str, id_of: Callable[[str], int]) -> numpy.ndarray | None:
        if all(getattr(sentence, layer) is None for sentence in document.sentences):
            return None
        cache: dict[str, int] = {}
        ids: list[int] = []
        for sentence in document.sentences:
            values = getattr(sentence, layer)
            if values is None:
                ids += [0] * len(sentence)
                continue
            for value in values:
                if value not in cache:
                    cache[value] = id_of(value)
                ids.append(cache[value])
        result = numpy.zeros(n, dtype="u8")
        result[words] = numpy.array(ids, dtype="u8")
        return result

    for name, layer, id_of in (
        ("TAG", "xpos", lambda value: strings.add(value) if value else 0),
        ("LEMMA", "lemmas", lambda value: strings.add(value) if value else 0),
        ("POS", "upos", lambda value: IDS.get(value, 0)),
        ("MORPH", "feats", lambda value: morphology.add(value or "_")),
    ):
        values = column(layer, id_of)
        if values is not None:
            doc.set_column(name, values)
    _set_parse(doc, document, words)
    _set_entities(doc, document, words)


def _set_parse(doc: Doc, document: Document, words: numpy.ndarray) -> None:
    n = len(doc)
    heads = numpy.arange(n, dtype="i4")
    deps = numpy.zeros(n, dtype="u8")
    starts = numpy.zeros(n, dtype="i1")
    strings = doc.vocab.strings
    offset = 0
    known = parsed = False
    for sentence in document.sentences:
        first, size = offset, len(sentence)
        offset += size
        own = words[first:offset]
        end = int(words[offset]) if offset < len(words) else n
        if sentence.boundary:
            known = True
            starts[own[0] : end] = -1
            starts[own[0]] = 1
        if sentence.heads is None:
            continue
        parsed = True
        relative = numpy.array(sentence.heads, dtype="i8")
        heads[own] = own[relative]
        labels = sentence.deprels or [""] * size
        for token, head, label, i in zip(own.tolist(), sentence.heads, labels, range(size), strict=True):
            deps[token] = strings.add(ROOT_LABEL if head == i else label) if label or head == i else 0
    if known and len(words) and words[0] > 0:
        starts[: words[0]] = -1  # white space before the first word
    if parsed:
        doc.set_parse(heads, deps, starts)
    elif known:
        doc.set_column("SENT_START", starts)


def _set_entities(doc: Doc, document: Document, words: numpy.ndarray) -> None:
    if all(sentence.entities is None for sentence in document.sentences):
        return
    codes = numpy.full(len(doc), OUTSIDE, dtype="i1")
    types = numpy.zeros(len(doc), dtype="u8")
    offset = 0
    for sentence in document.sentences:
        own = words[offset : offset + len(sentence)]
        offset += len(sentence)
        if sentence.entities is None:
            codes[own[0] : own[-1] + 1] = MISSING
            continue
        for entity in sentence.entities:
            touched = [
                i
                for i, (start, end) in enumerate(zip(sentence.starts, sentence.ends, strict=True))
                if start < entity.end and end > entity.start
            ]
            if not touched:
                continue
            first, last = touched[0], touched[-1]
            tokens = slice(int(own[first]), int(own[last]) + 1)
            exact = sentence.starts[first] == entity.start and sentence.ends[last] == entity.end
            if entity.label is None or not exact:
                codes[tokens] = MISSING
                types[tokens] = 0
            else:
                codes[tokens] = INSIDE
                codes[tokens.start] = BEGIN
                types[tokens] = doc.vocab.strings.add(entity.label)
    doc.set_column("ENT_IOB", codes)
    doc.set_column("ENT_TYPE", types)


def documents_to_docs(vocab: Any, documents: Iterable[Document], *, max_words: int = 0) -> Iterator[Doc]:
    """Gold Docs, one a document or piece of one (`split_document`)."""
    for document in documents:
        for piece in split_document(document, max_words):
            yield gold_doc(vocab, piece)


def documents_to_examples(
    nlp: Any, documents: Iterable[Document], *, gold_tokens: bool = False, max_words: int = 0
) -> Iterator[Example]:
    """Examples whose reference is the gold Doc.

    gold_tokens: the predicted Doc has the reference's tokens; else those that `nlp.make_doc` finds in the
        text, if it can be aligned with the words.
    max_words: long documents are cut at sentence ends into pieces of at most so many words; 0: not at all.
    """
    for document in documents:
        for piece in split_document(document, max_words):
            reference = gold_doc(nlp.vocab, piece)
            if gold_tokens or reference.text != piece.text:
                yield Example(plain_doc(nlp.vocab, piece), reference)
            else:
                yield Example(nlp.make_doc(piece.text), reference)


def read_documents(
    path: str | PathLike[str],
    *,
    ner: str | PathLike[str] | None = None,
    ner_labels: str | Mapping[str, str | None] | None = "uner",
    gum: bool = False,
    on_report: Callable[[AttachReport], Any] | None = None,
) -> list[Document]:
    """The documents of a CoNLL-U file, with entities.

    ner: a file with one entity tag a token (see `read_iob`) for the same text; ner_labels: its labels;
        on_report: called with what could not be aligned; if that is everything, IobError is raised. gum: take
        the entities from GUM's ``Entity=``.
    Raises ConlluError, IobError, OSError.
    """
    documents = list(read_conllu(path))
    if ner is not None:
        annotated = list(read_iob(ner, labels=ner_labels))
        report = attach_entities(documents, annotated)
        if report.sentences == 0:
            first = [sentence.line for document in annotated for sentence in document.sentences][:1]
            problem = f"none of its sentences has the text of a sentence in {fspath(path)}"
            raise IobError(path=fspath(ner), line=(first or [1])[0], problem=problem)
        if on_report is not None:
            on_report(report)
    elif gum:
        for document in documents:
            gum_entities(document)
    return documents


def stored_examples(nlp: Any, path: str | PathLike[str], *, gold_tokens: bool = False) -> Iterator[Example]:
    """Examples of the Docs in a file that ``DocBin.to_disk`` wrote.

    gold_tokens: predicted Docs have the tokens of the stored ones, else those of the pipeline's tokenizer.
    Raises DocDataError (a ValueError).
    """
    from nlpcore.tokens import Doc, DocBin

    from .example import Example

    for reference in DocBin().from_disk(path).get_docs(nlp.vocab):
        if gold_tokens or reference.has_unknown_spaces:
            words = [token.text for token in reference]
            predicted = Doc(nlp.vocab, words=words, spaces=[bool(token.whitespace_) for token in reference])
        else:
            predicted = nlp.make_doc(reference.text)
        yield Example(predicted, reference)


#: Endings of files with a tag a token.
TAGGED = (".iob", ".iob1", ".iob2", ".bio", ".biluo", ".bilou", ".conll", ".tsv", ".txt")


def _is_doc_bin(path: str | PathLike[str]) -> bool:
    from nlpcore.tokens.doc_bin import MAGIC

    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class Corpus:
    """Annotated texts as Examples: ``Corpus("train.conllu")(nlp)`` goes through them once.

    path: a CoNLL-U file; JSON lines (``.jsonl``); a file with a tag a token (``TAGGED`` has the endings);
        what ``DocBin.to_disk`` wrote; or a folder of such files, which are read in the order of their names.
    ner, ner_labels, gum: entities of a CoNLL-U file, see `read_documents`. Without them a file is read as a
        stream, one document at a time.
    gold_tokens, max_words: see `documents_to_examples`. Files with a tag a token have no other tokens.
    limit: at most so many Examples; 0 for all.
    shuffle: a seed: Examples come in a random order, with at most ``buffer`` of them in memory (`shuffled`).
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        ner: str | PathLike[str] | None = None,
        ner_labels: str | Mapping[str, str | None] | None = "uner",
        gum: bool = False,
        gold_tokens: bool = False,
        max_words: int = 0,
        limit: int = 0,
        shuffle: int | None = None,
        buffer: int = 1000,
        on_report: Callable[[AttachReport], Any] | None = None,
    ) -> None:
        self.path = path
        self.ner = ner
        self.ner_labels = ner_labels
        self.gum = gum
        self.gold_tokens = gold_tokens
        self.max_words = max_words
        self.limit = limit
        self.shuffle = shuffle
        self.buffer = buffer
        self.on_report = on_report

    def files(self) -> list[Path]:
        """The files that are read. Raises FileNotFoundError where there is none."""
        path = Path(self.path)
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.iterdir() if file.is_file() and file.name[0] != ".")
        if not found:
            raise FileNotFoundError(errno.ENOENT, "the folder has no files", str(path))
        return found

    def documents(self) -> Iterator[Document]:
        """The documents of CoNLL-U files and of those with a tag a token."""
        for path in self.files():
            yield from self._documents(path)

    def _documents(self, path: Path) -> Iterator[Document]:
        if self.ner is not None or self.gum:
            yield from read_documents(
                path, ner=self.ner, ner_labels=self.ner_labels, gum=self.gum, on_report=self.on_report
            )
        elif path.suffix in TAGGED:
            yield from read_iob(path, labels=None)
        else:
            yield from read_conllu(path)

    def _examples(self, nlp: Any, path: Path) -> Iterator[Example]:
        if path.suffix == ".jsonl":
            from .jsonl import read_jsonl

            return read_jsonl(nlp, path)
        if _is_doc_bin(path):
            return stored_examples(nlp, path, gold_tokens=self.gold_tokens)
        gold_tokens = self.gold_tokens or (path.suffix in TAGGED and self.ner is None)
        return documents_to_examples(
            nlp, self._documents(path), gold_tokens=gold_tokens, max_words=self.max_words
        )

    def __call__(self, nlp: Any) -> Iterator[Example]:
        examples = (example for path in self.files() for example in self._examples(nlp, path))
        limited = islice(examples, self.limit or None)
        return limited if self.shuffle is None else shuffled(limited, self.shuffle, buffer=self.buffer)


def shuffled(items: Iterable[Any], seed: int, *, buffer: int = 1000) -> Iterator[Any]:
    """The items in a random order that depends on `seed` alone, with at most `buffer` of them in memory.

    A stream is shuffled within a window: an item is given a random place among `buffer` others.
    """
    if buffer < 1:
        raise ValueError(f"the buffer holds at least 1 item, not {buffer}")
    rng = random.Random(seed)
    waiting: list[Any] = []
    for item in items:
        if len(waiting) < buffer:
            waiting.append(item)
            continue
        place = rng.randrange(buffer)
        waiting[place], item = item, waiting[place]
        yield item
    rng.shuffle(waiting)
    yield from waiting
