"""A commented configuration to begin with: what ``nlpcore init config`` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from ..errors import NlpcoreError, TrainingSettingsError
from .settings import Schedule, Source, TrainingConfig

HEAD = """\
# Settings of a training run. To run it:
#
#     nlpcore train THIS_FILE OUTPUT --data FOLDER
#
# Paths are relative to FOLDER. Every entry that is left out has the value that stands here.

lang = {lang}
name = {name}                       # the model is {full}
pipeline = {pipeline}

[[train]]                           # as many as there are corpora
conllu = "train.conllu"             # a treebank …
# ner = "train.iob2"                # … with entities from a file of their own; or entities alone
# labels = "uner"                   # how that file's types are named: docs/corpora.md
# gum = false                       # entities are in the treebank, as GUM writes them
repeat = 1                          # learned so often in one pass
# unknown = ["feats"]               # layers of it that teach nothing: another corpus knows better

[dev]                               # chooses the best pass
conllu = "dev.conllu"
# ner = "dev.iob2"

# [vectors]                         # fit the embeddings to word vectors first
# path = "vectors.vec.gz"           # word2vec text format
# passes = 20.0
# learn_rate = 0.003

[schedule]
"""
TAIL = """
[meta]                              # goes into nlp.meta
version = "1.0.0"
description = ""
author = ""
license = ""
"""
#: where comments begin
COLUMN = 36
#: what each entry of [schedule] means
MEANING = {
    "seed": "equal seeds and data give equal weights on one machine",
    "epochs": "passes over the data",
    "batch_words": "tokens in a batch",
    "max_words": "longer documents are cut at sentence ends",
    "gold_tokens": "learn from the tokens of the corpora, not from the tokenizer's",
    "learn_rate": "rises over warmup_steps, then falls to zero",
    "silver_share": "words of silver data in a pass, for each word of the corpora (nlpcore distill)",
    "gold_passes": "the last passes, which are over the corpora alone",
    "encoder_learn_rate": "that of the encoder; 0: the same as all others",
    "warmup_steps": "",
    "dropout": "share of the units that are dropped",
    "word_dropout": "share of the words whose form is hidden",
    "explore_after": "passes before parser and ner follow their own choices",
    "evaluate_every": "passes",
    "grad_clip": "the most that the norm of a parameter's gradient can be; 0: whatever it is",
    "patience": "evaluations without a better one that end the run; 0: none does",
    "checkpoint_seconds": "how often the state of the run is saved",
    "threads": "on which components learn at the same time; 0: on all cores that BLAS leaves free",
    "frozen": "components that stay as they are",
    "augment": "shares of altered copies: lower, upper, punctuation, whitespace, typos",
    "weights": "of a component's loss, 1 unless named",
    "score_weights": "what makes a model the best one, by the names of dev scores",
}


def config_text(lang: str, pipeline: Sequence[str] | None = None, name: str = "mine") -> str:
    """A configuration in TOML with every setting, its default and what it means.

    Raises TrainingSettingsError or UnknownLanguageError (ValueErrors) for what is unknown.
    """
    import nlpcore

    names = list(pipeline or TrainingConfig("xx", "any", [], Source()).pipeline)
    nlp = nlpcore.blank(lang)
    for component in names:
        try:
            nlp.add_pipe(component)
        except NlpcoreError as e:
            raise TrainingSettingsError(path="pipeline", reason=e.text) from e
    parts = [
        HEAD.format(lang=_value(lang), name=_value(name), full=f"{lang}_{name}", pipeline=_value(names)),
        *(_entry(field.name, getattr(Schedule(), field.name)) for field in fields(Schedule)),
    ]
    for component in names:
        parts.append(f"\n[components.{component}]\n")
        for key, value in nlp.get_pipe_config(component).items():
            if key != "factory":
                # TOML has no word for "none": such a setting stands as a comment.
                parts.append(f"# {key} =\n" if value is None else f"{key} = {_value(value)}\n")
    return "".join([*parts, TAIL])


def settings_text(config: TrainingConfig) -> str:
    """The settings of a run in TOML: ``read_config`` of it gives the same ones."""
    values = config.to_dict()
    plain = {key: value for key, value in values.items() if not isinstance(value, (dict, list)) and value}
    lines = [f"{key} = {_value(value)}\n" for key, value in plain.items()]
    lines.append(f"pipeline = {_value(values['pipeline'])}\n")
    for source in values["train"]:
        lines += ["\n[[train]]\n", *_table(source)]
    lines += ["\n[dev]\n", *_table(values["dev"])]
    if values["vectors"] is not None:
        lines += ["\n[vectors]\n", *_table(values["vectors"])]
    for name, settings in values["components"].items():
        lines += [f"\n[components.{_key(name)}]\n", *_table(settings)]
    lines += ["\n[schedule]\n", *_table(values["schedule"]), "\n[meta]\n", *_table(values["meta"])]
    return "".join(lines)


def _table(values: Mapping[str, Any]) -> list[str]:
    """Lines of a table; TOML has no word for "none"."""
    return [f"{_key(key)} = {_value(value)}\n" for key, value in values.items() if value is not None]


def _key(name: str) -> str:
    """A key as TOML writes it: bare where it can be."""
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name)


def _entry(key: str, value: Any) -> str:
    line = f"{key} = {_value(value)}"
    comment = f"# {MEANING[key]}" if MEANING[key] else ""
    if len(line) < COLUMN:
        return f"{line:<{COLUMN}}{comment}".rstrip() + "\n"
    return f"{comment}\n{line}\n"


def _value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
