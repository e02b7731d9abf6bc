// The lower layer of a transition network, applied to the tokens of a batch as stepping reaches them.
//
// Stepping reads for each context token its row of V @ W. Rows are computed a hundred or so at a time and dropped when
// no state can ask for them any more, so memory is bounded by the longest sentence and not by the text.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "packed.hpp"

namespace nlpcore {

class TableWindow {
  public:
    static constexpr int64_t kStep = 144;  // rows computed at once

    // v (n, T): the vectors of all documents; layer: T → F * width, unit for unit; width: columns of one position.
    TableWindow(const SimdKernels& kernels, const PackedLayer& layer, const float* v, int64_t n, int width)
        : kernels_(kernels), layer_(layer), v_(v), n_(n), width_(width), stride_(layer.padded), rows_(memory()) {}

    // `tokens` (of a document that begins at `first`) can be read from now on, and all from `oldest` on can later.
    void reach(int64_t first, int64_t oldest, const int32_t* tokens, int n_tokens) {
        int64_t newest = -1;
        for (int f = 0; f < n_tokens; ++f) newest = std::max<int64_t>(newest, tokens[f]);
        if (newest >= 0 && first + newest >= end_) advance(first, first + oldest, first + newest + 1, tokens, n_tokens);
    }

    const float* row(int64_t token, int f) const {
        const float* found = token >= begin_ ? rows_.data() + (token - begin_) * stride_ : pinned_row(token);
        return found + static_cast<int64_t>(f) * width_;
    }

  private:
    void advance(int64_t first, int64_t oldest, int64_t needed, const int32_t* tokens, int n_tokens) {
        pin(first, oldest, tokens, n_tokens);
        const int64_t from = std::min(oldest, end_), kept = end_ - from;
        const int64_t stop = std::min(n_, std::max(needed, end_ + kStep));
        if (kept > 0) std::memmove(rows_.data(), rows_.data() + (from - begin_) * stride_, kept * stride_ * sizeof(float));
        begin_ = from;
        const size_t floats = static_cast<size_t>((stop - begin_) * stride_);
        if (rows_.size() < floats) rows_.resize(floats + floats / 4);
        layer_.apply(kernels_, v_ + end_ * layer_.k, layer_.k, stop - end_, rows_.data() + kept * stride_, stride_);
        end_ = stop;
    }

    // Context tokens before `oldest` leave the window but may be asked for again: copies of their rows are kept.
    void pin(int64_t first, int64_t oldest, const int32_t* tokens, int n_tokens) {
        std::vector<std::pair<int64_t, std::vector<float>>> pinned;
        for (int f = 0; f < n_tokens; ++f) {
            const int64_t token = first + tokens[f];
            if (tokens[f] < 0 || token >= oldest || token >= end_) continue;
            const float* found = token >= begin_ ? rows_.data() + (token - begin_) * stride_ : pinned_row(token);
            pinned.emplace_back(token, std::vector<float>(found, found + stride_));
        }
        pinned_ = std::move(pinned);
    }

    const float* pinned_row(int64_t token) const {
        for (const auto& [at, values] : pinned_) {
            if (at == token) return values.data();
        }
        return layer_.weights.data();  // never: every token of a context is in the window or pinned
    }

    // One thread's memory for windows is kept from call to call.
    static std::vector<float>& memory() {
        static thread_local std::vector<float> rows;
        return rows;
    }

    const SimdKernels& kernels_;
    const PackedLayer& layer_;
    const float* v_;
    int64_t n_, begin_ = 0, end_ = 0;
    int width_;
    int64_t stride_;
    std::vector<float>& rows_;
    std::vector<std::pair<int64_t, std::vector<float>>> pinned_;
};

}  // namespace nlpcore
