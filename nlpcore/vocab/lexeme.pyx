"""One entry of the vocabulary."""

from libc.stdint cimport uint64_t

from .vocab cimport Vocab

from nlpcore.lazy import numpy

from ..attrs import (
    IS_ALPHA,
    IS_ASCII,
    IS_BRACKET,
    IS_CURRENCY,
    IS_DIGIT,
    IS_LEFT_PUNCT,
    IS_LOWER,
    IS_PUNCT,
    IS_QUOTE,
    IS_RIGHT_PUNCT,
    IS_SPACE,
    IS_STOP,
    IS_TITLE,
    IS_UPPER,
    LANG,
    LIKE_EMAIL,
    LIKE_NUM,
    LIKE_URL,
    LOWER,
    NORM,
    PREFIX,
    SHAPE,
    SUFFIX,
    intify_attrs,
)
from ..errors import BadFlagError, NoVectorsError

STRING_ATTRS = {
    LOWER: "lower", NORM: "norm", SHAPE: "shape", PREFIX: "prefix", SUFFIX: "suffix", LANG: "lang",
}


cdef class Lexeme:
    """An entry of the vocabulary: a string with the attributes that do not depend on its context.

    Made by ``vocab[text]``. What is set here holds for every token of that text in Docs made afterwards.
    """

    def __init__(self, Vocab vocab, orth):
        self.vocab = vocab
        self.kept = vocab.keep(orth)

    def __richcmp__(self, other, int op):
        cdef object a = self.kept.c.orth, b
        if isinstance(other, Lexeme):
            b = other.orth
        elif isinstance(other, int):
            b = other
        elif isinstance(other, str):
            a, b = self.orth_, other
        else:
            a, b = 0, 1
        if op == 0:
            return a < b
        if op == 1:
            return a <= b
        if op == 2:
            return a == b
        if op == 3:
            return a != b
        if op == 4:
            return a > b
        return a >= b

    def __hash__(self):
        return hash(<uint64_t>self.kept.c.orth)

    def __repr__(self):
        return f"<Lexeme {self.orth_!r}>"

    # --- the string and its forms ---

    @property
    def orth(self):
        """Id of the text."""
        return self.kept.c.orth

    @property
    def orth_(self):
        """The text."""
        return self.vocab.strings[self.kept.c.orth]

    @property
    def text(self):
        """The text."""
        return self.vocab.strings[self.kept.c.orth]

    @property
    def lower(self):
        """Id of ``lower_``."""
        return self.kept.c.lower

    @lower.setter
    def lower(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.lower = value

    @property
    def lower_(self):
        """Lower-cased text."""
        return self.vocab.strings[self.kept.c.lower]

    @lower_.setter
    def lower_(self, str value):
        self.lower = self.vocab.strings.add(value)

    @property
    def norm(self):
        """Id of ``norm_``."""
        return self.kept.c.norm

    @norm.setter
    def norm(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.norm = value
        if value in self.vocab.strings:  # this table is saved, unlike the lexeme itself
            self._set_looked_up("lexeme_norm", self.vocab.strings[value])

    @property
    def norm_(self):
        """Normal form: what the features of the network see."""
        return self.vocab.strings[self.kept.c.norm]

    @norm_.setter
    def norm_(self, str value):
        self.norm = self.vocab.strings.add(value)

    @property
    def shape(self):
        """Id of ``shape_``."""
        return self.kept.c.shape

    @shape.setter
    def shape(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.shape = value

    @property
    def shape_(self):
        """Shape, as "Xxxxx" or "dd"."""
        return self.vocab.strings[self.kept.c.shape]

    @shape_.setter
    def shape_(self, str value):
        self.shape = self.vocab.strings.add(value)

    @property
    def prefix(self):
        """Id of ``prefix_``."""
        return self.kept.c.prefix

    @prefix.setter
    def prefix(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.prefix = value

    @property
    def prefix_(self):
        """First character."""
        return self.vocab.strings[self.kept.c.prefix]

    @prefix_.setter
    def prefix_(self, str value):
        self.prefix = self.vocab.strings.add(value)

    @property
    def suffix(self):
        """Id of ``suffix_``."""
        return self.kept.c.suffix

    @suffix.setter
    def suffix(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.suffix = value

    @property
    def suffix_(self):
        """Last three characters."""
        return self.vocab.strings[self.kept.c.suffix]

    @suffix_.setter
    def suffix_(self, str value):
        self.suffix = self.vocab.strings.add(value)

    @property
    def lang(self):
        """Id of ``lang_``."""
        return self.kept.c.lang

    @lang.setter
    def lang(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.lang = value

    @property
    def lang_(self):
        """Language of the vocab."""
        return self.vocab.strings[self.kept.c.lang]

    @lang_.setter
    def lang_(self, str value):
        self.lang = self.vocab.strings.add(value)

    # --- flags ---

    def check_flag(self, int flag_id):
        """The value of a flag, an integer such as ``nlpcore.attrs.IS_ALPHA``."""
        if not 0 <= flag_id < 64:
            raise BadFlagError(flag=flag_id)
        return (self.kept.c.flags >> flag_id) & 1 != 0

    def set_flag(self, int flag_id, bint value):
        """Change the value of a flag."""
        if not 0 <= flag_id < 64:
            raise BadFlagError(flag=flag_id)
        self.vocab.mark_changed(self.kept)
        if value:
            self.kept.c.flags |= <uint64_t>1 << flag_id
        else:
            self.kept.c.flags &= ~(<uint64_t>1 << flag_id)

    @property
    def flags(self):
        """All flags as the bits of one integer."""
        return self.kept.c.flags

    @flags.setter
    def flags(self, uint64_t value):
        self.vocab.mark_changed(self.kept)
        self.kept.c.flags = value

    @property
    def is_alpha(self):
        """Letters only."""
        return self.check_flag(IS_ALPHA)

    @is_alpha.setter
    def is_alpha(self, bint value):
        self.set_flag(IS_ALPHA, value)

    @property
    def is_ascii(self):
        """ASCII characters only."""
        return self.check_flag(IS_ASCII)

    @is_ascii.setter
    def is_ascii(self, bint value):
        self.set_flag(IS_ASCII, value)

    @property
    def is_digit(self):
        """Digits only."""
        return self.check_flag(IS_DIGIT)

    @is_digit.setter
    def is_digit(self, bint value):
        self.set_flag(IS_DIGIT, value)

    @property
    def is_lower(self):
        """Lower case."""
        return self.check_flag(IS_LOWER)

    @is_lower.setter
    def is_lower(self, bint value):
        self.set_flag(IS_LOWER, value)

    @property
    def is_upper(self):
        """Upper case."""
        return self.check_flag(IS_UPPER)

    @is_upper.setter
    def is_upper(self, bint value):
        self.set_flag(IS_UPPER, value)

    @property
    def is_title(self):
        """Title case."""
        return self.check_flag(IS_TITLE)

    @is_title.setter
    def is_title(self, bint value):
        self.set_flag(IS_TITLE, value)

    @property
    def is_punct(self):
        """Punctuation only."""
        return self.check_flag(IS_PUNCT)

    @is_punct.setter
    def is_punct(self, bint value):
        self.set_flag(IS_PUNCT, value)

    @property
    def is_space(self):
        """White space only."""
        return self.check_flag(IS_SPACE)

    @is_space.setter
    def is_space(self, bint value):
        self.set_flag(IS_SPACE, value)

    @property
    def is_bracket(self):
        """A bracket."""
        return self.check_flag(IS_BRACKET)

    @is_bracket.setter
    def is_bracket(self, bint value):
        self.set_flag(IS_BRACKET, value)

    @property
    def is_quote(self):
        """A quotation mark."""
        return self.check_flag(IS_QUOTE)

    @is_quote.setter
    def is_quote(self, bint value):
        self.set_flag(IS_QUOTE, value)

    @property
    def is_left_punct(self):
        """An opening bracket or quotation mark."""
        return self.check_flag(IS_LEFT_PUNCT)

    @is_left_punct.setter
    def is_left_punct(self, bint value):
        self.set_flag(IS_LEFT_PUNCT, value)

    @property
    def is_right_punct(self):
        """A closing bracket or quotation mark."""
        return self.check_flag(IS_RIGHT_PUNCT)

    @is_right_punct.setter
    def is_right_punct(self, bint value):
        self.set_flag(IS_RIGHT_PUNCT, value)

    @property
    def is_currency(self):
        """Currency signs only."""
        return self.check_flag(IS_CURRENCY)

    @is_currency.setter
    def is_currency(self, bint value):
        self.set_flag(IS_CURRENCY, value)

    @property
    def is_stop(self):
        """A stop word."""
        return self.check_flag(IS_STOP)

    @is_stop.setter
    def is_stop(self, bint value):
        self.set_flag(IS_STOP, value)

    @property
    def like_num(self):
        """Looks like a number."""
        return self.check_flag(LIKE_NUM)

    @like_num.setter
    def like_num(self, bint value):
        self.set_flag(LIKE_NUM, value)

    @property
    def like_url(self):
        """Looks like an address on the web."""
        return self.check_flag(LIKE_URL)

    @like_url.setter
    def like_url(self, bint value):
        self.set_flag(LIKE_URL, value)

    @property
    def like_email(self):
        """Looks like an e-mail address."""
        return self.check_flag(LIKE_EMAIL)

    @like_email.setter
    def like_email(self, bint value):
        self.set_flag(LIKE_EMAIL, value)

    @property
    def is_oov(self):
        """Has no word vector."""
        return not self.vocab.has_vector(self.kept.c.orth)

    # --- values of lookup tables ---

    @property
    def rank(self):
        """Position in the vocabulary of a model, 2**64 - 1 for a word that is not in it."""
        return self.kept.rank

    @rank.setter
    def rank(self, uint64_t value):
        self.kept.rank = value

    def _looked_up(self, str table, default):
        return self.vocab.lookups.get_table(table, {}).get(self.kept.c.orth, default)

    def _set_looked_up(self, str table, value):
        if not self.vocab.lookups.has_table(table):
            self.vocab.lookups.add_table(table)
            self.vocab.lookups = self.vocab.lookups  # the vocab reads one of the tables itself
        self.vocab.lookups.get_table(table)[self.kept.c.orth] = value

    @property
    def prob(self):
        """Log probability, from the table ``lexeme_prob``."""
        settings = self.vocab.lookups.get_table("lexeme_settings", {})
        default = settings.get("oov_prob", self.vocab.cfg.get("oov_prob", -20.0))
        return self._looked_up("lexeme_prob", default)

    @prob.setter
    def prob(self, float value):
        self._set_looked_up("lexeme_prob", value)

    @property
    def cluster(self):
        """Cluster of the word, from the table ``lexeme_cluster``."""
        return self._looked_up("lexeme_cluster", 0)

    @cluster.setter
    def cluster(self, int value):
        self._set_looked_up("lexeme_cluster", value)

    @property
    def sentiment(self):
        """A scalar for the word's sentiment, from the table ``lexeme_sentiment``."""
        return self._looked_up("lexeme_sentiment", 0.0)

    @sentiment.setter
    def sentiment(self, float value):
        self._set_looked_up("lexeme_sentiment", value)

    def set_attrs(self, **attrs):
        """Set attributes by name: ``set_attrs(is_stop=True, norm="hello")``."""
        for attr, value in intify_attrs(attrs).items():
            if 0 < attr < 64:
                self.set_flag(attr, value)
            elif attr in STRING_ATTRS:
                value = self._kept_string(value)
                setattr(self, STRING_ATTRS[attr], self.vocab.strings.as_int(value))

    def _kept_string(self, value):
        if isinstance(value, str):
            self.vocab.strings.add(value)
        return value

    # --- vectors ---

    @property
    def has_vector(self):
        """Whether the vocab has a word vector for it."""
        return self.vocab.has_vector(self.kept.c.orth)

    @property
    def vector(self):
        """The word vector: float32 (width,); zeros where there is none. Raises NoVectorsError."""
        if self.vocab.vectors_length == 0:
            raise NoVectorsError()
        return self.vocab.get_vector(self.kept.c.orth)

    @vector.setter
    def vector(self, vector):
        self.vocab.set_vector(self.kept.c.orth, vector)

    @property
    def vector_norm(self):
        """L2 norm of the word vector."""
        return float(numpy.sqrt((self.vector.astype("float64") ** 2).sum()))

    def similarity(self, other):
        """Cosine of the word vectors of this and of another object (Doc, Span, Token or Lexeme)."""
        if hasattr(other, "orth") and self.kept.c.orth == other.orth:
            return 1.0
        if hasattr(other, "__len__") and len(other) == 1 and not isinstance(other, Lexeme):
            first = other[0]
            if getattr(first, "orth", None) == self.kept.c.orth:
                return 1.0
        norms = self.vector_norm * other.vector_norm
        if norms == 0:
            return 0.0
        return float(numpy.dot(self.vector, other.vector) / norms)
