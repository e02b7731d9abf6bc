"""A teacher reads raw text on several processes, shard after shard; what is there is not read again."""

from __future__ import annotations

import multiprocessing
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SilverError
from .silver import ENDING, annotate, checksum, read_shard, write_shard

if TYPE_CHECKING:
    from ..language import Language

#: Tokens of a shard: so many are lost at most where a run is broken off, for each process.
SHARD_WORDS = 50_000


def make_silver(
    teacher: str | Path,
    texts: Iterable[str],
    folder: Path,
    *,
    words: int = 0,
    processes: int = 0,
    shard_words: int = SHARD_WORDS,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Let a teacher annotate texts into shards (see ``silver``) in a folder. Returns the number of tokens.

    teacher: a model's name or path. words: so many are read, if there are so many; 0: all. processes: 0: one
    for each core. on_progress hears of the tokens that are done. A shard that is there already is kept, if it
    is by this teacher and of these texts.

    Raises SilverError (a ValueError) where it is of others, OSError.
    """
    import nlpcore

    nlp = nlpcore.load(teacher)
    mark = fingerprint(nlp)
    folder.mkdir(parents=True, exist_ok=True)
    done = 0

    def count(n_words: int) -> None:
        nonlocal done
        done += n_words
        if on_progress is not None:
            on_progress(done)

    def missing() -> Iterator[tuple[Path, list[str]]]:
        for number, (part, size) in enumerate(in_shards(nlp, texts, words, shard_words)):
            path = folder / f"{number:05}{ENDING}"
            if is_there(path, mark, part):
                count(size)
            else:
                yield path, part

    n = processes or os.cpu_count() or 1
    if n == 1:
        _begin(nlp, mark)
        for path, part in missing():
            count(_annotate(path, part))
    else:
        for n_words in on_processes(n, teacher, mark, missing()):
            count(n_words)
    return done


def on_processes(
    n: int, teacher: str | Path, mark: int, shards: Iterable[tuple[Path, list[str]]]
) -> Iterator[int]:
    """Annotate shards on n processes, reading little ahead; gives the tokens of each when it is written."""
    waiting: list[Future[int]] = []
    context = multiprocessing.get_context("spawn")
    with one_thread_each():
        pool = ProcessPoolExecutor(n, context, initializer=_load, initargs=(str(teacher), mark))
        with pool:
            try:
                for path, part in shards:
                    waiting.append(pool.submit(_annotate, path, part))
                    while len(waiting) > 2 * n:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


#: What says how many threads a process has when it begins; TOKENIZERS_PARALLELISM takes 1 as yes.
THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes that begin within it have one core each."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(THREADS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def in_shards(
    nlp: Language, texts: Iterable[str], words: int, shard_words: int
) -> Iterator[tuple[list[str], int]]:
    """The texts in lists of about ``shard_words`` tokens, and the tokens of each list."""
    part: list[str] = []
    size = total = 0
    for text in texts:
        part.append(text)
        size += len(nlp.make_doc(text))
        if size >= shard_words or (words and total + size >= words):
            yield part, size
            total += size
            part, size = [], 0
            if words and total >= words:
                return
    if part:
        yield part, size


def is_there(path: Path, mark: int, texts: list[str]) -> bool:
    """Whether a shard is done already. A run over fewer or more words ends its last shard elsewhere: one that
    goes on behind these texts is done too, one that has the first of them alone is to be made anew.

    Raises SilverError where it is one of another run.
    """
    if not path.exists():
        return False
    shard = read_shard(path)
    common = min(len(shard.texts), len(texts))
    if shard.teacher != mark or checksum(shard.texts[:common]) != checksum(texts[:common]):
        whose = "another teacher" if shard.teacher != mark else "another text"
        raise SilverError(path=path, reason=f"it is of {whose} than this run: give it another folder")
    return common == len(texts)


def fingerprint(nlp: Language) -> int:
    """CRC-32 of all parameters of a pipeline, and of what its components are."""
    crc = 0
    for name, pipe in nlp.pipeline:
        crc = zlib.crc32(f"{name} {type(pipe).__name__}".encode(), crc)
        state: Any = getattr(pipe, "get_state", None)
        for key, value in sorted(state()[1].items()) if state is not None else ():
            crc = zlib.crc32(np.ascontiguousarray(value).tobytes(), zlib.crc32(key.encode(), crc))
    return crc


# What a process has: the teacher, and its mark.
_teacher: tuple[Language, int] | None = None


def _begin(nlp: Language, mark: int) -> None:
    global _teacher
    _teacher = nlp, mark


def _load(teacher: str, mark: int) -> None:
    import nlpcore

    _begin(nlpcore.load(teacher), mark)


def _annotate(path: Path, texts: list[str]) -> int:
    assert _teacher is not None
    nlp, mark = _teacher
    shard = annotate(nlp, texts, mark)
    write_shard(path, shard)
    return shard.n_tokens
