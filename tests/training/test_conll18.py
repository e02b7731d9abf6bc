"""The CoNLL-2018 scores equal those of the official scorer, on random and on real annotation."""

import io
import os
import random
import time
from pathlib import Path

import pytest

from nlpcore.errors import ScoringError
from nlpcore.training.conll18 import METRICS, Annotation, format_scores, score, score_documents, score_files
from nlpcore.training.conllu import parse_conllu, read_conllu

from .conllu_samples import SAMPLE, random_conllu, random_text

udeval = pytest.importorskip("udtools.udeval")


def official(gold: str, system: str):
    sides = [udeval.load_conllu(io.StringIO(text), "x.conllu", {}) for text in (gold, system)]
    return udeval.evaluate(*sides)


def ours(gold: str, system: str):
    return score_documents(parse_conllu(gold), parse_conllu(system))


def assert_same(gold: str, system: str):
    expected, found = official(gold, system), ours(gold, system)
    assert tuple(found) == METRICS
    for metric in METRICS:
        a, b = expected[metric], found[metric]
        assert (b.precision, b.recall, b.f1) == pytest.approx((a.precision, a.recall, a.f1)), metric
        if b.aligned is None:
            assert a.aligned_accuracy is None or metric == "Words"
        else:
            assert b.aligned_accuracy == pytest.approx(a.aligned_accuracy or 0.0), metric


@pytest.mark.parametrize("seed", range(150))
def test_random_annotations_of_one_text(seed):
    rng = random.Random(seed)
    text = random_text(rng)
    assert_same(random_conllu(rng, text), random_conllu(rng, text))


@pytest.mark.parametrize("seed", range(50))
def test_a_mutated_copy(seed):
    """Same segmentation, some columns changed: most words align, so that the tree scores are not all zero."""
    rng = random.Random(seed)
    gold = random_conllu(rng, random_text(rng) * 3)
    lines = []
    for line in gold.split("\n"):
        columns = line.split("\t")
        if len(columns) == 10 and "-" not in columns[0] and rng.random() < 0.3:
            column, value = rng.choice([(2, "q"), (3, "X"), (4, "Q"), (5, "Case=Acc"), (7, "nsubj:pass")])
            columns[column] = value
        lines.append("\t".join(columns))
    assert_same(gold, "\n".join(lines))


def test_gold_against_itself():
    scores = ours(SAMPLE, SAMPLE)
    assert all(result.f1 == 1.0 for result in scores.values())
    assert_same(SAMPLE, SAMPLE)
    assert "Words          100.00     100.00     100.00" in format_scores(scores)


def test_subtypes_and_other_features_do_not_count():
    gold = "1\tA\ta\tX\tX\tFoo=1|Number=Sing\t0\troot\t_\t_\n2\tb\tb\tX\tX\t_\t1\tnmod:poss\t_\t_\n\n"
    system = gold.replace("Foo=1|", "").replace("nmod:poss", "nmod")
    assert ours(gold, system)["LAS"].f1 == 1.0
    assert ours(gold, system)["UFeats"].f1 == 1.0


def test_different_texts():
    with pytest.raises(ScoringError, match=r"not of the same text.*'ld', the system's with 'd'"):
        ours(
            "1\tworld\t_\t_\t_\t_\t0\troot\t_\t_\n\n",
            "1\tword\t_\t_\t_\t_\t0\troot\t_\t_\n\n",
        )


def test_without_heads():
    with pytest.raises(ScoringError, match=r"<text>:1 has no heads"):
        ours("1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n", SAMPLE)


def test_no_tree():
    gold = parse_conllu(SAMPLE)
    system = parse_conllu(SAMPLE)
    system[0].sentences[0].heads = [0] * 6
    assert score_documents(gold, gold)["LAS"].f1 == 1
    system[0].sentences[0].heads = [1, 0, 2, 3, 4, 5]
    with pytest.raises(ScoringError, match="no tree with one root"):
        score_documents(gold, system)


def test_empty():
    assert score(Annotation(), Annotation())["LAS"].f1 == 0.0


def treebanks():
    folder = os.environ.get("NLPCORE_DATA")
    return sorted(Path(folder).glob("UD_*/*-dev.conllu")) if folder else []


@pytest.mark.slow
@pytest.mark.skipif(not treebanks(), reason="NLPCORE_DATA is not set")
def test_treebanks():
    """Real files against a copy with every third sentence's lemmas and tags damaged."""
    for path in treebanks():
        gold = path.read_text("utf8")
        lines = gold.split("\n")
        for i in range(0, len(lines), 7):
            columns = lines[i].split("\t")
            if len(columns) == 10 and columns[0].isdigit():
                columns[2], columns[3], columns[7] = "x", "X", "dep"
                lines[i] = "\t".join(columns)
        assert_same(gold, "\n".join(lines))


@pytest.mark.slow
@pytest.mark.skipif(not treebanks(), reason="NLPCORE_DATA is not set")
def test_fast_enough():
    path = next(path for path in treebanks() if "en_ewt" in path.name)
    begin = time.perf_counter()
    assert score_files(path, path)["LAS"].f1 == 1.0
    assert len(list(read_conllu(path))) == 318
    assert time.perf_counter() - begin < 10
