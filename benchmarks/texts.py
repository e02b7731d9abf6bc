"""The texts that are annotated: real documents, mixed from several sources, none of them twice."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

#: files of ``raw_en`` that are most like the treebank: web logs, questions and answers, chat, mail, news
SOURCES = ("digitalgov", "18f", "stackexchange", "masc", "ubuntu_irc", "ropensci_blog", "rust_blog")
WARM_UP = 30  # texts that are annotated before the clock starts; none of them is measured
LENGTHS = (100, 1_000, 10_000, 100_000, 1_000_000)  # characters of a text where growth is measured

_NOT_WORD = re.compile(r"[\W_]+")


def documents(path: Path) -> Iterator[str]:
    """The documents of a text file (packed by xz where its name says so): stretches of lines without an empty
    one, each line a paragraph; between two of them stands a blank line.
    """
    opened = lzma.open if path.suffix == ".xz" else open
    lines: list[str] = []
    with opened(path, "rt", encoding="utf8") as source:
        for line in (*source, ""):
            if line.strip():
                lines.append(line.strip())
            elif lines:
                yield "\n\n".join(lines)
                lines = []


def sources(data: Path) -> list[Path]:
    """The files to take texts from: those of ``raw_en`` named above, or all text files of a plain folder."""
    folder = data / "raw_en" if (data / "raw_en").is_dir() else data
    known = [folder / f"{name}.txt.xz" for name in SOURCES]
    found = [path for path in known if path.is_file()]
    found = found or sorted([*folder.glob("*.txt.xz"), *folder.glob("*.txt")])
    if not found:
        raise SystemExit(f"There are no texts (*.txt.xz, *.txt) in {folder}.")
    return found


def distinct(texts: Iterable[str]) -> Iterator[str]:
    """Each text once; those that differ in capitals, blanks or punctuation alone are the same."""
    seen = set()
    for text in texts:
        key = _NOT_WORD.sub("", text).casefold()
        if key and key not in seen:
            seen.add(key)
            yield text


def choose(texts: Iterable[str], words: int, warm_up: int = WARM_UP, seed: int = 0) -> dict[str, list[str]]:
    """Shuffled: ``warm`` texts, and others, ``measured``, of at least that many words in all.

    Raises SystemExit where there are too few.
    """
    pool = list(distinct(texts))
    random.Random(seed).shuffle(pool)
    warm, measured, found = pool[:warm_up], [], 0
    for text in pool[warm_up:]:
        if found >= words:
            break
        measured.append(text)
        found += count_words(text)
    if found < words:
        raise SystemExit(
            f"The texts have {found:,} words where {words:,} are wanted: ask for fewer (--words)."
        )
    return {"warm": warm, "measured": measured}


def count_words(text: str) -> int:
    """Words as blanks part them: the same number for every system."""
    return len(text.split())


def of_length(texts: Iterable[str], length: int, total: int) -> list[str]:
    """Consecutive texts of ``length`` characters each, cut at blanks, about ``total`` characters in all."""
    out: list[str] = []
    buffer = ""
    for text in texts:
        buffer += text + " "
        while len(buffer) > length:
            cut = buffer.rfind(" ", 1, length + 1)
            cut = length if cut < 0 else cut
            out.append(buffer[:cut])
            buffer = buffer[cut:].lstrip()
            if len(out) * length >= total:
                return out
    return out


def write(path: Path, chosen: dict[str, list[str]]) -> None:
    """For ``runners``, which read the file before they start the clock."""
    path.write_text(json.dumps(chosen), encoding="utf8")
