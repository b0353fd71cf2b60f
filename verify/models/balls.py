"""The same expectations in balls, θ a point or a box: every error is bounded.

The lattices and their bounds are those of `rule`, evaluated in balls. Of an integrand bounded by
``C e^n/cos²(ψ/2)`` the trapezoidal sum misses, for each axis, at most

    C K_n 2/(e^{2πy/h} − 1) e^{y²/2}/cos²(ψ/2),

and the nodes beyond T at most ``C (A+λT)^n e^{−(T²−d)/2} (1.001 T/√d)^d``. For a box the bounds
hold with the largest mean and the largest phase spread in it.

Responsibilities come from differences,

    1/w_j = 1 + Σ_{i≠j} (π_i/π_j) e^{⟨x − (μ_i+μ_j)/2, μ_i − μ_j⟩},

and second moments from pairs, ``Σ_{i<j} w_iw_j (r_i − r_j)(u_i − u_j)ᵀ``, so that little is lost
where θ is a box.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from flint import arb, arb_mat

from overspec.errors import InputError, OutOfReach
from overspec.exact import exact
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.bounds import geometric_pair

Balls: TypeAlias = list[Ball]
Rows: TypeAlias = list[Balls]

MAX_NODES = 400_000


def check(model: Model, truth: Truth) -> None:
    """Raise InputError unless there are enclosures for a model and a truth."""
    if not isinstance(model, Model) or not isinstance(truth, Truth):
        raise InputError("give a Model and a Truth")
    if model.d != truth.d:
        raise InputError(f"a truth with d = {truth.d} for a model with d = {model.d}")
    if model.learns_weights or model.learns_variance:
        raise OutOfReach("enclosures are for fixed weights and covariance I; fix both")


@dataclass(frozen=True, eq=False)
class Maps:
    """A model in balls: T_j, c_j and π_j."""

    model: Model
    maps: list[Rows]
    shifts: Rows
    weights: Balls

    @property
    def largest(self) -> Ball:
        """``max_j |T_j|``, the norms by the entries: an upper bound."""
        squares = (sum((a * a for row in t for a in row), arb(0)) for t in self.maps)
        return _largest([square.sqrt() for square in squares])

    def means(self, theta: Balls) -> Rows:
        """μ_j."""
        return [
            [dot(row, theta) + c for row, c in zip(t, shift, strict=True)]
            for t, shift in zip(self.maps, self.shifts, strict=True)
        ]


def in_balls(model: Model) -> Maps:
    """The maps, shifts and weights of a model at the current precision."""
    return Maps(
        model,
        [[[to_ball(a) for a in row] for row in t] for t in model.maps],
        [[to_ball(a) for a in c] for c in model.shifts],
        [to_ball(w) for w in model.weights or ()],
    )


def dot(u: Sequence[Ball], v: Sequence[Ball]) -> Ball:
    """``⟨u, v⟩``."""
    if not u:
        return arb(0)
    total = u[0] * v[0]
    for n in range(1, len(u)):
        total += u[n] * v[n]
    return total


def _largest(values: Sequence[Ball]) -> Ball:
    """A ball around an upper bound of them all."""
    best = arb(0)
    for value in values:
        upper = arb(value.abs_upper())
        if not upper <= best:
            best = upper
    return best


def _length(u: Balls) -> Ball:
    return arb(dot(u, u).abs_upper()).sqrt()


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes with masses, and what they miss.

    Attributes:
        points, masses: x_n and q_n.
        log_density: of the truth, at a point.
        reach: for each component of the truth its mass and A = 1 + R + |ν| + yλ.
        scale: λ.
        aliasing: over the axes, without C K_n.
        radius: T.
        size: R, at most which every mean, shift and centre is long.
        log_det: log det of the root of the truth's covariance.
    """

    points: Rows
    masses: Balls
    log_density: Callable[[Balls], Ball]
    reach: list[tuple[Ball, Ball]]
    scale: Ball
    aliasing: Ball
    radius: Ball
    size: Ball
    log_det: Ball

    def missed(self, coefficient: Ball, degree: int) -> Ball:
        """A bound of what is missed of an integrand of bound ``C e^degree/cos²(ψ/2)``."""
        d = len(self.points[0])
        tail = (-(self.radius**2 - d) / 2).exp()
        tail = tail * (arb("1.001") * self.radius / arb(d).sqrt()) ** d
        fourth = arb(d * (d + 2)).root(4)
        total = arb(0)
        for mass, offset in self.reach:
            mean = arb("1.01") * (offset + self.scale * fourth) ** degree
            far = (offset + self.scale * self.radius) ** degree * tail
            total = total + mass * (self.aliasing * mean + far)
        return coefficient * total


def lattice(maps: Maps, truth: Truth, theta: Balls, digits: int) -> Lattice:
    """The nodes for a truth, fine enough for θ, a point or a box.

    Args:
        maps: the model.
        truth: the law of the data.
        theta: balls.
        digits: what is missed is about 10^−digits of an integrand.

    Raises:
        OutOfReach: too many nodes.
    """
    d = truth.d
    means = maps.means(theta)
    centres = [[to_ball(a) for a in nu] for nu in truth.means]
    alpha = [to_ball(a) for a in truth.weights]
    root = _cholesky([[to_ball(a) for a in row] for row in truth.covariance])
    scale = sum((a * a for row in root for a in row), arb(0)).sqrt()
    size = _largest([_length(u) for u in (*means, *maps.shifts, *centres)])
    columns = [[row[a] for row in root] for a in range(d)]
    steps, heights, aliasing = [], [], arb(0)
    for column in columns:
        phase = _spread(maps, theta, column)
        phase = _largest([phase, _differences(centres, column)])
        h, y = _step(float(phase.abs_upper()), digits)
        cosine = (arb(y) * phase / 2).cos()
        if not (cosine > 0 and arb(y) * phase < arb.pi()):
            raise OutOfReach("the box of theta is too wide for enclosures; use a smaller one")
        steps.append(arb(h))
        heights.append(arb(y))
        decay = geometric_pair(2 * arb.pi() * arb(y) / arb(h)) * (arb(y) ** 2 / 2).exp()
        aliasing = aliasing + decay / cosine**2
    radius = _radius(d, digits)
    counts = [math.ceil(radius / float(h)) for h in steps]
    if len(centres) * math.prod(2 * n + 1 for n in counts) > MAX_NODES:
        raise OutOfReach(
            f"more than {MAX_NODES} nodes: use fewer digits, or means that lie nearer together"
        )
    points, masses = [], []
    norm = (2 * arb.pi()) ** d
    volume = math.prod(steps[1:], start=steps[0]) / norm.sqrt()
    for n in product(*(range(-count, count + 1) for count in counts)):
        g = [h * i for h, i in zip(steps, n, strict=True)]
        square = dot(g, g)
        if square > arb(radius) ** 2:
            continue
        q = volume * (-square / 2).exp()
        away = [dot(row, g) for row in root]
        for a, nu in zip(alpha, centres, strict=True):
            points.append([c + b for c, b in zip(nu, away, strict=True)])
            masses.append(a * q)
    det = math.prod((root[a][a] for a in range(1, d)), start=root[0][0])
    reach = [
        (a, 1 + size + _length(nu) + _largest(heights) * scale)
        for a, nu in zip(alpha, centres, strict=True)
    ]
    return Lattice(
        points,
        masses,
        lambda x: _log_density(x, centres, alpha, root, det),
        reach,
        scale,
        aliasing,
        arb(radius),
        size,
        det.log(),
    )


def _cholesky(sigma: Rows) -> Rows:
    d = len(sigma)
    root = [[arb(0)] * d for _ in range(d)]
    for i in range(d):
        for j in range(i + 1):
            rest = sigma[i][j] - dot(root[i][:j], root[j][:j])
            root[i][j] = rest.sqrt() if i == j else rest / root[j][j]
    return root


def _spread(maps: Maps, theta: Balls, column: Balls) -> Ball:
    """``max_ij |⟨Le_a, μ_i − μ_j⟩|``, each difference as one linear function of θ."""
    found = []
    for i, (t, c) in enumerate(zip(maps.maps, maps.shifts, strict=True)):
        for other, e in zip(maps.maps[:i], maps.shifts[:i], strict=True):
            total = arb(0)
            for a, weight in enumerate(column):
                row = [x - y for x, y in zip(t[a], other[a], strict=True)]
                total = total + weight * (dot(row, theta) + c[a] - e[a])
            found.append(total)
    return _largest(found)


def _differences(points: Rows, column: Balls) -> Ball:
    values = [dot(u, column) for u in points]
    return _largest([u - v for u in values for v in values]) if len(values) > 1 else arb(0)


def _step(phase: float, digits: int) -> tuple[Fraction | float, float]:
    """h and y, any of which would do: the bound is evaluated at them."""
    best = (0.0, 1.0)
    reach = math.sqrt(2 * digits * math.log(10)) + 4
    most = min(reach, math.pi / phase) if phase else reach
    for n in range(1, 400):
        y = most * n / 400
        cost = y * y / 2 - 2 * math.log(math.cos(phase * y / 2)) + digits * math.log(10) + 1
        best = max(best, (2 * math.pi * y / cost, y))
    h = min(best[0], 1.0)
    return (math.floor(h * 1024) / 1024 if h > 1 / 512 else h), best[1]


def _radius(d: int, digits: int) -> float:
    radius = math.ceil(8 * math.sqrt(d + 4)) / 8
    while -(radius**2 - d) / 2 + d * math.log(1.001 * radius / math.sqrt(d)) > -digits * math.log(
        10
    ):
        radius += 1 / 8
    return radius


def _log_density(x: Balls, centres: Rows, alpha: Balls, root: Rows, det: Ball) -> Ball:
    d, total = len(x), arb(0)
    for a, nu in zip(alpha, centres, strict=True):
        white: Balls = []
        for i in range(d):
            rest = x[i] - nu[i] - dot(root[i][:i], white)
            white.append(rest / root[i][i])
        total = total + a * (-dot(white, white) / 2).exp()
    return total.log() - arb(d) / 2 * (2 * arb.pi()).log() - det.log()


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
        jacobian: DM; empty where not asked for.
    """

    shares: Balls
    metric: Rows
    pulled: Balls
    after: Balls
    gradient: Balls
    hessian: Rows
    jacobian: Rows


def enclosed(maps: Maps, theta: Balls, nodes: Lattice, jacobian: bool = True) -> Enclosed:
    """The EM map, gradient, Hessian and DM at θ, a point or a box within that of the lattice.

    Raises:
        ZeroDivisionError: G cannot be inverted in balls; use a smaller box or more digits.
    """
    p, k, tau = maps.model.p, maps.model.k, maps.largest
    means = maps.means(theta)
    shares, rows = [arb(0)] * k, []
    pulled = [arb(0)] * p
    spread = [[arb(0)] * p for _ in range(p)]
    pairs = [(i, j) for j in range(k) for i in range(j)]
    halves = {
        (i, j): [(a + b) / 2 for a, b in zip(means[i], means[j], strict=True)] for i, j in pairs
    }
    gaps = {(i, j): _gap(maps, theta, i, j) for i, j in pairs}
    own = [_gram(t) for t in maps.maps]
    for x, q in zip(nodes.points, nodes.masses, strict=True):
        w = _posterior(maps.weights, x, pairs, halves, gaps)
        away = [_back(t, [a - b for a, b in zip(x, c, strict=True)])
                for t, c in zip(maps.maps, maps.shifts, strict=True)]  # fmt: skip
        for j in range(k):
            shares[j] = shares[j] + q * w[j]
        last = away[-1]
        for a in range(p):
            inner = last[a] + sum((w[j] * (away[j][a] - last[a]) for j in range(k - 1)), arb(0))
            pulled[a] = pulled[a] + q * inner
        forces = [[a - dot(row, theta) for a, row in zip(away[j], own[j], strict=True)]
                  for j in range(k)]  # fmt: skip
        for i, j in pairs:
            u = [a - b for a, b in zip(forces[i], forces[j], strict=True)]
            c = q * w[i] * w[j]
            for a in range(p):
                for b in range(a + 1):
                    spread[a][b] = spread[a][b] + c * u[a] * u[b]
        rows.append((q, w, away, forces))
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
    drift = _jacobian(maps, nodes, rows, own, found, metric) if jacobian else []
    return Enclosed(shares, metric, pulled, found, gradient, hessian, drift)


def _jacobian(
    maps: Maps, nodes: Lattice, rows: list[Any], own: list[Rows], after: Balls, metric: Rows
) -> Rows:
    """``DM = G⁻¹ E Σ_{i<j} w_iw_j (r_i − r_j)(u_i − u_j)ᵀ``, r_j = T_jᵀ(x − c_j − T_jθ')."""
    p, k, tau = maps.model.p, maps.model.k, maps.largest
    total = [[arb(0)] * p for _ in range(p)]
    for q, w, away, forces in rows:
        left = [[a - dot(row, after) for a, row in zip(away[j], own[j], strict=True)]
                for j in range(k)]  # fmt: skip
        for j in range(k):
            for i in range(j):
                c = q * w[i] * w[j]
                r = [a - b for a, b in zip(left[i], left[j], strict=True)]
                u = [a - b for a, b in zip(forces[i], forces[j], strict=True)]
                for a in range(p):
                    for b in range(p):
                        total[a][b] = total[a][b] + c * r[a] * u[b]
    reach = 1 + tau * _length(after)
    error = nodes.missed(2 * tau**2 * reach, 2)
    return _solved(metric, [[_widened(c, error) for c in row] for row in total])


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
    size = 2 * d + 5 + 1 / nodes.scale**2 + _largest([nodes.log_det])
    return _widened(total, nodes.missed(size, 2))


def _posterior(weights: Balls, x: Balls, pairs: Any, halves: Any, gaps: Any) -> Balls:
    totals = [arb(1)] * len(weights)
    for i, j in pairs:
        middle = [a - b for a, b in zip(x, halves[i, j], strict=True)]
        ratio = weights[i] / weights[j] * dot(middle, gaps[i, j]).exp()
        totals[j] = totals[j] + ratio
        totals[i] = totals[i] + 1 / ratio
    return [1 / total for total in totals]


def _gap(maps: Maps, theta: Balls, i: int, j: int) -> Balls:
    """``μ_i − μ_j``, linear in θ."""
    found = []
    for a, (row, other) in enumerate(zip(maps.maps[i], maps.maps[j], strict=True)):
        difference = [x - y for x, y in zip(row, other, strict=True)]
        found.append(dot(difference, theta) + maps.shifts[i][a] - maps.shifts[j][a])
    return found


def _gram(t: Rows) -> Rows:
    columns = list(zip(*t, strict=True))
    return [[dot(a, b) for b in columns] for a in columns]


def _back(t: Rows, u: Balls) -> Balls:
    return [dot(column, u) for column in zip(*t, strict=True)]


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
