from libc.stdint cimport int64_t, uint64_t


cdef extern from "nlpcore/vocab/hashing.hpp" namespace "nlpcore" nogil:
    uint64_t murmur64a(const char* data, size_t n, uint64_t seed) noexcept
    uint64_t check_hash(const char* data, size_t n, uint64_t secret) noexcept
    size_t utf8_capacity(int kind, size_t n) noexcept
    size_t encode_utf8_kind(int kind, const void* text, size_t start, size_t n, char* out) noexcept

    cdef cppclass SymbolTable:
        bint add(uint64_t key, int value) noexcept
        uint64_t resolve(uint64_t key) noexcept

    SymbolTable& symbol_table() noexcept
    uint64_t string_id(const SymbolTable& symbols, const char* utf8, size_t n) noexcept


cdef extern from "nlpcore/vocab/string_table.hpp" namespace "nlpcore" nogil:
    cdef cppclass StringView "nlpcore::StringTable::View":
        const char* data
        size_t size

    cdef cppclass StringTable:
        size_t size() noexcept
        uint64_t id(size_t i) noexcept
        StringView view(size_t i) noexcept
        int64_t find(uint64_t id) noexcept
        void insert(uint64_t id, const char* data, size_t n) except +MemoryError
        void clear() noexcept


# The names whose ids are small integers. Other modules ask for it here: a header's own table would be another
# one wherever the loader does not make them one.
cdef const SymbolTable* known_symbols() noexcept nogil
# Id of a string given as UTF-8 (lone surrogates as three bytes each).
cdef uint64_t hash_utf8(const char* utf8, size_t n) noexcept nogil
# Id of a str. Raises nothing but MemoryError.
cpdef uint64_t hash_string(str string) except? 0
# Id of the n code points of `text` from `start` on; the caller has checked the range.
cdef uint64_t hash_slice(str text, Py_ssize_t start, Py_ssize_t n) except? 0


cdef class StringStore:
    cdef StringTable table
    # Adds the string and returns its id.
    cpdef uint64_t intern(self, str string) except? 0
    # The string of an id, or None.
    cdef str find(self, uint64_t id)
    cdef bint has(self, uint64_t id) noexcept
