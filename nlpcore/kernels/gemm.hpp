// The product of a block of rows with packed weights. Included once by each instruction set's source, inside its
// namespace, after NLPCORE_LANES (floats in a register) and NLPCORE_BIG_TILE (12 rows instead of 6) are defined.
//
// A tile is MR rows by two registers of columns; its sums live in registers while the whole of k passes. They are
// named scalars made by macros, because GCC keeps an array of them on the stack. All tiles, of 12, 6, 4 or 1 rows, add
// in the order of k, each element in one chain: which tile a row falls into changes nothing.

typedef float V __attribute__((vector_size(4 * NLPCORE_LANES)));
typedef float VLoose __attribute__((vector_size(4 * NLPCORE_LANES), aligned(4), may_alias));
typedef int32_t VInt __attribute__((vector_size(4 * NLPCORE_LANES)));

constexpr size_t kLanes = NLPCORE_LANES;
constexpr size_t kPanel = 2 * kLanes;

static inline V load(const float* p) { return *reinterpret_cast<const VLoose*>(p); }
static inline void store(float* p, V v) { *reinterpret_cast<VLoose*>(p) = v; }

#define NLPCORE_ROWS_1(DO) DO(0)
#define NLPCORE_ROWS_4(DO) DO(0) DO(1) DO(2) DO(3)
#define NLPCORE_ROWS_6(DO) NLPCORE_ROWS_4(DO) DO(4) DO(5)
#define NLPCORE_ROWS_12(DO) NLPCORE_ROWS_6(DO) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

#define NLPCORE_POINTER(r) const float* p##r = a + (r) * lda;
#define NLPCORE_CLEAR(r) V lo##r = b0, hi##r = b1;
#define NLPCORE_STEP(r)                          \
    {                                            \
        const float x = p##r[i];                 \
        lo##r += x * w0;                         \
        hi##r += x * w1;                         \
    }
#define NLPCORE_STORE(r)                         \
    store(out + (r) * ldo, lo##r);               \
    store(out + (r) * ldo + kLanes, hi##r);

#define NLPCORE_TILE(NAME, ROWS)                                                                              \
    static void NAME(const float* a, size_t lda, size_t k, const float* w, const float* bias, float* out,     \
                     size_t ldo) {                                                                            \
        const V b0 = bias ? load(bias) : V{}, b1 = bias ? load(bias + kLanes) : V{};                          \
        ROWS(NLPCORE_POINTER)                                                                                 \
        ROWS(NLPCORE_CLEAR)                                                                                   \
        for (size_t i = 0; i < k; ++i, w += kPanel) {                                                         \
            const V w0 = load(w), w1 = load(w + kLanes);                                                      \
            ROWS(NLPCORE_STEP)                                                                                \
        }                                                                                                     \
        ROWS(NLPCORE_STORE)                                                                                   \
    }

NLPCORE_TILE(tile_1, NLPCORE_ROWS_1)
NLPCORE_TILE(tile_4, NLPCORE_ROWS_4)
#if NLPCORE_BIG_TILE
constexpr size_t kTile = 12;
NLPCORE_TILE(tile_full, NLPCORE_ROWS_12)
#else
constexpr size_t kTile = 6;
NLPCORE_TILE(tile_full, NLPCORE_ROWS_6)
#endif

// The last rows are covered by a tile that overlaps the one before it and computes the same bits again.
static void gemm__nkm(const float* a, size_t lda, size_t n, size_t k, const float* w, const float* bias, size_t m,
                      float* out, size_t ldo) {
    const auto tile = n >= kTile ? tile_full : n >= 4 ? tile_4 : tile_1;
    const size_t rows = n >= kTile ? kTile : n >= 4 ? 4 : 1;
    if (n == 0) return;
    for (size_t column = 0; column < m; column += kPanel, w += k * kPanel) {
        const float* b = bias ? bias + column : nullptr;
        for (size_t i = 0; i < n; i += rows) {
            const size_t row = i + rows <= n ? i : n - rows;
            tile(a + row * lda, lda, k, w, b, out + row * ldo + column, ldo);
        }
    }
}
