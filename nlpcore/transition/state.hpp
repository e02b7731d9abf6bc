// The state of the dependency parser: a stack, a buffer, and the arcs made so far.
//
// All arrays are sized once in `init` and reused for the next document; nothing allocates afterwards. Every
// operation is O(1), so a document takes time linear in its tokens however long it is.
//
// Why children need no sorted lists: a word gets its right children in text order (each was B0 when it was
// attached) and its left children in reverse text order (each was S0, and what lies under S0 precedes it). A later
// LEFT-ARC that takes a word from its old head takes that head's newest right child, because a headed word on the
// stack stands directly above its head. So both lists are linked stacks: the newest child is the outermost one.
#pragma once

#include <cstdint>
#include <vector>

namespace nlpcore {

constexpr int32_t kInvalidCost = 1 << 20;  // what oracles give moves that are not valid
constexpr int kMaxSentence = 1000;  // tokens; the system closes a sentence there

struct ParseState {
    static constexpr int32_t kPopped = -1;  // `place` of a word that has left the stack for good
    static constexpr int32_t kBuffer = -2;  // `place` of a word in the buffer

    int32_t n = 0;           // tokens
    int32_t next = 0;        // first token never shifted
    int32_t first = 0;       // first token of the sentence being parsed
    int32_t end = 0;         // the sentence being parsed can not reach beyond this token
    int32_t depth = 0;       // words on the stack
    int32_t n_unshifted = 0; // un-shifted words: they stand in the buffer before `next`
    int32_t n_headless = 0;  // headless words on the stack
    int32_t steps = 0;       // moves made since init, those that follow of themselves included

    std::vector<int32_t> stack, unshifted;
    std::vector<int32_t> head, label;              // -1: none yet; a root is its own head
    std::vector<int32_t> last_left, last_right;    // newest (outermost) child of each word or -1
    std::vector<int32_t> prev_child;               // the sibling attached before, on the same side, or -1
    std::vector<int32_t> place;                    // depth on the stack, kPopped or kBuffer
    std::vector<uint8_t> was_unshifted;
    std::vector<int8_t> starts;                    // 1: a sentence starts here; -1: none does (decided tokens only)
    std::vector<int8_t> preset;                    // preset sentence starts; empty: none

    int32_t s(int i) const { return i < depth ? stack[depth - 1 - i] : -1; }

    int32_t buffer(int i) const {
        if (i < n_unshifted) return unshifted[n_unshifted - 1 - i];
        const int32_t token = next + i - n_unshifted;
        return token < end ? token : -1;
    }

    bool buffer_empty() const { return n_unshifted == 0 && next >= end; }
    bool is_headless(int32_t token) const { return head[token] < 0; }

    void init(int32_t n_tokens, const int8_t* preset_starts) {
        const size_t size = n_tokens > 0 ? static_cast<size_t>(n_tokens) : 0;
        n = static_cast<int32_t>(size);
        next = first = end = depth = n_unshifted = n_headless = steps = 0;
        next_preset_ = 0;
        if (stack.size() < size) {
            stack.resize(size);
            unshifted.resize(size);
        }
        head.assign(size, -1);
        label.assign(size, -1);
        last_left.assign(size, -1);
        last_right.assign(size, -1);
        prev_child.assign(size, -1);
        place.assign(size, kBuffer);
        was_unshifted.assign(size, 0);
        starts.assign(size, -1);
        if (preset_starts != nullptr) {
            preset.assign(preset_starts, preset_starts + size);
        } else {
            preset.clear();
        }
        open_sentence(0);
    }

    // For documents that are held a window at a time: forgets the tokens before `first`, whose sentences are closed, and
    // makes room for tokens behind. Token `first` is 0 from now on, and `n_tokens` and `preset_starts` count from it.
    // Only between sentences (nothing on the stack). All that is kept refers to tokens that are.
    void slide(int32_t n_tokens, const int8_t* preset_starts) {
        const int32_t by = first, kept = n - by;
        const auto move = [=](std::vector<int32_t>& column, bool holds_tokens, int32_t fresh) {
            column.erase(column.begin(), column.begin() + by);
            for (int32_t i = 0; i < kept && holds_tokens; ++i) column[i] = column[i] >= by ? column[i] - by : -1;
            column.resize(n_tokens, fresh);
        };
        for (std::vector<int32_t>* column : {&head, &last_left, &last_right, &prev_child}) move(*column, true, -1);
        move(label, false, -1);
        move(place, false, kBuffer);
        was_unshifted.erase(was_unshifted.begin(), was_unshifted.begin() + by);
        was_unshifted.resize(n_tokens, 0);
        starts.assign(n_tokens, -1);
        if (preset_starts != nullptr) preset.assign(preset_starts, preset_starts + n_tokens);
        for (int32_t i = 0; i < n_unshifted; ++i) unshifted[i] -= by;
        if (stack.size() < static_cast<size_t>(n_tokens)) {
            stack.resize(n_tokens);
            unshifted.resize(n_tokens);
        }
        n = n_tokens;
        next -= by;
        next_preset_ = 0;
        open_sentence(0);
    }

    // A sentence begins at `token`: find how far it can reach.
    void open_sentence(int32_t token) {
        first = token;
        if (token >= n) {
            end = n;
            return;
        }
        starts[token] = 1;
        end = n - token > kMaxSentence ? token + kMaxSentence : n;
        if (!preset.empty()) {
            if (next_preset_ <= token) next_preset_ = token + 1;
            while (next_preset_ < n && preset[next_preset_] != 1) ++next_preset_;
            if (next_preset_ < end) end = next_preset_;
        }
    }

    // The stack's words form a finished tree under the bottom word: write its root, begin the next sentence.
    void close_sentence(int32_t root_label, int32_t forced_label) {
        const int32_t root = stack[0];
        head[root] = root;
        label[root] = root_label;
        place[root] = kPopped;
        for (int32_t i = 1; i < depth; ++i) {
            const int32_t token = stack[i];
            place[token] = kPopped;
            if (head[token] < 0) {
                attach_right(root, token);
                label[token] = forced_label;
            }
        }
        depth = n_headless = 0;
        open_sentence(buffer_start());
    }

    void push() {  // B0 onto the stack
        int32_t token;
        if (n_unshifted > 0) {
            token = unshifted[--n_unshifted];
        } else {
            token = next++;
        }
        place[token] = depth;
        stack[depth++] = token;
        if (head[token] < 0) ++n_headless;
    }

    void pop() {  // S0 for good
        const int32_t token = stack[--depth];
        place[token] = kPopped;
        if (head[token] < 0) --n_headless;
    }

    void unshift() {  // headless S0 back into the buffer
        const int32_t token = stack[--depth];
        --n_headless;
        place[token] = kBuffer;
        was_unshifted[token] = 1;
        unshifted[n_unshifted++] = token;
    }

    // B0 becomes the head of S0, which leaves the stack.
    void left_arc(int32_t arc_label) {
        const int32_t child = stack[depth - 1];
        const int32_t parent = buffer(0);
        if (head[child] >= 0) {
            last_right[head[child]] = prev_child[child];
        }
        pop();
        head[child] = parent;
        label[child] = arc_label;
        prev_child[child] = last_left[parent];
        last_left[parent] = child;
    }

    // S0 becomes the head of B0, which enters the stack.
    void right_arc(int32_t arc_label) {
        const int32_t child = buffer(0);
        attach_right(stack[depth - 1], child);
        label[child] = arc_label;
        push();
    }

    // The token before which BREAK would end the sentence: B0, or where the buffer begins when it is exhausted.
    int32_t buffer_start() const { return n_unshifted > 0 ? unshifted[n_unshifted - 1] : next; }

  private:
    int32_t next_preset_ = 0;

    void attach_right(int32_t parent, int32_t child) {
        head[child] = parent;
        prev_child[child] = last_right[parent];
        last_right[parent] = child;
    }
};

// No later state's context reaches back beyond this token, but for tokens that are in its context now.
inline int32_t oldest_token(const ParseState& state) { return state.first; }

}  // namespace nlpcore
