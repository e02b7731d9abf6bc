"""Docs as JSON-able dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from nlpcore import errors
from nlpcore.lazy import numpy
from nlpcore.tokens import _annotate, _views
from nlpcore.tokens.underscore import Underscore

TOKEN_FIELDS = {"tag": "TAG", "pos": "POS", "morph": "MORPH", "lemma": "LEMMA", "dep": "DEP", "head": "HEAD"}


def to_json(doc: Any, underscore: Iterable[str] | None) -> dict[str, Any]:
    """See Doc.to_json."""
    data: dict[str, Any] = {"text": doc.text}
    if doc.has_annotation("ENT_IOB"):
        data["ents"] = [
            {"start": ent.start_char, "end": ent.end_char, "label": ent.label_} for ent in doc.ents
        ]
    if doc.has_annotation("SENT_START"):
        data["sents"] = [{"start": sent.start_char, "end": sent.end_char} for sent in doc.sents]
    if doc.cats:
        data["cats"] = doc.cats
    present = {field for field, name in TOKEN_FIELDS.items() if len(doc) and doc.has_annotation(name)}
    data["tokens"] = [_token(token, present) for token in doc]
    if doc._has_spans:
        data["spans"] = {
            key: [
                {"start": s.start_char, "end": s.end_char, "label": s.label_, "kb_id": s.kb_id_}
                for s in group
            ]
            for key, group in doc.spans.items()
        }
    if underscore:
        data.update(_underscore(doc, list(underscore)))
    return data


def _token(token: Any, present: set[str]) -> dict[str, Any]:
    data = {"id": token.i, "start": token.idx, "end": token.idx + len(token)}
    for field in ("tag", "pos"):
        if field in present:
            data[field] = getattr(token, field + "_")
    if "morph" in present:
        data["morph"] = str(token.morph)
    if "lemma" in present:
        data["lemma"] = token.lemma_
    if "dep" in present:
        data["dep"] = token.dep_
        data["head"] = token.head.i
    return data


def _underscore(doc: Any, names: list[str]) -> dict[str, Any]:
    """The named extension attributes: of the Doc, and those that tokens and spans have values for."""
    data: dict[str, Any] = {}
    of_doc: dict[str, Any] = {}
    of_tokens: dict[str, list[dict[str, Any]]] = {}
    of_spans: dict[str, list[dict[str, Any]]] = {}
    declared = (Underscore.doc_extensions, Underscore.token_extensions, Underscore.span_extensions)
    for name in names:
        if not any(name in extensions for extensions in declared):
            raise errors.ExtensionError(
                f"There is no extension attribute {name!r} to write. Declare it with `set_extension`."
            )
        if name in Underscore.doc_extensions:
            of_doc[name] = _plain(name, getattr(doc._, name))
    for key, value in doc.user_data.items():
        if not (isinstance(key, tuple) and len(key) >= 4 and key[0] == "._." and key[1] in names):
            continue
        name, start, end = key[1:4]
        if start is not None and end is None:
            of_tokens.setdefault(name, []).append({"start": start, "value": _plain(name, value)})
        elif start is not None:
            entry = {"start": start, "end": end, "value": _plain(name, value)}
            of_spans.setdefault(name, []).append(entry)
    if of_doc:
        data["_"] = of_doc
    if of_tokens:
        data["underscore_token"] = of_tokens
    if of_spans:
        data["underscore_span"] = of_spans
    return data


def _plain(name: str, value: Any) -> Any:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        raise errors.ExtensionError(
            f"The value of the extension attribute {name!r} cannot be written as JSON: {value!r}."
        ) from None
    return value


def problems(data: Any) -> list[str]:
    """What is wrong with the outer shape of JSON data for a Doc."""
    if not isinstance(data, dict):
        return ["the data is no object"]
    found = []
    for field, kind, needed in (
        ("text", str, True),
        ("tokens", list, True),
        ("ents", list, False),
        ("sents", list, False),
        ("cats", dict, False),
        ("spans", dict, False),
    ):
        if field not in data:
            if needed:
                found.append(f"{field} is missing")
        elif not isinstance(data[field], kind):
            found.append(f"{field} is no {kind.__name__}")
    for field, keys in (
        ("tokens", ("start", "end")),
        ("ents", ("start", "end", "label")),
        ("sents", ("start", "end")),
    ):
        entries = data.get(field)
        for i, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict):
                found.append(f"{field}[{i}] is no object")
                continue
            for key in keys:
                wanted = str if key == "label" else int
                if not isinstance(entry.get(key), wanted):
                    found.append(f"{field}[{i}].{key} is missing or no {wanted.__name__}")
    return found


def from_json(doc: Any, data: Any, validate: bool) -> Any:
    """See Doc.from_json."""
    if len(doc):
        raise errors.DocDataError(
            f"The Doc has {len(doc)} tokens already. Read into an empty Doc, `Doc(vocab)`."
        )
    if validate:
        found = problems(data)
        if found:
            raise errors.DocDataError(f"The JSON data is no Doc: {'; '.join(found[:10])}.")
    try:
        _read(doc, data)
    except BaseException:
        doc._replace_tokens("", [], [], [], {})
        raise
    return doc


def _read(doc: Any, data: Any) -> None:
    text, tokens = data["text"], data["tokens"]
    if not isinstance(text, str):
        raise errors.DocDataError(f"The JSON data's text is {type(text).__name__}, not str.")
    starts = [token["start"] for token in tokens]
    lengths = [token["end"] - token["start"] for token in tokens]
    ends = [token["end"] for token in tokens]
    spacy = [start > end for end, start in zip(ends, [*starts[1:], len(text)], strict=True)] if tokens else []
    try:
        doc._replace_tokens(text, starts, lengths, spacy, {})
    except (errors.DocError, OverflowError) as error:
        raise errors.DocDataError(f"The tokens do not fit the text: {error}") from None
    present = {field for token in tokens for field in TOKEN_FIELDS if field in token}
    for token in tokens:
        missing = present.difference(token)
        if missing:
            raise errors.DocDataError(
                f"All tokens need the same fields, but token {token.get('id')} has no "
                f"{', '.join(sorted(missing))}."
            )
    for field, name in (("tag", "TAG"), ("lemma", "LEMMA"), ("dep", "DEP")):
        if field in present:
            _annotate.set_strings(doc, name, [token[field] for token in tokens])
    if "pos" in present:
        doc.set_column("POS", numpy.array([_views.pos_id(token["pos"]) for token in tokens], dtype="u8"))
    if "morph" in present:
        ids = [_views.morph_id(doc.vocab, token["morph"]) for token in tokens]
        doc.set_column("MORPH", numpy.array(ids, dtype="u8"))
    if "head" in present:
        if "dep" not in present:
            raise errors.DocError("`head` needs `dep` beside it. If there are no labels, give placeholders.")
        _annotate.set_heads(doc, [token["head"] for token in tokens])
    elif "sents" in data:
        _read_sents(doc, data["sents"])
    if "ents" in data:
        doc.ents = [_span(doc, ent, "entity") for ent in data["ents"]]
    doc.cats = dict(data.get("cats", {}))
    for key, group in data.get("spans", {}).items():
        doc.spans[key] = [_span(doc, span, "span") for span in group]
    _read_underscore(doc, data)


def _span(doc: Any, entry: dict[str, Any], what: str) -> Any:
    span = doc.char_span(
        entry["start"],
        entry["end"],
        label=entry.get("label", ""),
        kb_id=entry.get("kb_id", ""),
        span_id=entry.get("id", ""),
    )
    if span is None:
        raise errors.DocDataError(
            f"The {what} of characters {entry['start']} to {entry['end']} does not lie on token boundaries."
        )
    return span


def _read_sents(doc: Any, sents: Iterable[dict[str, Any]]) -> None:
    if not len(doc):
        return
    codes = numpy.full(len(doc), -1, dtype="i1")
    for sent in sents:
        first, last = doc.token_starting_at(sent["start"]), doc.token_ending_at(sent["end"])
        if first < 0 or last < first:
            raise errors.DocDataError(
                f"The sentence of characters {sent['start']} to {sent['end']} does not lie on token "
                "boundaries."
            )
        codes[first] = 1
    doc.set_column("SENT_START", codes)


def _read_underscore(doc: Any, data: dict[str, Any]) -> None:
    """Values of extension attributes; those that are not declared get the default None."""
    for name, value in data.get("_", {}).items():
        _declare(Underscore.doc_extensions, name)
        doc.user_data["._.", name, None, None] = value
    for name, entries in data.get("underscore_token", {}).items():
        _declare(Underscore.token_extensions, name)
        for entry in entries:
            doc.user_data["._.", name, entry["start"], None] = entry["value"]
    for name, entries in data.get("underscore_span", {}).items():
        _declare(Underscore.span_extensions, name)
        for entry in entries:
            doc.user_data["._.", name, entry["start"], entry["end"]] = entry["value"]


def _declare(extensions: dict[str, Any], name: str) -> None:
    extensions.setdefault(name, (None, None, None, None))
