"""The raw text of a treebank's document, and where in it every word stands.

Raw text: the sentences' ``# text`` lines joined by one space, by a blank line where a paragraph begins, one
document at a time. The file's own text decides about blanks; ``SpaceAfter=No`` is used where there is none.
"""

from __future__ import annotations

from bisect import bisect_left

from .documents import Document, Sentence

PARAGRAPH_BREAK = "\n\n"
SENTENCE_BREAK = " "


class TextMismatch(ValueError):
    """The words of a sentence do not spell its text; ``word`` is the position of the word concerned."""

    def __init__(self, word: int, problem: str) -> None:
        self.word = word
        super().__init__(problem)


def spell(form: str, text: str, position: int) -> tuple[int, int]:
    """Find `form` in `text` at `position`, white space left out on both sides of the comparison.

    Returns the (start, end) of the characters that spell it, or (-1, -1).
    """
    n = len(text)
    while position < n and text[position].isspace():
        position += 1
    if form and text.startswith(form, position) and not form[0].isspace() and not form[-1].isspace():
        return position, position + len(form)
    start, end = -1, -1
    for char in form:
        if char.isspace():
            continue
        while position < n and text[position].isspace():
            position += 1
        if position >= n or text[position] != char:
            return -1, -1
        if start < 0:
            start = position
        position += 1
        end = position
    return start, end


def place_words(sentence: Sentence, offset: int = 0) -> None:
    """Fill ``starts``, ``ends`` and ``virtual`` from ``sentence.text``; `offset` is added to each.

    Raises TextMismatch where a word is not found, or where text is left over after the last one.
    """
    text = sentence.text
    starts: list[int] = []
    ends: list[int] = []
    virtual: list[bool] = []
    position = 0
    for first, end, form in sentence.tokens():
        start, stop = spell(form, text, position)
        if start < 0:
            rest = text[position : position + 40].strip()
            raise TextMismatch(first, f"where the word is {form!r} the text goes on with {rest!r}")
        words = sentence.forms[first:end]
        if end - first == 1:
            starts.append(start + offset)
            ends.append(stop + offset)
            virtual.append(False)
        else:
            parts = _split_token(words, text, start, stop)
            exact = parts is not None
            for a, b in parts or [(start, stop)] * len(words):
                starts.append(a + offset)
                ends.append(b + offset)
                virtual.append(not exact)
        position = stop
    if text[position:].strip():
        rest = text[position : position + 40].strip()
        raise TextMismatch(len(sentence.forms) - 1, f"after the last word the text goes on with {rest!r}")
    sentence.starts, sentence.ends, sentence.virtual = starts, ends, virtual


def _split_token(words: list[str], text: str, start: int, stop: int) -> list[tuple[int, int]] | None:
    """The span of each word if the words of a multiword token spell it (letter case aside), else None."""
    surface = text[start:stop]
    if sum(map(len, words)) == len(surface) and "".join(words).lower() == surface.lower():
        bounds = []
        for word in words:
            bounds.append((start, start + len(word)))
            start += len(word)
        return bounds
    spans = []
    position = start
    for word in words:
        a, position = spell(word, text[:stop], position)
        if a < 0:
            return None
        spans.append((a, position))
    return None if text[position:stop].strip() else spans


def text_from_words(sentence: Sentence) -> str:
    """The text of a sentence whose file gives none: the tokens, with blanks where MISC does not deny them."""
    parts: list[str] = []
    misc_of_token = {token.first: token.misc for token in sentence.multiword}
    for first, _, form in sentence.tokens():
        misc = misc_of_token.get(first)
        if misc is None:
            misc = sentence.misc[first] if sentence.misc else ""
        parts.append(form)
        parts.append("" if "SpaceAfter=No" in misc.split("|") else " ")
    return "".join(parts).strip()


def assemble(document: Document) -> Document:
    """Build the document's text from its sentences' texts and place every word in it; returns `document`.

    Raises TextMismatch if a sentence's text is not that of its words.
    """
    parts: list[str] = []
    length = 0
    for number, sentence in enumerate(document.sentences):
        if not sentence.text:
            sentence.text = text_from_words(sentence)
        if number:
            gap = PARAGRAPH_BREAK if sentence.newpar or sentence.newdoc else SENTENCE_BREAK
            parts.append(gap)
            length += len(gap)
        if not sentence.starts:
            place_words(sentence, length)
        else:  # placed while reading, relative to the sentence
            sentence.starts = [start + length for start in sentence.starts]
            sentence.ends = [end + length for end in sentence.ends]
        parts.append(sentence.text)
        length += len(sentence.text)
    document.text = text = "".join(parts)
    for sentence in document.sentences:
        sentence.space_after = [text[end : end + 1] == " " for end in sentence.ends]
        for token in sentence.multiword:
            if any(sentence.virtual[token.first : token.end]):
                sentence.space_after[token.first : token.end - 1] = [False] * (token.end - 1 - token.first)
    return document


class NonBlank:
    """The characters of a text that are no white space, and where they stand: for alignment across blanks."""

    def __init__(self, text: str) -> None:
        self.positions = [i for i, char in enumerate(text) if not char.isspace()]
        self.text = "".join(text[i] for i in self.positions)

    def index(self, position: int) -> int:
        """The number of non-blank characters before `position` of the text."""
        return bisect_left(self.positions, position)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the text of the non-blank characters ``start <= i < end`` (start < end)."""
        return self.positions[start], self.positions[end - 1] + 1
