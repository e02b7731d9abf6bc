"""The CoNLL-U reader: what it gives, and what it says about what it refuses."""

import os
import random
from pathlib import Path

import pytest

from nlpcore.errors import ConlluError, CorpusError
from nlpcore.training.conllu import find_cycle, parse_conllu, read_conllu, read_conllu_lines

from .conllu_samples import SAMPLE, random_conllu, random_text


def row(number, form, head, deprel="dep", misc="_", lemma="_", upos="_", feats="_"):
    return f"{number}\t{form}\t{lemma}\t{upos}\t_\t{feats}\t{head}\t{deprel}\t_\t{misc}\n"


def test_documents_and_text():
    first, second = parse_conllu(SAMPLE)
    assert (first.name, second.name) == ("first", "second")
    assert first.text == "They don't know Ada. Vamos al mar\n\nSue likes tea, Bob coffee"
    assert second.text == "Hi"
    assert [sentence.sent_id for sentence in first.sentences] == ["1", "2", "3"]
    assert [sentence.newpar for sentence in first.sentences] == [True, False, True]
    assert len(first) == 16


def test_layers():
    sentence = parse_conllu(SAMPLE)[0].sentences[0]
    assert sentence.forms == ["They", "do", "n't", "know", "Ada", "."]
    assert sentence.heads == [3, 3, 3, 3, 3, 3]
    assert sentence.deprels[3] == "root"
    assert sentence.feats[5] == ""
    assert sentence.misc[4] == "SpaceAfter=No"
    assert list(sentence.tokens())[1] == (1, 3, "don't")


def test_words_of_a_multiword_token_are_exact_where_they_spell_it():
    document = parse_conllu(SAMPLE)[0]
    english, spanish, _ = document.sentences
    pieces = [document.text[a:b] for a, b in zip(english.starts, english.ends, strict=True)]
    assert pieces == english.forms
    assert not any(english.virtual)
    assert english.space_after == [True, False, True, True, False, True]
    pieces = [document.text[a:b] for a, b in zip(spanish.starts, spanish.ends, strict=True)]
    assert pieces == ["Vamos", "al", "al", "mar"]
    assert spanish.virtual == [False, True, True, False]
    assert spanish.space_after == [True, False, True, False]  # a paragraph break is no blank


def test_empty_nodes_are_kept_aside():
    sentence = parse_conllu(SAMPLE)[0].sentences[2]
    assert len(sentence) == 6
    assert [(node.after, node.columns[0]) for node in sentence.empty_nodes] == [(5, "5.1")]


def test_unannotated_layers_are_none():
    sentence = parse_conllu(row(1, "a", "_", "_") + row(2, "b", "_", "_"))[0].sentences[0]
    layers = (sentence.lemmas, sentence.upos, sentence.xpos, sentence.feats, sentence.heads, sentence.deprels)
    assert layers == (None,) * 6
    assert sentence.entities is None


def test_text_is_made_from_the_words_where_there_is_none():
    text = row(1, "a", 0, "root") + row(2, "b", 1, misc="SpaceAfter=No") + row(3, ".", 1)
    document = parse_conllu(text)[0]
    assert document.text == "a b."
    assert document.sentences[0].ends == [1, 3, 4]


def test_blanks_in_the_text_win_over_space_after():
    document = parse_conllu("# text = a  b\n" + row(1, "a", 0, "root", "SpaceAfter=No") + row(2, "b", 1))[0]
    assert document.text == "a  b"
    assert document.sentences[0].space_after == [True, False]


def test_words_with_blanks():
    document = parse_conllu("# text = 10 000 Mann\n" + row(1, "10 000", 2) + row(2, "Mann", 0, "root"))[0]
    assert document.sentences[0].starts == [0, 7]


def test_byte_order_mark_crlf_and_no_last_blank_line(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_bytes(b"\xef\xbb\xbf" + SAMPLE.rstrip("\n").replace("\n", "\r\n").encode())
    assert [document.text for document in read_conllu(path)] == [d.text for d in parse_conllu(SAMPLE)]


def test_comments_alone_belong_to_what_follows():
    text = "# newdoc id = x\n\n" + row(1, "a", 0, "root") + "\n# newpar\n\n" + row(1, "b", 0, "root")
    (document,) = parse_conllu(text)
    assert document.name == "x"
    assert document.text == "a\n\nb"


ROOT = row(1, "a", 0, "root")
BAD = {
    "columns": ("1\ta\tb\n", 1, "3 columns .* CoNLL-U has 10"),
    "columns blank": (ROOT.replace("\t", " "), 1, "1 columns"),
    "id": (ROOT + row(3, "b", 1), 2, "ID is '3' where word 2 should stand"),
    "id word": (row("x", "a", 0), 1, "ID is 'x'"),
    "empty form": (row(1, "", 0), 1, "FORM is empty"),
    "blank form": (row(1, "\u00a0", 0), 1, "FORM is empty"),
    "cycle": (ROOT + row(2, "b", 3) + row(3, "c", 2), 2, "cycle"),
    "no root": (row(1, "a", 2) + row(2, "b", 1), 1, "cycle"),
    "own head": (ROOT + row(2, "b", 2), 2, "word 2 is its own HEAD"),
    "missing head": (ROOT + row(2, "b", "_"), 2, "word 2 has no HEAD"),
    "head out of range": (ROOT + row(2, "b", 3), 2, "HEAD of word 2 is 3, but the sentence has 2 words"),
    "negative head": (ROOT + row(2, "b", "-1"), 2, "no number"),
    "huge head": (ROOT + row(2, "b", "9" * 5000), 2, "no number"),
    "other digits": (ROOT + row(2, "b", "²"), 2, "no number"),
    "two roots": (ROOT + row(2, "b", 0, "root"), 2, "word 2 is a second root; word 1"),
    "range late": (ROOT + row("1-2", "ab", "_") + row(2, "b", 1), 2, "right before word 1"),
    "range of one": (row("1-1", "a", "_") + ROOT, 1, "fewer than two words"),
    "range too long": (row("1-3", "ab", "_") + ROOT + row(2, "b", 1), 3, "beyond the 2 words"),
    "ranges overlap": (
        row("1-3", "abc", "_") + ROOT + row("2-3", "bc", "_") + row(2, "b", 1) + row(3, "c", 1),
        3,
        "overlaps",
    ),
    "range no number": (row("1-x", "a", "_") + ROOT, 1, "is no ID"),
    "range empty": (row("1-2", "_", "_").replace("\t_", "\t", 1) + ROOT, 1, "FORM is empty"),
    "empty node": (ROOT + row("1.2", "b", "_"), 2, "where 1.1 should stand"),
    "late comment": (ROOT + "# text = a\n" + row(2, "b", 1), 2, "a comment between the words"),
    "no words": (row("1-2", "ab", "_"), 1, "without words"),
    "text differs": ("# text = a c\n" + ROOT + row(2, "b", 1), 3, "word is 'b' the text goes on with 'c'"),
    "text longer": ("# text = a b\n" + ROOT, 2, "after the last word the text goes on with 'b'"),
    "text shorter": ("# text = a\n" + ROOT + row(2, "b", 1), 3, "where the word is 'b'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_file_and_line(case):
    text, line, message = BAD[case]
    with pytest.raises(ConlluError, match=message) as caught:
        parse_conllu(ROOT + "\n" + text, name="my.conllu")
    assert (caught.value.path, caught.value.line) == ("my.conllu", line + 2)
    assert f"my.conllu:{line + 2}: " in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, CorpusError)


@pytest.mark.parametrize("case", BAD)
def test_bad_sentences_can_be_left_out(case, tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(ROOT + "\n" + BAD[case][0] + "\n" + row(1, "z", 0, "root"), "utf8")
    errors = []
    (document,) = read_conllu(path, on_error=errors.append)
    assert document.text == "a z"
    assert len(errors) == 1


def test_not_utf8(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_bytes(ROOT.encode() + b"\n# newdoc\n" + ROOT.replace("a", "\xe9").encode("latin1"))
    with pytest.raises(ConlluError, match=r"a.conllu:4: not UTF-8 \(byte 3 of the line\)"):
        list(read_conllu(path))
    errors = []
    (document,) = read_conllu(path, on_error=errors.append)
    assert (document.text, len(errors)) == ("a", 1)


def test_what_a_refused_sentence_says_about_documents_still_holds():
    text = ROOT + "\n# newdoc id = two\n1\tx\n\n" + row(1, "b", 0, "root")
    errors = []
    lines = text.encode().splitlines(keepends=True)
    first, second = read_conllu_lines(lines, on_error=errors.append)
    assert (first.text, second.text, second.name) == ("a", "b", "two")


def test_lone_surrogates():
    with pytest.raises(ConlluError, match="<text>:1: not UTF-8"):
        parse_conllu(row(1, "a\ud800", 0, "root"))


def test_empty_file():
    assert parse_conllu("") == []
    assert parse_conllu("\n\n\n") == []
    assert parse_conllu("# newdoc\n\n") == []


@pytest.mark.parametrize("seed", range(30))
def test_any_damage_gives_a_result_or_an_error(seed):
    rng = random.Random(seed)
    data = bytearray(SAMPLE.encode() + random_conllu(rng, random_text(rng)).encode())
    for _ in range(rng.randint(1, 5)):
        data[rng.randrange(len(data))] = rng.choice(b"\t\n-.0129_#\xff a")
    lines = bytes(data).splitlines(keepends=True)
    errors = []
    documents = list(read_conllu_lines(lines, on_error=errors.append))
    for document in documents:
        for sentence in document.sentences:
            assert find_cycle(sentence.heads or []) == -1
            for start, end in zip(sentence.starts, sentence.ends, strict=True):
                assert 0 <= start < end <= len(document.text)


def test_long_chain():
    n = 20000
    text = "".join(row(i + 1, "a", i, "root" if i == 0 else "dep") for i in range(n))
    assert len(parse_conllu(text)[0]) == n


@pytest.mark.slow
@pytest.mark.skipif("NLPCORE_DATA" not in os.environ, reason="NLPCORE_DATA is not set")
def test_treebanks_read_without_an_error():
    for path in sorted(Path(os.environ["NLPCORE_DATA"]).glob("UD_*/*.conllu")):
        for document in read_conllu(path):
            for sentence in document.sentences:
                assert sentence.heads is not None
                for i, form in enumerate(sentence.forms):
                    if not sentence.virtual[i]:
                        piece = document.text[sentence.starts[i] : sentence.ends[i]]
                        assert "".join(piece.split()).lower() == "".join(form.split()).lower()
