"""The fingerprint of a model's architecture: equal for models that differ in values alone.

It covers what the b of a version ``a.b.c`` stands for: the features and hash seeds, rows, widths, depth and
pieces of every network, the context templates, the transition systems, the kinds and order of the components
and the tokenizer with its table of norms; not weights, labels, or what only training reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nlpcore import errors

#: What of a component's stored settings is architecture.
SIZES = ("shape", "width", "depth", "pieces", "rows", "seeds", "hidden", "context", "nonmonotonic")
#: Characters of a fingerprint: 64 bits, in hexadecimal.
LENGTH = 16


def fingerprint(header: Mapping[str, Any], tokenizer_tensors: Mapping[str, Any]) -> str:
    """The fingerprint of a pipeline's archive: 16 hexadecimal digits.

    header: that of the archive, as ``schemas.check_header`` accepts it. tokenizer_tensors: name -> array.
    """
    from nlpcore.network.shapes import FEATURES

    tokenizer = header.get("tokenizer")
    structure = {
        "features": FEATURES,
        "lang": header["meta"].get("lang"),
        "components": [_architecture(entry) for entry in header["components"]],
        "tokenizer": tokenizer and [tokenizer, *_digests(tokenizer_tensors)],
    }
    text = json.dumps(structure, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:LENGTH]


def check_fingerprint(header: Mapping[str, Any], tokenizer_tensors: Mapping[str, Any]) -> None:
    """Raise ModelDataError where a model's metadata claims another architecture than is stored with it."""
    claimed = header.get("fingerprint")
    found = fingerprint(header, tokenizer_tensors)
    if claimed != found:
        raise errors.ModelDataError(
            reason=f"its metadata names the architecture {claimed!r:.40}, and what is stored with it is "
            f"{found!r}: the file was put together from parts of others, or changed. Get the model again"
        )


def _architecture(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Kind and sizes of one component."""
    found: dict[str, Any] = {"factory": entry["factory"]}
    state = entry.get("state")
    if isinstance(state, Mapping):
        found.update(_sizes(state))
        if isinstance(state.get("tok2vec"), Mapping):
            found["tok2vec"] = _sizes(state["tok2vec"])
    return found


def _sizes(state: Mapping[str, Any]) -> dict[str, Any]:
    settings = state.get("settings")
    if not isinstance(settings, Mapping):
        return {}
    return {key: settings[key] for key in SIZES if key in settings}


def _digests(tensors: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, hashlib.sha256(tensors[name].tobytes()).hexdigest()) for name in sorted(tensors)]
