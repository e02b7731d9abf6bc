"""Finding pipelines and settings: the helpers that ``nlpcore.util`` offers for it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpcore.config import Config
    from nlpcore.language import Language


def load_model(name: str | os.PathLike[str], **kwargs: Any) -> Language:
    """The same as ``nlpcore.load``."""
    from nlpcore.models.loader import load

    return load(name, **kwargs)


def load_model_from_path(model_path: str | os.PathLike[str], **kwargs: Any) -> Language:
    """``nlpcore.load`` of a directory or archive file, never of a name. Raises OSError."""
    return load_model(Path(model_path), **kwargs)


def load_model_from_init_py(init_file: str | os.PathLike[str], **kwargs: Any) -> Language:
    """The model of an installed package, for the ``load`` in its ``__init__.py``.

    init_file: that file (``__file__``); the model lies in the folder ``model`` beside it. kwargs: as for
    ``nlpcore.load``. Raises OSError where it does not.
    """
    return load_model(Path(init_file).parent / "model", **kwargs)


def get_installed_models() -> list[str]:
    """The names of the models that are installed as packages."""
    from nlpcore.models.installed import PACKAGE, installed_models

    return [model.name for model in installed_models() if model.kind == PACKAGE]


def get_package_path(name: str) -> Path:
    """The directory of an installed package of Python. Raises ModelNotFound (an OSError).

    The package is not imported; neither are those around it, so that it must stand at the top.
    """
    from importlib.machinery import PathFinder

    from nlpcore import errors

    spec = PathFinder.find_spec(name) if name.isidentifier() else None
    if spec is None or spec.origin is None:
        raise errors.ModelNotFound(f"There is no package {name!r:.80}. Install it: pip install {name:.80}")
    return Path(spec.origin).parent


def load_model_from_config(config: Mapping[str, Any], **kwargs: Any) -> Language:
    """A pipeline from settings such as ``nlp.config`` gives: that of the language which they name.

    kwargs: as for ``Language.from_config``. Raises PipelineError (a ValueError) without a language.
    """
    from nlpcore import errors
    from nlpcore.lang import get_lang_class

    section = config.get("nlp") or {}
    if not section.get("lang"):
        raise errors.PipelineError("These settings name no language: set `lang` in the section `nlp`.")
    return get_lang_class(section["lang"]).from_config(config, **kwargs)


def load_config(
    path: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None, interpolate: bool = False
) -> Config:
    """Settings from a file; overrides: ``{"section.key": value}``. Raises OSError, PipelineError."""
    from nlpcore.config import Config

    return Config().from_disk(path, overrides=overrides, interpolate=interpolate)


def load_config_from_str(
    text: str, overrides: Mapping[str, Any] | None = None, interpolate: bool = False
) -> Config:
    """Settings from their text form. Raises PipelineError (a ValueError)."""
    from nlpcore.config import Config

    return Config().from_str(text, overrides=overrides, interpolate=interpolate)


def lang_class_is_loaded(lang: str) -> bool:
    """Whether the class of a language is there already."""
    from nlpcore.lang import is_loaded

    return is_loaded(lang)


def set_lang_class(name: str, cls: type[Language]) -> None:
    """Let ``nlpcore.blank`` and ``nlpcore.load`` use a class of your own for a code."""
    from nlpcore.lang import set_lang_class as set_class

    set_class(name, cls)


@contextmanager
def working_dir(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Inside the block the current directory is ``path``."""
    before = Path.cwd()
    current = Path(path).resolve()
    os.chdir(current)
    try:
        yield current
    finally:
        os.chdir(before)


@contextmanager
def make_tempdir() -> Iterator[Path]:
    """A new directory, removed with all that is in it at the end of the block."""
    import shutil
    import tempfile

    path = Path(tempfile.mkdtemp())
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
