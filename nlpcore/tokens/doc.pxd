"""A Doc: columns, and what a user sees of them."""

from nlpcore.tokens._columns cimport (
    DEP,
    ENT_ID,
    ENT_KB_ID,
    ENT_TYPE,
    LEMMA,
    MORPH,
    NORM,
    POS,
    TAG,
    Columns,
)

cdef class Doc(Columns):
    cdef public object user_data
    cdef public dict user_hooks
    cdef public dict user_token_hooks
    cdef public dict user_span_hooks
    cdef public object cats
    cdef object own_tensor
    cdef bint has_tensor            # whether `own_tensor` was set
    cdef object tensor_memory       # None, or a bytearray of (length, tensor_width) float32 not yet asked for
    cdef Py_ssize_t tensor_width
    cdef public object noun_chunks_iterator
    cdef public object _context
    cdef public double sentiment_value
    cdef object span_groups
    cdef object own_vector, own_vector_norm
    cdef object __weakref__
