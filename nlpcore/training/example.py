"""Example: a Doc as the pipeline sees it beside the Doc as it should be.

The two may split the text differently; whatever is read through the Example is the reference's annotation
on the predicted tokens. Annotation that the reference lacks, or that does not fit the predicted tokens, is
unknown (None, or the codes of `gold_arrays`), never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy

from .. import errors
from ..tokens import Doc, Span
from . import gold
from .alignment import Alignment, AlignmentArray
from .example_dict import doc_from_dict, example_to_dict


class Example:
    """A predicted Doc and its reference Doc.

    predicted: the Doc that components annotate; reference: the Doc with the right annotation.
    known_entity_labels: the entity types that the annotation speaks of, None for all: of other ones it says
    nothing, neither that there are entities nor that there are none.
    Raises TypeError unless both are Docs. That they are of the same text is checked when they are aligned.
    """

    __slots__ = ("_alignment", "_gold", "_sizes", "_x", "_y", "known_entity_labels")

    def __init__(
        self,
        predicted: Doc,
        reference: Doc,
        *,
        alignment: Alignment | None = None,
        known_entity_labels: Iterable[str] | None = None,
    ) -> None:
        for name, doc in (("predicted", predicted), ("reference", reference)):
            if not isinstance(doc, Doc):
                problem = f"`{name}` of an Example is a Doc, not {type(doc).__name__}"
                raise errors.ExampleTypeError(problem=problem)
        self._x = predicted
        self._y = reference
        if isinstance(known_entity_labels, str):
            problem = f"`known_entity_labels` are several labels, not the string {known_entity_labels!r}"
            raise errors.ExampleTypeError(problem=problem)
        self.known_entity_labels = None if known_entity_labels is None else frozenset(known_entity_labels)
        self._alignment = alignment
        self._sizes = (len(predicted), len(reference))
        self._gold: dict[str, numpy.ndarray] | None = None

    @classmethod
    def from_dict(cls, predicted: Doc, example_dict: dict[str, Any]) -> Example:
        """An Example whose reference has the predicted words, or those given, and the annotation given.

        Keys: words, spaces, tags, pos, morphs, lemmas, heads (absolute), deps, sent_starts, and for the Doc
        entities (offset triples or BILUO tags), spans, cats, links; also in the nested form of `to_dict`.
        Raises KeyError for other keys, ValueError for annotation that does not fit.
        """
        if example_dict is None:
            raise errors.ExampleError(problem="Example.from_dict takes a dict of annotation, not None")
        if not isinstance(predicted, Doc):
            problem = f"Example.from_dict takes a Doc, not {type(predicted).__name__}"
            raise errors.ExampleTypeError(problem=problem)
        if not isinstance(example_dict, dict):
            problem = f"Example.from_dict takes a dict of annotation, not {type(example_dict).__name__}"
            raise errors.ExampleTypeError(problem=problem)
        return cls(predicted, doc_from_dict(predicted, example_dict))

    # -- the two Docs ------------------------------------------------------------------------------------

    @property
    def predicted(self) -> Doc:
        return self._x

    @predicted.setter
    def predicted(self, doc: Doc) -> None:
        self._x = doc
        self._forget()

    @property
    def reference(self) -> Doc:
        return self._y

    @reference.setter
    def reference(self, doc: Doc) -> None:
        self._y = doc
        self._forget()

    x = predicted
    y = reference

    def _forget(self) -> None:
        self._alignment = None
        self._gold = None
        self._sizes = (len(self._x), len(self._y))

    @property
    def text(self) -> str:
        return self._x.text

    @property
    def alignment(self) -> Alignment:
        """Which predicted tokens cover which reference tokens. Raises AlignmentError (a ValueError)."""
        if self._alignment is None or self._sizes != (len(self._x), len(self._y)):
            self._forget()
            self._alignment = Alignment.from_docs(self._x, self._y)
        return self._alignment

    def copy(self) -> Example:
        return Example(self._x.copy(), self._y.copy(), known_entity_labels=self.known_entity_labels)

    def to_dict(self) -> dict[str, Any]:
        """The reference's annotation, in the form that `from_dict` takes."""
        return example_to_dict(self._y)

    def __repr__(self) -> str:
        return str(self.to_dict())

    __str__ = __repr__

    # -- fast access for training ------------------------------------------------------------------------

    def gold_arrays(self) -> dict[str, numpy.ndarray]:
        """The reference's annotation on the n predicted tokens, as arrays; made once and kept.

        ===========  ======  ==========================================================================
        heads        int32   absolute predicted token; itself for a root; -2 unknown
        deps         uint64  id of the relation; 0 unknown
        sent_starts  int8    1 starts a sentence, -1 does not, 0 unknown
        tags         uint64  id of the tag; 0 unknown
        pos          uint64  symbol id of the UPOS; 0 unknown
        morphs       uint64  id of the features; 0 unknown (no features: the id of "_")
        lemmas       uint64  id of the lemma; 0 unknown
        ent_iob      int8    0 unknown, 1 inside, 2 outside, 3 begins an entity
        ent_types    uint64  id of the entity's label; 0 where ent_iob is not 1 or 3
        ===========  ======  ==========================================================================

        Ids resolve through ``reference._string(id)``. The arrays are read-only. A reference that is changed
        after the first call is not read again.
        """
        alignment = self.alignment
        if self._gold is None:
            self._gold = gold.gold_arrays(self._y, alignment)
        return self._gold

    # -- annotation on the predicted tokens ---------------------------------------------------------------

    def get_aligned(self, field: str, as_string: bool = False) -> list[Any]:
        """An attribute of the reference's tokens for each predicted token.

        None where a predicted token covers no reference token, or several with different values.
        """
        values = self._y.to_array(field).tolist() if len(self._y) else []
        if as_string:
            names = {value: self._y._string(value) if value else "" for value in set(values)}
            if field == "POS":
                names = {token.pos: token.pos_ for token in self._y}
            values = [names[value] for value in values]
        align = self.alignment
        if align.is_identity:
            return values
        result = []
        for row in _rows(align.x2y):
            found = {values[i] for i in row}
            result.append(found.pop() if len(found) == 1 else None)
        return result

    def get_aligned_parse(self, projectivize: bool = True) -> tuple[list[int | None], list[str | None]]:
        """Heads (absolute predicted tokens; a root is its own) and relations, None where not aligned 1 to 1.

        projectivize: lift the arcs of non-projective trees and say so in the relation ("nmod||obl").
        """
        heads = [token.head.i for token in self._y]
        deps = [token.dep_ for token in self._y]
        if projectivize:
            from ..transition.projectivity import projectivize as lift

            heads, deps = lift(heads, deps)
        x2y, y2x = _rows(self.alignment.x2y), _rows(self.alignment.y2x)
        aligned_heads: list[int | None] = [None] * len(x2y)
        aligned_deps: list[str | None] = [None] * len(x2y)
        for i, row in enumerate(x2y):
            if len(row) == 1:
                aligned_deps[i] = deps[row[0]]
                back = y2x[heads[row[0]]]
                if len(back) == 1:
                    aligned_heads[i] = back[0]
        return aligned_heads, aligned_deps

    def get_aligned_sent_starts(self) -> list[bool | None]:
        """Whether each predicted token starts a sentence; all None if the reference has no sentences."""
        n = len(self._x)
        if not self._y.has_annotation("SENT_START"):
            return [None] * n
        starts: list[bool | None] = [False] * n
        y2x = _rows(self.alignment.y2x)
        for sentence in self._y.sents:
            for row in y2x[sentence.start : sentence.end]:
                if row:
                    starts[row[0]] = True
                    break
        return starts

    def get_aligned_spans_x2y(self, x_spans: Iterable[Span], allow_overlap: bool = False) -> list[Span]:
        """Spans of the reference that cover exactly the characters of `x_spans`; others are left out."""
        return self._aligned_spans(self._y, x_spans, self.alignment.x2y, self.alignment.y2x, allow_overlap)

    def get_aligned_spans_y2x(self, y_spans: Iterable[Span], allow_overlap: bool = False) -> list[Span]:
        """Spans of the predicted Doc that cover exactly the characters of `y_spans`; others are left out."""
        return self._aligned_spans(self._x, y_spans, self.alignment.y2x, self.alignment.x2y, allow_overlap)

    @staticmethod
    def _aligned_spans(
        target: Doc, spans: Iterable[Span], there: AlignmentArray, back: AlignmentArray, allow_overlap: bool
    ) -> list[Span]:
        found = []
        seen: set[int] = set()
        for span in spans:
            row = there[span.start : span.end]
            if not len(row):
                continue
            first, end = int(row[0]), int(row[-1]) + 1
            returned = back[first:end]
            if returned[0] < span.start or returned[-1] >= span.end:
                continue
            tokens = range(first, end)
            if not allow_overlap and not seen.isdisjoint(tokens):
                continue
            seen.update(tokens)
            copy = Span(target, first, end, label=span.label_, kb_id=span.kb_id_, span_id=span.id_)
            found.append(copy)
        return found

    def get_aligned_ents_and_ner(self) -> tuple[list[Span], list[str | None]]:
        """The reference's entities as spans of the predicted Doc, and BILUO tags; None for unknown tokens."""
        n = len(self._x)
        if not self._y.has_annotation("ENT_IOB"):
            return [], [None] * n
        names = [
            name if code else None
            for name, code in zip(
                self._biluo_of_aligned(), self.gold_arrays()["ent_iob"].tolist(), strict=True
            )
        ]
        return self.get_aligned_spans_y2x(self._y.ents, allow_overlap=False), names

    def get_aligned_ner(self) -> list[str | None]:
        """BILUO tags of the reference's entities on the predicted tokens, None where unknown."""
        return self.get_aligned_ents_and_ner()[1]

    def _biluo_of_aligned(self) -> list[str]:
        arrays = self.gold_arrays()
        codes, labels = arrays["ent_iob"].tolist(), arrays["ent_types"].tolist()
        tags = []
        for i, (code, label) in enumerate(zip(codes, labels, strict=True)):
            goes_on = i + 1 < len(codes) and codes[i + 1] == gold.INSIDE
            if code == gold.BEGIN and not label:  # a blocked token
                tags.append("O")
            elif code == gold.BEGIN:
                tags.append(("B-" if goes_on else "U-") + self._y._string(label))
            elif code == gold.INSIDE:
                tags.append(("I-" if goes_on else "L-") + self._y._string(label))
            else:
                tags.append("O")
        return tags

    def get_matching_ents(self, check_label: bool = True) -> list[Span]:
        """The predicted entities that the reference has too."""
        wanted = {self._key(span, check_label) for span in self.get_aligned_spans_y2x(self._y.ents)}
        return [ent for ent in self._x.ents if self._key(ent, check_label) in wanted]

    @staticmethod
    def _key(span: Span, check_label: bool) -> tuple[Any, ...]:
        return (span.start, span.end, span.label_ if check_label else "")

    def split_sents(self) -> list[Example]:
        """One Example for each of the reference's sentences; [self] if it has none.

        A predicted token across two sentences goes to the first, whose Docs then differ in their text.
        """
        if not self._y.has_annotation("SENT_START"):
            return [self]
        align = self.alignment.y2x
        parts = []
        first = 0
        for sentence in self._y.sents:
            row = align[sentence.start : sentence.end]
            end = int(row[-1]) + 1 if len(row) else first
            first = max(first, int(row[0])) if len(row) else first
            if end > first:
                predicted = self._x[first:end].as_doc()
                known = self.known_entity_labels
                parts.append(Example(predicted, sentence.as_doc(), known_entity_labels=known))
                first = end
        return parts


def _rows(array: AlignmentArray) -> list[list[int]]:
    flat, bounds = array.data.tolist(), [0, *array.ends.tolist()]
    return [flat[a:b] for a, b in pairwise(bounds)]


def validate_examples(examples: Any, method: str) -> None:
    """Raise TypeError unless `examples` is an iterable of Examples; `method` is named in the message."""
    if isinstance(examples, Example) or not isinstance(examples, Iterable):
        problem = f"{method} takes a list of Examples, not {type(examples).__name__}"
        raise errors.ExampleTypeError(problem=problem)
    wrong = {type(example).__name__ for example in examples if not isinstance(example, Example)}
    if wrong:
        problem = f"{method} takes a list of Examples, but some are {', '.join(sorted(wrong))}"
        raise errors.ExampleTypeError(problem=problem)


def validate_get_examples(get_examples: Callable[[], Iterable[Example]], method: str) -> None:
    """Raise TypeError unless `get_examples` is a function that gives at least one Example."""
    if not callable(get_examples):
        problem = f"{method} takes a function that returns Examples, not {type(get_examples).__name__}"
        raise errors.ExampleTypeError(problem=problem)
    examples = get_examples()
    if not examples:
        raise errors.ExampleTypeError(problem=f"{method} got no Examples: the function returned {examples!r}")
    validate_examples(examples, method)
