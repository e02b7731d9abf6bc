"""The pipeline object: text in, annotated Docs out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.lang.defaults import BaseDefaults
from nlpcore.pipeline import settings
from nlpcore.pipeline.annotating import Annotating
from nlpcore.pipeline.engine_run import EngineRuns
from nlpcore.pipeline.pipe_management import Component, DisabledPipes
from nlpcore.util import copy_config, raise_error

if TYPE_CHECKING:
    from nlpcore.config import Config
    from nlpcore.scorer import Scorer
    from nlpcore.tokens import Doc
    from nlpcore.training import Example
    from nlpcore.vocab import Vocab

__all__ = ["BaseDefaults", "DisabledPipes", "Language"]


class Language(Annotating):
    """A tokenizer and a list of components that share one vocab.

    vocab: a Vocab to share, or True for a fresh one with the language's data.
    max_length: kept for those who read it; texts of any length are processed.
    meta: name, version, licence and so on, see ``meta``.
    create_tokenizer: ``nlp -> tokenizer``, in place of the language's own.
    batch_size: how many Docs ``pipe`` hands to a component at once, unless told otherwise.
    """

    lang: str | None = None
    Defaults: type[BaseDefaults] = BaseDefaults
    default_config: dict[str, Any] = settings.DEFAULT_CONFIG

    def __init__(
        self,
        vocab: Vocab | bool = True,
        *,
        max_length: int = 10**6,
        meta: Mapping[str, Any] | None = None,
        create_tokenizer: Callable[[Language], Callable[[str], Doc]] | None = None,
        create_vectors: Callable[[Vocab], Any] | None = None,
        batch_size: int = 1000,
        **kwargs: Any,
    ) -> None:
        self._meta: dict[str, Any] = dict(meta or {})
        self._config = copy_config(self.default_config)
        self._components: list[tuple[str, Component]] = []
        self._engine_runs = EngineRuns()
        self._disabled: set[str] = set()
        self._pipe_meta = {}
        self._pipe_configs = {}
        self._path: Path | None = None
        self._optimizer: Any = None
        # The pipeline that ``rehearse`` teaches to be: its settings and bytes, until it is asked for.
        self._original: tuple[Any, bytes] | Language | None = None
        self.default_error_handler: Callable[..., Any] = raise_error
        if not isinstance(vocab, bool):
            _check_vocab(vocab)
        self.vocab = _create_vocab(self.lang, self.Defaults) if vocab is True else vocab  # type: ignore[assignment]
        if create_vectors is not None:
            self.vocab.vectors = create_vectors(self.vocab)
        self.tokenizer: Callable[[str], Doc] = (create_tokenizer or _create_tokenizer)(self)
        self.max_length = max_length
        self.batch_size = batch_size

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "default_config" not in cls.__dict__ and "Defaults" in cls.__dict__:
            cls.default_config = settings.merged(settings.DEFAULT_CONFIG, getattr(cls.Defaults, "config", {}))
            cls.default_config["nlp"]["lang"] = cls.lang

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} {list(self.pipe_names)}>"

    def analyze_pipes(
        self,
        *,
        keys: Iterable[str] = ("assigns", "requires", "scores", "retokenizes"),
        pretty: bool = False,
    ) -> dict[str, Any] | None:
        """What each component reads and writes, and which read what none before them writes.

        Returns ``{"summary": ..., "problems": ..., "attrs": ...}``; with ``pretty``, prints a table instead.
        """
        from nlpcore.pipeline.analysis import analyze, show

        analysis = analyze(self, list(keys))
        if pretty:
            show(analysis, list(keys))
            return None
        return analysis

    # -- training -----------------------------------------------------------------------------------------

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]] | None = None,
        *,
        sgd: Any = None,
        overwrite: bool = False,
    ) -> Any:
        """Make all components ready for training: labels, sizes and first weights.

        get_examples: function without arguments that gives Examples; labels and sizes are taken from them.
        sgd: an optimizer; else a new one. overwrite: allow that what a loaded model has learned is lost.

        Returns the optimizer. Raises TypeError for anything else than such a function, and WouldForget (a
        ValueError) for a loaded model, unless ``overwrite`` is given.
        """
        from nlpcore.training import Example

        learned = [name for name, proc in self.pipeline if getattr(proc, "is_loaded", False)]
        if learned and not overwrite:
            raise errors.WouldForget(names=", ".join(learned))
        if get_examples is None:
            dummy = Example.from_dict(self.make_doc("x y z"), {})

            def get_examples() -> Iterable[Example]:
                return [dummy]

        elif not callable(get_examples):
            raise errors.BadExamples(
                method="initialize", found=f"{type(get_examples).__name__} (a function is needed)"
            )
        given = self._config.get("initialize", {}).get("components", {})
        for name, proc in self.pipeline:
            if hasattr(proc, "initialize"):
                arguments = settings.initialize_arguments(name, proc.initialize, given.get(name, {}))
                proc.initialize(get_examples, nlp=self, **arguments)
        self._changed()
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        return self._optimizer

    def begin_training(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Any = None
    ) -> Any:
        """An older name of ``initialize``."""
        return self.initialize(get_examples, sgd=sgd)

    def resume_training(self, *, sgd: Any = None) -> Any:
        """Go on training components that are ready: returns the optimizer, a new one unless given.

        What the pipeline can do now is what ``rehearse`` teaches from here on.
        """
        self._original = self.config.copy(), self.to_bytes(exclude=["vocab"])
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        return self._optimizer

    def create_optimizer(self) -> Any:
        """A new optimizer (Adam) with the settings that suit these components."""
        from nlpcore.training.optimizer import Adam

        return Adam(0.001, beta1=0.9, beta2=0.999, eps=1e-8, L2=0.01, grad_clip=1.0, L2_is_weight_decay=True)

    def update(
        self,
        examples: Iterable[Example],
        _: Any = None,
        *,
        drop: float = 0.0,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
        component_cfg: Mapping[str, Mapping[str, Any]] | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
    ) -> dict[str, float]:
        """Teach all trainable components one batch; those that share a tok2vec teach it together.

        drop: share of the units to drop.
        sgd: the optimizer; else the pipeline's own.
        losses: dict to add each component's loss to.
        exclude: names of components to leave as they are.
        annotates: names of components whose annotations the later ones are to see.

        Returns the losses. Raises BadExamples (TypeError and ValueError) for anything but Examples.
        """
        if _ is not None:
            raise errors.BadExamples(
                "Language.update takes one list of Example objects, which hold text and gold, not texts and "
                "annotations apart: make each with Example.from_dict(doc, annotations)."
            )
        losses = {} if losses is None else losses
        exclude = list(exclude)
        examples = _checked_examples("update", examples)
        learners = [name for name, proc in self.pipeline if name not in exclude and hasattr(proc, "update")]
        if not examples or not learners:
            return losses
        from nlpcore.training.update import joint_update

        if sgd is None:
            self._optimizer = sgd = self._optimizer or self.create_optimizer()
        joint_update(
            self,
            examples,
            drop=drop,
            sgd=sgd,
            losses=losses,
            exclude=list(exclude),
            annotates=list(annotates),
        )
        return losses

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
        component_cfg: Mapping[str, Mapping[str, Any]] | None = None,
        exclude: Iterable[str] = (),
    ) -> dict[str, float]:
        """Teach what the pipeline gave when ``resume_training`` was called, so that it does not forget.

        examples: their texts count alone: such as the model was made for (Robins 1995). See ``update`` for
        the other arguments. Returns the losses. Raises RehearsalError (a ValueError) where there was no such
        call, and what ``update`` raises.
        """
        if self._original is None:
            reason = "there is nothing to keep: call nlp.resume_training() before the first update"
            raise errors.RehearsalError(reason=reason)
        from nlpcore.training.keeping import outputs_of

        texts = [example.predicted for example in _checked_examples("rehearse", examples)]
        if isinstance(self._original, tuple):
            config, data = self._original
            self._original = type(self).from_config(config, vocab=self.vocab).from_bytes(data)
        return self.update(
            outputs_of(self._original, texts),
            sgd=sgd,
            losses=losses,
            component_cfg=component_cfg,
            exclude=exclude,
        )

    def evaluate(
        self,
        examples: Iterable[Example],
        *,
        batch_size: int | None = None,
        scorer: Scorer | None = None,
        component_cfg: Mapping[str, Mapping[str, Any]] | None = None,
        scorer_cfg: Mapping[str, Any] | None = None,
        per_component: bool = False,
    ) -> dict[str, Any]:
        """Annotate the tokens of the Examples' predicted Docs afresh and score them.

        Returns the scores by name, and ``speed`` in words a second; ``per_component`` puts each component's
        scores into a dict of their own. Raises BadExamples (TypeError and ValueError) for anything but
        Examples.
        """
        from nlpcore.scorer import Scorer
        from nlpcore.tokens._docs import bare_copy
        from nlpcore.training import Example

        examples = [
            Example(bare_copy(eg.predicted), eg.reference, known_entity_labels=eg.known_entity_labels)
            for eg in _checked_examples("evaluate", examples)
        ]
        if scorer is None:
            scorer = Scorer(nlp=self, **dict(scorer_cfg or {}))
        start = time.perf_counter()
        docs = self.pipe(
            (eg.predicted for eg in examples), batch_size=batch_size, component_cfg=component_cfg
        )
        n_words = 0
        for eg, doc in zip(examples, docs, strict=True):
            eg.predicted = doc
            n_words += len(doc)
        seconds = time.perf_counter() - start
        scores = scorer.score(examples, per_component=per_component)
        scores["speed"] = n_words / seconds if seconds > 0 else 0.0
        return scores

    @contextmanager
    def use_params(self, params: dict[Any, Any] | None) -> Iterator[None]:
        """Inside the block, components use these weights (an optimizer's averages, say) instead of their
        own.
        """
        with ExitStack() as stack:
            for _, proc in self.pipeline if params else ():
                if hasattr(proc, "use_params"):
                    stack.enter_context(proc.use_params(params))
            yield

    @contextmanager
    def memory_zone(self, mem: Any = None) -> Iterator[Any]:
        """Accepted for those who come from elsewhere; annotating keeps no memory here, so there is nothing
        to free.
        """
        yield mem

    # -- what it is ---------------------------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """Where the pipeline was loaded from."""
        return self._path

    @property
    def meta(self) -> dict[str, Any]:
        """Name, version, licence, labels and so on; a dict that may be changed.

        What follows from the pipeline itself (``labels``, ``pipeline``, ``components``, ``disabled`` …) is
        filled in anew each time it is read.
        """
        return settings.fill_meta(self)

    @meta.setter
    def meta(self, value: dict[str, Any]) -> None:
        self._meta = value

    @property
    def config(self) -> Config:
        """All settings: sections ``nlp``, ``components``, ``training``, ``initialize`` … as nested dicts."""
        return settings.fill_config(self)

    @config.setter
    def config(self, value: Mapping[str, Any]) -> None:
        self._config = copy_config(dict(value))

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any] | None = None,
        *,
        vocab: Vocab | bool = True,
        disable: str | Iterable[str] = (),
        enable: str | Iterable[str] = (),
        exclude: str | Iterable[str] = (),
        meta: Mapping[str, Any] | None = None,
        auto_fill: bool = True,
        validate: bool = True,
    ) -> Language:
        """Build a pipeline from settings such as ``config`` gives; weights come later,
        by ``from_disk`` and its like.

        disable, enable, exclude: see ``nlpcore.load``.
        auto_fill: accepted; what the settings leave out always gets its default.

        Raises PipelineError (a ValueError) for settings that make no pipeline.
        """
        return settings.build(
            cls,
            config or {},
            vocab=vocab,
            disable=disable,
            enable=enable,
            exclude=exclude,
            meta=meta or {},
            validate=validate,
        )

    # -- storage ------------------------------------------------------------------------------------------

    def to_bytes(self, *, exclude: str | Iterable[str] = ()) -> bytes:
        """The whole pipeline as bytes in the format of ``docs/model-format.md``.

        exclude: names of components, or ``vocab``, ``tokenizer``, to leave out.
        """
        from nlpcore.models.pipeline_io import dump_pipeline

        return dump_pipeline(self, exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: str | Iterable[str] = ()) -> Language:
        """Take over what ``to_bytes`` gave, for the components that this pipeline has. Returns self.

        Raises ModelDataError (a ValueError) for bytes that are not whole and sound.
        """
        from nlpcore.models.pipeline_io import restore_pipeline

        return restore_pipeline(self, bytes_data, exclude)

    def to_disk(self, path: str | os.PathLike[str], *, exclude: str | Iterable[str] = ()) -> None:
        """Write the pipeline to a directory, whole or not at all: an older one there stays until then.

        Raises OSError.
        """
        from nlpcore.models.pipeline_io import write_pipeline

        write_pipeline(self, Path(path), exclude)

    def from_disk(
        self,
        path: str | os.PathLike[str],
        *,
        exclude: str | Iterable[str] = (),
        overrides: Mapping[str, Any] | None = None,
    ) -> Language:
        """Take over what ``to_disk`` wrote, for the components that this pipeline has. Returns self.

        Raises OSError, and ModelDataError (a ValueError) for files that are not whole and sound.
        """
        from nlpcore.models.pipeline_io import read_pipeline

        self._path = Path(path)
        read_pipeline(self, self._path, exclude)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and deepcopy: components that store themselves do so by ``get_state``."""
        from nlpcore.models.pipeline_io import picklable_state

        return picklable_state(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        from nlpcore.models.pipeline_io import set_picklable_state

        set_picklable_state(self, state)


def _checked_examples(method: str, examples: Any) -> list[Example]:
    from nlpcore.training import Example

    if isinstance(examples, (str, bytes, Mapping)) or not isinstance(examples, Iterable):
        raise errors.BadExamples(method=method, found=type(examples).__name__)
    examples = list(examples)
    wrong = sorted({type(eg).__name__ for eg in examples if not isinstance(eg, Example)})
    if wrong:
        raise errors.BadExamples(method=method, found=f"a list with {', '.join(wrong)}")
    return examples


def _check_vocab(vocab: Any) -> None:
    from nlpcore.vocab import Vocab

    if not isinstance(vocab, Vocab):
        raise errors.PipelineError(
            f"The vocab of a pipeline must be a Vocab, or True for a new one, not {vocab!r:.80}."
        )


def _create_vocab(lang: str | None, defaults: type[BaseDefaults]) -> Vocab:
    from nlpcore.vocab import create_vocab

    return create_vocab(lang, defaults)


def _create_tokenizer(nlp: Language) -> Callable[[str], Doc]:
    from nlpcore.tokenizer import create_tokenizer

    return create_tokenizer(nlp.vocab, nlp.Defaults)
