"""The controls of the probe: which there are, what they start from, and the fields they make.

``ui`` is ``marimo.ui``: passed in, so that this module loads without marimo and is tested alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.reports.probe.choice import FIELDS, bars, heights_of
from overspec.verify.radius.options import KINDS, ORBITS
from overspec.weights import FAMILIES

PARAMETERS = ("one-heavy", "geometric", "random")  # families with a parameter
LISTED, DRAGGED = "list", "bars"  # ways to give weights that are no family
BY_RADIUS, TYPED, SLID = "regular simplex", "amplitudes", "dragged"
EXAMPLE = "2/5,3/10,1/5,1/10"
MOST_BARS = 12
MOST_SLIDERS = 6  # components up to which a start is dragged by its amplitudes
TALLEST = 100  # bars; the weights are the heights divided by their sum
FARTHEST, STEP = 2.0, 0.05  # of a dragged amplitude
WEIGHT, AMPLITUDE = "weight π_", "amplitude a_"
SHAPE = ("k", "family", "mode")  # the controls on which depends which others there are
LABELS = {
    "k": "components k",
    "d": "dimension d",
    "family": "weights",
    "parameter": "parameter of the family",
    "listed": "list of weights",
    "gap": "gap c",
    "kind": "kind of γ",
    "orbit": "orbit",
    "digits": "precision (digits)",
    "mode": "start θ_0",
    "radius": "radius of the start",
    "amplitudes": "amplitudes of the start",
    "steps": "EM steps",
}
OPTIONS: dict[str, Sequence[str]] = {
    "family": (*FAMILIES, LISTED, DRAGGED),
    "kind": KINDS,
    "orbit": ORBITS,
    "mode": (BY_RADIUS, TYPED, SLID),
}
HINTS = {"d": "k − 1", "listed": EXAMPLE, "amplitudes": "1,1/2"}


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


def first_values(query: Mapping[str, Any]) -> dict[str, str]:
    """The value of every control when the page opens.

    >>> first_values({"weights": "1/2,1/2"})["family"], first_values({})["parameter"]
    ('list', '9/10')
    """
    given = first_fields(query)
    family, _, parameter = given["weights"].partition(":")
    known = family in FAMILIES
    return given | {
        "family": family if known else LISTED,
        "parameter": parameter if known else "9/10",
        "listed": EXAMPLE if known else given["weights"],
        "kind": _one(given["kind"], KINDS),
        "orbit": _one(given["orbit"], ORBITS),
        "mode": TYPED if given["amplitudes"] else BY_RADIUS,
    }


def elements(
    ui: Any, first: Mapping[str, str], put: Callable[[str], Callable[[Any], None]]
) -> dict[str, Any]:
    """The controls that are always there, by name.

    Args:
        ui: ``marimo.ui``.
        first: what they hold, from `first_values`.
        put: by name, what a control calls with its new value.
    """
    made = {}
    for name, label in LABELS.items():
        common = {"label": label, "on_change": put(name)}
        if name in OPTIONS:
            made[name] = ui.dropdown(list(OPTIONS[name]), value=first[name], **common)
        else:
            made[name] = ui.text(first[name], placeholder=HINTS.get(name, ""), **common)
    return made


def rows(shape: Mapping[str, str]) -> list[list[str]]:
    """Which controls are shown, row by row.

    >>> rows({"k": "4", "family": "uniform", "mode": "dragged"})[2]
    ['mode', 'steps']
    """
    family = shape["family"]
    weights = ["listed"] if family == LISTED else ["parameter"] * (family in PARAMETERS)
    start = {BY_RADIUS: ["radius"], TYPED: ["amplitudes"]}.get(shape["mode"], [])
    return [
        ["k", "d", "family", *weights],
        ["gap", "kind", "orbit", "digits"],
        ["mode", *start, "steps"],
    ]


def _one(text: str, allowed: Sequence[str]) -> str:
    return text if text in allowed else allowed[0]


def sliders_for(shape: Mapping[str, str], last: Mapping[str, Any]) -> dict[str, float]:
    """What can be dragged, with the value it begins at: weights as bars, amplitudes of the start.

    Args:
        shape: k, family and mode.
        last: the last mixture and start that could be read; dragging begins there.

    >>> sliders_for({"k": "4", "family": "bars", "mode": "regular simplex"}, {})
    {'weight π_0': 100, 'weight π_1': 95, 'weight π_2': 90, 'weight π_3': 85}
    """
    text = shape["k"].strip()
    k = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    found: dict[str, float] = {}
    if shape["family"] == DRAGGED and 2 <= k <= MOST_BARS:
        mixture: Mixture | None = last.get("mixture")
        fits = mixture is not None and mixture.k == k
        heights = heights_of(mixture) if fits and mixture else [100 - 5 * j for j in range(k)]
        found |= {f"{WEIGHT}{j}": height for j, height in enumerate(heights)}
    if shape["mode"] == SLID and 2 <= k <= MOST_SLIDERS:
        start: Energies | None = last.get("start")
        values = [1.0] * (k // 2)
        if start is not None and start.k == k:
            values = [min(FARTHEST, float(e) ** 0.5) for e in start]
        found |= {
            f"{AMPLITUDE}{m}": round(round(value / STEP) * STEP, 2)
            for m, value in enumerate(values, start=1)
        }
    return found


def sliders(
    ui: Any, values: Mapping[str, float], put: Callable[[str], Callable[[Any], None]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sliders: bars that stand, and amplitudes that lie where there is no portrait."""
    bars_, lines = {}, {}
    portrayed = len(point_of(values)) == 2
    for name, value in values.items():
        if portrayed and name.startswith(AMPLITUDE):
            continue
        common = {"value": value, "label": name, "show_value": True, "debounce": True,
                  "on_change": put(name)}  # fmt: skip
        if name.startswith(WEIGHT):
            bars_[name] = ui.slider(1, TALLEST, 1, orientation="vertical", **common)
        else:
            lines[name] = ui.slider(0, FARTHEST, STEP, **common)
    return bars_, lines


def point_of(values: Mapping[str, float]) -> tuple[float, ...]:
    """The dragged amplitudes; a portrait shows them where there are two.

    >>> point_of({"weight π_0": 3, "amplitude a_1": 1.0, "amplitude a_2": 0.5})
    (1.0, 0.5)
    """
    return tuple(value for name, value in values.items() if name.startswith(AMPLITUDE))


def fields_of(values: Mapping[str, Any], dragged: Mapping[str, float]) -> dict[str, str]:
    """The fields that the controls make.

    Args:
        values: by control, as in `first_values`.
        dragged: by slider, as in `sliders_for`.

    Raises:
        InputError: bars or sliders at a k that has none.
    """
    text = {name: str(values[name] or "") for name in FIELDS}
    family, mode = values["family"], values["mode"]
    if family == DRAGGED:
        heights = [int(v) for name, v in dragged.items() if name.startswith(WEIGHT)]
        if not heights:
            raise InputError(f"k {values['k']!r}: bars are for k = 2 … {MOST_BARS}")
        text["weights"] = bars(tuple(heights))
    elif family == LISTED:
        text["weights"] = str(values["listed"] or "")
    else:
        text["weights"] = family + (f":{values['parameter']}" if family in PARAMETERS else "")
    if mode == SLID:
        lines = point_of(dragged)
        if not lines:
            raise InputError(f"k {values['k']!r}: a start is dragged for k = 2 … {MOST_SLIDERS}")
        text["amplitudes"] = ",".join(f"{float(v):.2f}" for v in lines)
    elif mode == BY_RADIUS:
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
