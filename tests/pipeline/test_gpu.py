"""The real thing; skipped where there is no GPU. What can be told without one is in test_device_pass.py."""

import os
from pathlib import Path

import numpy as np
import pytest

import nlpcore
from nlpcore import devices
from nlpcore.pipeline import device_pass
from nlpcore.training import read_conllu
from nlpcore.training.update import joint_update

from .near_ties import compare
from .test_trainable_contract import TEXTS, trained
from .toy import toy_examples

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(bool(devices.why_no_gpu(0)), reason="no CUDA device, or no CuPy"),
]

ALL = ["tagger", "morphologizer", "lemmatizer", "parser", "ner"]


@pytest.fixture
def gpu():
    nlpcore.require_gpu()
    yield
    nlpcore.require_cpu()


@pytest.fixture
def pair(gpu):
    """The bundled model on the GPU and on the CPU."""
    on_gpu = nlpcore.load("en_core_web_sm")
    nlpcore.require_cpu()
    return on_gpu, nlpcore.load("en_core_web_sm")


def the_same(on_gpu, on_cpu, texts):
    """Near ties by component; there is no other difference."""
    wanted, found = list(on_cpu.pipe(texts)), list(on_gpu.pipe(texts))
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_allclose(a.tensor, b.tensor, rtol=1e-3, atol=1e-3)
    ties, clear = compare(on_cpu, on_gpu, wanted, found)
    assert clear == []
    return ties


def test_thinc_is_on_the_gpu(gpu):
    from thinc.api import CupyOps, get_current_ops

    assert isinstance(get_current_ops(), CupyOps)
    assert nlpcore.prefer_gpu()
    assert nlpcore.load("en_core_web_sm").get_pipe("parser").on_device


def test_decisions_are_the_cpus(pair, monkeypatch):
    monkeypatch.setattr(device_pass, "MIN_TOKENS", 1)
    texts = [*TEXTS, "She has worked at the bank in Geneva since 1998.", "Where did Mr. Smith put my keys?"]
    assert the_same(*pair, texts).total() <= 1
    assert the_same(*pair, ["She has worked at the bank in Geneva since 1998. " * 6000]).total() <= 5


@pytest.mark.skipif("NLPCORE_DATA" not in os.environ, reason="NLPCORE_DATA is not set")
def test_near_ties_are_few_on_a_development_set(pair, capsys):
    (path,) = Path(os.environ["NLPCORE_DATA"]).glob("UD_English-EWT/*-dev.conllu")
    texts = [document.text for document in read_conllu(path)]
    ties = the_same(*pair, texts)
    with capsys.disabled():
        print(f"\nnear ties on the EWT development set: {dict(ties)}")
    assert ties.total() <= 10


def test_gradients_are_the_cpus(gpu):
    on_gpu = trained(ALL, steps=0)[0]
    nlpcore.require_cpu()
    on_cpu = trained(ALL, steps=0)[0].from_bytes(on_gpu.to_bytes())
    gradients, losses = [], []
    for nlp in (on_cpu, on_gpu):
        losses.append({})
        np.random.seed(0)
        joint_update(nlp, toy_examples(nlp), drop=0.2, losses=losses[-1])
        gradients.append(
            {
                (name, param): np.asarray(pipe.model.ops.to_numpy(pipe.model.get_grad(param)))
                for name, pipe in nlp.pipeline
                for param in pipe.model.param_names
            }
        )
    for name in ALL:
        assert losses[0][name] == pytest.approx(losses[1][name], rel=1e-3)
    for key, wanted in gradients[0].items():
        np.testing.assert_allclose(gradients[1][key], wanted, rtol=1e-2, atol=1e-4, err_msg=str(key))


def test_learning_on_the_gpu(gpu):
    nlp, examples, first, last = trained(ALL, steps=40)
    assert all(last[name] < 0.5 * first[name] for name in ALL)
    texts = [example.reference.text for example in examples]
    before = [[token.tag_ for token in doc] for doc in nlp.pipe(texts)]
    nlpcore.require_cpu()
    clone = trained(ALL, steps=0)[0].from_bytes(nlp.to_bytes())
    assert [[token.tag_ for token in doc] for doc in clone.pipe(texts)] == before
