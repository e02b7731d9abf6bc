// Transition systems with their networks, as other modules call them: without the GIL, from several threads at once.
#pragma once

#include <vector>

#include "nlpcore/transition/arc_eager_oracle.hpp"
#include "nlpcore/transition/biluo.hpp"
#include "nlpcore/transition/stepping.hpp"
#include "table_window.hpp"

namespace nlpcore {

// The arrays of a network, as nlpcore/transition/stepping.pyx names and shapes them; w (width, F * hidden * pieces).
struct TransitionArrays {
    size_t width;
    int hidden, pieces;
    const float *w, *pad, *bias, *upper, *upper_bias;
};

struct FoundEntity {
    int32_t doc, start, end, label;
};

// What decoding a batch needs of both systems: weights of its own, which never change.
template <class System>
class TransitionNetwork {
  public:
    TransitionNetwork(const SimdKernels& kernels, const System& system, const TransitionArrays& arrays)
        : kernels_(kernels), system_(system), units_(arrays.hidden * arrays.pieces) {
        const int f = system.n_context(), moves = system.n_moves();
        lower_.set(kernels, arrays.w, nullptr, arrays.width, static_cast<size_t>(f) * units_);
        pad_.assign(arrays.pad, arrays.pad + f * units_);
        bias_.assign(arrays.bias, arrays.bias + units_);
        upper_.assign(arrays.upper, arrays.upper + moves * arrays.hidden);
        upper_bias_.assign(arrays.upper_bias, arrays.upper_bias + moves);
        model_ = {f, arrays.hidden, arrays.pieces, moves, nullptr, pad_.data(), bias_.data(), upper_.data(),
                  upper_bias_.data()};
    }

    // v (n, width) → out (n, F * hidden * pieces): what each token adds to the hidden layer at each position.
    void tables(const float* v, size_t n, float* out) const {
        std::vector<float> row(lower_.padded);
        for (size_t i = 0; i < n; ++i) {
            lower_.apply(kernels_, v + i * lower_.k, lower_.k, 1, row.data(), lower_.padded);
            std::copy(row.begin(), row.begin() + lower_.m, out + i * lower_.m);
        }
    }

  protected:
    template <class Finish>
    void decode_each(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset, Finish finish) const {
        int64_t n = 0, first = 0;
        for (size_t i = 0; i < n_docs; ++i) n += lengths[i];
        if (n == 0) return;
        Stepper<System> stepper(system_, model_);
        TableWindow window(kernels_, lower_, v, n, units_);
        typename System::State state;
        for (size_t doc = 0; doc < n_docs; ++doc) {
            system_.init(state, lengths[doc], preset ? preset + first : nullptr);
            stepper.decode_through(state, first, window);
            finish(static_cast<int32_t>(doc), first, state);
            first += lengths[doc];
        }
    }

    const SimdKernels& kernels_;
    System system_;
    int units_;
    PackedLayer lower_;
    std::vector<float> pad_, bias_, upper_, upper_bias_;
    StepModel model_;
};

class ParserNetwork : public TransitionNetwork<ArcEager> {
  public:
    using TransitionNetwork::TransitionNetwork;

    // v (N, width): the vectors of all tokens, document after document; preset (N) sentence starts (1, -1, 0 free) or
    // null. Writes heads (N) counted within the document, labels (N) as ids, sentence starts (N) as 1 or -1.
    void decode(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset, int32_t* heads,
                int32_t* labels, int8_t* starts) const {
        decode_each(v, lengths, n_docs, preset, [=](int32_t, int64_t first, const ParseState& state) {
            std::copy(state.head.begin(), state.head.begin() + state.n, heads + first);
            std::copy(state.label.begin(), state.label.begin() + state.n, labels + first);
            std::copy(state.starts.begin(), state.starts.begin() + state.n, starts + first);
        });
    }
};

class EntityNetwork : public TransitionNetwork<Biluo> {
  public:
    using TransitionNetwork::TransitionNetwork;

    // As the parser's; adds the entities to `found`, in order of documents and starts.
    void decode(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset,
                std::vector<FoundEntity>* found) const {
        decode_each(v, lengths, n_docs, preset, [=](int32_t doc, int64_t, const EntityState& state) {
            for (const EntitySpan& span : state.spans) found->push_back({doc, span.start, span.end, span.label});
        });
    }
};

}  // namespace nlpcore
