// Which classes can be the best, found with small integers: all others are proven to score less in float32.
//
// With w' = w - c for one vector c, which changes all scores of a row alike, w' ~ w8 = s * (8 bits) and v ~ v8:
//     |w' v - w8 v8| <= |w' - w8| |v| + |w8| |v - v8|                                            (Cauchy-Schwarz)
// where each length is that of the true residual, computed. A float32 score is a chain of k multiply-adds, wrong by at
// most gamma_k (|b| + |w| |v|) (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), and its approximation by
// a few roundings more; twice (k + 16) units of rounding cover these and those of the bounds themselves. The ranges
// asked for exclude overflow, and what denormals lose is far below 1e-30.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "aligned.hpp"
#include "nlpcore/kernels/simd.hpp"

namespace nlpcore {

class Screen {
  public:
    // More candidates are not worth it; of more n_best the lanes know too little.
    static constexpr size_t kMost = kScreenMost, kRoom = kScreenRoom, kNBest = 8;

    // kernels: null where there are none. w (k, m) row-major, b (m).
    Screen(const ScreenKernels* kernels, const float* w, const float* b, size_t k, size_t m)
        : kernels_(kernels), k_(k), quads_((k + 15) / 16 * 4), panels_(padded_to_panels(m, kScreenPanel) / kScreenPanel) {
        // Integers below 2^24 are floats; one panel of float32 is as fast.
        usable_ = kernels && k <= 1024 && m > kScreenPanel;
        if (!usable_) return;
        rows_.resize(m * k);
        for (size_t j = 0; j < m; ++j) {
            for (size_t i = 0; i < k; ++i) rows_[j * k + i] = w[i * m + j];
        }
        bias_.assign(b, b + m);
        usable_ = in_range(m);
        if (usable_) pack(m);
    }

    // False where there are no kernels for it, or weights that are too large or not finite.
    bool usable() const { return usable_; }

    // Of n <= kScreenRows rows v (n, k): found (n, kRoom) the candidates in their order, counts (n) how many; more
    // than kMost where a row is not to be screened.
    void candidates(const float* v, size_t n, size_t n_best, int32_t* found, size_t* counts) const {
        static thread_local Work work;
        work.rounded.resize(kScreenRows * 4 * quads_);
        work.upper.resize(kScreenRows * panels_ * kScreenPanel);
        work.lower.resize(kScreenRows * kScreenPanel);
        RoundedRow rows[kScreenRows];
        bool usable[kScreenRows];
        kernels_->round__nk(v, n, k_, quads_, work.rounded.data(), rows, usable);
        kernels_->bound__nkm(work.rounded.data(), rows, n, quads_, weights_.data(), columns_.data(), panels_,
                             work.upper.data(), work.lower.data());
        for (size_t i = 0; i < n; ++i) {
            counts[i] = usable[i] ? kernels_->reaching__m(work.upper.data() + i * panels_ * kScreenPanel, panels_,
                                                          work.lower.data() + i * kScreenPanel, n_best,
                                                          found + i * kRoom)
                                  : kMost + 1;
        }
    }

    // best (n, n_best): for rows with at most kMost candidates, those with the highest float32 scores, of equal ones the
    // first.
    void best_of(const float* v, size_t n, int32_t* found, const size_t* counts, size_t n_best, int32_t* best) const {
        kernels_->best_of__nk(v, n, k_, rows_.data(), bias_.data(), found, counts, n_best, best);
    }

  private:
    struct Work {
        std::vector<int8_t, LineAllocator<int8_t>> rounded;
        Floats upper, lower;
    };

    // Written so that NaN is refused.
    bool in_range(size_t m) const {
        for (float x : rows_) {
            if (!(std::abs(x) <= 1e12f)) return false;
        }
        return std::all_of(bias_.begin(), bias_.begin() + m, [](float x) { return std::abs(x) <= 1e15f; });
    }

    void pack(size_t m) {
        std::vector<double> centre(k_, 0.0), column(k_);
        for (size_t j = 0; j < m; ++j) {
            for (size_t i = 0; i < k_; ++i) centre[i] += static_cast<double>(rows_[j * k_ + i]) / m;
        }
        // Zeros are 128; columns that fill up the last panel score -inf.
        weights_.assign(panels_ * quads_ * kScreenPanel * 4, 128);
        columns_.assign(panels_, ScreenPanel{});
        for (ScreenPanel& panel : columns_) std::fill(panel.bias, panel.bias + kScreenPanel, -INFINITY);
        for (size_t j = 0; j < m; ++j) {
            for (size_t i = 0; i < k_; ++i) column[i] = rows_[j * k_ + i] - centre[i];
            pack_column(j, column);
        }
    }

    void pack_column(size_t j, const std::vector<double>& column) {
        const size_t at = j % kScreenPanel;
        ScreenPanel& panel = columns_[j / kScreenPanel];
        uint8_t* packed = weights_.data() + j / kScreenPanel * quads_ * kScreenPanel * 4 + at * 4;
        double largest = 0, whole = 0, rounded = 0, lost = 0;
        for (double x : column) largest = std::max(largest, std::abs(x));
        const float scale = static_cast<float>(largest / 127);
        for (size_t i = 0; i < k_; ++i) {
            const double nearest = scale > 0 ? std::clamp(std::nearbyint(column[i] / scale), -127.0, 127.0) : 0.0;
            const double w = rows_[j * k_ + i], w8 = scale * nearest;
            packed[i / 4 * kScreenPanel * 4 + i % 4] = static_cast<uint8_t>(nearest + 128);
            whole += w * w, rounded += w8 * w8, lost += (column[i] - w8) * (column[i] - w8);
        }
        const double unit = 2.0 * (k_ + 16) / (1 << 24), size = std::sqrt(whole) + 2 * std::sqrt(rounded);
        panel.scale[at] = scale;
        panel.bias[at] = bias_[j];
        panel.per_length[at] = static_cast<float>((std::sqrt(lost) + unit * size) * (1 + unit));
        panel.per_loss[at] = static_cast<float>(std::sqrt(rounded) * (1 + unit));
        panel.always[at] = static_cast<float>(unit * std::abs(bias_[j]) + 1e-30);
    }

    const ScreenKernels* kernels_;
    size_t k_, quads_, panels_;
    bool usable_ = false;
    std::vector<uint8_t, LineAllocator<uint8_t>> weights_;
    std::vector<ScreenPanel, LineAllocator<ScreenPanel>> columns_;
    Floats rows_, bias_;  // (m, k), (m)
};

}  // namespace nlpcore
