// Kernels that exclude columns of a product by small integers: rows and weights are rounded to 8 bits, and each
// approximate score comes with a bound of its distance from the float32 score. `engine/screen.hpp` says why it holds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nlpcore {

// Rows that are screened together, columns of a packed panel, columns of a row that may be left, and the room to write
// them in: by whole registers.
constexpr size_t kScreenRows = 12, kScreenPanel = 32, kScreenMost = 64, kScreenRoom = kScreenMost + 16;

// A row v rounded to scale * q: the lengths of v and of v - scale * q; start: -128 times the sum of q.
struct RoundedRow {
    float scale, length, loss;
    int32_t start;
};

// What a panel knows of its columns beside their weights. A score is rounded to scale * (integers) + bias; it is wrong
// by at most per_length * row.length + per_loss * row.loss + always.
struct ScreenPanel {
    float scale[kScreenPanel], bias[kScreenPanel];
    float per_length[kScreenPanel], per_loss[kScreenPanel], always[kScreenPanel];
};

struct ScreenKernels {
    // v (n, k), n <= kScreenRows → q (n, 4 * quads), 4 * quads being k rounded up to a multiple of 16, and rows (n).
    // Usable are rows whose squares sum to 1e-20 to 1e20; what is written for others means nothing.
    void (*round__nk)(const float* v, size_t n, size_t k, size_t quads, int8_t* q, RoundedRow* rows, bool* usable);

    // Of at most kScreenRows rows: upper (n, panels * 32) are the highest that each score can be; lower (n, 32) the
    // highest of the lowest that the scores of each 32nd column can be. w: (panels, quads, 32, 4), q + 128.
    void (*bound__nkm)(const int8_t* q, const RoundedRow* rows, size_t n, size_t quads, const uint8_t* w,
                       const ScreenPanel* columns, size_t panels, float* upper, float* lower);

    // found: the columns whose upper bounds reach what n_best columns' lower bounds reach. Returns how many there are,
    // or kScreenMost + 1 where there are more than kScreenMost or nothing can be said.
    size_t (*reaching__m)(const float* upper, size_t panels, const float* lower, size_t n_best, int32_t* found);

    // best (n, n_best): of the columns found (n, kScreenRoom) for each row, counts (n) of them in order, those with the
    // highest scores v (k) · w[column] (k) + bias[column], each the chain of additions of gemm__nkm; of equal ones the
    // first. Rows with counts above kScreenMost are left alone. What follows the columns in `found` is overwritten.
    void (*best_of__nk)(const float* v, size_t n, size_t k, const float* w, const float* bias, int32_t* found,
                        const size_t* counts, size_t n_best, int32_t* best);
};

// Null where this build or this CPU has none.
const ScreenKernels* screen_kernels_avx512vnni();
inline const ScreenKernels* no_screen_kernels() { return nullptr; }

}  // namespace nlpcore
