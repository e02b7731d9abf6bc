"""Finding and loading models.

``load("name")`` looks in this order:

1. a path object, or a file object open for reading bytes, is taken as it is: a model directory, an archive
   file, or a model's wheel;
2. an installed package of that name, found by its entry point and not imported;
3. ``NAME-VERSION`` in a model directory (``places``), the newest version that fits;
4. a model of that name inside nlpcore;
5. whatever is at that path.

A name is never imported, and a path never run.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.models import names
from nlpcore.models.background import Background
from nlpcore.models.files import read_model, recover
from nlpcore.models.installed import find_installed, installed_models
from nlpcore.util import did_you_mean

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.models.archive import Archive
    from nlpcore.vocab import Vocab


def find(name: Any) -> Path:
    """The directory or file that a name or path stands for.

    Raises ModelNotFound (an OSError), with the nearest name that exists.
    """
    if not isinstance(name, str):
        path = Path(name)
        if not path.exists():
            recover(path)
        if not path.exists():
            raise errors.ModelNotFound(f"There is no model at {path}: the path does not exist.")
        return path
    if name and "\0" not in name:
        model = find_installed(name)
        if model is not None:
            return model.path
        if not os.path.exists(name):
            recover(Path(name))
        if os.path.exists(name):
            return Path(name)
    raise errors.ModelNotFound(name=name, hint=_hint(name), known=", ".join(_known()) or "none")


def _known() -> list[str]:
    return sorted({model.name for model in installed_models()})


def _hint(name: str) -> str:
    """What may have been meant by a name that nothing has, and how to get it."""
    from nlpcore.lang import language_codes

    if name in language_codes():
        return f" For an empty pipeline in this language, use nlpcore.blank({name!r})."
    close = did_you_mean(name, _known())
    try:
        return f"{close} One that is published is there after: nlpcore download {names.parse_name(name)}."
    except errors.ModelNameError as e:
        return close or ("" if os.sep in name or "." in name else f" {e.text}")


def read(name: Any) -> tuple[Archive, Path | None]:
    """The checked archive of a model, and where it was found (None: a file object).

    Raises OSError, and ModelDataError or ModelVersionError (ValueErrors).
    """
    path = None if hasattr(name, "read") else find(name)
    # The file is read, and its checksum computed, while numpy and others are imported.
    stored = None if path is None else Background(read_model, path)
    from nlpcore.models.pipeline_io import parse_archive, parse_file

    if path is None or stored is None:
        return parse_archive(_archive_of(name.read())), None
    return parse_file(path, *stored.result()), path


def read_checked(name: Any) -> tuple[Archive, Path | None]:
    """What ``read`` gives, of a version that this nlpcore reads. Raises ModelVersionError too."""
    archive, path = read(name)
    meta = archive.header["meta"]
    names.check_version(names.full_name(meta.get("lang"), meta["name"]), meta["version"])
    return archive, path


def _archive_of(data: Any) -> Any:
    """The archive in what a file object gave: an archive or a wheel."""
    if isinstance(data, bytes) and data.startswith(b"PK"):
        from io import BytesIO

        from nlpcore.models.wheel import read_archive

        return read_archive(BytesIO(data))
    return data


def load(
    name: Any,
    *,
    vocab: Vocab | bool = True,
    disable: str | Iterable[str] = (),
    enable: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    config: Mapping[str, Any] | None = None,
) -> Language:
    """Load a model: name, path, or file object. See ``nlpcore.load``."""
    with no_collection():
        return _load(name, vocab, disable, enable, exclude, config)


@contextmanager
def no_collection() -> Iterator[None]:
    """Nothing that loading makes is garbage: Python need not look for it again and again meanwhile.

    Nor right afterwards: what is there then counts as old at once, and is looked at when all is.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        if enabled and gc.get_freeze_count() == 0:  # else somebody keeps objects out of sight on purpose
            gc.freeze()
            gc.unfreeze()
    finally:
        if enabled:
            gc.enable()


def _load(
    name: Any,
    vocab: Vocab | bool,
    disable: str | Iterable[str],
    enable: str | Iterable[str],
    exclude: str | Iterable[str],
    config: Mapping[str, Any] | None,
) -> Language:
    archive, path = read_checked(name)
    from nlpcore.models.pipeline_io import apply_archive, begin_rules

    rules = begin_rules(archive)
    from nlpcore.pipeline import settings

    header = archive.header
    meta = header["meta"]
    excluded = [exclude] if isinstance(exclude, str) else list(exclude)
    full = settings.with_overrides(header["config"], config or {})
    _check_pipeline(full, header, excluded)
    cls = _language_class(full["nlp"].get("lang"))
    try:
        nlp = cls.from_config(full, vocab=vocab, disable=disable, enable=enable, exclude=excluded, meta=meta)
    except errors.NlpcoreError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as e:
        reason = f"its settings make no pipeline ({type(e).__name__}: {e})"
        raise errors.ModelDataError(reason=reason) from e
    folder = None if path is None else path if path.is_dir() else path.parent
    apply_archive(nlp, archive, excluded, folder, rules)
    nlp._path = path
    return nlp


def _language_class(lang: Any) -> type[Language]:
    from nlpcore.lang import get_lang_class
    from nlpcore.language import Language

    if lang is None:
        return Language
    if not isinstance(lang, str):
        raise errors.ModelDataError(reason=f"its language is {lang!r:.80}, which is no code")
    return get_lang_class(lang)


def _check_pipeline(config: Mapping[str, Any], header: Mapping[str, Any], excluded: list[str]) -> None:
    """Every component that is to be built must be stored, and its maker be known."""
    from nlpcore.pipeline import factories

    lang = config["nlp"].get("lang")
    stored = {entry["name"]: entry for entry in header["components"]}
    pipeline = config["nlp"].get("pipeline")
    if not isinstance(pipeline, list) or not all(isinstance(name, str) for name in pipeline):
        raise errors.ModelDataError(reason="its settings have no list nlp.pipeline")
    for name in pipeline:
        if name in excluded:
            continue
        if name not in stored:
            raise errors.ModelDataError(
                reason=f"its settings name the component {name!r:.80}, which is not stored in it"
            )
        factory = stored[name]["factory"]
        if stored[name]["storage"] == "excluded":
            raise errors.ModelDataError(
                reason=(
                    f"the component {name!r} was left out when it was written: load it with "
                    f"exclude=[{name!r}]"
                )
            )
        if not factories.has(factory, lang):
            raise errors.UnknownFactory(
                name=factory, lang=lang, hint="", known=", ".join(factories.names(lang))
            )
