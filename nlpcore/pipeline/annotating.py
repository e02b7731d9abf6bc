"""How a pipeline annotates: one text, or a stream of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.pipeline.engine_run import EngineRun, EngineRuns, Entry, in_stream
from nlpcore.pipeline.pipe_management import PipeManagement
from nlpcore.util import add_note, error_handler_of

if TYPE_CHECKING:
    from nlpcore.tokens import Doc
    from nlpcore.vocab import Vocab


class Annotating(PipeManagement):
    """A tokenizer and components, and what goes through them.

    Components that the engine knows run on it, several at once (``engine_run``); all others one after
    another.
    """

    vocab: Vocab
    tokenizer: Callable[[str], Doc]
    batch_size: int
    default_error_handler: Callable[..., Any]
    _engine_runs: EngineRuns

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
        threads: how many threads the trained components run on; None: one for each core that this process may
        use. Texts are read and other components run in the caller's thread. The annotations do not depend on
        it.
        n_process: accepted for those who come from elsewhere; all work is done in this process.

        Yields Docs, or pairs (Doc, what belonged to the text). Errors are those of a single text, raised
        where its Doc would have come, with a note that says which text it was; of what the stream of texts
        raises, too.
        """
        if threads is not None and threads < 1:
            raise errors.BadThreads(threads=threads)
        docs = self._stream(self._entries(texts, as_tuples), batch_size, disable, component_cfg, threads)
        if not as_tuples:
            yield from docs
            return
        for doc in docs:
            context, doc._context = doc._context, None
            yield doc, context

    def _entries(self, texts: Iterable[Any], as_tuples: bool) -> Iterator[Entry]:
        """The texts of a stream, numbered, each with what belongs to it."""
        for number, text in enumerate(texts):
            context = None
            if as_tuples:
                text, context = text
            try:
                item = self._checked_input(text)
            except Exception as e:
                add_note(e, in_stream(number))
                raise
            yield Entry(number, item, context)

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

    def _engine_run(self, components: Sequence[tuple[str, Any]], cfg: Mapping[str, Any]) -> EngineRun | None:
        """What of the components runs on the engine at once; those with arguments of their own do not."""
        plain = [(name, None if cfg.get(name) else proc) for name, proc in components]
        own_make_doc = "make_doc" in vars(self) or type(self).make_doc is not Annotating.make_doc
        found = self._engine_runs.find(self.vocab, None if own_make_doc else self.tokenizer, plain)
        if found is None:
            return None
        first, end, annotator = found
        followers = self._engine_runs.followers(self.vocab, plain[end:])
        end += len(followers)

        def alone(item: str | Doc) -> Doc | None:
            docs = self._through_all(iter([self._ensure_doc(item)]), components[first:end], {}, 1)
            return next(docs, None)

        return EngineRun(first, end, annotator, alone, followers)

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
