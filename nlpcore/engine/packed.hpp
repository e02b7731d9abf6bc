// Weights as the engine keeps them: an affine layer packed for the product's micro-kernel.
#pragma once

#include <limits>
#include <vector>

#include "aligned.hpp"
#include "nlpcore/kernels/simd.hpp"

namespace nlpcore {

struct PackedLayer {
    size_t k = 0, m = 0, padded = 0;
    Floats weights, bias;

    // w (k, m) row-major; b (m) or null. Columns that only fill up the last panel get `filler` as their bias.
    void set(const SimdKernels& kernels, const float* w, const float* b, size_t k_, size_t m_, float filler = 0.0f) {
        k = k_;
        m = m_;
        padded = padded_to_panels(m, kernels.panel);
        weights.resize(padded * k);
        if (k && m) pack__km(w, m, k, m, kernels.panel, weights.data());
        bias.assign(padded, 0.0f);
        for (size_t j = 0; j < padded; ++j) bias[j] = j >= m ? filler : b ? b[j] : 0.0f;
    }

    void apply(const SimdKernels& kernels, const float* a, size_t lda, size_t n, float* out, size_t ldo) const {
        kernels.gemm__nkm(a, lda, n, k, weights.data(), bias.data(), m, out, ldo);
    }
};

}  // namespace nlpcore
