// What every machine of its kind has: SSE2 on x86-64 (16 registers), NEON on aarch64 (32), 4 lanes.
#include "simd.hpp"

namespace nlpcore {
namespace base {
#define NLPCORE_LANES 4
#if defined(__aarch64__)
#define NLPCORE_BIG_TILE 1
#else
#define NLPCORE_BIG_TILE 0
#endif
#include "gemm.hpp"
#include "rows.hpp"
#include "steps.hpp"
#include "windows.hpp"
static const SimdKernels kernels = {"base",         kPanel,       gemm__nkm, maxout_norm__npt,    best__m,         sum6_norm__pt,
                                    windows__nkt,   norm_add__nt, fma_loop,  scattered_gemm__nkm, sum_maxout__fph, best_allowed__m,
                                    filter_in__t,   filter_out__nm, no_screen_kernels};
}  // namespace base
const SimdKernels* simd_kernels_base() { return &base::kernels; }
}  // namespace nlpcore
