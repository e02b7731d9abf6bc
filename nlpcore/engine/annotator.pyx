"""A run of components over a block of texts at once, without the GIL: texts in, annotated Docs out.

What the components do one after another on Docs (``nlpcore.pipeline``, the reference), an Annotator does on
columns: tokens, lexical ids, vectors, classes, arcs, entities and lemmas are computed in C++ and written
where the Docs have them. Python is asked for what is rare alone: the ids and lemmas of words with other
letters than ASCII ones, when they are not in the cache, and arcs that cross.
"""

from nlpcore.lazy import numpy as np

from libc.stddef cimport size_t
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t
from libcpp.memory cimport shared_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from nlpcore.engine.forward cimport CEncoder, CHead, Encoder, Head
from nlpcore.engine.transition_network cimport FoundEntity, TransitionNetwork
from nlpcore.tokenizer._matcher cimport Matcher, SpecialCases
from nlpcore.tokens._columns cimport NORM, ColumnSet, DocColumns
from nlpcore.tokens.doc cimport Doc
from nlpcore.vocab.lexical cimport LexemeC
from nlpcore.vocab.strings cimport hash_string, known_symbols
from nlpcore.vocab.vocab cimport Vocab

from nlpcore.errors import EngineInputError
from nlpcore.transition.projectivity import deprojectivize, is_decorated

cdef extern from "Python.h":
    int PyUnicode_KIND(str text)
    void* PyUnicode_DATA(str text)
    Py_ssize_t PyUnicode_GET_LENGTH(str text)
    bint PyUnicode_IS_ASCII(str text)
    str PyUnicode_Substring(str text, Py_ssize_t start, Py_ssize_t end)
    object PyByteArray_FromStringAndSize(const char* data, Py_ssize_t n)
    char* PyByteArray_AS_STRING(object array) noexcept

cdef enum:
    N_BEST = 3
    LONG_TEXT = 32768  # characters; a text with more is a block by itself,
    LONG = 8192        # and in windows, if it has more tokens
    WINDOW = 4096      # words of a window, about

# Words and heads are counted in 32 bits.
MOST_TOKENS = 2 ** 31 - 1
CASINGS = {"lower": 0, "same": 1, "title": 2}


cdef class Workspace:
    """The memory of one thread at work, kept from block to block."""

    cdef Block block
    cdef LexemeCache lexemes
    cdef LemmaCache lemmas
    cdef vector[int32_t] lengths
    cdef vector[FoundEntity] found


cdef string utf8(str text):
    if PyUnicode_IS_ASCII(text):
        return string(<const char*>PyUnicode_DATA(text), <size_t>PyUnicode_GET_LENGTH(text))
    return text.encode("utf8", "surrogatepass")


cdef vector[uint64_t] id_table(values):
    cdef vector[uint64_t] table
    for value in values:
        table.push_back(value)
    table.push_back(0)  # so that there is an address
    return table


cdef class Annotator:
    """Runs the stages over lists of texts and Docs; may be used from several threads at once.

    It holds for the vocab as it was when it was made: ask ``fits`` before each use.
    """

    cdef readonly object stages
    cdef Vocab vocab
    cdef Matcher matcher
    cdef CEncoder* encoder
    cdef CHead* tagger
    cdef CHead* morphologizer
    cdef CHead* lemmatizer
    cdef TransitionNetwork parser
    cdef TransitionNetwork recognizer
    cdef int n_best
    cdef size_t width, margin, window
    cdef Lexicon* lexicon
    cdef LemmaTable lemma_table
    cdef bint native_lexemes, starts_bind, leaves_vectors
    cdef uint64_t getters_version
    cdef size_t n_changed
    cdef object norms
    cdef vector[uint64_t] tag_ids, pos_ids, morph_ids, dep_ids, entity_ids
    cdef vector[int16_t] part_numbers
    cdef vector[uint64_t] part_ids
    cdef vector[uint8_t] decorated
    cdef uint64_t white_tag, white_pos, white_morph, white_dep
    cdef list workspaces

    def __cinit__(self):
        self.lexicon = NULL

    def __dealloc__(self):
        del self.lexicon

    def __init__(self, Vocab vocab not None, stages):
        self.vocab = vocab
        self.stages = stages  # keeps alive what the pointers point to
        self.workspaces = []
        self.encoder = (<Encoder?>stages.encoder).encoder
        self.width = (<Encoder>stages.encoder).width
        # A window begins at a whole tile of the encoder, wherever it is cut.
        self.margin = stages.margin
        self.window = WINDOW // stages.encoder.tile * stages.encoder.tile
        self.starts_bind = stages.starts_bind
        self.leaves_vectors = stages.leaves_vectors
        self.matcher = stages.tokenizer
        self._read_lexicon()
        if stages.tagging is not None:
            self.tagger = self._head(stages.tagging.head, len(stages.tagging.ids))
            self.tag_ids = id_table(stages.tagging.ids)
            self.white_tag = stages.tagging.white
        if stages.morphology is not None:
            self._read_morphology(stages.morphology)
        if stages.lemmas is not None:
            self._read_lemmas(stages.lemmas, stages.morphology)
        if stages.arcs is not None:
            self.parser = self._network(stages.arcs)
            self.dep_ids = id_table(stages.arcs.ids)
            self.white_dep = stages.arcs.white
            for name in stages.arcs.names:
                self.decorated.push_back(is_decorated(name))
        if stages.entities is not None:
            self.recognizer = self._network(stages.entities)
            self.entity_ids = id_table(stages.entities.ids)
        parser_fits = self.parser is None or self.parser.parser != NULL
        if not (parser_fits and (self.recognizer is None or self.recognizer.entities != NULL)):
            raise EngineInputError(name="stages", reason="a network is of the wrong kind")

    # What is read by class below must have a value for each class.

    cdef CHead* _head(self, Head head, Py_ssize_t n_values) except NULL:
        if <size_t>head.width != self.width or head.n_classes != n_values:
            raise EngineInputError(name="stages", reason=f"a head of {head.n_classes} classes does not fit")
        return head.head

    cdef TransitionNetwork _network(self, stage):
        cdef TransitionNetwork network = stage.network
        if <size_t>network.width != self.width or len(network.system.labels) != len(stage.ids):
            raise EngineInputError(name="stages", reason="a transition network does not fit its labels")
        return network

    # -- what the stages bring along -------------------------------------------------------------------

    cdef int _read_lexicon(self) except -1:
        cdef Vocab vocab = self.vocab
        vocab.need_plan()
        self.getters_version = vocab.plan_version
        self.n_changed = vocab.n_changed
        self.norms = vocab.norms
        plan = vocab.plan
        self.native_lexemes = (
            plan.native_norm and plan.native_prefix and plan.native_suffix and plan.native_shape
            and vocab.n_changed == 0
        )
        self.lexicon = new Lexicon(known_symbols()[0], vocab.secret)
        if not self.native_lexemes:
            return 0
        for table in reversed(plan.norm_tables):  # the first one that has a word decides
            for word, norm in table.items():
                self.lexicon.set_norm(hash_string(word), hash_string(norm))
        for orth, norm in vocab.norms.items() if vocab.norms is not None else ():
            self.lexicon.set_norm(orth, hash_string(norm) if isinstance(norm, str) else norm)
        return 0

    cdef int _read_morphology(self, morphology) except -1:
        n = len(morphology.pos_ids)
        if not n == len(morphology.morph_ids) == len(morphology.names):
            raise EngineInputError(name="stages", reason="the tables of the morphology are not of one length")
        self.morphologizer = self._head(morphology.head, n)
        self.pos_ids = id_table(morphology.pos_ids)
        self.morph_ids = id_table(morphology.morph_ids)
        self.white_pos, self.white_morph = morphology.white_pos, morphology.white_morph
        numbers = {}
        for name in morphology.names:
            self.part_numbers.push_back(numbers.setdefault(name, len(numbers)))
        self.part_numbers.push_back(0)
        return 0

    cdef int _read_lemmas(self, lemmas, morphology) except -1:
        cdef LemmaRule rule
        cdef PartOfSpeech part
        self.lemmatizer = self._head(lemmas.head, len(lemmas.rules))
        self.n_best = min(N_BEST, len(lemmas.rules))
        for casing, tree in lemmas.rules:
            rule.casing = CASINGS[casing]
            rule.nodes.clear()
            add_nodes(tree, &rule)
            self.lemma_table.rules.push_back(rule)
        names = dict(zip(morphology.names, morphology.pos_ids, strict=True)) if morphology else {"": 0}
        for name, pos in names.items():
            part.name = utf8(name)
            part.proper_noun = name == "PROPN"
            self.lemma_table.parts_of_speech.push_back(part)
            self.part_ids.push_back(pos)
        self.lemma_table.reserve(len(lemmas.known))
        for key, lemma in lemmas.known.items():
            self.lemma_table.set_known(utf8(key), utf8(lemma))
        return 0

    @property
    def fits(self):
        """Whether the vocab still computes lexical attributes as it did."""
        cdef Vocab vocab = self.vocab
        return (
            vocab.getters.version == self.getters_version
            and vocab.n_changed == self.n_changed
            and vocab.norms is self.norms
        )

    # -- a block ---------------------------------------------------------------------------------------

    def annotate(self, list items not None):
        """The Docs of texts (str), and Docs, in their order; Docs given are annotated in place.

        A text is tokenized first; there must be a tokenizer then. Docs that raise are left as they were.
        """
        cdef list docs = [], block = []
        for item in items:
            if n_chars(item) <= LONG_TEXT:
                block.append(item)
                continue
            # By itself it passes through in windows.
            docs += self._annotate_block(block) + self._annotate_block([item])
            block = []
        return docs + self._annotate_block(block)

    cdef list _annotate_block(self, list items):
        if not items:
            return []
        cdef Workspace work = self.workspaces.pop() if self.workspaces else Workspace()
        cdef list held = []  # what other threads may take from Docs that are given, while we read it
        work.block.begin(len(items))
        for i in range(len(items)):
            self._look_at(items[i], &work.block.docs[i], held)
        if self.matcher is not None:
            self._tokenize(work)
        cdef list docs = [], memory = []
        self._make_room(items, work, docs, memory)
        with nogil:
            work.block.move_tokens()
            self._compute(work, docs)
        for i in range(len(items)):
            self._check_unchanged(docs[i], docs[i] is items[i], &work.block.docs[i])
        for i in range(len(items)):
            self._attach(docs[i], docs[i] is items[i], memory[i], work, i)
        # Only now: who raised keeps its memory out of reach.
        self.workspaces.append(work)
        return docs

    cdef int _look_at(self, item, BlockDoc* doc, list held) except -1:
        cdef str text
        cdef Doc given
        if isinstance(item, str):
            text = item
        else:
            given = item
            if given.vocab is not self.vocab:
                raise EngineInputError(name="Doc", reason="it has another vocab than the pipeline")
            text = given.text
            held.append((text, given.memory, list(given.arrays.values())))
            doc.n_tokens = given.length
            doc.columns.length = given.n_chars
            doc.columns.spacy = given.spacy
            doc.columns.norm = given.ids[NORM]
            doc.unknown_spaces = given.has_unknown_spaces
            if given.sent_start != NULL and given.column("SENT_START").any():
                doc.preset = given.sent_start
        doc.text.kind = PyUnicode_KIND(text)
        doc.text.data = PyUnicode_DATA(text)
        doc.text.n = PyUnicode_GET_LENGTH(text)
        doc.text.ascii = PyUnicode_IS_ASCII(text)
        return 0

    cdef int _tokenize(self, Workspace work) except -1:
        cdef shared_ptr[const SpecialCases] specials = self.matcher.splitter.specials()
        with nogil:
            work.block.tokenize(self.matcher.splitter, specials.get()[0], self.matcher.norm_ids.data())
        return 0

    cdef int _make_room(self, list items, Workspace work, list docs, list memory) except -1:
        """Fills `docs`, and `memory` with pairs of bytearrays: for their columns, for their tensors."""
        cdef Doc doc
        cdef BlockDoc* place
        cdef ColumnSet columns
        cdef Py_ssize_t i, n
        cdef int64_t total = 0
        columns.tag = self.tagger != NULL
        columns.morph = self.morphologizer != NULL
        columns.lemma = self.lemmatizer != NULL
        columns.parse = self.parser is not None
        columns.entities = self.recognizer is not None
        for i in range(len(items)):
            place = &work.block.docs[i]
            n = place.n_tokens
            total += n
            if total > MOST_TOKENS:
                raise EngineInputError(name="texts", reason=f"more than {MOST_TOKENS} tokens at once")
            columns.tokens = isinstance(items[i], str)
            columns.norm = columns.tokens and place.has_norms
            if columns.tokens:
                doc = Doc.__new__(Doc)
                doc.vocab = self.vocab
                doc.text = items[i]
            else:
                doc = items[i]
            docs.append(doc)
            values = PyByteArray_FromStringAndSize(NULL, place.columns.lay_out(columns, n, NULL))
            place.columns.lay_out(columns, n, PyByteArray_AS_STRING(values))
            tensor = PyByteArray_FromStringAndSize(NULL, 4 * n * self.width)
            place.tensor = <float*>PyByteArray_AS_STRING(tensor)
            memory.append((values, tensor))
        return 0

    cdef int _compute(self, Workspace work, list docs) except -1 nogil:
        cdef Block* block = &work.block
        cdef const float* V
        cdef size_t i
        cdef int32_t d
        for i in range(block.docs.size()):
            block.fill_white(block.docs[i], block.docs[i].columns.tag, self.white_tag)
            block.fill_white(block.docs[i], block.docs[i].columns.pos, self.white_pos)
            block.fill_white(block.docs[i], block.docs[i].columns.morph, self.white_morph)
        if block.docs.size() == 1 and block.docs[0].n_tokens > LONG:
            V = block.docs[0].tensor
            self._encode_in_windows(work, docs)
        else:
            for d in range(<int32_t>block.docs.size()):
                self._read_words(work, d, block.docs[d].n_tokens)
            self._find_missing_lexemes(work, docs)
            block.fill_ids(0)
            work.lengths.clear()
            for i in range(block.docs.size()):
                work.lengths.push_back(<int32_t>block.docs[i].n_words)
            if block.vectors.size() < block.index.size() * self.width:
                block.vectors.resize(block.index.size() * self.width)
            V = block.vectors.data()
            if block.index.size():
                self.encoder.encode(block.words.ids.data(), block.words.gaps.data(), work.lengths.data(),
                                    work.lengths.size(), block.vectors.data())
            self._classify(work, docs, V)
        for i in range(block.docs.size()):
            if block.docs[i].columns.lemma != NULL and block.docs[i].n_words < block.docs[i].n_tokens:
                block.fill_white_lemmas(block.docs[i], self.lexicon[0])
        self._parse(work, V)
        for i in range(block.docs.size()):
            block.write_tensor(block.docs[i], V + block.docs[i].first_word * self.width, self.width)
        return 0

    # -- words, vectors, classes -----------------------------------------------------------------------

    cdef int _encode_in_windows(self, Workspace work, list docs) except -1 nogil:
        """The vectors of one long document into its tensor, row by row of its words.

        A window's vectors are those of the whole but for `margin` rows at its ends.
        """
        cdef Block* block = &work.block
        cdef BlockDoc* doc = &block.docs[0]
        cdef size_t rows, own, kept
        cdef int64_t first = 0, window_first = 0  # words: the next to be finished, the window's first row
        cdef int32_t length
        cdef Slice part
        while True:
            rows = block.words.size()
            block.slices.clear()
            self._read_words(work, 0, <int64_t>(self.window + 2 * self.margin - rows))
            self._find_missing_lexemes(work, docs)
            block.fill_ids(rows)
            rows = block.words.size()
            if rows == 0:
                return 0
            own = <size_t>(first - window_first)
            kept = rows - own if doc.token == doc.n_tokens else rows - own - self.margin
            length = <int32_t>rows
            if block.window_vectors.size() < rows * self.width:
                block.window_vectors.resize(rows * self.width)
            self.encoder.encode(block.words.ids.data(), block.words.gaps.data(), &length, 1,
                                block.window_vectors.data())
            copy_rows(block.window_vectors.data() + own * self.width, kept * self.width,
                      doc.tensor + <size_t>first * self.width)
            block.slices.clear()
            part.doc = 0
            part.word = first
            part.begin = own
            part.end = own + kept
            block.slices.push_back(part)
            self._classify(work, docs, block.window_vectors.data())
            first += kept
            if doc.token == doc.n_tokens:
                return 0
            # The next window begins a margin before what it finishes, and so at a multiple of `window` words.
            block.words.keep_from(own + kept - self.margin)
            window_first = first - <int64_t>self.margin

    cdef int _read_words(self, Workspace work, int32_t doc, int64_t most) except -1 nogil:
        work.block.read_words(doc, most, self.lexicon[0], self.native_lexemes, &work.lexemes)
        return 0

    cdef int _classify(self, Workspace work, list docs, const float* V) except -1 nogil:
        """Tags, morphology and lemmas of the window's rows, whose vectors are V."""
        cdef Block* block = &work.block
        cdef size_t rows = block.words.size()
        if rows == 0:
            return 0
        if block.classes.size() < rows * N_BEST:
            block.classes.resize(rows * N_BEST)
        if self.tagger != NULL:
            self.tagger.predict(V, rows, 1, block.classes.data())
            block.write_tags(self.tag_ids.data())
        if self.morphologizer != NULL:
            self.morphologizer.predict(V, rows, 1, block.classes.data())
            block.write_morphs(self.pos_ids.data(), self.morph_ids.data(), self.part_numbers.data())
        if self.lemmatizer != NULL:
            self.lemmatizer.predict(V, rows, self.n_best, block.classes.data())
            block.write_lemmas(self.lemma_table, self.lexicon[0], self.n_best, &work.lemmas)
            self._find_missing_lemmas(work, docs)
        return 0

    cdef int _find_missing_lexemes(self, Workspace work, list docs) except -1 nogil:
        if work.block.missing.size():
            with gil:
                self._ask_for_lexemes(work, docs)
            work.block.missing.clear()
        return 0

    cdef int _ask_for_lexemes(self, Workspace work, list docs) except -1:
        cdef Block* block = &work.block
        cdef LexemeC lexeme
        cdef Doc doc
        cdef size_t i, part = 0, row
        for i in range(block.missing.size()):
            row = block.missing[i]
            while row >= block.slices[part].end:
                part += 1
            doc = docs[block.slices[part].doc]
            self.vocab.fill_slice(doc.text, block.words.start[row], block.words.length[row], &lexeme)
            block.words.lexemes[row].ids[0] = lexeme.norm
            block.words.lexemes[row].ids[1] = lexeme.prefix
            block.words.lexemes[row].ids[2] = lexeme.suffix
            block.words.lexemes[row].ids[3] = lexeme.shape
            if self.native_lexemes:
                work.lexemes.add(block.words.lexemes[row])
        return 0

    cdef int _find_missing_lemmas(self, Workspace work, list docs) except -1 nogil:
        if work.block.missing.size():
            with gil:
                self._ask_for_lemmas(work, docs)
            work.block.missing.clear()
        return 0

    cdef int _ask_for_lemmas(self, Workspace work, list docs) except -1:
        cdef Block* block = &work.block
        cdef LemmaKey key
        cdef Doc doc
        cdef size_t i, part = 0, row
        cdef uint64_t id
        cdef bytes utf8
        for i in range(block.missing.size()):
            row = block.missing[i]
            while row >= block.slices[part].end:
                part += 1
            doc = docs[block.slices[part].doc]
            start = block.words.start[row]
            form = PyUnicode_Substring(doc.text, start, start + block.words.length[row])
            key = block.lemma_key(row, self.n_best)
            rules = tuple([key.best[k] for k in range(self.n_best)])
            lemma = self.stages.lemmas.lemma(form, self.part_ids[key.part], rules)
            id = hash_string(lemma)
            utf8 = lemma.encode("utf8", "surrogatepass")
            block.set_lemma(block.slices[part], row, id, utf8, len(utf8))
            work.lemmas.add(key, id, utf8, len(utf8))
        return 0

    # -- arcs and entities -----------------------------------------------------------------------------

    cdef int _parse(self, Workspace work, const float* V) except -1 nogil:
        cdef Block* block = &work.block
        cdef size_t i, n = block.index.size()
        cdef const int8_t* preset = NULL
        work.lengths.clear()
        for i in range(block.docs.size()):
            work.lengths.push_back(<int32_t>block.docs[i].n_words)
        if (self.parser is not None or self.recognizer is not None) and block.find_presets():
            preset = block.presets.data()
        if self.parser is not None:
            block.heads.resize(n)
            block.labels.resize(n)
            block.starts.resize(n)
            if n:
                self.parser.parser.decode(V, work.lengths.data(), work.lengths.size(), preset,
                                          block.heads.data(), block.labels.data(), block.starts.data())
            self._lower_arcs(work)
            for i in range(block.docs.size()):
                block.write_parse(block.docs[i], self.dep_ids.data(), self.white_dep)
            if self.starts_bind:
                preset = block.starts.data()
        if self.recognizer is not None:
            work.found.clear()
            if n:
                self.recognizer.entities.decode(V, work.lengths.data(), work.lengths.size(), preset,
                                                &work.found)
            for i in range(block.docs.size()):
                block.clear_entities(block.docs[i])
            for i in range(work.found.size()):
                block.write_entity(block.docs[work.found[i].doc], work.found[i].start, work.found[i].end,
                                   self.entity_ids[work.found[i].label])
        return 0

    cdef int _lower_arcs(self, Workspace work) except -1 nogil:
        """Put back the arcs that decorated labels tell of, sentence by sentence: no arc leaves its
        sentence.
        """
        cdef Block* block = &work.block
        cdef int64_t word, start, first, last
        cdef size_t i
        cdef bint any_decorated
        for i in range(block.docs.size()):
            first = start = block.docs[i].first_word
            last = first + block.docs[i].n_words
            any_decorated = False
            for word in range(first, last + 1):
                if word == last or block.starts[word] == 1:
                    if any_decorated:
                        with gil:
                            self._lower_sentence(work, first, start, word)
                    start = word
                    any_decorated = False
                if word < last and self.decorated[block.labels[word]]:
                    any_decorated = True
        return 0

    cdef int _lower_sentence(self, Workspace work, int64_t first, int64_t start, int64_t end) except -1:
        cdef Block* block = &work.block
        cdef int64_t word, offset = start - first
        names = self.stages.arcs.names
        heads = [block.heads[word] - offset for word in range(start, end)]
        labels = [names[block.labels[word]] for word in range(start, end)]
        for i, head in enumerate(deprojectivize(heads, labels)[0]):
            block.heads[start + i] = head + offset
        return 0

    # -- into the Docs ---------------------------------------------------------------------------------

    cdef int _check_unchanged(self, Doc doc, bint was_given, BlockDoc* found) except -1:
        """Another thread may have merged or split the tokens of a Doc while it was annotated."""
        if was_given and doc.length != found.n_tokens:
            raise EngineInputError(name="docs", reason="the tokens of one changed while it was annotated")
        return 0

    cdef int _attach(self, Doc doc, bint was_given, tuple memory, Workspace work, Py_ssize_t i) except -1:
        cdef BlockDoc* found = &work.block.docs[i]
        values, tensor = memory
        if not was_given:
            doc.own_memory(values, found.n_tokens, found.columns)
            if found.has_norms:
                doc.shared_strings = self.matcher.norm_strings
        if was_given or found.n_tokens == 0:
            self._hand_over(doc, found, values, work, i)
        elif self.lemmatizer != NULL and work.block.lemma_texts[i].size():
            doc.packed_strings = work.block.lemma_texts[i]
        if self.leaves_vectors:
            doc.tensor_memory = tensor
            doc.tensor_width = self.width
        return 0

    cdef int _hand_over(self, Doc doc, BlockDoc* found, values, Workspace work, Py_ssize_t number) except -1:
        """Columns for a Doc that has its tokens, as arrays."""
        cdef DocColumns* columns = &found.columns
        cdef char* begin = PyByteArray_AS_STRING(values)
        cdef bint had_entities = doc.array("ENT_IOB") is not None

        def take(name, dtype, bint wanted, Py_ssize_t offset):
            if wanted:
                part = np.frombuffer(values, dtype, found.n_tokens, offset if found.n_tokens else 0)
                self._check_unchanged(doc, True, found)
                self._take(doc, name, part)

        take("TAG", "u8", self.tagger != NULL, <char*>columns.tag - begin)
        take("POS", "u8", self.morphologizer != NULL, <char*>columns.pos - begin)
        take("MORPH", "u8", self.morphologizer != NULL, <char*>columns.morph - begin)
        take("LEMMA", "u8", self.lemmatizer != NULL, <char*>columns.lemma - begin)
        take("HEAD", "i4", self.parser is not None, <char*>columns.head - begin)
        take("DEP", "u8", self.parser is not None, <char*>columns.dep - begin)
        take("SENT_START", "i1", self.parser is not None, <char*>columns.sent_start - begin)
        if self.recognizer is not None and had_entities:
            self.stages.entities.keep(doc, self._spans(work, number))
        else:
            take("ENT_IOB", "i1", self.recognizer is not None, <char*>columns.ent_iob - begin)
            take("ENT_TYPE", "u8", self.recognizer is not None, <char*>columns.ent_type - begin)
        if self.lemmatizer != NULL and work.block.lemma_texts[number].size():
            doc.own_strings()
            doc.packed_strings = work.block.lemma_texts[number]
        return 0

    cdef int _take(self, Doc doc, str name, array) except -1:
        doc.own_column(name, array)
        return 0

    cdef object _spans(self, Workspace work, Py_ssize_t number):
        """(m, 3) int32: start, end, label of the entities of a document, in words."""
        spans = [
            (work.found[i].start, work.found[i].end, work.found[i].label)
            for i in range(work.found.size())
            if work.found[i].doc == number
        ]
        return np.array(spans, dtype="int32").reshape(-1, 3)


cdef Py_ssize_t n_chars(item) except -1:
    if isinstance(item, str):
        return len(<str>item)
    return len((<Doc>item).text)


cdef void copy_rows(const float* rows, size_t n, float* to) noexcept nogil:
    cdef size_t i
    for i in range(n):
        to[i] = rows[i]


cdef int add_nodes(tree, LemmaRule* rule) except -1:
    """Appends the nodes of an edit tree; returns where its root stands."""
    cdef RuleNode node
    cdef int at = <int>rule.nodes.size(), before, after
    rule.nodes.push_back(node)
    if tree[0] == "=":
        rule.nodes[at].leaf = True
        rule.nodes[at].old_text = tree[1].encode("utf8", "surrogatepass")
        rule.nodes[at].new_text = tree[2].encode("utf8", "surrogatepass")
        return at
    before = add_nodes(tree[3], rule)
    after = add_nodes(tree[4], rule)
    rule.nodes[at].leaf = False
    rule.nodes[at].n_before = tree[1]
    rule.nodes[at].n_after = tree[2]
    rule.nodes[at].before = before
    rule.nodes[at].after = after
    return at
