"""Span: a stretch of tokens of a Doc, with a label."""

from libc.stdint cimport uint64_t

from nlpcore.tokens.doc cimport Doc
from nlpcore.tokens.token cimport make_token

from nlpcore import errors
from nlpcore.tokens import _arrays, _docs, _views
from nlpcore.tokens.underscore import Underscore


cdef extern from "Python.h":
    int PySlice_Unpack(object key, Py_ssize_t* start, Py_ssize_t* stop, Py_ssize_t* step) except -1
    Py_ssize_t PySlice_AdjustIndices(Py_ssize_t n, Py_ssize_t* start, Py_ssize_t* stop, Py_ssize_t step)


cdef int slice_bounds(Py_ssize_t length, object key, Py_ssize_t* first, Py_ssize_t* last) except -1:
    """Bounds of a slice over `length` tokens, 0 <= first <= last <= length. Raises StepError."""
    cdef Py_ssize_t step
    PySlice_Unpack(key, first, last, &step)
    if step != 1:
        raise errors.StepError(
            "Slices with a step are not spans. Use `list(doc)[start:stop:step]` for a list of tokens."
        )
    PySlice_AdjustIndices(length, first, last, 1)
    last[0] = max(first[0], last[0])
    return 0


cdef Span make_span(Doc doc, Py_ssize_t first, Py_ssize_t last):
    """The Span of boundaries that the caller has checked: 0 <= first <= last <= length."""
    cdef Span span = Span.__new__(Span)
    span.doc = doc
    span.first = first
    span.last = last
    span.set_chars()
    return span


cdef uint64_t string_id(Doc doc, object value, str what) except? 0:
    """Id of a str, which is interned, or of an id that the store knows."""
    if isinstance(value, str):
        return doc.vocab.strings.intern(value)
    if value is None or not hasattr(value, "__index__"):
        raise TypeError(f"`{what}` of a Span is a str or an id, not {value!r}.")
    cdef uint64_t id = value
    if id and doc.strings.get(value) is None and not doc.vocab.strings.has(id):
        raise errors.UnknownIdError(
            f"{value} was given as `{what}` of a Span, but no string in the store has this id. Give the str."
        )
    return id


cdef class Span:
    """Tokens start to end (exclusive) of a Doc, with label, knowledge base id and id.

    doc, start, end: 0 <= start <= end <= len(doc), else SpanIndexError (an IndexError). label, kb_id,
    span_id: str or id. vector: kept as ``span.vector``.

    A Span keeps its Doc alive. After the Doc was retokenized it finds its tokens again by characters, and
    raises SpanIndexError where its boundaries are no token boundaries any more.
    """

    def __init__(
        self, Doc doc not None, Py_ssize_t start, Py_ssize_t end, label=0, vector=None, vector_norm=None,
        kb_id=0, span_id=0,
    ):
        if not 0 <= start <= end <= doc.length:
            raise errors.SpanIndexError(
                f"A Span from {start} to {end} does not fit a Doc of {doc.length} tokens."
            )
        self.doc = doc
        self.first = start
        self.last = end
        self.set_chars()
        self.label_id = string_id(doc, label, "label")
        self.kb = string_id(doc, kb_id, "kb_id")
        self.span_id = string_id(doc, span_id, "span_id")
        self.own_vector = vector
        self.own_vector_norm = vector_norm

    cdef int set_chars(self) except -1:
        """Characters of the tokens first to last."""
        cdef Doc doc = self.doc
        if self.first < doc.length:
            self.first_char = doc.start[self.first]
        else:
            self.first_char = len(doc.text)
        if self.last > self.first:
            self.last_char = doc.start[self.last - 1] + doc.n_chars[self.last - 1]
        else:
            self.last_char = self.first_char
        return 0

    cdef int check(self) except -1:
        """See that the tokens are still those of the characters; find them again if not."""
        cdef Doc doc = self.doc
        cdef Py_ssize_t first, last
        if doc is None:
            raise errors.SpanIndexError("This Span was made without a Doc.")
        if self.first == self.last:
            if self.last > doc.length:
                self.first = self.last = doc.length
            return 0
        if (
            self.last <= doc.length and doc.start[self.first] == self.first_char
            and doc.start[self.last - 1] + doc.n_chars[self.last - 1] == self.last_char
        ):
            return 0
        first = doc.token_starting_at(self.first_char)
        last = doc.token_ending_at(self.last_char)
        if first < 0 or last < first:
            raise errors.SpanIndexError(
                f"The Span of characters {self.first_char} to {self.last_char} no longer lies on token "
                "boundaries, because its Doc was retokenized. Make it again with `doc.char_span`."
            )
        self.first = first
        self.last = last + 1
        return 0

    def _ids(self):
        """Ids of label, knowledge base id and id, without interning their strings."""
        return self.label_id, self.kb, self.span_id

    def _move(self, Py_ssize_t first, Py_ssize_t last):
        """Cover other tokens: 0 <= first <= last <= length."""
        if not 0 <= first <= last <= self.doc.length:
            raise errors.SpanIndexError(f"A Span from {first} to {last} does not fit the Doc.")
        self.first = first
        self.last = last
        self.set_chars()

    # -- place -----------------------------------------------------------------------------------------

    @property
    def start(self):
        """First token."""
        self.check()
        return self.first

    @start.setter
    def start(self, Py_ssize_t value):
        self.check()
        if value < 0 or value > self.last:
            raise errors.SpanIndexError(f"`start` must lie between 0 and the end, {self.last}; not {value}.")
        self.first = value
        self.set_chars()

    @property
    def end(self):
        """One past the last token."""
        self.check()
        return self.last

    @end.setter
    def end(self, Py_ssize_t value):
        self.check()
        if value < self.first or value > self.doc.length:
            raise errors.SpanIndexError(
                f"`end` must lie between the start, {self.first}, and {self.doc.length}; not {value}."
            )
        self.last = value
        self.set_chars()

    @property
    def start_char(self):
        """First character in ``doc.text``."""
        return self.first_char

    @start_char.setter
    def start_char(self, Py_ssize_t value):
        cdef Py_ssize_t token = self.doc.token_starting_at(value)
        if token < 0 or token >= self.last:
            raise errors.SpanIndexError(f"No token before the Span's end starts at character {value}.")
        self.start = token

    @property
    def end_char(self):
        """One past the last character in ``doc.text``."""
        return self.last_char

    @end_char.setter
    def end_char(self, Py_ssize_t value):
        cdef Py_ssize_t token = self.doc.token_ending_at(value)
        if token < 0 or token < self.first:
            raise errors.SpanIndexError(f"No token after the Span's start ends at character {value}.")
        self.end = token + 1

    @property
    def vocab(self):
        """The Doc's Vocab."""
        return self.doc.vocab

    def __len__(self):
        """Number of tokens."""
        self.check()
        return self.last - self.first

    def __getitem__(self, key):
        """A Token of the span, or a Span for a slice without step. Raises IndexError, ValueError as Doc."""
        cdef Py_ssize_t i, start, stop
        self.check()
        cdef Py_ssize_t n = self.last - self.first
        if isinstance(key, slice):
            slice_bounds(n, key, &start, &stop)
            return make_span(self.doc, self.first + start, self.first + stop)
        if not hasattr(key, "__index__"):
            raise TypeError(f"A Span is indexed by int or slice, not by {type(key).__name__}.")
        i = key
        if i < 0:
            i += n
        if i < 0 or i >= n:
            raise errors.SpanIndexError(f"There is no token {key} in a Span of {n} tokens.")
        return make_token(self.doc, self.first + i)

    def __iter__(self):
        cdef Py_ssize_t i
        self.check()
        for i in range(self.first, self.last):
            if i >= self.doc.length:
                raise errors.TokenIndexError("The Doc was retokenized while a Span of it was iterated.")
            yield make_token(self.doc, i)

    def __repr__(self):
        return self.text

    def __str__(self):
        return self.text

    def __hash__(self):
        return hash((id(self.doc), self.first_char, self.last_char, self.label_id, self.kb))

    def __richcmp__(self, other, int op):
        if not isinstance(other, Span):
            return NotImplemented if op in (0, 1, 4, 5) else op == 3
        cdef Span span = other
        mine = (self.first_char, self.last_char, self.label_id, self.kb, self.span_id, id(self.doc))
        others = (span.first_char, span.last_char, span.label_id, span.kb, span.span_id, id(span.doc))
        if op == 0:
            return mine < others
        if op == 1:
            return mine <= others
        if op == 2:
            return mine == others
        if op == 3:
            return mine != others
        if op == 4:
            return mine > others
        return mine >= others

    def __reduce__(self):
        raise errors.ViewPickleError(
            "A Span cannot be pickled without its Doc. Pickle the Doc, and start, end and label beside it."
        )

    # -- text and label --------------------------------------------------------------------------------

    @property
    def text(self):
        """The characters from the first token to the last."""
        self.check()
        return self.doc.text[self.first_char:self.last_char]

    @property
    def text_with_ws(self):
        """The text, and the blank after it if one follows."""
        self.check()
        if self.last > self.first and self.doc.spacy[self.last - 1]:
            return self.doc.text[self.first_char:self.last_char + 1]
        return self.text

    @property
    def orth_(self):
        """The text without white space at its ends."""
        return self.text_with_ws.strip()

    @property
    def lemma_(self):
        """The lemmas, with blanks where the text has them."""
        return "".join([token.lemma_ + token.whitespace_ for token in self]).strip()

    @property
    def label(self):
        """Id of the label."""
        return self.doc.public_id(self.label_id)

    @label.setter
    def label(self, uint64_t value):
        self.label_id = value

    @property
    def label_(self):
        """The label."""
        return self.doc.string(self.label_id)

    @label_.setter
    def label_(self, str value not None):
        self.label_id = self.doc.vocab.strings.intern(value)

    @property
    def kb_id(self):
        """Id of the knowledge base id."""
        return self.doc.public_id(self.kb)

    @kb_id.setter
    def kb_id(self, uint64_t value):
        self.kb = value

    @property
    def kb_id_(self):
        """The knowledge base id."""
        return self.doc.string(self.kb)

    @kb_id_.setter
    def kb_id_(self, str value not None):
        self.kb = self.doc.vocab.strings.intern(value)

    @property
    def id(self):
        """Id of the span's own id."""
        return self.doc.public_id(self.span_id)

    @id.setter
    def id(self, uint64_t value):
        self.span_id = value

    @property
    def id_(self):
        """The span's own id."""
        return self.doc.string(self.span_id)

    @id_.setter
    def id_(self, str value not None):
        self.span_id = self.doc.vocab.strings.intern(value)

    @property
    def ent_id(self):
        """`ent_id` of the root."""
        return self.root.ent_id

    @ent_id.setter
    def ent_id(self, value):
        raise errors.ReadOnlyError("`ent_id` of a Span is read-only. Set `id`, or its tokens' `ent_id`.")

    @property
    def ent_id_(self):
        """`ent_id_` of the root."""
        return self.root.ent_id_

    @ent_id_.setter
    def ent_id_(self, value):
        raise errors.ReadOnlyError("`ent_id_` of a Span is read-only. Set `id_`, or its tokens' `ent_id_`.")

    # -- structure -------------------------------------------------------------------------------------

    @property
    def root(self):
        """The token nearest to its sentence's root, the first of several."""
        self.check()
        if "root" in self.doc.user_span_hooks:
            return self.doc.user_span_hooks["root"](self)
        if self.first == self.last:
            return self.doc[self.first]
        return make_token(self.doc, self.doc.tree().shallowest(self.first, self.last))

    @property
    def sent(self):
        """The sentence of the first token. Raises SentenceError (a ValueError) without boundaries."""
        cdef Py_ssize_t first, last
        self.check()
        if "sent" in self.doc.user_span_hooks:
            return self.doc.user_span_hooks["sent"](self)
        if self.doc.length == 0:
            return make_span(self.doc, 0, 0)
        self.doc.sentence_bounds(min(self.first, self.doc.length - 1), &first, &last)
        return make_span(self.doc, first, last)

    @property
    def sents(self):
        """The sentences that the span touches."""
        cdef Py_ssize_t first, last, i
        self.check()
        if "sents" in self.doc.user_span_hooks:
            yield from self.doc.user_span_hooks["sents"](self)
            return
        i = self.first
        while i < self.doc.length and (i < self.last or i == self.first):
            self.doc.sentence_bounds(i, &first, &last)
            yield make_span(self.doc, first, last)
            i = last

    @property
    def ents(self):
        """The Doc's entities that lie wholly in the span: list of Span."""
        self.check()
        return [ent for ent in self.doc.ents if ent.start >= self.first and ent.end <= self.last]

    @property
    def noun_chunks(self):
        """The Doc's noun chunks that lie wholly in the span."""
        self.check()
        for chunk in self.doc.noun_chunks:
            if chunk.start >= self.first and chunk.end <= self.last:
                yield chunk

    @property
    def conjuncts(self):
        """The tokens coordinated with the root: tuple."""
        return self.root.conjuncts

    @property
    def lefts(self):
        """Tokens before the span whose head is in it."""
        for token in reversed(list(self)):
            for left in token.lefts:
                if left.i < self.first:
                    yield left

    @property
    def rights(self):
        """Tokens after the span whose head is in it."""
        for token in list(self):
            for right in token.rights:
                if right.i >= self.last:
                    yield right

    @property
    def n_lefts(self):
        """Number of `lefts`."""
        return len(list(self.lefts))

    @property
    def n_rights(self):
        """Number of `rights`."""
        return len(list(self.rights))

    @property
    def subtree(self):
        """The span and what hangs from it: subtrees of `lefts`, the span, subtrees of `rights`."""
        for token in self.lefts:
            yield from token.subtree
        yield from self
        for token in self.rights:
            yield from token.subtree

    def get_lca_matrix(self):
        """Lowest common ancestors of all pairs of tokens: (n, n) int32, relative to the span, -1 for none."""
        self.check()
        return _views.lca_matrix(self.doc, self.first, self.last)

    def char_span(
        self, Py_ssize_t start_idx, Py_ssize_t end_idx, label=0, kb_id=0, vector=None, id=0,
        alignment_mode="strict", span_id=0,
    ):
        """As `Doc.char_span`, with characters counted from the start of this span."""
        self.check()
        return _views.char_span(
            self.doc, self.first_char + start_idx, self.first_char + end_idx, label, kb_id, vector,
            alignment_mode, span_id or id,
        )

    def to_array(self, py_attr_ids):
        """As `Doc.to_array`, for the span's tokens."""
        self.check()
        return _arrays.to_array(self.doc, py_attr_ids, self.first, self.last)

    def as_doc(self, *, copy_user_data=False, array_head=None, array=None):
        """A Doc of the span's tokens and their annotation; heads outside the span are cut."""
        self.check()
        return _docs.span_as_doc(self, copy_user_data)

    # -- vectors ---------------------------------------------------------------------------------------

    @property
    def has_vector(self):
        """Whether `vector` says something."""
        return _views.span_has_vector(self)

    @property
    def vector(self):
        """What the span was made with, or the mean of the tokens' vectors: (width,) float32."""
        if self.own_vector is not None:
            return self.own_vector
        return _views.span_vector(self)

    @property
    def vector_norm(self):
        """Euclidean norm of `vector`."""
        if self.own_vector_norm is not None:
            return self.own_vector_norm
        return _views.vector_norm(self)

    @property
    def tensor(self):
        """The span's rows of ``doc.tensor``."""
        self.check()
        if self.doc.tensor is None:
            return None
        return self.doc.tensor[self.first:self.last]

    @property
    def sentiment(self):
        """A hook's value, or the mean of the tokens'."""
        if "sentiment" in self.doc.user_span_hooks:
            return self.doc.user_span_hooks["sentiment"](self)
        return sum([token.sentiment for token in self]) / max(len(self), 1)

    def similarity(self, other):
        """Cosine of the vectors of this and a Doc, Span, Token or Lexeme."""
        return _views.span_similarity(self, other)

    # -- extension attributes --------------------------------------------------------------------------

    @property
    def _(self):
        """Extension attributes."""
        self.check()
        return Underscore(Underscore.span_extensions, self, start=self.first_char, end=self.last_char)

    @classmethod
    def set_extension(cls, name, **kwargs):
        """Declare ``span._.name`` by one of default=, method=, getter= (with setter=); force= replaces."""
        Underscore.declare(Underscore.span_extensions, name, "Span", kwargs)

    @classmethod
    def get_extension(cls, name):
        """(default, method, getter, setter) of a declared attribute, else None."""
        return Underscore.span_extensions.get(name)

    @classmethod
    def has_extension(cls, name):
        """Whether ``span._.name`` was declared."""
        return name in Underscore.span_extensions

    @classmethod
    def remove_extension(cls, name):
        """Forget ``span._.name``; returns what it was. Raises ExtensionError if it was not declared."""
        return Underscore.forget(Underscore.span_extensions, name, "Span")
