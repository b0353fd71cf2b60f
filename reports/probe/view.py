"""A view of the probe: every part of the page by name, computed when called."""

from __future__ import annotations

from collections.abc import Callable

from overspec.errors import InputError
from overspec.evidence import Quantity
from overspec.reports.probe.choice import Choice
from overspec.reports.probe.motion import motion_part, phase_part
from overspec.reports.probe.parts import Part, at_start, is_costly, spectrum_part, verdict
from overspec.reports.probe.radius import components_part, radius_part

#: The parts in the order of the page.
PARTS: dict[str, Callable[[Choice], Part]] = {
    "verdict": verdict,
    "profile": radius_part,
    "divergence": motion_part,
    "phase": phase_part,
    "spectrum": spectrum_part,
    "components": components_part,
    "start": at_start,
}

MANY_STEPS = 60
QUICK = 4  # different weights for which γ of every kind and the curves take a tenth of a second
DOUBLE = 15


def part(name: str, choice: Choice, found: Quantity | None = None) -> Part:
    """One part; what cannot be computed becomes the sentence that says why.

    ``found``: γ as asked for, where a search or a proof beside the page has ended.

    >>> part("phase", Choice.read({"k": "3"})).words
    ('The portrait needs two amplitudes: choose k = 4 or 5.',)
    """
    try:
        if name == "profile":
            return radius_part(choice, found)
        return PARTS[name](choice)
    except (InputError, ArithmeticError) as error:
        return Part((f"Nothing is shown here: {error}",))


def is_slow(name: str, choice: Choice, kept: bool = False) -> bool:
    """Whether a part is likely to take longer than a tenth of a second.

    Args:
        name: of `PARTS`.
        choice: what is shown.
        kept: whether its γ is kept from the last view.

    >>> is_slow("profile", Choice.read({})), is_slow("profile", Choice.read({}), kept=True)
    (True, False)
    """
    k = choice.mixture.k
    if not choice.mixture.weights.is_rational:
        return True
    if name == "components":
        return choice.family is not None and not kept
    if name == "profile":
        several = len(choice.mixture.weights.runs) > QUICK
        return not kept or several or (choice.orbit == "all" and k > 3) or not choice.on_simplex
    if name in ("divergence", "phase"):
        return k in (5, 6) or choice.steps > MANY_STEPS
    return name == "start" and (is_costly(choice) or choice.digits > DOUBLE)
