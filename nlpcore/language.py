"""The pipeline object: text in, annotated Docs out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.lang.defaults import BaseDefaults
from nlpcore.pipeline import settings
from nlpcore.pipeline.engine_run import EngineRun, EngineRuns, Entry
from nlpcore.pipeline.pipe_management import Component, DisabledPipes, PipeManagement
from nlpcore.util import add_note, copy_config, error_handler_of, raise_error

if TYPE_CHECKING:
    from nlpcore.config import Config
    from nlpcore.scorer import Scorer
    from nlpcore.tokens import Doc
    from nlpcore.training import Example
    from nlpcore.vocab import Vocab

__all__ = ["BaseDefaults", "DisabledPipes", "Language"]


class Language(PipeManagement):
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

    # -- annotating ---------------------------------------------------------------------------------------

    def __call__(
        self,
        text: str | Doc | bytes,
        *,
        disable: Iterable[str] = (),
        component_cfg: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Doc:
        """Annotate one text.

        text: the text, or a Doc (or its bytes) to run the components on.
        disable: names of components to leave out this time.
        component_cfg: name of a component -> keyword arguments for it.

        Returns the Doc. Raises BadInput or NotADoc (ValueErrors), and what a component raises.
        """
        cfg = component_cfg or {}
        components = [(name, proc) for name, proc in self.pipeline if name not in disable]
        item = self._checked_input(text)
        run = self._engine_run(components, cfg)
        doc = run.attempt(item) if run is not None and run.first == 0 and run.takes(item) else None
        if doc is not None and run is not None:
            return self._one_by_one(doc, components[run.end :], cfg)
        return self._one_by_one(self._ensure_doc(item), components, cfg)

    def _one_by_one(
        self, doc: Doc, components: Iterable[tuple[str, Any]], cfg: Mapping[str, Mapping[str, Any]]
    ) -> Doc:
        """One Doc, after each component in turn."""
        for name, proc in components:
            if not callable(proc):
                raise errors.PipelineError(
                    f"The pipeline component {name!r} is {type(proc).__name__}, which cannot be called."
                )
            try:
                result = proc(doc, **cfg.get(name, {}))
            except Exception as e:
                error_handler_of(proc, self.default_error_handler)(name, proc, [doc], e)
            else:
                doc = _checked(name, result)
        return doc

    def pipe(
        self,
        texts: Iterable[Any],
        *,
        as_tuples: bool = False,
        batch_size: int | None = None,
        disable: Iterable[str] = (),
        component_cfg: Mapping[str, Mapping[str, Any]] | None = None,
        threads: int | None = None,
        n_process: int = 1,
    ) -> Iterator[Any]:
        """Annotate a stream of texts lazily and in order, much faster than one by one.

        texts: texts or Docs; with ``as_tuples``, pairs of one and anything that belongs to it.
        batch_size: how many Docs a component gets at once, and so how far the stream is read ahead.
        disable, component_cfg: as for a single text.
        threads: how many threads the trained components run on; None: one for each core that this process may use.
            Texts are read and other components run in the caller's thread. The annotations do not depend on it.
        n_process: accepted for those who come from elsewhere; all work is done in this process.

        Yields Docs, or pairs (Doc, what belonged to the text). Errors are those of a single text, raised where its
        Doc would have come, with a note that says which text it was; of what the stream of texts raises, too.
        """
        if threads is not None and threads < 1:
            raise errors.BadThreads(threads=threads)
        if not as_tuples:
            entries = (Entry(i, self._checked_input(text)) for i, text in enumerate(texts))
            yield from self._stream(entries, batch_size, disable, component_cfg, threads)
            return
        pairs = enumerate(texts)
        entries = (Entry(i, self._checked_input(text), context) for i, (text, context) in pairs)
        for doc in self._stream(entries, batch_size, disable, component_cfg, threads):
            context, doc._context = doc._context, None
            yield doc, context

    def _stream(
        self,
        entries: Iterator[Entry],
        batch_size: int | None,
        disable: Iterable[str],
        component_cfg: Mapping[str, Mapping[str, Any]] | None,
        threads: int | None,
    ) -> Iterator[Doc]:
        """The Docs, after each component in turn; a run of components that the engine knows is one step."""
        cfg = component_cfg or {}
        disable = list(disable)
        components = [(name, proc) for name, proc in self.pipeline if name not in disable]
        size = batch_size or self.batch_size
        run = self._engine_run(components, cfg)
        if run is None:
            return self._through_all((self._entered(e) for e in entries), components, cfg, size)
        if not run.takes("") or run.first > 0:
            docs = self._through_all((self._entered(e) for e in entries), components[: run.first], cfg, size)
            entries = (Entry(i, doc, doc._context) for i, doc in enumerate(docs))
        return self._through_all(run.stream(entries, size, threads), components[run.end :], cfg, size)

    def _engine_run(
        self, components: Sequence[tuple[str, Any]], cfg: Mapping[str, Any]
    ) -> EngineRun | None:
        """What of the components runs on the engine at once; those with arguments of their own do not."""
        plain = [(name, None if cfg.get(name) else proc) for name, proc in components]
        own_make_doc = "make_doc" in vars(self) or type(self).make_doc is not Language.make_doc
        found = self._engine_runs.find(self.vocab, None if own_make_doc else self.tokenizer, plain)
        if found is None:
            return None
        first, end, annotator = found

        def alone(item: str | Doc) -> Doc | None:
            docs = self._through_all(iter([self._ensure_doc(item)]), components[first:end], {}, 1)
            return next(docs, None)

        return EngineRun(first, end, annotator, alone)

    def _through_all(
        self,
        docs: Iterator[Doc],
        components: Iterable[tuple[str, Any]],
        cfg: Mapping[str, Mapping[str, Any]],
        batch_size: int,
    ) -> Iterator[Doc]:
        """The Docs, after these components."""
        for name, proc in components:
            docs = self._through(docs, name, proc, {"batch_size": batch_size, **cfg.get(name, {})})
        return docs

    def _through(self, docs: Iterator[Doc], name: str, proc: Any, arguments: dict[str, Any]) -> Iterator[Doc]:
        """The Docs, after one component."""
        from nlpcore.tokens import Doc

        if hasattr(proc, "pipe"):
            source = _Marked(docs)
            try:
                for doc in proc.pipe(source, **arguments):
                    yield doc if isinstance(doc, Doc) else _checked(name, doc)
            except Exception as e:
                # What the stream itself raised, or an earlier component, is not this component's doing.
                if e is not source.error and not isinstance(e, errors.NotADoc):
                    add_note(e, f"This happened in the pipeline component {name!r}.")
                raise
            return
        del arguments["batch_size"]
        handler = error_handler_of(proc, self.default_error_handler)
        for doc in docs:
            try:
                result = proc(doc, **arguments)
            except Exception as e:
                handler(name, proc, [doc], e)
            else:
                yield _checked(name, result)

    def make_doc(self, text: str) -> Doc:
        """Tokenize a text, of any length, without running components."""
        return self.tokenizer(text)

    def _checked_input(self, text: Any) -> str | Doc:
        """A text or a Doc; the Doc of bytes. Raises BadInput for anything else."""
        from nlpcore.tokens import Doc

        if isinstance(text, (str, Doc)):
            return text
        if isinstance(text, bytes):
            return Doc(self.vocab).from_bytes(text)
        raise errors.BadInput(type=type(text).__name__)

    def _ensure_doc(self, text: Any) -> Doc:
        item = self._checked_input(text)
        return self.make_doc(item) if isinstance(item, str) else item

    def _entered(self, entry: Entry) -> Doc:
        """The Doc of a text that enters the pipeline."""
        doc = self._ensure_doc(entry.item)
        doc._context = entry.context
        return doc

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
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Any = None
    ) -> Any:
        """Make all components ready for training: labels, sizes and first weights.

        get_examples: function without arguments that gives Examples; labels and sizes are taken from them.
        sgd: an optimizer; else a new one.

        Returns the optimizer. Raises TypeError for anything else than such a function.
        """
        from nlpcore.training import Example

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
        """Go on training components that are ready: returns the optimizer, a new one unless given."""
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        return self._optimizer

    def create_optimizer(self) -> Any:
        """A new optimizer (Adam) with the settings that suit these components."""
        from thinc.api import Adam

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
        from nlpcore.tokens import Doc
        from nlpcore.training import Example

        examples = [
            Example(
                Doc(
                    eg.predicted.vocab,
                    words=[token.text for token in eg.predicted],
                    spaces=[bool(token.whitespace_) for token in eg.predicted],
                ),
                eg.reference,
            )
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


class _Marked:
    """An iterator that remembers the error that it raised, to tell it from errors of who reads it."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self.error: BaseException | None = None

    def __iter__(self) -> _Marked:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._items)
        except StopIteration:
            raise
        except BaseException as e:
            self.error = e
            raise


def _checked(name: str, result: Any) -> Doc:
    from nlpcore.tokens import Doc

    if not isinstance(result, Doc):
        raise errors.NotADoc(name=name, type=type(result).__name__)
    return result


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
