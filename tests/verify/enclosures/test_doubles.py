"""Lattice sums in doubles: the same sums in balls lie within, and only just where it matters."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import arb, ctx

from overspec.decimals import Number
from overspec.verify.enclosures.ball import Ball
from overspec.verify.enclosures.doubles import moments as doubles
from overspec.verify.enclosures.lattice import Grid, enclose, orbit
from overspec.verify.enclosures.lattice_hessian import _second_moments, lattice_hessian
from overspec.verify.enclosures.lowrank import either

HEAVY = [Fraction(99_996, 100_000)] + [Fraction(1, 100_000)] * 4
SPREAD = [Fraction(n, 100) for n in (40, 25, 15, 12, 8)]
WIDE = Grid((Fraction(5, 4),) * 4, Fraction(11), (Fraction(1),) * 4, 200)


def balls(values: list[Fraction]) -> list[Ball]:
    with ctx.workprec(200):
        return [arb(x.numerator) / x.denominator for x in values]


@pytest.mark.parametrize("weights", [HEAVY, SPREAD], ids=["heavy", "spread"])
@pytest.mark.parametrize("amplitudes", [("1/2", "7/10"), ("3", "1/10")], ids=["near", "far"])
def test_the_sums_in_many_bits_lie_within(
    weights: list[Fraction], amplitudes: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T is so large that what lies beyond is less than any rounding; the nodes come in batches."""
    monkeypatch.setattr(doubles, "CHUNK", 2**10)
    pi, at = balls(weights), balls([Fraction(a) for a in amplitudes])
    with ctx.workprec(200):
        means = orbit(5, at)
        found = doubles.moments(pi, means, WIDE, True)
        exact = _second_moments(pi, means, WIDE)
    assert found is not None
    apart = []
    for pair, sums in exact.items():
        assert set(found[pair]) == set(sums)
        for q, value in sums.items():
            mine = found[pair][q]
            off = abs(mine.mid() - value.mid())
            assert off <= mine.rad(), (pair, q)
            assert mine.rad() < 1e-12 * (sums[()] * 100), (pair, q)
            apart.append(float(off) > 0)
    assert sum(apart) > len(apart) / 2  # they are rounded


def test_wide_weights_and_amplitudes_hold_all_that_is_in_them() -> None:
    wide = arb(0, 2.0**-40)
    pi = [w + w * wide for w in balls(SPREAD)]
    at = [a + wide for a in balls([Fraction(1, 2), Fraction(7, 10)])]
    with ctx.workprec(100):
        found = doubles.moments(pi, orbit(5, at), WIDE, False)
        assert found is not None
        for side in (-1, 1):
            shift = side * arb(2) ** -40
            inside = [w + w * shift for w in balls(SPREAD)]
            near = [a + shift for a in balls([Fraction(1, 2), Fraction(7, 10)])]
            exact = _second_moments(inside, orbit(5, near), WIDE)
            for pair, sums in exact.items():
                assert found[pair][()].contains(sums[()])


def test_the_count_of_roundings() -> None:
    """Of a product, as it is formed: each number by what made it."""
    units, axes, k, outer, inner = 2, 2, 5, 300, 500
    e = units + 1
    bell = power = axes * e
    heavy = power + e
    partition = heavy + power + k
    inverse = 2 * partition + 2
    table = bell + 2 * power + 2 + 2 * e
    along = inverse + table + inner
    around = bell + 2 * e
    n = along + 2 * heavy + around + 4 + 2 * outer
    found = float(doubles._gamma(units, axes, k, outer, inner)) * 2.0**53
    assert n <= found < 1.2 * n


def test_the_rounding_of_a_mixed_moment_is_of_all_its_terms() -> None:
    """Of ``x_a x_b``: of ``(x_a² + x_b²)/2``, however much the terms cancel."""
    means = orbit(5, balls([Fraction(1, 2), Fraction(7, 10)]))
    found = doubles.moments(balls(SPREAD), means, WIDE, True)
    assert found is not None
    for sums in found.values():
        relative = float(sums[()].rad() / sums[()].mid())
        for (a, b), value in ((q, v) for q, v in sums.items() if q):
            squares = float(sums[a, a].mid() + sums[b, b].mid()) / 2
            assert relative * squares * 0.99 < float(value.rad()) < relative * squares * 1.01


def test_what_would_underflow_is_left_to_balls() -> None:
    far, grid = orbit(5, balls([Fraction(9), Fraction(1)])), replace(WIDE, radius=Fraction(8))
    assert doubles.moments(balls(SPREAD), far, grid, False) is None
    tiny = balls([1 - 4 * Fraction(1, 10**40)] + [Fraction(1, 10**40)] * 4)
    near = orbit(5, balls([Fraction(1), Fraction(2)]))
    assert doubles.moments(tiny, near, WIDE, False) is None
    assert doubles.moments(balls(SPREAD), near, WIDE, False) is not None
    long = replace(WIDE, steps=(Fraction(5, 4) + Fraction(1, 2**60),) * 4)
    assert doubles.moments(balls(SPREAD), near, long, False) is None
    many = replace(WIDE, steps=(Fraction(1, 32),) * 4)
    assert doubles.moments(balls(SPREAD), near, many, False) is None


@pytest.mark.parametrize("digits", [3, 5])
def test_they_overlap_the_lattice_in_balls(digits: int) -> None:
    pi, at = balls(HEAVY), balls([Fraction(3, 10), Fraction(1, 5)])
    found, hessian = either.parts(pi, at, digits, True)
    assert hessian is not None
    factors = enclose(pi, at, [1, 2], digits - 1).factors
    entries = lattice_hessian(pi, at, digits - 2).entries
    for mine, theirs in [(found[m], factors[m]) for m in factors] + [
        (hessian.entries[mn], entries[mn]) for mn in entries
    ]:
        assert isinstance(mine, Number)
        assert isinstance(theirs, Number)
        assert mine.overlaps(theirs)
        assert mine.error < Fraction(1, 10**digits)
        assert dict(mine.budget)["rounding"] < Fraction(1, 10**12)
