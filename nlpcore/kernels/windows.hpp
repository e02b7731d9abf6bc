// A window of three rows times packed weights, with the maximum over the pieces: Winograd's minimal filtering F(4, 3).
// Included after gemm.hpp and rows.hpp, inside an instruction set's namespace.
//
// Four neighbouring outputs are a product of polynomials of degree 2 (the weights) and 3, found from its values at the
// points 0, 1, -1, 2, -2 and infinity: six products instead of twelve. By transposition, the inputs of a tile (the four
// rows and one on each side) are combined into six rows, each is multiplied by its own combination of the three
// weights (`packed_windows`), and the products are combined into the four outputs. The bias is added to the product at
// the point 1, which enters every output once.
//
// Products of twelve tiles and one panel stay in the first cache until they are combined, a panel's weights (six
// positions) in the second while all tiles pass.

constexpr size_t kPositions = kWindowPositions, kGroup = 12;

// How many of the next `left` tiles go together: all groups about as large, none above kGroup.
static inline size_t group_size(size_t left) {
    const size_t groups = (left + kGroup - 1) / kGroup;
    return (left + groups - 1) / groups;
}

// rows: the six rows of a tile → v: six combinations, `stride` floats apart. T: V or float.
template <class T>
static inline void combine_inputs(const float* const* rows, size_t j, float* v, size_t stride) {
    const T d0 = at<T>(rows[0] + j), d1 = at<T>(rows[1] + j), d2 = at<T>(rows[2] + j);
    const T d3 = at<T>(rows[3] + j), d4 = at<T>(rows[4] + j), d5 = at<T>(rows[5] + j);
    const T even1 = d4 - 4.0f * d2, odd1 = d3 - 4.0f * d1, even2 = d4 - d2, odd2 = 2.0f * (d3 - d1);
    put(v + j, even1 + 4.0f * d0 - d2);
    put(v + j + stride, even1 + odd1);
    put(v + j + 2 * stride, even1 - odd1);
    put(v + j + 3 * stride, even2 + odd2);
    put(v + j + 4 * stride, even2 - odd2);
    put(v + j + 5 * stride, d5 - 4.0f * d3 - odd1);
}

// products: (6, tiles, panel) of one panel → best (tiles, 4, ldo): the outputs, or the higher of them and what is there.
template <bool kFirst>
static inline void combine_products(const float* products, size_t tiles, float* best, size_t ldo) {
    const size_t stride = tiles * kPanel;
    for (size_t i = 0; i < tiles; ++i, products += kPanel, best += kWindowRows * ldo) {
        for (size_t j = 0; j < kPanel; j += kLanes) {
            const float* m = products + j;
            const V m0 = load(m), m1 = load(m + stride), m2 = load(m + 2 * stride), m3 = load(m + 3 * stride);
            const V m4 = load(m + 4 * stride), m5 = load(m + 5 * stride);
            const V even1 = m1 + m2, odd1 = m1 - m2, even2 = m3 + m4, odd2 = m3 - m4;
            const V y0 = (m0 + even1) + even2, y1 = odd1 + 2.0f * odd2;
            const V y2 = even1 + 4.0f * even2, y3 = (odd1 + m5) + 8.0f * odd2;
            float* o = best + j;
            store(o, kFirst ? y0 : higher(load(o), y0));
            store(o + ldo, kFirst ? y1 : higher(load(o + ldo), y1));
            store(o + 2 * ldo, kFirst ? y2 : higher(load(o + 2 * ldo), y2));
            store(o + 3 * ldo, kFirst ? y3 : higher(load(o + 3 * ldo), y3));
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
