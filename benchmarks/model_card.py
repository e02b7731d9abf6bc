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

from nlpcore.models.card_page import card_text, score_table, source_table

ROOT = Path(__file__).parents[1]
IN_README = ("Words", "Sentences", "UPOS", "XPOS", "UFeats", "Lemmas", "UAS", "LAS", "ents_f")
LIMITS = """\
- It was trained on web text (weblogs, newsgroups, e-mails, reviews, questions, tweets), Wikipedia, news,
  speeches, interviews and textbooks, in American English above all. Expect lower scores on other kinds of
  text, on other varieties of English, and on text without case.
- Entities are names of persons, organizations and places; there are no dates, amounts or products. Names
  that are rare in that text, among them names from outside the English-speaking world, are missed more often.
- What people write about each other is in the data as it was written; nothing was filtered. Do not decide
  about people by its output alone."""

MAKING = """\
    nlpcore distill TEACHER TEXTS configs/{name}.toml -o OUTPUT --data DATA

[Distillation](../distillation.md) says how the teacher is made and what the student learns from it,
[training](../training.md) what belongs into `DATA`. This page was written by `benchmarks/model_card.py`."""


def card(meta: dict[str, Any]) -> str:
    """The card, with what is known about the models of this project."""
    making = MAKING.format(name=f"{meta['lang']}_{meta['name']}")
    return card_text(meta, "## What to know before using it", LIMITS, "## How it was made", making)


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
