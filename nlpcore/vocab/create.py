"""A vocab with the data of a language."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..attrs import IS_STOP, LANG, NORM
from .lex_attrs import LEX_ATTRS, get_lang, is_stop, lookup_or, lower
from .lookups import Lookups
from .vocab import Vocab


def create_vocab(lang: str | None, defaults: Any, vectors_name: str | None = None) -> Vocab:
    """A fresh vocab for a language.

    lang: code of the language.
    defaults: the ``Defaults`` of its Language class. Read are ``lex_attr_getters`` (attribute id -> function;
        what is missing comes from ``LEX_ATTRS``), ``stop_words`` (in lower case), ``norm_exceptions`` (text
        -> norm), ``writing_system`` and ``syntax_iterators["noun_chunks"]``.
    """
    own = dict(getattr(defaults, "lex_attr_getters", None) or {})
    getters: dict[int, Callable[[str], Any]] = {**LEX_ATTRS, **own}
    if getters[LANG] is get_lang:
        getters[LANG] = functools.partial(get_lang, lang=lang or "")
    if getters[IS_STOP] is is_stop:
        stops = frozenset(getattr(defaults, "stop_words", ()))
        getters[IS_STOP] = functools.partial(is_stop, stops=stops)
    if getters[NORM] is lower:
        exceptions = dict(getattr(defaults, "norm_exceptions", None) or {})
        getters[NORM] = functools.partial(lookup_or, default=lower, tables=(exceptions,))
    return Vocab(
        lex_attr_getters=getters,
        lookups=Lookups(),
        vectors_name=vectors_name,
        writing_system=dict(getattr(defaults, "writing_system", None) or {}),
        get_noun_chunks=dict(getattr(defaults, "syntax_iterators", None) or {}).get("noun_chunks"),
    )
