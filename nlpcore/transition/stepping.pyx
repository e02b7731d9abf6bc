"""Decoding and training a transition system over pre-computed tables, without the GIL.

The arrays of a model, all float32 and C-contiguous; N tokens of all documents one after the other,
F context positions, H hidden units of P pieces, A moves:

    tables (N, F, H * P)   what each token adds to the hidden layer; unit h, piece p at h * P + p
    pad (F, H * P)         the same for a position without a token
    bias (H * P,)
    upper (A, H), upper_bias (A,)

    hidden = max over pieces of (bias + the rows of the state's context tokens)
    scores = upper @ hidden + upper_bias
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libcpp.vector cimport vector

from nlpcore.transition.systems cimport (
    ArcEager,
    Biluo,
    CArcEager,
    CBiluo,
    EntityState,
    GoldEntities,
    GoldTree,
    ParseState,
)

from nlpcore.lazy import numpy as np

from nlpcore.errors import MoveError, TransitionInputError


cdef extern from "nlpcore/transition/stepping.hpp" namespace "nlpcore" nogil:
    cdef struct StepModel:
        int n_context, hidden, pieces, n_moves
        const float* tables
        const float* pad
        const float* bias
        const float* upper
        const float* upper_bias

    cdef struct StepGradients:
        float* tables
        float* pad
        float* bias
        float* upper
        float* upper_bias

    cdef cppclass StepResult:
        double loss
        int64_t states, correct

    cdef cppclass StepRandom:
        StepRandom(uint64_t seed)

    cdef cppclass Stepper[System]:
        Stepper(const System& system, const StepModel& model) except +
        const float* scores()
        int count_valid[State](const State& state, int* only)
        void score[State](const State& state, int64_t first, float drop, StepRandom* random)
        void decode[State](State& state, int64_t first)
        void decode_until[State](State& state, int64_t first, int32_t limit)
        void set_window(int32_t low, const int32_t* carried, int n_carried)
        void train[State, Gold](State& state, const Gold& gold, int64_t first, float explore, float drop,
                                StepRandom& random, const StepGradients& gradients, StepResult& result)


cdef object checked(object array, object dtype, tuple shape, str name):
    """The array itself if it has this dtype, this shape (None: any) and is C-contiguous."""
    if not isinstance(array, np.ndarray):
        raise TransitionInputError(name=name, wanted="a NumPy array", got=type(array).__name__)
    fits = array.ndim == len(shape)
    fits = fits and all(w is None or w == g for w, g in zip(shape, array.shape, strict=True))
    if array.dtype != dtype or not fits or not array.flags.c_contiguous:
        wanted = f"a C-contiguous {np.dtype(dtype).name} array of shape {shape}"
        raise TransitionInputError(name=name, wanted=wanted, got=f"{array.dtype.name} {array.shape}")
    return array


cdef class Arrays:
    """The model's arrays, checked against each other and against the system; keeps them alive."""

    cdef StepModel model
    cdef object tables, pad, bias, upper, upper_bias
    cdef int32_t[::1] lengths
    cdef Py_ssize_t n_tokens

    def __init__(self, int n_context, int n_moves, tables, pad, bias, upper, upper_bias,
                 lengths):
        f32 = np.float32
        checked(upper, f32, (n_moves, None), "upper")
        hidden = upper.shape[1]
        checked(bias, f32, (None,), "bias")
        width = bias.shape[0]
        if hidden == 0 or width == 0 or width % hidden:
            wanted = f"of length {hidden} * pieces"
            raise TransitionInputError(name="bias", wanted=wanted, got=str(bias.shape))
        lengths = np.ascontiguousarray(lengths, dtype=np.int32)
        if lengths.ndim != 1 or (lengths < 0).any():
            raise TransitionInputError(name="lengths", wanted="token counts", got=str(lengths))
        self.n_tokens = int(lengths.sum(dtype=np.int64))
        if isinstance(tables, np.ndarray) and tables.ndim == 2:
            checked(tables, f32, (self.n_tokens, n_context * width), "tables")
        else:
            checked(tables, f32, (self.n_tokens, n_context, width), "tables")
        checked(pad, f32, (n_context, width), "pad")
        checked(upper_bias, f32, (n_moves,), "upper_bias")
        self.lengths = lengths
        self.tables, self.pad, self.bias, self.upper, self.upper_bias = tables, pad, bias, upper, upper_bias
        self.model.n_context = n_context
        self.model.hidden = hidden
        self.model.pieces = width // hidden
        self.model.n_moves = n_moves
        self.model.tables = address(tables)
        self.model.pad = address(pad)
        self.model.bias = address(bias)
        self.model.upper = address(upper)
        self.model.upper_bias = address(upper_bias)


cdef const float* address(object array):
    cdef const float[::1] flat
    if array.size == 0:
        return NULL
    flat = array.reshape(-1)
    return &flat[0]


cdef float* writable(object array, object like, str name):
    cdef float[::1] flat
    checked(array, np.float32, like.shape, name)
    if not array.flags.writeable:
        raise TransitionInputError(name=name, wanted="a writable array", got="a read-only one")
    if array.size == 0:
        return NULL
    flat = array.reshape(-1)
    return &flat[0]


cdef const int8_t* int8_address(const int8_t[::1] view) noexcept nogil:
    return &view[0] if view.shape[0] else NULL


cdef const int8_t* shifted(const int8_t* starts, Py_ssize_t first) noexcept nogil:
    if starts == NULL:
        return starts
    return starts + first


def decode(system, tables, pad, bias, upper, upper_bias, lengths, *, preset=None):
    """Greedy analyses: in every state the valid move with the highest score, of equal ones the first.

    lengths: int32 (documents,), summing to N. preset: int8 (N,) sentence starts (1, -1, 0 free) or None.
    ArcEager → heads int32 (N,) counted within each document, labels int32 (N,) indices into
    ``system.labels``, sentence starts int8 (N,) 1 or -1.
    Biluo → int32 (entities, 4): document, start, end, label.
    """
    arrays = Arrays(system.n_context, system.n_moves, tables, pad, bias, upper, upper_bias, lengths)
    starts = None if preset is None else checked(preset, np.int8, (arrays.n_tokens,), "preset")
    if isinstance(system, ArcEager):
        return decode_parse(system, arrays, starts)
    return decode_entities(system, arrays, starts)


cdef object decode_parse(ArcEager system, Arrays arrays, object preset):
    cdef Py_ssize_t n = arrays.n_tokens, doc, first = 0, i
    heads, labels, starts = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int8)
    cdef int32_t[::1] head_view = heads, label_view = labels, lengths = arrays.lengths
    cdef int8_t[::1] start_view = starts
    cdef const int8_t[::1] preset_view
    cdef const int8_t* preset_starts = NULL
    cdef Stepper[CArcEager]* stepper = new Stepper[CArcEager](system.system, arrays.model)
    cdef ParseState state
    if preset is not None:
        preset_view = preset
        preset_starts = int8_address(preset_view)
    try:
        with nogil:
            for doc in range(lengths.shape[0]):
                system.system.init(state, lengths[doc], shifted(preset_starts, first))
                stepper.decode(state, first)
                for i in range(lengths[doc]):
                    head_view[first + i] = state.head[i]
                    label_view[first + i] = state.label[i]
                    start_view[first + i] = state.starts[i]
                first += lengths[doc]
    finally:
        del stepper
    return heads, labels, starts


# A sentence has at most 1,000 tokens, and a state reads two beyond those that it has taken.
MIN_WINDOW = 1100


cdef class WindowDecoder:
    """Decodes one document of n tokens window by window: however long it is, tables for a few thousand tokens
    at a time are enough. The analysis is that of ``decode``: a window has every token that its states read.

        decoder = WindowDecoder(system, pad, bias, upper, upper_bias, n, preset=preset)
        while not decoder.is_final:
            decoder.run(tables_of(decoder.window(size)))
        decoder.result()
    """

    cdef readonly object system
    cdef readonly int n
    cdef object parameters, preset, carried
    cdef int32_t low, high
    cdef bint is_parser
    cdef ParseState parse
    cdef EntityState entities

    def __cinit__(self, system, pad, bias, upper, upper_bias, int n, *, preset=None):
        if n < 0:
            raise TransitionInputError(name="n", wanted="at least 0", got=str(n))
        if not isinstance(system, (ArcEager, Biluo)):
            raise TransitionInputError(name="system", wanted="ArcEager or Biluo", got=type(system).__name__)
        self.system = system
        self.n = n
        self.parameters = (pad, bias, upper, upper_bias)
        self.is_parser = isinstance(system, ArcEager)
        self.low = self.high = -1
        cdef const int8_t[::1] view
        cdef const int8_t* starts = NULL
        # The entity state points into this array: it must be ours.
        self.preset = None if preset is None else checked(preset, np.int8, (n,), "preset").copy()
        if preset is not None:
            view = self.preset
            starts = int8_address(view)
        if self.is_parser:
            (<ArcEager>system).system.init(self.parse, n, starts)
        else:
            (<Biluo>system).system.init(self.entities, n, starts)

    @property
    def is_final(self):
        if self.is_parser:
            return (<ArcEager>self.system).system.is_final(self.parse)
        return (<Biluo>self.system).system.is_final(self.entities)

    def window(self, int size):
        """int32: the tokens whose tables ``run`` needs next, in order; about ``size`` of them."""
        read = np.full(max(1, self.system.n_context), -1, dtype=np.int32)
        cdef int32_t[::1] context = read
        if size < MIN_WINDOW:
            raise TransitionInputError(name="size", wanted=f"at least {MIN_WINDOW}", got=str(size))
        if self.is_final:
            self.low = self.high = self.n
        elif self.is_parser:
            self.low = (<ArcEager>self.system).system.reads_from(self.parse)
        else:
            self.low = (<Biluo>self.system).system.reads_from(self.entities)
            (<Biluo>self.system).system.context(self.entities, &context[0])
        self.high = min(self.n, self.low + size)
        self.carried = np.unique(read[(read >= 0) & (read < self.low)])
        return np.concatenate([self.carried, np.arange(self.low, self.high, dtype=np.int32)])

    def run(self, tables):
        """Decode on as far as these tables reach. tables: of the tokens that ``window`` named last."""
        if self.low < 0:
            raise TransitionInputError(name="tables", wanted="those of a window", got="given before one")
        cdef Py_ssize_t n_carried = len(self.carried)
        pad, bias, upper, upper_bias = self.parameters
        cdef Arrays arrays = Arrays(self.system.n_context, self.system.n_moves, tables, pad, bias, upper,
                                    upper_bias, [n_carried + self.high - self.low])
        cdef const int32_t[::1] view = self.carried
        cdef const int32_t* carried = &view[0] if n_carried else NULL
        if self.is_parser:
            self.run_parse(self.system, arrays, n_carried - self.low)
        else:
            self.run_entities(self.system, arrays, carried, <int>n_carried)
        self.low = -1

    cdef int run_parse(self, ArcEager system, Arrays arrays, int64_t first) except -1:
        cdef Stepper[CArcEager]* stepper = new Stepper[CArcEager](system.system, arrays.model)
        with nogil:
            stepper.decode_until(self.parse, first, self.high)
        del stepper
        return 0

    cdef int run_entities(self, Biluo system, Arrays arrays, const int32_t* carried, int n_carried) except -1:
        cdef Stepper[CBiluo]* stepper = new Stepper[CBiluo](system.system, arrays.model)
        with nogil:
            stepper.set_window(self.low, carried, n_carried)
            stepper.decode_until(self.entities, n_carried - self.low, self.high)
        del stepper
        return 0

    def result(self):
        """What ``decode`` gives for the document."""
        cdef Py_ssize_t i
        if not self.is_final:
            raise TransitionInputError(name="result", wanted="asked for at the end", got="asked for before")
        if not self.is_parser:
            return entity_rows(self.entities, 0)
        heads, labels = np.empty(self.n, np.int32), np.empty(self.n, np.int32)
        starts = np.empty(self.n, np.int8)
        cdef int32_t[::1] head_view = heads, label_view = labels
        cdef int8_t[::1] start_view = starts
        for i in range(self.n):
            head_view[i] = self.parse.head[i]
            label_view[i] = self.parse.label[i]
            start_view[i] = self.parse.starts[i]
        return heads, labels, starts


cdef object entity_rows(const EntityState& state, int32_t doc):
    """int32 (entities, 4): document, start, end, label."""
    cdef Py_ssize_t i, n = <Py_ssize_t>state.spans.size()
    out = np.empty((n, 4), dtype=np.int32)
    cdef int32_t[:, ::1] view = out
    for i in range(n):
        view[i, 0] = doc
        view[i, 1] = state.spans[i].start
        view[i, 2] = state.spans[i].end
        view[i, 3] = state.spans[i].label
    return out


cdef object decode_entities(Biluo system, Arrays arrays, object preset):
    cdef Py_ssize_t doc, first = 0, i
    cdef int32_t[::1] lengths = arrays.lengths
    cdef const int8_t[::1] preset_view
    cdef const int8_t* preset_starts = NULL
    cdef Stepper[CBiluo]* stepper = new Stepper[CBiluo](system.system, arrays.model)
    cdef EntityState state
    cdef vector[int32_t] found
    if preset is not None:
        preset_view = preset
        preset_starts = int8_address(preset_view)
    try:
        with nogil:
            for doc in range(lengths.shape[0]):
                system.system.init(state, lengths[doc], shifted(preset_starts, first))
                stepper.decode(state, first)
                for i in range(<Py_ssize_t>state.spans.size()):
                    found.push_back(<int32_t>doc)
                    found.push_back(state.spans[i].start)
                    found.push_back(state.spans[i].end)
                    found.push_back(state.spans[i].label)
                first += lengths[doc]
    finally:
        del stepper
    out = np.empty((found.size() // 4, 4), dtype=np.int32)
    cdef int32_t[:, ::1] view = out
    for i in range(<Py_ssize_t>found.size()):
        view[i // 4, i % 4] = found[i]
    return out


def train_batch(system, tables, pad, bias, upper, upper_bias, lengths, gold, gradients, *, preset=None,
                float explore=0.0, float dropout=0.0, seed=0):
    """One walk through each document, adding the gradients of the summed loss.

    gold: flat arrays over the N tokens, as the system's ``gold_arrays`` makes them for one document:
    (heads, labels, starts) with heads counted within the document, or (tags, labels).
    gradients: (d_tables, d_pad, d_bias, d_upper, d_upper_bias), shapes as the arrays; added to.
    explore: the chance at each state to follow the model's own best valid move instead of the best gold one.
    dropout: the share of hidden units dropped, anew at each state. seed: of both; equal seeds, equal walks.
    Returns (loss, states, correct): the sum of the states' losses, how many states had a choice, and in how
    many the best-scoring move was gold.
    """
    if not 0.0 <= explore <= 1.0:
        raise TransitionInputError(name="explore", wanted="from 0 to 1", got=str(explore))
    if not 0.0 <= dropout < 1.0:
        raise TransitionInputError(name="dropout", wanted="at least 0 and under 1", got=str(dropout))
    cdef Arrays arrays = Arrays(system.n_context, system.n_moves, tables, pad, bias, upper, upper_bias,
                                lengths)
    n = arrays.n_tokens
    starts = None if preset is None else checked(preset, np.int8, (n,), "preset")
    cdef StepGradients d
    d_tables, d_pad, d_bias, d_upper, d_upper_bias = gradients
    d.tables = writable(d_tables, tables, "d_tables")
    d.pad = writable(d_pad, pad, "d_pad")
    d.bias = writable(d_bias, bias, "d_bias")
    d.upper = writable(d_upper, upper, "d_upper")
    d.upper_bias = writable(d_upper_bias, upper_bias, "d_upper_bias")
    cdef uint64_t start = <uint64_t>(int(seed) & 0xFFFFFFFFFFFFFFFF)
    if isinstance(system, ArcEager):
        heads, labels, sent_starts = gold
        checked(heads, np.int32, (n,), "heads")
        checked(labels, np.int32, (n,), "labels")
        checked(sent_starts, np.int8, (n,), "sent_starts")
        return train_parse(system, arrays, d, heads, labels, sent_starts, starts, explore, dropout, start)
    tags, labels = gold
    checked(tags, np.int8, (n,), "tags")
    checked(labels, np.int32, (n,), "labels")
    return train_entities(system, arrays, d, tags, labels, starts, explore, dropout, start)


cdef object train_parse(ArcEager system, Arrays arrays, StepGradients d, const int32_t[::1] heads,
                        const int32_t[::1] labels, const int8_t[::1] starts, object preset, float explore,
                        float dropout, uint64_t seed):
    cdef Py_ssize_t doc, first = 0, i
    cdef int32_t[::1] lengths = arrays.lengths
    cdef int32_t length
    for doc in range(lengths.shape[0]):
        for i in range(first, first + lengths[doc]):
            if heads[i] < -2 or heads[i] == -1 or heads[i] >= lengths[doc]:
                raise TransitionInputError(name="heads", wanted="-2 or indices within the document",
                                           got=f"{heads[i]} for token {i - first} of document {doc}")
        first += lengths[doc]
    cdef const int8_t[::1] preset_view
    cdef const int8_t* preset_starts = NULL
    if preset is not None:
        preset_view = preset
        preset_starts = int8_address(preset_view)
    cdef Stepper[CArcEager]* stepper = new Stepper[CArcEager](system.system, arrays.model)
    cdef StepRandom* random = new StepRandom(seed)
    cdef StepResult result
    cdef ParseState state
    cdef GoldTree gold
    first = 0
    try:
        with nogil:
            for doc in range(lengths.shape[0]):
                length = lengths[doc]
                if length == 0:
                    continue
                gold.init(length, &heads[first], &labels[first], &starts[first])
                system.system.init(state, length, shifted(preset_starts, first))
                stepper.train(state, gold, first, explore, dropout, random[0], d, result)
                first += length
    finally:
        del stepper
        del random
    return result.loss, result.states, result.correct


cdef object train_entities(Biluo system, Arrays arrays, StepGradients d, const int8_t[::1] tags,
                           const int32_t[::1] labels, object preset, float explore, float dropout,
                           uint64_t seed):
    cdef Py_ssize_t doc, first = 0
    cdef int32_t[::1] lengths = arrays.lengths
    cdef int32_t length
    cdef const int8_t[::1] preset_view
    cdef const int8_t* preset_starts = NULL
    cdef const int8_t* doc_preset
    if preset is not None:
        preset_view = preset
        preset_starts = int8_address(preset_view)
    cdef Stepper[CBiluo]* stepper = new Stepper[CBiluo](system.system, arrays.model)
    cdef StepRandom* random = new StepRandom(seed)
    cdef StepResult result
    cdef EntityState state
    cdef GoldEntities gold
    try:
        with nogil:
            for doc in range(lengths.shape[0]):
                length = lengths[doc]
                if length == 0:
                    continue
                doc_preset = shifted(preset_starts, first)
                gold.init(system.system, length, &tags[first], &labels[first], doc_preset)
                system.system.init(state, length, doc_preset)
                stepper.train(state, gold, first, explore, dropout, random[0], d, result)
                first += length
    finally:
        del stepper
        del random
    return result.loss, result.states, result.correct


def score_states(system, tables, pad, bias, upper, upper_bias, moves, *, preset=None):
    """The scores of all moves in each state on the way of ``moves`` through one document of N tokens.

    Returns float32 (states, A): a row for each state in which a move was made. Raises MoveError for an
    invalid move.
    """
    moves = np.ascontiguousarray(moves, dtype=np.int32)
    cdef Arrays arrays = Arrays(system.n_context, system.n_moves, tables, pad, bias, upper, upper_bias,
                                [len(tables)])
    starts = None if preset is None else checked(preset, np.int8, (arrays.n_tokens,), "preset")
    out = np.zeros((len(moves), system.n_moves), dtype=np.float32)
    cdef float[:, ::1] view = out
    if isinstance(system, ArcEager):
        score_parse(system, arrays, starts, moves, view)
    else:
        score_entities(system, arrays, starts, moves, view)
    return out


cdef int score_parse(ArcEager system, Arrays arrays, object preset, const int32_t[::1] moves,
                     float[:, ::1] out) except -1:
    cdef const int8_t[::1] preset_view
    cdef const int8_t* preset_starts = NULL
    if preset is not None:
        preset_view = preset
        preset_starts = int8_address(preset_view)
    cdef Stepper[CArcEager]* stepper = new Stepper[CArcEager](system.system, arrays.model)
    cdef vector[uint8_t] valid
    valid.resize(arrays.model.n_moves)
    cdef ParseState state
    cdef Py_ssize_t i, j
    try:
        system.system.init(state, <int>arrays.n_tokens, preset_starts)
        for i in range(moves.shape[0]):
            system.system.valid_moves(state, valid.data())
            if moves[i] < 0 or moves[i] >= arrays.model.n_moves or not valid[moves[i]]:
                raise MoveError(move=moves[i], where=f"step {i}")
            stepper.score(state, 0, 0.0, NULL)
            for j in range(arrays.model.n_moves):
                out[i, j] = stepper.scores()[j]
            system.system.apply(state, moves[i])
    finally:
        del stepper
    return 0


cdef int score_entities(Biluo system, Arrays arrays, object preset, const int32_t[::1] moves,
                        float[:, ::1] out) except -1:
    cdef const int8_t[::1] preset_view
    cdef const int8_t* preset_starts = NULL
    if preset is not None:
        preset_view = preset
        preset_starts = int8_address(preset_view)
    cdef Stepper[CBiluo]* stepper = new Stepper[CBiluo](system.system, arrays.model)
    cdef vector[uint8_t] valid
    valid.resize(arrays.model.n_moves)
    cdef EntityState state
    cdef Py_ssize_t i, j
    try:
        system.system.init(state, <int>arrays.n_tokens, preset_starts)
        for i in range(moves.shape[0]):
            system.system.valid_moves(state, valid.data())
            if moves[i] < 0 or moves[i] >= arrays.model.n_moves or not valid[moves[i]]:
                raise MoveError(move=moves[i], where=f"step {i}")
            stepper.score(state, 0, 0.0, NULL)
            for j in range(arrays.model.n_moves):
                out[i, j] = stepper.scores()[j]
            system.system.apply(state, moves[i])
    finally:
        del stepper
    return 0
