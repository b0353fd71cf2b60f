"""The pairs engine, k = 4: against the lattices, by derivatives of L, and its errors."""

from __future__ import annotations

import math
import random
import statistics
from fractions import Fraction
from typing import Any

import gmpy2
import mpmath
import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.verify.engines import lattice, lattice_digits
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.pairs import digits, doubles

pytestmark = pytest.mark.numeric

KNOWN = Mixture.simplex(4, "7/20,1/4,3/20,1/4"), Energies.of_amplitudes(4, "9/10,3/5")
EDGES = (
    ("2/5,3/10,1/5,1/10", "0,1"),
    ("2/5,3/10,1/5,1/10", "3/2,0"),
    ("uniform", "1,1"),
    ("uniform", "1/1000,1/500"),
    ("999997/1000000,1/1000000x3", "1,2"),
    ("1/1000000,1/2,499998/1000000,1/1000000", "2,1"),
    ("1/5,3/10,1/10,2/5", "4,3"),
    ("1/5,3/10,1/10,2/5", "1/1000,2"),
)
KINDS = ("log_partition", "g", "operator", "jacobian")


def at(weights: str, amplitudes: str) -> tuple[Mixture, Energies]:
    return Mixture.simplex(4, weights), Energies.of_amplitudes(4, amplitudes)


def random_point(rng: random.Random) -> tuple[Mixture, Energies]:
    parts = [rng.randint(1, 10 ** rng.choice((1, 2, 5))) for _ in range(4)]
    amplitudes = [Fraction(rng.randint(10, 400), rng.choice((100, 100, 1000))) for _ in range(2)]
    weights = [Fraction(part, sum(parts)) for part in parts]
    return Mixture.simplex(4, weights), Energies.of_amplitudes(4, amplitudes)


def numbers(found: Moments) -> dict[str, list[Any]]:
    """By kind; of DM the rows and the eigenvalues."""
    rows = [[mpmath.mpmathify(x) for x in row] for row in found.jacobian]
    context = mpmath.MPContext()
    context.dps = 30
    values = sorted(context.eigsy(context.matrix(rows), eigvals_only=True))
    if isinstance(found.log_partition, float):
        values = np.linalg.eigvalsh(np.array(found.jacobian)).tolist()
    return {
        "log_partition": [found.log_partition],
        "g": list(found.g),
        "operator": list(found.operator),
        "jacobian": [x for row in found.jacobian for x in row] + values,
    }


def largest(one: Moments, other: Moments) -> dict[str, float]:
    a, b = numbers(one), numbers(other)
    return {n: max(abs(float(x - y)) for x, y in zip(a[n], b[n], strict=True)) for n in KINDS}


@pytest.mark.parametrize(("weights", "amplitudes"), EDGES)
def test_doubles_meet_the_lattice(weights: str, amplitudes: str) -> None:
    point = at(weights, amplitudes)
    ours, other = doubles.moments(*point), lattice.moments(*point)
    assert ours.frequencies == other.frequencies
    for name, difference in largest(ours, other).items():
        assert difference <= ours.errors[name] + other.errors[name], name


@pytest.mark.parametrize("wanted", [2, 5, 9, 12])
def test_fewer_digits_are_within_their_error(wanted: int) -> None:
    rng = random.Random(wanted)
    for _ in range(10):
        point = random_point(rng)
        found = doubles.moments(*point, wanted)
        assert max(largest(found, digits.moments(*point, 20)).values()) <= found.error
        assert found.error <= 10.0**-wanted


@pytest.mark.slow
def test_errors_of_doubles_are_neither_understated_nor_useless() -> None:
    rng = random.Random(16)
    points = [at(*edge) for edge in EDGES] + [random_point(rng) for _ in range(40)]
    ratios = []
    for point in points:
        found = doubles.moments(*point)
        for name, true in largest(found, digits.moments(*point, 20)).items():
            assert true <= found.errors[name], (point, name)
            ratios.append(found.errors[name] / max(true, 1e-17))
    assert 1 <= statistics.median(ratios) <= 15


@pytest.mark.parametrize("wanted", slow_but([1, 4, 7], [1]))
def test_many_digits_meet_the_many_digit_lattice(wanted: int) -> None:
    """Which shares nothing with them."""
    rng = random.Random(wanted)
    parts = [rng.randint(1, 9) for _ in range(4)]
    mixture = Mixture.simplex(4, [Fraction(p, sum(parts)) for p in parts])
    point = Energies.of_amplitudes(4, [Fraction(rng.randint(2, 9), 10) for _ in range(2)])
    other = lattice_digits.moments(mixture, point, wanted)
    assert max(largest(digits.moments(mixture, point, 20), other).values()) <= other.error


def by_definition() -> Any:
    """E log S at KNOWN from its definition: a plain sum over a ball in three dimensions, in MPFR.

    The steps are for errors e^{−2πy/h + y²/2} below 1e-30, y < π/(2a) on each axis.
    """
    steps, radius = (0.14, 0.2), 12.8
    with gmpy2.context(gmpy2.get_context(), precision=140):
        pi = [gmpy2.mpfr(n) / 20 for n in (7, 5, 3, 5)]
        first, second = gmpy2.mpfr(9) / 10, gmpy2.mpfr(3) / 5

        def line(step: float, slope: Any) -> list[tuple[float, Any, Any]]:
            h, reach = gmpy2.mpfr(step), int(radius / step)
            nodes = [(n * step, n * h) for n in range(-reach, reach + 1)]
            return [(f, gmpy2.exp(slope * x), h * gmpy2.exp(-x * x / 2)) for f, x in nodes]

        plane, last = line(steps[0], first), line(steps[1], second)
        middle, total = len(last) // 2, gmpy2.mpfr(0)
        for x, e, w in plane:
            for y, f, v in plane:
                if (room := radius**2 - x * x - y * y) >= 0:
                    m = min(middle, int(math.sqrt(room) / steps[1]))
                    even, odd = pi[0] * e + pi[2] / e, pi[1] * f + pi[3] / f
                    nodes = last[middle - m : middle + m + 1]
                    terms = (u * gmpy2.log(even * t + odd / t) for _, t, u in nodes)
                    total += w * v * sum(terms)
        return total / (2 * gmpy2.const_pi()) ** gmpy2.mpfr("1.5")


@pytest.mark.slow
def test_thirty_digits_of_kl_by_two_ways() -> None:
    """KL = |θ|²/2 − E log S, from pairs and frequencies and from some million nodes in space."""
    ours = evaluate(*KNOWN, digits=30)
    assert ours.engine == "pairs"
    with mpmath.workdps(40):
        other = mpmath.mpf(117) / 200 - mpmath.mpf(str(by_definition()))
        assert abs(mpmath.mpf(ours.kl) - other) < mpmath.mpf(10) ** -30


@pytest.mark.parametrize("wanted", slow_but([12, 40], quick=[12]))
def test_gradient_and_hessian_are_derivatives(wanted: int) -> None:
    """``∂L/∂a_m = g_m a_m`` (S6) and ``∂²L/∂a_m∂a_n``, by central differences of the others."""
    mixture, point = KNOWN
    a = [Fraction(9, 10), Fraction(3, 5)]
    step, fine = Fraction(1, 10 ** (wanted // 4)), 2 * wanted

    def there(n: int, sign: int) -> Moments:
        moved = [x + sign * step * (m == n) for m, x in enumerate(a)]
        return digits.moments(mixture, Energies.of_amplitudes(4, moved), fine)

    here = digits.moments(mixture, point, fine)
    rows = ((here.jacobian[0][0], here.jacobian[0][2]), (here.jacobian[2][0], here.jacobian[2][2]))
    allowed = 10 * float(step) ** 2  # the third derivatives are below 10
    for n in range(2):
        ahead, back = there(n, 1), there(n, -1)
        slope = (ahead.log_partition - back.log_partition) / (2 * step.numerator)
        assert abs(slope * step.denominator - here.operator[2 * n]) < allowed
        for m in range(2):
            moved = (ahead.operator[2 * m] - back.operator[2 * m]) * step.denominator
            assert abs(moved / (2 * step.numerator) - rows[m][n]) < allowed


@pytest.mark.parametrize("wanted", [16, 60])
def test_one_step_is_the_contraction_times_the_amplitudes(wanted: int) -> None:
    """S6, where M comes from S1: in the plane the two are different sums."""
    found = evaluate(*KNOWN, digits=wanted)
    assert found.engine == "pairs"
    for m, (numerator, denominator) in enumerate(((9, 10), (3, 5)), start=1):
        gap = denominator * found.map_amplitudes[m - 1] - numerator * (1 - found.g[m])
        assert abs(gap) < 20 * found.error


@pytest.mark.parametrize(
    ("point", "wanted", "engine", "words"),
    [
        ((Mixture.simplex(3), Energies.of_amplitudes(3, "1")), 15, "pairs", "k = 4"),
        ((Mixture.simplex(4), Energies.of_amplitudes(4, "20000,1")), 100, "pairs", "fewer digits"),
        ((Mixture.simplex(4), Energies.of_amplitudes(4, "2000000,1")), 15, "pairs", "smaller"),
    ],
)
def test_refusals_say_what_would_do(point: Any, wanted: int, engine: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        evaluate(*point, digits=wanted, engine=engine)
