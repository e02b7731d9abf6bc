"""Bridge from Python to the C++ splitter: text in, arrays of offsets out."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy
from libcpp.memory cimport shared_ptr
from libcpp.vector cimport vector

from nlpcore.tokens._columns cimport ColumnSet, DocColumns
from nlpcore.tokens.doc cimport Doc
from nlpcore.vocab.strings cimport hash_string
from nlpcore.vocab.vocab cimport Vocab

from nlpcore.lazy import numpy as np

from nlpcore.errors import TokenizerDataError

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    Py_UCS4 PyUnicode_READ_CHAR(object, Py_ssize_t)
    object PyByteArray_FromStringAndSize(const char* data, Py_ssize_t n)
    char* PyByteArray_AS_STRING(object array) noexcept


cdef Text32 code_points(str text):
    cdef Text32 out
    cdef Py_ssize_t i, n = PyUnicode_GET_LENGTH(text)
    out.reserve(n)
    for i in range(n):
        out.push_back(PyUnicode_READ_CHAR(text, i))
    return out


cdef object int64_array(vector[int64_t]& values):
    cdef const char* data = <const char*>values.data()
    return np.frombuffer(bytearray(data[:values.size() * 8]), dtype=np.int64)


cdef object int32_array(vector[int32_t]& values):
    cdef const char* data = <const char*>values.data()
    return np.frombuffer(bytearray(data[:values.size() * 4]), dtype=np.int32)


cdef object uint8_array(vector[uint8_t]& values):
    cdef const char* data = <const char*>values.data()
    return np.frombuffer(bytearray(data[:values.size()]), dtype=np.uint8)


cdef class Matcher:
    """Compiled rules of one tokenizer.

    patterns: lists of pattern strings: six, in the order of `data.KINDS`, and behind them one for each
    condition.
    Raises TokenizerDataError, naming the list and the index, for a pattern outside the supported subset.
    """
    def __init__(self, patterns):
        cdef Text32Lists lists
        cdef vector[Text32] one
        for kind in patterns:
            one.clear()
            for pattern in kind:
                one.push_back(code_points(pattern))
            lists.push_back(one)
        self.n_conditions = <int>lists.size() - 6
        try:
            with nogil:
                self.splitter.compile(lists)
        except ValueError as error:
            raise TokenizerDataError(reason=str(error)) from None

    def set_specials(self, dict specials, dict conditional, dict norms):
        """specials: string -> its pieces, each a form and a norm or None.

        conditional: string -> number of the condition under which alone it holds.
        norms: norm -> its id; norms that are new get the next ids.
        """
        cdef vector[Case] table
        cdef Case item
        cdef Piece piece
        cdef str orth
        table.reserve(len(specials))
        for text, pieces in specials.items():
            condition = conditional.get(text, -1)
            if not -1 <= condition < self.n_conditions:
                raise IndexError(f"there is no condition {condition}")
            item.text = code_points(text)
            item.pieces.clear()
            item.condition = condition
            for orth, norm in pieces:
                piece.length = <int32_t>len(orth)
                piece.norm = -1 if norm is None else norms.setdefault(norm, len(norms))
                item.pieces.push_back(piece)
            table.push_back(item)
        self.splitter.set_specials(table)
        self.norm_ids.clear()
        self.norm_strings = {}
        for norm in norms:
            self.norm_ids.push_back(hash_string(norm))
            self.norm_strings[hash_string(norm)] = norm

    def split(self, str text not None):
        """(starts int64, lengths int32, spacy uint8, norms int32, kinds uint8), one entry a token."""
        cdef Tokens tokens
        self._split(text, &tokens)
        return (
            int64_array(tokens.starts),
            int32_array(tokens.lengths),
            uint8_array(tokens.spacy),
            int32_array(tokens.norms),
            uint8_array(tokens.kinds),
        )

    cdef int _split(self, str text, Tokens* tokens) except -1:
        cdef int kind = PyUnicode_KIND(text)
        cdef void* data = PyUnicode_DATA(text)
        cdef int64_t n = PyUnicode_GET_LENGTH(text)
        if n > 2147483647:
            raise OverflowError(f"a text of {n} characters is too long; the limit is 2,147,483,647")
        cdef shared_ptr[const SpecialCases] specials = self.splitter.specials()
        with nogil:
            if kind == 1:
                self.splitter.split(specials.get()[0], <const uint8_t*>data, n, tokens)
            elif kind == 2:
                self.splitter.split(specials.get()[0], <const uint16_t*>data, n, tokens)
            else:
                self.splitter.split(specials.get()[0], <const uint32_t*>data, n, tokens)
        return 0

    def doc(self, Vocab vocab not None, str text not None):
        """The Doc of a text."""
        cdef Tokens tokens
        cdef DocColumns columns
        cdef ColumnSet wanted
        cdef size_t i, n
        self._split(text, &tokens)
        n = tokens.starts.size()
        wanted.tokens = True
        for i in range(n):
            wanted.norm = wanted.norm or tokens.norms[i] >= 0
        memory = PyByteArray_FromStringAndSize(NULL, columns.lay_out(wanted, n, NULL))
        columns.lay_out(wanted, n, PyByteArray_AS_STRING(memory))
        if n:
            memcpy(columns.start, tokens.starts.data(), n * sizeof(int64_t))
            memcpy(columns.length, tokens.lengths.data(), n * sizeof(int32_t))
            memcpy(columns.spacy, tokens.spacy.data(), n)
        cdef Doc doc = Doc.__new__(Doc)
        doc.vocab = vocab
        doc.text = text
        doc.own_memory(memory, n, columns)
        if wanted.norm:
            doc.shared_strings = self.norm_strings
            for i in range(n):
                columns.norm[i] = self.norm_ids[tokens.norms[i]] if tokens.norms[i] >= 0 else 0
        return doc

    def prefix_length(self, str text not None):
        """Length of the longest prefix that a rule takes off `text`; 0: none."""
        return self.splitter.affix_length(0, code_points(text))

    def suffix_length(self, str text not None):
        """Length of the longest suffix that a rule takes off `text`; 0: none."""
        return self.splitter.affix_length(1, code_points(text))

    def infixes(self, str text not None):
        """(start, end) of each infix in `text`, left to right."""
        return [(m.first, m.second) for m in self.splitter.infix_matches(code_points(text))]

    def token_match(self, str text not None):
        return self.splitter.whole_match(4, code_points(text))

    def url_match(self, str text not None):
        return self.splitter.whole_match(5, code_points(text))

    @property
    def size(self):
        """Number of symbols, and of states of each automaton, in the order of `data.KINDS`."""
        return self.splitter.n_symbols(), tuple(self.splitter.n_states(i) for i in range(6))
