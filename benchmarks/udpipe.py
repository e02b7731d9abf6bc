"""UDPipe 1 on a treebank: trained with its default settings, and scored from raw text as ours is.

    python -m benchmarks.udpipe train TRAIN.conllu DEV.conllu MODEL.udpipe       # ten minutes to some hours
    python -m benchmarks.udpipe evaluate MODEL.udpipe DEV.conllu

Ours, beside it:

    nlpcore train configs/treebank.toml MODEL --lang ru --train.conllu TRAIN.conllu --dev.conllu DEV.conllu
    nlpcore evaluate MODEL DEV.conllu

Needs the extra ``bench``. The raw text is that of ``nlpcore evaluate``: sentences joined by one blank,
paragraphs by an empty line, one document at a time. The scores are those of the CoNLL 2018 shared task.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import ufal.udpipe

METHOD = "morphodita_parsito"


def read_sentences(path: Path) -> Any:
    reader = ufal.udpipe.InputFormat.newConlluInputFormat()
    reader.setText(path.read_text(encoding="utf8"))
    found, error = ufal.udpipe.Sentences(), ufal.udpipe.ProcessingError()
    while True:
        sentence = ufal.udpipe.Sentence()
        if not reader.nextSentence(sentence, error):
            break
        found.append(sentence)
    if error.occurred():
        raise SystemExit(f"{path}: {error.message}")
    return found


def train(train_path: Path, dev_path: Path, output: Path) -> None:
    error = ufal.udpipe.ProcessingError()
    default = ufal.udpipe.Trainer.DEFAULT
    model = ufal.udpipe.Trainer.train(
        METHOD, read_sentences(train_path), read_sentences(dev_path), default, default, default, error
    )
    if error.occurred():
        raise SystemExit(error.message)
    output.write_bytes(model)


def annotate(model: Any, text: str) -> str:
    """The CoNLL-U of a raw text."""
    tokenizer = model.newTokenizer(ufal.udpipe.Model.DEFAULT)
    tokenizer.setText(text)
    error = ufal.udpipe.ProcessingError()
    written = ufal.udpipe.OutputFormat.newOutputFormat("conllu")
    parts = []
    while True:
        sentence = ufal.udpipe.Sentence()
        if not tokenizer.nextSentence(sentence, error):
            return "".join(parts)
        model.tag(sentence, ufal.udpipe.Model.DEFAULT)
        model.parse(sentence, ufal.udpipe.Model.DEFAULT)
        parts.append(written.writeSentence(sentence))


def evaluate(model_path: Path, gold: Path) -> dict[str, float]:
    """F1 in percent, by the names of the shared task."""
    import tempfile

    from udtools.udeval import evaluate as compare
    from udtools.udeval import load_conllu_file

    from nlpcore.training import read_documents

    model = ufal.udpipe.Model.load(str(model_path))
    if model is None:
        raise SystemExit(f"{model_path} is no model of UDPipe")
    with tempfile.NamedTemporaryFile("w", suffix=".conllu", encoding="utf8") as system:
        system.writelines(annotate(model, document.text) for document in read_documents(gold))
        system.flush()
        scores = compare(load_conllu_file(str(gold)), load_conllu_file(system.name))
    return {name: round(100 * score.f1, 2) for name, score in scores.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, places in (("train", ["train", "dev", "output"]), ("evaluate", ["model", "gold"])):
        command = commands.add_parser(name)
        for place in places:
            command.add_argument(place, type=Path)
    arguments = parser.parse_args()
    if arguments.command == "train":
        train(arguments.train, arguments.dev, arguments.output)
    else:
        for name, value in evaluate(arguments.model, arguments.gold).items():
            print(f"{name:<10} {value:6.2f}")


if __name__ == "__main__":
    main()
