// The parser with its network: documents are stepped side by side, and rows of the lower layer computed when asked for.
//
// Half of all rows (token, position) are never asked for (benchmarks/positions_asked.py). A round takes each document
// to its next state with a choice; the rows that these states lack, position by position, are one small product, and
// so are the scores of all of them. Each sum is the same chain of additions whatever else is in its round. Long
// documents are cut, so that there is always enough to step (segments.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "nlpcore/transition/arc_eager_oracle.hpp"
#include "nlpcore/transition/stepping.hpp"
#include "row_cache.hpp"
#include "segments.hpp"
#include "step_layers.hpp"

namespace nlpcore {

class ParserNetwork {
  public:
    ParserNetwork(const SimdKernels& kernels, const ArcEager& system, const TransitionArrays& arrays)
        : kernels_(kernels), system_(system), layers_(kernels, arrays, system.n_context(), system.n_moves()) {
        for (unsigned kinds = 0; kinds < kKinds; ++kinds) {
            masks_[kinds].assign(layers_.upper.padded, -std::numeric_limits<float>::infinity());
            for (int move = 0; move < system.n_moves(); ++move) {
                if (!(kinds >> static_cast<int>(system.kind(move)) & 1)) continue;
                masks_[kinds][move] = 0.0f;
                only_[kinds] = n_choices_[kinds]++ ? -1 : move;
            }
        }
        for (const int32_t code : system.context_codes) {
            // S0, B0, B1: nearly every token is.
            runs_ahead_.push_back(code == 0 || code == 3 * 5 || code == 4 * 5);
        }
    }

    // v (n, width) → out (n, F, hidden * pieces): what each token adds to the hidden layer at each position.
    void tables(const float* v, size_t n, float* out) const { layers_.tables(kernels_, v, n, out); }

    // Multiply-adds of all products since the network was made.
    size_t multiply_adds() const { return multiply_adds_.load(std::memory_order_relaxed); }

    // v (N, width): the vectors of all tokens, document after document; preset (N) sentence starts (1, -1, 0 free) or
    // null. Writes heads (N) counted within the document, labels (N) as ids, sentence starts (N) as 1 or -1.
    void decode(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset, int32_t* heads,
                int32_t* labels, int8_t* starts) const {
        static thread_local Work work;  // kept from call to call
        int64_t n = 0;
        for (size_t i = 0; i < n_docs; ++i) n += lengths[i];
        work.segments.cut(lengths, n_docs, std::max(kSegment, n / static_cast<int64_t>(kSlots)));
        work.reset(layers_);
        const auto fill = [&](Slot& slot) {
            while ((slot.segment = work.segments.take()) >= 0) {
                const Segment& segment = work.segments[slot.segment];
                slot.analysis = {heads + segment.first, labels + segment.first, starts + segment.first};
                slot.v = v + segment.first * layers_.width;
                slot.preset = preset ? preset + segment.first : nullptr;
                begin(slot, segment);
                if (to_choice(slot, work)) return true;
            }
            return false;
        };
        while (work.active < kSlots && fill(*work.slots[work.active])) ++work.active;
        while (work.active > 0) {
            score(work);
            for (size_t i = work.active; i-- > 0;) {
                Slot& slot = *work.slots[i];
                bool goes_on = !work.segments[slot.segment].is_over;
                if (goes_on) {
                    apply(slot, best(slot, work.scores.data() + i * layers_.upper.padded), work);
                    goes_on = to_choice(slot, work);
                }
                if (!goes_on && !fill(slot)) std::swap(work.slots[i], work.slots[--work.active]);
            }
        }
        multiply_adds_.fetch_add(work.multiply_adds, std::memory_order_relaxed);
    }

  private:
    static constexpr size_t kSlots = 24;      // documents side by side: enough rows for a product at full speed
    static constexpr int64_t kSegment = 128;   // tokens at least; about two sentences at each cut are parsed twice
    static constexpr int32_t kPiece = 2048;   // tokens of a long document that a state holds
    static constexpr size_t kRows = 256;      // rows that a document can keep
    static constexpr size_t kAhead = 12;      // rows computed at once where few documents are left
    static constexpr unsigned kKinds = 32;

    struct Analysis {
        int32_t *heads, *labels;
        int8_t* starts;
    };

    // A segment being parsed; `analysis`, `v`, `preset` point at the first token that its state holds.
    struct Slot {
        ParseState state;
        RowCache rows;
        Analysis analysis;
        const float* v;
        const int8_t* preset;
        int32_t segment;
        int32_t n, before;  // tokens of the document from the first that the state holds on; tokens before it
        int32_t written;    // tokens of the state whose analysis is written
        unsigned kinds;     // valid kinds of moves
        bool keeps_rows;    // from sentence to sentence
        bool is_done;       // the segments that follow have the rest
    };

    struct Work {
        Segments segments;
        std::vector<Slot> memory;
        std::array<Slot*, kSlots> slots;
        size_t active = 0, multiply_adds = 0;
        std::vector<RowRequests> requests;
        std::vector<int32_t> tokens;
        std::vector<const float*> rows, hidden_rows;
        std::vector<float*> score_rows;
        Floats hidden, scores;

        void reset(const StepLayers& layers) {
            active = multiply_adds = 0;
            memory.resize(kSlots);
            hidden.resize(kSlots * layers.h);
            scores.resize(kSlots * layers.upper.padded);
            hidden_rows.resize(kSlots);
            score_rows.resize(kSlots);
            for (size_t i = 0; i < kSlots; ++i) {
                slots[i] = &memory[i];
                hidden_rows[i] = hidden.data() + i * layers.h;
                score_rows[i] = scores.data() + i * layers.upper.padded;
            }
            requests.resize(layers.n_context);
            for (RowRequests& each : requests) each.clear();
            tokens.resize(layers.n_context);
            rows.resize(kSlots * (1 + layers.n_context));
        }
    };

    void begin(Slot& slot, const Segment& segment) const {
        slot.n = segment.n;
        slot.before = segment.before;
        slot.written = 0;
        slot.keeps_rows = slot.is_done = false;
        slot.rows.reset(2 * kMaxSentence, layers_.n_context, std::max(kRows, (1 + kAhead) * layers_.n_context),
                        layers_.row);
        system_.init(slot.state, std::min(slot.n, kPiece), slot.preset);
    }

    // Makes the moves that have no alternative; false where the segment ends.
    bool to_choice(Slot& slot, Work& work) const {
        while (!slot.is_done && !system_.is_final(slot.state)) {
            slot.kinds = system_.valid_kinds(slot.state);
            if (n_choices_[slot.kinds] != 1) return true;
            apply(slot, only_[slot.kinds], work);
        }
        return false;
    }

    void apply(Slot& slot, int move, Work& work) const {
        system_.apply(slot.state, move);
        if (slot.state.first != slot.written) sentence_closed(slot, work);
    }

    void sentence_closed(Slot& slot, Work& work) const {
        const ParseState& state = slot.state;
        const int32_t first = state.first;
        for (int32_t i = slot.written; i < first; ++i) {
            slot.analysis.heads[i] = state.head[i] + slot.before;
            slot.analysis.labels[i] = state.label[i];
            slot.analysis.starts[i] = state.starts[i];
        }
        const bool is_clean = state.n_unshifted == 0 && state.next == first;
        const int64_t at = work.segments[slot.segment].first + slot.before - work.segments[slot.segment].before + first;
        slot.is_done = work.segments.closed(slot.segment, at, is_clean);
        slot.written = first;
        const bool has_room = 2 * slot.rows.room() > slot.rows.used() && slot.rows.reaches(first + kMaxSentence);
        if (!slot.keeps_rows || !has_room) slot.rows.clear(first);
        if (state.n < slot.n && first + kMaxSentence > state.n) slide(slot, first);
    }

    // A sentence that begins now could end beyond the tokens that the state holds.
    void slide(Slot& slot, int32_t by) const {
        slot.analysis = {slot.analysis.heads + by, slot.analysis.labels + by, slot.analysis.starts + by};
        slot.v += by * layers_.width;
        if (slot.preset) slot.preset += by;
        slot.n -= by;
        slot.before += by;
        slot.written = 0;
        slot.state.slide(std::min(slot.n, kPiece), slot.preset);
        slot.rows.shift(by);
    }

    // The scores of all moves in the active states.
    void score(Work& work) const {
        const size_t ahead = work.active < 4 ? kAhead / work.active : 1;
        for (size_t i = 0; i < work.active; ++i) ask(*work.slots[i], ahead, work, i);
        for (size_t f = 0; f < layers_.n_context; ++f) {
            RowRequests& asked = work.requests[f];
            const PackedLayer& lower = layers_.lower[f];
            kernels_.scattered_gemm__nkm(asked.from.data(), asked.from.size(), lower.k, lower.weights.data(), nullptr,
                                         lower.m, asked.to.data());
            work.multiply_adds += asked.from.size() * lower.k * lower.m;
            asked.clear();
        }
        const size_t n_rows = 1 + layers_.n_context;
        for (size_t i = 0; i < work.active; ++i) {
            kernels_.sum_maxout__fph(work.rows.data() + i * n_rows, n_rows, layers_.pieces, layers_.h,
                                     work.hidden.data() + i * layers_.h);
        }
        const PackedLayer& upper = layers_.upper;
        kernels_.scattered_gemm__nkm(work.hidden_rows.data(), work.active, upper.k, upper.weights.data(),
                                     upper.bias.data(), upper.m, work.score_rows.data());
        work.multiply_adds += work.active * upper.k * upper.m;
    }

    // Finds the rows of a state's context, and asks for those that are not there yet.
    void ask(Slot& slot, size_t ahead, Work& work, size_t index) const {
        const ParseState& state = slot.state;
        const size_t n_context = layers_.n_context;
        slot.keeps_rows = ahead > 1;
        if (slot.rows.room() < ahead * n_context) slot.rows.clear(state.first);
        system_.context(state, work.tokens.data());
        const float** rows = work.rows.data() + index * (1 + n_context);
        rows[0] = layers_.bias.data();
        for (size_t f = 0; f < n_context; ++f) {
            const int32_t token = work.tokens[f];
            if (token < 0) {
                rows[1 + f] = layers_.pad(f);
                continue;
            }
            RowRequests& requests = work.requests[f];
            const size_t asked = requests.from.size();
            rows[1 + f] = slot.rows.find(token, f, slot.v + token * layers_.width, requests);
            if (!runs_ahead_[f] || requests.from.size() == asked) continue;
            const int32_t stop = std::min(state.end, token + static_cast<int32_t>(ahead));
            for (int32_t t = token + 1; t < stop; ++t) slot.rows.find(t, f, slot.v + t * layers_.width, requests);
        }
    }

    int best(const Slot& slot, const float* scores) const {
        const float* mask = masks_[slot.kinds].data();
        const int move = kernels_.best_allowed__m(scores, mask, layers_.upper.padded);
        if (move >= 0) return move;
        return best_move(scores, system_.n_moves(), [mask](int i) { return mask[i] == 0.0f; });
    }

    const SimdKernels& kernels_;
    ArcEager system_;
    StepLayers layers_;
    mutable std::atomic<size_t> multiply_adds_{0};
    std::array<Floats, kKinds> masks_;  // for each set of valid kinds: 0 for valid moves, -inf for others
    std::array<int, kKinds> n_choices_{}, only_{};
    std::vector<uint8_t> runs_ahead_;
};

}  // namespace nlpcore
