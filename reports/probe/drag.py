"""The portrait of the amplitudes with a start that is dragged in it: a widget of the page."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets
from markupsafe import Markup

from overspec.reports.probe.controls import FARTHEST
from overspec.reports.probe.page import STYLE, curves_evidence, evidence_tag
from overspec.reports.probe.parts import Part
from overspec.reports.probe.svg import frame, svg


class Portrait(anywidget.AnyWidget):
    """A drawing with a point in it: Python draws, the page says where the point was put.

    Attributes:
        at: the amplitudes (a_1, a_2) of the point: given at first, then the page's.
        shown: the drawing, its caption, its frame and its number, all at once: the page asks again
            only after it has seen the last answer, and a new number is one even if all else is old.
    """

    _esm = Path(__file__).with_name("portrait.js")
    _css = STYLE
    at = traitlets.List(traitlets.Float()).tag(sync=True)
    farthest = traitlets.Float(FARTHEST).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    def show(self, part: Part) -> None:
        """Draw `probe_motion.phase_part` for a start.

        >>> from overspec.reports.probe.choice import Choice
        >>> from overspec.reports.probe.view import part
        >>> portrait = Portrait(at=[1.0, 0.5])
        >>> portrait.show(part("phase", Choice.read({"amplitudes": "1,1/2"})))
        >>> portrait.shown["drawing"][:5], portrait.shown["frame"]["box"]
        ('<svg ', '0 0 420 366')
        """
        if part.figure is None or part.evidence is None:
            return
        words = Markup("<p>{} {}</p>{} {}").format(
            part.words[0],
            evidence_tag(part.evidence),
            part.figure.caption,
            curves_evidence(part.figure),
        )
        self.shown = {
            "drawing": svg(part.figure),
            "caption": str(words),
            "frame": frame(part.figure),
            "number": self.shown.get("number", 0) + 1,
        }
