"""Which instruction set the kernels of inference use, and those kernels on arrays.

Each variant is compiled from one source; the best that this CPU runs is chosen, or the one that the
environment variable NLPCORE_SIMD names: ``avx512``, ``avx2`` or ``base`` (SSE2 or NEON).
"""

import os
import time

from nlpcore.lazy import numpy as np

from libcpp.vector cimport vector

from nlpcore.errors import SimdVariantError


cdef extern from "nlpcore/kernels/simd.hpp" namespace "nlpcore" nogil:
    const SimdKernels* simd_kernels_avx512()
    const SimdKernels* simd_kernels_avx2()
    const SimdKernels* simd_kernels_base()
    bint cpu_runs_avx512()
    bint cpu_runs_avx2()


NAMES = ("avx512", "avx2", "base")
VARIABLE = "NLPCORE_SIMD"


cdef const SimdKernels* built(str name) noexcept:
    """The variant, if this build and this CPU have it, else NULL."""
    if name == "avx512" and cpu_runs_avx512():
        return simd_kernels_avx512()
    if name == "avx2" and cpu_runs_avx2():
        return simd_kernels_avx2()
    return simd_kernels_base() if name == "base" else NULL


def available() -> tuple:
    """The names of the variants that this CPU runs, best first."""
    return tuple(name for name in NAMES if built(name) != NULL)


def chosen() -> str:
    """The variant in use: the best one, or what NLPCORE_SIMD says. Raises SimdVariantError."""
    name = os.environ.get(VARIABLE, "").strip().lower()
    if not name:
        return available()[0]
    if name not in available():
        raise SimdVariantError(name=name, available=", ".join(available()))
    return name


cdef const SimdKernels* kernels_named(str variant) except NULL:
    cdef const SimdKernels* kernels = built(chosen() if variant is None else variant)
    if kernels == NULL:
        raise SimdVariantError(name=variant, available=", ".join(available()))
    return kernels


def _require(bint condition, str message):
    if not condition:
        raise ValueError(f"kernels.simd: {message}")


def matmul(const float[:, ::1] a, const float[:, ::1] w, bias=None, *, variant=None):
    """a (n, k) @ w (k, m) + bias (m,) → (n, m) float32, with the packed kernel."""
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef size_t n = a.shape[0], k = a.shape[1], m = w.shape[1]
    _require(<size_t>w.shape[0] == k, "a and w do not fit")
    _require(bias is None or bias.shape == (m,), "bias must be (m,)")
    cdef size_t padded = padded_to_panels(m, kernels.panel)
    cdef float[::1] packed = packed_weights(w, variant)
    out = np.zeros((n, padded), dtype="float32")
    cdef float[:, ::1] view = out
    padded_bias = np.zeros(padded, dtype="float32")
    if bias is not None:
        padded_bias[:m] = bias
    cdef const float[::1] b = padded_bias
    if n and m:
        with nogil:
            kernels.gemm__nkm(&a[0, 0] if k else NULL, k, n, k, &packed[0], &b[0], m, &view[0, 0], padded)
    return out[:, :m]


def packed_weights(const float[:, ::1] w, variant=None):
    """w (k, m) in the order in which ``variant``'s product reads it: float32, columns padded to panels."""
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef size_t k = w.shape[0], m = w.shape[1]
    packed = np.zeros(padded_to_panels(m, kernels.panel) * k, dtype="float32")
    cdef float[::1] view = packed
    if k and m:
        pack__km(&w[0, 0], m, k, m, kernels.panel, &view[0])
    return packed


def maxout_norm(const float[:, ::1] y, const float[::1] gain, const float[::1] shift, residual=None, *,
                variant=None):
    """``layer_norm(max over the pieces of y) * gain + shift (+ residual)``.

    y (n, P*T) piece-major, gain and shift (T), residual (n, T) or None; returns (n, T) float32.
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef size_t n = y.shape[0], t = gain.shape[0]
    _require(t > 0 and y.shape[1] > 0 and y.shape[1] % t == 0, "y must have P*T columns")
    _require(<size_t>shift.shape[0] == t, "shift must be (T,)")
    _require(residual is None or residual.shape == (n, t), "residual must be (n, T)")
    out = np.empty((n, t), dtype="float32")
    cdef float[:, ::1] view = out
    cdef const float[:, ::1] added = out if residual is None else residual
    cdef bint adds = residual is not None
    if n:
        with nogil:
            kernels.maxout_norm__npt(&y[0, 0], y.shape[1], n, y.shape[1] // t, t, &gain[0], &shift[0],
                                     &added[0, 0] if adds else NULL, t, &view[0, 0], t)
    return out


def best_columns(scores, Py_ssize_t n_best, *, variant=None):
    """The ``n_best`` columns with the highest scores of each row, highest first, of equal ones the first.

    scores (n, m) float32 with m >= n_best >= 1; returns (n, n_best) int32.
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    copy = np.array(scores, dtype="float32", order="C", ndmin=2)
    cdef float[:, ::1] rows = copy
    cdef size_t n = rows.shape[0], m = rows.shape[1], i
    _require(1 <= n_best <= <Py_ssize_t>m, "n_best must be 1 to m")
    best = np.empty((n, n_best), dtype="int32")
    cdef int32_t[:, ::1] view = best
    with nogil:
        for i in range(n):
            kernels.best__m(&rows[i, 0], m, n_best, &view[i, 0])
    return best


def sum6_norm(terms, const float[::1] gain, const float[::1] shift, const float[::1] a, const float[::1] b, *,
              variant=None):
    """``a + b + layer_norm(max over the pieces of the sum of the six terms) * gain + shift``.

    terms (6, P*T) piece-major, all else (T); returns (T,) float32. The sum has one fixed order:
    ((0 + 1) + (2 + 3)) + (4 + 5).
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef const float[:, ::1] rows = np.ascontiguousarray(terms, dtype="float32")
    cdef const float* addresses[6]
    cdef size_t t = gain.shape[0]
    _require(t > 0 and rows.shape[0] == 6 and rows.shape[1] > 0 and rows.shape[1] % t == 0,
             "terms must be (6, P*T)")
    _require(<size_t>shift.shape[0] == t and <size_t>a.shape[0] == t and <size_t>b.shape[0] == t,
             "gain, shift, a and b must be (T,)")
    for i in range(6):
        addresses[i] = &rows[i, 0]
    cdef float[::1] scratch = np.empty(t, dtype="float32"), out = np.empty(t, dtype="float32")
    kernels.sum6_norm__pt(addresses, rows.shape[1] // t, t, &gain[0], &shift[0], &a[0], &b[0], &scratch[0],
                          &out[0])
    return np.asarray(out)


def window_maxout(const float[:, ::1] x, const float[:, ::1] w, const float[::1] b, Py_ssize_t width, *,
                  variant=None):
    """``max over the pieces of [x(i−1); x(i); x(i+1)] @ w + b``, by minimal filtering, zeros around x.

    x (n, K), w (3K, P*T) and b (P*T) piece-major, width: T; returns (n, T) float32.
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef size_t n = x.shape[0], k = x.shape[1], t = width, m = w.shape[1], i, r
    _require(width > 0 and m > 0 and m % t == 0 and <size_t>b.shape[0] == m,
             "w must have P*T columns, b (P*T,)")
    _require(k > 0 and <size_t>w.shape[0] == 3 * k, "x and w do not fit")
    cdef size_t pieces = m // t, panels = padded_to_panels(t, kernels.panel) // kernels.panel
    cdef size_t tiles = (n + kWindowRows - 1) // kWindowRows
    cdef float[::1] packed = np.empty(panels * pieces * kWindowPositions * k * kernels.panel, dtype="float32")
    cdef float[::1] bias = np.empty(panels * pieces * kernels.panel, dtype="float32")
    packed_windows(&w[0, 0], &b[0], k, pieces, t, kernels.panel, &packed[0], &bias[0])
    padded = np.zeros((tiles * kWindowRows + 2, k), dtype="float32")
    padded[1:n + 1] = x
    cdef const float[:, ::1] rows = padded
    cdef vector[const float*] addresses
    for i in range(tiles):
        for r in range(kWindowPositions):
            addresses.push_back(&rows[i * kWindowRows + r, 0])
    cdef float[::1] memory = np.empty(tiles * kWindowPositions * k, dtype="float32")
    best = np.empty((tiles * kWindowRows, panels * kernels.panel), dtype="float32")
    cdef float[:, ::1] view = best
    if n:
        with nogil:
            kernels.windows__nkt(addresses.data(), tiles, k, &packed[0], &bias[0], pieces, panels, &memory[0],
                                 &view[0, 0])
    return best[:n, :t]


def norm_add(const float[:, ::1] y, const float[::1] gain, const float[::1] shift, rows, *, variant=None):
    """``rows + layer_norm(y) * gain + shift``.

    y and rows (n, T), gain and shift (T); returns (n, T) float32.
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef size_t n = y.shape[0], t = y.shape[1]
    out = np.array(rows, dtype="float32", order="C", ndmin=2)
    _require(out.shape == (n, t), "rows must be as y")
    _require(t > 0 and <size_t>gain.shape[0] == t and <size_t>shift.shape[0] == t,
             "gain and shift must be (T,)")
    cdef float[:, ::1] view = out
    if n:
        with nogil:
            kernels.norm_add__nt(&y[0, 0], t, n, t, &gain[0], &shift[0], &view[0, 0])
    return out


def fma_peak(double seconds=0.05, *, variant=None) -> float:
    """The most that one core does now, in GFLOP/s (a multiply-add counts twice): multiply-adds in registers
    only, for about so many seconds; the best of several short runs.
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef float[::1] sink
    cdef size_t done
    best = 0.0
    stop = time.perf_counter() + seconds
    while True:
        sink = np.linspace(0.1, 0.9, 16, dtype="float32")
        start = time.perf_counter()
        with nogil:
            done = kernels.fma_loop(1 << 24, &sink[0])
        end = time.perf_counter()
        best = max(best, 2e-9 * done / (end - start))
        if end >= stop:
            return best


def scattered_matmul(const float[:, ::1] a, const Py_ssize_t[::1] order, const float[:, ::1] w, bias=None, *,
                     variant=None):
    """a[order] @ w + bias → (len(order), m) float32: the kernel gets the rows one by one, the last first."""
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef size_t n = order.shape[0], k = a.shape[1], m = w.shape[1], i
    _require(<size_t>w.shape[0] == k and k > 0 and m > 0, "a and w do not fit")
    _require(bias is None or bias.shape == (m,), "bias must be (m,)")
    for i in range(n):
        _require(0 <= order[i] < a.shape[0], "order must name rows of a")
    cdef size_t padded = padded_to_panels(m, kernels.panel)
    cdef float[::1] packed = packed_weights(w, variant)
    out = np.zeros((n, padded), dtype="float32")
    cdef float[:, ::1] view = out
    padded_bias = np.zeros(padded, dtype="float32")
    if bias is not None:
        padded_bias[:m] = bias
    cdef const float[::1] b = padded_bias
    cdef vector[const float*] rows
    cdef vector[float*] results
    for i in range(n):
        rows.push_back(&a[order[n - 1 - i], 0])
        results.push_back(&view[n - 1 - i, 0])
    if n:
        with nogil:
            kernels.scattered_gemm__nkm(rows.data(), n, k, &packed[0], &b[0], m, results.data())
    return out[:, :m]


def sum_maxout(const float[:, :, ::1] rows, *, variant=None):
    """rows (F, P, h) → (h,) float32: the sum over F, then the largest over P. h: a multiple of 16."""
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef Py_ssize_t f = rows.shape[0], p = rows.shape[1], h = rows.shape[2], i
    _require(f > 0 and p > 0 and h > 0 and h % 16 == 0, "rows must be (F, P, h), h a multiple of 16")
    cdef vector[const float*] addresses
    for i in range(f):
        addresses.push_back(&rows[i, 0, 0])
    out = np.empty(h, dtype="float32")
    cdef float[::1] view = out
    kernels.sum_maxout__fph(addresses.data(), f, p, h, &view[0])
    return out


def best_allowed(const float[::1] scores, allowed, *, variant=None):
    """The column with the highest of the allowed scores, of equal ones the first; -1: all are -inf or NaN.

    allowed: bool (m,), m a multiple of 16.
    """
    cdef const SimdKernels* kernels = kernels_named(variant)
    _require(scores.shape[0] > 0 and scores.shape[0] % 16 == 0, "there must be a multiple of 16 scores")
    _require(len(allowed) == scores.shape[0], "allowed must have one for each score")
    cdef const float[::1] mask = np.where(allowed, 0, -np.inf).astype("float32")
    return kernels.best_allowed__m(&scores[0], &mask[0], scores.shape[0])


def filter_inputs(const float[:, ::1] rows, *, variant=None):
    """rows (6, t) → (6, t) float32: what a filter over rows multiplies (engine/token_filter.hpp)."""
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef const float* addresses[6]
    _require(rows.shape[0] == 6 and rows.shape[1] > 0, "rows must be (6, t)")
    for i in range(6):
        addresses[i] = &rows[i, 0]
    out = np.empty((6, rows.shape[1]), dtype="float32")
    cdef float[:, ::1] view = out
    kernels.filter_in__t(addresses, rows.shape[1], &view[0, 0], rows.shape[1])
    return out


def filter_results(const float[:, ::1] products, const float[::1] bias, Py_ssize_t n, *, variant=None):
    """products (6, m), bias (m,) → (n, m) float32: the filter's results. m: a multiple of 16; n: 1 to 6."""
    cdef const SimdKernels* kernels = kernels_named(variant)
    cdef Py_ssize_t m = products.shape[1]
    _require(products.shape[0] == 6 and m > 0 and m % 16 == 0, "products must be (6, m), m a multiple of 16")
    _require(bias.shape[0] == m and 1 <= n <= 6, "bias must be (m,), n 1 to 6")
    out = np.empty((n, m), dtype="float32")
    cdef float[:, ::1] view = out
    kernels.filter_out__nm(&products[0, 0], m, &bias[0], n, m, &view[0, 0], m)
    return out
