"""Scores of a pipeline on a treebank."""

import pytest

from nlpcore.tokens import Doc
from nlpcore.training import evaluate_model
from nlpcore.training.conll18 import METRICS
from nlpcore.training.conllu import parse_conllu
from nlpcore.training.corpus import gold_doc
from nlpcore.training.entity_scores import EntityScorer, format_entity_scores, gold_spans
from nlpcore.training.evaluate import evaluate_documents, format_evaluation
from nlpcore.vocab import Vocab

from .conllu_samples import SAMPLE

VOCAB = Vocab()


ALL = ("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE")


class Oracle:
    """A pipeline that knows the right answer for each text, or parts of it."""

    vocab = VOCAB

    def __init__(
        self,
        documents,
        keep=("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE"),
    ):
        self.docs = [gold_doc(VOCAB, document) for document in documents]
        self.keep = keep
        self.seen = []

    def make_doc(self, text):
        return Doc(VOCAB, words=text.split())

    def pipe(self, inputs, batch_size=1000):
        for given, doc in zip(inputs, self.docs, strict=True):
            self.seen.append(given)
            copy = Doc.from_offsets(
                VOCAB, doc.text, doc.column("START"), doc.column("LENGTH"), doc.column("SPACY").astype("u1")
            )
            for name in self.keep:
                if doc.column(name) is not None:
                    copy.set_column(name, doc.column(name))
            yield copy


@pytest.fixture
def files(tmp_path):
    path, iob = tmp_path / "a.conllu", tmp_path / "a.iob2"
    text = SAMPLE.replace("2-3\tal\t_\t_\t_\t_\t_\t_\t_\t_\n", "").replace("Vamos al mar", "Vamos a el mar")
    path.write_text(text, "utf8")
    iob.write_text(
        "They\tO\ndon't\tO\nknow\tO\nAda\tB-PER\n.\tO\n\nSue\tB-PER\nlikes\tO\ntea,\tO\nBob\tB-PER\ncoffee\tO\n\nHi\tO\n"
    )
    return path, iob


def oracle(path, iob=None, **options):
    from nlpcore.training import read_documents

    return Oracle(read_documents(path, ner=iob), **options)


def test_raw_text(files):
    path, iob = files
    nlp = oracle(path, iob)
    scores = evaluate_model(nlp, path, iob)
    # our tokens are words: the multiword token "don't" is not found as one token
    assert {name: scores[name] for name in METRICS if name != "Tokens"} == dict.fromkeys(
        [name for name in METRICS if name != "Tokens"], 1.0
    )
    assert 0 < scores["Tokens"] < 1
    assert scores["words"] == 17
    assert scores["entities"] == {
        "PER": {"p": 1.0, "r": 1.0, "f": 1.0},
        "micro": {"p": 1.0, "r": 1.0, "f": 1.0},
    }
    assert nlp.seen[0] == "They don't know Ada. Vamos a el mar\n\nSue likes tea, Bob coffee"
    table = format_evaluation(scores)
    assert "LAS            100.00" in table
    assert "micro" in table


def test_gold_tokens(files):
    path, iob = files
    nlp = oracle(path, iob)
    scores = evaluate_model(nlp, path, iob, gold_tokens=True)
    assert scores["Tokens"] == scores["LAS"] == scores["entities"]["micro"]["f"] == 1.0
    assert [token.text for token in nlp.seen[0]][:4] == ["They", "do", "n't", "know"]
    assert [token.i for token in nlp.seen[0] if token.is_sent_start] == [0, 6, 11]
    nlp = oracle(path, iob)
    evaluate_model(nlp, path, iob, gold_tokens=True, gold_sentences=False)
    assert nlp.seen[0].column("SENT_START") is None


def test_gold_tokens_of_words_that_do_not_spell_the_text(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(SAMPLE, "utf8")
    scores = evaluate_model(oracle(path), path, gold_tokens=True)
    assert scores["Words"] == scores["LAS"] == 1.0


def test_without_a_parser(files):
    path, _ = files
    scores = evaluate_model(oracle(path, keep=("TAG", "POS")), path)
    assert "LAS" not in scores
    assert "entities" not in scores
    assert scores["XPOS"] == 1.0
    assert scores["Sentences"] < 1.0
    assert scores["Lemmas"] == 0.0


def test_documents():
    documents = parse_conllu(SAMPLE)[1:]
    assert evaluate_documents(Oracle(documents), documents, batch_size=3)["UAS"] == 1.0


def test_entity_scores():
    scorer = EntityScorer(["LOC", "PER"])
    scorer.add(
        [(0, 3, "PER"), (4, 6, "LOC")], [(0, 3, "PER"), (4, 7, "LOC"), (10, 12, "ORG"), (20, 22, "PER")]
    )
    scorer.add([], [(0, 3, "PER"), (9, 12, "PER")], unknown=[(2, 5)])
    scores = scorer.scores()
    assert list(scores) == ["LOC", "PER", "micro"]
    assert (scores["PER"].correct, scores["PER"].gold, scores["PER"].system) == (1, 1, 3)
    assert scores["micro"].f1 == pytest.approx(2 / 6)
    assert "PER" in format_entity_scores(scores)
    assert EntityScorer().scores()["micro"].precision == 0.0


def test_gold_spans():
    documents = parse_conllu(SAMPLE)
    spans, unknown = gold_spans(documents[0])
    assert spans == []
    assert unknown == [(0, 20), (21, 33), (35, 60)]
