// AVX2 with FMA: 8 lanes, 16 registers. Compiled with flags for it (setup.py); empty on other machines.
#include "simd.hpp"

namespace nlpcore {
#if defined(__AVX2__) && defined(__FMA__)
namespace avx2 {
#define NLPCORE_LANES 8
#define NLPCORE_BIG_TILE 0
#include "gemm.hpp"
#include "rows.hpp"
#include "steps.hpp"
#include "windows.hpp"
static const SimdKernels kernels = {"avx2",         kPanel,       gemm__nkm, maxout_norm__npt,    best__m,         sum6_norm__pt,
                                    windows__nkt,   norm_add__nt, fma_loop,  scattered_gemm__nkm, sum_maxout__fph, best_allowed__m,
                                    filter_in__t,   filter_out__nm, no_screen_kernels};
}  // namespace avx2
const SimdKernels* simd_kernels_avx2() { return &avx2::kernels; }
#else
const SimdKernels* simd_kernels_avx2() { return nullptr; }
#endif
}  // namespace nlpcore
