"""Getting files of an index: from a directory, or over HTTP(S), never more of them than was promised."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from nlpcore import errors
from nlpcore.models.index import FILE_NAME, MAX_BYTES, Index, IndexedFile, parse_index

#: where the index is, unless a command says it
VARIABLE = "NLPCORE_INDEX"

TIMEOUT = 30.0
CHUNK = 1 << 16
#: A connection that was cut is tried so often in all, with so many seconds between.
ATTEMPTS = 3
PAUSE = 0.5
MAX_REDIRECTS = 5

Progress = Callable[[int, int], None]


def index_place(index: str | os.PathLike[str] | None = None) -> str:
    """The URL or directory of the index: as given, else as the environment says. Raises ModelIndexError."""
    place = os.fspath(index) if index is not None else os.environ.get(VARIABLE, "")
    if not place:
        raise errors.ModelIndexError(
            f"Where models are published is not known: give --index URL or DIRECTORY, or set {VARIABLE}."
        )
    return place


def is_url(place: str) -> bool:
    return urlsplit(place).scheme in ("http", "https")


def read_index(place: str) -> Index:
    """The checked index at a URL or in a directory. Raises ModelIndexError (a ValueError), DownloadError."""
    with _opened(place, FILE_NAME) as source:
        data = _limited(source, MAX_BYTES)
    if data is None:
        raise errors.ModelIndexError(index=place, reason=f"{FILE_NAME} is larger than {MAX_BYTES >> 20} MB")
    return parse_index(data, place)


def fetch(place: str, file: IndexedFile, target: Path, progress: Progress | None = None) -> None:
    """Write a file of the index to ``target``, which holds it whole and checked, or does not exist.

    progress: called with the bytes that are there and those of the whole. A connection that is cut is tried
    again from the beginning. Raises DownloadError (an OSError), and OSError for what cannot be written.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _fetch_once(place, file, target, progress)
            return
        except errors.DownloadError as e:
            target.unlink(missing_ok=True)
            if attempt == ATTEMPTS or not e.values.get("again"):
                raise
            time.sleep(PAUSE * attempt)
        except BaseException as e:
            target.unlink(missing_ok=True)
            if isinstance(e, OSError):
                raise _failed(place, file.file, f"{target.parent}: {e.strerror or e}") from e
            raise


def _fetch_once(place: str, file: IndexedFile, target: Path, progress: Progress | None) -> None:
    digest = hashlib.sha256()
    done = 0
    with _opened(place, file.file) as source, open(target, "wb") as out:
        while chunk := _read(source, place, file.file, min(CHUNK, file.size - done + 1)):
            done += len(chunk)
            if done > file.size:
                raise _failed(
                    place, file.file, f"it is larger than the {file.size} bytes that the index promises"
                )
            digest.update(chunk)
            out.write(chunk)
            if progress is not None:
                progress(done, file.size)
        out.flush()
        os.fsync(out.fileno())
    if done < file.size:
        reason = f"the connection ended after {done} of {file.size} bytes"
        raise _failed(place, file.file, reason, again=True)
    if digest.hexdigest() != file.sha256:
        raise _failed(place, file.file, "its SHA-256 is not that of the index: it was damaged or exchanged")


def _read(source: IO[bytes], place: str, name: str, n: int) -> bytes:
    try:
        return source.read(n)
    except (OSError, http.client.HTTPException) as e:
        raise _failed(place, name, f"the connection was cut ({_told(e)})", again=True) from None


def _limited(source: IO[bytes], most: int) -> bytes | None:
    """All that is there; None if it is more than ``most`` bytes."""
    parts, size = [], 0
    while chunk := _read(source, "the index", FILE_NAME, CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            return None
    return b"".join(parts)


@contextmanager
def _opened(place: str, name: str) -> Iterator[IO[bytes]]:
    """A file of the index, open for reading."""
    if not is_url(place):
        try:
            source: Any = open(Path(place) / name, "rb")  # noqa: SIM115 (closed below)
        except OSError as e:
            raise _failed(place, name, e.strerror or str(e)) from None
    else:
        source = _request(place, name)
    with source:
        yield source


def _request(place: str, name: str) -> Any:
    url = f"{place.rstrip('/')}/{quote(name)}"
    opener = urllib.request.build_opener(_Redirects)
    request = urllib.request.Request(url, headers={"User-Agent": "nlpcore", "Accept-Encoding": "identity"})
    try:
        return opener.open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as e:
        e.close()
        raise _failed(place, name, f"the server answers {e.code} {e.reason}", again=e.code >= 500) from None
    except urllib.error.URLError as e:
        raise _failed(place, name, _told(e.reason), again=True) from None
    except (OSError, http.client.HTTPException, ValueError) as e:
        raise _failed(place, name, _told(e), again=not isinstance(e, ValueError)) from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few, to HTTP(S) alone, and never from HTTPS to what anybody on the way can change."""

    max_redirections = MAX_REDIRECTS

    def redirect_request(self, request: Any, fp: Any, code: int, message: str, headers: Any, url: str) -> Any:
        before, after = urlsplit(request.full_url).scheme, urlsplit(url).scheme
        if after not in ("http", "https") or (before == "https" and after == "http"):
            raise urllib.error.URLError(
                f"the server leads on from {before} to {after or 'nowhere'}, which is not safe"
            )
        return super().redirect_request(request, fp, code, message, headers, url)


def _failed(place: str, name: str, reason: str, *, again: bool = False) -> errors.DownloadError:
    url = f"{place.rstrip('/')}/{name}" if is_url(place) else str(Path(place) / name)
    return errors.DownloadError(url=url, reason=reason, again=again)


def _told(reason: Any) -> str:
    return str(reason) or type(reason).__name__
