"""One colour and one dash for each quantity, in every drawing: reports, experiments, the probe.

The colours are Okabe and Ito's, which the colour-blind tell apart. A hue is a family of quantities
(γ, its limit, its lower bound), a dash is what is said of them: solid what is computed, dashed a
level or a limit, dotted what is predicted or proved to lie below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

#: By order of series, where a drawing has quantities without a look of their own.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
#: Dashes by their name in matplotlib: lengths of ink and gap, in pixels.
DASHES = {"-": (), "--": (7, 4), "-.": (9, 3, 2, 3), ":": (2, 4)}


@dataclass(frozen=True)
class Look:
    """How a quantity is drawn: its colour, its dash as matplotlib names it, and its labels.

    Attributes:
        label: matches what a series of this quantity is called.
    """

    colour: str
    dash: str
    label: str


BLUE, RED, GREEN, PINK, ORANGE, SKY = COLOURS
LOOKS = {
    "factor": Look(BLUE, "-", r"(smallest|least|min) (factor )?g\b.*|smallest factor g_m"),
    "hessian": Look(SKY, "-.", r"smallest eigenvalue of .*|λ_min.*"),
    "level": Look(RED, "--", r"cσ|threshold .*"),
    "sigma": Look(RED, ":", r"1 − σ|σ"),
    "gamma": Look(GREEN, "-", r"γ( .*|,.*)?"),
    "limit": Look(GREEN, "--", r"limit k → ∞"),
    "bound": Look(GREEN, ":", r"lower bound.*"),
    "weights": Look(ORANGE, "-", r"weights"),
    "spectrum": Look(ORANGE, "-", r"π̂_m"),
    "em": Look(PINK, "-", r"EM steps|EM from .*|KL along EM"),
    "predicted": Look(PINK, ":", r"predicted.*"),
}


def look_of(label: str) -> Look | None:
    """The look of what a series is called; None for what has none of its own.

    >>> look_of("γ, by search") is LOOKS["gamma"], look_of("k = 4")
    (True, None)
    """
    return next((look for look in LOOKS.values() if re.fullmatch(look.label, label)), None)


def looks_of(labels: Iterable[str]) -> dict[str, Look]:
    """The looks of the series of one figure; none of a quantity that is there twice.

    >>> sorted(looks_of(["γ", "lower bound", "k = 4"])), looks_of(["γ, c = 1/2", "γ, c = 3/4"])
    (['lower bound', 'γ'], {})
    """
    found = {label: look for label in labels if (look := look_of(label)) is not None}
    twice = {look for look, count in Counter(found.values()).items() if count > 1}
    return {label: look for label, look in found.items() if look not in twice}


def style(within: str) -> str:
    """The same as CSS: a class for each quantity with its colour and dash as properties.

    >>> style(".page").splitlines()[2]
    '.page .level{--q:#d55e00;--dash:7 4}'
    """
    dashes = {name: " ".join(map(str, lengths)) or "none" for name, lengths in DASHES.items()}
    return "\n".join(
        f"{within} .{name}{{--q:{look.colour};--dash:{dashes[look.dash]}}}"
        for name, look in LOOKS.items()
    )
