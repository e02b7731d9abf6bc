"""What is odd about training data, with places and advice: what ``nlpcore debug-data`` prints."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import CorpusError
from ..transition.projectivity import is_projective
from .documents import Document, Entity, Sentence
from .iob import read_iob

#: Fewer sentences than these teach little, and so do fewer occurrences of a label.
FEW_SENTENCES = 200
FEW_OCCURRENCES = 10
#: Shorter sentences recur in any text.
SHORT = 6
LONGEST_LABEL = 100
SHOWN = 5

LAYERS = {"XPOS": "xpos", "UPOS": "upos", "relations": "deprels", "features": "feats", "lemmas": "lemmas"}
#: layers whose values are counted as labels
LABELLED = ("XPOS", "UPOS", "relations")


@dataclass
class Finding:
    """Something to look at.

    serious: training will fail, or its scores say nothing. examples: places with texts, a few of them.
    """

    what: str
    count: int
    advice: str
    examples: list[str] = field(default_factory=list)
    serious: bool = False


@dataclass
class DataReport:
    """Sizes, how often each label occurs (layer → label → times), and what was found."""

    sizes: dict[str, dict[str, int]]
    labels: dict[str, Counter[str]]
    findings: list[Finding]

    @property
    def is_sound(self) -> bool:
        """Whether nothing serious was found."""
        return not any(finding.serious for finding in self.findings)

    def as_text(self) -> str:
        lines = []
        for name, sizes in self.sizes.items():
            lines.append(f"{name}: " + ", ".join(f"{count:,} {what}" for what, count in sizes.items()))
        for layer, counts in self.labels.items():
            shown = ", ".join(f"{label} {count:,}" for label, count in counts.most_common(12))
            more = f" … ({len(counts)} in all)" if len(counts) > 12 else ""
            lines.append(f"{layer}: {shown}{more}")
        for finding in self.findings:
            lines.append(f"{'ERROR' if finding.serious else 'note'}: {finding.what}: {finding.count:,}")
            lines += [f"    {example}" for example in finding.examples]
            lines.append(f"    -> {finding.advice}")
        return "\n".join([*lines, "" if self.findings else "Nothing odd was found."]).rstrip()


def read_any(path: str | Path) -> Iterator[Document]:
    """The documents of a file: CoNLL-U where its name ends so, else a tag a token (``read_iob``).

    Raises ConlluError, IobError (ValueErrors), OSError.
    """
    from .conllu import read_conllu

    yield from read_conllu(path) if Path(path).suffix == ".conllu" else read_iob(path, labels=None)


def debug_data(train: Iterable[Document], dev: Iterable[Document] = ()) -> DataReport:
    """Look through the data to train on, and to choose the best model by.

    Raises CorpusError (a ValueError) where there is nothing to train on.
    """
    corpora = {"train": list(train), "dev": list(dev)}
    sentences = {name: [s for d in documents for s in d.sentences] for name, documents in corpora.items()}
    if not sentences["train"]:
        raise CorpusError(path="train", line=1, problem="it has no sentences: there is nothing to train on")
    sizes = {name: _sizes(documents) for name, documents in corpora.items() if documents}
    labels = {name: _labels(found) for name, found in sentences.items()}
    findings = [
        *_coverage(sentences["train"], labels["train"]),
        *_spelling(labels["train"]),
        *(_only_in_dev(labels) if sentences["dev"] else ()),
        *_entity_borders(corpora["train"]),
        *_conflicts(corpora["train"]),
        *_trees(corpora["train"]),
        *_duplicates(corpora),
    ]
    return DataReport(sizes, labels["train"], [finding for finding in findings if finding.count])


def _sizes(documents: list[Document]) -> dict[str, int]:
    return {
        "documents": len(documents),
        "sentences": sum(len(document.sentences) for document in documents),
        "words": sum(map(len, documents)),
        "entities": sum(len(document.entities) for document in documents),
    }


def _labels(sentences: Iterable[Sentence]) -> dict[str, Counter[str]]:
    """Layer → label → times, of the layers that are annotated somewhere."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for layer in LABELLED:
            counts[layer].update(value for value in getattr(sentence, LAYERS[layer]) or () if value)
        counts["entities"].update(entity.label for entity in sentence.entities or () if entity.label)
    return {layer: found for layer, found in counts.items() if found}


def _place(document: Document, sentence: Sentence) -> str:
    return f"{document.path or document.name or 'text'}:{sentence.line}"


def _coverage(sentences: list[Sentence], labels: Mapping[str, Counter[str]]) -> Iterator[Finding]:
    if not labels:
        yield Finding(
            "no annotation", 1, "Give tags, trees or entities: there is nothing to learn.", [], True
        )
    n = len(sentences)
    if n < FEW_SENTENCES:
        yield Finding(
            "few sentences", n, f"Below {FEW_SENTENCES} a model knows its examples and little else."
        )
    for layer, counts in labels.items():
        rare = [f"{label} {count}" for label, count in counts.items() if count < FEW_OCCURRENCES]
        if layer == "entities" and rare:
            advice = (
                f"Below {FEW_OCCURRENCES} a label is hardly learned: annotate more, or merge it with another."
            )
            yield Finding("rare entity labels", len(rare), advice, rare[:SHOWN])


def _spelling(labels: Mapping[str, Counter[str]]) -> Iterator[Finding]:
    odd = [
        f"{layer}: {label!r:.60}"
        for layer, counts in labels.items()
        for label in counts
        if any(char.isspace() for char in label) or len(label) > LONGEST_LABEL
    ]
    yield Finding(
        "labels with blanks, or very long ones", len(odd), "Is a column missing or shifted?", odd[:SHOWN]
    )


def _only_in_dev(labels: Mapping[str, Mapping[str, Counter[str]]]) -> Iterator[Finding]:
    missing = [
        f"{layer}: {label} {count}"
        for layer, counts in labels["dev"].items()
        for label, count in counts.items()
        if label not in labels["train"].get(layer, {})
    ]
    advice = "No model can predict them: add examples to the training data."
    yield Finding(
        "labels of the dev data that the training data lacks", len(missing), advice, missing[:SHOWN]
    )


def _entity_borders(documents: list[Document]) -> Iterator[Finding]:
    """Entities that do not begin and end with words, overlap, or begin or end oddly."""
    within, overlapping, edges = [], [], []
    for document in documents:
        for sentence in document.sentences:
            starts, ends = set(sentence.starts), set(sentence.ends)
            last = -1
            for entity in sorted(sentence.entities or (), key=lambda entity: (entity.start, entity.end)):
                text = document.text[entity.start : entity.end]
                shown = f"{_place(document, sentence)}: {text!r:.60} {entity.label}"
                if entity.start not in starts or entity.end not in ends:
                    within.append(shown)
                if entity.start < last:
                    overlapping.append(shown)
                if text != text.strip(' \t\n,;:!?«»"“”'):
                    edges.append(shown)
                last = max(last, entity.end)
    yield Finding(
        "entities that do not begin and end with words",
        len(within),
        "They are unknown to training: mend their offsets, or the tokens.",
        within[:SHOWN],
    )
    yield Finding(
        "entities that overlap another", len(overlapping), "Keep one of them.", overlapping[:SHOWN], True
    )
    yield Finding(
        "entities with blanks or signs at their ends", len(edges), "Are these meant?", edges[:SHOWN]
    )


def _conflicts(documents: list[Document]) -> Iterator[Finding]:
    """The same words under several labels."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for entity in document.entities:
            if entity.label:
                found[_text(document, entity)][entity.label] += 1
    mixed = {text: counts for text, counts in found.items() if len(counts) > 1}
    often = sorted(mixed, key=lambda text: -mixed[text].total())
    shown = [f"{text!r:.60}: {', '.join(f'{a} {n}' for a, n in mixed[text].most_common())}" for text in often]
    advice = "Right where the context decides; else agree on one."
    yield Finding("texts with several entity labels", len(mixed), advice, shown[:SHOWN])


def _text(document: Document, entity: Entity) -> str:
    return " ".join(document.text[entity.start : entity.end].split())


def _trees(documents: list[Document]) -> Iterator[Finding]:
    crossing = [
        f"{_place(document, sentence)}: {sentence.text!r:.70}"
        for document in documents
        for sentence in document.sentences
        if sentence.heads is not None and not is_projective(sentence.heads)
    ]
    advice = "They are learned in a projective form and restored; many of them cost accuracy."
    yield Finding("trees with crossing arcs", len(crossing), advice, crossing[:SHOWN])


def _duplicates(corpora: Mapping[str, list[Document]]) -> Iterator[Finding]:
    places: dict[str, dict[tuple[str, ...], str]] = {"train": {}, "dev": {}}
    again: dict[str, list[str]] = {"train": [], "dev": []}
    for name, documents in corpora.items():
        for document in documents:
            for sentence in document.sentences:
                words = tuple(sentence.forms)
                if len(words) < SHORT:
                    continue
                first = places["train"].get(words)
                if first is not None:
                    shown = f"{_place(document, sentence)} = {first}: {' '.join(words)!r:.60}"
                    again[name].append(shown)
                places[name].setdefault(words, _place(document, sentence))
    yield Finding(
        "sentences of the dev data that are training data",
        len(again["dev"]),
        "Remove them from one of the two: scores on them say nothing.",
        again["dev"][:SHOWN],
        True,
    )
    advice = "Remove them, unless they are meant to weigh more."
    yield Finding("sentences that occur twice", len(again["train"]), advice, again["train"][:SHOWN])
