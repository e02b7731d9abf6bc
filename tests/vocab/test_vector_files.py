"""Word vectors from text files."""

import bz2
import gzip
import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.vocab.ngrams import NgramHashing
from nlpcore.vocab.vector_files import read_floret_file, read_vector_file

NUMBERS = st.floats(-100, 100, width=32).map(float)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=6)


@pytest.mark.parametrize("text", ["a 1 2\nb 1\n", "a 1 2\nb 1 x\n", "a 1 nan\n", "a 1 2\n\xff\xfe 1 2\n", ""])
def test_broken_vector_files_are_named_with_their_line(tmp_path, text):
    path = tmp_path / "bad.vec"
    path.write_bytes(text.encode("latin1"))
    with pytest.raises(errors.VectorsFileError, match=r"bad\.vec, line"):
        read_vector_file(path)


def test_a_header_line_and_gzip_are_understood(tmp_path):
    path = tmp_path / "ok.vec.gz"
    with gzip.open(path, "wt") as file:
        file.write("2 3\nthe 1 2 3\ncat 4 5 6\n")
    words, vectors = read_vector_file(path)
    assert words == ["the", "cat"]
    assert vectors.tolist() == [[1, 2, 3], [4, 5, 6]]


@given(
    st.lists(st.tuples(WORDS, st.lists(NUMBERS, min_size=3, max_size=3)), min_size=1, max_size=8),
    st.booleans(),
)
def test_what_was_written_is_read(tmp_path_factory, lines, header):
    path = tmp_path_factory.mktemp("v") / "x.vec"
    text = f"{len(lines)} 3\n" if header else ""
    text += "".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in lines)
    path.write_text(text, encoding="utf8")
    first = dict(reversed(lines))
    words, vectors = read_vector_file(path)
    assert words == list(dict.fromkeys(word for word, _ in lines))
    np.testing.assert_array_equal(vectors, np.array([first[word] for word in words], dtype="float32"))


@pytest.mark.parametrize(("ending", "opener"), [(".gz", gzip.open), (".bz2", bz2.open), (".xz", lzma.open)])
def test_compressed_files_are_read_and_damaged_ones_named(tmp_path, ending, opener):
    path = tmp_path / f"x.vec{ending}"
    with opener(path, "wt") as file:
        file.write("the 1 2\n" * 500)
    assert read_vector_file(path)[0] == ["the"]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(errors.VectorsFileError, match="damaged"):
        read_vector_file(path)


def test_words_may_have_blanks_and_come_twice(tmp_path):
    path = tmp_path / "x.vec"
    path.write_text("the 1 2\nNew York 3 4\nthe 5 6\n")
    words, vectors = read_vector_file(path)
    assert words == ["the", "New York"]
    assert vectors.tolist() == [[1, 2], [3, 4]]
    assert read_vector_file(path, most=1)[0] == ["the"]


FLORET = "3 2 4 5 2 2166136261 < >\n0 0.1 0.2\n1 1 2\n2 -1 0\n"


def test_tables_of_floret_are_read_with_their_settings(tmp_path):
    path = tmp_path / "x.floret.gz"
    with gzip.open(path, "wt") as file:
        file.write(FLORET)
    data, hashing = read_floret_file(path)
    assert data.tolist() == np.array([[0.1, 0.2], [1, 2], [-1, 0]], dtype="float32").tolist()
    assert hashing == NgramHashing(4, 5, 2, 2166136261, "<", ">")
    with pytest.raises(errors.VectorsFileError, match="words are needed"):
        read_vector_file(path)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("1 1 2\n", "2 1 2\n", "line 3: row 1 of 3"),
        ("1 1 2\n", "1 1\n", "line 3"),
        ("1 1 2\n", "1 1 x\n", "line 3"),
        ("2 -1 0\n", "", "3: there are 2 rows"),
        ("2 -1 0\n", "2 -1 0\n3 0 0\n", "line 5: row 3 of 3"),
        ("3 2 4 5 2", "3 2 5 4 2", "maxn"),
        ("3 2 4 5 2", "3 2 4 5 9", "hash_count"),
        ("3 2 4 5 2", "0 2 4 5 2", "0 rows"),
        ("3 2 4 5 2", "3 2 4 5", "no table of floret"),
    ],
)
def test_broken_tables_of_floret_are_named_with_their_line(tmp_path, old, new, complaint):
    path = tmp_path / "x.floret"
    path.write_text(FLORET.replace(old, new))
    with pytest.raises(errors.VectorsFileError, match=complaint):
        read_floret_file(path)
