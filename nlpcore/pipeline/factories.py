"""The table of component factories: who makes the component that a pipeline calls ``tagger``.

Factories of this package are named in ``BUILTIN`` and their module is imported when the first of them is
asked
for. Those of users are added by ``@Language.component`` and ``@Language.factory``; a module of this package
uses
``factory`` and ``component`` below, which need no Language.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nlpcore import errors
from nlpcore.record import Record
from nlpcore.util import copy_config, did_you_mean

#: factory name -> module that registers it when it is imported
BUILTIN: dict[str, str] = {
    "tok2vec": "nlpcore.pipeline.tok2vec",
    "transformer": "nlpcore.pipeline.transformer",
    "tagger": "nlpcore.pipeline.tagger",
    "morphologizer": "nlpcore.pipeline.morphologizer",
    "lemmatizer": "nlpcore.pipeline.lemmatizer",
    "trainable_lemmatizer": "nlpcore.pipeline.lemmatizer",
    "parser": "nlpcore.pipeline.parser",
    "graph_parser": "nlpcore.pipeline.graph_parser",
    "ner": "nlpcore.pipeline.ner",
    "entity_ruler": "nlpcore.pipeline.entity_ruler",
    "senter": "nlpcore.pipeline.segmenter",
    "segmenter": "nlpcore.pipeline.segmenter",
    "sentencizer": "nlpcore.pipeline.sentencizer",
    "merge_entities": "nlpcore.pipeline.functions",
    "merge_noun_chunks": "nlpcore.pipeline.functions",
    "merge_subtokens": "nlpcore.pipeline.functions",
    "doc_cleaner": "nlpcore.pipeline.functions",
    "token_splitter": "nlpcore.pipeline.functions",
}


class FactoryMeta(Record):
    """What is known of a component without making it.

    factory: its registered name.
    default_config: settings and their values unless others are given.
    assigns, requires: attributes (``token.tag``, ``doc.ents`` …) that it writes and reads.
    retokenizes: whether it changes the tokens themselves.
    scores: names of the scores that evaluation gives for it.
    default_score_weights: how these weigh when a best model is picked.
    """

    factory: str
    default_config: dict[str, Any] = {}  # noqa: RUF012 (copied)
    assigns: Iterable[str] = ()
    requires: Iterable[str] = ()
    retokenizes: bool = False
    scores: Iterable[str] = ()
    default_score_weights: dict[str, float | None] = {}  # noqa: RUF012


_functions: dict[str, Callable[..., Any]] = {}
_metas: dict[str, FactoryMeta] = {}


def factory(
    name: str,
    *,
    default_config: Mapping[str, Any] | None = None,
    assigns: Iterable[str] = (),
    requires: Iterable[str] = (),
    retokenizes: bool = False,
    default_score_weights: Mapping[str, float | None] | None = None,
    func: Callable[..., Any] | None = None,
    lang: str | None = None,
) -> Callable[..., Any]:
    """Register a function or class ``(nlp, name, **settings) -> component``; a decorator,
    unless ``func`` is given.

    lang: the factory exists for this language only (and hides a general one of the same name).
    Raises PipelineError for a bad name, bad settings, or a function without the arguments nlp and name.
    """
    _check_name(name, "factory")
    config = {} if default_config is None else default_config
    if not isinstance(config, Mapping):
        raise errors.BadComponentConfig(name=name, type=type(config).__name__)
    weights = dict(default_score_weights or {})

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        if not {"nlp", "name"} <= set(inspect.signature(function).parameters):
            raise errors.PipelineError(
                f"The factory {name!r} must take arguments called `nlp` and `name`: "
                "the pipeline passes itself and the component's name in them."
            )
        key = f"{lang}.{name}" if lang else name
        _functions[key] = function
        _metas[key] = FactoryMeta(
            factory=name,
            default_config=copy_config(dict(config)),
            assigns=_attributes(assigns),
            requires=_attributes(requires),
            retokenizes=retokenizes,
            scores=list(weights),
            default_score_weights=weights,
        )
        return function

    return add if func is None else add(func)


def component(
    name: str,
    *,
    assigns: Iterable[str] = (),
    requires: Iterable[str] = (),
    retokenizes: bool = False,
    func: Callable[..., Any] | None = None,
    lang: str | None = None,
) -> Callable[..., Any]:
    """Register a component that is a plain function ``doc -> doc``; a decorator, unless ``func`` is given."""
    _check_name(name, "component")

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        factory(
            name,
            assigns=assigns,
            requires=requires,
            retokenizes=retokenizes,
            func=lambda nlp, name: function,
            lang=lang,
        )
        return function

    return add if func is None else add(func)


def _check_name(name: Any, what: str) -> None:
    if not isinstance(name, str):
        raise errors.PipelineError(
            f"@Language.{what} needs the name to register under. Write @Language.{what}('some_name'), "
            f"with parentheses; it got {type(name).__name__}."
        )
    if "." in name:
        raise errors.PipelineError(f"The name of a factory holds no dot: {name!r} is not possible.")


def _attributes(names: Iterable[str]) -> list[str]:
    """Check names such as ``token.tag`` or ``doc._.x``."""
    names = list(names)
    for name in names:
        parts = str(name).split(".")
        if parts[0] not in ("token", "span", "doc") or len(parts) < 2 or not all(parts):
            raise errors.PipelineError(
                f"{name!r} names no attribute of a token, span or doc: write for example 'token.tag' or "
                f"'doc._.x'."
            )
    return names


def _key(name: str, lang: str | None) -> str | None:
    """The key under which a factory is registered, importing the module that registers it if need be."""
    for key in (f"{lang}.{name}", name):
        if key in _functions:
            return key
    module = BUILTIN.get(name)
    if module is not None:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as e:
            if e.name != module:
                raise
        if name in _functions:
            return name
    return None


def names(lang: str | None = None) -> list[str]:
    """All factory names that a language can use."""
    found = set(BUILTIN)
    for key in _functions:
        head, _, tail = key.rpartition(".")
        if not head or head == lang:
            found.add(tail)
    return sorted(found)


def has(name: str, lang: str | None = None) -> bool:
    """True if there is such a factory."""
    return isinstance(name, str) and _key(name, lang) is not None


def meta(name: str, lang: str | None = None) -> FactoryMeta:
    """What is known of a factory. Raises UnknownFactory (a ValueError)."""
    return _metas[_require(name, lang)]


def set_meta(name: str, value: FactoryMeta, lang: str | None = None) -> None:
    _metas[_require(name, lang)] = value


def function(name: str, lang: str | None = None) -> Callable[..., Any]:
    """The factory itself. Raises UnknownFactory (a ValueError)."""
    return _functions[_require(name, lang)]


def _require(name: str, lang: str | None) -> str:
    key = _key(name, lang)
    if key is None:
        known = names(lang)
        raise errors.UnknownFactory(
            name=name, lang=lang, hint=did_you_mean(str(name), known), known=", ".join(known)
        )
    return key


def arguments(
    name: str, pipe_name: str, config: Mapping[str, Any], lang: str | None, validate: bool
) -> dict[str, Any]:
    """Settings for a factory: those given over the registered defaults over the defaults of its signature.

    Raises BadComponentConfig (a ValueError) for a setting that the factory does not know, lacks, or whose
    declared type is a plain one that the value does not have.
    """
    filled = copy_config(meta(name, lang).default_config)
    _merge(filled, config)
    parameters = inspect.signature(function(name, lang)).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for key, parameter in parameters.items():
        if key in ("nlp", "name") or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if key not in filled and parameter.default is not parameter.empty:
            filled[key] = parameter.default
        elif key not in filled:
            raise errors.BadComponentConfig(
                f"The component {pipe_name!r} ({name}) needs the setting {key!r}."
            )
        elif validate:
            _check_type(pipe_name, key, filled[key], parameter.annotation)
    unknown = [key for key in filled if key not in parameters or key in ("nlp", "name")]
    if unknown and not takes_any:
        settings = [key for key in parameters if key not in ("nlp", "name")]
        raise errors.BadComponentConfig(
            f"The component {pipe_name!r} ({name}) has no setting {unknown[0]!r}."
            f"{did_you_mean(str(unknown[0]), settings)} It has: {', '.join(settings) or 'none'}."
        )
    return filled


def _merge(into: dict[str, Any], config: Mapping[str, Any]) -> None:
    for key, value in config.items():
        old = into.get(key)
        is_call = isinstance(value, Mapping) and any(str(k).startswith("@") for k in value)
        if isinstance(value, Mapping) and isinstance(old, dict) and not is_call:
            _merge(old, value)
        else:
            into[key] = copy_config(dict(value)) if isinstance(value, Mapping) else value


_PLAIN = {"int": int, "str": str, "bool": bool, "float": (int, float)}


def _check_type(pipe_name: str, key: str, value: Any, annotation: Any) -> None:
    wanted = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if annotation is None or wanted not in _PLAIN or isinstance(value, dict):
        return
    if not isinstance(value, _PLAIN[wanted]) or (isinstance(value, bool) and wanted != "bool"):  # type: ignore[arg-type]
        raise errors.BadComponentConfig(
            f"The setting {key!r} of the component {pipe_name!r} must be {wanted}, not {value!r}."
        )
