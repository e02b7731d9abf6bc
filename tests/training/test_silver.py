"""Silver data: what a teacher said comes back from its files, and what is wrong with these is said."""

import lzma

import numpy as np
import pytest
from pipeline.toy import SMALL_ENCODER, TREES, toy_examples

import nlpcore
from nlpcore.errors import SilverError
from nlpcore.models.archive import dump_archive, load_archive
from nlpcore.training.conllu import parse_conllu
from nlpcore.training.silver import Silver, annotate, pieces_of, read_shard, shard_paths, write_shard
from nlpcore.training.silver_making import fingerprint, in_shards, make_silver

COMPONENTS = ["tagger", "morphologizer", "graph_parser", "lemmatizer", "ner"]
TEXTS = [
    "Anna saw two dogs. Bob sees Berlin.",
    "",
    " \n ",
    "The dogs slept.\n\nAnna likes two dogs.",
    "\ud800 שלום",
    "Bob likes Berlin. " * 30,
]
COLUMNS = ("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE")


@pytest.fixture(scope="module")
def teacher():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    for name in COMPONENTS:
        nlp.add_pipe(name, config={"min_count": 1} if name == "lemmatizer" else {})
    examples = toy_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(40):
        nlp.update(examples, sgd=optimizer)
    nlp.meta.update({"name": "toy_teacher", "version": "1.0.0"})
    return nlp


@pytest.fixture(scope="module")
def model(teacher, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "teacher"
    teacher.to_disk(path)
    return path


def strings(doc):
    found = []
    for name in COLUMNS:
        column = doc.column(name)
        values = [0] * len(doc) if column is None else column.tolist()
        is_id = name not in ("HEAD", "SENT_START", "ENT_IOB")
        found.append([doc._string(value) if value else "" for value in values] if is_id else values)
    return found


def test_what_the_teacher_said_comes_back(teacher, tmp_path):
    write_shard(tmp_path / "00000.silver", annotate(teacher, TEXTS, 7))
    student = nlpcore.blank("en")
    found = [example.reference for example in Silver(student, tmp_path, max_words=0)]
    wanted = [doc for doc in teacher.pipe(TEXTS) if len(doc)]
    assert [doc.text for doc in found] == [doc.text for doc in wanted]
    for doc, given in zip(found, wanted, strict=True):
        assert strings(doc) == strings(given)


def test_certainties_are_the_probabilities_of_what_stands_there(teacher):
    shard = annotate(teacher, TEXTS, 7)
    docs = list(teacher.pipe(TEXTS))
    for name in ("TAG", "MORPH", "HEAD"):
        assert shard.certainty[name].shape == (sum(map(len, docs)),)
    doc = teacher("Anna saw two dogs.")
    (certain,) = teacher.get_pipe("tagger").certainty([doc])
    params = teacher.get_pipe("tagger").parameters()
    scores = doc.tensor @ params["0.softmax_head.W"] + params["0.softmax_head.b"]
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    assert np.allclose(certain, shares.max(1), atol=1e-5)
    alone = annotate(teacher, [doc.text], 7)
    assert (alone.certainty["TAG"] == (certain * 255).astype("uint8")).all()
    *_, arcs = teacher.get_pipe("graph_parser").predict([doc])[0]
    assert len(arcs) == 5
    assert (alone.certainty["HEAD"] == (arcs * 255).astype("uint8")).all()
    assert [teacher.get_pipe("tagger").labels[i] for i in shares.argmax(1)] == [token.tag_ for token in doc]


def test_what_the_teacher_was_not_certain_of_is_unknown(teacher, tmp_path):
    shard = annotate(teacher, TEXTS[:1], 7)
    for name in ("TAG", "MORPH", "HEAD"):
        shard.certainty[name][:] = 255
    shard.certainty["TAG"][0] = shard.certainty["MORPH"][1] = shard.certainty["HEAD"][2] = 120
    shard.certainty["MORPH"][3] = 200
    write_shard(tmp_path / "0.silver", shard)
    certain = {"TAG": 0.5, "POS": 0.5, "MORPH": 0.9, "HEAD": 0.5}
    (example,) = Silver(nlpcore.blank("en"), tmp_path, certain=certain)
    gold = example.gold_arrays()
    assert (gold["tags"] == 0).tolist() == [True] + [False] * 8
    assert (gold["pos"] == 0).tolist() == [False, True] + [False] * 7
    assert (gold["morphs"] == 0).tolist() == [False, True, False, True] + [False] * 5
    assert (gold["heads"] < 0).tolist() == [False, False, True] + [False] * 6
    assert gold["lemmas"].all()


def test_long_texts_are_cut_at_sentence_ends(teacher):
    doc = teacher(TEXTS[-1])
    parts = list(pieces_of(doc, 20))
    assert "".join(part.text for part in parts).replace(" ", "") == doc.text.replace(" ", "")
    assert all(len(part) <= 20 for part in parts)
    assert [sent.text for part in parts for sent in part.sents] == [sent.text for sent in doc.sents]
    assert [token.dep_ for part in parts for token in part] == [token.dep_ for token in doc]
    assert [token.head.text for part in parts for token in part] == [token.head.text for token in doc]


def test_as_many_words_are_read_as_were_asked_for(teacher, tmp_path):
    write_shard(tmp_path / "0.silver", annotate(teacher, ["Anna saw two dogs."] * 10, 7))
    assert sum(len(example.predicted) for example in Silver(nlpcore.blank("en"), tmp_path, words=12)) == 15


@pytest.mark.parametrize("processes", [1, 2])
def test_shards_are_the_same_by_any_number_of_processes(model, tmp_path, processes):
    heard = []
    n = make_silver(
        model, TEXTS * 3, tmp_path / "s", processes=processes, shard_words=50, on_progress=heard.append
    )
    nlp = nlpcore.load(model)
    parts = [part for part, _ in in_shards(nlp, TEXTS * 3, 0, 50)]
    paths = shard_paths(tmp_path / "s")
    assert len(paths) == len(parts) > 2
    assert heard[-1] == n == sum(read_shard(path).n_tokens for path in paths)
    for path, part in zip(paths, parts, strict=True):
        shard = read_shard(path)
        assert shard.texts == part
        assert (shard.heads == annotate(nlp, part, 7).heads).all()


def test_a_run_that_was_broken_off_goes_on_at_the_shard(model, tmp_path):
    make_silver(model, TEXTS * 3, tmp_path, processes=1, shard_words=50)
    paths = shard_paths(tmp_path)
    before = {path: path.read_bytes() for path in paths}
    times = {path: path.stat().st_mtime_ns for path in paths}
    paths[1].unlink()
    make_silver(model, TEXTS * 3, tmp_path, processes=1, shard_words=50)
    assert {path: path.read_bytes() for path in shard_paths(tmp_path)} == before
    assert all(path.stat().st_mtime_ns == times[path] for path in paths if path != paths[1])


def test_more_words_go_on_with_the_shards_of_fewer_and_fewer_take_those_of_more(model, tmp_path):
    texts = TEXTS * 6
    make_silver(model, texts, tmp_path / "all", processes=1, shard_words=50)
    first = read_shard(shard_paths(tmp_path / "all")[0]).n_tokens
    few, more = first + 1, 3 * first
    folder = tmp_path / "grown"
    make_silver(model, texts, folder, processes=1, shard_words=50, words=few)
    assert [path.read_bytes() for path in shard_paths(folder)] != [
        path.read_bytes() for path in shard_paths(tmp_path / "all")[: len(shard_paths(folder))]
    ]  # the last is cut short
    assert make_silver(model, texts, folder, processes=1, shard_words=50, words=more) >= more
    make_silver(model, texts, folder, processes=1, shard_words=50)
    whole = [path.read_bytes() for path in shard_paths(folder)]
    assert whole == [path.read_bytes() for path in shard_paths(tmp_path / "all")]
    assert few <= make_silver(model, texts, folder, processes=1, shard_words=50, words=few) < more
    assert [path.read_bytes() for path in shard_paths(folder)] == whole


def test_shards_of_another_text_or_teacher_are_refused(model, teacher, tmp_path):
    make_silver(model, TEXTS, tmp_path, processes=1)
    with pytest.raises(SilverError, match="another text"):
        make_silver(model, TEXTS[::-1], tmp_path, processes=1)
    write_shard(tmp_path / "00000.silver", annotate(teacher, TEXTS, fingerprint(teacher) ^ 1))
    with pytest.raises(SilverError, match="another teacher"):
        make_silver(model, TEXTS, tmp_path, processes=1)


def test_folders_without_shards_are_refused(tmp_path):
    with pytest.raises(SilverError, match="no silver data"):
        list(Silver(nlpcore.blank("en"), tmp_path))


def test_another_tokenizer_is_noticed(teacher, tmp_path):
    write_shard(tmp_path / "0.silver", annotate(teacher, TEXTS[:1], 7))
    other = nlpcore.blank("en")
    other.tokenizer.add_special_case("dogs", [{"ORTH": "do"}, {"ORTH": "gs"}])
    with pytest.raises(SilverError, match="tokenizer"):
        list(Silver(other, tmp_path))


def changed(path, change):
    archive = load_archive(lzma.decompress(path.read_bytes()), kind="data")
    header = {key: value for key, value in archive.header.items() if key != "format"}
    tensors = {name: value.copy() for name, value in archive.tensors.items()}
    change(header, tensors)
    path.write_bytes(lzma.compress(dump_archive(header, tensors)))


BROKEN = {
    "not silver": lambda header, tensors: header.update(content="other"),
    "no counts": lambda header, tensors: tensors.pop("counts"),
    "counts": lambda header, tensors: tensors["counts"].__iadd__(1),
    "negative": lambda header, tensors: tensors["sizes"].__imul__(-1),
    "sizes": lambda header, tensors: tensors["sizes"].__iadd__(1),
    "index": lambda header, tensors: tensors["ids/TAG"].__iadd__(100),
    "no table": lambda header, tensors: header["tables"].pop("DEP"),
    "short": lambda header, tensors: tensors.update(heads=tensors["heads"][:-1]),
    "heads": lambda header, tensors: tensors["heads"].__iadd__(1000),
}


@pytest.mark.parametrize("what", BROKEN)
def test_shards_that_are_not_sound_are_refused(teacher, tmp_path, what):
    path = tmp_path / "0.silver"
    write_shard(path, annotate(teacher, TEXTS, 7))
    changed(path, BROKEN[what])
    with pytest.raises(SilverError, match=r"0\.silver"):
        list(Silver(nlpcore.blank("en"), tmp_path))


@pytest.mark.parametrize("data", [b"", b"no silver", lzma.compress(b"no archive")])
def test_files_that_are_no_shards_are_refused(tmp_path, data):
    (tmp_path / "0.silver").write_bytes(data)
    with pytest.raises(SilverError):
        list(Silver(nlpcore.blank("en"), tmp_path))


def test_cut_shards_are_refused(teacher, tmp_path):
    path = tmp_path / "0.silver"
    write_shard(path, annotate(teacher, TEXTS, 7))
    data = path.read_bytes()
    for n in range(0, len(data), 97):
        path.write_bytes(data[:n])
        with pytest.raises(SilverError):
            read_shard(path)


def test_the_toy_treebank_is_what_the_teacher_has_learned(teacher):
    (document, *_) = parse_conllu(TREES)
    assert [token.tag_ for token in teacher("Anna saw two dogs.")] == document.sentences[0].xpos
