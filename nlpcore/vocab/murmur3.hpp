// What ends MurmurHash3_x64_128 (Austin Appleby, public domain), whatever was hashed.
#pragma once

#include <cstdint>

namespace nlpcore {

inline uint64_t fmix64(uint64_t h) noexcept {
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdull;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ull;
    return h ^ (h >> 33);
}

// The four 32-bit numbers of a hash of n bytes, from the state after all of them.
inline void murmur3_finish(uint64_t h1, uint64_t h2, uint64_t n, uint32_t key[4]) noexcept {
    h1 ^= n;
    h2 ^= n;
    h1 += h2;
    h2 += h1;
    h1 = fmix64(h1);
    h2 = fmix64(h2);
    h1 += h2;
    h2 += h1;
    key[0] = static_cast<uint32_t>(h1);
    key[1] = static_cast<uint32_t>(h1 >> 32);
    key[2] = static_cast<uint32_t>(h2);
    key[3] = static_cast<uint32_t>(h2 >> 32);
}

}  // namespace nlpcore
