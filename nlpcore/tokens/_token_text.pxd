"""A token as text: what follows from its characters and its lexeme."""

from nlpcore.tokens.doc cimport Doc
from nlpcore.vocab.vocab cimport LexemeC

cdef class TokenText:
    cdef readonly Doc doc
    cdef readonly Py_ssize_t i

    cdef int check(self) except -1
    cdef object id_value(self, int column)
    cdef object id_string(self, int column)
    cdef int set_id(self, int column, str name, object value) except -1
    cdef int lexeme(self, LexemeC* out) except -1
    cdef bint flag(self, int flag_id) except -1
    cdef str lexical(self, int attr)
