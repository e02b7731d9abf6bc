"""Token: a position in a Doc, made on access."""

from libc.stdint cimport uint64_t

from nlpcore.tokens.doc cimport DEP, ENT_ID, ENT_KB_ID, ENT_TYPE, LEMMA, MORPH, POS, TAG, Doc
from nlpcore.tokens.span cimport make_span

from nlpcore import errors
from nlpcore.tokens import _views
from nlpcore.tokens.underscore import Underscore


cdef object sent_start_value(int code):
    """True, False or None of a SENT_START code."""
    if code == 0:
        return None
    return code == 1


cdef class Token(TokenText):
    """One token of a Doc: doc and position. It keeps its Doc alive.

    Raises TokenIndexError (an IndexError) on any use after the Doc was retokenized to fewer tokens.
    """

    def __init__(self, vocab, Doc doc not None, Py_ssize_t offset):
        if offset < 0 or offset >= doc.length:
            raise errors.TokenIndexError(f"There is no token {offset} in a Doc of {doc.length} tokens.")
        self.doc = doc
        self.i = offset

    # -- annotation ------------------------------------------------------------------------------------

    @property
    def tag(self):
        """Id of the fine-grained part of speech; 0 unset."""
        return self.id_value(TAG)

    @tag.setter
    def tag(self, uint64_t value):
        self.set_id(TAG, "TAG", value)

    @property
    def tag_(self):
        """The fine-grained part of speech; "" unset."""
        return self.id_string(TAG)

    @tag_.setter
    def tag_(self, str value):
        self.set_id(TAG, "TAG", value)

    @property
    def lemma(self):
        """Id of the lemma; 0 unset."""
        return self.id_value(LEMMA)

    @lemma.setter
    def lemma(self, uint64_t value):
        self.set_id(LEMMA, "LEMMA", value)

    @property
    def lemma_(self):
        """The lemma; "" unset."""
        return self.id_string(LEMMA)

    @lemma_.setter
    def lemma_(self, str value):
        self.set_id(LEMMA, "LEMMA", value)

    @property
    def dep(self):
        """Id of the dependency label; 0 unset."""
        return self.id_value(DEP)

    @dep.setter
    def dep(self, uint64_t value):
        self.set_id(DEP, "DEP", value)

    @property
    def dep_(self):
        """The dependency label; "" unset."""
        return self.id_string(DEP)

    @dep_.setter
    def dep_(self, str value):
        self.set_id(DEP, "DEP", value)

    @property
    def ent_type(self):
        """Id of the entity label; 0 unset."""
        return self.id_value(ENT_TYPE)

    @ent_type.setter
    def ent_type(self, uint64_t value):
        self.set_id(ENT_TYPE, "ENT_TYPE", value)

    @property
    def ent_type_(self):
        """The entity label; "" unset."""
        return self.id_string(ENT_TYPE)

    @ent_type_.setter
    def ent_type_(self, str value):
        self.set_id(ENT_TYPE, "ENT_TYPE", value)

    @property
    def ent_id(self):
        """Id of the entity id; 0 unset."""
        return self.id_value(ENT_ID)

    @ent_id.setter
    def ent_id(self, uint64_t value):
        self.set_id(ENT_ID, "ENT_ID", value)

    @property
    def ent_id_(self):
        """The entity id; "" unset."""
        return self.id_string(ENT_ID)

    @ent_id_.setter
    def ent_id_(self, str value):
        self.set_id(ENT_ID, "ENT_ID", value)

    @property
    def ent_kb_id(self):
        """Id of the knowledge base id of the entity; 0 unset."""
        return self.id_value(ENT_KB_ID)

    @ent_kb_id.setter
    def ent_kb_id(self, uint64_t value):
        self.set_id(ENT_KB_ID, "ENT_KB_ID", value)

    @property
    def ent_kb_id_(self):
        """The knowledge base id of the entity; "" unset."""
        return self.id_string(ENT_KB_ID)

    @ent_kb_id_.setter
    def ent_kb_id_(self, str value):
        self.set_id(ENT_KB_ID, "ENT_KB_ID", value)

    @property
    def pos(self):
        """Universal part of speech, as ``nlpcore.symbols`` id; 0 unset."""
        return self.id_value(POS)

    @pos.setter
    def pos(self, uint64_t value):
        if value not in _views.POS_NAMES:
            raise errors.UnknownTokenAttributeError(f"{value} is not the id of a universal part of speech.")
        self.set_id(POS, "POS", value)

    @property
    def pos_(self):
        """Universal part of speech; "" unset."""
        return self.id_string(POS)

    @pos_.setter
    def pos_(self, str value):
        self.set_id(POS, "POS", _views.pos_id(value))

    @property
    def morph(self):
        """Morphological features: MorphAnalysis, empty where unset."""
        return _views.morph_analysis(self.doc.vocab, self.id_value(MORPH))

    @morph.setter
    def morph(self, value):
        if not hasattr(value, "key"):
            raise TypeError("`token.morph` takes a MorphAnalysis; use `token.set_morph` for str and dict.")
        self.set_morph(value)

    def set_morph(self, features):
        """Set the features: str such as "Case=Nom|Number=Sing", dict, MorphAnalysis, or None (unset)."""
        self.set_id(MORPH, "MORPH", _views.morph_id(self.doc.vocab, features))

    def has_morph(self):
        """Whether features were set, if only to none."""
        self.check()
        return self.doc.ids[MORPH] != NULL and self.doc.ids[MORPH][self.i] != 0

    @property
    def ent_iob(self):
        """0 no annotation, 1 inside, 2 outside, 3 begins an entity."""
        self.check()
        return 0 if self.doc.ent_iob == NULL else self.doc.ent_iob[self.i]

    @property
    def ent_iob_(self):
        """"" no annotation, "I" inside, "O" outside, "B" begins an entity."""
        return _views.IOB_STRINGS[self.ent_iob]

    @staticmethod
    def iob_strings():
        """The strings of the values of `ent_iob`."""
        return _views.IOB_STRINGS

    # -- sentences -------------------------------------------------------------------------------------

    @property
    def sent_start(self):
        """1 begins a sentence, -1 does not, 0 unknown. Use `is_sent_start`."""
        self.check()
        if self.i == 0:
            return False
        return 0 if self.doc.sent_start == NULL else self.doc.sent_start[self.i]

    @sent_start.setter
    def sent_start(self, value):
        self.is_sent_start = value

    @property
    def is_sent_start(self):
        """Whether a sentence begins here: True, False, or None for unknown."""
        self.check()
        if self.doc.sent_start == NULL:
            return True if self.i == 0 else None
        return sent_start_value(self.doc.sent_start[self.i])

    @is_sent_start.setter
    def is_sent_start(self, value):
        self.check()
        if _views.has_parse(self.doc):
            raise errors.SentenceError(
                "Sentence boundaries of a parsed Doc follow from its heads: set `token.head` instead, or set "
                "boundaries before the parser runs."
            )
        if value is not None and value is not True and value is not False:
            raise errors.SentenceError(f"`is_sent_start` is True, False or None, not {value!r}.")
        self.doc.ensure_sent_starts()
        self.doc.sent_start[self.i] = 0 if value is None else 1 if value else -1

    @property
    def is_sent_end(self):
        """Whether a sentence ends here: True, False, or None for unknown."""
        self.check()
        if self.i + 1 == self.doc.length:
            return True
        if self.doc.sent_start == NULL:
            return None
        return sent_start_value(self.doc.sent_start[self.i + 1])

    @is_sent_end.setter
    def is_sent_end(self, value):
        raise errors.SentenceError("Set `is_sent_start` of the next token instead of `is_sent_end`.")

    @property
    def sent(self):
        """The sentence, a Span. Raises SentenceError (a ValueError) where there are no boundaries."""
        self.check()
        if "sent" in self.doc.user_token_hooks:
            return self.doc.user_token_hooks["sent"](self)
        cdef Py_ssize_t start, end
        self.doc.sentence_bounds(self.i, &start, &end)
        return make_span(self.doc, start, end)

    # -- tree ------------------------------------------------------------------------------------------

    def has_head(self):
        """Whether the token has a head (its own, for a root); it then has a dependency label too."""
        return self.has_dep()

    def has_dep(self):
        """Whether the token has a dependency label."""
        self.check()
        return self.doc.ids[DEP] != NULL and self.doc.ids[DEP][self.i] != 0

    @property
    def head(self):
        """The syntactic head: a root's is itself, and so is that of a token without annotation."""
        self.check()
        if self.doc.head == NULL or self.doc.ids[DEP] == NULL or self.doc.ids[DEP][self.i] == 0:
            return make_token(self.doc, self.i)
        return make_token(self.doc, self.doc.head[self.i])

    @head.setter
    def head(self, Token new_head not None):
        self.check()
        new_head.check()
        if new_head.doc is not self.doc:
            raise errors.HeadError("The head must be a token of the same Doc.")
        if new_head.i == self.i and self.doc.head == NULL:
            return
        self.doc.ensure("HEAD")
        self.doc.head[self.i] = new_head.i
        self.doc.tree_cache = None
        try:
            self.doc.boundaries_from_heads()
        except errors.HeadError:
            pass  # a cycle, which setting another head may resolve; the tree cannot be walked until then

    @property
    def n_lefts(self):
        """Number of children before the token."""
        self.check()
        return self.doc.tree().n_lefts(self.i)

    @property
    def n_rights(self):
        """Number of children after the token."""
        self.check()
        return self.doc.tree().n_children(self.i) - self.doc.tree().n_lefts(self.i)

    @property
    def lefts(self):
        """Children before the token, in text order."""
        self.check()
        for k in self.doc.tree().children(self.i):
            if k < self.i:
                yield make_token(self.doc, k)

    @property
    def rights(self):
        """Children after the token, in text order."""
        self.check()
        for k in self.doc.tree().children(self.i):
            if k > self.i:
                yield make_token(self.doc, k)

    @property
    def children(self):
        """Children, in text order."""
        self.check()
        for k in self.doc.tree().children(self.i):
            yield make_token(self.doc, k)

    @property
    def subtree(self):
        """The token and everything that hangs from it, left children first."""
        self.check()
        for k in self.doc.tree().subtree(self.i):
            yield make_token(self.doc, k)

    @property
    def left_edge(self):
        """First token of the subtree."""
        self.check()
        return make_token(self.doc, self.doc.tree().left_edge[self.i])

    @property
    def right_edge(self):
        """Last token of the subtree."""
        self.check()
        return make_token(self.doc, self.doc.tree().right_edge[self.i])

    @property
    def ancestors(self):
        """The head, its head, and so on up to the root."""
        self.check()
        cdef Py_ssize_t k = self.i
        cdef Py_ssize_t steps = 0
        while self.doc.head != NULL and k < self.doc.length and steps < self.doc.length:
            if self.doc.head[k] == k:
                return
            k = self.doc.head[k]
            steps += 1
            yield make_token(self.doc, k)

    def is_ancestor(self, Token descendant not None):
        """Whether this token is the head, or the head's head ..., of another."""
        if descendant.doc is not self.doc:
            return False
        return any(ancestor.i == self.i for ancestor in descendant.ancestors)

    @property
    def conjuncts(self):
        """The tokens coordinated with this one (without it): tuple."""
        self.check()
        if "conjuncts" in self.doc.user_token_hooks:
            return tuple(self.doc.user_token_hooks["conjuncts"](self))
        return tuple(
            make_token(self.doc, k) for k in _views.conjuncts(self.doc, self.i) if k != self.i
        )

    def nbor(self, Py_ssize_t i=1):
        """The i-th token after this one (before, for negative i). Raises IndexError outside the Doc."""
        self.check()
        if self.i + i < 0 or self.i + i >= self.doc.length:
            raise errors.TokenIndexError(
                f"There is no token {self.i + i} (that is {self.i} + {i}) in a Doc of {self.doc.length}."
            )
        return make_token(self.doc, self.i + i)

    # -- vectors ---------------------------------------------------------------------------------------

    @property
    def has_vector(self):
        """Whether `vector` says something: a static vector, or else a row of ``doc.tensor``."""
        return _views.token_has_vector(self)

    @property
    def vector(self):
        """The static vector, or where the vocab has none the row of ``doc.tensor``: (width,) float32."""
        return _views.token_vector(self)

    @property
    def vector_norm(self):
        """Euclidean norm of `vector`."""
        return _views.token_vector_norm(self)

    @property
    def tensor(self):
        """The token's row of ``doc.tensor``."""
        self.check()
        return self.doc.tensor[self.i]

    def similarity(self, other):
        """Cosine of the vectors of this and a Doc, Span, Token or Lexeme."""
        return _views.token_similarity(self, other)

    # -- extension attributes --------------------------------------------------------------------------

    @property
    def _(self):
        """Extension attributes."""
        self.check()
        return Underscore(Underscore.token_extensions, self, start=self.doc.start[self.i])

    @classmethod
    def set_extension(cls, name, **kwargs):
        """Declare ``token._.name`` by one of default=, method=, getter= (with setter=); force= replaces."""
        Underscore.declare(Underscore.token_extensions, name, "Token", kwargs)

    @classmethod
    def get_extension(cls, name):
        """(default, method, getter, setter) of a declared attribute, else None."""
        return Underscore.token_extensions.get(name)

    @classmethod
    def has_extension(cls, name):
        """Whether ``token._.name`` was declared."""
        return name in Underscore.token_extensions

    @classmethod
    def remove_extension(cls, name):
        """Forget ``token._.name``; returns what it was. Raises ExtensionError if it was not declared."""
        return Underscore.forget(Underscore.token_extensions, name, "Token")
