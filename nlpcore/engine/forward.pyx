"""Forward passes on packed weights, without the GIL: the encoder, softmax heads, transition networks.

Objects here hold copies of their weights and never change; they may be used from several threads at once. A
token's result is the same, bit for bit, whatever else is in the batch. What the arrays mean is defined by
``nlpcore.network``, the readable reference that these classes are tested against.
"""

import numpy as np

from libc.stddef cimport size_t
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp.vector cimport vector

from nlpcore.errors import EngineInputError

from nlpcore.kernels.simd cimport SimdKernels, kernels_named, kWindowRows
from nlpcore.transition.systems cimport ArcEager, Biluo, CArcEager, CBiluo, EntityState, ParseState


cdef extern from "nlpcore/engine/encoder.hpp" namespace "nlpcore" nogil:
    cdef cppclass CEncoder "nlpcore::Encoder":
        CEncoder(const SimdKernels& kernels, size_t width, size_t pieces) except +
        void set_table(int feature, const float* values, size_t rows, uint32_t seed) except +
        void set_mixer(const float* w, const float* b, const float* gain, const float* shift) except +
        void add_convolution(const float* w, const float* b, const float* gain, const float* shift) except +
        void set_first(const float* w, const float* b, const float* gain, const float* shift,
                       const float* gaps, size_t budget) except +
        size_t reach()
        size_t tabulated()
        size_t computed()
        size_t lexeme_multiply_adds()
        size_t tile_multiply_adds()
        void encode(const uint64_t* ids, const uint8_t* gaps, const int32_t* lengths, size_t n_docs,
                    float* out) except +


cdef extern from "nlpcore/engine/heads.hpp" namespace "nlpcore" nogil:
    cdef cppclass CHead "nlpcore::Head":
        CHead(const SimdKernels& kernels, const float* w, const float* b, size_t width, size_t m) except +
        void predict(const float* v, size_t n, size_t n_best, int32_t* best) except +
        void scores(const float* v, size_t n, float* out) except +


cdef extern from "nlpcore/engine/table_window.hpp" namespace "nlpcore" nogil:
    cdef cppclass PackedLayer:
        size_t k, m, padded
        void set(const SimdKernels& kernels, const float* w, const float* b, size_t k, size_t m) except +
        void apply(const SimdKernels& kernels, const float* a, size_t lda, size_t n, float* out, size_t ldo)

    cdef cppclass TableWindow:
        TableWindow(const SimdKernels& kernels, const PackedLayer& layer, const float* v, int64_t n,
                    int width) except +


cdef extern from "nlpcore/transition/stepping.hpp" namespace "nlpcore" nogil:
    cdef struct StepModel:
        int n_context, hidden, pieces, n_moves
        const float* tables
        const float* pad
        const float* bias
        const float* upper
        const float* upper_bias

    cdef cppclass Stepper[System]:
        Stepper(const System& system, const StepModel& model) except +
        void decode_through[State, Window](State& state, int64_t first, Window& window) except +


N_GAPS = 5
TABLE_BUDGET = 32 << 20


cdef object floats(array, shape, str name):
    """The array as C-contiguous float32; ``shape``: what it must have, None for any size."""
    array = np.ascontiguousarray(array, dtype="float32")
    if array.ndim != len(shape) or any(w is not None and w != g for w, g in zip(shape, array.shape)):
        raise EngineInputError(name=name, reason=f"its shape is {array.shape} and must be {tuple(shape)}")
    return array


cdef const float* address(const float[::1] flat) noexcept:
    return &flat[0] if flat.shape[0] else NULL


cdef object document_lengths(lengths, Py_ssize_t n):
    """int32 token counts that sum to n."""
    lengths = np.ascontiguousarray(lengths, dtype="int32").reshape(-1)
    if (lengths < 0).any() or int(lengths.sum(dtype="int64")) != n:
        raise EngineInputError(name="lengths", reason=f"they must be token counts that sum to {n}")
    return lengths


cdef class Encoder:
    """The encoder of ``network.tok2vec``, forward only.

    tables: four (R_f, T) arrays with their hash seeds; mixer and each convolution: (W, b, gain, shift); gaps
    (5, T). budget: bytes for the values of frequent lexemes, which are tabulated as they are met.
    """

    cdef CEncoder* encoder
    cdef readonly int width
    cdef readonly str variant

    def __cinit__(self, tables, seeds, mixer, convolutions, gaps, *, size_t budget=TABLE_BUDGET,
                  variant=None):
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
        self.encoder = new CEncoder(kernels[0], t, columns // t)
        for f, (table, seed) in enumerate(zip(tables, seeds)):
            table = floats(table, (None, t), f"table {f}")
            if not 1 <= table.shape[0] < 2 ** 31:
                raise EngineInputError(name=f"table {f}", reason="it has no rows")
            self.encoder.set_table(f, address(table.reshape(-1)), table.shape[0], seed)
        W, b, gain, shift = self._layer(mixer, 4 * t, columns)
        self.encoder.set_mixer(address(W), address(b), address(gain), address(shift))
        for i, layer in enumerate(convolutions):
            W, b, gain, shift = self._layer(layer, 3 * t, columns)
            if i == 0:
                self.encoder.set_first(address(W), address(b), address(gain), address(shift),
                                       address(gaps.reshape(-1)), budget)
            else:
                self.encoder.add_convolution(address(W), address(b), address(gain), address(shift))

    def __dealloc__(self):
        del self.encoder

    cdef object _layer(self, layer, Py_ssize_t k, Py_ssize_t columns):
        W, b = floats(layer[0], (k, columns), "W"), floats(layer[1], (columns,), "b")
        gain, shift = floats(layer[2], (self.width,), "gain"), floats(layer[3], (self.width,), "shift")
        return W.reshape(-1), b, gain, shift

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
    """A softmax head: W (T, classes), b (classes,), at least one class."""

    cdef CHead* head
    cdef readonly int width, n_classes

    def __cinit__(self, W, b, *, variant=None):
        cdef const SimdKernels* kernels = kernels_named(variant)
        W = floats(W, (None, None), "W")
        b = floats(b, (W.shape[1],), "b")
        if not W.size:
            raise EngineInputError(name="W", reason="it is empty")
        self.width, self.n_classes = W.shape
        self.head = new CHead(kernels[0], address(W.reshape(-1)), address(b), self.width, self.n_classes)

    def __dealloc__(self):
        del self.head

    def predict(self, V, Py_ssize_t n_best=1):
        """V (N, T) → int32 (N, n_best): the classes with the highest scores, of equal ones the first."""
        if not 1 <= n_best <= self.n_classes:
            raise EngineInputError(name="n_best", reason=f"it must be 1 to {self.n_classes}")
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef Py_ssize_t n = vectors.shape[0]
        out = np.empty((n, n_best), dtype="int32")
        cdef int32_t[:, ::1] view = out
        if n:
            with nogil:
                self.head.predict(&vectors[0, 0], n, n_best, &view[0, 0])
        return out

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


cdef class TransitionNetwork:
    """A transition system with its network; arrays as ``nlpcore.transition.stepping`` names them, and the
    lower layer's W (T, F * H * P).
    """

    cdef PackedLayer lower
    cdef StepModel model
    cdef const SimdKernels* kernels
    cdef readonly object system
    cdef readonly int width
    cdef tuple arrays

    def __cinit__(self, system, W, pad, bias, upper, upper_bias, *, variant=None):
        if not isinstance(system, (ArcEager, Biluo)):
            raise TypeError(f"A transition system is ArcEager or Biluo, not {type(system).__name__}.")
        self.kernels = kernels_named(variant)
        self.system = system
        upper = floats(upper, (system.n_moves, None), "upper")
        bias = floats(bias, (None,), "bias")
        hidden, units = upper.shape[1], bias.shape[0]
        if hidden == 0 or units == 0 or units % hidden:
            raise EngineInputError(name="bias", reason=f"its length is no multiple of {hidden} units")
        pad = floats(pad, (system.n_context, units), "pad").reshape(-1)
        W = floats(W, (None, system.n_context * units), "W")
        upper_bias = floats(upper_bias, (system.n_moves,), "upper_bias")
        upper = upper.reshape(-1)
        self.arrays = (pad, bias, upper, upper_bias)
        self.width = W.shape[0]
        self.lower.set(self.kernels[0], address(W.reshape(-1)), NULL, self.width, W.shape[1])
        self.model.n_context = system.n_context
        self.model.hidden = hidden
        self.model.pieces = units // hidden
        self.model.n_moves = system.n_moves
        self.model.tables = NULL
        self.model.pad = address(pad)
        self.model.bias = address(bias)
        self.model.upper = address(upper)
        self.model.upper_bias = address(upper_bias)

    def tables(self, V):
        """V (N, T) → (N, F, H * P) float32: what each token adds to the hidden layer at each position."""
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef Py_ssize_t n = vectors.shape[0]
        out = np.empty((n, self.lower.padded), dtype="float32")
        cdef float[:, ::1] view = out
        if n and self.lower.m:
            with nogil:
                self.lower.apply(self.kernels[0], &vectors[0, 0], self.width, n, &view[0, 0],
                                 self.lower.padded)
        return np.ascontiguousarray(out[:, :self.lower.m]).reshape(n, self.model.n_context, -1)

    def decode(self, V, lengths, *, preset=None):
        """What ``transition.decode`` gives for documents with the vectors V (N, T), one after another."""
        cdef const float[:, ::1] vectors = floats(V, (None, self.width), "V")
        cdef const int32_t[::1] length_view = document_lengths(lengths, vectors.shape[0])
        cdef const int8_t[::1] starts
        cdef const int8_t* preset_starts = NULL
        if preset is not None:
            starts = np.ascontiguousarray(preset, dtype="int8")
            if starts.shape[0] != vectors.shape[0]:
                raise EngineInputError(name="preset", reason="there must be one for each token")
            if starts.shape[0]:
                preset_starts = &starts[0]
        if isinstance(self.system, ArcEager):
            return self.decode_parse(self.system, vectors, length_view, preset_starts)
        return self.decode_entities(self.system, vectors, length_view, preset_starts)

    cdef object decode_parse(self, ArcEager system, const float[:, ::1] V, const int32_t[::1] lengths,
                             const int8_t* preset):
        cdef Py_ssize_t n = V.shape[0], doc, first = 0, i
        heads, labels, starts = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int8)
        if n == 0:
            return heads, labels, starts
        cdef int32_t[::1] head_view = heads, label_view = labels
        cdef int8_t[::1] start_view = starts
        cdef int units = self.model.hidden * self.model.pieces
        cdef Stepper[CArcEager]* stepper = new Stepper[CArcEager](system.system, self.model)
        cdef TableWindow* window = NULL
        cdef ParseState state
        try:
            window = new TableWindow(self.kernels[0], self.lower, &V[0, 0], n, units)
            with nogil:
                for doc in range(lengths.shape[0]):
                    system.system.init(state, lengths[doc], preset + first if preset != NULL else preset)
                    stepper.decode_through(state, first, window[0])
                    for i in range(lengths[doc]):
                        head_view[first + i] = state.head[i]
                        label_view[first + i] = state.label[i]
                        start_view[first + i] = state.starts[i]
                    first += lengths[doc]
        finally:
            del window
            del stepper
        return heads, labels, starts

    cdef object decode_entities(self, Biluo system, const float[:, ::1] V, const int32_t[::1] lengths,
                                const int8_t* preset):
        cdef Py_ssize_t n = V.shape[0], doc, first = 0, i
        if n == 0:
            return np.empty((0, 4), dtype=np.int32)
        cdef int units = self.model.hidden * self.model.pieces
        cdef Stepper[CBiluo]* stepper = new Stepper[CBiluo](system.system, self.model)
        cdef TableWindow* window = NULL
        cdef EntityState state
        cdef vector[int32_t] found
        try:
            window = new TableWindow(self.kernels[0], self.lower, &V[0, 0], n, units)
            with nogil:
                for doc in range(lengths.shape[0]):
                    system.system.init(state, lengths[doc], preset + first if preset != NULL else preset)
                    stepper.decode_through(state, first, window[0])
                    for i in range(<Py_ssize_t>state.spans.size()):
                        found.push_back(<int32_t>doc)
                        found.push_back(state.spans[i].start)
                        found.push_back(state.spans[i].end)
                        found.push_back(state.spans[i].label)
                    first += lengths[doc]
        finally:
            del window
            del stepper
        out = np.empty((found.size() // 4, 4), dtype=np.int32)
        cdef int32_t[:, ::1] view = out
        for i in range(<Py_ssize_t>found.size()):
            view[i // 4, i % 4] = found[i]
        return out
