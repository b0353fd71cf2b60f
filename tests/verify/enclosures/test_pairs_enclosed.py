"""The pairs engine with proof: against the rigorous lattice, the truth, and line by line."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, ctx
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.verbs.save import save_certificate
from overspec.verify.check.verdict import confirm_file
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.enclosures.hessian import RadialMatrix
from overspec.verify.enclosures.lattice_hessian import lattice_hessian
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.engines.pairs import digits as pairs_digits

WEIGHTS = [Fraction(n, 20) for n in (7, 5, 3, 5)]
POINT = [Fraction(9, 10), Fraction(3, 5)]
ALL = {"log_partition", "g1", "g2", "11", "12", "22"}


def balls(values: list[Fraction]) -> list[Any]:
    with ctx.workprec(400):
        return [to_ball(value) for value in values]


def named(found: pairs.PairsResult) -> dict[str, Number]:
    numbers = {
        "log_partition": found.log_partition,
        **{f"g{m}": g for m, g in found.factors.items()},
        **{f"{m}{n}": e for (m, n), e in found.hessian.entries.items()},
    }
    assert not any(isinstance(n, Inconclusive) for n in numbers.values())
    return numbers  # type: ignore[return-value]


def by_lattice(weights: list[Any], amplitudes: list[Any], digits: int) -> dict[str, Any]:
    found = lattice.enclose(weights, amplitudes, [1, 2], digits)
    hessian = lattice_hessian(weights, amplitudes, digits)
    return {
        "log_partition": found.log_partition,
        **{f"g{m}": g for m, g in found.factors.items()},
        **{f"{m}{n}": e for (m, n), e in hessian.entries.items()},
    }


@pytest.mark.parametrize("seed", slow_but(range(20), quick=range(3)))
def test_it_overlaps_the_rigorous_lattice(seed: int) -> None:
    rng = random.Random(seed)
    parts = [rng.randint(1, 10 ** rng.choice((1, 2, 5))) for _ in range(4)]
    point = [Fraction(rng.randint(1, 200), 100) for _ in range(2)]
    if seed < 2:
        point[seed] = Fraction(0)
    weights, amplitudes = balls([Fraction(p, sum(parts)) for p in parts]), balls(point)
    ours, other = named(pairs.enclose(weights, amplitudes, 14)), by_lattice(weights, amplitudes, 4)
    assert set(ours) == set(other)
    for name, number in ours.items():
        assert number.overlaps(other[name]), name
        assert number.error < Fraction(1, 10**13)


@pytest.mark.parametrize("digits", slow_but([6, 20, 60], quick=[6, 20]))
def test_it_contains_more_digits(digits: int) -> None:
    mixture, point = Mixture.simplex(4, WEIGHTS), Energies.of_amplitudes(4, POINT)
    true = pairs_digits.moments(mixture, point, digits + 15)
    found = named(pairs.enclose(balls(WEIGHTS), balls(POINT), digits + 1))
    known = {
        "log_partition": true.log_partition,
        "g1": true.g[1],
        "g2": true.g[2],
        "11": 1 - true.jacobian[0][0],
        "12": -true.jacobian[0][2],
        "22": 1 - true.jacobian[2][2],
    }
    for name, number in found.items():
        sign, mantissa, exponent, _ = known[name]._mpf_
        value = (-1) ** sign * int(mantissa) * Fraction(2) ** exponent
        assert value in number, name
        assert number.error <= Fraction(1, 10**digits), name


def coarse(**changes: Any) -> dict[str, Number]:
    base = pairs.plan(balls(WEIGHTS), balls(POINT), 20)
    grid = replace(base, sums=replace(base.sums, **changes))
    return named(pairs.enclose(balls(WEIGHTS), balls(POINT), 20, grid))


@pytest.mark.parametrize(
    ("changes", "needed", "where"),
    [
        ({"spacing": 0.75, "terms": 80, "alone": 120}, "images", ALL),
        ({"terms": 30}, "frequency tail", ALL),
        ({"alone": 90}, "frequency tail", {"log_partition"}),
        ({"step": 1.0, "reach": 20}, "aliasing", ALL),
        ({"reach": 25}, "node tail", ALL),
    ],
)
def test_an_enclosure_fails_without_the_bound(
    changes: dict[str, Any], needed: str, where: set[str]
) -> None:
    rough, sharp = coarse(**changes), named(pairs.enclose(balls(WEIGHTS), balls(POINT), 40))
    failed = set()
    for name, number in rough.items():
        assert sharp[name].value in number, name
        rest = Number(number.value, tuple(line for line in number.budget if line[0] != needed))
        if not rest.overlaps(sharp[name]):
            failed.add(name)
    assert failed == where


def test_broken_hypotheses_give_no_enclosure() -> None:
    base = pairs.plan(balls(WEIGHTS), balls(POINT), 20)
    for changes in (
        {"height": 2.0},  # a_1y > π/2
        {"step": 7.0, "reach": 3},
        {"slope": 2.5},
        {"reach": 1},
        {"height": 0.0},
    ):
        grid = replace(base, sums=replace(base.sums, **changes))
        found = pairs.enclose(balls(WEIGHTS), balls(POINT), 20, grid)
        numbers = (found.log_partition, *found.factors.values(), *found.hessian.entries.values())
        assert all(isinstance(number, Inconclusive) for number in numbers), changes


def test_a_ball_of_points_contains_each_of_them() -> None:
    with ctx.workprec(200):
        wide = [arb(x, 1e-7) for x in balls(POINT)]
    found = named(pairs.enclose(balls(WEIGHTS), wide, 14))
    for shift in (Fraction(-1, 10**7), Fraction(1, 10**7)):
        moved = [x + shift * Fraction(99, 100) for x in POINT]
        sharp = named(pairs.enclose(balls(WEIGHTS), balls(moved), 20))
        for name, number in found.items():
            assert sharp[name].value in number, name
            assert number.error < Fraction(1, 10**5)


def test_a_file_states_what_the_lattice_proves(tmp_path: Any) -> None:
    mixture, point = Mixture.simplex(4, WEIGHTS), Energies.of_amplitudes(4, "1/5,1/3")
    found = certified_evaluation(mixture, point, 3, hessian=True)
    assert found.engine == "pairs"
    assert isinstance(found.hessian, RadialMatrix)
    path = save_certificate(found, tmp_path / "file.json")
    assert '"engine": "lattice"' in path.read_text()
    assert confirm_file(path).status == "proved again"


def test_other_k_are_refused() -> None:
    with pytest.raises(InputError, match="k = 4"):
        certified_evaluation(Mixture.simplex(3), Energies.of_amplitudes(3, "1"), 10, "pairs")
    with pytest.raises(InputError, match="k = 4"):
        pairs.enclose(balls([Fraction(1, 3)] * 3), balls(POINT[:1]), 10)


@pytest.mark.parametrize("amplitudes", ["10000000,1", "1,1e300", "0,1e400"])
def test_amplitudes_far_out_are_refused(amplitudes: str) -> None:
    """In doubles they had no square."""
    point = Energies.of_amplitudes(4, amplitudes)
    with pytest.raises(InputError, match=r"beyond 1e\+06"):
        certified_evaluation(Mixture.simplex(4, "linear"), point, 6, "pairs")
