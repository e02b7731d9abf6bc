"""Files that are wrong, or only look so: a result, or an error that names file and line."""

import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nlpcore
from nlpcore.errors import CorpusError, NlpcoreError
from nlpcore.training import Example, documents_to_examples, parse_conllu
from nlpcore.training.corpus import read_documents
from nlpcore.training.evaluate import evaluate_model

from .conftest import TREES

HEADER = "# newdoc\n# sent_id = 1\n# text = Anna saw dogs\n"
WORDS = [
    "1\tAnna\tAnna\tPROPN\tNNP\t_\t2\tnsubj\t_\t_",
    "2\tsaw\tsee\tVERB\tVBD\t_\t0\troot\t_\t_",
    "3\tdogs\tdog\tNOUN\tNNS\t_\t2\tobj\t_\t_",
]


def tree(*lines, header=HEADER):
    return header + "\n".join(lines) + "\n\n"


def with_line(i, line):
    return tree(*[line if k == i else word for k, word in enumerate(WORDS)])


def column(i, k, value):
    columns = WORDS[i].split("\t")
    columns[k] = value
    return with_line(i, "\t".join(columns))


#: what is wrong → (file, line on which it is found)
WRONG = {
    "nine columns": (with_line(1, WORDS[1].rpartition("\t")[0]), 5),
    "eleven columns": (with_line(1, WORDS[1] + "\t_"), 5),
    "blanks for tabs": (with_line(1, WORDS[1].replace("\t", "  ")), 5),
    "head out of range": (column(2, 6, "9"), 6),
    "head is no number": (column(2, 6, "x"), 6),
    "head is negative": (column(2, 6, "-1"), 6),
    "huge head": (column(2, 6, "9" * 30), 6),
    "head is the word itself": (column(2, 6, "3"), 6),
    "huge id": (column(2, 0, "9" * 30), 6),
    "id is no number": (column(2, 0, "x"), 6),
    "id twice": (column(2, 0, "2"), 6),
    "id left out": (column(2, 0, "4"), 6),
    "id 0": (column(0, 0, "0"), 4),
    "empty form": (column(1, 1, ""), 5),
    "range backwards": (tree("2-1\tx\t_\t_\t_\t_\t_\t_\t_\t_", *WORDS), 4),
    "range beyond the end": (tree("1-9\tx\t_\t_\t_\t_\t_\t_\t_\t_", *WORDS), 7),
    "features that are none": (column(1, 5, "Past"), 5),
    "range in a range": (
        tree("1-3\tx\t_\t_\t_\t_\t_\t_\t_\t_", "1-2\tx\t_\t_\t_\t_\t_\t_\t_\t_", *WORDS),
        5,
    ),
    "huge range": (tree("1-" + "9" * 30 + "\tx\t_\t_\t_\t_\t_\t_\t_\t_", *WORDS), 4),
}
#: these form no tree; the first line of the sentence or of a word in it is named
NO_TREE = {
    "cycle": tree(
        WORDS[0].replace("\t2\t", "\t3\t"),
        WORDS[1],
        WORDS[2].replace("\t2\tobj", "\t1\tobj"),
    ),
    "no root": column(1, 6, "1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_conllu_names_file_and_line(name, tmp_path):
    text, line = WRONG[name]
    path = tmp_path / "bad.conllu"
    path.write_text(text, encoding="utf8")
    with pytest.raises(CorpusError) as info:
        read_documents(path)
    assert (info.value.path, info.value.line) == (str(path), line), info.value
    assert "\n" not in str(info.value)


@pytest.mark.parametrize("name", NO_TREE)
def test_conllu_that_is_no_tree_names_file_and_line(name, tmp_path):
    path = tmp_path / "bad.conllu"
    path.write_text(NO_TREE[name], encoding="utf8")
    with pytest.raises(CorpusError) as info:
        read_documents(path)
    assert info.value.path == str(path)
    assert 1 <= info.value.line <= 7


def test_what_looks_odd_and_is_valid_is_read_whole(nlp, tmp_path):
    text = (
        "\ufeff# newdoc\r\n# text = I'd go \r\n"
        "1-2\tI'd\t_\t_\t_\t_\t_\t_\t_\t_\r\n"
        "1\tI\tI\tPRON\tPRP\t_\t3\tnsubj\t3:nsubj\t_\r\n"
        "2\twould\twould\tAUX\tMD\t_\t3\taux\t3:aux\t_\r\n"
        "2.1\tx\tx\tVERB\t_\t_\t_\t_\t0:root\t_\r\n"
        "3\tgo\tgo\tVERB\tVB\t_\t0\troot\t0:root\t_\r\n\r\n"
        "1\tYes\tyes\tINTJ\tUH\t_\t0\troot\t_\t_"
    )
    path = tmp_path / "odd.conllu"
    path.write_bytes(text.encode("utf8"))
    documents = read_documents(path)
    assert [s.forms for d in documents for s in d.sentences] == [["I", "would", "go"], ["Yes"]]
    for gold_tokens in (True, False):
        examples = list(documents_to_examples(nlp, documents, gold_tokens=gold_tokens))
        assert sum(len(e.reference) for e in examples) == 4
    nlp.evaluate(examples)
    evaluate_model(nlp, path)


@pytest.mark.parametrize(
    ("iob", "line"),
    [
        ("# sent_id = 1\n1\tAnna\tB-PER\t-\t-\n2\tWRONG\tO\t-\t-\n3\tdogs\tO\t-\t-\n\n", None),
        ("# sent_id = 1\n1\tAnna\tB-PER\t-\t-\n\n", None),
        ("1\tAnna\tX-PER\n2\tsaw\tO\n3\tdogs\tO\n\n", 1),
        ("1\tAnna\n2\tsaw\tO\n3\tdogs\tO\n\n", 1),
        ("Anna\nsaw\n\n", 1),
        ("", None),
    ],
)
def test_entities_that_do_not_align_name_file_and_line(iob, line, tmp_path):
    conllu, ner = tmp_path / "a.conllu", tmp_path / "a.iob2"
    conllu.write_text(tree(*WORDS), encoding="utf8")
    ner.write_text(iob, encoding="utf8")
    with pytest.raises(CorpusError) as info:
        read_documents(conllu, ner=ner)
    assert str(tmp_path) in info.value.path
    assert info.value.line >= (line or 0)


def attempt(function, *arguments):
    """What it gives, and the error that says what is wrong with the data; any other error passes."""
    try:
        return function(*arguments), None
    except CorpusError as error:
        return None, error


FIELD = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(
        ["_", "0", "1", "2", "1-2", "1.1", "", "-1", "nsubj", "Case=Nom|Case=Nom", "SpaceAfter=No"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(line=st.integers(0, 3), field=st.integers(0, 9), value=FIELD, drop=st.booleans())
def test_any_field_of_a_treebank(line, field, value, drop):
    lines = tree(*WORDS).split("\n")
    columns = lines[3 + min(line, 2)].split("\t")
    if drop:
        del columns[field]
    else:
        columns[field] = value
    lines[3 + min(line, 2)] = "\t".join(columns)
    documents, problem = attempt(parse_conllu, "\n".join(lines))
    if problem is not None:
        assert re.match(r"\[N60\d\] <text>:\d+: .", str(problem))
        return
    nlp = nlpcore.blank("en")
    for document in documents:
        assert document.text
    list(documents_to_examples(nlp, documents))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_of_a_treebank(tmp_path_factory, data):
    raw = bytearray(TREES.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "fuzz.conllu"
    path.write_bytes(bytes(raw))
    _, problem = attempt(read_documents, path)
    assert problem is None or (str(path) in str(problem) and problem.line > 0)


# -- the command line ---------------------------------------------------------------------------------


def command(*arguments, data=None):
    """Exit code, stdout and stderr of ``nlpcore …``."""
    result = subprocess.run(
        [sys.executable, "-m", "nlpcore", *map(str, arguments)],
        input=data,
        capture_output=True,
        timeout=120,
        env=None,
    )
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def one_line_error(result):
    code, _, error = result
    assert code in (1, 2), result
    assert "Traceback" not in error
    assert error.count("\n") == 1, error
    assert error.startswith("nlpcore: ")
    return error


def test_commands_on_wrong_files_say_what_is_wrong_in_one_line(model_path, tmp_path):
    bad = tmp_path / "bad.conllu"
    bad.write_text(WRONG["nine columns"][0], encoding="utf8")
    assert f"{bad}:5" in one_line_error(command("evaluate", model_path, bad))
    good, ner = tmp_path / "good.conllu", tmp_path / "bad.iob2"
    good.write_text(tree(*WORDS), encoding="utf8")
    ner.write_text("1\tNobody\tB-PER\n\n", encoding="utf8")
    assert str(ner) in one_line_error(command("evaluate", model_path, good, "--ner", ner))
    assert "missing" in one_line_error(command("evaluate", model_path, tmp_path / "missing"))


def test_commands_on_odd_texts(model_path, tmp_path):
    for raw in (b"", b"\n\n", "Анна saw 二匹の犬. שלום\n".encode(), b"x" * 200_000, b"dogs " * 20_000):
        for format in ("conllu", "jsonl"):
            code, out, error = command("annotate", "-m", model_path, "-o", format, data=raw)
            assert (code, error) == (0, ""), raw[:20]
            if format == "conllu":
                parse_conllu(out)
    for raw in (b"\xff\xfe", b"Anna \x80 saw", b"a\x00b"):
        one_line_error(command("annotate", "-m", model_path, data=raw))


def test_info_and_load_of_models_that_are_none(model_path, tmp_path):
    archive = next(model_path.glob("*.nlpcore"))
    raw = archive.read_bytes()
    for name, data in {
        "cut": raw[:1000],
        "empty": b"",
        "text": b"hello",
        "flipped": raw[:-1] + b"\x00",
    }.items():
        path = tmp_path / f"{name}.nlpcore"
        path.write_bytes(data)
        with pytest.raises(NlpcoreError):
            nlpcore.load(path)
    one_line_error(command("info", tmp_path / "cut.nlpcore"))
    one_line_error(command("annotate", "-m", tmp_path / "flipped.nlpcore", "Anna"))


CONFIG = """\
lang = "en"
name = "toy"
pipeline = ["tok2vec", "tagger"]
[[train]]
conllu = "a.conllu"
[dev]
conllu = "a.conllu"
[components.tok2vec]
width = 16
depth = 1
rows = [50, 50, 50, 50]
[schedule]
epochs = 1
"""
WRONG_CONFIGS = {
    "no TOML": ("lang = ", ""),
    "unknown key": (CONFIG + "epoch = 3\n", "epoch"),
    "wrong type": (CONFIG.replace("epochs = 1", 'epochs = "1"'), "epochs"),
    "unknown table": (CONFIG + "[extra]\nx = 1\n", "extra"),
    "no corpora": ('lang = "en"\nname = "x"\ntrain = []\n', "train"),
    "no language": (CONFIG.replace('lang = "en"\n', ""), "lang"),
    "unknown language": (CONFIG.replace('"en"', '"qq"'), "qq"),
    "unknown component": (CONFIG.replace('"tagger"', '"taggr"'), "taggr"),
    "component named twice": (CONFIG.replace('"tagger"', '"tagger", "tagger"'), "tagger"),
    "unknown setting of a component": (CONFIG.replace("depth = 1", "deep = 1"), "deep"),
    "size that cannot be": (CONFIG.replace("width = 16", "width = -1"), "width"),
    "rows that are no list": (CONFIG.replace("rows = [50, 50, 50, 50]", "rows = 5"), "rows"),
    "settings of no component": (CONFIG + "[components.ner]\nhidden = 8\n", "ner"),
    "missing corpus": (CONFIG.replace('conllu = "a.conllu"', 'conllu = "b.conllu"', 1), "b.conllu"),
    "corpus without file": (CONFIG.replace('[dev]\nconllu = "a.conllu"', "[dev]"), "conllu"),
    "negative epochs": (CONFIG.replace("epochs = 1", "epochs = -1"), "epochs"),
    "no batch": (CONFIG + "batch_words = 0\n", "batch_words"),
    "dropout of all": (CONFIG + "dropout = 1.0\n", "dropout"),
    "learning backwards": (CONFIG + "learn_rate = -0.1\n", "learn_rate"),
    "seed that is none": (CONFIG + "seed = -3\n", "seed"),
    "repeat that is none": (CONFIG.replace("[dev]", "repeat = -1\n[dev]"), "repeat"),
    "pipeline of numbers": (CONFIG.replace('["tok2vec", "tagger"]', "[1, 2]"), "pipeline"),
    "weights of words": (CONFIG + '[schedule.score_weights]\nLAS = "much"\n', "score_weights"),
    "never evaluated": (CONFIG + "evaluate_every = 0\n", "evaluate_every"),
}


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "a.conllu").write_text(TREES, encoding="utf8")
    return tmp_path


@pytest.mark.parametrize("name", WRONG_CONFIGS)
def test_wrong_settings_are_named(name, corpus):
    from nlpcore.cli.run import describe
    from nlpcore.cli.training import run_training

    text, named = WRONG_CONFIGS[name]
    path = corpus / "run.toml"
    path.write_text(text, encoding="utf8")
    with pytest.raises((NlpcoreError, OSError)) as info:
        run_training(path, corpus / "out", corpus)
    assert named in describe(info.value)
    assert "NLPCORE_DEBUG" not in describe(info.value)
    assert not (corpus / "out").exists()


def test_training_by_command(corpus):
    (corpus / "run.toml").write_text(CONFIG, encoding="utf8")
    code, _, error = command("train", corpus / "run.toml", corpus / "out", "--data", corpus)
    assert code == 0, error
    assert nlpcore.load(corpus / "out")("Anna saw Berlin.")[0].tag_
    (corpus / "bad.toml").write_text(CONFIG + "epoch = 3\n", encoding="utf8")
    error = one_line_error(command("train", corpus / "bad.toml", corpus / "out", "--data", corpus))
    assert "bad.toml" in error
    one_line_error(command("train", corpus / "none.toml", corpus / "out", "--data", corpus))


def test_a_sentence_of_many_words(nlp):
    """Trees longer than any sentence that the parser makes are read, learnt from and scored."""
    n = 3000
    lines = [
        f"{i}\tw{i}\tw\tNOUN\tNN\t_\t{i - 1}\t{'root' if i == 1 else 'dep'}\t_\t_" for i in range(1, n + 1)
    ]
    documents = parse_conllu(tree(*lines, header=""))
    (example,) = documents_to_examples(nlp, documents)
    nlp.update([Example(nlp.make_doc(example.reference.text), example.reference)], losses={})


def test_entities_that_fit_in_part_are_counted_aloud(model_path, corpus):
    (corpus / "a.iob2").write_text(
        "1\tAnna\tB-PER\n2\tlikes\tO\n3\tBerlin\tB-LOC\n4\t.\tO\n\n1\tNobody\tB-PER\n\n"
    )
    code, out, error = command("evaluate", model_path, corpus / "a.conllu", "--ner", corpus / "a.iob2")
    assert code == 0
    assert "Entities" in out
    assert "2 entities in 1 sentences attached; 1 problems, 3 sentences without annotation" in error
    assert f"{corpus / 'a.iob2'}:6: no sentence of the treebank has this text" in error
    config = CONFIG.replace("[[train]]\n", '[[train]]\nner = "a.iob2"\n')
    (corpus / "run.toml").write_text(config, encoding="utf8")
    code, out, error = command("train", corpus / "run.toml", corpus / "out", "--data", corpus)
    assert code == 0, error
    assert "a.iob2: 2 entities in 1 sentences attached; 1 problems" in " ".join(out.split())
