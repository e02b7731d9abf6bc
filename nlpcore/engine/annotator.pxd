from libc.stddef cimport size_t
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from nlpcore.tokenizer._matcher cimport SpecialCases, Splitter
from nlpcore.tokens._columns cimport DocColumns
from nlpcore.vocab.strings cimport SymbolTable


cdef extern from "nlpcore/engine/block.hpp" namespace "nlpcore" nogil:
    cdef struct TextView:
        int kind
        const void* data
        int64_t n
        cbool ascii

    cdef cppclass BlockDoc:
        TextView text
        DocColumns columns
        float* tensor
        int64_t n_tokens, first_word, n_words, token
        cbool has_norms, unknown_spaces
        const int8_t* preset

    cdef cppclass LexemeIds:
        uint64_t ids[4]

    cdef cppclass Words:
        vector[LexemeIds] lexemes
        vector[int64_t] start
        vector[int32_t] length
        vector[uint64_t] ids
        vector[uint8_t] gaps
        size_t size()
        void keep_from(size_t row)

    cdef struct Slice:
        int32_t doc
        int64_t word
        size_t begin, end

    cdef cppclass Lexicon:
        Lexicon(const SymbolTable& symbols, uint64_t secret) except +
        void set_norm(uint64_t orth, uint64_t norm) except +

    cdef cppclass LexemeCache:
        LexemeCache() except +
        void add(const LexemeIds& lexeme)

    cdef cppclass RuleNode "nlpcore::LemmaRule::Node":
        cbool leaf
        string old_text, new_text
        int32_t n_before, n_after, before, after

    cdef cppclass LemmaRule:
        int casing
        vector[RuleNode] nodes

    cdef cppclass PartOfSpeech "nlpcore::LemmaTable::PartOfSpeech":
        string name
        cbool proper_noun

    cdef cppclass LemmaTable:
        vector[LemmaRule] rules
        vector[PartOfSpeech] parts_of_speech
        void reserve(size_t n_known) except +
        void set_known(const string& key, const string& lemma) except +

    cdef struct LemmaKey:
        int16_t part
        int16_t best[3]

    cdef cppclass LemmaCache:
        LemmaCache() except +
        void add(const LemmaKey& key, uint64_t id, const char* text, size_t n)

    cdef cppclass Block:
        vector[BlockDoc] docs
        vector[int32_t] index, heads, labels, missing, classes
        vector[float] vectors, window_vectors
        vector[int8_t] starts, presets
        Words words
        vector[Slice] slices
        vector[string] lemma_texts
        void begin(size_t n) except +
        void tokenize(const Splitter& splitter, const SpecialCases& specials,
                      const uint64_t* norm_ids) except +
        void move_tokens()
        void read_words(int32_t number, int64_t most, const Lexicon& lexicon, cbool native,
                        LexemeCache* cache) except +
        void fill_ids(size_t first) except +
        cbool find_presets() except +
        void fill_white(const BlockDoc& doc, uint64_t* column, uint64_t value)
        void write_tags(const uint64_t* ids)
        void write_morphs(const uint64_t* pos_ids, const uint64_t* morph_ids,
                          const int16_t* part_numbers) except +
        void write_lemmas(const LemmaTable& table, const Lexicon& lexicon, int n_best,
                          LemmaCache* cache) except +
        LemmaKey lemma_key(size_t row, int n_best)
        void set_lemma(const Slice& piece, size_t row, uint64_t id, const char* text, size_t n) except +
        void fill_white_lemmas(const BlockDoc& doc, const Lexicon& lexicon) except +
        void write_parse(const BlockDoc& doc, const uint64_t* table, uint64_t white_dep)
        void clear_entities(const BlockDoc& doc)
        void write_entity(const BlockDoc& doc, int32_t start, int32_t end, uint64_t label)
        void write_tensor(const BlockDoc& doc, const float* rows, size_t t)
