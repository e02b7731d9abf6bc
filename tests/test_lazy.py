"""NumPy is imported by who asks for something of it."""

import subprocess
import sys

import numpy

from nlpcore import lazy


def test_it_is_the_module():
    assert lazy.numpy.float32 is numpy.float32
    assert lazy.numpy.linalg.norm is numpy.linalg.norm
    assert lazy.is_loaded("numpy")
    assert not lazy.is_loaded("no_such_module")


def test_names_that_the_module_lacks_are_missing():
    assert not hasattr(lazy.numpy, "no_such_name")


def test_the_first_attribute_imports_it():
    code = (
        "import sys; from nlpcore.lazy import numpy as np; print('numpy' in sys.modules); "
        "np.zeros(1); print('numpy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "True"]


def test_tokens_and_entities_are_read_without_it():
    code = (
        "import sys, nlpcore; doc = nlpcore.load('en_core_web_sm')('Ann sleeps in Oslo. Bo reads.'); "
        "[(t.text, t.lemma_, t.tag_, t.pos_, str(t.morph), t.dep_, t.head.i, t.ent_type_) for t in doc]; "
        "[(e.text, e.label_) for e in doc.ents], [s.text for s in doc.sents]; print('numpy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False"]
