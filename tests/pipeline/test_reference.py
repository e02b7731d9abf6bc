"""The bundled model on the engine against its Thinc networks, from the same stored weights."""

import os
from pathlib import Path

import pytest

import nlpcore
from nlpcore.training import read_conllu

from .forced import held_to_reference
from .near_ties import CLASSIFIERS, TRANSITIONS
from .prose import texts


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.load("en_core_web_sm")


def test_every_component_is_the_networks(nlp):
    docs = list(nlp.pipe(texts(80)))
    report = held_to_reference(nlp, docs)
    n = sum(map(len, docs))
    assert all(report.decisions[name] > 0.8 * n for name in [*CLASSIFIERS, *TRANSITIONS])
    report.check()


def test_a_document_in_windows_is_the_networks(nlp):
    doc = nlp("\n".join(texts(220, seed=1)))
    assert len(doc) > 8192
    report = held_to_reference(nlp, [doc])
    report.check()


@pytest.mark.parametrize("name", [*CLASSIFIERS, *TRANSITIONS])
def test_other_weights_are_found_out(name):
    """Weights that are a thousandth larger are more than the proof lets pass."""
    nlp = nlpcore.load("en_core_web_sm")
    docs = list(nlp.pipe(texts(2)))
    network = nlp.get_pipe(name).network()  # of a loaded component a copy, which the engine does not see
    network.get_param("W")[:] *= 1.001
    with pytest.raises(AssertionError):
        held_to_reference(nlp, docs).check()


@pytest.mark.skipif("NLPCORE_DATA" not in os.environ, reason="NLPCORE_DATA is not set")
def test_every_component_is_the_networks_on_a_development_set(nlp, capsys):
    (path,) = Path(os.environ["NLPCORE_DATA"]).glob("UD_English-EWT/*-dev.conllu")
    report = held_to_reference(nlp, nlp.pipe([document.text for document in read_conllu(path)]))
    with capsys.disabled():
        print(f"\n{report}")
    report.check()
