"""Words per second of the parser with 13 and with 25 context positions, in alternation in one process.

    python benchmarks/context_speed.py FILE.conllu [--repeats 7]

Both parsers get one pass over the file, so that they take about as many steps as trained ones, and then parse
its raw text. Prints the median of the parser's time alone (lower-layer product and stepping) and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

from nlpcore.training.run import train_pipeline
from nlpcore.training.settings import config_from_dict

POSITIONS = (13, 25)


def trained(path: Path, positions: int) -> Any:
    config = config_from_dict(
        {
            "lang": "en",
            "name": "context_speed",
            "pipeline": ["tok2vec", "parser"],
            "train": [{"conllu": path.name}],
            "dev": {"conllu": path.name},
            "components": {"parser": {"context": positions}},
            "schedule": {"epochs": 1, "batch_words": 500, "max_words": 120},
        }
    )
    return train_pipeline(config, path.parent)[0]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--repeats", type=int, default=7)
    args = arguments.parse_args()
    from nlpcore.training import read_conllu

    texts = [document.text for document in read_conllu(args.path)]
    pipelines = {positions: trained(args.path, positions) for positions in POSITIONS}
    seconds: dict[int, list[float]] = {positions: [] for positions in POSITIONS}
    n_words = 0
    for _ in range(args.repeats):
        for positions, nlp in pipelines.items():
            docs = [nlp.get_pipe("tok2vec")(nlp.make_doc(text)) for text in texts]
            n_words = sum(map(len, docs))
            started = time.perf_counter()
            for _ in nlp.get_pipe("parser").pipe(docs, batch_size=16):
                pass
            seconds[positions].append(time.perf_counter() - started)
    speeds = {positions: n_words / statistics.median(times) for positions, times in seconds.items()}
    for positions, speed in speeds.items():
        print(f"{positions} positions: {speed:,.0f} words a second")
    print(f"13 positions are {speeds[13] / speeds[25]:.2f} times as fast as 25")


if __name__ == "__main__":
    main()
