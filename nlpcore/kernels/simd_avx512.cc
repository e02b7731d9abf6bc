// AVX-512: 16 lanes, 32 registers. Compiled with flags for it (setup.py); empty on other machines.
#include "simd.hpp"

namespace nlpcore {
#if defined(__AVX512F__) && defined(__AVX512VL__)
namespace avx512 {
#define NLPCORE_LANES 16
#define NLPCORE_BIG_TILE 1
#include "gemm.hpp"
#include "rows.hpp"
#include "steps.hpp"
#include "windows.hpp"
static const SimdKernels kernels = {"avx512",         kPanel,       gemm__nkm, maxout_norm__npt,    best__m,         sum6_norm__pt,
                                    windows__nkt,   norm_add__nt, fma_loop,  scattered_gemm__nkm, sum_maxout__fph, best_allowed__m,
                                    filter_in__t,   filter_out__nm, screen_kernels_avx512vnni};
}  // namespace avx512
const SimdKernels* simd_kernels_avx512() { return &avx512::kernels; }
#else
const SimdKernels* simd_kernels_avx512() { return nullptr; }
#endif
}  // namespace nlpcore
