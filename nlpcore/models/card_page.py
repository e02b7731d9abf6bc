"""A model's card: a page that says what it is, what it can do, and who made what it was made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nlpcore.models.info import SCORES as PLAIN_SCORES
from nlpcore.models.names import full_name

#: name in the metadata -> title
SCORES = {
    "Tokens": "tokens",
    "Words": "words",
    "Sentences": "sentences",
    "UPOS": "UPOS",
    "XPOS": "XPOS",
    "UFeats": "features",
    "AllTags": "all tags",
    "Lemmas": "lemmas",
    "UAS": "UAS",
    "LAS": "LAS",
    "CLAS": "CLAS",
    "MLAS": "MLAS",
    "BLEX": "BLEX",
    "ents_f": "entities",
}
#: component -> what it sets
COMPONENTS = {
    "tok2vec": "the shared encoder; `doc.tensor`",
    "tagger": "`token.tag_` (Penn Treebank tags)",
    "morphologizer": "`token.pos_`, `token.morph`",
    "parser": "`token.head`, `token.dep_`, `doc.sents`",
    "lemmatizer": "`token.lemma_`",
    "ner": "`doc.ents`",
    "senter": "`doc.sents`",
}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def percent(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, (int, float)) else "–"


def score_table(scores: Mapping[str, Any], names: tuple[str, ...]) -> str:
    names = tuple(name for name in names if name in scores)
    return table([SCORES[name] for name in names], [[percent(scores[name]) for name in names]])


def entity_table(scores: Mapping[str, Any]) -> str:
    """Precision, recall and F1 of every type, and of all together."""
    labels = sorted({m[1] for name in scores if (m := re.fullmatch(r"ents_(.+)_f", name))})
    rows = [
        [title, *(percent(scores.get(f"{prefix}_{key}")) for key in "prf")]
        for title, prefix in [*((label, f"ents_{label}") for label in labels), ("all", "ents")]
    ]
    return table(["type", "precision", "recall", "F1"], rows)


def source_table(sources: list[Any]) -> str:
    """Who made the data, and under which licence."""
    rows = []
    for source in sources:
        if not isinstance(source, dict):
            source = {"name": str(source)}
        name = str(source.get("name", ""))
        title = f"[{name}]({source['url']})" if source.get("url") else name
        rows.append([title, str(source.get("author", "")), str(source.get("license", ""))])
    if not any(by for _, by, _ in rows):
        return table(["data", "licence"], [[title, terms] for title, _, terms in rows])
    return table(["data", "by", "licence"], rows)


def measured_on(meta: Mapping[str, Any]) -> str:
    return str(meta.get("scored_on") or "the development set that chose the model")


def _scores(meta: Mapping[str, Any], scores: Mapping[str, Any]) -> list[str]:
    """What is said of scores: those of ``nlpcore evaluate``, or those of ``nlp.evaluate``."""
    if "Words" not in scores:
        named = [[title, percent(100 * scores[key])] for key, title in PLAIN_SCORES.items() if key in scores]
        return [table(["score", "percent"], named)] if named else []
    return [
        f"F1 in percent on {measured_on(meta)}, from raw text, as the CoNLL-2018 shared task counts: "
        "a word that was cut wrongly is wrong in every column.",
        score_table(scores, tuple(SCORES)),
        "Entities: exact span and type.",
        entity_table(scores),
    ]


def card_text(meta: Mapping[str, Any], *more: str) -> str:
    """The card of a model in Markdown.

    meta: as ``nlpcore.info(model)`` gives it. more: paragraphs to end with.
    """
    name = full_name(meta.get("lang"), meta["name"])
    scores = meta.get("performance") or {}
    parts = [f"# {name} {meta['version']}", str(meta.get("description") or "")]
    about = [
        ["language", str(meta.get("lang") or "–")],
        ["needs", f"nlpcore {meta.get('nlpcore_version', '')}".strip()],
        ["size", f"{meta['bytes'] / 1e6:.1f} MB, {meta['parameters']:,} weights"],
        ["author", str(meta.get("author") or "–")],
        ["licence", str(meta.get("license") or "–")],
    ]
    parts.append(table(["", ""], about))
    parts.append("## Components")
    labels = meta.get("labels") or {}
    parts.append(
        table(
            ["component", "sets", "labels"],
            [
                [component, COMPONENTS.get(component, ""), shown(labels.get(component) or [])]
                for component in meta.get("components") or []
            ],
        )
    )
    if scores:
        parts += ["## Scores", *_scores(meta, scores)]
    if meta.get("sources"):
        parts.append("## Data and licences")
        parts.append("Who uses or passes on the model names those whose data it was made from:")
        parts.append(source_table(meta["sources"]))
    parts += more
    return "\n\n".join(part for part in parts if part) + "\n"


def shown(labels: list[Any], most: int = 12) -> str:
    if any("=" in label for label in map(str, labels)):
        return f"{len(labels)} combinations of part of speech and features"
    text = " ".join(f"`{label}`" for label in labels[:most])
    return text if len(labels) <= most else f"{text} … ({len(labels)} in all)"
