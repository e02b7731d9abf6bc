from libc.stddef cimport size_t
from libc.stdint cimport int8_t, int32_t
from libcpp.vector cimport vector

from nlpcore.kernels.simd cimport SimdKernels
from nlpcore.transition.systems cimport CArcEager, CBiluo


cdef extern from "nlpcore/engine/transition_network.hpp" namespace "nlpcore" nogil:
    cdef struct TransitionArrays:
        size_t width
        int hidden, pieces
        const float* w
        const float* pad
        const float* bias
        const float* upper
        const float* upper_bias

    cdef struct FoundEntity:
        int32_t doc, start, end, label

    cdef cppclass ParserNetwork:
        ParserNetwork(const SimdKernels& kernels, const CArcEager& system,
                      const TransitionArrays& arrays) except +
        size_t multiply_adds()
        void tables(const float* v, size_t n, float* out) except +
        void decode(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset,
                    int32_t* heads, int32_t* labels, int8_t* starts) except +

    cdef cppclass EntityNetwork:
        EntityNetwork(const SimdKernels& kernels, const CBiluo& system,
                      const TransitionArrays& arrays) except +
        size_t multiply_adds()
        void tables(const float* v, size_t n, float* out) except +
        void decode(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset,
                    vector[FoundEntity]* found) except +


cdef class TransitionNetwork:
    # One of the two is NULL. Neither changes; several threads may use them at once, without the GIL.
    cdef ParserNetwork* parser
    cdef EntityNetwork* entities
    cdef readonly object system
    cdef readonly int width
    cdef int units

    cdef object decode_parse(self, const float[:, ::1] V, const int32_t[::1] lengths, const int8_t* preset)
    cdef object decode_entities(self, const float[:, ::1] V, const int32_t[::1] lengths, const int8_t* preset)
