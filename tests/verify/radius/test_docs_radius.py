"""Every bracket published in docs/radius.md, of radii and of rates, is proved again and confirmed.

Rows that take more than a few seconds are slow:
``pytest -m slow tests/verify/radius/test_docs_radius.py``.
"""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy

from overspec import Energies, Mixture
from overspec.proofs.identities.circulant import local_rate
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.check.verdict import confirm
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma, prove_lower
from overspec.verify.radius.rate import GlobalRate, certified_global_rate, prove_rate
from overspec.verify.radius.slack import one_dimensional
from overspec.verify.radius.values import above, on_sector, on_simplex

PAGE = Path(__file__).parents[3] / "docs" / "radius.md"
HEAD = "| k | weights | kind | c | orbit | lower | upper | points |"
RATES = "| k | weights | orbit | μ ≥ | μ ≤ | attained near r = |"
SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
QUICK = 3  # components up to which a row over all θ is quick


def published(head: str = HEAD) -> list[tuple[str, ...]]:
    lines = PAGE.read_text(encoding="utf-8").split(head)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        k, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if not k.isascii():
            k = str(10 ** int(k.removeprefix("10").translate(SUPERSCRIPT)))
        rows.append((k, *cells))
    return rows


def marked(row: tuple[str, ...]) -> object:
    few = int(row[0]) <= (100 if row[1].startswith("one-heavy") else 6)
    quick = few and (row[4] == "simplex" or int(row[0]) <= QUICK) and row[2] != "convexity"
    return pytest.param(row, marks=[] if quick else [pytest.mark.slow], id=" ".join(row[:5]))


def rounded_outward(low: Fraction, high: Fraction, lower: str, upper: str) -> bool:
    """Whether the printed ends are these, and not a digit further out than they must be."""
    ends = ((low - Fraction(lower), lower), (Fraction(upper) - high, upper))
    return all(0 <= gap < Fraction(1, 10 ** len(text.partition(".")[2])) for gap, text in ends)


def test_the_table_is_read() -> None:
    rows = published()
    assert len(rows) >= 15
    assert {len(row) for row in rows} == {8}
    assert all(row[6] == "inf" or Fraction(row[5]) < Fraction(row[6]) for row in rows)


@pytest.mark.parametrize("row", [marked(row) for row in published()])
def test_a_published_bracket_is_proved_confirmed_and_tight(row: tuple[str, ...]) -> None:
    """The printed ends are the proved ones rounded outward; 1e-3 beyond, the proof fails."""
    k, weights, kind, gap, orbit, lower, upper, _ = row
    mixture = Mixture.simplex(int(k), weights)
    found = certified_gamma(mixture, kind, gap, orbit)
    assert isinstance(found, CertifiedRadius)
    beyond = kind != "factor" and int(k) > 5
    if not beyond:  # of the checker, see the page
        verdict = confirm(json.loads(json.dumps(of_radius(found, "test"))))
        assert verdict.status == "proved again", verdict.reason
    if upper == "inf":
        assert (lower, found.upper) == ("inf", math.inf)
        if kind == "factor":
            assert least_factor(mixture, orbit) > float(found.threshold.upper)
        return
    if beyond:  # by the engine in doubles instead
        inside, outside = (_least(mixture, Fraction(end)) for end in (lower, upper))
        assert outside < float(found.threshold.lower)
        assert float(found.threshold.upper) <= inside
    assert isinstance(found.upper, Fraction)
    assert rounded_outward(found.lower, found.upper, lower, upper)
    single = one_dimensional(mixture, orbit)
    values = on_simplex(mixture, kind) if single else on_sector(mixture, kind)
    slack = above(values, found.threshold, 10 if single else 5)
    raised = Fraction(upper) * Fraction(1001, 1000)
    # from the lower end on, which is less to prove than from the start
    assert isinstance(prove_lower(mixture, kind, slack, raised, single, found.lower), Inconclusive)


def least_factor(mixture: Mixture, orbit: str) -> float:
    """The least g_m at some points, by an engine in doubles."""
    points = []
    for radius in (Fraction(n, 2) for n in range(1, 13)):
        points.append(Energies.regular_simplex(mixture.k, radius))
        if orbit == "all" and mixture.k == 4:
            points += [Energies.of_amplitudes(4, (radius, b)) for b in (Fraction(1, 2), radius)]
    return min(float(g) for point in points for g in evaluate(mixture, point, 8).g[1:])


def _least(mixture: Mixture, radius: Fraction) -> float:
    """λ_min(∇²L) on the regular simplex."""
    point = Energies.regular_simplex(mixture.k, radius)
    found = evaluate(mixture, point, 12, modes=1 if mixture.weights.alike else None)
    assert found.hessian_spectrum is not None
    return float(found.hessian_spectrum[0][0])


def not_above(value: Any) -> Fraction:
    """An exact number: itself where it is rational, else below it by less than 1e-37."""
    if sympy.sympify(str(value)).is_rational:
        return Fraction(str(value))
    return Fraction(str(sympy.N(value, 40))) - Fraction(1, 10**38)


def rate_marked(row: tuple[str, ...]) -> object:
    # over all θ two to three minutes each at k = 4, seconds at 5; with a hundred components seconds
    slow = (row[0] in ("4", "5") and row[2] == "all") or int(row[0]) >= 100
    return pytest.param(row, marks=[pytest.mark.slow] if slow else [], id=" ".join(row[:3]))


@pytest.mark.parametrize("row", [rate_marked(row) for row in published(RATES)])
def test_a_published_rate_is_proved_again_and_no_factor_is_below(row: tuple[str, ...]) -> None:
    k, weights, orbit, lower, upper, near = row
    mixture = Mixture.simplex(int(k), weights)
    found = certified_global_rate(mixture, orbit)
    assert isinstance(found, GlobalRate)
    sigma = not_above(1 - local_rate(mixture)) if near == "0" else None  # μ's bound at θ = 0
    assert sigma is None or 0 <= found.mu.upper - sigma < 1e-9
    high = found.mu.upper if sigma is None else sigma
    assert rounded_outward(found.mu.lower, high, lower, upper)
    assert round(float(found.worst_radius), 3) == float(near.partition(",")[0])
    assert least_factor(mixture, orbit) >= float(found.mu.lower)
    if found.amplitudes:
        assert (found.amplitudes[0] == 0) == (near == "0" or "frequency 2 alone" in near)
    else:
        raised = found.mu.upper * Fraction(1001, 1000)
        mutant = prove_rate(mixture, orbit, raised, found.mu.upper, found.worst_radius)
        assert isinstance(mutant, Inconclusive)
