"""Merging and splitting tokens: ``with doc.retokenize() as retokenizer``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from nlpcore import errors
from nlpcore.attrs import intify_attr
from nlpcore.tokens import _arrays, _views
from nlpcore.tokens._serialize import ID_COLUMNS, columns_of
from nlpcore.tokens.underscore import Underscore

SETTABLE = (*ID_COLUMNS, "SENT_START", "ENT_IOB")


class Retokenizer:
    """Collects merges and splits, and does them all when the ``with`` block ends without an error.

    Indices are those before the block. The text never changes. Spans in ``doc.spans`` whose boundaries fall
    inside a merged token grow to cover it; Tokens and Spans held elsewhere are described in their classes.
    """

    def __init__(self, doc: Any) -> None:
        self.doc = doc
        self._merges: list[tuple[int, int, dict[str, Any]]] = []
        self._splits: list[tuple[int, list[str], list[tuple[int, int | None]], dict[str, list[Any]]]] = []
        self._touched: set[int] = set()

    def merge(self, span: Any, attrs: Mapping[Any, Any] = {}) -> None:
        """Make one token of a Span. attrs: attributes (names or ids) of it; the others are the span root's.

        ``"_"`` maps names of extension attributes to values. Raises RetokenizeError (a ValueError) for an
        empty span, one that overlaps others of the block, or one of another Doc.
        """
        from nlpcore.tokens.span import Span

        if not isinstance(span, Span):
            raise TypeError(f"`merge` needs a Span, not {type(span).__name__}.")
        if span.doc is not self.doc:
            raise errors.RetokenizeError("The span to merge belongs to another Doc.")
        start, end = span.start, span.end
        if start == end:
            raise errors.RetokenizeError(f"The span at token {start} has no tokens to merge.")
        if self._touched.intersection(range(start, end)):
            raise errors.RetokenizeError(
                f"The span {span!r} overlaps one that is merged or split already. Use "
                "`nlpcore.util.filter_spans` to keep the longest of overlapping spans."
            )
        self._touched.update(range(start, end))
        self._merges.append((start, end, self._attributes(attrs)))

    def split(
        self, token: Any, orths: Sequence[str], heads: Sequence[Any], attrs: Mapping[Any, Any] = {}
    ) -> None:
        """Make several tokens of one. orths: their texts, which together are the token's.

        heads: for each a Token, or (token, k) for the k-th part of a token that is split. attrs: attribute
        (name or id) to a list of values; the others are the split token's. Raises RetokenizeError (a
        ValueError).
        """
        if token.doc is not self.doc:
            raise errors.RetokenizeError("The token to split belongs to another Doc.")
        orths = list(orths)
        if "".join(orths) != token.text:
            raise errors.RetokenizeError(
                f"The parts {orths!r} spell {''.join(orths)!r}, but the token is {token.text!r}."
            )
        if not all(orths):
            raise errors.RetokenizeError("A part of a split token is an empty string.")
        heads = list(heads)
        if len(heads) != len(orths):
            raise errors.RetokenizeError(f"{len(orths)} parts need as many heads, not {len(heads)}.")
        if token.i in self._touched:
            raise errors.RetokenizeIndexError(f"Token {token.i} is merged or split already.")
        places = []
        for head in heads:
            owner, part = head if isinstance(head, tuple) else (head, None)
            if owner.doc is not self.doc:
                raise errors.RetokenizeError("A head belongs to another Doc.")
            places.append((owner.i, part))
        values = self._attributes(attrs)
        for name, given in values.items():
            if len(given) != len(orths):
                raise errors.RetokenizeError(f"{name} has {len(given)} values for {len(orths)} parts.")
        self._touched.add(token.i)
        self._splits.append((token.i, orths, places, values))

    def _attributes(self, attrs: Mapping[Any, Any]) -> dict[str, Any]:
        """Upper-case names; ids of attributes become names; unknown names are left out."""
        values = {}
        for key, value in attrs.items():
            if key == "_":
                for entry in value if isinstance(value, (list, tuple)) else [value]:
                    self._check_extensions(entry)
                values["_"] = value
                continue
            number = intify_attr(key)
            name = _arrays.NAME_OF.get(number, "") if number is not None else ""
            if name in SETTABLE:
                values[name] = value
        return values

    def _check_extensions(self, entry: Any) -> None:
        if not isinstance(entry, Mapping):
            raise errors.RetokenizeError(f'"_" takes a dict of extension attributes, not {entry!r}.')
        for name in entry:
            declared = Underscore.token_extensions.get(name)
            if declared is None:
                raise errors.RetokenizeError(
                    f"There is no extension attribute {name!r} on Token. Declare it with "
                    "`Token.set_extension`."
                )
            if declared[1] is not None or (declared[2] is not None and declared[3] is None):
                raise errors.RetokenizeError(f"The extension attribute {name!r} cannot be set.")

    def __enter__(self) -> Retokenizer:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None and (self._merges or self._splits):
            self._apply()
        self._merges, self._splits, self._touched = [], [], set()

    # -- the work ----------------------------------------------------------------------------------------

    def _id(self, name: str, value: Any) -> int:
        """A column's value from what a user gives."""
        if name == "POS" and (value is None or isinstance(value, str)):
            return _views.pos_id(value)
        if name == "MORPH":
            return _views.morph_id(self.doc.vocab, value)
        if value is None:
            return 0
        if name == "SENT_START" and isinstance(value, bool):
            return 1 if value else -1
        return self.doc.vocab.strings.add(value) if isinstance(value, str) else int(value)

    def _apply(self) -> None:
        doc = self.doc
        n = len(doc)
        starts, lengths, spacy = (doc.column(name) for name in ("START", "LENGTH", "SPACY"))
        merges = {start: (end, attrs) for start, end, attrs in self._merges}
        splits = {token: (orths, heads, attrs) for token, orths, heads, attrs in self._splits}
        source: list[int] = []  # the old token whose annotation each new one has
        new_starts: list[int] = []
        new_lengths: list[int] = []
        new_spacy: list[bool] = []
        first_new = numpy.zeros(n, dtype="i8")  # the first new token of each old one
        given: list[tuple[int, dict[str, Any]]] = []
        fresh: list[int] = []  # new tokens that have no row of the tensor
        lemmas: dict[int, str] = {}
        old = columns_of(doc)
        i = 0
        while i < n:
            here = len(source)
            if i in merges:
                end, attrs = merges[i]
                span = doc[i:end]
                source.append(span.root.i)
                first_new[i:end] = here
                new_starts.append(int(starts[i]))
                new_lengths.append(int(starts[end - 1] + lengths[end - 1] - starts[i]))
                new_spacy.append(bool(spacy[end - 1]))
                if end - i > 1 and "LEMMA" in old and "LEMMA" not in attrs:
                    lemmas[here] = span.lemma_
                given.append((here, attrs))
                i = end
            elif i in splits:
                orths, _, attrs = splits[i]
                position = int(starts[i])
                first_new[i] = here
                for k, orth in enumerate(orths):
                    source.append(i)
                    new_starts.append(position)
                    new_lengths.append(len(orth))
                    new_spacy.append(bool(spacy[i]) and k + 1 == len(orths))
                    position += len(orth)
                    doc.vocab.strings.add(orth)
                    given.append((here + k, {name: values[k] for name, values in attrs.items()}))
                    if len(orths) > 1:
                        fresh.append(here + k)
                        if "LEMMA" in old and "LEMMA" not in attrs:
                            lemmas[here + k] = orth
                i += 1
            else:
                first_new[i] = here
                source.append(i)
                new_starts.append(int(starts[i]))
                new_lengths.append(int(lengths[i]))
                new_spacy.append(bool(spacy[i]))
                i += 1
        columns = {name: column[source] for name, column in old.items()}
        self._heads(columns, first_new, splits)
        self._entities(old, columns, first_new, merges, splits)
        changed = {
            first_new[start] for start, end in ((s, e) for s, (e, _) in merges.items()) if end - start > 1
        }
        changed.update(fresh)
        if "NORM" in columns:
            columns["NORM"][sorted(changed)] = 0
        for token, lemma in lemmas.items():
            columns["LEMMA"][token] = doc.vocab.strings.add(lemma)
        for token, attrs in given:
            for name, value in attrs.items():
                if name == "_":
                    continue
                if name not in columns:
                    kind = "i1" if name in ("SENT_START", "ENT_IOB") else "u8"
                    columns[name] = numpy.zeros(len(source), dtype=kind)
                columns[name][token] = self._id(name, value)
                if name == "ENT_TYPE" and columns[name][token] and "ENT_IOB" in columns:
                    if columns["ENT_IOB"][token] in (0, 2):
                        columns["ENT_IOB"][token] = 3
                elif name == "ENT_TYPE" and columns[name][token] and "ENT_IOB" not in attrs:
                    columns["ENT_IOB"] = numpy.zeros(len(source), dtype="i1")
                    columns["ENT_IOB"][token] = 3
        _begin_entities(columns)
        groups = _groups(doc)
        parsed = "DEP" in columns and columns["DEP"].any()
        doc._replace_tokens(doc.text, new_starts, new_lengths, new_spacy, columns)
        if parsed and "HEAD" in columns:
            doc._boundaries_from_heads()
        _tensor(doc, n, source, fresh)
        for span, start, end in groups:
            span._move(int(first_new[start]), int(first_new[end - 1]) + _parts(splits, end - 1))
        for token, attrs in given:
            for name, value in attrs.get("_", {}).items():
                doc[token]._.set(name, value)

    def _heads(self, columns: dict[str, Any], first_new: Any, splits: dict[int, Any]) -> None:
        """Heads as new indices: what hung from a merged or split token hangs from the (first) new one."""
        needed = splits and self.doc.column("DEP") is not None
        if "HEAD" not in columns and not needed:
            return
        n_new = int(first_new[-1]) + _parts(splits, len(first_new) - 1)
        heads = columns.get("HEAD")
        heads = numpy.arange(n_new) if heads is None else first_new[heads]
        for token, (_, places, _) in splits.items():
            for k, (owner, part) in enumerate(places):
                part = 0 if part is None else part
                if not 0 <= part < _parts(splits, owner):
                    raise errors.RetokenizeError(
                        f"Part {k} of token {token} should hang from part {part} of token {owner}, which has "
                        f"{_parts(splits, owner)}."
                    )
                heads[first_new[token] + k] = first_new[owner] + part
        columns["HEAD"] = heads

    def _entities(
        self, old: dict[str, Any], columns: dict[str, Any], first_new: Any, merges: Any, splits: Any
    ) -> None:
        """IOB codes: a merged token continues an entity if its first token did; parts of a split one do."""
        if "ENT_IOB" not in columns:
            return
        iob, types = columns["ENT_IOB"], columns.get("ENT_TYPE")
        for start, (end, _) in merges.items():
            here = first_new[start]
            if end - start == 1 or iob[here] not in (1, 3):
                continue
            same = types is None or old["ENT_TYPE"][start] == types[here]
            first = old["ENT_IOB"][start]
            iob[here] = first if same and first in (1, 3) else 3
        for token, (orths, _, _) in splits.items():
            here = first_new[token]
            if iob[here] == 3:
                iob[here + 1 : here + len(orths)] = 1


def _parts(splits: dict[int, Any], token: int) -> int:
    """Into how many tokens an old one goes."""
    return len(splits[token][0]) if token in splits else 1


def _begin_entities(columns: dict[str, Any]) -> None:
    """Let an entity begin where the token before is in none, or in one of another type."""
    if "ENT_IOB" not in columns:
        return
    iob = columns["ENT_IOB"]
    types = columns.get("ENT_TYPE", numpy.zeros(len(iob), dtype="u8"))
    for i in numpy.flatnonzero(iob == 1).tolist():
        if i == 0 or iob[i - 1] not in (1, 3) or types[i - 1] != types[i]:
            iob[i] = 3


def _groups(doc: Any) -> list[tuple[Any, int, int]]:
    """The spans of ``doc.spans`` that are not empty, with their places."""
    if not doc._has_spans:
        return []
    spans = {id(span): span for group in doc.spans.values() for span in group}
    return [(span, span.start, span.end) for span in spans.values() if span.end > span.start]


def _tensor(doc: Any, n: int, source: list[int], fresh: list[int]) -> None:
    """Rows of the tensor follow their tokens; parts of a split token have none, so zeros."""
    tensor = doc.tensor
    if tensor is None or not tensor.ndim or not tensor.size or tensor.shape[0] != n:
        return
    rows = tensor[source]
    rows[fresh] = 0
    doc.tensor = rows
