"""The letters of a drawing in a paper: nothing turns into another sign."""

from __future__ import annotations

import re

import matplotlib
import pytest

from overspec.evidence import Provenance
from overspec.figure import FigureData, Series
from overspec.reports.content.document import Figure
from overspec.reports.printing.drawing import draw
from overspec.reports.printing.lettering import UNKNOWN, roman
from overspec.reports.printing.tex import MATH


@pytest.mark.parametrize("sign", sorted({*MATH, *'<>|{}_\\^~"'}))
def test_every_sign_is_set_by_matplotlib(sign: str) -> None:
    from matplotlib.mathtext import MathTextParser

    label = roman(f"a{sign}b")
    with matplotlib.rc_context({"mathtext.fontset": "cm"}):
        MathTextParser("path").parse(label)
    assert "$" in label or sign in '\\^~"' or MATH[sign] in UNKNOWN


def test_what_matplotlib_does_not_know_is_known_to_it_nowhere() -> None:
    from matplotlib.mathtext import MathTextParser

    for tex in UNKNOWN:
        with pytest.raises(ValueError, match="Unknown symbol"):
            MathTextParser("path").parse(f"${tex}$")


@pytest.mark.slow
def test_a_drawing_for_a_paper_has_its_letters(capfd: pytest.CaptureFixture[str]) -> None:
    line = Series.of("|θ| < 1", "line", (1, 2), (1, 3))
    provenance = Provenance("overspec", "1")
    figure = Figure(FigureData.of("x", "t", "c", ("a_m", "γ"), (line,), provenance))
    pdf = draw(figure, "pdf")
    fonts = set(re.findall(rb"/BaseFont /[A-Z]{6}\+([A-Za-z0-9-]+)", pdf))
    assert b"Cmr10" in {font.capitalize() for font in fonts}
    assert not any(b"Sans" in font for font in fonts)
    assert capfd.readouterr() == ("", "")
    assert b"Cmr10" not in draw(figure, "svg")
