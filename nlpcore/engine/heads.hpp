// A softmax head, forward only: the best classes of each token.
#pragma once

#include <algorithm>
#include <limits>

#include "packed.hpp"
#include "screen.hpp"

namespace nlpcore {

class Head {
  public:
    // w (T, m) row-major, b (m). screened: classes are excluded by small integers where the kernels can; no answer
    // depends on it.
    Head(const SimdKernels& kernels, const float* w, const float* b, size_t width, size_t m, bool screened)
        : kernels_(kernels), width_(width), screen_(screened ? kernels.screening() : nullptr, w, b, width, m) {
        layer_.set(kernels, w, b, width, m, -std::numeric_limits<float>::infinity());
    }

    // v (n, T) → best (n, n_best), n_best <= m: the classes with the highest scores, of equal ones the first.
    void predict(const float* v, size_t n, size_t n_best, int32_t* best) const {
        static thread_local Floats scores;
        scores.resize(std::max(scores.size(), kChunk * layer_.padded));
        const bool screened = screen_.usable() && n_best <= Screen::kNBest;
        const size_t chunk = screened ? kScreenRows : kChunk;
        for (size_t from = 0; from < n; from += chunk, v += chunk * width_, best += chunk * n_best) {
            const size_t count = std::min(chunk, n - from);
            screened ? predict_screened(v, count, n_best, scores.data(), best)
                     : predict_plainly(v, count, n_best, scores.data(), best);
        }
    }

    // v (n, T) → counts (n): how many classes' scores `predict` computes in float32 once others are excluded.
    void candidates(const float* v, size_t n, size_t n_best, int32_t* counts) const {
        int32_t found[kScreenRows * Screen::kRoom];
        size_t sizes[kScreenRows];
        const bool screened = screen_.usable() && n_best <= Screen::kNBest;
        for (size_t from = 0; from < n; from += kScreenRows) {
            const size_t count = std::min(kScreenRows, n - from);
            if (screened) screen_.candidates(v + from * width_, count, n_best, found, sizes);
            for (size_t i = 0; i < count; ++i) {
                const bool few = screened && sizes[i] <= Screen::kMost;
                counts[from + i] = static_cast<int32_t>(few ? sizes[i] : layer_.m);
            }
        }
    }

    // v (n, T) → scores (n, m).
    void scores(const float* v, size_t n, float* out) const {
        std::vector<float> row(layer_.padded);
        for (size_t i = 0; i < n; ++i) {
            layer_.apply(kernels_, v + i * width_, width_, 1, row.data(), layer_.padded);
            std::copy(row.begin(), row.begin() + layer_.m, out + i * layer_.m);
        }
    }

  private:
    static constexpr size_t kChunk = 48;

    void predict_plainly(const float* v, size_t n, size_t n_best, float* scores, int32_t* best) const {
        layer_.apply(kernels_, v, width_, n, scores, layer_.padded);
        // Columns that fill up the last panel score -inf: with them there is no rest of a register.
        for (size_t i = 0; i < n; ++i, scores += layer_.padded, best += n_best) {
            kernels_.best__m(scores, layer_.padded, n_best, best);
        }
    }

    // Of n <= kScreenRows rows. Those that are not to be screened are computed together.
    void predict_screened(const float* v, size_t n, size_t n_best, float* scores, int32_t* best) const {
        int32_t found[kScreenRows * Screen::kRoom];
        size_t counts[kScreenRows], left[kScreenRows], n_left = 0;
        screen_.candidates(v, n, n_best, found, counts);
        screen_.best_of(v, n, found, counts, n_best, best);
        for (size_t i = 0; i < n; ++i) {
            if (counts[i] > Screen::kMost) left[n_left++] = i;
        }
        if (!n_left) return;
        const float* rows[kScreenRows];
        float* results[kScreenRows];
        for (size_t i = 0; i < n_left; ++i) {
            rows[i] = v + left[i] * width_;
            results[i] = scores + i * layer_.padded;
        }
        kernels_.scattered_gemm__nkm(rows, n_left, width_, layer_.weights.data(), layer_.bias.data(), layer_.m,
                                     results);
        for (size_t i = 0; i < n_left; ++i) {
            kernels_.best__m(results[i], layer_.padded, n_best, best + left[i] * n_best);
        }
    }

    const SimdKernels& kernels_;
    size_t width_;
    PackedLayer layer_;
    Screen screen_;
};

}  // namespace nlpcore
