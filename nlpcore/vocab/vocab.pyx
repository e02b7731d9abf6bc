"""The vocabulary: strings, lexical attributes, morphology, lookup tables and vectors that pipelines share."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .lexical cimport LexAttrGetters, LexemeC, LexicalPlan, get_attr
from .strings cimport StringStore, check_hash, encode_utf8_kind, hash_string, hash_utf8, utf8_capacity

import os
from contextlib import contextmanager
from pathlib import Path

from nlpcore.lazy import numpy

from ..attrs import LANG, LOWER, NORM, PREFIX, SHAPE, SUFFIX
from ..errors import BadDataError, BadFlagError, NoFreeFlagError, NotAStringError, VectorShapeError
from .lookups import Lookups
from .morphology import Morphology
from .state import bytes_to_state, state_to_bytes
from .vectors import Vectors

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object o)
    int PyUnicode_KIND(object o)
    void* PyUnicode_DATA(object o)
    Py_ssize_t PyUnicode_GET_LENGTH(object o)

cdef enum:
    STACK = 512           # bytes of UTF-8 that need no allocation
    CACHE_SETS = 1 << 15  # of two entries each: 5 MB when full

OOV_RANK = 2**64 - 1
DEFAULT_OOV_PROB = -20.0

cdef int ORTH_ = 65
cdef tuple STRING_ATTRS = (LOWER, NORM, SHAPE, PREFIX, SUFFIX, LANG)
cdef object _Lexeme = None


cdef object make_lexeme(Vocab vocab, object orth):
    # lexeme.pyx needs the declarations of this module first.
    global _Lexeme
    if _Lexeme is None:
        from .lexeme import Lexeme

        _Lexeme = Lexeme
    return _Lexeme(vocab, orth)


cdef class Vocab:
    """What the objects of a pipeline share.

    lex_attr_getters: dict from attribute (an integer of ``nlpcore.attrs``) to a function of the text.
    strings: a StringStore, or strings to begin with.
    oov_prob: log probability of a lexeme that has none in the lookup table ``lexeme_prob``.
    get_noun_chunks: function behind ``Doc.noun_chunks``.
    """

    def __init__(
        self,
        lex_attr_getters=None,
        strings=(),
        lookups=None,
        oov_prob=DEFAULT_OOV_PROB,
        vectors_name=None,
        writing_system=None,
        get_noun_chunks=None,
        **deprecated,
    ):
        self.strings = strings if isinstance(strings, StringStore) else StringStore(strings)
        self.secret = int.from_bytes(os.urandom(8), "little")
        self.lex_attr_getters = {} if lex_attr_getters is None else lex_attr_getters
        self.lookups = Lookups() if lookups is None else lookups
        self.morphology = Morphology(self.strings)
        self._vectors = None  # a table without rows, until somebody asks for it
        self._vectors_name = vectors_name
        self.cfg = {"oov_prob": oov_prob}
        self.writing_system = {} if writing_system is None else writing_system
        self.get_noun_chunks = get_noun_chunks
        if not isinstance(strings, StringStore):  # words that the vocab begins with, as if looked up
            for word in self.strings:
                self[word]

    def __dealloc__(self):
        free(self.cache)

    @property
    def lex_attr_getters(self):
        """Attribute -> function of the text. Changes hold for all texts that are read afterwards."""
        return self.getters

    @lex_attr_getters.setter
    def lex_attr_getters(self, getters):
        self.getters = LexAttrGetters(getters)
        self.plan = None

    @property
    def lang(self):
        """Code of the language, "" where the vocab has none."""
        getter = self.getters.get(LANG)
        return getter("") if getter is not None else ""

    @property
    def lookups(self):
        """The lookup tables. One named ``lexeme_norm`` gives the NORM of the texts that are in it."""
        return self._lookups

    @lookups.setter
    def lookups(self, lookups):
        self._lookups = lookups
        self.norms = lookups.get_table("lexeme_norm", None)
        self._reset_cache()

    @contextmanager
    def memory_zone(self, mem=None):
        """For code written for spaCy: annotating adds nothing to the vocab, so there is nothing to free."""
        self.zones += 1
        try:
            yield mem
        finally:
            self.zones -= 1

    @property
    def in_memory_zone(self):
        """Whether a ``memory_zone`` is open."""
        return self.zones > 0

    def _reset_cache(self):
        if self.cache != NULL:
            memset(self.cache, 0, 2 * CACHE_SETS * sizeof(CacheEntry))

    # --- lexical attributes of texts ---

    cdef int fill_lexeme(self, str text, LexemeC* out) except -1:
        if text is None:
            raise NotAStringError(type="None")
        return self.fill_slice(text, 0, PyUnicode_GET_LENGTH(text), out)

    cdef int fill_slice(self, str text, Py_ssize_t start, Py_ssize_t n, LexemeC* out) except -1:
        cdef char[STACK] stack
        cdef char* buffer = stack
        cdef const char* utf8
        cdef int kind = PyUnicode_KIND(text)
        cdef size_t size = n
        cdef uint64_t orth, check
        cdef CacheEntry* entry
        if PyUnicode_IS_ASCII(text):
            utf8 = <const char*>PyUnicode_DATA(text) + start
        else:
            if utf8_capacity(kind, n) > STACK:
                buffer = <char*>PyMem_Malloc(utf8_capacity(kind, n))
                if buffer == NULL:
                    raise MemoryError()
            size = encode_utf8_kind(kind, PyUnicode_DATA(text), start, n, buffer)
            utf8 = buffer
        orth = hash_utf8(utf8, size)
        check = check_hash(utf8, size, self.secret)
        if buffer != stack:
            PyMem_Free(buffer)
        if self.n_changed and self.by_orth.count(orth):
            out[0] = self.by_orth[orth].c
            return 0
        self.need_plan()
        if self.cache == NULL:
            self.cache = <CacheEntry*>calloc(2 * CACHE_SETS, sizeof(CacheEntry))
            if self.cache == NULL:
                raise MemoryError()
        entry = &self.cache[2 * (check & (CACHE_SETS - 1))]
        if entry.check == check and entry.c.orth == orth and entry.c.length == n:
            out[0] = entry.c
            return 0
        if entry[1].check == check and entry[1].c.orth == orth and entry[1].c.length == n:
            out[0] = entry[1].c
            return 0
        self.compute(text[start : start + n], orth, out)
        if n:
            entry[1] = entry[0]
            entry.check = check
            entry.c = out[0]
        return 0

    cdef int need_plan(self) except -1:
        """Read the getters if they have changed, and forget what former ones gave."""
        if self.plan is not None and self.plan_version == self.getters.version:
            return 0
        self._reset_cache()
        self.plan_version = self.getters.version
        self.plan = LexicalPlan(dict(self.getters))
        return 0

    cdef int compute(self, str word, uint64_t orth, LexemeC* out) except -1:
        self.plan.fill(word, orth, out)
        if self.norms is not None and orth in self.norms:
            norm = self.norms[orth]
            out.norm = hash_string(norm) if isinstance(norm, str) else norm
        return 0

    cpdef object lexical_ids(self, list words):
        """NORM, PREFIX, SUFFIX and SHAPE of words: (n, 4) uint64."""
        cdef Py_ssize_t i, n = len(words)
        cdef LexemeC lexeme
        ids = numpy.empty((n, 4), dtype="uint64")
        cdef uint64_t[:, ::1] view = ids
        for i in range(n):
            self.fill_lexeme(words[i], &lexeme)
            view[i, 0] = lexeme.norm
            view[i, 1] = lexeme.prefix
            view[i, 2] = lexeme.suffix
            view[i, 3] = lexeme.shape
        return ids

    cpdef str lexical_string(self, int attr, str text):
        """The string of LOWER, NORM, SHAPE, PREFIX, SUFFIX, LANG or ORTH of a text; interns nothing."""
        cdef LexemeC lexeme
        cdef str known
        if attr == ORTH_:
            return text
        if self.n_changed or (self.norms is not None and attr == <int>NORM):
            self.fill_lexeme(text, &lexeme)
            known = self.strings.find(get_attr(&lexeme, attr))
            if known is not None:
                return known
            if self.norms is not None and attr == <int>NORM and lexeme.orth in self.norms:
                norm = self.norms[lexeme.orth]
                return norm if isinstance(norm, str) else self.strings[norm]
        getter = self.getters.get(attr)
        if getter is None:
            return ""
        result = getter(text)
        return result if isinstance(result, str) else self.strings[result]

    # --- lexemes that are kept ---

    cdef KeptLexeme* keep(self, uint64_t orth) except NULL:
        cdef KeptLexeme lexeme
        cdef str word
        if self.by_orth.count(orth):
            return self.by_orth[orth]
        word = self.strings[orth]
        self.fill_lexeme(word, &lexeme.c)
        lexeme.rank = OOV_RANK
        lexeme.changed = False
        for attr in STRING_ATTRS:
            if attr in self.getters or (attr == NORM and self.norms is not None):
                self.strings.intern(self.lexical_string(attr, word))
        if self.by_orth.count(orth):  # another thread was here while Python code ran
            return self.by_orth[orth]
        self.kept.push_back(lexeme)
        self.by_orth[orth] = &self.kept.back()
        return &self.kept.back()

    cdef void mark_changed(self, KeptLexeme* lexeme) noexcept:
        if not lexeme.changed:
            lexeme.changed = True
            self.n_changed += 1

    def __getitem__(self, id_or_string):
        """The lexeme of a string, or of the id of a known string; it is kept from then on."""
        if isinstance(id_or_string, str):
            return make_lexeme(self, self.strings.intern(id_or_string))
        return make_lexeme(self, id_or_string)

    def __contains__(self, id_or_string):
        """Whether the vocab keeps a lexeme of the string or id: one that was looked up."""
        cdef uint64_t orth
        if isinstance(id_or_string, str):
            orth = hash_string(id_or_string)
        else:
            orth = id_or_string
        return self.by_orth.count(orth) != 0

    def __len__(self):
        """Number of lexemes that are kept."""
        return self.kept.size()

    @property
    def length(self):
        """Number of lexemes that are kept."""
        return self.kept.size()

    def __bool__(self):
        return True

    def __iter__(self):
        """The lexemes that are kept, in the order of their first look-up."""
        cdef size_t i = 0
        while i < self.kept.size():
            yield make_lexeme(self, self.kept[i].c.orth)
            i += 1

    def add_flag(self, flag_getter, int flag_id=-1):
        """Add a flag to all lexemes: ``flag_getter`` is a function of the text that returns a bool.

        Returns the id of the flag: ``flag_id``, or the first that is free. Raises BadFlagError (ValueError).
        """
        cdef KeptLexeme* lexeme
        cdef size_t i
        if flag_id == -1:
            for flag_id in range(1, 64):
                if flag_id not in self.getters:
                    break
            else:
                raise NoFreeFlagError()
        elif not 1 <= flag_id <= 63:
            raise BadFlagError(flag=flag_id)
        self.getters[flag_id] = flag_getter
        for i in range(self.kept.size()):
            yes = bool(flag_getter(self.strings[self.kept[i].c.orth]))
            lexeme = &self.kept[i]
            lexeme.c.flags &= ~(<uint64_t>1 << flag_id)
            lexeme.c.flags |= <uint64_t>yes << flag_id
        return flag_id

    # --- word vectors ---

    @property
    def vectors(self):
        """The table of word vectors."""
        if self._vectors is None:
            self._vectors = Vectors(strings=self.strings, name=self._vectors_name)
        return self._vectors

    @vectors.setter
    def vectors(self, vectors):
        vectors.strings = self.strings
        self._vectors = vectors

    @property
    def vectors_length(self):
        """Width of the word vectors; 0: there are none."""
        return 0 if self._vectors is None else self._vectors.shape[1]

    def reset_vectors(self, *, width=None, shape=None):
        """Begin again with a table of zeros: of another width, or of a shape (rows, width), or of the
        present one."""
        if width is not None and shape is not None:
            raise VectorShapeError(what=f"give the width or the shape, not both (got {width} and {shape})")
        if shape is None:
            shape = (self.vectors.shape[0], self.vectors_length if width is None else width)
        self._vectors = Vectors(strings=self.strings, shape=shape, name=self.vectors.name)

    def get_vector(self, orth):
        """The vector of a string or id: (width,); zeros where it has none."""
        if orth in self.vectors:
            return self._vectors[orth]
        return numpy.zeros((self.vectors_length,), dtype=self._vectors.data.dtype)

    def set_vector(self, orth, vector):
        """Give a string or id a vector: (width,). The table grows when it is full."""
        vector = numpy.asarray(vector)
        if vector.ndim != 1:
            raise VectorShapeError(what=f"a word vector has one dimension, not {vector.ndim}")
        if isinstance(orth, str):
            orth = self.strings.add(orth)
        vectors = self.vectors
        if vectors.is_full and orth not in vectors:
            rows = max(100, int(vectors.shape[0] * 1.3))
            vectors.resize((rows, vectors.shape[1] or vector.shape[0]))
        vectors.add(orth, vector=vector)

    def has_vector(self, orth):
        """Whether a string or id has a vector."""
        return self._vectors is not None and orth in self._vectors

    def prune_vectors(self, nr_row, batch_size=1024):
        """Keep the vectors of the ``nr_row`` most probable words; the others get that of the nearest one
        kept.

        Returns a dict from each word that lost its vector to (nearest word, cosine).
        """
        cdef object old = self.vectors
        if old.mode != "default":
            raise VectorShapeError(what="a table of floret has no words whose vectors could be pruned")
        keys = sorted(old.key2row, key=self._unlikelihood)
        rows = numpy.asarray([old.key2row[key] for key in keys], dtype="int64")
        keep_rows = rows[:nr_row]
        kept = Vectors(strings=self.strings, data=old.data[keep_rows], keys=keys[:nr_row], name=old.name)
        remap = {}
        if len(keys) > nr_row:
            nearest, nearest_rows, cosines = kept.most_similar(old.data[rows[nr_row:]], batch_size=batch_size)
            for i, key in enumerate(keys[nr_row:]):
                kept.add(key, row=int(nearest_rows[i, 0]))
                remap[self.strings[key]] = (self.strings[int(nearest[i, 0])], float(cosines[i, 0]))
        self._vectors = kept
        return remap

    def _unlikelihood(self, key):
        default = self.cfg.get("oov_prob", DEFAULT_OOV_PROB)
        return -self._lookups.get_table("lexeme_prob", {}).get(key, default)

    def deduplicate_vectors(self):
        """Let keys with equal vectors share one row."""
        cdef object old = self.vectors
        if not old.key2row:
            return
        keys = list(old.key2row)
        rows = numpy.asarray([old.key2row[key] for key in keys], dtype="int64")
        data, place = numpy.unique(old.data[rows], axis=0, return_inverse=True)
        table = Vectors(strings=self.strings, data=data, name=old.name)
        for key, row in zip(keys, place.reshape(-1), strict=True):
            table.add(key, row=int(row))
        self._vectors = table

    # --- storing ---

    def get_state(self):
        """What is stored: (meta, tensors). Kept lexemes are not, but for the strings."""
        cdef dict tensors = {}
        meta = {"strings": sorted(self.strings), "lookups": self._lookups.get_state()}
        if self._vectors is not None and self._vectors.size:
            meta["vectors"], state = self._vectors.get_state()
            tensors = {f"vectors.{name}": tensor for name, tensor in state.items()}
        return meta, tensors

    def set_state(self, meta, tensors, exclude=()):
        """Add strings, and replace lookups and vectors, by what ``get_state`` gave, checked."""
        if not isinstance(meta, dict):
            raise BadDataError(what="vocab", why="its meta data are missing")
        if "strings" in meta and "strings" not in exclude:
            strings = meta["strings"]
            if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
                raise BadDataError(what="vocab", why="the strings are no list of strings")
            for string in strings:
                self.strings.intern(string)
        if "lookups" in meta and "lookups" not in exclude:
            lookups = Lookups()
            lookups.set_state(meta["lookups"])
            self.lookups = lookups
        if "vectors" in meta and "vectors" not in exclude:
            vectors = Vectors(strings=self.strings)
            vectors.set_state(
                meta["vectors"], {name: tensors.get(f"vectors.{name}") for name in ("data", "keys", "rows")}
            )
            self._vectors = vectors

    def to_bytes(self, *, exclude=()):
        """Strings, lookups and vectors; leave some of these out by name with ``exclude``."""
        meta, tensors = self.get_state()
        meta = {name: value for name, value in meta.items() if name not in exclude}
        return state_to_bytes(meta, {} if "vectors" in exclude else tensors)

    def from_bytes(self, bytes_data, *, exclude=()):
        """Read what ``to_bytes`` wrote; returns the vocab."""
        self.set_state(*bytes_to_state(bytes_data), exclude=exclude)
        return self

    def to_disk(self, path, *, exclude=()):
        """Write strings, lookups and vectors as files of a directory."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if "strings" not in exclude:
            self.strings.to_disk(path / "strings.json")
        if "vectors" not in exclude:
            self.vectors.to_disk(path)
        if "lookups" not in exclude:
            self._lookups.to_disk(path)

    def from_disk(self, path, *, exclude=()):
        """Read what ``to_disk`` wrote; returns the vocab."""
        path = Path(path)
        if "strings" not in exclude:
            self.strings.from_disk(path / "strings.json")
        if "vectors" not in exclude:
            self._vectors = Vectors(strings=self.strings).from_disk(path)
        if "lookups" not in exclude:
            self.lookups = Lookups().from_disk(path)
        return self

    def __reduce__(self):
        lexemes = []
        cdef size_t i
        for i in range(self.kept.size()):
            if self.kept[i].changed:
                lexemes.append(<dict>self.kept[i].c | {"rank": self.kept[i].rank})
        state = (
            dict(self.getters),
            list(self.strings),
            self._lookups,
            self.vectors,
            self.cfg,
            self.writing_system,
            self.get_noun_chunks,
            lexemes,
        )
        return _unpickle, state

    def _set_changed(self, dict fields):
        cdef KeptLexeme* lexeme = self.keep(fields["orth"])
        lexeme.rank = fields.pop("rank")
        lexeme.c = fields
        self.mark_changed(lexeme)


def _unpickle(getters, strings, lookups, vectors, cfg, writing_system, get_noun_chunks, lexemes):
    vocab = Vocab(getters, strings, lookups, writing_system=writing_system, get_noun_chunks=get_noun_chunks)
    vocab.vectors = vectors
    vocab.cfg = cfg
    for lexeme in lexemes:
        vocab._set_changed(lexeme)
    return vocab
