"""Training speed of one system, in a process of its own: words a second of its update step.

argv[1]: JSON with ``system``, ``examples`` (a file of JSON lines), ``words`` (so many are learned),
``batch_words`` and, for spaCy, ``model_path``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any


def batches(examples: list[Any], batch_words: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    size = 0
    for example in examples:
        batch.append(example)
        size += len(example.reference)
        if size >= batch_words:
            yield batch
            batch, size = [], 0


def spacy_steps(given: dict[str, Any], lines: list[dict[str, Any]]) -> Iterator[int]:
    """The words of each step, one step at a time."""
    import spacy
    from spacy.tokens import Doc
    from spacy.training import Example

    nlp = spacy.load(given["model_path"])
    optimizer = nlp.resume_training()
    examples = []
    for line in lines:
        gold = {key: value for key, value in line.items() if value is not None}
        words, spaces = gold.pop("words"), gold.pop("spaces")
        reference = Doc(
            nlp.vocab,
            words,
            spaces,
            tags=gold["tags"],
            pos=gold["pos"],
            morphs=gold["morphs"],
            lemmas=gold["lemmas"],
            heads=gold["heads"],
            deps=gold["deps"],
            ents=gold["entities"],
        )
        examples.append(Example(Doc(nlp.vocab, words, spaces), reference))
    while True:
        for batch in batches(examples, given["batch_words"]):
            nlp.update(batch, sgd=optimizer, drop=0.2, losses={})
            yield sum(len(example.reference) for example in batch)


def our_steps(given: dict[str, Any], lines: list[dict[str, Any]]) -> Iterator[int]:
    import nlpcore
    from nlpcore.tokens import Doc
    from nlpcore.training import Example
    from nlpcore.training.running import Run
    from nlpcore.training.settings import Schedule
    from nlpcore.training.update import prepare, trainable_groups

    nlp = nlpcore.load("en_core_web_sm")
    examples = []
    for line in lines:
        iob = [tag.replace("L-", "I-").replace("U-", "B-") for tag in line["entities"]]
        gold = {key: line[key] for key in ("tags", "pos", "morphs", "lemmas", "heads", "deps")}
        reference = Doc(nlp.vocab, line["words"], line["spaces"], ents=iob, **gold)
        examples.append(Example(Doc(nlp.vocab, line["words"], line["spaces"]), reference))
    groups = trainable_groups(nlp)
    settings = {"dropout": 0.2, "word_dropout": 0.05, "explore_after": 0, "threads": given.get("threads", 1)}
    schedule = Schedule(batch_words=given["batch_words"], **settings)
    run = Run(nlp, groups, [prepare(groups, example) for example in examples], schedule)
    while True:
        for batch in run.batches():
            run.learn(batch)
            yield sum(map(len, batch))
        run.next_pass()


def main() -> None:
    given = json.loads(sys.argv[1])
    with open(given["examples"], encoding="utf8") as f:
        lines = [json.loads(line) for line in f]
    steps = {"spacy": spacy_steps, "nlpcore": our_steps}[given["system"]](given, lines)
    for _ in range(3):  # what is made at the first steps is not counted
        next(steps)
    words = 0
    started, used = time.perf_counter(), time.process_time()
    while words < given["words"]:
        words += next(steps)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"words": words, "seconds": seconds, "cpu": cpu, "mb": memory}))


if __name__ == "__main__":
    main()
