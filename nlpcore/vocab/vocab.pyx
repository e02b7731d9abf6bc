"""The vocabulary: strings, lexical attributes, morphology, lookup tables and vectors that pipelines share."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .strings cimport StringStore, check_hash, encode_utf8_kind, hash_string, hash_utf8

import os

import numpy

from ..attrs import LANG, LOWER, NORM, ORTH, PREFIX, SHAPE, SUFFIX
from ..errors import NotAStringError

cdef extern from "Python.h":
    int PyUnicode_KIND(object o)
    void* PyUnicode_DATA(object o)
    Py_ssize_t PyUnicode_GET_LENGTH(object o)

cdef enum:
    STACK = 512          # bytes of UTF-8 that need no allocation
    CACHE_SETS = 1 << 15  # of two entries each: 5 MB when full

cdef int ORTH_ = ORTH, LOWER_ = LOWER, NORM_ = NORM, SHAPE_ = SHAPE
cdef int PREFIX_ = PREFIX, SUFFIX_ = SUFFIX, LANG_ = LANG

OOV_RANK = 2**64 - 1
DEFAULT_OOV_PROB = -20.0

cdef object _Lexeme = None


cdef object make_lexeme(Vocab vocab, object orth):
    # lexeme.pyx needs the declarations of this module first.
    global _Lexeme
    if _Lexeme is None:
        from .lexeme import Lexeme

        _Lexeme = Lexeme
    return _Lexeme(vocab, orth)


cdef class Vocab:
    """What the objects of a pipeline share.

    lex_attr_getters: dict from attribute (an integer of ``nlpcore.attrs``) to a function of the text.
    strings: a StringStore, or strings to begin with.
    """

    def __init__(
        self,
        lex_attr_getters=None,
        strings=(),
        lookups=None,
        oov_prob=DEFAULT_OOV_PROB,
        vectors_name=None,
        writing_system=None,
        get_noun_chunks=None,
    ):
        self.strings = strings if isinstance(strings, StringStore) else StringStore(strings)
        self._getters = {} if lex_attr_getters is None else lex_attr_getters
        self._lookups = lookups
        self.cfg = {"oov_prob": oov_prob}
        self.writing_system = {} if writing_system is None else writing_system
        self.get_noun_chunks = get_noun_chunks
        self.secret = int.from_bytes(os.urandom(8), "little")

    def __dealloc__(self):
        free(self.cache)

    @property
    def lex_attr_getters(self):
        return self._getters

    @lex_attr_getters.setter
    def lex_attr_getters(self, getters):
        self._getters = getters
        self._reset_cache()

    @property
    def lang(self):
        """Code of the language, "" where the vocab has none."""
        getter = self._getters.get(LANG)
        return getter("") if getter is not None else ""

    def _reset_cache(self):
        if self.cache != NULL:
            memset(self.cache, 0, 2 * CACHE_SETS * sizeof(CacheEntry))

    # --- lexical attributes of texts ---

    cdef int fill_lexeme(self, str text, LexemeC* out) except -1:
        if text is None:
            raise NotAStringError(type="None")
        return self.fill_slice(text, 0, PyUnicode_GET_LENGTH(text), out)

    cdef int fill_slice(self, str text, Py_ssize_t start, Py_ssize_t n, LexemeC* out) except -1:
        cdef char stack[STACK]
        cdef char* utf8 = stack
        cdef size_t size
        cdef uint64_t orth, check
        cdef CacheEntry* entry
        if 4 * n > STACK:
            utf8 = <char*>PyMem_Malloc(4 * n)
            if utf8 == NULL:
                raise MemoryError()
        size = encode_utf8_kind(PyUnicode_KIND(text), PyUnicode_DATA(text), start, n, utf8)
        orth = hash_utf8(utf8, size)
        check = check_hash(utf8, size, self.secret)
        if utf8 != stack:
            PyMem_Free(utf8)
        if self.n_changed:
            if self.by_orth.count(orth):
                out[0] = self.by_orth[orth].c
                return 0
        if self.cache == NULL:
            self.cache = <CacheEntry*>calloc(2 * CACHE_SETS, sizeof(CacheEntry))
            if self.cache == NULL:
                raise MemoryError()
        entry = &self.cache[2 * (check & (CACHE_SETS - 1))]
        if entry.check == check and entry.c.orth == orth and entry.c.length == n:
            out[0] = entry.c
            return 0
        if entry[1].check == check and entry[1].c.orth == orth and entry[1].c.length == n:
            out[0] = entry[1].c
            return 0
        self.compute(text[start : start + n], orth, out)
        if n:
            entry[1] = entry[0]
            entry.check = check
            entry.c = out[0]
        return 0

    cdef int compute(self, str word, uint64_t orth, LexemeC* out) except -1:
        cdef int attr
        cdef uint64_t flags = 0, value
        memset(out, 0, sizeof(LexemeC))
        out.orth = orth
        out.length = <int32_t>PyUnicode_GET_LENGTH(word)
        for key, getter in self._getters.items():
            attr = key
            result = getter(word)
            if 0 < attr < 64:
                if result:
                    flags |= <uint64_t>1 << attr
                continue
            value = hash_string(result) if isinstance(result, str) else result
            if attr == LOWER_:
                out.lower = value
            elif attr == NORM_:
                out.norm = value
            elif attr == SHAPE_:
                out.shape = value
            elif attr == PREFIX_:
                out.prefix = value
            elif attr == SUFFIX_:
                out.suffix = value
            elif attr == LANG_:
                out.lang = value
        out.flags = flags
        return 0

    cpdef object lexical_ids(self, list words):
        """NORM, PREFIX, SUFFIX and SHAPE of words: (n, 4) uint64."""
        cdef Py_ssize_t i, n = len(words)
        cdef LexemeC lexeme
        ids = numpy.empty((n, 4), dtype="uint64")
        cdef uint64_t[:, ::1] view = ids
        for i in range(n):
            self.fill_lexeme(words[i], &lexeme)
            view[i, 0] = lexeme.norm
            view[i, 1] = lexeme.prefix
            view[i, 2] = lexeme.suffix
            view[i, 3] = lexeme.shape
        return ids

    cpdef str lexical_string(self, int attr, str text):
        cdef LexemeC lexeme
        cdef uint64_t id
        cdef str known
        if attr == ORTH_:
            return text
        if self.n_changed:
            self.fill_lexeme(text, &lexeme)
            id = lexeme_attr(&lexeme, attr)
            known = self.strings.find(id)
            if known is not None:
                return known
        getter = self._getters.get(attr)
        if getter is None:
            return ""
        result = getter(text)
        return result if isinstance(result, str) else self.strings[result]

    # --- lexemes that are kept ---

    cdef KeptLexeme* keep(self, uint64_t orth) except NULL:
        cdef KeptLexeme lexeme
        cdef str word
        if self.by_orth.count(orth):
            return self.by_orth[orth]
        word = self.strings[orth]
        self.fill_lexeme(word, &lexeme.c)
        lexeme.rank = OOV_RANK
        lexeme.changed = False
        for attr in (LOWER, NORM, SHAPE, PREFIX, SUFFIX, LANG):
            if attr in self._getters:
                self.strings.add(self.lexical_string(attr, word))
        self.kept.push_back(lexeme)
        self.by_orth[orth] = &self.kept.back()
        return &self.kept.back()

    cdef void mark_changed(self, KeptLexeme* lexeme) noexcept:
        if not lexeme.changed:
            lexeme.changed = True
            self.n_changed += 1

    def __getitem__(self, id_or_string):
        """The lexeme of a string, or of the id of a known string; it is kept from then on."""
        if isinstance(id_or_string, str):
            return make_lexeme(self, self.strings.intern(id_or_string))
        return make_lexeme(self, id_or_string)

    def __contains__(self, id_or_string):
        cdef uint64_t orth
        if isinstance(id_or_string, str):
            orth = hash_string(id_or_string)
        else:
            orth = id_or_string
        return self.by_orth.count(orth) != 0

    def __len__(self):
        return self.kept.size()

    def __iter__(self):
        cdef size_t i = 0
        while i < self.kept.size():
            yield make_lexeme(self, self.kept[i].c.orth)
            i += 1


cdef uint64_t lexeme_attr(LexemeC* lexeme, int attr) noexcept nogil:
    if attr == LOWER_:
        return lexeme.lower
    if attr == NORM_:
        return lexeme.norm
    if attr == SHAPE_:
        return lexeme.shape
    if attr == PREFIX_:
        return lexeme.prefix
    if attr == SUFFIX_:
        return lexeme.suffix
    if attr == LANG_:
        return lexeme.lang
    if attr == ORTH_:
        return lexeme.orth
    return 0
