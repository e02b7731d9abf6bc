"""Children, subtree edges and depths of a dependency forest, computed once from its heads."""

from libc.stdint cimport int32_t

from nlpcore.lazy import numpy

from nlpcore.errors import HeadError


cdef class Tree:
    """A forest over `length` tokens. Times and memory are linear in `length`."""

    def children(self, Py_ssize_t i):
        """Children of token i in text order: list of int."""
        if i < 0 or i >= self.length:
            raise IndexError(i)
        cdef Py_ssize_t k
        return [self.child[k] for k in range(self.offset[i], self.offset[i + 1])]

    cpdef Py_ssize_t n_children(self, Py_ssize_t i) except -1:
        """Number of children of token i."""
        if i < 0 or i >= self.length:
            raise IndexError(i)
        return self.offset[i + 1] - self.offset[i]

    cpdef Py_ssize_t n_lefts(self, Py_ssize_t i) except -1:
        """Number of children of token i before it."""
        if i < 0 or i >= self.length:
            raise IndexError(i)
        cdef Py_ssize_t k
        cdef Py_ssize_t n = 0
        for k in range(self.offset[i], self.offset[i + 1]):
            n += self.child[k] < i
        return n

    def edges(self, Py_ssize_t i):
        """(first, last) token of the subtree of token i."""
        if i < 0 or i >= self.length:
            raise IndexError(i)
        return self.left_edge[i], self.right_edge[i]

    def subtree(self, Py_ssize_t i):
        """Token i and all below it, left children first: list of int."""
        if i < 0 or i >= self.length:
            raise IndexError(i)
        if self.offset[i] == self.offset[i + 1]:
            return [i]
        result = []
        stack = [(i, False)]
        cdef Py_ssize_t k
        while stack:
            token, opened = stack.pop()
            if opened:
                result.append(token)
                continue
            children = self.children(token)
            stack.extend([(k, False) for k in reversed(children) if k > token])
            stack.append((token, True))
            stack.extend([(k, False) for k in reversed(children) if k < token])
        return result

    cpdef Py_ssize_t shallowest(self, Py_ssize_t first, Py_ssize_t last) except -1:
        """The first of the tokens first to last (exclusive) that are nearest to a root."""
        if not 0 <= first < last <= self.length:
            raise IndexError(first)
        cdef Py_ssize_t best = first
        cdef Py_ssize_t i
        for i in range(first + 1, last):
            if self.depth[i] < self.depth[best]:
                best = i
        return best


cpdef Tree build(Py_ssize_t length, const int32_t[::1] heads):
    """The forest of `heads`, (length,) int32 absolute indices (a root is its own head); None: all are roots.

    Raises HeadError (a ValueError) for a head out of range or a cycle.
    """
    if heads is not None and heads.shape[0] != length:
        raise HeadError(f"{heads.shape[0]} heads were given for {length} tokens.")
    cdef Tree tree = Tree.__new__(Tree)
    cdef Py_ssize_t i, k, n_done = 0
    cdef int32_t h, token, n_arcs = 0
    tree.length = length
    left_edge = numpy.arange(length, dtype=numpy.int32)
    offset = numpy.zeros(length + 1, dtype=numpy.int32)
    cdef int32_t[::1] left = left_edge
    cdef int32_t[::1] right = left_edge.copy()
    cdef int32_t[::1] off = offset
    cdef int32_t[::1] depth = numpy.zeros(length, dtype=numpy.int32)
    if heads is not None:
        for i in range(length):
            h = heads[i]
            if h < 0 or h >= length:
                raise HeadError(f"Token {i} has the head {h}, outside the Doc of {length} tokens.")
            if h != i:
                off[h + 1] += 1
                n_arcs += 1
    for i in range(length):
        off[i + 1] += off[i]
    cdef int32_t[::1] child = numpy.empty(n_arcs, dtype=numpy.int32)
    cdef int32_t[::1] fill
    cdef int32_t[::1] queue                # roots first, then their children, and so on
    if n_arcs:
        fill = offset.copy()
        queue = numpy.empty(length, dtype=numpy.int32)
        for i in range(length):
            h = heads[i]
            if h != i:
                child[fill[h]] = <int32_t>i
                fill[h] += 1
            else:
                queue[n_done] = <int32_t>i
                n_done += 1
        i = 0
        while i < n_done:
            token = queue[i]
            for k in range(off[token], off[token + 1]):
                queue[n_done] = child[k]
                depth[child[k]] = depth[token] + 1
                n_done += 1
            i += 1
        if n_done != length:
            inside = min(set(range(length)) - set(numpy.asarray(queue[:n_done]).tolist()))
            raise HeadError(f"The heads contain a cycle that token {inside} belongs to or hangs from.")
        for i in range(length - 1, -1, -1):
            token = queue[i]
            h = heads[token]
            if left[token] < left[h]:
                left[h] = left[token]
            if right[token] > right[h]:
                right[h] = right[token]
    tree.left_edge = left
    tree.right_edge = right
    tree.depth = depth
    tree.offset = off
    tree.child = child
    return tree
