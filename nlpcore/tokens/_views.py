"""What Doc, Token and Span compute from columns: tree neighbours, character spans, vectors, lexeme values."""

from __future__ import annotations

import warnings
from typing import Any

from nlpcore import errors, symbols
from nlpcore.lazy import numpy

IOB_STRINGS = ("", "I", "O", "B")
UPOS = (
    *("ADJ", "ADP", "ADV", "AUX", "CONJ", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN"),
    *("PUNCT", "SCONJ", "SYM", "VERB", "X", "EOL", "SPACE"),
)
POS_IDS = {"": 0, **{name: symbols.IDS[name] for name in UPOS}}
POS_NAMES = {id: name for name, id in POS_IDS.items()}
OOV_RANK = 2**64 - 1
CONJ = "conj"


def pos_id(name: str | None) -> int:
    """Id of a universal part of speech. Raises DocError (a ValueError) for another name."""
    if not name:
        return 0
    if name not in POS_IDS:
        raise errors.DocError(
            f"{name!r} is not a universal part of speech ({', '.join(UPOS)}). Use `tag` for other tags."
        )
    return POS_IDS[name]


def morph_analysis(vocab: Any, key: int) -> Any:
    """The MorphAnalysis of a MORPH id."""
    from nlpcore.vocab.morphology import MorphAnalysis

    return MorphAnalysis.from_id(vocab, key)


def morph_id(vocab: Any, features: Any) -> int:
    """The MORPH id of features as a user gives them; 0 for None."""
    if features is None:
        return 0
    if hasattr(features, "key"):
        if getattr(features, "vocab", vocab) is vocab:
            return features.key
        features = str(features)
    if isinstance(features, int):
        features = vocab.strings[features]
    return vocab.morphology.add(features)


def lexeme_value(token: Any, name: str) -> Any:
    """rank, prob, cluster or sentiment: the lexeme's, if somebody looked it up; else the default."""
    vocab, text = token.vocab, token.text
    if text in vocab:
        return getattr(vocab[text], name)
    if name == "rank":
        return OOV_RANK
    if name == "prob":
        return vocab.cfg.get("oov_prob", -20.0)
    return 0 if name == "cluster" else 0.0


def has_parse(doc: Any) -> bool:
    """Whether any token has a dependency label."""
    deps = doc.column("DEP")
    return deps is not None and bool(deps.any())


def conjuncts(doc: Any, i: int) -> list[int]:
    """All tokens coordinated with token i, itself included: the first conjunct, then from level to level."""
    heads, deps = doc.column("HEAD"), doc.column("DEP")
    if heads is None or deps is None:
        return [i]
    conj = doc.vocab.strings[CONJ]
    first = i
    for _ in range(len(doc)):
        if deps[first] != conj or heads[first] == first:
            break
        first = int(heads[first])
    found = [first]
    for token in found:
        found.extend(child for child in doc._children(token) if child > token and deps[child] == conj)
    return found


def lca_matrix(doc: Any, start: int, end: int) -> numpy.ndarray:
    """Lowest common ancestors of tokens start to end: (n, n) int32, relative to start, -1 where there is none
    in the span. Raises SentenceError without sentence boundaries."""
    n = end - start
    matrix = numpy.full((n, n), -1, dtype=numpy.int32)
    heads = doc.column("HEAD")
    for sent in doc.sents if n else ():
        low, high = max(sent.start, start), min(sent.end, end)
        paths = []
        for i in range(low, high):
            path = [i]
            while heads is not None and heads[path[-1]] != path[-1] and len(path) <= len(doc):
                path.append(int(heads[path[-1]]))
            paths.append(path)
        for a, path in enumerate(paths):
            steps = set(path)
            matrix[low - start + a, low - start + a] = low - start + a
            for b in range(a + 1, len(paths)):
                common = next((k for k in paths[b] if k in steps), -1)
                value = common - start if start <= common < end else -1
                matrix[low - start + a, low - start + b] = value
                matrix[low - start + b, low - start + a] = value
    return matrix


def char_span(
    doc: Any, start: int, end: int, label: Any, kb_id: Any, vector: Any, mode: str, span_id: Any
) -> Any:
    """See Doc.char_span."""
    from nlpcore.tokens.span import Span

    if mode not in ("strict", "contract", "expand"):
        raise errors.DocError(f"There is no alignment mode {mode!r}: use strict, contract or expand.")
    n_chars = len(doc.text)
    if start < 0 or start >= n_chars or end > n_chars:
        return None
    if mode == "strict":
        first, last = doc.token_starting_at(start), doc.token_ending_at(end)
        if first < 0 or last < 0 or end < start:
            return None
        last += 1  # where start and end are one boundary between two tokens, an empty span
    else:
        starts = doc.column("START")
        ends = starts + doc.column("LENGTH")
        if mode == "contract":
            first = int(starts.searchsorted(start, "left"))
            last = int(ends.searchsorted(end, "right"))
            if last <= first:
                return None
        else:
            first = int(ends.searchsorted(start, "right"))
            last = int(starts.searchsorted(end, "left"))
            if last == 0 or last < first:
                return None
    return Span(doc, first, last, label=label, kb_id=kb_id, vector=vector, span_id=span_id)


def noun_chunks(doc: Any) -> Any:
    """Base noun phrases by the vocab's definition, as Spans with the label NP."""
    from nlpcore.tokens.span import Span

    get_chunks = doc.noun_chunks_iterator or doc.vocab.get_noun_chunks
    if get_chunks is None:
        raise errors.NoNounChunksError(
            f"Noun chunks are not defined for the language {doc.vocab.lang!r}. Set "
            "`doc.noun_chunks_iterator` or `vocab.get_noun_chunks`."
        )
    for start, end, label in list(get_chunks(doc)):
        yield Span(doc, start, end, label=label)


# -- vectors -------------------------------------------------------------------------------------------------


def _static(doc: Any) -> bool:
    """Whether the vocab has static vectors."""
    vectors = doc.vocab.vectors
    return vectors is not None and vectors.size > 0


def _tensor(doc: Any) -> bool:
    """Whether ``doc.tensor`` has a row for each token."""
    tensor = doc.tensor
    return tensor is not None and tensor.ndim == 2 and tensor.size > 0 and tensor.shape[0] == len(doc)


def _zeros(doc: Any) -> numpy.ndarray:
    return numpy.zeros((doc.vocab.vectors_length,), dtype="f")


def _norm(vector: Any) -> float:
    return float(numpy.sqrt((vector**2).sum())) if vector.size else 0.0


def token_has_vector(token: Any) -> bool:
    doc = token.doc
    if "has_vector" in doc.user_token_hooks:
        return doc.user_token_hooks["has_vector"](token)
    if not _static(doc) and _tensor(doc):
        return True
    return doc.vocab.has_vector(token.text)


def token_vector(token: Any) -> numpy.ndarray:
    doc = token.doc
    if "vector" in doc.user_token_hooks:
        return doc.user_token_hooks["vector"](token)
    if not _static(doc):
        return doc.tensor[token.i] if _tensor(doc) else _zeros(doc)
    return doc.vocab.get_vector(token.text)


def token_vector_norm(token: Any) -> float:
    if "vector_norm" in token.doc.user_token_hooks:
        return token.doc.user_token_hooks["vector_norm"](token)
    return _norm(token.vector)


def span_has_vector(span: Any) -> bool:
    doc = span.doc
    if "has_vector" in doc.user_span_hooks:
        return doc.user_span_hooks["has_vector"](span)
    if _static(doc):
        return any(token.has_vector for token in span)
    return _tensor(doc)


def span_vector(span: Any) -> numpy.ndarray:
    doc = span.doc
    if "vector" in doc.user_span_hooks:
        return doc.user_span_hooks["vector"](span)
    if not len(span):
        return _zeros(doc)
    if not _static(doc) and _tensor(doc) and not doc.user_token_hooks:
        return doc.tensor[span.start : span.end].mean(axis=0)
    return sum(token.vector for token in span) / len(span)


def doc_has_vector(doc: Any) -> bool:
    if "has_vector" in doc.user_hooks:
        return doc.user_hooks["has_vector"](doc)
    if _static(doc):
        return any(token.has_vector for token in doc)
    return _tensor(doc)


def doc_vector(doc: Any) -> numpy.ndarray:
    if "vector" in doc.user_hooks:
        return doc.user_hooks["vector"](doc)
    if not len(doc):
        return _zeros(doc)
    if _static(doc):
        return sum(token.vector for token in doc) / len(doc)
    return doc.tensor.mean(axis=0) if _tensor(doc) else _zeros(doc)


def vector_norm(item: Any) -> float:
    """Norm of the vector of a Doc or Span, or what its hook says."""
    hooks = item.user_hooks if item.doc is item else item.doc.user_span_hooks
    if "vector_norm" in hooks:
        return hooks["vector_norm"](item)
    return _norm(item.vector)


def extend_tensor(doc: Any, tensor: Any) -> None:
    if doc.tensor is None or doc.tensor.size == 0:
        doc.tensor = tensor
    else:
        doc.tensor = numpy.hstack((doc.tensor, tensor))


def _orths(item: Any) -> list[str]:
    """The texts of what is compared: of one lexeme or token, or of the tokens of a sequence."""
    if hasattr(item, "orth_") and not hasattr(item, "__getitem__"):
        return [item.orth_]
    return [token.orth_ for token in item]


def _cosine(one: Any, other: Any, what: str) -> float:
    if _orths(one) == _orths(other):
        return 1.0
    if not _static(one.doc):
        warnings.warn(
            f"The vocab has no static vectors, so `{what}.similarity` compares the network's output for "
            "these tokens, which says more about their use in the sentence than about their meaning.",
            UserWarning,
            stacklevel=4,
        )
    norms = one.vector_norm * other.vector_norm
    if not norms:
        warnings.warn(
            f"`{what}.similarity` is 0 because one of the vectors is empty.", UserWarning, stacklevel=4
        )
        return 0.0
    return float(numpy.dot(one.vector, other.vector) / norms)


def token_similarity(token: Any, other: Any) -> float:
    if "similarity" in token.doc.user_token_hooks:
        return token.doc.user_token_hooks["similarity"](token, other)
    return _cosine(token, other, "Token")


def span_similarity(span: Any, other: Any) -> float:
    if "similarity" in span.doc.user_span_hooks:
        return span.doc.user_span_hooks["similarity"](span, other)
    return _cosine(span, other, "Span")


def doc_similarity(doc: Any, other: Any) -> float:
    if "similarity" in doc.user_hooks:
        return doc.user_hooks["similarity"](doc, other)
    return _cosine(doc, other, "Doc")
