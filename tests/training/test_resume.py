"""A run that was broken off ends with the weights that it would have had."""

import numpy as np
import pytest
from pipeline.toy import SMALL_ENCODER, toy_examples

import nlpcore
from benchmarks import kill_training
from nlpcore.errors import CheckpointError
from nlpcore.training import train
from nlpcore.training.settings import Schedule

COMPONENTS = ("tagger", "morphologizer", "parser", "lemmatizer", "ner")


class Broken(Exception):
    pass


def learned(schedule, breaks=(), scores=None, path=None, resume=True):
    """All parameters, and the result, after a run that was broken off after so many steps each time."""
    for after in (*breaks, None):
        nlp = nlpcore.blank("en")
        nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
        for name in COMPONENTS:
            nlp.add_pipe(name)
        examples = toy_examples(nlp)
        nlp.initialize(lambda examples=examples: examples)
        steps = iter(range(after or 10**9))

        def on_progress(progress, steps=steps):
            if not progress.scores and next(steps, None) is None:
                raise Broken

        np.random.seed(int(np.random.default_rng().integers(2**31)))  # whatever was before has no part in it
        given = iter(scores or [])
        try:
            result = train(
                nlp,
                examples,
                schedule=schedule,
                checkpoint=path,
                resume=resume,
                on_progress=on_progress,
                evaluate=None if scores is None else lambda nlp, given=given: {"LAS": next(given)},
            )
        except Broken:
            assert after is not None
    found = {(n, k): t.tobytes() for n, pipe in nlp.pipeline for k, t in pipe.get_state()[1].items()}
    return found, result


def schedule(**changes):
    values = {
        "seed": 5,
        "epochs": 4,
        "batch_words": 5,
        "dropout": 0.3,
        "word_dropout": 0.1,
        "checkpoint_seconds": 0.0,
    }
    return Schedule(**{**values, **changes})


@pytest.mark.parametrize("breaks", [[1], [3, 2], [1, 1, 1, 1, 1]])
def test_a_broken_run_ends_with_the_same_weights(breaks, tmp_path):
    whole, result = learned(schedule())
    path = tmp_path / "run.checkpoint"
    broken, resumed = learned(schedule(), breaks, path=path)
    assert broken == whole
    assert not path.exists()
    assert resumed.best_epoch == result.best_epoch == 4


def test_rare_savings_give_the_same(tmp_path):
    whole, _ = learned(schedule())
    assert learned(schedule(checkpoint_seconds=1000.0), [3], path=tmp_path / "c")[0] == whole


def test_other_settings_or_data_do_not_go_on_with_it(tmp_path):
    path = tmp_path / "c"
    with pytest.raises(StopIteration):  # the evaluation fails, and the run with it
        learned(schedule(), scores=[], path=path)
    with pytest.raises(CheckpointError, match="schedule"):
        learned(schedule(dropout=0.1), path=path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="SHA-256"):
        learned(schedule(), path=path)
    learned(schedule(), path=path, resume=False)
    assert not path.exists()


def test_evaluations_without_gain_end_a_run():
    scores = [50.0, 60.0, 55.0, 58.0, 70.0]
    _, result = learned(schedule(epochs=5, patience=2), scores=scores)
    assert [line["epoch"] for line in result.history] == [1, 2, 3, 4]
    assert result.best_epoch == 2
    _, result = learned(schedule(epochs=5, patience=3), scores=scores)
    assert result.best_epoch == 5


def test_frozen_components_stay_as_they_are():
    before, _ = learned(schedule(epochs=1, learn_rate=0.0))
    after, _ = learned(schedule(frozen=["parser", "tok2vec"]))
    changed = {name for name, key in before if before[name, key] != after[name, key]}
    assert changed == {"tagger", "morphologizer", "lemmatizer", "ner"}


def test_killed_processes_end_with_the_same_bytes(tmp_path):
    killed, same = kill_training.compare(tmp_path, 2, 10)
    assert same
    assert killed > 0


def test_the_learning_curves_are_a_picture(tmp_path):
    from xml.etree import ElementTree

    _, result = learned(schedule(), scores=[1.0, 2.0, 3.0, 4.0])
    result.plot(tmp_path / "curves.svg")
    lines = ElementTree.parse(tmp_path / "curves.svg").getroot().iter("{http://www.w3.org/2000/svg}polyline")
    assert len(list(lines)) > len(COMPONENTS)
