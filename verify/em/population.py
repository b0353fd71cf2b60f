"""Population EM as a dynamical system: tied means, with or without a variance.

Tied means live on the ⌊k/2⌋ amplitudes, ``a_m ← (1 − g_m) a_m`` (math.md S6); on regular simplices
where all g_m are equal, on |θ| alone, at any k. KL comes from E log S until too few of its digits
are left, then from the energy form S7; near θ = 0 both come from power series (`engines.series`),
which lose no digit as θ → 0.
"""

from __future__ import annotations

import math
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
from overspec.results.text import below_one, decimal_text, supported
from overspec.verify.em.simplices import (
    UNDERFLOW,
    Step,
    energies_of,
    keeps_simplices,
    simplex_run,
    strayed,
)
from overspec.verify.engines import lattice
from overspec.verify.engines.moments import (
    MAX_K,
    check_digits,
    check_orbit_point,
    check_point,
)
from overspec.verify.engines.rounding import estimate, joined
from overspec.verify.engines.series import FARTHEST, SMALLEST, near_zero
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import dft_energies, float_weights, sigma

Array = NDArray[np.float64]
Pair: TypeAlias = tuple[float, float]

MAX_STEPS = 1_000_000
SHOWN = 11  # digits of an iterate at most
LOST = 1e5  # below this many errors of E log S, KL is taken from the energy form


@dataclass(frozen=True, repr=False)
class Trajectory(RunResult):
    """A run of population EM, in doubles.

    Attributes:
        steps: the iterates, t = 0 first.
        rate_measured: KL_T / KL_{T−1} at the end of the run; None when a null block has energy,
            since then no factor below 1 exists, or when the run is too short to tell.
        rate_predicted: ``(1 − min |π̂_m|²)²`` over the blocks with energy (math.md T1); 1 when one
            of them is null, decided exactly, and the double nearest to it otherwise.
        gap_predicted: ``1 − rate_predicted``, to its own relative accuracy: 0 only when null.
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
    gap_predicted: float = math.nan

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
            row: dict[str, Any] = {
                "t": step.t,
                "amplitudes": [_along(a, step.path_error) for a in step.amplitudes],
                "norm": _along(step.norm, step.path_error),
                "kl": supported(step.kl, _kl_error(step), SHOWN),
            }
            if self.covariance != "fixed":  # 1 − v = |θ|²/d
                lost = (1 - step.variance) * 2 * step.path_error
                row["variance"] = supported(step.variance, max(lost, estimate(1)), SHOWN)
            rows.append(row)
        last, measured = self.steps[-1], self.rate_measured
        found: dict[str, Any] = {"steps": rows, "rate_measured": None}
        if measured is not None:
            error = measured * math.fsum(_kl_error(s) / abs(s.kl) for s in self.steps[-2:])
            found["rate_measured"] = decimal_text(measured, error, SHOWN)
        found["rate_predicted"] = below_one(self.gap_predicted)
        if self.t2_kl is not None:
            found["t2_kl"] = supported(self.t2_kl, last.t**2 * _kl_error(last), SHOWN)
        return found

    def records(self) -> list[dict[str, Any]]:
        """One row a step."""
        return [
            {"t": s.t, "norm": s.norm, "kl": s.kl, "variance": s.variance}
            | {f"a{m}": a for m, a in enumerate(s.amplitudes, start=1)}
            for s in self.steps
        ]


def _along(value: float, relative: float) -> str:
    """An amplitude of the path, with the digits that are left."""
    return supported(value, value * relative if value else 0.0, SHOWN)


def _kl_error(step: Step) -> float:
    """Error of KL along the path: KL grows at most like |θ|⁴ (T6)."""
    return step.kl_error + 4 * abs(step.kl) * step.path_error


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
    check_start(energies)
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
    weights, energy = float_weights(mixture), energies_of(mixture)
    accuracy = 10.0**-digits
    current, lost = to_amplitudes(energies), 0.0  # lost: 1 − v, which keeps its digits as v → 1
    path = estimate(1)
    listed: list[Step] = []
    for t in range(steps + 1):
        scaled = tuple(a / (1 - lost) for a in current)
        found = at_point(weights, energy, scaled, accuracy)
        norm, half = math.hypot(*current), math.hypot(*scaled) ** 2 / 2
        part = _variance_part(lost, mixture.d, half)
        error = found.kl_error + estimate(4 * joined(mixture.d * lost**2, lost * half, part))
        kl, error = found.kl + part, max(error, UNDERFLOW)
        listed.append(Step(t, current, norm, kl, 1 - lost, error, path))
        if norm <= tolerance:
            break
        most = max((g for g, a in zip(found.g[1:], current, strict=True) if a), default=0.0)
        path = strayed(path, most, found.g_error)
        current = tuple((1 - g) * a for g, a in zip(found.g[1:], scaled, strict=True))
        if covariance == "isotropic":
            lost = math.fsum(a * a for a in current) / mixture.d
    return _summary(mixture, energies, tuple(listed), covariance)


@dataclass(frozen=True)
class AtPoint:
    """g_0 … g_⌊k/2⌋ and KL at one θ, with the largest error of a g and that of KL."""

    g: tuple[float, ...]
    kl: float
    kl_error: float
    g_error: float


def at_point(
    weights: Array, energy: Array, amplitudes: tuple[float, ...], accuracy: float
) -> AtPoint:
    """g and KL at θ from the lattice, or from their series near 0."""
    if 0 < math.hypot(*amplitudes) <= FARTHEST:
        near = near_zero(weights, energy, amplitudes)
        return AtPoint(near.g, near.kl, near.kl_error, max(near.g_errors))
    half = math.fsum(a * a for a in amplitudes) / 2
    moments = lattice.cyclic_moments(weights, amplitudes, accuracy, jacobian=False, check=False)
    kl = half - moments.log_partition
    error = moments.errors["log_partition"] if moments.errors else 0.0
    g_error = accuracy + (moments.errors["g"] if moments.errors else moments.error)
    if kl < LOST * accuracy:
        # S7: ∫₀¹ s Σ_m g_m a_m² ds errs by that of g_m times Σ a_m²/2
        kl = _energy_form(weights, amplitudes, accuracy)
        error = half * (moments.errors["g"] if moments.errors else moments.error)
        return AtPoint(moments.g, kl, error + estimate(2 * kl), g_error)
    return AtPoint(moments.g, kl, error + estimate(joined(2 * half, kl)), g_error)


def _energy_form(weights: Array, amplitudes: tuple[float, ...], accuracy: float) -> float:
    """S7: ``L(θ) = ∫₀¹ s Σ_m g_m(sθ) a_m² ds`` by Gauss–Legendre.

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


def _variance_part(u: float, d: int, half: float) -> float:
    """``(d/2)(log v + 1/v − 1) + (v − 1)|φ|²/2`` at v = 1 − u, without cancellation near v = 1."""
    if abs(u) < 1e-3:  # log(1−u) + 1/(1−u) − 1 = Σ_{n≥2} (1 − 1/n) uⁿ
        entropy = math.fsum((1 - 1 / n) * u**n for n in range(2, 9))
    else:
        entropy = math.log1p(-u) + u / (1 - u)
    return d * entropy / 2 - u * half


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
    if not null and t > 0 and min(last.kl, rows[-2].kl) > UNDERFLOW:
        measured = last.kl / rows[-2].kl
    return Trajectory(
        mixture,
        rows,
        rate_measured=measured,
        rate_predicted=1.0 if null else (1 - slowest) ** 2,
        t_energy=t * last.norm**2 if null else None,
        t2_kl=t**2 * last.kl if null else None,
        covariance=covariance,
        gap_predicted=0.0 if null else slowest * (2 - slowest),
    )


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


def check_start(energies: Energies) -> None:
    """Raise InputError for a θ ≠ 0 so small that KL, of the order of |θ|⁴, is no double."""
    square = energies.norm_squared
    if sign(square) > 0 > sign(square - Fraction(SMALLEST) ** 2):
        raise InputError(
            f"|θ| is below {SMALLEST:.0e}, and KL below the smallest double: use a larger start, "
            "or ov.evaluate with more digits"
        )


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
