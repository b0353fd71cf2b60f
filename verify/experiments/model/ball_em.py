"""One EM step on weighted points in balls, for the laws near the optimum.

There a difference of nearly equal numbers is measured: ``1 − r'/r`` is 6e-10 at r = 1/32 where it
falls like r^6, and doubles leave six digits of that, other ones with every BLAS. Balls
(python-flint's `arb`) have as many digits as are asked for and carry their rounding error with
them; no processor turns them. The formulas are those of `points`; no code is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, TypeAlias

from flint import arb, arb_mat, ctx, fmpq, fmpz_poly

from overspec.mixture import Mixture

Matrix: TypeAlias = Any  # arb_mat, whose methods have no types
BITS = 256  # 1 − r'/r and KL come down to 1e-20: more than 50 digits are left of them


@dataclass(frozen=True)
class BallPoints:
    """N(0, I_d) as n nodes: x of shape (n, d), their masses, whose sum is 1.

    All moments up to degree 2·nodes − 1 are those of N(0, I_d), the second ones among them.
    """

    x: Matrix
    mass: tuple[arb, ...]


@dataclass(frozen=True)
class BallIterate:
    """Means (k, d), common covariance (d, d) and weights π (k) of a mixture."""

    means: Matrix
    covariance: Matrix
    weights: tuple[arb, ...]


@dataclass(frozen=True)
class BallSums:
    """Averages over the points: of w_j, w_j x, and ``KL(N(0, I) ‖ model)`` in nats."""

    mass: tuple[arb, ...]
    first: Matrix
    divergence: arb


@dataclass(frozen=True)
class BallModel:
    """Which parameters EM estimates; the attributes are those of `points.Model`.

    ``turns`` are R^j as (d, d) matrices for tied means, none for free ones.
    """

    turns: tuple[Matrix, ...]
    covariance: str = "fixed"
    learned: bool = False

    def step(self, points: BallPoints, at: BallIterate) -> BallIterate:
        """One EM step.

        >>> two = BallPoints(arb_mat([[1], [-1]]), (arb(1) / 2, arb(1) / 2))
        >>> model = BallModel((arb_mat([[1]]), arb_mat([[-1]])))
        >>> start = BallIterate(arb_mat([[1], [-1]]), arb_mat([[1]]), (arb(1) / 2, arb(1) / 2))
        >>> round(float(model.step(two, start).means[0, 0]), 6)  # tanh(1)
        0.761594
        """
        sums = e_step(points, at)
        precision = at.covariance.inv()
        means = self._tied(sums, precision) if self.turns else _free(sums)
        covariance = at.covariance
        if self.covariance != "fixed":
            d = covariance.nrows()
            cross = means.transpose() * sums.first
            own = _scaled(means, sums.mass).transpose() * means
            covariance = identity(d) - cross - cross.transpose() + own
            if self.covariance == "isotropic":
                covariance = identity(d) * (covariance.trace() / d)
        return BallIterate(means, covariance, sums.mass if self.learned else at.weights)

    def _tied(self, sums: BallSums, precision: Matrix) -> Matrix:
        """θ solves ``Σ_j m_j R^{-j} Σ^{-1} R^j θ = Σ_j R^{-j} Σ^{-1} s_j``; its orbit."""
        d = precision.nrows()
        matrix, right = arb_mat(d, d), arb_mat(d, 1)
        for j, (turn, mass) in enumerate(zip(self.turns, sums.mass, strict=True)):
            pulled = turn.transpose() * precision
            matrix += pulled * turn * mass
            right += pulled * arb_mat([[sums.first[j, a]] for a in range(d)])
        theta = matrix.solve(right)
        return arb_mat([(turn * theta).entries() for turn in self.turns])


def _free(sums: BallSums) -> Matrix:
    return _scaled(sums.first, [1 / mass for mass in sums.mass])


def _scaled(matrix: Matrix, factors: Sequence[arb]) -> Matrix:
    """Row j times factor j."""
    rows = matrix.tolist()
    return arb_mat([[f * v for v in row] for f, row in zip(factors, rows, strict=True)])


def e_step(points: BallPoints, at: BallIterate) -> BallSums:
    """Responsibilities ``w_j ∝ π_j N(x; μ_j, Σ)`` summed over the points."""
    precision = at.covariance.inv()
    slopes = at.means * precision
    scores = (points.x * slopes.transpose()).tolist()
    factors = [
        weight * (-sum((a * b for a, b in zip(slope, mean, strict=True)), arb(0)) / 2).exp()
        for weight, slope, mean in zip(at.weights, slopes.tolist(), at.means.tolist(), strict=True)
    ]
    rows, logs = [], arb(0)
    for mass, score in zip(points.mass, scores, strict=True):
        parts = [f * z.exp() for f, z in zip(factors, score, strict=True)]
        total = sum(parts, arb(0))
        logs += mass * total.log()
        scale = mass / total
        rows.append([part * scale for part in parts])
    shares = arb_mat(rows).transpose()
    d = precision.nrows()
    same = (at.covariance.det().log() + precision.trace() - d) / 2
    return BallSums(
        tuple(sum(row, arb(0)) for row in shares.tolist()), shares * points.x, same - logs
    )


def identity(d: int) -> Matrix:
    """The d×d unit matrix."""
    return arb_mat(d, d, [int(i == j) for i in range(d) for j in range(d)])


def ball(value: Fraction) -> arb:
    """A rational number at the working precision."""
    return arb(fmpq(value.numerator, value.denominator))


def turns(mixture: Mixture) -> tuple[Matrix, ...]:
    """R^j in block coordinates for all j: `sample.powers` in balls.

    >>> [int(turn[0, 0].unique_fmpz()) for turn in turns(Mixture.simplex(2))]
    [1, -1]
    """
    found = []
    for j in range(mixture.k):
        turn = identity(mixture.d)
        for block in mixture.action.blocks:
            a, angle = block.start, fmpq(2 * (block.frequency * j % mixture.k), mixture.k)
            sine, cosine = arb.sin_cos_pi_fmpq(angle)
            turn[a, a] = cosine
            if block.size == 2:
                turn[a, a + 1], turn[a + 1, a], turn[a + 1, a + 1] = -sine, sine, cosine
        found.append(turn)
    return tuple(found)


@cache
def gauss_hermite(d: int, nodes: int, bits: int = BITS) -> BallPoints:
    """The tensor Gauss–Hermite rule for N(0, I_d).

    Nodes are the roots of He_n, isolated by FLINT; masses ``(n − 1)!/(n He_{n−1}(x)²)``.

    >>> rule = gauss_hermite(1, 3)
    >>> [round(float(m), 12) for m in rule.mass], round(float(rule.x[2, 0]) ** 2, 12)
    ([0.166666666667, 0.666666666667, 0.166666666667], 3.0)
    """
    with ctx.workprec(bits):
        before, last = fmpz_poly([1]), fmpz_poly([0, 1])
        for n in range(1, nodes):
            before, last = last, fmpz_poly([0, 1]) * last - n * before
        roots: Any = last.complex_roots()  # pairs with multiplicities
        line = sorted((root.real for root, _ in roots), key=float)
        scale = arb.fac_ui(nodes - 1) / nodes
        mass = [scale / _at(before, x) ** 2 for x in line]
        masses = []
        for index in product(range(nodes), repeat=d):
            share = arb(1)
            for i in index:
                share *= mass[i]
            masses.append(share)
        return BallPoints(arb_mat(list(map(list, product(line, repeat=d)))), tuple(masses))


def _at(polynomial: fmpz_poly, x: arb) -> arb:
    total = arb(0)
    for coefficient in reversed(polynomial.coeffs()):
        total = total * x + coefficient
    return total
