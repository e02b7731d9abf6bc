"""A pipeline as an archive, and back."""

from __future__ import annotations

import os
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.lazy import is_loaded, numpy
from nlpcore.models.archive import Archive, dump_archive, load_archive
from nlpcore.models.background import Background
from nlpcore.models.files import ARCHIVE_NAME, archive_file, read_model, write_directory
from nlpcore.models.fingerprint import check_fingerprint, fingerprint
from nlpcore.models.schemas import check_header

if TYPE_CHECKING:
    from nlpcore.kernels.tensor import Tensor
    from nlpcore.language import Language
    from nlpcore.tokenizer.tokenizer import StoredRules

#: a copy of the metadata for people to read; loading does not look at it
META_NAME = "meta.json"


# -- writing ------------------------------------------------------------------------------------------------


def dump_pipeline(nlp: Language, exclude: str | Iterable[str] = (), *, half: bool = False) -> bytes:
    """The pipeline as bytes, with everything but the components that can only write files themselves.

    half: store float32 tensors of components, and word vectors, as float16 (a bundled model is half the size
    then).
    """
    return _dump(nlp, _names(exclude), half=half, blobs=True)


def write_pipeline(
    nlp: Language, path: Path, exclude: str | Iterable[str] = (), *, half: bool = False
) -> None:
    """The pipeline as a directory: the archive, the metadata to read, what components write themselves."""
    import json

    excluded = _names(exclude)
    data = _dump(nlp, excluded, half=half, blobs=False)
    foreign = [(n, p) for n, p in nlp.components if n not in excluded and _storage(p) == "files"]
    for name, _ in foreign:
        check_file_name(name)

    def fill(folder: Path) -> None:
        (folder / ARCHIVE_NAME).write_bytes(data)
        if "meta" not in excluded:
            text = json.dumps(nlp.meta, ensure_ascii=True, indent=2, default=str)
            (folder / META_NAME).write_text(text + "\n", encoding="ascii")
        for name, pipe in foreign:
            pipe.to_disk(folder / name, exclude=["vocab"])  # type: ignore[attr-defined]

    write_directory(path, fill)


def _dump(nlp: Language, excluded: list[str], *, half: bool, blobs: bool) -> bytes:
    tensors: dict[str, numpy.ndarray] = {}
    header: dict[str, Any] = {
        "kind": "pipeline",
        "schema": 1,
        "meta": _plain(nlp.meta),
        "config": _plain(nlp.config),
        "components": [],
    }
    if "vocab" not in excluded:
        header["vocab"] = _dump_part(nlp.vocab, "vocab", tensors)
    if "tokenizer" not in excluded:
        header["tokenizer"] = _dump_part(nlp.tokenizer, "tokenizer", tensors)
    narrow = ["vocab/vectors.data"] if half and "vocab/vectors.data" in tensors else []
    for index, (name, pipe) in enumerate(nlp.components):
        storage = _storage(pipe, blobs)
        entry = {"name": name, "factory": nlp.get_pipe_meta(name).factory, "storage": storage}
        if name in excluded:
            entry["storage"] = "excluded"
        elif storage == "state":
            entry["state"], arrays = pipe.get_state()  # type: ignore[attr-defined]
            for key, array in arrays.items():
                tensors[f"c{index}/{key}"] = array
                narrow += [f"c{index}/{key}"] if half else []
        elif storage == "bytes":
            tensors[f"c{index}/bytes"] = _as_array(pipe.to_bytes(exclude=["vocab"]))  # type: ignore[attr-defined]
        header["components"].append(entry)
    own = {key[len("tokenizer/") :]: t for key, t in tensors.items() if key.startswith("tokenizer/")}
    header["fingerprint"] = fingerprint(header, own)
    return dump_archive(header, tensors, half=narrow)


def _storage(pipe: Any, blobs: bool = False) -> str:
    """How a component is stored: its state, bytes of its own, files of its own, or not at all."""
    if hasattr(pipe, "get_state") and hasattr(pipe, "set_state"):
        return "state"
    if blobs and hasattr(pipe, "to_bytes") and hasattr(pipe, "from_bytes"):
        return "bytes"
    if not blobs and hasattr(pipe, "to_disk") and hasattr(pipe, "from_disk"):
        return "files"
    return "none"


def _dump_part(part: Any, prefix: str, tensors: dict[str, numpy.ndarray]) -> dict[str, Any]:
    """The vocab or the tokenizer: its state if it has one, else its bytes."""
    if hasattr(part, "get_state") and hasattr(part, "set_state"):
        state, arrays = part.get_state()
        tensors.update({f"{prefix}/{key}": array for key, array in arrays.items()})
        return {"storage": "state", "state": state}
    if hasattr(part, "to_bytes") and hasattr(part, "from_bytes"):
        tensors[f"{prefix}/bytes"] = _as_array(part.to_bytes(exclude=["vocab"]))
        return {"storage": "bytes"}
    return {"storage": "none"}


def _as_array(data: bytes) -> numpy.ndarray:
    return numpy.frombuffer(data, numpy.uint8)


def _plain(value: Any) -> Any:
    """The value in the types of JSON; what has no place there is refused by the archive."""
    if isinstance(value, Mapping):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(child) for child in value)
    if is_loaded("numpy") and isinstance(value, numpy.generic):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


# -- reading ------------------------------------------------------------------------------------------------


def read_archive(path: Path) -> Archive:
    """The checked archive of a model directory or file. Raises OSError and ModelDataError."""
    return parse_file(path, *read_model(path))


def parse_file(path: Path, data: bytes, digest: bytes) -> Archive:
    """A checked archive of a pipeline, with what ``read_model`` gave for its path. Raises ModelDataError."""
    try:
        return parse_archive(data, digest)
    except errors.ModelDataError as e:
        e.add_place(str(archive_file(path)))
        raise


def parse_archive(data: bytes, digest: bytes | None = None) -> Archive:
    """A checked archive of a pipeline. Raises ModelDataError."""
    archive = load_archive(data, kind="pipeline", digest=digest)
    check_header(archive.header)
    check_fingerprint(archive.header, archive.tensors_of("tokenizer"))
    return archive


def restore_pipeline(nlp: Language, data: bytes, exclude: str | Iterable[str] = ()) -> Language:
    """What ``from_bytes`` does."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise errors.ModelDataError(reason=f"a stored pipeline is bytes, not {type(data).__name__}")
    apply_archive(nlp, parse_archive(bytes(data)), _names(exclude), folder=None)
    return nlp


def read_pipeline(nlp: Language, path: Path, exclude: str | Iterable[str] = ()) -> Language:
    """What ``from_disk`` does."""
    folder = path if path.is_dir() else path.parent
    apply_archive(nlp, read_archive(path), _names(exclude), folder=folder)
    return nlp


def begin_rules(archive: Archive) -> Background | None:
    """Read and compile the rules of the tokenizer, while whoever loads the model does other things."""
    if archive.header.get("tokenizer") != {"storage": "bytes"}:
        return None
    # Imported here: modules that import each other, on two threads at once, wait for each other.
    from nlpcore.tokenizer.tokenizer import StoredRules

    def read(tensors: dict[str, Tensor]) -> StoredRules:
        with _place("tokenizer"):
            return StoredRules.from_bytes(_blob(tensors))

    return Background(read, archive.tensors_of("tokenizer"))


def apply_archive(
    nlp: Language,
    archive: Archive,
    excluded: list[str],
    folder: Path | None,
    rules: Background | None = None,
) -> None:
    """Put what is stored into the components, tokenizer and vocab of a pipeline that has them already.

    rules: what ``begin_rules`` gave for the archive.
    """
    header = archive.header
    stored = {entry["name"]: (index, entry) for index, entry in enumerate(header["components"])}
    if folder is not None:
        for name, pipe in nlp.components:
            if name not in excluded and name not in stored and _storage(pipe) != "none":
                known = ", ".join(stored) or "none"
                raise errors.ModelDataError(reason=f"it has no component {name!r} (it has: {known})")
    # What packs weights leaves Python alone meanwhile; but all imports are on this thread.
    waiting: list[Background] = []
    if any(hasattr(pipe, "prepare") for _, pipe in nlp.components):
        import nlpcore.engine.annotator  # noqa: F401
    for name, pipe in nlp.components:
        if name in excluded or name not in stored:
            continue
        index, entry = stored[name]
        _apply_component(name, pipe, entry, archive, f"c{index}", folder)
        if hasattr(pipe, "prepare"):
            waiting.append(Background(pipe.prepare))
    if "vocab" not in excluded and "vocab" in header:
        _apply_part(nlp.vocab, "vocab", archive)
    if "tokenizer" not in excluded and "tokenizer" in header:
        _apply_tokenizer(nlp.tokenizer, archive, rules)
    for task in waiting:
        task.result()
    if "meta" not in excluded:
        nlp._meta.update(header["meta"])
    nlp._changed()


def _apply_component(
    name: str, pipe: Any, entry: dict[str, Any], archive: Archive, prefix: str, folder: Path | None
) -> None:
    storage = entry["storage"]
    if storage == "state" and hasattr(pipe, "set_state"):
        takes_tensors = getattr(pipe, "takes_tensors", False)
        with _place(f"component {name!r}"):
            tensors = archive.tensors_of(prefix) if takes_tensors else archive.arrays_of(prefix)
            pipe.set_state(entry["state"], tensors)
    elif storage == "bytes" and hasattr(pipe, "from_bytes"):
        pipe.from_bytes(_blob(archive.tensors_of(prefix)), exclude=["vocab"])
    elif storage == "files" and folder is not None and hasattr(pipe, "from_disk"):
        check_file_name(name)
        pipe.from_disk(folder / name, exclude=["vocab"])
    elif storage not in ("none", "excluded", "files"):
        raise errors.ModelDataError(
            reason=f"the component {name!r} here ({type(pipe).__name__}) cannot read what was stored for it"
        )


def _apply_tokenizer(tokenizer: Any, archive: Archive, rules: Background | None) -> None:
    from nlpcore.tokenizer.tokenizer import Tokenizer

    if rules is not None and type(tokenizer) is Tokenizer:
        tokenizer.take(rules.result())
    else:
        _apply_part(tokenizer, "tokenizer", archive)


def _apply_part(part: Any, prefix: str, archive: Archive) -> None:
    entry = archive.header[prefix]
    with _place(prefix):
        if entry["storage"] == "state" and hasattr(part, "set_state"):
            part.set_state(entry["state"], archive.arrays_of(prefix))
        elif entry["storage"] == "bytes" and hasattr(part, "from_bytes"):
            part.from_bytes(_blob(archive.tensors_of(prefix)), exclude=["vocab"])


def _blob(tensors: dict[str, Tensor]) -> bytes:
    stored = tensors.get("bytes")
    if stored is None or stored.dtype != "uint8" or stored.ndim != 1:
        raise errors.ModelDataError(reason="stored bytes are missing")
    return stored.tobytes()


class _place:  # noqa: N801
    """Turn whatever goes wrong with unsound data into a ModelDataError that says where."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, errors.ModelDataError):
            error.add_place(self.where)
        elif isinstance(error, (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)):
            reason = f"{self.where}: {type(error).__name__}: {error}"
            raise errors.ModelDataError(reason=reason) from error


def check_file_name(name: str) -> None:
    """Refuse names of components that would leave the model's directory or hide in it."""
    if (
        not name
        or name[0] == "."
        or any(c in '/\\:"<>|?*\0' for c in name)
        or name in (ARCHIVE_NAME, META_NAME)
    ):
        raise errors.ModelDataError(reason=f"the component name {name!r:.80} cannot be the name of a file")


def _names(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


# -- pickle and deepcopy ------------------------------------------------------------------------------------


def picklable_state(nlp: Language) -> dict[str, Any]:
    """The attributes of a pipeline.

    Components that have a state are replaced by it, and functions by nothing: both are made again by their
    factories. All others are pickled themselves.
    """
    state = dict(nlp.__dict__)
    state["_optimizer"] = state["_original"] = None
    state["_components"] = []
    for name, pipe in nlp.components:
        if _storage(pipe) == "state":
            state["_components"].append((name, "state", pipe.get_state()))  # type: ignore[attr-defined]
        elif isinstance(pipe, types.FunctionType):
            state["_components"].append((name, "function", None))
        else:
            state["_components"].append((name, "object", pipe))
    return state


def set_picklable_state(nlp: Language, state: dict[str, Any]) -> None:
    """Make the components again and give each its state."""
    nlp.__dict__.update({**state, "_components": []})
    for name, kind, value in state["_components"]:
        pipe = value
        if kind != "object":
            config = nlp._pipe_configs[name]
            pipe = nlp.create_pipe(config["factory"], name, config=config, validate=False)
        if kind == "state":
            pipe.set_state(*value)
        nlp._components.append((name, pipe))
    nlp._changed()
