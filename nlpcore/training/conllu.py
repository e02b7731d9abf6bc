"""CoNLL-U: a strict streaming reader, and a writer for annotated Docs.

What the reader refuses, it refuses naming file and line (`nlpcore.errors.ConlluError`). What it accepts:

- files with or without a byte order mark, with LF or CRLF, with or without the last blank line;
- sentences without syntax: HEAD and DEPREL `_` in every word. Heads in some words only are an error;
- exactly one root in each sentence that has syntax, as Universal Dependencies demand;
- multiword tokens and empty nodes, which are kept beside the words;
- a ``# text`` whose blanks differ from ``SpaceAfter``: the text decides. Other differences are errors.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from ..errors import ConlluError
from .documents import Document, EmptyNode, MultiwordToken, Sentence
from .raw_text import TextMismatch, assemble, place_words, text_from_words

if TYPE_CHECKING:
    from ..tokens import Doc

ID, FORM, LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS, MISC = range(10)
N_COLUMNS = 10


def read_conllu(
    path: str | PathLike[str], *, on_error: Callable[[ConlluError], Any] | None = None
) -> Iterator[Document]:
    """Read the documents of a CoNLL-U file, one at a time (a file without ``# newdoc`` is one document).

    on_error: called with the error of each sentence that cannot be read, which is then left out; without it
        the error is raised.
    Raises ConlluError (a ValueError), OSError.
    """
    name = fspath(path)
    with open(path, "rb") as file:
        yield from read_conllu_lines(file, name=name, on_error=on_error)


def read_conllu_lines(
    lines: Iterable[bytes], *, name: str = "<text>", on_error: Callable[[ConlluError], Any] | None = None
) -> Iterator[Document]:
    """As `read_conllu`, from lines of UTF-8 bytes; `name` stands for the file in messages."""
    sentences: list[Sentence] = []
    title = ""
    newpar = False
    for block in _blocks(lines, name, on_error):
        try:
            sentence = _parse_sentence(block, name)
        except ConlluError as error:
            if on_error is None:
                raise
            on_error(error)
            # What the comments say about documents and paragraphs holds for the sentences that follow.
            sentence = _comments_only(block)
        if sentence.newdoc:
            if sentences:
                yield assemble(Document(sentences, name=title, path=name))
                sentences = []
            title = _comment_value(sentence, "newdoc")
            newpar = False
        if not sentence.forms:
            newpar = newpar or sentence.newpar
            continue
        sentence.newpar = sentence.newpar or newpar
        newpar = False
        sentences.append(sentence)
    if sentences:
        yield assemble(Document(sentences, name=title, path=name))


def parse_conllu(text: str, *, name: str = "<text>") -> list[Document]:
    """The documents of a CoNLL-U text."""
    data = text.encode("utf8", "surrogatepass")  # lone surrogates are refused by line, as in a file
    return list(read_conllu_lines(data.splitlines(keepends=True), name=name))


if TYPE_CHECKING:
    from ..tokens import Doc

Block = list[tuple[int, str]]


def _blocks(
    lines: Iterable[bytes], name: str, on_error: Callable[[ConlluError], Any] | None
) -> Iterator[Block]:
    """Groups of numbered lines between blank lines."""
    block: Block = []
    broken = False
    for number, raw in enumerate(lines, 1):
        if number == 1 and raw.startswith(codecs.BOM_UTF8):
            raw = raw[len(codecs.BOM_UTF8) :]
        try:
            line = raw.decode("utf8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            problem = ConlluError(
                path=name, line=number, problem=f"not UTF-8 (byte {error.start + 1} of the line)"
            )
            if on_error is None:
                raise problem from None
            on_error(problem)
            broken = True
            continue
        if line.strip(" "):
            block.append((number, line))
            continue
        if broken:  # what it says about documents and paragraphs still holds
            block = [(at, line) for at, line in block if line.startswith("#")]
        if block:
            yield block
        block, broken = [], False
    if block and not broken:
        yield block


def _comments_only(block: Block) -> Sentence:
    comments = [line for _, line in block if line.startswith("#")]
    sentence = Sentence([], comments=comments, line=block[0][0])
    _read_comments(sentence)
    return sentence


def _read_comments(sentence: Sentence) -> None:
    for comment in sentence.comments:
        key, _, value = comment[1:].partition("=")
        key = key.strip()
        if key == "text":
            sentence.text = value.strip()
        elif key == "sent_id":
            sentence.sent_id = value.strip()
        elif key == "newdoc" or key.startswith("newdoc "):
            sentence.newdoc = True
        elif key == "newpar" or key.startswith("newpar "):
            sentence.newpar = True


def _comment_value(sentence: Sentence, name: str) -> str:
    for comment in sentence.comments:
        key, _, value = comment[1:].partition("=")
        if key.split(maxsplit=1)[:1] == [name]:
            return value.strip()
    return ""


def _parse_sentence(block: Block, path: str) -> Sentence:
    def fail(number: int, problem: str) -> ConlluError:
        return ConlluError(path=path, line=number, problem=problem)

    sentence = Sentence([], line=block[0][0])
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, line in block:
        if line[0] == "#":
            if rows:
                raise fail(number, "a comment between the words of a sentence; put it before the first word")
            sentence.comments.append(line)
            continue
        columns = line.split("\t")
        if len(columns) != N_COLUMNS:
            raise fail(number, f"{len(columns)} columns separated by tabs where CoNLL-U has {N_COLUMNS}")
        if columns[ID] == str(len(rows) + 1):
            if not columns[FORM] or columns[FORM].isspace():
                raise fail(number, "the FORM is empty")
            if columns[FEATS] != "_" and any(f.count("=") != 1 for f in columns[FEATS].split("|")):
                raise fail(number, f"the FEATS are {columns[FEATS]!r}; they look like Case=Nom|Number=Sing")
            rows.append(columns)
            numbers.append(number)
        elif "." in columns[ID]:
            _add_empty_node(sentence, columns, len(rows), number, fail)
        elif "-" in columns[ID]:
            _add_multiword(sentence, columns, len(rows), number, fail)
        else:
            raise fail(number, f"the ID is {columns[ID]!r} where word {len(rows) + 1} should stand")
    if not rows:
        if any(comment for comment in sentence.comments) and not sentence.multiword:
            _read_comments(sentence)
            return sentence  # comments that stand alone
        raise fail(block[-1][0], "a sentence without words")
    if sentence.multiword and sentence.multiword[-1].end > len(rows):
        token = sentence.multiword[-1]
        raise fail(
            block[-1][0],
            f"the multiword token {token.first + 1}-{token.end} reaches beyond the {len(rows)} words of "
            "the sentence",
        )
    _read_comments(sentence)
    _fill_layers(sentence, rows)
    _fill_syntax(sentence, rows, numbers, fail)
    if not sentence.text:
        sentence.text = text_from_words(sentence)
    try:
        place_words(sentence)
    except TextMismatch as error:
        raise fail(numbers[error.word], f"the words and '# text' differ: {error}") from None
    return sentence


Fail = Callable[[int, str], ConlluError]


def _add_empty_node(sentence: Sentence, columns: list[str], n_words: int, number: int, fail: Fail) -> None:
    major, _, minor = columns[ID].partition(".")
    nodes = sentence.empty_nodes
    expected = 1 + sum(1 for node in nodes if node.after == n_words)
    if major != str(n_words) or minor != str(expected):
        raise fail(number, f"the empty node's ID is {columns[ID]!r} where {n_words}.{expected} should stand")
    nodes.append(EmptyNode(n_words, tuple(columns)))


def _add_multiword(sentence: Sentence, columns: list[str], n_words: int, number: int, fail: Fail) -> None:
    left, _, right = columns[ID].partition("-")
    if not (left.isascii() and left.isdigit() and right.isascii() and right.isdigit() and len(right) < 10):
        raise fail(number, f"{columns[ID]!r} is no ID: a multiword token's looks like 3-4")
    first, end = int(left) - 1, int(right)
    if first != n_words:
        raise fail(number, f"the multiword token {columns[ID]} should stand right before word {left}")
    if end - first < 2:
        raise fail(number, f"the multiword token {columns[ID]} has fewer than two words")
    if sentence.multiword and sentence.multiword[-1].end > first:
        raise fail(number, f"the multiword token {columns[ID]} overlaps the one before it")
    if not columns[FORM] or columns[FORM].isspace():
        raise fail(number, "the FORM is empty")
    misc = "" if columns[MISC] == "_" else columns[MISC]
    sentence.multiword.append(MultiwordToken(first, end, columns[FORM], misc))


def _fill_layers(sentence: Sentence, rows: list[list[str]]) -> None:
    """Everything but the syntax; `_` stands for what is not annotated, and for itself as a form."""
    sentence.forms = [row[FORM] for row in rows]
    lemmas = ["" if row[LEMMA] == "_" and row[FORM] != "_" else row[LEMMA] for row in rows]
    upos = ["" if row[UPOS] == "_" else row[UPOS] for row in rows]
    # An underscore as XPOS stands for itself nowhere: no tag set has it.
    xpos = ["" if row[XPOS] == "_" else row[XPOS] for row in rows]
    feats = ["" if row[FEATS] == "_" else row[FEATS] for row in rows]
    misc = ["" if row[MISC] == "_" else row[MISC] for row in rows]
    sentence.lemmas = lemmas if any(row[LEMMA] != "_" for row in rows) else None
    sentence.upos = upos if any(upos) else None
    sentence.xpos = xpos if any(xpos) else None
    # Words without features are common; a sentence with neither tags nor features is not annotated.
    sentence.feats = feats if any(feats) or sentence.upos else None
    sentence.misc = misc if any(misc) else None


def _fill_syntax(sentence: Sentence, rows: list[list[str]], numbers: list[int], fail: Fail) -> None:
    n = len(rows)
    if all(row[HEAD] == "_" and row[DEPREL] == "_" for row in rows):
        return
    heads: list[int] = []
    root = -1
    for i, row in enumerate(rows):
        text = row[HEAD]
        if text == "_" or not text:
            raise fail(numbers[i], f"word {i + 1} has no HEAD, but others of its sentence have one")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise fail(numbers[i], f"the HEAD of word {i + 1} is {text!r}, which is no number")
        head = int(text)
        if head > n:
            raise fail(numbers[i], f"the HEAD of word {i + 1} is {head}, but the sentence has {n} words")
        if head == 0:
            if root >= 0:
                raise fail(numbers[i], f"word {i + 1} is a second root; word {root + 1} is one already")
            root = i
            heads.append(i)
        elif head == i + 1:
            raise fail(numbers[i], f"word {i + 1} is its own HEAD")
        else:
            heads.append(head - 1)
    cycle = find_cycle(heads)
    if cycle >= 0:
        raise fail(numbers[cycle], f"word {cycle + 1} hangs on itself: its heads form a cycle")
    sentence.heads = heads
    sentence.deprels = ["" if row[DEPREL] == "_" else row[DEPREL] for row in rows]


def find_cycle(heads: list[int]) -> int:
    """A word on a cycle of `heads` (0-based, a root is its own head), or -1. Linear time."""
    state = [0] * len(heads)  # 0 not seen, 1 on the path, 2 known to reach a root
    for start in range(len(heads)):
        path = []
        word = start
        while state[word] == 0:
            state[word] = 1
            path.append(word)
            if heads[word] == word:
                break
            word = heads[word]
        else:
            if state[word] == 1:
                return word
        for word in path:
            state[word] = 2
    return -1


def to_conllu(doc: Doc, *, name: str = "") -> str:
    """An annotated Doc as CoNLL-U, one document.

    Every token that is no white space is a word; white space is told by ``SpaceAfter=No`` and, where it is
    neither nothing nor one blank, by ``SpacesAfter``; a blank line before a sentence gives ``# newpar``. What
    is not annotated is `_`. Tokens with line breaks or tabs inside have blanks there, as the format demands.
    """
    from .doc_sentences import sentences_of

    sentences = list(sentences_of(doc))
    lines: list[str] = []
    text = doc.text
    for number, sentence in enumerate(sentences):
        following = sentences[number + 1].start if number + 1 < len(sentences) else len(text)
        if number == 0:
            lines.append(f"# newdoc id = {name}" if name else "# newdoc")
        elif sentence.newpar:
            lines.append("# newpar")
        lines.append(f"# sent_id = {number + 1}")
        lines.append(f"# text = {sentence.text}")
        lines.extend(_rows(sentence, text, following))
        lines.append("")
    return "\n".join(lines) + "\n" if lines else ""


def _rows(sentence: Sentence, text: str, following: int) -> Iterator[str]:
    n = len(sentence)
    bounds = [*sentence.starts[1:], following]
    for i in range(n):
        row = ["_"] * N_COLUMNS
        row[ID] = str(i + 1)
        row[FORM] = " ".join(sentence.forms[i].split())
        layers = (sentence.lemmas, sentence.upos, sentence.xpos, sentence.feats, sentence.deprels)
        for column, layer in zip((LEMMA, UPOS, XPOS, FEATS, DEPREL), layers, strict=True):
            if layer is not None and layer[i]:
                row[column] = " ".join(layer[i].split()) or "_"
        if sentence.heads is not None:
            row[HEAD] = "0" if sentence.heads[i] == i else str(sentence.heads[i] + 1)
        row[MISC] = _space_after(text[sentence.ends[i] : bounds[i]], i + 1 == n)
        yield "\t".join(row)


def _space_after(gap: str, is_last: bool) -> str:
    if gap == " " or (is_last and gap == ""):
        return "_"
    if not gap:
        return "SpaceAfter=No"
    for char, escape in (
        ("\\", "\\\\"),
        (" ", "\\s"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\t", "\\t"),
        ("|", "\\p"),
    ):
        gap = gap.replace(char, escape)
    return f"SpacesAfter={gap}"
