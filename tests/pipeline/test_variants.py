"""Kernel variants: one answer under each, whatever surrounds a text; between them few near ties."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nlpcore
from nlpcore.kernels import simd
from nlpcore.tokens import DocBin

from .forced import PER_DIFFERENCE
from .near_ties import compare

NUMBER = 60
ALL = 5  # decisions for a token, about


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.load("en_core_web_sm")


@pytest.fixture(scope="module", params=simd.available())
def annotated(request, nlp, tmp_path_factory):
    """The variant's Docs, from a process of its own, which found that nothing changes their bits."""
    path = tmp_path_factory.mktemp("variant") / request.param
    subprocess.run(
        [sys.executable, Path(__file__).with_name("one_variant.py"), path, str(NUMBER)],
        env={**os.environ, "NLPCORE_SIMD": request.param},
        check=True,
    )
    docs = list(DocBin().from_disk(path).get_docs(nlp.vocab))
    tensors = np.fromfile(f"{path}.tensors", dtype="float32").reshape(sum(map(len, docs)), -1)
    for doc, tensor in zip(docs, np.split(tensors, np.cumsum([len(doc) for doc in docs])[:-1]), strict=True):
        doc.tensor = tensor
    return docs


def test_nothing_but_the_text_decides_and_variants_agree(nlp, annotated, capsys):
    docs = list(nlp.pipe(doc.text for doc in annotated))
    ties, clear = compare(nlp, nlp, docs, annotated)
    if "NLPCORE_DATA" in os.environ:
        with capsys.disabled():
            print(f"\n{sum(map(len, docs))} tokens; near ties that were decided otherwise: {dict(ties)}")
    assert clear == []
    assert ties.total() <= max(1, ALL * sum(map(len, docs)) / PER_DIFFERENCE)
