// Long documents cut into segments that are parsed side by side, although nobody knows where sentences begin.
//
// A segment is parsed as if a sentence began with its first token. The one before it goes on beyond its own end until it
// closes a sentence where the next one closed one too. There both are in the same state, which depends on the place
// alone (nothing on the stack, nothing un-shifted): so from there on the next one's analysis is what this one's would
// be. Until then this one's analysis overwrites the other's. So the result is that of parsing from the first token on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nlpcore {

struct Segment {
    int64_t first;    // its first token, counted in the batch
    int32_t before;   // tokens of the document before it
    int32_t n;        // tokens from there to the document's end
    int32_t length;   // tokens to the next segment
    int64_t reached;  // all tokens before have its analysis; where its last sentence ended
    int32_t next;     // the segment of the document that follows, or -1
    bool is_over;     // overtaken by the segment before it
};

class Segments {
  public:
    // Documents of `lengths` tokens; about `size` tokens a segment.
    void cut(const int32_t* lengths, size_t n_docs, int64_t size) {
        all_.clear();
        int64_t first = 0;
        for (size_t doc = 0; doc < n_docs; first += lengths[doc++]) {
            const int64_t n = lengths[doc], count = n == 0 ? 0 : std::max<int64_t>(n / size, 1);
            for (int64_t i = 0; i < count; ++i) {
                const int64_t from = n * i / count, to = n * (i + 1) / count;
                const int32_t next = i + 1 < count ? static_cast<int32_t>(all_.size()) + 1 : -1;
                all_.push_back({first + from, static_cast<int32_t>(from), static_cast<int32_t>(n - from),
                                static_cast<int32_t>(to - from), first + from, next, false});
            }
        }
        order_.resize(all_.size());
        for (size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<int32_t>(i);
        // The longest first: so that none of them is left to be stepped alone.
        std::stable_sort(order_.begin(), order_.end(),
                         [this](int32_t a, int32_t b) { return all_[a].length > all_[b].length; });
        is_boundary_.assign(first + 1, 0);
        for (const Segment& each : all_) is_boundary_[each.first] = 1;
        taken_ = 0;
    }

    Segment& operator[](int32_t index) { return all_[index]; }

    // The next segment to be parsed, or -1.
    int32_t take() {
        while (taken_ < order_.size()) {
            const int32_t index = order_[taken_++];
            if (!all_[index].is_over) return index;
        }
        return -1;
    }

    // A sentence of the segment ended before the token `at`; clean: what comes then depends on `at` alone. True if the
    // segments that follow have the rest.
    bool closed(int32_t index, int64_t at, bool clean) {
        Segment& segment = all_[index];
        while (segment.next >= 0 && all_[segment.next].reached < at) {
            all_[segment.next].is_over = true;
            segment.next = all_[segment.next].next;
        }
        const bool meets = segment.next >= 0 && clean && at >= all_[segment.next].first && is_boundary_[at];
        std::fill(is_boundary_.begin() + segment.reached + 1, is_boundary_.begin() + at, 0);
        is_boundary_[at] = clean;
        segment.reached = at;
        return meets;
    }

  private:
    std::vector<Segment> all_;
    std::vector<int32_t> order_;
    std::vector<uint8_t> is_boundary_;  // of the segment whose analysis a token has: whether a sentence began cleanly
    size_t taken_ = 0;
};

}  // namespace nlpcore
