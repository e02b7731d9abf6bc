"""Run as a program under NLPCORE_SIMD: ``python one_variant.py FILE NUMBER``.

Checks that nothing but the text decides on an annotation's bits, and writes what so many texts got to a file.
"""

import functools
import importlib
import os
import random
import sys
from pathlib import Path

import nlpcore
from nlpcore.engine import forward
from nlpcore.tokens import DocBin
from nlpcore.training import read_conllu

sys.path.insert(0, str(Path(__file__).parent))

from prose import texts

COLUMNS = ("TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD", "SENT_START", "ENT_IOB", "ENT_TYPE")


def facts(doc):
    return [doc.column(name).tobytes() for name in COLUMNS], doc.tensor.tobytes()


def pipeline(budget=forward.TABLE_BUDGET):
    """The bundled model with so many bytes for tabulated lexemes."""
    importlib.import_module("nlpcore.engine.annotator")  # it needs the class as it is
    original = forward.Encoder
    forward.Encoder = functools.partial(original, budget=budget)
    try:
        nlp = nlpcore.load("en_core_web_sm")
        nlp.get_pipe("tok2vec").engine()
    finally:
        forward.Encoder = original
    return nlp


def long_text():
    """More than two windows of 4,096 words, sentences and runs of white space across their borders."""
    chance = random.Random(4)
    white = [" ", "  ", "\n", "\n\n", "\t", " \u2029 "]
    words = " ".join(texts(230, seed=5)).split()
    return "".join(word + (chance.choice(white) if chance.random() < 0.2 else " ") for word in words)


def development_texts():
    """The EWT development set, where NLPCORE_DATA names a folder that has it."""
    paths = Path(os.environ.get("NLPCORE_DATA", "nowhere")).glob("UD_English-EWT/*-dev.conllu")
    return [document.text for path in paths for document in read_conllu(path)]


def main(path, number):
    block = [*texts(number), *development_texts(), "", " \n", long_text()]
    full = pipeline()
    wanted = [facts(full(text)) for text in block]
    # The table is full of words that the texts do not have: nothing of theirs finds room in it.
    crowded = pipeline(budget=1_000_000)
    for _ in range(2):  # a lexeme enters when it is met again
        crowded(" ".join(f"w{i}" for i in range(10_000)))
    n_entries = crowded.get_pipe("tok2vec").engine().n_tabulated
    crowded(" ".join(f"v{i} v{i}" for i in range(1_000)))
    assert n_entries > 100
    assert crowded.get_pipe("tok2vec").engine().n_tabulated == n_entries  # it is full
    assert [facts(doc) for doc in full.pipe(block, threads=1)] == wanted
    order = list(range(len(block)))
    for threads, nlp in enumerate((full, crowded, pipeline(budget=100_000), pipeline(budget=0)), 1):
        random.Random(threads).shuffle(order)
        found = nlp.pipe((block[i] for i in order), threads=threads, batch_size=5 * threads)
        assert [facts(doc) for doc in found] == [wanted[i] for i in order]
    # In one block with others the long text is not read in windows.
    whole = full._engine_runs.find(full.vocab, full.tokenizer, full.pipeline)[2].annotate(block)
    assert [facts(doc) for doc in whole] == wanted
    DocBin(store_user_data=False, docs=whole[:-1]).to_disk(path)
    Path(path + ".tensors").write_bytes(b"".join(doc.tensor.tobytes() for doc in whole[:-1]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
