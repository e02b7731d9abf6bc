from .vocab cimport KeptLexeme, Vocab


cdef class Lexeme:
    cdef readonly Vocab vocab
    cdef KeptLexeme* kept  # owned by the vocab
