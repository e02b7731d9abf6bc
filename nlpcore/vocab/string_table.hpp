// The memory of a StringStore: strings as UTF-8 in insertion order, found by id.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace nlpcore {

class StringTable {
public:
    struct View {
        const char* data;
        size_t size;
    };

    size_t size() const noexcept { return entries_.size(); }
    uint64_t id(size_t i) const noexcept { return entries_[i].id; }
    View view(size_t i) const noexcept { return {entries_[i].data, entries_[i].size}; }

    // Position of the id, or -1.
    int64_t find(uint64_t id) const noexcept {
        if (slots_.empty()) return -1;
        const size_t mask = slots_.size() - 1;
        for (size_t slot = id & mask;; slot = (slot + 1) & mask) {
            const uint32_t at = slots_[slot];
            if (at == 0) return -1;
            if (entries_[at - 1].id == id) return static_cast<int64_t>(at) - 1;
        }
    }

    // Adds a string whose id is not in the table yet. May throw std::bad_alloc; the table is then unchanged.
    void insert(uint64_t id, const char* data, size_t n) {
        if (2 * (entries_.size() + 1) > slots_.size()) grow();
        entries_.reserve(entries_.size() + 1 > entries_.capacity() ? 2 * entries_.size() + 8 : 0);
        char* copy = allocate(n);
        std::memcpy(copy, data, n);
        entries_.push_back({id, copy, n});
        place(id, static_cast<uint32_t>(entries_.size()));
    }

    void clear() noexcept {
        entries_.clear();
        slots_.clear();
        blocks_.clear();
        free_ = nullptr;
        left_ = 0;
    }

private:
    struct Entry {
        uint64_t id;
        const char* data;
        size_t size;
    };
    static constexpr size_t BLOCK = 1 << 15;

    std::vector<Entry> entries_;
    std::vector<uint32_t> slots_;  // position + 1; 0 is free; the size is a power of two, at most half full
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* free_ = nullptr;
    size_t left_ = 0;

    char* allocate(size_t n) {
        if (n > left_) {
            const size_t size = n > BLOCK / 8 ? n : BLOCK;
            blocks_.emplace_back(new char[size]);
            if (size != BLOCK) return blocks_.back().get();  // a long string has a block of its own
            free_ = blocks_.back().get();
            left_ = BLOCK;
        }
        char* at = free_;
        free_ += n;
        left_ -= n;
        return at;
    }

    void place(uint64_t id, uint32_t at) noexcept {
        const size_t mask = slots_.size() - 1;
        size_t slot = id & mask;
        while (slots_[slot] != 0) slot = (slot + 1) & mask;
        slots_[slot] = at;
    }

    void grow() {
        std::vector<uint32_t> slots(slots_.empty() ? 64 : 2 * slots_.size(), 0);
        slots_.swap(slots);
        for (size_t i = 0; i < entries_.size(); ++i) place(entries_[i].id, static_cast<uint32_t>(i + 1));
    }
};

}  // namespace nlpcore
