"""Reading the wheels of models: ZIP files from anywhere, which may have been made to do harm.

A model's wheel holds, beside its metadata, ``PACKAGE/model/``: a model directory as ``nlp.to_disk`` writes.
"""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Any

from nlpcore import errors
from nlpcore.models.files import ARCHIVE_NAME

SUFFIX = ".whl"
#: the folder of the package that is the model directory
FOLDER = "model"

MAX_FILES = 10_000
#: Weights hardly get smaller by packing: what unfolds to more than this is no model.
MAX_RATIO = 50
ALWAYS_ALLOWED = 16 << 20
CHUNK = 1 << 20

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class Wheel:
    """An opened wheel of a model, all names in it checked.

    Use it in a ``with`` block. Raises ModelDataError (a ValueError) for anything that is no wheel of a model,
    OSError where the file cannot be read.
    """

    def __init__(self, source: str | Path | IO[bytes]) -> None:
        self._where = str(source) if isinstance(source, (str, Path)) else "the wheel"
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as e:
            raise self._unsound(f"it is no whole ZIP file ({e})") from None
        try:
            self._files = self._checked_files()
            self.archive_name = self._find_archive()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Wheel:
        return self

    def __exit__(self, *exception: Any) -> None:
        self._zip.close()

    def _unsound(self, reason: str) -> errors.ModelDataError:
        error = errors.ModelDataError(reason=reason)
        error.add_place(self._where)
        return error

    def _checked_files(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            raise self._unsound(f"it has {len(infos)} files, more than {MAX_FILES}")
        files: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.is_dir():
                continue
            self._check_file(info)
            if info.filename in files:
                raise self._unsound(f"it has the file {info.filename!r:.80} twice")
            files[info.filename] = info
        packed = sum(info.compress_size for info in files.values())
        unpacked = sum(info.file_size for info in files.values())
        if unpacked > max(ALWAYS_ALLOWED, MAX_RATIO * packed):
            raise self._unsound(f"{packed} bytes would unfold to {unpacked}")
        return files

    def _check_file(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        path = PurePosixPath(name)
        # What the directory calls it, before zipfile cuts it at a zero byte or turns separators.
        if name != info.orig_filename or "\\" in name or ":" in name or not name.isprintable():
            raise self._unsound(f"it has a file with the name {info.orig_filename!r:.80}")
        if path.is_absolute() or ".." in path.parts or str(path) != name:
            raise self._unsound(f"the file {name!r:.80} would lie outside of its folder")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise self._unsound(f"{name!r:.80} is no ordinary file")
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise self._unsound(f"the file {name!r:.80} is encrypted, or packed in an unknown way")

    def _find_archive(self) -> str:
        found = [
            name
            for name in self._files
            if len(parts := PurePosixPath(name).parts) >= 3 and parts[-2:] == (FOLDER, ARCHIVE_NAME)
        ]
        if len(found) != 1:
            what = "no model" if not found else f"{len(found)} models"
            raise self._unsound(f"it holds {what}: a model's wheel has one PACKAGE/{FOLDER}/{ARCHIVE_NAME}")
        return found[0]

    def names(self) -> list[str]:
        """The files in it, in their order."""
        return list(self._files)

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises ModelDataError where it is damaged or not there."""
        return b"".join(self._chunks(name))

    def archive(self) -> bytes:
        """The bytes of the model's archive."""
        return self.read(self.archive_name)

    def extract(self, folder: Path) -> None:
        """Write the model directory into a folder that exists. Raises OSError and ModelDataError."""
        start = str(PurePosixPath(self.archive_name).parent) + "/"
        for name in self._files:
            if name.startswith(start):
                target = folder / PurePosixPath(name[len(start) :])
                target.parent.mkdir(parents=True, exist_ok=True)
                with open(target, "wb") as f:
                    f.writelines(self._chunks(name))

    def _chunks(self, name: str) -> Any:
        """The file in pieces; never more than the directory says that it has."""
        if name not in self._files:
            raise self._unsound(f"it has no file {name!r:.80}")
        left = self._files[name].file_size
        try:
            with self._zip.open(self._files[name]) as f:
                while chunk := f.read(min(CHUNK, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        break
                    yield chunk
        except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, NotImplementedError) as e:
            raise self._unsound(f"the file {name!r:.80} is damaged ({e})") from None
        except Exception as e:
            if type(e).__module__ != "zlib":
                raise
            raise self._unsound(f"the file {name!r:.80} is damaged ({e})") from None
        if left:
            raise self._unsound(f"the file {name!r:.80} has another size than the wheel says")


def read_archive(source: str | Path | IO[bytes]) -> bytes:
    """The bytes of the archive in a wheel. Raises OSError, and ModelDataError (a ValueError).

    A model of which some components wrote files of their own cannot be read from there.
    """
    with Wheel(source) as wheel:
        folder = PurePosixPath(wheel.archive_name).parent
        if any(folder in PurePosixPath(name).parents[1:] for name in wheel.names()):
            raise errors.ModelDataError(
                reason="components in this wheel have files of their own: nlpcore install FILE comes first"
            )
        return wheel.archive()


def is_zip(data: bytes) -> bool:
    """Whether bytes begin as a ZIP file does."""
    return data[:4] == b"PK\x03\x04"
