"""The sums of the engine for opposite components: over g, over o, and then over τ and the rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.verify.engines.opposites.operators import NONE, Form, Power, form, functions, product
from overspec.verify.engines.opposites.plan import Doubles, Halves, Plan, turned


@dataclass(frozen=True)
class Pair:
    """Functions of one pair in every row of the sum, (τ, rows).

    Attributes:
        derivatives: by the powers of T, O and Q.
        rest: ``1 − E e^{−Y}``.
        one: of 1, (rows,).
        even: ``E g Y e^{−Y}``.
        odd, turned: ``E o e^{−Y}`` and ``E o D e^{−Y}``, o the pair's own part.
    """

    derivatives: dict[Power, NDArray[Any]]
    rest: NDArray[Any]
    one: NDArray[Any]
    even: NDArray[Any]
    odd: NDArray[Any]
    turned: NDArray[Any]

    @classmethod
    def of(cls, heavy: float, light: float, c: float, plan: Plan) -> Pair:
        """Of the weights of ``e + o`` and of ``e − o``."""
        o = plan.o
        tops = np.logaddexp(math.log(heavy) + o, math.log(light) - o)
        r = np.tanh(o + (math.log(heavy) - math.log(light)) / 2)
        p, rest, even = _moments(plan.tau[:, None] + tops, c, plan)
        rows = plan.rows
        return cls(
            {key: value @ rows.kernel for key, value in functions(p, r).items()},
            rest @ rows.kernel, rows.kernel.sum(axis=0), even @ rows.kernel,
            p[0] @ rows.own, (r * p[1]) @ rows.own,
        )  # fmt: skip


def _moments(y: Doubles, c: float, plan: Plan) -> tuple[list[Doubles], Doubles, Doubles]:
    """``E Y^n e^{−Y}``, n < 5, ``1 − E e^{−Y}`` and ``E g Y e^{−Y}`` for ``Y = e^{y + cg}``."""
    base = np.exp(y)
    p = [np.zeros_like(y) for _ in range(5)]
    rest, even = np.zeros_like(y), np.zeros_like(y)
    order = np.argsort(-np.abs(plan.g), kind="stable")  # small terms first
    for g, weight in zip(plan.g[order], plan.bell[order], strict=True):
        size = base * math.exp(c * g)
        rest -= weight * np.expm1(-size)
        term = weight * np.exp(-size)
        p[0] += term
        term *= size
        even += g * term
        for total in p[1:]:
            total += term
            term *= size
    return p, rest, even


@dataclass(frozen=True)
class Totals:
    """Expectations.

    Attributes:
        log_partition: E log S.
        departures: ``1 − g_m``.
        moved: ``a_m M_m``; 0 if not wanted.
        bends: ``∫ E R_mR_n``; 0 if not wanted.
        masses: E w_j, to first order at the left end only.
        mixed: ``1 − Σ_j E w_j²``.
        cancelled: the sum of the absolute values over the rows, in units of the sum.
    """

    log_partition: float
    departures: Doubles
    moved: Doubles
    bends: Doubles
    masses: Doubles
    mixed: float
    cancelled: float


def totals(halves: Halves, plan: Plan, weights: Doubles, jacobian: bool, operator: bool) -> Totals:
    """All of them; those not wanted are 0.

    Args:
        halves, plan: of θ.
        weights: π, shape (k,).
        jacobian, operator: whether DM and M are wanted.
    """
    half = halves.k // 2
    pairs = []
    for s in range(half):
        first, second = float(weights[s]), float(weights[s + half])
        if turned(halves.k, s):
            first, second = second, first
        pairs.append(Pair.of(first, second, halves.c, plan))
    modes = range(1, half + 1)
    forms = [form(halves, m) for m in modes]
    known: dict[tuple[Power, ...], float] = {}

    def mean(of: Form) -> float:
        total = 0.0
        for key, factor in of.items():
            if key not in known:
                known[key] = over([x.derivatives[n] for x, n in zip(pairs, key, strict=True)], plan)
            total += factor * known[key]
        return total

    departures = np.array([mean(f) for f in forms])
    bends = np.zeros((half, half))
    for m in range(half if jacobian else 0):
        for n in range(m + 1):
            bends[m, n] = bends[n, m] = mean(product(forms[m], forms[n]))
    moved = _moved(halves, plan, pairs) if operator else np.zeros(half)
    return Totals(
        _log_partition(halves, plan, pairs), departures, moved, bends,
        *_sizes(halves, plan, pairs, mean),
    )  # fmt: skip


def _sizes(
    halves: Halves, plan: Plan, pairs: list[Pair], mean: Callable[[Form], float]
) -> tuple[Doubles, float, float]:
    """``masses``, ``mixed`` and ``cancelled``."""
    half, none = halves.k // 2, [NONE] * (halves.k // 2)
    masses, mixed = np.zeros(halves.k), 0.0
    for s in range(half):
        both, apart = (-mean({(*none[:s], n, *none[s + 1 :]): 1.0}) for n in ((1, 0, 0), (0, 1, 0)))
        masses[s], masses[s + half] = (both + apart) / 2, (both - apart) / 2
        if turned(halves.k, s):
            masses[s], masses[s + half] = masses[s + half], masses[s]
        mixed += mean({(*none[:s], (0, 0, 1), *none[s + 1 :]): 0.5})
        for t in range(s):
            two = [(1, 0, 0) if n in (s, t) else NONE for n in range(half)]
            mixed += mean({tuple(two): 2.0})
    first = [x.derivatives[1, 0, 0] for x in pairs[:2]] + [x.derivatives[NONE] for x in pairs[2:]]
    size = over([np.abs(x) for x in first], plan)
    return masses, min(1.0, mixed), max(1.0, size / abs(over(first, plan)))


def over(factors: list[NDArray[Any]], plan: Plan) -> float:
    """``∫ Σ_rows`` of a product."""
    return plan.step * float(_along(factors, plan).sum())


def _along(factors: list[NDArray[Any]], plan: Plan) -> Doubles:
    """The sum over the rows, at every τ."""
    found = factors[0]
    for factor in factors[1:]:
        found = found * factor
    total: Doubles = found.real @ plan.rows.weights
    return total


def _log_partition(halves: Halves, plan: Plan, pairs: list[Pair]) -> float:
    """``log E S + ∫ (e^{−u} − E e^{−ΣY}) dτ``, u = e^τ E S; near 1 of what either lacks."""
    mean = (halves.spread + halves.c**2) / 2
    known = -np.exp(plan.tau + mean)
    none = [x.derivatives[NONE] for x in pairs]
    left, lacks = _along(none, plan), np.zeros(len(plan.tau))
    for s, pair in enumerate(pairs):
        ones = [np.broadcast_to(x.one, x.rest.shape) for x in pairs[s + 1 :]]
        lacks += _along([*none[:s], pair.rest, *ones], plan)
    apart = np.where(left < 0.5, np.exp(known) - left, np.expm1(known) + lacks)
    return mean + plan.step * float(apart.sum())


def _moved(halves: Halves, plan: Plan, pairs: list[Pair]) -> Doubles:
    """``a_m M_m = E Σ_s D_s(Π_m o)_s``, or of Y_s and e_s.

    Less the first order in e^τ, whose integral is known: those over τ may begin later then.
    """
    none = [x.derivatives[NONE] for x in pairs]
    size = math.exp(halves.spread / 2) * np.exp(plan.tau)
    alone = (size[:, None] * np.exp(halves.c * plan.g)) * plan.bell
    known = plan.step * float((alone * np.exp(-alone / plan.bell) @ plan.g).sum())
    u = np.exp(plan.tau + (halves.spread + halves.c**2) / 2)
    first = plan.step * float((u * np.exp(-u)).sum())
    found = np.zeros(len(halves.theta))
    for m in range(1, len(found) + 1):
        if m % 2 == 0:
            own = [over([*none[:s], x.even, *none[s + 1 :]], plan) for s, x in enumerate(pairs)]
            found[m - 1] = halves.c * (sum(own) - known)
            continue
        shared = 2 * m == halves.k
        part = halves.cosines(m) * (2 / halves.k * (1 if shared else 2))
        total = 0.0
        for s, pair in enumerate(pairs):
            for t, other in enumerate(pairs if not shared or halves.shift >= 0 else ()):
                factors = list(none)
                factors[t] = other.odd
                factors[s] = pair.turned if s == t else -pair.derivatives[0, 1, 0]
                total += float(part[s, t]) * over(factors, plan)
            if shared:
                factors = [*none[:s], -pair.derivatives[0, 1, 0], *none[s + 1 :]]
                total += over([plan.rows.common, *factors], plan)
        energy = float(halves.theta[m - 1]) ** 2
        found[m - 1] = total + energy * (1 - first)
    return found
