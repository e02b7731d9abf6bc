"""Annotates texts and reads the annotation: tag, head, label and entity of every token."""

from __future__ import annotations

import os
import time
from typing import Any

import common


def annotate(nlp: Any, read: list[int], texts: list[str], settings: dict[str, Any]) -> tuple[float, int]:
    """(seconds, tokens)."""
    tokens = 0
    started = time.perf_counter()
    for doc in common.piped(nlp, texts, settings):
        doc.to_array(read)
        tokens += len(doc)
    return time.perf_counter() - started, tokens


def udpipe(given: dict[str, Any], texts: dict[str, list[str]]) -> tuple[float, int, str]:
    """UDPipe 1; its result is text, whose lines with a token are counted."""
    import ufal.udpipe as u

    model = u.Model.load(given["model_path"])
    pipeline = u.Pipeline(model, "tokenize", u.Pipeline.DEFAULT, u.Pipeline.DEFAULT, "conllu")
    for text in texts["warm"]:
        pipeline.process(text)
    tokens = 0
    started = time.perf_counter()
    for text in texts["measured"]:
        tokens += sum(line[:1].isdigit() for line in pipeline.process(text).splitlines())
    return time.perf_counter() - started, tokens, "1"


def main() -> None:
    given = common.arguments()
    texts = common.texts(given["texts_path"])
    words = sum(len(text.split()) for text in texts["measured"])
    if given["system"] == "udpipe":
        seconds, tokens, version = udpipe(given, texts)
    else:
        nlp, read, version = common.load(given["system"], given)
        settings = given.get("settings", {})
        annotate(nlp, read, texts["warm"], settings)
        before = os.times()
        seconds, tokens = annotate(nlp, read, texts["measured"], settings)
        after = os.times()
        given["cpu"] = sum(after[:4]) - sum(before[:4])
    common.report(
        {
            "seconds": seconds,
            "cpu_seconds": given.get("cpu"),
            "tokens": tokens,
            "words": words,
            "texts": len(texts["measured"]),
            "version": version,
        }
    )


if __name__ == "__main__":
    main()
