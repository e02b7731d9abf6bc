"""Reference Docs from dictionaries of annotation, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from ..tokens import Doc, Span
from .iob_utils import closed, doc_to_biluo_tags, offsets_to_biluo_tags, tags_to_entities

# The names that people write, and those that `to_dict` writes.
TOKEN_KEYS = {
    "words": "ORTH", "spaces": "SPACY", "tags": "TAG", "pos": "POS", "morphs": "MORPH", "lemmas": "LEMMA",
    "heads": "HEAD", "deps": "DEP", "sent_starts": "SENT_START",
}  # fmt: skip
DOC_KEYS = ("cats", "entities", "links", "spans", "text")


def doc_from_dict(predicted: Doc, given: Mapping[str, Any]) -> Doc:
    """A Doc with the words of `predicted`, or those given, and the annotation given."""
    tokens, document = _flattened(given)
    words = tokens.pop("ORTH", None)
    spaces = tokens.pop("SPACY", None)
    if words is None:
        words = [token.text for token in predicted]
        if spaces is None:
            spaces = [bool(token.whitespace_) for token in predicted]
    annotation: dict[str, Any] = {}
    for name, key in TOKEN_KEYS.items():
        values = tokens.get(key)
        if values is None or (not len(values) and len(words)):
            continue
        if name not in ("heads", "sent_starts", "deps"):
            for value in values:
                if not isinstance(value, str) and not (name == "morphs" and isinstance(value, Mapping)):
                    problem = f"{name} of an Example are str, not {type(value).__name__} ({value!r})"
                    raise errors.ExampleTypeError(problem=problem)
        annotation[name] = list(values)
    if "heads" in annotation and "deps" not in annotation:
        del annotation["heads"]  # heads count only with relations
    if "heads" in annotation:
        _check_heads(annotation["heads"])
        if not any(annotation["deps"]) and annotation["heads"] == list(range(len(words))):
            del annotation["heads"], annotation["deps"]  # how `to_dict` writes a Doc without a parse
    if "morphs" in annotation and not any(annotation["morphs"]):
        del annotation["morphs"]
    reference = Doc(predicted.vocab, words=list(words), spaces=spaces, **annotation)
    _set_document_annotation(reference, document)
    return reference


def _flattened(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    flat: dict[str, Any] = {}
    for key, value in given.items():
        if key in ("token_annotation", "doc_annotation"):
            flat.update(value)
        else:
            flat[key] = value
    tokens: dict[str, Any] = {}
    document: dict[str, Any] = {}
    unknown = []
    for key, value in flat.items():
        if key in TOKEN_KEYS:
            tokens[TOKEN_KEYS[key]] = value
        elif key in TOKEN_KEYS.values():
            tokens[key] = value
        elif key in DOC_KEYS:
            document[key] = value
        else:
            unknown.append(str(key))
    if unknown:
        raise errors.ExampleKeyError(keys=", ".join(unknown), available=", ".join([*TOKEN_KEYS, *DOC_KEYS]))
    return tokens, document


def _check_heads(heads: Sequence[Any]) -> None:
    for i, head in enumerate(heads):
        if head is not None and (isinstance(head, (str, bytes)) or not hasattr(head, "__index__")):
            problem = f"the head of token {i} is {head!r}; heads are absolute token positions (int), or None"
            raise errors.ExampleTypeError(problem=problem)


def _set_document_annotation(doc: Doc, document: Mapping[str, Any]) -> None:
    entities = document.get("entities")
    if entities is not None:
        _set_entities(doc, entities)
    if document.get("cats"):
        doc.cats = dict(document["cats"])
    if document.get("spans"):
        _set_spans(doc, document["spans"])
    if document.get("links"):
        _set_links(doc, document["links"])


def _set_entities(doc: Doc, entities: Any) -> None:
    if isinstance(entities, (str, bytes, Mapping)) or not isinstance(entities, Sequence):
        problem = f"entities are BILUO tags or (start, end, label) triples, not {type(entities).__name__}"
        raise errors.ExampleError(problem=problem)
    if any(isinstance(entity, (tuple, list)) for entity in entities):
        for entity in entities:
            if len(entity) != 3:
                problem = f"an entity is (first character, end character, label), not {entity!r}"
                raise errors.ExampleError(problem=problem)
        tags: Sequence[str | None] = offsets_to_biluo_tags(doc, entities)
    else:
        tags = closed(entities) or ["O"] * len(doc)
        if len(tags) != len(doc):
            raise errors.ExampleError(problem=f"{len(tags)} entity tags for {len(doc)} words")
    spans = [Span(doc, first, last + 1, label=label) for label, first, last in tags_to_entities(tags)]
    missing = [Span(doc, i, i + 1) for i, tag in enumerate(tags) if tag is None or tag.startswith("-")]
    doc.set_ents(spans, missing=missing)


def _set_spans(doc: Doc, groups: Any) -> None:
    if not isinstance(groups, Mapping):
        problem = (
            "spans are a dict: a key for each group, with a list of (first character, end character[, label"
            f"[, kb id[, span id]]]), not {type(groups).__name__}"
        )
        raise errors.ExampleError(problem=problem)
    for key, entries in groups.items():
        spans = []
        for entry in entries:
            start, end, *names = entry
            label, kb_id, span_id = [*names, "", "", ""][:3]
            span = doc.char_span(start, end, label=label, kb_id=kb_id, span_id=span_id)
            if span is None:
                problem = f"the span {entry!r} of group {key!r} does not begin and end with tokens"
                raise errors.ExampleError(problem=problem)
            spans.append(span)
        doc.spans[key] = spans


def _set_links(doc: Doc, links: Mapping[tuple[int, int], Mapping[str, float]]) -> None:
    chosen = {}
    for (start, end), candidates in links.items():
        span = doc.char_span(start, end)
        if span is None:
            problem = f"the link of characters {start} to {end} does not begin and end with tokens"
            raise errors.ExampleError(problem=problem)
        for kb_id, probability in candidates.items():
            if probability == 1.0:
                chosen[span.start, span.end] = kb_id
    if chosen:
        doc.set_ents(
            [
                Span(
                    doc,
                    ent.start,
                    ent.end,
                    label=ent.label_,
                    kb_id=chosen.get((ent.start, ent.end), ent.kb_id_),
                )
                for ent in doc.ents
            ],
            default="unmodified",
        )


def example_to_dict(doc: Doc) -> dict[str, Any]:
    """See `Example.to_dict`."""
    tokens = list(doc)
    return {
        "doc_annotation": {
            "cats": dict(doc.cats),
            "entities": doc_to_biluo_tags(doc),
            "spans": {
                key: [(span.start_char, span.end_char, span.label_, span.kb_id_) for span in group]
                for key, group in doc.spans.items()
            },
            "links": {(ent.start_char, ent.end_char): {ent.kb_id_: 1.0} for ent in doc.ents if ent.kb_id_},
        },
        "token_annotation": {
            "ORTH": [token.text for token in tokens],
            "SPACY": [bool(token.whitespace_) for token in tokens],
            "TAG": [token.tag_ for token in tokens],
            "LEMMA": [token.lemma_ for token in tokens],
            "POS": [token.pos_ for token in tokens],
            "MORPH": [str(token.morph) for token in tokens],
            "HEAD": [token.head.i for token in tokens],
            "DEP": [token.dep_ for token in tokens],
            "SENT_START": [int(i == 0 or bool(token.is_sent_start)) for i, token in enumerate(tokens)],
        },
    }
