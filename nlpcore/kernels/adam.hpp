// One step of Adam (Kingma & Ba 2015) and of the moving average of a parameter, in one pass over its numbers.
#pragma once

#include <cmath>
#include <cstddef>

#include "multiversion.hpp"

namespace nlpcore {

struct AdamStep {
    float learn_rate;  // with the corrections of both moments
    float beta1, beta2, epsilon;
    float decay;    // share of the weights that is taken off afterwards
    float average;  // share of the new weights in the average
};

// w, m1, m2, ema (n): changed in place; g (n): the gradient, set to zero.
NLPCORE_MULTIVERSION
static void adam__n(float* __restrict w, float* __restrict g, float* __restrict m1, float* __restrict m2,
                    float* __restrict ema, size_t n, AdamStep step) {
    for (size_t i = 0; i < n; ++i) {
        const float d = g[i];
        const float first = step.beta1 * m1[i] + (1.0f - step.beta1) * d;
        const float second = step.beta2 * m2[i] + (1.0f - step.beta2) * d * d;
        const float moved = w[i] - step.learn_rate * first / (std::sqrt(second) + step.epsilon);
        const float weight = moved - step.decay * moved;
        m1[i] = first;
        m2[i] = second;
        w[i] = weight;
        ema[i] += step.average * (weight - ema[i]);
        g[i] = 0.0f;
    }
}

}  // namespace nlpcore
