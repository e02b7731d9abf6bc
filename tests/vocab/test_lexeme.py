import pickle

import numpy
import pytest

from nlpcore import attrs, errors
from nlpcore.vocab import Vocab
from nlpcore.vocab.lex_attrs import LEX_ATTRS


@pytest.fixture
def vocab():
    return Vocab(LEX_ATTRS)


def test_forms(vocab):
    lexeme = vocab["Apples"]
    assert lexeme.text == lexeme.orth_ == "Apples"
    assert lexeme.lower_ == lexeme.norm_ == "apples"
    assert (lexeme.shape_, lexeme.prefix_, lexeme.suffix_) == ("Xxxxx", "A", "les")
    for name in ("orth", "lower", "norm", "shape", "prefix", "suffix", "lang"):
        assert vocab.strings[getattr(lexeme, name)] == getattr(lexeme, name + "_")
    assert lexeme.vocab is vocab
    assert "Apples" in repr(lexeme)


FLAGS = {
    "Apple": "is_alpha is_ascii is_title",
    "ABC": "is_alpha is_ascii is_upper",
    "can't": "is_ascii is_lower",
    "Éa": "is_alpha is_title",
    "12": "is_ascii is_digit like_num",
    "1,000.5": "is_ascii like_num",
    "½": "",
    "1/2": "is_ascii like_num",
    "...": "is_ascii is_punct",
    "(": "is_ascii is_punct is_bracket is_left_punct",
    "]": "is_ascii is_punct is_bracket is_right_punct",
    "“": "is_punct is_quote is_left_punct",
    "''": "is_ascii is_punct is_quote is_right_punct",
    "``": "is_ascii is_quote is_left_punct",
    "'": "is_ascii is_punct is_quote is_left_punct is_right_punct",
    "$": "is_ascii is_currency",
    "£€": "is_currency",
    " \n": "is_ascii is_space",
    "a.b@c.com": "is_ascii is_lower like_email",
    "https://x": "is_ascii is_lower like_url",
    "www.x": "is_ascii is_lower like_url",
    "example.org/a?b=1": "is_ascii is_lower like_url",
    "U.S.": "is_ascii is_upper is_title",
}
ALL_FLAGS = {flag for flags in FLAGS.values() for flag in flags.split()} | {"is_stop"}


@pytest.mark.parametrize("text", FLAGS)
def test_flags(vocab, text):
    lexeme = vocab[text]
    assert {flag for flag in ALL_FLAGS if getattr(lexeme, flag)} == set(FLAGS[text].split())
    assert lexeme.check_flag(attrs.IS_ALPHA) == lexeme.is_alpha
    for flag in FLAGS[text].split():
        assert lexeme.flags >> attrs.IDS[flag.upper()] & 1


@pytest.mark.parametrize("text", ["3.14", "hello.", ".com", "a@b.com", "e.g.", "192.168.1.1", "x", "a.b"])
def test_no_urls(vocab, text):
    assert not vocab[text].like_url


@pytest.mark.parametrize("text", ["a-" * 10**5 + ".", "a." * 10**5 + "!", "1." * 10**5, "a" * 10**6 + ".b!"])
def test_flags_take_linear_time(vocab, text):
    assert not vocab[text].like_url
    assert vocab[text].shape_ == "LONG"


def test_shapes(vocab):
    shapes = {
        "abcdefG": "xxxxX",
        "123456": "dddd",
        "C3PO": "XdXX",
        "U.S.A.": "X.X.X.",
        "......": "....",
        "日本": "xx",
    }
    assert {text: vocab[text].shape_ for text in shapes} == shapes
    assert vocab["x" * 99].shape_ == "xxxx"
    assert vocab["x" * 100].shape_ == "LONG"


def test_setting(vocab):
    lexeme = vocab["x"]
    for name in ("lower_", "norm_", "shape_", "prefix_", "suffix_", "lang_"):
        setattr(lexeme, name, "new " + name)
        assert getattr(vocab["x"], name) == "new " + name
    for flag in ALL_FLAGS:
        setattr(lexeme, flag, not getattr(lexeme, flag))
    assert vocab["x"].is_stop
    assert vocab["x"].like_url
    assert not vocab["x"].is_alpha
    lexeme.set_flag(attrs.IS_STOP, False)
    assert not lexeme.is_stop
    lexeme.lower = vocab.strings.add("via id")
    assert lexeme.lower_ == "via id"
    lexeme.flags = 0
    assert not lexeme.like_url
    lexeme.rank, lexeme.prob, lexeme.cluster, lexeme.sentiment = 7, -3.5, 2, 0.5
    again = vocab["x"]
    assert (again.rank, again.prob, again.cluster, again.sentiment) == (7, -3.5, 2, 0.5)
    for name in ("orth", "orth_", "text", "is_oov", "has_vector", "vector_norm", "vocab", "unknown"):
        with pytest.raises(AttributeError):
            setattr(lexeme, name, 1)


def test_defaults(vocab):
    lexeme = vocab["x"]
    assert (lexeme.rank, lexeme.prob, lexeme.cluster, lexeme.sentiment) == (2**64 - 1, -20.0, 0, 0.0)


def test_set_attrs(vocab):
    vocab["x"].set_attrs(is_stop=True, norm="y", LOWER="z", unknown=1)
    assert vocab["x"].is_stop
    assert (vocab["x"].norm_, vocab["x"].lower_) == ("y", "z")


@pytest.mark.parametrize("flag", [-1, 64, 99])
def test_flags_out_of_range(vocab, flag):
    with pytest.raises(errors.BadFlagError):
        vocab["x"].check_flag(flag)
    with pytest.raises(ValueError, match="flag"):
        vocab["x"].set_flag(flag, True)


def test_comparison(vocab):
    a, b = vocab["a"], vocab["b"]
    assert a == vocab["a"]
    assert a == a.orth
    assert a == "a"
    assert a != b
    assert a != None  # noqa: E711
    assert len({a, vocab["a"], b}) == 2
    assert {a: 1}[a.orth] == 1
    assert (a < b) == (a.orth < b.orth)
    assert (a >= b) == (a.orth >= b.orth)
    assert a <= vocab["a"]


def test_a_lexeme_keeps_its_vocab_alive():
    lexeme = Vocab(LEX_ATTRS)["kept"]
    assert lexeme.text == "kept"
    assert lexeme.shape_ == "xxxx"


def test_vectors(vocab):
    with pytest.raises(errors.NoVectorsError):
        vocab["a"].vector  # noqa: B018
    assert not vocab["a"].has_vector
    assert vocab["a"].is_oov
    vocab.set_vector("a", [3, 4])
    vocab["b"].vector = numpy.array([4, 3])
    assert vocab["a"].has_vector
    assert not vocab["b"].is_oov
    assert vocab["a"].vector_norm == pytest.approx(5)
    assert vocab["c"].vector_norm == 0
    assert vocab["a"].similarity(vocab["b"]) == pytest.approx(24 / 25)
    assert vocab["a"].similarity(vocab["a"]) == 1.0
    assert vocab["a"].similarity(vocab["c"]) == 0.0


def test_no_pickle(vocab):
    with pytest.raises(TypeError):
        pickle.dumps(vocab["x"])
