"""Sums of the low-rank enclosure in numbers of 64 bits: the same sums in balls lie within."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.lowrank import enclose as low_rank
from overspec.verify.enclosures.lowrank import longer
from overspec.verify.enclosures.lowrank.nodes import Point, points, reached
from overspec.verify.enclosures.lowrank.plan import LONG_SOUND, Grid, Shell, Split, plan
from overspec.verify.enclosures.lowrank.sums import Summed, summed
from overspec.verify.enclosures.lowrank.tables import Tables

pytestmark = [
    pytest.mark.numeric,
    pytest.mark.skipif(not LONG_SOUND, reason="no numbers of 64 bits on this processor"),
]
BITS = 160
HEAVY = [Fraction(999_996, 10**6)] + [Fraction(1, 10**6)] * 4
SPREAD = [Fraction(n, 100) for n in (40, 25, 15, 12, 8)]
POINT = [Fraction(9, 10), Fraction(3, 5)]


def balls(values: list[Fraction], radius: float = 0.0) -> list[Ball]:
    with ctx.workprec(400):
        return [to_ball(value) + arb(0, radius) for value in values]


class Case:
    """Some nodes of a grid, in balls of many bits."""

    def __init__(self, weights: list[Fraction], point: list[Fraction], digits: int = 6) -> None:
        amplitudes = balls(point)
        self.grid: Grid = plan(Split.of(5, amplitudes), digits, 2)
        with ctx.workprec(BITS):
            split = Split.of(5, amplitudes)
            every = list(points(balls(weights), split, self.grid))
            self.tables: Tables = reached(split.c, self.grid, every)
            self.step = to_ball(self.grid.step)
        taken = []
        for shell, found in zip(self.grid.shells[:6:2], every[:6:2], strict=True):
            stride = (shell.last - shell.first) // 12
            some = replace(shell, stride=stride, last=shell.first + 12 * stride)
            taken.append((some, found[::40]))
        self.shells: list[tuple[Shell, list[Point]]] = [(s, f) for s, f in taken if f]

    def both(self, widened: Any = None) -> list[tuple[Summed | None, Summed]]:
        """By shell, in numbers of 64 bits and in balls; ``widened`` changes what the first see."""
        tables, shells = widened(self) if widened else (self.tables, self.shells)
        with ctx.workprec(BITS):
            places = [x for _, found in shells for point in found for x in point.places]
            long = longer.LongTables.of(tables, places)
            return [
                (
                    longer.summed(long, shell, wide, self.step, True),
                    summed(self.tables, shell, narrow, self.step, True),
                )
                for (shell, wide), (_, narrow) in zip(shells, self.shells, strict=True)
            ]


def entries(found: Summed) -> list[Ball]:
    return [found.density, *(x for part in found.sums.parts for x in part.entries())]


def contained(mine: Summed | None, exact: Summed) -> list[float]:
    """Each within; the distances in radii."""
    assert mine is not None
    shares = []
    for a, b in zip(entries(mine), entries(exact), strict=True):
        apart = abs(a.mid() - b.mid())
        assert apart <= a.rad() + b.rad(), (a, b)
        shares.append(float(apart / a.rad()))
    return shares


CASES = {"spread": Case(SPREAD, POINT), "heavy": Case(HEAVY, [Fraction(1, 5), Fraction(1, 7)])}


@pytest.mark.parametrize("name", CASES)
def test_the_sums_in_many_bits_lie_within(name: str) -> None:
    shares = []
    for mine, exact in CASES[name].both():
        shares += contained(mine, exact)
        assert mine is not None
        for a in entries(mine):
            assert a.rad() < 1e-12 * abs(a.mid()) + 1e-17, a
    assert max(shares) > 1e-3  # they are rounded


def test_doubles_in_their_place_show_the_roundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """With u = 2^-53 they are within; with a thousandth of it they are not."""
    monkeypatch.setattr(longer, "LONG", np.float64)
    monkeypatch.setattr(longer, "BITS", 53)
    monkeypatch.setattr(longer, "U", 2.0**-53)
    for mine, exact in CASES["spread"].both():
        contained(mine, exact)
    monkeypatch.setattr(longer, "U", 2.0**-53 / 1000)
    monkeypatch.setattr(longer, "BITS", 64)  # what is cut off is in the errors, however long it is
    every = CASES["spread"].both()
    with pytest.raises(AssertionError):
        [contained(mine, exact) for mine, exact in every]


def test_the_error_of_a_polynomial() -> None:
    """Of coefficients that are exact, at places that are: (2m + 1)u for x^m, and of the doubles."""
    size = [3, 2, 5, 7, 4, 6, 2]
    row = [[arb(n)] for n in size]
    found = longer.LongTables.of(Tables(0, (tuple(row),)), [arb(1) / 4])
    u, v, head = 2.0**-64, 2.0**-53, longer.HEAD
    powers = [n * 0.25**m for m, n in enumerate(size)]
    least = sum((2 * m + 1) * u * x for m, x in enumerate(powers))
    least += sum((m + len(size)) * v * x for m, x in enumerate(powers) if m >= head)
    cut = sum(2 * u * x for x in powers)
    assert least + 0.9 * cut <= float(found.errors[0, 0]) <= 2.2 * (least + cut)


def test_wide_balls_hold_all_that_is_in_them() -> None:
    """Coefficients and places at either end of wider balls."""
    case = CASES["spread"]
    small, wide = arb(1) / 10**9, arb(0, 1.0000001e-9)

    def coefficients(case: Case, sign: int) -> Any:
        rows = tuple(
            tuple([x + x * (small * sign) + x * wide for x in line] for line in row)
            for row in case.tables.rows
        )
        return Tables(case.tables.low, rows), case.shells

    def places(case: Case, sign: int) -> Any:
        moved = [
            (
                s,
                [
                    replace(p, places=tuple(x + small * sign + wide for x in p.places))
                    for p in found
                ],
            )
            for s, found in case.shells
        ]
        return case.tables, moved

    for change in (coefficients, places):
        for sign in (-1, 1):
            for mine, exact in case.both(lambda c, f=change, s=sign: f(c, s)):
                assert max(contained(mine, exact)) > 0.01


def test_what_is_next_to_nothing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """P_0 below 1/2 for 0: the product of all P_0 that is lost is at most the bound of one P_a."""
    monkeypatch.setattr(longer, "LEAST", 0.5)
    least, lost = 0.0, 0.0
    for mine, exact in CASES["spread"].both():
        assert mine is not None
        least = max(least, mine.dropped)
        lost = max(lost, float(abs(mine.density - exact.density) / exact.density))
    assert lost > 1e-6
    assert 1e-1 < least < 1


def test_what_was_left_out_is_in_the_enclosure(monkeypatch: pytest.MonkeyPatch) -> None:
    sharp = low_rank.enclose(balls(SPREAD), balls(POINT), [1, 2], 6)
    monkeypatch.setattr(longer, "LEAST", 1e-5)
    rough = low_rank.enclose(balls(SPREAD), balls(POINT), [1, 2], 6)
    for mine, true in (
        (rough.log_partition, sharp.log_partition),
        (rough.factors[1], sharp.factors[1]),
    ):
        assert dict(mine.budget)["tables"] > 1e-6 > dict(true.budget)["tables"]  # type: ignore[union-attr]
        assert mine.overlaps(true)  # type: ignore[union-attr,arg-type]


def narrowest(change: Any = None) -> list[tuple[float, float]]:
    """Radius and size of every sum over one node, whose roundings can be counted."""
    case = CASES["spread"]
    shell, found = case.shells[0]
    one = replace(shell, last=shell.first)
    with ctx.workprec(BITS):
        places = list(found[0].places)
        long = longer.LongTables.of(case.tables, places)
        if change:
            long = change(long)
        mine = longer.summed(long, one, found[:1], case.step, True)
    assert mine is not None
    return [(float(x.rad()), float(abs(x.mid()))) for x in entries(mine)]


def test_the_count_of_roundings() -> None:
    """k for W, 4 for each of two quotients and their difference, 2k + 3 for each Q, the sums."""
    free = narrowest(lambda tables: replace(tables, errors=0 * tables.errors))
    count = 5 + 8 + 2 * 13 + longer.BLOCK
    for radius, size in free:
        assert radius >= count * 2.0**-64 * size
    assert free[0][0] < 100 * 2.0**-64 * free[0][1]


def test_what_ratios_are_off_by_counts() -> None:
    def off(tables: longer.LongTables) -> longer.LongTables:
        return replace(tables, errors=1e-10 * np.abs(tables.terms[0]).astype(float))

    density, pairs, *_ = narrowest(off)
    assert 4.9e-10 < density[0] / density[1] < 5.2e-10  # one for each P_0
    assert 8.9e-10 < pairs[0] / pairs[1] < 9.5e-10  # two ratios, each of two


def test_what_second_moments_are_off_by_counts() -> None:
    def off(share: float) -> list[tuple[float, float]]:
        def change(tables: longer.LongTables) -> longer.LongTables:
            errors = share * np.abs(tables.terms[0]).astype(float)
            errors[:2] = 0
            return replace(tables, errors=errors)

        return narrowest(change)

    exact, rough = off(0), off(1e-10)
    for n, (radius, _) in enumerate(rough):
        first = n < 1 + 15 or n >= 1 + 15 + 75 + 50  # W, pairs and forms have no ν
        assert (radius < 1.1 * exact[n][0]) is first, n


def test_a_difference_is_rounded_as_its_parts() -> None:
    """ν = P_2/P_0 − ρ² is next to nothing here, its parts are 1/4 each."""

    def flat(tables: longer.LongTables) -> longer.LongTables:
        terms = np.zeros_like(tables.terms)
        terms[0] = np.array([1, 0.5, 0.25 * (1 + 1e-12)])[:, None]
        return replace(tables, terms=terms, rest=0 * tables.rest, errors=0 * tables.errors)

    found = narrowest(flat)
    density, variances = found[0], found[-4 - 25 : -4]
    for radius, size in variances:
        assert size < 1e-20
        assert 0.25 * density[0] <= radius <= density[0]


def test_too_wide_places_are_left_to_balls() -> None:
    def wide(case: Case) -> Any:
        moved = [
            (s, [replace(p, places=tuple(x + arb(0, 1e-3) for x in p.places)) for p in found])
            for s, found in case.shells
        ]
        return case.tables, moved

    assert all(mine is None for mine, _ in CASES["spread"].both(wide))


def test_either_arithmetic_encloses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = low_rank.enclose(balls(SPREAD), balls(POINT), [1, 2], 5, None, True)
    monkeypatch.setattr(low_rank, "in_long", lambda digits: False)
    slow = low_rank.enclose(balls(SPREAD), balls(POINT), [1, 2], 5, None, True)
    assert quick.grid == slow.grid
    pairs = [(quick.log_partition, slow.log_partition)]
    pairs += [(quick.factors[m], slow.factors[m]) for m in (1, 2)]
    assert quick.hessian is not None
    assert slow.hessian is not None
    pairs += [
        (quick.hessian.entries[key], slow.hessian.entries[key]) for key in quick.hessian.entries
    ]
    for mine, other in pairs:
        assert abs(mine.value - other.value) < 1e-12  # type: ignore[union-attr]
        assert mine.value != other.value  # type: ignore[union-attr]
