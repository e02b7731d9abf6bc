"""Entity tags: BILUO, IOB and offsets, from one to the other.

BILUO marks a token as Begin, In, Last, Unit or Out of an entity; ``-`` (or None, or the empty string) says
that the token's annotation is missing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..errors import EntityTagError

MISSING_TAGS = ("", "-", None)


def iob_to_biluo(tags: Iterable[str]) -> list[str]:
    """IOB1 or IOB2 tags as BILUO. Raises EntityTagError (a ValueError) for what is neither."""
    result: list[str] = []
    tags = list(tags)
    for i, tag in enumerate(tags):
        if tag == "O":
            result.append(tag)
            continue
        prefix, _, label = tag.partition("-")
        if prefix not in ("B", "I") or not label:
            raise EntityTagError(problem=f"{tag!r} is no IOB tag; O, B-LABEL and I-LABEL are")
        begins = prefix == "B" or i == 0 or tags[i - 1] == "O" or tags[i - 1][2:] != label
        ends = i + 1 == len(tags) or tags[i + 1] != f"I-{label}"
        result.append(("U-" if ends else "B-") + label if begins else ("L-" if ends else "I-") + label)
    return result


def biluo_to_iob(tags: Iterable[str | None]) -> list[str | None]:
    """BILUO tags as IOB2; other tags stay as they are."""
    result = []
    for tag in tags:
        if tag is not None and tag[:2] == "U-":
            tag = "B-" + tag[2:]
        elif tag is not None and tag[:2] == "L-":
            tag = "I-" + tag[2:]
        result.append(tag)
    return result


def tags_to_entities(tags: Iterable[str | None]) -> list[tuple[str, int, int]]:
    """(label, first token, last token) of each entity in BILUO tags; the last token is inside it.

    An entity that is begun and never ended is left out. Raises EntityTagError (a ValueError) for a
    tag that is no BILUO tag, or one that goes on with an entity that was not begun.
    """
    entities: list[tuple[str, int, int]] = []
    start: int | None = None
    for i, tag in enumerate(tags):
        if tag is None or tag.startswith("-"):
            start = None
        elif tag.startswith("O"):
            pass
        elif tag.startswith("U"):
            entities.append((tag[2:], i, i))
        elif tag.startswith("B"):
            start = i
        elif tag.startswith(("I", "L")):
            if start is None:
                problem = f"{tag} of token {i} goes on with an entity that no token before it begins (B-)"
                raise EntityTagError(problem=problem)
            if tag[0] == "L":
                entities.append((tag[2:], start, i))
                start = None
        else:
            raise EntityTagError(problem=f"{tag!r} of token {i} is no BILUO tag")
    return entities


def doc_to_biluo_tags(doc: Any, missing: str = "O") -> list[str]:
    """The tags of a Doc's entities; tokens without annotation get `missing`."""
    return offsets_to_biluo_tags(
        doc, [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents], missing=missing
    )


def offsets_to_biluo_tags(
    doc: Any, entities: Iterable[tuple[int, int, str | int]], missing: str = "O"
) -> list[str]:
    """BILUO tags of entities given as (first character, end character, label).

    Tokens of a span that does not begin and end with tokens get "-" and a warning. Raises EntityTagError (a
    ValueError) if spans overlap.
    """
    starts = {token.idx: token.i for token in doc}
    ends = {token.idx + len(token): token.i for token in doc}
    tags = [missing] * len(doc)
    # Inside a misaligned entity the tokens are unknown; outside all entities they are `missing`.
    taken: dict[int, tuple[int, int, str | int]] = {}
    unaligned = []
    entities = [(start, end, label) for start, end, label in entities]
    for start, end, label in entities:
        name = doc.vocab.strings[label] if isinstance(label, int) else label
        for token in _tokens_touched(doc, start, end):
            if token in taken:
                raise EntityTagError(
                    problem=f"the entities {taken[token]} and {(start, end, label)} share token {token} "
                    f"({doc[token].text!r}); use doc.spans for spans that overlap"
                )
            taken[token] = (start, end, label)
        if not name:
            for token in _tokens_touched(doc, start, end):
                tags[token] = "O"
            continue
        first, last = starts.get(start), ends.get(end)
        if first is None or last is None:
            unaligned.append((start, end, name))
            for token in _tokens_touched(doc, start, end):
                tags[token] = "-"
        elif first == last:
            tags[first] = f"U-{name}"
        else:
            tags[first] = f"B-{name}"
            for token in range(first + 1, last):
                tags[token] = f"I-{name}"
            tags[last] = f"L-{name}"
    if unaligned:
        text = doc.text if len(doc.text) <= 60 else doc.text[:60] + "…"
        warnings.warn(
            f"Entities that do not begin and end with tokens are ignored in training: {unaligned[:5]} in "
            f"{text!r}. Look at offsets_to_biluo_tags(nlp.make_doc(text), entities) for such texts.",
            UserWarning,
            stacklevel=2,
        )
    return tags


def _tokens_touched(doc: Any, start: int, end: int) -> list[int]:
    return [token.i for token in doc if token.idx < end and token.idx + len(token) > start]


def biluo_tags_to_spans(doc: Any, tags: Iterable[str | None]) -> list[Any]:
    """Spans of `doc` for the entities in BILUO tags."""
    from ..tokens import Span

    return [Span(doc, first, last + 1, label=label) for label, first, last in tags_to_entities(tags)]


def biluo_tags_to_offsets(doc: Any, tags: Iterable[str | None]) -> list[tuple[int, int, str]]:
    """(first character, end character, label) for the entities in BILUO tags."""
    return [(span.start_char, span.end_char, span.label_) for span in biluo_tags_to_spans(doc, tags)]


def split_bilu_label(label: str) -> tuple[str, str]:
    """("B", "PER") for "B-PER"."""
    prefix, _, name = label.partition("-")
    return prefix, name


def remove_bilu_prefix(label: str) -> str:
    """ "PER" for "B-PER"."""
    return label.split("-", 1)[1]


def closed(tags: Sequence[str | None]) -> list[str | None]:
    """BILUO tags as they are; IOB tags, which leave entities open, as BILUO."""
    return list(_closed(tags))


def _closed(tags: Sequence[str | None]) -> Iterator[str | None]:
    n = len(tags)
    for i, tag in enumerate(tags):
        if tag is None or tag[:2] not in ("B-", "I-"):
            yield tag
            continue
        following = tags[i + 1] if i + 1 < n else None
        goes_on = following is not None and following[:2] in ("I-", "L-")
        if goes_on:
            yield tag
        else:
            yield ("U-" if tag[0] == "B" else "L-") + tag[2:]
