"""A model's card, and the tables of the README, out of the model's own metadata.

    python benchmarks/model_card.py MODEL                # print the card
    python benchmarks/model_card.py MODEL --write        # write docs/models/NAME.md, and README.md's tables

Scores are those that training left in the metadata (the development set, from raw text). With --evaluate
FILE.conllu [--ner FILE.iob2] they are measured again, and the card says so.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
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
IN_README = ("Words", "Sentences", "UPOS", "XPOS", "UFeats", "Lemmas", "UAS", "LAS", "ents_f")
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


def score_table(scores: dict[str, Any], names: tuple[str, ...]) -> str:
    names = tuple(name for name in names if name in scores)
    return table([SCORES[name] for name in names], [[percent(scores[name]) for name in names]])


def entity_table(scores: dict[str, Any]) -> str:
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


def measured_on(meta: dict[str, Any]) -> str:
    return str(meta.get("scored_on") or "the development set that chose the model")


def card(meta: dict[str, Any]) -> str:
    """The card in Markdown.

    meta: as ``nlpcore.info(model)`` gives it.
    """
    name = f"{meta['lang']}_{meta['name']}"
    scores = meta.get("performance") or {}
    parts = [f"# {name} {meta['version']}", str(meta.get("description") or "")]
    about = [
        ["language", str(meta["lang"])],
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
        parts.append("## Scores")
        parts.append(
            f"F1 in percent on {measured_on(meta)}, from raw text, as the CoNLL-2018 shared task counts: "
            "a word that was cut wrongly is wrong in every column."
        )
        parts.append(score_table(scores, tuple(SCORES)))
        parts.append("Entities: exact span and type.")
        parts.append(entity_table(scores))
    if meta.get("sources"):
        parts.append("## Data and licences")
        parts.append("Who uses or passes on the model names those whose data it was made from:")
        parts.append(source_table(meta["sources"]))
    parts.append("## What to know before using it")
    parts.append(LIMITS)
    parts.append("## How it was made")
    parts.append(MAKING.format(name=name))
    return "\n\n".join(part for part in parts if part) + "\n"


LIMITS = """\
- It was trained on web text (weblogs, newsgroups, e-mails, reviews, questions, tweets), Wikipedia, news,
  speeches, interviews and textbooks, in American English above all. Expect lower scores on other kinds of
  text, on other varieties of English, and on text without case.
- Entities are names of persons, organizations and places; there are no dates, amounts or products. Names
  that are rare in that text, among them names from outside the English-speaking world, are missed more often.
- What people write about each other is in the data as it was written; nothing was filtered. Do not decide
  about people by its output alone."""

MAKING = """\
    nlpcore train configs/{name}.toml OUTPUT --data DATA

[Training](../training.md) says what belongs into `DATA` and what happens. This page was written by
`benchmarks/model_card.py`."""


def shown(labels: list[Any], most: int = 12) -> str:
    if any("=" in label for label in map(str, labels)):
        return f"{len(labels)} combinations of part of speech and features"
    text = " ".join(f"`{label}`" for label in labels[:most])
    return text if len(labels) <= most else f"{text} … ({len(labels)} in all)"


def replaced(text: str, block: str, content: str) -> str:
    """The text with what stands between a block's two marks changed; ValueError where they are missing."""
    pattern = re.compile(rf"(<!-- {block}:[^>]*-->\n).*?(<!-- end of {block} -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"README.md has no block {block!r}")
    return pattern.sub(lambda m: f"{m[1]}{content}\n{m[2]}", text)


def with_tables(readme: str, meta: dict[str, Any]) -> str:
    """README.md with the tables of this model."""
    readme = replaced(readme, "scores", score_table(meta.get("performance") or {}, IN_README))
    return replaced(readme, "data", source_table(meta.get("sources") or []))


def evaluated(model: str, conllu: Path, ner: Path | None) -> dict[str, float]:
    import nlpcore
    from nlpcore.training.evaluate import evaluate_model
    from nlpcore.training.run import flat_scores

    return flat_scores(evaluate_model(nlpcore.load(model), conllu, ner))


def main() -> None:
    from nlpcore.models.info import card as metadata

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="name or path")
    parser.add_argument("--write", action="store_true", help="write the files instead of printing the card")
    parser.add_argument("--evaluate", type=Path, metavar="FILE.conllu", help="measure the scores anew")
    parser.add_argument("--ner", type=Path, metavar="FILE.iob2", help="entities of the same text")
    arguments = parser.parse_args()
    meta = metadata(arguments.model)
    if arguments.evaluate:
        meta["performance"] = evaluated(arguments.model, arguments.evaluate, arguments.ner)
        meta["scored_on"] = arguments.evaluate.name
    if not arguments.write:
        print(card(meta), end="")
        return
    path = ROOT / "docs" / "models" / f"{meta['lang']}_{meta['name']}.md"
    path.write_text(card(meta), encoding="utf8")
    readme = ROOT / "README.md"
    readme.write_text(with_tables(readme.read_text(encoding="utf8"), meta), encoding="utf8")
    print(f"wrote {path.relative_to(ROOT)} and the tables of {readme.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
