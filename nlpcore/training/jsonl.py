"""Texts with spans as JSON lines, one object a line::

    {"text": "Ada Lovelace wrote letters.", "entities": [[0, 12, "PER"]]}
    {"text": "The ferry from Oslo was late.", "spans": [{"start": 15, "end": 19, "label": "LOC"}]}

Offsets count characters, ends are exclusive. Other keys are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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

    Entities that do not begin and end with tokens are unknown, with a warning. Raises CorpusError (a
    ValueError) naming file and line, OSError.
    """
    from .example import Example

    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if not text.strip():
                    continue
                example = Example.from_dict(*_checked(nlp, text))
            except UnicodeDecodeError as e:
                problem = f"it is not UTF-8 ({e.reason}): convert it first"
                raise CorpusError(path=fspath(path), line=number, problem=problem) from None
            except (ValueError, RecursionError) as e:
                problem = e.text if isinstance(e, NlpcoreError) else str(e)
                raise CorpusError(path=fspath(path), line=number, problem=problem) from e
            yield example


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
    return doc, {"entities": [_span(span, len(entry["text"])) for span in given[0]]}


def _span(span: Any, length: int) -> tuple[int, int, str]:
    parts = [span.get(key) for key in ("start", "end", "label")] if isinstance(span, dict) else span
    if isinstance(parts, list) and len(parts) == 3:
        start, end, label = parts
        if type(start) is int and type(end) is int and isinstance(label, str) and label:
            if 0 <= start < end <= length:
                return start, end, label
            raise ValueError(f"the span {start} to {end} is not inside of its text of {length} characters")
    raise ValueError(f"{span!r:.80} is no span: start, end and label are needed")


def to_jsonl(docs: Iterable[Doc]) -> Iterator[str]:
    """A line for each Doc, with its entities where these are annotated."""
    for doc in docs:
        entry: dict[str, Any] = {"text": doc.text}
        if doc.has_annotation("ENT_IOB"):
            entry["entities"] = [[ent.start_char, ent.end_char, ent.label_] for ent in doc.ents]
        yield json.dumps(entry, ensure_ascii=False) + "\n"
