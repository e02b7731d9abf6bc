"""Annotated text as plain data: what every corpus reader gives and every scorer takes.

No Doc, no Vocab: a `Document` is a text with sentences, and a `Sentence` has one list per annotation layer.
A layer that a corpus lacks is ``None`` for the whole sentence: it is unknown, not empty. Within a layer the
empty string means unknown for this word, except in ``feats``, where it means that the word has no features.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Entity:
    """A named span of the document's text, by characters, end exclusive.

    ``label`` None: that something is annotated here is known, what it is (in the labels asked for) is not.
    Such a span is missing annotation for training and for scoring.
    """

    start: int
    end: int
    label: str | None


@dataclass(slots=True)
class MultiwordToken:
    """A surface token that stands for the syntactic words ``first <= i < end`` of its sentence."""

    first: int
    end: int
    form: str
    misc: str = ""


@dataclass(slots=True)
class EmptyNode:
    """An elided word of the enhanced graph; kept so that it can be written back, used for nothing else.

    ``after`` is the number of words before it, ``columns`` are its ten columns as read.
    """

    after: int
    columns: tuple[str, ...]


@dataclass(slots=True)
class Sentence:
    """One sentence: n syntactic words, each layer a list of length n (or None: not annotated).

    ``heads`` are 0-based positions in the sentence; the root is its own head. ``starts`` and ``ends`` are
    character offsets in ``Document.text``. A word inside a multiword token whose words do not spell the token
    (Spanish "del" = "de" + "el") has the offsets of the whole token and is marked in ``virtual``.
    ``space_after`` says whether a blank (U+0020) follows the word in the document's text.
    ``entities`` lie wholly inside the sentence and are sorted; None: entities are not annotated here.
    ``boundary`` False: the unit is not known to be one sentence (a tweet, a line), so its ends teach nothing.
    ``line`` is the line of the file where the sentence starts, counted from 1.
    """

    forms: list[str]
    lemmas: list[str] | None = None
    upos: list[str] | None = None
    xpos: list[str] | None = None
    feats: list[str] | None = None
    heads: list[int] | None = None
    deprels: list[str] | None = None
    misc: list[str] | None = None
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    virtual: list[bool] = field(default_factory=list)
    space_after: list[bool] = field(default_factory=list)
    multiword: list[MultiwordToken] = field(default_factory=list)
    empty_nodes: list[EmptyNode] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    entities: list[Entity] | None = None
    text: str = ""
    sent_id: str = ""
    newdoc: bool = False
    newpar: bool = False
    boundary: bool = True
    line: int = 0

    def __len__(self) -> int:
        return len(self.forms)

    @property
    def start(self) -> int:
        """The offset of the first character of the sentence in the document's text."""
        return self.starts[0]

    @property
    def end(self) -> int:
        """The offset after the last character of the sentence in the document's text."""
        return self.ends[-1]

    def tokens(self) -> Iterator[tuple[int, int, str]]:
        """The surface tokens as (first word, end word, form): multiword tokens count once."""
        ranges = {token.first: token for token in self.multiword}
        i = 0
        while i < len(self.forms):
            token = ranges.get(i)
            if token is None:
                yield i, i + 1, self.forms[i]
                i += 1
            else:
                yield token.first, token.end, token.form
                i = token.end


@dataclass(slots=True)
class Document:
    """A text and its sentences; ``path`` and ``name`` say where it comes from."""

    sentences: list[Sentence]
    text: str = ""
    name: str = ""
    path: str = ""

    def __len__(self) -> int:
        """The number of syntactic words."""
        return sum(len(sentence) for sentence in self.sentences)

    @property
    def entities(self) -> list[Entity]:
        """All entities of the sentences that are annotated with entities."""
        return [entity for sentence in self.sentences for entity in sentence.entities or ()]
