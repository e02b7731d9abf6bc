// What is done to single rows of a product: maxout with layer norm, the best columns, sums of rows. Included after
// gemm.hpp, inside an instruction set's namespace. Registers are written out, so that no loop is peeled by alignment.

static inline float lane_sum(V v) {
    float lanes[kLanes];
    store(lanes, v);
    for (size_t half = kLanes / 2; half; half /= 2) {
        for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

static void maxout_norm__npt(const float* y, size_t ldy, size_t n, size_t p, size_t t, const float* gain,
                             const float* shift, const float* residual, size_t ldr, float* out, size_t ldo) {
    const size_t whole = t / kLanes * kLanes;
    for (size_t i = 0; i < n; ++i) {
        const float* row = y + i * ldy;
        float* o = out + i * ldo;
        V sums = {};
        for (size_t j = 0; j < whole; j += kLanes) {
            V best = load(row + j);
            for (size_t q = 1; q < p; ++q) {
                const V v = load(row + q * t + j);
                best = v > best ? v : best;
            }
            store(o + j, best);
            sums += best;
        }
        float sum = lane_sum(sums);
        for (size_t j = whole; j < t; ++j) {
            float best = row[j];
            for (size_t q = 1; q < p; ++q) best = row[q * t + j] > best ? row[q * t + j] : best;
            o[j] = best;
            sum += best;
        }
        const float mean = sum / static_cast<float>(t);
        V squares = {};
        for (size_t j = 0; j < whole; j += kLanes) {
            const V centred = load(o + j) - mean;
            store(o + j, centred);
            squares += centred * centred;
        }
        float square = lane_sum(squares);
        for (size_t j = whole; j < t; ++j) {
            o[j] -= mean;
            square += o[j] * o[j];
        }
        const float scale = 1.0f / __builtin_sqrtf(square / static_cast<float>(t) + 1e-5f);
        const float* r = residual ? residual + i * ldr : nullptr;
        for (size_t j = 0; j < whole; j += kLanes) {
            V v = (load(o + j) * scale) * load(gain + j) + load(shift + j);
            if (r) v += load(r + j);
            store(o + j, v);
        }
        for (size_t j = whole; j < t; ++j) {
            float v = (o[j] * scale) * gain[j] + shift[j];
            if (r) v += r[j];
            o[j] = v;
        }
    }
}

// Each lane keeps its highest score and where it stood first; then the lanes are compared.
static int32_t best_column(const float* row, size_t m) {
    const size_t whole = m / kLanes * kLanes;
    V best = {};
    VInt at = {}, position = {};
    for (size_t i = 0; i < kLanes; ++i) {
        best[i] = -__builtin_inff();
        at[i] = position[i] = static_cast<int32_t>(i);
    }
    for (size_t j = 0; j < whole; j += kLanes, position += static_cast<int32_t>(kLanes)) {
        const V v = load(row + j);
        const VInt better = v > best;
        best = better ? v : best;
        at = better ? position : at;
    }
    float top = -__builtin_inff();
    int32_t column = 0;
    bool found = false;
    for (size_t i = 0; i < kLanes && whole; ++i) {
        if (!found || best[i] > top || (best[i] == top && at[i] < column)) {
            top = best[i];
            column = at[i];
            found = true;
        }
    }
    for (size_t j = whole; j < m; ++j) {
        if (!found || row[j] > top) {
            top = row[j];
            column = static_cast<int32_t>(j);
            found = true;
        }
    }
    return column;
}

static void best__m(float* row, size_t m, size_t n_best, int32_t* best) {
    for (size_t i = 0; i < n_best; ++i) {
        best[i] = best_column(row, m);
        if (n_best > 1) row[best[i]] = -__builtin_inff();
    }
}

static void sum6__m(const float* const* terms, size_t m, float* out) {
    const float *a = terms[0], *b = terms[1], *c = terms[2], *d = terms[3], *e = terms[4], *f = terms[5];
    const size_t whole = m / kLanes * kLanes;
    for (size_t j = 0; j < whole; j += kLanes) {
        store(out + j, ((load(a + j) + load(b + j)) + (load(c + j) + load(d + j))) + (load(e + j) + load(f + j)));
    }
    for (size_t j = whole; j < m; ++j) out[j] = ((a[j] + b[j]) + (c[j] + d[j])) + (e[j] + f[j]);
}
