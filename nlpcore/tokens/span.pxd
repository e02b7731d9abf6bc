"""A span: a stretch of tokens of a Doc, with a label."""

from libc.stdint cimport int64_t, uint64_t

from nlpcore.tokens.doc cimport Doc

cdef class Span:
    cdef readonly Doc doc
    cdef Py_ssize_t first                # first token
    cdef Py_ssize_t last                 # one past the last token
    cdef int64_t first_char
    cdef int64_t last_char               # one past the last character
    cdef uint64_t label_id
    cdef uint64_t kb
    cdef uint64_t span_id
    cdef object own_vector
    cdef object own_vector_norm

    cdef int set_chars(self) except -1
    cdef int check(self) except -1

cdef int slice_bounds(Py_ssize_t length, object key, Py_ssize_t* first, Py_ssize_t* last) except -1
cdef Span make_span(Doc doc, Py_ssize_t first, Py_ssize_t last)
