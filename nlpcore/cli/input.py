"""Text from arguments, files and stdin; what is no text is refused with the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from nlpcore import errors


def read_texts(words: list[str], files: list[Path], *, by_line: bool) -> Iterator[str]:
    """The texts to annotate, read as they are asked for.

    words: the arguments of the command line: one text.
    files: paths; stdin is read if there are neither words nor files.
    by_line: each line that is not blank is a text; else each file is one.

    Raises NotText (a ValueError) and OSError, each naming the file.
    """
    if words:
        return iter(_from_arguments(words, by_line))
    _check_readable(files)
    return _from_files(files, by_line)


def _from_arguments(words: list[str], by_line: bool) -> list[str]:
    text = " ".join(words)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise errors.NotText(
            "The text on the command line is not UTF-8: put it in a file and use --file."
        ) from None
    return _lines(text) if by_line else [text]


def _check_readable(files: list[Path]) -> None:
    """Find out before a model is loaded that a file is missing."""
    for path in files:
        if path.is_dir():
            raise errors.NotText(f"{path} is a directory: name the files in it, as in --file {path}/*.txt")
        with open(path, "rb"):
            pass


def _from_files(files: list[Path], by_line: bool) -> Iterator[str]:
    if not files and sys.stdin.isatty():
        print("Type a text; Ctrl-D ends it.", file=sys.stderr)
    sources: Iterable[tuple[str, bytes | None]] = (
        ((str(p), None) for p in files) if files else [("stdin", b"")]
    )
    for name, data in sources:
        if by_line:
            yield from _by_line(name, is_stdin=data is not None)
            continue
        raw = sys.stdin.buffer.read() if data is not None else Path(name).read_bytes()
        yield decode(raw, name)


def _by_line(name: str, *, is_stdin: bool) -> Iterator[str]:
    with sys.stdin.buffer if is_stdin else open(name, "rb") as f:
        for number, line in enumerate(f, 1):
            text = decode(line, f"{name}, line {number}").strip("\r\n")
            if text.strip():
                yield text


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def decode(data: bytes, name: str) -> str:
    """UTF-8 as str, with lines ended by line feeds. Raises NotText (a ValueError) saying where and why."""
    for mark, encoding in (
        (b"\xff\xfe", "UTF-16"),
        (b"\xfe\xff", "UTF-16"),
        (b"\x1f\x8b", None),
        (b"PK\x03\x04", None),
    ):
        if data.startswith(mark):
            kind = (
                f"{encoding} text: convert it with iconv -f {encoding} -t UTF-8"
                if encoding
                else "compressed: unpack it"
            )
            raise errors.NotText(f"{name} is {kind}.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise errors.NotText(
            f"{name} is not UTF-8 text: byte 0x{data[e.start]:02x} at offset {e.start} (line {line}). "
            "Convert it, for example with iconv -f LATIN1 -t UTF-8."
        ) from None
    at = text.find("\0")
    if at >= 0:
        raise errors.NotText(f"{name} is no text: it has a NUL at character {at}.")
    return text.replace("\r\n", "\n")
