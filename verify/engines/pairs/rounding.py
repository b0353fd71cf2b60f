"""Rounding errors of the pairs engine in doubles, by the model of `engines.rounding`.

Errors at a node (its Gaussian weight, the f, A) are shared by all frequencies and average out over
the nodes: in E f g F(z) they weigh as |F| ≤ 1 and as ½|F'| ≤ ½ allow. Errors of a sine or of a sum
over the nodes differ from frequency to frequency and weigh as the kernel there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from overspec.verify.engines.pairs.grid import Numbers
from overspec.verify.engines.pairs.tables import (
    MOVED,
    ONE,
    SHARE,
    SPREAD,
    SQUARE,
    Array,
    Kernel,
    Pair,
)
from overspec.verify.engines.rounding import (
    AMPLITUDE,
    SIGNIFICAND,
    effective,
    eigenvalues,
    elementary,
    estimate,
    in_order,
    joined,
    pairwise_deviation,
)


@dataclass(frozen=True)
class _Pair:
    """Deviations of one pair.

    Attributes:
        sizes: ``√(E f²)``, for each f.
        nodes: of E f g F(z) by the errors at the nodes, |F| and |F'| at most 1, for each f.
        single: of E f alone.
        logs: of E A, apart from what the f share.
        angle: of a transform at one frequency, relative to the root of ``E|e^{iξA/2} − 1|²``.
        added: of a sum over the nodes, relative to the sum of the magnitudes.
    """

    sizes: Array
    nodes: Array
    single: Array
    logs: float
    angle: float
    added: float

    @classmethod
    def of(cls, pair: Pair) -> _Pair:
        w, exp = pair.density, elementary("exp")
        share = 1.0 / effective(w)
        sizes = np.sqrt(w @ pair.functions**2)
        # e^{−x²/2}: its exponential, the square, E x⁴ = 3, and a product with f
        weight = exp**2 + 3 / 4 + 1
        # 1 ± e, its exponential, a quotient, a product or two with x: relative to f
        function = 2 * exp**2 + 6
        # A = (log π ± u) + log1p(e): both sums, and a_1 x
        above = pair.logs**2
        slope = float(w @ (2 * above + elementary("log1p") ** 2))
        relative = SIGNIFICAND * math.sqrt((weight + function) * share)
        added = in_order(w)
        single = math.hypot(relative, SIGNIFICAND) * sizes
        shift = SIGNIFICAND * math.sqrt(share * slope) / 2
        largest = math.sqrt(float(w @ (pair.functions**2).max(axis=1)))
        nodes = np.hypot(relative * sizes, shift * np.minimum(sizes * 2, largest))
        apart = math.sqrt(float(w @ (pair.logs - pair.centre) ** 2))
        logs = joined(2 * shift, SIGNIFICAND * math.sqrt(weight * share) * apart)
        # two products with a rounded argument, a sine, its square
        angle = SIGNIFICAND * math.sqrt(share * (4 * elementary("sin") ** 2 + 4 * 2 + 4))
        return cls(sizes, nodes, single, logs, angle, SIGNIFICAND * added)


def errors(
    weights: Array,
    amplitudes: tuple[float, ...],
    masses: Array,
    found: Numbers,
    u: Pair,
    v: Pair,
    kernel: Kernel,
) -> dict[str, float]:
    """Error estimates of log_partition, g, operator and jacobian."""
    first, second = amplitudes
    one, two = _Pair.of(u), _Pair.of(v)
    lost = [-2 * pair.changes[:, ONE].real for pair in (u, v)]  # E|e^{iξA/2} − 1|²
    changed = lost[0] + lost[1]

    # the kernel: two exponentials, an argument πξ/2 and a²ξ², products
    fixed = 2 * elementary("exp") ** 2 + elementary("expm1") ** 2 + 6
    own = fixed + 2 * (np.pi * kernel.xi / 2) ** 2 + (kernel.xi * second) ** 4
    transform = joined(one.angle, two.angle, one.added, two.added)
    moved = np.sqrt(np.minimum(1.0, changed))

    def moment(size: float, power: int) -> float:
        """Errors that differ between frequencies, of a sum with functions of these sizes.

        A transform errs as e^{iξA/2} differs from 1. Imaginary parts, in sums without ξ, are no
        larger than that, and so are what the kernel's errors multiply.
        """
        terms = size * kernel.damped * kernel.xi**power
        kept = moved if power == 0 else 1.0
        each = np.hypot(SIGNIFICAND * np.sqrt(own) * kept, transform * moved)
        summed = SIGNIFICAND * pairwise_deviation(terms * kept)
        return math.hypot(float(np.linalg.norm(terms * each)), summed)

    def both(*functions: int) -> float:
        """At the nodes of both pairs, for functions that stand in each."""
        return joined(*(p.nodes[f] for p in (one, two) for f in (*functions, ONE)))

    def single(f: int) -> float:
        return joined(one.single[f], two.single[f]) / 2

    def size(f: int) -> float:
        return float(one.sizes[f] + two.sizes[f])

    # E log cosh z: what errs is as small as ξ² for small ξ, as are 1 − Re Φ and (Im Φ)(Im Ψ)
    apart = changed / 2 + math.sqrt(2) * np.abs(u.changes[:, ONE].imag * v.changes[:, ONE].imag)
    near = kernel.plain[: len(kernel.xi)] * (-np.expm1(-((kernel.xi * second) ** 2)) + apart)
    log_cosh = float(np.linalg.norm(near * np.hypot(SIGNIFICAND * np.sqrt(own), transform)))
    halves = [abs(pair.mean_log) / 2 for pair in (u, v)]
    log_cosh = math.hypot(
        SIGNIFICAND * float(np.linalg.norm(near * own)),
        float(np.linalg.norm(near * (one.angle + two.angle + one.added + two.added))),
    )
    value = abs(found.log_partition) + sum(halves) + math.log(2)
    log_partition = joined(
        one.logs, two.logs, log_cosh, SIGNIFICAND * pairwise_deviation(near), value
    )
    g_1 = joined(single(SQUARE), both(SQUARE), moment(size(SQUARE), 0) / 2,
                 moment(size(SQUARE), 1) / 4)  # fmt: skip
    g_2 = joined(both(), moment(1.0, 1))
    operator = max(
        joined(single(SHARE), both(SHARE) / 2, moment(size(SHARE), 0) / 2),
        second * joined(both(), moment(1.0, 1)),
    )
    jacobian = joined(
        single(SPREAD),
        both(SPREAD) / 2,
        both(MOVED, SHARE),
        moment(size(SPREAD), 0) / 2,
        moment(size(MOVED) + 2 * float(one.sizes[SHARE] * two.sizes[SHARE]), 1) / 4,
        second * moment(size(SHARE), 2) / 2,
        moment(1.0, 1),
        second**2 * moment(1.0, 3),
        eigenvalues(3),
    )
    g = max(g_1, g_2)
    # what all nodes share: log π (a relative error of E w_j) and the amplitudes
    logs = np.sqrt(1 + (elementary("log") * np.log(weights)) ** 2)
    share = float(np.linalg.norm(masses * logs))
    norm = math.hypot(first, second)
    early = min(1.0, 2 * norm**2)
    # as in `engines.lattice`: |Δŵ_m| ≤ Σ_j w_j|δ_j − Σ_i w_iδ_i|
    root = math.sqrt(max(found.first, found.second))
    mixed = min(1.0, 2 * (1 - (1 + 2 * found.first + found.second) / 4))
    by_weights = (share, 2 * root * mixed * share, min(1.0, norm) * mixed * share, share)
    inner = first * found.moved[0] + second * found.moved[1]
    by_theta = (inner, early, norm * max(map(abs, found.radial)), early)
    scattered = (log_partition, g, operator, jacobian)
    values = (0.0, max(found.first, found.second), max(map(abs, found.moved)),
              max(map(abs, found.radial)))  # fmt: skip
    return {
        name: estimate(
            joined(apart_, SIGNIFICAND * AMPLITUDE * theta, SIGNIFICAND * pi, value_)
        )
        for name, apart_, theta, pi, value_ in zip(
            ("log_partition", "g", "operator", "jacobian"),
            scattered, by_theta, by_weights, values, strict=True,
        )
    }  # fmt: skip
