"""Decoding with a transition system and its network, forward only, on packed weights, without the GIL.

What the arrays mean is defined by ``nlpcore.transition.stepping``, the reference that this is tested against.
"""

from nlpcore.lazy import numpy as np

from libc.stdint cimport int8_t, int32_t
from libcpp.vector cimport vector

from nlpcore.engine.inputs import document_lengths, floats
from nlpcore.errors import EngineInputError

from nlpcore.engine.addresses cimport address, table_address
from nlpcore.kernels.simd cimport SimdKernels, kernels_named
from nlpcore.transition.systems cimport ArcEager, Biluo


cdef class TransitionNetwork:
    """A transition system with its network, which holds copies of the weights and never changes.

    W (T, F * H * P), pad (F, H * P), bias (H * P), upper (A, H), upper_bias (A): as
    ``nlpcore.transition.stepping`` has them. Raises EngineInputError where they do not fit.
    """

    def __cinit__(self, system, W, pad, bias, upper, upper_bias, *, variant=None):
        if not isinstance(system, (ArcEager, Biluo)):
            raise TypeError(f"A transition system is ArcEager or Biluo, not {type(system).__name__}.")
        cdef const SimdKernels* kernels = kernels_named(variant)
        self.system = system
        upper = floats(upper, (system.n_moves, None), "upper")
        bias = floats(bias, (None,), "bias")
        hidden, units = upper.shape[1], bias.shape[0]
        if hidden == 0 or units == 0 or units % hidden:
            raise EngineInputError(name="bias", reason=f"its length is no multiple of {hidden} units")
        pad = floats(pad, (system.n_context, units), "pad")
        W = floats(W, (None, system.n_context * units), "W")
        upper_bias = floats(upper_bias, (system.n_moves,), "upper_bias")
        self.width = W.shape[0]
        self.units = units
        cdef TransitionArrays arrays
        arrays.width = self.width
        arrays.hidden = hidden
        arrays.pieces = units // hidden
        arrays.w = table_address(W)
        arrays.pad = table_address(pad)
        arrays.bias = address(bias)
        arrays.upper = table_address(upper)
        arrays.upper_bias = address(upper_bias)
        cdef CArcEager* arc_eager = NULL
        cdef CBiluo* biluo = NULL
        if isinstance(system, ArcEager):
            arc_eager = &(<ArcEager>system).system
        else:
            biluo = &(<Biluo>system).system
        with nogil:
            if arc_eager != NULL:
                self.parser = new ParserNetwork(kernels[0], arc_eager[0], arrays)
            else:
                self.entities = new EntityNetwork(kernels[0], biluo[0], arrays)

    def __dealloc__(self):
        del self.parser
        del self.entities

    @property
    def multiply_adds(self):
        """How many multiply-adds ``decode`` has executed in products since the network was made."""
        return self.parser.multiply_adds() if self.parser != NULL else self.entities.multiply_adds()

    def tables(self, V):
        """V (N, T) → (N, F, H * P) float32: what each token adds to the hidden layer at each position."""
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef Py_ssize_t n = vectors.shape[0]
        out = np.empty((n, self.system.n_context, self.units), dtype="float32")
        cdef float[:, :, ::1] view = out
        if out.size == 0:
            return out
        with nogil:
            if self.parser != NULL:
                self.parser.tables(&vectors[0, 0], n, &view[0, 0, 0])
            else:
                self.entities.tables(&vectors[0, 0], n, &view[0, 0, 0])
        return out

    def decode(self, V, lengths, *, preset=None):
        """What ``transition.decode`` gives for documents with the vectors V (N, T), one after another.

        lengths: token counts that sum to N; preset: int8 (N,) sentence starts (1, -1, 0 free) or None.
        """
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef const int32_t[::1] counts = document_lengths(lengths, vectors.shape[0])
        cdef const int8_t[::1] starts
        cdef const int8_t* preset_starts = NULL
        if preset is not None:
            starts = np.ascontiguousarray(preset, dtype="int8").reshape(-1)
            if starts.shape[0] != vectors.shape[0]:
                raise EngineInputError(name="preset", reason="there must be one for each token")
            if starts.shape[0]:
                preset_starts = &starts[0]
        if self.parser != NULL:
            return self.decode_parse(vectors, counts, preset_starts)
        return self.decode_entities(vectors, counts, preset_starts)

    cdef object decode_parse(self, const float[:, ::1] V, const int32_t[::1] lengths, const int8_t* preset):
        cdef Py_ssize_t n = V.shape[0]
        heads, labels, starts = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int8)
        cdef int32_t[::1] head_view = heads, label_view = labels
        cdef int8_t[::1] start_view = starts
        if n:
            with nogil:
                self.parser.decode(&V[0, 0], &lengths[0], lengths.shape[0], preset, &head_view[0],
                                   &label_view[0], &start_view[0])
        return heads, labels, starts

    cdef object decode_entities(self, const float[:, ::1] V, const int32_t[::1] lengths,
                                const int8_t* preset):
        cdef vector[FoundEntity] found
        cdef Py_ssize_t i
        if V.shape[0]:
            with nogil:
                self.entities.decode(&V[0, 0], &lengths[0], lengths.shape[0], preset, &found)
        out = np.empty((found.size(), 4), dtype=np.int32)
        cdef int32_t[:, ::1] view = out
        for i in range(<Py_ssize_t>found.size()):
            view[i, 0], view[i, 1] = found[i].doc, found[i].start
            view[i, 2], view[i, 3] = found[i].end, found[i].label
        return out
