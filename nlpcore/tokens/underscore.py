"""Extension attributes: ``doc._.name``, ``token._.name``, ``span._.name``."""

from __future__ import annotations

import copy
import functools
from typing import Any, ClassVar

from nlpcore import errors

MUTABLE = (dict, list, set)


class Underscore:
    """The ``_`` of a Doc, Token or Span: declared attributes, whose values lie in ``doc.user_data``.

    The key of a value is ``("._.", name, start_char, end_char)``, with None for what does not apply; so spans
    over the same characters share their values.
    """

    doc_extensions: ClassVar[dict[str, tuple[Any, Any, Any, Any]]] = {}
    token_extensions: ClassVar[dict[str, tuple[Any, Any, Any, Any]]] = {}
    span_extensions: ClassVar[dict[str, tuple[Any, Any, Any, Any]]] = {}

    __slots__ = ("_extensions", "_key", "_obj")

    def __init__(
        self,
        extensions: dict[str, Any],
        obj: Any,
        start: int | None = None,
        end: int | None = None,
    ) -> None:
        object.__setattr__(self, "_extensions", extensions)
        object.__setattr__(self, "_obj", obj)
        object.__setattr__(self, "_key", (start, end))

    def __dir__(self) -> list[str]:
        return sorted((*self._extensions, "get", "has", "set"))

    def _data(self) -> Any:
        return self._obj.doc.user_data

    def _data_key(self, name: str) -> tuple[Any, ...]:
        return ("._.", name, *self._key)

    def _declared(self, name: str) -> tuple[Any, Any, Any, Any]:
        try:
            return self._extensions[name]
        except KeyError:
            kind = type(self._obj).__name__
            raise errors.ExtensionNameError(
                f"There is no extension attribute {name!r} on {kind}. Declare it with "
                f"`{kind}.set_extension({name!r}, default=...)`."
            ) from None

    def __getattr__(self, name: str) -> Any:
        default, method, getter, _ = self._declared(name)
        if getter is not None:
            return getter(self._obj)
        if method is not None:
            bound = functools.partial(method, self._obj)
            functools.update_wrapper(bound, method)
            return bound
        data, key = self._data(), self._data_key(name)
        if key in data:
            return data[key]
        if isinstance(default, MUTABLE):
            data[key] = default = copy.copy(default)
        return default

    def __setattr__(self, name: str, value: Any) -> None:
        setter = self._declared(name)[3]
        if setter is not None:
            setter(self._obj, value)
        else:
            self._data()[self._data_key(name)] = value

    def set(self, name: str, value: Any) -> None:
        """Set an attribute by name."""
        self.__setattr__(name, value)

    def get(self, name: str) -> Any:
        """The value of an attribute by name."""
        return self.__getattr__(name)

    def has(self, name: str) -> bool:
        """Whether an attribute was declared."""
        return name in self._extensions

    # -- declaration -------------------------------------------------------------------------------------

    @staticmethod
    def declare(extensions: dict[str, Any], name: str, kind: str, options: dict[str, Any]) -> None:
        """Add an extension; see Doc.set_extension. Raises ExtensionError (a ValueError)."""
        options = dict(options)
        force = options.pop("force", False)
        if name in extensions and not force:
            raise errors.ExtensionError(
                f"The extension attribute {name!r} on {kind} exists. Replace it with `force=True`."
            )
        unknown = set(options) - {"default", "method", "getter", "setter"}
        default, method = options.get("default"), options.get("method")
        getter, setter = options.get("getter"), options.get("setter")
        n_given = sum(("default" in options, method is not None, getter is not None))
        if unknown or n_given != 1 or (setter is not None and getter is None):
            raise errors.ExtensionError(
                f"The extension attribute {name!r} needs exactly one of default=, method= and getter= (with "
                f"or without setter=), but got: {', '.join(sorted(options)) or 'none of them'}."
            )
        for role, function in (("method", method), ("getter", getter), ("setter", setter)):
            if function is not None and not callable(function):
                raise errors.ExtensionError(
                    f"`{role}` of the extension attribute {name!r} is not callable: {function!r}."
                )
        extensions[name] = (default, method, getter, setter)

    @staticmethod
    def forget(extensions: dict[str, Any], name: str, kind: str) -> tuple[Any, Any, Any, Any]:
        """Remove an extension and return it. Raises ExtensionError if it was not declared."""
        if name not in extensions:
            raise errors.ExtensionError(f"There is no extension attribute {name!r} on {kind} to remove.")
        return extensions.pop(name)

    @classmethod
    def get_state(cls) -> tuple[dict, dict, dict]:
        """The declared extensions of Token, Span and Doc."""
        return cls.token_extensions, cls.span_extensions, cls.doc_extensions

    @classmethod
    def load_state(cls, state: tuple[dict, dict, dict]) -> None:
        """Put back what `get_state` returned."""
        cls.token_extensions, cls.span_extensions, cls.doc_extensions = state
