"""The data of a figure, as a ledger keeps them and a report draws them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance

STYLES = ("line", "path", "points", "mark", "bound", "limit", "guide", "cells")
SCALES = ("linear", "log")
NAMES = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")


@dataclass(frozen=True)
class Series:
    """A curve or a set of points; numbers as decimal strings.

    Attributes:
        label: for the legend; empty for none.
        style: ``line``, ``path``, ``points``, ``mark``, ``bound``, ``limit`` or ``guide``; or
            ``cells``: points of a grid shaded alike, the next such series darker.
        x, y: equally many numbers.
        evidence: what the numbers are worth.
    """

    label: str
    style: str
    x: tuple[str, ...]
    y: tuple[str, ...]
    evidence: Evidence = Evidence.MEASURED

    @classmethod
    def of(
        cls,
        label: str,
        style: str,
        x: Iterable[Any],
        y: Iterable[Any],
        evidence: Evidence = Evidence.MEASURED,
    ) -> Series:
        """From numbers as they come: text as it is, whole numbers in full, others to 8 digits.

        >>> Series.of("a", "line", (10**9, 2), ("0.10", 1 / 3)).y
        ('0.10', '0.33333333')
        """
        return cls(label, style, tuple(map(_text, x)), tuple(map(_text, y)), evidence)

    @classmethod
    def through(
        cls,
        label: str,
        style: str,
        points: Sequence[tuple[Any, Any]],
        evidence: Evidence = Evidence.MEASURED,
    ) -> Series:
        """The same from points (x, y)."""
        return cls.of(label, style, [x for x, _ in points], [y for _, y in points], evidence)

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"series {self.label!r}: {len(self.x)} x for {len(self.y)} y")
        if self.style not in STYLES:
            raise ValueError(f"series {self.label!r}: style {self.style!r}, not in {STYLES}")
        for number in (*self.x, *self.y):
            if not math.isfinite(float(number)):
                raise ValueError(f"series {self.label!r}: {number} cannot be drawn")


def _text(number: Any) -> str:
    if isinstance(number, str):
        return number
    return str(int(number)) if isinstance(number, Integral) else decimal(number)


@dataclass(frozen=True)
class Panel:
    """Axes with their series."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class FigureData:
    """A figure: panels that share their axes' names and scales.

    Attributes:
        id: letters, digits and hyphens; names files and anchors.
        title, caption: for a reader; the caption says what is measured and how.
        x_label, y_label: with units, or the words that there are none.
        x_scale, y_scale: ``linear`` or ``log``.
        equal: whether both axes have the same scale.
    """

    id: str
    title: str
    caption: str
    x_label: str
    y_label: str
    x_scale: str
    y_scale: str
    equal: bool
    panels: tuple[Panel, ...]
    provenance: Provenance

    @classmethod
    def of(
        cls,
        id: str,
        title: str,
        caption: str,
        labels: tuple[str, str],
        content: Iterable[Panel] | Iterable[Series],
        provenance: Provenance,
        log: str = "",
        equal: bool = False,
    ) -> FigureData:
        """A figure of panels, or of the series of one panel without a title.

        Args:
            labels: of x and of y.
            log: the logarithmic axes: any of ``"x"``, ``"y"``, ``"xy"``; the others are linear.

        >>> line = Series.of("a", "line", (1, 2), (1, 4))
        >>> made = FigureData.of("f", "t", "c", ("n", "n²"), [line], Provenance("", ""), log="y")
        >>> made.x_scale, made.y_scale, made.panels[0].series == (line,)
        ('linear', 'log', True)
        """
        parts = tuple(content)
        series = tuple(part for part in parts if isinstance(part, Series))
        panels = tuple(part for part in parts if isinstance(part, Panel))
        x_scale, y_scale = ("log" if axis in log else "linear" for axis in "xy")
        return cls(
            id, title, caption, *labels, x_scale, y_scale, equal,
            (Panel("", series),) if series else panels, provenance,
        )  # fmt: skip

    def __post_init__(self) -> None:
        if not NAMES.fullmatch(self.id) or self.id == "dependencies":  # that is the graph's
            raise ValueError(f"figure {self.id!r}: its id must be letters, digits and hyphens")
        if not {self.x_scale, self.y_scale} <= set(SCALES):
            raise ValueError(f"figure {self.id!r}: the scales are {', '.join(SCALES)}")
        if not self.panels:
            raise ValueError(f"figure {self.id!r} has no panels")
