"""A pipeline's scores on a treebank, from raw text: CoNLL-2018 F1, and P, R and F of entities."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy

from . import conll18
from .corpus import gold_doc, plain_doc, read_documents
from .doc_sentences import sentences_of
from .documents import Document
from .entity_scores import EntityScorer, Span, gold_spans
from .iob import AttachReport

SYNTAX_METRICS = ("UAS", "LAS", "CLAS", "MLAS", "BLEX")


def evaluate_model(
    nlp: Any,
    path: str | PathLike[str],
    ner: str | PathLike[str] | None = None,
    *,
    gold_tokens: bool = False,
    gold_sentences: bool | None = None,
    gum: bool = False,
    batch_size: int | None = None,
    on_report: Callable[[AttachReport], Any] | None = None,
) -> dict[str, Any]:
    """Score `nlp` on a CoNLL-U file; see `evaluate_documents`.

    ner: entities of the same text, one tag a token (Universal NER); on_report is told what of them could not
    be aligned. gum: take them from GUM's ``Entity=``.
    Raises ConlluError, IobError (ValueErrors that name file and line), OSError.
    """
    documents = read_documents(path, ner=ner, gum=gum, on_report=on_report)
    return evaluate_documents(
        nlp, documents, gold_tokens=gold_tokens, gold_sentences=gold_sentences, batch_size=batch_size
    )


def evaluate_documents(
    nlp: Any,
    documents: list[Document],
    *,
    gold_tokens: bool = False,
    gold_sentences: bool | None = None,
    batch_size: int | None = None,
) -> dict[str, Any]:
    """Annotate the documents' raw text with ``nlp.pipe`` and score it.

    gold_tokens: the pipeline gets the documents' words instead of their text; gold_sentences: and their
        sentence starts (default: as gold_tokens).

    Returns F1 of each CoNLL-2018 metric as a fraction by its name (those of the syntax are left out if the
    pipeline has no parser); if entities are annotated "entities", which maps each label and "micro" to
    ``{"p", "r", "f"}`` (fractions); "words", the number of gold words; "speed" in gold words a second.
    """
    if gold_sentences is None:
        gold_sentences = gold_tokens
    gold = conll18.Annotation()
    system = conll18.Annotation()
    scorer = EntityScorer()
    has_entities = False
    parsed = True
    inputs = _inputs(nlp, documents, gold_tokens, gold_sentences)
    options = {} if batch_size is None else {"batch_size": batch_size}
    begin = time.perf_counter()
    docs = nlp.pipe(inputs, **options)
    seconds = 0.0
    for document in documents:
        doc = next(docs)
        seconds += time.perf_counter() - begin
        for sentence in document.sentences:
            if gold_tokens:
                sentence = replace(sentence, multiword=[])
            gold.add(sentence, f"{document.path}:{sentence.line}")
        for number, sentence in enumerate(sentences_of(doc), 1):
            if sentence.heads is None:  # words in a row, so that the rest can be scored
                parsed = False
                sentence.heads = [0] * len(sentence)
                sentence.deprels = ["root", *["dep"] * (len(sentence) - 1)]
            system.add(sentence, f"{document.path} (predicted sentence {number} of {document.name!r})")
        if any(sentence.entities is not None for sentence in document.sentences):
            has_entities = True
            spans, unknown = _gold_entities(nlp, document, gold_tokens)
            found = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
            scorer.add(spans, found, unknown)
        begin = time.perf_counter()
    results = conll18.score(gold, system)
    words = len(gold.forms)
    scores: dict[str, Any] = {
        metric: result.f1 for metric, result in results.items() if parsed or metric not in SYNTAX_METRICS
    }
    scores["words"] = words
    scores["speed"] = words / seconds if seconds > 0 else 0.0
    if has_entities:
        scores["entities"] = {
            label: {"p": score.precision, "r": score.recall, "f": score.f1}
            for label, score in scorer.scores().items()
        }
    return scores


def _inputs(
    nlp: Any, documents: Iterable[Document], gold_tokens: bool, gold_sentences: bool
) -> Iterator[Any]:
    for document in documents:
        if not gold_tokens and not gold_sentences:
            yield document.text
            continue
        doc = plain_doc(nlp.vocab, document) if gold_tokens else nlp.make_doc(document.text)
        if gold_sentences:
            _preset_sentences(doc, document, gold_doc(nlp.vocab, document))
        yield doc


def _preset_sentences(doc: Any, document: Document, reference: Any) -> None:
    from .example import Example

    starts = Example(doc, reference).gold_arrays()["sent_starts"]
    doc.set_column("SENT_START", numpy.array(starts))


def _gold_entities(
    nlp: Any, document: Document, gold_tokens: bool
) -> tuple[list[Span], list[tuple[int, int]]]:
    spans, unknown = gold_spans(document)
    if not gold_tokens or not any(any(sentence.virtual) for sentence in document.sentences):
        return spans, unknown
    # Words that do not spell the text have moved the offsets.
    reference = gold_doc(nlp.vocab, document)
    spans = [(ent.start_char, ent.end_char, ent.label_) for ent in reference.ents]
    codes = reference.column("ENT_IOB")
    missing = numpy.flatnonzero(codes == 0).tolist() if codes is not None else range(len(reference))
    return spans, [(reference[i].idx, reference[i].idx + len(reference[i])) for i in missing]


def format_evaluation(scores: dict[str, Any]) -> str:
    """The scores of `evaluate_documents` as tables of percentages."""
    lines = [f"{'Metric':<10} {'F1':>10}"]
    lines += [f"{metric:<10} {100 * scores[metric]:>10.2f}" for metric in conll18.METRICS if metric in scores]
    lines.append(f"{scores['words']:,} words, {scores['speed']:,.0f} words a second")
    if "entities" in scores:
        width = max([8, *map(len, scores["entities"])])
        lines += ["", f"{'Entities':<{width}} {'Precision':>10} {'Recall':>10} {'F1':>10}"]
        for label, values in scores["entities"].items():
            figures = " ".join(f"{100 * values[key]:>10.2f}" for key in ("p", "r", "f"))
            lines.append(f"{label:<{width}} {figures}")
    return "\n".join(lines)
