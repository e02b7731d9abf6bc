"""A token as text: what follows from its characters and its lexeme."""

from libc.stdint cimport uint64_t

from nlpcore.tokens.doc cimport NORM
from nlpcore.vocab.vocab cimport LexemeC

from nlpcore import attrs, errors
from nlpcore.tokens import _views

cdef extern from "Python.h":
    str PyUnicode_Substring(str text, Py_ssize_t start, Py_ssize_t end)

cdef int LOWER_ATTR = attrs.LOWER, NORM_ATTR = attrs.NORM, SHAPE_ATTR = attrs.SHAPE
cdef int PREFIX_ATTR = attrs.PREFIX, SUFFIX_ATTR = attrs.SUFFIX
cdef int IS_ALPHA_FLAG = attrs.IS_ALPHA
cdef int IS_ASCII_FLAG = attrs.IS_ASCII
cdef int IS_DIGIT_FLAG = attrs.IS_DIGIT
cdef int IS_LOWER_FLAG = attrs.IS_LOWER
cdef int IS_UPPER_FLAG = attrs.IS_UPPER
cdef int IS_TITLE_FLAG = attrs.IS_TITLE
cdef int IS_PUNCT_FLAG = attrs.IS_PUNCT
cdef int IS_SPACE_FLAG = attrs.IS_SPACE
cdef int IS_BRACKET_FLAG = attrs.IS_BRACKET
cdef int IS_QUOTE_FLAG = attrs.IS_QUOTE
cdef int IS_LEFT_PUNCT_FLAG = attrs.IS_LEFT_PUNCT
cdef int IS_RIGHT_PUNCT_FLAG = attrs.IS_RIGHT_PUNCT
cdef int IS_CURRENCY_FLAG = attrs.IS_CURRENCY
cdef int IS_STOP_FLAG = attrs.IS_STOP
cdef int LIKE_URL_FLAG = attrs.LIKE_URL
cdef int LIKE_NUM_FLAG = attrs.LIKE_NUM
cdef int LIKE_EMAIL_FLAG = attrs.LIKE_EMAIL


cdef class TokenText:
    """The part of Token that reads its text and lexeme."""

    cdef int check(self) except -1:
        if self.doc is None or self.i >= self.doc.length:
            raise errors.TokenIndexError(
                f"Token {self.i} no longer exists: its Doc has {self.doc.length if self.doc else 0} tokens "
                "now. Take tokens from the Doc again after it was retokenized."
            )
        return 0

    cdef object id_value(self, int column):
        self.check()
        if self.doc.ids[column] == NULL:
            return 0
        return self.doc.public_id(self.doc.ids[column][self.i])

    cdef object id_string(self, int column):
        self.check()
        if self.doc.ids[column] == NULL:
            return ""
        return self.doc.string(self.doc.ids[column][self.i])

    cdef int set_id(self, int column, str name, object value) except -1:
        """value: an id, or a str or None, which is interned."""
        cdef uint64_t id
        self.check()
        if value is None:
            id = 0
        elif isinstance(value, str):
            id = self.doc.vocab.strings.intern(value)
        else:
            id = value
        self.doc.ensure(name)
        self.doc.ids[column][self.i] = id
        return 0

    cdef int lexeme(self, LexemeC* out) except -1:
        self.check()
        return self.doc.lexeme(self.i, out)

    cdef bint flag(self, int flag_id) except -1:
        cdef LexemeC lexeme
        self.lexeme(&lexeme)
        return (lexeme.flags >> flag_id) & 1

    cdef str lexical(self, int attr):
        self.check()
        return self.doc.vocab.lexical_string(attr, self.doc.token_text(self.i))

    # -- text ------------------------------------------------------------------------------------------

    def __len__(self):
        """Number of characters."""
        self.check()
        return self.doc.n_chars[self.i]

    def __bool__(self):
        return True

    def __str__(self):
        self.check()
        return self.doc.token_text(self.i)

    def __repr__(self):
        return str(self)

    def __bytes__(self):
        return str(self).encode("utf8", "surrogatepass")

    def __hash__(self):
        return hash((id(self.doc), self.i))

    def __richcmp__(self, other, int op):
        if not isinstance(other, TokenText):
            return NotImplemented if op in (0, 1, 4, 5) else op == 3
        cdef TokenText token = other
        cdef bint same = self.doc is token.doc
        if op == 2:
            return same and self.i == token.i
        if op == 3:
            return not (same and self.i == token.i)
        if not same:
            mine, others = id(self.doc), id(token.doc)
        else:
            mine, others = self.i, token.i
        return (mine < others, mine <= others, None, None, mine > others, mine >= others)[op]

    def __reduce__(self):
        raise errors.ViewPickleError(
            "A Token cannot be pickled without its Doc. Pickle the Doc, and the index `token.i` beside it."
        )

    @property
    def vocab(self):
        """The Doc's Vocab."""
        return self.doc.vocab

    @property
    def text(self):
        """The token's characters."""
        self.check()
        return self.doc.token_text(self.i)

    @property
    def text_with_ws(self):
        """The text and the blank after it, if one follows."""
        self.check()
        cdef Py_ssize_t start = self.doc.start[self.i]
        return PyUnicode_Substring(
            self.doc.text, start, start + self.doc.n_chars[self.i] + (self.doc.spacy[self.i] != 0)
        )

    @property
    def whitespace_(self):
        """A blank if one follows, else ""."""
        self.check()
        return " " if self.doc.spacy[self.i] else ""

    @property
    def idx(self):
        """First character in ``doc.text``."""
        self.check()
        return self.doc.start[self.i]

    @property
    def orth(self):
        """Id of the text; reading it interns the text."""
        self.check()
        return self.doc.vocab.strings.intern(self.doc.token_text(self.i))

    @property
    def orth_(self):
        """The text."""
        self.check()
        return self.doc.token_text(self.i)

    # -- the lexeme ------------------------------------------------------------------------------------

    @property
    def lex(self):
        """The Lexeme of the text, which the vocab keeps from then on."""
        self.check()
        return self.doc.vocab[self.doc.token_text(self.i)]

    @property
    def norm_(self):
        """Normal form: the Doc's own for this token if there is one, else the lexeme's."""
        self.check()
        if self.doc.ids[NORM] != NULL and self.doc.ids[NORM][self.i]:
            return self.doc.string(self.doc.ids[NORM][self.i])
        return self.lexical(NORM_ATTR)

    @norm_.setter
    def norm_(self, str value not None):
        self.set_id(NORM, "NORM", value)
        self.doc.input_cache = None

    @property
    def norm(self):
        """Id of `norm_`."""
        return self.doc.vocab.strings.intern(self.norm_)

    @property
    def lower_(self):
        """Lower-cased text."""
        return self.lexical(LOWER_ATTR)

    @property
    def lower(self):
        """Id of `lower_`."""
        return self.doc.vocab.strings.intern(self.lexical(LOWER_ATTR))

    @property
    def shape_(self):
        """Shape of the text, such as Xxxx or dd."""
        return self.lexical(SHAPE_ATTR)

    @property
    def shape(self):
        """Id of `shape_`."""
        return self.doc.vocab.strings.intern(self.lexical(SHAPE_ATTR))

    @property
    def prefix_(self):
        """First characters."""
        return self.lexical(PREFIX_ATTR)

    @property
    def prefix(self):
        """Id of `prefix_`."""
        return self.doc.vocab.strings.intern(self.lexical(PREFIX_ATTR))

    @property
    def suffix_(self):
        """Last characters."""
        return self.lexical(SUFFIX_ATTR)

    @property
    def suffix(self):
        """Id of `suffix_`."""
        return self.doc.vocab.strings.intern(self.lexical(SUFFIX_ATTR))

    @property
    def lang(self):
        """Id of the vocab's language code."""
        return self.doc.lang

    @property
    def lang_(self):
        """The vocab's language code."""
        return self.doc.vocab.lang

    def check_flag(self, int flag_id):
        """Whether the lexeme has a flag (``nlpcore.attrs.IS_ALPHA`` ..., 0 to 63; others are never set)."""
        if flag_id < 0 or flag_id > 63:
            return False
        return self.flag(flag_id)

    @property
    def is_alpha(self):
        """Only letters."""
        return self.flag(IS_ALPHA_FLAG)

    @property
    def is_ascii(self):
        """Only ASCII characters."""
        return self.flag(IS_ASCII_FLAG)

    @property
    def is_digit(self):
        """Only digits."""
        return self.flag(IS_DIGIT_FLAG)

    @property
    def is_lower(self):
        """Lower case."""
        return self.flag(IS_LOWER_FLAG)

    @property
    def is_upper(self):
        """Upper case."""
        return self.flag(IS_UPPER_FLAG)

    @property
    def is_title(self):
        """Title case."""
        return self.flag(IS_TITLE_FLAG)

    @property
    def is_punct(self):
        """Punctuation."""
        return self.flag(IS_PUNCT_FLAG)

    @property
    def is_space(self):
        """White space."""
        return self.flag(IS_SPACE_FLAG)

    @property
    def is_bracket(self):
        """A bracket."""
        return self.flag(IS_BRACKET_FLAG)

    @property
    def is_quote(self):
        """A quotation mark."""
        return self.flag(IS_QUOTE_FLAG)

    @property
    def is_left_punct(self):
        """Opening punctuation."""
        return self.flag(IS_LEFT_PUNCT_FLAG)

    @property
    def is_right_punct(self):
        """Closing punctuation."""
        return self.flag(IS_RIGHT_PUNCT_FLAG)

    @property
    def is_currency(self):
        """A currency sign."""
        return self.flag(IS_CURRENCY_FLAG)

    @property
    def is_stop(self):
        """A stop word."""
        return self.flag(IS_STOP_FLAG)

    @property
    def like_url(self):
        """Looks like a URL."""
        return self.flag(LIKE_URL_FLAG)

    @property
    def like_num(self):
        """Looks like a number."""
        return self.flag(LIKE_NUM_FLAG)

    @property
    def like_email(self):
        """Looks like an email address."""
        return self.flag(LIKE_EMAIL_FLAG)

    @property
    def is_oov(self):
        """Whether the vocab has no vector for the text."""
        self.check()
        return not self.doc.vocab.has_vector(self.doc.orth(self.i))

    @property
    def rank(self):
        """Number of the lexeme, as set on it; 2**64 - 1 where it was not."""
        return _views.lexeme_value(self, "rank")

    @property
    def lex_id(self):
        """As `rank`."""
        return self.rank

    @property
    def prob(self):
        """Log probability, as set on the lexeme; else the vocab's value for unknown words."""
        return _views.lexeme_value(self, "prob")

    @property
    def cluster(self):
        """Brown cluster, as set on the lexeme, else 0."""
        return _views.lexeme_value(self, "cluster")

    @property
    def sentiment(self):
        """A hook's value, or the lexeme's, else 0.0."""
        if "sentiment" in self.doc.user_token_hooks:
            return self.doc.user_token_hooks["sentiment"](self)
        return _views.lexeme_value(self, "sentiment")
