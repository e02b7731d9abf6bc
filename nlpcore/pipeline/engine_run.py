"""Which components of a pipeline run together on the engine, and the Annotators that run them.

A run begins with the encoder and goes on as long as components of this package follow that read it: one of
each kind, trained, on a CPU, and with nothing of their own put in the place of what the engine does. Entity
recognizers with encoders of their own may follow, each with an Annotator of its own.
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
#: How many Annotators a pipeline keeps: for all components, with some of them switched off, and followers.
KEPT = 6


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

    followers: the Annotators of recognizers that come after those of ``annotator``, and see their Docs.
    alone: a Doc of a text or Doc, by the components themselves; or None, where they left it out.
    """

    first: int
    end: int
    annotator: Annotator
    alone: Callable[[str | Doc], Doc | None]
    followers: list[Annotator] = []  # noqa: RUF012 (copied)

    def takes(self, item: str | Doc) -> bool:
        """Whether it does a text or Doc at all: texts only at the beginning of a pipeline."""
        return not isinstance(item, str) or (self.first == 0 and self.annotator.stages.tokenizer is not None)

    def attempt(self, item: str | Doc) -> Doc | None:
        """The annotated Doc of a text or Doc; None where the components themselves must see what is wrong."""
        try:
            return self.all_annotated([item])[0]
        except Exception:
            return None

    def all_annotated(self, items: list[str | Doc]) -> list[Doc]:
        docs = self.annotator.annotate(items)
        for follower in self.followers:
            follower.annotate([*docs])
        return docs

    def stream(self, entries: Iterable[Entry], batch_size: int, threads: int | None) -> Iterator[Doc]:
        """The annotated Docs of a stream, in order; each with its ``_context``."""
        source = blocks(entries, lambda entry: entry.n_chars, batch_size)
        return in_order(source, self.annotated, self.one_by_one, threads or available_cores())

    def annotated(self, block: list[Entry]) -> list[Doc]:
        docs = self.all_annotated([entry.item for entry in block])
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
            annotator = self._keep(tuple(key), build(vocab, run, tokenizer=matcher))
        return first, first + len(run), annotator

    def _keep(self, key: tuple[Any, ...], annotator: Annotator) -> Annotator:
        """Those that were made first are let go: weights that training changes would make more and more."""
        self._made.pop(key, None)
        while len(self._made) >= KEPT:
            oldest = next(iter(list(self._made)), key)
            self._made.pop(oldest, None)
        self._made[key] = annotator
        return annotator

    def followers(self, vocab: Vocab, components: Sequence[Named]) -> list[Annotator]:
        """The Annotators of the recognizers that these components begin with."""
        found: list[Annotator] = []
        for _, pipe in components:
            if not can_follow(pipe):
                break
            key = ("follower", id(pipe.engine()), id(pipe.own_tok2vec.engine()))
            annotator = self._made.get(key)
            if annotator is None or not annotator.fits:
                annotator = self._keep(key, build(vocab, [pipe.own_tok2vec, pipe], leaves_vectors=False))
            found.append(annotator)
        return found


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


def is_as_made(pipe: Any) -> bool:
    """Whether a component is one of this package's, with nothing of its own where the engine passes it by."""
    made_in = CLASSES.get(type(pipe).__name__)
    return made_in == type(pipe).__module__ and not any(name in vars(pipe) for name in METHODS)


def can_run(pipe: Any) -> bool:
    """Whether the engine can do what a component does."""
    if not is_as_made(pipe) or not pipe.is_ready or pipe.own_tok2vec is not None or pipe.engine() is None:
        return False
    # A classifier has at least one class, and the engine's lemmatizer at most so many.
    return 0 < len(getattr(pipe, "_labels", "1")) < 2**15


def can_follow(pipe: Any) -> bool:
    """Whether a component is a recognizer that the engine can run with its own encoder."""
    own: Any = getattr(pipe, "own_tok2vec", None)
    if type(pipe).__name__ != "EntityRecognizer" or own is None:
        return False
    if not all(is_as_made(part) and part.is_ready and part.engine() is not None for part in (pipe, own)):
        return False
    return pipe._width == own.width and bool(pipe._labels)


def table_key(pipe: Any) -> tuple[int, ...]:
    """What else than the weights a component's stage is made from, and a user may replace."""
    lookup = getattr(pipe, "lookup", None)
    return () if lookup is None else (id(lookup), len(lookup), len(pipe.rules))


def build(vocab: Vocab, run: Sequence[Any], **settings: Any) -> Annotator:
    """The Annotator of an encoder's component and of those that read it; settings: of its ``Stages``."""
    from ..engine.annotator import Annotator
    from ..engine.stages import Stages

    encoder = run[0].engine()
    stages = Stages(encoder=encoder, margin=encoder.reach, **settings)
    for pipe in run[1:]:
        pipe.add_stage(stages)
    return Annotator(vocab, stages)
