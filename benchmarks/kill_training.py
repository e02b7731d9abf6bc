"""Kills training runs at random moments, goes on with them, and compares the weights.

    python -m benchmarks.kill_training --kills 20

A small pipeline with every kind of component learns a small treebank, once without a break and once killed
(SIGKILL) so often, each time to be gone on with by ``--resume``. Both must end with the same bytes.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = """
lang = "en"
name = "killed"
pipeline = ["tok2vec", "tagger", "morphologizer", "parser", "lemmatizer", "ner"]

[[train]]
conllu = "train.conllu"
ner = "train.iob2"

[dev]
conllu = "train.conllu"

[components.tok2vec]
width = 32
depth = 2
rows = [500, 200, 200, 200]

[schedule]
seed = 3
epochs = {epochs}
batch_words = 12
max_words = 30
dropout = 0.2
word_dropout = 0.05
warmup_steps = 5
checkpoint_seconds = 0.05

[meta]
license = "CC0"
"""
WORDS = {
    "DET": ["the", "a", "some"],
    "NOUN": ["dog", "ship", "teacher", "song", "letter"],
    "VERB": ["saw", "likes", "wrote", "sells"],
    "PROPN": ["Anna", "Bob", "Berlin", "Oslo"],
}


def write_treebank(folder: Path, sentences: int = 60) -> None:
    """Sentences "PROPN VERB DET NOUN ." with entities, made by chance."""
    rng = random.Random(1)
    trees, entities = ["# newdoc id = made"], []
    for _ in range(sentences):
        words = [rng.choice(WORDS[pos]) for pos in ("PROPN", "VERB", "DET", "NOUN")]
        trees.append(f"# text = {' '.join(words)} .")
        rows = zip([*words, "."], ["PROPN", "VERB", "DET", "NOUN", "PUNCT"], [2, 0, 4, 2, 2], strict=True)
        deps = ["nsubj", "root", "det", "obj", "punct"]
        for i, (word, pos, head) in enumerate(rows):
            trees.append(f"{i + 1}\t{word}\t{word.lower()}\t{pos}\t{pos[:2]}\t_\t{head}\t{deps[i]}\t_\t_")
        trees.append("")
        label = "B-LOC" if words[0] in ("Berlin", "Oslo") else "B-PER"
        entities += [f"{words[0]}\t{label}", *(f"{word}\tO" for word in [*words[1:], "."]), ""]
    (folder / "train.conllu").write_text("\n".join(trees) + "\n")
    (folder / "train.iob2").write_text("\n".join(entities) + "\n")


def command(folder: Path, output: str, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "nlpcore",
        "train",
        str(folder / "c.toml"),
        str(folder / output),
        "--data",
        str(folder),
        *more,
    ]


def compare(folder: Path, kills: int, epochs: int, seed: int = 0) -> tuple[int, bool]:
    """How often the run was killed, and whether it ended with the same bytes as the one that was not."""
    write_treebank(folder)
    (folder / "c.toml").write_text(CONFIG.format(epochs=epochs))
    started = time.monotonic()
    subprocess.run(command(folder, "whole"), check=True, capture_output=True)
    length = time.monotonic() - started
    rng = random.Random(seed)
    done = 0
    while done < kills:
        process = subprocess.Popen(
            command(folder, "broken", "--resume"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            process.wait(rng.uniform(0.3, 1.0) * length / 2)
            break  # it ended before it was killed
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            done += 1
    subprocess.run(command(folder, "broken", "--resume"), check=True, capture_output=True)
    names = ("whole", "broken")
    whole, broken = ((folder / name / "model.nlpcore").read_bytes() for name in names)
    return done, whole == broken and not (folder / "broken.checkpoint").exists()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=40)
    arguments = parser.parse_args()
    left, round_ = arguments.kills, 0
    good = True
    while left > 0:
        with tempfile.TemporaryDirectory() as folder:
            killed, same = compare(Path(folder), left, arguments.epochs, seed=round_)
        print(f"killed {killed} times: {'the same weights' if same else 'OTHER WEIGHTS'}", flush=True)
        good = good and same
        left -= max(1, killed)
        round_ += 1
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
