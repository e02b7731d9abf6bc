"""Whether the models of this machine fit this nlpcore, and what to do where they do not."""

from __future__ import annotations

from nlpcore import errors
from nlpcore.models import names
from nlpcore.models.index import Index, own_series, parse_index
from nlpcore.models.installed import (
    BUNDLED,
    DIRECTORY,
    PACKAGE,
    InstalledModel,
    bundled_directory,
    find_installed,
    installed_models,
)
from nlpcore.record import FrozenRecord


class Verdict(FrozenRecord):
    """What is to say of one model.

    sound: it loads. found: ``nlpcore.load`` finds it by its name; else another of that name comes before it.
    advice: what to do; empty where all is well.
    """

    model: InstalledModel
    sound: bool
    found: bool
    advice: str


def validate() -> list[Verdict]:
    """Read every model that is installed, and say of each whether it fits."""
    known = known_versions()
    return [_verdict(model, known) for model in installed_models()]


def known_versions() -> dict[str, list[str]]:
    """Model -> versions, of those that this nlpcore was released with, the newest first."""
    path = bundled_directory() / "compatibility.json"
    index: Index = parse_index(path.read_bytes(), path.name)
    return index.versions.get(own_series(), {})


def _verdict(model: InstalledModel, known: dict[str, list[str]]) -> Verdict:
    found = find_installed(model.name) == model
    problem = _problem(model)
    if problem:
        return Verdict(model, False, found, f"{problem} {_mend(model)}")
    newest = (known.get(model.name) or [""])[0]
    if newest and model.fits and names.parse_version(newest) > names.parse_version(model.version):
        return Verdict(model, True, found, f"{newest} is out: nlpcore download {model.name}")
    if not found:
        other = find_installed(model.name)
        return Verdict(
            model, True, False, f"{other.version} at {other.path} comes before it" if other else ""
        )
    return Verdict(model, True, True, "")


def _problem(model: InstalledModel) -> str:
    """What is wrong with a model; empty where it loads."""
    from nlpcore.models.loader import read_checked

    try:
        read_checked(model.path)
    except (errors.NlpcoreError, OSError) as e:
        return e.text if isinstance(e, errors.NlpcoreError) else str(e)
    return ""


def _mend(model: InstalledModel) -> str:
    """The command that puts a fitting model in the place of one that does not load."""
    if model.kind == BUNDLED:
        return "Install nlpcore again."
    if model.kind == DIRECTORY:
        again = f"nlpcore download {model.name} --target {model.path.parent}"
        return f"Get it again: {again}, or remove {model.path}"
    assert model.kind == PACKAGE
    return f"Get it again: nlpcore download {model.name}, or remove it: pip uninstall {model.name}"
