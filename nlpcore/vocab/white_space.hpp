// White space: which characters it is, and what it says about the text on both sides of it.
#pragma once

#include <cstdint>

namespace nlpcore {

// The characters of which Python's str.isspace() is true.
inline bool is_space(uint32_t c) noexcept {
    if (c < 128) return c == 32 || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
    if (c < 0x1680) return c == 0x85 || c == 0xA0;
    return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

// A string of Python: code points of 1, 2 or 4 bytes each.
inline uint32_t code_at(int kind, const void* text, int64_t i) noexcept {
    if (kind == 1) return static_cast<const uint8_t*>(text)[i];
    if (kind == 2) return static_cast<const uint16_t*>(text)[i];
    return static_cast<const uint32_t*>(text)[i];
}

// Whether text[start, end) is white space and nothing else, and not empty.
inline bool is_white(int kind, const void* text, int64_t start, int64_t end) noexcept {
    for (int64_t i = start; i < end; ++i) {
        if (!is_space(code_at(kind, text, i))) return false;
    }
    return end > start;
}

// What the white space text[start, end) is: 1 nothing, 2 no line break, 3 one line break, 4 several.
inline uint8_t gap_before(int kind, const void* text, int64_t start, int64_t end) noexcept {
    if (end <= start) return 1;
    int n_breaks = 0;
    for (int64_t i = start; i < end; ++i) {
        const uint32_t c = code_at(kind, text, i);
        if (c == 0x0A) {
            n_breaks += i == start || code_at(kind, text, i - 1) != 0x0D;
        } else if (c == 0x0D || c == 0x85 || c == 0x2028) {
            n_breaks += 1;
        } else if (c == 0x2029) {
            n_breaks += 2;
        }
    }
    return static_cast<uint8_t>(2 + (n_breaks < 2 ? n_breaks : 2));
}

}  // namespace nlpcore
