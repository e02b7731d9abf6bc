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

// k floats' registers, the last one filled up with zeros.
static inline V load_some(const float* v, size_t left) {
    const __mmask16 mask = left >= kLanes ? 0xffff : static_cast<__mmask16>((1u << left) - 1);
    return reinterpret_cast<V>(_mm512_maskz_loadu_ps(mask, v));
}

static void round__nk(const float* v, size_t n, size_t k, size_t quads, int8_t* q, RoundedRow* rows, bool* usable) {
    for (size_t i = 0; i < n; ++i, v += k, q += 4 * quads) {
        V squares = {}, most = {};
        for (size_t j = 0; j < k; j += kLanes) {
            const V x = load_some(v + j, k - j);
            const V size = x < 0.0f ? -x : x;
            squares += x * x;
            most = higher(most, size);
        }
        const float square = lane_sum(squares);
        usable[i] = square >= 1e-20f && square <= 1e20f;
        const float scale = usable[i] ? highest_lane(most) / 127.0f : 0.0f;
        const float per_scale = usable[i] ? 1.0f / scale : 0.0f;
        V lost = {};
        VInt sum = {};
        for (size_t j = 0; j < 4 * quads; j += kLanes) {
            const __mmask16 mask = 4 * quads - j >= kLanes ? 0xffff : static_cast<__mmask16>((1u << (4 * quads - j)) - 1);
            const V x = usable[i] && j < k ? load_some(v + j, k - j) : V{};
            // Masked only because GCC 12 warns of what the plain intrinsic leaves undefined.
            VInt number = reinterpret_cast<VInt>(_mm512_maskz_cvtps_epi32(0xffff, reinterpret_cast<__m512>(x * per_scale)));
            number = number > 127 ? VInt{} + 127 : number < -127 ? VInt{} - 127 : number;
            const V loss = x - scale * __builtin_convertvector(number, V);
            lost += loss * loss;
            sum += number;
            _mm512_mask_cvtepi32_storeu_epi8(q + j, mask, reinterpret_cast<__m512i>(number));
        }
        const int32_t total = reduced<kLanes>(reinterpret_cast<const int32_t*>(&sum),
                                              [](auto a, auto b) { return a + b; });
        rows[i] = {scale, __builtin_sqrtf(square), __builtin_sqrtf(lane_sum(lost)), -128 * total};
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

// Equal ones among `lower` go together, which lowers the threshold: it stays true.
static size_t reaching__m(const float* upper, size_t panels, const float* lower, size_t n_best, int32_t* found,
                          size_t most) {
    V lo = load(lower), hi = load(lower + kLanes);
    float threshold = highest_lane(higher(lo, hi));
    for (size_t i = 1; i < n_best; ++i) {
        lo = lo < threshold ? lo : V{} - __builtin_inff();
        hi = hi < threshold ? hi : V{} - __builtin_inff();
        threshold = highest_lane(higher(lo, hi));
    }
    if (!(threshold > -__builtin_inff())) return most + 1;
    size_t n = 0;
    const __m512 wanted = _mm512_set1_ps(threshold);
    for (size_t j = 0; j < panels * kPanel; j += kPanel) {
        const uint32_t low = _mm512_cmp_ps_mask(_mm512_loadu_ps(upper + j), wanted, _CMP_GE_OQ);
        const uint32_t high = _mm512_cmp_ps_mask(_mm512_loadu_ps(upper + j + kLanes), wanted, _CMP_GE_OQ);
        for (uint32_t mask = low | high << kLanes; mask; mask &= mask - 1) {
            if (n == most) return most + 1;
            found[n++] = static_cast<int32_t>(j) + __builtin_ctz(mask);
        }
    }
    return n;
}

// Up to eight chains at once, as each addition waits for the one before.
template <size_t kN>
static inline void chains(const float* v, size_t k, const float* w, const float* bias, const int32_t* columns,
                          float* scores) {
    const float* row[kN];
    float sum[kN];
    for (size_t c = 0; c < kN; ++c) {
        row[c] = w + columns[c] * k;
        sum[c] = bias[columns[c]];
    }
    for (size_t i = 0; i < k; ++i) {
        const float x = v[i];
        for (size_t c = 0; c < kN; ++c) sum[c] = __builtin_fmaf(x, row[c][i], sum[c]);
    }
    for (size_t c = 0; c < kN; ++c) scores[c] = sum[c];
}

static void chains__nk(const float* v, size_t k, const float* w, const float* bias, const int32_t* columns, size_t n,
                       float* scores) {
    for (; n >= 8; n -= 8, columns += 8, scores += 8) chains<8>(v, k, w, bias, columns, scores);
    if (n >= 6) {
        chains<6>(v, k, w, bias, columns, scores);
        n -= 6, columns += 6, scores += 6;
    }
    if (n >= 4) {
        chains<4>(v, k, w, bias, columns, scores);
        n -= 4, columns += 4, scores += 4;
    }
    if (n == 3) chains<3>(v, k, w, bias, columns, scores);
    if (n == 2) chains<2>(v, k, w, bias, columns, scores);
    if (n == 1) chains<1>(v, k, w, bias, columns, scores);
}

static const ScreenKernels kernels = {round__nk, bound__nkm, reaching__m, chains__nk};
}  // namespace avx512vnni

const ScreenKernels* screen_kernels_avx512vnni() {
    return __builtin_cpu_supports("avx512vnni") ? &avx512vnni::kernels : nullptr;
}
}  // namespace nlpcore
#else
namespace nlpcore {
const ScreenKernels* screen_kernels_avx512vnni() { return nullptr; }
}  // namespace nlpcore
#endif
