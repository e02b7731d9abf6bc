"""Lexical attributes of a text, computed without the cache."""

from cpython.unicode cimport (
    Py_UNICODE_ISALPHA,
    Py_UNICODE_ISDIGIT,
    Py_UNICODE_ISLOWER,
    Py_UNICODE_ISSPACE,
    Py_UNICODE_ISTITLE,
    Py_UNICODE_ISUPPER,
)
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport malloc
from libc.string cimport memset

from .strings cimport encode_utf8_kind, hash_slice, hash_string, hash_utf8

import functools
import unicodedata

from .. import attrs
from . import lex_attrs

cdef extern from "Python.h":
    int PyUnicode_KIND(object o)
    void* PyUnicode_DATA(object o)
    Py_ssize_t PyUnicode_GET_LENGTH(object o)
    Py_UCS4 PyUnicode_READ(int kind, void* data, Py_ssize_t i)

cdef enum:
    LONGEST_SHAPE = 100
    LONGEST_RUN = 4
    OTHER = 1
    PUNCT = 2
    CURRENCY = 3

cdef int ORTH = attrs.ORTH, LOWER = attrs.LOWER, NORM = attrs.NORM, SHAPE = attrs.SHAPE
cdef int PREFIX = attrs.PREFIX, SUFFIX = attrs.SUFFIX, LANG = attrs.LANG

cdef uint64_t ONE = 1
cdef uint64_t IS_ALPHA = ONE << attrs.IS_ALPHA
cdef uint64_t IS_ASCII = ONE << attrs.IS_ASCII
cdef uint64_t IS_DIGIT = ONE << attrs.IS_DIGIT
cdef uint64_t IS_LOWER = ONE << attrs.IS_LOWER
cdef uint64_t IS_UPPER = ONE << attrs.IS_UPPER
cdef uint64_t IS_TITLE = ONE << attrs.IS_TITLE
cdef uint64_t IS_PUNCT = ONE << attrs.IS_PUNCT
cdef uint64_t IS_SPACE = ONE << attrs.IS_SPACE
cdef uint64_t IS_CURRENCY = ONE << attrs.IS_CURRENCY
cdef uint64_t IS_BRACKET = ONE << attrs.IS_BRACKET
cdef uint64_t IS_QUOTE = ONE << attrs.IS_QUOTE
cdef uint64_t IS_LEFT_PUNCT = ONE << attrs.IS_LEFT_PUNCT
cdef uint64_t IS_RIGHT_PUNCT = ONE << attrs.IS_RIGHT_PUNCT
cdef uint64_t IS_STOP = ONE << attrs.IS_STOP

cdef dict NATIVE_FLAGS = {
    attrs.IS_ALPHA: lex_attrs.is_alpha,
    attrs.IS_ASCII: lex_attrs.is_ascii,
    attrs.IS_DIGIT: lex_attrs.is_digit,
    attrs.IS_LOWER: lex_attrs.is_lower,
    attrs.IS_UPPER: lex_attrs.is_upper,
    attrs.IS_TITLE: lex_attrs.is_title,
    attrs.IS_PUNCT: lex_attrs.is_punct,
    attrs.IS_SPACE: lex_attrs.is_space,
    attrs.IS_CURRENCY: lex_attrs.is_currency,
    attrs.IS_BRACKET: lex_attrs.is_bracket,
    attrs.IS_QUOTE: lex_attrs.is_quote,
    attrs.IS_LEFT_PUNCT: lex_attrs.is_left_punct,
    attrs.IS_RIGHT_PUNCT: lex_attrs.is_right_punct,
}
# A yes needs a digit, "@" and ".".
cdef dict CHECKED_FLAGS = {
    attrs.LIKE_NUM: lex_attrs.like_num,
    attrs.LIKE_EMAIL: lex_attrs.like_email,
    attrs.LIKE_URL: lex_attrs.like_url,
}
cdef int LIKE_NUM = attrs.LIKE_NUM, LIKE_EMAIL = attrs.LIKE_EMAIL, LIKE_URL = attrs.LIKE_URL
cdef object BRACKETS = lex_attrs.BRACKETS, QUOTES = lex_attrs.QUOTES
cdef object LEFT_PUNCT = lex_attrs.LEFT_PUNCT, RIGHT_PUNCT = lex_attrs.RIGHT_PUNCT

# Kind of each character, by blocks of 256 code points that are filled when first asked for.
cdef unsigned char* KINDS[0x1100]
memset(KINDS, 0, sizeof(KINDS))


cdef int kind_of(uint32_t c) except -1:
    cdef unsigned char* block = KINDS[c >> 8]
    cdef int i
    if block == NULL:
        block = <unsigned char*>malloc(256)  # kept for the life of the process
        if block == NULL:
            raise MemoryError()
        for i in range(256):
            category = unicodedata.category(chr(((c >> 8) << 8) + i))
            block[i] = PUNCT if category[0] == "P" else CURRENCY if category == "Sc" else OTHER
        KINDS[c >> 8] = block
    return block[c & 0xFF]


cdef uint64_t get_attr(const LexemeC* lexeme, int attr) noexcept nogil:
    if attr == LOWER:
        return lexeme.lower
    if attr == NORM:
        return lexeme.norm
    if attr == SHAPE:
        return lexeme.shape
    if attr == PREFIX:
        return lexeme.prefix
    if attr == SUFFIX:
        return lexeme.suffix
    if attr == LANG:
        return lexeme.lang
    if attr == ORTH:
        return lexeme.orth
    if 0 < attr < 64:
        return (lexeme.flags >> attr) & 1
    return 0


cdef class LexAttrGetters(dict):
    """Attribute -> function of the text. What changes here holds for all texts that are read afterwards."""

    def __setitem__(self, key, value):
        self.version += 1
        dict.__setitem__(self, key, value)

    def __delitem__(self, key):
        self.version += 1
        dict.__delitem__(self, key)

    def __ior__(self, other):
        self.update(other)
        return self

    def update(self, *args, **kwargs):
        self.version += 1
        dict.update(self, *args, **kwargs)

    def setdefault(self, key, default=None):
        self.version += 1
        return dict.setdefault(self, key, default)

    def pop(self, *args):
        self.version += 1
        return dict.pop(self, *args)

    def popitem(self):
        self.version += 1
        return dict.popitem(self)

    def clear(self):
        self.version += 1
        dict.clear(self)

    def __reduce__(self):
        return LexAttrGetters, (dict(self),)


cdef object bound(object getter, object function):
    """The keywords of a partial of `function`, {} for the function itself, None for something else."""
    if getter is function:
        return {}
    if isinstance(getter, functools.partial) and getter.func is function and not getter.args:
        return getter.keywords
    return None


cdef class LexicalPlan:
    def __init__(self, getters):
        self.checked = {}
        self.others = []
        for attr, getter in getters.items():
            if not self._recognize(attr, getter):
                self.others.append((attr, getter))

    def _recognize(self, attr, getter):
        """Whether the attribute is computed natively."""
        cdef object keywords
        if NATIVE_FLAGS.get(attr) is getter:
            self.native_flags |= ONE << <int>attr
            return True
        if CHECKED_FLAGS.get(attr) is getter:
            self.checked_flags |= ONE << <int>attr
            self.checked[attr] = getter
            return True
        if attr == attrs.IS_STOP:
            keywords = bound(getter, lex_attrs.is_stop)
            if keywords is None:
                return False
            self.stops = keywords.get("stops", frozenset())
            return True
        if attr == attrs.LOWER and getter is lex_attrs.lower:
            self.native_lower = True
            return True
        if attr == attrs.SHAPE and getter is lex_attrs.word_shape:
            self.native_shape = True
            return True
        if attr == attrs.PREFIX and getter is lex_attrs.prefix:
            self.native_prefix = True
            return True
        if attr == attrs.SUFFIX and getter is lex_attrs.suffix:
            self.native_suffix = True
            return True
        if attr == attrs.LANG:
            keywords = bound(getter, lex_attrs.get_lang)
            if keywords is None:
                return False
            self.lang = hash_string(keywords.get("lang", ""))
            return True
        if attr == attrs.NORM:
            if getter is lex_attrs.lower:
                self.norm_tables = ()
            else:
                keywords = bound(getter, lex_attrs.lookup_or)
                if not keywords or keywords.get("default") is not lex_attrs.lower:
                    return False
                self.norm_tables = tuple(keywords.get("tables", ()))
            self.native_norm = True
            return True
        return False

    cdef int fill(self, str word, uint64_t orth, LexemeC* out) except -1:
        cdef int kind = PyUnicode_KIND(word)
        cdef void* data = PyUnicode_DATA(word)
        cdef Py_ssize_t i, n = PyUnicode_GET_LENGTH(word)
        cdef Py_UCS4 c, last = 0
        cdef Py_UCS4[LONGEST_SHAPE] shape
        cdef char[4 * LONGEST_SHAPE] utf8
        cdef int n_shape = 0, run = 0, what
        cdef bint alpha, upper, lower, title, in_word = False, title_ok = True
        cdef bint any_cased = False, any_upper = False, any_lower = False, any_title = False
        cdef bint any_digit = False, any_at = False, any_dot = False, any_colon = False
        cdef uint64_t flags = IS_ALPHA | IS_ASCII | IS_DIGIT | IS_PUNCT | IS_SPACE | IS_CURRENCY
        cdef str lowered
        memset(out, 0, sizeof(LexemeC))
        out.orth = orth
        out.length = <int32_t>n
        out.lang = self.lang
        for i in range(n):
            c = PyUnicode_READ(kind, data, i)
            alpha = Py_UNICODE_ISALPHA(c)
            upper = Py_UNICODE_ISUPPER(c)
            lower = Py_UNICODE_ISLOWER(c)
            title = Py_UNICODE_ISTITLE(c)
            if not alpha:
                flags &= ~IS_ALPHA
            if c >= 128:
                flags &= ~IS_ASCII
            if Py_UNICODE_ISDIGIT(c):
                any_digit = True
            else:
                flags &= ~IS_DIGIT
            if not Py_UNICODE_ISSPACE(c):
                flags &= ~IS_SPACE
            if flags & (IS_PUNCT | IS_CURRENCY):
                what = kind_of(<uint32_t>c)
                if what != PUNCT:
                    flags &= ~IS_PUNCT
                if what != CURRENCY:
                    flags &= ~IS_CURRENCY
            # A text is in title case where capitals begin its words, and nothing else does.
            if upper or title:
                any_upper = any_upper or upper
                any_title = any_title or title
                title_ok = title_ok and not in_word
                any_cased = in_word = True
            elif lower:
                any_lower = True
                title_ok = title_ok and in_word
                any_cased = in_word = True
            else:
                in_word = False
            if c == 64:
                any_at = True
            elif c == 46:
                any_dot = True
            elif c == 58:
                any_colon = True
            if n < LONGEST_SHAPE:
                if alpha:
                    c = 88 if upper else 120
                elif Py_UNICODE_ISDIGIT(c):
                    c = 100
                run = run + 1 if run and c == last else 1
                last = c
                if run <= LONGEST_RUN:
                    shape[n_shape] = c
                    n_shape += 1
        if n == 0:
            flags = IS_ASCII | IS_PUNCT | IS_CURRENCY  # as the functions answer
        if any_lower and not any_upper and not any_title:
            flags |= IS_LOWER
        if any_upper and not any_lower and not any_title:
            flags |= IS_UPPER
        if any_cased and title_ok:
            flags |= IS_TITLE
        if n <= 2:
            if word in BRACKETS:
                flags |= IS_BRACKET
            if word in QUOTES:
                flags |= IS_QUOTE
            if word in LEFT_PUNCT:
                flags |= IS_LEFT_PUNCT
            if word in RIGHT_PUNCT:
                flags |= IS_RIGHT_PUNCT
        out.flags = flags & self.native_flags

        lowered = word
        if any_upper or any_title or not (flags & IS_ASCII):
            lowered = word.lower()
        if self.native_lower or self.native_norm:
            out.lower = orth if lowered is word else hash_string(lowered)
        if self.native_norm:
            out.norm = out.lower
            for table in self.norm_tables:
                if word in table:
                    out.norm = hash_string(table[word])
                    break
        if not self.native_lower:
            out.lower = 0
        if self.native_shape:
            if n >= LONGEST_SHAPE:
                out.shape = hash_utf8(b"LONG", 4)
            else:
                out.shape = hash_utf8(utf8, encode_utf8_kind(4, shape, 0, n_shape, utf8))
        if self.native_prefix:
            out.prefix = hash_slice(word, 0, min(n, 1))
        if self.native_suffix:
            out.suffix = hash_slice(word, max(n - 3, 0), min(n, 3))
        if self.stops is not None and lowered in self.stops:
            out.flags |= IS_STOP
        if self.checked_flags:
            if any_digit:
                self._check(LIKE_NUM, word, out)
            if any_at:
                self._check(LIKE_EMAIL, word, out)
            if any_dot or any_colon:
                self._check(LIKE_URL, word, out)
        if self.others:
            self.call_others(word, out)
        return 0

    cdef int _check(self, int flag, str word, LexemeC* out) except -1:
        if (self.checked_flags >> flag) & 1 and self.checked[flag](word):
            out.flags |= ONE << flag
        return 0

    cdef int call_others(self, str word, LexemeC* out) except -1:
        cdef int attr
        cdef uint64_t value
        for key, getter in self.others:
            attr = key
            result = getter(word)
            if 0 < attr < 64:
                if result:
                    out.flags |= ONE << attr
                continue
            value = hash_string(result) if isinstance(result, str) else result
            if attr == LOWER:
                out.lower = value
            elif attr == NORM:
                out.norm = value
            elif attr == SHAPE:
                out.shape = value
            elif attr == PREFIX:
                out.prefix = value
            elif attr == SUFFIX:
                out.suffix = value
            elif attr == LANG:
                out.lang = value
        return 0
