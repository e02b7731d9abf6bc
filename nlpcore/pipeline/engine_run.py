"""Which components of a pipeline run together on the engine, and the Annotator that runs them.

A run begins with the encoder and goes on as long as components of this package follow that read it: one of
each kind, trained, on a CPU, and with nothing of their own put in the place of what the engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..record import Record
from ..util import add_note, available_cores
from .stream import blocks, in_order

if TYPE_CHECKING:
    from ..engine.annotator import Annotator
    from ..tokens import Doc
    from ..vocab import Vocab

Named = tuple[str, Any]

#: What a component may not have of its own: the engine would pass it by.
METHODS = ("__call__", "pipe", "predict", "set_annotations", "predict_vectors", "lemma")
#: How many Annotators a pipeline keeps: for all components, and with some of them switched off.
KEPT = 4


def in_stream(number: int) -> str:
    """What a note on an error says about where it happened."""
    return f"This happened in text {number} of the stream, counted from 0."


class Entry:
    """One text of a stream: its number, the text or Doc itself, and what belongs to it."""

    __slots__ = ("context", "item", "number")

    def __init__(self, number: int, item: str | Doc, context: Any = None) -> None:
        self.number = number
        self.item = item
        self.context = context

    @property
    def n_chars(self) -> int:
        return len(self.item if isinstance(self.item, str) else self.item.text)


class EngineRun(Record):
    """Components ``first`` to ``end`` of a pipeline, on the engine.

    alone: a Doc of a text or Doc, by the components themselves; or None, where they left it out.
    """

    first: int
    end: int
    annotator: Annotator
    alone: Callable[[str | Doc], Doc | None]

    def takes(self, item: str | Doc) -> bool:
        """Whether it does a text or Doc at all: texts only at the beginning of a pipeline."""
        return not isinstance(item, str) or (self.first == 0 and self.annotator.stages.tokenizer is not None)

    def attempt(self, item: str | Doc) -> Doc | None:
        """The annotated Doc of a text or Doc; None where the components themselves must see what is wrong."""
        try:
            return self.annotator.annotate([item])[0]
        except Exception:
            return None

    def stream(self, entries: Iterable[Entry], batch_size: int, threads: int | None) -> Iterator[Doc]:
        """The annotated Docs of a stream, in order; each with its ``_context``."""
        source = blocks(entries, lambda entry: entry.n_chars, batch_size)
        return in_order(source, self.annotated, self.one_by_one, threads or available_cores())

    def annotated(self, block: list[Entry]) -> list[Doc]:
        docs = self.annotator.annotate([entry.item for entry in block])
        for doc, entry in zip(docs, block, strict=True):
            doc._context = entry.context
        return docs

    def one_by_one(self, block: list[Entry]) -> Iterator[Doc]:
        """One text's error must not take the others with it."""
        for entry in block:
            try:
                doc = self.attempt(entry.item)
                doc = self.alone(entry.item) if doc is None else doc
            except Exception as e:
                add_note(e, in_stream(entry.number))
                raise
            if doc is not None:
                doc._context = entry.context
                yield doc


class EngineRuns:
    """The Annotators of one pipeline, made when they are needed and again when something changed."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Annotator] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return EngineRuns, ()  # a copy of the pipeline has components, and so Annotators, of its own

    def find(
        self, vocab: Vocab, tokenizer: Any, components: Sequence[Named]
    ) -> tuple[int, int, Annotator] | None:
        """(first component, the one behind the last, Annotator) of the first run; None: there is none."""
        first = next((i for i, (_, pipe) in enumerate(components) if type(pipe).__name__ == "Tok2Vec"), None)
        run = [] if first is None else run_from(components, first)
        if first is None or not run:
            return None
        compiled = getattr(tokenizer, "compiled", None)
        matcher = compiled() if compiled is not None else None
        # The Annotator keeps alive what has these ids, so that nothing else can get them.
        key: list[Any] = [id(matcher), getattr(tokenizer, "version", None)]
        for pipe in run:
            key += [id(pipe.engine()), *table_key(pipe)]
        annotator = self._made.get(tuple(key))
        if annotator is None or not annotator.fits:
            annotator = build(vocab, matcher, run)
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            self._made[tuple(key)] = annotator
        return first, first + len(run), annotator


#: Classes that the engine knows, and where they are from.
CLASSES = {
    "Tok2Vec": "nlpcore.pipeline.tok2vec",
    "Tagger": "nlpcore.pipeline.tagger",
    "Morphologizer": "nlpcore.pipeline.morphologizer",
    "Lemmatizer": "nlpcore.pipeline.lemmatizer",
    "DependencyParser": "nlpcore.pipeline.parser",
    "EntityRecognizer": "nlpcore.pipeline.ner",
}
#: A component -> what reads its annotation, and must not stand before it.
READ_BY = {"Morphologizer": "Lemmatizer", "DependencyParser": "EntityRecognizer"}


def run_from(components: Sequence[Named], first: int) -> list[Any]:
    """The components of the run that begins at ``first``."""
    run: list[Any] = []
    kinds: set[str] = set()
    for _, pipe in components[first:]:
        kind = type(pipe).__name__
        if kind in kinds or READ_BY.get(kind) in kinds or not can_run(pipe):
            break
        if run and pipe._width != run[0].width:
            break
        run.append(pipe)
        kinds.add(kind)
    return run


def can_run(pipe: Any) -> bool:
    """Whether the engine can do what a component does."""
    if CLASSES.get(type(pipe).__name__) != type(pipe).__module__ or any(
        name in vars(pipe) for name in METHODS
    ):
        return False
    if not pipe.is_ready or pipe.own_tok2vec is not None or pipe.engine() is None:
        return False
    # A classifier has at least one class, and the engine's lemmatizer at most so many.
    return 0 < len(getattr(pipe, "_labels", "1")) < 2**15


def table_key(pipe: Any) -> tuple[int, ...]:
    """What else than the weights a component's stage is made from, and a user may replace."""
    lookup = getattr(pipe, "lookup", None)
    return () if lookup is None else (id(lookup), len(lookup), len(pipe.rules))


def build(vocab: Vocab, matcher: Any, run: Sequence[Any]) -> Annotator:
    from ..engine.annotator import Annotator
    from ..engine.stages import Stages

    encoder = run[0].engine()
    stages = Stages(encoder=encoder, margin=encoder.reach, tokenizer=matcher)
    for pipe in run[1:]:
        pipe.add_stage(stages)
    return Annotator(vocab, stages)
