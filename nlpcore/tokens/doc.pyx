"""Doc: a text, its tokens, and their annotation as columns."""

from nlpcore.tokens._columns cimport Columns
from nlpcore.tokens.span cimport make_span, slice_bounds
from nlpcore.tokens.token cimport make_token
from nlpcore.vocab.vocab cimport Vocab

from nlpcore.lazy import numpy

from nlpcore import errors
from nlpcore.tokens import _annotate, _arrays, _docs, _json, _serialize, _views
from nlpcore.tokens.underscore import Underscore


cdef class Doc(Columns):
    """A text and its tokens, with their annotation.

    The Doc owns its text; a token is a slice of it. Annotation lies in columns, one NumPy array per
    attribute, of length ``len(doc)``. Tokens and Spans are made on access and keep their Doc alive.

    vocab: the Vocab that strings and lexical attributes come from.
    words: the tokens' texts (str, or ids of strings in the store). They are interned.
    spaces: whether a blank follows each word; default True for all.
    user_data: dict kept as ``doc.user_data``.
    tags, pos, morphs, lemmas, deps: str for each word ("" for unset).
    heads: for each word the absolute index of its head, its own index for a root, None for unset.
    sent_starts: True/1, False/-1 or None/0 for each word; heads decide where both are given.
    ents: IOB strings ("B-ORG", "I-ORG", "O", "" or None for unset).

    Raises ValueError for lists of unequal length, empty words, unknown POS, heads out of range or circular,
    ill-formed IOB.
    """

    def __init__(
        self, Vocab vocab not None, words=None, spaces=None, *, user_data=None, tags=None, pos=None,
        morphs=None, lemmas=None, heads=None, deps=None, sent_starts=None, ents=None,
    ):
        self.vocab = vocab
        if words is None and spaces is not None:
            raise errors.WordsError("`spaces` can only be given together with `words`.")
        self.has_unknown_spaces = words is not None and spaces is None
        self._fill_from_words(words or (), spaces)
        self.user_data = {} if user_data is None else user_data
        annotation = dict(
            tags=tags, pos=pos, morphs=morphs, lemmas=lemmas, heads=heads, deps=deps,
            sent_starts=sent_starts, ents=ents,
        )
        if any(value is not None for value in annotation.values()):
            _annotate.annotate(self, **annotation)

    def __cinit__(self, *args, **kwargs):
        self.user_data = {}
        self.user_hooks = {}
        self.user_token_hooks = {}
        self.user_span_hooks = {}
        self.cats = {}

    @staticmethod
    def from_offsets(Vocab vocab not None, str text not None, starts, lengths, spacy, norms=None):
        """A Doc over `text` with tokens at given places; nothing is interned.

        starts: (n,) int64, lengths: (n,) int32, spacy: (n,) uint8 or bool; norms: dict of token index to
        NORM string where it differs from the lexeme's.

        Raises OffsetsError (a ValueError) unless the tokens are in order, not empty, and between them stands
        nothing but the single blank after each token that is `spacy`.
        """
        cdef Doc doc = Doc.__new__(Doc)
        doc.vocab = vocab
        doc._fill_from_offsets(text, starts, lengths, spacy, norms)
        return doc

    # -- sequence --------------------------------------------------------------------------------------

    def __len__(self):
        return self.length

    def __bool__(self):
        return self.length > 0

    def __getitem__(self, key):
        """A Token (negative indices count from the end), or a Span for a slice without step.

        Raises IndexError for an index outside the Doc, ValueError for a slice with a step.
        """
        cdef Py_ssize_t i, start, stop
        if isinstance(key, slice):
            slice_bounds(self.length, key, &start, &stop)
            return make_span(self, start, stop)
        if not hasattr(key, "__index__"):
            raise TypeError(f"A Doc is indexed by int or slice, not by {type(key).__name__}.")
        i = key
        if i < 0:
            i += self.length
        if i < 0 or i >= self.length:
            raise errors.TokenIndexError(f"There is no token {key} in a Doc of {self.length} tokens.")
        return make_token(self, i)

    def __iter__(self):
        cdef Py_ssize_t i = 0
        while i < self.length:
            yield make_token(self, i)
            i += 1

    def __repr__(self):
        return self.text

    def __str__(self):
        return self.text

    @property
    def text_with_ws(self):
        """The text (as `text`, which keeps all white space)."""
        return self.text

    @property
    def doc(self):
        return self

    @property
    def lang(self):
        """Id of the vocab's language code."""
        return self.vocab.strings.add(self.vocab.lang)

    @property
    def lang_(self):
        """The vocab's language code, such as "en"."""
        return self.vocab.lang

    @property
    def sentiment(self):
        """A hook's value, or what was set, else 0.0."""
        if "sentiment" in self.user_hooks:
            return self.user_hooks["sentiment"](self)
        return self.sentiment_value

    @sentiment.setter
    def sentiment(self, double value):
        self.sentiment_value = value

    # -- entities, sentences, chunks, groups -----------------------------------------------------------

    @property
    def ents(self):
        """The entities: tuple of Span. Set from Spans or (label, start, end); all other tokens become O."""
        return _annotate.get_ents(self)

    @ents.setter
    def ents(self, ents):
        _annotate.set_ents_from_any(self, ents)

    def set_ents(self, entities, *, blocked=None, missing=None, outside=None, default="outside"):
        """Set entity annotation: lists of Spans, and `default` for all other tokens.

        blocked: no entity may be here; missing: unknown; outside: no entity here; default: "outside",
        "missing", "blocked" or "unmodified". Raises ValueError where spans overlap.
        """
        _annotate.set_ents(self, entities, blocked, missing, outside, default)

    @property
    def sents(self):
        """The sentences, Spans in order. Raises SentenceError (a ValueError) without boundaries."""
        if "sents" in self.user_hooks:
            yield from self.user_hooks["sents"](self)
            return
        cdef Py_ssize_t i = 0
        cdef Py_ssize_t first, last
        while i < self.length:
            self.sentence_bounds(i, &first, &last)
            yield make_span(self, first, last)
            i = last

    @property
    def noun_chunks(self):
        """Base noun phrases, Spans in order, by the language's definition. Needs a parse (ValueError)."""
        yield from _views.noun_chunks(self)

    @property
    def spans(self):
        """Named groups of spans: dict of str to SpanGroup."""
        if self.span_groups is None:
            from nlpcore.tokens.span_group import SpanGroups

            self.span_groups = SpanGroups(self)
        return self.span_groups

    @property
    def _has_spans(self):
        """Whether `spans` was ever used: a way not to make it for nothing."""
        return self.span_groups is not None and len(self.span_groups) > 0

    @property
    def is_parsed(self):
        """Whether there is a parse. Use `has_annotation("DEP")`."""
        return self.has_annotation("DEP")

    @property
    def is_tagged(self):
        """Whether there are tags. Use `has_annotation("TAG")`."""
        return self.has_annotation("TAG")

    @property
    def is_sentenced(self):
        """Whether there are sentence boundaries. Use `has_annotation("SENT_START")`."""
        return self.has_annotation("SENT_START")

    @property
    def is_nered(self):
        """Whether there is entity annotation. Use `has_annotation("ENT_IOB")`."""
        return self.has_annotation("ENT_IOB")

    def has_annotation(self, attr, *, require_complete=False):
        """Whether an attribute (name or id) is set on any token (all, with require_complete).

        An empty Doc has every annotation. Raises ValueError for an unknown attribute.
        """
        return _arrays.has_annotation(self, attr, require_complete)

    def char_span(
        self, Py_ssize_t start_idx, Py_ssize_t end_idx, label=0, kb_id=0, vector=None,
        alignment_mode="strict", span_id=0,
    ):
        """The Span of characters start_idx to end_idx of the text, or None.

        alignment_mode: "strict" (None unless both are token boundaries), "contract" (the tokens that lie
        inside), "expand" (the tokens touched). Raises ValueError for another mode.
        """
        return _views.char_span(self, start_idx, end_idx, label, kb_id, vector, alignment_mode, span_id)

    def get_lca_matrix(self):
        """Lowest common ancestors of all pairs of tokens: (n, n) int32, -1 for none."""
        return _views.lca_matrix(self, 0, self.length)

    # -- arrays ----------------------------------------------------------------------------------------

    def to_array(self, py_attr_ids):
        """Attributes (a name or id, or a list of them) as uint64: (n,) or (n, len(attrs)).

        HEAD is relative to the token, as two's complement. Raises KeyError for an unknown attribute.
        """
        return _arrays.doc_to_array(self, py_attr_ids)

    def from_array(self, attrs, array):
        """Set attributes from an array as `to_array` gives it; returns the Doc."""
        _arrays.from_array(self, attrs, array)
        return self

    def count_by(self, attr_id, exclude=None, counts=None):
        """How often each value of an attribute (id) occurs: dict. exclude: function of a token.

        With `counts`, a dict-like of ints, adds to that and returns None.
        """
        return _arrays.count_by(self, attr_id, exclude, counts)

    def to_utf8_array(self, int nr_char=-1):
        """The tokens' bytes, (n, longest or nr_char) uint8, filled up with 255."""
        return _arrays.to_utf8_array(self, nr_char)

    def extend_tensor(self, tensor):
        """Put columns (n, k) to the right of ``doc.tensor``."""
        _views.extend_tensor(self, tensor)

    # -- serialization ---------------------------------------------------------------------------------

    def to_dict(self, *, exclude=()):
        """Everything that `to_bytes` stores, as a dict."""
        return _serialize.to_dict(self, exclude)

    def from_dict(self, msg, *, exclude=()):
        """Fill an empty Doc from `to_dict`; returns it."""
        return _serialize.from_dict(self, msg, exclude)

    def to_bytes(self, *, exclude=()):
        """Text, annotation, groups, tensor, cats and user data as bytes. exclude: parts to leave out."""
        return _serialize.to_bytes(self, exclude)

    def from_bytes(self, bytes_data, *, exclude=()):
        """Fill an empty Doc from `to_bytes`; returns it. Raises DocDataError (a ValueError) for bad bytes."""
        return _serialize.from_bytes(self, bytes_data, exclude)

    def to_disk(self, path, *, exclude=()):
        """Write `to_bytes` to a file."""
        _serialize.to_disk(self, path, exclude)

    def from_disk(self, path, *, exclude=()):
        """Fill an empty Doc from a file; returns it."""
        return _serialize.from_disk(self, path, exclude)

    def to_json(self, underscore=None):
        """Text, tokens and annotation as JSON-able dict; underscore: names of extension attributes to add."""
        return _json.to_json(self, underscore)

    def from_json(self, doc_json, *, validate=False):
        """Fill an empty Doc from `to_json`; returns it. Raises ValueError for what does not fit."""
        return _json.from_json(self, doc_json, validate)

    def copy(self):
        """A Doc with the same vocab, text and annotation, and shallow copies of cats and user data."""
        return _docs.copy(self)

    @staticmethod
    def from_docs(docs, ensure_whitespace=True, attrs=None, *, exclude=()):
        """One Doc of several (None for no docs). They must share their vocab.

        ensure_whitespace: put a blank between two Docs where there is none; attrs: the attributes to carry
        over; exclude: "tensor", "user_data", "spans", "cats".
        """
        return _docs.from_docs(docs, ensure_whitespace, attrs, exclude)

    def __reduce__(self):
        return _serialize.unpickle, _serialize.pickle_state(self)

    def retokenize(self):
        """Context manager that merges and splits tokens: `with doc.retokenize() as retokenizer`."""
        from nlpcore.tokens.retokenizer import Retokenizer

        return Retokenizer(self)

    # -- vectors ---------------------------------------------------------------------------------------

    @property
    def tensor(self):
        """What the pipeline's encoder left: (n, width) float32, or (0,) where there was none; may be set."""
        if self.tensor_memory is not None:
            # As many rows as there were tokens then: they may have been merged meanwhile.
            values = numpy.frombuffer(self.tensor_memory, dtype=numpy.float32)
            self.tensor = values.reshape(len(values) // self.tensor_width, self.tensor_width)
        elif not self.has_tensor:
            self.tensor = numpy.zeros((0,), dtype=numpy.float32)
        return self.own_tensor

    @tensor.setter
    def tensor(self, value):
        self.own_tensor = value
        self.has_tensor = True
        self.tensor_memory = None

    @property
    def has_vector(self):
        """Whether `vector` says something."""
        return _views.doc_has_vector(self)

    @property
    def vector(self):
        """Mean of the tokens' vectors, or what was set; without static vectors the mean of `tensor`.

        (width,) float32.
        """
        if self.own_vector is not None:
            return self.own_vector
        return _views.doc_vector(self)

    @vector.setter
    def vector(self, value):
        self.own_vector = value
        self.own_vector_norm = None

    @property
    def vector_norm(self):
        """Euclidean norm of `vector`, or what was set."""
        if self.own_vector_norm is not None:
            return self.own_vector_norm
        return _views.vector_norm(self)

    @vector_norm.setter
    def vector_norm(self, value):
        self.own_vector_norm = value

    def similarity(self, other):
        """Cosine of the vectors of this and another Doc, Span, Token or Lexeme."""
        return _views.doc_similarity(self, other)

    # -- extension attributes --------------------------------------------------------------------------

    @property
    def _(self):
        """Extension attributes."""
        return Underscore(Underscore.doc_extensions, self)

    @classmethod
    def set_extension(cls, name, **kwargs):
        """Declare ``doc._.name`` by one of default=, method=, getter= (with setter=); force= replaces."""
        Underscore.declare(Underscore.doc_extensions, name, "Doc", kwargs)

    @classmethod
    def get_extension(cls, name):
        """(default, method, getter, setter) of a declared attribute, else None."""
        return Underscore.doc_extensions.get(name)

    @classmethod
    def has_extension(cls, name):
        """Whether ``doc._.name`` was declared."""
        return name in Underscore.doc_extensions

    @classmethod
    def remove_extension(cls, name):
        """Forget ``doc._.name``; returns what it was. Raises ExtensionError if it was not declared."""
        return Underscore.forget(Underscore.doc_extensions, name, "Doc")
