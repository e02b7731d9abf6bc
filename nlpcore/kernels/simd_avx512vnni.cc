// Screening with AVX-512 VNNI: four products of bytes where a float has one. Compiled with flags for it (setup.py);
// empty on other machines, and asked for only by the AVX-512 variant.
#include "screening.hpp"

#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
#include <immintrin.h>

namespace nlpcore {
namespace avx512vnni {
#define NLPCORE_LANES 16
#define NLPCORE_BIG_TILE 1
#include "gemm.hpp"
#include "rows.hpp"

static_assert(kPanel == kScreenPanel && kTile == kScreenRows, "a tile of gemm.hpp is one of these");

static inline VInt add_products(VInt sums, VInt unsigned_bytes, VInt signed_bytes) {
    return reinterpret_cast<VInt>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums),
                                                      reinterpret_cast<__m512i>(unsigned_bytes),
                                                      reinterpret_cast<__m512i>(signed_bytes)));
}

static inline __mmask16 mask_of(size_t left) {
    return static_cast<__mmask16>(_bzhi_u32(0xffff, static_cast<uint32_t>(left < kLanes ? left : kLanes)));
}

// A register of what is left of a row, filled up with zeros.
static inline V load_some(const float* v, size_t left) {
    return reinterpret_cast<V>(_mm512_maskz_loadu_ps(mask_of(left), v));
}

static inline V square_root(V v) {
    return reinterpret_cast<V>(_mm512_maskz_sqrt_ps(0xffff, reinterpret_cast<__m512>(v)));
}

// What takes long, the divisions and roots, is done once for all rows.
static void round__nk(const float* v, size_t n, size_t k, size_t quads, int8_t* q, RoundedRow* rows, bool* usable) {
    static_assert(kScreenRows <= kLanes, "a register has a number for each row");
    const size_t whole = k / kLanes * kLanes;
    float square[kLanes] = {}, largest[kLanes] = {}, lost[kLanes] = {}, scale[kLanes], per_scale[kLanes];
    for (size_t i = 0; i < n; ++i) {
        const float* row = v + i * k;
        V x = load_some(row + whole, k - whole), squares = x * x, most = x < 0.0f ? -x : x;
        for (size_t j = 0; j < whole; j += kLanes) {
            x = load(row + j);
            squares += x * x;
            most = higher(most, x < 0.0f ? -x : x);
        }
        square[i] = lane_sum(squares);
        largest[i] = highest_lane(most);
        usable[i] = square[i] >= 1e-20f && square[i] <= 1e20f;
    }
    store(scale, load(largest) / 127.0f);
    store(per_scale, 127.0f / load(largest));
    for (size_t i = 0; i < n; ++i, q += 4 * quads) {
        const float* row = v + i * k;
        V losses = {};
        VInt sum = {};
        for (size_t j = 0; j < k; j += kLanes) {
            const V x = load_some(row + j, k - j);
            // Masked only because GCC 12 warns of what the plain intrinsic leaves undefined.
            VInt number = reinterpret_cast<VInt>(
                _mm512_maskz_cvtps_epi32(0xffff, reinterpret_cast<__m512>(x * per_scale[i])));
            number = number > 127 ? VInt{} + 127 : number;
            number = number < -127 ? VInt{} - 127 : number;
            const V loss = x - scale[i] * __builtin_convertvector(number, V);
            losses += loss * loss;
            sum += number;
            _mm_storeu_si128(reinterpret_cast<__m128i*>(q + j),
                             _mm512_maskz_cvtepi32_epi8(0xffff, reinterpret_cast<__m512i>(number)));
        }
        lost[i] = lane_sum(losses);
        rows[i].start = -128 * reduced<kLanes>(reinterpret_cast<const int32_t*>(&sum),
                                               [](auto a, auto b) { return a + b; });
    }
    store(square, square_root(load(square)));
    store(lost, square_root(load(lost)));
    for (size_t i = 0; i < n; ++i) {
        rows[i].scale = scale[i];
        rows[i].length = square[i];
        rows[i].loss = lost[i];
    }
}

static inline void bound(VInt sums, const RoundedRow& row, const ScreenPanel& columns, size_t at, float* upper,
                         float* lower) {
    const V sum = __builtin_convertvector(sums, V);
    const V score = (sum * load(columns.scale + at)) * row.scale + load(columns.bias + at);
    const V error = row.length * load(columns.per_length + at) +
                    (row.loss * load(columns.per_loss + at) + load(columns.always + at));
    store(upper + at, score + error);
    store(lower + at, higher(load(lower + at), score - error));
}

#define NLPCORE_QUADS(r) const int32_t* q##r = reinterpret_cast<const Quad*>(q) + (r) * quads;
#define NLPCORE_START(r) VInt lo##r = VInt{} + rows[r].start, hi##r = lo##r;
#define NLPCORE_ADD(r)                          \
    {                                           \
        const VInt x = VInt{} + q##r[i];        \
        lo##r = add_products(lo##r, w0, x);     \
        hi##r = add_products(hi##r, w1, x);     \
    }
#define NLPCORE_BOUND(r)                                                                  \
    bound(lo##r, rows[r], columns, 0, upper + (r) * ldo, lower + (r) * kPanel);           \
    bound(hi##r, rows[r], columns, kLanes, upper + (r) * ldo, lower + (r) * kPanel);

typedef int32_t Quad __attribute__((aligned(4), may_alias));
typedef VInt VQuads __attribute__((aligned(4), may_alias));

#define NLPCORE_SCREEN(NAME, ROWS)                                                                                  \
    static void NAME(const int8_t* q, const RoundedRow* rows, size_t quads, const uint8_t* w,                       \
                     const ScreenPanel& columns, float* upper, size_t ldo, float* lower) {                          \
        ROWS(NLPCORE_QUADS)                                                                                         \
        ROWS(NLPCORE_START)                                                                                         \
        for (size_t i = 0; i < quads; ++i, w += 4 * kPanel) {                                                       \
            const VInt w0 = reinterpret_cast<const VQuads*>(w)[0], w1 = reinterpret_cast<const VQuads*>(w)[1];      \
            ROWS(NLPCORE_ADD)                                                                                       \
        }                                                                                                           \
        ROWS(NLPCORE_BOUND)                                                                                         \
    }
#define NLPCORE_SCREEN_OF(n) NLPCORE_SCREEN(screen_##n, NLPCORE_ROWS_##n)
NLPCORE_SCREEN_OF(1)
NLPCORE_SCREEN_OF(2)
NLPCORE_SCREEN_OF(3)
NLPCORE_SCREEN_OF(4)
NLPCORE_SCREEN_OF(5)
NLPCORE_SCREEN_OF(6)
NLPCORE_SCREEN_OF(7)
NLPCORE_SCREEN_OF(8)
NLPCORE_SCREEN_OF(9)
NLPCORE_SCREEN_OF(10)
NLPCORE_SCREEN_OF(11)
NLPCORE_SCREEN_OF(12)

typedef void (*Screen)(const int8_t*, const RoundedRow*, size_t, const uint8_t*, const ScreenPanel&, float*, size_t,
                       float*);
static const Screen screens_of[] = {nullptr,  screen_1, screen_2, screen_3, screen_4,  screen_5, screen_6,
                                    screen_7, screen_8, screen_9, screen_10, screen_11, screen_12};

static void bound__nkm(const int8_t* q, const RoundedRow* rows, size_t n, size_t quads, const uint8_t* w,
                       const ScreenPanel* columns, size_t panels, float* upper, float* lower) {
    for (size_t i = 0; i < n * kPanel; i += kLanes) store(lower + i, V{} - __builtin_inff());
    for (size_t p = 0; p < panels; ++p, w += 4 * quads * kPanel, upper += kPanel) {
        screens_of[n](q, rows, quads, w, columns[p], upper, panels * kPanel, lower);
    }
}

// Whole registers are stored, the found columns first. Where one is sought, nearly all registers are skipped; nobody can
// predict in which ones several stand.
template <bool kSkip>
static inline size_t collected(const float* upper, size_t panels, float threshold, int32_t* found) {
    size_t n = 0;
    VInt numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t j = 0; j < panels * kPanel && n <= kScreenMost; j += kLanes, numbers += static_cast<int32_t>(kLanes)) {
        const __mmask16 reach = _mm512_cmp_ps_mask(_mm512_loadu_ps(upper + j), _mm512_set1_ps(threshold), _CMP_GE_OQ);
        if (kSkip && !reach) continue;
        _mm512_storeu_si512(found + n, _mm512_maskz_compress_epi32(reach, reinterpret_cast<__m512i>(numbers)));
        n += static_cast<size_t>(__builtin_popcount(reach));
    }
    return n <= kScreenMost ? n : kScreenMost + 1;
}

// Equal ones among `lower` go together, which lowers the threshold: it stays true.
static size_t reaching__m(const float* upper, size_t panels, const float* lower, size_t n_best, int32_t* found) {
    V lo = load(lower), hi = load(lower + kLanes);
    float threshold = highest_lane(higher(lo, hi));
    for (size_t i = 1; i < n_best; ++i) {
        lo = lo < threshold ? lo : V{} - __builtin_inff();
        hi = hi < threshold ? hi : V{} - __builtin_inff();
        threshold = highest_lane(higher(lo, hi));
    }
    if (!(threshold > -__builtin_inff())) return kScreenMost + 1;
    return n_best == 1 ? collected<true>(upper, panels, threshold, found)
                       : collected<false>(upper, panels, threshold, found);
}

typedef float Eight __attribute__((vector_size(32)));
typedef Eight EightLoose __attribute__((aligned(4), may_alias));

// Eight rows of eight → eight columns of eight.
static inline void transpose(Eight* r) {
    Eight pairs[8], fours[8];
    for (size_t i = 0; i < 8; i += 2) {
        pairs[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (size_t i = 0; i < 8; i += 4) {
        for (size_t j = 0; j < 2; ++j) {
            fours[i + 2 * j] = __builtin_shufflevector(pairs[i + j], pairs[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            fours[i + 2 * j + 1] = __builtin_shufflevector(pairs[i + j], pairs[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    for (size_t i = 0; i < 4; ++i) {
        r[i] = __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

// Eight columns whose scores for a row are wanted.
struct Wanted {
    const float* v;
    const int32_t* columns;
    float* scores;
};

// A lane is a column's chain, in the order of k. Two times eight at once, as each addition waits for the one before.
static inline void score_two(const Wanted* wanted, size_t k, const float* w, const float* bias) {
    const float* rows[2][8];
    Eight sums[2];
    for (size_t g = 0; g < 2; ++g) {
        float starts[8];
        for (size_t c = 0; c < 8; ++c) {
            rows[g][c] = w + wanted[g].columns[c] * k;
            starts[c] = bias[wanted[g].columns[c]];
        }
        sums[g] = *reinterpret_cast<const EightLoose*>(starts);
    }
    size_t i = 0;
    for (; i + 8 <= k; i += 8) {
        Eight block[2][8];
        for (size_t g = 0; g < 2; ++g) {
            for (size_t c = 0; c < 8; ++c) block[g][c] = *reinterpret_cast<const EightLoose*>(rows[g][c] + i);
            transpose(block[g]);
        }
        for (size_t j = 0; j < 8; ++j) {
            for (size_t g = 0; g < 2; ++g) sums[g] += wanted[g].v[i + j] * block[g][j];
        }
    }
    for (; i < k; ++i) {
        for (size_t g = 0; g < 2; ++g) {
            Eight column = {};
            for (size_t c = 0; c < 8; ++c) column[c] = rows[g][c][i];
            sums[g] += wanted[g].v[i] * column;
        }
    }
    for (size_t g = 0; g < 2; ++g) *reinterpret_cast<EightLoose*>(wanted[g].scores) = sums[g];
}

// A column's place is the number of those that are better: higher, or as high and before it. No branch depends on it,
// since nobody can predict it.
static inline void choose(const float* scores, const int32_t* columns, size_t n, size_t n_best, int32_t* best) {
    int32_t placed[kScreenMost];
    for (size_t i = 0; i < n; ++i) {
        const __m512 score = _mm512_set1_ps(scores[i]);
        uint64_t better = 0;
        for (size_t j = 0; j < n; j += kLanes) {
            const __m512 others = _mm512_mask_loadu_ps(_mm512_set1_ps(-__builtin_inff()), mask_of(n - j), scores + j);
            const uint64_t higher = _mm512_cmp_ps_mask(others, score, _CMP_GT_OQ);
            const uint64_t equal = _mm512_cmp_ps_mask(others, score, _CMP_EQ_OQ);
            better |= (higher << j) | ((equal << j) & ((uint64_t{1} << i) - 1));
        }
        placed[__builtin_popcountll(better)] = columns[i];
    }
    for (size_t i = 0; i < n_best; ++i) best[i] = placed[i];
}

static void best_of__nk(const float* v, size_t n, size_t k, const float* w, const float* bias, int32_t* found,
                        const size_t* counts, size_t n_best, int32_t* best) {
    float scores[kScreenRows][kScreenMost];
    Wanted wanted[kScreenRows * kScreenMost / 8 + 1];
    size_t groups = 0;
    for (size_t i = 0; i < n; ++i) {
        int32_t* columns = found + i * kScreenRoom;
        if (counts[i] == 1) best[i] = columns[0];
        if (counts[i] == 1 || counts[i] > kScreenMost) continue;
        for (size_t c = 0; c < counts[i]; c += 8) {
            for (size_t filled = counts[i]; filled < c + 8; ++filled) columns[filled] = columns[0];
            wanted[groups++] = {v + i * k, columns + c, scores[i] + c};
        }
    }
    if (!groups) return;
    wanted[groups] = wanted[groups - 1];
    for (size_t g = 0; g < groups; g += 2) score_two(wanted + g, k, w, bias);
    for (size_t i = 0; i < n; ++i) {
        if (counts[i] == 1 || counts[i] > kScreenMost) continue;
        choose(scores[i], found + i * kScreenRoom, counts[i], n_best, best + i * n_best);
    }
}

static const ScreenKernels kernels = {round__nk, bound__nkm, reaching__m, best_of__nk};
}  // namespace avx512vnni

const ScreenKernels* screen_kernels_avx512vnni() {
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("bmi2") ? &avx512vnni::kernels : nullptr;
}
}  // namespace nlpcore
#else
namespace nlpcore {
const ScreenKernels* screen_kernels_avx512vnni() { return nullptr; }
}  // namespace nlpcore
#endif
