"""Cards: what a model is, in a dict, in text, or printed."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpcore.models.archive import Archive

#: score -> what it is called on a card
SCORES = {
    "token_f": "tokens",
    "words_f": "words",
    "sents_f": "sentences",
    "pos_acc": "UPOS",
    "tag_acc": "XPOS",
    "morph_acc": "features",
    "lemma_acc": "lemmas",
    "dep_uas": "UAS",
    "dep_las": "LAS",
    "ents_p": "entities, precision",
    "ents_r": "entities, recall",
    "ents_f": "entities, F1",
}
#: the same for the names that training from treebanks leaves; these are in percent
CONLL_SCORES = {
    "Words": "words, F1 from raw text",
    "Sentences": "sentences",
    "UPOS": "UPOS",
    "XPOS": "XPOS",
    "UFeats": "features",
    "Lemmas": "lemmas",
    "UAS": "UAS",
    "LAS": "LAS",
    "ents_p": "entities, precision",
    "ents_r": "entities, recall",
    "ents_f": "entities, F1",
}


def describe(model: Any = None, *, markdown: bool = False, silent: bool = True) -> dict[str, Any] | str:
    """What ``nlpcore.info`` gives."""
    data = installation() if model is None else card(model)
    text = as_text(data, markdown=markdown)
    if not silent:
        print(printable(text, sys.stdout.encoding))
    return text if markdown else data


def installation() -> dict[str, Any]:
    """This installation: versions, place, models that ``nlpcore.load`` finds by name."""
    import nlpcore
    from nlpcore.models.installed import installed_models

    return {
        "nlpcore_version": nlpcore.__version__,
        "location": str(Path(nlpcore.__file__).parent),
        "platform": platform.platform(),
        "python_version": platform.python_version(),
        "pipelines": {model.name: model.version for model in reversed(installed_models())},
    }


def card(model: Any) -> dict[str, Any]:
    """A model's metadata, with its size and place. Errors as for ``nlpcore.load``."""
    from nlpcore.models.loader import read

    archive, path = read(model)
    data = dict(archive.header["meta"])
    data["factories"] = {entry["name"]: entry["factory"] for entry in archive.header["components"]}
    data["fingerprint"] = archive.header["fingerprint"]
    data["parameters"] = count_weights(archive)
    if path is not None:
        data["source"] = str(path)
        data["bytes"] = _size(path)
    return data


def count_weights(archive: Archive) -> int:
    """How many numbers its components have learned."""
    return int(sum(array.size for array in archive.tensors.values() if array.dtype.kind == "f"))


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(
        os.path.getsize(os.path.join(folder, name)) for folder, _, files in os.walk(path) for name in files
    )


def rows(data: dict[str, Any]) -> list[tuple[str, str]]:
    """A card as lines of (what, text)."""
    if "python_version" in data:
        models = ", ".join(f"{name} {version}" for name, version in data["pipelines"].items()) or "none"
        return [
            ("nlpcore", data["nlpcore_version"]),
            ("location", data["location"]),
            ("Python", data["python_version"]),
            ("platform", data["platform"]),
            ("models", models),
        ]
    lines = [("model", f"{data.get('lang') or ''}_{data['name']}".strip("_")), ("version", data["version"])]
    for key in ("description", "author", "email", "url", "license"):
        if data.get(key):
            lines.append(("licence" if key == "license" else key, str(data[key])))
    if "bytes" in data:
        lines.append(("size", f"{data['bytes'] / 1e6:.1f} MB, {data['parameters']:,} weights"))
        lines.append(("architecture", data["fingerprint"]))
    lines.append(("components", ", ".join(data.get("components") or []) or "none"))
    if data.get("disabled"):
        lines.append(("switched off", ", ".join(data["disabled"])))
    for name, labels in (data.get("labels") or {}).items():
        if labels:
            lines.append((f"labels of {name}", _shortened(labels)))
    scores = data.get("performance") or {}
    names, unit = (CONLL_SCORES, 1) if "Words" in scores else (SCORES, 100)
    for key, title in names.items():
        if isinstance(scores.get(key), (int, float)):
            lines.append((title, f"{unit * scores[key]:.1f}"))
    for source in data.get("sources") or []:
        lines.append(("data", _source(source)))
    if "source" in data:
        lines.append(("place", data["source"]))
    return lines


def _shortened(labels: list[str], most: int = 20) -> str:
    text = ", ".join(map(str, labels[:most]))
    return text if len(labels) <= most else f"{text} … ({len(labels)} in all)"


def _source(source: Any) -> str:
    if not isinstance(source, dict):
        return str(source)
    parts = [source.get("name"), source.get("license") and f"({source['license']})", source.get("url")]
    return " ".join(str(part) for part in parts if part)


def as_text(data: dict[str, Any], *, markdown: bool = False) -> str:
    """A card as plain text or as a Markdown table."""
    lines = rows(data)
    if markdown:
        cells = [f"| {what} | {text.replace('|', chr(92) + '|')} |" for what, text in lines]
        return "\n".join(["| | |", "|---|---|", *cells])
    width = max(len(what) for what, _ in lines)
    return "\n".join(f"{what:<{width}}  {text}" for what, text in lines)


def printable(text: str, encoding: str | None) -> str:
    """The text with what this encoding cannot show as escapes."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
