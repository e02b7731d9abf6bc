"""The Doc's storage: a text, and one array per attribute, owned by NumPy and read through raw pointers."""

from libc.stddef cimport size_t
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libcpp cimport bool as cbool

from nlpcore.tokens._tree cimport Tree
from nlpcore.vocab.vocab cimport LexemeC, Vocab

cdef extern from "nlpcore/tokens/column_layout.hpp" namespace "nlpcore" nogil:
    cdef cppclass ColumnSet:
        cbool tokens, norm, tag, morph, lemma, parse, entities

    cdef cppclass DocColumns:
        int64_t* start
        uint64_t* norm
        uint64_t* tag
        uint64_t* pos
        uint64_t* morph
        uint64_t* lemma
        uint64_t* dep
        uint64_t* ent_type
        int32_t* length
        int32_t* head
        uint8_t* spacy
        int8_t* sent_start
        int8_t* ent_iob
        size_t lay_out(const ColumnSet& columns, size_t n, char* memory)

cdef enum:
    NORM
    TAG
    POS
    DEP
    LEMMA
    ENT_TYPE
    ENT_KB_ID
    ENT_ID
    MORPH
    N_ID_COLUMNS

cdef class Columns:
    cdef readonly Vocab vocab
    cdef readonly str text
    cdef readonly Py_ssize_t length      # number of tokens
    cdef int64_t* start                  # [length] first character
    cdef int32_t* n_chars                # [length]
    cdef uint8_t* spacy                  # [length] a blank follows
    cdef uint64_t* ids[N_ID_COLUMNS]     # [length] each; NULL: never set
    cdef int32_t* head                   # [length] absolute; NULL: never set
    cdef int8_t* sent_start              # [length] NULL: never set
    cdef int8_t* ent_iob                 # [length] NULL: never set
    cdef public bint has_unknown_spaces
    cdef dict arrays                     # column name -> the array that owns the pointer's memory
    cdef object memory                   # None, or a bytearray that columns without an array lie in
    cdef dict strings                    # id -> str: ids that the store need not know; see own_strings
    cdef bytes packed_strings            # strings that belong there and were not yet needed
    cdef dict shared_strings             # id -> str: where NORM ids of the engine resolve; not the Doc's own
    cdef dict slices                     # orth id -> str, built on demand
    cdef Tree tree_cache
    cdef object input_cache, orth_cache

    cdef int own_tokens(self, object start, object n_chars, object spacy) except -1
    cdef int own_memory(self, object memory, Py_ssize_t length, const DocColumns& columns) except -1
    cdef int own_column(self, str name, object array) except -1
    cdef object array(self, str name)
    cdef char* address(self, str name) noexcept
    cdef dict own_strings(self)
    cdef int ensure(self, str name) except -1
    cdef str token_text(self, Py_ssize_t i)
    cdef uint64_t orth(self, Py_ssize_t i) except? 0
    cdef int lexeme(self, Py_ssize_t i, LexemeC* out) except -1
    cdef Tree tree(self)
    cdef object public_id(self, uint64_t id)
    cdef str known_string(self, uint64_t id)
    cpdef str string(self, uint64_t id)
    cdef int ensure_sent_starts(self) except -1
    cdef int boundaries_from_heads(self) except -1
    cdef int sentence_bounds(self, Py_ssize_t i, Py_ssize_t* first, Py_ssize_t* last) except -1
    cdef Py_ssize_t token_at_or_before(self, int64_t character) noexcept
    cpdef Py_ssize_t token_starting_at(self, int64_t character) noexcept
    cpdef Py_ssize_t token_ending_at(self, int64_t character) noexcept
