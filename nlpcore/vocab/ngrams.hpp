// Rows of a table of n-gram vectors (floret): which n-grams a word has, and how they are hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "murmur3.hpp"

namespace nlpcore {

inline uint64_t rotate_left(uint64_t x, int r) noexcept { return (x << r) | (x >> (64 - r)); }

// MurmurHash3_x64_128 (Austin Appleby, public domain) of n bytes, as four 32-bit numbers, on little-endian machines.
inline void murmur3_x64_128(const char* data, size_t n, uint32_t seed, uint32_t key[4]) noexcept {
    const uint64_t c1 = 0x87c37b91114253d5ULL, c2 = 0x4cf5ad432745937fULL;
    uint64_t h1 = seed, h2 = seed;
    const auto mixed1 = [&](uint64_t k) { return rotate_left(k * c1, 31) * c2; };
    const auto mixed2 = [&](uint64_t k) { return rotate_left(k * c2, 33) * c1; };
    size_t done = 0;
    for (; done + 16 <= n; done += 16) {
        uint64_t k[2];
        std::memcpy(k, data + done, 16);
        h1 = (rotate_left(h1 ^ mixed1(k[0]), 27) + h2) * 5 + 0x52dce729;
        h2 = (rotate_left(h2 ^ mixed2(k[1]), 31) + h1) * 5 + 0x38495ab5;
    }
    uint64_t tail[2] = {0, 0};
    if (n > done) std::memcpy(tail, data + done, n - done);
    h2 ^= mixed2(tail[1]);
    h1 ^= mixed1(tail[0]);
    murmur3_finish(h1, h2, n, key);
}

// The rows of a word in UTF-8: `hashes` (1 to 4) for the whole word and for each n-gram of `least` to `most`
// code points.
inline std::vector<int64_t> ngram_rows(const char* word, size_t n, size_t least, size_t most, int hashes, uint32_t seed,
                                       uint32_t n_rows) {
    std::vector<size_t> starts;
    for (size_t i = 0; i < n; ++i)
        if ((word[i] & 0xC0) != 0x80) starts.push_back(i);
    const size_t length = starts.size();
    starts.push_back(n);
    std::vector<int64_t> rows;
    const auto add = [&](size_t from, size_t to) {
        uint32_t key[4];
        murmur3_x64_128(word + from, to - from, seed, key);
        for (int i = 0; i < hashes; ++i) rows.push_back(key[i] % n_rows);
    };
    add(0, n);
    for (size_t size = least; size <= most && size <= length; ++size)
        for (size_t i = 0; i + size <= length; ++i) add(starts[i], starts[i + size]);
    return rows;
}

}  // namespace nlpcore
