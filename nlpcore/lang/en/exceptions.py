"""English special cases: strings that the patterns would split otherwise than a reader does."""

from __future__ import annotations

from collections.abc import Iterator

from nlpcore.tokenizer.data import Pieces

from . import abbreviations
from .emoticons import EMOTICONS

# Two words written as one, as the pieces that the treebanks split them into; norms behind a slash.
JOINED = """
    y'/you all|can not|gon/going na/to|got ta/to|wan/want na/to|du/do n/not no/know
    out ta/of|c'm/come on|do nt/not|ca/can nt/not|wo/will nt/not|did nt/not|does nt/not|is nt/not
    was nt/not|could nt/not|would nt/not|should nt/not|have nt/not|has nt/not|had nt/not|are nt/not
    ar/are nt/not|were nt/not|ai nt/not|must nt/not|need nt/not|might nt/not|i m/am|i ve/have|that s/'s
    he s/'s|she s/'s|there s/'s|what s/'s|let s/us|who s/'s|where s/'s|how s/'s|here s/'s|you re/are
    they re/are|you ve/have|they ve/have|we ve/have|it ll/will|you ll/will|they ll/will|that ll/will
    that d/'d|they d/'d|you d/'d|ca/can n't/not|wo/will n't/not|sha/shall n't/not|ai n't/not|i 'm/am a/a
    could a/have|would a/have|should a/have|must a/have|let 's/us|'t/it is|'t/it was|d'/do ye/you
    how d'/do y/you|more 'n/than
"""

# Verbs and pronouns before a contraction. Patterns split these too; as special cases they get their norms.
_NEGATED = "do does did is are was were have has had could would should might must may need ought dare"
_BEFORE = {
    "'m": "i",
    "'re": "you we they there what who where how why",
    "'ve": "i you we they who could would should might must",
    "'ll": "i you he she it we they that this there who what where how",
    "'d": "i you he she it we they that there who what where how why",
    "'s": "he she it that this there here who what where when how why",
}
_PIECE_NORMS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "'d", "'s": "'s"}

# Kept whole, with norms.
WHOLE = """
    'em/them 'cause/because 'til/until 'till/until 'bout/about 'round/around 'n/and 'n'/and ol'/old
    o'/of  ma'am/madam o'clock/o'clock doin'/doing goin'/going nothin'/nothing
    nuthin'/nothing somethin'/something havin'/having lovin'/loving comin'/coming cookin'/cooking
    gettin'/getting makin'/making takin'/taking lookin'/looking talkin'/talking tryin'/trying
    workin'/working livin'/living playin'/playing runnin'/running sayin'/saying thinkin'/thinking
    waitin'/waiting walkin'/walking fuckin'/fucking nothin'/nothing w/o/without w/out/without
    b/t/between b/c/because n't/not 's/'s 'm/am 're/are 've/have 'll/will 'd/'d rock'n'roll/rock'n'roll
"""

# Names and signs that hold punctuation.
NAMES = "Yahoo! C++ c++ G++ g++ C# F# .NET U$ Q&A AT&T P&L R&D"

# A grade and its sign.
GRADES = "A+ B+ C+ D+"

CONDITIONS = {
    "before_number": (r" ?\p{N}", r" [\[(]?\p{N}"),
    # Something other than a capital letter, the end of the line or of the text.
    "within_sentence": (r"[^ \n\r]", r" [^\p{Lu}\n\r ]"),
    "within_line": (r"[^\n\r ]", r" [^\n\r]"),
    # "its" for "it's": before words that no noun phrase begins with after a possessive.
    "before_predicate": (
        " (?i:a|an|the|not|really|simply|very|also|just|still|been|definitely|so|too|gonna|going|getting|"
        "like|because|always|never|already|probably|now|what|that|this|my|your|in|for|from|about|as|between|only)"
        r"(?![\p{L}'’\-])",
    ),
}


def _cased(text: str) -> list[str]:
    first = 1 if text[0] == "'" else 0
    upper = text[:first] + text[first : first + 1].upper() + text[first + 1 :]
    return list(dict.fromkeys((text, upper, text.upper())))


def _curly(text: str) -> list[str]:
    return [text, text.replace("'", "’")] if "'" in text else [text]


def _joined() -> Iterator[tuple[str, Pieces]]:
    for line in JOINED.split("\n"):
        for entry in filter(None, (part.strip() for part in line.split("|"))):
            pairs = [piece.partition("/")[::2] for piece in entry.split()]
            for plain in _cased(" ".join(orth for orth, _ in pairs)):
                for cased in _curly(plain):
                    orths = cased.split(" ")
                    pieces = zip(orths, (norm or None for _, norm in pairs), strict=True)
                    yield cased.replace(" ", ""), tuple(pieces)


def _contracted() -> Iterator[tuple[str, Pieces]]:
    for verb in _NEGATED.split():
        yield from _with_pieces(verb, "n't")
        if verb in ("could", "would", "should", "might", "must"):
            yield from _with_pieces(verb, "n't", "'ve")
    for piece, words in _BEFORE.items():
        for word in words.split():
            yield from _with_pieces(word, piece)
            if piece == "'d":
                yield from _with_pieces(word, piece, "'ve")


def _with_pieces(word: str, *pieces: str) -> Iterator[tuple[str, Pieces]]:
    norms = (None, *(_PIECE_NORMS[piece] for piece in pieces))
    for plain in _cased(" ".join((word, *pieces))):
        for form in _curly(plain):
            orths = form.split(" ")
            yield form.replace(" ", ""), tuple(zip(orths, norms, strict=True))


def _whole() -> Iterator[tuple[str, Pieces]]:
    for entry in WHOLE.split():
        word, _, norm = entry.rpartition("/")
        for plain in _cased(word):
            for form in _curly(plain):
                yield form, ((form, norm),)


def _specials() -> Iterator[tuple[str, Pieces]]:
    yield from _contracted()
    yield from _joined()
    yield from _whole()
    for text in (*NAMES.split(), *EMOTICONS):
        yield text, ((text, None),)
    for text in GRADES.split():
        yield text, ((text[:-1], None), (text[-1], None))
    for word in _abbreviated(*abbreviations.ALWAYS, *CONDITIONAL_ABBREVIATIONS.values()):
        yield word, ((word, None),)
    for form in _cased("its"):
        yield form, ((form[:2], None), (form[2:], "'s"))
    yield "I.", (("I", None), (".", None))


def _abbreviated(*groups: str) -> Iterator[str]:
    for group in groups:
        for word in group.split():
            yield word + "."


CONDITIONAL_ABBREVIATIONS = {
    "before_number": abbreviations.BEFORE_NUMBER,
    "within_sentence": abbreviations.WITHIN_SENTENCE,
    "within_line": abbreviations.WITHIN_LINE,
}

SPECIALS: dict[str, Pieces] = dict(_specials())

CONDITIONAL: dict[str, str] = {
    **{word: name for name, group in CONDITIONAL_ABBREVIATIONS.items() for word in _abbreviated(group)},
    **dict.fromkeys(_cased("its"), "before_predicate"),
}
