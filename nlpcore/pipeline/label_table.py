"""Labels of a component as a table: what it is asked for, added to, and restored from a file."""

from __future__ import annotations

from typing import Any

from ..errors import LabelError, ModelDataError


class LabelTable:
    """Mixin: the component's labels in the order in which they were added, each with its index."""

    vocab: Any
    _labels: dict[str, int]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._labels)

    @property
    def label_data(self) -> Any:
        return tuple(self._labels)

    def add_label(self, label: str) -> int:
        """Add a label. Returns 1 if it is new, else 0. A trained component grows by an untrained label."""
        if not isinstance(label, str):
            raise LabelError(type=type(label).__name__, label=label)
        if label in self._labels:
            return 0
        self.before_label()
        self._labels[label] = len(self._labels)
        self.vocab.strings.add(label)
        self.label_added()
        return 1

    def before_label(self) -> None:
        """Build what must be built for the labels as they are before one is added."""

    def label_added(self) -> None:
        """Make room for the newest label in what has been built for the others."""

    def restore_labels(self, labels: Any, owner: str) -> None:
        """Take over labels from a file; ModelDataError unless they are different strings."""
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise ModelDataError(reason=f"the labels of {owner!r} are no list of strings")
        table = {label: i for i, label in enumerate(labels)}
        if len(table) != len(labels):
            raise ModelDataError(reason=f"the labels of {owner!r} are not all different")
        self._labels = table
        for label in table:
            self.vocab.strings.add(label)
