// The encoder, forward only: lexical features of documents → one vector for each token.
//
// Works on blocks of a few hundred rows that stay in the cache: [0] tokens [0] tokens [0], a zero row between two
// documents and at both ends, so that the three rows of a window lie side by side in memory. A document that does not
// fit is cut into pieces that overlap by `depth` tokens on each side: a wrong neighbour's influence moves one token
// further with each layer, so the rows that are kept are those of the whole.
//
// A lexeme's values, computed here or found in the table, are
//     x (T) | left (W) | centre (W) | right (W)         W: padded columns of the first convolution
// with x the mixer's output and the others its products with the three slices of the first convolution. What stands
// before a token (its gap) has the same four, added to the lexeme's; the convolution's bias is in the gap's centre.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "lexeme_table.hpp"
#include "nlpcore/kernels/bloom.hpp"
#include "packed.hpp"

namespace nlpcore {

struct NormLayer {
    PackedLayer affine;
    std::vector<float> gain, shift;
};

struct BloomTable {
    std::vector<float> values;  // (rows, T)
    uint32_t rows = 0, seed = 0;
};

// Working memory of one thread, kept from call to call.
struct EncoderArena {
    std::vector<float> x, y, product, lexemes, embedded;
    std::vector<const float*> row_lexeme, row_gap;
    std::vector<int32_t> slots;
    std::vector<uint64_t> missing_hash;
    std::vector<const uint64_t*> missing;
    std::vector<uint8_t> is_token;
};

class Encoder {
  public:
    static constexpr size_t kBlockRows = 384;  // rows of a block, zero rows included
    static constexpr size_t kChunk = 48;       // rows multiplied before their epilogue
    static constexpr int kGaps = 5;

    Encoder(const SimdKernels& kernels, size_t width, size_t pieces)
        : kernels_(kernels), width_(width), pieces_(pieces), columns_(padded_to_panels(pieces * width, kernels.panel)),
          floats_(width + 3 * columns_), zeros_(floats_, 0.0f) {}

    // Weights, given once before `finish`; row-major as stored.
    void set_table(int feature, const float* values, size_t rows, uint32_t seed) {
        tables_[feature].values.assign(values, values + rows * width_);
        tables_[feature].rows = static_cast<uint32_t>(rows);
        tables_[feature].seed = seed;
    }
    void set_mixer(const float* w, const float* b, const float* gain, const float* shift) {
        set_norm(mixer_, w, b, gain, shift, kFeatures * width_);
    }
    void add_convolution(const float* w, const float* b, const float* gain, const float* shift) {
        convolutions_.emplace_back();
        set_norm(convolutions_.back(), w, b, gain, shift, 3 * width_);
    }
    void finish(const float* gaps, const float* first_w, const float* first_bias, size_t budget) {
        const size_t m = pieces_ * width_;
        for (int part = 0; part < 3; ++part) {
            slices_[part].set(kernels_, first_w + part * width_ * m, nullptr, width_, m);
        }
        gap_values_.assign(kGaps * floats_, 0.0f);
        for (int g = 0; g < kGaps; ++g) std::memcpy(&gap_values_[g * floats_], gaps + g * width_, width_ * sizeof(float));
        multiply_slices(gap_values_.data(), kGaps);
        for (int g = 0; g < kGaps; ++g) {
            float* centre = &gap_values_[g * floats_ + width_ + columns_];
            for (size_t j = 0; j < m; ++j) centre[j] += first_bias[j];
        }
        table_.reset(new LexemeTable(floats_, budget));
    }

    size_t tabulated() const { return table_->size(); }

    // ids (N, 4), gaps (N) below kGaps, documents of `lengths` tokens, N in all → out (N, T).
    void encode(const uint64_t* ids, const uint8_t* gaps, const int32_t* lengths, size_t n_docs, float* out) const {
        static thread_local EncoderArena arena;
        std::vector<Segment> block;
        const size_t depth = convolutions_.size(), most = kBlockRows - 2, step = most - 2 * depth;
        size_t rows = 1, first = 0;
        for (size_t doc = 0; doc < n_docs; ++doc) {
            const size_t n = static_cast<size_t>(lengths[doc]);
            for (size_t at = 0; at < n;) {
                const bool whole = at == 0 && n <= most;
                const size_t stop = whole ? n : std::min(n, at + step);
                const size_t begin = whole || at < depth ? 0 : at - depth, end = std::min(n, stop + depth);
                if (rows + (end - begin) + 1 > kBlockRows) {
                    encode_block(arena, block, ids, gaps, rows, out);
                    block.clear();
                    rows = 1;
                }
                block.push_back({first + begin, end - begin, at - begin, stop - at});
                rows += end - begin + 1;
                at = stop;
            }
            first += n;
        }
        encode_block(arena, block, ids, gaps, rows, out);
    }

  private:
    // Tokens [begin, begin + length) of the input, of which `kept` from `skipped` on are wanted.
    struct Segment {
        size_t begin, length, skipped, kept;
    };

    void set_norm(NormLayer& layer, const float* w, const float* b, const float* gain, const float* shift, size_t k) {
        layer.affine.set(kernels_, w, b, k, pieces_ * width_);
        layer.gain.assign(gain, gain + width_);
        layer.shift.assign(shift, shift + width_);
    }

    // The three products of n entries whose x is there.
    void multiply_slices(float* entries, size_t n) const {
        for (int part = 0; part < 3; ++part) {
            slices_[part].apply(kernels_, entries, floats_, n, entries + width_ + part * columns_, floats_);
        }
    }

    void normalize(const NormLayer& layer, const float* y, size_t n, const float* residual, size_t ldr, float* out,
                   size_t ldo) const {
        kernels_.maxout_norm__npt(y, columns_, n, pieces_, width_, layer.gain.data(), layer.shift.data(), residual, ldr,
                                  out, ldo);
    }

    void compute_lexemes(EncoderArena& arena, size_t n) const {
        arena.lexemes.resize(std::max(arena.lexemes.size(), n * floats_));
        arena.embedded.resize(std::max(arena.embedded.size(), kChunk * kFeatures * width_));
        arena.product.resize(std::max(arena.product.size(), kChunk * columns_));
        for (size_t from = 0; from < n; from += kChunk) {
            const size_t count = std::min(kChunk, n - from);
            for (int f = 0; f < kFeatures; ++f) {
                int32_t rows[kChunk * 4];
                for (size_t i = 0; i < count; ++i) {
                    bloom_rows(arena.missing[from + i] + f, 1, 1, tables_[f].seed, tables_[f].rows, rows + 4 * i, 4);
                }
                bloom_sum__nt(tables_[f].values.data(), rows, count, 4, width_, arena.embedded.data() + f * width_,
                              kFeatures * width_);
            }
            mixer_.affine.apply(kernels_, arena.embedded.data(), kFeatures * width_, count, arena.product.data(),
                                columns_);
            float* entries = arena.lexemes.data() + from * floats_;
            normalize(mixer_, arena.product.data(), count, nullptr, 0, entries, floats_);
            multiply_slices(entries, count);
        }
        for (size_t i = 0; i < n; ++i) {
            table_->offer(arena.missing[i], arena.missing_hash[i], arena.lexemes.data() + i * floats_);
        }
    }

    // Fills row_lexeme and row_gap: the values that each row reads; zeros for the rows between documents.
    void find_lexemes(EncoderArena& arena, const std::vector<Segment>& block, const uint64_t* ids, const uint8_t* gaps,
                      size_t n_rows) const {
        constexpr size_t kSlots = 1024;
        static_assert(kSlots > 2 * kBlockRows, "the local table must stay sparse");
        arena.slots.assign(kSlots, -1);
        arena.missing.clear();
        arena.missing_hash.clear();
        arena.row_lexeme.assign(n_rows, zeros_.data());
        arena.row_gap.assign(n_rows, zeros_.data());
        arena.is_token.assign(n_rows, 0);
        std::vector<std::pair<size_t, int32_t>> later;  // rows whose lexeme is yet to be computed
        size_t row = 1;
        for (const Segment& segment : block) {
            for (size_t i = segment.begin; i < segment.begin + segment.length; ++i, ++row) {
                const uint64_t* key = ids + i * kFeatures;
                const uint64_t hash = lexeme_hash(key);
                arena.is_token[row] = 1;
                arena.row_gap[row] = &gap_values_[gaps[i] * floats_];
                if (const float* values = table_->find(key, hash)) {
                    arena.row_lexeme[row] = values;
                    continue;
                }
                size_t slot = hash & (kSlots - 1);
                while (arena.slots[slot] >= 0 &&
                       std::memcmp(arena.missing[arena.slots[slot]], key, kFeatures * sizeof(uint64_t)) != 0) {
                    slot = (slot + 1) & (kSlots - 1);
                }
                if (arena.slots[slot] < 0) {
                    arena.slots[slot] = static_cast<int32_t>(arena.missing.size());
                    arena.missing.push_back(key);
                    arena.missing_hash.push_back(hash);
                }
                later.emplace_back(row, arena.slots[slot]);
            }
            ++row;
        }
        compute_lexemes(arena, arena.missing.size());
        for (const auto& [at, index] : later) arena.row_lexeme[at] = arena.lexemes.data() + index * floats_;
    }

    void encode_block(EncoderArena& arena, const std::vector<Segment>& block, const uint64_t* ids, const uint8_t* gaps,
                      size_t n_rows, float* out) const {
        if (block.empty()) return;
        find_lexemes(arena, block, ids, gaps, n_rows);
        const size_t t = width_;
        arena.x.resize(std::max(arena.x.size(), kBlockRows * t));
        arena.y.resize(std::max(arena.y.size(), kBlockRows * t));
        arena.product.resize(std::max(arena.product.size(), kChunk * columns_));
        first_convolution(arena, n_rows);
        for (size_t layer = 1; layer < convolutions_.size(); ++layer) {
            convolve(convolutions_[layer], arena.y.data(), arena.x.data(), arena, n_rows);
            std::swap(arena.x, arena.y);
        }
        size_t row = 1;
        for (const Segment& segment : block) {
            std::memcpy(out + (segment.begin + segment.skipped) * t, arena.y.data() + (row + segment.skipped) * t,
                        segment.kept * t * sizeof(float));
            row += segment.length + 1;
        }
    }

    // x and then y = x + layer: from the sums of what the lexemes and gaps of the three rows bring along.
    void first_convolution(EncoderArena& arena, size_t n_rows) const {
        const size_t t = width_, left = t, centre = t + columns_, right = t + 2 * columns_;
        float *x = arena.x.data(), *y = arena.y.data(), *product = arena.product.data();
        for (size_t from = 1; from + 1 < n_rows; from += kChunk) {
            const size_t count = std::min(kChunk, n_rows - 1 - from);
            for (size_t i = 0; i < count; ++i) {
                const size_t r = from + i;
                const float* const* lexeme = arena.row_lexeme.data() + r;
                const float* const* gap = arena.row_gap.data() + r;
                for (size_t j = 0; j < t; ++j) x[r * t + j] = lexeme[0][j] + gap[0][j];
                const float* terms[6] = {lexeme[-1] + left, gap[-1] + left, lexeme[0] + centre,
                                         gap[0] + centre,   lexeme[1] + right, gap[1] + right};
                kernels_.sum6__m(terms, columns_, product + i * columns_);
            }
            normalize(convolutions_[0], product, count, x + from * t, t, y + from * t, t);
        }
        clear_between(arena, y, n_rows);
    }

    void convolve(const NormLayer& layer, const float* in, float* out, EncoderArena& arena, size_t n_rows) const {
        const size_t t = width_;
        float* product = arena.product.data();
        for (size_t from = 1; from + 1 < n_rows; from += kChunk) {
            const size_t count = std::min(kChunk, n_rows - 1 - from);
            layer.affine.apply(kernels_, in + (from - 1) * t, t, count, product, columns_);
            normalize(layer, product, count, in + from * t, t, out + from * t, t);
        }
        clear_between(arena, out, n_rows);
    }

    void clear_between(const EncoderArena& arena, float* rows, size_t n_rows) const {
        for (size_t r = 0; r < n_rows; ++r) {
            if (!arena.is_token[r]) std::memset(rows + r * width_, 0, width_ * sizeof(float));
        }
    }

    const SimdKernels& kernels_;
    size_t width_, pieces_, columns_, floats_;
    std::vector<float> zeros_, gap_values_;
    BloomTable tables_[kFeatures];
    NormLayer mixer_;
    PackedLayer slices_[3];
    std::vector<NormLayer> convolutions_;
    std::unique_ptr<LexemeTable> table_;
};

}  // namespace nlpcore
