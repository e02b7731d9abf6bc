"""Files and directories that are there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from nlpcore import errors

#: bytes of a SHA-256
DIGEST = 32

#: seconds in which what a killed process left is not removed
FRESH = 5.0

#: how the name ends of what is set aside while something new takes its place
OLD = ".old"

#: the archive inside a model directory
ARCHIVE_NAME = "model.nlpcore"

PathLike = str | os.PathLike[str]


def read_file(path: PathLike) -> bytes:
    """The bytes of a file. Raises OSError."""
    with open(path, "rb") as f:
        return f.read()


def archive_file(path: Path) -> Path:
    """Where the archive of a model directory or file lies. Raises NoModelThere (an OSError)."""
    if not path.exists():
        recover(path)
    if not path.is_dir():
        return path
    if not (path / ARCHIVE_NAME).is_file():
        raise errors.NoModelThere(path=path, name=ARCHIVE_NAME)
    return path / ARCHIVE_NAME


def read_model(path: Path) -> tuple[bytes, bytes]:
    """The bytes of the archive of a model directory, archive file or wheel, and their ``digest_of``.

    Raises OSError, and ModelDataError (a ValueError) for a wheel that is not sound.
    """
    if path.suffix == ".whl" and not path.is_dir():
        from nlpcore.models.wheel import read_archive

        data = read_archive(path)
    else:
        data = read_file(archive_file(path))
    return data, digest_of(data)


def digest_of(data: bytes) -> bytes:
    """SHA-256 of all but the last bytes, where an archive has its own."""
    return hashlib.sha256(memoryview(data)[:-DIGEST]).digest()


def write_file(path: PathLike, data: bytes) -> None:
    """Write under a temporary name, flush to the device, rename: a reader sees the old file or the new one.

    Raises OSError, and then leaves the old file as it was.
    """
    with replacing(path) as f:
        f.write(data)


@contextlib.contextmanager
def replacing(path: PathLike) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` at the end of the block.

    Where the block raises, ``path`` stays as it was. Raises OSError.
    """
    import tempfile

    path = Path(path)
    sweep(path)
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as f:
            _lock(f.fileno())
            yield f
            f.flush()
            os.fsync(f.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp makes files that only their owner can read
        os.replace(temporary, path)
    except BaseException:
        _unlink(temporary)
        raise
    _sync_directory(path.parent)


def write_directory(path: PathLike, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write into a temporary directory beside ``path``, then put that in the place of ``path``.

    Until ``fill`` is done nothing at ``path`` changes. Replacing a directory takes two renames: a process
    killed
    between them leaves the old one complete under ``.NAME.old``, which ``recover`` puts back.
    Raises OSError, and then leaves the old directory as it was.
    """
    import shutil
    import tempfile

    path = Path(path).resolve()  # "." has no name to rename, and a link stays a link
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{path} is a file: a model is stored in a directory. Pick another path.")
    path.parent.mkdir(parents=True, exist_ok=True)
    recover(path)
    sweep(path)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
    old = old_name(path)
    held = os.open(temporary, os.O_RDONLY) if os.name == "posix" else None
    try:
        if held is not None:
            _lock(held)
        fill(temporary)
        for folder, _, names in os.walk(temporary):
            for name in names:
                _sync_file(os.path.join(folder, name))
        os.chmod(temporary, 0o777 & ~_umask())
        if path.exists():
            os.rename(path, old)
        try:
            os.rename(temporary, path)
        except BaseException:
            if old.exists():
                os.rename(old, path)
            raise
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        if held is not None:
            os.close(held)
    _sync_directory(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def old_name(path: Path) -> Path:
    """Where the old directory stands while a new one takes its place."""
    return path.parent / f".{path.name}{OLD}"


def recover(path: Path) -> None:
    """Put back what a killed ``write_directory`` left aside, or clear it away if the new one is in place."""
    path = path.resolve()
    old = old_name(path)
    if os.path.isdir(old):
        if path.exists():
            import shutil

            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, path)


def sweep(path: Path) -> None:
    """Remove what killed processes left beside ``path`` when they were writing it.

    Whoever writes holds a lock on what it writes; where the system has no such locks, all is left alone.
    So is what is younger than ``FRESH`` seconds: its writer may be about to lock it.
    """
    if os.name != "posix":
        return
    import shutil
    import time

    start, end = f".{path.name}.", ".tmp"
    try:
        names = [name for name in os.listdir(path.parent) if name.startswith(start) and name.endswith(end)]
    except OSError:
        return
    for name in names:
        left = path.parent / name
        with contextlib.suppress(OSError):
            fd = os.open(left, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                _lock(fd)
                if time.time() - os.fstat(fd).st_mtime < FRESH:
                    continue
                if os.path.isdir(left):
                    shutil.rmtree(left)
                else:
                    os.unlink(left)
            finally:
                os.close(fd)


def _lock(fd: int) -> None:
    """Hold an open file or directory until it is closed. Raises OSError where somebody else does."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _sync_file(path: str) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sync_directory(path: Path) -> None:
    """Make a rename survive a power cut; not every system lets a directory be opened."""
    with contextlib.suppress(OSError):
        _sync_file(str(path))
