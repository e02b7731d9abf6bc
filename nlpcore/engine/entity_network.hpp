// The entity recognizer with its network. One move a token: so all context positions at a fixed offset from the token
// are a filter over the tokens, computed for many at once. What depends on the state, the entity in hand and the one
// before it, is the same token for many states: its row is computed when it changes.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "nlpcore/transition/biluo.hpp"
#include "nlpcore/transition/stepping.hpp"
#include "step_layers.hpp"
#include "token_filter.hpp"

namespace nlpcore {

struct FoundEntity {
    int32_t doc, start, end, label;
};

class EntityNetwork {
  public:
    EntityNetwork(const SimdKernels& kernels, const Biluo& system, const TransitionArrays& arrays)
        : kernels_(kernels), system_(system), layers_(kernels, arrays, system.n_context(), system.n_moves()),
          moving_(moving_positions(system)), filter_(kernels, layers_, arrays.w, fixed_positions(system)) {
        for (int more = 0; more < 2; ++more) {
            masks_[more].assign(layers_.upper.padded, -std::numeric_limits<float>::infinity());
            for (int move = 0; move < system.n_moves(); ++move) {
                const Biluo::Kind kind = Biluo::kind(move);
                const bool valid = kind == Biluo::kOut || kind == Biluo::kUnit || (more && kind == Biluo::kBegin);
                if (valid) masks_[more][move] = 0.0f;
            }
        }
    }
    EntityNetwork(const EntityNetwork&) = delete;  // its filter refers to its layers

    // v (n, width) → out (n, F, hidden * pieces): what each token adds to the hidden layer at each position.
    void tables(const float* v, size_t n, float* out) const { layers_.tables(kernels_, v, n, out); }

    // Multiply-adds of all products since the network was made.
    size_t multiply_adds() const { return multiply_adds_.load(std::memory_order_relaxed); }

    // As the parser's; adds the entities to `found`, in the order of documents and starts.
    void decode(const float* v, const int32_t* lengths, size_t n_docs, const int8_t* preset,
                std::vector<FoundEntity>* found) const {
        static thread_local Work work;  // kept from call to call
        work.reset(layers_, moving_.size());
        for (size_t doc = 0; doc < n_docs; ++doc) {
            const int32_t n = lengths[doc];
            for (int32_t token = 0; token < n; token += filter_.per_tile()) {
                work.tiles.push_back({v, token, n});
                work.origins.push_back({static_cast<int32_t>(doc), preset});
                if (work.tiles.size() == kTiles) step(work, found);
            }
            v += n * layers_.width;
            if (preset) preset += n;
        }
        step(work, found);
        multiply_adds_.fetch_add(work.multiply_adds, std::memory_order_relaxed);
    }

  private:
    static constexpr size_t kTiles = 36;  // what is computed at once stays in the L2 cache

    struct Origin {
        int32_t doc;
        const int8_t* preset;
    };

    // The row of one position whose token depends on the state.
    struct HeldRow {
        int32_t token = -1;
        Floats row;
    };

    struct Work {
        std::vector<FilterTile> tiles;
        std::vector<Origin> origins;
        TokenFilter::Work filter;
        EntityState state;
        std::vector<HeldRow> held;
        std::vector<int32_t> tokens;
        std::vector<uint8_t> valid;
        std::vector<const float*> rows;
        Floats sums, hidden, scores;
        size_t multiply_adds = 0;

        void reset(const StepLayers& layers, size_t n_moving) {
            multiply_adds = 0;
            tiles.clear();
            origins.clear();
            held.resize(n_moving);
            for (HeldRow& each : held) each.row.resize(layers.row);
            tokens.resize(layers.n_context);
            valid.resize(layers.n_moves);
            rows.resize(1 + n_moving);
            hidden.resize(layers.h);
            scores.resize(layers.upper.padded);
        }
    };

    // -10 for a position that depends on the state.
    static int32_t offset(int32_t code) {
        constexpr int32_t offsets[kBiluoContextCodes] = {0, 1, 2, -1, -2, kMoving, kMoving, kMoving};
        return offsets[code];
    }
    static constexpr int32_t kMoving = -10;

    static std::vector<FilterTap> fixed_positions(const Biluo& system) {
        std::vector<FilterTap> taps;
        for (size_t f = 0; f < system.context_codes.size(); ++f) {
            if (offset(system.context_codes[f]) != kMoving) taps.push_back({f, offset(system.context_codes[f])});
        }
        return taps;
    }
    static std::vector<size_t> moving_positions(const Biluo& system) {
        std::vector<size_t> positions;
        for (size_t f = 0; f < system.context_codes.size(); ++f) {
            if (offset(system.context_codes[f]) == kMoving) positions.push_back(f);
        }
        return positions;
    }

    // Steps through the tokens of the tiles that have been collected.
    void step(Work& work, std::vector<FoundEntity>* found) const {
        const int32_t per_tile = filter_.per_tile();
        work.sums.resize(std::max(work.sums.size(), kTiles * per_tile * layers_.row));
        filter_.apply(work.tiles.data(), work.tiles.size(), work.filter, work.sums.data());
        work.multiply_adds += work.tiles.size() * filter_.multiply_adds();
        for (size_t i = 0; i < work.tiles.size(); ++i) {
            const FilterTile& tile = work.tiles[i];
            if (tile.token == 0) {
                system_.init(work.state, tile.n, work.origins[i].preset);
                for (HeldRow& each : work.held) each.token = -1;
            }
            const float* sum = work.sums.data() + i * per_tile * layers_.row;
            const int32_t stop = std::min(tile.n, tile.token + per_tile);
            for (int32_t token = tile.token; token < stop; ++token, sum += layers_.row) {
                apply(work.state, choose(work, tile.v, sum), work.origins[i].doc, found);
            }
        }
        work.tiles.clear();
        work.origins.clear();
    }

    // Of the entities found the state keeps the last, which contexts name.
    void apply(EntityState& state, int move, int32_t doc, std::vector<FoundEntity>* found) const {
        const size_t before = state.spans.size();
        system_.apply(state, move);
        if (state.spans.size() == before) return;
        const EntitySpan span = state.spans.back();
        found->push_back({doc, span.start, span.end, span.label});
        state.spans.assign(1, span);
    }

    // v: the document's vectors; sum: of bias and fixed positions.
    int choose(Work& work, const float* v, const float* sum) const {
        const EntityState& state = work.state;
        if (state.open_start < 0) {
            score(work, v, sum);
            const float* mask = masks_[!Biluo::closed_after(state, state.next)].data();
            const int move = kernels_.best_allowed__m(work.scores.data(), mask, layers_.upper.padded);
            if (move >= 0) return move;
        }
        const uint8_t* valid = work.valid.data();
        system_.valid_moves(state, work.valid.data());
        const auto is_valid = [valid](int i) { return valid[i] != 0; };
        const bool is_forced = state.open_start >= 0 && Biluo::closed_after(state, state.next);  // LAST alone is valid
        if (state.open_start >= 0 && !is_forced) score(work, v, sum);
        return best_move(work.scores.data(), system_.n_moves(), is_valid);
    }

    // The scores of all moves in the state.
    void score(Work& work, const float* v, const float* sum) const {
        work.rows[0] = sum;
        if (!moving_.empty()) system_.context(work.state, work.tokens.data());
        for (size_t i = 0; i < moving_.size(); ++i) {
            const size_t f = moving_[i];
            const int32_t token = work.tokens[f];
            work.rows[1 + i] = token < 0 ? layers_.pad(f) : row(work, work.held[i], token, layers_.lower[f], v);
        }
        kernels_.sum_maxout__fph(work.rows.data(), work.rows.size(), layers_.pieces, layers_.h, work.hidden.data());
        product(work, layers_.upper, work.hidden.data(), work.scores.data());
    }

    const float* row(Work& work, HeldRow& held, int32_t token, const PackedLayer& lower, const float* v) const {
        if (held.token != token) product(work, lower, v + token * layers_.width, held.row.data());
        held.token = token;
        return held.row.data();
    }

    void product(Work& work, const PackedLayer& layer, const float* from, float* to) const {
        layer.apply(kernels_, from, layer.k, 1, to, layer.padded);
        work.multiply_adds += layer.k * layer.m;
    }

    const SimdKernels& kernels_;
    Biluo system_;
    StepLayers layers_;
    std::vector<size_t> moving_;  // positions whose token depends on the state
    TokenFilter filter_;
    mutable std::atomic<size_t> multiply_adds_{0};
    Floats masks_[2];  // without an open entity, where none can begin and where one can: 0 for valid moves, else -inf
};

}  // namespace nlpcore
