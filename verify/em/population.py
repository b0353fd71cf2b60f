"""Population EM as a dynamical system: tied means, with or without a variance.

Tied means live on the ⌊k/2⌋ amplitudes, ``a_m ← (1 − g_m) a_m`` (math.md S6); on regular simplices
where all g_m are equal, on |θ| alone, at any k. KL comes from E log S until too few of its digits
are left, then from the energy form S7, which loses none as θ → 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.exact import sign, whole
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.results.run import RunResult
from overspec.results.text import exact_decimal
from overspec.verify.engines import lattice
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.moments import (
    MAX_K,
    check_digits,
    check_orbit_point,
    check_point,
)
from overspec.verify.engines.rounding import U, estimate, joined
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import dft_energies, float_weights, sigma, to_float

Array = NDArray[np.float64]
Pair: TypeAlias = tuple[float, float]

MAX_STEPS = 1_000_000
LOST = 1e5  # below this many errors of E log S, KL is taken from the energy form
SIMPLEX_DIGITS = 14  # of the Laplace engine
SMALL_KL = 1e-8  # |θ| < 1/2 there, even at k = 10^6
TAIL = 6  # values of g through which a polynomial in |θ|² goes where KL < SMALL_KL
LISTED = 24  # components up to which a simplex is given by its amplitudes


@dataclass(frozen=True)
class Step:
    """One iterate: t, the amplitudes 1 … ⌊k/2⌋, |θ|, KL in nats, the variance v (1 if fixed).

    ``kl_error`` is that of KL at these amplitudes: the accuracy asked for and the rounding, by the
    model of `engines.rounding`; an estimate. Beyond k = 24, on regular simplices, |θ| says all and
    there are no amplitudes.
    """

    t: int
    amplitudes: tuple[float, ...]
    norm: float
    kl: float
    variance: float = 1.0
    kl_error: float = math.nan


@dataclass(frozen=True, repr=False)
class Trajectory(RunResult):
    """A run of population EM, in doubles.

    Attributes:
        steps: the iterates, t = 0 first.
        rate_measured: KL_T / KL_{T−1} at the end of the run; None when a null block has energy,
            since then no factor below 1 exists, or when the run is too short to tell.
        rate_predicted: ``(1 − min |π̂_m|²)²`` over the blocks with energy (math.md T1); 1 when one
            of them is null, decided exactly.
        t_energy: T·|θ_T|², which tends to a constant in the sublinear case (T2); else None.
        t2_kl: T²·KL_T, likewise.
        covariance: ``"fixed"`` or ``"isotropic"``.
        evidence: always MEASURED.
    """

    mixture: Mixture
    steps: tuple[Step, ...]
    rate_measured: float | None
    rate_predicted: float
    t_energy: float | None
    t2_kl: float | None
    covariance: str = "fixed"
    evidence: Evidence = Evidence.MEASURED

    @property
    def amplitudes(self) -> Array:
        """The amplitudes of every iterate, shape (T + 1, ⌊k/2⌋)."""
        return np.array([step.amplitudes for step in self.steps])

    @property
    def kl(self) -> Array:
        """KL_t in nats, shape (T + 1,)."""
        return np.array([step.kl for step in self.steps])

    @property
    def variance(self) -> Array:
        """v_t, shape (T + 1,); 1 where the covariance is fixed."""
        return np.array([step.variance for step in self.steps])

    def run(self) -> dict[str, Any]:
        """The run as plain data, with as many digits as are left at each step."""
        rows = []
        for step in self.steps:
            digits = _digits_after(step.t)
            row: dict[str, Any] = {
                "t": step.t,
                "amplitudes": [exact_decimal(a, digits) for a in step.amplitudes],
                "norm": exact_decimal(step.norm, digits),
                "kl": exact_decimal(step.kl, digits),
            }
            if self.covariance != "fixed":
                row["variance"] = exact_decimal(step.variance, digits)
            rows.append(row)
        digits, measured = _digits_after(self.steps[-1].t), self.rate_measured
        return {
            "steps": rows,
            "rate_measured": None if measured is None else exact_decimal(measured, digits),
            "rate_predicted": exact_decimal(self.rate_predicted),
            **({} if self.t2_kl is None else {"t2_kl": exact_decimal(self.t2_kl, digits)}),
        }

    def records(self) -> list[dict[str, Any]]:
        """One row a step."""
        return [
            {"t": s.t, "norm": s.norm, "kl": s.kl, "variance": s.variance}
            | {f"a{m}": a for m, a in enumerate(s.amplitudes, start=1)}
            for s in self.steps
        ]


def _digits_after(t: int) -> int:
    """Significant digits of an iterate: each step may lose 1e-12 of it."""
    return max(11 - len(str(t + 1)), 1)


def trajectory(
    mixture: Mixture,
    energies: Energies,
    steps: int,
    digits: int = 14,
    tolerance: float = 0.0,
    covariance: str = "fixed",
) -> Trajectory:
    """Population EM with tied means on the amplitudes.

    ``covariance="isotropic"`` also estimates a common variance v: with φ = θ/v the responsibilities
    are those of φ, so ``θ' = M(φ)``, ``v' = 1 − |θ'|²/d`` (math.md Q2), started at v = 1, and
    ``KL = (d/2)(log v + 1/v − 1) + (v − 1)|φ|²/2 + L(φ)``.

    Args:
        mixture: k ≤ 6 components; any k from a regular simplex with a fixed variance, where all
            weights but one are equal (`simplex_run`).
        energies: the start.
        steps: at most this many EM steps.
        digits: accuracy of every expectation, at most 15; beyond k = 6 it is 14.
        tolerance: stop once |θ| is at or below it.
        covariance: ``"fixed"`` or ``"isotropic"``.

    Raises:
        InputError: see `evaluate`; steps or covariance out of range.

    >>> run = trajectory(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1"), 60)
    >>> round(run.rate_predicted, 4), round(run.rate_measured, 4)
    (0.8649, 0.8649)
    >>> heavy = Mixture.simplex(10**9, "one-heavy:1/2")
    >>> run = trajectory(heavy, Energies.regular_simplex(10**9, 1), 30)
    >>> round(run.rate_predicted, 4), round(run.rate_measured, 4)
    (0.5625, 0.5625)
    """
    check_run(steps, digits, tolerance)
    if covariance not in ("fixed", "isotropic"):
        raise InputError(f"covariance {covariance!r}; population EM knows fixed and isotropic")
    if mixture.k > MAX_K and covariance == "fixed":
        check_orbit_point(mixture, energies, digits)
        if keeps_simplices(mixture) and energies.is_regular_simplex:
            rows = simplex_run(mixture, energies, steps, tolerance)
            return _summary(mixture, energies, rows)
        raise InputError(
            f"k = {mixture.k}: beyond k = {MAX_K} population EM is followed on regular simplices, "
            "which it keeps where all weights but one are equal (one-heavy or uniform)"
        )
    check_point(mixture, energies, digits)
    weights = float_weights(mixture)
    accuracy = 10.0**-digits
    start = to_amplitudes(energies)
    current, variance = start, 1.0
    listed: list[Step] = []
    for t in range(steps + 1):
        scaled = tuple(a / variance for a in current)
        moments = lattice.cyclic_moments(weights, scaled, accuracy, jacobian=False, check=False)
        half = math.fsum(a * a for a in scaled) / 2
        divergence = half - moments.log_partition
        error = moments.errors["log_partition"] if moments.errors else 0.0
        if divergence < LOST * accuracy:
            # S7: ∫₀¹ s Σ_m g_m a_m² ds errs by that of g_m times Σ a_m²/2
            divergence = _energy_form(weights, scaled, accuracy)
            error = half * (moments.errors["g"] if moments.errors else moments.error)
        error += estimate(joined(2 * half, mixture.d * abs(1 - variance), divergence))
        norm = math.hypot(*current)
        divergence += _variance_part(variance, mixture.d, math.hypot(*scaled))
        listed.append(Step(t, current, norm, divergence, variance, error))
        if norm <= tolerance:
            break
        current = tuple((1 - g) * a for g, a in zip(moments.g[1:], scaled, strict=True))
        if covariance == "isotropic":
            variance = 1 - math.fsum(a * a for a in current) / mixture.d
    return _summary(mixture, energies, tuple(listed), covariance)


def _energy_form(weights: Array, amplitudes: tuple[float, ...], accuracy: float) -> float:
    """S7: ``L(θ) = ∫₀¹ s Σ_m g_m(sθ) a_m² ds`` by Gauss–Legendre; relative accuracy near θ = 0.

    The integrand is even in s and analytic, so a few nodes do for small |θ|; and |θ| is small
    whenever KL is, since ``KL ≥ c|θ|⁴`` there (T6).
    """
    line, mass = np.polynomial.legendre.leggauss(5)
    terms = []
    for s, half in zip((line + 1) / 2, mass / 2, strict=True):
        at = tuple(float(s) * a for a in amplitudes)
        g = lattice.cyclic_moments(weights, at, accuracy, jacobian=False, check=False).g
        terms += [half * s * gm * a * a for gm, a in zip(g[1:], amplitudes, strict=True)]
    return math.fsum(terms)


def _variance_part(v: float, d: int, scaled_norm: float) -> float:
    """``(d/2)(log v + 1/v − 1) + (v − 1)|φ|²/2``, without cancellation near v = 1."""
    u = 1 - v
    if abs(u) < 1e-3:  # log(1−u) + 1/(1−u) − 1 = Σ_{n≥2} (1 − 1/n) uⁿ
        entropy = math.fsum((1 - 1 / n) * u**n for n in range(2, 9))
    else:
        entropy = math.log(v) + 1 / v - 1
    return d * entropy / 2 - u * scaled_norm**2 / 2


def _summary(
    mixture: Mixture, energies: Energies, rows: tuple[Step, ...], covariance: str = "fixed"
) -> Trajectory:
    if mixture.k > MAX_K:  # all |π̂_m| are equal: the difference of the two weights
        null, slowest = len(mixture.weights.counts) == 1, float(sigma(mixture))
    else:
        charged = {m for m, e in enumerate(energies, start=1) if sign(e) != 0}
        null = not charged.isdisjoint(null_frequencies(mixture.weights, mixture.action))
        spectrum = dft_energies(mixture.weights)
        slowest = min((spectrum[m] for m in charged), default=1.0)
    last, t = rows[-1], rows[-1].t
    measured = None
    if not null and t > 0 and rows[-2].kl > 0:
        measured = last.kl / rows[-2].kl
    return Trajectory(
        mixture,
        rows,
        rate_measured=measured,
        rate_predicted=1.0 if null else (1 - slowest) ** 2,
        t_energy=t * last.norm**2 if null else None,
        t2_kl=t**2 * last.kl if null else None,
        covariance=covariance,
    )


def keeps_simplices(mixture: Mixture) -> bool:
    """Whether EM from a regular simplex stays on regular simplices: all g_m are equal there."""
    return mixture.action.is_simplex and mixture.weights.alike


def simplex_run(
    mixture: Mixture, start: Energies, steps: int, tolerance: float = 0.0
) -> tuple[Step, ...]:
    """EM along regular simplices where all g_m are equal: ``r ← (1 − g(r)) r``, any k.

    KL comes from E log S, with the engine's error, then from the energy form ``∫₀¹ s g(sr) r² ds``
    (S7) and a polynomial through values of g, even in r (`_near_zero`). It ends where
    |θ| ≤ tolerance.

    >>> heavy = Mixture.simplex(10**6, "one-heavy:1/2")
    >>> rows = simplex_run(heavy, Energies.regular_simplex(10**6, 1), 30)
    >>> round(rows[-1].kl / rows[-2].kl, 4)  # (1 − 1/4)²
    0.5625
    """

    def at(r: float) -> OnRay:
        point = Energies.regular_simplex(mixture.k, Fraction(r))
        found = laplace.moments(mixture, point, SIMPLEX_DIGITS, modes=1, hessian=False)
        half = r * r / 2
        kl, rounding = half - float(found.log_partition), estimate(math.sqrt(2) * half)
        error = float(found.errors["log_partition"]) + rounding
        return OnRay(float(found.g[1]), float(found.errors["g"]), kl, error)

    shape = to_amplitudes(Energies.regular_simplex(mixture.k, 1)) if mixture.k <= LISTED else ()
    rows = []
    r, near = math.sqrt(to_float(start.norm_squared)), None
    for t in range(steps + 1):
        found = near(r) if near else at(r)
        if near is None and found.kl < SMALL_KL:
            near = _near_zero(at, r)
            found = near(r)
        at_r = tuple(r * a for a in shape)
        rows.append(Step(t, at_r, r, found.kl, kl_error=found.kl_error))
        if r <= tolerance:
            break
        r *= 1 - found.g
    return tuple(rows)


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
        return OnRay(math.fsum(terms), error, kl, r * r * error / 2)

    return values


def amplitude_path(
    mixture: Mixture, first: Pair, steps: int, accuracy: float = 1e-4, shortest: float = 1e-3
) -> list[Pair]:
    """The two amplitudes along EM for k = 4 and 5, good enough for a drawing; without KL.

    It ends where |θ| < shortest.

    >>> path = amplitude_path(Mixture.simplex(4, "2/5,3/10,1/5,1/10"), (1.0, 1.0), 2)
    >>> len(path), path[1][0] < 1
    (3, True)
    """
    weights, points = float_weights(mixture), [first]
    for _ in range(steps):
        a, b = points[-1]
        if math.hypot(a, b) < shortest:
            break
        g = lattice.cyclic_moments(weights, (a, b), accuracy, jacobian=False, check=False).g
        points.append(((1 - g[1]) * a, (1 - g[2]) * b))
    return points


def check_run(steps: object, digits: int, tolerance: float) -> None:
    """Raise InputError for steps, digits or a tolerance that no run in doubles has."""
    check_digits(digits)
    if digits > 15:
        raise InputError(f"digits = {digits}: trajectories run in doubles; use 15 or fewer")
    advice = f"use an integer from 0 to {MAX_STEPS}"
    if not 0 <= whole(steps, "steps", advice) <= MAX_STEPS:
        raise InputError(f"steps = {steps}; {advice}")
    if not tolerance >= 0:
        raise InputError(f"tolerance = {tolerance}; use a number >= 0")
