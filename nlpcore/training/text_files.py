"""Raw text from files, a text a line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ..errors import RawTextError
from ..vocab.vector_files import OPENERS

#: Lines that are taken from one file before the next has its turn.
IN_TURN = 20


def text_files(path: Path) -> list[Path]:
    """The file, or the text files of a folder (.txt, plain or compressed), in the order of their names.

    Raises FileNotFoundError where there is none.
    """
    if not path.is_dir():
        return [path]
    endings = (".txt", *(f".txt{ending}" for ending in OPENERS))
    found = sorted(file for file in path.iterdir() if file.name.endswith(endings))
    if not found:
        raise FileNotFoundError(errno.ENOENT, "the folder has no files of text (.txt, .txt.xz …)", str(path))
    return found


def raw_lines(paths: Sequence[str | os.PathLike[str]]) -> Iterator[str]:
    """The lines of files that are not empty, plain or compressed (.gz, .bz2, .xz); the files take turns.

    Raises RawTextError (a ValueError) naming file and line, OSError.
    """
    waiting = [_lines(Path(path)) for path in paths]
    while waiting:
        going_on = []
        for lines in waiting:
            part = list(islice(lines, IN_TURN))
            yield from part
            if len(part) == IN_TURN:
                going_on.append(lines)
        waiting = going_on


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                if text:
                    yield text
    except UnicodeDecodeError as e:
        raise RawTextError(path=str(path), line=number, reason=f"it is not UTF-8 ({e.reason})") from None
    except EOFError as e:
        raise RawTextError(path=str(path), line=number + 1, reason=f"it breaks off ({e})") from e
