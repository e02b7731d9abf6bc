"""Several threads for a training step: the same results, errors in order, nothing left behind."""

import threading

import pytest
from pipeline.tiny_bert import write_tiny_bert
from pipeline.toy import SMALL_ENCODER, toy_examples

import nlpcore
from nlpcore.network.workers import Workers, at_work, best_number_of_threads, later
from nlpcore.training.running import Run
from nlpcore.training.settings import Schedule
from nlpcore.training.update import prepare, trainable_groups


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(threads):
    workers = Workers(threads)
    assert workers.run([lambda i=i: i * i for i in range(20)]) == [i * i for i in range(20)]
    assert workers.run([]) == []
    assert workers.submit(lambda: 3).result() == 3
    workers.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_the_error_of_the_first_task_that_failed_is_raised(threads):
    def fail(text):
        raise ValueError(text)

    with pytest.raises(ValueError, match="first"):
        Workers(threads).run([lambda: 1, lambda: fail("first"), lambda: fail("second")])


def test_two_tasks_run_at_the_same_time():
    both = threading.Barrier(2, timeout=10)
    Workers(2).run([both.wait, both.wait])


def test_what_is_done_later_is_done_at_the_end():
    done = []
    later(lambda: done.append("now"))
    assert done == ["now"]
    with at_work(Workers(2)):
        later(lambda: done.append("later"))
    assert done == ["now", "later"]


def test_what_fails_later_is_raised_at_the_end():
    def fail():
        raise ValueError("too late")

    with pytest.raises(ValueError, match="too late"), at_work(Workers(2)):
        later(fail)
    later(lambda: None)


def test_threads_of_blas_are_not_doubled(monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert best_number_of_threads() == 1
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert best_number_of_threads() == nlpcore.util.available_cores()


def weights_after_training(threads, encoder="tok2vec", settings=SMALL_ENCODER, batch_words=5):
    nlp = nlpcore.blank("en")
    nlp.add_pipe(encoder, config=settings)
    for name in ("tagger", "morphologizer", "parser", "ner"):
        nlp.add_pipe(name)
    nlp.initialize(lambda: toy_examples(nlp))
    groups = trainable_groups(nlp)
    examples = [prepare(groups, example) for example in toy_examples(nlp)]
    run = Run(nlp, groups, examples, Schedule(threads=threads, batch_words=batch_words, dropout=0.2))
    for _ in range(3):
        for batch in run.batches():
            run.learn(batch)
        run.next_pass()
    return [weights.tobytes() for weights in run.copy_weights()]


def test_the_weights_do_not_depend_on_the_number_of_threads():
    assert weights_after_training(1) == weights_after_training(2) == weights_after_training(4)


def test_the_weights_on_a_transformer_do_not_depend_on_them_either(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    given = "transformer", {"source": str(write_tiny_bert(tmp_path / "tiny"))}, 40
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(weights_after_training(threads, *given))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1] == found[2]
