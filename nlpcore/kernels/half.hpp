// Half precision (IEEE 754 binary16) as single precision, and what a stored value must not be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "nlpcore/kernels/multiversion.hpp"

namespace nlpcore {

inline float float_of_bits(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline uint32_t bits_of_float(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Exact, without branches: the bits are moved to where single precision has them, and a multiplication by a power
// of two mends the exponent. Subnormal numbers are the low bits of a number whose ulp is theirs, less that number.
inline float widened(uint16_t half) {
    const uint32_t shifted = static_cast<uint32_t>(half) << 16;
    const uint32_t sign = shifted & 0x80000000u, rest = shifted + shifted;
    const float normal = float_of_bits((rest >> 4) + (0xE0u << 23)) * float_of_bits(15u << 23);  // 2^-112
    const float subnormal = float_of_bits((rest >> 17) | (126u << 23)) - 0.5f;
    return float_of_bits(sign | bits_of_float(rest < (1u << 27) ? subnormal : normal));
}

NLPCORE_MULTIVERSION
inline void widen(const uint16_t* half, size_t n, float* to) {
    for (size_t i = 0; i < n; ++i) to[i] = widened(half[i]);
}

// Whether all are numbers: neither infinite nor NaN.
NLPCORE_MULTIVERSION
inline bool all_finite(const float* values, size_t n) {
    uint32_t odd = 0;
    for (size_t i = 0; i < n; ++i) odd |= (bits_of_float(values[i]) & 0x7F800000u) == 0x7F800000u;
    return !odd;
}

}  // namespace nlpcore
