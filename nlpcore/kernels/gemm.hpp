// The product of a block of rows with packed weights. Included once by each instruction set's source, inside its
// namespace, after NLPCORE_LANES (floats in a register) and NLPCORE_BIG_TILE (12 rows instead of 6) are defined.
//
// A tile is MR rows by two registers of columns; its sums live in registers while the whole of k passes. They are
// named scalars made by macros, because GCC keeps an array of them on the stack. There is a tile for each number of
// rows up to 12, and all add in the order of k, each element in one chain: which tile a row falls into changes nothing.

typedef float V __attribute__((vector_size(4 * NLPCORE_LANES)));
typedef float VLoose __attribute__((vector_size(4 * NLPCORE_LANES), aligned(4), may_alias));
typedef int32_t VInt __attribute__((vector_size(4 * NLPCORE_LANES)));

constexpr size_t kLanes = NLPCORE_LANES;
constexpr size_t kPanel = 2 * kLanes;

static inline V load(const float* p) { return *reinterpret_cast<const VLoose*>(p); }
static inline void store(float* p, V v) { *reinterpret_cast<VLoose*>(p) = v; }

#define NLPCORE_ROWS_1(DO) DO(0)
#define NLPCORE_ROWS_2(DO) NLPCORE_ROWS_1(DO) DO(1)
#define NLPCORE_ROWS_3(DO) NLPCORE_ROWS_2(DO) DO(2)
#define NLPCORE_ROWS_4(DO) NLPCORE_ROWS_3(DO) DO(3)
#define NLPCORE_ROWS_5(DO) NLPCORE_ROWS_4(DO) DO(4)
#define NLPCORE_ROWS_6(DO) NLPCORE_ROWS_5(DO) DO(5)
#define NLPCORE_ROWS_7(DO) NLPCORE_ROWS_6(DO) DO(6)
#define NLPCORE_ROWS_8(DO) NLPCORE_ROWS_7(DO) DO(7)
#define NLPCORE_ROWS_9(DO) NLPCORE_ROWS_8(DO) DO(8)
#define NLPCORE_ROWS_10(DO) NLPCORE_ROWS_9(DO) DO(9)
#define NLPCORE_ROWS_11(DO) NLPCORE_ROWS_10(DO) DO(10)
#define NLPCORE_ROWS_12(DO) NLPCORE_ROWS_11(DO) DO(11)

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

#define NLPCORE_TILE_OF(n) NLPCORE_TILE(tile_##n, NLPCORE_ROWS_##n)
NLPCORE_TILE_OF(1)
NLPCORE_TILE_OF(2)
NLPCORE_TILE_OF(3)
NLPCORE_TILE_OF(4)
NLPCORE_TILE_OF(5)
NLPCORE_TILE_OF(6)
#if NLPCORE_BIG_TILE
NLPCORE_TILE_OF(7)
NLPCORE_TILE_OF(8)
NLPCORE_TILE_OF(9)
NLPCORE_TILE_OF(10)
NLPCORE_TILE_OF(11)
NLPCORE_TILE_OF(12)
#endif

typedef void (*Tile)(const float*, size_t, size_t, const float*, const float*, float*, size_t);
#if NLPCORE_BIG_TILE
constexpr size_t kTile = 12;
static const Tile tiles_of[] = {nullptr, tile_1, tile_2, tile_3, tile_4,  tile_5,  tile_6,
                                tile_7,  tile_8, tile_9, tile_10, tile_11, tile_12};
#else
constexpr size_t kTile = 6;
static const Tile tiles_of[] = {nullptr, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};
#endif

// One panel of columns. Few rows in a tile wait for each addition, so no tile is much smaller than the others.
static inline void multiply_panel(const float* a, size_t lda, size_t n, size_t k, const float* w, const float* bias,
                                  float* out, size_t ldo) {
    for (size_t left = (n + kTile - 1) / kTile, rows; left; --left, n -= rows, a += rows * lda, out += rows * ldo) {
        rows = (n + left - 1) / left;
        tiles_of[rows](a, lda, k, w, bias, out, ldo);
    }
}

static void gemm__nkm(const float* a, size_t lda, size_t n, size_t k, const float* w, const float* bias, size_t m,
                      float* out, size_t ldo) {
    for (size_t column = 0; column < m; column += kPanel, w += k * kPanel) {
        multiply_panel(a, lda, n, k, w, bias ? bias + column : nullptr, out + column, ldo);
    }
}
