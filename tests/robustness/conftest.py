"""One small pipeline with every component, trained for a moment, shared by these tests."""

import sys
from pathlib import Path

import pytest

import nlpcore

sys.path.insert(0, str(Path(__file__).parents[1]))  # the toy treebank stands beside the pipeline's tests

from pipeline.toy import SMALL_ENCODER, TREES, toy_examples  # noqa: F401

COMPONENTS = ["tagger", "morphologizer", "lemmatizer", "parser", "ner"]


def make(components=COMPONENTS, steps=25):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    for name in components:
        nlp.add_pipe(name, config={"min_count": 1} if name == "lemmatizer" else {})
    examples = toy_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.fixture(scope="session")
def nlp():
    return make()


@pytest.fixture(scope="session")
def model_path(nlp, tmp_path_factory):
    path = tmp_path_factory.mktemp("toy") / "model"
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="session")
def senter():
    return make(["senter"])
