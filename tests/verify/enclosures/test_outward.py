"""What has to err on the safe side does: bounds, covers, and the checker at both ends."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from flint import arb, ctx

from overspec import Energies, Mixture
from overspec.decimals import Number
from overspec.exact import exact
from overspec.verify.certificates import write
from overspec.verify.check import verdict as check
from overspec.verify.enclosures.ball import Inconclusive, to_ball, upper
from overspec.verify.enclosures.cover import Cover, cover
from overspec.verify.enclosures.evaluate import _subtract, certified_evaluation
from overspec.verify.enclosures.hessian import CertifiedHessian
from overspec.verify.engines.evaluate import evaluate

ZERO = Number(Fraction(0))
MIXTURE, POINT = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")


@pytest.mark.parametrize("divisor", [3, 7, 11, 10**20 + 1])
def test_the_upper_end_of_a_ball_is_above_it(divisor: int) -> None:
    with ctx.workprec(200):
        for ball in (arb(1) / divisor, arb(divisor).sqrt(), -arb(divisor).log()):
            assert arb(upper(ball).numerator) / upper(ball).denominator >= abs(ball)


def test_enclosures_apart_do_not_overlap() -> None:
    one, two = (Number(Fraction(n), (("rounding", Fraction(1, 4)),)) for n in (0, 1))
    assert not one.overlaps(two)
    assert not two.overlaps(one)
    assert one.overlaps(one)


def test_an_enclosure_wider_than_asked_for_is_not_conclusive() -> None:
    found = certified_evaluation(MIXTURE, POINT, digits=6)
    assert found.conclusive
    wide = {**found.factors, 1: Number(Fraction(1, 2), (("rounding", Fraction(1, 9)),))}
    assert not replace(found, factors=wide).conclusive


def test_rounding_is_carried_from_the_log_partition_to_kl() -> None:
    half, value = arb(1) / 2, Number(Fraction(1, 4), (("rounding", Fraction(1, 8)),))
    kl = _subtract(half, value)
    assert isinstance(kl, Number)
    assert kl.value == Fraction(1, 4)
    assert kl.error >= Fraction(1, 8)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_checker_looks_at_both_ends(sign: int) -> None:
    found = certified_evaluation(MIXTURE, POINT, digits=12, engine="lattice")
    certificate, kl = write.of_evaluation(found, "test"), found.kl
    assert isinstance(kl, Number)
    moved = Number(kl.value + sign * 3 * kl.error, kl.budget)
    certificate["statements"][0] = write.statement("kl", moved)
    certificate["sha256"] = write.digest(certificate)
    verdict = check.confirm(certificate)
    assert verdict.status == "false"
    assert "independent quadrature" in verdict.reason


def _line(values: dict[Fraction, Fraction], slope: Fraction) -> Cover | Inconclusive:
    """A cover of [0, 1] with values between the given ones, and a loss of slope × width."""

    def value(point: tuple[Fraction, ...]) -> Fraction:
        below = max(x for x in values if x <= point[0])
        above = min(x for x in values if x >= point[0])
        share = (point[0] - below) / (above - below) if above > below else Fraction(0)
        return values[below] + share * (values[above] - values[below])

    low, high = (Fraction(0),), (Fraction(1),)
    return cover(low, high, value, lambda a, b: (slope * (b[0] - a[0]),), 200)


def test_every_corner_outweighs_the_loss_of_its_cell() -> None:
    found = _line({Fraction(0): Fraction(2), Fraction(1): Fraction(1, 10)}, Fraction(1))
    assert isinstance(found, Cover)
    assert found.cells > 1  # the right end alone cannot carry the whole interval
    assert found.margin == Fraction(1, 10)


def test_both_halves_are_covered() -> None:
    dip = {Fraction(0): Fraction(1), Fraction(1, 4): Fraction(-1), Fraction(1): Fraction(1)}
    mirrored = {1 - x: v for x, v in dip.items()}
    for values in (dip, mirrored):
        assert isinstance(_line(values, Fraction(2)), Inconclusive)


def test_a_value_of_zero_is_not_positive() -> None:
    found = _line({Fraction(0): Fraction(0), Fraction(1): Fraction(1)}, Fraction(0))
    assert isinstance(found, Inconclusive)


def test_a_cover_tells_how_much_is_done() -> None:
    shares: list[Fraction] = []
    low, high = (Fraction(0), Fraction(1)), (Fraction(2), Fraction(1))  # of no width in one axis
    found = cover(
        low, high, lambda p: 3 - p[0], lambda a, b: (b[0] - a[0], Fraction(0)), 99, shares.append
    )
    assert isinstance(found, Cover)
    assert len(shares) == found.cells > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("text", ["sqrt(2)/2", "1-sqrt(2)/2", "(sqrt(5)-1)/4", "2/7+1/sqrt(3)"])
def test_balls_of_irrational_numbers(text: str) -> None:
    """Against SymPy's own evaluation."""
    number = exact(text, "number")
    with ctx.workprec(120):
        ball = to_ball(number)
        assert ball.rad() < 1e-30
        assert abs(ball - arb(str(sympy.N(number, 30)))) < 1e-28


def test_an_evaluation_is_only_as_good_as_its_hessian() -> None:
    found = certified_evaluation(MIXTURE, POINT, digits=6, hessian=True)
    assert found.conclusive
    assert isinstance(found.hessian, CertifiedHessian)
    assert not replace(found, digits=20).conclusive
    alone = replace(found, kl=ZERO, log_partition=ZERO, factors={1: ZERO}, digits=20)
    assert not alone.conclusive  # what is left is the Hessian
    assert replace(alone, hessian=None).conclusive


def test_where_em_leads_in_every_block() -> None:
    """M(θ)_m = (1 − g_m) a_m, against the engine in doubles."""
    mixture, point = Mixture.simplex(4, "2/5,3/10,1/5,1/10"), Energies.of_amplitudes(4, "1,1/2")
    found = certified_evaluation(mixture, point, digits=6)
    moved = evaluate(mixture, point)
    for own, other in zip(found.map_amplitudes, moved.map_amplitudes, strict=True):
        assert isinstance(own, Number)
        assert float(own.value) == pytest.approx(float(other), abs=1e-6)
