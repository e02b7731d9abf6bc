"""`nlp.pipe` on several threads, as its users see it."""

import os
import subprocess
import sys
import threading

import pytest

import nlpcore
from nlpcore.errors import BadInput
from nlpcore.language import Language
from nlpcore.pipeline.engine_run import in_stream

TEXTS = [
    f"Anna saw {n} dogs in New York. They can't swim, said Mr. Smith.\n\nWhy?" * (n % 4) for n in range(300)
]
COLUMNS = ("TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD", "SENT_START", "ENT_IOB", "ENT_TYPE")


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.load("en_core_web_sm")


@pytest.fixture
def own_nlp():
    return nlpcore.load("en_core_web_sm")


def facts(doc):
    return [doc.column(name).tolist() for name in COLUMNS], doc.tensor.tobytes()


@pytest.fixture(scope="module")
def wanted(nlp):
    return [facts(nlp(text)) for text in TEXTS]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"threads": 1},
        {"threads": 4},
        {"threads": 3, "batch_size": 1},
        {"threads": 2, "batch_size": 7},
        {"n_process": 2},
    ],
    ids=str,
)
def test_threads_and_batches_change_no_bit(nlp, wanted, arguments):
    docs = list(nlp.pipe(TEXTS, **arguments))
    assert [doc.text for doc in docs] == TEXTS
    assert [facts(doc) for doc in docs] == wanted


def test_contexts_stay_with_their_texts(nlp):
    pairs = list(nlp.pipe([(text, i) for i, text in enumerate(TEXTS)], as_tuples=True, threads=3))
    assert [(doc.text, i) for doc, i in pairs] == [(text, i) for i, text in enumerate(TEXTS)]


def test_several_threads_of_a_user_share_a_pipeline(nlp, wanted):
    results = {}

    def work(name):
        results[name] = [facts(doc) for doc in nlp.pipe(TEXTS, threads=2)]

    users = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert all(results[i] == wanted for i in range(4))


def test_a_number_of_threads_that_can_not_be_is_refused(nlp):
    with pytest.raises(ValueError, match="at least 1 thread"):
        list(nlp.pipe(["a"], threads=0))


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_no_text_is_refused_where_it_stands(nlp, threads):
    stream = nlp.pipe(["a", "b", 7, "c"], threads=threads)
    assert [next(stream).text, next(stream).text] == ["a", "b"]
    with pytest.raises(BadInput) as raised:
        next(stream)
    assert in_stream(2) in getattr(raised.value, "__notes__", [in_stream(2)])
    assert list(stream) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_a_text_that_fails_is_named_and_loses_no_other(own_nlp, threads, monkeypatch):
    texts = [*TEXTS[:60], "poison", *TEXTS[60:90]]
    poison(own_nlp, monkeypatch)
    stream = own_nlp.pipe(texts, threads=threads)
    assert [next(stream).text for _ in range(60)] == texts[:60]
    with pytest.raises(MemoryError) as raised:
        next(stream)
    assert in_stream(60) in getattr(raised.value, "__notes__", [in_stream(60)])  # notes: Python 3.11
    own_nlp.set_error_handler(lambda name, component, docs, error: None)
    assert [doc.text for doc in own_nlp.pipe(texts, threads=threads)] == [t for t in texts if t != "poison"]


def poison(nlp, monkeypatch):
    """One text fails in the engine, and in the tagger by itself."""
    tagger = type(nlp.get_pipe("tagger"))
    runs = type(nlp._engine_runs)
    find, predict = runs.find, tagger.predict

    class Poisoned:
        def __init__(self, annotator):
            self.annotator, self.stages = annotator, annotator.stages

        def annotate(self, items):
            if "poison" in items:
                raise MemoryError("poison")
            return self.annotator.annotate(items)

    def found(self, *arguments):
        first, end, annotator = find(self, *arguments)
        return first, end, Poisoned(annotator)

    def failing(self, docs):
        if any(doc.text == "poison" for doc in docs):
            raise MemoryError("poison")
        return predict(self, docs)

    monkeypatch.setattr(runs, "find", found)
    monkeypatch.setattr(tagger, "predict", failing)


def test_components_of_users_run_in_the_callers_thread(own_nlp):
    threads = set()

    @Language.component("remembers_thread")
    def remember(doc):
        threads.add(threading.get_ident())
        doc.user_data["tags"] = [token.tag_ for token in doc]
        return doc

    own_nlp.add_pipe("remembers_thread", before="lemmatizer")
    docs = list(own_nlp.pipe(TEXTS, threads=3))
    assert threads == {threading.get_ident()}
    for doc in docs:
        assert doc.user_data["tags"] == [token.tag_ for token in doc]
        assert doc.column("LEMMA") is not None


def test_a_component_before_the_encoder_is_seen_by_those_behind(own_nlp, wanted):
    own_nlp.add_pipe("sentencizer", first=True)
    docs = list(own_nlp.pipe(TEXTS, threads=3))
    for doc in docs:
        one_by_one = own_nlp.make_doc(doc.text)
        for _, component in own_nlp.pipeline:
            one_by_one = component(one_by_one)
        assert facts(one_by_one) == facts(doc)


def test_a_tokenizer_of_a_users_own_is_asked_for_every_text(own_nlp):
    own = own_nlp.tokenizer
    asked = []

    def tokenizer(text):
        asked.append(text)
        return own(text.upper())

    own_nlp.tokenizer = tokenizer
    assert [doc.text for doc in own_nlp.pipe(["a b", "c"], threads=2)] == ["A B", "C"]
    assert asked == ["a b", "c"]


def test_docs_of_another_vocab_are_annotated_by_the_components(nlp):
    foreign = nlpcore.load("en_core_web_sm")
    docs = [foreign.make_doc(text) for text in TEXTS[1:4]]
    found = list(nlp.pipe(docs, threads=2))
    assert found == docs
    assert [[token.tag_ for token in doc] for doc in found] == [
        [token.tag_ for token in nlp(text)] for text in TEXTS[1:4]
    ]


def test_switched_off_components_leave_their_columns_alone(nlp):
    for doc in nlp.pipe(TEXTS[:5], disable=["parser", "tagger"], threads=2):
        assert doc.column("HEAD") is None
        assert doc.column("TAG") is None
        assert doc.column("LEMMA") is not None or not len(doc)
    with nlp.select_pipes(enable=["tok2vec", "ner"]):
        doc = next(iter(nlp.pipe(["Anna saw New York."])))
    assert doc.column("POS") is None
    assert doc.ents


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_in_the_middle_of_a_stream_is_safe(nlp, wanted):
    stream = nlp.pipe(TEXTS, threads=3, batch_size=10)
    assert facts(next(stream)) == wanted[0]
    child = os.fork()
    if child == 0:
        rest = [facts(doc) for doc in stream] == wanted[1:]
        anew = [facts(doc) for doc in nlp.pipe(TEXTS, threads=2)] == wanted
        os._exit(0 if rest and anew else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert [facts(doc) for doc in stream] == wanted[1:]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_interrupts_a_stream():
    code = (
        "import os, signal, threading, nlpcore\n"
        "nlp = nlpcore.load('en_core_web_sm')\n"
        "def texts():\n"
        "    while True:\n"
        "        yield 'Anna saw two dogs in New York. ' * 20\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    for doc in nlp.pipe(texts(), threads=2): pass\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', threading.active_count())\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout.split() == ["interrupted", "1"], result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_out_of_memory_is_an_exception():
    code = (
        "import resource, nlpcore\n"
        "nlp = nlpcore.load('en_core_web_sm')\n"
        "nlp('warm up')\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20), used + (100 << 20)))\n"
        "try:\n"
        "    nlp('dogs bark. ' * 2_000_000)\n"
        "except MemoryError:\n"
        "    print('memory')\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20), used + (100 << 20)))\n"
        "print(nlp('Anna saw dogs.')[0].tag_)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.stdout.split() == ["memory", "NNP"], result.stderr
    assert result.returncode == 0
