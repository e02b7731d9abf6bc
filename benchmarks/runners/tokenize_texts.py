"""The tokenizer alone: text in, Doc out. For nlpcore also the bare offsets."""

from __future__ import annotations

import time

import common


def main() -> None:
    given = common.arguments()
    texts = common.texts(given["texts_path"])
    nlp, _, version = common.load(given["system"], given)
    for text in texts["warm"]:
        nlp.tokenizer(text)
    tokens = 0
    started = time.perf_counter()
    for text in texts["measured"]:
        tokens += len(nlp.tokenizer(text))
    values = {"seconds": time.perf_counter() - started, "tokens": tokens, "version": version}
    if hasattr(nlp.tokenizer, "offsets"):
        started = time.perf_counter()
        for text in texts["measured"]:
            nlp.tokenizer.offsets(text)
        values["offsets_seconds"] = time.perf_counter() - started
    common.report(values)


if __name__ == "__main__":
    main()
