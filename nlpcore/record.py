"""Classes that hold fields, made at once: ``dataclasses`` writes and compiles a program for each of its
classes, which takes longer than all else that a module does when it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls


@dataclass_transform(eq_default=True)
class Record:
    """What a subclass annotates are its fields, in their order, as in a dataclass: arguments of its
    constructor by place or name, shown by ``repr``, compared by ``==``.

    A list or dict that is a field's default is copied for each object. ``__post_init__`` runs last.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = [name for name in cls.__annotations__ if name not in cls.FIELDS]
        cls.FIELDS = (*cls.FIELDS, *own)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fields = self.FIELDS
        if len(args) > len(fields):
            raise TypeError(f"{type(self).__name__} has {len(fields)} fields, not {len(args)}")
        given = dict(zip(fields, args, strict=False))
        for name, value in kwargs.items():
            if name in given or name not in fields:
                why = "is given twice" if name in given else "does not exist"
                raise TypeError(f"{type(self).__name__}: the field {name!r} {why}")
            given[name] = value
        for name in fields:
            if name not in given:
                given[name] = self._default(name)
        self.__dict__.update(given)
        self.__post_init__()

    def __post_init__(self) -> None:
        pass

    @classmethod
    def _default(cls, name: str) -> Any:
        try:
            value = getattr(cls, name)
        except AttributeError:
            raise TypeError(f"{cls.__name__} needs the field {name!r}") from None
        return value.copy() if isinstance(value, (list, dict)) else value

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.FIELDS)
        return f"{type(self).__qualname__}({values})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.FIELDS)

    __hash__ = None  # type: ignore[assignment]


class FrozenRecord(Record):
    """A Record whose fields can not be set; it can be hashed where they can."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name!r} of a {type(self).__name__} can not be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name!r} of a {type(self).__name__} can not be deleted")

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((type(self), *(getattr(self, name) for name in self.FIELDS)))
