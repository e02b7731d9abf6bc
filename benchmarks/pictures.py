"""Pictures for the report, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

OURS, OTHERS = "#1f6f8b", "#b9c4c9"
WIDTH, LEFT, RIGHT, ROW = 720, 230, 110, 28


def bars(title: str, rows: Sequence[tuple[str, float, str, bool]]) -> str:
    """Horizontal bars. rows: label, value, what to write at the bar's end, whether it is one of ours."""
    most = max((value for _, value, _, _ in rows), default=0.0) or 1.0
    height = 50 + ROW * len(rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for i, (label, value, text, ours) in enumerate(rows):
        y = 42 + ROW * i
        length = (WIDTH - LEFT - RIGHT) * max(value, 0.0) / most
        colour = OURS if ours else OTHERS
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"/>',
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 14}">{escape(text)}</text>',
        ]
    return "\n".join([*lines, "</svg>\n"])
