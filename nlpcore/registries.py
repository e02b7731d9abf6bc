"""Functions found by name, so that settings stored with a model can refer to them.

A model is data: it can only name functions that the running program registered before.

    @registry.misc("my_list.v1")
    def make_list(): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nlpcore import errors


class Table:
    """The functions registered under one heading (``registry.misc`` …); call it to register one."""

    def __init__(self, heading: str) -> None:
        self.heading = heading
        self._functions: dict[str, Callable[..., Any]] = {}

    def __call__(self, name: str, func: Callable[..., Any] | None = None) -> Any:
        """Register ``func``, or, without one, return a decorator that does."""
        return self.register(name, func=func)

    def register(self, name: str, *, func: Callable[..., Any] | None = None) -> Any:
        """The same as calling the table."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self._functions[name] = function
            return function

        return add if func is None else add(func)

    def get(self, name: str) -> Callable[..., Any]:
        """The function registered as ``name``. Raises UnknownFunction (a ValueError)."""
        if not isinstance(name, str) or name not in self._functions:
            known = ", ".join(sorted(self._functions)) or "none"
            raise errors.UnknownFunction(name=name, heading=self.heading, known=known)
        return self._functions[name]

    def get_all(self) -> dict[str, Callable[..., Any]]:
        return dict(self._functions)

    def __contains__(self, name: object) -> bool:
        return name in self._functions

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._functions))


class registry:  # noqa: N801  (the name that people know)
    """All tables of registered functions."""

    architectures = Table("architectures")
    augmenters = Table("augmenters")
    batchers = Table("batchers")
    callbacks = Table("callbacks")
    initializers = Table("initializers")
    languages = Table("languages")
    layers = Table("layers")
    loggers = Table("loggers")
    lookups = Table("lookups")
    losses = Table("losses")
    misc = Table("misc")
    models = Table("models")
    ops = Table("ops")
    optimizers = Table("optimizers")
    readers = Table("readers")
    schedules = Table("schedules")
    scorers = Table("scorers")
    tokenizers = Table("tokenizers")
    vectors = Table("vectors")

    @classmethod
    def get_registry_names(cls) -> list[str]:
        """The headings."""
        return sorted(name for name, value in vars(cls).items() if isinstance(value, Table))

    @classmethod
    def table(cls, heading: str) -> Table:
        """The table under a heading. Raises UnknownFunction (a ValueError)."""
        found = vars(cls).get(heading)
        if not isinstance(found, Table):
            known = ", ".join(cls.get_registry_names())
            raise errors.UnknownFunction(f"There is no registry {heading!r}. There is: {known}.")
        return found

    @classmethod
    def create(cls, heading: str, entry_points: bool = False) -> None:
        """Add a heading of one's own."""
        if not hasattr(cls, heading):
            setattr(cls, heading, Table(heading))

    @classmethod
    def get(cls, heading: str, name: str) -> Callable[..., Any]:
        """The function ``name`` under a heading. Raises UnknownFunction (a ValueError)."""
        return cls.table(heading).get(name)

    @classmethod
    def has(cls, heading: str, name: str) -> bool:
        """True if there is such a function."""
        found = vars(cls).get(heading)
        return isinstance(found, Table) and name in found

    @classmethod
    def resolve(cls, settings: Any) -> Any:
        """Replace every ``{"@heading": "name",
        **arguments}`` inside settings by what that function returns."""
        if isinstance(settings, dict):
            values = {key: cls.resolve(value) for key, value in settings.items()}
            marks = [key for key in values if isinstance(key, str) and key.startswith("@")]
            if not marks:
                return values
            function = cls.get(marks[0][1:], values.pop(marks[0]))
            stars = values.pop("*", {})
            return function(*(stars.values() if isinstance(stars, dict) else stars), **values)
        if isinstance(settings, (list, tuple)):
            return type(settings)(cls.resolve(value) for value in settings)
        return settings
