from libc.stddef cimport size_t
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from nlpcore.kernels.simd cimport SimdKernels

cdef extern from "nlpcore/engine/encoder.hpp" namespace "nlpcore" nogil:
    cdef cppclass CEncoder "nlpcore::Encoder":
        CEncoder(const SimdKernels& kernels, size_t width, size_t pieces) except +
        void set_table(int feature, const float* values, size_t rows, uint32_t seed) except +
        void set_vectors(const uint64_t* keys, const int32_t* rows, size_t n, const float* values,
                         size_t width)
        void set_mixer(const float* w, const float* b, const float* gain, const float* shift) except +
        void add_convolution(const float* w, const float* b, const float* gain, const float* shift) except +
        void set_first(const float* w, const float* b, const float* gain, const float* shift,
                       const float* gaps, size_t budget) except +
        size_t reach()
        size_t tabulated()
        size_t computed()
        size_t lexeme_multiply_adds()
        size_t tile_multiply_adds()
        void encode(const uint64_t* ids, const uint8_t* gaps, const int32_t* lengths, size_t n_docs,
                    float* out) except +


cdef extern from "nlpcore/engine/heads.hpp" namespace "nlpcore" nogil:
    cdef cppclass CHead "nlpcore::Head":
        CHead(const SimdKernels& kernels, const float* w, const float* b, size_t width, size_t m,
              bint screened) except +
        void predict(const float* v, size_t n, size_t n_best, int32_t* best) except +
        void candidates(const float* v, size_t n, size_t n_best, int32_t* counts) except +
        void scores(const float* v, size_t n, float* out) except +


# Neither changes after it is made; several threads may use one at once, without the GIL.
cdef class Encoder:
    cdef CEncoder* encoder
    cdef readonly int width
    cdef readonly str variant

    cdef list tables  # which the encoder reads where they lie, as these:
    cdef object vectors

    cdef Py_ssize_t _set_vectors(self, vectors) except -1
    cdef int _pack(self, layer, Py_ssize_t k, Py_ssize_t columns, Py_ssize_t number, gaps,
                   size_t budget) except -1


cdef class Head:
    cdef CHead* head
    cdef readonly int width, n_classes

    cdef int _check(self, Py_ssize_t n_best) except -1
