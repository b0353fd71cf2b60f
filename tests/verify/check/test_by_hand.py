"""The checker's bounds and sums typed again where no certificate of the other tests reaches."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from overspec.verify.check import bounds
from overspec.verify.check.pairs import bounds as pair_bounds
from overspec.verify.check.subject import Entry
from overspec.verify.check.value import Corner, Orbit

F = Fraction


def simplex(k: int, weights: tuple[tuple[Fraction, int], ...]) -> Orbit:
    return Orbit(k, weights, ((F(1), k // 2),), True)


@pytest.mark.parametrize("k", [4, 5, 6])
def test_the_sizes_of_the_terms_of_the_hessian(k: int) -> None:
    """``[m = n] + 8s, 32s, 6s`` with ``s = c² s_m s_n``, s_m² = 2/k, or 1/k for m = k/2."""
    point = simplex(k, ((F(1, 2), 1), (F(1, 4), 1), (F(1, 4 * (k - 2)), k - 2)))
    found = bounds.polynomial_sizes(point, bounds.real(F(9, 4)))
    for m in range(1, k // 2 + 1):
        for n in range(m, k // 2 + 1):
            share = math.prod((1 if 2 * i == k else 2) / k for i in (m, n))
            s = 2.25 * math.sqrt(share)
            assert [float(t) for t in found[Entry(m, n)]] == pytest.approx(
                [(m == n) + 8 * s, 32 * s, 6 * s], rel=1e-14
            )


LATTICE: dict[str, Any] = {"steps": [F(1, 2)] * 2, "heights": [F(1)] * 2, "radius": F(5)}
AXES = [[F(1), F(-1, 2), F(-1, 2)], [F(0), F(7, 8), F(-7, 8)]]
LAPLACE: dict[str, Any] = {
    "step": F(1, 4), "first": -40, "last": 20, "inner": 30, "power": F(2),
    "angle outer": F(1), "angles inner": [F(1)] * 3,
}  # fmt: skip
LINE: dict[str, Any] = {"step": F(1, 4), "height": F(1), "knee": F(-2), "count": 30, "cut": 8}
PAIRS: dict[str, Any] = {
    "spacing": F(1, 2), "slope": F(1), "step": F(1, 2), "height": F(1, 2), "reach": 20,
}  # fmt: skip
POINT = simplex(4, ((F(1, 2), 2), (F(1, 4), 1), (F(1, 4), 1)))


def sizes(_: Any) -> dict[Any, Any]:
    return {Entry(1, 1): (1, 1, 1)}


@pytest.mark.parametrize(
    ("call", "given", "broken"),
    [
        (
            lambda g: bounds.lattice_second(AXES, g),
            LATTICE,
            [
                {"steps": [F(1, 2)]}, {"heights": [F(1)]}, {"radius": F(19, 10)},
                {"steps": [F(1, 2), F(7)]}, {"steps": [F(0), F(1)]}, {"heights": [F(1), F(0)]},
                {"heights": [F(2), F(2)]},
            ],
        ),
        (
            lambda g: bounds.lattice_of(AXES, F(1), g),
            LATTICE,
            [
                {"steps": [F(1, 2)]}, {"heights": [F(1)]}, {"radius": F(17, 10)},
                {"steps": [F(1, 2), F(7)]}, {"steps": [F(0), F(1)]}, {"heights": [F(1), F(0)]},
                {"heights": [F(2), F(2)]},
            ],
        ),
        (
            lambda g: bounds.laplace_outer_second(POINT, g, sizes),
            LAPLACE,
            [
                {"step": F(0)}, {"power": F(0)}, {"angle outer": F(8, 5)}, {"angle outer": F(0)},
                {"angles inner": [F(1)] * 2}, {"angles inner": [F(1), F(1), F(8, 5)]},
            ],
        ),
        (
            lambda g: bounds.laplace_outer(POINT, {**g, "angles inner": g["angles inner"][:2]}),
            LAPLACE,
            [
                {"step": F(0)}, {"power": F(0)}, {"angle outer": F(8, 5)}, {"angle outer": F(0)},
                {"angles inner": [F(1)]}, {"angles inner": [F(1), F(8, 5)]},
            ],
        ),
        (
            lambda g: (pair_bounds.broken(Corner(4, POINT.weights, (F(1), F(1))), g),),
            PAIRS,
            [
                {"spacing": F(0)}, {"slope": F(0)}, {"slope": F(9, 4)}, {"step": F(7)},
                {"height": F(0)}, {"height": F(8, 5)}, {"reach": 2}, {"reach": -1, "step": F(6)},
            ],
        ),
    ],
)  # fmt: skip
def test_every_hypothesis_is_asked_for(call: Any, given: Any, broken: list[Any]) -> None:
    assert call(given)[0] == ""
    for change in broken:
        reason, *lines = call({**given, **change})
        assert reason, change
        assert not any(lines)


def test_other_orbits_have_no_laplace_transform() -> None:
    point = Orbit(4, POINT.weights, ((F(1), 1), (F(2), 1)), False)
    assert bounds.laplace_outer(point, LAPLACE)[0]
    assert bounds.laplace_outer_second(point, LAPLACE, sizes) == (
        "the orbit of theta is a regular simplex", {},
    )  # fmt: skip
