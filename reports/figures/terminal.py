"""A figure drawn with characters, for a terminal: the same data as `reports.drawing` draws.

Lines are made of Braille dots, eight to a character; named points carry the mark of their curve.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from overspec.figure import FigureData, Panel, Series

WIDTH, HEIGHT = 68, 18  # characters of the plane itself
MARKS = "o×+*#@%&"
LINES = ("line", "path", "limit", "bound", "guide")  # styles whose points are joined
APART = 8  # characters between the marks on a line
#: Braille dots by their place in a character: two columns, four rows.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
BLANK = 0x2800

Plane = list[list[str]]
Place = tuple[float, float]


def sketch(data: FigureData, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The figure as lines of text, panel below panel, with axes and a legend.

    Args:
        data: numbers that cannot be drawn on a logarithmic axis are left out.
        width, height: of the plane in characters.

    >>> from overspec.evidence import Provenance
    >>> line = Panel("", (Series("y = x", "points", ("0", "1", "2"), ("0", "1", "2")),))
    >>> shape = ("x", "y", "linear", "linear", False, (line,), Provenance("", ""))
    >>> print(sketch(FigureData("f", "T", "", *shape), 11, 3))
    T
    y
    2 │          o
    1 │     o
    0 │o
      └───────────
       0         2
    x
    o y = x
    """
    parts = [data.title]
    for panel in data.panels:
        parts += [panel.title] if panel.title else []
        parts += [data.y_label, *_panel(panel, data, width, height), data.x_label]
        parts += [f"{mark} {series.label}" for mark, series in _marked(panel) if series.label]
    return "\n".join(part.rstrip() for part in parts)


def _marked(panel: Panel) -> list[tuple[str, Series]]:
    """Each series with the mark of its points: one for each name, a dot for the nameless."""
    marks: dict[str, str] = {}
    result = []
    for series in panel.series:
        if series.label:
            marks.setdefault(series.label, MARKS[len(marks) % len(MARKS)])
        result.append((marks.get(series.label, "·"), series))
    return result


def _panel(panel: Panel, data: FigureData, width: int, height: int) -> list[str]:
    across, up = _scaled(data.x_scale), _scaled(data.y_scale)
    curves = [
        (mark, series, [(across(x), up(y)) for x, y in _numbers(series, data)])
        for mark, series in _marked(panel)
    ]
    every = [place for *_, places in curves for place in places]
    if not every:
        return ["(no points)"]
    left, right = _ends([x for x, _ in every])
    low, high = _ends([y for _, y in every])
    plane: Plane = [[" "] * width for _ in range(height)]

    def cell(place: Place) -> Place:
        """In characters, from the upper left corner."""
        return (
            (place[0] - left) / (right - left) * (width - 1),
            (high - place[1]) / (high - low) * (height - 1),
        )

    for _, series, places in curves:
        if series.style in LINES:
            for start, end in itertools.pairwise(places):
                _join(plane, cell(start), cell(end))
    for mark, series, places in curves:
        last = -math.inf
        for place in places if series.label and series.style != "guide" else ():
            x, y = cell(place)
            if series.style not in LINES or x >= last + APART:
                plane[round(y)][round(x)] = mark
                last = x
    ticks = {0: high, height // 2: high - (height // 2) * (high - low) / (height - 1),
             height - 1: low}  # fmt: skip
    names = {row: _tick(value, data.y_scale) for row, value in ticks.items()}
    margin = max(map(len, names.values()))
    lines = [
        f"{names.get(number, ''):>{margin}} │{''.join(row)}" for number, row in enumerate(plane)
    ]
    ends = _tick(left, data.x_scale), _tick(right, data.x_scale)
    foot = f"{ends[0]}{ends[1]:>{max(1, width - len(ends[0]))}}"
    return [*lines, f"{'':>{margin}} └{'─' * width}", f"{'':>{margin}}  {foot}"]


def _numbers(series: Series, data: FigureData) -> list[Place]:
    pairs = [(float(x), float(y)) for x, y in zip(series.x, series.y, strict=True)]
    return [
        (x, y)
        for x, y in pairs
        if (x > 0 or data.x_scale != "log") and (y > 0 or data.y_scale != "log")
    ]


def _scaled(scale: str) -> Callable[[float], float]:
    return math.log10 if scale == "log" else lambda value: value


def _ends(values: Sequence[float]) -> Place:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _join(plane: Plane, start: Place, end: Place) -> None:
    """Braille dots from one place to another."""
    (x, y), (across, down) = start, (end[0] - start[0], end[1] - start[1])
    steps = max(1, math.ceil(max(2 * abs(across), 4 * abs(down))))
    for step in range(steps + 1):
        column = round(2 * (x + across * step / steps))
        row = round(4 * (y + down * step / steps))
        line = plane[min(row // 4, len(plane) - 1)]
        place = min(column // 2, len(line) - 1)
        dot = DOTS[row % 4][column % 2]
        old = ord(line[place]) - BLANK if ord(line[place]) > BLANK else 0
        line[place] = chr(BLANK + (old | dot))


def _tick(value: float, scale: str) -> str:
    return f"{10**value if scale == 'log' else value:.3g}"
