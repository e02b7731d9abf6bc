"""Vectors of words from those of their n-grams."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlpcore
from nlpcore import errors
from nlpcore.training.starting import vectors_pipeline
from nlpcore.vocab import Vectors
from nlpcore.vocab.ngrams import NgramHashing

SETTINGS = {"minn": 2, "maxn": 3, "hash_count": 2, "hash_seed": 2166136261}
MASK = 2**64 - 1


def murmur3(data, seed):
    """MurmurHash3_x64_128, as its author describes it, in whole numbers: four of 32 bits."""

    def turned(x, r):
        return ((x << r) | (x >> (64 - r))) & MASK

    def mixed(k, first, r, second):
        return turned(k * first & MASK, r) * second & MASK

    def final(k):
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            k = (k ^ (k >> 33)) * factor & MASK
        return k ^ (k >> 33)

    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = seed
    whole = len(data) // 16 * 16
    for i in range(0, whole, 16):
        k1, k2 = (int.from_bytes(data[i + at : i + at + 8], "little") for at in (0, 8))
        h1 = ((turned(h1 ^ mixed(k1, c1, 31, c2), 27) + h2) * 5 + 0x52DCE729) & MASK
        h2 = ((turned(h2 ^ mixed(k2, c2, 33, c1), 31) + h1) * 5 + 0x38495AB5) & MASK
    tail = data[whole:].ljust(16, b"\0")
    h1 ^= mixed(int.from_bytes(tail[:8], "little"), c1, 31, c2) ^ len(data)
    h2 ^= mixed(int.from_bytes(tail[8:], "little"), c2, 33, c1) ^ len(data)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    h1, h2 = final(h1), final(h2)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    return [h1 & 0xFFFFFFFF, h1 >> 32, h2 & 0xFFFFFFFF, h2 >> 32]


@given(
    st.text(min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.sampled_from([("<", ">"), ("", ""), ("«", "ß")]),
    st.integers(1, 1000),
)
def test_rows_are_those_of_the_word_and_of_its_n_grams(word, minn, more, hash_count, seed, ends, n_rows):
    hashing = NgramHashing(minn, minn + more, hash_count, seed, *ends)
    whole = f"{ends[0]}{word}{ends[1]}"
    pieces = [whole] + [
        whole[i : i + size] for size in range(minn, minn + more + 1) for i in range(len(whole) - size + 1)
    ]
    wanted = [
        h % n_rows
        for piece in pieces
        for h in murmur3(piece.encode("utf8", "surrogatepass"), seed)[:hash_count]
    ]
    assert hashing.rows(word, n_rows).tolist() == wanted


@pytest.fixture
def vectors():
    return Vectors(data=np.arange(40, dtype="float32").reshape(10, 4), mode="floret", name="f", **SETTINGS)


def test_known_words_have_the_known_vectors(vectors):
    # As spaCy 3 computes them from the same table.
    for word, first in (("a", 16), ("ab", 19.66667), ("hello", 21.5), ("дом", 18.25), ("naïve", 19.333334)):
        assert vectors[word] == pytest.approx(np.arange(4) + first)
    assert vectors.get_batch(["ab", "", "ab"])[1].tolist() == [0, 0, 0, 0]
    assert vectors.get_batch([]).shape == (0, 4)


def test_any_string_has_a_vector_in_a_pipeline(vectors):
    nlp = nlpcore.blank("en")
    nlp.vocab.vectors = vectors
    doc = nlp("hello naïve")
    assert all(token.has_vector for token in doc)
    assert doc.vector == pytest.approx((vectors["hello"] + vectors["naïve"]) / 2)
    assert doc[0].similarity(doc[0]) == pytest.approx(1)
    assert nlp.vocab["unseen"].has_vector
    assert (nlp.vocab["hello"].vector == vectors["hello"]).all()
    assert (nlp.vocab.get_vector(nlp.vocab.strings.add("hello")) == vectors["hello"]).all()
    assert 12345 not in vectors
    assert (vectors.n_keys, len(vectors), vectors.is_full) == (-1, 10, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.add("a", vector=np.zeros(4)),
        lambda v: v.__setitem__("a", np.zeros(4)),
        lambda v: v.resize((3, 4)),
        lambda v: v.clear(),
        lambda v: v.find(key="a"),
        lambda v: v.most_similar(np.ones((1, 4))),
    ],
)
def test_what_needs_words_is_refused(vectors, change):
    with pytest.raises(errors.VectorShapeError, match="floret"):
        change(vectors)


def test_copies_hash_alike(vectors, tmp_path):
    vectors.to_disk(tmp_path / "v")
    nlp = nlpcore.blank("en")
    nlp.vocab.vectors = vectors
    nlp.to_disk(tmp_path / "model")
    for copy in (
        Vectors().from_bytes(vectors.to_bytes()),
        Vectors().from_disk(tmp_path / "v"),
        pickle.loads(pickle.dumps(vectors)),
        nlpcore.load(tmp_path / "model").vocab.vectors,
    ):
        assert copy.mode == "floret"
        assert copy.ngrams == vectors.ngrams
        assert (copy["hello"] == vectors["hello"]).all()


@pytest.mark.parametrize("change", [{"minn": "2"}, {"hash_count": 5}, {"more": 1}, {"bow": 3}])
def test_damaged_settings_are_refused(vectors, change):
    meta, tensors = vectors.get_state()
    with pytest.raises(errors.BadDataError):
        Vectors().set_state({**meta, "floret": {**meta["floret"], **change}}, tensors)


def test_a_starter_has_the_table(tmp_path):
    path = tmp_path / "x.floret"
    rows = "".join(f"{i} {i} {i + 1}\n" for i in range(7))
    path.write_text(f"7 2 2 3 2 2166136261 < >\n{rows}")
    nlp = vectors_pipeline("en", path, name="starter_vectors")
    assert nlp("anything")[0].has_vector
    assert nlp.vocab.vectors.shape == (7, 2)
    with pytest.raises(errors.VectorsFileError, match="pruned"):
        vectors_pipeline("en", path, prune=3)
    with pytest.raises(errors.VectorShapeError, match="floret"):
        nlp.vocab.prune_vectors(3)
    nlp.add_pipe("tok2vec", config={"static_vectors": True})
    nlp.add_pipe("tagger").add_label("A")
    with pytest.raises(errors.WordVectorsError, match="n-grams"):
        nlp.initialize()
