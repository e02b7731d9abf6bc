import pytest

import nlpcore
from nlpcore.glossary import GLOSSARY, explain


def test_tags_labels_and_types_are_explained():
    for name in ("NOUN", "VBZ", "nsubj", "nsubj:pass", "ORG", "PER", "_SP", "-LRB-"):
        assert explain(name) == GLOSSARY[name] != ""
    assert nlpcore.explain is explain


def test_an_unknown_name_gives_none_and_a_warning():
    with pytest.warns(UserWarning, match="NOPE"):
        assert explain("NOPE") is None
