// The rows of one document that its states have asked for, each computed when it is first asked for.
//
// Room is bounded: rows are dropped all at once where a sentence ends or the room does, and computed again should a
// state ask again, to the same bits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "aligned.hpp"

namespace nlpcore {

// Rows to be computed for one position: the vectors, and where their rows go.
struct RowRequests {
    std::vector<const float*> from;
    std::vector<float*> to;

    void add(const float* vector, float* row) {
        from.push_back(vector);
        to.push_back(row);
    }
    void clear() {
        from.clear();
        to.clear();
    }
};

class RowCache {
  public:
    // n_tokens: how far apart the tokens can be that are kept; capacity: rows of `row` floats.
    void reset(size_t n_tokens, size_t n_context, size_t capacity, size_t row) {
        clear(0);
        n_tokens_ = static_cast<int32_t>(n_tokens);
        n_context_ = n_context;
        capacity_ = capacity;
        row_ = row;
        if (places_.size() < n_tokens * n_context) places_.resize(n_tokens * n_context, kNone);
        if (rows_.size() < capacity * row) rows_.resize(capacity * row);
    }

    // Drops all rows; those of tokens from `first` on can be kept from now on.
    void clear(int32_t first) {
        std::fill(places_.begin(), places_.begin() + touched_, kNone);
        touched_ = used_ = 0;
        first_ = first;
    }

    // Tokens will be counted from `by` tokens on.
    void shift(int32_t by) { first_ -= by; }

    int32_t first() const { return first_; }
    size_t used() const { return used_; }
    size_t room() const { return capacity_ - used_; }
    bool reaches(int32_t token) const { return token - first_ < n_tokens_; }

    // The token's row at position f: where it is, or will be once the request that this adds has been served.
    const float* find(int32_t token, size_t f, const float* vector, RowRequests& requests) {
        const size_t at = static_cast<size_t>(token - first_) * n_context_ + f;
        int32_t& place = places_[at];
        if (place == kNone) {
            place = static_cast<int32_t>(used_++);
            touched_ = std::max(touched_, at + 1);
            requests.add(vector, rows_.data() + place * row_);
        }
        return rows_.data() + place * row_;
    }

  private:
    static constexpr int32_t kNone = -1;
    int32_t first_ = 0, n_tokens_ = 0;
    size_t n_context_ = 0, capacity_ = 0, row_ = 0, used_ = 0, touched_ = 0;
    std::vector<int32_t> places_;  // (n_tokens, F): which row, or kNone
    Floats rows_;
};

}  // namespace nlpcore
