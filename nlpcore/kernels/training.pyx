"""Fused forward and backward kernels that the Thinc layers of ``nlpcore.network`` call on CPU.

All arrays are C-contiguous; shapes are checked here, because the global directives switch bounds checks off.
"""

import numpy as np

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t


cdef extern from "nlpcore/kernels/bloom.hpp" namespace "nlpcore" nogil:
    void _bloom_rows "nlpcore::bloom_rows"(
        const uint64_t*, size_t, size_t, uint32_t, uint32_t, int32_t*, size_t)
    void _bloom_sum "nlpcore::bloom_sum__nt"(
        const float*, const int32_t*, size_t, size_t, size_t, float*, size_t)
    void _bloom_scatter "nlpcore::bloom_scatter__nt"(
        float*, const int32_t*, size_t, size_t, size_t, const float*, size_t)

cdef extern from "nlpcore/kernels/adam.hpp" namespace "nlpcore" nogil:
    cdef struct AdamStep:
        float learn_rate, beta1, beta2, epsilon, decay, average
    void _adam "nlpcore::adam__n"(float*, float*, float*, float*, float*, size_t, AdamStep)

cdef extern from "nlpcore/kernels/maxout_ln.hpp" namespace "nlpcore" nogil:
    void _maxout_ln "nlpcore::maxout_ln__npt"(
        const float*, const float*, const float*, const float*, size_t, size_t, size_t,
        float*, uint8_t*, float*, float*)
    void _maxout_ln_backward "nlpcore::maxout_ln_backward__npt"(
        const float*, const uint8_t*, const float*, const float*, const float*, size_t, size_t, size_t,
        float*, float*, float*, float*)


def _require(bint condition, str message):
    if not condition:
        raise ValueError(f"kernels.training: {message}")


def bloom_rows(const uint64_t[:, ::1] ids, seeds, n_rows):
    """Rows that each id of each feature addresses.

    ids (n, F) uint64, seeds and n_rows one int per feature; returns (n, F, 4) int32 with values below
    ``n_rows[f]``.
    """
    cdef size_t n = ids.shape[0], n_features = ids.shape[1]
    _require(len(seeds) == len(n_rows) == <Py_ssize_t>n_features, "one seed and one table size per feature")
    rows = np.empty((n, n_features, 4), dtype="int32")
    cdef int32_t[:, :, ::1] view = rows
    cdef size_t f
    if n == 0:
        return rows
    for f in range(n_features):
        _require(0 < n_rows[f] < 2 ** 31, "a table has between 1 and 2**31 - 1 rows")
        _bloom_rows(&ids[0, f], n, n_features, seeds[f], n_rows[f], &view[0, f, 0], 4 * n_features)
    return rows


def _check_rows(const int32_t[:, :, ::1] rows, list tables):
    cdef Py_ssize_t i, f, k
    cdef int32_t limit
    _require(rows.shape[1] == len(tables) and rows.shape[2] == 4, "rows must be (n, number of tables, 4)")
    for f in range(rows.shape[1]):
        limit = tables[f].shape[0]
        for i in range(rows.shape[0]):
            for k in range(4):
                if rows[i, f, k] < 0 or rows[i, f, k] >= limit:
                    raise IndexError(f"row {rows[i, f, k]} of a table of {limit} rows")


def bloom_embed(list tables, const int32_t[:, :, ::1] rows):
    """Sum of the four addressed rows for every feature, side by side.

    tables: F float32 arrays (R_f, T); rows (n, F, 4) int32; returns (n, F*T) float32.
    """
    cdef size_t n = rows.shape[0], n_features = rows.shape[1], f
    cdef size_t width = tables[0].shape[1]
    cdef const float[:, ::1] table
    _check_rows(rows, tables)
    out = np.empty((n, n_features * width), dtype="float32")
    cdef float[:, ::1] view = out
    if n == 0:
        return out
    for f in range(n_features):
        table = tables[f]
        _require(<size_t>table.shape[1] == width, "all tables have one width")
        with nogil:
            _bloom_sum(&table[0, 0], &rows[0, f, 0], n, 4 * n_features, width, &view[0, f * width],
                       n_features * width)
    return out


def bloom_embed_backward(list d_tables, const int32_t[:, :, ::1] rows, const float[:, ::1] d_out):
    """Adds the gradient of ``bloom_embed`` to each of ``d_tables`` (R_f, T). d_out is (n, F*T)."""
    cdef size_t n = rows.shape[0], n_features = rows.shape[1], f
    cdef size_t width = d_tables[0].shape[1]
    cdef float[:, ::1] d_table
    _check_rows(rows, d_tables)
    _require(<size_t>d_out.shape[0] == n and <size_t>d_out.shape[1] == n_features * width,
             "d_out must be (n, F*T)")
    if n == 0:
        return
    for f in range(n_features):
        d_table = d_tables[f]
        with nogil:
            _bloom_scatter(&d_table[0, 0], &rows[0, f, 0], n, 4 * n_features, width, &d_out[0, f * width],
                           n_features * width)


def maxout_ln(const float[:, ::1] y, const float[::1] bias, const float[::1] gain, const float[::1] shift):
    """``layer_norm(max over pieces(y + bias)) * gain + shift``.

    y (n, P*T) piece-major, bias (P*T), gain and shift (T). Returns out (n, T) and, for the backward pass,
    which (n, T) uint8, xhat (n, T) and rstd (n). Maxout: Goodfellow et al. 2013; layer norm: Ba et al. 2016.
    """
    cdef size_t n = y.shape[0], t = gain.shape[0]
    _require(t > 0 and y.shape[1] % t == 0, "y must have P*T columns")
    cdef size_t p = y.shape[1] // t
    _require(1 <= p <= 255 and <size_t>bias.shape[0] == p * t and <size_t>shift.shape[0] == t,
             "bias (P*T), shift (T)")
    out = np.empty((n, t), dtype="float32")
    which = np.empty((n, t), dtype="uint8")
    xhat = np.empty((n, t), dtype="float32")
    rstd = np.empty(n, dtype="float32")
    cdef float[:, ::1] out_view = out
    cdef uint8_t[:, ::1] which_view = which
    cdef float[:, ::1] xhat_view = xhat
    cdef float[::1] rstd_view = rstd
    if n:
        with nogil:
            _maxout_ln(&y[0, 0], &bias[0], &gain[0], &shift[0], n, p, t, &out_view[0, 0], &which_view[0, 0],
                       &xhat_view[0, 0], &rstd_view[0])
    return out, which, xhat, rstd


def maxout_ln_backward(const float[:, ::1] d_out, const uint8_t[:, ::1] which, const float[:, ::1] xhat,
                       const float[::1] rstd, const float[::1] gain, size_t pieces):
    """Gradients of ``maxout_ln``: d_y (n, P*T), d_bias (P*T), d_gain (T), d_shift (T)."""
    cdef size_t n = d_out.shape[0], t = gain.shape[0]
    _require(<size_t>d_out.shape[1] == t and 1 <= pieces <= 255, "d_out must be (n, T)")
    _require(<size_t>which.shape[0] == n and <size_t>which.shape[1] == t, "which must be (n, T)")
    _require(<size_t>xhat.shape[0] == n and <size_t>xhat.shape[1] == t, "xhat must be (n, T)")
    _require(<size_t>rstd.shape[0] == n, "rstd must be (n,)")
    d_y = np.empty((n, pieces * t), dtype="float32")
    d_bias = np.zeros(pieces * t, dtype="float32")
    d_gain = np.zeros(t, dtype="float32")
    d_shift = np.zeros(t, dtype="float32")
    cdef float[:, ::1] d_y_view = d_y
    cdef float[::1] d_bias_view = d_bias
    cdef float[::1] d_gain_view = d_gain
    cdef float[::1] d_shift_view = d_shift
    if n:
        with nogil:
            _maxout_ln_backward(&d_out[0, 0], &which[0, 0], &xhat[0, 0], &rstd[0], &gain[0], n, pieces, t,
                                &d_y_view[0, 0], &d_gain_view[0], &d_shift_view[0], &d_bias_view[0])
    return d_y, d_bias, d_gain, d_shift


def adam(float[::1] weights, float[::1] gradient, float[::1] mom1, float[::1] mom2, float[::1] average, *,
         float learn_rate, float beta1, float beta2, float epsilon, float decay, float share):
    """A step of Adam and of the moving average of the weights, all (n,) and changed in place.

    learn_rate: with the corrections of both moments. decay: share of the weights that is taken off
    afterwards. share: of the new weights in the average. The gradient is zero afterwards. Kingma, Ba 2015.
    """
    cdef size_t n = weights.shape[0]
    _require(<size_t>gradient.shape[0] == <size_t>mom1.shape[0] == <size_t>mom2.shape[0]
             == <size_t>average.shape[0] == n, "weights, gradient, moments and average must have one length")
    cdef AdamStep step
    step.learn_rate, step.beta1, step.beta2 = learn_rate, beta1, beta2
    step.epsilon, step.decay, step.average = epsilon, decay, share
    if n:
        with nogil:
            _adam(&weights[0], &gradient[0], &mom1[0], &mom2[0], &average[0], n, step)
