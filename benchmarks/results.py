"""From results to numbers: medians, ratios, and whether each bar is met."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


def median(values: Iterable[float]) -> float | None:
    """None where there are no values."""
    values = list(values)
    return statistics.median(values) if values else None


def ratio(a: float | None, b: float | None) -> float | None:
    """a / b; None where one is missing or b is 0."""
    return None if a is None or not b else a / b


class Results:
    """Records of ``measure``, by part and variant."""

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        self._values: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.clocks: list[float] = []
        for record in records:
            self._values.setdefault((record["part"], record["variant"]), []).append(record["values"])
            self.clocks.append(record.get("clock", 0.0))

    def of(self, part: str, variant: str) -> list[dict[str, Any]]:
        return self._values.get((part, variant), [])

    def variants(self, part: str) -> list[str]:
        return [variant for p, variant in self._values if p == part]

    def numbers(self, part: str, variant: str, read: str | Callable[[dict[str, Any]], Any]) -> list[float]:
        """One number a repeat: a value by name, or what a function makes of the values."""
        take = read if callable(read) else lambda values: values.get(read)
        found = (take(values) for values in self.of(part, variant))
        return [number for number in found if number is not None]

    def median(self, part: str, variant: str, read: str | Callable[[dict[str, Any]], Any]) -> float | None:
        return median(self.numbers(part, variant, read))

    def speed(self, part: str, variant: str, unit: str = "words") -> float | None:
        """Median of words or tokens a second."""
        return self.median(part, variant, lambda values: values[unit] / values["seconds"])

    def version(self, system: str) -> str:
        for (_, variant), values in self._values.items():
            if variant.split("-")[0] == system and values and values[0].get("version"):
                return values[0]["version"]
        return "?"


def best_kernels(results: Results) -> str:
    """The kernels with which spaCy was fastest in the calibration."""
    return _fastest(results, "kernels", "installed")


def best_batch(results: Results) -> int:
    """The batch size with which spaCy was fastest in the calibration."""
    return int(_fastest(results, "batches", "64"))


def _fastest(results: Results, part: str, default: str) -> str:
    """The variant with the most words in a second of CPU time, which others on the machine disturb less."""
    speeds = {
        variant: results.median(part, variant, lambda v: v["words"] / (v.get("cpu_seconds") or v["seconds"]))
        for variant in results.variants(part)
    }
    return max(speeds, key=lambda variant: speeds[variant] or 0.0, default=default)


def trusted(results: Results) -> bool:
    """Whether the shares of the FMA peak can be: one above 1 says that the peak was not reached."""
    return all(
        share <= 1 for values in results.of("stages", "nlpcore") for share in values["shares"].values()
    )


@dataclass
class Bar:
    """Something that is to be reached. value: what was measured, None: not measured.

    most: the value must lie below the limit, else at or above it.
    """

    what: str
    limit: float
    value: float | None
    unit: str = "×"
    most: bool = False

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value < self.limit if self.most else self.value >= self.limit


def _largest(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return max(found, default=None)


def bars(results: Results, cores: int) -> list[Bar]:
    """All bars, each computed from what was measured."""
    one = results.speed("pipeline", "nlpcore-1")
    spacy_one = results.speed("pipeline", "spacy-best-1")
    installed = results.speed("pipeline", "spacy-installed-1")
    best_one = _largest([spacy_one, installed, results.speed("pipeline", "spacy-lean-1")])
    out = [
        Bar(
            "whole pipeline, one thread, against spaCy with its best kernels and batch size",
            4.0,
            ratio(one, best_one),
        )
    ]
    if cores > 1:
        many = results.speed("pipeline", f"nlpcore-{cores}")
        spacy_many = _largest([best_one, results.speed("pipeline", f"spacy-best-{cores}")])
        out += [
            Bar(f"whole pipeline, {cores} threads against one", 1.85, ratio(many, one)),
            Bar(
                f"whole pipeline, {cores} threads, against spaCy with 1 or {cores} processes, the faster",
                4.5,
                ratio(many, spacy_many),
            ),
        ]
    share = results.median("stages", "nlpcore", lambda values: values["shares"].get("tok2vec"))
    share = share if trusted(results) else None
    out.append(Bar("tok2vec, share of the FMA peak", 60.0, None if share is None else 100 * share, "%"))
    ours = results.speed("tokenizer", "nlpcore", "tokens")
    theirs = results.speed("tokenizer", "spacy", "tokens")
    out.append(
        Bar(
            "tokenizer, million tokens a second (1.2, or five times spaCy's where that is more)",
            max(1.2, 5 * (theirs or 0.0) / 1e6),
            None if ours is None else ours / 1e6,
            " M/s",
        )
    )
    out += _memory_bars(results, cores) + _start_bars(results)
    return out


def _memory_bars(results: Results, cores: int) -> list[Bar]:
    # spaCy's settings for speed cost memory: the leanest of its runs is what counts here.
    runs = [v for v in results.variants("pipeline") if v.startswith("spacy") and v.endswith("-1")]
    peaks = [results.median("pipeline", variant, "peak_bytes") for variant in runs]
    theirs = min((peak for peak in peaks if peak is not None), default=None)
    out = []
    for n in dict.fromkeys((1, cores)):
        ours = results.median("pipeline", f"nlpcore-{n}", "peak_bytes")
        out.append(
            Bar(
                f"peak memory, {_threads(n)}, of the least of spaCy's in one process",
                0.5,
                ratio(ours, theirs),
                most=True,
            )
        )
    for n in dict.fromkeys((1, cores)):
        rise = results.median("flat-stream", f"nlpcore-{n}", lambda values: values["rise"] / 1e6)
        work = results.median("flat-long", f"nlpcore-{n}", lambda values: values["working"] / 1e6)
        out.append(Bar(f"rise of memory over a stream of new words, {_threads(n)}", 20.0, rise, " MB", True))
        out.append(Bar(f"memory beyond its Doc for one long text, {_threads(n)}", 64.0, work, " MB", True))
    return out


def _threads(n: int) -> str:
    return "one thread" if n == 1 else f"{n} threads"


def _start_bars(results: Results) -> list[Bar]:
    extra = results.median("start", "numpy", lambda values: values["import"] - values["numpy"])
    ours = results.median("start", "nlpcore", "sentence")
    theirs = results.median("start", "spacy", "sentence")
    return [
        Bar("`import nlpcore` beyond `import numpy`", 0.05, extra, " s", True),
        Bar("import, load and first sentence", 0.35, ours, " s", True),
        Bar("import, load and first sentence, against spaCy", 8.0, ratio(theirs, ours)),
    ]
