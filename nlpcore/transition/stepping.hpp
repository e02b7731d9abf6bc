// Stepping a transition system with a model: decoding, training, forced scoring. Templates over the System concept.
//
// A model here is what remains when the lower layer has been applied to every token once: `tables` holds, for each
// token and context position, its contribution to the hidden layer. A state sums the rows of its context tokens, takes
// the maxout, and applies the upper layer.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "step_kernels.hpp"

namespace nlpcore {

struct StepModel {
    int n_context, hidden, pieces, n_moves;
    const float* tables;     // (tokens, n_context, hidden * pieces): unit h, piece p at h * pieces + p
    const float* pad;        // (n_context, hidden * pieces): for a position without a token
    const float* bias;       // (hidden * pieces)
    const float* upper;      // (n_moves, hidden)
    const float* upper_bias; // (n_moves)
};

struct StepGradients {
    float *tables, *pad, *bias, *upper, *upper_bias;  // same shapes; added to
};

struct StepResult {
    double loss = 0.0;
    int64_t states = 0, correct = 0;
};

// SplitMix64: a small generator, so that a seed gives the same walk everywhere.
struct StepRandom {
    uint64_t state;
    explicit StepRandom(uint64_t seed) : state(seed) {}
    uint64_t next() {
        uint64_t z = (state += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
    float uniform() { return static_cast<float>(next() >> 40) * (1.0f / 16777216.0f); }
};

// The best of the moves for which `allowed` holds; the first of equal ones. NaN loses against any number, so there is
// always an answer where a move is allowed; -1 where none is.
template <class Allowed>
int best_move(const float* scores, int n, Allowed allowed) {
    int best = -1;
    for (int i = 0; i < n; ++i) {
        if (!allowed(i)) continue;
        if (best < 0 || scores[i] > scores[best] || (std::isnan(scores[best]) && !std::isnan(scores[i]))) best = i;
    }
    return best;
}

// Working memory of one thread, with the upper layer turned so that its moves lie side by side.
template <class System>
class Stepper {
  public:
    Stepper(const System& system, const StepModel& model)
        : system_(system), model_(model), width_(model.hidden * model.pieces), padded_((model.n_moves + 31) / 32 * 32),
          turned_(static_cast<size_t>(model.hidden) * padded_, 0.0f), turned_bias_(padded_, 0.0f), scores_(padded_, 0.0f),
          gradient_(padded_), sums_(width_), d_sums_(width_), hidden_(model.hidden), d_hidden_(model.hidden),
          mask_(model.hidden), which_(model.hidden), tokens_(model.n_context), rows_(model.n_context),
          d_rows_(model.n_context + 1), cost_(model.n_moves), gold_moves_(model.n_moves + 1), valid_(model.n_moves) {
        for (int i = 0; i < model.n_moves; ++i) {
            turned_bias_[i] = model.upper_bias[i];
            for (int k = 0; k < model.hidden; ++k) {
                turned_[static_cast<size_t>(k) * padded_ + i] = model.upper[static_cast<size_t>(i) * model.hidden + k];
            }
        }
    }

    const float* scores() const { return scores_.data(); }
    const uint8_t* valid() const { return valid_.data(); }

    // The tables hold a window of the document alone: rows for the tokens in `carried`, then one for each token from
    // `low` on. `first` is then the row at which token 0 would stand. `carried` must outlive the stepper.
    void set_window(int32_t low, const int32_t* carried, int n_carried) {
        low_ = low;
        carried_ = carried;
        n_carried_ = n_carried;
    }

    // The scores of all moves in `state`; `first` is the document's first row of the tables.
    void score(const typename System::State& state, int64_t first, float drop, StepRandom* random) {
        system_.context(state, tokens_.data());
        for (int f = 0; f < model_.n_context; ++f) {
            rows_[f] = tokens_[f] < 0 ? model_.pad + static_cast<int64_t>(f) * width_
                                      : model_.tables + table_row(first, f);
        }
        kernels::sum_rows(model_.bias, rows_.data(), model_.n_context, width_, sums_.data());
        kernels::maxout(sums_.data(), model_.hidden, model_.pieces, hidden_.data(), which_.data());
        if (drop > 0.0f) {
            const float keep = 1.0f / (1.0f - drop);
            const uint64_t threshold = static_cast<uint64_t>(drop * 65536.0f);
            uint64_t bits = 0;  // four units share one random number
            for (int k = 0; k < model_.hidden; ++k, bits >>= 16) {
                if (k % 4 == 0) bits = random->next();
                mask_[k] = (bits & 0xFFFF) < threshold ? 0.0f : keep;
                hidden_[k] *= mask_[k];
            }
        }
        kernels::upper(hidden_.data(), turned_.data(), turned_bias_.data(), model_.hidden, padded_, scores_.data());
    }

    // How many moves are valid, and one of them.
    int count_valid(const typename System::State& state, int* only) {
        system_.valid_moves(state, valid_.data());
        int count = 0;
        for (int i = 0; i < model_.n_moves; ++i) count += valid_[i];
        *only = 0;
        if (count == 1) {
            while (!valid_[*only]) ++*only;
        }
        return count;
    }

    int best_valid() const {
        const uint8_t* valid = valid_.data();
        return best_move(scores_.data(), model_.n_moves, [valid](int i) { return valid[i] != 0; });
    }

    void decode(typename System::State& state, int64_t first) { decode_until(state, first, state.n); }

    // As far as the tokens before `limit` suffice: until the document or what a state could read reaches beyond.
    void decode_until(typename System::State& state, int64_t first, int32_t limit) {
        while (!system_.is_final(state) && (limit >= state.n || system_.reads_before(state) <= limit)) {
            int move;
            if (count_valid(state, &move) != 1) {
                score(state, first, 0.0f, nullptr);
                move = best_valid();
            }
            system_.apply(state, move);
        }
    }

    void train(typename System::State& state, const typename System::Gold& gold, int64_t first, float explore, float drop,
               StepRandom& random, const StepGradients& gradients, StepResult& result) {
        while (!system_.is_final(state)) {
            int move;
            if (count_valid(state, &move) != 1) {
                score(state, first, drop, &random);
                system_.move_costs(state, gold, valid_.data(), cost_.data());
                const uint8_t* valid = valid_.data();
                const int32_t* cost = cost_.data();
                const int best = best_valid();
                const int best_gold =
                    best_move(scores_.data(), model_.n_moves, [=](int i) { return valid[i] && cost[i] == 0; });
                int n_gold = 0;
                for (int i = 0; i < model_.n_moves; ++i) {
                    gold_moves_[n_gold] = i;
                    n_gold += valid[i] && cost[i] == 0;
                }
                result.loss += kernels::softmax_loss(scores_.data(), valid, model_.n_moves, gold_moves_.data(), n_gold,
                                                     scores_[best], scores_[best_gold], gradient_.data());
                ++result.states;
                result.correct += cost[best] == 0;
                backward(first, drop > 0.0f, gradients);
                move = explore > 0.0f && random.uniform() < explore ? best : best_gold;
            }
            system_.apply(state, move);
        }
    }

  private:
    int64_t table_row(int64_t first, int f) const {
        const int32_t token = tokens_[f];
        int64_t row = first + token;
        if (token < low_) {
            for (row = 0; row + 1 < n_carried_ && carried_[row] != token;) ++row;
        }
        return (row * model_.n_context + f) * static_cast<int64_t>(width_);
    }

    void backward(int64_t first, bool dropped, const StepGradients& g) {
        kernels::upper_back(gradient_.data(), hidden_.data(), model_.upper, model_.n_moves, model_.hidden, g.upper,
                            g.upper_bias, d_hidden_.data());
        std::fill(d_sums_.begin(), d_sums_.end(), 0.0f);
        for (int k = 0; k < model_.hidden; ++k) {
            d_sums_[k * model_.pieces + which_[k]] = dropped ? d_hidden_[k] * mask_[k] : d_hidden_[k];
        }
        d_rows_[0] = g.bias;
        for (int f = 0; f < model_.n_context; ++f) {
            d_rows_[f + 1] = tokens_[f] < 0 ? g.pad + static_cast<int64_t>(f) * width_ : g.tables + table_row(first, f);
        }
        kernels::rows_back(d_sums_.data(), d_rows_.data(), model_.n_context + 1, width_);
    }

    const System& system_;
    StepModel model_;
    int width_, padded_;
    int32_t low_ = 0;  // tokens before it stand in `carried_`
    int n_carried_ = 0;
    const int32_t* carried_ = nullptr;
    std::vector<float> turned_, turned_bias_, scores_, gradient_, sums_, d_sums_, hidden_, d_hidden_, mask_;
    std::vector<int32_t> which_, tokens_;
    std::vector<const float*> rows_;
    std::vector<float*> d_rows_;
    std::vector<int32_t> cost_, gold_moves_;
    std::vector<uint8_t> valid_;
};

}  // namespace nlpcore
