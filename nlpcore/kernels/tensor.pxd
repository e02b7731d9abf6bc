cdef enum:
    MOST_DIMENSIONS = 8


cdef class Tensor:
    cdef object owner  # whose memory it is
    cdef const char* data
    cdef readonly str dtype
    cdef readonly tuple shape
    cdef bytes code
    cdef Py_ssize_t item_size, n_values
    cdef Py_ssize_t[MOST_DIMENSIONS] sides, strides
    cdef Py_ssize_t _describe(self, str dtype, tuple shape) except -1
