"""Children, subtree edges and depths of a dependency forest, computed once from its heads."""

from libc.stdint cimport int32_t

cdef class Tree:
    cdef readonly Py_ssize_t length
    cdef int32_t[::1] left_edge          # [length] first token of the subtree
    cdef int32_t[::1] right_edge         # [length] last token of the subtree
    cdef int32_t[::1] depth              # [length] arcs up to the root
    cdef int32_t[::1] offset             # [length + 1] where a token's children begin in `child`
    cdef int32_t[::1] child              # [n arcs] children of all tokens, each group in text order

    cpdef Py_ssize_t n_children(self, Py_ssize_t i) except -1
    cpdef Py_ssize_t n_lefts(self, Py_ssize_t i) except -1
    cpdef Py_ssize_t shallowest(self, Py_ssize_t first, Py_ssize_t last) except -1

cpdef Tree build(Py_ssize_t length, const int32_t[::1] heads)
