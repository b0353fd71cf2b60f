"""Lloyd's fixed point and its stability, certified."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from scipy.stats import norm, qmc

from overspec import InputError
from overspec.decimals import Number
from overspec.verify.check import lloyd as checker
from overspec.verify.check.value import Purse
from overspec.verify.enclosures.ball import Inconclusive, dyadic, to_ball
from overspec.verify.lloyd import radius as lloyd
from overspec.verify.lloyd import stability


def enclosed(value: Number | Inconclusive) -> Number:
    assert isinstance(value, Number)
    return value


@pytest.mark.parametrize("k", [2, 3, 4, 5])
@pytest.mark.parametrize("digits", [5, 15, 40])
def test_closed_forms(k: int, digits: int) -> None:
    found = enclosed(lloyd.r0(k, digits))
    with ctx.workprec(300):
        assert dyadic(lloyd.closed_form(k).mid()) in found
    assert found.error < Fraction(1, 10**digits)


@pytest.mark.parametrize("k", [2, 6, 17, 1000, 10**9])
def test_another_quadrature_lies_inside(k: int) -> None:
    low, high = checker.enclose(k, 16, Purse(10**9))["r0"]
    assert high - low < Fraction(1, 10**13)
    assert low in enclosed(lloyd.r0(k, 12))
    assert high in enclosed(lloyd.r0(k, 12))


def sweep(last: int) -> None:
    previous = Fraction(0)
    count = 1
    for k, found in lloyd.r0_sweep(last, 15):
        count += 1
        here = enclosed(found)
        assert here.error < Fraction(1, 10**15)
        assert here.lower > previous  # more cells, farther out
        if k % max(last // 8, 1) == 0:
            assert here.overlaps(enclosed(lloyd.r0(k, 20)))
        previous = here.upper
    assert count == last


def test_every_k_to_a_few_hundred() -> None:
    sweep(400)


@pytest.mark.slow
def test_every_k_to_ten_thousand() -> None:
    """``pytest tests/verify/lloyd/test_lloyd.py -m slow``: R₀(k) certified for every k ≤ 10^4."""
    sweep(10_000)


def test_radius_fails_without_its_bounds() -> None:
    line = lloyd.plan(5, 15)
    truth = enclosed(lloyd.r0(5, 30))
    for changes, dropped in [
        ({"step": Fraction(3, 2), "count": 7}, "aliasing"),
        ({"count": int(3 / line.step)}, "truncation"),
    ]:
        rough = enclosed(lloyd.r0(5, 15, replace(line, **changes)))  # type: ignore[arg-type]
        assert truth.value in rough
        kept = tuple(line for line in rough.budget if line[0] != dropped)
        assert not Number(rough.value, kept).overlaps(truth)


def test_broken_hypotheses_give_no_radius() -> None:
    line = lloyd.plan(5, 15)
    for changes in ({"height": Fraction(2)}, {"count": 1}, {"height": Fraction(-1, 10)}):
        assert isinstance(lloyd.r0(5, 15, replace(line, **changes)), Inconclusive)  # type: ignore[arg-type]


# --- stability


@pytest.mark.parametrize("k", range(2, 13))
def test_eigenvalues_agree_with_closed_formulas(k: int) -> None:
    modes = stability.eigenvalues(k, 15)
    own = checker.enclose(k, 18, Purse(10**9))
    assert sum(mode.multiplicity for mode in modes) == k * (k - 1)
    for mode in modes:
        found = enclosed(mode.value)
        assert found.error < Fraction(1, 10**15)
        low, high = own[f"eigenvalue {mode.name}"]
        assert found.lower <= low <= high <= found.upper
        if mode.name == "rotation":
            assert 1 in found
        else:
            assert found.upper < 1  # neutral under rotations only


@pytest.mark.parametrize(
    ("k", "largest"), [(3, "0.579"), (4, "0.538"), (5, "0.507"), (6, "0.482"), (10, "0.593")]
)
def test_next_largest_eigenvalue(k: int, largest: str) -> None:
    """math.md K2, measured there to three digits."""
    modes = stability.eigenvalues(k, 10)
    top = max(enclosed(m.value).value for m in modes if m.name != "rotation")
    assert abs(top - Fraction(largest)) < Fraction(1, 1500)


@pytest.mark.parametrize("k", [3, 4])
def test_eigenvalues_agree_with_difference_quotients(k: int) -> None:
    """Lloyd's map itself on half a million quasi-random points; it shares no formula."""
    points = norm.ppf(qmc.Sobol(k - 1, seed=1).random(2**19))
    centred = np.eye(k) - 1 / k
    basis = np.linalg.svd(centred)[0][:, : k - 1]  # coordinates in the hyperplane
    vertices = centred @ basis
    rho = float(enclosed(lloyd.r0(k)).value) * (k / (k - 1)) ** 0.5
    u = basis[0] - basis[1]

    def moved(change: Any) -> Any:
        images = []
        for sign in (1, -1):
            centres = rho * vertices + sign * 0.05 * change
            owner = (points @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)
            sums = [np.bincount(owner, points[:, a], minlength=k) for a in range(k - 1)]
            images.append(np.stack(sums, axis=1) / np.bincount(owner, minlength=k)[:, None])
        return (images[0] - images[1]) / 0.1

    modes = [np.tile(u, (k, 1)), (vertices @ u)[:, None] * vertices]
    flat = np.stack([mode.ravel() for mode in modes], axis=1)
    matrix = np.linalg.lstsq(flat, np.stack([moved(m).ravel() for m in modes], axis=1))[0]
    low, high = np.sort(np.linalg.eigvals(matrix).real)
    found = {m.name: float(enclosed(m.value).value) for m in stability.eigenvalues(k, 10)}
    assert abs(high - found["vertex+"]) < 0.02
    assert abs(low - found["vertex-"]) < 0.02


@pytest.mark.parametrize(("k", "digits"), [(1, 15), (10**16, 15), (3, 0), (3, True)])
def test_bad_input(k: int, digits: int) -> None:
    with pytest.raises(InputError):
        lloyd.r0(k, digits)


def test_stability_has_a_limit() -> None:
    with pytest.raises(InputError, match="up to k = 40"):
        stability.eigenvalues(41)


@pytest.mark.parametrize("k", [2, 3, 5, 12])
def test_the_line_of_the_face_tails_covers_what_they_do(k: int) -> None:
    """With and without what the face integrals leave out, at a cut where it can be seen."""
    with ctx.workprec(200):
        radius = lloyd.r0(k, 30)
        assert isinstance(radius, Number)
        cut = arb(4)
        rho = to_ball(radius.value) * (arb(k) / (k - 1)).sqrt()
        limit = stability.face_tail(k, cut)
        faces = [stability._Face.at(k, cut, tails) for tails in (False, True)]
        bare, full = (stability._spectrum(k, face, rho) for face in faces)
        for (_, _, one), (_, _, other) in zip(bare, full, strict=True):
            moved = other.rad() - one.rad() + abs(other.mid() - one.mid())
            assert moved > 0
            assert moved <= limit
