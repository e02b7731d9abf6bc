"""The commands and their options; each is a few lines over the Python API."""

from __future__ import annotations

import enum
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlpcore.cli import models

if TYPE_CHECKING:
    from nlpcore.training.iob import AttachReport

app = typer.Typer(
    name="nlpcore",
    help="Tags, syntax, lemmas and entities for text in bulk.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(models.app)
init = typer.Typer(no_args_is_help=True, help="Write what a run begins with.")
app.add_typer(init, name="init")

DEFAULT_MODEL = "en_core_web_sm"


class Format(str, enum.Enum):
    table = "table"
    conllu = "conllu"
    jsonl = "jsonl"


ModelOption = Annotated[str, typer.Option("--model", "-m", help="A model's name or path.")]


def _version(wanted: bool) -> None:
    if wanted:
        from nlpcore import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


@app.command()
def annotate(
    text: Annotated[
        list[str] | None, typer.Argument(help="The text; without it, --file or stdin is read.")
    ] = None,
    model: ModelOption = DEFAULT_MODEL,
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="A UTF-8 text file; may be given again.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-o", help="How to print it.")] = Format.table,
    lines: Annotated[bool, typer.Option("--lines", "-l", help="Each line is a text of its own.")] = False,
) -> None:
    """Annotate a text and print its words, or write CoNLL-U or JSON lines."""
    import nlpcore
    from nlpcore.cli.input import read_texts
    from nlpcore.cli.output import write

    if text and file:
        raise typer.BadParameter("give a text or --file, not both.")
    texts = read_texts(text or [], file or [], by_line=lines)
    nlp = nlpcore.load(model)
    write(nlp.pipe(texts, batch_size=64), format.value, sys.stdout)


@app.command()
def info(
    model: Annotated[
        str | None, typer.Argument(help="A model's name or path; without it, this installation.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Describe a model: version, size, components, labels, scores, data, licence."""
    from nlpcore.cli.output import print_card
    from nlpcore.models.info import as_text, card, installation

    data = installation() if model is None else card(model)
    if as_json:
        print(json.dumps(data, indent=2, default=str))
    elif markdown:
        print(as_text(data, markdown=True))
    else:
        print_card(data)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(
    context: typer.Context,
    config: Annotated[Path, typer.Argument(help="Settings of the run, a TOML file: docs/training.md.")],
    output: Annotated[Path, typer.Argument(help="Directory for the model.")],
    data: Annotated[
        Path, typer.Option("--data", help="Folder that the corpora named in CONFIG are in.")
    ] = Path("."),
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="Instead of the one in CONFIG.")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Instead of those in CONFIG.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was broken off, if there is one.")
    ] = False,
    init: Annotated[
        str | None, typer.Option(help="A model whose word vectors and encoder it begins with.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="A file to add a line of JSON to at each evaluation.")
    ] = None,
    curves: Annotated[Path | None, typer.Option(help="An SVG file for the learning curves.")] = None,
    gpu_id: Annotated[int, typer.Option("--gpu-id", min=-1, help="Train on this GPU; -1: on the CPU.")] = -1,
) -> None:
    """Train a pipeline; the model that scores best on the dev data is kept.

    Any setting of CONFIG can be given here instead: --lang ru --train.conllu FILE --schedule.epochs 3
    """
    # Before NumPy is imported: the components learn on several threads instead.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nlpcore.cli.training import parse_overrides, run_training

    try:
        overrides = parse_overrides(context.args)
    except ValueError as e:
        raise typer.BadParameter(str(e)) from None
    if init is not None:
        overrides["init"] = init
    if gpu_id >= 0:
        import nlpcore

        nlpcore.require_gpu(gpu_id)
    run_training(
        config,
        output,
        data,
        seed=seed,
        epochs=epochs,
        overrides=overrides,
        resume=resume,
        log=log,
        curves=curves,
    )


@init.command("config")
def init_config(
    output: Annotated[Path, typer.Argument(help="The file to write; - prints it.")],
    lang: Annotated[str, typer.Option(help="Code of the language.")] = "en",
    pipeline: Annotated[str, typer.Option(help="Components, with commas between them.")] = "",
    name: Annotated[str, typer.Option(help="The model's name without its language.")] = "mine",
) -> None:
    """Write a configuration for `nlpcore train`, with every setting and what it means."""
    from nlpcore.models.files import write_file
    from nlpcore.training.config_text import config_text

    text = config_text(lang, [part.strip() for part in pipeline.split(",") if part.strip()], name)
    if str(output) == "-":
        print(text, end="")
    else:
        write_file(output, text.encode())


@init.command("vectors")
def init_vectors(
    source: Annotated[Path, typer.Argument(help="word2vec, GloVe, fastText, floret; .gz, .bz2 and .xz too.")],
    output: Annotated[Path, typer.Argument(help="Directory for the model with the vectors.")],
    lang: Annotated[str, typer.Option(help="Code of the language.")] = "en",
    name: Annotated[str, typer.Option(help="The model's name without its language.")] = "starter_vectors",
    words: Annotated[int, typer.Option(min=0, help="Read so many words at most; 0: all.")] = 0,
    prune: Annotated[
        int, typer.Option(min=0, help="Keep so many vectors; other words get the nearest one's. 0: all.")
    ] = 0,
) -> None:
    """Turn word vectors into a model, for similarity and most_similar; `train --init` begins with it."""
    from nlpcore.models.pipeline_io import write_pipeline
    from nlpcore.training.starting import vectors_pipeline

    nlp = vectors_pipeline(lang, source, name=name, most=words, prune=prune)
    write_pipeline(nlp, output, half=True)
    rows, width = nlp.vocab.vectors.shape
    n_words = "any" if nlp.vocab.vectors.n_keys < 0 else f"{nlp.vocab.vectors.n_keys:,}"
    print(f"{output}: {n_words} words, {rows:,} vectors of {width} numbers")


@init.command("transformer")
def init_transformer(
    source: Annotated[str, typer.Argument(help="Folder, or installed package, with a pretrained encoder.")],
    output: Annotated[Path, typer.Argument(help="Directory for the model with the encoder.")],
    lang: Annotated[str, typer.Option(help="Code of the language.")] = "en",
    name: Annotated[str, typer.Option(help="The model's name without its language.")] = "starter_trf",
) -> None:
    """Turn a BERT-style encoder in Hugging Face's files into a model; `train --init` begins with it."""
    from nlpcore.models.pipeline_io import write_pipeline
    from nlpcore.training.starting import transformer_pipeline

    nlp = transformer_pipeline(lang, source, name=name)
    write_pipeline(nlp, output, half=True)
    pipe: Any = nlp.get_pipe("transformer")
    shape = pipe.shape
    print(f"{output}: {shape.depth} layers, {shape.width} wide, {shape.vocab:,} subwords")


@app.command()
def pretrain(
    output: Annotated[Path, typer.Argument(help="Directory for the model, which has an encoder alone.")],
    texts: Annotated[list[Path], typer.Argument(help="Raw text, a text a line; .gz, .bz2 and .xz too.")],
    lang: Annotated[str, typer.Option(help="Code of the language.")] = "en",
    config: Annotated[
        Path | None, typer.Option(help="The configuration whose [components.tok2vec] it is for.")
    ] = None,
    init: Annotated[str | None, typer.Option(help="A model whose encoder it goes on with.")] = None,
    name: Annotated[str, typer.Option(help="The model's name without its language.")] = "starter_tok2vec",
    words: Annotated[int, typer.Option(min=1, help="Words that are read, if there are so many.")] = 5_000_000,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1)] = 0,
) -> None:
    """Train an encoder on raw text, for `nlpcore train --init` to begin with."""
    from nlpcore.cli.training import run_pretraining

    run_pretraining(
        output, texts, lang=lang, config_path=config, init=init, name=name, words=words, seed=seed
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def distill(
    context: typer.Context,
    teacher: Annotated[str, typer.Argument(help="A model's name or path.")],
    raw_text: Annotated[
        Path, typer.Argument(help="A file, or folder of .txt files, a text a line; .gz, .bz2, .xz too.")
    ],
    config: Annotated[Path, typer.Argument(help="The student's settings, as for `train`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the results.")] = Path(
        "distilled"
    ),
    data: Annotated[
        Path, typer.Option("--data", help="Folder that the corpora named in CONFIG are in.")
    ] = Path("."),
    gold: Annotated[
        list[Path] | None, typer.Option(help="CoNLL-U to learn from instead of CONFIG's; may be given again.")
    ] = None,
    words: Annotated[int, typer.Option(min=0, help="Annotate so many words of RAW_TEXT; 0: all.")] = 0,
    processes: Annotated[int, typer.Option(min=0, help="That annotate; 0: one for each core.")] = 0,
    silver: Annotated[Path | None, typer.Option(help="Folder of the annotated text, new or old.")] = None,
    certain: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Leave out what the teacher is less certain of.  [default: 0.5, features 0.92]"
        ),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="A student without teacher, so that none is trained.")
    ] = None,
) -> None:
    """Let a large model annotate raw text, and train a small one on that and on a treebank.

    Broken off, it goes on where it was. Any setting of CONFIG can be given here: --schedule.epochs 3
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nlpcore.cli.distilling import run_distillation
    from nlpcore.cli.training import parse_overrides

    try:
        overrides = parse_overrides(context.args)
    except ValueError as e:
        raise typer.BadParameter(str(e)) from None
    run_distillation(
        teacher,
        raw_text,
        config,
        output,
        data,
        gold=gold or [],
        words=words,
        processes=processes,
        silver=silver,
        certain=certain,
        baseline=baseline,
        overrides=overrides,
    )


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(help="CoNLL-U, JSON lines (.jsonl), or a file with a tag a token.")
    ],
    target: Annotated[Path, typer.Argument(help="Its ending says how: .conllu .iob2 .jsonl .docbin")],
    ner: Annotated[
        Path | None, typer.Option("--ner", help="Entities of the same text, for a treebank.")
    ] = None,
    lang: Annotated[str, typer.Option(help="The language whose tokens JSON lines are cut to.")] = "en",
) -> None:
    """Write a corpus in another format."""
    import nlpcore
    from nlpcore.training.convert import convert as write

    print(f"Wrote {write(nlpcore.blank(lang), source, target, ner=ner)} documents to {target}.")


@app.command("debug-data")
def debug_data(
    train: Annotated[list[Path], typer.Argument(help="CoNLL-U files, or files with a tag a token.")],
    dev: Annotated[list[Path] | None, typer.Option(help="The dev data; may be given again.")] = None,
) -> None:
    """Look through training data: labels, odd entities, crossing arcs, duplicates, overlap with the dev data.

    Exit code 1: training would fail, or its scores say nothing.
    """
    from nlpcore.models.info import printable
    from nlpcore.training.debugging import debug_data as look
    from nlpcore.training.debugging import read_any

    report = look(
        (d for path in train for d in read_any(path)), (d for path in dev or () for d in read_any(path))
    )
    print(printable(report.as_text(), sys.stdout.encoding))
    if not report.is_sound:
        raise typer.Exit(1)


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name or path.")],
    data: Annotated[Path, typer.Argument(help="A CoNLL-U file.")],
    ner: Annotated[Path | None, typer.Option("--ner", help="IOB2 with entities of the same text.")] = None,
    gold_tokens: Annotated[
        bool, typer.Option("--gold-tokens", help="Take words and sentences from the file.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Score a model from raw text: CoNLL-2018 F1, and precision, recall and F1 of entities."""
    import nlpcore
    from nlpcore.training.evaluate import evaluate_model, format_evaluation

    for path in (data, ner):
        if path is not None:
            path.open("rb").close()  # a missing file shows before a model is loaded

    def on_report(report: AttachReport) -> None:
        if report.problems or report.unannotated:
            print(f"nlpcore: {ner}: {report.summary(5)}", file=sys.stderr)

    scores = evaluate_model(nlpcore.load(model), data, ner, gold_tokens=gold_tokens, on_report=on_report)
    print(json.dumps(scores, indent=2) if as_json else format_evaluation(scores))
