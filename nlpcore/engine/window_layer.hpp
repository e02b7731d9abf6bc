// A convolution over windows of three tokens with maxout, layer norm and residual, applied in place to tiles of tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "aligned.hpp"
#include "nlpcore/kernels/simd.hpp"

namespace nlpcore {

// Up to kWindowRows tokens of one document; its tiles are counted from its first token, whatever else is in the batch.
// A row's bits depend on its whole tile, so this is what makes them the document's alone.
struct Tile {
    size_t first;
    uint8_t count;
    bool starts, ends;  // whether it is the document's first, its last
};

// Working memory of one thread, kept from call to call.
struct WindowArena {
    std::vector<const float*> rows;
    Floats combined, best;
};

class WindowLayer {
  public:
    // w (3 * T, P * T) row-major, b (P * T), gain and shift (T).
    WindowLayer(const SimdKernels& kernels, const float* w, const float* b, const float* gain, const float* shift,
                size_t pieces, size_t width)
        : kernels_(&kernels), width_(width), pieces_(pieces), panels_(padded_to_panels(width, kernels.panel) / kernels.panel),
          weights_(panels_ * pieces * kWindowPositions * width * kernels.panel), bias_(panels_ * pieces * kernels.panel),
          gain_(gain, gain + width), shift_(shift, shift + width), zeros_(width, 0.0f) {
        packed_windows(w, b, width, pieces, width, kernels.panel, weights_.data(), bias_.data());
    }

    // x (N, T): the rows of the tokens of n tiles become row + layer(window). before (T): the old row of the token
    // before the first tile, where that tile does not start a document; of the last tile's last token afterwards.
    void apply(WindowArena& arena, const Tile* tiles, size_t n, float* x, float* before) const {
        if (n == 0) return;
        const size_t t = width_, best_width = panels_ * kernels_->panel;
        arena.rows.resize(std::max(arena.rows.size(), n * kWindowPositions));
        arena.combined.resize(std::max(arena.combined.size(), n * kWindowPositions * t));
        arena.best.resize(std::max(arena.best.size(), n * kWindowRows * best_width));
        const float** rows = arena.rows.data();
        for (size_t i = 0; i < n; ++i) {
            const Tile& tile = tiles[i];
            const float* first = x + tile.first * t;
            *rows++ = tile.starts ? zeros_.data() : i == 0 ? before : first - t;
            for (size_t r = 0; r < kWindowRows; ++r) *rows++ = r < tile.count ? first + r * t : zeros_.data();
            *rows++ = tile.ends ? zeros_.data() : first + kWindowRows * t;
        }
        kernels_->windows__nkt(arena.rows.data(), n, t, weights_.data(), bias_.data(), pieces_, panels_,
                               arena.combined.data(), arena.best.data());
        const Tile& last = tiles[n - 1];
        std::memcpy(before, x + (last.first + last.count - 1) * t, t * sizeof(float));
        for (size_t i = 0; i < n; ++i) {
            kernels_->norm_add__nt(arena.best.data() + i * kWindowRows * best_width, best_width, tiles[i].count, t,
                                   gain_.data(), shift_.data(), x + tiles[i].first * t);
        }
    }

    // Multiply-adds of the products of one tile.
    size_t multiply_adds() const { return kWindowPositions * width_ * width_ * pieces_; }

  private:
    const SimdKernels* kernels_;
    size_t width_, pieces_, panels_;
    Floats weights_, bias_, gain_, shift_, zeros_;
};

}  // namespace nlpcore
