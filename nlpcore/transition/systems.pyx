"""The transition systems for Python: stepping by hand, gold analyses, costs.

Labels are strings here and small integers inside: ``system.labels[i]`` is label i.
"""

from libc.stdint cimport int8_t, int32_t, uint8_t

from nlpcore.lazy import numpy as np

from nlpcore.errors import ContextNameError, GoldAnalysisError, MoveError, TransitionInputError

PARSER_CONTEXT_25 = tuple(
    word + relative for word in ("S0", "S1", "S2", "B0", "B1") for relative in ("", "L1", "L2", "R1", "R2")
)
PARSER_CONTEXT_13 = (
    "S0", "S1", "S2", "B0", "B1", "S0L1", "S0L2", "S0R1", "S0R2", "S1L1", "S1R1", "B0L1", "B0L2",
)  # fmt: skip
ENTITY_CONTEXT_NAMES = ("B0", "B1", "B2", "P1", "P2", "E0", "E1", "X0")
ENTITY_CONTEXT = ("B0", "B1", "P1", "E0", "X0", "B2")


def compile_context(names, known=PARSER_CONTEXT_25):
    """The integer codes of context positions; raises ContextNameError for a name that is not in ``known``."""
    codes = []
    for name in names:
        if name not in known:
            raise ContextNameError(name=name, known=" ".join(known))
        codes.append(known.index(name))
    return codes


cdef object as_array(object values, object dtype, Py_ssize_t length, str name):
    array = np.ascontiguousarray(values, dtype=dtype)
    if array.ndim != 1 or array.shape[0] != length:
        raise TransitionInputError(name=name, wanted=f"({length},)", got=str(array.shape))
    return array


cdef class ArcEager:
    """The arc-eager parser with sentence ends and non-monotonic repair (docs/transition-system.md).

    left_labels, right_labels: labels that LEFT-ARC and RIGHT-ARC may give; each is one move. RIGHT-ARC with
    ``forced_label`` is always there: it makes sure that some move is valid in every state.
    nonmonotonic: may later moves repair earlier ones?
    context: names of the tokens that a state shows to a model, as in ``PARSER_CONTEXT_25``.
    """

    def __init__(self, left_labels, right_labels, *, nonmonotonic=True, context=PARSER_CONTEXT_13,
                 root_label="ROOT", forced_label="dep"):
        right = list(right_labels)
        if forced_label not in right:
            right.append(forced_label)
        self.left_labels = tuple(left_labels)
        self.right_labels = tuple(right)
        for labels, name in ((self.left_labels, "left_labels"), (self.right_labels, "right_labels")):
            if len(set(labels)) != len(labels):
                raise TransitionInputError(
                    name=name, wanted="labels without repetition", got=str(list(labels)))
        self.root_label = root_label
        self.forced_label = forced_label
        self.labels = tuple(dict.fromkeys((root_label, forced_label, *self.left_labels, *self.right_labels)))
        self.label_ids = {label: i for i, label in enumerate(self.labels)}
        self.context = tuple(context)
        self.system.left_labels = [self.label_ids[label] for label in self.left_labels]
        self.system.right_labels = [self.label_ids[label] for label in self.right_labels]
        self.system.root_label = self.label_ids[root_label]
        self.system.forced_label = self.label_ids[forced_label]
        self.system.nonmonotonic = bool(nonmonotonic)
        self.system.context_codes = compile_context(self.context)
        self.move_names = (
            "SHIFT", "REDUCE", "BREAK",
            *(f"LEFT-{label}" for label in self.left_labels),
            *(f"RIGHT-{label}" for label in self.right_labels),
        )

    @property
    def nonmonotonic(self):
        return self.system.nonmonotonic

    @property
    def n_moves(self):
        return self.system.n_moves()

    @property
    def n_context(self):
        return self.system.n_context()

    def __reduce__(self):
        return (_arc_eager, (self.left_labels, self.right_labels, self.nonmonotonic, self.context,
                             self.root_label, self.forced_label))

    def gold_arrays(self, heads, labels, sent_starts=None):
        """Check a gold analysis: (heads int32, label ids int32, starts int8), as the oracle takes it.

        heads: absolute, a root is its own head, None or -2 unknown. labels: str, None unknown. sent_starts:
        1, -1 or 0 for unknown; None: derived from the heads if these are all known. A label that no move of
        the arc's direction can give counts as unknown: its head can still be learnt.
        """
        cdef Py_ssize_t n = len(heads)
        head_array = np.array([-2 if h is None else h for h in heads], dtype=np.int32).reshape(n)
        bad = (head_array < -2) | (head_array == -1) | (head_array >= n)
        if bad.any():
            i = int(np.argmax(bad))
            raise GoldAnalysisError(what=f"the head of token {i} is {int(head_array[i])}", length=n)
        if len(labels) != n:
            raise TransitionInputError(name="labels", wanted=f"({n},)", got=f"({len(labels)},)")
        left, right = set(self.left_labels), set(self.right_labels)
        label_array = np.full(n, -1, dtype=np.int32)
        for i, label in enumerate(labels):
            head = head_array[i]
            if label is not None and head >= 0 and head != i and label in (left if head > i else right):
                label_array[i] = self.label_ids[label]
        if sent_starts is None:
            starts = starts_from_heads(head_array)
        else:
            starts = as_array(sent_starts, np.int8, n, "sent_starts")
        return head_array, label_array, starts

    def state(self, n, preset=None):
        """A state over n tokens. preset: sentence starts (1, -1 none, 0 free) that BREAK must keep to."""
        return ParserState(self, n, preset)


def _arc_eager(left, right, nonmonotonic, context, root_label, forced_label):
    return ArcEager(left, right, nonmonotonic=nonmonotonic, context=context, root_label=root_label,
                    forced_label=forced_label)


def starts_from_heads(heads):
    """Sentence starts (int8: 1 or -1) of whole trees: a sentence starts wherever no arc crosses.
    All 0 (unknown) if any head is unknown (-2)."""
    cdef Py_ssize_t n = len(heads), i
    starts = np.zeros(n, dtype=np.int8)
    if n == 0 or min(heads) < 0:
        return starts
    starts[:] = -1
    starts[0] = 1
    cdef int reach = 0
    # reach[i]: nothing at or before i is tied to a token after it
    right = np.arange(n)
    for i in range(n):
        a, b = min(i, int(heads[i])), max(i, int(heads[i]))
        right[a] = max(right[a], b)
    for i in range(n - 1):
        reach = max(reach, int(right[i]))
        if reach <= i:
            starts[i + 1] = 1
    return starts


cdef class ParserState:
    """A parser state to step by hand."""

    cdef readonly ArcEager system
    cdef ParseState state

    def __init__(self, ArcEager system, int n, preset=None):
        if n < 0:
            raise TransitionInputError(name="n", wanted="at least 0", got=str(n))
        self.system = system
        cdef const int8_t[::1] starts
        if preset is None:
            system.system.init(self.state, n, NULL)
        else:
            starts = as_array(preset, np.int8, n, "preset")
            system.system.init(self.state, n, &starts[0] if n else NULL)

    def copy(self):
        cdef ParserState other = ParserState(self.system, 0)
        other.state = self.state
        return other

    @property
    def is_final(self):
        return self.system.system.is_final(self.state)

    @property
    def heads(self):
        """int32 (n,): absolute heads, -1 where none is decided; a root is its own head."""
        return np.array(self.state.head, dtype=np.int32)

    @property
    def labels(self):
        """The labels, None where none is decided."""
        return [None if i < 0 else self.system.labels[i] for i in self.state.label]

    @property
    def sent_starts(self):
        """int8 (n,): 1 where a sentence starts, -1 elsewhere (not yet decided tokens too)."""
        return np.array(self.state.starts, dtype=np.int8)

    @property
    def stack(self):
        """The stack's tokens, top last."""
        return [self.state.stack[i] for i in range(self.state.depth)]

    @property
    def buffer(self):
        """The first two tokens of the buffer, -1 for none."""
        return (self.state.buffer(0), self.state.buffer(1))

    @property
    def steps(self):
        """How many moves were made, those included that follow without a choice at the end of a sentence."""
        return self.state.steps

    @property
    def key(self):
        """What determines the future and the outcome: equal keys, equal states (labels left out)."""
        unshifted = tuple(self.state.unshifted[i] for i in range(self.state.n_unshifted))
        return (tuple(self.stack), unshifted, self.state.next, self.state.first, tuple(self.state.head),
                tuple(self.state.starts), tuple(self.was_unshifted))

    @property
    def was_unshifted(self):
        return [bool(x) for x in self.state.was_unshifted]

    def valid_moves(self):
        """bool (n_moves,)"""
        out = np.zeros(self.system.n_moves, dtype=np.uint8)
        cdef uint8_t[::1] view = out
        self.system.system.valid_moves(self.state, &view[0])
        return out.astype(bool)

    def apply(self, int move):
        if move < 0 or move >= self.system.n_moves or not self.valid_moves()[move]:
            raise MoveError(move=move, where=f"stack {self.stack}, buffer {self.buffer}")
        self.system.system.apply(self.state, move)

    def costs(self, heads, labels, sent_starts=None, *, choose=True):
        """int32 (n_moves,): cost of each move, 1 << 20 where it is not valid.

        choose: of several moves without cost, only those on the shortest way keep the cost 0; others get 1.
        """
        heads, labels, starts = self.system.gold_arrays(heads, labels, sent_starts)
        return self.costs_many(heads[None], labels[None], starts[None], choose=choose)[0]

    def costs_many(self, const int32_t[:, ::1] heads, const int32_t[:, ::1] labels,
                   const int8_t[:, ::1] starts, *, cbool choose=True):
        """Costs for many gold analyses: arrays (g, n) as ``gold_arrays`` makes them → int32 (g, n_moves)."""
        cdef Py_ssize_t g = heads.shape[0], i, n = self.state.n
        if heads.shape[1] != n or labels.shape[1] != n or starts.shape[1] != n or labels.shape[0] != g \
                or starts.shape[0] != g:
            raise TransitionInputError(name="gold", wanted=f"(g, {n})", got=str((g, heads.shape[1])))
        out = np.full((g, self.system.n_moves), 1 << 20, dtype=np.int32)
        if self.is_final or g == 0:
            return out
        cdef int32_t[:, ::1] costs = out
        cdef uint8_t[::1] valid = self.valid_moves().astype(np.uint8)
        cdef GoldTree gold
        with nogil:
            for i in range(g):
                gold.init(<int32_t>n, &heads[i, 0], &labels[i, 0], &starts[i, 0])
                arc_eager_costs(self.system.system, self.state, gold, &valid[0], &costs[i, 0], choose)
        return out

    def context(self):
        """int32 (n_context,): the context's tokens, -1 for none."""
        out = np.full(self.system.n_context, -1, dtype=np.int32)
        cdef int32_t[::1] view = out
        if out.shape[0]:
            self.system.system.context(self.state, &view[0])
        return out


cdef class Biluo:
    """Entities by BILUO moves (docs/transition-system.md). labels: the entity types."""

    def __init__(self, labels, *, context=ENTITY_CONTEXT):
        self.labels = tuple(labels)
        if len(set(self.labels)) != len(self.labels):
            raise TransitionInputError(
                name="labels", wanted="labels without repetition", got=str(list(self.labels)))
        self.label_ids = {label: i for i, label in enumerate(self.labels)}
        self.context = tuple(context)
        self.system.labels = list(range(len(self.labels)))
        self.system.context_codes = compile_context(self.context, ENTITY_CONTEXT_NAMES)
        self.unknown_sets = {}
        self.move_names = ("OUT", *(f"{kind}-{label}" for label in self.labels for kind in
                                    ("BEGIN", "IN", "LAST", "UNIT")))

    @property
    def n_moves(self):
        return self.system.n_moves()

    @property
    def n_context(self):
        return self.system.n_context()

    def __reduce__(self):
        return (_biluo, (self.labels, self.context))

    def gold_arrays(self, tags, unknown=()):
        """(tags int8, label ids int32) of BILUO tags as strings: "O", "B-PER" …, None or "-" for missing.

        unknown: labels that the annotation does not speak of: an "O" says nothing about entities with these.
        It has a label id then too, which is the number of this set of labels in this system.

        A label that the system does not have stays one that no move can give: tokens tagged with it are
        best left out.
        """
        codes = np.full(len(tags), -1, dtype=np.int8)
        ids = np.full(len(tags), -1, dtype=np.int32)
        unknown_set = self._unknown_set(unknown)
        for i, tag in enumerate(tags):
            if tag is None or tag in ("-", ""):
                continue
            kind, _, label = tag.partition("-")
            if kind not in "OBILU" or len(kind) != 1 or (kind == "O") == bool(label):
                what = f"token {i} has the tag {tag!r}; tags are O, B-x, I-x, L-x, U-x or -"
                raise GoldAnalysisError(what=what, length=len(tags))
            codes[i] = "OBILU".index(kind)
            if kind == "O":
                ids[i] = unknown_set
            elif label:
                ids[i] = self.label_ids.get(label, len(self.labels))
        return codes, ids

    def _unknown_set(self, unknown):
        """The number of a set of labels; -1: it has none of this system's."""
        key = frozenset(unknown) & frozenset(self.labels)
        if not key:
            return -1
        if key not in self.unknown_sets:
            self.system.unknown_sets.push_back([label in key for label in self.labels])
            self.unknown_sets[key] = len(self.unknown_sets)
        return self.unknown_sets[key]

    def state(self, n, preset=None):
        """A state over n tokens. preset: sentence starts that no entity may cross (1 start; others free)."""
        return TaggerState(self, n, preset)


def _biluo(labels, context):
    return Biluo(labels, context=context)


cdef class TaggerState:
    """A BILUO state to step by hand."""

    cdef readonly Biluo system
    cdef EntityState state
    cdef const int8_t[::1] preset
    cdef bint has_preset

    def __init__(self, Biluo system, int n, preset=None):
        if n < 0:
            raise TransitionInputError(name="n", wanted="at least 0", got=str(n))
        self.system = system
        self.has_preset = preset is not None and n > 0
        if self.has_preset:
            self.preset = as_array(preset, np.int8, n, "preset")
        system.system.init(self.state, n, &self.preset[0] if self.has_preset else NULL)

    def copy(self):
        cdef TaggerState other = TaggerState(self.system, 0)
        other.preset = self.preset
        other.has_preset = self.has_preset
        other.state = self.state
        return other

    @property
    def is_final(self):
        return self.system.system.is_final(self.state)

    @property
    def spans(self):
        """Finished entities as (start, end, label); end is the token after the last."""
        return [(s.start, s.end, self.system.labels[s.label]) for s in self.state.spans]

    @property
    def position(self):
        return self.state.next

    @property
    def open_entity(self):
        """(start, label) of the entity begun and not ended, or None."""
        if self.state.open_start < 0:
            return None
        return (self.state.open_start, self.system.labels[self.state.open_label])

    def valid_moves(self):
        """bool (n_moves,)"""
        out = np.zeros(self.system.n_moves, dtype=np.uint8)
        cdef uint8_t[::1] view = out
        self.system.system.valid_moves(self.state, &view[0])
        return out.astype(bool)

    def apply(self, int move):
        if move < 0 or move >= self.system.n_moves or not self.valid_moves()[move]:
            raise MoveError(move=move, where=f"token {self.state.next}, open entity {self.open_entity}")
        self.system.system.apply(self.state, move)

    def costs(self, tags, unknown=()):
        """int32 (n_moves,): costs given BILUO tags (see ``Biluo.gold_arrays``), 1 << 20: not valid."""
        codes, ids = self.system.gold_arrays(tags, unknown)
        return self.costs_many(codes[None], ids[None])[0]

    def costs_many(self, const int8_t[:, ::1] tags, const int32_t[:, ::1] labels):
        """Costs for many gold analyses: arrays (g, n) → int32 (g, n_moves)."""
        cdef Py_ssize_t g = tags.shape[0], i, n = self.state.n
        if tags.shape[1] != n or labels.shape[1] != n or labels.shape[0] != g:
            raise TransitionInputError(name="gold", wanted=f"(g, {n})", got=str((g, tags.shape[1])))
        out = np.full((g, self.system.n_moves), 1 << 20, dtype=np.int32)
        if self.is_final or g == 0:
            return out
        cdef int32_t[:, ::1] costs = out
        cdef uint8_t[::1] valid = self.valid_moves().astype(np.uint8)
        cdef GoldEntities gold
        cdef const int8_t* preset = &self.preset[0] if self.has_preset else NULL
        with nogil:
            for i in range(g):
                gold.init(self.system.system, <int32_t>n, &tags[i, 0], &labels[i, 0], preset)
                self.system.system.move_costs(self.state, gold, &valid[0], &costs[i, 0])
        return out

    def context(self):
        """int32 (n_context,): the context's tokens, -1 for none."""
        out = np.full(self.system.n_context, -1, dtype=np.int32)
        cdef int32_t[::1] view = out
        if out.shape[0]:
            self.system.system.context(self.state, &view[0])
        return out
