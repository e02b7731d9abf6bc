// Vectors of floats that begin at a cache line, so that no register is loaded from two of them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>
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

// Zeros that take no memory until they are written; for types whose bytes may all be zero, with nothing to destroy.
template <class T>
class Zeros {
  public:
    explicit Zeros(size_t n) : first_(static_cast<T*>(std::calloc(n, sizeof(T)))) {
        static_assert(std::is_trivially_copyable<T>::value, "nothing is constructed or destroyed here");
        if (first_ == nullptr) throw std::bad_alloc();
    }
    ~Zeros() { std::free(first_); }
    Zeros(const Zeros&) = delete;
    Zeros& operator=(const Zeros&) = delete;

    T& operator[](size_t i) { return first_[i]; }
    const T& operator[](size_t i) const { return first_[i]; }

  private:
    T* first_;
};

}  // namespace nlpcore
