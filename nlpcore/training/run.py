"""From a configuration file to a trained pipeline: what ``nlpcore train`` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NlpcoreError, TrainingSettingsError
from ..vocab.vector_files import read_vector_file
from .conll18 import METRICS
from .conllu import read_conllu
from .corpus import documents_to_examples, read_documents
from .evaluate import evaluate_documents
from .example import Example
from .iob import read_iob
from .keeping import describe_texts
from .lexical_pretraining import fit_to_vectors
from .loop import Progress, TrainResult, train
from .rereading import Rereading
from .settings import Source, TrainingConfig
from .starting import begin_before, begin_from

if TYPE_CHECKING:
    from ..language import Language
    from .documents import Document


def train_pipeline(
    config: TrainingConfig,
    data: str | Path = ".",
    *,
    on_stage: Callable[[str], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    log: str | Path | None = None,
    silver: Callable[[Language], Iterable[Example]] | None = None,
) -> tuple[Language, TrainResult]:
    """Make and train the pipeline that a configuration describes.

    data: the folder that the configuration's paths are relative to. on_stage is told what is being done,
    on_progress how training goes. Parameters, labels and tables come from ``config.train`` alone;
    ``config.dev`` selects the best model. checkpoint, resume, log: see ``loop.train``. silver:
    gives what it learns beside the corpora, for the pipeline.
    """
    from thinc.api import NumpyOps, get_current_ops, set_current_ops

    import nlpcore

    tell = on_stage or (lambda text: None)
    root = Path(data)
    # The BLAS inside NumPy's wheel is the faster one on CPUs that Thinc's own does not know.
    if isinstance(get_current_ops(), NumpyOps):
        set_current_ops(NumpyOps(use_blis=False))
    nlp = make_pipeline(config)
    tell("reading the corpora")
    told: set[str] = set()

    def tell_once(text: str) -> None:
        if text not in told:
            told.add(text)
            tell(text)

    def read() -> Iterator[Example]:
        return corpus_examples(nlp, config, root, tell_once, repeated=False)

    # Labels, tables and profiles count each word once, however often it is learned.
    examples = Rereading(read)
    for _ in examples:
        pass
    tell(f"initializing on {examples.n_words:,} tokens in {examples.n_examples:,} pieces")
    starter = None if config.init is None else nlpcore.load(config.init)
    taken = [] if starter is None else begin_before(nlp, starter)
    nlp.initialize(lambda: examples)
    goes_on = resume and checkpoint is not None and Path(checkpoint).exists()
    if starter is not None:
        taken = begin_from(nlp, starter, taken)
        tell(f"beginning with {' and '.join(taken)} of {config.init}")
    if config.vectors is not None and not goes_on:  # else what came of it is in the checkpoint
        tell("fitting the lexeme embeddings to word vectors")
        fit_vectors(nlp, config, root)
    tell("going on from the checkpoint" if goes_on else "training")

    dev = list(source_documents(config.dev, root, tell))

    def evaluate(pipeline: Language) -> dict[str, float]:
        return flat_scores(evaluate_documents(pipeline, dev))

    result = train(
        nlp,
        examples
        if all(source.repeat == 1 for source in config.train)
        else corpus_examples(nlp, config, root, tell_once),
        evaluate=evaluate,
        schedule=config.schedule,
        on_progress=on_progress,
        checkpoint=checkpoint,
        resume=resume,
        log=log,
        silver=None if silver is None else silver(nlp),
    )
    describe_texts(nlp, examples)
    nlp.meta["performance"] = result.best_scores
    return without_corpus_strings(nlp), result


def without_corpus_strings(nlp: Language) -> Language:
    """A copy of the pipeline whose strings are those that its components speak of.

    Words of the corpora are none of them: they would make the model larger and slower to load, and tell what
    was in the corpora (telephone numbers, say).
    """
    copy = type(nlp).from_config(nlp.config, meta=nlp.meta)
    copy.from_bytes(nlp.to_bytes(exclude=["vocab"]))
    state, tensors = nlp.vocab.get_state()
    # The words that have vectors are not those of the corpora.
    strings = [string for string in state["strings"] if nlp.vocab.has_vector(string)]
    copy.vocab.set_state({**state, "strings": strings}, tensors)
    return copy


def make_pipeline(config: TrainingConfig) -> Language:
    """The blank pipeline with the configuration's components and metadata."""
    import nlpcore

    nlp = nlpcore.blank(config.lang)
    for name in config.pipeline:
        try:
            nlp.add_pipe(name, config=config.components.get(name, {}))
        except NlpcoreError:
            raise
        except (TypeError, ValueError) as e:
            raise TrainingSettingsError(path=f"[components.{name}]", reason=str(e)) from e
    nlp.meta.update({"name": config.name, **config.meta})
    return nlp


def corpus_examples(
    nlp: Language, config: TrainingConfig, root: Path, tell: Callable[[str], None], *, repeated: bool = True
) -> Iterator[Example]:
    """The examples of all corpora to learn from; ``repeated``: each as often as a pass has it, else once."""
    for source in config.train:
        for _ in range(source.repeat if repeated else 1):
            yield from source_examples(nlp, source, root, config.schedule, tell)


def source_examples(
    nlp: Language, source: Source, root: Path, schedule: Any, tell: Callable[[str], None]
) -> Iterator[Example]:
    """The examples of one corpus, cut to pieces that fit a batch."""
    # Text that was made from tokens has no spacing of its own to learn from.
    gold_tokens = schedule.gold_tokens or source.conllu is None
    documents = map(partial(without, source.unknown), source_documents(source, root, tell))
    return documents_to_examples(nlp, documents, gold_tokens=gold_tokens, max_words=schedule.max_words)


def without(layers: Iterable[str], document: Document) -> Document:
    """The document, now without these layers (``settings.LAYERS``)."""
    for sentence in document.sentences:
        for layer in layers:
            setattr(sentence, layer, None)
            if layer == "heads":
                sentence.deprels = None
    return document


def source_documents(source: Source, root: Path, tell: Callable[[str], None]) -> Iterable[Document]:
    """The documents of one corpus, one at a time unless a treebank gets entities from elsewhere; ``tell``
    hears what of these does not fit it.
    """
    if source.conllu is None:
        return read_iob(root / str(source.ner), labels=source.labels, guess_blanks=source.guess_blanks)
    if source.ner is None and not source.gum:
        return read_conllu(root / source.conllu)
    return read_documents(
        root / source.conllu,
        ner=None if source.ner is None else root / source.ner,
        ner_labels=source.labels,
        gum=source.gum,
        on_report=lambda report: tell(f"{source.ner}: {report.summary(0).splitlines()[0]}"),
    )


def fit_vectors(nlp: Language, config: TrainingConfig, root: Path) -> float:
    from ..pipeline.tok2vec import Tok2Vec
    from ..pipeline.trainable_pipe import find_encoder

    assert config.vectors is not None
    encoder = find_encoder(nlp)
    if not isinstance(encoder, Tok2Vec):
        raise ValueError("word vectors are for the pipeline's `tok2vec`, and it has none")
    if encoder.static_vectors:
        raise TrainingSettingsError(path="[vectors]", reason="the encoder reads word vectors itself (`init`)")
    words, vectors = read_vector_file(root / config.vectors.path)
    return fit_to_vectors(
        encoder.require_model(),
        nlp.vocab,
        words,
        vectors,
        passes=config.vectors.passes,
        learn_rate=config.vectors.learn_rate,
        seed=config.schedule.seed,
    )


def flat_scores(scores: dict[str, Any]) -> dict[str, float]:
    """The scores of ``evaluate_documents`` in percent by short names: LAS, UPOS …, ents_p, ents_r, ents_f."""
    flat = {name: round(100 * scores[name], 2) for name in METRICS if name in scores}
    for label, values in scores.get("entities", {}).items():
        prefix = "ents" if label == "micro" else f"ents_{label}"
        flat.update({f"{prefix}_{key}": round(100 * values[key], 2) for key in ("p", "r", "f")})
    return flat
