import functools
import pickle
import random
import threading

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore import attrs, errors
from nlpcore.vocab import Lookups, StringStore, Vocab, create_vocab
from nlpcore.vocab.lex_attrs import LEX_ATTRS, get_lang, is_stop, lookup_or, lower
from nlpcore.vocab.strings import hash_string


@pytest.fixture
def vocab():
    return Vocab(LEX_ATTRS)


def test_lexical_ids_are_those_of_the_strings(vocab):
    words = ["Apple", "U.K.", "日本", "x"]
    ids = vocab.lexical_ids(words)
    assert ids.shape == (4, 4)
    assert ids.dtype == numpy.uint64
    expected = [
        [hash_string(lower(word)), hash_string(word[0]), hash_string(word[-3:]), hash_string(shape)]
        for word, shape in zip(words, ["Xxxxx", "X.X.", "xx", "x"], strict=True)
    ]
    assert ids.tolist() == expected


def test_reading_texts_interns_and_keeps_nothing(vocab):
    vocab.lexical_ids([f"word{i}" for i in range(100)])
    assert vocab.lexical_string(attrs.SHAPE, "Hello") == "Xxxxx"
    assert len(vocab.strings) == 0
    assert len(vocab) == 0


def test_only_strings():
    with pytest.raises(TypeError):
        Vocab(LEX_ATTRS).lexical_ids([5])
    with pytest.raises(TypeError):
        Vocab(LEX_ATTRS).lexical_ids([None])


# Word-like texts, and characters that are special to one attribute or another.
pieces = st.sampled_from(
    [*"aZß½٣ǅ²$€.,'\"«-()@:/", "``", "''", "www.", "http://", ".com", "1", "\ud800", "\x00", " "]
)
words = st.lists(pieces, max_size=8).map("".join) | st.text(max_size=120)


@given(words)
def test_native_attributes_equal_their_functions(word):
    getters = {
        **LEX_ATTRS,
        attrs.LANG: functools.partial(get_lang, lang="xx"),
        attrs.IS_STOP: functools.partial(is_stop, stops={"a", "az"}),
        attrs.NORM: functools.partial(lookup_or, default=lower, tables=({"a": "b"}, {"«": '"'})),
    }
    native = Vocab(getters)[word]
    plain = Vocab({attr: lambda text, f=f: f(text) for attr, f in getters.items()})[word]
    assert native.flags == plain.flags == sum(bool(f(word)) << a for a, f in getters.items() if a < 64)
    for name in ("lower", "norm", "shape", "prefix", "suffix", "lang"):
        assert getattr(native, name) == getattr(plain, name)
        assert getattr(native, name + "_") == getters[attrs.IDS[name.upper()]](word)


def test_the_cache_never_changes_an_answer(vocab):
    rng = random.Random(0)
    stream = [f"w{rng.randrange(100_000)}" for _ in range(150_000)]
    ids = vocab.lexical_ids(stream)
    fresh = Vocab({attr: LEX_ATTRS[attr] for attr in (attrs.NORM, attrs.PREFIX, attrs.SUFFIX, attrs.SHAPE)})
    sample = rng.sample(range(len(stream)), 2000)
    assert (ids[sample] == fresh.lexical_ids([stream[i] for i in sample])).all()


def test_changed_getters_count_at_once(vocab):
    assert not vocab["the"].is_stop
    vocab.lexical_ids(["one", "One"])
    vocab.lex_attr_getters[attrs.NORM] = lambda text: "same"
    assert set(vocab.lexical_ids(["one", "One"])[:, 0]) == {hash_string("same")}
    vocab.lex_attr_getters = {}
    assert set(vocab.lexical_ids(["one"])[0]) == {0}


@pytest.mark.parametrize(
    "change",
    [
        lambda getters, f: getters.update({attrs.NORM: f}),
        lambda getters, f: getters.__ior__({attrs.NORM: f}),
        lambda getters, f: getters.__setitem__(attrs.NORM, f),
    ],
)
def test_every_way_to_change_the_getters(vocab, change):
    vocab.lexical_ids(["One"])
    change(vocab.lex_attr_getters, str.upper)
    assert vocab.lexical_ids(["One"])[0, 0] == hash_string("ONE")


def test_changed_lexemes_count_for_all_texts(vocab):
    vocab.lexical_ids(["gonna"])
    vocab["gonna"].norm_ = "going to"
    assert vocab.lexical_ids(["gonna"])[0, 0] == hash_string("going to")
    assert vocab.lexical_string(attrs.NORM, "gonna") == "going to"
    assert vocab.lexical_string(attrs.NORM, "Other") == "other"


def test_norms_of_the_lookup_table():
    lookups = Lookups()
    lookups.add_table("lexeme_norm", {"colour": "color"})
    vocab = Vocab(LEX_ATTRS, lookups=lookups)
    assert vocab["colour"].norm_ == "color"
    assert vocab.lexical_string(attrs.NORM, "colour") == "color"
    assert vocab.lexical_ids(["colour"])[0, 0] == hash_string("color")


def test_without_getters_there_are_no_attributes():
    lexeme = Vocab()["Apple"]
    assert (lexeme.lower_, lexeme.norm_, lexeme.shape_, lexeme.flags) == ("", "", "", 0)


def test_lexemes_are_kept(vocab):
    assert "Apple" not in vocab
    lexeme = vocab["Apple"]
    assert "Apple" in vocab
    assert lexeme.orth in vocab
    assert vocab[lexeme.orth] == lexeme
    assert len(vocab) == vocab.length == 1
    assert [each.text for each in vocab] == ["Apple"]
    assert {"Apple", "apple", "Xxxxx", "A", "ple"} <= set(vocab.strings)
    with pytest.raises(KeyError):
        vocab[987654321]
    with pytest.raises(TypeError):
        vocab[None]
    with pytest.raises(OverflowError):
        vocab[-1]


class Defaults:
    stop_words = frozenset({"the"})
    norm_exceptions = {"cos": "because", "“": '"'}  # noqa: RUF012
    writing_system = {"direction": "ltr"}  # noqa: RUF012
    syntax_iterators = {"noun_chunks": len}  # noqa: RUF012


def test_language_data():
    vocab = create_vocab("en", Defaults)
    assert vocab.lang == "en"
    assert vocab.writing_system == {"direction": "ltr"}
    assert vocab.get_noun_chunks is len
    assert vocab["The"].is_stop
    assert vocab["cos"].norm_ == "because"
    assert vocab["“"].norm_ == '"'
    assert vocab["Other"].norm_ == "other"
    assert vocab["x"].lang_ == "en"
    assert create_vocab(None, object()).lang == ""


def test_flags(vocab):
    vocab["old"]
    flag = vocab.add_flag(lambda text: text in ("old", "new"))
    assert vocab["old"].check_flag(flag)
    assert vocab["new"].check_flag(flag)
    assert not vocab["other"].check_flag(flag)
    assert vocab.add_flag(bool, flag_id=40) == 40
    for bad in (0, 64, 99):
        with pytest.raises(errors.BadFlagError):
            vocab.add_flag(bool, flag_id=bad)
    for _ in range(63 - len([a for a in vocab.lex_attr_getters if a < 64])):
        vocab.add_flag(bool)
    with pytest.raises(errors.NoFreeFlagError):
        vocab.add_flag(bool)


def test_vectors(vocab):
    assert vocab.vectors_length == 0
    assert not vocab.has_vector("a")
    assert vocab.get_vector("a").shape == (0,)
    vocab.set_vector("a", [1, 2, 3])
    assert vocab.vectors_length == 3
    assert vocab.has_vector("a")
    assert vocab.has_vector(vocab.strings["a"])
    assert vocab.get_vector("a").tolist() == [1, 2, 3]
    assert vocab.get_vector("b").tolist() == [0, 0, 0]
    for i in range(150):
        vocab.set_vector(f"w{i}", numpy.full(3, i))
    assert vocab.get_vector("w149").tolist() == [149] * 3
    with pytest.raises(ValueError, match="width 3"):
        vocab.set_vector("a", [1])
    vocab.reset_vectors(width=2)
    assert vocab.vectors_length == 2
    assert vocab.vectors.n_keys == 0
    vocab.reset_vectors(shape=(5, 4))
    assert vocab.vectors.shape == (5, 4)
    with pytest.raises(ValueError, match="not both"):
        vocab.reset_vectors(width=1, shape=(1, 1))


def test_prune_and_deduplicate(vocab):
    for i, word in enumerate("abcd"):
        vocab.set_vector(word, [1, i])
    vocab.set_vector("e", [1, 0])
    vocab["d"].prob = -1
    vocab["a"].prob = -2
    nearest = {"b": ("d", pytest.approx(0.8944)), "c": ("d", pytest.approx(0.9899)), "e": ("a", 1.0)}
    assert vocab.prune_vectors(2) == nearest
    assert vocab.vectors.shape == (2, 2)
    assert vocab.get_vector("c").tolist() == [1, 3]
    vocab.vectors.resize((6, 2))
    vocab.set_vector("f", [1, 3])
    vocab.deduplicate_vectors()
    assert vocab.vectors.shape == (2, 2)
    assert vocab.vectors.n_keys == 6
    assert vocab.get_vector("f").tolist() == [1, 3]


@pytest.fixture
def full(vocab):
    vocab.strings.add("only a string")
    vocab.set_vector("cat", [1, 2])
    vocab.lookups.add_table("t", {"a": [1, "x", None]})
    vocab["gonna"].norm_ = "going to"
    return vocab


def check_full(vocab):
    assert "only a string" in vocab.strings
    assert vocab.get_vector("cat").tolist() == [1, 2]
    assert vocab.lookups.get_table("t")["a"] == [1, "x", None]
    assert vocab["gonna"].norm_ == "going to"


def test_bytes(full):
    check_full(Vocab(LEX_ATTRS).from_bytes(full.to_bytes()))
    part = Vocab().from_bytes(full.to_bytes(exclude=["vectors", "strings"]))
    assert part.vectors_length == 0
    assert "only a string" not in part.strings
    part = Vocab().from_bytes(full.to_bytes(), exclude=["lookups"])
    assert len(part.lookups) == 0
    assert Vocab().to_bytes() == Vocab().to_bytes()


def test_disk(full, tmp_path):
    full.to_disk(tmp_path / "vocab")
    check_full(Vocab(LEX_ATTRS).from_disk(tmp_path / "vocab"))
    part = Vocab().from_disk(tmp_path / "vocab", exclude=["vectors", "lookups"])
    assert part.vectors_length == len(part.lookups) == 0


def test_pickle(full):
    full["gonna"].is_stop = True
    full["gonna"].rank = 7
    copy = pickle.loads(pickle.dumps(full))
    check_full(copy)
    assert copy["gonna"].is_stop
    assert copy["gonna"].rank == 7
    assert copy["Dog"].shape_ == "Xxx"


def test_damaged_bytes(full):
    data = full.to_bytes()
    for cut in (*range(0, 40), *range(40, len(data), 7)):
        with pytest.raises(errors.BadDataError):
            Vocab().from_bytes(data[:cut])
    with pytest.raises(errors.BadDataError):
        Vocab().from_bytes(data + b"x")
    meta, tensors = full.get_state()
    for name, bad in {
        "vectors.rows": numpy.array([10**6], dtype="int32"),
        "vectors.keys": numpy.array([1.5]),
        "vectors.data": numpy.zeros(3),
    }.items():
        with pytest.raises(errors.BadDataError):
            Vocab().set_state(meta, {**tensors, name: bad})
    with pytest.raises(errors.BadDataError):
        Vocab().set_state(meta, {})
    with pytest.raises(errors.BadDataError):
        Vocab().set_state({**meta, "strings": [1]}, tensors)


def test_threads(vocab):
    vocab.lex_attr_getters[attrs.NORM] = lambda text: text.upper()  # Python code in the middle of a look-up
    texts = [f"w{i % 700}" for i in range(7000)]
    wrong = []

    def work(seed):
        order = texts[:]
        random.Random(seed).shuffle(order)
        for text in order:
            if vocab[text].norm_ != text.upper():
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(vocab) == 700


def test_for_users_of_other_libraries():
    strings = StringStore(["x"])
    vocab = Vocab(strings=strings, oov_prob=-10.0, vectors_name="v", writing_system={"a": 1}, unknown=1)
    assert vocab.strings is strings
    assert vocab.cfg == {"oov_prob": -10.0}
    assert vocab.vectors.name == "v"
    assert vocab["x"].prob == -10.0
    with vocab.memory_zone():
        assert vocab.in_memory_zone
    assert not vocab.in_memory_zone


def test_strings_to_begin_with_are_lexemes():
    vocab = Vocab(strings=["x", "y"])
    assert "x" in vocab
    assert len(vocab) == 2
    assert len(Vocab(strings=vocab.strings)) == 0
