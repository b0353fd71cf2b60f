"""The Laplace engine in doubles: regular-simplex orbits at any k (math.md section 5).

With ``z_j = c g_j``, g_j independent standard normals, ``S = Σ_j π_j e^{z_j}`` and u = e^τ,

    S^{-n} = (1/Γ(n)) ∫ u^{n−1} e^{−uS} du,    log S = ∫ (e^{−u} − e^{−uS}) du/u,

and independence turns expectations into products of ``P_a(τ) = E[(e^{τ+cg})^a exp(−e^{τ+cg})]``:

    E Π_i w_i^{a_i} = (1/Γ(n)) ∫ Π_j P_{a_j}(τ + log π_j) dτ,    n = Σ_i a_i,
    E log S = ∫ (P_0(τ) − Π_j P_0(τ + log π_j)) dτ.

The second compares S with one term e^{cg}, whose logarithm has mean 0, instead of the constant s₀
of math.md: both have the mean e^{c²/2}, so the integrand is O(e^{2τ}) on the left, and it has the
scale of the product at every c. With ``W = Π_j P_0`` and ``ρ_a = P_a/P_0`` at component j,

    g_m = ∫ W { |Σ_j ω^{mj} ρ_{1j}|² + Σ_j (ρ_{2j} − ρ_{1j}²) } dτ,
    Σ_a cos(2πma/k) E Σ_j w_j z_{j+a}/c
        = ∫ W { Re conj(Σ_j ω^{mj} ρ_{1j}) Σ_j ω^{mj} σ_j + Σ_j (κ_j − ρ_{1j}σ_j) } dτ,

``σ = E[g f_0]/P_0``, ``κ = E[g f_1]/P_0``. The second is M by its definition S1, as
``(R^{-j}x)_a = x_{j+a}`` when the shift acts on k coordinates; it shares no integral with g_m. It
is of degree 1, so here too the one term e^{cg}, for which it is E g = 0, is subtracted.

Both integrals are trapezoidal sums. The outer integrand is analytic for |Im τ| < π/2, with
``|f_a(t+iy)| = (cos y)^{−a} f_a(t + log cos y)``, whatever k and π. 1 − P_0 is a sum of its own, so
that 10^12 factors near 1 keep their digits. The cost grows with the number of distinct weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError, OutOfReach
from overspec.mixture import Energies, Mixture
from overspec.orbit import SimplexOrbit
from overspec.verify.engines.laplace import hessian as laplace_hessian
from overspec.verify.engines.laplace import rounding as laplace_rounding
from overspec.verify.engines.laplace.rounding import Deviation, Nodes
from overspec.verify.engines.laplace.tables import CHUNK, Rule, Tables, tabulate
from overspec.verify.engines.moments import Moments, Real, check_orbit_point
from overspec.verify.engines.rounding import U, eigenvalues, estimate, pairwise
from overspec.verify.engines.spectrum import dft_energy, run_sums, to_float

Array = NDArray[np.float64]

MAX_TABLE = 5e7  # nodes × components kept for a Fourier transform over j
MAX_VALUES = 3e6  # nodes × distinct weights
BYTES = 150  # that each of these takes at most
ENDS = 5  # aliasing of both sums, both ends of the outer and the cut of the inner: e^−target each
FARTHEST_C = 1000.0
NEAREST_C = 1e-20  # below it all is what it is at 0, to 1e-20
RUN_TERMS = 100_000  # runs × frequencies that are summed in closed form


@dataclass(frozen=True)
class Integrals:
    """The outer integrals that one shift gives: E log S, g_0 … g_modes, M's amplitudes."""

    log_partition: Array  # shape (1,)
    g: Array
    operator: Array
    jacobian: Array  # what `laplace_hessian` makes of the same tables; empty if not wanted
    rounding: tuple[Deviation, ...]  # of each of these; empty if not wanted


def integrals(
    orbit: SimplexOrbit, rule: Rule, shift: float, hessian: bool, rounding: bool
) -> Integrals:
    """All outer sums at one shift of the nodes."""
    weights = np.array([to_float(value) for value in orbit.values])
    counts = np.array([float(count) for count in orbit.counts])
    tables = tabulate(rule, shift, weights)
    single = tabulate(rule, shift, np.ones(1))  # S = e^{cg}: E log S = E g = 0
    log_w = tables.log_p0 @ counts
    weight = rule.step * np.exp(log_w)
    # P_0 − W from 1 − P_0 where that is small, from P_0 where that is
    difference = np.where(
        single.rest[:, 0] < 0.5,
        -single.rest[:, 0] - np.expm1(log_w),
        np.exp(single.log_p0[:, 0]) - np.exp(log_w),
    )
    variance = tables.variance @ counts
    excess = (tables.kappa - tables.first * tables.sigma) @ counts
    once = rule.step * pairwise(np.exp(single.log_p0[:, 0]) * single.kappa[:, 0])
    g, moved = np.empty(orbit.modes + 1), np.empty(orbit.modes + 1)
    largest, spans = np.zeros((2, len(weight))), np.zeros(len(counts))
    for modes, means, slopes, span in _transforms(orbit, tables.first, tables.sigma):
        energy = means.real**2 + means.imag**2 + variance[:, None]
        g[modes] = pairwise(weight[:, None] * energy)
        product = (means.conj() * slopes).real + excess[:, None]
        moved[modes] = pairwise(weight[:, None] * product) - once
        low = 1 if modes.start == 0 else 0
        for row, table in zip(largest, (means, slopes), strict=True):
            np.maximum(row, np.abs(table[:, low:]).max(axis=1, initial=0.0), out=row)
        np.maximum(spans, span[low:].max(axis=0, initial=0.0), out=spans)
    values = laplace_hessian.numbers(orbit, tables, weight, g) if hessian else np.empty(0)
    g[0] = 1.0  # Σ_j w_j = 1
    found = np.array([rule.step * math.fsum(difference.tolist())])
    deviations: tuple[Deviation, ...] = ()
    if rounding:
        deviations = _rounding(
            orbit, rule, (tables, single), difference, weight, (g, moved, values), (*largest, spans)
        )
    return Integrals(found, g, _block(orbit) * moved[1:], values, deviations)


def _rounding(
    orbit: SimplexOrbit,
    rule: Rule,
    tables: tuple[Tables, Tables],
    terms: Array,
    weight: Array,
    numbers: tuple[Array, Array, Array],
    sizes: tuple[Array, ...],
) -> tuple[Deviation, ...]:
    """Deviations of E log S, g, M, DM from what was summed."""
    counts = np.array([float(count) for count in orbit.counts])
    (ours, single), (g, moved, values), (means, slopes, spans) = tables, numbers, sizes
    g, moved = g[1:], moved[1:]
    value, pulled = float(np.abs(moved).max()), float(np.abs(values).max(initial=1.0))
    early = min(1.0, 2 * rule.c**2)  # g and DM are even in c and of the order of 1
    by_c = early, value
    if values.size:
        pulls = laplace_hessian.pulls(orbit, values)
        by_c = float(np.abs(1 - g - pulls).max()), rule.c * float(np.abs(pulls).max())
    nodes = Nodes.of(rule, ours, counts)
    other = Nodes.of(rule, single, np.ones(1))
    sums = laplace_rounding.Weighted(rule, ours, counts, weight, nodes)
    of_g = sums.g(means, spans, by_c[0], float(g.max()))
    of_m = sums.operator((single, other), means, slopes, spans, by_c[1], value)
    factor = _block(orbit)[0]
    square = rule.c**2 * orbit.k / (orbit.k - 1)
    # a matrix is made for its eigenvalues, which two blocks share evenly
    solved = eigenvalues(orbit.k - 1) if len(values) == orbit.modes**2 else 0.0
    return (
        laplace_rounding.log_partition(
            rule, tables, (nodes, other), counts, terms, rule.c**2 * (1 - float(g.min()))
        ),
        of_g,
        Deviation(factor * of_m.scattered, factor * of_m.common),
        sums.jacobian(square, of_g, 2 * early * pulled, pulled * math.hypot(1.0, solved)),
    )


def _block(orbit: SimplexOrbit) -> Array:
    """a_m / c for m = 1 … modes."""
    block = np.full(orbit.modes, math.sqrt(2 / orbit.k))
    if 2 * orbit.modes == orbit.k:
        block[-1] = math.sqrt(1 / orbit.k)
    return block


def _transforms(
    orbit: SimplexOrbit, first: Array, sigma: Array
) -> Iterator[tuple[slice, NDArray[np.complex128], NDArray[np.complex128], Array]]:
    """``Σ_j ω^{mj} ρ_{1j}`` and the same of σ: frequencies and (nodes, frequencies) at a time.

    With them ``Σ |Σ_{j in run} ω^{mj}|`` over the runs of each weight: (frequencies, weights).
    """
    groups = np.array([group for group, _ in orbit.runs])
    if len(groups) * (orbit.modes + 1) <= RUN_TERMS or orbit.k > MAX_TABLE:
        width = max(1, int(CHUNK / max(len(groups), len(first))))
        for low in range(0, orbit.modes + 1, width):
            modes = range(low, min(low + width, orbit.modes + 1))
            sums = run_sums(orbit.k, [count for _, count in orbit.runs], modes)
            spans = np.array([np.bincount(groups, row, first.shape[1]) for row in np.abs(sums)])
            yield (
                slice(modes.start, modes.stop),
                first[:, groups] @ sums.T,
                sigma[:, groups] @ sums.T,
                spans,
            )
        return
    if len(first) * orbit.k > MAX_TABLE:
        raise InputError(
            f"k = {orbit.k} with {len(groups)} runs of weights: list fewer frequencies (modes)"
        )
    spread = np.repeat(groups, [count for _, count in orbit.runs])
    rows = [
        np.fft.rfft(table[:, spread], axis=1)[:, : orbit.modes + 1].conj()
        for table in (first, sigma)
    ]
    counts = np.broadcast_to(np.array(orbit.counts, dtype=float), (orbit.modes + 1, first.shape[1]))
    yield slice(0, orbit.modes + 1), rows[0], rows[1], counts


def moments(
    mixture: Mixture,
    energies: Energies,
    digits: int = 15,
    modes: int | None = None,
    hessian: bool = True,
) -> Moments:
    """The engine in double precision: any k, regular-simplex orbits.

    Args:
        mixture: k components; the cost grows with the number of distinct weights, not with k.
        energies: θ, the same energy in every real dimension.
        digits: absolute accuracy aimed at, at most 15.
        modes: frequencies listed; all up to 1000, 8 when there are more, unless given.
        hessian: whether DM is wanted. It comes as a matrix up to k = `laplace_hessian.MAX_K`, as
            eigenvalues with multiplicities at any k when all weights but one are equal, and is
            left out otherwise.

    Raises:
        InputError: not a regular simplex, more digits than a double has, θ too far, or more
            distinct weights than there is memory for.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> round(moments(Mixture.simplex(3, "1/2,3/10,1/5"), point).log_partition, 14)
    0.39516094436344
    >>> far = Energies.regular_simplex(10**12, 2)
    >>> round(moments(Mixture.simplex(10**12, "one-heavy:1/2"), far).g[1], 12)
    0.11239987734
    """
    check_orbit_point(mixture, energies, digits)
    if digits > 15:
        raise InputError(f"digits = {digits}: doubles carry 15")
    orbit = SimplexOrbit.at(mixture, energies, modes)
    if orbit.k > 10**300:
        raise InputError("k is beyond 1e300, which a double cannot carry")
    c = math.sqrt(to_float(orbit.c_squared))
    if c < NEAREST_C:
        return optimum(mixture, orbit, c)
    if c > FARTHEST_C:
        raise InputError(f"|θ| = {c:.3g} is too far for the Laplace engine; stay below 1000")
    hessian = hessian and laplace_hessian.possible(orbit)
    target = digits * math.log(10) + 6
    rule = Rule.of(c, math.log(orbit.k), target)
    if rule.nodes * len(orbit.values) > MAX_VALUES:
        raise OutOfReach(
            f"{len(orbit.values)} distinct weights at {rule.nodes} nodes would take more than "
            f"{MAX_VALUES * BYTES / 1e6:.0f} MB: at most {MAX_VALUES // rule.nodes:.0f} here"
        )
    with np.errstate(under="ignore"):
        one, two = (integrals(orbit, rule, shift, hessian, shift == 0) for shift in (0.0, 0.5))
    names = ("log_partition", "g", "operator", "jacobian")
    pairs = [(getattr(one, name), getattr(two, name)) for name in names]
    log_partition, g, operator, values = ((a + b) / 2 for a, b in pairs)
    block = float(_block(orbit)[0])
    lost = weights_error(orbit)
    # δ_j moves g_m by E 2|ŵ_m| |Σ_j ω^{mj} w_j (δ_j − Σ_i w_i δ_i)|, and E log S by E w_j
    moved = min(1.0, 2 * math.sqrt(float(g[1:].max())))
    parts = {  # by truncation in units of e^−target, by the weights
        "log_partition": (max(1.0, c), 1.0),
        "g": (1.0, moved),
        "operator": (block * max(1.0, c), moved * float(np.abs(operator).max())),
        "jacobian": (max(1.0, c * c), moved),
    }
    errors = {
        name: max(float(np.abs(a - b).max(initial=0.0)) / 2, estimate(rounded.averaged))
        + ENDS * math.exp(-target) * parts[name][0]
        + lost * parts[name][1]
        for name, (a, b), rounded in zip(names, pairs, one.rounding, strict=True)
    }
    jacobian, spectrum = laplace_hessian.unpack(orbit, g, values) if hessian else ((), ())
    return Moments(
        frequencies=tuple(range(1, orbit.modes + 1)),
        log_partition=float(log_partition[0]),
        g=tuple(g.tolist()),
        operator=interleaved(orbit, operator.tolist()),
        jacobian=jacobian,
        error=max(errors.values()),
        errors=errors,
        spectrum=spectrum,
    )


def weights_error(orbit: SimplexOrbit) -> float:
    """The largest relative error of a weight as a double, exact for rational weights."""
    return max(
        float(abs(Fraction(to_float(value)) / value - 1)) if isinstance(value, Fraction) else 2 * U
        for value in orbit.values
    )


def interleaved(orbit: SimplexOrbit, amplitudes: list[Real]) -> tuple[Real, ...]:
    """M in the active coordinates: each amplitude on the first axis of its block, 0 on the second.

    When not all frequencies are listed, the coordinates are those of the listed ones.
    """
    result: list[Real] = []
    for m, value in enumerate(amplitudes, start=1):
        result += [value] if 2 * m == orbit.k else [value, 0 * value]
    return tuple(result)


def optimum(mixture: Mixture, orbit: SimplexOrbit, c: float) -> Moments:
    """θ = 0: the responsibilities are the weights, and DM = 1 − |π̂_m|² on block m.

    At c > 0 E log S ≤ c²/2, M ≤ c, and g and DM move by less than c.
    """
    g = tuple(dft_energy(mixture.weights, m) for m in range(orbit.modes + 1))
    runs = ((1 - g[1], orbit.k - 1),) if orbit.alike and mixture.action.is_simplex else ()
    # |π̂_m|² ≤ 1 comes from 25 digits and is rounded once; 1 − g once more
    errors = {"log_partition": c, "g": U + c, "operator": c, "jacobian": 2 * U + c}
    return Moments((), 0.0, g, (), (), 2 * U + c, runs, errors)
