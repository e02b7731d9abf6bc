// Bloom embeddings: a 64-bit id addresses four rows of a table, which are summed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "multiversion.hpp"
#include "nlpcore/vocab/murmur3.hpp"

namespace nlpcore {

// MurmurHash3_x64_128 of the eight bytes of `id` (little endian), as four 32-bit keys: what Thinc's `ops.hash` gives.
// For 8 bytes the algorithm has no full block, so only its tail and its finalization remain.
inline void murmur3_x64_128(uint64_t id, uint32_t seed, uint32_t key[4]) {
    uint64_t k1 = id * 0x87c37b91114253d5ull;
    k1 = (k1 << 31) | (k1 >> 33);
    k1 *= 0x4cf5ad432745937full;
    murmur3_finish(seed ^ k1, seed, 8, key);
}

// rows[n, 4]: the four table rows of each id.
inline void bloom_rows(const uint64_t* ids, size_t n, size_t id_stride, uint32_t seed, uint32_t n_rows, int32_t* rows,
                       size_t row_stride) {
    for (size_t i = 0; i < n; ++i) {
        uint32_t key[4];
        murmur3_x64_128(ids[i * id_stride], seed, key);
        for (int k = 0; k < 4; ++k) rows[i * row_stride + k] = static_cast<int32_t>(key[k] % n_rows);
    }
}

// out[n, stride] (t columns written) = sum of the four rows of table[., t].
NLPCORE_MULTIVERSION
static void bloom_sum__nt(const float* __restrict table, const int32_t* __restrict rows, size_t n, size_t row_stride,
                          size_t t, float* __restrict out, size_t out_stride) {
    for (size_t i = 0; i < n; ++i) {
        const int32_t* r = rows + i * row_stride;
        const float *a = table + r[0] * t, *b = table + r[1] * t, *c = table + r[2] * t, *d = table + r[3] * t;
        float* o = out + i * out_stride;
        for (size_t j = 0; j < t; ++j) o[j] = (a[j] + b[j]) + (c[j] + d[j]);
    }
}

// Backward of bloom_sum__nt: d_table[rows] += d_out.
NLPCORE_MULTIVERSION
static void bloom_scatter__nt(float* d_table, const int32_t* __restrict rows, size_t n, size_t row_stride, size_t t,
                              const float* __restrict d_out, size_t out_stride) {
    for (size_t i = 0; i < n; ++i) {
        const float* g = d_out + i * out_stride;
        for (int k = 0; k < 4; ++k) {
            float* d = d_table + rows[i * row_stride + k] * t;
            for (size_t j = 0; j < t; ++j) d[j] += g[j];
        }
    }
}

}  // namespace nlpcore
