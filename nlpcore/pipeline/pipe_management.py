"""The list of components that a pipeline is: adding, removing, renaming, switching off and on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.pipeline import factories
from nlpcore.pipeline.factories import FactoryMeta
from nlpcore.registries import registry
from nlpcore.util import FrozenDict, FrozenList, copy_config

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.vocab import Vocab

Component = Callable[..., Any]

_FROZEN = "Use nlp.add_pipe, nlp.remove_pipe, nlp.disable_pipe or nlp.enable_pipe to change the pipeline."


class PipeManagement:
    """The part of Language that holds its components.

    All names of components are unique. A component that is switched off stays in ``components`` and keeps its
    place, but is not in ``pipeline`` and does not run.
    """

    lang: str | None = None
    vocab: Vocab
    _components: list[tuple[str, Component]]
    _disabled: set[str]
    _pipe_meta: dict[str, FactoryMeta]
    _pipe_configs: dict[str, dict[str, Any]]
    default_error_handler: Callable[..., Any]

    # -- what there is ------------------------------------------------------------------------------------

    @property
    def components(self) -> list[tuple[str, Component]]:
        """(name, component) of all components, switched off or not, in their order."""
        return FrozenList(self._components, error=_FROZEN)

    @property
    def component_names(self) -> list[str]:
        """Names of all components, switched off or not."""
        return FrozenList((name for name, _ in self._components), error=_FROZEN)

    @property
    def pipeline(self) -> list[tuple[str, Component]]:
        """(name, component) of the components that run, in their order."""
        return FrozenList(((n, p) for n, p in self._components if n not in self._disabled), error=_FROZEN)

    @property
    def pipe_names(self) -> list[str]:
        """Names of the components that run."""
        return FrozenList((name for name, _ in self.pipeline), error=_FROZEN)

    @property
    def disabled(self) -> list[str]:
        """Names of the components that are switched off, in their order."""
        return FrozenList((n for n, _ in self._components if n in self._disabled), error=_FROZEN)

    @property
    def pipe_factories(self) -> dict[str, str]:
        """Name of each component -> name of the factory that made it."""
        return FrozenDict({name: self.get_pipe_meta(name).factory for name, _ in self._components})

    @property
    def pipe_labels(self) -> dict[str, list[str]]:
        """Name of each component that has labels -> these labels."""
        return FrozenDict(
            {
                name: list(pipe.labels)
                for name, pipe in self._components
                if hasattr(pipe, "labels") and not getattr(pipe, "hide_labels", False)
            }
        )

    @property
    def factory_names(self) -> list[str]:
        """Names that ``add_pipe`` knows."""
        return FrozenList(factories.names(self.lang))

    @property
    def factories(self) -> dict[str, Component]:
        """Name -> function of every factory that ``add_pipe`` knows."""
        known = (name for name in factories.names(self.lang) if factories.has(name, self.lang))
        return FrozenDict({name: factories.function(name, self.lang) for name in known})

    # -- factories ----------------------------------------------------------------------------------------

    @classmethod
    def component(
        cls,
        name: str,
        *,
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        func: Component | None = None,
    ) -> Component:
        """Register a function ``doc -> doc`` under a name that ``add_pipe`` then knows.

        On a subclass (``English.component``) the name is known for that language only.
        """
        return factories.component(
            name, assigns=assigns, requires=requires, retokenizes=retokenizes, func=func, lang=cls.lang
        )

    @classmethod
    def factory(
        cls,
        name: str,
        *,
        default_config: Mapping[str, Any] | None = None,
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        default_score_weights: Mapping[str, float | None] | None = None,
        func: Component | None = None,
    ) -> Component:
        """Register a function or class ``(nlp, name, **settings) -> component``; see ``component``."""
        return factories.factory(
            name,
            default_config=default_config,
            assigns=assigns,
            requires=requires,
            retokenizes=retokenizes,
            default_score_weights=default_score_weights,
            func=func,
            lang=cls.lang,
        )

    @classmethod
    def has_factory(cls, name: str) -> bool:
        """True if ``add_pipe`` knows this name."""
        return factories.has(name, cls.lang)

    @classmethod
    def get_factory_meta(cls, name: str) -> FactoryMeta:
        """What is known of a factory. Raises UnknownFactory (a ValueError)."""
        return factories.meta(name, cls.lang)

    @classmethod
    def set_factory_meta(cls, name: str, value: FactoryMeta) -> None:
        """Replace what is known of a factory. Raises UnknownFactory (a ValueError)."""
        factories.set_meta(name, value, cls.lang)

    @classmethod
    def get_factory_config(cls, name: str) -> dict[str, Any]:
        """A copy of the default settings of a factory. Raises UnknownFactory (a ValueError)."""
        return copy_config(factories.meta(name, cls.lang).default_config)

    def get_pipe_meta(self, name: str) -> FactoryMeta:
        """What is known of the factory of a component. Raises UnknownComponent (a KeyError and
        ValueError)."""
        if name not in self._pipe_meta:
            raise self._unknown(name)
        return self._pipe_meta[name]

    def get_pipe_config(self, name: str) -> dict[str, Any]:
        """The settings of a component, with its ``factory``. Raises UnknownComponent (a KeyError and
        ValueError).
        """
        if name not in self._pipe_configs:
            raise self._unknown(name)
        return self._pipe_configs[name]

    # -- changing the pipeline ----------------------------------------------------------------------------

    def has_pipe(self, name: str) -> bool:
        """True if a component of this name runs."""
        return name in self.pipe_names

    def get_pipe(self, name: str) -> Component:
        """A component by name, switched off or not. Raises UnknownComponent (a KeyError)."""
        for pipe_name, component in self._components:
            if pipe_name == name:
                return component
        raise self._unknown(name)

    def create_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        raw_config: Any = None,
        validate: bool = True,
    ) -> Component:
        """Make a component without adding it; arguments as for ``add_pipe``."""
        return self._create_pipe(factory_name, factory_name if name is None else name, config, validate)[0]

    def _create_pipe(
        self, factory_name: str, name: str, config: Mapping[str, Any] | None, validate: bool
    ) -> tuple[Component, dict[str, Any]]:
        """A component, and its full settings."""
        config = {} if config is None else config
        if not isinstance(config, Mapping):
            raise errors.BadComponentConfig(name=name, type=type(config).__name__)
        given = {key: value for key, value in config.items() if key != "factory"}
        settings = factories.arguments(factory_name, name, given, self.lang, validate)
        made = factories.function(factory_name, self.lang)(nlp=self, name=name, **registry.resolve(settings))
        return made, {"factory": factory_name, **settings}

    def add_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        before: str | int | None = None,
        after: str | int | None = None,
        first: bool | None = None,
        last: bool | None = None,
        source: Language | None = None,
        config: Mapping[str, Any] | None = None,
        raw_config: Any = None,
        validate: bool = True,
    ) -> Component:
        """Make a component and put it into the pipeline, at the end unless told otherwise.

        factory_name: a registered factory, or, with ``source``, the name of a component there.
        name: what to call it here; else as its factory.
        before, after: name or index of another component; first, last: True. At most one of the four.
        source: another pipeline from which the component itself is taken, weights included; both share it.
        config: settings of the component, over its defaults.
        raw_config: accepted and not used.
        validate: check the types of settings as well as their names.

        Returns the component. Raises UnknownFactory, ComponentExists, BadComponentConfig or PipelineError
        (ValueErrors); UnknownComponent if the source has no such component.
        """
        if not isinstance(factory_name, str):
            raise errors.PipelineError(
                f"add_pipe takes the name of a registered factory, not {factory_name!r}. Register your "
                f"component "
                "with @Language.component('some_name') and call nlp.add_pipe('some_name')."
            )
        name = factory_name if name is None else name
        self._check_new_name(name)
        if source is not None:
            pipe, settings, meta = self._from_source(factory_name, source)
        else:
            pipe, settings = self._create_pipe(factory_name, name, config, validate)
            meta = factories.meta(factory_name, self.lang)
        index = self._index_for(before, after, first, last)
        self._components.insert(index, (name, pipe))
        self._pipe_meta[name] = meta
        self._pipe_configs[name] = settings
        self._changed()
        return pipe

    def _from_source(self, source_name: str, source: Any) -> tuple[Component, dict[str, Any], FactoryMeta]:
        if not isinstance(source, PipeManagement):
            raise errors.PipelineError(
                f"The source of the component {source_name!r} must be a loaded pipeline, not "
                f"{type(source).__name__}: load it first with nlpcore.load(...)."
            )
        if source_name not in source.component_names:
            raise errors.UnknownComponent(name=source_name, known=_listed(source.component_names))
        if source.vocab is not self.vocab:
            for string in source.vocab.strings:
                self.vocab.strings.add(string)
        meta = source.get_pipe_meta(source_name)
        return source.get_pipe(source_name), copy_config(source.get_pipe_config(source_name)), meta

    def create_pipe_from_source(
        self, source_name: str, source: Language, *, name: str
    ) -> tuple[Component, str]:
        """A component of another pipeline, and the name of its factory; errors as for ``add_pipe``."""
        pipe, _, meta = self._from_source(source_name, source)
        return pipe, meta.factory

    def replace_pipe(
        self, name: str, factory_name: str, *, config: Mapping[str, Any] | None = None, validate: bool = True
    ) -> Component:
        """Put a new component in the place, and under the name, of another. Returns the new one.

        Raises UnknownComponent (a ValueError) and what ``add_pipe`` raises.
        """
        index = self._index_of(name)
        if not isinstance(factory_name, str):
            raise errors.PipelineError(f"replace_pipe takes the name of a factory, not {factory_name!r}.")
        pipe, settings = self._create_pipe(factory_name, name, config, validate)
        self._components[index] = (name, pipe)
        self._pipe_meta[name] = factories.meta(factory_name, self.lang)
        self._pipe_configs[name] = settings
        self._changed()
        return pipe

    def rename_pipe(self, old_name: str, new_name: str) -> None:
        """Call a component otherwise. Raises UnknownComponent or ComponentExists (ValueErrors)."""
        index = self._index_of(old_name)
        self._check_new_name(new_name)
        pipe = self._components[index][1]
        self._components[index] = (new_name, pipe)
        self._pipe_meta[new_name] = self._pipe_meta.pop(old_name)
        self._pipe_configs[new_name] = self._pipe_configs.pop(old_name)
        if old_name in self._disabled:
            self._disabled.remove(old_name)
            self._disabled.add(new_name)
        if getattr(pipe, "name", None) == old_name:
            pipe.name = new_name  # type: ignore[attr-defined]
        self._changed()

    def remove_pipe(self, name: str) -> tuple[str, Component]:
        """Take a component out; returns it with its name. Raises UnknownComponent (a ValueError)."""
        removed = self._components.pop(self._index_of(name))
        del self._pipe_meta[name]
        del self._pipe_configs[name]
        self._disabled.discard(name)
        self._changed()
        return removed

    def disable_pipe(self, name: str) -> None:
        """Switch a component off. Raises UnknownComponent (a ValueError)."""
        self._index_of(name)
        self._disabled.add(name)
        self._changed()

    def enable_pipe(self, name: str) -> None:
        """Switch a component on. Raises UnknownComponent (a ValueError)."""
        self._index_of(name)
        self._disabled.discard(name)
        self._changed()

    def select_pipes(
        self, *, disable: str | Iterable[str] | None = None, enable: str | Iterable[str] | None = None
    ) -> DisabledPipes:
        """Switch components off, for good or, used with ``with``, for the length of a block.

        disable: names to switch off; enable: names that alone stay on.
        Raises PipelineError (a ValueError) if neither is given or both contradict each other.
        """
        if enable is None and disable is None:
            raise errors.PipelineError(
                "select_pipes needs `disable` or `enable`: which components to switch off or keep."
            )
        off = [disable] if isinstance(disable, str) else None if disable is None else list(disable)
        if enable is not None:
            keep = [enable] if isinstance(enable, str) else list(enable)
            others = [name for name in self.pipe_names if name not in keep]
            if off is not None and set(off) != set(others):
                raise errors.PipelineError(
                    f"select_pipes got enable={keep} and disable={off}, which contradict each other in a "
                    f"pipeline "
                    f"of {list(self.pipe_names)}. Pass only one."
                )
            off = others
        for name in off or ():
            self._index_of(name)
        return DisabledPipes(self, [name for name in off or () if name not in self._disabled])

    def disable_pipes(self, *names: Any) -> DisabledPipes:
        """An older form of ``select_pipes(disable=names)``."""
        warnings.warn(
            "disable_pipes is old: use select_pipes(disable=[...]).", DeprecationWarning, stacklevel=2
        )
        if len(names) == 1 and isinstance(names[0], (list, tuple)):
            names = tuple(names[0])
        return self.select_pipes(disable=list(names))

    def set_error_handler(self, error_handler: Callable[..., Any]) -> None:
        """Handle errors in components by ``error_handler(name, component, docs, error)`` instead of raising
        them.
        """
        self.default_error_handler = error_handler
        for _, pipe in self._components:
            if hasattr(pipe, "set_error_handler"):
                pipe.set_error_handler(error_handler)

    # -- details ------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Let components find each other again: called after every change of the pipeline.

        A component that shares work with others (a tagger with the tok2vec) has a method ``link(nlp)``.
        """
        for _, pipe in self._components:
            link = getattr(pipe, "link", None)
            if link is not None and callable(link):
                link(self)

    def _unknown(self, name: Any) -> errors.UnknownComponent:
        return errors.UnknownComponent(name=name, known=_listed(self.component_names))

    def _index_of(self, name: str) -> int:
        for i, (pipe_name, _) in enumerate(self._components):
            if pipe_name == name:
                return i
        raise self._unknown(name)

    def _check_new_name(self, name: Any) -> None:
        if not isinstance(name, str):
            raise errors.PipelineError(f"The name of a component must be str, not {type(name).__name__}.")
        if name in self.component_names:
            raise errors.ComponentExists(name=name, known=_listed(self.component_names))

    def _index_for(self, before: Any, after: Any, first: Any, last: Any) -> int:
        """Where a new component goes."""
        given = {
            key: value
            for key, value in {"before": before, "after": after, "first": first, "last": last}.items()
            if value is not None
        }
        if len(given) > 1 or given.get("first") is False or given.get("last") is False:
            raise errors.PipelineError(
                f"Where to add a component is said by one of before=, after=, first=True, last=True, not "
                f"by {given}. "
                f"There is: {_listed(self.component_names)}."
            )
        if not given or last:
            return len(self._components)
        if first:
            return 0
        other = before if before is not None else after
        step = 0 if before is not None else 1
        if isinstance(other, str):
            return self._index_of(other) + step
        if not isinstance(other, int) or isinstance(other, bool) or not 0 <= other < len(self._components):
            where = "before" if step == 0 else "after"
            raise errors.PipelineError(
                f"There is no component {other!r} to add one {where}. There is: "
                f"{_listed(self.component_names)}."
            )
        return other + step


class DisabledPipes(list[str]):
    """Names of components that were switched off; leaving the ``with`` block, or ``restore()``, switches
    them on.
    """

    def __init__(self, nlp: PipeManagement, names: Iterable[str]) -> None:
        super().__init__(names)
        self.nlp = nlp
        for name in self:
            nlp.disable_pipe(name)

    def __enter__(self) -> DisabledPipes:
        return self

    def __exit__(self, *args: Any) -> None:
        self.restore()

    def restore(self) -> None:
        """Switch the components on again."""
        for name in self:
            if name in self.nlp.component_names:
                self.nlp.enable_pipe(name)
        self[:] = []


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
