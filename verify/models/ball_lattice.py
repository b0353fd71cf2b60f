"""Lattices in balls: nodes for a truth, fine enough for θ, a point or a box, and what they miss.

The lattices and their bounds are those of `rule`, evaluated in balls. Of an integrand bounded by
``C e^n/cos²(ψ/2)`` the trapezoidal sum misses, for each axis, at most

    C K_n 2/(e^{2πy/h} − 1) e^{y²/2}/cos²(ψ/2),

and the nodes beyond T at most ``C (A+λT)^n e^{−(T²−d)/2} (1.001 T/√d)^d``. For a box the bounds
hold with the largest mean and the largest phase spread in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from flint import arb

from overspec.errors import InputError, OutOfReach
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.verify.enclosures.ball import Ball, to_ball
from overspec.verify.enclosures.bounds import geometric_pair

Balls: TypeAlias = list[Ball]
Rows: TypeAlias = list[Balls]

MAX_NODES = 400_000


def check_pair(model: Model, truth: Truth) -> None:
    """Raise InputError unless a model and a truth go together."""
    if not isinstance(model, Model) or not isinstance(truth, Truth):
        raise InputError("give a Model and a Truth")
    if model.d != truth.d:
        raise InputError(f"a truth with d = {truth.d} for a model with d = {model.d}")


def check(model: Model, truth: Truth) -> None:
    """Raise InputError unless there are enclosures over boxes for a model and a truth."""
    check_pair(model, truth)
    if model.learns_weights or model.learns_variance:
        raise OutOfReach("proofs over a region are for fixed weights and covariance I; fix both")


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
        return largest([square.sqrt() for square in squares])

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


def largest(values: Sequence[Ball]) -> Ball:
    """A ball of radius 0 that is an upper bound of all absolute values."""
    best = arb(0)
    for value in values:
        upper = arb(value.abs_upper())
        if not upper <= best:
            best = upper
    return best


def length(u: Balls) -> Ball:
    """An upper bound of |u|."""
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
    size = largest([length(u) for u in (*means, *maps.shifts, *centres)])
    columns = [[row[a] for row in root] for a in range(d)]
    steps, heights, aliasing = [], [], arb(0)
    for column in columns:
        phase = _spread(maps, theta, column)
        phase = largest([phase, _differences(centres, column)])
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
        (a, 1 + size + length(nu) + largest(heights) * scale)
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
    return largest(found)


def _differences(points: Rows, column: Balls) -> Ball:
    values = [dot(u, column) for u in points]
    return largest([u - v for u in values for v in values]) if len(values) > 1 else arb(0)


def _step(phase: float, digits: int) -> tuple[float, float]:
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
