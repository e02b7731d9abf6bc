from libc.stdint cimport int8_t, int32_t, uint8_t
from libcpp cimport bool as cbool
from libcpp.vector cimport vector


cdef extern from "nlpcore/transition/arc_eager_oracle.hpp" namespace "nlpcore" nogil:
    cdef cppclass ParseState:
        int32_t n, next, first, end, depth, n_unshifted, n_headless, steps
        vector[int32_t] stack, unshifted, head, label
        vector[int8_t] starts
        vector[uint8_t] was_unshifted
        int32_t s(int i)
        int32_t buffer(int i)

    cdef cppclass GoldTree:
        void init(int32_t n, const int32_t* heads, const int32_t* labels, const int8_t* starts)

    cdef cppclass CArcEager "nlpcore::ArcEager":
        vector[int32_t] left_labels, right_labels, context_codes
        int32_t root_label, forced_label
        cbool nonmonotonic
        int n_moves()
        int n_context()
        void init(ParseState& state, int n, const int8_t* preset)
        cbool is_final(const ParseState& state)
        int32_t reads_from(const ParseState& state)
        void valid_moves(const ParseState& state, uint8_t* valid)
        void apply(ParseState& state, int move)
        void context(const ParseState& state, int32_t* tokens)

    void arc_eager_costs(const CArcEager& system, const ParseState& state, const GoldTree& gold,
                         const uint8_t* valid, int32_t* cost, cbool choose)


cdef extern from "nlpcore/transition/biluo.hpp" namespace "nlpcore" nogil:
    cdef cppclass EntitySpan:
        int32_t start, end, label

    cdef cppclass EntityState:
        int32_t n, next, open_start, open_label
        vector[EntitySpan] spans

    cdef cppclass GoldEntities:
        void init(const CBiluo& system, int32_t n, const int8_t* tags, const int32_t* labels,
                  const int8_t* preset)

    cdef cppclass CBiluo "nlpcore::Biluo":
        vector[int32_t] labels, context_codes
        vector[vector[uint8_t]] unknown_sets
        int n_moves()
        int n_context()
        void init(EntityState& state, int n, const int8_t* preset)
        cbool is_final(const EntityState& state)
        int32_t reads_from(const EntityState& state)
        void valid_moves(const EntityState& state, uint8_t* valid)
        void apply(EntityState& state, int move)
        void context(const EntityState& state, int32_t* tokens)
        void move_costs(EntityState& state, const GoldEntities& gold, const uint8_t* valid, int32_t* cost)


cdef class ArcEager:
    cdef CArcEager system
    cdef readonly tuple left_labels, right_labels, labels, context, move_names
    cdef readonly str root_label, forced_label
    cdef dict label_ids


cdef class Biluo:
    cdef CBiluo system
    cdef readonly tuple labels, context, move_names
    cdef dict label_ids, unknown_sets
