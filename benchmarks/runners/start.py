"""Import, load, first sentence, in a process that has done nothing yet."""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402


def main() -> None:
    given = json.loads(sys.argv[1])
    marks = {}

    def mark(name: str) -> None:
        marks[name] = time.perf_counter() - STARTED

    mark("start")
    if given["system"] == "nlpcore":
        import nlpcore as library
    elif given["system"] == "spacy":
        import spacy as library
    else:
        import numpy  # noqa: F401

        mark("numpy")
        import nlpcore as library  # what it costs those who have numpy already
    mark("import")
    if given["system"] != "numpy":
        nlp = library.load(given.get("model_path") or "en_core_web_sm")
        mark("load")
        doc = nlp("Ann bought two tickets to Oslo yesterday.")
        assert len(doc) == 8
        mark("sentence")
    print(json.dumps(marks))


if __name__ == "__main__":
    main()
