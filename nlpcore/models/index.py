"""Indexes of models: a directory, or the same over HTTP(S), with wheels and one file that describes them.

``compatibility.json``::

    {"format": 1,
     "nlpcore": {"1.0": {"en_core_web_sm": ["1.0.1", "1.0.0"]}},
     "files": {"en_core_web_sm-1.0.1-py3-none-any.whl":
               {"model": "en_core_web_sm", "version": "1.0.1", "size": 5601216,
                "sha256": "…", "license": "…"}}}

``nlpcore`` says which versions of which models an nlpcore (its first two numbers) reads, the newest first.
``files`` stand beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpcore import errors
from nlpcore.models import names
from nlpcore.models.archive import parse_json
from nlpcore.models.files import read_file, write_file
from nlpcore.record import FrozenRecord

FILE_NAME = "compatibility.json"
FORMAT = 1
MAX_BYTES = 16 << 20
MAX_FILE = 1 << 40

_WHEEL_NAME = re.compile(r"[a-z0-9_]{1,200}-[0-9a-z.]{1,60}-py3-none-any\.whl\Z", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)


class IndexedFile(FrozenRecord):
    """A wheel that an index offers. size: in bytes; sha256: in hexadecimal."""

    file: str
    model: str
    version: str
    size: int
    sha256: str
    license: str


class Index:
    """A checked ``compatibility.json``.

    where: what errors call it. files: what it offers. versions: nlpcore's ``a.b`` → model → versions.
    """

    def __init__(
        self, where: str, files: list[IndexedFile], versions: dict[str, dict[str, list[str]]]
    ) -> None:
        self.where = where
        self.files = files
        self.versions = versions

    def fitting(self, model: str) -> list[IndexedFile]:
        """The files of a model that this nlpcore reads, the newest first."""
        listed = self.versions.get(own_series(), {}).get(model)
        found = [
            file
            for file in self.files
            if file.model == model
            and names.reads(model, file.version)
            and (listed is None or file.version in listed)
        ]
        return sorted(found, key=lambda file: names.parse_version(file.version), reverse=True)

    def choose(self, model: str, version: str | None = None) -> IndexedFile:
        """The newest file of a model that fits, or that of a version. Raises NoFittingModel."""
        from nlpcore import __version__
        from nlpcore.util import did_you_mean

        fitting = self.fitting(model)
        chosen = [file for file in fitting if version in (None, file.version)]
        if chosen:
            return chosen[0]
        offered = sorted({f"{file.model} {file.version}" for file in self.files})
        own = [file.version for file in self.files if file.model == model]
        if own:
            hint = f" Of {model} it has {', '.join(own)}."
            hint += f" Those that fit: {', '.join(f.version for f in fitting)}." if fitting else " None fits."
        else:
            hint = did_you_mean(model, {file.model for file in self.files})
        raise errors.NoFittingModel(
            index=self.where,
            wanted=f"{model} {version or ''}".strip(),
            nlpcore=__version__,
            hint=hint,
            known=", ".join(offered[:20]) or "nothing",
        )


def own_series() -> str:
    """The first two numbers of this nlpcore's version."""
    from nlpcore import __version__

    return ".".join(__version__.split(".")[:2])


# -- reading -------------------------------------------------------------------------------------------------


def parse_index(data: bytes, where: str) -> Index:
    """Check a ``compatibility.json``. Raises ModelIndexError (a ValueError) that says what is wrong."""

    def refuse(reason: str) -> errors.ModelIndexError:
        return errors.ModelIndexError(index=where, reason=reason)

    try:
        content = parse_json(data)
    except errors.ModelDataError as e:
        raise refuse(f"{FILE_NAME} is not sound ({e.values.get('reason', e.text)})") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise refuse(f"{FILE_NAME} is not of format {FORMAT}")
    files = content.get("files")
    if not isinstance(files, dict):
        raise refuse(f"{FILE_NAME} has no section 'files'")
    found = [_checked_file(name, entry, refuse) for name, entry in files.items()]
    versions = content.get("nlpcore", {})
    if not isinstance(versions, dict) or not all(map(_is_table, versions.values())):
        raise refuse("the section 'nlpcore' must map versions to models to lists of versions")
    return Index(where, found, versions)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(versions, list) and all(isinstance(v, str) for v in versions)
        for versions in value.values()
    )


def _checked_file(name: str, entry: Any, refuse: Any) -> IndexedFile:
    if not _WHEEL_NAME.match(name) or not isinstance(entry, dict):
        raise refuse(f"{name!r:.80} is no entry of a wheel")
    model, version, size, digest = (entry.get(key) for key in ("model", "version", "size", "sha256"))
    try:
        names.parse_name(model)  # type: ignore[arg-type]
        names.parse_version(version)  # type: ignore[arg-type]
    except errors.ModelNameError as e:
        raise refuse(f"{name}: {e.text}") from None
    if name != wheel_name(str(model), str(version)):
        raise refuse(f"the file {name} claims to be {model} {version}")
    if type(size) is not int or not 0 < size <= MAX_FILE:
        raise refuse(f"{name}: the size {size!r:.40} is no number of bytes")
    if not isinstance(digest, str) or not _SHA256.match(digest):
        raise refuse(f"{name}: there is no SHA-256 in hexadecimal")
    return IndexedFile(name, str(model), str(version), size, digest, str(entry.get("license") or ""))


def wheel_name(model: str, version: str) -> str:
    return f"{model}-{version}-py3-none-any.whl"


# -- building ------------------------------------------------------------------------------------------------


def build_index(directory: Path) -> Path:
    """Describe the wheels in a directory in its ``compatibility.json``.

    Every wheel is read and checked. What an older file there says of other versions of nlpcore stays, as far
    as the wheels are still there. The same wheels give the same bytes.

    Returns the path of the file. Raises OSError, ModelDataError or ModelIndexError (ValueErrors).
    """
    directory = Path(directory)
    target = directory / FILE_NAME
    files = [describe_wheel(path) for path in sorted(directory.glob("*.whl"))]
    if not files:
        raise errors.ModelIndexError(
            index=directory, reason="there are no wheels (nlpcore package makes them)"
        )
    versions = parse_index(read_file(target), str(target)).versions if target.exists() else {}
    versions = {series: _still_there(table, files) for series, table in versions.items()}
    versions[own_series()] = _table(file for file in files if names.reads(file.model, file.version))
    content = {
        "format": FORMAT,
        "nlpcore": {series: table for series, table in versions.items() if table},
        "files": {file.file: _as_entry(file) for file in files},
    }
    write_file(target, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode("ascii"))
    return target


def describe_wheel(path: Path) -> IndexedFile:
    """What an index says of a wheel. Raises OSError, ModelDataError, and ModelIndexError for a wrong name."""
    from nlpcore.models.pipeline_io import parse_archive
    from nlpcore.models.wheel import Wheel

    with Wheel(path) as wheel:
        described = parse_archive(wheel.archive()).header["meta"]
    model = names.full_name(described.get("lang"), described["name"])
    names.parse_name(model)
    names.parse_version(described["version"])
    if path.name != wheel_name(model, described["version"]):
        reason = f"{path.name} holds {model} {described['version']}: it must be called by that"
        raise errors.ModelIndexError(index=path.parent, reason=reason)
    data = read_file(path)
    digest = hashlib.sha256(data).hexdigest()
    licence = str(described.get("license") or "")
    return IndexedFile(path.name, model, described["version"], len(data), digest, licence)


def _as_entry(file: IndexedFile) -> dict[str, Any]:
    return {key: getattr(file, key) for key in IndexedFile.FIELDS if key != "file"}


def _table(files: Any) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for file in sorted(files, key=lambda file: names.parse_version(file.version), reverse=True):
        table.setdefault(file.model, []).append(file.version)
    return table


def _still_there(table: Mapping[str, list[str]], files: list[IndexedFile]) -> dict[str, list[str]]:
    there = {(file.model, file.version) for file in files}
    kept = {model: [v for v in versions if (model, v) in there] for model, versions in table.items()}
    return {model: versions for model, versions in kept.items() if versions}
