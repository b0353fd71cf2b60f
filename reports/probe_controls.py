"""The controls of the probe: which there are, what they start from, and the fields they make.

``ui`` is ``marimo.ui``: passed in, so that this module loads without marimo and is tested alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from ..mixture import Energies, Mixture
from ..verify.probe_choice import FIELDS, bars, heights_of
from ..verify.radius_options import KINDS, ORBITS
from ..weights import FAMILIES

PARAMETERS = ("one-heavy", "geometric", "random")  # families with a parameter
LISTED, DRAGGED = "list", "bars"  # ways to give weights that are no family
MOST_BARS = 12
MOST_SLIDERS = 6  # components up to which a start is dragged by its amplitudes
BY_RADIUS, TYPED, SLID = "regular simplex", "amplitudes", "dragged"
FARTHEST, STEP = 3.0, 0.05  # of a dragged amplitude


def first_fields(query: Mapping[str, Any]) -> dict[str, str]:
    """The fields that the page opens with: what the address says, and defaults.

    >>> first_fields({"k": ["3", "4"], "unknown": "x"})["k"]
    '3'
    """
    found = dict(FIELDS)
    for name, value in query.items():
        if name in FIELDS:
            found[name] = str(value[0] if isinstance(value, list) and value else value)
    return found


def elements(ui: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """The controls that are always there, by name."""
    family, _, parameter = given["weights"].partition(":")
    known = family in FAMILIES
    ways = [*FAMILIES, LISTED, DRAGGED]
    start = TYPED if given["amplitudes"] else BY_RADIUS
    return {
        "k": ui.text(given["k"], label="components k"),
        "d": ui.text(given["d"], label="dimension d", placeholder="k − 1"),
        "family": ui.dropdown(ways, value=family if known else LISTED, label="weights"),
        "parameter": ui.text(parameter if known else "9/10", label="parameter of the family"),
        "listed": ui.text("" if known else given["weights"], label="list of weights"),
        "gap": ui.text(given["gap"], label="gap c"),
        "kind": ui.dropdown(list(KINDS), value=_one(given["kind"], KINDS), label="kind of γ"),
        "orbit": ui.dropdown(list(ORBITS), value=_one(given["orbit"], ORBITS), label="orbit"),
        "digits": ui.text(given["digits"], label="precision (digits)"),
        "mode": ui.dropdown([BY_RADIUS, TYPED, SLID], value=start, label="start θ_0"),
        "radius": ui.text(given["radius"], label="radius of the start"),
        "amplitudes": ui.text(given["amplitudes"], label="amplitudes of the start"),
        "steps": ui.text(given["steps"], label="EM steps"),
    }


def rows(family: str, mode: str) -> list[list[str]]:
    """Which controls are shown, row by row.

    >>> rows("uniform", "dragged")[0], rows("list", "dragged")[2]
    (['k', 'd', 'family'], ['mode', 'steps'])
    """
    weights = ["listed"] if family == LISTED else ["parameter"] * (family in PARAMETERS)
    start = {BY_RADIUS: ["radius"], TYPED: ["amplitudes"]}.get(mode, [])
    return [
        ["k", "d", "family", *weights],
        ["gap", "kind", "orbit", "digits"],
        ["mode", *start, "steps"],
    ]


def _one(text: str, allowed: Sequence[str]) -> str:
    return text if text in allowed else allowed[0]


def weight_bars(ui: Any, family: str, k: str, last: Mixture | None) -> dict[str, Any]:
    """k bars to drag, from the last weights seen; none where the weights are not dragged."""
    if family != DRAGGED:
        return {}
    count = int(k) if k.strip().isascii() and k.strip().isdecimal() else 0
    if not 2 <= count <= MOST_BARS:
        return {}
    fits = last is not None and last.k == count
    heights = heights_of(last) if fits and last else tuple(100 - 5 * j for j in range(count))
    return {
        f"π_{j}": ui.slider(1, 100, 1, value=height, orientation="vertical", debounce=True,
                            label=f"π_{j}", show_value=True)
        for j, height in enumerate(heights)
    }  # fmt: skip


def start_sliders(ui: Any, mode: str, k: str, last: Energies | None) -> dict[str, Any]:
    """A slider for each amplitude of the start, from the last start seen."""
    if mode != SLID:
        return {}
    count = int(k) // 2 if k.strip().isascii() and k.strip().isdecimal() else 0
    if not 1 <= count <= MOST_SLIDERS // 2:
        return {}
    values = [1.0] * count
    if last is not None and last.k == int(k):
        values = [min(FARTHEST, round(float(e) ** 0.5 / STEP) * STEP) for e in last]
    return {
        f"a_{m}": ui.slider(0, FARTHEST, STEP, value=round(value, 2), debounce=True,
                            label=f"a_{m}", show_value=True)
        for m, value in enumerate(values, start=1)
    }  # fmt: skip


def fields_of(
    values: Mapping[str, Any], dragged: Mapping[str, int], slid: Mapping[str, float]
) -> dict[str, str]:
    """The fields that the controls make.

    Args:
        values: by control: k, d, family, parameter, listed, gap, kind, orbit, digits, mode,
            radius, amplitudes, steps.
        dragged, slid: of the bars and of the sliders, where they are shown.

    Raises:
        InputError: bars or sliders at a k that has none.
    """
    text = {name: str(values[name] or "") for name in FIELDS if name in values}
    family = values["family"]
    if family == DRAGGED:
        if not dragged:
            raise InputError(f"k {values['k']!r}: bars are for k = 2 … {MOST_BARS}")
        text["weights"] = bars(tuple(int(v) for v in dragged.values()))
    elif family == LISTED:
        text["weights"] = str(values["listed"] or "")
    else:
        parameter = f":{values['parameter']}" if family in PARAMETERS else ""
        text["weights"] = family + parameter
    if values["mode"] == SLID:
        if not slid:
            raise InputError(f"k {values['k']!r}: a start is dragged for k = 2 … {MOST_SLIDERS}")
        text["amplitudes"] = ",".join(f"{float(v):.2f}" for v in slid.values())
    elif values["mode"] == BY_RADIUS:
        text["amplitudes"] = ""
    elif not text["amplitudes"].strip():
        raise InputError("amplitudes: write one for each frequency, such as 1,1/2")
    return text


def share(address: Any, query: Mapping[str, str]) -> None:
    """Make the page's address say what is shown, so that it can be sent to someone."""
    for name in FIELDS:
        if name in query and address.get(name) != query[name]:
            address.set(name, query[name])
        elif name not in query and name in address:
            address.remove(name)
