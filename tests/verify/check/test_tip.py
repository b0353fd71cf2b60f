"""The checker's tip: proved where λ first fails at one point, false of a bracket beside it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from overspec import Mixture
from overspec.verify.check import lattice
from overspec.verify.check.cover.tip import derivatives, prove_tip
from overspec.verify.check.format import Rejected
from overspec.verify.check.pairs import sums
from overspec.verify.check.radius import StatedRadius, StatedTip
from overspec.verify.check.value import Enclosure, Purse, Sector, TooCostly
from overspec.verify.radius.near.tip import smooth
from overspec.verify.radius.values import MATRIX, sector_parts

HEAVY = ((Fraction(9, 10), 1), (Fraction(1, 30), 3))
SIGMA = Fraction(169, 225)  # (9/10 − 1/30)²
GAMMA = Fraction(578314452371991723390525946017, 10**30)  # docs/radius.md
UNIT = Fraction(1, 10**20)
ON_AXIS = StatedTip(Fraction(1), Fraction(1, 2**13), GAMMA - Fraction(1, 256), Fraction(0), ("g2",))
SKEW = tuple((Fraction(n, 82), 1) for n in (60, 7, 9, 6))


def stated(
    shift: Fraction = Fraction(0), tip: StatedTip = ON_AXIS, unit: Fraction = UNIT
) -> StatedRadius:
    """A bracket around γ, as wide as two units, moved."""
    lower, upper = GAMMA - unit + shift, GAMMA + unit + shift
    return StatedRadius(
        4, HEAVY, "factor", Fraction(9, 10), False, lower, upper, (SIGMA, SIGMA), Fraction(1, 3),
        (upper, tip.turn), (), {}, None, tip,
    )  # fmt: skip


def prove(s: StatedRadius) -> None:
    assert s.tip is not None
    prove_tip(s, s.tip, Purse(10**10))


def test_a_bracket_of_twenty_digits_is_proved() -> None:
    prove(stated())


FALSE = {
    "a unit up": (stated(2 * UNIT), "need not be above"),
    "too wide along the circle": (stated(tip=replace(ON_AXIS, half=Fraction(1, 1024))), "convex"),
    "too long": (stated(tip=replace(ON_AXIS, start=GAMMA - Fraction(5, 32))), "fall"),
    "another branch": (stated(tip=replace(ON_AXIS, branches=("g1",))), "g1"),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_does_not_hold_is_rejected(name: str) -> None:
    s, why = FALSE[name]
    with pytest.raises(Rejected, match=why):
        prove(s)


def test_a_direction_that_is_off_is_not_proved() -> None:
    """Off an axis the slope along the circle counts: here it is larger than the width allows."""
    unit = Fraction(1, 10**10)
    aside = replace(ON_AXIS, turn=1 - Fraction(1, 2**17), step=Fraction(1, 2**15))
    prove(stated(tip=aside, unit=unit))
    farther = replace(aside, turn=1 - Fraction(1, 2**11))
    with pytest.raises(TooCostly, match="need not be above"):
        prove(stated(tip=farther, unit=unit))
    with pytest.raises(Rejected, match="step"):
        prove(stated(tip=replace(aside, step=Fraction(0))))


def hessian(shift: Fraction, branch: str = "matrix") -> StatedRadius:
    """Of the second row over two amplitudes in docs/radius.md: off the axes the matrix fails."""
    gamma, unit = Fraction("0.325668575830587448397235015113"), Fraction(1, 10**9)
    lower, upper = gamma - unit + shift, gamma + unit + shift
    turn, small = Fraction(956812828603, 2**41), Fraction(1, 2**18)
    tip = StatedTip(turn, small, gamma - 2 * small, small, (branch,))
    sigma = Fraction(51**2 + 1, 82**2)
    return StatedRadius(
        4, SKEW, "jacobian", Fraction(19, 20), False, lower, upper, (sigma, sigma), Fraction(1, 9),
        (upper, turn), (), {}, None, tip,
    )  # fmt: skip


@pytest.mark.slow
def test_the_determinant_fails_off_the_axes() -> None:
    prove(hessian(Fraction(0)))
    for forged in (hessian(Fraction(2, 10**9)), hessian(Fraction(0), "g1")):
        with pytest.raises(Rejected):
            prove(forged)


@pytest.mark.parametrize("branch", ["g1", "g2", "matrix"])
@pytest.mark.parametrize("k", [4, 5])
def test_the_derivatives_are_bounded_as_where_they_were_found(k: int, branch: str) -> None:
    ours = smooth(k, MATRIX if branch == "matrix" else int(branch[1]))
    for mine, theirs in zip(
        (ours.slope, ours.bend, ours.twist), derivatives(k, branch), strict=True
    ):
        assert abs(mine - theirs) < Fraction(1, 10**20) * mine


def overlap(left: Enclosure, right: Enclosure) -> bool:
    return left[0] <= right[1] and right[0] <= left[1]


@pytest.mark.parametrize("place", [("1/3", "2/5"), ("1", "1"), ("1/2", "0"), ("6/5", "1/2")])
def test_two_quadratures_and_the_engine_agree(place: tuple[str, str]) -> None:
    """The lattice to 8 digits, the pairs to 14, and the producer's enclosure to 18."""
    r, q = map(Fraction, place)
    point = Sector(4, SKEW, r, q)
    few = lattice.enclose(point, 8, Purse(10**10), log=False)
    many = sums.enclose(point, 14, Purse(10**10))
    weights = ",".join(str(w) for w, _ in SKEW)
    parts = sector_parts(Mixture.simplex(4, weights), "jacobian")((r, q), 18)
    for m, (wide, narrow) in enumerate(zip(few.factors, many.factors, strict=True), start=1):
        own = parts.factors[m]
        assert overlap(wide, narrow)
        assert narrow[0] < own.lower < own.upper < narrow[1]
        assert narrow[1] - narrow[0] < Fraction(2, 10**14)
    assert set(few.entries) == set(many.entries)
    for (m, n), narrow in many.entries.items():
        own = parts.matrix[m + n - 2]
        assert overlap(few.entries[m, n], narrow)  # type: ignore[index]
        assert narrow[0] < own.lower < own.upper < narrow[1]
