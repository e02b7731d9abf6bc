// Vectors of floats that begin at a cache line, so that no register is loaded from two of them.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace nlpcore {

constexpr size_t kCacheLine = 64;

template <class T>
struct LineAllocator {
    typedef T value_type;
    LineAllocator() = default;
    template <class U>
    LineAllocator(const LineAllocator<U>&) {}
    T* allocate(size_t n) {
        return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(kCacheLine)));
    }
    void deallocate(T* p, size_t) { ::operator delete(p, std::align_val_t(kCacheLine)); }
    template <class U>
    bool operator==(const LineAllocator<U>&) const {
        return true;
    }
    template <class U>
    bool operator!=(const LineAllocator<U>&) const {
        return false;
    }
};

typedef std::vector<float, LineAllocator<float>> Floats;

}  // namespace nlpcore
