"""Proved brackets: two engines confirm their ends, and a tightened bracket is rejected."""

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from flint import arb
from sizes import slow_but

from overspec import Energies, InputError, Mixture, OutOfReach
from overspec.cli import main
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.proofs.rates.radius_bound import range_moment as symbolic_range_moment
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.enclosures.cover import Cover, cover
from overspec.verify.engines import lattice
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.radius import bracket
from overspec.verify.radius.bracket import (
    CertifiedRadius,
    amplitudes_of,
    certified_gamma,
    prove_lower,
    tail_holds,
    threshold_of,
    violates,
)
from overspec.verify.radius.far.tail import (
    factor_curvature,
    factor_slope,
    factor_tail,
    matrix_tail,
    radial_tail,
    range_moment,
)
from overspec.verify.radius.values import above, on_sector, on_simplex

FEW_VALUED = "1/2,1/3999x1333,1/16002x2667"
CASES: list[Any] = [
    (2, "9/10,1/10", "factor", "9/10", "all"),
    (2, "9/10,1/10", "jacobian", "9/10", "all"),
    (3, "one-heavy:9/10", "factor", "9/10", "all"),
    (3, "one-heavy:9/10", "jacobian", "9/10", "all"),
    (4, "one-heavy:9/10", "factor", "9/10", "simplex"),
    (1000, "one-heavy:1/2", "factor", "9/10", "simplex"),
    (100, "geometric:1/10", "factor", "9/10", "simplex"),
    (4001, FEW_VALUED, "factor", "9/10", "simplex"),
    (4, "4/5,1/10,1/20,1/20", "jacobian", "9/10", "simplex"),
    (1000, "one-heavy:1/2", "jacobian", "9/10", "simplex"),
]
QUICK_CASES = slow_but(CASES, quick=[CASES[i] for i in (0, 3, 5, 7)])


@cache
def proved(*case: object) -> CertifiedRadius:
    k, weights, kind, gap, orbit = case
    found = certified_gamma(Mixture.simplex(k, weights), str(kind), gap, str(orbit))  # type: ignore[arg-type]
    assert isinstance(found, CertifiedRadius)
    return found


@pytest.mark.parametrize("case", QUICK_CASES)
def test_narrow_brackets_and_their_mutants(case: tuple[object, ...]) -> None:
    """Relative width 1e-6; 1e-3 up the cover fails, 1e-3 down nothing is violated."""
    found = proved(*case)
    assert isinstance(found.upper, Fraction)
    assert 0 < found.upper - found.lower < found.lower * Fraction(1, 10**6)
    values = on_simplex(found.mixture, found.kind)
    threshold = threshold_of(found.sigma, found.gap, found.kind)
    slack = above(values, threshold, 10)
    raised = prove_lower(found.mixture, found.kind, slack, found.lower * Fraction(1001, 1000), True)
    assert isinstance(raised, Inconclusive)
    assert not violates(values, threshold, (found.upper * Fraction(999, 1000),), 10)


@pytest.mark.parametrize("case", QUICK_CASES)
def test_an_engine_that_shares_no_code_confirms_both_ends(case: tuple[object, ...]) -> None:
    """`engines.evaluate` in doubles; the Jacobian there is a moment, here a difference of g."""
    found = proved(*case)
    assert isinstance(found.upper, Fraction)
    threshold = float(found.gap) * float(found.sigma.lower)  # type: ignore[arg-type]
    ends = []
    for radius in (found.lower, found.upper):
        k = found.mixture.k
        point = Energies.regular_simplex(k, radius)
        if case[1] == FEW_VALUED:  # all frequencies, which `evaluate` does not list
            low = laplace.moments(found.mixture, point, 13, modes=k // 2, hessian=False).g[1:]
        else:
            value = evaluate(found.mixture, point, 13)
            low = value.g[1:] if found.kind == "factor" else value.hessian_eigenvalues
        ends.append(float(min(low)) - threshold)
    assert ends[0] > 0 > ends[1]


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_the_rigorous_lattice_confirms_the_rigorous_laplace(kind: str) -> None:
    found = proved(3, "one-heavy:9/10", kind, "9/10", "all")
    assert isinstance(found.upper, Fraction)
    threshold = threshold_of(found.sigma, found.gap, kind)
    other = on_simplex(found.mixture, kind, engine="lattice")
    assert other((found.lower,), 9).lower > threshold.upper
    assert violates(other, threshold, (found.upper,), 9)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_all_theta_for_four_components(kind: str) -> None:
    found = proved(4, "one-heavy:9/10", kind, "9/10", "all")
    assert isinstance(found.upper, Fraction)
    assert found.upper / found.lower < Fraction(101, 100)
    threshold = threshold_of(found.sigma, found.gap, kind)
    slack = above(on_sector(found.mixture, kind), threshold, 5)
    raised = found.upper * Fraction(1001, 1000)
    assert isinstance(prove_lower(found.mixture, kind, slack, raised, False), Inconclusive)
    at = amplitudes_of(found)
    value = lattice.cyclic_moments(
        np.array([0.9, 1 / 30, 1 / 30, 1 / 30]), at, 1e-9, jacobian=kind != "factor"
    )
    low = min(value.g[1:]) if kind == "factor" else 1 - np.linalg.eigvalsh(value.jacobian).max()
    assert low < 0.9 * float(found.sigma.lower)
    assert math.hypot(*at) == pytest.approx(float(found.upper))


def test_the_lattice_confirms_the_laplace_hessian_for_four_components() -> None:
    found = proved(4, "4/5,1/10,1/20,1/20", "jacobian", "9/10", "simplex")
    assert isinstance(found.upper, Fraction)
    threshold = threshold_of(found.sigma, found.gap, found.kind)
    other = on_simplex(found.mixture, found.kind, engine="lattice")
    assert other((found.lower,), 9).lower > threshold.upper
    assert violates(other, threshold, (found.upper,), 9)


INFINITE = [
    (2, "9/10,1/10", "factor"),
    (2, "7/10,3/10", "convexity"),
    (3, "1/2,3/10,1/5", "jacobian"),
    (3, "1/2,3/10,1/5", "convexity"),
    (4, "linear", "factor"),
    (4, "linear", "convexity"),
    (4, "1/2,1/4,1/8,1/8", "jacobian"),
]


@pytest.mark.parametrize(("k", "weights", "kind"), slow_but(INFINITE, INFINITE[:3], True))
def test_infinite_radii_are_proved_with_the_tail(k: int, weights: str, kind: str) -> None:
    found = proved(k, weights, kind, "1/2", "simplex" if k == 4 else "all")
    assert found.upper == math.inf
    threshold = threshold_of(found.sigma, found.gap, kind)
    assert tail_holds(found.mixture, kind, threshold, found.lower)
    assert not tail_holds(found.mixture, kind, threshold, found.lower / 2)


def test_proved_lower_ends_lie_above_the_explicit_bound() -> None:
    found = proved(3, "one-heavy:9/10", "jacobian", "9/10", "all")
    assert float(radius_lower_bound(found.mixture, "jacobian", "9/10")) < found.lower


@pytest.mark.parametrize("k", [2, 3, 4, 5, 10**6])
@pytest.mark.parametrize("power", [2, 4])
def test_range_moments_are_those_of_the_proof(k: int, power: int) -> None:
    assert float(range_moment(k, power)) == pytest.approx(float(symbolic_range_moment(k, power)))


THREE = ["1/2,3/10,1/5", "4/5,1/10,1/10", "1/100,98/100,1/100"]


@pytest.mark.parametrize("weights", slow_but(THREE, quick=THREE[:1]))
def test_bounds_on_tail_slope_and_curvature_hold_where_measured(weights: str) -> None:
    """g and λ from the moments of `engines.evaluate` against the bounds along a radius."""
    mixture = Mixture.simplex(3, weights)
    c, t = float(factor_tail(mixture)), float(radial_tail(mixture))
    step = 0.05
    radii = [Fraction(n, 20) for n in range(1, 121)]
    points = [evaluate(mixture, Energies.regular_simplex(3, r), 12) for r in radii]
    g = np.array([float(p.g[1]) for p in points])
    for r, p in zip(radii, points, strict=True):
        assert 1 - float(p.g[1]) < c / float(r)
        assert 1 - min(map(float, p.hessian_eigenvalues)) < float(
            matrix_tail(mixture, arb(float(r)))
        )
        other = sum(1 - float(v) for v in p.hessian_eigenvalues) - (1 - float(p.g[1]))
        assert other < t / float(r) ** 3
    assert np.abs(np.diff(g)).max() / step < float(factor_slope(3))
    assert np.abs(np.diff(g, 2)).max() / step**2 < float(factor_curvature(3))


def test_a_cover_needs_its_curvature() -> None:
    """A dip between the corners: seen with the true curvature, missed with half of it."""

    def dip(point: tuple[Fraction, ...]) -> Fraction:
        return 4 * (point[0] - Fraction(1, 2)) ** 2 - Fraction(1, 100)

    def losses(bend: int):  # type: ignore[no-untyped-def]
        return lambda low, high: ((high[0] - low[0]) ** 2 * Fraction(bend, 8),)

    zero, one = (Fraction(0),), (Fraction(1),)
    assert isinstance(cover(zero, one, dip, losses(8), 100), Inconclusive)
    assert isinstance(cover(zero, one, dip, losses(7), 100), Cover)


def test_what_cannot_be_certified_is_refused_by_name() -> None:
    with pytest.raises(OutOfReach, match="kind factor") as refused:
        certified_gamma(Mixture.simplex(101, "linear"), "jacobian", orbit="simplex")
    assert refused.value.fits == {"kind": "factor"}  # the command line adds --kind factor
    with pytest.raises(OutOfReach, match="regular simplices") as refused:
        certified_gamma(Mixture.simplex(6, "linear"), "factor", "9/10")
    assert refused.value.fits == {"orbit": "simplex"}
    with pytest.raises(InputError, match="frequency 1 is 0"):
        certified_gamma(Mixture.simplex(3, "uniform"), "factor")


def test_the_command_prints_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["radius", "--weights", "9/10,1/10", "--gap", "9/10", "--kind", "factor",
                 "--certify", "--json"]) == 0  # fmt: skip
    out = capsys.readouterr().out
    assert '"lower": "0.6141' in out
    assert '"upper": "0.6141' in out
    assert "certified" in out


def test_what_is_not_proved_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bracket, "BUDGET", 1)  # points of the cover
    assert main(["radius", "--weights", "9/10,1/10", "--kind", "jacobian", "--certify"]) == 3
    assert "inconclusive" in capsys.readouterr().out


def test_the_hessian_of_a_heavy_weight_in_the_middle_is_enclosed_at_any_k() -> None:
    first, middle = (
        on_simplex(Mixture.simplex(3001, weights), "jacobian")((Fraction(1, 2),), 12)
        for weights in ("1/2,1/6000x3000", "1/6000x1500,1/2,1/6000x1500")
    )
    assert first.lower < middle.upper
    assert middle.lower < first.upper
    assert middle.upper - middle.lower < Fraction(1, 10**11)
