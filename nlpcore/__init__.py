"""nlpcore: tagging, parsing, lemmas and entities in bulk on ordinary CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "1.0.0"

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nlpcore.devices import prefer_gpu, require_cpu, require_gpu
    from nlpcore.glossary import explain
    from nlpcore.language import Language
    from nlpcore.registries import registry
    from nlpcore.training.api import train
    from nlpcore.vocab import Vocab

__all__ = ["Language", "__version__", "blank", "explain", "info", "load"]

#: name -> module it is imported from when it is first asked for, so that importing nlpcore stays cheap
_LAZY = {
    "Language": "nlpcore.language",
    "explain": "nlpcore.glossary",
    "Vocab": "nlpcore.vocab",
    "prefer_gpu": "nlpcore.devices",
    "registry": "nlpcore.registries",
    "require_cpu": "nlpcore.devices",
    "require_gpu": "nlpcore.devices",
    "train": "nlpcore.training.api",
}
_SUBMODULES: tuple[str, ...] = ("attrs", "cli", "devices", "errors", "glossary", "lang", "language", "lexeme")
_SUBMODULES += ("lookups", "models", "morphology", "pipeline", "scorer", "strings", "symbols", "tokenizer")
_SUBMODULES += ("tokens", "training", "util", "vectors", "vocab")


def load(
    name: Any,
    *,
    vocab: Vocab | bool = True,
    disable: str | Iterable[str] = (),
    enable: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    config: Mapping[str, Any] | None = None,
) -> Language:
    """Load a trained pipeline.

    name: a bundled model (``"en_core_web_sm"``), the path of a model's directory or archive file, or a file
        object open for reading bytes.
    vocab: a Vocab to share with other pipelines, or True for a new one.
    disable: components that are loaded but switched off; ``nlp.enable_pipe`` switches them on.
    enable: components that alone are switched on.
    exclude: components that are not loaded at all.
    config: settings over those of the model, nested or dotted (``{"components.ner.beam": 4}``).

    Raises ModelNotFound (an OSError), ModelVersionError or ModelDataError (ValueErrors), UnknownFactory (a
    ValueError) for a component that nobody registered.
    """
    from nlpcore.models.loader import load as load_model

    return load_model(name, vocab=vocab, disable=disable, enable=enable, exclude=exclude, config=config)


def blank(
    name: str,
    *,
    vocab: Vocab | bool = True,
    config: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Language:
    """A pipeline with a language's tokenizer and no components.

    name: code of the language, such as ``"en"``, or ``"xx"`` for any.
    vocab, config: as for ``load``. meta: values for ``nlp.meta``.

    Raises an ImportError naming the codes that exist.
    """
    from nlpcore.lang import get_lang_class

    return get_lang_class(name).from_config(config or {}, vocab=vocab, meta=meta)


def info(model: Any = None, *, markdown: bool = False, silent: bool = True) -> dict[str, Any] | str:
    """Describe a model, or, without one, this installation.

    model: as for ``load``. markdown: return text instead of a dict. silent: do not print.
    """
    from nlpcore.models.info import describe

    return describe(model, markdown=markdown, silent=silent)


def __getattr__(name: str) -> Any:
    import importlib

    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return importlib.import_module(f"nlpcore.{name}")
    raise AttributeError(f"module 'nlpcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_SUBMODULES})
