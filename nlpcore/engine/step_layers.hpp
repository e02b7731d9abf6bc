// The weights of a transition network, as decoding reads them.
//
// A row is what a token adds to the hidden layer at one position: the pieces one after another, each of `h` units, which
// is the number of hidden units rounded up to whole registers. Units that only fill up are zero everywhere.
#pragma once

#include <algorithm>
#include <vector>

#include "packed.hpp"

namespace nlpcore {

// The arrays of a network, as nlpcore/transition/stepping.pyx names and shapes them; w (width, F * hidden * pieces).
struct TransitionArrays {
    size_t width;
    int hidden, pieces;
    const float *w, *pad, *bias, *upper, *upper_bias;
};

struct StepLayers {
    size_t width, hidden, pieces, n_context, n_moves;
    size_t h, row;  // padded hidden units; floats of a row
    std::vector<PackedLayer> lower;  // one for each position
    Floats pads, bias;               // (F, row), (row)
    PackedLayer upper;

    StepLayers(const SimdKernels& kernels, const TransitionArrays& arrays, size_t n_context_, size_t n_moves_)
        : width(arrays.width), hidden(arrays.hidden), pieces(arrays.pieces), n_context(n_context_), n_moves(n_moves_),
          h(padded_to_panels(hidden, kernels.panel / 2)), row(padded_to_panels(pieces * h, kernels.panel)),
          lower(n_context), pads(n_context * row, 0.0f), bias(row, 0.0f) {
        const size_t units = hidden * pieces;
        for (size_t f = 0; f < n_context; ++f) {
            const Floats w = position(arrays.w, f);
            lower[f].set(kernels, w.data(), nullptr, width, row);
            spread(arrays.pad + f * units, pads.data() + f * row);
        }
        spread(arrays.bias, bias.data());
        Floats turned(h * n_moves, 0.0f);
        for (size_t i = 0; i < n_moves; ++i) {
            for (size_t k = 0; k < hidden; ++k) turned[k * n_moves + i] = arrays.upper[i * hidden + k];
        }
        upper.set(kernels, turned.data(), arrays.upper_bias, h, n_moves);
    }

    const float* pad(size_t f) const { return pads.data() + f * row; }

    // (width, row): the weights of position f.
    Floats position(const float* w, size_t f) const {
        Floats out(width * row, 0.0f);
        for (size_t k = 0; k < width; ++k) spread(w + (k * n_context + f) * hidden * pieces, out.data() + k * row);
        return out;
    }

    // Unit u, piece q: from u * pieces + q to q * h + u, and back.
    void spread(const float* units, float* to) const {
        for (size_t u = 0; u < hidden; ++u) {
            for (size_t q = 0; q < pieces; ++q) to[q * h + u] = units[u * pieces + q];
        }
    }
    void gather(const float* from, float* units) const {
        for (size_t u = 0; u < hidden; ++u) {
            for (size_t q = 0; q < pieces; ++q) units[u * pieces + q] = from[q * h + u];
        }
    }

    // v (n, width) → out (n, F, hidden * pieces), in the order of units that training uses.
    void tables(const SimdKernels& kernels, const float* v, size_t n, float* out) const {
        constexpr size_t kRows = 48;
        Floats rows(kRows * row);
        for (size_t from = 0; from < n; from += kRows) {
            const size_t count = std::min(kRows, n - from);
            for (size_t f = 0; f < n_context; ++f) {
                lower[f].apply(kernels, v + from * width, width, count, rows.data(), row);
                for (size_t i = 0; i < count; ++i) {
                    gather(rows.data() + i * row, out + ((from + i) * n_context + f) * hidden * pieces);
                }
            }
        }
    }
};

}  // namespace nlpcore
