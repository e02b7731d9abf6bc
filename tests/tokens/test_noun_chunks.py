"""English noun chunks over Universal Dependencies."""

import pytest

from nlpcore.lang.en.syntax_iterators import noun_chunks
from nlpcore.tokens import Doc
from nlpcore.vocab.vocab import Vocab

VOCAB = Vocab(get_noun_chunks=noun_chunks)


def doc(rows):
    """(word, pos, head, dep) for each token."""
    words, pos, heads, deps = zip(*rows, strict=True)
    return Doc(VOCAB, words=words, pos=pos, heads=heads, deps=deps)


def test_modifiers_and_prepositions():
    parsed = doc(
        [
            ("The", "DET", 2, "det"),
            ("old", "ADJ", 2, "amod"),
            ("owner", "NOUN", 6, "nsubj"),
            ("of", "ADP", 5, "case"),
            ("the", "DET", 5, "det"),
            ("house", "NOUN", 2, "nmod"),
            ("lost", "VERB", 6, "ROOT"),
            ("Ann", "PROPN", 9, "nmod:poss"),
            ("'s", "PART", 7, "case"),
            ("keys", "NOUN", 6, "obj"),
            (".", "PUNCT", 6, "punct"),
        ]
    )
    assert [chunk.text for chunk in parsed.noun_chunks] == ["The old owner", "the house", "Ann 's keys"]
    assert {chunk.label_ for chunk in parsed.noun_chunks} == {"NP"}
    assert [chunk.root.text for chunk in parsed.noun_chunks] == ["owner", "house", "keys"]
    assert [chunk.text for chunk in parsed[3:].noun_chunks] == ["the house", "Ann 's keys"]


def test_coordination_names_and_predicates():
    parsed = doc(
        [
            ("Cats", "NOUN", 4, "nsubj"),
            ("and", "CCONJ", 2, "cc"),
            ("dogs", "NOUN", 0, "conj"),
            ("are", "AUX", 4, "cop"),
            ("friends", "NOUN", 4, "ROOT"),
            ("in", "ADP", 6, "case"),
            ("New", "PROPN", 4, "obl"),
            ("York", "PROPN", 6, "flat"),
        ]
    )
    assert [chunk.text for chunk in parsed.noun_chunks] == ["Cats", "dogs", "friends", "New York"]


def test_a_parse_is_needed():
    with pytest.raises(ValueError, match="dependency parse"):
        list(Doc(VOCAB, words=["a"]).noun_chunks)
    assert list(Doc(VOCAB).noun_chunks) == []
    with pytest.raises(NotImplementedError):
        list(Doc(Vocab(), words=["a"]).noun_chunks)
