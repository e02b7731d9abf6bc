// Kernels of stepping a transition system: products of scattered rows, sums with maxout, the best valid move, and the
// transforms of a filter over tokens. Included after rows.hpp, inside an instruction set's namespace.


#define NLPCORE_GATHER(r) const float* p##r = a[r];
#define NLPCORE_SCATTER(r)                       \
    store(out[r] + column, lo##r);               \
    store(out[r] + column + kLanes, hi##r);

#define NLPCORE_SCATTERED_TILE(NAME, ROWS)                                                                    \
    static void NAME(const float* const* a, size_t k, const float* w, const float* bias, size_t column,       \
                     float* const* out) {                                                                     \
        const V b0 = bias ? load(bias + column) : V{}, b1 = bias ? load(bias + column + kLanes) : V{};        \
        ROWS(NLPCORE_GATHER)                                                                                  \
        ROWS(NLPCORE_CLEAR)                                                                                   \
        for (size_t i = 0; i < k; ++i, w += kPanel) {                                                         \
            const V w0 = load(w), w1 = load(w + kLanes);                                                      \
            ROWS(NLPCORE_STEP)                                                                                \
        }                                                                                                     \
        ROWS(NLPCORE_SCATTER)                                                                                 \
    }

NLPCORE_SCATTERED_TILE(scattered_1, NLPCORE_ROWS_1)
NLPCORE_SCATTERED_TILE(scattered_2, NLPCORE_ROWS_2)
NLPCORE_SCATTERED_TILE(scattered_3, NLPCORE_ROWS_3)
NLPCORE_SCATTERED_TILE(scattered_4, NLPCORE_ROWS_4)
NLPCORE_SCATTERED_TILE(scattered_5, NLPCORE_ROWS_5)
NLPCORE_SCATTERED_TILE(scattered_6, NLPCORE_ROWS_6)
#if NLPCORE_BIG_TILE
NLPCORE_SCATTERED_TILE(scattered_7, NLPCORE_ROWS_7)
NLPCORE_SCATTERED_TILE(scattered_8, NLPCORE_ROWS_8)
NLPCORE_SCATTERED_TILE(scattered_9, NLPCORE_ROWS_9)
NLPCORE_SCATTERED_TILE(scattered_10, NLPCORE_ROWS_10)
NLPCORE_SCATTERED_TILE(scattered_11, NLPCORE_ROWS_11)
NLPCORE_SCATTERED_TILE(scattered_12, NLPCORE_ROWS_12)
#endif

// A tile for every number of rows: the requests of one round are few, and none is computed twice.
static constexpr decltype(&scattered_1) scattered_tiles[] = {
    scattered_1, scattered_2, scattered_3, scattered_4, scattered_5, scattered_6,
#if NLPCORE_BIG_TILE
    scattered_7, scattered_8, scattered_9, scattered_10, scattered_11, scattered_12,
#endif
};

// One row alone: four panels at once, since the two sums of a panel would leave the multiplier waiting.
#define NLPCORE_PANEL(r) const float* w##r = w + (r) * k * kPanel;
#define NLPCORE_CLEAR_PANEL(r)                                                    \
    V lo##r = bias ? load(bias + (r) * kPanel) : V{},                             \
      hi##r = bias ? load(bias + (r) * kPanel + kLanes) : V{};
#define NLPCORE_STEP_PANEL(r)                    \
    lo##r += x * load(w##r + i * kPanel);        \
    hi##r += x * load(w##r + i * kPanel + kLanes);
#define NLPCORE_STORE_PANEL(r)                   \
    store(out + (r) * kPanel, lo##r);            \
    store(out + (r) * kPanel + kLanes, hi##r);

static void one_row_4_panels(const float* a, size_t k, const float* w, const float* bias, float* out) {
    NLPCORE_ROWS_4(NLPCORE_PANEL)
    NLPCORE_ROWS_4(NLPCORE_CLEAR_PANEL)
    for (size_t i = 0; i < k; ++i) {
        const float x = a[i];
        NLPCORE_ROWS_4(NLPCORE_STEP_PANEL)
    }
    NLPCORE_ROWS_4(NLPCORE_STORE_PANEL)
}

static void scattered_gemm__nkm(const float* const* a, size_t n, size_t k, const float* w, const float* bias, size_t m,
                                float* const* out) {
    size_t column = 0;
    for (; n == 1 && column + 3 * kPanel < m; column += 4 * kPanel, w += 4 * k * kPanel) {
        one_row_4_panels(a[0], k, w, bias ? bias + column : nullptr, out[0] + column);
    }
    for (; column < m; column += kPanel, w += k * kPanel) {
        for (size_t i = 0; i < n; i += kTile) {
            const size_t rows = n - i < kTile ? n - i : kTile;
            scattered_tiles[rows - 1](a + i, k, w, bias, column, out + i);
        }
    }
}

static void sum_maxout__fph(const float* const* rows, size_t f, size_t p, size_t h, float* out) {
    size_t j = 0;
    for (; j + 4 * kLanes <= h; j += 4 * kLanes) {
        for (size_t q = 0; q < p; ++q) {
            const size_t at = q * h + j;
            V s0 = {}, s1 = {}, s2 = {}, s3 = {};
            for (size_t i = 0; i < f; ++i) {
                const float* row = rows[i] + at;
                s0 += load(row);
                s1 += load(row + kLanes);
                s2 += load(row + 2 * kLanes);
                s3 += load(row + 3 * kLanes);
            }
            if (q > 0) {
                const V o0 = load(out + j), o1 = load(out + j + kLanes);
                const V o2 = load(out + j + 2 * kLanes), o3 = load(out + j + 3 * kLanes);
                s0 = s0 > o0 ? s0 : o0;
                s1 = s1 > o1 ? s1 : o1;
                s2 = s2 > o2 ? s2 : o2;
                s3 = s3 > o3 ? s3 : o3;
            }
            store(out + j, s0);
            store(out + j + kLanes, s1);
            store(out + j + 2 * kLanes, s2);
            store(out + j + 3 * kLanes, s3);
        }
    }
    for (; j < h; j += kLanes) {
        for (size_t q = 0; q < p; ++q) {
            V s = {};
            for (size_t i = 0; i < f; ++i) s += load(rows[i] + q * h + j);
            if (q > 0) {
                const V o = load(out + j);
                s = s > o ? s : o;
            }
            store(out + j, s);
        }
    }
}

// Each lane keeps its highest score and where it stood first; of the lanes with the highest, the first place counts.
static int32_t best_allowed__m(const float* scores, const float* mask, size_t m) {
    V best = V{} - __builtin_inff();
    VInt at = {}, position;
    for (size_t i = 0; i < kLanes; ++i) position[i] = static_cast<int32_t>(i);
    at -= 1;
    for (size_t j = 0; j < m; j += kLanes, position += static_cast<int32_t>(kLanes)) {
        const V v = load(scores + j) + load(mask + j);
        const VInt better = v > best;
        best = better ? v : best;
        at = better ? position : at;
    }
    float tops[kLanes];
    store(tops, best);
    for (size_t half = kLanes / 2; half; half /= 2) {
        for (size_t i = 0; i < half; ++i) tops[i] = tops[i + half] > tops[i] ? tops[i + half] : tops[i];
    }
    const VInt first = best == V{} + tops[0] ? at : VInt{} + INT32_MAX;
    int32_t places[kLanes];
    for (size_t i = 0; i < kLanes; ++i) places[i] = first[i];
    for (size_t half = kLanes / 2; half; half /= 2) {
        for (size_t i = 0; i < half; ++i) places[i] = places[i + half] < places[i] ? places[i + half] : places[i];
    }
    return places[0];
}

// The points of the filter are 0, 1, -1, 2, -2 and infinity; see engine/token_filter.hpp.
static void filter_in__t(const float* const* d, size_t t, float* out, size_t ldo) {
    const float *d0 = d[0], *d1 = d[1], *d2 = d[2], *d3 = d[3], *d4 = d[4], *d5 = d[5];
    float *o0 = out, *o1 = out + ldo, *o2 = out + 2 * ldo, *o3 = out + 3 * ldo, *o4 = out + 4 * ldo, *o5 = out + 5 * ldo;
    const auto transform = [=](auto x0, auto x1, auto x2, auto x3, auto x4, auto x5, auto put) {
        const auto even = x4 - 4.0f * x2, odd = x3 - 4.0f * x1, even2 = x4 - x2, odd2 = 2.0f * (x3 - x1);
        put(o0, 4.0f * (x0 - x2) + even2);
        put(o1, even + odd);
        put(o2, even - odd);
        put(o3, even2 + odd2);
        put(o4, even2 - odd2);
        put(o5, 4.0f * (x1 - x3) + (x5 - x3));
    };
    const size_t whole = t / kLanes * kLanes;
    for (size_t j = 0; j < whole; j += kLanes) {
        transform(load(d0 + j), load(d1 + j), load(d2 + j), load(d3 + j), load(d4 + j), load(d5 + j),
                  [j](float* to, V v) { store(to + j, v); });
    }
    for (size_t j = whole; j < t; ++j) {
        transform(d0[j], d1[j], d2[j], d3[j], d4[j], d5[j], [j](float* to, float v) { to[j] = v; });
    }
}

static void filter_out__nm(const float* y, size_t ldy, const float* bias, size_t n, size_t m, float* out, size_t ldo) {
    for (size_t j = 0; j < m; j += kLanes) {
        const V y1 = load(y + ldy + j), y2 = load(y + 2 * ldy + j);
        const V y3 = load(y + 3 * ldy + j), y4 = load(y + 4 * ldy + j);
        const V sum1 = y1 + y2, sum2 = y3 + y4, difference1 = y1 - y2, difference2 = y3 - y4, b = load(bias + j);
        float power = 1.0f;
        for (size_t i = 0; i < n; ++i, power *= 2.0f) {
            V v = i % 2 ? difference1 + power * difference2 : sum1 + power * sum2;
            if (i == 0) v += load(y + j);
            if (i + 1 == n) v += load(y + 5 * ldy + j);
            store(out + i * ldo + j, v + b);
        }
    }
}
