// A softmax head, forward only: the best classes of each token.
#pragma once

#include <algorithm>
#include <limits>

#include "packed.hpp"

namespace nlpcore {

class Head {
  public:
    // w (T, m) row-major, b (m).
    Head(const SimdKernels& kernels, const float* w, const float* b, size_t width, size_t m)
        : kernels_(kernels), width_(width) {
        layer_.set(kernels, w, b, width, m, -std::numeric_limits<float>::infinity());
    }

    // v (n, T) → best (n, n_best), n_best <= m: the classes with the highest scores, of equal ones the first.
    void predict(const float* v, size_t n, size_t n_best, int32_t* best) const {
        static thread_local Floats scores;
        scores.resize(std::max(scores.size(), kChunk * layer_.padded));
        for (size_t from = 0; from < n; from += kChunk) {
            const size_t count = std::min(kChunk, n - from);
            layer_.apply(kernels_, v + from * width_, width_, count, scores.data(), layer_.padded);
            for (size_t i = 0; i < count; ++i) {
                // Columns that fill up the last panel score -inf: with them there is no rest of a register.
                kernels_.best__m(scores.data() + i * layer_.padded, layer_.padded, n_best, best + (from + i) * n_best);
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
    const SimdKernels& kernels_;
    size_t width_;
    PackedLayer layer_;
};

}  // namespace nlpcore
