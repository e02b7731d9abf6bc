from libc.stdint cimport int32_t, uint64_t


cdef struct LexemeC:
    uint64_t orth
    uint64_t lower
    uint64_t norm
    uint64_t shape
    uint64_t prefix
    uint64_t suffix
    uint64_t lang
    uint64_t flags
    int32_t length


cdef uint64_t get_attr(const LexemeC* lexeme, int attr) noexcept nogil


# The dict of a vocab's attribute functions; `version` changes with its contents.
cdef class LexAttrGetters(dict):
    cdef uint64_t version


# Computes the attributes of texts. Functions of nlpcore.vocab.lex_attrs are recognized and run as C.
cdef class LexicalPlan:
    cdef uint64_t native_flags   # flags that the pass over the characters gives
    cdef uint64_t checked_flags  # flags whose function is only called where the characters allow a yes
    cdef bint native_lower, native_shape, native_prefix, native_suffix, native_norm
    cdef uint64_t lang
    cdef object stops            # None, or the stop words in lower case
    cdef tuple norm_tables
    cdef dict checked            # flag -> function
    cdef list others             # (attribute, function) of all that is not native

    cdef int fill(self, str word, uint64_t orth, LexemeC* out) except -1
    cdef int call_others(self, str word, LexemeC* out) except -1
    cdef int _check(self, int flag, str word, LexemeC* out) except -1
