"""Population EM along regular simplices, which all g_m equal keep: |θ| alone moves, at any k.

KL comes from E log S until too few of its digits are left, then from the energy form (math.md S7)
and g as a power series or a polynomial in |θ|², which lose no digit as θ → 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.moments import MAX_K
from overspec.verify.engines.rounding import U, estimate
from overspec.verify.engines.series import FARTHEST, near_zero
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import dft_energies, float_weights, to_float

Array = NDArray[np.float64]

UNDERFLOW = 1e-300  # KL is not known to less
SIMPLEX_DIGITS = 14  # of the Laplace engine
SMALL_KL = 1e-8  # |θ| < 1/2 there, even at k = 10^6
TINY_KL = SMALL_KL / 256  # below it g loses too many digits for the polynomial to go through it
TAIL = 6  # values of g through which a polynomial in |θ|² goes where KL < SMALL_KL
LISTED = 24  # components up to which a simplex is given by its amplitudes


@dataclass(frozen=True)
class Step:
    """One iterate: t, the amplitudes 1 … ⌊k/2⌋, |θ|, KL in nats, the variance v (1 if fixed).

    ``kl_error`` is that of KL at these amplitudes: the accuracy asked for and the rounding, by the
    model of `engines.rounding`; an estimate. ``path_error`` is how far the steps before may have
    led astray, relative to the amplitudes (`strayed`). Beyond k = 24, on regular simplices, |θ|
    says all and there are no amplitudes.
    """

    t: int
    amplitudes: tuple[float, ...]
    norm: float
    kl: float
    variance: float = 1.0
    kl_error: float = math.nan
    path_error: float = 0.0


def strayed(before: float, g: float, g_error: float) -> float:
    """Relative error of ``a' = (1 − g) a`` after one more step, to first order.

    That of a stays, as it does on lines through θ = 0, where EM is linear in the end; 1 − g has
    the error of g, and two operations are rounded. They are added up rather than joined: one
    lattice may pull every step the same way.

    >>> strayed(1e-15, 0.5, 1e-14) < 3e-14
    True
    """
    return before + (g_error + estimate(1)) / (1 - g) + estimate(1) if g < 1 else math.inf


def energies_of(mixture: Mixture) -> Array:
    """|π̂_m|² for m = 0 … ⌊k/2⌋: exactly 0 at null frequencies."""
    energies = np.array(dft_energies(mixture.weights))
    energies[list(null_frequencies(mixture.weights, mixture.action))] = 0.0
    return energies


def keeps_simplices(mixture: Mixture) -> bool:
    """Whether EM from a regular simplex stays on regular simplices: all g_m are equal there."""
    return mixture.action.is_simplex and mixture.weights.alike


def simplex_run(
    mixture: Mixture, start: Energies, steps: int, tolerance: float = 0.0
) -> tuple[Step, ...]:
    """EM along regular simplices where all g_m are equal: ``r ← (1 − g(r)) r``, any k.

    KL comes from E log S, with the engine's error, then from the energy form ``∫₀¹ s g(sr) r² ds``
    (S7) and g as a polynomial, even in r: to k = 6 by its series, beyond through values of g where
    they are not yet rounding (`_near_zero`). It ends where |θ| ≤ tolerance.

    >>> heavy = Mixture.simplex(10**6, "one-heavy:1/2")
    >>> rows = simplex_run(heavy, Energies.regular_simplex(10**6, 1), 30)
    >>> round(rows[-1].kl / rows[-2].kl, 4)  # (1 − 1/4)²
    0.5625
    """

    look, shape = on_ray(mixture), shape_of(mixture.k)
    rows = []
    r = math.sqrt(to_float(start.norm_squared))
    path = estimate(1)
    for t in range(steps + 1):
        found = look(r)
        at_r = tuple(r * a for a in shape)
        rows.append(Step(t, at_r, r, found.kl, kl_error=found.kl_error, path_error=path))
        if r <= tolerance:
            break
        path = strayed(path, found.g, found.g_error)
        r *= 1 - found.g
    return tuple(rows)


def shape_of(k: int) -> tuple[float, ...]:
    """The amplitudes of a regular simplex of norm 1; none where they are not listed."""
    return to_amplitudes(Energies.regular_simplex(k, 1)) if k <= LISTED else ()


def on_ray(mixture: Mixture) -> Callable[[float], OnRay]:
    """g and KL along regular simplices, by |θ|: what `simplex_run` follows."""

    def at(r: float) -> OnRay:
        point = Energies.regular_simplex(mixture.k, Fraction(r))
        found = laplace.moments(mixture, point, SIMPLEX_DIGITS, modes=1, hessian=False)
        half = r * r / 2
        kl, rounding = half - float(found.log_partition), estimate(math.sqrt(2) * half)
        error = float(found.errors["log_partition"]) + rounding
        return OnRay(float(found.g[1]), float(found.errors["g"]), kl, max(error, UNDERFLOW))

    def series(r: float) -> OnRay:
        near = near_zero(weights, energy, tuple(r * a for a in shape_of(mixture.k)))
        return OnRay(near.g[1], near.g_errors[1], near.kl, max(near.kl_error, UNDERFLOW))

    if mixture.k <= MAX_K:
        weights, energy = float_weights(mixture), energies_of(mixture)
    near: list[tuple[float, Callable[[float], OnRay]]] = []  # up to where, and how

    def look(r: float) -> OnRay:
        if mixture.k <= MAX_K and 0 < r <= FARTHEST:
            return series(r)
        if near and 0 < r <= near[0][0]:
            return near[0][1](r)
        found = at(r)
        if r > 0 and found.kl < SMALL_KL and mixture.k > MAX_K:
            end = r
            while at(end).kl < TINY_KL:
                end *= 2
            near[:] = [(r, _near_zero(at, end))]
            return near[0][1](r)
        return found

    return look


@dataclass(frozen=True)
class OnRay:
    """g and KL on a regular simplex, with their errors."""

    g: float
    g_error: float
    kl: float
    kl_error: float


def _near_zero(at: Callable[[float], OnRay], end: float) -> Callable[[float], OnRay]:
    """g and KL up to r = end: ``g = Σ c_n u^n``, ``KL = r² Σ c_n u^n/(2n + 2)``, u = (r/end)².

    Error of g at u: that of c_0 = g(0), exact where it is 0, and u times that of the polynomial
    through ``(g − c_0)/u``: each value's, times its Lagrange polynomial, and what the polynomial
    leaves out, at most its last term while the terms fall. KL has it times r²/2.
    """
    u = (1 - np.cos(np.pi * np.arange(TAIL) / (TAIL - 1))) / 2
    found = [at(end * math.sqrt(v)) for v in u.tolist()]
    g = np.array([each.g for each in found])
    # c_0 = g(0) is kept as it is: at null frequencies it is 0, and what remains is all of g
    first = float(g[0])
    lagrange = np.linalg.inv(np.vander(u[1:], increasing=True))  # coefficients by values
    c = [first, *(lagrange @ ((g[1:] - first) / u[1:])).tolist()]
    errors = np.array([each.g_error for each in found])[1:] / u[1:]
    first_error = found[0].g_error if first else 0.0

    def values(r: float) -> OnRay:
        v = (r / end) ** 2
        terms = [cn * v**n for n, cn in enumerate(c)]
        kl = r * r * math.fsum(term / (2 * n + 2) for n, term in enumerate(terms))
        spread = np.abs(v ** np.arange(TAIL - 1) @ lagrange) @ (errors + first_error / u[1:])
        error = first_error + v * (float(spread) + abs(c[-1])) + U * math.fsum(terms)
        return OnRay(math.fsum(terms), error, kl, max(r * r * error / 2, UNDERFLOW))

    return values
