// Arrays of floats that begin at a cache line: a wide load from any other address may touch two of them.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace nlpcore {

template <class T>
struct CacheAligned {
    using value_type = T;
    static constexpr std::align_val_t kLine{64};

    CacheAligned() = default;
    template <class U>
    CacheAligned(const CacheAligned<U>&) {}
    T* allocate(size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
    void deallocate(T* p, size_t) { ::operator delete(p, kLine); }
    template <class U>
    bool operator==(const CacheAligned<U>&) const { return true; }
    template <class U>
    bool operator!=(const CacheAligned<U>&) const { return false; }
};

using Floats = std::vector<float, CacheAligned<float>>;

}  // namespace nlpcore
