"""English noun chunks, from Universal Dependencies.

A chunk is a base noun phrase: a noun, proper noun or pronoun together with what stands before it and hangs
from it. What follows the head (prepositional phrases, relative clauses, appositions) is no part of the chunk,
but for the rest of a name, and may hold chunks of its own. Chunks do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlpcore import errors

HEADS = ("NOUN", "PROPN", "PRON")
# What a noun phrase can be: arguments, modifiers, predicates, and phrases on their own. Others (compound,
# flat, nmod:poss ...) are parts of a phrase that another head's chunk covers.
LABELS = {
    *("nsubj", "nsubj:pass", "nsubj:outer", "nsubjpass", "obj", "dobj", "iobj", "obl", "obl:agent"),
    *("obl:arg", "obl:npmod", "obl:tmod", "obl:unmarked", "nmod", "nmod:npmod", "nmod:tmod"),
    *("nmod:unmarked", "appos", "pobj", "attr", "dative", "oprd", "pcomp", "ROOT", "root", "dislocated"),
    *("vocative", "xcomp", "ccomp", "acl:relcl", "advcl", "parataxis", "list", "orphan", "reparandum"),
}
# Children before the head that are no part of its phrase: they join it to the sentence, or belong to the
# clause whose predicate it is.
OUTSIDE = {
    *("case", "cc", "mark", "punct", "cop", "aux", "aux:pass", "nsubj", "nsubj:pass", "nsubj:outer"),
    *("csubj", "expl", "advcl", "obl", "vocative", "discourse"),
}
CONJ = "conj"


def noun_chunks(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """(start, end, label id) of the chunks of a Doc or Span, in order.

    Raises ParseMissingError (a ValueError) if the Doc has no dependency parse.
    """
    doc = doclike.doc
    if not doc.has_annotation("DEP"):
        raise errors.ParseMissingError(
            "Noun chunks need a dependency parse. Run a pipeline with a parser and a tagger first."
        )
    label = doc.vocab.strings.add("NP")
    previous_end = 0
    for token in doclike:
        if token.pos_ not in HEADS or token.i < previous_end or not _is_phrase(token):
            continue
        start = _left_edge(token)
        if start < previous_end:
            continue
        previous_end = _name_end(token)
        yield start, previous_end, label


def _is_phrase(token: Any) -> bool:
    """Whether the token heads a phrase of its own; a conjunct does if the first conjunct does."""
    for _ in range(len(token.doc)):
        if token.dep_ != CONJ or token.head.i == token.i:
            break
        token = token.head
    return token.dep_ in LABELS


def _left_edge(token: Any) -> int:
    """The leftmost token of the unbroken run of the head's own modifiers before it."""
    start = token.i
    for child in reversed(list(token.lefts)):
        if child.dep_ in OUTSIDE or child.right_edge.i + 1 != start:
            break
        start = child.left_edge.i
    return start


def _name_end(token: Any) -> int:
    """One past the head, or past the parts of a name that follow it at once."""
    end = token.i + 1
    for child in token.rights:
        if child.dep_ not in ("flat", "flat:name", "fixed", "goeswith") or child.left_edge.i != end:
            break
        end = child.right_edge.i + 1
    return end


SYNTAX_ITERATORS = {"noun_chunks": noun_chunks}
