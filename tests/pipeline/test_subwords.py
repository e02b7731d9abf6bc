"""Where sentences may begin, for windows that do not divide them."""

import pytest

import nlpcore
from nlpcore.pipeline.subwords import breaks_of


def first_words(doc):
    index, ids, gaps = doc.network_input()
    breaks = breaks_of(doc, index, ids, gaps)
    assert breaks.dtype == bool
    return [doc[int(i)].text for i, is_break in zip(index, breaks, strict=True) if is_break]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("We left. They stayed! Who knows? Nobody", ["We", "They", "Who", "Nobody"]),
        ('He said "Go." Then (he stopped!) they left', ["He", "Then", "they"]),
        ("Well... a title\nNext line\n\nNext paragraph", ["Well", "a", "Next", "Next"]),
        ("one, two; three: four", ["one"]),
        ("они ушли 。 他們", ["они", "他們"]),
        ("", []),
    ],
)
def test_sentences_may_begin_behind_what_ends_them(text, wanted):
    assert first_words(nlpcore.blank("xx")(text)) == wanted


def test_where_sentences_begin_is_known_where_it_is_set():
    doc = nlpcore.blank("en")("We left. They stayed")
    for token in doc:
        token.is_sent_start = token.text == "left"
    assert first_words(doc) == ["left"]
