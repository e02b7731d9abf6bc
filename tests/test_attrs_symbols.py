import pytest

from nlpcore import attrs, symbols
from nlpcore.vocab import StringStore


def test_numbers():
    known = {
        "": 0,
        "IS_ALPHA": 1,
        "FLAG63": 63,
        "ORTH": 65,
        "NOUN": 92,
        "VERB": 100,
        "SPACE": 103,
        "PERSON": 380,
        "ORG": 383,
        "LAW": 390,
        "acomp": 398,
        "nsubj": 429,
        "acl": 451,
        "ENT_KB_ID": 452,
        "IDX": 455,
        "_": 456,
    }
    assert {name: symbols.IDS[name] for name in known} == known
    assert len(symbols.NAMES) == 457
    assert all(symbols.NAMES[i] == name for name, i in symbols.IDS.items())
    assert symbols.NOUN == 92
    assert symbols.nsubj == 429


def test_attributes_are_symbols():
    assert len(attrs.IDS) == 86
    assert all(symbols.IDS[name] == i for name, i in attrs.IDS.items())
    assert [attrs.IDS[name] for name in attrs.NAMES] == sorted(attrs.IDS.values())
    assert (attrs.LEMMA, attrs.POS, attrs.MORPH, attrs.ENT_ID) == (73, 74, 453, 454)
    assert "PROB" not in attrs.IDS
    assert attrs.IOB_STRINGS == ("", "I", "O", "B")


def test_intify_attr():
    assert attrs.intify_attr("lemma") == attrs.intify_attr("LEMMA") == attrs.intify_attr(73) == 73
    assert attrs.intify_attr("nope") is None
    with pytest.raises(AttributeError):
        attrs.intify_attr(None)


def test_intify_attrs():
    strings = StringStore()
    assert attrs.intify_attrs({"lemma": "run", "nope": 1, 75: "VB"}) == {73: "run", 75: "VB"}
    assert attrs.intify_attrs({"lemma": "run", "is_stop": True}, strings) == {73: strings["run"], 12: True}
    assert "run" in strings
    assert attrs.intify_attrs({"pos": "NOUN"}, strings) == {74: 92}
    assert attrs.intify_attrs({"pos": "NOUN", "L": "x"}, strings, True) == {75: 92, 73: strings["x"]}
