from libc.stdint cimport uint64_t
from libcpp.deque cimport deque
from libcpp.unordered_map cimport unordered_map

from .lexical cimport LexAttrGetters, LexemeC, LexicalPlan
from .strings cimport StringStore


# A lexeme that a user looked up: it lives as long as the vocab.
cdef struct KeptLexeme:
    LexemeC c
    uint64_t rank
    bint changed


cdef struct CacheEntry:
    uint64_t check  # second hash of the text
    LexemeC c       # all zero: free


cdef class Vocab:
    cdef readonly StringStore strings
    cdef readonly object morphology
    cdef public object cfg, writing_system, get_noun_chunks
    cdef object _vectors, _vectors_name, _lookups
    cdef object __weakref__
    cdef LexAttrGetters getters
    cdef LexicalPlan plan
    cdef uint64_t plan_version
    cdef uint64_t secret
    cdef CacheEntry* cache
    cdef deque[KeptLexeme] kept
    cdef unordered_map[uint64_t, KeptLexeme*] by_orth
    cdef size_t n_changed
    cdef int zones
    cdef object norms  # table `lexeme_norm` of the lookups: orth -> norm, or None

    # The lexical attributes of a text, computed or from the cache. Interns nothing.
    cdef int fill_lexeme(self, str text, LexemeC* out) except -1
    # The same for the n characters of `text` from `start` on; the caller has checked the range.
    cdef int fill_slice(self, str text, Py_ssize_t start, Py_ssize_t n, LexemeC* out) except -1
    cpdef object lexical_ids(self, list words)
    # The string of a lexical attribute (LOWER, NORM, SHAPE, PREFIX, SUFFIX, LANG, ORTH). Interns nothing.
    cpdef str lexical_string(self, int attr, str text)

    cdef int compute(self, str word, uint64_t orth, LexemeC* out) except -1
    cdef int need_plan(self) except -1
    cdef KeptLexeme* keep(self, uint64_t orth) except NULL
    cdef void mark_changed(self, KeptLexeme* lexeme) noexcept
