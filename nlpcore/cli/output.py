"""What commands print: tables for people, CoNLL-U and JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from nlpcore.cli.arcs import draw
from nlpcore.models.info import printable

if TYPE_CHECKING:
    from nlpcore.tokens import Doc, Span

COLUMNS = ("word", "lemma", "UPOS", "tag", "features", "dep", "entity")

#: UPOS -> colour: content words stand out, function words and punctuation stand back
POS_COLOURS = {
    "NOUN": "cyan",
    "PROPN": "bold cyan",
    "PRON": "bright_cyan",
    "VERB": "green",
    "AUX": "bright_green",
    "ADJ": "yellow",
    "ADV": "bright_yellow",
    "NUM": "magenta",
    "PUNCT": "dim",
    "SYM": "dim",
    "SPACE": "dim",
}
ENTITY_COLOURS = {
    "PER": "black on bright_magenta",
    "PERSON": "black on bright_magenta",
    "ORG": "black on bright_cyan",
    "LOC": "black on bright_yellow",
    "GPE": "black on bright_yellow",
}
OTHER_ENTITY = "black on bright_green"


def write(docs: Iterable[Doc], format: str, out: TextIO) -> None:
    """Print Docs as they come."""
    if format == "table":
        _write_tables(docs, out)
        return
    for doc in docs:
        if format == "conllu":
            from nlpcore.training.conllu import to_conllu

            text = to_conllu(doc).rstrip("\n") + "\n"
        else:
            text = json.dumps(doc.to_json(), ensure_ascii=True)
        print(text, file=out)
        out.flush()


def _write_tables(docs: Iterable[Doc], out: TextIO) -> None:
    pretty = out.isatty() and _can_show(out)
    for number, doc in enumerate(docs):
        if number:
            print(file=out)
        for sentence in _sentences(doc):
            if pretty:
                _print_pretty(sentence, out)
            else:
                _print_plain(sentence, out)
        out.flush()


def _can_show(out: TextIO) -> bool:
    """True if box characters can be printed."""
    try:
        "╭▸│".encode(out.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _sentences(doc: Doc) -> list[Span]:
    spans = list(doc.sents) if doc.has_annotation("SENT_START") else [doc[:]]
    return [span for span in spans if any(not token.is_space for token in span)]


def rows(sentence: Span) -> list[tuple[str, ...]]:
    """The words of a sentence: word, lemma, UPOS, tag, features, relation, entity."""
    lines: list[tuple[str, ...]] = []
    for token in sentence:
        if token.is_space:
            continue
        iob = token.ent_iob_
        entity = f"{iob}-{token.ent_type_}" if iob in ("B", "I") and token.ent_type_ else ""
        lines.append(
            (
                _visible(token.text),
                _visible(token.lemma_),
                token.pos_,
                token.tag_,
                str(token.morph),
                token.dep_,
                entity,
            )
        )
    return lines


def _visible(text: str) -> str:
    """Control characters and lone surrogates as escapes: they would wreck the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _print_plain(sentence: Span, out: TextIO) -> None:
    """Aligned columns; those without any value are left out."""
    lines = rows(sentence)
    used = [i for i in range(len(COLUMNS)) if i == 0 or any(line[i] for line in lines)]
    table = [[COLUMNS[i] for i in used], *([line[i] for i in used] for line in lines)]
    widths = [max(len(row[i]) for row in table) for i in range(len(used))]
    for row in table:
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        print(printable(text, out.encoding), file=out)
    print(file=out)


def _print_pretty(sentence: Span, out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = rows(sentence)
    used = [i for i in range(1, len(COLUMNS)) if any(line[i] for line in lines)]
    arcs = _arcs(sentence)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    if arcs is not None:
        table.add_column("", no_wrap=True, justify="right", style="bright_black")
    table.add_column(COLUMNS[0], no_wrap=True)
    for i in used:
        table.add_column(COLUMNS[i], no_wrap=COLUMNS[i] != "features", overflow="fold")
    for number, line in enumerate(lines):
        cells = [Text(arcs[number])] if arcs is not None else []
        entity = line[6]
        style = _entity_style(entity) if entity else POS_COLOURS.get(line[2], "")
        cells.append(Text(line[0], style=style))
        for i in used:
            cells.append(Text(line[i], style=_style(COLUMNS[i], line)))
        table.add_row(*cells)
    Console(file=out, highlight=False).print(table)


def _style(column: str, line: tuple[str, ...]) -> str:
    if column == "UPOS":
        return POS_COLOURS.get(line[2], "")
    if column == "entity" and line[6]:
        return _entity_style(line[6])
    return (
        "bold"
        if column == "dep" and line[5].lower() == "root"
        else "bright_black"
        if column == "features"
        else ""
    )


def _entity_style(entity: str) -> str:
    return ENTITY_COLOURS.get(entity[2:], OTHER_ENTITY)


def _arcs(sentence: Span) -> list[str] | None:
    """The drawn arcs of a sentence's words; None where there is no parse, or no room."""
    if not sentence.doc.has_annotation("DEP"):
        return None
    words = [token for token in sentence if not token.is_space]
    place = {token.i: number for number, token in enumerate(words)}
    return draw([place.get(token.head.i, number) for number, token in enumerate(words)])


def print_card(data: dict[str, Any]) -> None:
    """A model's card, with colour where there is some."""
    import sys

    from nlpcore.models.info import as_text, rows

    if not (sys.stdout.isatty() and _can_show(sys.stdout)):
        print(printable(as_text(data), sys.stdout.encoding))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for what, text in rows(data):
        table.add_row(what, Text(text))
    Console(highlight=False).print(table)
