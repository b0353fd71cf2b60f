"""The Hessian of L with proof on regular-simplex orbits, from moments of degree ≤ 4.

Let the shift act on k coordinates, ``z_j = c x_j`` as in `enclosures.laplace`. The first axes
of the blocks are the unit vectors ``e_m(a) = s_m cos(2πma/k)``. Integrate ``δ_mn − E Cov_w(Y^m,
Y^n)`` by parts twice (`engines.laplace.hessian`). With ``v_m(a) = s_m (1 − cos(2πma/k))``,
``V^m_j = Σ_l v_m(l−j) w_l`` and ``Q_m = Σ_j w_j V^m_j = s_m (1 − |ŵ_m|²)``

    ∂²L/∂a_m∂a_n = δ_mn g_m − c² E {8 Σ_j w_j V^m_j V^n_j − 2 Σ_jl w_j w_l v_m v_n(l−j)
                   − 6 Q_m Q_n}.

Under the integral over τ a product of n of the w becomes 1/Γ(n) times one of independent variables
with the means ``ρ = P_1/P_0`` and the variances ``ν = P_2/P_0 − ρ²``, of density ``W = Π P_0``. So
with ρ for w in V and Q

    ∂²L/∂a_m∂a_n = δ_mn − ∫ W {δ_mn Q_m/s_m + c² Σ_j (4ρ_j − 4ν_j) V^m_j V^n_j − c² Q_m Q_n
                   + c² Σ_jl v_m v_n(l−j) (4ρ_jν_l − 2ρ_jρ_l − 2ν_jν_l)} dτ.

The integrand is a polynomial in the P_a. What their errors do to it is bounded for all entries at
once (`_largest`), by ``|v_m v_n| ≤ 4 s_m s_n`` and T_n, the sums of all its products of n of the
independent variables, with ``R = Σρ, N = Σν``:

    T_2 = Σ_j ρ_j (R − ρ_j),   T_3 = Σ_j ρ_j ((R − ρ_j)² + N − ν_j),
    T_4 = T_2² + 4 Σ_j ν_j (R − ρ_j)² + 2 Σ_j ν_j (N − ν_j).

Where all weights but one are equal, ∇²L commutes with the permutations of the others: its
eigenvalues are g; that of θ, v = √(k/(k−1)) on all lags above; and that of even u with u_0 = 0, a
difference of entries: ``g − c² E {8 (B_aa − B_ab) − 2 C_a − 12 (C_a² − C_a C_b)}``, ``C_a = Σ_j w_j
w_{j+a}``, ``B_ab = Σ_j w_j w_{j+a} w_{j+b}``, for lags a ≠ ±b other than 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations_with_replacement

from flint import arb, arb_mat, ctx, fmpq

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, power, to_ball
from overspec.verify.enclosures.bounds import laplace_inner_aliasing, laplace_inner_truncation
from overspec.verify.enclosures.bounds_hessian import (
    Sizes,
    polynomial_left_tail,
    polynomial_outer_aliasing,
    polynomial_right_tail,
)
from overspec.verify.enclosures.laplace import (
    EXTRA,
    Group,
    LogGrid,
    inner_lines,
    moment_tables,
    plan,
    raised,
)
from overspec.verify.enclosures.lattice_hessian import Hessian

MAX_K = 100  # components up to which the matrix is enclosed
SPARE = 1  # digits that products of four ratios cost
DEGREE = 2

#: ρ and ν of every group at the nodes, and W there.
Nodes = tuple[list[list[Ball]], list[list[Ball]], list[Ball]]

#: (nodes, c) to the sums of the integrands; or to those of polynomials in the P_a with coefficients
#: no less than the absolute values of theirs.
Sums = Callable[[Nodes, Ball], list[Ball]]


@dataclass(frozen=True)
class SingledHessian:
    """What of ``∇²L(θ)`` the g_m do not say where all weights but one are equal, k ≥ 4.

    Attributes:
        radial: the eigenvalue along θ, once.
        even: the other eigenvalue; g has the ⌊(k−1)/2⌋ that are left.
        times: its multiplicity, ⌊k/2⌋ − 1.
        grid: of the engine.
    """

    radial: Number | Inconclusive
    even: Number | Inconclusive
    times: int
    grid: LogGrid

    @property
    def eigenvalues(self) -> tuple[tuple[Number | Inconclusive, int], ...]:
        """Both with multiplicities."""
        return (self.radial, 1), (self.even, self.times)

    @property
    def numbers(self) -> tuple[Number | Inconclusive, ...]:
        """All that is enclosed."""
        return self.radial, self.even


def laplace_hessian(
    values: Sequence[Ball],
    order: Sequence[int],
    norm_squared: Ball,
    digits: int,
    grid: LogGrid | None = None,
) -> Hessian:
    """The radial matrix on the regular-simplex orbit, at every π and |θ|² in the given balls.

    Args:
        values: the distinct weights.
        order: component j has the weight ``values[order[j]]``; k ≤ 100 of them.
        norm_squared: |θ|² > 0.
        digits: the radii aimed at are 10^-digits, if the input balls are narrow.
        grid: to override the choice of `enclosure_laplace.plan` (degree 2).

    Raises:
        InputError: k > 100, or more terms than the budget.

    >>> pi = [arb(1) / 2, arb(3) / 10, arb(1) / 5]
    >>> found = laplace_hessian(pi, [0, 1, 2], arb(1), 12)
    >>> [(round(float(e.value), 10), float(e.error) < 1e-12) for e in found.eigenvalues()]
    [(0.6202062353, True)]
    """
    k = len(order)
    if k > MAX_K:
        raise InputError(f"k = {k}: the enclosed Hessian is a matrix up to k = {MAX_K}")
    modes = tuple(range(1, k // 2 + 1))
    keys = list(combinations_with_replacement(modes, 2))
    groups = [Group(value, order.count(index), {}) for index, value in enumerate(values)]

    def scales(c: Ball) -> list[Ball]:
        return [c * c * _scale(k, m) * _scale(k, n) for m, n in keys]

    def largest(nodes: Nodes, c: Ball) -> list[Ball]:
        return _largest(keys, scales(c), [group.count for group in groups], nodes)

    def sizes(c: Ball) -> list[Sizes]:
        every = zip(keys, scales(c), strict=True)
        return [((m == n) + 8 * s, 32 * s, 6 * s) for (m, n), s in every]

    sums = partial(_matrix, k, order)
    found, grid = _enclose(groups, norm_squared, digits, grid, sums, largest, sizes)
    entries = {
        key: _shifted(value, key[0] == key[1]) for key, value in zip(keys, found, strict=True)
    }
    return Hessian(modes, entries, grid)


def singled_hessian(
    heavy: Ball, light: Ball, k: int, norm_squared: Ball, digits: int, grid: LogGrid | None = None
) -> SingledHessian:
    """The two eigenvalues beside g where k − 1 ≥ 3 weights are equal, any k.

    Args:
        heavy: the single weight (it may be the smallest, too).
        light: the k − 1 equal weights.
        k, norm_squared, digits, grid: as in `laplace_hessian`.

    Raises:
        InputError: k < 4, or more terms than the budget.

    >>> k = 10**12
    >>> found = singled_hessian(arb(1) / 2, arb(1) / (2 * (k - 1)), k, arb(4), 9)
    >>> [(round(float(e.value), 9), times) for e, times in found.eigenvalues]
    [(-0.045877795, 1), (0.112399877, 499999999999)]
    """
    if k < 4:
        raise InputError(f"k = {k}: one weight is singled out for k >= 4")
    groups = [Group(heavy, 1, {}), Group(light, k - 1, {})]

    def sizes(c: Ball) -> list[Sizes]:
        f = c * c * k / (k - 1)
        return [(1 + 2 * f, 8 * f, 6 * f), (1 + 2 * c * c, 16 * c * c, 24 * c * c)]

    plain, largest = (partial(_singled, k, sign) for sign in (-1, 1))
    found, grid = _enclose(groups, norm_squared, digits, grid, plain, largest, sizes)
    radial, even = (_shifted(value, True) for value in found)
    return SingledHessian(radial, even, k // 2 - 1, grid)


def _enclose(
    groups: Sequence[Group],
    norm_squared: Ball,
    digits: int,
    grid: LogGrid | None,
    sums: Sums,
    largest: Sums,
    sizes: Callable[[Ball], list[Sizes]],
) -> tuple[list[Number | Inconclusive], LogGrid]:
    """Enclosures of the integrals whose nodes ``sums`` adds up, with the bounds for ``sizes``.

    ``largest`` has coefficients ≥ the absolute values of those of ``sums`` as polynomials in the
    P_a: errors of the P_a move it by no less.
    """
    k = sum(group.count for group in groups)
    middle = math.sqrt(float(norm_squared.mid()) * k / (k - 1))
    grid = grid or plan(groups, middle, digits + SPARE, DEGREE)
    with ctx.workprec(grid.bits):
        c, step = (norm_squared * k / (k - 1)).sqrt(), to_ball(grid.step)
        errors = [
            [
                laplace_inner_aliasing(a, step, c, to_ball(grid.angle_inner[a])),
                laplace_inner_truncation(a, step, c, grid.inner),
            ]
            for a in range(DEGREE + 1)
        ]
        tables = [moment_tables(group, c, grid, DEGREE) for group in groups]
        found = _summed(groups, tables, c, sums, sizes)
        with ctx.workprec(grid.bits + EXTRA):
            worse = [largest(_nodes(groups, up)[0], c) for up in raised(tables, errors)]
            inner = [inner_lines([step * s for s in stages]) for stages in zip(*worse, strict=True)]
        squares = sum((group.weight**2 * group.count for group in groups), arb(0))
        first, last = grid.first * step, grid.last * step
        outer, order = to_ball(grid.angle_outer), to_ball(grid.power)
        result = []
        for size, total, moved in zip(sizes(c), found, inner, strict=True):
            lines = [
                *moved,
                ("outer aliasing", polynomial_outer_aliasing(step, outer, size)),
                ("left tail", polynomial_left_tail(step, c, first, size)),
                ("right tail", polynomial_right_tail(step, c, squares, last, order, size)),
            ]
            result.append(enclosure(-step * total, lines))
        return result, grid


def _shifted(value: Number | Inconclusive, by: bool) -> Number | Inconclusive:
    return replace(value, value=value.value + by) if isinstance(value, Number) else value


def _summed(
    groups: Sequence[Group],
    tables: Sequence[Sequence[Sequence[Ball]]],
    c: Ball,
    sums: Sums,
    sizes: Callable[[Ball], list[Sizes]],
) -> list[Ball]:
    """The sums over the nodes.

    Where a P_0 may be 0, each term lies between 0 and its value at the upper ends of the P_a. On n
    components in order a coefficient of T_n is at most 4t_n, and with ``R = Σρ``, ``U = ΣP_2/P_0``
    the products of n components, none of them above power 2, add up to at most R², R³ + 3RU, R⁴ +
    6R²U + 3U² in expectation: less than ``(R + 2√U)^n``.
    """
    nodes, left_out = _nodes(groups, tables)
    rest = [arb(0)] * 3
    for at in left_out:
        product, rho, second = _at_node(groups, [[value.upper() for value in row] for row in at])
        whole = sum((g.count * r for g, r in zip(groups, rho, strict=True)), arb(0))
        spread = sum((g.count * s for g, s in zip(groups, second, strict=True)), arb(0)).sqrt()
        for n in range(3):
            rest[n] += 4 * product * power(whole + 2 * spread, n + 2)
    return [
        total + arb(0, sum((t * r for t, r in zip(size, rest, strict=True)), arb(0)).upper())
        for total, size in zip(sums(nodes, c), sizes(c), strict=True)
    ]


def _nodes(
    groups: Sequence[Group], tables: Sequence[Sequence[Sequence[Ball]]]
) -> tuple[Nodes, list[list[list[Ball]]]]:
    """ρ, ν and W at the nodes with all P_0 > 0, and the P_a of the groups at the others."""
    means: list[list[Ball]] = []
    variances: list[list[Ball]] = []
    density: list[Ball] = []
    others = []
    for position in range(len(tables[0][0])):
        at = [[row[position] for row in table] for table in tables]
        if not all(row[0] > 0 for row in at):
            others.append(at)
            continue
        product, rho, second = _at_node(groups, at)
        means.append(rho)
        variances.append([s - r * r for s, r in zip(second, rho, strict=True)])
        density.append(product)
    return (means, variances, density), others


def _at_node(
    groups: Sequence[Group], at: Sequence[Sequence[Ball]]
) -> tuple[Ball, list[Ball], list[Ball]]:
    product = arb(1)
    for group, row in zip(groups, at, strict=True):
        product *= power(row[0], group.count)
    return product, [row[1] / row[0] for row in at], [row[2] / row[0] for row in at]


def _largest(
    keys: Sequence[tuple[int, int]], scales: Sequence[Ball], counts: Sequence[int], nodes: Nodes
) -> list[Ball]:
    """Of every entry (m, n), with ``c² s_m s_n`` and the count of components of every group."""
    two, three, four = _products(counts, nodes)
    rest = 8 * two + 16 * three + 4 * four
    return [s * rest + 2 * (m == n) * two for (m, n), s in zip(keys, scales, strict=True)]


def _products(counts: Sequence[int], nodes: Nodes) -> list[Ball]:
    """Σ W T_n over the nodes, n = 2, 3, 4."""
    totals = [arb(0)] * 3
    for rho, nu, w in zip(*nodes, strict=True):
        first = sum((n * r for n, r in zip(counts, rho, strict=True)), arb(0))  # R
        second = sum((n * v for n, v in zip(counts, nu, strict=True)), arb(0))  # N
        sums = [arb(0)] * 3
        for n, r, v in zip(counts, rho, nu, strict=True):
            others, square = first - r, (first - r) * (first - r)
            sums[0] += n * r * others
            sums[1] += n * r * (square + second - v)
            sums[2] += n * v * (4 * square + 2 * (second - v))
        sums[2] += sums[0] * sums[0]
        totals = [total + w * value for total, value in zip(totals, sums, strict=True)]
    return totals


def _matrix(k: int, order: Sequence[int], nodes: Nodes, c: Ball) -> list[Ball]:
    """Σ over the nodes of the integrand of every entry (m, n), m ≤ n."""
    means, variances, density = nodes
    modes = range(1, k // 2 + 1)
    rho, nu = (arb_mat([[row[g] for g in order] for row in rows]) for rows in (means, variances))
    w_rho, w_nu = (
        arb_mat([[w * x for x in row] for row, w in zip(rows.tolist(), density, strict=True)])
        for rows in (rho, nu)
    )
    # by lags: Σ_j (4ρ_jν_{j+a} − 2ρ_jρ_{j+a} − 2ν_jν_{j+a})
    ahead = w_rho.transpose() * (4 * nu - 2 * rho) - w_nu.transpose() * (2 * nu)
    lags = [sum((ahead[j, (j + a) % k] for j in range(k)), arb(0)) for a in range(k)]
    profiles = [_profile(k, m) for m in modes]
    coefficient = (4 * (w_rho - w_nu)).entries()
    along = [_along(k, m, rho) for m in modes]  # V_j at every node
    forms = [  # Q at every node
        [_dot(row, line) for row, line in zip(rho.tolist(), lines, strict=True)] for lines in along
    ]
    flat = [[x for row in lines for x in row] for lines in along]
    total = _gram(coefficient, flat) + _gram(lags, profiles) - _gram(density, forms)
    own = [_dot(density, line) / _scale(k, m) for m, line in zip(modes, forms, strict=True)]
    return [
        c * c * total[m - 1, n - 1] + (own[m - 1] if m == n else 0)
        for m, n in combinations_with_replacement(modes, 2)
    ]


def _along(k: int, m: int, rho: arb_mat) -> list[list[Ball]]:
    """``V_j = Σ_l v(l−j) ρ_l = s_m (R − cos(2πmj/k) C − sin(2πmj/k) S)`` at every node."""
    turns = [fmpq(2 * (m * j % k), k) for j in range(k)]
    waves = [[arb(1)] * k, [arb.cos_pi_fmpq(x) for x in turns], [arb.sin_pi_fmpq(x) for x in turns]]
    back = arb_mat([[_scale(k, m) * (x if n == 0 else -x) for x in wave]
                    for n, wave in enumerate(waves)])  # fmt: skip
    found: list[list[Ball]] = (rho * arb_mat(waves).transpose() * back).tolist()
    return found


def _gram(weights: Sequence[Ball], rows: Sequence[Sequence[Ball]]) -> arb_mat:
    """``Σ_x weights_x rows_m(x) rows_n(x)``."""
    scaled = arb_mat([[w * x for w, x in zip(weights, row, strict=True)] for row in rows])
    return scaled * arb_mat(rows).transpose()


def _singled(k: int, sign: int, nodes: Nodes, c: Ball) -> list[Ball]:
    """Σ over the nodes of the integrands of 1 − λ, λ the eigenvalue of θ and that of even u."""
    radial, even = arb(0), arb(0)
    for (one, each), (v_one, v_each), w in zip(*nodes, strict=True):
        # of Σ_l over the other components: mean and variance, seen from the one and from each
        from_one, from_each = (k - 1) * each, one + (k - 2) * each
        rest_one, rest_each = (k - 1) * v_each, v_one + (k - 2) * v_each
        pairs = one * from_one + (k - 1) * each * from_each
        cubic = one * (from_one * from_one + rest_one)
        cubic += (k - 1) * each * (from_each * from_each + rest_each)
        quartic = pairs * pairs + 4 * v_one * from_one * from_one
        quartic += 4 * (k - 1) * v_each * from_each * from_each
        quartic += 2 * v_one * rest_one + 2 * (k - 1) * v_each * rest_each
        departure = pairs * k / (k - 1)  # 1 − |ŵ_m|², averaged over m: all are equal
        radial += w * (departure + c * c * k / (k - 1) * (4 * cubic + sign * (2 * pairs + quartic)))
        near = (one - each) * (one - each)
        pair = 2 * one * each + (k - 2) * each * each  # C_a
        squares = 2 * v_one * v_each + (k - 2) * v_each * v_each
        cross = 3 * one * each * each + (k - 3) * power(each, 3)  # B_ab, a ≠ b
        triple = cross + v_each * (one + (k - 2) * each) + each * (near + v_one)  # B_aa
        double = pair * pair + 4 * each * each * v_one + squares  # C_a²
        double += v_each * (2 * (one + each) * (one + each) + 4 * (k - 3) * each * each)
        other = double - squares - 2 * v_each * near  # C_a C_b
        grown = 4 * triple + 2 * other
        even += w * (departure + c * c * (grown + sign * (4 * cross + 2 * pair + 2 * double)))
    return [radial, even]


def _dot(left: Sequence[Ball], right: Sequence[Ball]) -> Ball:
    return (arb_mat(1, len(left), left) * arb_mat(len(right), 1, right))[0, 0]


def _scale(k: int, m: int) -> Ball:
    """s_m of the unit vector ``s_m cos(2πma/k)``."""
    return (arb(1 if 2 * m == k else 2) / k).sqrt()


def _profile(k: int, m: int) -> list[Ball]:
    """v(a) = s_m (1 − cos(2πma/k))."""
    return [
        _scale(k, m) * (1 - arb.cos_pi_fmpq(fmpq(2 * (m * a % k), k))) if a else arb(0)
        for a in range(k)
    ]
