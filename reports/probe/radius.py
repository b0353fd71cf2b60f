"""γ in the probe: λ and the factors against the radius, and γ against the number of components."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from overspec import __version__
from overspec.decimals import decimal, enclosed, estimated
from overspec.evidence import Evidence, Provenance, Quantity
from overspec.exact import Exact
from overspec.figure import FigureData, Series
from overspec.mixture import Energies, Mixture
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.reports.probe.choice import FEW_RUNS, Choice
from overspec.reports.probe.parts import Fact, Part, is_costly, nulls_of, sigma_fact
from overspec.verify.engines.moments import MAX_K
from overspec.verify.engines.spectrum import to_float
from overspec.verify.radius.options import KINDS, MAX_DIGITS
from overspec.verify.radius.scaling import FamilyRadii, family_radii, limit_radius
from overspec.verify.radius.search import RadiusEstimate, gamma
from overspec.verify.radius.slack import along_ray

SYMBOLS = {"factor": "γ^g_c", "jacobian": "γ_c", "convexity": "γ_0"}
MEANINGS = {
    "factor": "every g_m ≥ cσ",
    "jacobian": "λ_min(∇²L) ≥ cσ",
    "convexity": "∇²L positive definite",
}
CURVE_DIGITS = 6
#: Radii of a curve: by how much one of them costs.
RADII, RADII_LATTICE, RADII_COSTLY = 31, 17, 9
NEAREST, FARTHEST = 3.0, 10.0  # the right end of the radius axis
EVERYWHERE = 4  # components up to which γ over all θ is searched while the reader waits


def radius_part(choice: Choice, found: Quantity | None = None) -> Part:
    """λ_min(∇²L) and min g_m along rays, with σ, cσ and every γ.

    Args:
        choice: what is asked.
        found: γ of this kind and orbit, where a search or a proof elsewhere has found it.

    >>> part = radius_part(Choice.read({"k": "2", "weights": "9/10,1/10"}))
    >>> [round(float(fact.value.low), 3) for fact in part.facts if "γ^g_c," in fact.name]
    [0.614]
    """
    mixture = choice.mixture
    nulls = nulls_of(mixture)
    facts, words = [], []
    if nulls.count:
        words.append(f"{nulls.words.capitalize()}, so σ = 0: there is no gap and no γ to mark.")
    else:
        kinds = (choice.kind,) if is_costly(choice) else KINDS
        facts = [radius_fact(choice, kind, "simplex") for kind in kinds]
        if found is not None:
            how = f"{MEANINGS[choice.kind]} for all smaller |θ|"
            facts.append(Fact(f"{_name(choice.kind, choice.orbit)}, in the background", found, how))
        elif choice.orbit == "all" and 3 < mixture.k <= EVERYWHERE:
            facts.append(radius_fact(choice, choice.kind, "all"))
        elif choice.orbit == "all" and mixture.k > EVERYWHERE:
            words.append(
                f"Over all θ at k = {mixture.k} "
                + ("the search takes minutes: start it in the background."
                   if mixture.k <= MAX_K
                   else f"there is no search beyond k = {MAX_K}; these are simplex orbits.")
            )  # fmt: skip
        if choice.kind != "convexity":
            facts.append(_bound_fact(choice))
    return Part(tuple(words), tuple(facts), _profile(choice, facts, bool(nulls.count)))


def radius_fact(choice: Choice, kind: str, orbit: str) -> Fact:
    """γ of one kind, by search: an estimate."""
    mixture = choice.mixture
    digits = min(choice.digits, MAX_DIGITS)
    found = _gamma(mixture, kind, choice.gap, orbit, digits)
    end = "" if math.isfinite(found.upper) else f"; no failure seen up to {found.r_max:.3g}"
    how = f"{MEANINGS[kind]} for all smaller |θ|, by search{end}"
    return Fact(_name(kind, orbit), estimated(found.lower, found.upper), how)


@lru_cache(maxsize=256)
def _gamma(mixture: Mixture, kind: str, gap: Exact, orbit: str, digits: int) -> RadiusEstimate:
    """γ does not depend on the start: it is kept while that is dragged."""
    return gamma(mixture, kind, gap, orbit, digits)


def _name(kind: str, orbit: str) -> str:
    return f"{SYMBOLS[kind]}, {'simplex orbits' if orbit == 'simplex' else 'all θ'}"


def _bound_fact(choice: Choice) -> Fact:
    bound = enclosed(radius_lower_bound(choice.mixture, choice.kind, choice.gap))
    return Fact(
        f"lower bound of {SYMBOLS[choice.kind]}",
        replace(bound, high="inf"),
        "in closed form, for all θ (B of the ledger, under its hypotheses)",
    )


def _profile(choice: Choice, facts: Sequence[Fact], null: bool) -> FigureData:
    mixture = choice.mixture
    marked = [(f, float(f.value.low)) for f in facts]
    marks = [(f, r) for f, r in marked if f.value.high != "inf" or f.name.startswith("lower")]
    end = _reach(choice, [r for _, r in marks])
    count = RADII_COSTLY if is_costly(choice) else RADII
    radii = tuple(np.linspace(0, end, count).tolist())
    series = [*_curves(mixture, "simplex", radii, Energies.regular_simplex(mixture.k, 1))]
    if not choice.on_simplex:
        short = np.linspace(0, min(end, 4.0), RADII_LATTICE if mixture.k < 5 else RADII_COSTLY)
        series += _curves(mixture, "through θ_0", tuple(short.tolist()), choice.start)
    level = to_float(choice.gap) * float(sigma_fact(mixture, nulls_of(mixture)).value.low)
    ends = ("0", decimal(end))
    if not null:
        sigma = level / to_float(choice.gap)
        series.append(Series.of("σ", "guide", ends, (sigma,) * 2, Evidence.PROVED))
        series.append(Series.of("cσ", "limit", ends, (level,) * 2, Evidence.PROVED))
    lowest = min([0.0, *(float(y) for s in series for y in s.y)])
    for fact, r in marks:
        middle = r if fact.value.high == "inf" else (r + float(fact.value.high)) / 2
        x = (decimal(middle),) * 2
        style = "bound" if fact.value.high == "inf" else "limit"
        series.append(Series.of(fact.name, style, x, (lowest, "1"), fact.value.evidence))
    return FigureData.of(
        "profile",
        "Contraction against the radius",
        "λ_min(∇²L) and the least factor g_m at |θ| = r, on regular simplices"
        + ("" if choice.on_simplex else " and along the ray through the start")
        + f". Gap c = {choice.gap}. Vertical lines: γ, estimates by search, and the bound B.",
        ("radius |θ| (standard deviations)", "eigenvalue or factor"),
        series,
        Provenance(choice.command(), __version__),
    )


@lru_cache(maxsize=64)
def _curves(
    mixture: Mixture, name: str, radii: tuple[float, ...], ray: Energies
) -> tuple[Series, Series]:
    """λ_min(∇²L) and the least g_m; on regular simplices kept while the start is dragged."""
    x = tuple(map(decimal, radii))
    eigenvalues, factors = along_ray(mixture, radii, ray, CURVE_DIGITS)
    return (
        Series.of(f"λ_min(∇²L), {name}", "line", x, eigenvalues),
        Series.of(f"min g_m, {name}", "line", x, factors),
    )


def _reach(choice: Choice, marks: list[float]) -> float:
    """The right end of the axis: what is marked, the start, and where many components freeze."""
    freezing = 1.2 * math.sqrt(2 * math.log(choice.mixture.k)) if choice.mixture.k > MAX_K else 0.0
    start = math.sqrt(to_float(choice.start.norm_squared))
    end = max([NEAREST, freezing, 1.2 * start, *(1.2 * m for m in marks)])
    return math.ceil(2 * min(end, FARTHEST)) / 2


# --- γ against k --------------------------------------------------------------------------------

COMPONENTS = (2, 3, 4, 5, 6, 8, 10, 20, 50, 10**2, 10**3, 10**4, 10**5, 10**6)
UP_TO_SMALL = tuple(k for k in COMPONENTS if k <= 20)  # of families whose cost grows with k


@lru_cache(maxsize=64)
def _family(family: str, kind: str, gap: Exact) -> FamilyRadii:
    """The same for every view of the family, so it is kept."""
    return family_radii(family, kind, gap, COMPONENTS if _few(family) else UP_TO_SMALL)


def _few(family: str) -> bool:
    return family.partition(":")[0] in FEW_RUNS


def components_part(choice: Choice) -> Part:
    """γ on simplex orbits against k for the family of the weights, with limit and lower bound."""
    family = choice.family
    if family is None:
        return Part(("A list of weights is for one k: choose a family to see γ against k.",))
    radii = _family(family, choice.kind, choice.gap)
    found, bounds, none = radii.found, radii.bounds, radii.none
    series = []
    if found:
        x = tuple(str(k) for k, _ in found)
        series.append(Series.of("γ, by search", "points", x, [g for _, g in found]))
    facts, words = [], []
    one_heavy = family.partition(":")[0] == "one-heavy"
    if one_heavy and not nulls_of(choice.mixture).count:
        p, c = to_float(choice.mixture.weights.runs[0][0]), to_float(choice.gap)
        limit = limit_radius(p, c, choice.kind)
        ends = (str(COMPONENTS[0]), str(COMPONENTS[-1]))
        series.append(Series.of("limit k → ∞", "limit", ends, (limit,) * 2))
        value = estimated(limit - 1e-8, limit + 1e-8)
        facts.append(Fact(f"limit of {SYMBOLS[choice.kind]} as k → ∞", value, "scaling law"))
    if bounds:
        x, y = tuple(str(k) for k, _ in bounds), tuple(b for _, b in bounds)
        series.append(Series("lower bound", "bound", x, y, Evidence.PROVED))
    if none:
        words.append(
            f"No finite γ at k = {', '.join(map(str, none))}: "
            "there are null frequencies, or the search saw no failure."
        )
    if not series:
        return Part((*words, "There is nothing to draw for this family."))
    figure = FigureData.of(
        "components",
        "γ against the number of components",
        f"Weights {family}, regular simplex orbits, kind {choice.kind}, c = {choice.gap}. Points: "
        "estimates by search; dashed: the limit of one-heavy weights; triangles: the bound B.",
        ("number of components k", "radius |θ| (standard deviations)"),
        series,
        Provenance(choice.command(), __version__),
        log="x",
    )
    return Part(tuple(words), tuple(facts), figure)
