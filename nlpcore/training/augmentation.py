"""More examples out of the same ones: with other case, punctuation, white space, and slips of the hand.

What people write is less tidy than treebanks. An altered copy has the annotation of the original, but for
lemmas of words that are misspelled: these are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from random import Random
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import TrainingSettingsError
from ..tokens import Doc
from ..util import did_you_mean
from .example import Example

if TYPE_CHECKING:
    from ..language import Language

#: Signs that stand for each other in texts.
VARIANTS = {
    '"': ("“", "”", "''", "``"),
    "'": ("’", "‘", "`"),
    "“": ('"',),
    "”": ('"',),
    "‘": ("'",),
    "’": ("'",),
    "-": ("–", "—"),
    "–": ("-", "--"),
    "—": ("-", "--"),
    "...": ("…", ".."),
    "…": ("...",),
    "'s": ("’s",),
    "n't": ("n’t",),
}
#: What may stand where a blank stands.
GAPS = ("  ", "\n", "\n\n", "\t", "\u00a0 ")
#: Share of a text's words, signs or blanks that are altered in an altered copy.
ALTERED = 0.15
SHORTEST_MISSPELLED = 4
IDS = ("TAG", "POS", "MORPH", "LEMMA", "DEP", "ENT_TYPE", "ENT_KB_ID", "ENT_ID")


@dataclass(frozen=True)
class Augmentation:
    """What share of the examples gets an altered copy of each kind, from 0 to 1.

    lower, upper: all in lower or upper case. punctuation: other signs for some quotes, dashes and dots.
    whitespace: other white space for some blanks; only where the tokens are the pipeline's own.
    typos: letters of some words left out, doubled or exchanged.
    """

    lower: float = 0.0
    upper: float = 0.0
    punctuation: float = 0.0
    whitespace: float = 0.0
    typos: float = 0.0

    @classmethod
    def of(cls, shares: Any) -> Augmentation:
        """From a table of shares. Raises TrainingSettingsError (a ValueError) for other names and values."""
        known = [f.name for f in fields(cls)]
        for name, value in dict(shares).items():
            if name not in known:
                hint = did_you_mean(name, known)
                reason = f"there is no augmentation {name!r}.{hint} There are {', '.join(known)}"
                raise TrainingSettingsError(path="augment", reason=reason)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                reason = f"augment.{name} is {value!r}, it must be a share from 0 to 1"
                raise TrainingSettingsError(path="augment", reason=reason)
        return cls(**shares)

    def __call__(self, nlp: Language, examples: Iterable[Example], seed: int = 0) -> Iterator[Example]:
        """Each example, and after it its altered copies; equal seeds give equal ones."""
        random = Random(seed)
        for example in examples:
            yield example
            yield from self.copies(nlp, example, random)

    def copies(self, nlp: Language, example: Example, random: Random) -> Iterator[Example]:
        """Altered copies of one example, if chance will have it."""
        for share, alter in (
            (self.lower, lower_cased),
            (self.upper, upper_cased),
            (self.punctuation, with_other_signs),
            (self.whitespace, with_other_gaps),
            (self.typos, misspelled),
        ):
            if share and random.random() < share:
                altered = alter(nlp, example, random)
                if altered is not None:
                    yield altered


def lower_cased(nlp: Language, example: Example, random: Random) -> Example | None:
    return respelled(nlp, example, [token.text.lower() for token in example.reference])


def upper_cased(nlp: Language, example: Example, random: Random) -> Example | None:
    return respelled(nlp, example, [token.text.upper() for token in example.reference])


def with_other_signs(nlp: Language, example: Example, random: Random) -> Example | None:
    words = [token.text for token in example.reference]
    found = [i for i, word in enumerate(words) if word in VARIANTS]
    for i in some(found, random):
        words[i] = random.choice(VARIANTS[words[i]])
    return respelled(nlp, example, words)


def misspelled(nlp: Language, example: Example, random: Random) -> Example | None:
    words = [token.text for token in example.reference]
    chosen = some([i for i, w in enumerate(words) if len(w) >= SHORTEST_MISSPELLED and w.isalpha()], random)
    for i in chosen:
        words[i] = with_slip(words[i], random)
    return respelled(nlp, example, words, unknown_lemmas=chosen)


def with_slip(word: str, random: Random) -> str:
    """A letter behind the first one left out, doubled, or exchanged with the next."""
    at = random.randrange(1, len(word) - 1)
    kind = random.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def with_other_gaps(nlp: Language, example: Example, random: Random) -> Example | None:
    """The same reference beside another text: what white space means is the tokenizer's business."""
    reference = example.reference
    blanks = [i for i, token in enumerate(reference) if token.whitespace_ and i + 1 < len(reference)]
    gaps = dict.fromkeys(some(blanks, random))
    text = "".join(
        token.text + (random.choice(GAPS) if token.i in gaps else token.whitespace_) for token in reference
    )
    if not gaps or [token.text for token in example.predicted] != tokens_of(nlp, reference.text):
        return None
    return Example(nlp.make_doc(text), reference, known_entity_labels=example.known_entity_labels)


def tokens_of(nlp: Language, text: str) -> list[str]:
    return [token.text for token in nlp.make_doc(text)]


def some(places: list[int], random: Random) -> list[int]:
    """At least one of the places, if there is one."""
    if not places:
        return []
    return sorted(random.sample(places, max(1, round(ALTERED * len(places)))))


def respelled(
    nlp: Language, example: Example, words: list[str], unknown_lemmas: Iterable[int] = ()
) -> Example | None:
    """The example with other words in the reference; None where they are the same ones.

    Its predicted Doc has the reference's tokens if that of the example has, else those of the pipeline.
    """
    reference = example.reference
    if words == [token.text for token in reference] or not all(words):
        return None
    spaces = [bool(token.whitespace_) for token in reference]
    doc = Doc(reference.vocab, words=words, spaces=spaces)
    for name in IDS:
        values = reference.column(name)
        if values is not None:
            values = values.copy()
            if name == "LEMMA":
                values[list(unknown_lemmas)] = 0
            strings = [reference._string(value) for value in np.unique(values).tolist() if value]
            doc.set_column(name, values, strings)
    for name in ("HEAD", "SENT_START", "ENT_IOB"):
        values = reference.column(name)
        if values is not None:
            doc.set_column(name, values)
    own_tokens = example.alignment.is_identity
    predicted = Doc(doc.vocab, words=words, spaces=spaces) if own_tokens else nlp.make_doc(doc.text)
    return Example(predicted, doc, known_entity_labels=example.known_entity_labels)
