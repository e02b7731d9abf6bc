"""Memory that training takes, by the size of the corpus.

    python -m benchmarks.train_memory --treebank TRAIN.conllu --words 10000000

The corpus is the treebank again and again, with other words each time: every word gets the number of its copy
as a suffix now and then, so that what grows with the number of different words grows too. The training of a
whole pipeline (``configs/treebank.toml``) is begun and ended after some steps; printed is the peak of the
process's resident memory.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CONFIG = Path(__file__).parents[1] / "configs" / "treebank.toml"
STEPS = 50
#: Of so many words one is another one in each copy.
CHANGED = 10


class Enough(Exception):
    """The steps have been made."""


def copies(treebank: Path, words: int) -> Iterator[str]:
    """Lines of CoNLL-U with at least so many words."""
    lines = treebank.read_text(encoding="utf8").splitlines(keepends=True)
    found = copy = 0
    while found < words:
        for line in lines:
            if line.startswith(("# newdoc", "# sent_id")):
                line = f"{line.rstrip()}-{copy}\n"
            elif line[0].isdigit():
                found += 1
                fields = line.split("\t")
                if found % CHANGED == 0 and fields[0].isdigit():
                    fields[1] += str(copy)
                line = "\t".join(fields)
            if not line.startswith("# text"):  # it would not fit the words any more
                yield line
        copy += 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--treebank", type=Path, required=True)
    parser.add_argument("--words", type=int, default=10_000_000)
    arguments = parser.parse_args()
    from nlpcore.training.run import train_pipeline
    from nlpcore.training.settings import read_config

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "train.conllu"
        with corpus.open("w", encoding="utf8") as out:
            out.writelines(copies(arguments.treebank, arguments.words))
        overrides = {
            "lang": "en",
            "name": "memory",
            "train.conllu": str(corpus),
            "dev.conllu": str(arguments.treebank),
        }
        steps = 0

        def count(_: object) -> None:
            nonlocal steps
            steps += 1
            if steps >= STEPS:
                raise Enough

        with suppress(Enough):
            train_pipeline(read_config(CONFIG, overrides), on_stage=print, on_progress=count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{arguments.words:,} words: {peak:,.0f} MB at most")


if __name__ == "__main__":
    main()
