"""Corpora from one format to another: what ``nlpcore convert`` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CorpusError
from ..models.files import write_file

if TYPE_CHECKING:
    from ..language import Language
    from ..tokens import Doc

#: how a name ends -> what is written
WRITTEN = {
    ".conllu": "CoNLL-U",
    ".iob2": "a tag a token",
    ".iob": "a tag a token",
    ".jsonl": "JSON lines with spans",
    ".docbin": "DocBin",
}


def convert(nlp: Language, source: Path, target: Path, *, ner: Path | None = None) -> int:
    """Write a corpus in the format that the target's name ends with; how many documents it has.

    source: CoNLL-U (``.conllu``), JSON lines (``.jsonl``, cut to tokens by the pipeline), else a tag a token.
    ner: a file with entities for a treebank. Raises CorpusError (a ValueError), OSError; then nothing is
    written.
    """
    if target.suffix not in WRITTEN:
        known = ", ".join(f"{suffix} ({what})" for suffix, what in WRITTEN.items())
        raise CorpusError(path=str(target), line=0, problem=f"its name must end with one of {known}")
    docs = list(read_docs(nlp, source, ner))
    if target.suffix == ".docbin":
        from ..tokens import DocBin

        write_file(target, DocBin(docs=docs).to_bytes())
    else:
        write_file(target, "".join(_lines(docs, target.suffix)).encode())
    return len(docs)


def read_docs(nlp: Language, source: Path, ner: Path | None = None) -> Iterator[Doc]:
    """The annotated Docs of a corpus."""
    from .corpus import documents_to_docs, read_documents
    from .debugging import read_any
    from .jsonl import read_jsonl

    if source.suffix == ".jsonl":
        for example in read_jsonl(nlp, source):
            yield example.reference
        return
    documents = read_any(source) if ner is None else read_documents(source, ner=ner, ner_labels=None)
    yield from documents_to_docs(nlp.vocab, documents)


def _lines(docs: Iterable[Doc], suffix: str) -> Iterator[str]:
    from .conllu import to_conllu
    from .iob_utils import biluo_to_iob, doc_to_biluo_tags
    from .jsonl import to_jsonl

    if suffix == ".jsonl":
        yield from to_jsonl(docs)
        return
    for doc in docs:
        if suffix == ".conllu":
            yield to_conllu(doc)
            continue
        tags = biluo_to_iob(doc_to_biluo_tags(doc))
        for token, tag in zip(doc, tags, strict=True):
            if not token.is_space:
                sentence_ends = token.i > 0 and token.is_sent_start
                yield f"{chr(10) if sentence_ends else ''}{token.text}\t{tag}\n"
        yield "\n"
