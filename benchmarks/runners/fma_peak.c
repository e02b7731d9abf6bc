/* Multiply-adds a second of one core, at most: chains that depend on nothing but themselves. */
#include <time.h>

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
enum { LANES = BYTES / sizeof(float), CHAINS = 12 };
typedef float Vector __attribute__((vector_size(BYTES)));

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Floating-point operations a second; a multiply-add counts as two. `sink` keeps the compiler from leaving it out. */
double fma_peak(long rounds, float *sink) {
    Vector sums[CHAINS], factor, term;
    for (int j = 0; j < LANES; ++j) factor[j] = 0.999f + *sink, term[j] = 1e-3f;
    for (int i = 0; i < CHAINS; ++i) sums[i] = term * (float)i;
    double started = now();
    for (long k = 0; k < rounds; ++k)
        for (int i = 0; i < CHAINS; ++i) sums[i] = sums[i] * factor + term;
    double seconds = now() - started;
    for (int i = 0; i < CHAINS; ++i)
        for (int j = 0; j < LANES; ++j) *sink += sums[i][j];
    return 2.0 * CHAINS * LANES * rounds / seconds;
}
