import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.vocab import MorphAnalysis, Morphology, StringStore, Vocab

names = st.text("abcXYZ12[]", min_size=1, max_size=4)


@pytest.fixture
def vocab():
    return Vocab()


def test_canonical_strings(vocab):
    canonical = {
        "Number=Sing|Case=Nom": "Case=Nom|Number=Sing",
        "b=1|A=2|a=3|B=4": "A=2|B=4|a=3|b=1",
        "Case=Nom,Acc": "Case=Acc,Nom",
        "Case=Nom|Case=Acc": "Case=Acc",
        "": "_",
        "_": "_",
    }
    for feats, expected in canonical.items():
        assert vocab.strings[vocab.morphology.add(feats)] == expected
    assert (
        vocab.strings[vocab.morphology.add({"Number": "Sing", "Case": "Nom,Acc"})]
        == "Case=Acc,Nom|Number=Sing"
    )
    assert vocab.strings[vocab.morphology.add({"ORTH": "x", 68: "y"})] == "ORTH=x|SHAPE=y"
    assert vocab.morphology.add({}) == vocab.strings["_"]


def test_get(vocab):
    key = vocab.morphology.add("Case=Nom")
    assert vocab.morphology.get(key) == "Case=Nom"
    assert vocab.morphology.get(0) == ""
    assert vocab.morphology.get(12345) == ""


@pytest.mark.parametrize("bad", [None, 5, {"Case": None}, {"Case": ["Nom"]}])
def test_what_is_no_analysis_is_left_out_with_a_warning(vocab, bad):
    with pytest.warns(UserWarning, match="morphological features"):
        assert vocab.morphology.add(bad) == vocab.strings["_"]


@pytest.mark.parametrize("bad", ["noun", "a=b|", "A=B=C", "|", "a=b||c=d"])
def test_malformed_strings(vocab, bad):
    with pytest.raises(errors.BadMorphFeaturesError):
        vocab.morphology.add(bad)
    with pytest.raises(ValueError, match="Morphological features"):
        MorphAnalysis(vocab, bad)


@given(st.dictionaries(names, st.lists(names, min_size=1, unique=True).map(",".join)))
def test_dict_and_string(features):
    feats = Morphology.dict_to_feats(features)
    back = Morphology.feats_to_dict(feats)
    assert {k: set(v.split(",")) for k, v in back.items()} == {
        k: set(v.split(",")) for k, v in features.items()
    }
    assert Morphology.dict_to_feats(back) == feats
    morph = MorphAnalysis(Vocab(), features)
    assert str(morph) == feats
    assert morph.to_dict() == back
    assert len(morph) == sum(len(v.split(",")) for v in features.values())
    assert all(f"{k}={v}" in morph for k, values in back.items() for v in values.split(","))


def test_wrong_types():
    for bad in (5, None, ["a=b"]):
        with pytest.raises(errors.BadMorphFeaturesError):
            Morphology.feats_to_dict(bad)
        with pytest.raises(errors.BadMorphFeaturesError):
            Morphology.dict_to_feats(bad)


def test_analysis(vocab):
    morph = MorphAnalysis(vocab, "Number=Plur|Case=Nom,Acc")
    assert str(morph) == repr(morph) == morph.to_json() == "Case=Acc,Nom|Number=Plur"
    assert morph.to_dict() == {"Case": "Acc,Nom", "Number": "Plur"}
    assert list(morph) == ["Case=Acc", "Case=Nom", "Number=Plur"]
    assert len(morph) == 3
    assert "Case=Nom" in morph
    assert vocab.strings["Case=Nom"] in morph
    assert "Case" not in morph
    assert "Case=Dat" not in morph
    assert morph.get("Case") == ["Acc", "Nom"]
    assert morph.get("Tense") == []
    assert morph.get("Tense", ["Pres"]) == ["Pres"]
    assert morph.key == vocab.strings["Case=Acc,Nom|Number=Plur"]
    assert morph.vocab is vocab


def test_empty_analysis(vocab):
    for morph in (
        MorphAnalysis(vocab),
        MorphAnalysis(vocab, ""),
        MorphAnalysis(vocab, "_"),
        MorphAnalysis.from_id(vocab, 0),
    ):
        assert str(morph) == ""
        assert not morph
        assert list(morph) == []
        assert morph.to_dict() == {}
    assert str(MorphAnalysis.from_id(vocab, 777)) == ""


def test_equality(vocab):
    one = MorphAnalysis(vocab, "Number=Sing|Case=Nom")
    same = MorphAnalysis(Vocab(), {"Case": "Nom", "Number": "Sing"})
    other = MorphAnalysis(vocab, "Case=Nom")
    assert one == same
    assert one != other
    assert hash(one) == hash(same)
    assert {one: 1}[same] == 1
    assert MorphAnalysis.from_id(vocab, one.key) == one
    assert one != None  # noqa: E711
    with pytest.raises(ValueError, match="str"):
        one == "Case=Nom|Number=Sing"  # noqa: B015


def test_from_feats_interns_nothing(vocab):
    morph = MorphAnalysis.from_feats(vocab, "Case=Nom")
    assert len(vocab.strings) == 0
    assert morph.get("Case") == ["Nom"]
    assert morph == MorphAnalysis(Vocab(), "Case=Nom")
    assert not MorphAnalysis.from_feats(vocab, "_")


def test_pickle(vocab):
    morph = MorphAnalysis(vocab, "Case=Nom")
    assert pickle.loads(pickle.dumps(morph)) == morph
    assert str(pickle.loads(pickle.dumps(morph))) == "Case=Nom"
    assert isinstance(pickle.loads(pickle.dumps(vocab.morphology)).strings, StringStore)
