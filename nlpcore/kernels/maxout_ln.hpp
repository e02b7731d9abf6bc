// Bias, maxout, layer norm and residual in one pass over the rows of a product.
//
// Shapes: y (n, P*T) holds the P pieces one after another, piece-major, so that the maximum runs over contiguous
// vectors; everything else is (n, T).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "multiversion.hpp"

namespace nlpcore {

constexpr float kLayerNormEpsilon = 1e-5f;

// out = layer_norm(max_p(y + bias)) * gain + shift. Keeps what the backward pass needs:
// which (n, T): the winning piece; xhat (n, T): the normalized values; rstd (n).
NLPCORE_MULTIVERSION
static void maxout_ln__npt(const float* __restrict y, const float* __restrict bias, const float* __restrict gain,
                           const float* __restrict shift, size_t n, size_t p, size_t t, float* __restrict out,
                           uint8_t* __restrict which, float* __restrict xhat, float* __restrict rstd) {
    for (size_t i = 0; i < n; ++i) {
        const float* row = y + i * p * t;
        float* x = xhat + i * t;
        uint8_t* w = which + i * t;
        for (size_t j = 0; j < t; ++j) {
            x[j] = row[j] + bias[j];
            w[j] = 0;
        }
        for (size_t k = 1; k < p; ++k) {
            const float* piece = row + k * t;
            const float* b = bias + k * t;
            for (size_t j = 0; j < t; ++j) {
                const float v = piece[j] + b[j];
                const bool better = v > x[j];
                x[j] = better ? v : x[j];
                w[j] = better ? static_cast<uint8_t>(k) : w[j];
            }
        }
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (size_t j = 0; j < t; ++j) sum += x[j];
        const float mean = sum / t;
        float square = 0.0f;
#pragma omp simd reduction(+ : square)
        for (size_t j = 0; j < t; ++j) {
            x[j] -= mean;
            square += x[j] * x[j];
        }
        const float r = 1.0f / std::sqrt(square / t + kLayerNormEpsilon);
        rstd[i] = r;
        float* o = out + i * t;
        for (size_t j = 0; j < t; ++j) {
            x[j] *= r;
            o[j] = x[j] * gain[j] + shift[j];
        }
    }
}

// d_y (n, P*T) is overwritten; d_gain, d_shift (T) and d_bias (P*T) are added to.
NLPCORE_MULTIVERSION
static void maxout_ln_backward__npt(const float* __restrict d_out, const uint8_t* __restrict which,
                                    const float* __restrict xhat, const float* __restrict rstd,
                                    const float* __restrict gain, size_t n, size_t p, size_t t, float* __restrict d_y,
                                    float* __restrict d_gain, float* __restrict d_shift, float* __restrict d_bias) {
    for (size_t i = 0; i < n; ++i) {
        const float* g = d_out + i * t;
        const float* x = xhat + i * t;
        const uint8_t* w = which + i * t;
        float* first = d_y + i * p * t;
        float sum = 0.0f, dot = 0.0f;
#pragma omp simd reduction(+ : sum, dot)
        for (size_t j = 0; j < t; ++j) {
            const float d = g[j] * gain[j];
            sum += d;
            dot += d * x[j];
            d_gain[j] += g[j] * x[j];
            d_shift[j] += g[j];
        }
        const float mean = sum / t, mean_dot = dot / t, r = rstd[i];
        for (size_t k = p; k-- > 0;) {
            float* d = first + k * t;
            float* db = d_bias + k * t;
            for (size_t j = 0; j < t; ++j) {
                const float v = r * (g[j] * gain[j] - mean - x[j] * mean_dot);
                const float kept = w[j] == k ? v : 0.0f;
                d[j] = kept;
                db[j] += kept;
            }
        }
    }
}

}  // namespace nlpcore
