// The numeric loops of one step: rows summed, maxout, scores, softmax, and the way back. Plain loops over contiguous
// floats that compilers vectorize; GCC on x86-64 Linux builds each for AVX-512, AVX2+FMA and the baseline and picks one
// when the module is loaded. Sums run in one fixed order, so a state's scores do not depend on what else is computed.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(NLPCORE_ONE_VERSION)
#define NLPCORE_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define NLPCORE_CLONES
#endif

#if defined(_MSC_VER)
#define NLPCORE_RESTRICT __restrict
#define NLPCORE_INLINE inline
#else
#define NLPCORE_INLINE inline __attribute__((always_inline))
#define NLPCORE_RESTRICT __restrict__
#endif

namespace nlpcore {
namespace kernels {

// out[i] = bias[i] + sum over f of rows[f][i], added in that order.
NLPCORE_CLONES
static void sum_rows(const float* NLPCORE_RESTRICT bias, const float* const* rows, int n_rows, int width,
                     float* NLPCORE_RESTRICT out) {
    std::memcpy(out, bias, sizeof(float) * width);
    int f = 0;
    for (; f + 4 <= n_rows; f += 4) {
        const float *a = rows[f], *b = rows[f + 1], *c = rows[f + 2], *d = rows[f + 3];
        for (int i = 0; i < width; ++i) out[i] = (((out[i] + a[i]) + b[i]) + c[i]) + d[i];
    }
    for (; f < n_rows; ++f) {
        const float* a = rows[f];
        for (int i = 0; i < width; ++i) out[i] += a[i];
    }
}

// hidden[h] = the largest of pieces[h * p ... h * p + p); the first of equal ones.
NLPCORE_CLONES
static void maxout(const float* NLPCORE_RESTRICT pieces, int h, int p, float* NLPCORE_RESTRICT hidden,
                   int32_t* NLPCORE_RESTRICT which) {
    if (p == 2) {
        for (int i = 0; i < h; ++i) {
            const float a = pieces[2 * i], b = pieces[2 * i + 1];
            hidden[i] = b > a ? b : a;
            which[i] = b > a;
        }
        return;
    }
    for (int i = 0; i < h; ++i) {
        const float* piece = pieces + i * p;
        int best = 0;
        for (int j = 1; j < p; ++j) {
            if (piece[j] > piece[best]) best = j;
        }
        hidden[i] = piece[best];
        which[i] = best;
    }
}

// scores = bias + hidden @ weights; weights (h, width), width a multiple of 32.
NLPCORE_CLONES
static void upper(const float* NLPCORE_RESTRICT hidden, const float* NLPCORE_RESTRICT weights,
                  const float* NLPCORE_RESTRICT bias, int h, int width, float* NLPCORE_RESTRICT scores) {
    for (int from = 0; from < width; from += 32) {
        float a[8], b[8], c[8], d[8];  // four independent sums hide the latency of an addition
        for (int i = 0; i < 8; ++i) {
            a[i] = bias[from + i];
            b[i] = bias[from + 8 + i];
            c[i] = bias[from + 16 + i];
            d[i] = bias[from + 24 + i];
        }
        const float* row = weights + from;
        for (int k = 0; k < h; ++k, row += width) {
            const float x = hidden[k];
            for (int i = 0; i < 8; ++i) a[i] += x * row[i];
            for (int i = 0; i < 8; ++i) b[i] += x * row[8 + i];
            for (int i = 0; i < 8; ++i) c[i] += x * row[16 + i];
            for (int i = 0; i < 8; ++i) d[i] += x * row[24 + i];
        }
        for (int i = 0; i < 8; ++i) {
            scores[from + i] = a[i];
            scores[from + 8 + i] = b[i];
            scores[from + 16 + i] = c[i];
            scores[from + 24 + i] = d[i];
        }
    }
}

// exp for -87 <= x <= 0, relative error about 1e-7, in a form that vectorizes.
NLPCORE_INLINE float exp_negative(float x) {
    const float turns = x * 1.44269504088896f;
    const int32_t whole = static_cast<int32_t>(turns - 0.5f);
    const float n = static_cast<float>(whole);
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float y = 1.9875691500e-4f;
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * r * r + r + 1.0f;
    const int32_t bits = (whole + 127) << 23;
    float scale;
    std::memcpy(&scale, &bits, sizeof scale);
    return y * scale;
}

// The multi-label log loss of one state and its gradient with respect to the scores: Z sums exp(score) over the
// valid moves, gZ over the gold ones; loss log Z - log gZ. `best`, `best_gold`: the highest score of each kind.
NLPCORE_CLONES
static float softmax_loss(const float* NLPCORE_RESTRICT scores, const uint8_t* NLPCORE_RESTRICT valid, int n,
                          const int32_t* NLPCORE_RESTRICT gold, int n_gold, float best, float best_gold,
                          float* NLPCORE_RESTRICT gradient) {
    float z = 0.0f, gold_z = 0.0f;
    // In three loops, because as one it does not vectorize. Over 0 are the scores of moves that are not valid alone.
    for (int i = 0; i < n; ++i) gradient[i] = scores[i] - best < 0.0f ? scores[i] - best : 0.0f;
    for (int i = 0; i < n; ++i) gradient[i] = gradient[i] < -87.0f ? -87.0f : gradient[i];
    for (int i = 0; i < n; ++i) gradient[i] = exp_negative(gradient[i]) * static_cast<float>(valid[i]);
    for (int i = 0; i < n; ++i) z += gradient[i];
    const float scale = 1.0f / z;
    for (int i = 0; i < n; ++i) gradient[i] *= scale;
    for (int i = 0; i < n_gold; ++i) gold_z += std::exp(scores[gold[i]] - best_gold);
    const float gold_scale = 1.0f / gold_z;
    for (int i = 0; i < n_gold; ++i) gradient[gold[i]] -= std::exp(scores[gold[i]] - best_gold) * gold_scale;
    return (best - best_gold) + std::log(z) - std::log(gold_z);
}

// Back through `upper`: weights and their gradient here are (n, h).
NLPCORE_CLONES
static void upper_back(const float* NLPCORE_RESTRICT gradient, const float* NLPCORE_RESTRICT hidden,
                       const float* NLPCORE_RESTRICT weights, int n, int h, float* NLPCORE_RESTRICT d_weights,
                       float* NLPCORE_RESTRICT d_bias, float* NLPCORE_RESTRICT d_hidden) {
    for (int k = 0; k < h; ++k) d_hidden[k] = 0.0f;
    for (int i = 0; i < n; ++i) {
        const float g = gradient[i];
        if (g > -1e-8f && g < 1e-8f) continue;  // lost in rounding anyway; most moves of a trained model are here
        d_bias[i] += g;
        const float* row = weights + static_cast<int64_t>(i) * h;
        float* d_row = d_weights + static_cast<int64_t>(i) * h;
        for (int k = 0; k < h; ++k) {
            d_hidden[k] += g * row[k];
            d_row[k] += g * hidden[k];
        }
    }
}

// The gradient of the pieces, added to every row that was summed (and to the bias, which is one of `rows`).
NLPCORE_CLONES
static void rows_back(const float* NLPCORE_RESTRICT d_pieces, float* const* rows, int n_rows, int width) {
    for (int f = 0; f < n_rows; ++f) {
        float* row = rows[f];
        for (int i = 0; i < width; ++i) row[i] += d_pieces[i];
    }
}

}  // namespace kernels
}  // namespace nlpcore
