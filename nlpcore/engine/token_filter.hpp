// A filter over the tokens of documents: out[i] = bias + sum over taps of v[i + offset] @ W_offset, by Winograd's
// minimal filtering, F(m, r) with m + r - 1 = 6.
//
// A tile of m = 7 - r neighbouring results, r being how far the taps reach, needs six products instead of m * r. The
// points are 0, 1, -1, 2, -2 and infinity; what is multiplied depends on neither m nor r. Tiles begin at a document's
// first token, so that a token's result depends on its document alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "step_layers.hpp"

namespace nlpcore {

// A position of the context that stands at a fixed offset from the token in hand.
struct FilterTap {
    size_t position;
    int32_t offset;
};

// Tokens [token, token + m) of a document of n tokens whose vectors are v.
struct FilterTile {
    const float* v;
    int32_t token, n;
};

class TokenFilter {
  public:
    static constexpr size_t kProducts = 6;
    static constexpr int32_t kReach = 5;  // taps that reach further gain nothing

    struct Work {
        Floats zeros, inputs, products;
    };

    // taps: of offsets less than kReach apart. w: the weights of all positions.
    TokenFilter(const SimdKernels& kernels, const StepLayers& layers, const float* w, std::vector<FilterTap> taps)
        : kernels_(kernels), layers_(layers), taps_(std::move(taps)) {
        int32_t last = taps_.empty() ? 0 : taps_[0].offset;
        lowest_ = last;
        for (const FilterTap& tap : taps_) {
            lowest_ = std::min(lowest_, tap.offset);
            last = std::max(last, tap.offset);
        }
        const int32_t reach = std::max<int32_t>(last - lowest_ + 1, 2);
        per_tile_ = kProducts + 1 - reach;
        std::array<Floats, kProducts> weights;
        for (Floats& each : weights) each.assign(layers.width * layers.row, 0.0f);
        for (const FilterTap& tap : taps_) {
            const Floats own = layers.position(w, tap.position);
            for (size_t j = 0; j < kProducts; ++j) {
                const double share = factor(j, tap.offset - lowest_, reach);
                for (size_t i = 0; i < own.size(); ++i) weights[j][i] += static_cast<float>(share * own[i]);
            }
        }
        for (size_t j = 0; j < kProducts; ++j) {
            weights_[j].set(kernels, weights[j].data(), nullptr, layers.width, layers.row);
        }
    }

    size_t multiply_adds() const { return kProducts * layers_.width * layers_.row; }  // of a tile

    // m: how many results a tile has.
    int32_t per_tile() const { return per_tile_; }

    // out (n * m, row): those beyond a document's end mean nothing.
    void apply(const FilterTile* tiles, size_t n, Work& work, float* out) const {
        const size_t width = layers_.width, row = layers_.row;
        work.zeros.resize(width, 0.0f);
        work.inputs.resize(std::max(work.inputs.size(), kProducts * n * width));
        work.products.resize(std::max(work.products.size(), kProducts * n * row));
        for (size_t i = 0; i < n; ++i) {
            const float* rows[kProducts];
            for (size_t j = 0; j < kProducts; ++j) {
                const int32_t token = tiles[i].token + lowest_ + static_cast<int32_t>(j);
                rows[j] = token < 0 || token >= tiles[i].n ? work.zeros.data() : tiles[i].v + token * width;
            }
            kernels_.filter_in__t(rows, width, work.inputs.data() + i * width, n * width);
        }
        for (size_t j = 0; j < kProducts; ++j) {
            weights_[j].apply(kernels_, work.inputs.data() + j * n * width, width, n, work.products.data() + j * row,
                              kProducts * row);
        }
        for (size_t i = 0; i < n; ++i) {
            float* results = out + i * per_tile_ * row;
            kernels_.filter_out__nm(work.products.data() + i * kProducts * row, row, layers_.bias.data(), per_tile_,
                                    row, results, row);
            add_pads(tiles[i], results);
        }
    }

  private:
    // By how much the tap counts in product j: its point to the power of the tap, over the point's distances to others.
    static double factor(size_t j, int32_t tap, int32_t reach) {
        constexpr double points[] = {0, 1, -1, 2, -2}, scales[] = {1.0 / 4, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24};
        if (j + 1 == kProducts) return tap + 1 == reach;
        double power = 1;
        for (int32_t i = 0; i < tap; ++i) power *= points[j];
        return power * scales[j];
    }

    // At a document's edges some taps have no token.
    void add_pads(const FilterTile& tile, float* results) const {
        const int32_t stop = std::min(tile.n, tile.token + per_tile_);
        if (tile.token + lowest_ >= 0 && tile.token + lowest_ + static_cast<int32_t>(kProducts) <= tile.n) return;
        for (int32_t token = tile.token; token < stop; ++token, results += layers_.row) {
            for (const FilterTap& tap : taps_) {
                if (token + tap.offset >= 0 && token + tap.offset < tile.n) continue;
                const float* pad = layers_.pad(tap.position);
                for (size_t i = 0; i < layers_.row; ++i) results[i] += pad[i];
            }
        }
    }

    const SimdKernels& kernels_;
    const StepLayers& layers_;
    std::vector<FilterTap> taps_;
    int32_t lowest_ = 0, per_tile_ = 0;
    std::array<PackedLayer, kProducts> weights_;
};

}  // namespace nlpcore
