"""Regular expressions from lists of patterns, for tokenizers with rules of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["compile_infix_regex", "compile_prefix_regex", "compile_suffix_regex"]


def compile_prefix_regex(entries: Iterable[str | re.Pattern[str]]) -> re.Pattern[str]:
    """A regular expression that finds any of the patterns at the start of a string.

    entries: patterns as in `nlp.Defaults.prefixes`. Use: `nlp.tokenizer.prefix_search = regex.search`.
    """
    return re.compile("|".join(f"^(?:{pattern})" for pattern in _patterns(entries)))


def compile_suffix_regex(entries: Iterable[str | re.Pattern[str]]) -> re.Pattern[str]:
    """A regular expression that finds any of the patterns at the end of a string.

    entries: patterns as in `nlp.Defaults.suffixes`. Use: `nlp.tokenizer.suffix_search = regex.search`.
    """
    return re.compile("|".join(f"(?:{pattern})$" for pattern in _patterns(entries)))


def compile_infix_regex(entries: Iterable[str | re.Pattern[str]]) -> re.Pattern[str]:
    """A regular expression that finds any of the patterns anywhere in a string.

    entries: patterns as in `nlp.Defaults.infixes`. Use: `nlp.tokenizer.infix_finditer = regex.finditer`.
    """
    return re.compile("|".join(f"(?:{pattern})" for pattern in _patterns(entries)))


def _patterns(entries: Iterable[str | re.Pattern[str]]) -> list[str]:
    texts = (entry.pattern if isinstance(entry, re.Pattern) else entry for entry in entries)
    return [text for text in texts if text.strip()]
