"""Forward passes on packed weights, without the GIL: the encoder and softmax heads.

Objects here hold copies of their weights and never change; they may be used from several threads at once. A
token's result is the same, bit for bit, whatever else is in the batch. What the arrays mean is defined by
``nlpcore.network``, the readable reference that these classes are tested against.
"""

from nlpcore.lazy import numpy as np

from libc.stdint cimport int32_t, uint8_t, uint64_t

from nlpcore.engine.inputs import document_lengths, floats, is_constant
from nlpcore.errors import EngineInputError

from nlpcore.engine.addresses cimport address, table_address
from nlpcore.kernels.simd cimport SimdKernels, kernels_named, kWindowRows


N_GAPS = 5
TABLE_BUDGET = 32 << 20


cdef class Encoder:
    """The encoder of ``network.tok2vec``, forward only.

    tables: four (R_f, T) arrays with their hash seeds; mixer and each convolution: (W, b, gain, shift); gaps
    (5, T). budget: bytes for the values of frequent lexemes, which are tabulated as they are met.
    vectors: the ``network.static_vectors.StaticVectors`` that it reads, None where it reads none.
    """

    def __cinit__(self, tables, seeds, mixer, convolutions, gaps, *, size_t budget=TABLE_BUDGET,
                  variant=None, vectors=None):
        cdef const SimdKernels* kernels = kernels_named(variant)
        gaps = floats(gaps, (N_GAPS, None), "gaps")
        cdef Py_ssize_t t = gaps.shape[1]
        if len(tables) != 4 or len(seeds) != 4 or not 1 <= t <= 1024 or not 1 <= len(convolutions) <= 32:
            raise EngineInputError(name="encoder", reason="it has 4 tables, width 1 to 1024, depth 1 to 32")
        columns = floats(mixer[1], (None,), "mixer's b").shape[0]
        if columns == 0 or columns % t:
            raise EngineInputError(name="mixer's b", reason="its length is no multiple of the width")
        self.width = t
        self.variant = kernels.name.decode()
        self.tables = []
        self.encoder = new CEncoder(kernels[0], t, columns // t)
        for f, (table, seed) in enumerate(zip(tables, seeds)):
            table = floats(table, (None, t), f"table {f}")
            if not 1 <= table.shape[0] < 2 ** 31:
                raise EngineInputError(name=f"table {f}", reason="it has no rows")
            if not is_constant(table):
                table = table.copy()
            self.tables.append(table)
            self.encoder.set_table(f, table_address(table), table.shape[0], seed)
        self._pack(mixer, 4 * t + self._set_vectors(vectors), columns, -1, None, budget)
        for i, layer in enumerate(convolutions):
            self._pack(layer, 3 * t, columns, i, gaps, budget)

    def __dealloc__(self):
        del self.encoder

    cdef Py_ssize_t _set_vectors(self, vectors) except -1:
        """Returns the width of the word vectors; every row is checked here, and no key twice."""
        if vectors is None:
            return 0
        data = floats(vectors.data, (None, None), "vectors")
        keys = np.array(vectors.keys, dtype="uint64").reshape(-1)
        rows = np.array(vectors.rows, dtype="int32").reshape(-1)
        if not data.shape[1] or len(keys) != len(rows) or (keys[1:] <= keys[: max(len(keys), 1) - 1]).any():
            raise EngineInputError(name="vectors", reason="keys must be sorted, each with a row of numbers")
        if len(rows) and not (0 <= rows.min() and rows.max() < data.shape[0]):
            raise EngineInputError(name="vectors", reason="there are keys of rows that the table lacks")
        if not is_constant(data):
            data = data.copy()
        self.vectors = (keys, rows, data)
        cdef const uint64_t[::1] key_view = keys
        cdef const int32_t[::1] row_view = rows
        cdef const float[:, ::1] values = data
        if key_view.shape[0]:
            self.encoder.set_vectors(&key_view[0], &row_view[0], key_view.shape[0], &values[0, 0],
                                     values.shape[1])
        else:
            self.encoder.set_vectors(NULL, NULL, 0, NULL, data.shape[1])
        return data.shape[1]

    cdef int _pack(self, layer, Py_ssize_t k, Py_ssize_t columns, Py_ssize_t number, gaps,
                   size_t budget) except -1:
        """A layer (W, b, gain, shift) with k inputs; number: of the convolution, -1 is the mixer."""
        cdef const float[:, ::1] W = floats(layer[0], (k, columns), "W")
        cdef const float[::1] b = floats(layer[1], (columns,), "b")
        cdef const float[::1] gain = floats(layer[2], (self.width,), "gain")
        cdef const float[::1] shift = floats(layer[3], (self.width,), "shift")
        cdef const float[:, ::1] gap_values
        if number == 0:
            gap_values = gaps
        with nogil:
            if number < 0:
                self.encoder.set_mixer(table_address(W), address(b), address(gain), address(shift))
            elif number == 0:
                self.encoder.set_first(table_address(W), address(b), address(gain), address(shift),
                                       table_address(gap_values), budget)
            else:
                self.encoder.add_convolution(table_address(W), address(b), address(gain), address(shift))
        return 0

    @property
    def reach(self):
        """Tokens around a piece of a document with which it has the bits of the whole, if it begins at a
        multiple of ``tile`` and ends at one or with the document. A multiple, too.
        """
        return self.encoder.reach()

    @property
    def tile(self):
        """The tokens that are computed together, counted from a document's first."""
        return kWindowRows

    @property
    def n_tabulated(self):
        """How many lexemes the table holds now."""
        return self.encoder.tabulated()

    @property
    def n_computed(self):
        """How many lexemes were computed until now because the table did not hold them."""
        return self.encoder.computed()

    @property
    def lexeme_multiply_adds(self):
        """Multiply-adds for each lexeme that is computed."""
        return self.encoder.lexeme_multiply_adds()

    def layer_multiply_adds(self, lengths):
        """Multiply-adds of the layers' products for documents of these lengths."""
        lengths = np.asarray(lengths, dtype="int64")
        tiles = int(((lengths + (kWindowRows - 1)) // kWindowRows).sum())
        return tiles * self.encoder.tile_multiply_adds()

    def encode(self, ids, gaps, lengths):
        """Vectors (N, T) float32 of the tokens of documents that stand one after another.

        ids (N, 4) uint64, gaps (N,) uint8 below 5, lengths: the tokens of each document.
        """
        cdef const uint64_t[:, ::1] id_view = np.ascontiguousarray(ids, dtype="uint64")
        cdef const uint8_t[::1] gap_view = np.ascontiguousarray(gaps, dtype="uint8")
        cdef Py_ssize_t n = id_view.shape[0], i
        if gap_view.shape[0] != n or id_view.shape[1] != 4:
            raise EngineInputError(name="ids", reason="there must be four ids and one gap for each token")
        for i in range(n):
            if gap_view[i] >= N_GAPS:
                raise EngineInputError(name="gaps", reason=f"{gap_view[i]} is no kind of gap")
        cdef const int32_t[::1] length_view = document_lengths(lengths, n)
        out = np.empty((n, self.width), dtype="float32")
        cdef float[:, ::1] view = out
        if n:
            with nogil:
                self.encoder.encode(&id_view[0, 0], &gap_view[0], &length_view[0], length_view.shape[0],
                                    &view[0, 0])
        return out


cdef class Head:
    """A softmax head: W (T, classes), b (classes,), at least one class.

    screened: exclude classes by small integers where the CPU is fast at them; no answer depends on it.
    """

    def __cinit__(self, W, b, *, bint screened=True, variant=None):
        cdef const SimdKernels* kernels = kernels_named(variant)
        W = floats(W, (None, None), "W")
        b = floats(b, (W.shape[1],), "b")
        if not W.size:
            raise EngineInputError(name="W", reason="it is empty")
        self.width, self.n_classes = W.shape
        cdef const float[:, ::1] weights = W
        cdef const float[::1] biases = b
        with nogil:  # packing takes its time, and other components are made meanwhile
            self.head = new CHead(kernels[0], table_address(weights), address(biases), self.width,
                                  self.n_classes, screened)

    def __dealloc__(self):
        del self.head

    def predict(self, V, Py_ssize_t n_best=1):
        """V (N, T) → int32 (N, n_best): the classes with the highest scores, of equal ones the first."""
        self._check(n_best)
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef Py_ssize_t n = vectors.shape[0]
        out = np.empty((n, n_best), dtype="int32")
        cdef int32_t[:, ::1] view = out
        if n:
            with nogil:
                self.head.predict(&vectors[0, 0], n, n_best, &view[0, 0])
        return out

    def candidates(self, V, Py_ssize_t n_best=1):
        """V (N, T) → int32 (N,): how many classes may be among the best ``n_best``, as far as ``predict``
        knows without their float32 scores; all of them where it does not screen.
        """
        self._check(n_best)
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef Py_ssize_t n = vectors.shape[0]
        out = np.empty(n, dtype="int32")
        cdef int32_t[::1] view = out
        if n:
            with nogil:
                self.head.candidates(&vectors[0, 0], n, n_best, &view[0])
        return out

    cdef int _check(self, Py_ssize_t n_best) except -1:
        if not 1 <= n_best <= self.n_classes:
            raise EngineInputError(name="n_best", reason=f"it must be 1 to {self.n_classes}")
        return 0

    def scores(self, V):
        """V (N, T) → float32 (N, classes)."""
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef Py_ssize_t n = vectors.shape[0]
        out = np.empty((n, self.n_classes), dtype="float32")
        cdef float[:, ::1] view = out
        if n:
            with nogil:
                self.head.scores(&vectors[0, 0], n, &view[0, 0])
        return out
