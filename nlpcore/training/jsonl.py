"""Texts with spans as JSON lines, one object a line::

    {"text": "Ada Lovelace wrote letters.", "entities": [[0, 12, "PER"]]}
    {"text": "The ferry from Oslo was late.", "spans": [{"start": 15, "end": 19, "label": "LOC"}]}

Offsets count characters, ends are exclusive. Other keys are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from ..errors import CorpusError, NlpcoreError

if TYPE_CHECKING:
    from ..language import Language
    from ..tokens import Doc
    from .example import Example

KEYS = ("entities", "spans")


def read_jsonl(nlp: Language, path: str | PathLike[str]) -> Iterator[Example]:
    """The Examples of a file, with the tokens of the pipeline; a line without entities says nothing of them.

    Entities that do not begin and end with tokens are unknown (``lost_annotation`` lists them); white space
    at their ends does not count. Raises CorpusError (a ValueError) naming file and line, OSError.
    """
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if not text.strip():
                    continue
                example = _example(*_checked(nlp, text))
            except UnicodeDecodeError as e:
                problem = f"it is not UTF-8 ({e.reason}): convert it first"
                raise CorpusError(path=fspath(path), line=number, problem=problem) from None
            except (ValueError, RecursionError) as e:
                problem = e.text if isinstance(e, NlpcoreError) else str(e)
                raise CorpusError(path=fspath(path), line=number, problem=problem) from e
            yield example


def _example(doc: Doc, annotation: dict[str, Any]) -> Example:
    """An Example whose reference is cut where entities begin and end, also where tokens do not."""
    from .example import Example

    borders = {border for start, end, _ in annotation.get("entities", ()) for border in (start, end)}
    starts = {token.idx for token in doc} | {token.idx + len(token) for token in doc}
    if borders <= starts:
        return Example.from_dict(doc, annotation)
    reference = cut_at(doc, borders)
    spans = [reference.char_span(start, end, label=label) for start, end, label in annotation["entities"]]
    reference.set_ents([span for span in spans if span is not None])
    return Example(doc, reference)


def cut_at(doc: Doc, borders: Iterable[int]) -> Doc:
    """The Doc with tokens that also begin and end at these characters; no annotation."""
    from ..tokens import Doc

    places = sorted(set(borders))
    starts, lengths, spacy = [], [], []
    for token in doc:
        end = token.idx + len(token)
        inside = [place for place in places if token.idx < place < end]
        for start, stop in pairwise([token.idx, *inside, end]):
            starts.append(start)
            lengths.append(stop - start)
            spacy.append(stop == end and bool(token.whitespace_))
    return Doc.from_offsets(doc.vocab, doc.text, starts, lengths, spacy)


def _checked(nlp: Language, line: str) -> tuple[Doc, dict[str, Any]]:
    """Doc and annotation of a line. Raises ValueError."""
    try:
        entry = json.loads(line)
    except ValueError as e:
        raise ValueError(f"it is no JSON ({e})") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise ValueError('it is no object with a "text"')
    given = [entry[key] for key in KEYS if entry.get(key) is not None]
    doc = nlp.make_doc(entry["text"])
    if not given:
        return doc, {}
    if len(given) > 1 or not isinstance(given[0], list):
        raise ValueError('"entities" or "spans" must be one list')
    return doc, {"entities": [_span(span, entry["text"]) for span in given[0]]}


def _span(span: Any, text: str) -> tuple[int, int, str]:
    length = len(text)
    parts = [span.get(key) for key in ("start", "end", "label")] if isinstance(span, dict) else span
    if isinstance(parts, list) and len(parts) == 3:
        start, end, label = parts
        if type(start) is int and type(end) is int and isinstance(label, str) and label:
            if 0 <= start < end <= length and not text[start:end].isspace():
                words = text[start:end]
                start += len(words) - len(words.lstrip())
                return start, start + len(words.strip()), label
            what = "white space" if 0 <= start < end <= length else "not inside of its text"
            raise ValueError(f"the span {start} to {end} is {what} (the text has {length} characters)")
    raise ValueError(f"{span!r:.80} is no span: start, end and label are needed")


def to_jsonl(docs: Iterable[Doc]) -> Iterator[str]:
    """A line for each Doc, with its entities where these are annotated."""
    for doc in docs:
        entry: dict[str, Any] = {"text": doc.text}
        if doc.has_annotation("ENT_IOB"):
            entry["entities"] = [[ent.start_char, ent.end_char, ent.label_] for ent in doc.ents]
        yield json.dumps(entry, ensure_ascii=False) + "\n"
