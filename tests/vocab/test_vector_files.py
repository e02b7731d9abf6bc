"""Word vectors from text files."""

import bz2
import gzip
import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.vocab.vector_files import read_vector_file

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


def test_tables_of_floret_are_refused(tmp_path):
    path = tmp_path / "x.floret"
    path.write_text("5000 300 4 5 2 2166136261 < >\n0 0.1 0.2\n")
    with pytest.raises(errors.VectorsFileError, match="floret"):
        read_vector_file(path)
