"""The report: tables in Markdown, every figure of which comes from the results."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import pictures
from benchmarks.plan import LEAN_BATCH, Options
from benchmarks.results import Bar, Results, bars, best_batch, best_kernels, median, ratio, trusted

SPEED_PICTURE, STAGES_PICTURE = "benchmarks-speed.svg", "benchmarks-stages.svg"
MISSING = "–"

DOUBT = (
    " **A share above 100% cannot be: the machine was too busy to reach its peak while that was measured. "
    "No share of this run counts.**"
)

CAVEATS = """\
- One machine, named above, which others may have used at the same time. Ratios of what ran in alternation
  can be trusted; seconds alone cannot. {drift}
- Speeds are medians over fresh processes, with the slowest and the fastest beside them. The time runs from
  the first text handed over to the last Doc read, `doc.to_array([TAG, HEAD, DEP, ENT_IOB, ENT_TYPE])` of
  each Doc included. Start of the process, imports, loading, {warm_up} texts to warm up and reading the file
  of texts are not in it; for several processes, starting them is.
- Words are what blanks part, the same number for all systems; tokens are each system's own.
- spaCy is given the kernels and the batch size that were the fastest for it in a short calibration; its
  speed is judged by the fastest of its rows, its memory by the leanest. NumPy, BLIS and OpenMP have one
  thread in every process, so that the threads counted are those of the system itself.
- spaCy's model has the same components and widths, but other weights; what is compared is speed, not
  accuracy.
- Peak memory is the largest resident size of the process; for several processes, of all of them together,
  pages that they share counted once, sampled four times a second.
- Shares of the FMA peak count the float32 multiply-adds of products as they are executed: minimal filtering
  (Winograd) needs fewer than direct convolutions, and lexemes and rows that are not computed do not count.
  The heads have none to speak of: they look for the best class in 8-bit integers.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    return MISSING if value is None else f"{value:,.{digits}f}{unit}"


def bars_table(found: Sequence[Bar]) -> str:
    rows = []
    for bar in found:
        digits = 3 if bar.unit == " s" else 1 if bar.unit in ("%", " MB") else 2
        wanted = ("under " if bar.most else "at least ") + number(bar.limit, digits, bar.unit)
        met = {True: "met", False: "**not met**", None: "not measured"}[bar.met]
        rows.append((bar.what, wanted, number(bar.value, digits, bar.unit), met))
    return table(("bar", "wanted", "measured", ""), rows)


def system_name(variant: str) -> str:
    system, _, rest = variant.partition("-")
    if system == "nlpcore":
        return f"nlpcore, {'1 thread' if rest == '1' else rest + ' threads'}"
    if system == "spacy":
        kernels, _, processes = rest.rpartition("-")
        how = {"best": "best kernels", "lean": f"best kernels, batches of {LEAN_BATCH}"}.get(
            kernels, "as installed"
        )
        return f"spaCy, {how}, {'1 process' if processes == '1' else processes + ' processes'}"
    return "UDPipe 1"


def pipeline_section(results: Results) -> list[str]:
    variants = results.variants("pipeline")
    if not variants:
        return []
    base = results.speed("pipeline", "spacy-best-1")
    rows = []
    for variant in variants:
        speeds = results.numbers("pipeline", variant, lambda values: values["words"] / values["seconds"])
        peak = results.median("pipeline", variant, "peak_bytes")
        rows.append(
            (
                system_name(variant),
                number(median(speeds)),
                f"{min(speeds):,.0f} to {max(speeds):,.0f}",
                number(results.speed("pipeline", variant, "tokens")),
                number(ratio(median(speeds), base), 2, "×"),
                number(None if peak is None else peak / 1e6, 0, " MB"),
                len(speeds),
            )
        )
    first = results.of("pipeline", variants[0])[0]
    head = ("system", "words/s", "range", "tokens/s", "of spaCy's", "peak memory", "repeats")
    return [
        "## Whole pipeline",
        f"From raw text to annotated Docs that have been read: {first['words']:,} words in "
        f"{first['texts']:,} texts, the same for all, none of them twice.",
        table(head, rows),
        f"![Words a second]({SPEED_PICTURE})",
    ]


def kernels_section(results: Results) -> list[str]:
    kinds = results.variants("kernels")
    if not kinds:
        return []
    names = {"installed": "as installed", "numpy": "`NumpyOps(use_blis=False)`"}
    rows = [
        (names.get(kind, f"BLIS with `BLIS_ARCH_ID={kind}`"), _cpu_speed(results, "kernels", kind))
        for kind in kinds
    ]
    best = best_kernels(results)
    return [
        "## spaCy's best settings",
        'A short run with each picks the kernels for the rows "best kernels": here '
        f"{names.get(best, f'`BLIS_ARCH_ID={best}`')}.",
        table(("kernels", "words/s of CPU time"), rows),
        *_batches(results),
    ]


def _batches(results: Results) -> list[str]:
    sizes = results.variants("batches")
    if not sizes:
        return []
    rows = []
    for size in sizes:
        peak = results.median("batches", size, "peak_bytes")
        rows.append((size, _cpu_speed(results, "batches", size), number(peak and peak / 1e6, 0, " MB")))
    return [
        f"The same with these kernels picks its batch size: here {best_batch(results)}.",
        table(("batch_size", "words/s of CPU time", "peak memory"), rows),
    ]


def _cpu_speed(results: Results, part: str, variant: str) -> str:
    return number(results.median(part, variant, lambda v: v["words"] / (v["cpu_seconds"] or v["seconds"])))


def tokenizer_section(results: Results) -> list[str]:
    ours = results.speed("tokenizer", "nlpcore", "tokens")
    if ours is None:
        return []
    offsets = results.median(
        "tokenizer",
        "nlpcore",
        lambda v: v["tokens"] / v["offsets_seconds"] if v.get("offsets_seconds") else None,
    )
    theirs = results.speed("tokenizer", "spacy", "tokens")
    rows = [
        ("nlpcore, text to Doc", number(ours), number(ratio(ours, theirs), 2, "×")),
        ("nlpcore, text to arrays of offsets", number(offsets), number(ratio(offsets, theirs), 2, "×")),
        ("spaCy, text to Doc", number(theirs), number(ratio(theirs, theirs), 2, "×")),
    ]
    return ["## Tokenizer", "One thread.", table(("", "tokens/s", "of spaCy's"), rows)]


def stages(results: Results) -> list[tuple[str, float, float | None]]:
    """Stage, microseconds a token, share of the FMA peak."""
    found = results.of("stages", "nlpcore")
    names = list(found[0]["micros"]) if found else []
    out = []
    for name in names:
        micros = median(values["micros"][name] for values in found) or 0.0
        out.append((name, micros, median(v["shares"][name] for v in found if name in v["shares"])))
    return out


def stages_section(results: Results) -> list[str]:
    found = results.of("stages", "nlpcore")
    if not found:
        return []
    counts = found[0]["multiply_adds"]
    rows = [
        (
            name,
            number(micros, 2),
            number(counts.get(name)),
            number(None if share is None else 100 * share, 0, "%"),
        )
        for name, micros, share in stages(results)
    ]
    pipe = results.median("stages", "nlpcore", "pipe_micros")
    rows.append(("all of `nlp.pipe`, one thread", number(pipe, 2), "", ""))
    peak = median(values["peak"] for values in found if values.get("peak"))
    doubt = "" if trusted(results) else DOUBT
    measured = "was not measured: no C compiler" if peak is None else f"was {peak / 1e9:.0f} GFLOP/s"
    return [
        "## Where the time goes",
        "Microseconds a token that the network sees, one thread, stage after stage over the same "
        f"{found[0]['tokens']:,} tokens; kernels: `{found[0]['variant']}`. The FMA peak of one core, the "
        f"best of many bursts in the same processes, {measured}.{doubt}",
        table(("stage", "µs a token", "multiply-adds", "of the FMA peak"), rows),
        f"![Stages]({STAGES_PICTURE})",
    ]


def growth_section(results: Results) -> list[str]:
    out = []
    titles = {
        "growth-length": "characters of a text",
        "growth-batch": "batch_size",
        "growth-threads": "threads",
    }
    for part, title in titles.items():
        rows = []
        for variant in results.variants(part):
            size = results.median(part, variant, "peak_bytes")
            rows.append(
                (
                    f"{int(variant.split('-')[1]):,}",
                    number(results.speed(part, variant, "tokens")),
                    number(None if size is None else size / 1e6, 0, " MB"),
                )
            )
        if rows:
            out.append(table((title, "tokens/s", "peak memory"), rows))
    return ["## Growth", "nlpcore, one thread where nothing else is said.", *out] if out else []


def start_section(results: Results) -> list[str]:
    variants = results.variants("start")
    if not variants:
        return []
    rows = []
    for variant in variants:
        marks = [results.median("start", variant, name) for name in ("numpy", "import", "load", "sentence")]
        name = "numpy, then nlpcore" if variant == "numpy" else variant
        rows.append((name, *(number(value, 3) for value in marks)))
    count = len(results.of("start", variants[0]))
    return [
        "## Start-up",
        f"Seconds since the interpreter was ready, medians of {count} fresh processes, files in the cache, "
        "Python's byte code compiled. nlpcore imports NumPy when somebody asks for the first array, and not "
        "before.",
        table(("", "import numpy", "import", "load", "first sentence"), rows),
    ]


def flat_section(results: Results) -> list[str]:
    streams = [
        (
            variant.split("-")[1],
            number(flow["tokens"]),
            number(flow["before"] / 1e6, 1, " MB"),
            number(flow["rise"] / 1e6, 1, " MB"),
        )
        for variant in results.variants("flat-stream")
        for flow in results.of("flat-stream", variant)[:1]
    ]
    texts = [
        (
            variant.split("-")[1],
            number(one["bytes"] / 1e6, 1, " MB"),
            number(one["peak_rise"] / 1e6, 1, " MB"),
            number(one["doc"] / 1e6, 1, " MB"),
            number(one["working"] / 1e6, 1, " MB"),
        )
        for variant in results.variants("flat-long")
        for one in results.of("flat-long", variant)[:1]
    ]
    out = []
    if streams:
        out += [
            "Words that never come twice stream through `nlp.pipe`; the rise is that of resident memory from "
            "the end of the warm-up to its highest point after it.",
            table(("threads", "new tokens", "after the warm-up", "rise"), streams),
        ]
    if texts:
        out += [
            "What one long text takes at most, in a process of its own, and what of that is not its Doc.",
            table(("threads", "text", "at most", "its Doc", "beyond it"), texts),
        ]
    return ["## Memory stays flat", *out] if out else []


def machine() -> str:
    """Processor, cores, system and Python; nothing of where things lie."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"{model}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def drift(clocks: Sequence[float]) -> str:
    found = [clock for clock in clocks if clock]
    if not found:
        return ""
    spread = 100 * (max(found) / min(found) - 1)
    return f"The same piece of other work, timed before each measurement, varied by {spread:.0f}%."


def page(results: Results, options: Options, *, quick: bool) -> str:
    """The whole report."""
    versions = f"nlpcore {results.version('nlpcore')}"
    if results.version("spacy") != "?":
        versions += f", spaCy {results.version('spacy')}"
    intro = (
        "Made by `python -m benchmarks`: every figure comes from runs of it. "
        f"Machine: {machine()}, {options.cores} cores. {versions}."
    )
    if quick:
        intro += "\n\n**A quick run on few words: it shows that everything works, not how fast it is.**"
    caveats = CAVEATS.format(drift=drift(results.clocks), warm_up=options.warm_up)
    sections = [
        "# Benchmarks",
        intro,
        "## Bars",
        bars_table(bars(results, options.cores)),
        *pipeline_section(results),
        *kernels_section(results),
        *tokenizer_section(results),
        *stages_section(results),
        *growth_section(results),
        *start_section(results),
        *flat_section(results),
        "## What these numbers are and are not",
        caveats.rstrip(),
    ]
    return "\n\n".join(sections) + "\n"


def draw(results: Results) -> dict[str, str]:
    """File name -> picture, of those parts that were measured."""
    out = {}
    variants = results.variants("pipeline")
    if variants:
        rows = []
        for variant in variants:
            speed = results.speed("pipeline", variant) or 0.0
            rows.append((system_name(variant), speed, f"{speed:,.0f}", variant.startswith("nlpcore")))
        out[SPEED_PICTURE] = pictures.bars("Whole pipeline: words a second", rows)
    found = stages(results)
    if found:
        rows = [(name, micros, f"{micros:.2f}", True) for name, micros, _ in found]
        out[STAGES_PICTURE] = pictures.bars("Microseconds a token, one thread", rows)
    return out
