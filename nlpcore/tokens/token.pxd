"""A token: a position in a Doc."""

from nlpcore.tokens._token_text cimport TokenText
from nlpcore.tokens.doc cimport Doc

cdef class Token(TokenText):
    pass

cdef inline Token make_token(Doc doc, Py_ssize_t i):
    """The Token of a position that the caller has checked."""
    cdef Token token = Token.__new__(Token)
    token.doc = doc
    token.i = i
    return token
