"""The Hessian enclosed: two methods overlap, both contain the truth, every bound is needed."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
from flint import arb
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.enclosures.laplace_hessian import laplace_hessian, singled_hessian
from overspec.verify.enclosures.lattice_hessian import Hessian, eigenvalues, lattice_hessian
from overspec.verify.engines import evaluate

BITS = 250


@pytest.fixture(autouse=True)
def wide_inputs() -> Any:
    """Inputs are made at 250 bits, and nothing inside changes the precision."""
    before = flint.ctx.prec
    with flint.ctx.workprec(BITS):
        yield
        assert flint.ctx.prec == BITS
    assert flint.ctx.prec == before


def by_lattice(mixture: Mixture, point: Energies, digits: int, **grid: Any) -> Hessian:
    weights = [to_ball(w) for w in mixture.weights]
    amplitudes = [to_ball(e).sqrt() for e in point]
    found = lattice_hessian(weights, amplitudes, digits)
    if grid:
        coarse: Any = replace(found.grid, **grid)
        found = lattice_hessian(weights, amplitudes, digits, coarse)
    return found


def by_laplace(mixture: Mixture, point: Energies, digits: int, **grid: Any) -> Hessian:
    values = list(dict.fromkeys(mixture.weights))
    balls, order = [to_ball(v) for v in values], [values.index(w) for w in mixture.weights]
    norm = to_ball(point.norm_squared)
    found = laplace_hessian(balls, order, norm, digits)
    if grid:
        coarse: Any = replace(found.grid, **grid)
        found = laplace_hessian(balls, order, norm, digits, coarse)
    return found


def entries(found: Hessian) -> dict[tuple[int, int], Number]:
    result = {}
    for key, value in found.entries.items():
        assert isinstance(value, Number)
        result[key] = value
    return result


def spectrum(found: Hessian) -> tuple[Number, ...]:
    values = found.eigenvalues()
    assert not isinstance(values, Inconclusive)
    return values


CASES = [
    (2, "7/10,3/10", "1", 15),
    (3, "1/2,3/10,1/5", "1", 15),
    (3, "uniform", "2", 25),
    (4, "0.4,0.3,0.1,0.2", "1", 6),
    (4, "one-heavy:7/10", "2", 6),
    (5, "linear", "4/5", 3),
]


@pytest.mark.parametrize(
    ("k", "weights", "radius", "digits"), slow_but(CASES, CASES[::3], several=True)
)
def test_the_two_methods_overlap_and_contain_a_third(
    k: int, weights: str, radius: str, digits: int
) -> None:
    """The third is the Hessian of plain EM's engines: mpmath numbers where they reach."""
    mixture, point = Mixture.simplex(k, weights), Energies.regular_simplex(k, radius)
    one, other = by_lattice(mixture, point, digits), by_laplace(mixture, point, digits)
    left, right = entries(one), entries(other)
    assert one.frequencies == other.frequencies
    assert left.keys() == right.keys()
    for key in left:
        assert left[key].overlaps(right[key])
        assert max(left[key].error, right[key].error) <= Fraction(1, 10**digits)
    third = evaluate.evaluate(mixture, point, 60 if k <= 3 else 15)
    middle = [m for m, _ in enumerate(one.frequencies)]
    for a, b in zip(middle, middle, strict=True):
        value = third.hessian[2 * a][2 * b]
        near = Fraction(value) if isinstance(value, float) else exactly(value)
        slack = Fraction(1, 10**12) if k > 3 else Fraction(1, 10**58)
        key = one.frequencies[a], one.frequencies[b]
        for found in (left[key], right[key]):
            assert found.lower - slack <= near <= found.upper + slack


def exactly(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


@pytest.mark.parametrize(
    ("k", "weights", "amplitudes", "digits"),
    [(4, "linear", "1,1/2", 6), (5, "linear", "1,2/5", 3), (6, "linear", "1,0,1/2", 3)],
)
def test_the_lattice_reaches_any_theta(k: int, weights: str, amplitudes: str, digits: int) -> None:
    mixture, point = Mixture.simplex(k, weights), Energies.of_amplitudes(k, amplitudes)
    values = np.array(evaluate.evaluate(mixture, point, 10).hessian_eigenvalues)
    for found in spectrum(by_lattice(mixture, point, digits)):
        assert found.error <= Fraction(1, 10**digits)
        distance = float(np.min(np.abs(values - float(found.value))))
        assert distance <= float(found.error) + 1e-9


LARGER = [
    (7, "linear"),
    (12, "geometric:4/5"),
    (25, "linear"),
    pytest.param(50, "random:1", marks=pytest.mark.slow),
    pytest.param(100, "linear", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("k", "weights"), LARGER)
def test_the_matrix_at_larger_k(k: int, weights: str) -> None:
    mixture, point = Mixture.simplex(k, weights), Energies.regular_simplex(k, "3/2")
    values = np.array(evaluate.evaluate(mixture, point).hessian_eigenvalues)
    for found in spectrum(by_laplace(mixture, point, 8)):
        assert found.error <= Fraction(1, 10**8)
        assert np.min(np.abs(values - float(found.value))) <= float(found.error) + 1e-11


@pytest.mark.parametrize("k", [4, 5, 8])
def test_one_weight_singled_out_agrees_with_the_matrix(k: int) -> None:
    mixture, point = Mixture.simplex(k, "one-heavy:3/5"), Energies.regular_simplex(k, 2)
    heavy, light = (to_ball(w) for w in list(mixture.weights)[:2])
    found = singled_hessian(heavy, light, k, arb(4), 12)
    values = spectrum(by_laplace(mixture, point, 12))
    radial, even = found.radial, found.even
    assert found.eigenvalues == ((radial, 1), (even, k // 2 - 1))
    assert isinstance(radial, Number)
    assert isinstance(even, Number)
    assert sum(value.overlaps(even) for value in values) == k // 2 - 1
    assert sum(value.overlaps(radial) for value in values) == 1


def test_one_weight_singled_out_at_any_k() -> None:
    k = 10**12
    mixture, point = Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, 2)
    found = singled_hessian(arb(1) / 2, arb(1) / (2 * (k - 1)), k, arb(4), 15)
    measured = evaluate.evaluate(mixture, point).hessian_spectrum
    assert measured is not None
    for value in found.numbers:
        assert isinstance(value, Number)
        assert value.error <= Fraction(1, 10**15)
        assert min(abs(x - float(value.value)) for x, _ in measured) < 1e-12


# --- every line of the budget is needed

K2 = Mixture.simplex(2, "7/10,3/10"), Energies.of_amplitudes(2, "1")
K3 = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
COARSE_STEP = {
    "step": Fraction(3, 5),
    "first": -40,
    "last": 15,
    "inner": 25,
}
NEEDED = [
    (by_lattice, K3, {"steps": (Fraction(1), Fraction(1))}, {"aliasing"}),
    (by_lattice, K2, {"steps": (Fraction(3, 2),)}, {"aliasing"}),
    (by_lattice, K3, {"radius": Fraction(3)}, {"truncation"}),
    (by_lattice, K2, {"radius": Fraction(3)}, {"truncation"}),
    (by_laplace, K3, COARSE_STEP, {"inner aliasing", "outer aliasing"}),
    (by_laplace, K3, {"inner": 25}, {"inner truncation"}),
    (by_laplace, K3, {"first": -60}, {"left tail"}),
    (by_laplace, K3, {"last": 20}, {"right tail"}),
]


@pytest.mark.parametrize(("method", "case", "changes", "dropped"), NEEDED)
def test_an_enclosure_fails_without_the_bound(
    method: Any, case: Any, changes: dict[str, Any], dropped: set[str]
) -> None:
    (rough,) = entries(method(*case, 15, **changes)).values()
    (sharp,) = entries(by_laplace(*case, 30)).values()
    assert sharp.value in rough
    assert {name for name, _ in rough.budget} > dropped
    mutant = Number(rough.value, tuple(x for x in rough.budget if x[0] not in dropped))
    assert not mutant.overlaps(sharp)
    (eigenvalue,) = spectrum(method(*case, 15, **changes))
    assert sharp.value in eigenvalue
    lines = tuple(x for x in eigenvalue.budget if x[0] not in dropped)
    assert not Number(eigenvalue.value, lines).overlaps(sharp)


def test_a_sharp_left_tail_cannot_be_halved() -> None:
    near = K3[0], Energies.of_amplitudes(3, "1/16")
    (rough,) = entries(by_laplace(*near, 15, first=-238)).values()
    (sharp,) = entries(by_laplace(*near, 30)).values()
    assert sharp.value in rough
    assert not halved(rough, "left tail").overlaps(sharp)


def test_a_sharp_inner_truncation_cannot_be_halved() -> None:
    k = 10**6
    at = arb(1) / 2, arb(1) / (2 * (k - 1)), k, arb(1)
    found = singled_hessian(*at, 15)
    rough = singled_hessian(*at, 15, replace(found.grid, inner=50))
    sharp = singled_hessian(*at, 28)
    one, other = rough.even, sharp.even
    assert isinstance(one, Number)
    assert isinstance(other, Number)
    assert found.even != one
    assert other.value in one
    assert not halved(one, "inner truncation").overlaps(other)


def halved(found: Number, line: str) -> Number:
    lines = tuple((name, bound / (2 if name == line else 1)) for name, bound in found.budget)
    return Number(found.value, lines)


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        (by_lattice, {"heights": (Fraction(2), Fraction(2))}),
        (by_lattice, {"steps": (Fraction(7), Fraction(1))}),
        (by_lattice, {"radius": Fraction(3, 2)}),
        (by_laplace, {"angle_outer": Fraction(8, 5)}),
        (by_laplace, {"angle_inner": (Fraction(1), Fraction(1), Fraction(8, 5))}),
        (by_laplace, {"power": Fraction(0)}),
    ],
)
def test_broken_hypotheses_give_no_enclosure(method: Any, changes: dict[str, Any]) -> None:
    found = method(*K3, 15, **changes)
    assert all(isinstance(value, Inconclusive) for value in found.entries.values())
    assert isinstance(found.eigenvalues(), Inconclusive)


# --- balls and eigenvalues


@pytest.mark.parametrize("method", [lattice_hessian, None])
def test_a_ball_of_points_contains_each_of_them(method: Any) -> None:
    pi = [to_ball(w) for w in K3[0].weights]
    if method:
        wide = lattice_hessian(pi, [arb(1, 1e-6)], 12)
    else:
        wide = laplace_hessian(pi, [0, 1, 2], arb(1, 2e-6), 12)
    (ball,) = entries(wide).values()
    assert 1e-8 < ball.error < 1e-3
    for amplitude in ("9999995/10000000", "1", "10000005/10000000"):
        (value,) = entries(by_laplace(K3[0], Energies.of_amplitudes(3, amplitude), 20)).values()
        assert value.value in ball


def test_eigenvalues_of_known_matrices() -> None:
    def of(rows: list[list[int]], radius: Fraction = Fraction(0)) -> tuple[Number, ...]:
        return eigenvalues(
            [[Number(Fraction(x), (("rounding", radius),)) for x in r] for r in rows]
        )

    for rows, known in [
        ([[2, 1], [1, 2]], (1, 3)),
        ([[0, 0, 0], [0, 5, 0], [0, 0, 5]], (0, 5, 5)),
        ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], (0, 0, 3)),
        ([[-2]], (-2,)),
    ]:
        for found, value in zip(of(rows), known, strict=True):
            assert value in found
            assert found.error < Fraction(1, 10**20)
    # all entries off: the eigenvalue 3 of the ones moves by so much thrice, and no line is smaller;
    # on either side of where doubles find the vectors
    for error in (Fraction(1, 8), Fraction(1, 2**29), Fraction(1, 2**31)):
        for found, value in zip(of([[1] * 3] * 3, error), (0, 0, 3), strict=True):
            assert 3 * error <= found.error < 3 * error * (1 + Fraction(1, 10**5))
            assert value + 3 * error in found


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(InputError, match="k = 6"):
        lattice_hessian([arb(1) / 7] * 7, [arb(1)] * 3, 3)
    with pytest.raises(InputError, match="k = 100"):
        laplace_hessian([arb(1) / 101], [0] * 101, arb(1), 3)
    with pytest.raises(InputError, match="k >= 4"):
        singled_hessian(arb(1) / 2, arb(1) / 4, 3, arb(1), 3)
