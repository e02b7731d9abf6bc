"""Annotation given as lists: the keyword arguments of Doc, and entities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nlpcore import errors
from nlpcore.lazy import numpy
from nlpcore.tokens import _views
from nlpcore.vocab.strings import hash_string

MISSING, INSIDE, OUTSIDE, BEGIN = 0, 1, 2, 3
DEFAULTS = ("blocked", "missing", "outside", "unmodified")


def annotate(
    doc: Any,
    *,
    tags: Sequence[str] | None,
    pos: Sequence[str] | None,
    morphs: Sequence[Any] | None,
    lemmas: Sequence[str] | None,
    heads: Sequence[int | None] | None,
    deps: Sequence[str | None] | None,
    sent_starts: Sequence[Any] | None,
    ents: Sequence[str | None] | None,
) -> None:
    """Fill a new Doc's columns from lists; see Doc."""
    given = (tags, pos, morphs, lemmas, heads, deps, sent_starts, ents)
    for name, values in zip(
        ("tags", "pos", "morphs", "lemmas", "heads", "deps", "sent_starts", "ents"), given, strict=True
    ):
        if values is not None and len(values) != len(doc):
            raise errors.DocError(f"`{name}` has {len(values)} values for {len(doc)} words.")
    if heads is not None and deps is None:
        raise errors.DocError(
            "`heads` need `deps` beside them. If there are no labels, give placeholders: "
            'deps=["dep"] * len(words).'
        )
    if tags is not None:
        set_strings(doc, "TAG", tags)
    if pos is not None:
        doc.set_column("POS", numpy.array([_views.pos_id(value) for value in pos], dtype="u8"))
    if lemmas is not None:
        set_strings(doc, "LEMMA", lemmas)
    if morphs is not None:
        values = [_views.morph_id(doc.vocab, "" if value is None else value) for value in morphs]
        doc.set_column("MORPH", numpy.array(values, dtype="u8"))
    if ents is not None:
        set_iob(doc, ents)
    if deps is not None:
        set_strings(doc, "DEP", ["" if value is None else value for value in deps])
        if heads is None:
            heads = list(range(len(doc)))
        set_heads(doc, [i if head is None else head for i, head in enumerate(heads)])
    elif sent_starts is not None:
        doc.set_column("SENT_START", numpy.array([start_code(v) for v in sent_starts], dtype="i1"))


def start_code(value: Any) -> int:
    """1, -1 or 0 for a sentence start as users write it; 0 (unknown) for all else."""
    if value is None or not isinstance(value, (bool, int, numpy.integer, numpy.bool_)):
        return 0
    if isinstance(value, (bool, numpy.bool_)):
        return 1 if value else -1
    return int(value) if value in (1, -1) else 0


def set_strings(doc: Any, name: str, values: Iterable[str]) -> None:
    """Set an id column from strings, which are interned. Raises TypeError for what is no str."""
    ids = []
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"Column {name} takes str, not {value!r}.")
        ids.append(doc.vocab.strings.add(value))
    doc.set_column(name, numpy.array(ids, dtype="u8"))


def set_heads(doc: Any, heads: Sequence[int]) -> None:
    """Set absolute heads, and the sentence boundaries that follow from them."""
    doc.set_column("HEAD", numpy.array(heads, dtype="i8"))
    doc._boundaries_from_heads()


def set_iob(doc: Any, tags: Sequence[str | None]) -> None:
    """Set entities from IOB strings. Raises EntityError (a ValueError) for an ill-formed one."""
    codes = numpy.zeros(len(doc), dtype="i1")
    labels = numpy.zeros(len(doc), dtype="u8")
    previous = ""
    for i, tag in enumerate(tags):
        label = ""
        if tag is None or tag == "":
            codes[i] = MISSING
        elif tag == "O":
            codes[i] = OUTSIDE
        elif isinstance(tag, str) and tag[:2] in ("B-", "I-") and len(tag) > 2:
            label = tag[2:]
            codes[i] = BEGIN if tag[0] == "B" or (i and label != previous) else INSIDE
        else:
            raise errors.EntityError(
                f"The entity tag of token {i} is {tag!r}: write B-LABEL, I-LABEL, O, or an empty string for "
                "unknown."
            )
        labels[i] = doc.vocab.strings.add(label)
        previous = label
    doc.set_column("ENT_IOB", codes)
    doc.set_column("ENT_TYPE", labels)


# -- entities ------------------------------------------------------------------------------------------------


def get_ents(doc: Any) -> tuple[Any, ...]:
    """The entities as Spans. Raises EntityError (a ValueError) for I without B."""
    from nlpcore.tokens.span import Span

    if "ents" in doc.user_hooks:
        return tuple(doc.user_hooks["ents"](doc))
    spans = []
    for start, end, label, kb_id, ent_id in doc.entity_places():
        span = Span(doc, start, end)
        span.label, span.kb_id, span.id = label, kb_id, ent_id
        spans.append(span)
    return tuple(spans)


def set_ents_from_any(doc: Any, ents: Iterable[Any]) -> None:
    """`doc.ents = ents`: Spans, or (label, start, end)."""
    from nlpcore.tokens.span import Span

    spans = []
    for ent in ents:
        if isinstance(ent, Span):
            spans.append(ent)
        else:
            if not 3 <= len(ent) <= 5:
                raise errors.EntityError(f"An entity is a Span or (label, start, end), not {ent!r}.")
            label, *ids, start, end = ent
            kb_id, ent_id = (*ids, 0, 0)[:2]
            spans.append(Span(doc, start, end, label=label, kb_id=kb_id, span_id=ent_id))
    set_ents(doc, spans, None, None, None, "outside")


def set_ents(
    doc: Any,
    entities: Sequence[Any],
    blocked: Sequence[Any] | None,
    missing: Sequence[Any] | None,
    outside: Sequence[Any] | None,
    default: str,
) -> None:
    """See Doc.set_ents."""
    default = getattr(default, "value", default)
    if default not in DEFAULTS:
        raise errors.EntityError(f"There is no default {default!r}: use one of {', '.join(DEFAULTS)}.")
    n = len(doc)
    iob = numpy.full(n, MISSING, dtype="i1")
    ids = {name: numpy.zeros(n, dtype="u8") for name in ("ENT_TYPE", "ENT_KB_ID", "ENT_ID")}
    seen = numpy.zeros(n, dtype=bool)

    def claim(span: Any) -> slice:
        if span.end > n:
            raise errors.EntityError(f"The span {span!r} ends at token {span.end} of a Doc of {n} tokens.")
        where = slice(span.start, span.end)
        if seen[where].any():
            token = span.start + int(numpy.flatnonzero(seen[where])[0])
            raise errors.EntityError(
                f"Token {token} is in more than one of the spans given as entities, blocked, missing or "
                "outside. Use `nlpcore.util.filter_spans` to keep the longest of overlapping spans."
            )
        seen[where] = True
        return where

    for span in entities:
        where = claim(span)
        if span.start == span.end:
            continue
        label = span._ids()[0]
        if label:
            for name, id in zip(ids, span._ids(), strict=True):
                ids[name][where] = _own_id(doc, span, id)
            iob[where] = INSIDE
            iob[span.start] = BEGIN
        else:
            iob[where] = OUTSIDE
    for spans, code in ((blocked, BEGIN), (missing, MISSING), (outside, OUTSIDE)):
        for span in spans or ():
            iob[claim(span)] = code
    rest = ~seen
    if default == "unmodified":
        for name, values in (("ENT_IOB", iob), *ids.items()):
            old = doc.column(name)
            if old is not None:
                values[rest] = old[rest]
        _mend_starts(iob, rest)
    else:
        iob[rest] = {"blocked": BEGIN, "missing": MISSING, "outside": OUTSIDE}[default]
    doc.set_column("ENT_IOB", iob)
    for name, values in ids.items():
        if name == "ENT_TYPE" or values.any() or doc.column(name) is not None:
            doc.set_column(name, values)


def _mend_starts(iob: numpy.ndarray, rest: numpy.ndarray) -> None:
    """Where an old entity lost its beginning to a new span, let what remains begin anew."""
    for i in numpy.flatnonzero(rest & (iob == INSIDE)).tolist():
        if i == 0 or not rest[i - 1] or iob[i - 1] not in (BEGIN, INSIDE):
            iob[i] = BEGIN


def _own_id(doc: Any, span: Any, id: int) -> int:
    """`id` of a span that may belong to another Doc, whose strings this one then needs."""
    if id and span.doc is not doc:
        string = span.doc._string(id)
        doc.vocab.strings.add(string)
        return hash_string(string)
    return id
