"""The models of this machine: installed packages, model directories, and those inside nlpcore.

A package is found by its entry point in the group ``nlpcore_models`` and never imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nlpcore import errors
from nlpcore.models import names, places
from nlpcore.models.files import ARCHIVE_NAME, OLD, recover
from nlpcore.record import FrozenRecord

GROUP = "nlpcore_models"
SUFFIX = ".nlpcore"
PACKAGE, DIRECTORY, BUNDLED = "package", "directory", "bundled"


class InstalledModel(FrozenRecord):
    """A model on this machine.

    path: its model directory or archive file. kind: ``package``, ``directory`` or ``bundled``.
    """

    name: str
    version: str
    path: Path
    kind: str

    @property
    def fits(self) -> bool:
        """Whether this nlpcore reads models of that name and version; the file itself is not looked at."""
        return names.reads(self.name, self.version)


def find_installed(name: str) -> InstalledModel | None:
    """The model that a name stands for: an installed package, else what lies in a model directory,
    else what is inside nlpcore.

    In model directories the newest version that fits counts; where none fits, the newest.
    """
    return find_package(name) or _newest(_in_directories(name)) or bundled().get(name)


def installed_models() -> list[InstalledModel]:
    """All of them, those that ``find_installed`` passes over too; by name, in the order of search."""
    models = [*_packages(), *_in_directories(None), *bundled().values()]
    return sorted(models, key=lambda model: model.name)


# -- packages -----------------------------------------------------------------------------------------------


def find_package(name: str) -> InstalledModel | None:
    """The installed package of this name; the names of directories are looked at, and no file else."""
    if not isinstance(name, str) or not name.replace("_", "a").isalnum():
        return None
    start, end = f"{name}-", ".dist-info"
    for place in sys.path:
        try:
            entries = os.listdir(place or ".")
        except OSError:
            continue
        for entry in entries:
            if entry.startswith(start) and entry.endswith(end):
                model = _package_at(Path(place) / entry, name)
                if model is not None:
                    return model
    return None


def _package_at(info: Path, name: str) -> InstalledModel | None:
    from importlib.metadata import PathDistribution

    distribution = PathDistribution(info)
    for point in distribution.entry_points:
        if point.group == GROUP and point.name == name:
            path = _model_folder(info.parent, point.value)
            return InstalledModel(name, str(distribution.version), path, PACKAGE) if path else None
    return None


def _packages() -> Iterator[InstalledModel]:
    from importlib.metadata import distributions

    seen: set[str] = set()
    for distribution in distributions():
        for point in distribution.entry_points:
            if point.group == GROUP and point.name not in seen:
                path = _model_folder(Path(str(distribution.locate_file(""))), point.value)
                if path is not None:
                    seen.add(point.name)
                    yield InstalledModel(point.name, str(distribution.version), path, PACKAGE)


def _model_folder(root: Path, module: str) -> Path | None:
    """The model directory of a package: its folder ``model``."""
    parts = module.partition(":")[0].split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    folder = root.joinpath(*parts, "model")
    return folder if (folder / ARCHIVE_NAME).is_file() else None


# -- model directories, and what is inside nlpcore ----------------------------------------------------------


def _in_directories(name: str | None) -> Iterator[InstalledModel]:
    for place in places.model_directories():
        try:
            entries = os.listdir(place)
        except OSError:
            continue
        for entry in put_back(place, entries):
            found, _, version = entry.rpartition("-")
            wanted = found and found[0] != "." and name in (None, found) and _is_version(version)
            if wanted and (place / entry / ARCHIVE_NAME).is_file():
                yield InstalledModel(found, version, place / entry, DIRECTORY)


def put_back(place: Path, entries: list[str]) -> list[str]:
    """The entries of a directory, with those that a killed writer had set aside in their places again."""
    there = set(entries)
    for entry in entries:
        if entry[0] == "." and entry.endswith(OLD) and (name := entry[1 : -len(OLD)]) not in there:
            with suppress(OSError):
                recover(place / name)
                there.add(name)
    return sorted(there)


def bundled_directory() -> Path:
    """Where the models lie that travel inside nlpcore."""
    return Path(__file__).parent / "data"


def bundled() -> dict[str, InstalledModel]:
    """Name -> model, of those inside nlpcore; of several versions the newest."""
    found: dict[str, list[InstalledModel]] = {}
    for path in bundled_directory().glob(f"*{SUFFIX}"):
        name, _, version = path.name[: -len(SUFFIX)].rpartition("-")
        if name and _is_version(version):
            found.setdefault(name, []).append(InstalledModel(name, version, path, BUNDLED))
    return {name: max(models, key=_age) for name, models in sorted(found.items())}


def _newest(models: Iterator[InstalledModel]) -> InstalledModel | None:
    return max(models, key=lambda model: (model.fits, _age(model)), default=None)


def _age(model: InstalledModel) -> tuple[int, int, int]:
    return names.parse_version(model.version)


def _is_version(text: str) -> bool:
    try:
        names.parse_version(text)
    except errors.ModelNameError:
        return False
    return True
