"""The same expectations in balls, θ a point or a box: every error is bounded.

The sums run over the lattices of `ball_lattice`. Responsibilities come from differences,

    1/w_j = 1 + Σ_{i≠j} (π_i/π_j) e^{⟨x − (μ_i+μ_j)/2, μ_i − μ_j⟩},

and second moments from pairs, ``Σ_{i<j} w_iw_j (r_i − r_j)(u_i − u_j)ᵀ``, so that little is lost
where θ is a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat

from overspec.errors import InputError
from overspec.exact import exact
from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.models.ball_lattice import (
    Balls,
    Lattice,
    Maps,
    Rows,
    dot,
    largest,
    length,
)

WIDE = 1e-3  # radius from which on both ends of an exponent are looked at


@dataclass(frozen=True, eq=False)
class Enclosed:
    """Balls at θ, a point or a box, errors included.

    Attributes:
        shares: W_j.
        metric: G.
        pulled: b.
        after: ``M = G⁻¹b``.
        gradient: ``Gθ − b``.
        hessian: ∇²L.
        jacobian: DM, with the rows and columns of what is learned; empty where not asked for.
        squares: ``E Σ_j w_j|x − c_j|²``.
    """

    shares: Balls
    metric: Rows
    pulled: Balls
    after: Balls
    gradient: Balls
    hessian: Rows
    jacobian: Rows
    squares: Ball


@dataclass(frozen=True, eq=False)
class Learned:
    """What EM learns besides θ: the weights, and v, at which x is measured in units of √v."""

    weights: bool = False
    variance: Ball | None = None


ONLY_THETA = Learned()


def enclosed(
    maps: Maps,
    theta: Balls,
    nodes: Lattice,
    jacobian: bool = True,
    learned: Learned = ONLY_THETA,
) -> Enclosed:
    """The EM map, gradient, Hessian and DM at θ, a point or a box within that of the lattice.

    Raises:
        ZeroDivisionError: G cannot be inverted in balls; use a smaller box or more digits.
    """
    p, k, tau = maps.model.p, maps.model.k, maps.largest
    shares = [arb(0)] * k
    rows: list[tuple[Balls, Ball, Balls, Rows, Rows]] = []
    squares = arb(0)
    pulled = [arb(0)] * p
    spread = [[arb(0)] * p for _ in range(p)]
    pairs = [(i, j) for j in range(k) for i in range(j)]
    gaps, sums = ({(i, j): _linear(maps, theta, i, j, sign) for i, j in pairs} for sign in (-1, 1))
    halves = {pair: [a / 2 for a in total] for pair, total in sums.items()}
    own = [_gram(t) for t in maps.maps]
    columns = [list(zip(*t, strict=True)) for t in maps.maps]
    here = [[dot(row, theta) for row in rows_] for rows_ in own]  # T_jᵀT_jθ, the same at each node
    for x, q in zip(nodes.points, nodes.masses, strict=True):
        w = _posterior(maps.weights, x, pairs, halves, gaps)
        away = []
        for t, shift, share in zip(columns, maps.shifts, w, strict=True):
            gone = [a - b for a, b in zip(x, shift, strict=True)]
            away.append([dot(column, gone) for column in t])
            if learned.variance is not None:
                squares = squares + q * share * dot(gone, gone)
        for j in range(k):
            shares[j] = shares[j] + q * w[j]
        last = away[-1]
        for a in range(p):
            inner = last[a] + sum((w[j] * (away[j][a] - last[a]) for j in range(k - 1)), arb(0))
            pulled[a] = pulled[a] + q * inner
        forces = [[a - b for a, b in zip(*both, strict=True)]
                  for both in zip(away, here, strict=True)]  # fmt: skip
        for i, j in pairs:
            u = [a - b for a, b in zip(forces[i], forces[j], strict=True)]
            c = q * w[i] * w[j]
            for a in range(p):
                for b in range(a + 1):
                    spread[a][b] = spread[a][b] + c * u[a] * u[b]
        if jacobian:
            rows.append((x, q, w, away, forces))
    shares = [_widened(s, nodes.missed(arb(1), 0)) for s in shares]
    pulled = [_widened(b, nodes.missed(tau, 1)) for b in pulled]
    metric = [[sum((s * g[a][b] for s, g in zip(shares, own, strict=True)), arb(0))
               for b in range(p)] for a in range(p)]  # fmt: skip
    error = nodes.missed(2 * tau**2, 2)
    full = [[_widened(spread[max(a, b)][min(a, b)], error) for b in range(p)] for a in range(p)]
    after = _solved(metric, [[b] for b in pulled])
    found = [row[0] for row in after]
    gradient = [dot(row, theta) - b for row, b in zip(metric, pulled, strict=True)]
    hessian = [
        [m - s for m, s in zip(*both, strict=True)] for both in zip(metric, full, strict=True)
    ]
    drift = _jacobian(maps, nodes, rows, theta, found, metric, learned) if jacobian else []
    squares = _widened(squares, nodes.missed(arb(1), 2))
    return Enclosed(shares, metric, pulled, found, gradient, hessian, drift, squares)


def _jacobian(
    maps: Maps,
    nodes: Lattice,
    rows: list[Any],
    theta: Balls,
    after: Balls,
    metric: Rows,
    learned: Learned,
) -> Rows:
    """``E Σ_{i<j} w_iw_j (ρ_i − ρ_j)(s_i − s_j)ᵀ`` as in `moments`, the rows of θ times G⁻¹.

    ρ_j = (T_jᵀ(x − c_j − T_jθ'), e_j, |x − c_j − T_jθ'|²/d) and s_j = (u_j, e_j/π_j,
    |x − c_j − T_jθ|²/(2v)), of moduli up to ``C e^n``. In units of √v the last of them has the
    factor v, or 1/v² becomes 1/v; what s_j has in common for all j is left out.
    """
    p, k, d, tau = maps.model.p, maps.model.k, maps.model.d, maps.largest
    reach, v = 1 + tau * length(after), learned.variance
    sizes = [(tau * reach, tau, 1, 1)] * p
    if learned.weights:
        sizes += [(arb(1), 1 / w, 0, 0) for w in maps.weights]
    if v is not None:
        sizes.append((v / d * reach**2, 1 / (2 * v), 2, 2))
    many = len(sizes)
    total = [[arb(0)] * many for _ in range(many)]
    own = [_gram(t) for t in maps.maps]
    spots, here = maps.means(after), maps.means(theta)
    for x, q, w, away, forces in rows:
        rho = [[a - dot(row, after) for a, row in zip(away[j], own[j], strict=True)]
               for j in range(k)]  # fmt: skip
        scores = [list(force) for force in forces]
        for j in range(k):
            if learned.weights:
                rho[j] += [arb(i == j) for i in range(k)]
                scores[j] += [(i == j) / maps.weights[i] for i in range(k)]
            if v is not None:
                rho[j].append(v / d * _square(x, spots[j]))
                scores[j].append(_square(x, here[j]) / (2 * v))
        for j in range(k):
            for i in range(j):
                c = q * w[i] * w[j]
                r = [c * (a - b) for a, b in zip(rho[i], rho[j], strict=True)]
                u = [a - b for a, b in zip(scores[i], scores[j], strict=True)]
                for a in range(many):
                    for b in range(many):
                        total[a][b] = total[a][b] + r[a] * u[b]
    full = [
        [
            _widened(c, nodes.missed(2 * left[0] * right[1], left[2] + right[3]))
            for c, right in zip(row, sizes, strict=True)
        ]
        for row, left in zip(total, sizes, strict=True)
    ]
    return [*_solved(metric, full[:p]), *full[p:]]


def _square(x: Balls, centre: Balls) -> Ball:
    gap = [a - b for a, b in zip(x, centre, strict=True)]
    return dot(gap, gap)


def divergence(maps: Maps, theta: Balls, nodes: Lattice) -> Ball:
    """KL(P ‖ p_θ), the error included."""
    means, d = maps.means(theta), maps.model.d
    constant, total = arb(d) / 2 * (2 * arb.pi()).log(), arb(0)
    for x, q in zip(nodes.points, nodes.masses, strict=True):
        density = arb(0)
        for w, mean in zip(maps.weights, means, strict=True):
            gap = [a - b for a, b in zip(x, mean, strict=True)]
            density = density + w * (-dot(gap, gap) / 2).exp()
        total = total + q * (nodes.log_density(x) - density.log() + constant)
    size = 2 * d + 5 + 1 / nodes.scale**2 + largest([nodes.log_det])
    return _widened(total, nodes.missed(size, 2))


def _posterior(weights: Balls, x: Balls, pairs: Any, halves: Any, gaps: Any) -> Balls:
    """w_j; by both ends of what is summed where a ball is wide: the exponential grows."""
    exponents = [
        dot([a - b for a, b in zip(x, halves[pair], strict=True)], gaps[pair]) for pair in pairs
    ]
    if all(e.rad() < WIDE for e in exponents):
        return [1 / total for total in _totals(weights, pairs, exponents, exponents)]
    low, high = [e.lower() for e in exponents], [e.upper() for e in exponents]
    most, least = _totals(weights, pairs, low, high), _totals(weights, pairs, high, low)
    return [(1 / a).union(1 / b) for a, b in zip(most, least, strict=True)]


def _totals(weights: Balls, pairs: Any, up: Balls, down: Balls) -> Balls:
    """``1 + Σ_{i≠j} (π_i/π_j) e^{±…}``, from ``up`` for i < j and ``down`` for the others."""
    totals = [arb(1)] * len(weights)
    for (i, j), a, b in zip(pairs, up, down, strict=True):
        share = weights[i] / weights[j]
        ratio = share * a.exp()
        totals[j] = totals[j] + ratio
        totals[i] = totals[i] + (1 / ratio if a is b else 1 / (share * b.exp()))
    return totals


def _linear(maps: Maps, theta: Balls, i: int, j: int, sign: int) -> Balls:
    """``μ_i ± μ_j`` as one linear function of θ: on a box, what cancels cancels."""
    found = []
    for a, (row, other) in enumerate(zip(maps.maps[i], maps.maps[j], strict=True)):
        both = [x + sign * y for x, y in zip(row, other, strict=True)]
        found.append(dot(both, theta) + maps.shifts[i][a] + sign * maps.shifts[j][a])
    return found


def _gram(t: Rows) -> Rows:
    columns = list(zip(*t, strict=True))
    return [[dot(a, b) for b in columns] for a in columns]


def _widened(ball: Ball, error: Ball) -> Ball:
    return ball + arb(0, error.abs_upper())


def _solved(matrix: Rows, right: Rows) -> Rows:
    found = arb_mat(matrix).solve(arb_mat(right))
    return [[found[a, b] for b in range(len(right[0]))] for a in range(len(right))]


def at_point(theta: Sequence[object], p: int) -> Balls:
    """An exact θ as balls.

    Raises:
        InputError: entries that are not exact, or not p of them.
    """
    if len(theta) != p:
        raise InputError(f"theta has {len(theta)} entries, not {p}; give exactly {p}")
    return [to_ball(exact(a, f"entry {i} of theta")) for i, a in enumerate(theta, start=1)]
