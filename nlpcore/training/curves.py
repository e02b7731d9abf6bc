"""Learning curves as an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ..models.files import write_file

WIDTH, PANEL, MARGIN, LEGEND = 640, 220, 46, 150
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f")
#: of more scores than these, the picture would show none well
MOST_LINES = len(COLOURS)


def write_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Scores and losses by pass, one panel each.

    history: dicts with ``epoch``, ``scores`` and ``losses``. Raises OSError.
    """
    epochs = [line["epoch"] for line in history]
    panels = [
        _panel(title, epochs, [line[key] for line in history], i * (PANEL + MARGIN))
        for i, (title, key) in enumerate((("scores", "scores"), ("loss of a token", "losses")))
    ]
    height = len(panels) * (PANEL + MARGIN) + 10
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
        f"{''.join(panels)}</svg>\n"
    )
    write_file(path, text.encode())


def _panel(title: str, epochs: Sequence[int], values: Sequence[Mapping[str, float]], top: float) -> str:
    found = (name for line in values for name, value in line.items() if isinstance(value, (int, float)))
    names = list(dict.fromkeys(found))[:MOST_LINES]
    numbers = [line[name] for line in values for name in names if name in line]
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    high = high if high > low else low + 1
    left, right, bottom = MARGIN, WIDTH - LEGEND, top + PANEL

    def x(epoch: int) -> float:
        return left + (right - left) * (epoch - epochs[0]) / max(1, epochs[-1] - epochs[0])

    def y(value: float) -> float:
        return bottom - (PANEL - 30) * (value - low) / (high - low)

    parts = [
        f'<text x="{left}" y="{top + 18:.0f}" font-weight="bold">{escape(title)}</text>',
        f'<path d="M{left},{top + 30:.0f}V{bottom:.0f}H{right}" fill="none" stroke="#444"/>',
        f'<text x="{left - 4}" y="{y(high) + 4:.1f}" text-anchor="end">{high:.4g}</text>',
        f'<text x="{left - 4}" y="{y(low) + 4:.1f}" text-anchor="end">{low:.4g}</text>',
        f'<text x="{left}" y="{bottom + 14:.0f}">pass {epochs[0]}</text>',
        f'<text x="{right}" y="{bottom + 14:.0f}" text-anchor="end">{epochs[-1]}</text>',
    ]
    for i, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        points = [(x(e), y(line[name])) for e, line in zip(epochs, values, strict=True) if name in line]
        line_to = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line_to}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2" fill="{colour}"/>' for a, b in points]
        place = f'x="{right + 10}" y="{top + 40 + 15 * i:.0f}"'
        parts.append(f'<text {place} fill="{colour}">{escape(name)}</text>')
    return "".join(parts)
