// The BILUO system for entities: one move a token. docs/transition-system.md defines it and its costs.
//
// Moves, by index: OUT, then for each label BEGIN, IN, LAST, UNIT.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "state.hpp"

namespace nlpcore {

struct EntitySpan {
    int32_t start, end, label;  // tokens [start, end)
};

struct Biluo;

// Gold entities as one tag a token, any of which may be missing; with it, for each token and each thing an analysis
// may be in the middle of, the least loss to go. Costs are then differences of table entries, exact by construction.
//
// OUT may be said of some labels alone, those that the annotation speaks of: with the other ones, its unknown labels, a
// token that is tagged so may be in an entity, and no such entity contradicts it.
//
// A gold unit is a maximal run of tags of one entity (all of it, where annotation is complete). The loss of an analysis:
// the units not tagged as they should be, plus the predicted entities that contradict an annotated token.
struct GoldEntities {
    enum Tag : int8_t { kMissing = -1, kOut = 0, kBegin = 1, kIn = 2, kLast = 3, kUnit = 4 };
    int32_t n = 0, n_labels = 0;
    std::vector<int8_t> tag;
    std::vector<int32_t> label;      // of B I L U; -1 unknown
    std::vector<const uint8_t*> free;  // of OUT: by label, whether it says nothing of that one; null: of all it does
    bool any_free = false;
    std::vector<int32_t> unit;       // first token of the token's unit, -1 outside
    std::vector<int32_t> in_since;   // from here to the token all tags are IN or missing; token + 1: its own is neither
    std::vector<int32_t> near_in;    // the last token up to this one tagged IN with a known label, -1 none
    std::vector<int32_t> same_since; // from here to the token all known labels of IN are the same
    std::vector<int32_t> loss;       // [n + 1][1 + 4 * n_labels]: closed, then per label (bad, broken) 00 10 01 11

    // `tags` and `labels` of length n; `preset_sent_starts` (or nullptr) as given to Biluo::init.
    void init(const Biluo& system, int32_t n_tokens, const int8_t* tags, const int32_t* labels,
              const int8_t* preset_sent_starts);

    // Does one unit hold the tokens on both sides of this position?
    bool crosses(int32_t token) const { return token > 0 && token < n && unit[token] >= 0 && unit[token] < token; }
    bool fits(int32_t token, int8_t wanted, int32_t wanted_label) const {
        return tag[token] == wanted && (label[token] < 0 || label[token] == wanted_label);
    }
    int32_t closed(int32_t token) const { return loss[static_cast<size_t>(token) * (1 + 4 * n_labels)]; }
    int32_t open(int32_t token, int index, bool bad, bool broken) const {
        return loss[static_cast<size_t>(token) * (1 + 4 * n_labels) + 1 + 4 * index + bad + 2 * broken];
    }
    bool agrees(int32_t token, int8_t predicted, int32_t predicted_label) const {
        if (tag[token] == kMissing) return true;
        if (tag[token] != kOut) return fits(token, predicted, predicted_label);
        return predicted == kOut || (free[token] != nullptr && free[token][predicted_label]);
    }
    // The loss that tagging `token` so adds at once.
    int32_t at_once(int32_t token, int8_t predicted, int32_t predicted_label, bool bad, bool broken, bool* now_bad,
                    bool* now_broken) const {
        const bool right = agrees(token, predicted, predicted_label);
        const bool in_unit = unit[token] >= 0;
        const bool was_broken = in_unit && unit[token] < token && broken;
        *now_bad = bad || !right;
        *now_broken = was_broken || (in_unit && !right);
        return (in_unit && !right && !was_broken) + (predicted != kOut && !bad && !right);
    }
};

struct EntityState {
    int32_t n = 0, next = 0;
    int32_t open_start = -1, open_label = -1;  // the entity begun and not yet ended
    std::vector<EntitySpan> spans;
    const int8_t* preset = nullptr;

    void init(int32_t n_tokens, const int8_t* preset_starts) {
        n = n_tokens > 0 ? n_tokens : 0;
        next = 0;
        open_start = open_label = -1;
        spans.clear();
        preset = preset_starts;
    }
};

enum BiluoContext : int32_t { kB0, kB1, kB2, kP1, kP2, kE0, kE1, kLastEntity, kBiluoContextCodes };

struct Biluo {
    using State = EntityState;
    using Gold = GoldEntities;
    enum Kind : int { kOut, kBegin, kIn, kLast, kUnit };

    std::vector<int32_t> labels;
    std::vector<int32_t> context_codes;
    // By label, whether it is unknown: what the label of an OUT in gold annotation is an index of.
    std::vector<std::vector<uint8_t>> unknown_sets;

    int n_moves() const { return 1 + 4 * static_cast<int>(labels.size()); }
    int n_context() const { return static_cast<int>(context_codes.size()); }
    // `preset_sent_starts`: entities do not cross these starts; the array must outlive the state.
    void init(State& state, int n_tokens, const int8_t* preset_sent_starts) const {
        state.init(n_tokens, preset_sent_starts);
    }
    bool is_final(const State& state) const { return state.next >= state.n; }

    // A state's context lies between P2 and B2, but for the entity in hand and the one before it.
    int32_t reads_from(const State& state) const { return state.next > 2 ? state.next - 2 : 0; }
    int32_t reads_before(const State& state) const { return state.next + 3; }

    static Kind kind(int move) { return move == 0 ? kOut : static_cast<Kind>(1 + (move - 1) % 4); }
    int32_t move_label(int move) const { return move == 0 ? -1 : labels[(move - 1) / 4]; }

    // Must an entity end with this token?
    static bool closed_after(const State& state, int32_t token) {
        return token + 1 >= state.n || (state.preset != nullptr && state.preset[token + 1] == 1);
    }

    void valid_moves(const State& state, uint8_t* valid) const {
        std::fill(valid, valid + n_moves(), static_cast<uint8_t>(0));
        if (is_final(state)) return;
        const bool open = state.open_start >= 0, more = !closed_after(state, state.next);
        valid[0] = !open;
        for (size_t i = 0; i < labels.size(); ++i) {
            uint8_t* v = valid + 1 + 4 * i;
            const bool mine = open && labels[i] == state.open_label;
            v[0] = !open && more;
            v[1] = mine && more;
            v[2] = mine;
            v[3] = !open;
        }
    }

    void apply(State& state, int move) const {
        const int32_t label = move_label(move);
        switch (kind(move)) {
            case kOut: break;
            case kBegin:
                state.open_start = state.next;
                state.open_label = label;
                break;
            case kIn: break;
            case kLast:
                state.spans.push_back({state.open_start, state.next + 1, label});
                state.open_start = state.open_label = -1;
                break;
            case kUnit: state.spans.push_back({state.next, state.next + 1, label}); break;
        }
        ++state.next;
    }

    void move_costs(State& state, const Gold& gold, const uint8_t* valid, int32_t* cost) const;

    void context(const State& state, int32_t* tokens) const {
        const int32_t b = state.next, n = state.n;
        const int32_t last = state.spans.empty() ? -1 : state.spans.back().end - 1;
        const int32_t e1 = state.open_start >= 0 && state.open_start + 1 < b ? state.open_start + 1 : -1;
        const int32_t all[kBiluoContextCodes] = {b < n ? b : -1,         b + 1 < n ? b + 1 : -1, b + 2 < n ? b + 2 : -1,
                                                 b > 0 ? b - 1 : -1,     b > 1 ? b - 2 : -1,     state.open_start,
                                                 e1,                     last};
        for (int i = 0, m = n_context(); i < m; ++i) tokens[i] = all[context_codes[i]];
    }
};

// ---- costs ---------------------------------------------------------------------------------------------------------

inline void GoldEntities::init(const Biluo& system, int32_t n_tokens, const int8_t* tags, const int32_t* labels,
                               const int8_t* preset_sent_starts) {
    n = n_tokens;
    n_labels = static_cast<int32_t>(system.labels.size());
    tag.assign(tags, tags + n);
    label.assign(labels, labels + n);
    unit.assign(n, -1);
    free.assign(n, nullptr);
    any_free = false;
    in_since.resize(n);
    near_in.resize(n);
    same_since.resize(n);
    for (int32_t i = 0; i < n; ++i) {
        if (tag[i] == kOut && label[i] >= 0 && label[i] < static_cast<int32_t>(system.unknown_sets.size())) {
            free[i] = system.unknown_sets[label[i]].data();
            any_free = true;
        }
        if (tag[i] <= kOut) label[i] = -1;
        if (tag[i] > kOut) {
            const bool joined = i > 0 && (tag[i] == kIn || tag[i] == kLast) &&
                                (tag[i - 1] == kBegin || tag[i - 1] == kIn) && label[i] == label[i - 1];
            unit[i] = joined ? unit[i - 1] : i;
        }
        const bool plain = tag[i] == kMissing || tag[i] == kIn;
        in_since[i] = !plain ? i + 1 : i > 0 ? in_since[i - 1] : 0;
        const int32_t before = i > 0 ? near_in[i - 1] : -1;
        near_in[i] = before;
        same_since[i] = i > 0 ? same_since[i - 1] : 0;
        if (tag[i] == kIn && label[i] >= 0) {
            near_in[i] = i;
            if (before >= 0 && label[before] != label[i]) same_since[i] = before + 1;
        }
    }
    // Least loss to go, from the last token back.
    const size_t width = 1 + 4 * static_cast<size_t>(n_labels);
    constexpr int32_t kNever = 1 << 28;
    loss.assign((static_cast<size_t>(n) + 1) * width, kNever);
    loss[static_cast<size_t>(n) * width] = 0;
    bool bad, broken;
    for (int32_t i = n - 1; i >= 0; --i) {
        int32_t* here = loss.data() + static_cast<size_t>(i) * width;
        const bool more = i + 1 < n && !(preset_sent_starts != nullptr && preset_sent_starts[i + 1] == 1);
        // Whatever is closed has broken the unit that goes on.
        int32_t best = at_once(i, kOut, -1, false, true, &bad, &broken) + closed(i + 1);
        for (int32_t x = 0; x < n_labels; ++x) {
            const int32_t id = system.labels[x];
            best = std::min(best, at_once(i, kUnit, id, false, true, &bad, &broken) + closed(i + 1));
            if (more) {
                const int32_t begin = at_once(i, kBegin, id, false, true, &bad, &broken);
                best = std::min(best, begin + open(i + 1, x, bad, broken));
            }
            for (int c = 0; c < 4; ++c) {
                int32_t value = at_once(i, kLast, id, c & 1, c >> 1, &bad, &broken) + closed(i + 1);
                if (more) {
                    const int32_t in = at_once(i, kIn, id, c & 1, c >> 1, &bad, &broken);
                    value = std::min(value, in + open(i + 1, x, bad, broken));
                }
                here[1 + 4 * x + c] = value;
            }
        }
        here[0] = best;
    }
}

// The gold must have been prepared for the same labels and preset sentence starts.
inline void Biluo::move_costs(State& state, const Gold& gold, const uint8_t* valid, int32_t* cost) const {
    const int32_t i = state.next;
    const bool is_open = state.open_start >= 0;
    bool bad = false, broken = true, now_bad, now_broken;
    if (is_open) {
        const int32_t begin = state.open_start;
        bad = !gold.agrees(begin, Gold::kBegin, state.open_label);
        if (gold.any_free) {
            for (int32_t t = begin + 1; t < i && !bad; ++t) bad = !gold.agrees(t, Gold::kIn, state.open_label);
        } else if (i - 1 > begin) {
            bad = bad || gold.in_since[i - 1] > begin + 1;
            const int32_t near = gold.near_in[i - 1];
            if (near > begin) bad = bad || gold.label[near] != state.open_label || gold.same_since[i - 1] > begin + 1;
        }
        if (gold.crosses(i)) {
            const int32_t unit = gold.unit[i];
            const bool start_fits = gold.tag[unit] == Gold::kBegin ? begin == unit : begin < unit;
            broken = !start_fits || (gold.label[unit] >= 0 && gold.label[unit] != state.open_label);
        }
    }
    int32_t least = INT32_MAX;
    for (int move = 0, m = n_moves(); move < m; ++move) {
        if (!valid[move]) {
            cost[move] = kInvalidCost;
            continue;
        }
        const int index = (move - 1) / 4;
        const Kind k = kind(move);
        const int32_t now =
            gold.at_once(i, static_cast<int8_t>(k), move_label(move), bad, broken, &now_bad, &now_broken);
        const bool stays_open = k == kBegin || k == kIn;
        cost[move] = now + (stays_open ? gold.open(i + 1, index, now_bad, now_broken) : gold.closed(i + 1));
        least = std::min(least, cost[move]);
    }
    for (int move = 0, m = n_moves(); move < m; ++move) {
        if (valid[move]) cost[move] -= least;
    }
}

}  // namespace nlpcore
