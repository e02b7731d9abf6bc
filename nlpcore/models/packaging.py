"""Wheels of models: data with metadata, which pip installs on any machine.

The layout of a wheel is that of the standard (packaging.python.org, "Binary distribution format"); in it

    PACKAGE/__init__.py      load(), __version__
    PACKAGE/model/           the model directory, as nlp.to_disk writes it
    PACKAGE/README.md        the card
    PACKAGE-VERSION.dist-info/entry_points.txt     group nlpcore_models: where nlpcore.load finds it
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nlpcore import errors
from nlpcore.models import names
from nlpcore.models.archive import Archive, dump_archive, load_archive
from nlpcore.models.files import ARCHIVE_NAME, read_model, replacing
from nlpcore.models.installed import GROUP
from nlpcore.models.wheel import FOLDER

META_NAME = "meta.json"

#: In a wheel all files have this time: the same model gives the same bytes.
TIME = (1980, 1, 1, 0, 0, 0)

WHEEL = "Wheel-Version: 1.0\nGenerator: nlpcore\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

CODE = '''"""{summary}"""

from pathlib import Path

from nlpcore.util import load_model_from_init_py

__version__ = {version!r}


def load(**overrides):
    """The pipeline. overrides: the keyword arguments of ``nlpcore.load``."""
    return load_model_from_init_py(Path(__file__), **overrides)
'''


def package(
    model: Any,
    output: str | os.PathLike[str],
    *,
    name: str | None = None,
    version: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Path:
    """Make a wheel of a model; the same model gives the same bytes.

    model: a name or path, as for ``nlpcore.load``. output: an existing directory. name (``[lang]_[name]``),
    version: instead of those in its metadata; meta: more of its metadata to change (``license``, ``author``,
    ``sources`` …).

    Returns the path of the wheel. Raises PackagingError or ModelNameError (ValueErrors), OSError, and what
    ``nlpcore.load`` raises.
    """
    from nlpcore.models.loader import find

    path = find(model)
    archive = _described(path, name, version, dict(meta or {}))
    described = archive.header["meta"]
    full = names.full_name(described.get("lang"), described["name"])
    names.parse_name(full)
    names.check_version(full, described["version"])
    target = Path(output) / f"{full}-{described['version']}-py3-none-any.whl"
    files = dict(_package_files(full, archive, path))
    files.update(_info_files(full, described, files))
    with replacing(target) as f, zipfile.ZipFile(f, "w") as wheel:
        for file_name, data in files.items():
            wheel.writestr(_entry(file_name), data)
    return target


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, TIME)
    entry.external_attr = 0o100644 << 16
    # Weights hardly get smaller, and are read faster as they are.
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(ARCHIVE_NAME) else zipfile.ZIP_DEFLATED
    return entry


def _described(path: Path, name: str | None, version: str | None, changes: dict[str, Any]) -> Archive:
    """The model's archive, weights as they are stored, with its metadata changed. Checked like any other."""
    from nlpcore.models.pipeline_io import parse_file
    from nlpcore.models.schemas import check_meta

    data, digest = read_model(path)
    parse_file(path, data, digest)
    archive = load_archive(data, kind="pipeline", widen=False, digest=digest)
    described = archive.header["meta"]
    described.update(changes)
    if version is not None:
        described["version"] = version
    if name is not None:
        parsed = names.parse_name(name)
        if described.get("lang") not in (None, parsed.lang):
            raise errors.PackagingError(
                reason=f"its language is {described['lang']!r}, and the name {name!r} says {parsed.lang!r}"
            )
        described["name"] = parsed.name
    check_meta(described)
    names.parse_version(described["version"])
    return archive


# -- the package ---------------------------------------------------------------------------------------------


def _package_files(full: str, archive: Archive, path: Path) -> Iterator[tuple[str, bytes]]:
    from nlpcore.models.card_page import card_text
    from nlpcore.models.info import count_weights

    described = archive.header["meta"]
    data = dump_archive(archive.header, archive.tensors)
    facts = {"bytes": len(data), "parameters": count_weights(archive)}
    code = CODE.format(summary=_docstring(full, described), version=described["version"])
    yield f"{full}/__init__.py", code.encode()
    yield f"{full}/README.md", card_text({**described, **facts}).encode()
    yield f"{full}/{FOLDER}/{ARCHIVE_NAME}", data
    yield f"{full}/{FOLDER}/{META_NAME}", (json.dumps(described, indent=2) + "\n").encode()
    for entry in archive.header["components"]:
        if entry["storage"] == "files":
            yield from _component_files(full, entry["name"], path)


def _component_files(full: str, component: str, path: Path) -> Iterator[tuple[str, bytes]]:
    """What a component wrote itself, into a folder of its name or a file."""
    from nlpcore.models.pipeline_io import check_file_name

    check_file_name(component)
    own = path / component
    found = sorted(own.rglob("*")) if own.is_dir() else [own]
    for file in found:
        if file.is_symlink():
            raise errors.PackagingError(reason=f"{file} is a link")
        if file.is_file():
            yield f"{full}/{FOLDER}/{file.relative_to(path).as_posix()}", file.read_bytes()


def _docstring(full: str, described: Mapping[str, Any]) -> str:
    text = one_line(described.get("description")) or f"The model {full} for nlpcore."
    return re.sub(r'["\\]', "'", text)


# -- the metadata --------------------------------------------------------------------------------------------


def _info_files(full: str, described: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    folder = f"{full}-{described['version']}.dist-info"
    texts = {
        f"{folder}/METADATA": _metadata(full, described, files[f"{full}/README.md"].decode()),
        f"{folder}/WHEEL": WHEEL,
        f"{folder}/entry_points.txt": f"[{GROUP}]\n{full} = {full}\n",
        f"{folder}/licenses/LICENSE": _licence(described),
    }
    found = {name: text.encode() for name, text in texts.items()}
    lines = [f"{name},sha256={_hash(data)},{len(data)}" for name, data in [*files.items(), *found.items()]]
    lines.append(f"{folder}/RECORD,,")
    found[f"{folder}/RECORD"] = ("\n".join(map(_quoted, lines)) + "\n").encode()
    return found


def _quoted(line: str) -> str:
    """A line of RECORD, which is CSV: a name with a comma stands in quotes."""
    name, digest, size = line.rsplit(",", 2)
    return f'"{name}",{digest},{size}' if "," in name else line


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _metadata(full: str, described: Mapping[str, Any], card: str) -> str:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {full}",
        f"Version: {described['version']}",
        f"Summary: {one_line(described.get('description'))[:500]}",
    ]
    for key, field in (
        ("author", "Author"),
        ("email", "Author-email"),
        ("url", "Home-page"),
        ("license", "License"),
    ):
        if described.get(key):
            lines.append(f"{field}: {one_line(described[key])}")
    lines.append("Requires-Python: >=3.10")
    lines += [f"Requires-Dist: {text}" for text in requirements(described)]
    lines.append("Description-Content-Type: text/markdown; charset=UTF-8")
    return "\n".join(lines) + "\n\n" + card


def requirements(described: Mapping[str, Any]) -> list[str]:
    """What must be installed with a model: the nlpcore that reads it, and what its metadata names.

    Raises PackagingError for anything that pip would not take.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    major = names.parse_version(described["version"])[0]
    oldest = re.search(r">=\s*([0-9]+(?:\.[0-9]+)*)", str(described.get("nlpcore_version") or ""))
    own = f"nlpcore>={oldest[1] if oldest else major}" + (f",<{major + 1}" if major else "")
    given = described.get("requirements") or []
    if not isinstance(given, list):
        raise errors.PackagingError(reason="`requirements` in its metadata is no list")
    for text in given:
        try:
            Requirement(text)
        except (InvalidRequirement, TypeError) as e:
            raise errors.PackagingError(reason=f"{text!r:.80} is no requirement ({e})") from None
    return [own, *given]


def _licence(described: Mapping[str, Any]) -> str:
    """The terms, and whom they ask to name."""
    parts = [f"{one_line(described.get('license')) or 'No licence is stated.'}\n"]
    for source in described.get("sources") or []:
        if isinstance(source, Mapping):
            facts = [one_line(source.get(key)) for key in ("name", "author", "license", "url")]
            parts.append("- " + ", ".join(fact for fact in facts if fact) + "\n")
        else:
            parts.append(f"- {one_line(source)}\n")
    return "\n".join([parts[0], "Made from:\n\n" + "".join(parts[1:])] if parts[1:] else parts)


def one_line(value: Any) -> str:
    """A text from a model's metadata where a line break would begin another field."""
    return " ".join(str(value or "").split())
