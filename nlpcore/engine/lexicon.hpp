// From a token's characters to the ids that the network reads, without Python: what `Vocab.fill_slice` gives.
//
// ASCII words are computed here; the few others are left to the vocab, and found in the cache when they come again.
#pragma once

#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "aligned.hpp"
#include "nlpcore/vocab/hashing.hpp"

namespace nlpcore {

// A str as Python holds it: code points of `kind` bytes each.
struct TextView {
    int kind = 1;
    const void* data = nullptr;
    int64_t n = 0;
    bool ascii = true;
};

// A token's UTF-8: in place where the text is ASCII.
class TokenBytes {
  public:
    const char* data = nullptr;
    size_t size = 0;

    void read(const TextView& text, int64_t start, int64_t n) {
        if (text.ascii) {
            data = static_cast<const char*>(text.data) + start;
            size = static_cast<size_t>(n);
            return;
        }
        const size_t capacity = utf8_capacity(text.kind, static_cast<size_t>(n));
        if (buffer_.size() < capacity) buffer_.resize(capacity);
        size = encode_utf8_kind(text.kind, text.data, static_cast<size_t>(start), static_cast<size_t>(n), buffer_.data());
        data = buffer_.data();
    }

  private:
    std::vector<char> buffer_;
};

inline bool is_ascii(const char* word, size_t n) {
    unsigned char all = 0;
    for (size_t i = 0; i < n; ++i) all |= static_cast<unsigned char>(word[i]);
    return all < 128;
}

inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

struct LexemeIds {
    uint64_t orth = 0, check = 0;  // `check`: a second hash with a secret, so that no text can pass for another
    uint64_t ids[4] = {0, 0, 0, 0};  // NORM PREFIX SUFFIX SHAPE
};

// How a vocab computes lexical ids. Filled once, then read by all threads.
class Lexicon {
  public:
    static constexpr size_t kLongestShape = 100, kLongestRun = 4;

    // `symbols`: the ids that are small integers; `secret`: the vocab's own.
    Lexicon(const SymbolTable& symbols, uint64_t secret) : symbols_(symbols), secret_(secret) {}

    void set_norm(uint64_t orth, uint64_t norm) { norms_[orth] = norm; }

    void hash(const char* word, size_t n, LexemeIds* out) const {
        out->orth = id(word, n);
        out->check = check_hash(word, n, secret_);
    }
    uint64_t id(const char* utf8, size_t n) const { return string_id(symbols_, utf8, n); }

    // The ids of an ASCII word whose hashes are there.
    void compute(const char* word, size_t n, LexemeIds* out) const {
        char shape[kLongestShape];
        size_t n_shape = 0, run = 0;
        char last = 0;
        bool upper = false;
        for (size_t i = 0; i < n; ++i) upper = upper || (word[i] >= 'A' && word[i] <= 'Z');
        for (size_t i = 0; i < n && n < kLongestShape; ++i) {
            const char c = shape_of(word[i]);
            run = i > 0 && c == last ? run + 1 : 1;
            last = c;
            if (run <= kLongestRun) shape[n_shape++] = c;
        }
        out->ids[0] = norm_of(word, n, out->orth, upper);
        out->ids[1] = id(word, n < 1 ? n : 1);
        out->ids[2] = id(word + (n > 3 ? n - 3 : 0), n > 3 ? 3 : n);
        out->ids[3] = n >= kLongestShape ? id("LONG", 4) : id(shape, n_shape);
    }

  private:
    static char shape_of(char c) {
        if (c >= 'A' && c <= 'Z') return 'X';
        if (c >= 'a' && c <= 'z') return 'x';
        return c >= '0' && c <= '9' ? 'd' : c;
    }

    uint64_t norm_of(const char* word, size_t n, uint64_t orth, bool upper) const {
        const auto found = norms_.find(orth);
        if (found != norms_.end()) return found->second;
        if (!upper) return orth;
        char small[256];
        if (n <= sizeof small) {
            for (size_t i = 0; i < n; ++i) small[i] = ascii_lower(word[i]);
            return id(small, n);
        }
        std::vector<char> lowered(word, word + n);
        for (char& c : lowered) c = ascii_lower(c);
        return id(lowered.data(), n);
    }

    const SymbolTable& symbols_;
    uint64_t secret_;
    std::unordered_map<uint64_t, uint64_t> norms_;  // orth -> norm, where it is not the lower-cased form
};

// One thread's memory of lexemes: sets of two, the newer one first. It never changes an answer.
class LexemeCache {
  public:
    LexemeCache() : entries_(2 * kSets) {}

    // The entry with these hashes, or null.
    const LexemeIds* find(const LexemeIds& wanted) const {
        const LexemeIds* set = &entries_[2 * (wanted.check & (kSets - 1))];
        if (set->check == wanted.check && set->orth == wanted.orth) return set;
        ++set;
        return set->check == wanted.check && set->orth == wanted.orth ? set : nullptr;
    }
    void add(const LexemeIds& lexeme) {
        LexemeIds* set = &entries_[2 * (lexeme.check & (kSets - 1))];
        set[1] = set[0];
        set[0] = lexeme;
    }

  private:
    static constexpr uint64_t kSets = 1 << 14;
    Zeros<LexemeIds> entries_;
};

}  // namespace nlpcore
