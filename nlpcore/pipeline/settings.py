"""Settings and description of a pipeline: what ``nlp.config`` and ``nlp.meta`` say, and a pipeline from
settings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.config import Config, merge_into, nested
from nlpcore.registries import registry
from nlpcore.util import copy_config, did_you_mean

if TYPE_CHECKING:
    from nlpcore.language import Language

#: what settings leave out
DEFAULT_CONFIG: dict[str, Any] = {
    "paths": {"train": None, "dev": None, "vectors": None, "init_tok2vec": None},
    "system": {"seed": 0, "gpu_allocator": None},
    "nlp": {
        "lang": None,
        "pipeline": [],
        "disabled": [],
        "before_creation": None,
        "after_creation": None,
        "after_pipeline_creation": None,
        "batch_size": 1000,
        "tokenizer": {"@tokenizers": "nlpcore.Tokenizer.v1"},
    },
    "components": {},
    "corpora": {},
    "training": {
        "seed": "${system.seed}",
        "dropout": 0.1,
        "max_epochs": 0,
        "frozen_components": [],
        "annotating_components": [],
        "score_weights": {},
    },
    "initialize": {
        "vectors": "${paths.vectors}",
        "before_init": None,
        "after_init": None,
        "components": {},
        "tokenizer": {},
    },
}

_TEXTS = ("description", "author", "email", "url", "license")


def merged(*configs: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of the first with the others over it."""
    result: dict[str, Any] = {}
    for config in configs:
        merge_into(result, config)
    return result


def fill_meta(nlp: Language) -> dict[str, Any]:
    """``nlp._meta`` itself, with what is missing or follows from the pipeline filled in."""
    from nlpcore import __version__

    meta = nlp._meta
    meta.setdefault("lang", getattr(nlp.vocab, "lang", None) or nlp.lang)
    meta.setdefault("name", "pipeline")
    meta.setdefault("version", "0.0.0")
    major, minor = __version__.split(".")[:2]
    meta.setdefault("nlpcore_version", f">={__version__},<{major}.{int(minor) + 1}.0")
    for key in _TEXTS:
        meta.setdefault(key, "")
    meta["vectors"] = _vectors_meta(nlp)
    meta["labels"] = {name: list(labels) for name, labels in nlp.pipe_labels.items()}
    meta["pipeline"] = list(nlp.pipe_names)
    meta["components"] = list(nlp.component_names)
    meta["disabled"] = list(nlp.disabled)
    return meta


def _vectors_meta(nlp: Language) -> dict[str, Any]:
    vectors = getattr(nlp.vocab, "vectors", None)
    shape = getattr(vectors, "shape", None) or (0, 0)
    return {
        "width": int(shape[1]),
        "vectors": int(shape[0]),
        "keys": int(getattr(vectors, "n_keys", 0) or 0),
        "name": getattr(vectors, "name", None),
        "mode": "default",
    }


def fill_config(nlp: Language) -> Config:
    """``nlp._config`` with what follows from the pipeline filled in; its sections can be changed in place."""
    config = nlp._config if isinstance(nlp._config, Config) else _as_config(nlp)
    section = config.setdefault("nlp", {})
    section["lang"] = nlp.lang
    section["pipeline"] = list(nlp.component_names)
    section["disabled"] = list(nlp.disabled)
    section["batch_size"] = nlp.batch_size
    config["components"] = {name: copy_config(nlp.get_pipe_config(name)) for name in nlp.component_names}
    weights: dict[str, float | None] = {}
    for name in nlp.component_names:
        weights.update(nlp.get_pipe_meta(name).default_score_weights)
    training = config.setdefault("training", {})
    training["score_weights"] = normalized_weights(weights, training.get("score_weights") or {})
    return config


def _as_config(nlp: Language) -> Config:
    nlp._config = Config(nlp._config)
    return nlp._config


def normalized_weights(
    weights: Mapping[str, float | None], given: Mapping[str, float | None]
) -> dict[str, float | None]:
    """Weights of scores, those given before defaults, that sum to 1."""
    result = {key: given.get(key, value) for key, value in {**weights, **given}.items()}
    total = sum(value for value in result.values() if value)
    if not total:
        return result
    return {key: round(value / total, 2) if value else value for key, value in result.items()}


def initialize_arguments(name: str, function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of ``[initialize.components.NAME]`` as arguments. Raises BadComponentConfig (a ValueError)."""
    parameters = inspect.signature(function).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        for key in given:
            if key not in parameters or key in ("nlp", "get_examples"):
                raise errors.BadComponentConfig(
                    f"[initialize.components.{name}] has the setting {key!r}, which the component does not "
                    f"take."
                )
    return registry.resolve(dict(given))


def build(
    cls: type[Language],
    config: Mapping[str, Any],
    *,
    vocab: Any = True,
    disable: str | Iterable[str] = (),
    enable: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    meta: Mapping[str, Any] | None = None,
    validate: bool = True,
) -> Language:
    """A pipeline of this class from settings; see ``Language.from_config``."""
    full = Config(merged(cls.default_config, Config(config)))
    if cls.lang and not (config.get("nlp") or {}).get("lang"):
        full["nlp"]["lang"] = cls.lang  # a class may have inherited the settings of another language
    # What is stored keeps its references; what is used here has them replaced.
    resolved = full.interpolate()
    section = resolved["nlp"]
    lang = section.get("lang")
    if lang is not None and lang != cls.lang:
        raise errors.PipelineError(
            f"These settings are for the language {lang!r}, not {cls.lang!r}: build the pipeline with "
            f"nlpcore.util.get_lang_class({lang!r}).from_config(...)."
        )
    _check_sections(resolved)
    excluded = _names(exclude)
    components = resolved.get("components") or {}
    plan = _plan(section.get("pipeline") or [], components)
    disabled = disabled_names(
        [name for name in plan if name not in excluded],
        section.get("disabled") or [],
        _names(disable),
        _names(enable),
    )

    cls = _callback(section, "before_creation", cls)
    nlp = cls(
        vocab=vocab,
        meta=meta,
        create_tokenizer=_tokenizer_factory(section),
        batch_size=section["batch_size"],
    )
    nlp = _callback(section, "after_creation", nlp)
    nlp._config = full
    for name in plan:
        if name not in excluded:
            block = components[name]
            factory = block["factory"]
            settings = {key: value for key, value in block.items() if key != "factory"}
            nlp.add_pipe(factory, name=name, config=settings, validate=validate)
    nlp._disabled.update(disabled)
    return _callback(section, "after_pipeline_creation", nlp)


def _check_sections(config: Mapping[str, Any]) -> None:
    """Refuse settings whose parts have types that later code does not expect."""
    for name in ("paths", "system", "nlp", "components", "corpora", "training", "initialize"):
        if not isinstance(config.get(name, {}), Mapping):
            raise errors.PipelineError(
                f"[{name}] of the settings must be a section, not {config[name]!r:.80}."
            )
    section = config["nlp"]
    disabled, size = section.get("disabled"), section.get("batch_size")
    if not isinstance(disabled, (list, tuple)) or not all(isinstance(name, str) for name in disabled):
        raise errors.PipelineError("The setting nlp.disabled must be a list of names of components.")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size < 2**31:
        raise errors.PipelineError(
            f"The setting nlp.batch_size must be a whole number from 1, not {size!r:.80}."
        )
    for key in ("before_creation", "after_creation", "after_pipeline_creation"):
        if not isinstance(section.get(key), (Mapping, type(None))):
            raise errors.PipelineError(f"The setting nlp.{key} must call a registered function.")
    if not isinstance(section.get("tokenizer"), (Mapping, type(None))):
        raise errors.PipelineError("The section [nlp.tokenizer] must be a section.")
    weights = config.get("training", {}).get("score_weights") or {}
    if not isinstance(weights, Mapping) or not all(
        value is None or isinstance(value, (int, float)) for value in weights.values()
    ):
        raise errors.PipelineError("The section [training.score_weights] must hold numbers.")
    starts = config.get("initialize", {}).get("components") or {}
    if not isinstance(starts, Mapping) or not all(isinstance(value, Mapping) for value in starts.values()):
        raise errors.PipelineError("The section [initialize.components] must hold sections.")


def _plan(pipeline: Any, components: Any) -> list[str]:
    if not isinstance(pipeline, (list, tuple)) or not all(isinstance(name, str) for name in pipeline):
        raise errors.PipelineError("The setting nlp.pipeline must be a list of names of components.")
    if not isinstance(components, Mapping):
        raise errors.PipelineError("The section [components] must be a section.")
    for name in pipeline:
        block = components.get(name)
        if block is None:
            raise errors.PipelineError(
                f"nlp.pipeline has {name!r}, but there is no section [components.{name}]."
                f"{did_you_mean(name, components)} There is: {', '.join(components) or 'none'}."
            )
        if not isinstance(block, Mapping) or not isinstance(block.get("factory"), str):
            raise errors.PipelineError(
                f"The section [components.{name}] needs a `factory`, the name of its maker."
            )
    return list(pipeline)


def disabled_names(
    names: list[str], configured: list[str], disable: list[str], enable: list[str]
) -> list[str]:
    """Which components start switched off.

    Raises PipelineError (a ValueError) where ``enable`` and ``disable`` (or what the settings switch off)
    contradict each other.
    """
    if not enable:
        return [name for name in names if name in {*disable, *configured}]
    off = [name for name in names if name not in enable]
    if disable and set(disable) & set(enable):
        raise errors.PipelineError(
            f"enable={enable} and disable={disable} contradict each other. Pass only one."
        )
    return off


def _names(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _callback(section: Mapping[str, Any], key: str, value: Any) -> Any:
    """Run a function that the settings name; it may change or replace what it gets."""
    if not section.get(key):
        return value
    result = registry.resolve(section[key])(value)
    if not isinstance(result, type(value)) and not (isinstance(value, type) and isinstance(result, type)):
        raise errors.PipelineError(
            f"The function nlp.{key} must return what it was given, not {result!r:.80}."
        )
    return result


def _tokenizer_factory(section: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    block = section.get("tokenizer") or {}
    if block.get("@tokenizers") in (None, "nlpcore.Tokenizer.v1", "spacy.Tokenizer.v1"):
        return None
    return registry.resolve(block)


def with_overrides(config: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """Settings with others over them; keys may be dotted (``"components.ner.beam": 1``)."""
    return Config(config).merge(nested(overrides))
