"""What is learned beside the corpora, pass by pass."""

from collections import Counter

import numpy as np
import pytest
from pipeline.toy import SMALL_ENCODER, toy_examples

import nlpcore
from nlpcore.training.running import Run
from nlpcore.training.settings import Schedule
from nlpcore.training.update import Prepared, trainable_groups


def item(n, name):
    return Prepared(np.zeros((n, 4), dtype="uint64"), np.zeros(n, dtype="uint8"), {"name": name})


@pytest.fixture(scope="module")
def nlp():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    nlp.add_pipe("tagger")
    nlp.initialize(lambda: toy_examples(nlp))
    return nlp


def run_of(nlp, own, beside, share, **settings):
    groups = trainable_groups(nlp)
    given = [item(n, i) for i, n in enumerate(beside)]
    return Run(nlp, groups, [item(n, "own") for n in own], Schedule(**settings), given, share)


def passes(run):
    """The names of what each pass has beside the corpora."""
    while not run.is_done():
        names = [item.targets["name"] for batch in run.batches() for item in batch]
        assert names.count("own") == len(run.prepared)
        yield [name for name in names if name != "own"]
        run.next_pass()


def test_each_pass_goes_on_where_the_one_before_it_ended(nlp):
    run = run_of(nlp, [10], [5] * 12, 2.0, epochs=6, batch_words=7)
    found = list(passes(run))
    assert [len(part) for part in found] == [4] * 6
    assert len({name for part in found[:3] for name in part}) == 12
    assert set(Counter(name for part in found for name in part).values()) == {2}


def test_where_there_is_less_than_was_asked_for_each_pass_has_all_of_it_once(nlp):
    for part in passes(run_of(nlp, [10], [1, 2, 3], 2.0, epochs=3)):
        assert sorted(part) == [0, 1, 2]


def test_there_is_at_least_as_much_as_was_asked_for_and_one_item_more_at_most(nlp):
    sizes = [7, 1, 30, 2, 9]
    for part in passes(run_of(nlp, [10], sizes, 0.3, epochs=9)):
        words = sum(sizes[name] for name in part)
        assert 3 <= words < 3 + max(sizes)


@pytest.mark.parametrize("share", [0.0, 0.01])
def test_a_share_of_less_than_a_word_is_nothing(nlp, share):
    assert list(passes(run_of(nlp, [10], [5, 5], share, epochs=2))) == [[], []]


def test_the_last_passes_are_over_the_corpora_alone(nlp):
    found = list(passes(run_of(nlp, [10], [5] * 4, 1.0, epochs=5, gold_passes=2)))
    assert [bool(part) for part in found] == [True, True, True, False, False]


def test_the_learn_rate_of_the_encoder_leaves_the_share_alone(nlp):
    run = run_of(nlp, [10], [5] * 12, 2.0, encoder_learn_rate=0.0002)
    assert run.beside_words == 20
    rates = run.optimizer.rates
    assert list(rates.values()) == pytest.approx([0.1] * len(rates))
    nodes = list(nlp.get_pipe("tok2vec").model.walk())
    assert set(rates) == {(node.id, name) for node in nodes for name in node.param_names}
    assert not run_of(nlp, [10], [], 2.0, encoder_learn_rate=0.1, learn_rate=0).optimizer.rates


def test_what_was_not_pretrained_learns_as_fast_as_all_others(nlp, monkeypatch):
    node = next(iter(nlp.get_pipe("tok2vec").model.walk()))
    monkeypatch.setitem(node.attrs, "not_pretrained", node.param_names[:1])
    rates = run_of(nlp, [10], [], 2.0, encoder_learn_rate=0.0002).optimizer.rates
    assert (node.id, node.param_names[0]) not in rates
    assert rates
