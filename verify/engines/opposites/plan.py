"""Where the sums of the engine for opposite components are taken.

Notation: the docstring of `engines.opposites`. Nothing here depends on the weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.action import block_size
from overspec.errors import InputError
from overspec.verify.engines.laplace.tables import left_end
from overspec.verify.engines.lowrank.plan import gauss_hermite

Doubles = NDArray[np.float64]

KS = (4, 6)  # components: odd parts that are alike, and even parts of one frequency
MAX_WORK = 1e9  # exponentials: some ten seconds
DEGREE = 4  # of the polynomials, in the w_j
LEAST = 1e-12  # amplitude: what depends on its square are doubles


def turned(k: int, s: int) -> bool:
    """Whether the odd part of this pair has its sign changed: at k = 6 they are alike then."""
    return bool(k == KS[1] and s % 2)


@dataclass(frozen=True)
class Halves:
    """The two parts of ``z_j = e_s ± o_s``.

    Attributes:
        k: components, 4 or 6.
        theta: a_1 … a_⌊k/2⌋ > 0.
        c: of ``e_s = cg_s``.
        v: variance of the independent o_s.
        shift: ``|θ_odd|² − v``, variance of what all o_s have in common; below 0 where they have
            less in common than if they were independent.
    """

    k: int
    theta: Doubles
    c: float
    v: float
    shift: float

    @classmethod
    def of(cls, k: int, theta: Doubles) -> Halves:
        """From the amplitudes."""
        c = float(theta[1]) * math.sqrt(k / (2 * block_size(k, 2)))
        v = float(theta[0]) ** 2 * k / 4
        own = float(theta[0]) ** 2 if k == KS[0] else v * 2 / 3
        rest = 0.0 if k == KS[0] else float(theta[2]) ** 2 - v / 3
        return cls(k, theta, c, v, rest if abs(rest) > 1e-15 * own else 0.0)

    @property
    def spread(self) -> float:
        """Variance of each o_s."""
        return float((self.theta[::2] ** 2).sum())

    def cosines(self, m: int) -> Doubles:
        """``C_st = ±cos(2πm(s−t)/k)``, the covariance of o_s and o_t, or e_s and e_t, by a_m².

        The odd parts with every other sign at k = 6, so that they are alike.
        """
        s = np.arange(self.k // 2)
        found: Doubles = np.cos(2 * np.pi * m * np.subtract.outer(s, s) / self.k)
        if m % 2:
            signs = np.array([-1.0 if turned(self.k, n) else 1.0 for n in range(len(s))])
            found = found * np.outer(signs, signs)
        return found


@dataclass(frozen=True)
class Rows:
    """What is outer besides τ: nodes η or ξ.

    Attributes:
        weights: of the rows.
        kernel: what a function of o becomes in each row, (o, rows); complex for ξ.
        own: the same of a function times the part of o that no other pair shares.
        common: by what a row is multiplied for the mean of all o_s less the mean of those parts;
            for ξ, for the mean of all.
    """

    weights: Doubles
    kernel: NDArray[Any]
    own: NDArray[Any]
    common: NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """All nodes.

    Attributes:
        tau, step: of the outer sum.
        o: nodes of the odd parts.
        rows: the rows of the sum.
        g, bell: of the even parts, nodes and weights.
        goal: minus the logarithm of what each truncation leaves out.
    """

    tau: Doubles
    step: float
    o: Doubles
    rows: Rows
    g: Doubles
    bell: Doubles
    goal: float


def plan(halves: Halves, goal: float, heaviest: float = 1.0) -> Plan:
    """The coarsest nodes that leave out about ``e^{−goal}`` of each kind.

    Args:
        halves: of θ.
        goal: see above.
        heaviest: the largest weight, or less.

    Raises:
        InputError: more exponentials than the budget.
    """
    shift = halves.shift
    if float(halves.theta.min()) < LEAST:
        raise InputError(
            f"the least amplitude, {halves.theta.min():.0e}, is too near 0 for the engine for "
            "opposite components; leave the engine to be chosen"
        )
    step, total = _step(goal, 0.0, 1.0), math.sqrt(halves.spread + halves.c**2)
    right = total * math.sqrt(2 * goal) + math.log(goal) - math.log(heaviest)
    tau = _multiples(step, math.floor(left_end(total, goal) / step), math.ceil(right / step))
    g = _line(goal, _step(goal, 1.0, halves.c), 1.0)
    each = len(tau) * len(g) * halves.k // 2
    o, rows = (_shifted if shift >= 0 else _frequencies)(halves, goal, each)
    bell = np.exp(-g * g / 2)
    return Plan(tau, step, o, rows, g, bell / bell.sum(), goal)


def _shifted(halves: Halves, goal: float, each: int) -> tuple[Doubles, Rows]:
    """Rows η, and ``o = √shift η + √v x``: all o on one line, or Gauss–Hermite's x for every η.

    ``f(√v x)`` is analytic for ``|Im x| < W = π/(2√v)``, so that its coefficients in Hermite's
    orthonormal he_n are below ``√n!/(W cos …)^n`` (n-fold parts, Cauchy), and the rule of n nodes
    leaves about the 2n-th of them, while ``8n < W²``.
    """
    v, shift, size = halves.v, halves.shift, math.sqrt(halves.shift)
    eta = _line(goal, _step(goal, 1.0, size), 1.0) if size else np.zeros(1)
    rows = np.exp(-eta * eta / 2)
    rows /= rows.sum()
    apart = _step(goal, 1 / v, 1.0)
    line = _line(goal, apart, math.sqrt(v + shift))
    width = math.pi / 4 / math.sqrt(v)  # half of W: there cos is 1/√2
    left = goal + DEGREE * math.log(2) / 2 + 1
    fit = [n for n in range(1, 41) if math.lgamma(2 * n + 1) / 2 - 2 * n * math.log(width) < -left]
    if fit and 8 * fit[0] < width**2 and fit[0] * len(eta) < len(line):
        _check(halves.k, each * fit[0] * len(eta))
        x, w = gauss_hermite(fit[0])
        own, one = math.sqrt(v) * x, np.eye(len(eta))
        o = (size * eta[:, None] + own).ravel()
        kernel, mine = (np.kron(one, column[:, None]) for column in (w, w * own))
        return o, Rows(rows, kernel, mine, size * eta)
    _check(halves.k, each * len(line))
    away = line[:, None] - size * eta
    kernel = np.exp(-away * away / (2 * v))
    kernel /= kernel.sum(axis=0)
    return line, Rows(rows, kernel, kernel * away, size * eta)


def _frequencies(halves: Halves, goal: float, each: int) -> tuple[Doubles, Rows]:
    """Rows ξ ≥ 0, with the weights of −ξ too, and o on one line.

    With ``S = Σ o_s`` of variance σ² = pv if the o_s were independent, and ``(pa_3)²`` as they are,
    the density is theirs times ``√(1 + κσ²) e^{−κS²/2}``, κ = 1/(pa_3)² − 1/σ², which is the mean
    of ``e^{iξS}`` over ξ ~ N(0, κ); so a factor S is −iξ/κ, by parts. A step Λ of ξ adds images at
    S = 2π/Λ, of about ``e^{−(2π/Λ)²/(2(σ² + 1/κ))}``. Each transform falls like ``e^{−yξ +
    y²/(2v)}``, all together like ``cos(y)^{−4}`` besides, y < π/2; so do images of a step over o.
    """
    p, v = halves.k // 2, halves.v
    free, true = p * v, (p * float(halves.theta[2])) ** 2
    kappa = 1 / true - 1 / free
    step = 2 * math.pi / math.sqrt(2 * goal * (free + 1 / kappa))
    y = np.linspace(0, math.pi / 2, 200)[1:-1]
    last, high = 0.0, math.sqrt(2 * goal * kappa)
    while last < high:
        fall = p * (y * last - y * y / (2 * v)) + DEGREE * np.log(np.cos(y))
        if fall.max() + last * last / (2 * kappa) > goal:
            break
        last += step
    xi = np.arange(math.ceil(last / step) + 1) * step
    rows = np.exp(-xi * xi / (2 * kappa)) * step * math.sqrt(free / true / (2 * math.pi * kappa))
    rows[1:] *= 2
    o = _line(goal, _step(goal, p / v, 1.0), math.sqrt(v))
    _check(halves.k, each * len(o))
    bell = np.exp(-o * o / (2 * v))
    kernel = (bell / bell.sum())[:, None] * np.exp(1j * o[:, None] * xi)
    return o, Rows(rows, kernel, kernel * o[:, None], -1j * xi / (p * kappa))


def _check(k: int, work: int) -> None:
    if work > MAX_WORK:
        raise InputError(
            f"k = {k}: the engine for opposite components would take {work:.0e} exponentials "
            "here, beyond its budget; leave the engine to be chosen"
        )


def _step(goal: float, gaussian: float, angle: float) -> float:
    """Aliasing ``e^{−2πy/h + gaussian·y²/2} cos(angle·y)^{−4}`` at the best y."""
    ends = [math.pi / 2 / angle] if angle > 0 else []
    ends += [2 * math.sqrt(2 * goal / gaussian)] if gaussian > 0 else []
    y = np.linspace(0, min(ends), 400)[1:-1]
    cost = goal + gaussian * y * y / 2 - DEGREE * np.log(np.cos(angle * y))
    return float(np.max(2 * math.pi * y / cost))


def _line(goal: float, step: float, size: float) -> Doubles:
    """Multiples of the step within what N(0, size²) leaves."""
    reach = math.ceil(size * math.sqrt(2 * (goal + math.log(2 * goal))) / step)
    return _multiples(step, -reach, reach)


def _multiples(step: float, first: int, last: int) -> Doubles:
    found: Doubles = np.arange(first, last + 1, dtype=np.float64)
    found *= step
    return found
