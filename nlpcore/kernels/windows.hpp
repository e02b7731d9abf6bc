// A window of three rows times packed weights, with the maximum over the pieces: Winograd's minimal filtering F(6, 3).
// Included after gemm.hpp and rows.hpp, inside an instruction set's namespace.
//
// Six neighbouring outputs are coefficients of a product of polynomials, found from its values at the points 0, 1, -1,
// 2, -2, 1/2, -1/2 and infinity: eight products instead of eighteen. By transposition, the inputs of a tile (the six
// rows and one on each side) are combined into eight rows, each is multiplied by its own combination of the three
// weights (`packed_windows`), and the products are combined into the six outputs. These points lose the least to
// rounding. The bias is added to the product at the point 1, which enters every output once.
//
// Products of twelve tiles and one panel stay in the first cache until they are combined; a panel's weights, eight
// positions, stay in the second while all tiles pass.

constexpr size_t kPositions = kWindowPositions, kGroup = 12;

// How many of the next `left` tiles go together: all groups about as large, none above kGroup.
static inline size_t group_size(size_t left) {
    const size_t groups = (left + kGroup - 1) / kGroup;
    return (left + groups - 1) / groups;
}

// rows: the eight rows of a tile → v: eight combinations, `stride` floats apart. T: V or float.
template <class T>
static inline void combine_inputs(const float* const* rows, size_t j, float* v, size_t stride) {
    const T d0 = at<T>(rows[0] + j), d1 = at<T>(rows[1] + j), d2 = at<T>(rows[2] + j), d3 = at<T>(rows[3] + j);
    const T d4 = at<T>(rows[4] + j), d5 = at<T>(rows[5] + j), d6 = at<T>(rows[6] + j), d7 = at<T>(rows[7] + j);
    const T even1 = d6 + d2 - 4.25f * d4, odd1 = d5 + d1 - 4.25f * d3;
    const T even2 = d6 + 0.25f * d2 - 1.25f * d4, odd2 = 2.0f * d5 + 0.5f * d1 - 2.5f * d3;
    const T even3 = d6 + 4.0f * d2 - 5.0f * d4, odd3 = 0.5f * d5 + 2.0f * d1 - 2.5f * d3;
    v += j;
    put(v, (d6 - d0) + 5.25f * (d2 - d4));
    put(v + stride, even1 + odd1);
    put(v + 2 * stride, even1 - odd1);
    put(v + 3 * stride, even2 + odd2);
    put(v + 4 * stride, even2 - odd2);
    put(v + 5 * stride, even3 + odd3);
    put(v + 6 * stride, even3 - odd3);
    put(v + 7 * stride, (d7 - d1) + 5.25f * (d3 - d5));
}

// products: (8, tiles, panel) of one panel → best (tiles, 6, ldo): the outputs, or the higher of them and what is there.
template <bool kFirst>
static inline void combine_products(const float* products, size_t tiles, float* best, size_t ldo) {
    const size_t stride = tiles * kPanel;
    for (size_t i = 0; i < tiles; ++i, products += kPanel, best += kWindowRows * ldo) {
        for (size_t j = 0; j < kPanel; j += kLanes) {
            const float* m = products + j;
            const V m0 = load(m), m1 = load(m + stride), m2 = load(m + 2 * stride), m3 = load(m + 3 * stride);
            const V m4 = load(m + 4 * stride), m5 = load(m + 5 * stride), m6 = load(m + 6 * stride);
            const V m7 = load(m + 7 * stride);
            const V even1 = m1 + m2, odd1 = m1 - m2, even2 = m3 + m4, odd2 = m3 - m4, even3 = m5 + m6, odd3 = m5 - m6;
            const V y[kWindowRows] = {
                (m0 + even1) + (even2 + even3),
                odd1 + 2.0f * odd2 + 0.5f * odd3,
                even1 + 4.0f * even2 + 0.25f * even3,
                odd1 + 8.0f * odd2 + 0.125f * odd3,
                even1 + 16.0f * even2 + 0.0625f * even3,
                (odd1 + m7) + 32.0f * odd2 + 0.03125f * odd3,
            };
            for (size_t r = 0; r < kWindowRows; ++r) {
                float* o = best + r * ldo + j;
                store(o, kFirst ? y[r] : higher(load(o), y[r]));
            }
        }
    }
}

static void windows__nkt(const float* const* rows, size_t n, size_t k, const float* w, const float* bias, size_t pieces,
                         size_t panels, float* v, float* best) {
    const size_t whole = k / kLanes * kLanes, ldo = panels * kPanel;
    for (size_t from = 0, tiles; from < n; from += tiles) {
        tiles = group_size(n - from);
        for (size_t i = 0; i < tiles; ++i, rows += kPositions) {
            float* tile = v + (from * kPositions + i) * k;
            for (size_t j = 0; j < whole; j += kLanes) combine_inputs<V>(rows, j, tile, tiles * k);
            for (size_t j = whole; j < k; ++j) combine_inputs<float>(rows, j, tile, tiles * k);
        }
    }
    alignas(64) float products[kPositions * kGroup * kPanel];
    for (size_t panel = 0; panel < panels; ++panel) {
        for (size_t piece = 0; piece < pieces; ++piece, w += kPositions * k * kPanel, bias += kPanel) {
            for (size_t from = 0, tiles; from < n; from += tiles) {
                tiles = group_size(n - from);
                for (size_t p = 0; p < kPositions; ++p) {
                    multiply_panel(v + (from * kPositions + p * tiles) * k, k, tiles, k, w + p * k * kPanel,
                                   p == 1 ? bias : nullptr, products + p * tiles * kPanel, kPanel);
                }
                float* out = best + from * kWindowRows * ldo + panel * kPanel;
                if (piece == 0) {
                    combine_products<true>(products, tiles, out, ldo);
                } else {
                    combine_products<false>(products, tiles, out, ldo);
                }
            }
        }
    }
}
