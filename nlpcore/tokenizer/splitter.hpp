// From text to tokens: the order of operations, on top of the automata. Reads UCS-1, UCS-2 or UCS-4, allocates only
// for its output and one small scratch buffer, touches no Python object.
//
// Time is linear in the text:
//  - a scan for a prefix, suffix or infix gives up `kReach` characters after the last place where it could have ended;
//    what it matched is consumed, so every character is read at most about `kReach` times;
//  - whole-chunk patterns (token, URL) are tried once, and again only after each of the first `kRechecks` affixes;
//  - special cases are looked up by length and hash; none is longer than what the table holds.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "automaton.hpp"
#include "nlpcore/vocab/white_space.hpp"

namespace nlpcore {
namespace tokenizer {

enum TokenKind : uint8_t {
    kSpace = 0,
    kToken = 1,
    kPrefix = 2,
    kSuffix = 3,
    kInfix = 4,
    kTokenMatch = 5,
    kUrlMatch = 6,
    kSpecial = 8,  // kSpecial + i: the i-th piece of a special case (up to 240)
};

constexpr int kReach = 128;
constexpr int kRechecks = 64;

using nlpcore::is_space;

struct Tokens {
    std::vector<int64_t> starts;
    std::vector<int32_t> lengths;
    std::vector<uint8_t> spacy;  // one blank follows, which belongs to this token
    std::vector<int32_t> norms;  // index into the table of norms, or −1
    std::vector<uint8_t> kinds;

    size_t size() const { return starts.size(); }
    void push(int64_t start, int64_t length, int32_t norm, uint8_t kind) {
        if (length > INT32_MAX) throw std::length_error("a token has more than 2,147,483,647 characters");
        starts.push_back(start);
        lengths.push_back(static_cast<int32_t>(length));
        spacy.push_back(0);
        norms.push_back(norm);
        kinds.push_back(kind);
    }
    void resize(size_t n) {
        starts.resize(n);
        lengths.resize(n);
        spacy.resize(n);
        norms.resize(n);
        kinds.resize(n);
    }
    void erase_front(size_t n) {
        starts.erase(starts.begin(), starts.begin() + n);
        lengths.erase(lengths.begin(), lengths.begin() + n);
        spacy.erase(spacy.begin(), spacy.begin() + n);
        norms.erase(norms.begin(), norms.begin() + n);
        kinds.erase(kinds.begin(), kinds.begin() + n);
    }
};

// Strings with a fixed split of their own.
class SpecialCases {
   public:
    struct Piece {
        int32_t length, norm;
    };
    struct Case {
        Text32 text;
        std::vector<Piece> pieces;
        int32_t condition = -1;  // number of the patterns one of which must match the text behind; −1: none
        bool crosses = false;  // the affix rules would cut it, or it holds white space: looked for among tokens too
    };

    void set(Case item) {
        if (item.text.size() > max_length_) max_length_ = item.text.size();
        if (item.text.size() >= has_length_.size()) has_length_.resize(item.text.size() + 1, 0);
        has_length_[item.text.size()] = 1;
        if (item.crosses) {
            n_crossing_ += 1;
            if (item.text.size() > max_crossing_) max_crossing_ = item.text.size();
            first_[item.text[0] & 1023] = 1;
        }
        uint64_t h = kSeed;
        for (Code c : item.text) h = mix(h, c);
        table_[h].push_back(static_cast<int>(cases_.size()));
        maybe_[slot(h)] = 1;
        cases_.push_back(std::move(item));
    }

    static constexpr uint64_t kSeed = 0xcbf29ce484222325ull;
    static uint64_t mix(uint64_t h, Code c) { return (h ^ c) * 0x100000001b3ull; }

    template <typename Char>
    const Case* find(const Char* text, size_t n) const {
        if (n >= has_length_.size() || !has_length_[n]) return nullptr;
        uint64_t h = kSeed;
        for (size_t i = 0; i < n; ++i) h = mix(h, text[i]);
        return find_hashed(text, n, h);
    }

    template <typename Char>
    const Case* find_hashed(const Char* text, size_t n, uint64_t h) const {
        if (n >= has_length_.size() || !has_length_[n] || !maybe_[slot(h)]) return nullptr;
        auto found = table_.find(h);
        if (found == table_.end()) return nullptr;
        for (int i : found->second) {
            const Case& item = cases_[i];
            if (item.text.size() != n) continue;
            size_t k = 0;
            while (k < n && item.text[k] == static_cast<Code>(text[k])) ++k;
            if (k == n) return &item;
        }
        return nullptr;
    }

    bool spaced = false;  // some case holds white space: one pass over the whole text

    bool any_crossing() const { return n_crossing_ > 0; }
    bool may_cross(Code first) const { return first_[first & 1023]; }
    size_t max_crossing() const { return max_crossing_; }

   private:
    std::vector<Case> cases_;
    std::unordered_map<uint64_t, std::vector<int>> table_;
    std::vector<uint8_t> has_length_;
    std::vector<uint8_t> maybe_ = std::vector<uint8_t>(1 << 16, 0);  // by slot of the hash: is any case there at all?

    static size_t slot(uint64_t h) { return static_cast<size_t>((h ^ (h >> 32)) & 0xFFFF); }
    size_t max_length_ = 0, max_crossing_ = 0, n_crossing_ = 0;
    uint8_t first_[1024] = {0};
};

class Splitter {
   public:
    enum Rule { kPrefixes = 0, kSuffixes, kInfixes, kKept, kTokens, kUrls, kRules };

    Splitter() : specials_(new SpecialCases) {}

    // Patterns of all kinds share one alphabet, so they are compiled together: those of the six rules, and behind them
    // those of each condition. Throws PatternError, its message led by "KIND INDEX: ".
    void compile(const std::vector<std::vector<Text32>>& patterns) {
        static const char* const kNames[] = {"prefix", "suffix", "infix", "kept", "token", "url", "condition"};
        const int n_kinds = static_cast<int>(patterns.size());
        if (n_kinds < kRules) throw PatternError("a kind of rules is missing");
        Alphabet alphabet;
        std::vector<Nfa> nfas;
        std::vector<size_t> leads(n_kinds, 0);
        for (int r = 0; r < n_kinds; ++r) {
            bool backward = r == kSuffixes;
            std::vector<Pattern> parsed;
            for (size_t i = 0; i < patterns[r].size(); ++i) {
                try {
                    for (Pattern& p : Parser(patterns[r][i]).parse()) {
                        if ((r == kTokens || r == kUrls) && (!p.before.empty() || !p.after.empty())) {
                            throw PatternError("a pattern for whole tokens has no context");
                        }
                        leads[r] = std::max(leads[r], backward ? p.after.size() : p.before.size());
                        parsed.push_back(std::move(p));
                    }
                } catch (const PatternError& e) {
                    throw PatternError(std::string(kNames[std::min<int>(r, kRules)]) + " " + std::to_string(i) + ": " + e.what());
                }
            }
            nfas.emplace_back(&alphabet);
            for (const auto& p : parsed) nfas.back().add(p, backward, leads[r]);
        }
        alphabet.build();
        rules_.assign(n_kinds, Dfa());
        for (int r = 0; r < n_kinds; ++r) rules_[r].build(nfas[r], alphabet, leads[r]);
        begin_ = alphabet.symbol(kBegin);
        end_ = alphabet.symbol(kEnd);
        alphabet_ = std::move(alphabet);
        find_infix_starts();
    }

    int n_symbols() const { return alphabet_.n_symbols(); }
    int n_states(int rule) const { return rules_[rule].n_states(); }

    // A new table, so that readers of the old one are not disturbed.
    void set_specials(std::vector<SpecialCases::Case> cases) {
        auto table = std::make_shared<SpecialCases>();
        for (auto& item : cases) {
            bool white = false;
            for (Code c : item.text) white = white || is_space(c);
            item.crosses = white || is_cut(item.text);
            table->spaced = table->spaced || white;
            table->set(std::move(item));
        }
        specials_ = std::move(table);
    }

    // The table of special cases in use. It never changes; who asked for it may keep it while others set a new one. To
    // be called by one thread at a time.
    std::shared_ptr<const SpecialCases> specials() const { return specials_; }

    template <typename Char>
    void split(const SpecialCases& specials, const Char* text, int64_t n, Tokens* out) const {
        for (int64_t at = 0; at < n;) at = split_some(specials, text, n, at, n, out);
    }

    // Tokens of the text from `at` on, as far as the first chunk that ends at or behind `stop`; where it ends is where
    // the next call goes on. `out` holds all tokens before; where special cases hold white space the text is
    // taken in one piece.
    template <typename Char>
    int64_t split_some(const SpecialCases& specials, const Char* text, int64_t n, int64_t at, int64_t stop,
                       Tokens* out) const {
        Scratch scratch;
        if (specials.spaced) stop = n;
        int64_t i = at;
        while (i < stop) {
            int64_t start = i;
            if (is_space(text[i])) {
                while (i < n && is_space(text[i])) ++i;
                if (text[start] == ' ' && start > 0) {
                    out->spacy.back() = 1;
                    ++start;
                }
                if (start < i) out->push(start, i - start, -1, kSpace);
                continue;
            }
            scratch.symbols.clear();
            for (; i < n && !is_space(text[i]); ++i) scratch.symbols.push_back(alphabet_.symbol(text[i]));
            size_t first = out->size();
            split_chunk(specials, text, n, start, i, &scratch, out);
            if (!specials.spaced && specials.any_crossing() && out->size() - first > 1) {
                apply_crossing(specials, text, n, first, out);
            }
        }
        if (specials.spaced) apply_crossing(specials, text, n, 0, out);
        return i;
    }

    // The longest match of a rule in a string by itself: prefix at its start, suffix at its end; 0: none.
    int64_t affix_length(int rule, const Text32& s) const {
        Scratch scratch;
        for (Code c : s) scratch.symbols.push_back(alphabet_.symbol(c));
        int64_t n = static_cast<int64_t>(s.size());
        return rule == kPrefixes ? prefix(scratch.symbols.data(), n) : suffix(scratch.symbols.data(), n);
    }
    bool whole_match(int rule, const Text32& s) const {
        Scratch scratch;
        for (Code c : s) scratch.symbols.push_back(alphabet_.symbol(c));
        return whole(rules_[rule], scratch.symbols.data(), static_cast<int64_t>(s.size()));
    }
    std::vector<std::pair<int64_t, int64_t>> infix_matches(const Text32& s) const {
        Scratch scratch;
        for (Code c : s) scratch.symbols.push_back(alphabet_.symbol(c));
        std::vector<std::pair<int64_t, int64_t>> found;
        each_infix(scratch.symbols.data(), static_cast<int64_t>(s.size()),
                   [&](int64_t start, int64_t end) { found.emplace_back(start, end); });
        return found;
    }

   private:
    struct Scratch {
        std::vector<uint16_t> symbols;
        std::vector<std::pair<int64_t, int64_t>> suffixes;
    };

    Alphabet alphabet_;
    std::vector<Dfa> rules_{kRules};  // by Rule; behind them the conditions
    uint16_t begin_ = 0, end_ = 0;
    std::vector<uint8_t> starts_infix_;  // by symbol
    std::shared_ptr<const SpecialCases> specials_;

    // Longest match from `at` on; `Step` is +1 or −1 through symbols[0, n).
    template <int Step>
    int64_t longest(const Dfa& dfa, const uint16_t* symbols, int64_t n, int64_t at) const {
        if (dfa.empty()) return 0;
        int state = Dfa::kStart;
        auto symbol_at = [&](int64_t i) -> int {
            if (i < 0) return begin_;
            if (i >= n) return end_;
            return symbols[i];
        };
        for (int64_t k = static_cast<int64_t>(dfa.lead); k > 0; --k) state = dfa.step(state, symbol_at(at - Step * k));
        int64_t best = 0, read = 0, limit = kReach;
        int64_t i = at;
        while (state != 0 && read < limit) {
            bool edge = i < 0 || i >= n;
            state = dfa.step(state, symbol_at(i));
            if (state == 0) break;
            ++read;
            i += Step;
            int lag = dfa.lag(state);
            if (lag >= 0 && read - lag > best) {
                best = read - lag;
                limit = read + kReach;
            }
            if (edge) break;
        }
        return best;
    }
    int64_t prefix(const uint16_t* s, int64_t n) const { return longest<1>(rules_[kPrefixes], s, n, 0); }
    int64_t suffix(const uint16_t* s, int64_t n) const { return longest<-1>(rules_[kSuffixes], s, n, n - 1); }
    int64_t infix(const uint16_t* s, int64_t n, int64_t at) const { return longest<1>(rules_[kInfixes], s, n, at); }

    static bool whole(const Dfa& dfa, const uint16_t* s, int64_t n) {
        if (dfa.empty()) return false;
        int state = Dfa::kStart;
        for (int64_t i = 0; i < n; ++i) {
            state = dfa.step(state, s[i]);
            if (state == 0) return false;
        }
        return dfa.lag(state) >= 0;
    }

    // Most characters cannot start an infix whatever stands before them.
    void find_infix_starts() {
        const Dfa& dfa = rules_[kInfixes];
        starts_infix_.assign(alphabet_.n_symbols(), 0);
        if (dfa.empty()) return;
        std::vector<int> states{Dfa::kStart};
        for (size_t k = 0; k < dfa.lead; ++k) {
            std::vector<uint8_t> reached(dfa.n_states(), 0);
            std::vector<int> next;
            for (int s : states) {
                for (int symbol = 0; symbol < alphabet_.n_symbols(); ++symbol) {
                    int to = dfa.step(s, symbol);
                    if (to && !reached[to]) {
                        reached[to] = 1;
                        next.push_back(to);
                    }
                }
            }
            states.swap(next);
        }
        for (int s : states) {
            for (int symbol = 0; symbol < alphabet_.n_symbols(); ++symbol) {
                if (dfa.step(s, symbol)) starts_infix_[symbol] = 1;
            }
        }
    }

    bool is_cut(const Text32& s) const {
        if (affix_length(kPrefixes, s) || affix_length(kSuffixes, s)) return true;
        return !infix_matches(s).empty();
    }

    static void push_special(const SpecialCases::Case& item, int64_t start, Tokens* out) {
        int index = 0;
        for (const auto& piece : item.pieces) {
            out->push(start, piece.length, piece.norm, static_cast<uint8_t>(kSpecial + std::min(index++, 240)));
            start += piece.length;
        }
    }

    // Does what stands in text[at, n) allow the special case?
    template <typename Char>
    bool holds(const SpecialCases::Case& item, const Char* text, int64_t n, int64_t at) const {
        if (item.condition < 0) return true;
        const Dfa& dfa = rules_[kRules + item.condition];
        if (dfa.empty()) return false;
        int state = Dfa::kStart;
        for (size_t k = 0; k < dfa.lead; ++k) state = dfa.step(state, begin_);
        for (int64_t i = at; i < at + kReach && state != 0; ++i) {
            state = dfa.step(state, i < n ? alphabet_.symbol(text[i]) : end_);
            if (dfa.lag(state) >= 0) return true;
            if (i >= n) break;
        }
        return false;
    }

    template <typename Char>
    const SpecialCases::Case* special_at(const SpecialCases& specials, const Char* text, int64_t n, int64_t start,
                                         int64_t end) const {
        const SpecialCases::Case* found = specials.find(text + start, end - start);
        return found && holds(*found, text, n, end) ? found : nullptr;
    }

    // Tokens of the chunk text[offset, chunk_end) of a text of `size` characters.
    template <typename Char>
    void split_chunk(const SpecialCases& specials, const Char* text, int64_t size, int64_t offset, int64_t chunk_end,
                     Scratch* scratch, Tokens* out) const {
        const uint16_t* symbols = scratch->symbols.data();
        auto& suffixes = scratch->suffixes;
        suffixes.clear();
        int64_t p = 0, q = chunk_end - offset;
        const SpecialCases::Case* special = nullptr;
        bool matched = false;
        int affixes = 0;
        while (p < q) {
            special = special_at(specials, text, size, offset + p, offset + q);
            if (special) break;
            if (affixes <= kRechecks && whole(rules_[kTokens], symbols + p, q - p)) {
                matched = true;
                break;
            }
            const int64_t pre = prefix(symbols + p, q - p);
            if (pre && p + pre < q) {
                special = special_at(specials, text, size, offset + p + pre, offset + q);
            }
            const int64_t suf = !special && p + pre < q ? suffix(symbols + p + pre, q - p - pre) : 0;
            if (suf && p < q - suf) {  // the special case may begin with what looks like a prefix
                special = special_at(specials, text, size, offset + p, offset + q - suf);
            }
            if (pre && !(suf && special)) {
                out->push(offset + p, pre, -1, kPrefix);
                p += pre;
                ++affixes;
            }
            if (suf) {
                suffixes.emplace_back(q - suf, suf);
                q -= suf;
                ++affixes;
            }
            if (special || (!pre && !suf)) break;
        }
        if (p < q) {
            if (special) {
                push_special(*special, offset + p, out);
            } else if (matched) {
                out->push(offset + p, q - p, -1, kTokenMatch);
            } else if (whole(rules_[kUrls], symbols + p, q - p)) {
                out->push(offset + p, q - p, -1, kUrlMatch);
            } else {
                split_infixes(symbols + p, q - p, offset + p, out);
            }
        }
        for (size_t i = suffixes.size(); i-- > 0;) {
            out->push(offset + suffixes[i].first, suffixes[i].second, -1, kSuffix);
        }
    }

    // Infixes from left to right. What a `kept` pattern matches at the start of a piece is passed over. A match at the
    // very start of the string is no infix: it stays with what follows.
    template <typename Use>
    void each_infix(const uint16_t* s, int64_t n, Use use) const {
        bool piece_start = true;
        for (int64_t at = 0; at < n;) {
            if (piece_start) {
                piece_start = false;
                int64_t kept = longest<1>(rules_[kKept], s, n, at);
                if (kept) {
                    at += kept;
                    continue;
                }
            }
            int64_t length = at > 0 && starts_infix_[s[at]] ? infix(s, n, at) : 0;
            if (length) {
                use(at, at + length);
                at += length;
                piece_start = true;
            } else {
                ++at;
            }
        }
    }

    void split_infixes(const uint16_t* s, int64_t n, int64_t offset, Tokens* out) const {
        int64_t from = 0;
        each_infix(s, n, [&](int64_t start, int64_t end) {
            if (start > from) out->push(offset + from, start - from, -1, kToken);
            out->push(offset + start, end - start, -1, kInfix);
            from = end;
        });
        if (from < n) out->push(offset + from, n - from, -1, kToken);
    }

    // Special cases that the affix rules have cut, or that hold white space: a run of tokens from `first` on whose
    // text is such a case is replaced. Leftmost, longest.
    template <typename Char>
    void apply_crossing(const SpecialCases& specials, const Char* text, int64_t size, size_t first, Tokens* out) const {
        const size_t n = out->size();
        size_t i = first;
        for (; i < n; ++i) {
            if (specials.may_cross(text[out->starts[i]]) && crossing_at(specials, text, size, i, n, *out).first) break;
        }
        if (i == n) return;
        Tokens tail;
        for (size_t k = i; k < n;) {
            std::pair<const SpecialCases::Case*, size_t> hit{nullptr, 0};
            if (specials.may_cross(text[out->starts[k]])) hit = crossing_at(specials, text, size, k, n, *out);
            if (hit.first) {
                push_special(*hit.first, out->starts[k], &tail);
                tail.spacy.back() = out->spacy[hit.second];
                k = hit.second + 1;
            } else {
                tail.push(out->starts[k], out->lengths[k], out->norms[k], out->kinds[k]);
                tail.spacy.back() = out->spacy[k];
                ++k;
            }
        }
        out->resize(i);
        out->starts.insert(out->starts.end(), tail.starts.begin(), tail.starts.end());
        out->lengths.insert(out->lengths.end(), tail.lengths.begin(), tail.lengths.end());
        out->spacy.insert(out->spacy.end(), tail.spacy.begin(), tail.spacy.end());
        out->norms.insert(out->norms.end(), tail.norms.begin(), tail.norms.end());
        out->kinds.insert(out->kinds.end(), tail.kinds.begin(), tail.kinds.end());
    }

    template <typename Char>
    std::pair<const SpecialCases::Case*, size_t> crossing_at(const SpecialCases& specials, const Char* text, int64_t size,
                                                             size_t i, size_t n, const Tokens& tokens) const {
        const int64_t start = tokens.starts[i];
        const int64_t reach = start + static_cast<int64_t>(specials.max_crossing());
        std::pair<const SpecialCases::Case*, size_t> best{nullptr, 0};
        uint64_t h = SpecialCases::kSeed;
        int64_t at = start;
        for (size_t j = i; j < n; ++j) {
            int64_t end = tokens.starts[j] + tokens.lengths[j];
            if (end > reach) break;
            for (; at < end; ++at) h = SpecialCases::mix(h, text[at]);
            auto* found = specials.find_hashed(text + start, static_cast<size_t>(end - start), h);
            if (found && found->crosses && holds(*found, text, size, end)) best = {found, j};
        }
        return best;
    }
};

}  // namespace tokenizer
}  // namespace nlpcore
