// String ids and the text-to-bytes step before them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nlpcore {

inline uint64_t load64(const char* p) noexcept {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
}

// MurmurHash64A (Austin Appleby, public domain), little-endian machines.
inline uint64_t murmur64a(const char* data, size_t n, uint64_t seed) noexcept {
    const uint64_t m = 0xc6a4a7935bd1e995ULL;
    uint64_t h = seed ^ (static_cast<uint64_t>(n) * m);
    const char* end = data + (n & ~static_cast<size_t>(7));
    for (; data != end; data += 8) {
        uint64_t k = load64(data);
        k *= m;
        k ^= k >> 47;
        k *= m;
        h ^= k;
        h *= m;
    }
    const size_t rest = n & 7;
    if (rest) {
        uint64_t tail = 0;
        std::memcpy(&tail, data, rest);
        h ^= tail;
        h *= m;
    }
    h ^= h >> 47;
    h *= m;
    h ^= h >> 47;
    return h;
}

// A second, unrelated 64-bit hash: caches keyed by the string's id compare it too, so that two texts which were
// built to share an id still get their own entries.
inline uint64_t check_hash(const char* data, size_t n, uint64_t secret) noexcept {
    uint64_t h = secret ^ (n * 0x9e3779b97f4a7c15ULL);
    while (n) {
        uint64_t w = 0;
        const size_t step = n < 8 ? n : 8;
        std::memcpy(&w, data, step);
        h = (h ^ w) * 0xff51afd7ed558ccdULL + secret;
        h = (h << 29) | (h >> 35);
        h *= 0x2545f4914f6cdd1dULL;
        h ^= h >> 31;
        data += step;
        n -= step;
    }
    return h;
}

// Most bytes that `encode_utf8` writes for n code points of a kind (1, 2 or 4 bytes each).
inline size_t utf8_capacity(int kind, size_t n) noexcept { return (kind == 1 ? 2 : kind == 2 ? 3 : 4) * n; }

// Code points (PyUnicode kind 1, 2 or 4 bytes each) as UTF-8; lone surrogates become three bytes each, as
// Python's "surrogatepass" writes them. Returns the number of bytes.
template <class Unit>
inline size_t encode_utf8(const Unit* text, size_t n, char* out) noexcept {
    char* p = out;
    for (size_t i = 0; i < n; ++i) {
        const uint32_t c = text[i];
        if (c < 0x80) {
            *p++ = static_cast<char>(c);
        } else if (c < 0x800) {
            *p++ = static_cast<char>(0xc0 | (c >> 6));
            *p++ = static_cast<char>(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            *p++ = static_cast<char>(0xe0 | (c >> 12));
            *p++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
            *p++ = static_cast<char>(0x80 | (c & 0x3f));
        } else {
            *p++ = static_cast<char>(0xf0 | (c >> 18));
            *p++ = static_cast<char>(0x80 | ((c >> 12) & 0x3f));
            *p++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
            *p++ = static_cast<char>(0x80 | (c & 0x3f));
        }
    }
    return static_cast<size_t>(p - out);
}

inline size_t encode_utf8_kind(int kind, const void* text, size_t start, size_t n, char* out) noexcept {
    if (kind == 1) return encode_utf8(static_cast<const uint8_t*>(text) + start, n, out);
    if (kind == 2) return encode_utf8(static_cast<const uint16_t*>(text) + start, n, out);
    return encode_utf8(static_cast<const uint32_t*>(text) + start, n, out);
}

// The names whose ids are small integers (nlpcore.symbols): hash of the name -> integer. Filled once, at import.
struct SymbolTable {
    static constexpr size_t SIZE = 2048;
    static constexpr size_t LONGEST = 32;  // bytes of the longest name, rounded up
    uint64_t keys[SIZE] = {};
    uint16_t values[SIZE] = {};

    bool add(uint64_t key, uint16_t value) noexcept {
        for (size_t i = 0; i < SIZE; ++i) {
            const size_t slot = (key + i) % SIZE;
            if (keys[slot] == key) return values[slot] == value;
            if (keys[slot] == 0) {
                keys[slot] = key;
                values[slot] = value;
                return true;
            }
        }
        return false;
    }

    uint64_t resolve(uint64_t key) const noexcept {
        for (size_t slot = key % SIZE; keys[slot] != 0; slot = (slot + 1) % SIZE)
            if (keys[slot] == key) return values[slot];
        return key;
    }
};

inline SymbolTable& symbol_table() noexcept {
    static SymbolTable table;
    return table;
}

// Id of a string given as UTF-8.
inline uint64_t string_id(const SymbolTable& symbols, const char* utf8, size_t n) noexcept {
    if (n == 0) return 0;
    const uint64_t key = murmur64a(utf8, n, 1);
    return n <= SymbolTable::LONGEST ? symbols.resolve(key) : key;
}

}  // namespace nlpcore
