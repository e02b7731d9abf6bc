"""Putting a model in its place: by pip into this Python, or unpacked into a model directory."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nlpcore import errors
from nlpcore.models import names, places
from nlpcore.models.fetch import Progress, fetch, index_place, read_index
from nlpcore.models.files import write_directory
from nlpcore.models.installed import DIRECTORY, InstalledModel, find_package
from nlpcore.models.wheel import Wheel

#: What pip said at its end is shown as far as this.
MAX_TOLD = 500


def download(
    name: str,
    *,
    version: str | None = None,
    index: str | os.PathLike[str] | None = None,
    target: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> InstalledModel:
    """Get a model from an index and install it.

    name: the model's. version: else the newest that this nlpcore reads. index: URL or directory of an index,
    else what the environment variable NLPCORE_INDEX says. target: as for ``install``. progress: called with
    the bytes that are there and those of the whole.

    Size and SHA-256 are those of the index before anything is installed. Raises ModelNameError,
    ModelIndexError, NoFittingModel, ModelDataError (ValueErrors), DownloadError, InstallError (OSErrors).
    """
    names.parse_name(name)
    if version is not None:
        names.parse_version(version)
    place = index_place(index)
    chosen = read_index(place).choose(name, version)
    with tempfile.TemporaryDirectory(prefix="nlpcore-") as folder:
        file = Path(folder) / chosen.file
        fetch(place, chosen, file, progress)
        return install(file, target=target)


def install(file: str | os.PathLike[str], *, target: str | os.PathLike[str] | None = None) -> InstalledModel:
    """Install a model from its wheel.

    target: a directory, which then has the model as ``NAME-VERSION``. None: pip installs it into this Python;
    where there is no pip, it is unpacked into the first of ``places.model_directories()``.

    The whole wheel is checked before. Raises OSError and InstallError, ModelDataError and ModelVersionError
    (ValueErrors).
    """
    path = Path(file)
    name, version = check_wheel(path)
    if target is None and importlib.util.find_spec("pip") is not None:
        return _by_pip(path, name)
    return _unpacked(path, name, version, places.model_directories()[0] if target is None else Path(target))


def check_wheel(path: Path) -> tuple[str, str]:
    """Name and version of the model in a wheel, all of it checked.

    Raises OSError, and ModelDataError, ModelNameError, ModelVersionError (ValueErrors).
    """
    from nlpcore.models.pipeline_io import parse_archive

    with Wheel(path) as wheel:
        described = parse_archive(wheel.archive()).header["meta"]
    name = names.full_name(described.get("lang"), described["name"])
    names.parse_name(name)
    names.check_version(name, described["version"])
    return name, described["version"]


def _by_pip(path: Path, name: str) -> InstalledModel:
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--force-reinstall"]
    command += ["--disable-pip-version-check", "--quiet", str(path.resolve())]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    importlib.invalidate_caches()
    model = find_package(name)
    if result.returncode or model is None:
        said = " ".join(result.stderr.split())[-MAX_TOLD:] or f"exit code {result.returncode}"
        reason = f"pip says: {said} Or unpack it: nlpcore install FILE --target DIRECTORY"
        raise errors.InstallError(file=path.name, reason=reason)
    return model


def _unpacked(path: Path, name: str, version: str, directory: Path) -> InstalledModel:
    place = directory / f"{name}-{version}"
    try:
        with Wheel(path) as wheel:
            write_directory(place, wheel.extract)
    except OSError as e:
        reason = f"{place}: {e.strerror or e}. What was there before still is"
        raise errors.InstallError(file=path.name, reason=reason) from e
    return InstalledModel(name, version, place, DIRECTORY)
