"""Strings and their 64-bit ids."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint64_t
from libc.string cimport memcmp

import json
from contextlib import contextmanager
from pathlib import Path

from .. import symbols
from ..errors import BadDataError, NotAStringError, StringCollisionError, StringNotFoundError

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object o)
    int PyUnicode_KIND(object o)
    void* PyUnicode_DATA(object o)
    Py_ssize_t PyUnicode_GET_LENGTH(object o)

cdef enum:
    STACK = 512  # bytes of UTF-8 that need no allocation

cdef uint64_t N_SYMBOLS = len(symbols.NAMES)
cdef SymbolTable* SYMBOLS = &symbol_table()


cdef int _fill_symbols() except -1:
    for number, name in enumerate(symbols.NAMES):
        utf8 = name.encode("utf8")
        if name and not SYMBOLS.add(murmur64a(utf8, len(utf8), 1), number):
            raise AssertionError("the table of symbols is too small")
    return 0


_fill_symbols()


cdef const SymbolTable* known_symbols() noexcept nogil:
    return SYMBOLS


cdef uint64_t hash_utf8(const char* utf8, size_t n) noexcept nogil:
    return string_id(SYMBOLS[0], utf8, n)


cdef uint64_t hash_slice(str text, Py_ssize_t start, Py_ssize_t n) except? 0:
    cdef char stack[STACK]
    cdef char* buffer = stack
    cdef int kind = PyUnicode_KIND(text)
    cdef size_t size
    if PyUnicode_IS_ASCII(text):
        return hash_utf8(<const char*>PyUnicode_DATA(text) + start, n)
    if utf8_capacity(kind, n) > STACK:
        buffer = <char*>PyMem_Malloc(utf8_capacity(kind, n))
        if buffer == NULL:
            raise MemoryError()
    size = encode_utf8_kind(kind, PyUnicode_DATA(text), start, n, buffer)
    cdef uint64_t result = hash_utf8(buffer, size)
    if buffer != stack:
        PyMem_Free(buffer)
    return result


cpdef uint64_t hash_string(str string) except? 0:
    """Id of a string: its 64-bit hash; the integer of a name in ``nlpcore.symbols``; 0 for \"\"."""
    if string is None:
        raise NotAStringError(type="None")
    return hash_slice(string, 0, PyUnicode_GET_LENGTH(string))


def get_string_id(key):
    """Id of a string; an integer is returned as it is."""
    if isinstance(key, str):
        return hash_string(key)
    return key


cdef class StringStore:
    """Strings that can be found again by their ids.

    ``store["coffee"]`` is the id of a string, whether or not it is in the store; ``store[id]`` is the string
    of an id and raises KeyError where the store does not know it. Names in ``nlpcore.symbols`` are always
    known; they do not count in the length and in the iteration, which is in the order of adding.

    The strings stay for the life of the store: users' strings are added, the words of annotated text are not.
    """

    def __init__(self, strings=None):
        if strings is not None:
            for string in strings:
                self.add(string)

    cpdef uint64_t intern(self, str string) except? 0:
        cdef bytes utf8 = string.encode("utf8", "surrogatepass")
        cdef const char* data = utf8
        cdef size_t n = len(utf8)
        cdef uint64_t id = hash_utf8(data, n)
        if id < N_SYMBOLS:
            return id
        cdef int64_t at = self.table.find(id)
        cdef StringView known
        if at < 0:
            self.table.insert(id, data, n)
            return id
        known = self.table.view(at)
        if known.size != n or memcmp(known.data, data, n) != 0:
            raise StringCollisionError(first=self.find(id), second=string, id=id)
        return id

    cdef str find(self, uint64_t id):
        if id < N_SYMBOLS:
            return symbols.NAMES[id]
        cdef int64_t at = self.table.find(id)
        if at < 0:
            return None
        cdef StringView view = self.table.view(at)
        return PyUnicode_DecodeUTF8(view.data, view.size, b"surrogatepass")

    cdef bint has(self, uint64_t id) noexcept:
        return id < N_SYMBOLS or self.table.find(id) >= 0

    def add(self, string, allow_transient=None):
        """Add a string (str or UTF-8 bytes), for good: ``allow_transient`` means nothing. Returns its id."""
        if isinstance(string, str):
            return self.intern(string)
        if isinstance(string, bytes):
            return self.intern(string.decode("utf8", "surrogatepass"))
        if string is None:
            return 0
        raise NotAStringError(type=repr(type(string).__name__))

    def __getitem__(self, key):
        cdef str string
        if isinstance(key, str):
            return hash_string(key)
        if isinstance(key, bytes):
            return hash_string(key.decode("utf8", "surrogatepass"))
        cdef uint64_t id = _as_id(key)
        string = self.find(id)
        if string is None:
            raise StringNotFoundError(id=id)
        return string

    def __contains__(self, key):
        if isinstance(key, str):
            return self.has(hash_string(key))
        if isinstance(key, bytes):
            return self.has(hash_string(key.decode("utf8", "surrogatepass")))
        return self.has(_as_id(key))

    def as_int(self, key):
        """The id of a string; an integer is returned as it is."""
        return self[key] if isinstance(key, (str, bytes)) else key

    def as_string(self, key):
        """The string of an id; a string is returned as it is."""
        return key if isinstance(key, str) else self[key]

    def __len__(self):
        return self.table.size()

    def __bool__(self):
        return self.table.size() != 0

    def __iter__(self):
        cdef size_t i = 0
        while i < self.table.size():
            yield self.find(self.table.id(i))
            i += 1

    def keys(self):
        """The ids, in the order of adding."""
        return [self.table.id(i) for i in range(self.table.size())]

    def values(self):
        """The strings, in the order of adding."""
        return list(self)

    def items(self):
        """Pairs of string and id, in the order of adding."""
        return list(zip(self.values(), self.keys(), strict=True))

    @contextmanager
    def memory_zone(self, mem=None):
        """For code written for spaCy: annotating adds nothing to the store, so there is nothing to free."""
        yield mem

    def __reduce__(self):
        return StringStore, (list(self),)

    def to_bytes(self, **kwargs):
        """The strings, sorted, as JSON in ASCII (lone surrogates included)."""
        return json.dumps(sorted(self), separators=(",", ":")).encode("ascii")

    def from_bytes(self, bytes_data, **kwargs):
        """Add the strings that ``to_bytes`` wrote; returns the store."""
        try:
            strings = json.loads(bytes_data)
        except (ValueError, RecursionError) as error:
            raise BadDataError(what="string table", why=error) from None
        if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
            raise BadDataError(what="string table", why="it is no list of strings")
        before = list(self)
        self.table.clear()
        for string in strings:
            self.intern(string)
        for string in before:
            self.intern(string)
        return self

    def to_disk(self, path):
        """Write the strings to a JSON file."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path):
        """Add the strings of a JSON file; returns the store."""
        return self.from_bytes(Path(path).read_bytes())


cdef uint64_t _as_id(object key) except? 0:
    if key is None or not hasattr(type(key), "__index__"):
        raise NotAStringError(type=repr(type(key).__name__))
    return key
