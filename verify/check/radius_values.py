"""Values of radii in doubles, by plain quadratures, for where proof would take too long.

They never prove anything: what they confirm is *consistent*, to their own estimate of their error.
Their work is asked for like that of a proof, from a purse of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overspec.verify.check.format import Rejected
from overspec.verify.check.radius import Point, StatedRadius, place_in_words
from overspec.verify.check.value import Purse, TooCostly, number

Array = NDArray[np.float64]
REACH = 7.2  # of the lattice
MOST_NODES = 8e5
STRIP = 0.8 * math.pi / 2  # of analyticity, times the largest amplitude
ROUNDING = 1e-11  # far above that of the sums
MOST_LISTED = 2 * 10**6  # weights
MOST_CELLS = 10**7  # doubles held at a time, of each of some arrays
ACCURACY = 26.0  # −log of the error aimed at

#: (weight, number of components in a row that have it)
Runs = Sequence[tuple[float, int]]


def listed(runs: Runs) -> Array:
    """One weight for each component."""
    return np.repeat([w for w, _ in runs], [n for _, n in runs])


def modes(k: int) -> range:
    """The frequencies 1 … ⌊k/2⌋."""
    return range(1, k // 2 + 1)


def _spacing(sizes: Sequence[float], d: int) -> tuple[float, float]:
    """The step of the lattice in R^d, and about how many nodes are in the ball."""
    ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * REACH**d
    wanted = 2 * math.pi * STRIP / (max(*sizes, 1e-9) * ACCURACY)
    step = max(min(wanted, 0.5), (ball / MOST_NODES) ** (1 / d))
    return step, ball / step**d


def _lattice(sizes: Sequence[float], k: int, shift: float) -> tuple[Array, Array]:
    """Nodes of a shifted lattice in a ball of R^{k−1} and their shares of the Gaussian mass."""
    d = k - 1
    step, _ = _spacing(sizes, d)
    count = math.ceil(REACH / step)
    line = (np.arange(-count, count + 1, dtype=np.float64) + shift) * step
    axes = np.meshgrid(*[line] * d, indexing="ij")
    square = sum((axis**2 for axis in axes), np.zeros_like(axes[0]))
    keep = square <= REACH**2
    mass = np.exp(-square[keep] / 2)
    return np.stack([axis[keep] for axis in axes], axis=1), mass / mass.sum()


def by_lattice(k: int, runs: Runs, kind: str, sizes: Sequence[float], shift: float) -> float:
    """Least g_m, or least eigenvalue of I − E Cov_w(R^{−j}x), by a sum over R^{k−1}, k ≤ 5.

    Args:
        k, runs: the mixture.
        kind: ``factor`` or another.
        sizes: the amplitudes 1 … ⌊k/2⌋.
        shift: of the lattice, in steps: what differs between 0 and ½ is its error.
    """
    grid, mass = _lattice(sizes, k, shift)
    theta: list[float] = []
    powers = [np.zeros((k - 1, k - 1)) for _ in range(k)]
    for m, size in zip(modes(k), sizes, strict=True):
        at = len(theta)
        plane = 2 * m < k
        theta += [size, 0.0] if plane else [size]
        for j in range(k):
            c, d = math.cos(2 * math.pi * m * j / k), math.sin(2 * math.pi * m * j / k)
            if plane:
                powers[j][at : at + 2, at : at + 2] = [[c, -d], [d, c]]
            else:
                powers[j][at, at] = c
    means = np.array([p @ theta for p in powers])
    share = listed(runs) * np.exp(grid @ means.T)
    share /= share.sum(axis=1, keepdims=True)
    if kind == "factor":
        turns = np.exp(2j * np.pi * np.outer(np.arange(k), modes(k)) / k)
        return float((mass @ np.abs(share @ turns) ** 2).min())
    centre, total = np.zeros_like(grid), np.zeros((k - 1, k - 1))
    for j, power in enumerate(powers):
        moved = grid @ power  # R^{−j} x, as rows
        centre += share[:, j, None] * moved
        total += (moved.T * (mass * share[:, j])) @ moved
    total -= (centre.T * mass) @ centre
    return float(1 - np.linalg.eigvalsh(total)[-1])


def by_laplace(k: int, runs: Runs, alike: bool, r: float, step: float) -> float:
    """min_m g_m from ``∫ Π P_0 {(Σ n q)² − |Σ B_m q|²} dτ``, q = P_1/P_0."""
    c = r * math.sqrt(k / (k - 1))
    where: dict[float, int] = {}
    for weight, n in runs:
        where[weight] = where.get(weight, 0) + n
    weights, counts = list(where), np.array(list(where.values()), float)
    if alike:
        turns = np.array([[1.0 if n == 1 else -1.0 for n in counts]], complex)
    else:
        every = listed(runs)
        turns = np.stack([np.fft.rfft(every == w)[1:] for w in weights], axis=1)
    norm = math.sqrt(sum(w * w * n for w, n in zip(weights, counts, strict=True)))
    tau = np.arange(-(c * c + 36) / 2, 5 + 9 * c * norm, step)
    fine = step * min(1.0, 1 / c)
    g = np.arange(-9, 9 + fine, fine)
    bell = np.exp(-g * g / 2)
    bell /= bell.sum()
    logs, ratios = np.zeros_like(tau), []
    with np.errstate(over="ignore", under="ignore"):
        for weight, n in zip(weights, counts, strict=True):
            u = np.exp(np.minimum(tau[:, None] + math.log(weight) + c * g, 50.0))
            falling = np.exp(-u)
            zero = np.maximum(falling @ bell, 1e-300)
            # log P_0 from 1 − P_0 where that is small: n may be large
            short = -np.expm1(-u) @ bell
            logs += n * np.where(short < 0.5, np.log1p(-np.minimum(short, 0.5)), np.log(zero))
            ratios.append((u * falling) @ bell / zero)
    q = np.array(ratios).T
    density = step * np.exp(logs)
    whole = float(density @ (q @ counts) ** 2)
    form = (q.T * density) @ q
    spread = np.einsum("mu,uv,mv->m", turns, form, turns.conj()).real
    return float(1 - whole + spread.min())


def compare_value(s: StatedRadius, point: Point, stated: Fraction, purse: Purse) -> Fraction:
    """To how much a stated value fits.

    Raises:
        Rejected: it does not.
        TooCostly: not to be told.
    """
    own, error = estimated(s, point, purse)
    if own + error < float(stated):
        raise Rejected(
            f"at {place_in_words(point)} a quadrature in doubles gives {own:.12g}, less than stated"
        )
    if error > 0.2 * (float(stated) - float(s.level(s.sigma[1], 1))):
        raise TooCostly(f"at {place_in_words(point)} its own quadrature is not sharp enough")
    return Fraction(error)


def compare_violation(s: StatedRadius, purse: Purse) -> Fraction:
    """To how much the failure at the upper end fits.

    Raises:
        Rejected: it does not.
        TooCostly: not to be told.
    """
    own, error = estimated(s, s.worst, purse)
    level = float(s.level(s.sigma[0], -1))
    if own - error >= level:
        raise Rejected(f"at the upper end an independent quadrature gives {own:.12g}")
    if own + error >= level:
        raise TooCostly("its own quadrature does not tell the upper end from the threshold")
    return Fraction(error)


def estimated(s: StatedRadius, point: Point, purse: Purse) -> tuple[float, float]:
    """λ at the point in doubles, and an estimate of its error.

    Raises:
        TooCostly: by memory, or by what is left in the purse.
    """
    r = float(point[0])
    weights = [(float(number(w)), n) for w, n in s.weights]
    if not s.corner and s.single and s.k > 5:
        if s.kind != "factor" or s.k > MOST_LISTED:
            raise TooCostly(f"k = {s.k}: the checker's doubles have the factors only")
        steps = (0.25, 0.3)
        _afford_laplace(s, r, min(steps), purse)
        found = [by_laplace(s.k, weights, s.alike, r, step) for step in steps]
        return found[0], abs(found[0] - found[1]) + ROUNDING
    if s.corner:
        sizes = [float(x) for x in point]
    elif s.single:
        sizes = [r * math.sqrt((2 if 2 * m < s.k else 1) / (s.k - 1)) for m in modes(s.k)]
    else:
        turn = float(point[1]) * math.pi / 2
        sizes = [r * math.cos(turn), r * math.sin(turn)]
    work = 2 * _spacing(sizes, s.k - 1)[1] * s.k * (6 if s.kind == "factor" else 12)
    purse.spend(work, f"a value in doubles at {place_in_words(point)}")
    found = [by_lattice(s.k, weights, s.kind, sizes, shift) for shift in (0.0, 0.5)]
    return found[0], abs(found[0] - found[1]) + ROUNDING


def _afford_laplace(s: StatedRadius, r: float, step: float, purse: Purse) -> None:
    """Memory and time of `by_laplace` twice."""
    distinct, frequencies = len({w for w, _ in s.weights}), 1 if s.alike else s.k // 2
    nodes = (r * r + 20 * r + 50) / step  # c² ≤ 6r²/5, norm ≤ 1
    cells = nodes * 18 * max(1.0, 1.1 * r) / step
    if cells > MOST_CELLS or frequencies * distinct > MOST_CELLS:
        raise TooCostly(f"a value at |theta| = {r:.3g} takes more memory than it may")
    work = 4 * distinct * cells + 2 * (frequencies + nodes) * distinct * (distinct + 10)
    purse.spend(work, f"a value in doubles at |theta| = {r:.3g}")
