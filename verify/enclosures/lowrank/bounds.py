"""The error bounds of the low-rank enclosure: over h, over τ, and of the tables.

Notation of `engines.lowrank`; q = b²/a² of a block, ``s² = q/(1 − q) = b²/(εc²)``. What is enclosed
is E log S, and expectations of polynomials f in the w_j of degrees 2, 3, 4: the absolute values of
the coefficients of degree n and Π w add up to at most t_n (`bounds_hessian.Sizes`). Every bound is
free of π, and so of the weights p(h) that are met on the way.

**Aliasing** (over h), one axis at a time as in `bounds.lattice_aliasing`. Along an axis of block m
the exponents are those of ``x = √q h + √(1−q) g'``, g' a standard normal combination of the g_j.
``F(h) = ∫ f(√(1−q)u) φ(u − sh) du`` is entire, and for y = y_1 + y_2, with the line of u moved by
is·y_2,

    |F(h + iy)| ≤ e^{s²y_1²/2} ∫ φ(u − sh) |f(√(1−q)u + i√q y_2)| du,

where z_j is moved by ``i y_2 b cos(2πmj/k)`` or the sine: phases of spread ψ < π, so that f is at
most Σ t_n/cos^n(ψ/2), and ``|log S| ≤ max_j|z_j| − log cos(ψ/2) + y_2b``, where ``max_j|z_j| ≤
c|g| + B|h|``, B² the sum of the b², and E|g| ≤ √k. The part y_1 of y costs no analyticity.

**Truncation** (over h): ``|F(h)| ≤ c√k + B|h|`` for log S and Σ t_n for f (`lattice_truncation`).

**Outer aliasing, left and right tail** (over τ): given h those of a regular simplex with the
weights p(h), Σ p² ≤ 1, times the mass of the nodes h that share the nodes τ.

**Tables.** The P_a are sums over the nodes u of the inner rule of Taylor polynomials of ``G_a(u +
x)``, of M − a terms: the remainder is at most ``sup|G_a| (|x|/r)^{M−a}/(1 − |x|/r)``,
the supremum over |Im| ≤ r, times the mass of the rule. With what the inner rule leaves out, e_a.
All P_a are at most 1, so e = max e_a moves a product of k of them by at most ``ke(1+e)^k``, log S
by that times the length of the line of τ, and f by it times ``Σ t_n k^n/Γ(n)``, the sum of the
absolute values of the coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from overspec.verify.enclosures.ball import Ball, power, to_ball
from overspec.verify.enclosures.bounds import (
    geometric_pair,
    laplace_inner_aliasing,
    laplace_inner_truncation,
    laplace_left_tail,
    laplace_outer_aliasing,
    laplace_right_tail,
    lattice_mass,
    lattice_truncation,
)
from overspec.verify.enclosures.bounds_hessian import (
    Sizes,
    polynomial_left_tail,
    polynomial_outer_aliasing,
    polynomial_right_tail,
)
from overspec.verify.enclosures.lowrank.plan import Grid, Split

Lines = list[tuple[str, Ball]]


@dataclass(frozen=True)
class Seen:
    """What the sums met: the mass of the nodes h of each shell, the largest |x| in a cell, and a
    bound of the P_a that were taken for 0."""

    masses: Sequence[Ball]
    place: Ball
    dropped: Ball


def gamma(n: int) -> int:
    """Γ(n), n = 2, 3, 4."""
    return 1 if n == 2 else 2 if n == 3 else 6


def low_rank_bounds(
    grid: Grid, split: Split, seen: Seen, sizes: Sequence[Sizes]
) -> tuple[Lines, list[Lines]]:
    """The named bounds of E log S and of every polynomial; not finite where a hypothesis fails.

    Hypotheses: 0 < η_a ≤ 2π, 0 ≤ y_1, 0 < y_2 and y_2·spread < π on every axis; T² ≥ r + 1 and all
    nodes |h| ≤ T are in the sum; those of `bounds` over τ; |x| < r < π/2; e < 1/2.
    """
    c, k = split.c, split.k
    steps = [to_ball(axis.step) for axis in grid.axes]
    reach = sum((axis.amplitude**2 for axis in split.axes), arb(0)).sqrt()
    rank = len(steps)
    alias_log, alias = arb(0), [arb(0)] * len(sizes)
    masses = [lattice_mass(h, arb(1)) for h in steps]
    for n, (axis, chosen) in enumerate(zip(split.axes, grid.axes, strict=True)):
        h, one, two = steps[n], to_ball(chosen.smooth), to_ball(chosen.height)
        half, y = two * axis.spread / 2, one + two
        if not (half < arb.pi() / 2 and 0 < h <= 2 * arb.pi() and one >= 0 and two > 0):
            return _nothing(len(sizes))
        common = geometric_pair(2 * arb.pi() * y / h)
        common *= ((y * y + axis.smoothing * one * one) / 2).exp()
        for mass in masses[n + 1 :]:
            common *= mass
        size = c * arb(k).sqrt() + reach * arb(rank).sqrt() + two * axis.amplitude
        alias_log += common * (size - half.cos().log())
        alias = [a + common * _over(t, half.cos()) for a, t in zip(alias, sizes, strict=True)]
    on_log, on_one = arb(0), arb(0)
    if rank:
        on_log, on_one = lattice_truncation(steps, to_ball(grid.radius), reach)
    logs: Lines = [("aliasing", alias_log), ("truncation", on_log + c * arb(k).sqrt() * on_one)]
    lines: list[Lines] = [
        [("aliasing", total), ("truncation", on_one * _over(t, arb(1)))]
        for total, t in zip(alias, sizes, strict=True)
    ]
    table = table_error(grid, split, seen.place) + seen.dropped
    if not table < 0.5:
        return _nothing(len(sizes))
    moved = k * table * power(1 + table, k)
    whole = [arb(0)] * 3, [[arb(0)] * 3 for _ in sizes]
    length = arb(0)
    for shell, mass in zip(grid.shells, seen.masses, strict=True):
        step = to_ball(grid.step) * shell.stride
        angle, p = to_ball(shell.angle), to_ball(shell.power)
        first, last = (to_ball(grid.step) * n for n in (shell.first, shell.last))
        found = (
            laplace_outer_aliasing(step, c, angle)[0],
            laplace_left_tail(step, c, arb(1), first)[0],
            laplace_right_tail(step, c, arb(1), last, p)[0],
        )
        for n, bound in enumerate(found):
            whole[0][n] += mass * bound
        for total, t in zip(whole[1], sizes, strict=True):
            total[0] += mass * polynomial_outer_aliasing(step, angle, t)
            total[1] += mass * polynomial_left_tail(step, c, first, t)
            total[2] += mass * polynomial_right_tail(step, c, arb(1), last, p, t)
        length += mass * step * shell.nodes
    names = ("outer aliasing", "left tail", "right tail")
    logs += [*zip(names, whole[0], strict=True), ("tables", length * moved)]
    for line, total, t in zip(lines, whole[1], sizes, strict=True):
        coefficients = sum((x * power(arb(k), n) / gamma(n) for n, x in enumerate(t, 2)), arb(0))
        line += [*zip(names, total, strict=True), ("tables", length * moved * coefficients)]
    return logs, lines


def table_error(grid: Grid, split: Split, place: Ball) -> Ball:
    """e, the largest error of a P_a at |x| ≤ place in a cell."""
    step, r, worst = to_ball(grid.step), to_ball(grid.disc), arb(0)
    ratio = place.abs_upper() / r
    if not (ratio < 1 and 0 < r < arb.pi() / 2 and step > 0):
        return arb.nan()
    mass = lattice_mass(step / split.c, arb(1))
    for a, angle in enumerate(grid.angles):
        top = power(a / (arb(1).exp() * r.cos()), a)
        rest = mass * top * power(ratio, grid.terms - a) / (1 - ratio)
        rest += laplace_inner_aliasing(a, step, split.c, to_ball(angle))
        worst = worst.max(rest + laplace_inner_truncation(a, step, split.c, grid.inner))
    return worst


def _over(sizes: Sizes, cosine: Ball) -> Ball:
    return sum((t / power(cosine, n) for n, t in enumerate(sizes, 2)), arb(0))


def _nothing(count: int) -> tuple[Lines, list[Lines]]:
    line: Lines = [("hypotheses", arb.nan())]
    return line, [line] * count
