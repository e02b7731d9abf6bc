import pickle

import numpy
import pytest

from nlpcore import errors
from nlpcore.vocab import StringStore, Vectors
from nlpcore.vocab.strings import hash_string


@pytest.fixture
def vectors():
    return Vectors(data=numpy.eye(4, dtype="float32") + 0.1, keys=["a", "b", "c", "d"], name="v")


def test_sizes():
    vectors = Vectors(shape=(3, 4), name="v")
    assert vectors.shape == (3, 4)
    assert vectors.size == 12
    assert len(vectors) == 3
    assert vectors.n_keys == 0
    assert vectors.name == "v"
    assert not vectors.is_full
    assert vectors.data.dtype == numpy.float32
    assert Vectors().shape == (0, 0)
    assert Vectors().is_full


def test_adding():
    vectors = Vectors(shape=(3, 2), strings=StringStore())
    assert vectors.add(5) == 0
    assert vectors.add(5, vector=[1, 2]) == 0
    assert vectors.add("cat", vector=numpy.arange(2)) == 1
    assert "cat" in vectors.strings
    assert vectors.add(6, row=0) == 0
    assert list(vectors) == list(vectors.keys()) == [5, hash_string("cat"), 6]
    assert vectors[6].tolist() == [1, 2]
    assert vectors["cat"].tolist() == [0, 1]
    assert "cat" in vectors
    assert 7 not in vectors
    assert [(key, vector.tolist()) for key, vector in vectors.items()][2] == (6, [1, 2])
    assert [vector.tolist() for vector in vectors.values()] == [[1, 2], [0, 1]]
    assert vectors.add(7) == 2
    assert vectors.is_full
    with pytest.raises(errors.VectorsFullError):
        vectors.add(8)
    with pytest.raises(ValueError, match="row 100"):
        vectors.add(5, row=100)
    with pytest.raises(ValueError, match="width 2"):
        vectors.add(5, vector=[1, 2, 3])
    vectors[5] = [7, 8]
    assert vectors[6].tolist() == [7, 8]
    for use in (lambda: vectors[99], lambda: vectors.__setitem__(99, [1, 2])):
        with pytest.raises(errors.VectorNotFoundError):
            use()


def test_finding(vectors):
    a, d = hash_string("a"), hash_string("d")
    assert vectors.find(key="a") == vectors.find(key=a) == 0
    assert vectors.find(key="zz") == -1
    assert vectors.find(keys=["d", a, 99]).tolist() == [3, 0, -1]
    assert vectors.find(row=3) == d
    assert vectors.find(rows=[3, 0]).tolist() == [d, a]
    assert vectors.find(rows=[3]).dtype == numpy.uint64
    with pytest.raises(KeyError):
        vectors.find(row=4)
    for wrong in ({}, {"key": 1, "row": 1}):
        with pytest.raises(ValueError, match="one of"):
            vectors.find(**wrong)
    assert vectors.get_batch(["d", "zz"]).tolist() == [vectors["d"].tolist(), [0] * 4]


def test_resizing(vectors):
    d = hash_string("d")
    assert vectors.resize((3, 5)) == [(d, 3)]
    assert vectors.shape == (3, 5)
    assert vectors["a"].tolist()[4] == 0
    assert vectors.is_full
    assert vectors.resize((4, 5)) == []
    assert vectors.add("new") == 3
    vectors.clear()
    assert vectors.n_keys == 0
    assert vectors.shape == (4, 5)
    with pytest.raises(ValueError, match="negative"):
        vectors.resize((-1, 5))


def test_most_similar(vectors):
    keys, rows, scores = vectors.most_similar(
        numpy.array([[1, 0, 0, 0.5], [0, 2, 0, 0]], dtype="f"), n=2, batch_size=1
    )
    assert [vectors.strings[int(key)] for key in keys[0]] == ["a", "d"]
    assert rows[:, 0].tolist() == [0, 1]
    assert scores[1, 0] == pytest.approx(0.9878)
    assert (keys.dtype, rows.dtype, scores.dtype) == ("uint64", "int32", "float32")
    rng = numpy.random.default_rng(0)
    data, queries = rng.normal(size=(50, 8)), rng.normal(size=(7, 8))
    table = Vectors(data=data, keys=range(1000, 1050))
    cosines = (queries @ data.T) / numpy.outer(
        numpy.linalg.norm(queries, axis=1), numpy.linalg.norm(data, axis=1)
    )
    keys, rows, scores = table.most_similar(queries, n=5)
    assert (rows == numpy.argsort(-cosines, axis=1)[:, :5]).all()
    assert (keys == rows + 1000).all()
    assert numpy.allclose(scores, numpy.take_along_axis(cosines, rows, 1), atol=1e-4)
    for wrong in (numpy.ones(8), numpy.ones((1, 3))):
        with pytest.raises(errors.VectorShapeError):
            table.most_similar(wrong)
    with pytest.raises(ValueError, match="51"):
        table.most_similar(queries, n=51)


def test_vectors_come_back(vectors, tmp_path):
    vectors.add("twin", row=1)
    vectors.to_disk(tmp_path / "new")
    for copy in (
        Vectors().from_bytes(vectors.to_bytes()),
        Vectors().from_disk(tmp_path / "new"),
        pickle.loads(pickle.dumps(vectors)),
    ):
        assert (copy.data == vectors.data).all()
        assert copy.key2row == vectors.key2row
        assert copy.name == "v"
        copy["a"] = [1, 2, 3, 4]
    assert Vectors().from_disk(tmp_path).shape == (0, 0)


def test_damaged_files(vectors, tmp_path):
    vectors.to_disk(tmp_path)
    for name in ("vectors", "key2row", "vectors.cfg"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-1])
        with pytest.raises(errors.BadDataError):
            Vectors().from_disk(tmp_path)
        (tmp_path / name).write_bytes(whole)


def test_wrong_tables():
    with pytest.raises(errors.VectorShapeError):
        Vectors(data=numpy.zeros(3))
    with pytest.raises(errors.VectorShapeError):
        Vectors(mode="floret")
    with pytest.raises(errors.VectorShapeError):
        Vectors(mode="other")
    with pytest.raises(errors.VectorShapeError):
        Vectors(mode="floret", data=numpy.zeros((2, 2)), keys=["a"])
    with pytest.raises(errors.VectorShapeError, match="maxn"):
        Vectors(mode="floret", data=numpy.zeros((2, 2)), minn=3, maxn=2)
    with pytest.raises(errors.VectorShapeError):
        Vectors(keys=["a"])
