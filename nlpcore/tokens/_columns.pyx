"""Columns: a text, its tokens and their annotation as arrays; everything that works on whole columns."""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memset

from nlpcore.tokens._tree cimport Tree, build
from nlpcore.vocab.strings cimport hash_slice, hash_string
from nlpcore.vocab.vocab cimport LexemeC

import sys

from nlpcore.lazy import numpy

from nlpcore import errors

cdef extern from "Python.h":
    str PyUnicode_Substring(str text, Py_ssize_t start, Py_ssize_t end)
    int PyUnicode_KIND(str text) noexcept
    void* PyUnicode_DATA(str text) noexcept
    Py_UCS4 PyUnicode_READ(int kind, void* data, Py_ssize_t i) noexcept nogil
    char* PyByteArray_AS_STRING(object array) noexcept
    object PyByteArray_FromStringAndSize(const char* data, Py_ssize_t n)

NO_SENTENCES = (
    "The Doc has no sentence boundaries. Run a pipeline with a parser or a segmenter, or set "
    "`token.is_sent_start` yourself."
)
ID_COLUMNS = ("NORM", "TAG", "POS", "DEP", "LEMMA", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "MORPH")
ANNOTATION = (*ID_COLUMNS, "HEAD", "SENT_START", "ENT_IOB")
DTYPES = {
    "START": "int64",
    "LENGTH": "int32",
    "SPACY": "bool",
    "ORTH": "uint64",
    **dict.fromkeys(ID_COLUMNS, "uint64"),
    "HEAD": "int32",
    "SENT_START": "int8",
    "ENT_IOB": "int8",
}
cdef enum:  # what ENT_IOB says
    INSIDE = 1
    BEGIN = 3
cdef dict ID_INDEX = {name: i for i, name in enumerate(ID_COLUMNS)}
cdef dict BOUNDS = {"SENT_START": (-1, 1), "ENT_IOB": (0, 3)}


cdef extern from "nlpcore/vocab/white_space.hpp" namespace "nlpcore" nogil:
    bint is_white(int kind, const void* text, int64_t start, int64_t end) noexcept
    uint8_t gap_before(int kind, const void* text, int64_t start, int64_t end) noexcept


cdef list unpacked(bytes packed):
    """Strings from bytes as the engine packs them: the length (uint32 in native order) and UTF-8 of each."""
    strings = []
    cdef Py_ssize_t at = 0
    while at < len(packed):
        n = int.from_bytes(packed[at : at + 4], sys.byteorder)
        strings.append(packed[at + 4 : at + 4 + n].decode("utf8", "surrogatepass"))
        at += 4 + n
    return strings


cdef class Columns:
    """The storage that Doc builds on: text, token offsets and annotation columns."""

    def __cinit__(self, *args, **kwargs):
        cdef int i
        self.text = ""
        self.arrays = {}
        self.strings = {}
        for i in range(N_ID_COLUMNS):
            self.ids[i] = NULL

    def _fill_from_words(self, words, spaces):
        n = len(words)
        if spaces is not None and len(spaces) != n:
            raise errors.WordsError(
                f"`words` and `spaces` must have the same length, but there are {n} words and "
                f"{len(spaces)} spaces. Leave `spaces` out if they are not known."
            )
        pieces = []
        lengths = numpy.empty(n, dtype=numpy.int32)
        starts = numpy.empty(n, dtype=numpy.int64)
        spacy = numpy.ones(n, dtype=numpy.bool_)
        cdef Py_ssize_t position = 0
        cdef Py_ssize_t i = 0
        for word in words:
            if isinstance(word, int) and not isinstance(word, bool):
                word = self.vocab.strings[word]
            elif not isinstance(word, str):
                raise errors.WordsError(
                    f"Words must be str, but word {i} is {word!r} ({type(word).__name__})."
                )
            else:
                self.vocab.strings.add(word)
            if not word:
                raise errors.WordsError(f"Word {i} is an empty string. A token has at least one character.")
            starts[i] = position
            lengths[i] = len(word)
            pieces.append(word)
            position += len(word)
            if spaces is not None and not spaces[i]:
                spacy[i] = False
            else:
                pieces.append(" ")
                position += 1
            i += 1
        self.text = "".join(pieces)
        self.own_tokens(starts, lengths, spacy)

    def _fill_from_offsets(self, str text not None, starts, lengths, spacy, norms=None):
        """Take a text and its token offsets (see Doc.from_offsets)."""
        self.text = text
        start_array = numpy.array(starts, dtype=numpy.int64)
        length_array = numpy.array(lengths, dtype=numpy.int32)
        spacy_array = numpy.array(spacy, dtype=numpy.bool_)
        if not (start_array.ndim == length_array.ndim == spacy_array.ndim == 1):
            raise errors.OffsetsError("`starts`, `lengths` and `spacy` must have one dimension.")
        if not (start_array.shape[0] == length_array.shape[0] == spacy_array.shape[0]):
            raise errors.OffsetsError("`starts`, `lengths` and `spacy` must have the same length.")
        self.own_tokens(start_array, length_array, spacy_array)
        cdef int kind = PyUnicode_KIND(text)
        cdef void* data = PyUnicode_DATA(text)
        cdef Py_ssize_t n_text = len(text)
        cdef int64_t position = 0
        cdef Py_ssize_t i
        for i in range(self.length):
            if self.start[i] != position:
                raise errors.OffsetsError(f"Token {i} should start at character {position}, "
                                          f"not at {self.start[i]}.")
            if self.n_chars[i] <= 0 or self.n_chars[i] > n_text - position:
                raise errors.OffsetsError(f"Token {i} has the length {self.n_chars[i]} with "
                                          f"{n_text - position} characters left.")
            position += self.n_chars[i]
            if self.spacy[i]:
                if position >= n_text or PyUnicode_READ(kind, data, position) != 0x20:
                    raise errors.OffsetsError(f"No blank follows token {i} at character {position}.")
                position += 1
        if position != n_text:
            raise errors.OffsetsError(f"The tokens end at character {position} of {n_text}.")
        if norms:
            self.ensure("NORM")
            for index, norm in norms.items():
                i = index
                if i < 0 or i >= self.length:
                    raise errors.OffsetsError(f"A norm is given for token {i} of {self.length}.")
                self.ids[NORM][i] = hash_string(norm)
                self.strings[self.ids[NORM][i]] = norm

    # -- entities --------------------------------------------------------------------------------------

    def entity_places(self):
        """The entities: (start, end, label, kb_id, id) of each. Raises EntityError for an I without a B."""
        cdef Py_ssize_t start, end = 0
        cdef uint64_t label, kb_id, ent_id
        cdef list found = []
        for start in range(self.length if self.ent_iob != NULL else 0):
            if self.ent_iob[start] == INSIDE and start >= end:
                raise errors.EntityError(f"Token {start} is inside an entity (I) that no token begins (B).")
            if self.ent_iob[start] != BEGIN:
                continue
            end = start + 1
            while end < self.length and self.ent_iob[end] == INSIDE:
                end += 1
            label = self.ids[ENT_TYPE][start] if self.ids[ENT_TYPE] != NULL else 0
            kb_id = self.ids[ENT_KB_ID][start] if self.ids[ENT_KB_ID] != NULL else 0
            ent_id = self.ids[ENT_ID][start] if self.ids[ENT_ID] != NULL else 0
            if label or kb_id:  # otherwise it is a blocked token
                found.append((start, end, label, kb_id, ent_id))
        return found

    # -- storage ---------------------------------------------------------------------------------------

    cdef int own_tokens(self, object start, object n_chars, object spacy) except -1:
        """Take the token arrays (int64, int32, bool; not copied) and forget all that came from others."""
        cdef int64_t[::1] starts = start
        cdef int32_t[::1] lengths = n_chars
        cdef uint8_t[::1] blanks = spacy.view(numpy.uint8)
        cdef Py_ssize_t n = starts.shape[0]
        cdef int i
        self.arrays = {"START": start, "LENGTH": n_chars, "SPACY": spacy}
        self.length = n
        self.start = &starts[0] if n else NULL
        self.n_chars = &lengths[0] if n else NULL
        self.spacy = &blanks[0] if n else NULL
        for i in range(N_ID_COLUMNS):
            self.ids[i] = NULL
        self.head = NULL
        self.sent_start = NULL
        self.ent_iob = NULL
        self.memory = None
        self.slices = None
        self.tree_cache = None
        self.input_cache = None
        self.orth_cache = None
        return 0

    cdef int own_memory(self, object memory, Py_ssize_t length, const DocColumns& columns) except -1:
        """Take tokens and columns that lie in a bytearray, for a Doc that has none; not checked."""
        if length == 0:
            empty = numpy.zeros(0, dtype=numpy.int64)
            return self.own_tokens(empty, empty.astype(numpy.int32), empty.astype(numpy.bool_))
        self.memory = memory
        self.length = length
        self.start = columns.start
        self.n_chars = columns.length
        self.spacy = columns.spacy
        self.ids[NORM] = columns.norm
        self.ids[TAG] = columns.tag
        self.ids[POS] = columns.pos
        self.ids[MORPH] = columns.morph
        self.ids[LEMMA] = columns.lemma
        self.ids[DEP] = columns.dep
        self.ids[ENT_TYPE] = columns.ent_type
        self.head = columns.head
        self.sent_start = columns.sent_start
        self.ent_iob = columns.ent_iob
        return 0

    cdef object array(self, str name):
        """The array of a column, or None if it was never set."""
        array = self.arrays.get(name)
        if array is None and self.memory is not None:
            address = self.address(name)
            if address != NULL:
                offset = address - PyByteArray_AS_STRING(self.memory)
                array = numpy.frombuffer(self.memory, DTYPES[name], self.length, offset)
                self.arrays[name] = array
        return array

    cdef char* address(self, str name) noexcept:
        """Where a column begins in memory; NULL if it was never set."""
        if name in ID_INDEX:
            return <char*>self.ids[<int>ID_INDEX[name]]
        if name == "HEAD":
            return <char*>self.head
        if name == "SENT_START":
            return <char*>self.sent_start
        if name == "ENT_IOB":
            return <char*>self.ent_iob
        if name == "START":
            return <char*>self.start
        if name == "LENGTH":
            return <char*>self.n_chars
        return <char*>self.spacy if name == "SPACY" else NULL

    cdef int own_column(self, str name, object array) except -1:
        """Take a column's array (right dtype and length, contiguous, writable; not copied)."""
        cdef uint64_t[::1] ids
        cdef int32_t[::1] heads
        cdef int8_t[::1] codes
        if self.length == 0:
            self.arrays[name] = array
            return 0
        if name in ID_INDEX:
            ids = array
            self.arrays[name] = array
            self.ids[<int>ID_INDEX[name]] = &ids[0]
            if name == "NORM":
                self.input_cache = None
        elif name == "HEAD":
            heads = array
            self.arrays[name] = array
            self.head = &heads[0]
            self.tree_cache = None
        elif name == "SENT_START" or name == "ENT_IOB":
            codes = array
            self.arrays[name] = array
            if name == "ENT_IOB":
                self.ent_iob = &codes[0]
            else:
                self.sent_start = &codes[0]
        else:
            raise errors.ColumnError(f"There is no column {name!r} to set.")
        return 0

    cdef int ensure(self, str name) except -1:
        """Make the column `name` unless it is there: ids 0, heads their own, codes 0."""
        if self.array(name) is not None:
            return 0
        if name == "HEAD":
            array = numpy.arange(self.length, dtype=numpy.int32)
        else:
            array = numpy.zeros(self.length, dtype=DTYPES[name])
        return self.own_column(name, array)

    cdef str token_text(self, Py_ssize_t i):
        return PyUnicode_Substring(self.text, self.start[i], self.start[i] + self.n_chars[i])

    cdef uint64_t orth(self, Py_ssize_t i) except? 0:
        """ORTH id of token i; not interned."""
        return hash_slice(self.text, self.start[i], self.n_chars[i])

    cdef int lexeme(self, Py_ssize_t i, LexemeC* out) except -1:
        """Lexical ids and flags of token i, with its own NORM if it has one; nothing is interned."""
        self.vocab.fill_slice(self.text, self.start[i], self.n_chars[i], out)
        if self.ids[NORM] != NULL and self.ids[NORM][i]:
            out.norm = self.ids[NORM][i]
        return 0

    cdef Tree tree(self):
        if self.tree_cache is None:
            self.tree_cache = build(self.length, self.array("HEAD"))
        return self.tree_cache

    cdef object public_id(self, uint64_t id):
        """An id for a caller, as int. The string is interned if only the Doc knew it."""
        if id != 0 and not self.vocab.strings.has(id):
            text = self.known_string(id)
            if text is not None:
                self.vocab.strings.intern(text)
        return id

    cdef dict own_strings(self):
        """The Doc's own table of strings. What the engine left as bytes is read when it is first needed."""
        if self.packed_strings is not None:
            packed, self.packed_strings = self.packed_strings, None
            for string in unpacked(packed):
                self.strings.setdefault(hash_string(string), string)
        if self.shared_strings is not None:
            shared, self.shared_strings = self.shared_strings, None
            norms = self.array("NORM")
            for value in numpy.unique(norms).tolist() if norms is not None else ():
                if value in shared:
                    self.strings.setdefault(value, shared[value])
        return self.strings

    cpdef str string(self, uint64_t id):
        """The string of an id that occurs in this Doc. Raises KeyError if neither Doc nor store knows it."""
        text = self.known_string(id)
        if text is None:
            raise errors.UnknownTokenAttributeError(
                f"No string has the id {id}: it is neither in the Doc nor in `vocab.strings`."
            )
        return text

    cdef str known_string(self, uint64_t id):
        """The string of an id; None if neither Doc nor store knows it."""
        if id == 0:
            return ""
        value = id
        text = self.own_strings().get(value)
        if text is None:
            text = self.vocab.strings.find(id)
        if text is None:
            if self.slices is None:
                self.slices = {self.orth(i): self.token_text(i) for i in range(self.length)}
            text = self.slices.get(value)
        return text

    def _string(self, id):
        return self.string(id)

    def _add_strings(self, strings):
        """Keep strings in the Doc's own table, so that their ids resolve without interning."""
        for string in strings:
            self.strings[hash_string(string)] = string

    @property
    def _own_strings(self):
        """The Doc's own table, dict of id to str: a copy."""
        return dict(self.own_strings())

    # -- columns ---------------------------------------------------------------------------------------

    def column(self, str name not None):
        """Read-only view of a column, (len(doc),), or None if it was never set.

        START int64, LENGTH int32, SPACY bool, ORTH NORM TAG POS DEP LEMMA ENT_TYPE ENT_KB_ID ENT_ID MORPH
        uint64, HEAD int32 (absolute), SENT_START and ENT_IOB int8. Raises ColumnError for other names.
        """
        cdef Py_ssize_t i
        cdef uint64_t[::1] ids
        if name == "ORTH":
            if self.orth_cache is None:
                array = numpy.empty(self.length, dtype=numpy.uint64)
                ids = array
                for i in range(self.length):
                    ids[i] = self.orth(i)
                self.orth_cache = array
            array = self.orth_cache
        elif name not in DTYPES:
            raise errors.ColumnError(f"There is no column {name!r}. There is: {', '.join(DTYPES)}.")
        else:
            array = self.array(name)
            if array is None:
                return None
        view = array.view()
        view.flags.writeable = False
        return view

    def set_column(self, str name not None, values, strings=()):
        """Set a whole annotation column; the values are checked and copied.

        values: (len(doc),) of the column's kind (see `column`). strings: the str whose ids occur in values,
        kept in the Doc's own table (not interned); ids of interned strings need not be given.

        Raises ColumnError for an unknown name, wrong length, unfit dtype, or codes out of range; HeadError
        for heads out of range or circular. The Doc is then unchanged.
        """
        if name not in DTYPES or name in ("START", "LENGTH", "SPACY", "ORTH"):
            raise errors.ColumnError(f"There is no column {name!r} to set.")
        array = self._checked(name, values)
        if name == "HEAD":
            tree = build(self.length, array)
            self.own_column(name, array)
            self.tree_cache = tree
        else:
            self.own_column(name, array)
        if strings:
            self._add_strings(strings)

    def _checked(self, str name, values):
        """`values` as a new array of the column's dtype."""
        given = numpy.asarray(values)
        dtype = DTYPES[name]
        if given.shape != (self.length,):
            raise errors.ColumnError(
                f"Column {name} needs {self.length} values in one dimension, not the shape {given.shape}."
            )
        if given.dtype.kind not in "iub" and given.size:
            raise errors.ColumnError(f"Column {name} holds integers, not {given.dtype}.")
        if given.dtype != dtype:
            if name in BOUNDS or name == "HEAD":
                low, high = BOUNDS.get(name, (-2**31, 2**31 - 1))
                if given.size and (given.min() < low or given.max() > high):
                    raise errors.ColumnError(f"Column {name} holds values from {low} to {high}.")
            elif given.dtype.kind == "i" and given.size and given.min() < 0:
                raise errors.ColumnError(f"Column {name} holds ids, which are not negative.")
        elif name in BOUNDS and given.size:
            low, high = BOUNDS[name]
            if given.min() < low or given.max() > high:
                raise errors.ColumnError(f"Column {name} holds values from {low} to {high}.")
        return numpy.array(given, dtype=dtype, order="C")

    def set_parse(self, heads, deps, sent_starts):
        """Set dependency heads, labels and sentence boundaries together.

        heads: (len(doc),) int32, absolute, a root being its own head. deps: uint64 label ids. sent_starts:
        int8, 1 start, -1 not, 0 unknown (which starts none).

        Raises HeadError for heads out of range, circular or outside their sentence, ColumnError for wrong
        lengths or types. The Doc is then unchanged.
        """
        head_array = self._checked("HEAD", heads)
        dep_array = self._checked("DEP", deps)
        start_array = self._checked("SENT_START", sent_starts)
        tree = build(self.length, head_array)
        cdef int32_t[::1] head = head_array
        cdef int8_t[::1] start = start_array
        cdef int32_t[::1] sentence = numpy.empty(self.length, dtype=numpy.int32)
        cdef int32_t current = 0
        cdef Py_ssize_t i
        for i in range(self.length):
            if start[i] == 1:
                current += 1
            sentence[i] = current
        for i in range(self.length):
            if sentence[head[i]] != sentence[i]:
                raise errors.HeadError(f"Token {i} has the head {head[i]}, which is in another sentence.")
        self.own_column("HEAD", head_array)
        self.own_column("DEP", dep_array)
        self.own_column("SENT_START", start_array)
        self.tree_cache = tree

    def set_entity_spans(self, starts, ends, labels, strings=()):
        """Make these spans the Doc's entities; all other tokens become O.

        starts, ends: (n,) int32 token offsets, ordered and disjoint; labels: (n,) uint64 ids; strings: label
        texts that are not interned. Raises EntityError (a ValueError); the Doc is then unchanged.
        """
        cdef int64_t[::1] first = numpy.array(starts, dtype=numpy.int64, ndmin=1)
        cdef int64_t[::1] last = numpy.array(ends, dtype=numpy.int64, ndmin=1)
        cdef uint64_t[::1] label = numpy.array(labels, dtype=numpy.uint64, ndmin=1)
        if not (first.shape[0] == last.shape[0] == label.shape[0]):
            raise errors.EntityError("`starts`, `ends` and `labels` must have the same length.")
        iob = numpy.full(self.length, 2, dtype=numpy.int8)
        types = numpy.zeros(self.length, dtype=numpy.uint64)
        cdef int8_t[::1] iobs = iob
        cdef uint64_t[::1] ids = types
        cdef int64_t position = 0
        cdef Py_ssize_t i, k
        for k in range(first.shape[0]):
            if first[k] < position or last[k] <= first[k] or last[k] > self.length:
                raise errors.EntityError(
                    f"Entity {k} covers tokens {first[k]} to {last[k]} of {self.length}, after one that ends "
                    f"at {position}. Entities must be ordered, disjoint and not empty."
                )
            position = last[k]
            for i in range(first[k], last[k]):
                iobs[i] = 1
                ids[i] = label[k]
            iobs[first[k]] = 3
        self.own_column("ENT_IOB", iob)
        self.own_column("ENT_TYPE", types)
        for name in ("ENT_KB_ID", "ENT_ID"):
            if self.array(name) is not None:
                self.array(name)[:] = 0
        if strings:
            self._add_strings(strings)

    def network_input(self):
        """What the network reads of this Doc: (index, ids, gaps), cached until the tokens change.

        index: (n,) int32, the tokens that are not white space. ids: (n, 4) uint64, NORM PREFIX SUFFIX SHAPE.
        gaps: (n,) uint8, what stands before the token: 0 unknown, 1 nothing, 2 blanks, 3 one line break,
        4 several, or the start of the Doc. The arrays are read-only.
        """
        if self.input_cache is not None:
            return self.input_cache
        cdef str text = self.text
        cdef int kind = PyUnicode_KIND(text)
        cdef void* data = PyUnicode_DATA(text)
        cdef Py_ssize_t i
        cdef Py_ssize_t n = 0
        cdef int64_t end = 0
        cdef int64_t previous_end = 0
        index_array = numpy.empty(self.length, dtype=numpy.int32)
        gap_array = numpy.empty(self.length, dtype=numpy.uint8)
        id_array = numpy.empty((self.length, 4), dtype=numpy.uint64)
        cdef int32_t[::1] index = index_array
        cdef uint8_t[::1] gaps = gap_array
        cdef uint64_t[:, ::1] ids = id_array
        cdef LexemeC lexeme
        memset(&lexeme, 0, sizeof(lexeme))
        for i in range(self.length):
            end = self.start[i] + self.n_chars[i]
            if is_white(kind, data, self.start[i], end):
                continue
            index[n] = <int32_t>i
            if n == 0:
                gaps[n] = 4
            elif self.has_unknown_spaces and index[n - 1] == i - 1:
                gaps[n] = 0
            else:
                gaps[n] = gap_before(kind, data, previous_end, self.start[i])
            self.lexeme(i, &lexeme)
            ids[n, 0] = lexeme.norm
            ids[n, 1] = lexeme.prefix
            ids[n, 2] = lexeme.suffix
            ids[n, 3] = lexeme.shape
            previous_end = end
            n += 1
        parts = (index_array[:n], id_array[:n], gap_array[:n])
        for part in parts:
            part.flags.writeable = False
        self.input_cache = parts
        return parts

    # -- sentences -------------------------------------------------------------------------------------

    cdef int ensure_sent_starts(self) except -1:
        """Make the column: all unknown but the first token, which starts a sentence."""
        if self.sent_start == NULL and self.length:
            self.ensure("SENT_START")
            self.sent_start[0] = 1
        return 0

    cdef int boundaries_from_heads(self) except -1:
        """Let a sentence begin where the subtree of a labelled root does, and nowhere else."""
        cdef Py_ssize_t i
        if self.length == 0:
            return 0
        tree = self.tree()
        self.ensure("SENT_START")
        for i in range(self.length):
            self.sent_start[i] = -1
        for i in range(self.length):
            if (self.head == NULL or self.head[i] == i) and self.ids[DEP] != NULL and self.ids[DEP][i]:
                self.sent_start[tree.left_edge[i]] = 1
        return 0

    cdef int sentence_bounds(self, Py_ssize_t i, Py_ssize_t* first, Py_ssize_t* last) except -1:
        """The sentence that token i (checked) is in. Raises SentenceError where no boundary is annotated."""
        cdef Py_ssize_t k
        first[0] = 0
        last[0] = self.length
        if self.sent_start == NULL:
            if self.length > 1:
                raise errors.SentenceError(NO_SENTENCES)
            return 0
        for k in range(i, 0, -1):
            if self.sent_start[k] == 1:
                first[0] = k
                break
        for k in range(i + 1, self.length):
            if self.sent_start[k] == 1:
                last[0] = k
                break
        if first[0] == 0 and last[0] == self.length and self.length > 1:
            for k in range(1, self.length):
                if self.sent_start[k]:
                    break
            else:
                raise errors.SentenceError(NO_SENTENCES)
        return 0

    # -- characters ------------------------------------------------------------------------------------

    cdef Py_ssize_t token_at_or_before(self, int64_t character) noexcept:
        """The last token that starts at or before a character; -1 for none."""
        cdef Py_ssize_t low = 0
        cdef Py_ssize_t high = self.length
        cdef Py_ssize_t middle
        while low < high:
            middle = (low + high) >> 1
            if self.start[middle] <= character:
                low = middle + 1
            else:
                high = middle
        return low - 1

    cpdef Py_ssize_t token_starting_at(self, int64_t character) noexcept:
        """The token whose first character this is; -1 for none."""
        cdef Py_ssize_t i = self.token_at_or_before(character)
        return i if i >= 0 and self.start[i] == character else -1

    cpdef Py_ssize_t token_ending_at(self, int64_t character) noexcept:
        """The token that ends before this character; -1 for none."""
        cdef Py_ssize_t i = self.token_at_or_before(character - 1)
        return i if i >= 0 and self.start[i] + self.n_chars[i] == character else -1

    def _children(self, Py_ssize_t i):
        """Children of token i, in text order: list of int."""
        return self.tree().children(i)

    def _boundaries_from_heads(self):
        """Let a sentence begin where the subtree of a labelled root does, and nowhere else."""
        self.boundaries_from_heads()

    def _intern(self, str name not None, ids):
        """Add to the store the strings of these ids (uint64 array, of the column) that only the Doc knows."""
        strings = self.own_strings() if name in ("LEMMA", "NORM") else self.strings
        if strings:
            for value in numpy.unique(ids).tolist():
                if value in strings:
                    self.vocab.strings.intern(strings[value])

    def _stored(self, names, Py_ssize_t start, Py_ssize_t end):
        """Columns of tokens start to end (checked) side by side: (end - start, len(names)) uint64.

        names: of id columns, HEAD (relative to the token), SENT_START, ENT_IOB; where one was never set there
        are zeros (1 for the first token's SENT_START). The strings of ids are interned.
        """
        cdef Py_ssize_t width = len(names)
        if end <= start or not width:
            return numpy.zeros((end - start, width), dtype=numpy.uint64)
        memory = PyByteArray_FromStringAndSize(NULL, (end - start) * width * sizeof(uint64_t))
        cdef uint64_t* out = <uint64_t*>PyByteArray_AS_STRING(memory)
        memset(out, 0, (end - start) * width * sizeof(uint64_t))
        array = numpy.frombuffer(memory, dtype=numpy.uint64).reshape(end - start, width)
        cdef Py_ssize_t i, k = 0
        cdef uint64_t* ids
        for name in names:
            if name == "HEAD":
                for i in range(start, end if self.head != NULL else start):
                    out[(i - start) * width + k] = <uint64_t>(<int64_t>self.head[i] - i)
            elif name == "SENT_START":
                for i in range(start, end if self.sent_start != NULL else start):
                    out[(i - start) * width + k] = <uint64_t><int64_t>self.sent_start[i]
                if self.sent_start == NULL and start == 0:
                    out[k] = 1
            elif name == "ENT_IOB":
                for i in range(start, end if self.ent_iob != NULL else start):
                    out[(i - start) * width + k] = <uint64_t>self.ent_iob[i]
            else:
                ids = self.ids[<int>ID_INDEX[name]]
                for i in range(start, end if ids != NULL else start):
                    out[(i - start) * width + k] = ids[i]
                if self.strings or name == "LEMMA":
                    self._intern(name, array[:, k])
            k += 1
        return array

    def _replace_tokens(self, str text not None, starts, lengths, spacy, columns):
        """Take another text and tokens, and columns (name to array) that fit them; all else is forgotten."""
        kept = {name: self.array(name) for name in DTYPES if self.array(name) is not None}
        old_text = self.text
        try:
            self._fill_from_offsets(text, starts, lengths, spacy)
            for name, values in columns.items():
                self.set_column(name, values)
        except BaseException:
            self.text = old_text
            self.own_tokens(kept["START"], kept["LENGTH"], kept["SPACY"])
            for name, array in kept.items():
                if name not in ("START", "LENGTH", "SPACY"):
                    self.own_column(name, array)
            raise

    def _set_spaces(self, spacy):
        """Let a blank follow exactly the tokens where `spacy` (bool array) says so; the text changes."""
        words = [self.token_text(i) for i in range(self.length)]
        lengths = self.array("LENGTH")
        ends = numpy.cumsum(lengths + spacy)
        text = "".join([word + " " if blank else word for word, blank in zip(words, spacy, strict=True)])
        columns = {name: self.array(name) for name in ANNOTATION if self.array(name) is not None}
        self._replace_tokens(text, ends - lengths - spacy, lengths, spacy, columns)
