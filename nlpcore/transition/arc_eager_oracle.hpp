// The cost of each move: the rise that it causes in the least reachable number of wrong (head, label) pairs and wrong
// sentence ends. docs/transition-system.md derives the formulas; tests compare them with exhaustive search.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "arc_eager.hpp"

namespace nlpcore {

// A gold analysis. Heads: absolute, a root is its own head, -2 unknown. Labels: ids, -1 unknown (a root's is not
// looked at). Starts: 1 a sentence starts here, -1 none does, 0 unknown.
struct GoldTree {
    int32_t n = 0;
    std::vector<int32_t> head, label;
    std::vector<int8_t> start;
    std::vector<int32_t> child_begin, children;  // gold children of word w: children[child_begin[w] .. [w+1]), ascending
    std::vector<int32_t> sentence;               // index of the gold sentence of each token
    std::vector<int32_t> sentence_begin;         // first token of each gold sentence, then n
    std::vector<int32_t> sentence_root;          // its root, -1 if none is known

    // `heads` must lie in -2 or [0, n). Arrays may be reused for the next document.
    void init(int32_t n_tokens, const int32_t* heads, const int32_t* labels, const int8_t* starts) {
        n = n_tokens;
        head.assign(heads, heads + n);
        label.assign(labels, labels + n);
        start.assign(starts, starts + n);
        child_begin.assign(n + 2, 0);
        children.resize(n);
        for (int32_t i = 0; i < n; ++i) {
            if (head[i] >= 0 && head[i] != i) ++child_begin[head[i] + 2];
        }
        for (int32_t i = 2; i < n + 2; ++i) child_begin[i] += child_begin[i - 1];
        for (int32_t i = 0; i < n; ++i) {
            if (head[i] >= 0 && head[i] != i) children[child_begin[head[i] + 1]++] = i;
        }
        sentence.resize(n);
        sentence_begin.clear();
        sentence_root.clear();
        for (int32_t i = 0; i < n; ++i) {
            if (i == 0 || start[i] == 1) {
                sentence_begin.push_back(i);
                sentence_root.push_back(-1);
            }
            sentence[i] = static_cast<int32_t>(sentence_begin.size()) - 1;
            if (head[i] == i && sentence_root.back() < 0) sentence_root.back() = i;
        }
        sentence_begin.push_back(n);
    }

    const int32_t* children_begin(int32_t word) const { return children.data() + child_begin[word]; }
    const int32_t* children_end(int32_t word) const { return children.data() + child_begin[word + 1]; }
    bool is_root(int32_t word) const { return head[word] == word; }
    bool is_start(int32_t word) const { return start[word] == 1; }
};

// Costs by kind of move; an arc's cost is `left`/`right` and one more where its label is wrong.
struct ArcEagerCosts {
    int32_t shift = 0, reduce = 0, brk = 0, left = 0, right = 0;
    int32_t left_label = -1, right_label = -1;  // the label that the arc needs; -1: any
};

struct ArcEagerOracle {
    const ArcEager& system;
    const ParseState& state;
    const GoldTree& gold;
    int32_t s0, b0;

    ArcEagerOracle(const ArcEager& sys, const ParseState& st, const GoldTree& g)
        : system(sys), state(st), gold(g), s0(st.s(0)), b0(st.buffer(0)) {}

    bool in_buffer(int32_t word) const { return state.place[word] == ParseState::kBuffer && word < state.end; }
    bool on_stack(int32_t word) const { return state.place[word] >= 0; }

    int32_t children_in_buffer(int32_t word) const {
        int32_t count = 0;
        const int32_t* begin = gold.children_begin(word);
        const int32_t* child = std::lower_bound(begin, gold.children_end(word), state.end);
        for (; child != begin && child[-1] > word; --child) {
            count += in_buffer(child[-1]);
        }
        return count;
    }

    // The stack's words that can still get `word` (a headless word that is, or can come, into the buffer) as head.
    int32_t children_on_stack(int32_t word) const {
        int32_t count = 0;
        const int32_t* end = gold.children_end(word);
        const int32_t* child = std::lower_bound(gold.children_begin(word), end, state.first);
        for (; child != end && *child < word; ++child) {
            if (on_stack(*child)) count += system.nonmonotonic || state.is_headless(*child);
        }
        return count;
    }

    // What a sentence end before B0 cuts: arcs from the stack into the buffer and back.
    int32_t cut_by_break() const {
        int32_t count = 0;
        for (int32_t i = 0; i < state.depth; ++i) {
            const int32_t word = state.stack[i], head = gold.head[word];
            count += children_in_buffer(word);
            if (head >= 0 && (i == 0 || system.nonmonotonic)) count += in_buffer(head);
        }
        return count + (gold.start[b0] == -1);
    }

    // ---- sentences -------------------------------------------------------------------------------------------------

    // Words whose root or sentence start is given up by the move under question.
    struct Lost {
        int32_t root = -1, start_a = -1, start_b = -1, broken = -1;
    };

    bool root_alive(int32_t word) const {
        if (word < 0) return false;
        if (in_buffer(word)) return true;
        return on_stack(word) && state.is_headless(word) && (system.nonmonotonic || state.place[word] == 0);
    }

    // Can a sentence still start at this token of the open sentence?
    bool start_alive(int32_t word) const {
        if (state.last_left[word] >= 0 || word >= state.end) return false;
        if (!state.preset.empty() && state.preset[word] != 0) return false;
        if (state.place[word] == ParseState::kBuffer) {
            return system.nonmonotonic || word > state.next || state.n_headless == 1;
        }
        return system.nonmonotonic && state.place[word] > 0 && state.is_headless(word);
    }

    // Roots that must be given up because no sentence end can part them from the root before.
    int32_t root_conflicts(const Lost& lost) const {
        const int32_t from = gold.sentence[state.first];
        const int32_t last = state.next < state.end ? state.next : state.end - 1;
        const int32_t to = gold.sentence[last];
        if (from == to) return 0;
        int32_t conflicts = 0;
        bool open = false;  // an alive root stands before, with nothing to part it from the next
        for (int32_t k = from; k <= to; ++k) {
            const int32_t begin = gold.sentence_begin[k], root = gold.sentence_root[k];
            if (k > from) {
                const bool dies = begin == lost.start_a || begin == lost.start_b;
                if (!dies && start_alive(begin)) open = false;
                if (begin == lost.broken) open = false;
            }
            if (root_alive(root) && root != lost.root) {
                const bool parted = lost.broken >= 0 && open && root >= lost.broken && !broken_before(k, lost.broken);
                if (open && !parted) ++conflicts;
                open = true;
            }
        }
        return conflicts;
    }
    // Does the sentence end at `token` lie before the last root that precedes sentence k's root?
    bool broken_before(int32_t k, int32_t token) const {
        for (int32_t j = k - 1; j >= 0 && gold.sentence_begin[j + 1] > state.first; --j) {
            if (root_alive(gold.sentence_root[j])) return token <= gold.sentence_root[j];
        }
        return false;
    }

    int32_t starts_lost(const Lost& lost) const {
        return start_matters(lost.start_a) + start_matters(lost.start_b);
    }
    bool start_matters(int32_t word) const {
        return word > state.first && gold.is_start(word) && start_alive(word);
    }

    // ---- the non-monotonic system ----------------------------------------------------------------------------------

    ArcEagerCosts nonmonotonic() const {
        ArcEagerCosts cost;
        const int32_t conflicts = root_conflicts(Lost());
        if (s0 >= 0) {
            const int32_t head = gold.head[s0];
            const bool headless = state.is_headless(s0);
            const int32_t buffer_children = children_in_buffer(s0);
            if (!headless) {
                cost.reduce = buffer_children + (head >= 0 && head != state.head[s0] && in_buffer(head));
            }
            if (b0 >= 0) {
                Lost lost;
                lost.start_a = b0;
                lost.start_b = s0;
                cost.left = buffer_children + (headless ? children_on_stack(s0) : 0);
                if (head == s0) {
                    cost.left += headless;
                    lost.root = s0;
                } else if (head == b0) {
                    cost.left_label = gold.label[s0];
                    // A right head with a wrong label can not be mended; it costs nothing more to lose it.
                } else if (head >= 0) {
                    cost.left += pair_alive(s0);
                }
                cost.left += starts_lost(lost) + root_conflicts(lost) - conflicts;
            }
        }
        if (b0 >= 0 && s0 >= 0) {
            const int32_t head = gold.head[b0];
            Lost lost;
            lost.start_a = b0;
            cost.right = children_on_stack(b0);
            if (head == s0) {
                cost.right_label = gold.label[b0];
            } else if (head == b0) {
                cost.right += 1;
                lost.root = b0;
            } else if (head >= 0) {
                cost.right += on_stack(head);
            }
            cost.right += starts_lost(lost) + root_conflicts(lost) - conflicts;
            if (system.can_break(state)) {
                Lost broken;
                broken.broken = b0;
                cost.brk = cut_by_break() + root_conflicts(broken) - conflicts;
            }
        }
        return cost;
    }

    // S0's pair: right now, or still to be had?
    bool pair_alive(int32_t word) const {
        const int32_t head = gold.head[word];
        if (!state.is_headless(word)) {
            if (state.head[word] == head) return gold.label[word] < 0 || gold.label[word] == state.label[word];
            return in_buffer(head);
        }
        return in_buffer(head) || on_stack(head);
    }

    // How many moves longer than need be the way over each move is, a replaced head counted as a move.
    ArcEagerCosts detours(const ArcEagerCosts& cost) const {
        ArcEagerCosts extra;
        if (s0 < 0 || b0 < 0) return extra;
        if (gold.is_start(b0) && system.can_break(state)) {
            extra.shift = extra.reduce = extra.left = extra.right = 1;
            return extra;
        }
        extra.brk = 1;
        const int32_t head = gold.head[b0], s0_head = gold.head[s0];
        const bool on = head >= 0 && head != b0 && on_stack(head);
        if (on || head == b0 || children_on_stack(b0) > 0 || start_matters(b0)) extra.shift = 2;
        const bool later = head >= 0 && head != b0 && in_buffer(head);
        const int32_t root = gold.sentence_root[gold.sentence[b0]];
        const bool root_to_come = root >= 0 && in_buffer(root);
        if (later && (!state.was_unshifted[b0] || root_to_come)) extra.right = 1;
        bool on_spine;  // is B0 among the words that the end of the sentence takes off the stack?
        const int32_t anchor = spine(&on_spine);
        const bool lost = head >= 0 && head != b0 && !later && !on;
        if (lost && on_spine) extra.shift = 2;
        if (state.is_headless(s0)) {
            const bool wanted = s0_head == s0 || (s0_head >= 0 && on_stack(s0_head)) || children_on_stack(s0) > 0 ||
                                start_matters(s0);
            if (on_spine && state.depth > 1 && (anchor == s0 || lost)) {
                ++extra.shift;  // what comes onto S0 now must all be taken off again before S0 is un-shifted
                ++extra.right;
            }
            if (!wanted && anchor != s0) extra.reduce = 2;
            if (!wanted && state.depth == 1 && !root_alive(root)) extra.left = 1;
            if (s0_head == s0) extra.left = 1;
        } else {
            if (s0_head != b0) extra.left = 1;
            const bool wanted = on || children_on_stack(b0) > 0 || start_matters(b0) ||
                                (anchor >= 0 && anchor != s0 && on_stack(anchor)) ||
                                (root_to_come && !(head == b0 && cost.right == 0));
            if (!wanted) extra.reduce = 1;
        }
        return extra;
    }

    // The word outside the buffer on which the last word in it of B0's gold sentence hangs, by gold arcs; -1: on none.
    int32_t spine(bool* holds_b0) const {
        *holds_b0 = false;
        const int32_t stop = std::min(gold.sentence_begin[gold.sentence[b0] + 1], state.end);
        int32_t word = stop - 1;
        if (state.next >= stop) {
            int32_t i = 0;
            while (state.unshifted[i] >= stop) ++i;
            word = state.unshifted[i];
        }
        for (;;) {
            if (word == b0) *holds_b0 = true;
            if (!in_buffer(word)) return word;
            const int32_t head = gold.head[word];
            if (head < 0 || head == word || head >= stop) return -1;
            word = head;
        }
    }

    // ---- the monotonic system --------------------------------------------------------------------------------------

    // Will the end of B0's gold sentence find a second headless word on the stack? Only if its last word hangs, by gold
    // arcs, on a stack word that has one under it (or is one); then one arc or the sentence end must be given up.
    int32_t blocked(int32_t next, int32_t depth, int32_t pushed, bool pushed_headless) const {
        if (next >= state.end) return 0;
        const int32_t stop = gold.sentence_begin[gold.sentence[next] + 1];
        if (stop >= state.end) return 0;
        int32_t word = stop - 1;
        while (word >= next) {
            const int32_t head = gold.head[word];
            if (head < 0 || head == word || head > stop) return 0;
            word = head;
        }
        int32_t anchor;
        if (word == pushed) {
            anchor = depth;
        } else {
            anchor = state.place[word];
            if (anchor < 0 || anchor >= depth) return 0;
        }
        if (anchor == depth && pushed_headless) return depth > 0;
        for (int32_t i = 1; i <= anchor && i < depth; ++i) {
            if (state.is_headless(state.stack[i])) return 1;
        }
        return 0;
    }

    // Root conflicts, the coming sentence end, and (where a gold sentence starts at `next`) its loss.
    int32_t tension(int32_t next, int32_t depth, int32_t pushed, bool pushed_headless, int32_t headless,
                    bool has_left_child) const {
        if (next >= state.end) return 0;
        if (depth == 0 && pushed < 0) return next > state.first && gold.is_start(next);
        const int32_t bottom = depth > 0 ? state.stack[0] : pushed;
        const int32_t root = gold.sentence_root[gold.sentence[next]];
        const bool conflict = gold.is_root(bottom) && root >= next && root < state.end;
        if (gold.is_start(next)) {
            const bool preset = !state.preset.empty() && state.preset[next] != 0;
            if (headless == 1 && !has_left_child && !preset) return 0;
            return 1 + conflict;
        }
        return conflict + blocked(next, depth, pushed, pushed_headless);
    }

    ArcEagerCosts monotonic() const {
        ArcEagerCosts cost;
        if (b0 < 0) return cost;
        const int32_t head = gold.head[b0], headless = state.n_headless, depth = state.depth;
        const bool has_left = state.last_left[b0] >= 0;
        const int32_t before = tension(b0, depth, -1, false, headless, has_left);
        const int32_t waiting = children_on_stack(b0);
        const int32_t root_lost = head == b0 && depth > 0;
        const int32_t start_lost = gold.is_start(b0) && b0 > state.first;
        cost.shift = waiting + root_lost + start_lost + (head >= 0 && head != b0 && on_stack(head)) +
                     tension(b0 + 1, depth, b0, true, headless + 1, false) - before;
        if (s0 < 0) return cost;
        const int32_t children = children_in_buffer(s0), s0_head = gold.head[s0];
        if (head == s0) {
            cost.right_label = gold.label[b0];
            cost.right = waiting;
        } else {
            cost.right = waiting + root_lost + (head >= 0 && head != b0 && (on_stack(head) || in_buffer(head)));
        }
        cost.right += start_lost + tension(b0 + 1, depth, b0, false, headless, false) - before;
        if (state.is_headless(s0)) {
            cost.left = children;
            if (s0_head == b0) {
                cost.left_label = gold.label[s0];
            } else if (s0_head == s0) {
                cost.left += depth == 1;
            } else if (s0_head >= 0) {
                cost.left += in_buffer(s0_head);
            }
            cost.left += tension(b0, depth - 1, -1, false, headless - 1, true) - before;
        } else {
            cost.reduce = children + tension(b0, depth - 1, -1, false, headless, has_left) - before;
        }
        if (system.can_break(state)) cost.brk = cut_by_break() - before;
        return cost;
    }
};

// The costs, and with `choose` the gold moves alone at 0: of the moves without cost, those on the shortest way.
inline void arc_eager_costs(const ArcEager& system, const ParseState& state, const GoldTree& gold, const uint8_t* valid,
                            int32_t* cost, bool choose) {
    const ArcEagerOracle oracle(system, state, gold);
    const ArcEagerCosts c = system.nonmonotonic ? oracle.nonmonotonic() : oracle.monotonic();
    const int n_left = system.n_left(), n_right = system.n_right(), n = system.n_moves();
    cost[0] = c.shift;
    cost[1] = c.reduce;
    cost[2] = c.brk;
    int32_t* left = cost + ArcEager::kFirstArc;
    int32_t* right = left + n_left;
    for (int i = 0; i < n_left; ++i) left[i] = c.left + (c.left_label >= 0 && system.left_labels[i] != c.left_label);
    for (int i = 0; i < n_right; ++i) right[i] = c.right + (c.right_label >= 0 && system.right_labels[i] != c.right_label);
    int32_t least = INT32_MAX;
    for (int i = 0; i < n; ++i) {
        if (valid[i] && cost[i] < least) least = cost[i];
    }
    for (int i = 0; i < n; ++i) cost[i] = valid[i] ? cost[i] - least : kInvalidCost;
    if (!choose || !system.nonmonotonic) return;
    const ArcEagerCosts d = oracle.detours(c);
    const int32_t detour[5] = {d.shift, d.reduce, d.brk, d.left, d.right};
    const int first[6] = {0, 1, 2, ArcEager::kFirstArc, ArcEager::kFirstArc + n_left, n};  // of each kind's moves
    bool free[5];
    int32_t shortest = INT32_MAX;
    for (int kind = 0; kind < 5; ++kind) {
        free[kind] = false;
        for (int i = first[kind]; i < first[kind + 1]; ++i) free[kind] = free[kind] || cost[i] == 0;
        if (free[kind]) shortest = std::min(shortest, detour[kind]);
    }
    for (int kind = 0; kind < 5; ++kind) {
        if (!free[kind] || detour[kind] == shortest) continue;
        for (int i = first[kind]; i < first[kind + 1]; ++i) cost[i] = std::max(cost[i], 1);
    }
}

inline void ArcEager::move_costs(State& state, const Gold& gold, const uint8_t* valid, int32_t* cost) const {
    arc_eager_costs(*this, state, gold, valid, cost, true);
}

}  // namespace nlpcore
