"""Pretrained encoders in the files that Hugging Face's libraries write: config.json, model.safetensors and
tokenizer.json in one folder, or in a package that is installed.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nlpcore.lazy import numpy as np

from ..errors import MissingExtraError, PretrainedFilesError
from ..network.shapes import ACTIVATIONS, TransformerShape, first_mixes, transformer_sizes
from ..record import Record

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"

#: What the layers' parts are called: ours, BERT's (and RoBERTa's, ELECTRA's), DistilBERT's.
LAYER_NAMES = {
    "query": ("attention.self.query", "attention.q_lin"),
    "key": ("attention.self.key", "attention.k_lin"),
    "value": ("attention.self.value", "attention.v_lin"),
    "out": ("attention.output.dense", "attention.out_lin"),
    "norm1": ("attention.output.LayerNorm", "sa_layer_norm"),
    "up": ("intermediate.dense", "ffn.lin1"),
    "down": ("output.dense", "ffn.lin2"),
    "norm2": ("output.LayerNorm", "output_layer_norm"),
}
#: Families whose first position has the row behind that of the padding.
AFTER_PADDING = ("roberta", "xlm-roberta", "camembert")
FAMILIES = ("bert", "electra", "distilbert", *AFTER_PADDING)
PREFIXES = ("bert.", "electra.", "distilbert.", "roberta.")


class Pretrained(Record):
    """An encoder as it is in its files: sizes, parameters by our names (float32), tokenizer.json's text."""

    shape: TransformerShape
    params: dict[str, np.ndarray]
    tokenizer: str


def read_pretrained(source: str | Path) -> Pretrained:
    """Read an encoder from a folder, or an installed package, that has its three files.

    Nothing of a package is run, and nothing is fetched. Raises PretrainedFilesError (a ValueError) where a
    file is missing, or the weights are not those of such an encoder; MissingExtraError (an ImportError).
    """
    require_extra()
    folder = find_folder(source)
    config = read_json(folder / CONFIG)
    try:
        shape = shape_of(config)
    except (KeyError, TypeError, ValueError) as e:
        what = f"it has no {e}" if isinstance(e, KeyError) else str(e)
        raise PretrainedFilesError(path=folder / CONFIG, reason=what) from e
    path = folder / WEIGHTS
    stored = read_weights(path)
    try:
        params = own_names(stored, shape)
    except KeyError as e:
        reason = f"it has no {e.args[0]}, as an encoder with these sizes would"
        raise PretrainedFilesError(path=path, reason=reason) from e
    for name, size in transformer_sizes(shape).items():
        if params[name].shape != size:
            reason = f"{name} has the shape {params[name].shape}, by {CONFIG} it is {size}"
            raise PretrainedFilesError(path=path, reason=reason)
        if not np.isfinite(params[name]).all():
            raise PretrainedFilesError(path=path, reason=f"{name} holds values that are not finite")
    try:
        tokenizer = (folder / TOKENIZER).read_text(encoding="utf8")
    except UnicodeDecodeError as e:
        raise PretrainedFilesError(path=folder / TOKENIZER, reason=f"it is no UTF-8: {e}") from e
    return Pretrained(shape, params, tokenizer)


def require_extra() -> None:
    """Raise MissingExtraError (an ImportError) unless all is there that transformers need."""
    for module in ("torch", "tokenizers", "safetensors"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(module=module, what="Transformers", extra="transformers")


def find_folder(source: str | Path) -> Path:
    """The folder with the three files, in a folder or a package; the first one by name."""
    roots = [Path(source)]
    if not roots[0].is_dir():
        roots = list(package_folders(str(source)))
        if not roots:
            reason = "there is no such folder, nor a package of that name that is installed"
            raise PretrainedFilesError(path=source, reason=reason)
    for root in roots:
        for path in sorted(root.rglob(CONFIG), key=lambda path: (len(path.parts), str(path))):
            if all((path.parent / name).is_file() for name in (WEIGHTS, TOKENIZER)):
                return path.parent
    raise PretrainedFilesError(
        path=source, reason=f"there is no folder in it with {CONFIG}, {WEIGHTS} and {TOKENIZER}"
    )


def package_folders(name: str) -> Iterator[Path]:
    if not name.isidentifier():  # what is in another package would need that one to be imported
        return
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return
    if spec is not None:
        yield from map(Path, spec.submodule_search_locations or ())


def read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf8"))
    except (ValueError, RecursionError) as e:
        raise PretrainedFilesError(path=path, reason=f"it is no JSON: {e}") from e
    if not isinstance(data, dict):
        raise PretrainedFilesError(path=path, reason="it is no JSON object")
    return data


def shape_of(config: Mapping[str, Any]) -> TransformerShape:
    """Sizes from config.json. Raises KeyError, TypeError, ValueError."""
    family = config["model_type"]
    if family not in FAMILIES:
        raise ValueError(f"its model_type is {family!r}; there are {', '.join(FAMILIES)}")
    distil = family == "distilbert"
    activation = config.get("activation" if distil else "hidden_act", "gelu")
    if activation not in ACTIVATIONS:
        raise ValueError(f"its activation is {activation!r}; there are {', '.join(ACTIVATIONS)}")
    kind = config.get("position_embedding_type", "absolute")
    if kind != "absolute":
        raise ValueError(f"its positions are {kind!r}, and not absolute")
    if config.get("embedding_size", config.get("hidden_size")) != config.get("hidden_size"):
        raise ValueError("its embeddings are not as wide as its layers")
    names = ("dim", "n_layers", "n_heads", "hidden_dim")
    if not distil:
        names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    width, depth, heads, inner = (config[name] for name in names)
    first = int(config.get("pad_token_id", 1)) + 1 if family in AFTER_PADDING else 0
    return TransformerShape.from_dict(
        {
            "vocab": config["vocab_size"],
            "width": width,
            "depth": depth,
            "heads": heads,
            "inner": inner,
            "positions": config["max_position_embeddings"],
            "first_position": first,
            "epsilon": float(config.get("layer_norm_eps", 1e-12)),
            "activation": activation,
            "window": min(256, config["max_position_embeddings"] - first),
        }
    )


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file by their names, as float32. Raises PretrainedFilesError, OSError."""
    import torch
    from safetensors import SafetensorError, safe_open

    found = {}
    try:
        with safe_open(path, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - it is no dict
                tensor = tensors.get_tensor(name)
                if tensor.is_floating_point():
                    found[name] = tensor.to(torch.float32).numpy()
    except SafetensorError as e:
        raise PretrainedFilesError(path=path, reason=f"it is no safetensors file: {e}") from e
    return found


def own_names(stored: Mapping[str, np.ndarray], shape: TransformerShape) -> dict[str, np.ndarray]:
    """The parameters by our names; those that only we have begin with nothing. Raises KeyError."""
    tensors = {}
    for name, value in stored.items():
        prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
        tensors[name.removeprefix(prefix)] = value
    sizes = transformer_sizes(shape)
    new = {name: np.zeros(sizes[name], dtype="float32") for name in ("shapes", "gaps")}
    kinds = tensors.get("embeddings.token_type_embeddings.weight")  # all our text is of the first kind
    positions = tensors["embeddings.position_embeddings.weight"]
    found = {
        **new,
        "mix": first_mixes(shape),
        "words": tensors["embeddings.word_embeddings.weight"],
        "positions": positions if kinds is None else positions + kinds[0],
        "norm.gain": tensors["embeddings.LayerNorm.weight"],
        "norm.shift": tensors["embeddings.LayerNorm.bias"],
    }
    which = 0 if "encoder.layer.0.output.dense.weight" in tensors else 1
    place = ("encoder.layer", "transformer.layer")[which]
    for i in range(shape.depth):

        def part(name: str, kind: str, i: int = i) -> np.ndarray:
            return tensors[f"{place}.{i}.{LAYER_NAMES[name][which]}.{kind}"]

        for ours, theirs in (("W", "weight"), ("b", "bias")):
            found[f"{i:02}.qkv.{ours}"] = np.concatenate([part(n, theirs) for n in ("query", "key", "value")])
            for name in ("out", "up", "down"):
                found[f"{i:02}.{name}.{ours}"] = part(name, theirs)
        for name in ("norm1", "norm2"):
            found[f"{i:02}.{name}.gain"] = part(name, "weight")
            found[f"{i:02}.{name}.shift"] = part(name, "bias")
    return {name: np.ascontiguousarray(value, dtype="float32") for name, value in found.items()}
