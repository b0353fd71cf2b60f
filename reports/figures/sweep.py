"""The table of a sweep as a figure: γ, or the least factor, against the axis that was swept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from overspec.decimals import decimal
from overspec.errors import InputError
from overspec.evidence import Evidence, Provenance
from overspec.exact import exact
from overspec.figure import FigureData, Panel, Series
from overspec.verify.engines.spectrum import to_float
from overspec.verify.radius import scaling
from overspec.verify.sweep.spec import LEAST

Row = Mapping[str, Any]

#: What a row can be drawn against: the name of the axis, and the number, None where there is none.
AXES: dict[str, tuple[str, Callable[[Row], float | None]]] = {
    "k": ("number of components k", lambda row: float(row["k"])),
    "parameter": ("parameter of the weights", lambda row: _parameter(row["weights"])),
    "gap": ("gap c", lambda row: _number(row["gap"])),
    "d": ("dimension d", lambda row: float(row["d"])),
}
#: What tells curves apart, and how a legend names it.
TRAITS = {"k": "k = {}", "d": "d = {}", "frequencies": "F = {{{}}}", "weights": "{}",
          "gap": "c = {}", "orbit": "{}"}  # fmt: skip
SPREAD = 30  # ratio of the ends from which on the axis of k or d is logarithmic
WORDS = {"factor": "every factor at least cσ", "jacobian": "DM at most 1 − cσ",
         "convexity": "KL strictly convex", LEAST: "least factor"}  # fmt: skip


def table_figure(rows: Sequence[Row], provenance: Provenance) -> FigureData:
    """The rows with a finite answer, a panel for each kind, a curve for each mixture and gap.

    Beside γ stands the proved lower bound, and for one heavy weight on simplex orbits the limit
    k → ∞; beside the least factor its asymptotic formula (`radius.scaling`).

    Args:
        rows: of `sweep.sweep`, not the least factor and radii together.
        provenance: of the sweep.

    Raises:
        InputError: nothing varies, or no answer is finite.
    """
    if len({row["kind"] == LEAST for row in rows}) > 1:
        raise InputError(
            "no figure: radii and least factors do not share an axis; sweep them apart"
        )
    finite = [row for row in rows if row["lower"] and row["upper"] != "inf"]
    if not finite:
        raise InputError("no figure: no answer is finite, so there is nothing to draw")
    axis = _axis(finite)
    label, number = AXES[axis]
    kinds = [kind for kind in WORDS if any(row["kind"] == kind for row in finite)]
    least = kinds == [LEAST]
    panels = []
    for kind in kinds:
        own = [row for row in finite if row["kind"] == kind]
        curves = tuple(_curves(own, number, _varying(own, axis)))
        panels.append(Panel(WORDS[kind] if len(kinds) > 1 else "", curves))
    left = len(rows) - len(finite)
    xs = [float(x) for panel in panels for series in panel.series for x in series.x]
    return FigureData(
        "sweep",
        "A sweep of least factors" if least else "A sweep of radii",
        f"{len(finite)} of {len(rows)} answers; {left} are infinite, as far as seen, or missing. "
        + _words(finite, axis),
        label,
        "least factor inf g" if least else "radius γ",
        "log" if axis in ("k", "d") and max(xs) > SPREAD * min(xs) else "linear",
        "log" if least else "linear",
        False,
        tuple(panels),
        provenance,
    )


def _axis(rows: Sequence[Row]) -> str:
    """The axis with the most different numbers."""
    counts = {name: len({number(row) for row in rows} - {None})
              for name, (_, number) in AXES.items()}  # fmt: skip
    # against d at the same k: else d only follows k
    at = Counter(k for k, _ in {(row["k"], row["d"]) for row in rows})
    counts["d"] = max(at.values())
    best = max(counts, key=lambda name: counts[name])
    if counts[best] < 2:
        raise InputError("no figure: nothing varies that could be an axis: k, d, c or a parameter")
    return best


def _spent(axis: str) -> set[str]:
    """Traits that the axis says already; d follows k, or is the axis, with the action it is of."""
    said = {"parameter": {"weights", "d"}, "k": {"k", "d"}, "d": {"d", "frequencies"}}
    return said.get(axis, {axis, "d"})


def _varying(rows: Sequence[Row], axis: str) -> list[str]:
    """The traits that tell curves apart."""
    return [
        name
        for name in TRAITS
        if name not in _spent(axis)
        # no frequencies: the simplex; no gap: a kind without one
        and len({row[name] for row in rows} - (set() if name == "frequencies" else {""})) > 1
    ]


def _curves(
    rows: Sequence[Row], number: Callable[[Row], float | None], varying: Sequence[str]
) -> Iterable[Series]:
    groups: dict[str, list[tuple[float, Row]]] = {}
    for row in rows:
        x = number(row)
        if x is not None:
            name = ", ".join(_trait(trait, row[trait]) for trait in varying)
            groups.setdefault(name, []).append((x, row))
    bounds: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    guides: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for name in sorted(groups, key=lambda name: [groups[name][0][1][t] for t in varying]):
        pairs = groups[name]
        pairs.sort(key=lambda pair: pair[0])
        found = [(decimal(x), decimal(_middle(row))) for x, row in pairs]
        levels = [Evidence(row["evidence"]) for _, row in pairs]
        title = name or WORDS[pairs[0][1]["kind"]]
        yield Series(title, "points", *_columns(found), Evidence.weakest(levels))
        bounds.append(_columns([(decimal(x), row["bound"]) for x, row in pairs if row["bound"]]))
        limits = [(decimal(x), guide) for x, row in pairs if (guide := _guide(row))]
        guides.append(_columns(limits))
    # a curve without a name has the colour of the next one with a name: the last of each
    least = rows[0]["kind"] == LEAST
    yield from _alike(bounds, "bound", "lower bound", Evidence.PROVED)
    yield from _alike(guides, "guide", "formula" if least else "limit k → ∞", Evidence.MEASURED)


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(x for x, _ in pairs), tuple(y for _, y in pairs)


def _alike(
    curves: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
    style: str,
    name: str,
    evidence: Evidence,
) -> Iterable[Series]:
    """Each curve once, the last one named."""
    different = [curve for curve in dict.fromkeys(curves) if len(curve[0]) > 1]
    for curve in different:
        yield Series(name if curve is different[-1] else "", style, *curve, evidence)


def _guide(row: Row) -> str | None:
    """The limit k → ∞ of γ, or the asymptotic formula of the least factor."""
    heavy = _parameter(row["weights"]) if row["weights"].startswith("one-heavy:") else None
    if heavy is None or row["orbit"] != "simplex" or row["frequencies"]:
        return None
    if row["kind"] == LEAST:
        return decimal(scaling.predicted_least(row["k"], heavy))
    return decimal(_limit(heavy, _number(row["gap"]) or 0.5, row["kind"]))


_limit = cache(scaling.limit_radius)


def _words(rows: Sequence[Row], axis: str) -> str:
    """What the rows have in common."""
    common = [WORDS[rows[0]["kind"]]] if len({row["kind"] for row in rows}) == 1 else []
    for name in TRAITS:
        values = sorted({row[name] for row in rows} - {""}, key=str)
        if len(values) == 1 and name not in _spent(axis):
            common.append(_trait(name, values[0]))
            common[-1] += " orbits" if name == "orbit" else ""
    text = "; ".join(common)
    return f"Common to all: {text or 'nothing'}. The lower bound is proved for all orbits."


def _parameter(weights: str) -> float | None:
    """P of ``one-heavy:P`` or ``geometric:P``; the seed of random weights is no quantity."""
    family, _, text = weights.partition(":")
    return _number(text) if family in ("one-heavy", "geometric") else None


def _number(text: str) -> float | None:
    return to_float(exact(text)) if text else None


def _middle(row: Row) -> float:
    return (float(row["lower"]) + float(row["upper"])) / 2


def _trait(name: str, value: object) -> str:
    return TRAITS[name].format(_short(value)) if value or name != "frequencies" else "simplex"


def _short(value: object) -> str:
    if isinstance(value, int) and value >= 10**4 and value == 10 ** round(math.log10(value)):
        return f"10^{round(math.log10(value))}"
    return str(value)
