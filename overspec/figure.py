"""The data of a figure, as a ledger keeps them and a report draws them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

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

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"series {self.label!r}: {len(self.x)} x for {len(self.y)} y")
        if self.style not in STYLES:
            raise ValueError(f"series {self.label!r}: style {self.style!r}, not in {STYLES}")
        for number in (*self.x, *self.y):
            if not math.isfinite(float(number)):
                raise ValueError(f"series {self.label!r}: {number} cannot be drawn")


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

    def __post_init__(self) -> None:
        if not NAMES.fullmatch(self.id) or self.id == "dependencies":  # that is the graph's
            raise ValueError(f"figure {self.id!r}: its id must be letters, digits and hyphens")
        if not {self.x_scale, self.y_scale} <= set(SCALES):
            raise ValueError(f"figure {self.id!r}: the scales are {', '.join(SCALES)}")
        if not self.panels:
            raise ValueError(f"figure {self.id!r} has no panels")
