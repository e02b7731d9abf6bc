"""Russian: what a pipeline needs to know of the language before it has learned anything."""

from __future__ import annotations

from ..codes import writing_system
from ..defaults import BaseDefaults, RulesOf


class RussianDefaults(BaseDefaults):
    """Defaults of `Russian`."""

    tokenizer_data = RulesOf("nlpcore.lang.ru.rules", "TOKENIZER_DATA")
    writing_system = writing_system("ru")
