"""The checker's bounds and sums typed again where no certificate of the other tests reaches."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, product
from operator import mul
from types import SimpleNamespace
from typing import Any

import gmpy2
import mpmath
import numpy as np
import pytest

from overspec.verify.check import bounds, decide, lattice, lloyd, verdict
from overspec.verify.check.cover import constants, tails
from overspec.verify.check.format import Rejected, Statement
from overspec.verify.check.laplace import sums as laplace
from overspec.verify.check.laplace.tables import Line, Moments
from overspec.verify.check.pairs import bounds as pair_bounds
from overspec.verify.check.pairs import sums as pair_sums
from overspec.verify.check.subject import Entry
from overspec.verify.check.value import Corner, Orbit, Purse, TooCostly
from overspec.verify.radius.far import tail

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


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("kind", ["factor", "jacobian"])
def test_curvatures_are_those_of_the_producer(k: int, kind: str) -> None:
    """Two codes, the same formulas: neither is below the other."""
    bend, slope, quarter = constants.curvatures(k, kind)
    low, high = (F(0), F(1)), (F(2), F(3))
    radial, around = tail.losses(k, kind)(low, high)
    assert float(bend) == pytest.approx(float(tail.bend_of(k, kind)), rel=1e-12)
    assert float(radial) == pytest.approx(float(bend / 2), rel=1e-12)
    assert float(around) == pytest.approx(float(quarter * (4 * bend + 2 * slope) / 2), rel=1e-12)


def test_what_a_box_may_lose() -> None:
    """``Σ side² · bend / 8``; of second derivatives the larger of both bounds."""
    plain, first, other = tails.bends()
    assert tails.box_loss(False, (F(1), F(2))) == plain * 5 / 8
    assert tails.box_loss(True, (F(1), F(2))) == (first + 4 * other) / 8


@pytest.mark.parametrize("bad", [None, F(1, 10), F(9, 10)])
def test_every_interval_of_a_tail_is_proved(
    bad: Fraction | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound that holds on intervals of an eighth, but for those with a bad point."""
    proved = []

    def holds(_pi: Any, low: Fraction, top: Fraction, _b: Any, level: Fraction) -> bool:
        assert level == F(1, 20)  # of the upper end of sigma
        if top - low > F(1, 8) or (bad is not None and low <= bad <= top):
            return False
        proved.append((low, top))
        return True

    for name in ("first_above", "matrix_above"):
        monkeypatch.setattr(tails, name, holds)
    monkeypatch.setattr(tails, "far", lambda *_: True)
    stated: Any = SimpleNamespace(
        corner=(F(1), F(40)), kind="jacobian", sigma=(F(1, 20), F(1, 10)), weights=MIXED.weights,
        level=lambda sigma, side: sigma / 2 if side == 1 else F(9),
    )  # fmt: skip
    if bad is not None:
        with pytest.raises(Rejected, match="frequency 2"):
            tails.prove_tails(stated, Purse(10**9))
        return
    tails.prove_tails(stated, Purse(10**9))
    assert sorted(proved) == sorted([(F(n, 8), F(n + 1, 8)) for n in range(8)] * 2)


# --- sums on few nodes, where no term is small, over all tuples of components

TINY = {**LAPLACE, "step": F(1, 2), "first": -2, "last": 2, "inner": 2}
MIXED = Orbit(4, ((F(2, 5), 1), (F(3, 10), 1), (F(1, 5), 1), (F(1, 10), 1)), ((F(1), 2),), True)
HEAVY = Orbit(5, ((F(2, 5), 1), (F(3, 20), 4)), ((F(1), 2),), True)


def tuples(point: Orbit, c: float, coefficients: dict[tuple[int, ...], float]) -> float:
    """``Σ_τ δ Σ coefficient · Π_j P_{a_j}(τ + log π_j)``, a_j how often j is in the tuple."""
    weights = [float(w) for w, n in point.weights for _ in range(n)]
    total = 0.0
    for node in range(-2, 3):
        moments = []
        for weight in weights:
            row = [0.0] * 3
            for n in range(-2, 3):
                u, h = weight * math.exp((node + n) / 2), 1 / (2 * c)
                bell = h * math.exp(-((n * h) ** 2) / 2) / math.sqrt(2 * math.pi)
                for a in range(3):
                    row[a] += bell * u**a * math.exp(-u)
            moments.append(row)
        for chosen, value in coefficients.items():
            if value:
                product = math.prod(row[chosen.count(j)] for j, row in enumerate(moments))
                total += value * product / 2
    return total


def entry(k: int, c: float, m: int, n: int, sign: int) -> dict[tuple[int, ...], float]:
    """The coefficients of ``δ_mn − ∂²L/∂a_m∂a_n``: `enclosures.laplace_hessian` has the formula."""

    def v(mode: int, a: int) -> float:
        scale = math.sqrt((1 if 2 * mode == k else 2) / k)
        return scale * (1 - math.cos(2 * math.pi * mode * a / k))

    found: dict[tuple[int, ...], float] = {}
    for i, j in product(range(k), repeat=2):
        found[i, j] = sign * 2 * c * c * v(m, j - i) * v(n, j - i)
        if m == n and i != j:
            found[i, j] += 1 - math.cos(2 * math.pi * m * (j - i) / k)
        for a, b in product(range(k), repeat=2):
            found[i, j, a, b] = sign * c * c * v(m, j - i) * v(n, b - a)  # 6/Γ(4)
        for a in range(k):
            found[i, j, a] = 4 * c * c * v(m, j - i) * v(n, a - i)  # 8/Γ(3)
    return found


def moments_of(point: Orbit) -> Moments:
    line = Line(gmpy2.mpfr("0.5"), -2, 2, 2)
    return Moments(point, gmpy2.mpfr("0.75"), line, [1, 2])


@pytest.mark.parametrize("point", [MIXED, HEAVY])
def test_the_integrals_over_all_tuples(point: Orbit) -> None:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        found = moments_of(point)
        factors, departures = found.factors(found.tables), found.departures(found.tables)
    pairs = list(product(range(point.k), repeat=2))
    assert float(factors["log_partition"]) == pytest.approx(tuples(point, 0.75, {(): 1.0}))
    apart = {(i, j): 1.0 for i, j in pairs if i != j}
    assert float(factors["pairs"]) == pytest.approx(tuples(point, 0.75, apart))
    for m, departure in zip((1, 2), departures, strict=True):
        turned = {(i, j): 1 - math.cos(2 * math.pi * m * (i - j) / point.k) for i, j in pairs}
        assert float(departure) == pytest.approx(tuples(point, 0.75, turned))


def most(k: int, c: float, m: int, n: int) -> dict[tuple[int, ...], float]:
    """By ``v ≤ 2s``: of i, j, a, b next to one another in `entry` no two may be equal."""
    scale = math.sqrt((1 if 2 * m == k else 2) * (1 if 2 * n == k else 2)) / k * c * c
    found: dict[tuple[int, ...], float] = {}
    pairs = [(i, j) for i, j in product(range(k), repeat=2) if i != j]
    for i, j in pairs:
        found[i, j] = 8 * scale + 2 * (m == n)
        found |= {(i, j, *other): 4 * scale for other in pairs}
        found |= {(i, j, a): 16 * scale for a in range(k) if a != i}
    return found


def test_the_matrix_over_all_tuples() -> None:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        moments = moments_of(MIXED)
        found, largest = moments.second(moments.tables), moments.largest(moments.tables)
    for m, n in ((1, 1), (1, 2), (2, 2)):
        own, bound = entry(4, 0.75, m, n, -1), most(4, 0.75, m, n)
        assert all(abs(value) <= bound.get(at, 0) + 1e-15 for at, value in own.items())
        assert float(found[Entry(m, n)]) == pytest.approx(tuples(MIXED, 0.75, own), rel=1e-12)
        assert float(largest[Entry(m, n)]) == pytest.approx(tuples(MIXED, 0.75, bound), rel=1e-12)


def test_the_two_eigenvalues_over_all_tuples() -> None:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        moments = moments_of(HEAVY)
        found, largest = moments.second(moments.tables), moments.largest(moments.tables)
    assert [*found] == [*largest]
    a, b, d = (tuples(HEAVY, 0.75, entry(5, 0.75, m, n, -1)) for m, n in ((1, 1), (1, 2), (2, 2)))
    root = math.hypot((a - d) / 2, b)
    eigenvalues = sorted(map(float, found.values()))
    assert eigenvalues == pytest.approx([(a + d) / 2 - root, (a + d) / 2 + root], rel=1e-12)


def test_the_centre_of_the_log_partition() -> None:
    """``c²/2 + Σ δ (e^{−s₀e^τ} − Π P_0)``."""
    found, _ = laplace._enclose(MIXED, [1], TINY, 140, False)
    c = math.sqrt(2 * 4 / 3)
    known = sum(math.exp(-math.exp(c * c / 2 + n / 2)) / 2 for n in range(-2, 3))
    value = c * c / 2 + known - tuples(MIXED, c, {(): 1.0})
    assert float(sum(found["log_partition"])) / 2 == pytest.approx(value, rel=1e-13)


def test_what_the_sums_leave_out_is_in_every_enclosure(monkeypatch: pytest.MonkeyPatch) -> None:
    before, _ = laplace._enclose(MIXED, [1, 2], TINY, 140, True)
    broken, on_log, on_factor = bounds.laplace_outer(MIXED, {**TINY, "angles inner": [F(1)] * 2})
    _, second = bounds.laplace_outer_second(
        MIXED, TINY, lambda c: bounds.polynomial_sizes(MIXED, c)
    )
    more = {"more": F(1, 8)}
    monkeypatch.setattr(
        bounds, "laplace_outer", lambda *_: (broken, on_log | more, on_factor | more)
    )
    monkeypatch.setattr(
        bounds, "laplace_outer_second", lambda *_: ("", {n: of | more for n, of in second.items()})
    )
    after, widest = laplace._enclose(MIXED, [1, 2], TINY, 140, True)
    wider = F(1, 8) * (1 + bounds.TOLERANCE)
    for name, (low, high) in before.items():
        assert after[name] == (low - wider, high + wider)
        assert widest >= (high - low) / 2 + wider


@pytest.mark.parametrize("place", [0, 1])
def test_radii_move_eigenvalues_by_their_norm(place: int) -> None:
    """Entries 0 ± 1 off the diagonal, 0 ± 1 at one end of it: ± √3."""
    ends = [(F(0), F(0)), (F(0), F(0))]
    ends[place] = (F(-1), F(1))
    entries = {Entry(1, 1): ends[0], Entry(1, 2): (F(-1), F(1)), Entry(2, 2): ends[1]}
    for low, high in decide.spectrum(entries):
        assert 3 <= low**2 < 3 + F(1, 10**30)
        assert 3 <= high**2 < 3 + F(1, 10**30)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("wrong", ["value", "length"])
def test_eigenvectors_that_are_off_are_accounted_for(
    place: int, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weyl: a value off by 1/4. Ostrowski: a vector too long by √1.2. Both bounds are attained."""

    class Rough(mpmath.MPContext):  # type: ignore[misc]
        def eigsy(self, matrix: Any) -> Any:
            values, vectors = super().eigsy(matrix)
            if wrong == "value":
                values[place] += self.mpf(1) / 4
            else:
                values[place] *= self.mpf("1.2")
                vectors[:, place] *= self.sqrt(self.mpf("1.2"))
            return values, vectors

    monkeypatch.setattr(decide.mpmath, "MPContext", Rough)
    one, two, three = ((F(n), F(n)) for n in (3, 1, 3))
    found = decide.spectrum({Entry(1, 1): one, Entry(1, 2): two, Entry(2, 2): three})
    for (low, high), truth in zip(found, (2, 4), strict=True):
        assert low - F(1, 10**60) <= truth <= high + F(1, 10**60)


# --- the lattice, on few nodes

ARROW = Corner(4, MIXED.weights, (F(3), F(4)))


def test_the_axes_and_the_norm_of_theta() -> None:
    axes, size = lattice._axes(ARROW)
    assert [axis.mode for axis in axes] == [1, 1, 2]
    assert 5 <= size < 5 + F(1, 10**7)
    for axis, expected in zip(axes, ([3, 0, -3, 0], [0, 3, 0, -3], [4, -4, 4, -4]), strict=True):
        assert [float(v) for v in axis.means] == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("chunk", "batches"), [(2**15, 1), (1, 3)])
def test_the_sums_over_a_small_lattice(
    chunk: int, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lattice, "CHUNK", chunk)
    place = Corner(4, MIXED.weights, (F(3, 4), F(1, 2)))
    axes, _ = lattice._axes(place)
    grid = {"steps": [F(1), F(3, 4), F(1, 2)], "radius": F(3, 2)}
    table, mass, (logs, absolute), added = lattice._sum(place, axes, grid, True, True, True)
    pi, steps = [0.4, 0.3, 0.2, 0.1], [1.0, 0.75, 0.5]
    means = [[float(axis.means[j]) for axis in axes] for j in range(4)]
    columns = list(combinations_with_replacement(range(3), 2))
    known = [[0.0] * 7 for _ in range(6)]
    whole, nodes = [0.0, 0.0, 0.0], 0
    for places in product(range(-1, 2), range(-2, 3), range(-3, 4)):
        x = [n * h for n, h in zip(places, steps, strict=True)]
        square = sum(t * t for t in x)
        if max(square - x[0] ** 2, x[0] ** 2) > 2.25:  # the first axis by itself, then the others
            continue
        nodes += 1
        bell = math.prod(steps) * math.exp(-square / 2) / math.sqrt(2 * math.pi) ** 3
        terms = [p * math.exp(sum(map(mul, x, mu))) for p, mu in zip(pi, means, strict=True)]
        value = math.log(sum(terms))
        whole = [a + b for a, b in zip(whole, (bell, bell * value, bell * abs(value)), strict=True)]
        for row, (i, j) in zip(known, combinations(range(4), 2), strict=True):
            share = bell * terms[i] * terms[j] / sum(terms) ** 2
            for column, moment in enumerate([1.0, *(x[a] * x[b] for a, b in columns)]):
                row[column] += share * moment
    assert added == nodes / batches + batches  # the first axis has three nodes
    assert [float(v) for v in (mass, logs, absolute)] == pytest.approx(whole, rel=1e-12)
    for row, expected in zip(table, known, strict=True):
        assert [float(v) for v in row] == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_the_rounding_of_an_entry_is_of_all_its_terms() -> None:
    """Of ``Σ weight·T[x_a x_b]``: ``relative · Σ |weight| (T[x_a²] + T[x_b²])/2``."""
    axes, _ = lattice._axes(ARROW)
    pairs = list(combinations(range(4), 2))
    table = [[F(1 + i), *(F(10 * i + c) for c in range(6))] for i in range(6)]
    found = lattice._entries(axes, pairs, table, F(1, 8), F(1, 4))
    squares = [1, 4, 6]  # columns of x_0², x_1², x_2²
    for (m, n), (low, high) in ((tuple(part), ends) for part, ends in found.items()):
        slack = F(0)
        for a, b in product(range(3), repeat=2):
            if (axes[a].mode, axes[b].mode) == (m, n):
                for (i, j), row in zip(pairs, table, strict=True):
                    turns = [axes[c].column[i] - axes[c].column[j] for c in (a, b)]
                    slack += abs(turns[0] * turns[1]) * (row[squares[a]] + row[squares[b]]) / 2
        slack *= lattice.ABOVE / 8
        assert 0 <= (high - low) / 2 - F(1, 4) - slack < slack / 10**6
        total = F(0)
        for a, b in product(range(3), repeat=2):
            if (axes[a].mode, axes[b].mode) == (m, n):
                column = 1 + [*combinations_with_replacement(range(3), 2)].index(
                    (min(a, b), max(a, b))
                )
                for (i, j), row in zip(pairs, table, strict=True):
                    turns = [axes[c].column[i] - axes[c].column[j] for c in (a, b)]
                    total += turns[0] * turns[1] * row[column]
        assert float((m == n) - total) == pytest.approx(float(low + high) / 2)


# --- pairs of components, at few frequencies and nodes


def test_the_sums_over_pairs() -> None:
    """``Φ_f = Σ h φ f e^{iξA/2}``, Ψ_g the same of the other pair, at ξ = 1/4 and 3/4."""
    place, a, b = Corner(4, MIXED.weights, (F(3, 4), F(1, 2))), 0.75, 0.5
    given = {"spacing": F(1, 2), "terms": 2, "step": F(1, 2), "reach": 2}
    x = np.arange(-2, 3) / 2
    bell = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) / 2
    rows, heights = [], []
    for p, q in ((0.4, 0.2), (0.3, 0.1)):
        whole = p * np.exp(a * x) + q * np.exp(-a * x)
        s = (p * np.exp(a * x) - q * np.exp(-a * x)) / whole
        rows.append(
            [bell * f for f in (1 + 0 * x, s * s, s * x, (1 - s * s) * x * x, (s * x) ** 2)]
        )
        heights.append(np.log(whole))
    sums = dict.fromkeys(("sech", "tanh", "square", "spread", "moved", "mixed", "double"), 0.0)
    weight = 0.0
    for xi in (0.25, 0.75):
        phi, psi = (
            [f @ np.exp(0.5j * xi * h) for f in fs] for fs, h in zip(rows, heights, strict=True)
        )
        damped = math.exp(-((xi * b) ** 2) / 2) / math.sinh(math.pi * xi / 2) / 2

        def both(f: int, g: int, phi: Any = phi, psi: Any = psi) -> complex:
            return complex(phi[f] * np.conj(psi[g]))

        sums["sech"] += damped * xi * both(0, 0).real
        sums["double"] += damped * xi * (1 - (xi * b) ** 2) * both(0, 0).real
        sums["tanh"] += damped * (both(1, 0) - both(0, 1)).imag
        sums["square"] += damped * xi * (both(1, 0) + both(0, 1)).real
        sums["spread"] += damped * (both(3, 0) - both(0, 3)).imag
        sums["moved"] += damped * xi * (both(4, 0) + both(0, 4) - 2 * both(2, 2)).real
        sums["mixed"] -= damped * xi * xi * b * (both(2, 0) - both(0, 2)).imag
        weight += damped * (1 + xi) ** 2 * (1 + (xi * b) ** 2)
    alone = [sum(fs[n].sum() for fs in rows) for n in (1, 3)]
    known = {
        "g2": 1 - sums["sech"],
        "g1": (alone[0] + sums["tanh"]) / 2 - sums["square"] / 4,
        Entry(1, 1): 1 - (alone[1] + sums["spread"]) / 2 - sums["moved"] / 4,
        Entry(1, 2): -sums["mixed"] / 2,
        Entry(2, 2): 1 - sums["double"],
    }
    size = max(sum(np.abs(f).sum() for f in fs) for fs in rows)
    depth = 0.75 * (max(np.abs(h).max() for h in heights) + 8)
    with gmpy2.context(gmpy2.get_context(), precision=140):
        found, slack = pair_sums._sums(place, given)
    assert {name: float(v) for name, v in found.items()} == pytest.approx(known, rel=1e-12)
    worth = 8 * (5 + 2 + pair_sums.DEPTH + 2 * depth) * (1 + weight) * (1 + size) ** 2
    assert float(slack) == pytest.approx(worth, rel=1e-12)


# --- Lloyd, on few nodes


def tail_of(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def test_the_sum_for_the_radius_of_lloyd(monkeypatch: pytest.MonkeyPatch) -> None:
    """``√(k/(k−1)) Σ h k s φ Φ^{k−1}``, and in the error the bounds of what it leaves out."""
    k, h, count = 3, 0.5, 4
    given = {"step": F(1, 2), "height": F(1, 2), "knee": F(1, 2), "count": count, "cut": 10}
    monkeypatch.setattr(lloyd, "_line", lambda *_: given)
    found = lloyd._radius(k, 5, Purse(10**9))
    nodes = [n * h for n in range(-count, count + 1)]
    total = sum(x * math.exp(-x * x / 2) * tail_of(x) ** (k - 1) for x in nodes)
    total *= math.sqrt(k / (k - 1)) * h * k / math.sqrt(2 * math.pi)
    assert float(found.low + found.high) / 2 == pytest.approx(total, rel=1e-13)
    broken, lines, _ = bounds.line(k, given)
    assert not broken
    error, outside = (found.high - found.low) / 2, sum(lines.values())
    assert outside < error < outside * (1 + 2 * bounds.TOLERANCE)
    assert bounds.line(k, {**given, "knee": F(3)})[0]
    monkeypatch.setattr(lloyd, "_line", lambda *_: {**given, "knee": F(3)})
    with pytest.raises(TooCostly, match="no line"):
        lloyd._radius(k, 5, Purse(10**9))


@pytest.mark.parametrize(("a", "b", "c"), [(0, 2, 3), (1, 3, 2), (2, 2, 0)])
def test_face_moments_and_what_their_sums_leave_out(a: int, b: int, c: int) -> None:
    """``Σ h s^a φ^b Φ^c`` and the bound of the docstring, all typed again."""
    faces = lloyd._Faces(5, 5, Purse(10**9))
    h, top = faces.step, faces.reach
    assert [float(s) for s, _, _ in faces.rows] == [
        float(n * h) for n in range(-round(top / h), round(top / h) + 1)
    ]
    faces.step, faces.height, faces.reach, faces.bits = F(2), F(1, 2), F(3, 2), 120
    faces.rows = [row for row in faces.rows if abs(row[0]) <= 2]
    with faces._precision():
        found = faces.moment(a, b, c)
    total, y, reach = 0.0, 0.5, 1.5
    for s in (float(row[0]) for row in faces.rows):
        total += s**a * (math.exp(-s * s / 2) / math.sqrt(2 * math.pi)) ** b * tail_of(s) ** c * 2
    large = 1 + y * math.exp(y * y / 2) / math.sqrt(2 * math.pi)
    mass = {0: 1.0, 1: 1 / math.sqrt(math.pi) + y, 2: 1 + 2 * y * y}[a] * math.sqrt(math.pi)
    left = 2 / math.expm1(math.pi * y) * large**c * mass
    left *= math.exp(b * y * y / 2) / (2 * math.pi) ** (b / 2)
    left += 2 * reach * math.exp(-(reach**2))
    assert float(found.low + found.high) / 2 == pytest.approx(total, rel=1e-12)
    assert float(found.high - found.low) / 2 == pytest.approx(left, rel=2e-6)
    assert (found.high - found.low) / 2 > F(left)  # by the relative tolerance of a line
    assert faces.moment(a, b, -1) == lloyd.Ends.of(0)


def test_the_roundings_of_lloyd_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the size of all terms, where nothing is left out."""
    k, h, count = 3, 0.5, 4
    given = {"step": F(1, 2), "height": F(1, 2), "knee": F(1, 2), "count": count, "cut": 10}
    monkeypatch.setattr(lloyd, "_line", lambda *_: given)
    monkeypatch.setattr(bounds, "line", lambda *_: ("", {}, F(0)))
    found = lloyd._radius(k, 5, Purse(10**9))
    nodes = [n * h for n in range(-count, count + 1)]
    size = sum(abs(x) * math.exp(-x * x / 2) * tail_of(x) ** (k - 1) for x in nodes)
    size *= math.sqrt(k / (k - 1)) * h * k / math.sqrt(2 * math.pi)
    roundings = 8 * k + 8 * count + 8 * math.ceil(count * h) ** 2 + 100
    expected = size * roundings / 2.0 ** lloyd._bits(5, k)
    assert float((found.high - found.low) / 2) == pytest.approx(expected, rel=1e-9, abs=0)

    faces = lloyd._Faces(5, 5, Purse(10**9))
    faces.bits = 30
    a, b, c = 1, 3, 2
    with faces._precision():
        found = faces.moment(a, b, c)
    rows = [tuple(map(float, row)) for row in faces.rows]
    size = sum(abs(s) ** a * p**b * q**c for s, p, q in rows) * float(faces.step)
    roundings = len(rows) + 20 * (b + c + 2) + 4 * b * math.ceil(float(faces.reach)) ** 2
    expected = size * 2 * roundings / 2**30
    assert expected - 2.0**-30 < float((found.high - found.low) / 2) < expected + 2.0**-28


def test_every_operation_on_ends_encloses() -> None:
    """Both ends are attained; a root and a rounding are off by their last place only."""
    signs = [lloyd.Ends(F(x), F(y)) for x, y in ((-3, -2), (-2, 5), (1, 4))]
    for one, other in product(signs, repeat=2):
        ends = list(product((one.low, one.high), (other.low, other.high)))
        assert (one + other) == lloyd.Ends(min(x + y for x, y in ends), max(x + y for x, y in ends))
        assert (one - other) == lloyd.Ends(min(x - y for x, y in ends), max(x - y for x, y in ends))
        assert (one * other) == lloyd.Ends(min(x * y for x, y in ends), max(x * y for x, y in ends))
        if other.low * other.high > 0:
            both = [x / y for x, y in ends]
            assert one / other == lloyd.Ends(min(both), max(both))
    for low, high in ((F(1, 3), F(2, 3)), (F(-2, 3), F(-1, 3))):
        found = lloyd.Ends(low, high).rounded(5)
        assert low - F(1, 32) < found.low < low < high < found.high < high + F(1, 32)
    root = lloyd.Ends(F(2), F(3)).root(20)
    assert root.low**2 <= 2 < (root.low + F(1, 2**19)) ** 2
    assert (root.high - F(1, 2**19)) ** 2 < 3 <= root.high**2


# --- evaluations


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0, 0, "= 0"), (-1, 0, "in [-1"), (0, 1, "in [0"), (1, 2, "in [1")],
)
def test_only_what_is_exactly_zero_is_said_to_be(low: int, high: int, said: str) -> None:
    stated = Statement("kl", F(low), F(high), F(low + high, 2), {}, 0)
    lines = verdict._evaluation_in_words(POINT, [stated])
    assert lines[0].startswith(f"KL(N(0, I) || p_theta) {said}")


@pytest.mark.parametrize(("k", "more"), [(2, 1), (7, 1), (8, 2), (1000, 128)])
def test_rounding_costs_a_stated_number_of_bits(k: int, more: int) -> None:
    assert verdict._rounding(100, k) == F(more * 2**24, 2**100)


def test_the_norm_of_a_line_of_all_entries() -> None:
    """Off the diagonal an entry counts twice."""
    entries = [
        Statement(part, F(0), F(0), F(0), {"aliasing": F(size)}, 0)
        for part, size in ((Entry(1, 1), 2), (Entry(1, 2), 4), (Entry(2, 2), 3))
    ]
    assert float(verdict._frobenius(entries, "aliasing")) == pytest.approx(math.sqrt(4 + 32 + 9))


# --- what an enclosure says of a statement


def between(low: int, high: int) -> Statement:
    return Statement("kl", F(low), F(high), F(low + high, 2), {}, 0)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ((2, 4), True), ((0, 5), True), ((-1, 4), False), ((1, 6), False), ((-1, 6), False),
        ((-2, 0), False), ((5, 7), False), ((-2, -1), None), ((6, 7), None),
    ],
)  # fmt: skip
def test_inside_outside_or_neither(own: tuple[int, int], expected: bool | None) -> None:
    """Proved: the whole enclosure lies within [0, 5]; refuted: no point of it."""
    ends = F(own[0]), F(own[1])
    if expected is None:
        with pytest.raises(Rejected, match="outside"):
            decide.within(between(0, 5), ends)
    else:
        assert decide.within(between(0, 5), ends) == expected


def test_digits_and_places_that_show_a_width() -> None:
    """A fifth of the narrowest radius that is not 0; a twentieth of a width."""
    ten = [Statement("kl", 1 - r, 1 + r, F(1), {}, 0) for r in (F(1, 10**4), F(1), F(0))]
    assert decide._digits(ten) == 5
    assert decide._digits(ten[1:]) == 2
    assert decide._digits(ten[2:]) == 13
    assert decide.shown(F(0), F(0)) == f"[0.{'0' * 30}, 0.{'0' * 30}]"
    assert decide.shown(F(1, 3), F(1, 2)) == "[0.333, 0.500]"
    assert decide._radius((F(0), F(3)), F(1)) == decide._radius((F(0), F(3)), F(2)) == 2


# --- errors of enclosures, where the sums are given


def test_what_a_lattice_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """``(nodes + 2 term) 2^-53`` of the size of every sum; of log S so much of the mass, too."""
    grid = {"steps": [F(1)] * 3, "heights": [F(1)] * 3, "radius": F(2)}
    zero = dict.fromkeys(("log", "factor", "hessian"), F(0))
    table = [[F(1, 24 + n), *[F(0)] * 6] for n in range(6)]
    monkeypatch.setattr(lattice, "_grid", lambda *_: (grid, zero))
    monkeypatch.setattr(lattice, "_sum", lambda *_: (table, F(1, 2), (F(2), F(3)), 125))
    found = lattice.enclose(ARROW, 3, Purse(10**9))
    responsibility = 3 * 3 + 4
    term = 4 * responsibility + 2 * 4 + 3 * 3 + 12
    relative = (125 + 2 * term) * F(1, 2**53) * lattice.ABOVE
    assert found.log is not None
    slack = relative * 3 + F(1, 2) * (responsibility + 4 + 2) * F(1, 2**53) * lattice.ABOVE
    known = [(found.log, F(2), slack)]
    for m, ends in enumerate(found.factors, start=1):
        pairs = zip(combinations(range(4), 2), table, strict=True)
        turned = (2 - 2 * math.cos(math.pi * m * (j - i) / 2) for (i, j), _ in pairs)
        total = sum(F(round(t)) * row[0] for t, row in zip(turned, table, strict=True))
        known.append((ends, 1 - total, relative * total))
    for (low, high), centre, error in known:
        assert abs((low + high) / 2 - centre) < F(1, 10**100)
        assert abs((high - low) / 2 / (error * lattice.ABOVE) - 1) < F(1, 10**6)


def test_what_sums_over_pairs_round_and_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["g1", "g2", Entry(1, 1), Entry(1, 2), Entry(2, 2)]
    given = {"terms": 1, "reach": 1}
    for left_out, slack in ((F(1, 8), 0), (F(0), 3)):
        errors = dict.fromkeys(names, left_out)
        sums = {name: gmpy2.mpfr(n) / 8 for n, name in enumerate(names)}
        monkeypatch.setattr(pair_sums, "_grid", lambda *_, errors=errors: (given, errors))
        monkeypatch.setattr(
            pair_sums, "_sums", lambda *_, sums=sums, slack=slack: (sums, gmpy2.mpfr(slack))
        )
        found = pair_sums.enclose(ARROW, 5, Purse(10**9))
        error = left_out * (1 + bounds.TOLERANCE)
        error += slack * F(1, 2 ** (math.ceil(5 * math.log2(10)) + 64))
        assert found.factors == [(F(n, 8) - error, F(n, 8) + error) for n in (0, 1)]
        assert (
            found.entries
            == {
                name: (F(n, 8) - error, F(n, 8) + error)  # type: ignore[misc]
                for n, name in enumerate(names[2:], start=2)
            }
        )


def test_what_errors_of_the_moments_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them raised at once: the sums grow by so much, and twice that for the pairs."""
    off = [mpmath.mpf(1) / 10**4] * 5
    monkeypatch.setattr(bounds, "inner_errors", lambda *_: (off, off))
    nothing: dict[str, Any] = {}
    monkeypatch.setattr(bounds, "laplace_outer", lambda *_: ("", nothing, nothing))
    found, widest = laplace._enclose(
        MIXED, [1, 2], {**TINY, "angles inner": [F(1)] * 2}, 140, False
    )
    with gmpy2.context(gmpy2.get_context(), precision=140):
        line = Line(gmpy2.mpfr("0.5"), -2, 2, 2)
        moments = Moments(MIXED, gmpy2.sqrt(gmpy2.mpfr(8) / 3), line, [1, 2], 4)
        low, high = (
            moments.factors(moments.tables),
            moments.factors(moments.raised([F(2, 10**4)] * 5)),
        )
        felt = {"log_partition": high["log_partition"] - low["log_partition"]}
        felt |= dict.fromkeys(("g1", "g2"), 2 * (high["pairs"] - low["pairs"]))
    for name, size in felt.items():
        ends = found[name]
        assert float(ends[1] - ends[0]) / 2 == pytest.approx(float(size), rel=1e-5)
        assert widest >= (ends[1] - ends[0]) / 2
