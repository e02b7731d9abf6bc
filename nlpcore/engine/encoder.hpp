// The encoder, forward only: lexical features of documents → one vector for each token.
//
// Works in place: a layer overwrites the rows that the one before it wrote. Documents are cut into tiles of a few
// tokens (window_layer.hpp); a hundred or so tiles at a time pass through all layers while they are in the cache. A
// tile's last window reaches into the next tile, so each layer stays one tile behind the one below it; its first
// window needs a row that is overwritten already, of which each layer keeps a copy. So nothing is computed twice,
// however long a document is, and no row depends on where the work was cut.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lexemes.hpp"
#include "window_layer.hpp"

namespace nlpcore {

// Working memory of one thread, kept from call to call.
struct EncoderArena {
    LexemeArena lexemes;
    WindowArena windows;
    std::vector<Tile> tiles;
    std::vector<size_t> done;           // by layer: tiles that have passed
    Floats before, scratch;  // (layers, T): see WindowLayer::apply; (T)
};

class Encoder {
  public:
    static constexpr size_t kStep = 60;  // tiles that enter at once

    Encoder(const SimdKernels& kernels, size_t width, size_t pieces)
        : kernels_(kernels), width_(width), pieces_(pieces), lexemes_(kernels, width, pieces) {}

    // Weights, given once before `finish`; row-major as stored.
    void set_table(int feature, const float* values, size_t rows, uint32_t seed) {
        lexemes_.set_table(feature, values, rows, seed);
    }
    void set_vectors(const uint64_t* keys, const int32_t* rows, size_t n, const float* values, size_t width) {
        lexemes_.set_vectors({keys, rows, values, n, width});
    }
    void set_mixer(const float* w, const float* b, const float* gain, const float* shift) {
        lexemes_.set_mixer(w, b, gain, shift);
    }
    void set_first(const float* w, const float* b, const float* gain, const float* shift, const float* gaps,
                   size_t budget) {
        gain_.assign(gain, gain + width_);
        shift_.assign(shift, shift + width_);
        lexemes_.finish(gaps, w, b, budget);
    }
    void add_convolution(const float* w, const float* b, const float* gain, const float* shift) {
        layers_.emplace_back(kernels_, w, b, gain, shift, pieces_, width_);
    }

    // How many tokens to each side a token's bits depend on, in whole tiles: every layer reads one token of each
    // neighbouring tile, whose bits came from all of that tile; the first convolution reads one token more, of the
    // same tile.
    size_t reach() const { return kWindowRows * std::max<size_t>(layers_.size(), 1); }

    size_t tabulated() const { return lexemes_.tabulated(); }
    size_t computed() const { return lexemes_.computed(); }
    size_t lexeme_multiply_adds() const { return lexemes_.multiply_adds(); }
    size_t tile_multiply_adds() const {
        size_t sum = 0;
        for (const WindowLayer& layer : layers_) sum += layer.multiply_adds();
        return sum;
    }

    // ids (N, 4), gaps (N) below kGaps, documents of `lengths` tokens, N in all → out (N, T).
    void encode(const uint64_t* ids, const uint8_t* gaps, const int32_t* lengths, size_t n_docs, float* out) const {
        static thread_local EncoderArena arena;
        cut(arena.tiles, lengths, n_docs);
        const size_t n_tiles = arena.tiles.size(), n_layers = layers_.size();
        const size_t steps = (n_tiles + kStep - 1) / kStep;
        arena.done.assign(n_layers, 0);
        arena.before.resize(std::max(arena.before.size(), n_layers * width_));
        arena.scratch.resize(std::max(arena.scratch.size(), width_));
        for (size_t step = 0, entered = 0; step < steps; ++step) {
            const size_t entering = (n_tiles - entered + steps - step - 1) / (steps - step);
            enter(arena, arena.tiles.data() + entered, entering, ids, gaps, out);
            entered += entering;
            size_t ready = entered;
            for (size_t i = 0; i < n_layers; ++i) {
                if (ready != n_tiles) ready -= 1;
                layers_[i].apply(arena.windows, arena.tiles.data() + arena.done[i], ready - arena.done[i], out,
                                 arena.before.data() + i * width_);
                arena.done[i] = ready;
            }
        }
    }

  private:
    static void cut(std::vector<Tile>& tiles, const int32_t* lengths, size_t n_docs) {
        tiles.clear();
        size_t first = 0;
        for (size_t doc = 0; doc < n_docs; ++doc) {
            const size_t n = static_cast<size_t>(lengths[doc]);
            for (size_t at = 0; at < n; at += kWindowRows) {
                const size_t count = std::min(kWindowRows, n - at);
                tiles.push_back({first + at, static_cast<uint8_t>(count), at == 0, at + count == n});
            }
            first += n;
        }
    }

    // The tokens' x + first convolution: from the sums of what the lexemes and gaps of the three rows bring along.
    void enter(EncoderArena& arena, const Tile* tiles, size_t n, const uint64_t* ids, const uint8_t* gaps,
               float* out) const {
        static_assert(kStep * kWindowRows + 2 <= Lexemes::kMost, "a step and its neighbours are looked up at once");
        const Tile& last = tiles[n - 1];
        const size_t begin = tiles[0].first - (tiles[0].starts ? 0 : 1);
        const size_t end = last.first + last.count + (last.ends ? 0 : 1);
        lexemes_.find(arena.lexemes, ids + begin * kFeatures, gaps + begin, end - begin);
        const size_t left = lexemes_.left(), centre = lexemes_.centre(), right = lexemes_.right();
        for (size_t i = 0; i < n; ++i) {
            for (size_t r = 0; r < tiles[i].count; ++r) {
                const size_t token = tiles[i].first + r;
                const float* const* lexeme = arena.lexemes.lexeme.data() + (token - begin);
                const float* const* gap = arena.lexemes.gap.data() + (token - begin);
                const bool starts = tiles[i].starts && r == 0, ends = tiles[i].ends && r + 1 == tiles[i].count;
                const float* terms[6] = {starts ? lexemes_.zeros() : lexeme[-1] + left,
                                         starts ? lexemes_.zeros() : gap[-1] + left,
                                         lexeme[0] + centre,
                                         gap[0] + centre,
                                         ends ? lexemes_.zeros() : lexeme[1] + right,
                                         ends ? lexemes_.zeros() : gap[1] + right};
                kernels_.sum6_norm__pt(terms, pieces_, width_, gain_.data(), shift_.data(), lexeme[0], gap[0],
                                       arena.scratch.data(), out + token * width_);
            }
        }
    }

    const SimdKernels& kernels_;
    size_t width_, pieces_;
    Lexemes lexemes_;
    Floats gain_, shift_;  // of the first convolution's norm
    std::vector<WindowLayer> layers_;  // the other convolutions
};

}  // namespace nlpcore
