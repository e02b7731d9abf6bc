// Regular expressions over code points, compiled once into a deterministic automaton.
//
// The accepted language is a subset of Python's `re`, so that one string means the same to both:
//     literals and escaped punctuation, `.`, `[...]` and `[^...]` with ranges, `(...)`, `(?:...)`, `(?i:...)`, `|`,
//     `?  *  +  {m}  {m,}  {m,n}`, and, at the ends of each top alternative of a pattern, context of fixed length:
//     `(?<=xyz)` `(?<!x)` in front, `(?=xyz)` `(?!x)` behind, where x, y, z are single characters or classes.
// No captures, no back-references, no `\d \w \s \b` (their meaning moves with the Unicode version; write the class).
//
// Matching is always "longest": there is no order among alternatives.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nlpcore {
namespace tokenizer {

using Code = uint32_t;
using Text32 = std::vector<Code>;

constexpr Code kLastCode = 0x10FFFF;
constexpr Code kBegin = 0x110000;  // stands before the first character
constexpr Code kEnd = 0x110001;    // stands behind the last one
constexpr Code kCodes = 0x110002;

struct PatternError : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

// ---------------------------------------------------------------- sets of characters

// Sorted, disjoint, closed intervals.
struct CharSet {
    std::vector<std::pair<Code, Code>> ranges;

    void add(Code lo, Code hi) { ranges.emplace_back(lo, hi); }

    void normalize() {
        std::sort(ranges.begin(), ranges.end());
        std::vector<std::pair<Code, Code>> out;
        for (const auto& r : ranges) {
            if (!out.empty() && r.first <= out.back().second + 1) {
                out.back().second = std::max(out.back().second, r.second);
            } else {
                out.push_back(r);
            }
        }
        ranges.swap(out);
    }

    CharSet complement() const {  // within the real characters
        CharSet out;
        Code next = 0;
        for (const auto& r : ranges) {
            if (r.first > kLastCode) break;
            if (r.first > next) out.add(next, r.first - 1);
            next = r.second + 1;
        }
        if (next <= kLastCode) out.add(next, kLastCode);
        return out;
    }
};

// ---------------------------------------------------------------- syntax trees

enum class Kind { kEmpty, kSet, kConcat, kAlternative, kRepeat };

struct Node {
    Kind kind = Kind::kEmpty;
    CharSet set;                               // kSet
    std::vector<std::unique_ptr<Node>> items;  // kConcat, kAlternative; kRepeat has one
    int low = 0, high = 0;                     // kRepeat; high < 0: no limit
};
using NodePtr = std::unique_ptr<Node>;

struct Pattern {
    std::vector<CharSet> before, after;  // context, one set a character
    NodePtr body;
};

inline int min_length(const Node& node) {
    switch (node.kind) {
        case Kind::kEmpty: return 0;
        case Kind::kSet: return 1;
        case Kind::kConcat: {
            int total = 0;
            for (const auto& item : node.items) total = std::min(total + min_length(*item), 1 << 20);
            return total;
        }
        case Kind::kAlternative: {
            int least = 1 << 20;
            for (const auto& item : node.items) least = std::min(least, min_length(*item));
            return least;
        }
        case Kind::kRepeat: return node.low == 0 ? 0 : min_length(*node.items[0]);
    }
    return 0;
}

class Parser {
   public:
    explicit Parser(const Text32& source) : s_(source) {}

    // One for each alternative at the top, since each may have context of its own.
    std::vector<Pattern> parse() {
        std::vector<Pattern> out;
        while (true) {
            out.push_back(branch());
            if (!more()) return out;
            if (take() != '|') {
                fail("unexpected character (look-around is supported at the ends of a pattern only)");
            }
        }
    }

   private:
    static constexpr int kMaxDepth = 40;
    static constexpr int kMaxRepeat = 255;
    const Text32& s_;
    size_t at_ = 0;
    bool fold_case_ = false;

    [[noreturn]] void fail(const char* what) const {
        throw PatternError(std::string(what) + ", at position " + std::to_string(at_));
    }
    bool more() const { return at_ < s_.size(); }
    Code peek() const { return s_[at_]; }
    bool looking_at(const char* word) const {
        size_t i = at_;
        for (; *word; ++word, ++i) {
            if (i >= s_.size() || s_[i] != static_cast<Code>(*word)) return false;
        }
        return true;
    }
    Code take() {
        if (!more()) fail("the pattern ends too early");
        return s_[at_++];
    }

    Pattern branch() {
        Pattern pattern;
        if (looking_at("(?<=") || looking_at("(?<!")) {
            bool negative = s_[at_ + 3] == '!';
            at_ += 4;
            pattern.before = context(negative, kBegin);
        }
        pattern.body = sequence(0);
        if (looking_at("(?=") || looking_at("(?!")) {
            bool negative = s_[at_ + 2] == '!';
            at_ += 3;
            pattern.after = context(negative, kEnd);
        }
        if (min_length(*pattern.body) == 0) fail("the pattern matches the empty string");
        return pattern;
    }

    std::vector<CharSet> context(bool negative, Code edge) {
        std::vector<CharSet> sets;
        while (more() && peek() != ')') {
            NodePtr node = atom(0);
            if (node->kind != Kind::kSet) fail("context must be a sequence of characters or classes");
            sets.push_back(std::move(node->set));
        }
        take();
        if (sets.empty() || sets.size() > 8) fail("context must have 1 to 8 characters");
        if (negative) {
            if (sets.size() != 1) fail("negative context must be a single character or class");
            CharSet other = sets[0].complement();
            other.add(edge, edge);
            sets[0] = std::move(other);
        }
        return sets;
    }

    NodePtr alternatives(int depth) {
        if (depth > kMaxDepth) fail("groups are nested too deeply");
        auto choice = std::make_unique<Node>();
        choice->kind = Kind::kAlternative;
        choice->items.push_back(sequence(depth));
        while (more() && peek() == '|') {
            ++at_;
            choice->items.push_back(sequence(depth));
        }
        if (choice->items.size() == 1) return std::move(choice->items[0]);
        return choice;
    }

    NodePtr sequence(int depth) {
        auto out = std::make_unique<Node>();
        out->kind = Kind::kConcat;
        while (more() && peek() != '|' && peek() != ')') {
            if (looking_at("(?=") || looking_at("(?!")) break;  // parse() decides whether it may stand here
            out->items.push_back(repeated(depth));
        }
        return out;
    }

    NodePtr repeated(int depth) {
        NodePtr node = atom(depth);
        while (more()) {
            int low, high;
            Code c = peek();
            if (c == '?') { low = 0; high = 1; ++at_; }
            else if (c == '*') { low = 0; high = -1; ++at_; }
            else if (c == '+') { low = 1; high = -1; ++at_; }
            else if (c == '{') { ++at_; braces(&low, &high); }
            else break;
            if (more() && (peek() == '?' || peek() == '+')) fail("lazy and possessive repeats are not supported");
            auto repeat = std::make_unique<Node>();
            repeat->kind = Kind::kRepeat;
            repeat->low = low;
            repeat->high = high;
            repeat->items.push_back(std::move(node));
            node = std::move(repeat);
        }
        return node;
    }

    int number() {
        if (!more() || peek() < '0' || peek() > '9') fail("a number is missing in {}");
        int value = 0;
        while (more() && peek() >= '0' && peek() <= '9') {
            value = value * 10 + static_cast<int>(take() - '0');
            if (value > kMaxRepeat) fail("a repeat count is above 255");
        }
        return value;
    }

    void braces(int* low, int* high) {
        *low = *high = number();
        if (more() && peek() == ',') {
            ++at_;
            *high = (more() && peek() == '}') ? -1 : number();
        }
        if (take() != '}') fail("a repeat is not closed");
        if (*high >= 0 && *high < *low) fail("a repeat has its counts in the wrong order");
    }

    NodePtr atom(int depth) {
        Code c = take();
        auto node = std::make_unique<Node>();
        node->kind = Kind::kSet;
        switch (c) {
            case '(': {
                bool fold = fold_case_;
                if (looking_at("?i:")) { at_ += 3; fold_case_ = true; }
                else if (looking_at("?:")) { at_ += 2; }
                else if (more() && peek() == '?') fail("this kind of group is not supported here");
                NodePtr inner = alternatives(depth + 1);
                if (take() != ')') fail("a group is not closed");
                fold_case_ = fold;
                return inner;
            }
            case '[': node->set = char_class(); return node;
            case '.':  // as in Python: anything but a line break, which no chunk holds
                node->set.add('\n', '\n');
                node->set = node->set.complement();
                return node;
            case '\\': c = escaped(); break;
            case '*': case '+': case '?': case '{': fail("nothing to repeat");
            case ')': case ']': case '}': fail("a bracket is not opened (escape it)");
            case '|': fail("context has no alternatives");
            case '^': case '$': fail("anchors are not supported: rules are anchored by their kind");
            default: break;
        }
        add_folded(&node->set, c, c);
        node->set.normalize();
        return node;
    }

    Code escaped() {
        Code c = take();
        bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == 'n') return '\n';
        if (c == 't') return '\t';
        if (c == 'r') return '\r';
        if (letter_or_digit) fail("escapes of letters and digits are not supported (write the class)");
        return c;
    }

    void add_folded(CharSet* set, Code lo, Code hi) const {
        set->add(lo, hi);
        if (!fold_case_) return;
        // The letters of ASCII, and the four characters that Python's IGNORECASE ties to them.
        for (Code c = 'a'; c <= 'z'; ++c) {
            Code upper = c - 32;
            bool has = (lo <= c && c <= hi) || (lo <= upper && upper <= hi);
            if (!has) continue;
            set->add(c, c);
            set->add(upper, upper);
            if (c == 'i') { set->add(0x130, 0x131); }
            if (c == 's') { set->add(0x17F, 0x17F); }
            if (c == 'k') { set->add(0x212A, 0x212A); }
        }
    }

    CharSet char_class() {
        CharSet set;
        bool negative = more() && peek() == '^';
        if (negative) ++at_;
        bool first = true;
        while (true) {
            Code lo = take();
            if (lo == ']' && !first) break;
            first = false;
            if (lo == '[') fail("escape [ inside a class");
            if (lo == '\\') lo = escaped();
            Code hi = lo;
            if (at_ + 1 < s_.size() && peek() == '-' && s_[at_ + 1] != ']') {
                ++at_;
                hi = take();
                if (hi == '\\') hi = escaped();
                if (hi < lo) fail("a range has its ends in the wrong order");
            }
            add_folded(&set, lo, hi);
        }
        set.normalize();
        return negative ? set.complement() : set;
    }
};

// ---------------------------------------------------------------- classes of characters

// Characters which no set tells apart share a symbol. Lookup is one two-level table.
class Alphabet {
   public:
    int add(const CharSet& set) {  // the set's number
        auto found = numbers_.find(set.ranges);
        if (found != numbers_.end()) return found->second;
        int number = static_cast<int>(sets_.size());
        sets_.push_back(set);
        numbers_.emplace(set.ranges, number);
        return number;
    }

    void build() {
        std::vector<Code> cuts{0, kBegin, kEnd, kCodes};
        for (const auto& set : sets_) {
            for (const auto& r : set.ranges) {
                cuts.push_back(r.first);
                cuts.push_back(r.second + 1);
            }
        }
        std::sort(cuts.begin(), cuts.end());
        cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
        size_t n = cuts.size() - 1;
        std::vector<std::vector<int>> members(n);
        for (size_t i = 0; i < sets_.size(); ++i) {
            for (const auto& r : sets_[i].ranges) {
                size_t k = std::lower_bound(cuts.begin(), cuts.end(), r.first) - cuts.begin();
                for (; k < n && cuts[k] <= r.second; ++k) members[k].push_back(static_cast<int>(i));
            }
        }
        std::map<std::vector<int>, int> symbols;
        std::vector<uint16_t> of_cut(n);
        symbols_of_set_.assign(sets_.size(), {});
        for (size_t k = 0; k < n; ++k) {
            auto placed = symbols.emplace(members[k], static_cast<int>(symbols.size()));
            int symbol = placed.first->second;
            if (placed.second) {
                for (int set : members[k]) symbols_of_set_[set].push_back(symbol);
            }
            of_cut[k] = static_cast<uint16_t>(symbol);
        }
        if (symbols.size() > 60000) throw PatternError("the rules tell too many classes of characters apart");
        n_symbols_ = static_cast<int>(symbols.size());
        fill_pages(cuts, of_cut);
    }

    int n_symbols() const { return n_symbols_; }
    size_t n_sets() const { return sets_.size(); }
    const std::vector<int>& symbols_of(int set) const { return symbols_of_set_[set]; }  // sorted
    bool holds(int set, int symbol) const {
        return std::binary_search(symbols_of_set_[set].begin(), symbols_of_set_[set].end(), symbol);
    }
    uint16_t symbol(Code c) const { return pages_[(static_cast<size_t>(index_[c >> 8]) << 8) | (c & 255)]; }

   private:
    std::vector<CharSet> sets_;
    std::map<std::vector<std::pair<Code, Code>>, int> numbers_;
    std::vector<std::vector<int>> symbols_of_set_;
    std::vector<uint16_t> index_, pages_;
    int n_symbols_ = 0;

    void fill_pages(const std::vector<Code>& cuts, const std::vector<uint16_t>& of_cut) {
        std::map<std::vector<uint16_t>, uint16_t> known;
        std::vector<uint16_t> page(256);
        size_t k = 0;
        uint16_t uniform_page = 0;
        int uniform_symbol = -1;
        for (Code base = 0; base < kCodes; base += 256) {
            while (cuts[k + 1] <= base) ++k;
            if (cuts[k + 1] >= base + 256) {  // one symbol all through: the common case
                if (uniform_symbol == of_cut[k]) {
                    index_.push_back(uniform_page);
                    continue;
                }
                std::fill(page.begin(), page.end(), of_cut[k]);
            } else {
                size_t j = k;
                for (Code c = base; c < base + 256; ++c) {
                    while (j + 2 < cuts.size() && cuts[j + 1] <= c) ++j;
                    page[c - base] = of_cut[j];
                }
            }
            auto placed = known.emplace(page, static_cast<uint16_t>(known.size()));
            if (placed.second) pages_.insert(pages_.end(), page.begin(), page.end());
            index_.push_back(placed.first->second);
            if (cuts[k + 1] >= base + 256) {
                uniform_page = placed.first->second;
                uniform_symbol = of_cut[k];
            }
        }
    }
};

// ---------------------------------------------------------------- automata

// Non-deterministic automaton (Thompson) of several patterns, read forward or backward.
class Nfa {
   public:
    struct State {
        int set = -1;               // consumes a character of this set and goes to `next`; −1: moves for free
        int next = -1, other = -1;  // −1: none
        int lag = -1;               // accepting, when ≥ 0: that many characters of context were read beyond the match
    };
    std::vector<State> states;
    std::vector<int> starts;

    explicit Nfa(Alphabet* alphabet) : alphabet_(alphabet) {}

    // `lead`: how many characters before the match every pattern is to read.
    void add(const Pattern& pattern, bool backward, size_t lead) {
        const auto& before = backward ? pattern.after : pattern.before;
        const auto& after = backward ? pattern.before : pattern.after;
        int accept = fresh();
        states[accept].lag = static_cast<int>(after.size());
        int to = accept;
        for (size_t i = 0; i < after.size(); ++i) {  // built from the end; backward reading turns the order around
            to = consuming(backward ? after[i] : after[after.size() - 1 - i], to);
        }
        to = build(*pattern.body, to, backward);
        for (size_t i = 0; i < before.size(); ++i) {
            to = consuming(backward ? before[i] : before[before.size() - 1 - i], to);
        }
        CharSet anything;
        anything.add(0, kEnd);
        for (size_t i = before.size(); i < lead; ++i) to = consuming(anything, to);
        starts.push_back(to);
    }

   private:
    Alphabet* alphabet_;
    static constexpr size_t kMaxStates = 200000;

    int fresh() {
        if (states.size() >= kMaxStates) throw PatternError("the rules are too large");
        states.emplace_back();
        return static_cast<int>(states.size()) - 1;
    }
    int consuming(const CharSet& set, int to) {
        int s = fresh();
        states[s].set = alphabet_->add(set);
        states[s].next = to;
        return s;
    }
    int fork(int a, int b) {
        int s = fresh();
        states[s].next = a;
        states[s].other = b;
        return s;
    }
    // The state from which `node`, followed by whatever `to` accepts, is read.
    int build(const Node& node, int to, bool backward) {
        switch (node.kind) {
            case Kind::kEmpty: return to;
            case Kind::kSet: return consuming(node.set, to);
            case Kind::kConcat:
                if (backward) {
                    for (const auto& item : node.items) to = build(*item, to, backward);
                } else {
                    for (size_t i = node.items.size(); i-- > 0;) to = build(*node.items[i], to, backward);
                }
                return to;
            case Kind::kAlternative: {
                int all = -1;
                for (const auto& item : node.items) {
                    int one = build(*item, to, backward);
                    all = all < 0 ? one : fork(one, all);
                }
                return all;
            }
            case Kind::kRepeat: {
                const Node& item = *node.items[0];
                if (node.high < 0) {
                    int loop = fork(-1, to);
                    int inner = build(item, loop, backward);
                    states[loop].next = inner;
                    to = loop;
                } else {
                    int out = to;
                    for (int i = node.low; i < node.high; ++i) to = fork(build(item, to, backward), out);
                }
                for (int i = 0; i < node.low; ++i) to = build(item, to, backward);
                return to;
            }
        }
        return to;
    }
};

// Deterministic automaton. State 0 is dead, state 1 the start.
class Dfa {
   public:
    size_t lead = 0;

    bool empty() const { return lags_.size() <= 1; }
    int n_states() const { return static_cast<int>(lags_.size()); }
    int step(int state, int symbol) const { return table_[static_cast<size_t>(state) * n_symbols_ + symbol]; }
    int lag(int state) const { return lags_[state]; }  // −1: not accepting
    static constexpr int kStart = 1;

    void build(const Nfa& nfa, const Alphabet& alphabet, size_t lead_length) {
        lead = lead_length;
        n_symbols_ = alphabet.n_symbols();
        lags_.assign(1, -1);
        table_.assign(n_symbols_, 0);
        if (nfa.starts.empty()) return;
        std::vector<std::vector<int>> sets(1);
        std::unordered_map<std::vector<int>, int, SetHash> numbers;
        std::vector<int> mark(nfa.states.size(), -1);
        int round = 0;
        std::vector<int> stack;
        auto closed = [&](const std::vector<int>& seeds) {
            std::vector<int> out;
            ++round;
            stack.assign(seeds.begin(), seeds.end());
            while (!stack.empty()) {
                int s = stack.back();
                stack.pop_back();
                if (s < 0 || mark[s] == round) continue;
                mark[s] = round;
                const auto& state = nfa.states[s];
                if (state.set >= 0 || state.lag >= 0) {
                    out.push_back(s);
                } else {
                    stack.push_back(state.next);
                    stack.push_back(state.other);
                }
            }
            std::sort(out.begin(), out.end());
            return out;
        };
        auto number_of = [&](std::vector<int> set) {
            auto placed = numbers.emplace(set, static_cast<int>(sets.size()));
            if (placed.second) {
                if (sets.size() > kMaxStates) throw PatternError("the rules make too large an automaton");
                int least = -1;
                for (int s : set) {
                    int lag = nfa.states[s].lag;
                    if (lag >= 0 && (least < 0 || lag < least)) least = lag;
                }
                lags_.push_back(static_cast<int8_t>(least));
                sets.push_back(std::move(set));
            }
            return placed.first->second;
        };
        number_of(closed(nfa.starts));
        Parts parts(n_symbols_);
        std::vector<size_t> done(alphabet.n_sets(), 0);
        std::vector<int> seeds, to;
        for (size_t i = 1; i < sets.size(); ++i) {
            const std::vector<int> from = sets[i];
            parts.begin();
            for (int s : from) {
                const int set = nfa.states[s].set;
                if (set < 0 || done[set] == i) continue;
                done[set] = i;
                parts.split(alphabet.symbols_of(set));
            }
            table_.resize(table_.size() + n_symbols_, 0);
            to.assign(parts.size(), -1);
            to[0] = 0;  // what no set holds
            for (int symbol = 0; symbol < n_symbols_; ++symbol) {
                int& target = to[parts.of(symbol)];
                if (target < 0) {
                    seeds.clear();
                    for (int s : from) {
                        const auto& state = nfa.states[s];
                        if (state.set >= 0 && alphabet.holds(state.set, symbol)) seeds.push_back(state.next);
                    }
                    target = number_of(closed(seeds));
                }
                table_[i * n_symbols_ + symbol] = static_cast<uint16_t>(target);
            }
        }
    }

   private:
    // Symbols that the sets of a state do not tell apart: most lead to one of a few states. All are in part 0 at first.
    class Parts {
       public:
        explicit Parts(int n_symbols) : part_(n_symbols) {}

        void begin() {
            std::fill(part_.begin(), part_.end(), 0);
            made_.assign(1, -1);
            round_of_.assign(1, 0);
            round_ = 0;
        }
        // Of each part, the symbols that are among these make a new one.
        void split(const std::vector<int>& symbols) {
            ++round_;
            for (int symbol : symbols) {
                const int old = part_[symbol];
                if (round_of_[old] != round_) {
                    round_of_[old] = round_;
                    made_[old] = static_cast<int>(made_.size());
                    made_.push_back(-1);
                    round_of_.push_back(0);
                }
                part_[symbol] = made_[old];
            }
        }
        int of(int symbol) const { return part_[symbol]; }
        size_t size() const { return made_.size(); }

       private:
        std::vector<int> part_;
        std::vector<int> made_, round_of_;  // by part: the one made of it in a round, and that round
        int round_ = 0;
    };
    struct SetHash {
        size_t operator()(const std::vector<int>& set) const {
            uint64_t h = set.size();
            for (int s : set) h = (h ^ static_cast<uint64_t>(s)) * 0x9E3779B97F4A7C15ull, h ^= h >> 29;
            return static_cast<size_t>(h);
        }
    };
    static constexpr size_t kMaxStates = 30000;
    int n_symbols_ = 0;
    std::vector<uint16_t> table_;
    std::vector<int8_t> lags_;
};

}  // namespace tokenizer
}  // namespace nlpcore
