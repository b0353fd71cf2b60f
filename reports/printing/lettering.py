"""The letters of a drawing that stands in a paper: Computer Modern, as the paper around it.

matplotlib brings the shapes, but not in Unicode's places: its cmr10 has other letters for < > | { }
and _, and no Greek. They are set as mathematics, where it knows them all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from overspec.reports.printing.tex import MATH

#: Settings of matplotlib; what cmr10 lacks is taken from a font with serifs.
ROMAN: dict[Any, Any] = {
    "font.family": ["cmr10", "DejaVu Serif"],
    "mathtext.fontset": "cm",
    "axes.formatter.use_mathtext": True,
}

#: TeX that matplotlib does not know: these signs come from the font with serifs.
UNKNOWN = (r"\tfrac12", r"\tfrac14", r"\surd")
_FORMULA = re.compile(r"((?<!\\)\$.*?(?<!\\)\$)")
_SIGNS = {
    **{sign: tex for sign, tex in MATH.items() if tex not in UNKNOWN},
    **{sign: sign for sign in "<>|"},
    **{sign: rf"\{sign}" for sign in "{}_"},
}


def roman(text: str) -> str:
    r"""A label of matplotlib's in which every sign that cmr10 lacks is mathematics.

    >>> print(roman("|θ| < 1 and $a_{1}$"))
    $|$$\theta$$|$ $<$ 1 and $a_{1}$
    """
    parts = _FORMULA.split(text)
    for n in range(0, len(parts), 2):  # those between are mathematics already
        parts[n] = "".join(f"${_SIGNS[c]}$" if c in _SIGNS else c for c in parts[n])
    return "".join(parts)


def set_roman(canvas: Any) -> None:
    """All words of a figure of matplotlib's in `roman` letters; numbers at ticks are already."""
    from matplotlib.text import Text

    for words in canvas.findobj(Text):
        if words.get_text():
            words.set_text(roman(words.get_text()))


@contextmanager
def unquestioned() -> Iterator[None]:
    """fontTools remarks on the age of cmr10 each time: not a user's concern."""
    remarks = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")
    before, remarks.disabled = remarks.disabled, True
    try:
        yield
    finally:
        remarks.disabled = before
