"""Small components that are plain functions: joining tokens, clearing what is not needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.pipeline.factories import component, factory
from nlpcore.util import filter_spans

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.tokens import Doc


@component("merge_noun_chunks", requires=["token.dep", "token.tag", "token.pos"], retokenizes=True)
def merge_noun_chunks(doc: Doc) -> Doc:
    """Make each noun chunk one token. A Doc without a parse stays as it is."""
    if not len(doc) or not doc.has_annotation("DEP"):
        return doc
    with doc.retokenize() as retokenizer:
        for chunk in doc.noun_chunks:
            retokenizer.merge(chunk, attrs={"tag": chunk.root.tag, "dep": chunk.root.dep})
    return doc


@component("merge_entities", requires=["doc.ents", "token.ent_iob", "token.ent_type"], retokenizes=True)
def merge_entities(doc: Doc) -> Doc:
    """Make each entity one token."""
    with doc.retokenize() as retokenizer:
        for ent in doc.ents:
            attrs = {"tag": ent.root.tag, "dep": ent.root.dep, "ent_type": ent.label}
            retokenizer.merge(ent, attrs=attrs)
    return doc


def merge_subtokens(doc: Doc, label: str = "subtok") -> Doc:
    """Make one token of neighbours that the parser joined by arcs of this label."""
    spans = []
    start = None
    for token in doc:
        if token.dep_ == label and token.head.i == token.i + 1:
            start = token.i if start is None else start
        elif start is not None:
            spans.append(doc[start : token.i + 1])
            start = None
    with doc.retokenize() as retokenizer:
        for span in filter_spans(spans):
            retokenizer.merge(span)
    return doc


component("merge_subtokens", requires=["token.dep"], retokenizes=True, func=merge_subtokens)


class TokenSplitter:
    """Cuts tokens that are too long for a model into pieces.

    min_length: tokens of at least so many characters are cut; split_length: characters of a piece.
    """

    def __init__(self, min_length: int = 0, split_length: int = 0) -> None:
        self.min_length = min_length
        self.split_length = split_length

    def __call__(self, doc: Doc) -> Doc:
        size = self.split_length
        if self.min_length > 0 and size > 0:
            with doc.retokenize() as retokenizer:
                for token in doc:
                    text = token.text
                    if len(text) >= self.min_length and len(text) > size:
                        pieces = [text[i : i + size] for i in range(0, len(text), size)]
                        last = len(pieces) - 1
                        heads: list[Any] = [(token, i + 1) for i in range(last)]
                        heads.append((token, last) if token.head == token else token.head)
                        retokenizer.split(token, pieces, heads)
        return doc

    def get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"min_length": self.min_length, "split_length": self.split_length}, {}

    def set_state(self, meta: dict[str, Any], tensors: dict[str, Any]) -> None:
        shortest, size = meta.get("min_length"), meta.get("split_length")
        if tensors or not isinstance(shortest, int) or not isinstance(size, int):
            raise errors.ModelDataError(reason="the lengths of a token_splitter are no integers")
        self.min_length, self.split_length = shortest, size


@factory("token_splitter", default_config={"min_length": 25, "split_length": 10}, retokenizes=True)
def make_token_splitter(nlp: Language, name: str, min_length: int, split_length: int) -> TokenSplitter:
    return TokenSplitter(min_length, split_length)


class DocCleaner:
    """Sets attributes of a Doc, such as ``tensor``, to given values: what stays small can be kept longer.

    attrs: name of an attribute (``tensor``, ``_.my_extension``) -> its new value.
    silent: leave out attributes that the Doc does not have, instead of warning.
    """

    def __init__(self, attrs: Mapping[str, Any], *, silent: bool = True) -> None:
        self.cfg: dict[str, Any] = {"attrs": dict(attrs), "silent": silent}

    def __call__(self, doc: Doc) -> Doc:
        import warnings

        for name, value in self.cfg["attrs"].items():
            holder: Any = doc
            *path, last = name.split(".")
            for part in path:
                holder = getattr(holder, part, None)
            if hasattr(holder, last):
                setattr(holder, last, value)
            elif not self.cfg["silent"]:
                warnings.warn(f"The Doc has no attribute {name!r} to clear.", stacklevel=2)
        return doc

    def to_bytes(self, **kwargs: Any) -> bytes:
        return b""

    def from_bytes(self, data: bytes, **kwargs: Any) -> DocCleaner:
        return self


@factory("doc_cleaner", default_config={"attrs": {"tensor": None}, "silent": True})
def make_doc_cleaner(nlp: Language, name: str, attrs: dict[str, Any], silent: bool) -> Callable[[Doc], Doc]:
    return DocCleaner(attrs, silent=silent)
