// The kernels of inference, one table of them for each instruction set. `gemm.hpp`, `rows.hpp`, `windows.hpp` and
// `steps.hpp` are the one source; `simd_avx512.cc`, `simd_avx2.cc` and `simd_base.cc` compile it, each with its own flags
// and in its own namespace.
//
// Every kernel treats rows alone and sums in one fixed order, so a row's result is the same, bit for bit, whatever
// stands before, after or beside it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "screening.hpp"

namespace nlpcore {

struct SimdKernels {
    const char* name;
    size_t panel;  // columns of a packed panel

    // out (n, m) = a (n, k) @ w (+ bias). w: ceil(m / panel) panels, each (k, panel), see `pack__km`; columns beyond m
    // are written too, so ldo >= the padded m. bias: padded m floats or null. lda may be less than k: rows may overlap.
    void (*gemm__nkm)(const float* a, size_t lda, size_t n, size_t k, const float* w, const float* bias, size_t m,
                      float* out, size_t ldo);

    // out (n, t) = layer_norm(max over the p pieces of y (n, p * t)) * gain + shift (+ residual (n, t) unless null).
    void (*maxout_norm__npt)(const float* y, size_t ldy, size_t n, size_t p, size_t t, const float* gain,
                             const float* shift, const float* residual, size_t ldr, float* out, size_t ldo);

    // best (n_best): the columns with the highest of m scores, highest first, of equal ones the first. Overwrites
    // what it chose in `row` when n_best > 1.
    void (*best__m)(float* row, size_t m, size_t n_best, int32_t* best);

    // out (t) = a + b + layer_norm(max over the p pieces of the sums (p * t) of the six terms) * gain + shift. The sums
    // are ((0 + 1) + (2 + 3)) + (4 + 5); y: memory for t floats.
    void (*sum6_norm__pt)(const float* const* terms, size_t p, size_t t, const float* gain, const float* shift,
                          const float* a, const float* b, float* y, float* out);

    // best (n * 6, panels * panel) = max over the pieces of the windows' products in n tiles of six rows each.
    // rows (n, 8): the row before a tile, its six rows, the row after, k floats each; w, bias: see `packed_windows`;
    // v: memory for n * 8 * k floats.
    void (*windows__nkt)(const float* const* rows, size_t n, size_t k, const float* w, const float* bias, size_t pieces,
                         size_t panels, float* v, float* best);

    // rows (n, t) += layer_norm(y (n, t)) * gain + shift.
    void (*norm_add__nt)(const float* y, size_t ldy, size_t n, size_t t, const float* gain, const float* shift,
                         float* rows);

    // Multiply-adds in registers only: returns how many, at least n. sink: 16 floats, read and written.
    size_t (*fma_loop)(size_t n, float* sink);

    // As gemm__nkm, with rows that stand anywhere: row i is the k floats at a[i], and its result goes to out[i] (padded
    // m). Each sum is the same chain of additions.
    void (*scattered_gemm__nkm)(const float* const* a, size_t n, size_t k, const float* w, const float* bias, size_t m,
                                float* const* out);

    // out (h) = max over the p pieces of the sum of f rows (p, h), added in their order; of a NaN and a number the
    // earlier piece. h: a multiple of panel / 2.
    void (*sum_maxout__fph)(const float* const* rows, size_t f, size_t p, size_t h, float* out);

    // The column with the highest score where mask is 0 (elsewhere it is -inf), of equal ones the first; -1 where all
    // of these are -inf or NaN. m: a multiple of panel / 2.
    int32_t (*best_allowed__m)(const float* scores, const float* mask, size_t m);

    // A filter over rows by six products (engine/token_filter.hpp): what is multiplied, out (6, t) from six rows (t),
    // and n rows of results (n, m) + bias from the products y (6, m). m: a multiple of panel / 2.
    void (*filter_in__t)(const float* const* rows, size_t t, float* out, size_t ldo);
    void (*filter_out__nm)(const float* y, size_t ldy, const float* bias, size_t n, size_t m, float* out, size_t ldo);

    // The kernels that exclude columns by small integers; null where this build or this CPU has none.
    const ScreenKernels* (*screening)();
};

// Null where this build or its target has no such variant.
const SimdKernels* simd_kernels_avx512();
const SimdKernels* simd_kernels_avx2();
const SimdKernels* simd_kernels_base();

// Whether this CPU can run the variant.
inline bool cpu_runs_avx512() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

inline bool cpu_runs_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

inline size_t padded_to_panels(size_t m, size_t panel) { return (m + panel - 1) / panel * panel; }

// w (k, m) with row stride ldw → panels of `panel` columns, each (k, panel), the last filled up with zeros.
inline void pack__km(const float* w, size_t ldw, size_t k, size_t m, size_t panel, float* packed) {
    for (size_t first = 0; first < m; first += panel) {
        for (size_t i = 0; i < k; ++i) {
            for (size_t j = 0; j < panel; ++j) *packed++ = first + j < m ? w[i * ldw + first + j] : 0.0f;
        }
    }
}

// A tile of `windows__nkt`: outputs, and the positions of its products.
constexpr size_t kWindowRows = 6, kWindowPositions = 8;

// w (3 * k, pieces * t), the weights of the rows before, at and after → combined for each position and packed: for
// each panel of t, for each piece, eight times (k, panel). bias: in the same order of panels. Both are filled up with
// zeros.
inline void packed_windows(const float* w, const float* b, size_t k, size_t pieces, size_t t, size_t panel,
                           float* packed, float* bias) {
    static const double kCombined[kWindowPositions][3] = {
        {-1, 0, 0},
        {-1 / 4.5, -1 / 4.5, -1 / 4.5},
        {-1 / 4.5, 1 / 4.5, -1 / 4.5},
        {1 / 90.0, 2 / 90.0, 4 / 90.0},
        {1 / 90.0, -2 / 90.0, 4 / 90.0},
        {32 / 45.0, 16 / 45.0, 8 / 45.0},
        {32 / 45.0, -16 / 45.0, 8 / 45.0},
        {0, 0, 1},
    };
    const size_t m = pieces * t;
    for (size_t first = 0; first < t; first += panel) {
        for (size_t piece = 0; piece < pieces; ++piece) {
            const size_t columns = first + panel <= t ? panel : t - first;
            const size_t at = piece * t + first;
            for (size_t j = 0; j < panel; ++j) *bias++ = j < columns ? b[at + j] : 0.0f;
            for (const double* c : kCombined) {
                for (size_t i = 0; i < k; ++i) {
                    const float *before = w + i * m + at, *here = before + k * m, *after = here + k * m;
                    for (size_t j = 0; j < panel; ++j) {
                        const bool filled = j < columns;
                        const double sum = filled ? c[0] * before[j] + c[1] * here[j] + c[2] * after[j] : 0.0;
                        *packed++ = static_cast<float>(sum);
                    }
                }
            }
        }
    }
}

}  // namespace nlpcore
