// The arc-eager system with sentence ends and non-monotonic repair. docs/transition-system.md defines it in words.
//
// Moves, by index: SHIFT, REDUCE, BREAK, LEFT-ARC for each left label, RIGHT-ARC for each right label.
#pragma once

#include <cstdint>
#include <vector>

#include "state.hpp"

namespace nlpcore {

struct GoldTree;  // arc_eager_oracle.hpp

enum class ParseMove : int { kShift, kReduce, kBreak, kLeft, kRight };

// A context position is `word * 5 + relative`: word S0 S1 S2 B0 B1, relative itself L1 L2 R1 R2.
constexpr int kParseContextCodes = 25;

struct ArcEager {
    using State = ParseState;
    using Gold = GoldTree;
    static constexpr int kShift = 0, kReduce = 1, kBreak = 2, kFirstArc = 3;

    std::vector<int32_t> left_labels, right_labels;  // label ids, one move each
    int32_t root_label = 0, forced_label = 0;
    bool nonmonotonic = true;
    std::vector<int32_t> context_codes;

    int n_left() const { return static_cast<int>(left_labels.size()); }
    int n_right() const { return static_cast<int>(right_labels.size()); }
    int n_moves() const { return kFirstArc + n_left() + n_right(); }
    int n_context() const { return static_cast<int>(context_codes.size()); }

    void init(State& state, int n_tokens, const int8_t* preset_sent_starts) const {
        state.init(n_tokens, preset_sent_starts);
        settle(state);
    }

    bool is_final(const State& state) const { return state.first >= state.n; }

    // A state's context lies within the sentence in hand, from its first token to B1.
    int32_t reads_from(const State& state) const { return state.first; }
    int32_t reads_before(const State& state) const { return state.next + 2; }

    bool can_shift(const State& s) const {
        const int32_t b0 = s.buffer(0);
        return b0 >= 0 && (s.depth == 0 || !s.was_unshifted[b0]);
    }
    bool can_reduce(const State& s) const {
        if (s.depth == 0) return false;
        const int32_t s0 = s.s(0);
        if (!s.is_headless(s0)) return true;
        // The lowest word is never un-shifted: it could only be shifted back.
        return nonmonotonic && s.depth > 1 && !s.was_unshifted[s0];
    }
    bool can_break(const State& s) const {
        const int32_t b0 = s.buffer(0);
        // A left child of B0 stands before it: a sentence end between them would cut the arc.
        return b0 >= 0 && s.n_headless == 1 && s.last_left[b0] < 0 && (s.preset.empty() || s.preset[b0] == 0);
    }
    bool can_left(const State& s) const {
        return s.depth > 0 && s.buffer(0) >= 0 && (nonmonotonic || s.is_headless(s.s(0)));
    }
    bool can_right(const State& s) const { return s.depth > 0 && s.buffer(0) >= 0; }

    void valid_moves(const State& state, uint8_t* valid) const {
        const bool open = !is_final(state);
        valid[kShift] = open && can_shift(state);
        valid[kReduce] = open && can_reduce(state);
        valid[kBreak] = open && can_break(state);
        const uint8_t left = open && can_left(state), right = open && can_right(state);
        uint8_t* arcs = valid + kFirstArc;
        for (int i = 0; i < n_left(); ++i) *arcs++ = left;
        for (int i = 0; i < n_right(); ++i) *arcs++ = right;
    }

    // One bit for each kind of move that is valid: SHIFT 1, REDUCE 2, BREAK 4, LEFT-ARC 8, RIGHT-ARC 16.
    unsigned valid_kinds(const State& state) const {
        if (is_final(state)) return 0;
        return can_shift(state) | can_reduce(state) << 1 | can_break(state) << 2 | can_left(state) << 3 |
               can_right(state) << 4;
    }

    ParseMove kind(int move) const {
        if (move < kFirstArc) return static_cast<ParseMove>(move);
        return move < kFirstArc + n_left() ? ParseMove::kLeft : ParseMove::kRight;
    }
    int32_t move_label(int move) const {
        if (move < kFirstArc) return -1;
        move -= kFirstArc;
        return move < n_left() ? left_labels[move] : right_labels[move - n_left()];
    }

    // The move must be valid.
    void apply(State& state, int move) const { apply(state, kind(move), move_label(move)); }

    void apply(State& state, ParseMove move, int32_t label) const {
        switch (move) {
            case ParseMove::kShift: state.push(); break;
            case ParseMove::kReduce:
                if (state.is_headless(state.s(0))) {
                    state.unshift();
                } else {
                    state.pop();
                }
                break;
            case ParseMove::kBreak: state.close_sentence(root_label, forced_label); break;
            case ParseMove::kLeft: state.left_arc(label); break;
            case ParseMove::kRight: state.right_arc(label); break;
        }
        ++state.steps;
        settle(state);
    }

    void move_costs(State& state, const Gold& gold, const uint8_t* valid, int32_t* cost) const;

    void context(const State& state, int32_t* tokens) const {
        int32_t words[5] = {state.s(0), state.s(1), state.s(2), state.buffer(0), state.buffer(1)};
        const int32_t* code = context_codes.data();
        for (int i = 0, n = n_context(); i < n; ++i) {
            const int32_t word = words[code[i] / 5];
            tokens[i] = word < 0 ? -1 : relative(state, word, code[i] % 5);
        }
    }

  private:
    static int32_t relative(const State& state, int32_t word, int which) {
        switch (which) {
            case 1: return state.last_left[word];
            case 2: return sibling(state, state.last_left[word]);
            case 3: return state.last_right[word];
            case 4: return sibling(state, state.last_right[word]);
            default: return word;
        }
    }
    static int32_t sibling(const State& state, int32_t child) { return child < 0 ? -1 : state.prev_child[child]; }

    // What follows without a choice when the sentence has no word left in the buffer. With one headless word it is
    // closed. With several, the non-monotonic system un-shifts the last of them, which then must find its place by
    // arcs (it can not be shifted again while words stand under it); the monotonic one attaches them to the first.
    void settle(State& state) const {
        while (state.depth > 0 && state.buffer_empty()) {
            if (state.n_headless == 1 || !nonmonotonic) {
                state.close_sentence(root_label, forced_label);
            } else {
                for (; !state.is_headless(state.s(0)); ++state.steps) state.pop();
                state.unshift();
                ++state.steps;
            }
        }
    }
};

}  // namespace nlpcore
