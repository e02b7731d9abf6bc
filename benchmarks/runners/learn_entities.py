"""spaCy's ``ner``, trained on: F1 of its entities after each pass, in a process of its own.

argv[1]: JSON with ``model_path``, ``train`` and ``dev`` (files of JSON lines with words, spaces and IOB
tags), ``epochs``, ``batch`` (sentences), ``dropout`` and ``seed``. The new labels are added to the trained
component, which learns together with the encoder that it reads; weights are averaged.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any


def read(nlp: Any, path: str) -> list[tuple[list[str], list[bool], Any]]:
    from spacy.tokens import Doc

    found = []
    with open(path, encoding="utf8") as lines:
        for line in map(json.loads, lines):
            reference = Doc(nlp.vocab, line["words"], line["spaces"], ents=line["entities"])
            found.append((line["words"], line["spaces"], reference))
    return found


def main() -> None:
    import spacy
    from spacy.scorer import Scorer
    from spacy.tokens import Doc
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    given = json.loads(sys.argv[1])
    fix_random_seed(given["seed"])
    nlp = spacy.load(given["model_path"])
    train, dev = read(nlp, given["train"]), read(nlp, given["dev"])
    ner = nlp.get_pipe("ner")
    labels = {ent.label_ for _, _, reference in train for ent in reference.ents}
    for label in sorted(labels):
        ner.add_label(label)
    optimizer = nlp.resume_training()

    def examples(lines: list[Any]) -> list[Any]:
        return [Example(Doc(nlp.vocab, words, spaces), reference) for words, spaces, reference in lines]

    history = []
    started = time.perf_counter()
    with nlp.select_pipes(enable=["tok2vec", "ner"]):
        for _ in range(given["epochs"]):
            random.shuffle(train)
            for batch in minibatch(train, size=given["batch"]):
                nlp.update(examples(batch), drop=given["dropout"], sgd=optimizer, losses={})
            with nlp.use_params(optimizer.averages):
                found = examples(dev)
                docs = nlp.pipe([example.predicted for example in found])
                for example, doc in zip(found, docs, strict=True):
                    # Its old types count for nothing here, neither as right nor as wrong.
                    doc.ents = [ent for ent in doc.ents if ent.label_ in labels]
                    example.predicted = doc
                history.append(Scorer.score_spans(found, "ents")["ents_f"])
    print(json.dumps({"history": history, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
