// What a token brings to the encoder before it sees its neighbours: its lexeme's values and its gap's.
//
// A lexeme's values, computed here or found in the table, are
//     x (T) | left (W) | centre (W) | right (W)         W: padded columns of the first convolution
// with x the mixer's output and the others its products with the three slices of the first convolution. What stands
// before a token (its gap) has the same four, added to the lexeme's; the convolution's bias is in the gap's centre.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "lexeme_table.hpp"
#include "nlpcore/kernels/bloom.hpp"
#include "packed.hpp"

namespace nlpcore {

// Word vectors that are read and never learned, found by a lexeme's first feature (its norm); all are the caller's.
struct StaticVectors {
    const uint64_t* keys = nullptr;  // (n), sorted
    const int32_t* rows = nullptr;   // (n)
    const float* values = nullptr;   // (rows, width)
    size_t n = 0, width = 0;

    // Those of a lexeme, or zeros.
    void copy(uint64_t key, float* out) const {
        const uint64_t* place = std::lower_bound(keys, keys + n, key);
        if (place != keys + n && *place == key) {
            std::copy_n(values + static_cast<size_t>(rows[place - keys]) * width, width, out);
        } else {
            std::fill_n(out, width, 0.0f);
        }
    }
};

struct BloomTable {
    const float* values = nullptr;  // (rows, T), the caller's
    uint32_t rows = 0, seed = 0;
};

// Working memory of one thread, kept from call to call.
struct LexemeArena {
    std::vector<const float*> lexeme, gap;  // the values of each token
    Floats computed, embedded, product;
    std::vector<int32_t> slots;
    std::vector<uint64_t> hashes, missing_hash;
    std::vector<const uint64_t*> missing;
    std::vector<std::pair<size_t, int32_t>> later;  // tokens whose lexeme is yet to be computed
};

class Lexemes {
  public:
    static constexpr size_t kMost = 510;  // tokens looked up at once
    static constexpr int kGaps = 5;

    Lexemes(const SimdKernels& kernels, size_t width, size_t pieces)
        : kernels_(kernels), width_(width), pieces_(pieces), columns_(padded_to_panels(pieces * width, kernels.panel)),
          floats_(width + 3 * columns_), zeros_(floats_, 0.0f) {}

    // Weights, given once before `finish`; row-major as stored. Tables are read where they lie, the rest is packed.
    void set_table(int feature, const float* values, size_t rows, uint32_t seed) {
        tables_[feature].values = values;
        tables_[feature].rows = static_cast<uint32_t>(rows);
        tables_[feature].seed = seed;
    }
    void set_vectors(const StaticVectors& vectors) { vectors_ = vectors; }
    void set_mixer(const float* w, const float* b, const float* gain, const float* shift) {
        mixer_.set(kernels_, w, b, embedded(), pieces_ * width_);
        gain_.assign(gain, gain + width_);
        shift_.assign(shift, shift + width_);
    }
    // gaps (kGaps, T); w (3 * T, P * T), b (P * T): the first convolution. budget: bytes of the table.
    void finish(const float* gaps, const float* w, const float* b, size_t budget) {
        const size_t m = pieces_ * width_;
        for (int part = 0; part < 3; ++part) {
            slices_[part].set(kernels_, w + part * width_ * m, nullptr, width_, m);
        }
        gap_values_.assign(kGaps * floats_, 0.0f);
        for (int g = 0; g < kGaps; ++g) std::copy_n(gaps + g * width_, width_, &gap_values_[g * floats_]);
        multiply_slices(gap_values_.data(), kGaps);
        for (int g = 0; g < kGaps; ++g) {
            for (size_t j = 0; j < m; ++j) gap_values_[g * floats_ + centre() + j] += b[j];
        }
        table_.reset(new LexemeTable(floats_, budget));
    }

    size_t left() const { return width_; }
    size_t centre() const { return width_ + columns_; }
    size_t right() const { return width_ + 2 * columns_; }
    const float* zeros() const { return zeros_.data(); }
    size_t tabulated() const { return table_->size(); }
    size_t computed() const { return computed_.load(std::memory_order_relaxed); }
    size_t embedded() const { return kFeatures * width_ + vectors_.width; }  // values that the mixer reads
    size_t multiply_adds() const { return (embedded() + 3 * width_) * width_ * pieces_; }  // of a computed lexeme

    // ids (n, 4), gaps (n) below kGaps, n <= kMost → arena.lexeme, arena.gap (n); good until the thread's next call.
    void find(LexemeArena& arena, const uint64_t* ids, const uint8_t* gaps, size_t n) const {
        constexpr size_t kSlots = 1024;
        static_assert(kSlots > 2 * kMost, "the local table must stay sparse");
        arena.slots.assign(kSlots, -1);
        arena.missing.clear();
        arena.missing_hash.clear();
        arena.later.clear();
        arena.lexeme.resize(n);
        arena.gap.resize(n);
        arena.hashes.resize(n);
        for (size_t i = 0; i < n; ++i) {
            arena.gap[i] = &gap_values_[gaps[i] * floats_];
            arena.hashes[i] = lexeme_hash(ids + i * kFeatures);
            table_->prefetch_slot(arena.hashes[i]);
        }
        for (size_t i = 0; i < n; ++i) table_->prefetch_entry(arena.hashes[i]);
        for (size_t i = 0; i < n; ++i) {
            const uint64_t* key = ids + i * kFeatures;
            const uint64_t hash = arena.hashes[i];
            if ((arena.lexeme[i] = table_->find(key, hash))) continue;
            size_t slot = hash & (kSlots - 1);
            while (arena.slots[slot] >= 0 && !same_lexeme(arena.missing[arena.slots[slot]], key)) {
                slot = (slot + 1) & (kSlots - 1);
            }
            if (arena.slots[slot] < 0) {
                arena.slots[slot] = static_cast<int32_t>(arena.missing.size());
                arena.missing.push_back(key);
                arena.missing_hash.push_back(hash);
            }
            arena.later.emplace_back(i, arena.slots[slot]);
        }
        compute(arena);
        for (const auto& [i, index] : arena.later) arena.lexeme[i] = arena.computed.data() + index * floats_;
    }

  private:
    static constexpr size_t kChunk = 48;  // lexemes computed at once

    // The three products of n entries whose x is there.
    void multiply_slices(float* entries, size_t n) const {
        for (int part = 0; part < 3; ++part) {
            slices_[part].apply(kernels_, entries, floats_, n, entries + width_ + part * columns_, floats_);
        }
    }

    void compute(LexemeArena& arena) const {
        const size_t n = arena.missing.size();
        if (n == 0) return;
        arena.computed.resize(std::max(arena.computed.size(), n * floats_));
        const size_t stride = embedded();
        arena.embedded.resize(std::max(arena.embedded.size(), kChunk * stride));
        arena.product.resize(std::max(arena.product.size(), kChunk * columns_));
        for (size_t from = 0; from < n; from += kChunk) {
            const size_t count = std::min(kChunk, n - from);
            for (int f = 0; f < kFeatures; ++f) {
                int32_t rows[kChunk * 4];
                for (size_t i = 0; i < count; ++i) {
                    bloom_rows(arena.missing[from + i] + f, 1, 1, tables_[f].seed, tables_[f].rows, rows + 4 * i, 4);
                }
                bloom_sum__nt(tables_[f].values, rows, count, 4, width_, arena.embedded.data() + f * width_, stride);
            }
            for (size_t i = 0; i < count && vectors_.width; ++i) {
                vectors_.copy(arena.missing[from + i][0], arena.embedded.data() + i * stride + kFeatures * width_);
            }
            mixer_.apply(kernels_, arena.embedded.data(), stride, count, arena.product.data(), columns_);
            float* entries = arena.computed.data() + from * floats_;
            kernels_.maxout_norm__npt(arena.product.data(), columns_, count, pieces_, width_, gain_.data(),
                                      shift_.data(), nullptr, 0, entries, floats_);
            multiply_slices(entries, count);
        }
        for (size_t i = 0; i < n; ++i) {
            table_->offer(arena.missing[i], arena.missing_hash[i], arena.computed.data() + i * floats_);
        }
        computed_.fetch_add(n, std::memory_order_relaxed);
    }

    const SimdKernels& kernels_;
    size_t width_, pieces_, columns_, floats_;
    Floats zeros_, gap_values_, gain_, shift_;
    BloomTable tables_[kFeatures];
    StaticVectors vectors_;
    PackedLayer mixer_, slices_[3];
    std::unique_ptr<LexemeTable> table_;
    mutable std::atomic<size_t> computed_{0};
};

}  // namespace nlpcore
