"""The table of inference kernels that this process uses."""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t


cdef extern from "nlpcore/kernels/simd.hpp" namespace "nlpcore" nogil:
    cdef cppclass ScreenKernels:
        pass

    cdef cppclass SimdKernels:
        const char* name
        size_t panel
        void (*gemm__nkm)(const float*, size_t, size_t, size_t, const float*, const float*, size_t,
                          float*, size_t)
        void (*maxout_norm__npt)(const float*, size_t, size_t, size_t, size_t, const float*, const float*,
                                 const float*, size_t, float*, size_t)
        void (*best__m)(float*, size_t, size_t, int32_t*)
        void (*sum6_norm__pt)(const float* const*, size_t, size_t, const float*, const float*,
                              const float*, const float*, float*, float*)
        void (*windows__nkt)(const float* const*, size_t, size_t, const float*, const float*, size_t,
                             size_t, float*, float*)
        void (*norm_add__nt)(const float*, size_t, size_t, size_t, const float*, const float*, float*)
        size_t (*fma_loop)(size_t, float*)
        void (*scattered_gemm__nkm)(const float* const*, size_t, size_t, const float*, const float*, size_t,
                                    float* const*)
        void (*sum_maxout__fph)(const float* const*, size_t, size_t, size_t, float*)
        int32_t (*best_allowed__m)(const float*, const float*, size_t)
        void (*filter_in__t)(const float* const*, size_t, float*, size_t)
        void (*filter_out__nm)(const float*, size_t, const float*, size_t, size_t, float*, size_t)
        const ScreenKernels* (*screening)()

    const size_t kWindowRows, kWindowPositions
    size_t padded_to_panels(size_t m, size_t panel)
    void pack__km(const float* w, size_t ldw, size_t k, size_t m, size_t panel, float* packed)
    void packed_windows(const float* w, const float* b, size_t k, size_t pieces, size_t t, size_t panel,
                        float* packed, float* bias)


cdef const SimdKernels* kernels_named(str variant) except NULL
