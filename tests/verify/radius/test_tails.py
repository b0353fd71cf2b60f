"""Tails by a second method, the producer's and the checker's: typed again, in doubles."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from mpmath import mpf
from numpy.typing import NDArray

from overspec import Energies, Mixture
from overspec.verify.check.cover import tails as check
from overspec.verify.check.cover.prime import lost
from overspec.verify.enclosures.ball import to_ball
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.radius.far import everywhere, hessian, tail

U = np.linspace(-9, 9, 4001)
DENSITY: NDArray[np.float64] = np.exp(-U * U / 2) / math.sqrt(2 * math.pi) * (U[1] - U[0])
MEAN, TURN, ROOT = math.sqrt(2 / math.pi), 4 / (3 * math.sqrt(3)), math.sqrt(2 * math.pi)
WEIGHTS = {"linear": [0.4, 0.3, 0.2, 0.1], "1/2,1/20,2/5,1/20": [0.5, 0.05, 0.4, 0.05]}
B, LOW, TOP = Fraction(5), Fraction(1), Fraction(5, 4)


def logs(p: float, q: float, a: float) -> tuple[Any, Any]:
    """log A and its derivative, at U."""
    up, down = p * np.exp(a * U), q * np.exp(-a * U)
    return np.log(up + down), (up - down) / (up + down)


def is_threshold(holds: Callable[[Fraction], bool], expected: float, within: float) -> bool:
    """Whether a bound holds up to the expected level, and not beyond."""
    return holds(Fraction(expected - within)) and not holds(Fraction(expected + within))


def cubic(pi: list[float], a: float) -> float:
    near = abs(math.log((pi[0] + pi[2]) / (pi[1] + pi[3])))
    offset = max(
        abs(math.log(min(pi[0], pi[2]) / (pi[1] + pi[3]))),
        abs(math.log((pi[0] + pi[2]) / min(pi[1], pi[3]))),
    )
    second, fourth = 2 - 4 / math.pi, 12 - 32 / math.pi
    linear = min(near + 2 * a * MEAN, offset + a * math.sqrt(second))
    cube = min(near + a * (10 * MEAN) ** (1 / 3), offset + a * (second * fourth) ** (1 / 6))
    return (math.pi**2 * linear + cube**3) / (48 * ROOT)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("a", [0.1, 3.0])
def test_the_cubic_terms(weights: str, a: float) -> None:
    pi = WEIGHTS[weights]
    cosets = [(arb(pi[0]), arb(pi[2])), (arb(pi[1]), arb(pi[3]))]
    with ctx.workprec(64):
        assert float(everywhere._cubic(cosets, arb(a))) == pytest.approx(cubic(pi, a), rel=1e-9)
        # the other one from the moments of |u| + |v|, by sums over the plane
        u, density = U[::20], 20 * DENSITY[::20]
        w, squares = abs(u)[:, None] + abs(u), (u**2)[:, None] + u**2
        n = 0.3
        size = n + a * w
        expected = density @ ((math.pi**2 * size + size**3) * squares) @ density / (48 * ROOT)
        assert float(hessian._cubic(arb(n), arb(a))) == pytest.approx(expected, rel=1e-3)


def test_a_pair() -> None:
    """``max(1/δ, (π²/3 + T²)/δ³)``: the first for far means, the second for near ones."""
    for distance, widest in ((9.0, 1.0), (2.0, 3.0)):
        found = float(hessian._pair(arb(distance), arb(widest)))
        other = (math.pi**2 / 3 + widest**2) / distance**3
        assert found == pytest.approx(max(1 / distance, other), rel=1e-12)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_strip_of_the_factors(weights: str) -> None:
    mixture, pi = Mixture.simplex(4, weights), WEIGHTS[weights]
    b, top, half, middle = float(B), float(TOP), float(TOP - LOW) / 2, float(LOW + TOP) / 2
    values, slope = [], 0.0
    for p, q in ((pi[0], pi[2]), (pi[1], pi[3])):
        log, t = logs(p, q, middle)
        values.append([DENSITY @ f for f in (t**2, log, t**2 * log)])
        size = abs(math.log(p + q))
        slope += TURN * (MEAN * size + top) + MEAN + TURN * MEAN * (size + MEAN * top) + MEAN
    (h, log_a, both_a), (g, log_b, both_b) = values
    limit = (h + g) / 2 - TURN * MEAN * half
    change = both_a + both_b - h * log_b - g * log_a - slope * half - (h + g)
    at_b = limit + (change - 2 * TURN * MEAN * half) / (2 * b * ROOT) - cubic(pi, top) / b**3
    assert at_b < limit
    with ctx.workprec(64):
        assert is_threshold(
            lambda at: everywhere._strip(mixture, LOW, TOP, B, to_ball(at)), at_b, 1e-6
        )
    exact = [Fraction(str(weight)) for weight in pi]
    assert is_threshold(lambda at: check.first_above(exact, LOW, TOP, B, at), at_b, 1e-6)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_strip_of_the_hessian(weights: str) -> None:
    pi = WEIGHTS[weights]
    b, top, half, middle = float(B), float(TOP), float(TOP - LOW) / 2, float(LOW + TOP) / 2
    pairs = ((pi[0], pi[2]), (pi[1], pi[3]))
    cosets = [(arb(p), arb(q)) for p, q in pairs]
    with ctx.workprec(hessian.BITS):
        known = [hessian.coset_moments(p, q, arb(middle)) for p, q in cosets]
    moments = []
    for p, q in pairs:
        log, t = logs(p, q, middle)
        wanted = ((t * U) ** 2, t * U, log, log * (1 - t**2) * U**2)
        moments.append([DENSITY @ f for f in wanted])
    (m, first, log_a, bent), (n, other, log_b, bent_) = moments
    moved = 2 * MEAN * TURN * half
    c = bent + bent_ - log_a * (1 - n) - log_b * (1 - m) + m + n - 2 * first * other
    slope = 2 * moved + 2 * half * (abs(first) + abs(other) + half)
    for (p, q), log, share in zip(pairs, (log_a, log_b), (n, m), strict=True):
        size = abs(math.log(p + q))
        slope += half * (TURN * MEAN + TURN * (2 * size * MEAN + 3 * top))
        slope += MEAN * half * (1 - share + moved) + abs(log) * moved
    offset = abs(math.log(sum(pairs[0]) / sum(pairs[1])))
    width = (offset + top * math.sqrt(2 + 4 / math.pi)) ** 2
    unit, limit = 2 * b * ROOT, 1 - (m + n) / 2 + moved
    rest = float(hessian._cubic(arb(offset), arb(top))) / b**3
    uu = max(limit, limit + (c + slope) / unit + rest)
    us = math.sqrt((2 + 4 / math.pi) * width) / (b * unit)
    ss = (math.pi**2 / 3 + width) / (b * b * unit)
    largest = (uu + ss) / 2 + math.sqrt(((uu - ss) / 2) ** 2 + us**2)
    assert uu > limit
    with ctx.workprec(hessian.BITS):
        assert is_threshold(
            lambda at: hessian.above(cosets, known, arb(top), arb(half), arb(b), at),
            1 - largest,
            5e-5,  # the moments are enclosed to 1e-5
        )
    exact = [Fraction(str(weight)) for weight in pi]
    assert is_threshold(lambda at: check.matrix_above(exact, LOW, TOP, B, at), 1 - largest, 1e-6)


@pytest.mark.parametrize("k", [2, 3, 7])
def test_what_lies_between_points(k: int) -> None:
    """By K_2, K_4 in the letters of docs/certificates.md."""
    second, fourth = (float(tail.range_moment(k, power)) for power in (2, 4))
    for found, expected in (
        (tail.factor_curvature(k), (1 + math.sqrt(2)) * second / 4),
        (tail.factor_slope(k), math.sqrt(second) / 2),
        (tail.fourth_derivative(k), fourth / 8),
        (tail.third_derivative(k), math.sqrt(second * fourth) / 8),
    ):
        assert float(found) == pytest.approx(expected, rel=1e-12)


def test_tails_of_simplices() -> None:
    """In the letters of the module's docstring, k = 5 with all weights different."""
    k, pi, r = 5, np.arange(5, 0, -1) / 15, 9.0
    mixture, most = Mixture.simplex(k, "linear"), math.sqrt(2 * math.log(k))
    gaps = np.log(pi)[:, None] - np.log(pi)
    squares = gaps[np.triu_indices(k, 1)] ** 2
    s = math.sqrt(2 * k / (k - 1))
    with ctx.workprec(64):
        assert float(tail.maximum(k)) == pytest.approx(most, rel=1e-12)
        found = float(tail.factor_tail(mixture))
        assert found == pytest.approx(2 * math.sqrt((k - 1) / k) * most, rel=1e-12)
        found = float(tail.radial_tail(mixture))
        assert found == pytest.approx((math.pi**2 / 3 + squares).sum() / (ROOT * s), rel=1e-12)
        found = float(tail.matrix_tail(mixture, arb(r)))
        near = max(1 / (s * r), (math.pi**2 / 3 + squares.max()) / (s * r) ** 3)
        assert found == pytest.approx(k * k * near / ROOT, rel=1e-12)


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_what_a_cell_loses(kind: str) -> None:
    """``h² U/8`` along r; ``h² (π/2)² (r² U + r S)/8`` along the circle."""
    second, fourth = 8 * math.log(2) + 8, 64 * (math.log(2) ** 2 + 2 * math.log(2) + 2)
    bend, slope = (1 + math.sqrt(2)) * second / 4, math.sqrt(second) / 2
    if kind == "jacobian":
        bend, slope = max(bend, fourth / 8), max(slope, math.sqrt(second * fourth) / 8)
    low, high = (Fraction(1), Fraction(1, 3)), (Fraction(3, 2), Fraction(1, 2))
    radial, around = tail.losses(4, kind)(low, high)
    assert float(radial) == pytest.approx(bend / 32, rel=1e-12)
    expected = (math.pi / 2) ** 2 * (1.5**2 * bend + 1.5 * slope) / 36 / 8
    assert float(around) == pytest.approx(expected, rel=1e-12)
    assert tail.losses(4, kind)(low[:1], high[:1]) == (radial,)


def test_an_upper_bound_is_the_upper_end() -> None:
    assert Fraction(3, 2) <= tail.up(arb(1, 0.5)) < Fraction(3, 2) + Fraction(1, 10**6)


@pytest.mark.parametrize(("k", "power"), [(2, 2), (2, 4), (3, 2), (3, 4), (7, 2), (7, 4), (7, 6)])
def test_moments_of_the_range(k: int, power: int) -> None:
    """k = 3: ρ = √3 |x| cos ψ, |ψ| ≤ π/6; beyond, ``2^p ∫ p s^{p−1} min(1, (k/2)e^{−s²/2}) ds``."""
    s = (np.arange(200_000) + 0.5) / 10_000
    if k == 2:
        expected = {2: 4.0, 4: 48.0}[power]
    elif k == 3:
        psi = (np.arange(20_000) + 0.5) / 20_000 * math.pi / 6
        radial = {2: 2, 4: 8}[power]
        expected = float(3 ** (power / 2) * radial * np.mean(np.cos(psi) ** power))
    else:
        tail_of = np.minimum(1, k / 2 * np.exp(-s * s / 2))
        expected = 2**power * power * float(np.sum(s ** (power - 1) * tail_of)) / 10_000
    assert float(tail.range_moment(k, power)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("1/2,1/8x4", math.sqrt(5 / 4) * math.sqrt(2 * math.log(5))),
        ("linear", 2 * math.sqrt(4 / 5) * math.sqrt(2 * math.log(5))),
    ],
)
def test_the_tail_of_the_factors(weights: str, expected: float) -> None:
    found = tail.factor_tail(Mixture.simplex(5, weights))
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["factor", "jacobian"])
@pytest.mark.parametrize("radius", [1.0, 20.0])
@pytest.mark.parametrize("k", [5, 7])
def test_the_tail_at_prime_k(kind: str, radius: float, k: int) -> None:
    """In the letters of the module's docstring, and the checker's own of it."""
    q = math.pi**2 / 3 + math.log(k) ** 2 if kind == "jacobian" else 0.0
    half = (k - 1) // 2
    cubic = max(
        sum(
            math.sin(2 * math.pi * m * t / k) ** 2
            / (2 * radius * abs(math.sin(2 * math.pi * n * t / k))) ** 3
            for t in range(1, half + 1)
        )
        for m in range(1, half + 1)
        for n in range(1, half + 1)
    )
    delta = max(2 * radius * math.sin(math.pi / k), math.sqrt(3 * q))
    plain = math.cos(math.pi / (2 * k)) ** 2 * (1 / delta - q / delta**3)
    expected = 4 / ROOT * (k * q * cubic + (k - 1) * plain)
    mixture = Mixture.simplex(k, "linear")
    found = tail.prime_tail(mixture, kind, arb(radius))
    assert float(found) == pytest.approx(expected, rel=1e-12)
    weights = [mpf(n) / 28 for n in range(1, k + 1)]
    checked = lost(k, Fraction(radius), weights, kind == "jacobian")
    assert float(checked) == pytest.approx(expected, rel=1e-12)


def test_a_pair_with_others_in_the_denominator() -> None:
    """``F(σ) ≤ 2/(2+σ)``, with equality at 0 alone."""
    y = np.linspace(-60, 60, 240_001)
    for sigma in (0.0, 0.01, 0.3, 1.0, 1.9, 2.0, 2.1, 5.0, 40.0):
        found = float(np.sum((2 * np.cosh(y / 2) + sigma) ** -2.0) * (y[1] - y[0]))
        assert found <= 2 / (2 + sigma) + 1e-9
        if sigma in (0.0, 2.0):
            assert found == pytest.approx({0.0: 1.0, 2.0: 1 / 3}[sigma], abs=1e-9)


@pytest.mark.parametrize("psi", [0.0, 0.7, math.pi / 2])
@pytest.mark.parametrize("weights", ["linear", "one-heavy:9/10", "1/1000x4,249/250"])
def test_pairs_around_a_component_have_shares_of_one(weights: str, psi: float) -> None:
    """Each ``E w_{c+t} w_{c−t}`` at k = 5 is at most that of the docstring, from random x."""
    pi = np.array([float(w) for w in Mixture.simplex(5, weights).weights])
    turns = 2 * math.pi * np.arange(5) / 5
    theta = 4 * np.array([math.cos(psi), math.sin(psi)])
    means = np.stack(
        [f(m * turns) * theta[m - 1] for m in (1, 2) for f in (np.cos, np.sin)], axis=1
    )
    x = np.random.default_rng(3).standard_normal((50_000, 4))
    z = x @ means.T + np.log(pi)
    w = np.exp(z - z.max(axis=1, keepdims=True))
    w /= w.sum(axis=1, keepdims=True)
    total = 0.0
    for c in range(5):
        pairs = [((c + t) % 5, (c - t) % 5) for t in (1, 2)]
        logs = np.stack([z[:, c], *(z[:, [i, j]].mean(axis=1) + math.log(2) for i, j in pairs)])
        v = np.exp(logs - logs.max(axis=0))
        v /= v.sum(axis=0)
        assert (v[0] >= w[:, c] - 1e-12).all()
        for (i, j), share in zip(pairs, v[1:], strict=True):
            distance = float(np.linalg.norm(means[i] - means[j]))
            bound = float(share.mean()) / (ROOT * distance)
            both = w[:, i] * w[:, j]
            assert both.mean() <= bound + 4 * both.std() / math.sqrt(len(x))
            total += float(share.mean())
    assert total <= 4


@pytest.mark.parametrize(
    ("weights", "amplitudes"), [("linear", "5,3"), ("one-heavy:9/10", "6,1"), ("linear", "1/2,5")]
)
def test_no_eigenvalue_is_below_the_tail_at_five(weights: str, amplitudes: str) -> None:
    mixture, at = Mixture.simplex(5, weights), Energies.of_amplitudes(5, amplitudes)
    found = evaluate(mixture, at, 4)
    size = arb(math.hypot(*(float(Fraction(a)) for a in amplitudes.split(","))))
    assert found.hessian_spectrum is not None
    least = float(found.hessian_spectrum[0][0])
    assert 1 - min(map(float, found.g[1:])) < float(tail.prime_tail(mixture, "factor", size))
    assert 1 - least < float(tail.prime_tail(mixture, "jacobian", size))
