"""The splitter in C++, for other compiled modules."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.pair cimport pair
from libcpp.vector cimport vector

cdef extern from "nlpcore/tokenizer/splitter.hpp" namespace "nlpcore::tokenizer" nogil:
    ctypedef vector[uint32_t] Text32
    ctypedef vector[vector[Text32]] Text32Lists "std::vector<std::vector<nlpcore::tokenizer::Text32>>"

    cdef cppclass Tokens:
        vector[int64_t] starts
        vector[int32_t] lengths
        vector[uint8_t] spacy
        vector[int32_t] norms
        vector[uint8_t] kinds

    cdef cppclass SpecialCases:
        pass

    cdef struct Piece "nlpcore::tokenizer::SpecialCases::Piece":
        int32_t length
        int32_t norm

    cdef cppclass Case "nlpcore::tokenizer::SpecialCases::Case":
        Text32 text
        vector[Piece] pieces
        int32_t condition

    cdef cppclass Splitter:
        void compile(Text32Lists&) except +
        void set_specials(vector[Case]) except +
        int n_symbols()
        int n_states(int)
        shared_ptr[const SpecialCases] specials()
        void split[T](const SpecialCases&, const T*, int64_t, Tokens*) except +
        int64_t affix_length(int, const Text32&) except +
        cbool whole_match(int, const Text32&) except +
        vector[pair[int64_t, int64_t]] infix_matches(const Text32&) except +


cdef class Matcher:
    cdef Splitter splitter
    cdef int n_conditions
