"""Named entities out of GUM's mention annotation (``Entity=`` in MISC of UD English-GUM).

GUM marks every mention of ten types of things, nested, with determiners and modifiers; names are not told
apart. Universal NER marks proper names of PER, ORG and LOC, flat and without titles ("President", "Dr.").
What is done to come from the one to the other, each with how Universal NER treats the same words in EWT:

- a mention counts if its head is PROPN (98% of Universal NER's entities have such a head);
- person → PER, organization → ORG, place → LOC; a person whose head is NNPS is a people ("Americans": none),
  and one whose head is an office ("the President") is none;
- it is cut down to the parts of a name around the head within the minimal span that GUM gives: no
  determiners, no possessive, no titles before a person's name (`nmod:desc`; in EWT only "St." is inside);
- of nested names the longest stays;
- mentions of other types with a PROPN head are no entities, except where one has an article in Wikipedia and
  is an abstract or an object (web sites, teams, ships: often ORG): these are unknown;
- a proper noun (NNP, NNPS) in no mention with a PROPN head is unknown: GUM need not mark names in compounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ConlluError
from .documents import Document, Entity, Sentence

TYPES = {"person": "PER", "organization": "ORG", "place": "LOC"}
UNCERTAIN_TYPES = frozenset({"abstract", "object"})
SAINT = frozenset({"st.", "st", "saint", "san", "santa"})
PART_TAGS = frozenset({"ADJ", "X", "NOUN", "VERB", "SYM"})  # in a name if they begin with a capital
PERSON_JOINTS = frozenset({"-", "of", "de", "la", "van", "von", "da", "al", "el", "'", '"', "“", "”"})
JOINTS = frozenset({"-", "–", "/", "&", "of", "for", "the", "de", "la", "and", "'s", "’s", "'", "@"})
#: Offices that GUM tags PROPN and marks as mentions of persons.
OFFICES = frozenset({
    "president", "mayor", "minister", "governor", "senator", "secretary", "king", "queen", "pope", "director",
    "chairman", "judge", "ambassador", "chancellor", "general", "speaker", "dean", "god", "lord", "mr.",
    "sir",
})  # fmt: skip
FIELDS = ("GRP", "etype", "infstat", "salience", "centering", "minspan", "link", "identity")

_BRACKET = re.compile(r"\(([^()]*)(\)?)|([^()]+)\)")


@dataclass(slots=True)
class Mention:
    """A mention: words ``first <= i < end``, its type, the words of its minimal span, its Wikipedia title."""

    first: int
    end: int
    type: str
    core: list[int]
    title: str


def gum_entities(document: Document) -> int:
    """Set ``entities`` of every sentence of `document` from its mentions; returns how many have a label.

    Raises ConlluError where brackets do not match.
    """
    count = 0
    for sentence in document.sentences:
        spans = name_spans(sentence, mentions(sentence, document.path))
        sentence.entities = [
            Entity(sentence.starts[first], sentence.ends[end - 1], label) for first, end, label in spans
        ]
        count += sum(entity.label is not None for entity in sentence.entities)
    return count


def mentions(sentence: Sentence, path: str = "") -> list[Mention]:
    """All mentions of a sentence, nested ones included, in the order in which they end."""
    found: list[Mention] = []
    open_mentions: dict[str, list[tuple[int, list[str]]]] = {}

    def fail(word: int, what: str) -> ConlluError:
        problem = f"Entity= of word {word + 1} of the sentence that starts here: {what}"
        return ConlluError(path=path, line=sentence.line, problem=problem)

    def close(word: int, first: int, fields: list[str]) -> None:
        try:
            core = [first + int(number) - 1 for number in fields[5].split(",")]
        except (IndexError, ValueError):
            raise fail(word, "no minimal span in its sixth field") from None
        if not all(first <= i <= word for i in core):
            raise fail(word, "the minimal span leaves the mention")
        found.append(Mention(first, word + 1, fields[1], core, fields[7] if len(fields) > 7 else ""))

    for word, misc in enumerate(sentence.misc or ()):
        for item in misc.split("|"):
            if not item.startswith("Entity="):
                continue
            for opened, closed_at_once, closed in _BRACKET.findall(item[len("Entity=") :]):
                if opened:
                    fields = opened.split("-", len(FIELDS) - 1)
                    if closed_at_once:
                        close(word, word, fields)
                    else:
                        open_mentions.setdefault(fields[0], []).append((word, fields))
                elif open_mentions.get(closed):
                    close(word, *open_mentions[closed].pop())
                else:
                    raise fail(word, f"{closed}) closes nothing")
    for left in open_mentions.values():
        for word, fields in left:
            raise fail(word, f"({fields[0]} is never closed in its sentence")
    return found


def name_spans(sentence: Sentence, found: list[Mention]) -> list[tuple[int, int, str | None]]:
    """The names among `found`: disjoint (first word, end word, label or None for unknown), sorted."""
    n = len(sentence)
    upos, xpos = sentence.upos or [""] * n, sentence.xpos or [""] * n
    candidates: list[tuple[int, int, str | None]] = []
    covered = [False] * n
    for mention in found:
        head = _head(sentence, mention)
        if mention.type == "time":  # names of months and days are none
            for i in range(mention.first, mention.end):
                covered[i] = True
        if head < 0 or upos[head] != "PROPN":
            continue
        for i in range(min(mention.core), max(mention.core) + 1):
            covered[i] = True
        label = TYPES.get(mention.type)
        if label is None:
            if mention.title and mention.type in UNCERTAIN_TYPES:
                candidates.append((min(mention.core), max(mention.core) + 1, None))
        elif not (label == "PER" and (xpos[head] == "NNPS" or sentence.forms[head].lower() in OFFICES)):
            first, end = _trim(sentence, mention, head, label)
            if label == "ORG" or not _coordinates(sentence, end, head):
                candidates.append((first, end, label))
    candidates += [(i, i + 1, None) for i in range(n) if xpos[i] in ("NNP", "NNPS") and not covered[i]]
    # The longest first; a labelled span beats an unknown one of the same length.
    candidates.sort(key=lambda span: (span[0] - span[1], span[2] is None, span[0]))
    taken = [False] * n
    spans = []
    for first, end, label in candidates:
        if not any(taken[first:end]):
            taken[first:end] = [True] * (end - first)
            spans.append((first, end, label))
    return sorted(spans, key=lambda span: span[:2])


def _head(sentence: Sentence, mention: Mention) -> int:
    """The word of the minimal span that hangs on nothing in it; -1 without syntax."""
    if sentence.heads is None:
        return -1
    core = set(mention.core)
    for i in mention.core:
        if sentence.heads[i] == i or sentence.heads[i] not in core:
            return i
    return -1


def _trim(sentence: Sentence, mention: Mention, head: int, label: str) -> tuple[int, int]:
    """The name around `head` inside the minimal span: words that look like parts of a name, and what joins
    them, as long as another part follows."""
    lowest, highest = min(mention.core), max(mention.core)
    upos, deprels, forms = sentence.upos or [], sentence.deprels or [], sentence.forms

    def is_part(i: int) -> bool:
        if label == "PER" and deprels[i] == "nmod:desc" and forms[i].lower() not in SAINT:
            return False  # a title
        return upos[i] == "PROPN" or (upos[i] in PART_TAGS and forms[i][0].isupper()) or upos[i] == "NUM"

    def joins(i: int) -> bool:
        return forms[i].lower() in (PERSON_JOINTS if label == "PER" else JOINTS)

    first = last = head
    for i in range(head - 1, lowest - 1, -1):
        if is_part(i):
            first = i
        elif not joins(i):
            break
    for i in range(head + 1, highest + 1):
        if is_part(i):
            last = i
        elif not joins(i):
            break
    return first, last + 1


def _coordinates(sentence: Sentence, end: int, head: int) -> bool:
    """Whether the span joins several names ("Rebecca and Tom"): they are mentions of their own."""
    heads, deprels, upos = sentence.heads or [], sentence.deprels or [], sentence.upos or []
    return any(heads[i] == head and deprels[i] == "conj" and upos[i] == "PROPN" for i in range(head + 1, end))
