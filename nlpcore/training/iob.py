"""Named entities from column files with one tag a token, and their way onto a treebank's documents.

The reader takes IOB1, IOB2 and BILUO (also with E and S for L and U) in files whose columns are separated by
tabs or blanks: `form … tag`, or with the numbered layout of Universal NER, `id form tag …`. Lines that start
with ``#`` before a sentence are comments; ``-DOCSTART-`` and ``# newdoc`` start a document. In a file that
has neither, each sentence is a document of its own. The tag ``-`` says that the token is not annotated.
"""

from __future__ import annotations

import codecs
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath

from ..errors import IobError
from .documents import Document, Entity, Sentence
from .raw_text import NonBlank, TextMismatch, assemble
from .spacing import guess_spaces

#: How the labels of well-known corpora map to PER, ORG and LOC. A label mapped to "O" is no entity, one
#: mapped to None makes the span unknown: what it is in these three labels cannot be said. "*": all others.
LABEL_MAPS: dict[str, dict[str, str | None]] = {
    "uner": {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "OTH": "O", "O": "O"},
    "btc": {"PER": "PER", "ORG": "ORG", "LOC": "LOC"},
    "wnut17": {"person": "PER", "location": "LOC", "corporation": "ORG", "group": "ORG", "*": "O"},
    "wikigold": {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "MISC": None},
    "sec": {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "MISC": None},
    "crossner": {
        "person": "PER",
        "politician": "PER",
        "scientist": "PER",
        "researcher": "PER",
        "writer": "PER",
        "musicalartist": "PER",
        "organisation": "ORG",
        "university": "ORG",
        "politicalparty": "ORG",
        "band": "ORG",
        "location": "LOC",
        "country": "LOC",
        "astronomicalobject": None,
        "academicjournal": None,
        "magazine": None,
        "conference": None,
        "event": None,
        "misc": None,
        "*": "O",
    },
}

BEGIN, LAST, PREFIXES = "BUS", "LEUS", "BILUES"


def read_iob(
    path: str | PathLike[str],
    *,
    labels: str | Mapping[str, str | None] | None = None,
    scheme: str = "any",
    form_column: int | None = None,
    tag_column: int | None = None,
    guess_blanks: bool = False,
) -> Iterator[Document]:
    """Read the documents of a column file, one at a time.

    labels: a name in `LABEL_MAPS` or a dictionary: label in the file → label, or "O" (no entity), or None
        (the span's label is unknown). Key "*" stands for all others; without it others are errors.
        None: labels are kept as they are.
    scheme: "iob2" makes an I- that continues nothing an error; "any" takes it as the beginning of an entity,
        which is what IOB1 means by it.
    form_column, tag_column: 0-based, negative from the end; by default 1 and 2 if the first line starts with
        the number 1 and has three columns or more, else the first and the last.
    guess_blanks: where a sentence has no ``# text``, leave out the blanks that English text would not have
        ("do n't" → "don't"; see `spacing`); else tokens are joined by one blank.
    Raises IobError (a ValueError) naming file and line, OSError.
    """
    if scheme not in ("any", "iob2"):
        raise ValueError(f"scheme is {scheme!r}; it is 'any' or 'iob2'")
    mapping = LABEL_MAPS[labels] if isinstance(labels, str) else labels
    name = fspath(path)
    with open(path, "rb") as file:
        reader = _Reader(name, mapping, scheme == "iob2", form_column, tag_column, guess_blanks)
        yield from reader.documents(file)


@dataclass
class _Reader:
    path: str
    labels: Mapping[str, str | None] | None
    strict: bool
    form_column: int | None
    tag_column: int | None
    guess_blanks: bool = False
    grouped: bool = False  # the file marks its documents
    tabs: bool = False
    name: str = ""

    def fail(self, line: int, problem: str) -> IobError:
        return IobError(path=self.path, line=line, problem=problem)

    def documents(self, lines: Iterable[bytes]) -> Iterator[Document]:
        sentences: list[Sentence] = []
        for sentence in self.sentences(lines):
            if sentences and (sentence.newdoc or not self.grouped):
                yield self._document(sentences)
                sentences = []
            if sentence.newdoc:
                self.name = sentence.sent_id if not sentence.forms else _value(sentence.comments, "newdoc")
            if sentence.forms:
                sentences.append(sentence)
        if sentences:
            yield self._document(sentences)

    def _document(self, sentences: list[Sentence]) -> Document:
        try:
            document = assemble(Document(sentences, name=self.name, path=self.path))
        except TextMismatch:  # the text in the comments is not that of the tokens: build it from these
            for sentence in sentences:
                sentence.text, sentence.starts = "", []
            document = assemble(Document(sentences, name=self.name, path=self.path))
        for sentence in sentences:  # from words to characters
            for entity in sentence.entities or ():
                entity.start, entity.end = sentence.starts[entity.start], sentence.ends[entity.end - 1]
        return document

    def sentences(self, lines: Iterable[bytes]) -> Iterator[Sentence]:
        comments: list[str] = []
        rows: list[tuple[int, str, str]] = []
        for number, raw in enumerate(lines, 1):
            if number == 1 and raw.startswith(codecs.BOM_UTF8):
                raw = raw[len(codecs.BOM_UTF8) :]
            try:
                line = raw.decode("utf8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise self.fail(number, f"not UTF-8 (byte {error.start + 1} of the line)") from None
            if not line.strip():
                if rows:
                    yield self._sentence(rows, comments)
                    rows, comments = [], []
            elif line.startswith("-DOCSTART-"):
                self.grouped = True
                comments.append("# newdoc")
            elif line.startswith("#") and not rows and self._is_comment(line):
                comments.append(line)
                if line[1:].split()[:1] == ["newdoc"]:
                    self.grouped = True
            else:
                form, tag = self._columns(line, number)
                if form:
                    rows.append((number, form, tag))
        if rows:
            yield self._sentence(rows, comments)

    def _is_comment(self, line: str) -> bool:
        # "#hashtag<TAB>O" and "# O" are tokens; comments look like "# key = value" or "# newdoc".
        return line.startswith("# ") and ("=" in line or line[2:].strip() in ("newdoc", "newpar"))

    def _columns(self, line: str, number: int) -> tuple[str, str]:
        if self.form_column is None or self.tag_column is None:
            self.tabs = "\t" in line
            columns = line.split("\t") if self.tabs else line.split()
            numbered = columns[0] == "1" and len(columns) >= 3
            self.form_column = self.form_column if self.form_column is not None else int(numbered)
            self.tag_column = self.tag_column if self.tag_column is not None else (2 if numbered else -1)
        else:
            columns = line.split("\t") if "\t" in line else line.split()
        needed = max(self.form_column, self.tag_column, 1) + 1
        if len(columns) < needed:
            raise self.fail(number, f"{len(columns)} columns where a token and its tag need {needed}")
        form, tag = columns[self.form_column].strip(), columns[self.tag_column].strip()
        if not form and tag != "O":  # one without characters and without entity can be left out
            raise self.fail(number, f"the token is empty, but its tag is {tag!r}")
        return form, tag

    def _sentence(self, rows: list[tuple[int, str, str]], comments: list[str]) -> Sentence:
        sentence = Sentence([form for _, form, _ in rows], comments=comments, line=rows[0][0], boundary=False)
        sentence.newdoc = any(comment[1:].split()[:1] == ["newdoc"] for comment in comments)
        sentence.newpar = any(comment[1:].split()[:1] == ["newpar"] for comment in comments)
        sentence.sent_id = _value(comments, "sent_id")
        sentence.text = _value(comments, "text")
        if self.guess_blanks:
            spaces = guess_spaces(sentence.forms)
            sentence.misc = ["" if space else "SpaceAfter=No" for space in spaces]
        entities: list[Entity] = []
        label = ""  # of the entity that is open
        for i, (number, _, tag) in enumerate(rows):
            if tag == "-":
                entities.append(Entity(i, i + 1, None))
                label = ""
                continue
            if tag == "O":
                label = ""
                continue
            prefix, dash, name = tag.partition("-")
            if not dash or len(prefix) != 1 or prefix not in PREFIXES or not name:
                raise self.fail(number, f"{tag!r} is no entity tag; O, B-LABEL and I-LABEL are")
            if prefix not in BEGIN and label == name:
                entities[-1].end = i + 1
            elif prefix not in BEGIN and self.strict:
                raise self.fail(number, f"{tag} continues no entity; in IOB2 an entity starts with B-{name}")
            else:
                entities.append(Entity(i, i + 1, name))
            label = "" if prefix in LAST else name
        sentence.entities = self._mapped(entities, rows)
        return sentence

    def _mapped(self, entities: list[Entity], rows: list[tuple[int, str, str]]) -> list[Entity]:
        if self.labels is None:
            return entities
        kept = []
        for entity in entities:
            if entity.label is not None:
                if entity.label in self.labels:
                    entity.label = self.labels[entity.label]
                elif "*" in self.labels:
                    entity.label = self.labels["*"]
                else:
                    raise self.fail(
                        rows[entity.start][0],
                        f"the label {entity.label!r} is not among those asked for: {', '.join(self.labels)}",
                    )
            if entity.label != "O":
                kept.append(entity)
        return kept


def _value(comments: list[str], key: str) -> str:
    for comment in comments:
        left, _, value = comment[1:].partition("=")
        if left.split()[:1] == [key]:
            return value.strip()
    return ""


@dataclass
class AttachReport:
    """What became of the entities of an IOB file when they were put onto a treebank."""

    sentences: int = 0
    entities: int = 0
    problems: list[IobError] = field(default_factory=list)
    unannotated: list[str] = field(default_factory=list)  # "file:line" of treebank sentences left without

    def __str__(self) -> str:
        return self.summary(len(self.problems) + len(self.unannotated))

    def summary(self, most: int) -> str:
        """The figures, and at most so many of the problems, one a line."""
        lines = list(map(str, self.problems))
        lines += [f"{place}: no sentence of the entity file has this text" for place in self.unannotated]
        if len(lines) > most:
            lines[most:] = [f"... and {len(lines) - most} more"]
        figures = (
            f"{self.entities} entities in {self.sentences} sentences attached; "
            f"{len(self.problems)} problems, {len(self.unannotated)} sentences without annotation"
        )
        return "\n".join([figures, *lines])


def attach_entities(documents: Iterable[Document], annotated: Iterable[Document]) -> AttachReport:
    """Put the entities of `annotated` onto the sentences of `documents` with the same characters, in place.

    White space is left out of the comparison and tokens need not agree: entities go by characters. Of several
    sentences with one text each is used once, in order. A sentence of `documents` for which there is none
    keeps ``entities`` None (unknown). Whatever does not fit is listed in the report with file and line.
    """
    report = AttachReport()
    pool: dict[str, deque[tuple[Document, Sentence]]] = defaultdict(deque)
    for document in annotated:
        for sentence in document.sentences:
            pool[_letters(document, sentence)].append((document, sentence))
    for document in documents:
        for sentence in document.sentences:
            found = pool.get(_letters(document, sentence))
            if not found:
                report.unannotated.append(f"{document.path}:{sentence.line}")
                continue
            source, other = found.popleft()
            _copy_entities(document, sentence, source, other, report)
    for left in pool.values():
        for source, sentence in left:
            if sentence.entities is not None:
                text = source.text[sentence.start : sentence.end]
                problem = f"no sentence of the treebank has this text: {text!r}"
                report.problems.append(IobError(path=source.path, line=sentence.line, problem=problem))
    report.problems.sort(key=lambda problem: (problem.path, problem.line))
    return report


def _letters(document: Document, sentence: Sentence) -> str:
    return "".join(document.text[sentence.start : sentence.end].split())


def _copy_entities(
    document: Document, sentence: Sentence, source: Document, other: Sentence, report: AttachReport
) -> None:
    if other.entities is None:
        return
    report.sentences += 1
    sentence.entities = []
    if not other.entities:
        return
    here = NonBlank(document.text[sentence.start : sentence.end])
    there = NonBlank(source.text[other.start : other.end])
    starts, ends = set(sentence.starts), set(sentence.ends)
    for entity in other.entities:
        first = there.index(entity.start - other.start)
        last = there.index(entity.end - other.start)
        start, end = here.span(first, last)
        start, end = start + sentence.start, end + sentence.start
        sentence.entities.append(Entity(start, end, entity.label))
        report.entities += 1
        if start not in starts or end not in ends:
            problem = (
                f"the entity {document.text[start:end]!r} does not begin and end with words of the treebank "
                f"({document.path}:{sentence.line}); it counts for scoring, not for training"
            )
            report.problems.append(IobError(path=source.path, line=other.line, problem=problem))
