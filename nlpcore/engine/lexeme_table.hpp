// What is known about frequent lexemes: a table that only grows, up to a fixed budget, and never changes an answer.
//
// Entries are neither moved nor replaced, so a reader needs no lock and may keep an address. A lexeme enters when it
// is met a second time. Whoever can not have the writer's flag at once leaves the entry out: nothing ever waits, not
// even in the child of a fork that copied a flag which nobody will clear.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "aligned.hpp"

namespace nlpcore {

constexpr int kFeatures = 4;

inline uint64_t lexeme_hash(const uint64_t* ids) {
    uint64_t h = 0x9E3779B97F4A7C15ull;
    for (int f = 0; f < kFeatures; ++f) {
        h = (h ^ ids[f]) * 0xff51afd7ed558ccdull;
        h ^= h >> 32;
    }
    return h;
}

inline bool same_lexeme(const uint64_t* a, const uint64_t* b) {
    uint64_t difference = 0;
    for (int f = 0; f < kFeatures; ++f) difference |= a[f] ^ b[f];
    return difference == 0;
}

class LexemeTable {
  public:
    // `floats` to an entry; `budget` bytes for all entries.
    LexemeTable(size_t floats, size_t budget) : floats_(floats) {
        limit_ = budget / entry_bytes();
        size_t n_slots = 16;
        while (n_slots < 2 * limit_) n_slots *= 2;
        mask_ = n_slots - 1;
        slots_.reset(new std::atomic<Entry*>[n_slots]);
        for (size_t i = 0; i < n_slots; ++i) slots_[i].store(nullptr, std::memory_order_relaxed);
        slabs_.reserve(limit_ / (slab_bytes() / entry_bytes()) + 1);  // what holds the flag never throws
        seen_.reset(new std::atomic<uint32_t>[kSeen]);
        for (size_t i = 0; i < kSeen; ++i) seen_[i].store(0, std::memory_order_relaxed);
    }
    ~LexemeTable() {
        for (void* slab : slabs_) ::operator delete(slab, std::align_val_t(kSlab));
    }
    LexemeTable(const LexemeTable&) = delete;
    LexemeTable& operator=(const LexemeTable&) = delete;

    size_t size() const { return count_.load(std::memory_order_relaxed); }

    // Say that `find` will be asked for this hash soon; first the one, then the other.
    void prefetch_slot(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
    void prefetch_entry(uint64_t hash) const {
        __builtin_prefetch(slots_[hash & mask_].load(std::memory_order_acquire));
    }

    const float* find(const uint64_t* ids, uint64_t hash) const {
        for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
            const Entry* entry = slots_[i].load(std::memory_order_acquire);
            if (entry == nullptr) return nullptr;
            if (same_lexeme(entry->ids, ids)) return entry->values();
        }
    }

    void offer(const uint64_t* ids, uint64_t hash, const float* values) {
        if (size() >= limit_) return;
        std::atomic<uint32_t>& seen = seen_[(hash >> 40) % kSeen];
        const uint32_t mark = static_cast<uint32_t>(hash >> 8) | 1u;
        if (seen.load(std::memory_order_relaxed) != mark) {
            seen.store(mark, std::memory_order_relaxed);
            return;
        }
        if (writing_.test_and_set(std::memory_order_acquire)) return;
        insert(ids, hash, values);
        writing_.clear(std::memory_order_release);
    }

  private:
    struct alignas(kCacheLine) Entry {
        uint64_t ids[kFeatures];
        const float* values() const { return reinterpret_cast<const float*>(this + 1); }
    };
    static constexpr size_t kSeen = 1 << 16, kSlab = 2 << 20;

    size_t entry_bytes() const {
        return sizeof(Entry) + (floats_ * sizeof(float) + kCacheLine - 1) / kCacheLine * kCacheLine;
    }

    // Memory for one entry more, or null. Slabs have the size of a large page, since entries are read in no order.
    Entry* new_entry() {
        if (slabs_.empty() || slab_used_ + entry_bytes() > slab_bytes()) {
            if (!next_slab()) return nullptr;
        }
        void* entry = static_cast<char*>(slabs_[slab_]) + slab_used_;
        slab_used_ += entry_bytes();
        return static_cast<Entry*>(entry);
    }

    // A process that needs a second slab takes all of them at once, so that its memory does not creep up for hours.
    bool next_slab() {
        if (slabs_.empty()) return add_slab();
        if (slabs_.size() == 1) {
            while (slabs_.size() < slabs_.capacity() && add_slab()) {
            }
        }
        if (slab_ + 1 >= slabs_.size()) return false;
        ++slab_;
        slab_used_ = 0;
        return true;
    }

    bool add_slab() {
        void* slab = ::operator new(slab_bytes(), std::align_val_t(kSlab), std::nothrow);
        if (slab == nullptr) return false;
#if defined(MADV_HUGEPAGE)
        madvise(slab, slab_bytes(), MADV_HUGEPAGE);
#endif
        std::memset(slab, 0, slab_bytes());
        slabs_.push_back(slab);
        return true;
    }

    size_t slab_bytes() const { return std::max(kSlab, entry_bytes()); }

    void insert(const uint64_t* ids, uint64_t hash, const float* values) {
        if (size() >= limit_) return;
        size_t i = hash & mask_;
        for (; Entry* other = slots_[i].load(std::memory_order_relaxed); i = (i + 1) & mask_) {
            if (same_lexeme(other->ids, ids)) return;
        }
        Entry* entry = new_entry();
        if (entry == nullptr) return;
        std::memcpy(entry->ids, ids, sizeof entry->ids);
        std::memcpy(entry + 1, values, floats_ * sizeof(float));
        slots_[i].store(entry, std::memory_order_release);
        count_.fetch_add(1, std::memory_order_relaxed);
    }

    size_t floats_, limit_, mask_;
    size_t slab_ = 0, slab_used_ = 0;  // the slab in use, and what of it is used; the writer's
    std::vector<void*> slabs_;
    std::atomic<size_t> count_{0};
    std::atomic_flag writing_ = ATOMIC_FLAG_INIT;
    std::unique_ptr<std::atomic<Entry*>[]> slots_;
    std::unique_ptr<std::atomic<uint32_t>[]> seen_;
};

}  // namespace nlpcore
