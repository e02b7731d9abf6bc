"""NumPy, imported when something of it is asked for.

``from nlpcore.lazy import numpy as np`` stands for ``import numpy as np`` in whatever is imported to load a
model and to annotate a text: neither needs arrays, and NumPy's import takes longer than both.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class LazyModule(ModuleType):
    """Stands for the module of this name; the first attribute that is asked for imports it."""

    def __getattr__(self, name: str) -> Any:
        module = import_module(self.__name__)
        # From now on, its attributes are this object's own and cost what they cost there.
        vars(self).update({key: value for key, value in vars(module).items() if key[:2] != "__"})
        return getattr(module, name)


def is_loaded(module: str) -> bool:
    """Whether anybody has imported it: if not, no object is of one of its types."""
    return module in sys.modules


if TYPE_CHECKING:
    import numpy as numpy
else:
    numpy = LazyModule("numpy")
