"""The sampling engine: any θ at large k, by randomised quasi-Monte Carlo (math.md section 5).

Scrambled Sobol points, mapped to normals axis by axis, the largest amplitudes on the first axes.
Each of some independent scramblings is one unbiased estimate of every expectation; the error is
the half-width of Student's interval over them. One Fourier transform a point gives all
``z_j = ⟨x, R^jθ⟩``, another all ŵ_m.

Numbers from here are statistics: the evidence is "sampled", and the seed is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from overspec.action import block_size
from overspec.errors import InputError
from overspec.exact import sign
from overspec.mixture import Energies, Mixture
from overspec.orbit import listed
from overspec.verify.engines.moments import Moments, check_orbit_point
from overspec.verify.engines.rounding import elementary, estimate
from overspec.verify.engines.spectrum import float_weights, to_float

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

MAX_K = 5000
MAX_HESSIAN = 60  # active dimensions up to which DM is estimated
RANDOMISATIONS = 16
CONFIDENCE = 0.999
BUDGET = 2**26  # points × components, all randomisations together; some seconds
POWERS = (7, 14)  # between 2^7 and 2^14 points a randomisation
CHUNK = 2**20


@dataclass(frozen=True)
class _Orbit:
    """θ in the order in which the axes are sampled: frequencies by descending amplitude."""

    k: int
    frequencies: tuple[int, ...]
    amplitudes: Array
    log_weights: Array
    modes: int

    @property
    def axes(self) -> list[tuple[int, bool]]:
        """(position in frequencies, whether it is the second axis of the block)."""
        sizes = [block_size(self.k, m) for m in self.frequencies]
        return [(p, second > 0) for p, size in enumerate(sizes) for second in range(size)]


def moments(
    mixture: Mixture,
    energies: Energies,
    digits: int = 15,
    modes: int | None = None,
    hessian: bool = True,
    seed: int = 0,
    samples: int | None = None,
) -> Moments:
    """Estimates with error bars at any θ, for k up to 5000.

    Args:
        mixture: k components.
        energies: θ.
        digits: does not matter here; the number of samples decides.
        modes: frequencies listed, all up to 1000 unless given.
        hessian: whether DM is wanted; left out beyond 60 active dimensions.
        seed: of the randomisations, an integer ≥ 0.
        samples: points of each of the 16 randomisations, a power of 2; from a budget unless given.

    Returns:
        `Moments` with ``error`` the largest half-width of the 99.9% Student intervals (15 degrees
        of freedom), and ``errors`` the largest for each kind of number.

    Raises:
        InputError: k > 5000, a bad seed or number of samples, or what no engine can evaluate.

    >>> point = Energies.of_amplitudes(3, "1")
    >>> found = moments(Mixture.simplex(3, "1/2,3/10,1/5"), point, samples=256)
    >>> abs(found.log_partition - 0.395160944363) < found.error < 1e-2
    True
    """
    check_orbit_point(mixture, energies, digits)
    k = mixture.k
    if k > MAX_K:
        raise InputError(f"k = {k}: sampling reaches k = {MAX_K} (any k on a regular simplex)")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed = {seed!r}: use an integer >= 0")
    orbit = _orbit(mixture, energies, modes)
    if samples is None:
        power = math.floor(math.log2(BUDGET / (RANDOMISATIONS * k)))
        samples = 2 ** min(max(power, POWERS[0]), POWERS[1])
    if isinstance(samples, bool) or not isinstance(samples, int) or samples.bit_count() != 1:
        raise InputError(f"samples = {samples!r}: use a power of 2")
    with_jacobian = (
        hessian
        and len(orbit.axes) <= MAX_HESSIAN
        and orbit.modes >= max(orbit.frequencies, default=0)
    )
    streams = np.random.SeedSequence(seed).spawn(RANDOMISATIONS)
    estimates = [_estimate(orbit, samples, stream, with_jacobian) for stream in streams]
    return _collect(orbit, estimates, samples, seed, with_jacobian)


def _orbit(mixture: Mixture, energies: Energies, modes: int | None) -> _Orbit:
    size = {m: math.sqrt(to_float(e)) for m, e in enumerate(energies, start=1) if sign(e) != 0}
    order = tuple(sorted(size, key=lambda m: (-size[m], m)))
    return _Orbit(
        mixture.k,
        order,
        np.array([size[m] for m in order]),
        np.log(float_weights(mixture)),
        listed(mixture.k, modes),
    )


#: E log S; g_0 … g_modes; M on the active first axes; DM there (row by row), in sampling order.
_Numbers = tuple[float, Array, Array, Array]


def _estimate(
    orbit: _Orbit, samples: int, stream: np.random.SeedSequence, jacobian: bool
) -> _Numbers:
    """One randomisation: the means over its points."""
    from scipy.stats import qmc  # a second to load, and only this engine needs it

    k, count, axes = orbit.k, len(orbit.frequencies), orbit.axes
    if not axes:
        samples = 1
    rng = np.random.default_rng(stream)
    engine = qmc.Sobol(d=max(len(axes), 1), scramble=True, rng=rng)
    total_log, total_g = 0.0, np.zeros(orbit.modes + 1)
    total_map, total_jacobian = np.zeros(count), np.zeros((count, count))
    size = 2 ** max(0, math.floor(math.log2(CHUNK / k)))
    for low in range(0, samples, size):
        points = engine.random(min(size, samples - low))
        normals = ndtri(np.clip(points, 2.0**-60, 1 - 2.0**-53))
        x = np.zeros((len(points), count), dtype=complex)  # first axis + i·second axis
        for column, (position, second) in enumerate(axes):
            x[:, position] += (1j if second else 1.0) * normals[:, column]
        log_partition, spectrum = _responsibilities(orbit, x)
        total_log += float(log_partition.sum())
        half = spectrum[:, : k // 2 + 1]
        total_g += (np.abs(half[:, : orbit.modes + 1]) ** 2).sum(axis=0)
        active = np.array(orbit.frequencies, dtype=int)
        y = (x.conj() * half[:, active]).real
        total_map += y.sum(axis=0)
        if jacobian and count:
            # Σ_j w_j Re(x̄_m ω^{mj}) Re(x̄_n ω^{nj}) = ½ Re(x̄_m x̄_n ŵ_{m+n} + x̄_m x_n ŵ_{m−n})
            plus = spectrum[:, (active[:, None] + active) % k]
            minus = spectrum[:, (active[:, None] - active) % k]
            total_jacobian += 0.5 * np.einsum("nm,nl,nml->ml", x.conj(), x.conj(), plus).real
            total_jacobian += 0.5 * np.einsum("nm,nl,nml->ml", x.conj(), x, minus).real
            total_jacobian -= y.T @ y
    return (
        total_log / samples,
        total_g / samples,
        total_map / samples,
        total_jacobian / samples if jacobian else np.empty((0, 0)),
    )


def _responsibilities(orbit: _Orbit, x: Complex) -> tuple[Array, Complex]:
    """log S and ŵ_m, m = 0 … k − 1, at every point."""
    k = orbit.k
    lines = np.zeros((len(x), k // 2 + 1), dtype=complex)
    for position, (m, a) in enumerate(zip(orbit.frequencies, orbit.amplitudes, strict=True)):
        lines[:, m] = x[:, position].conj() * (a * k / block_size(k, m))
    z = np.fft.irfft(lines, k, axis=1) + orbit.log_weights
    top = z.max(axis=1, keepdims=True)
    with np.errstate(under="ignore"):
        w = np.exp(z - top)
        partition = w.sum(axis=1, keepdims=True)
        w /= partition
        return (top + np.log(partition))[:, 0], np.fft.fft(w, axis=1).conj()


def _rounding(orbit: _Orbit, means: list[Array], samples: int) -> list[float]:
    """What rounding adds, by the model of `engines.rounding`, where sampling errs by less.

    Points are added in order, their errors average out over the randomisations; shared are those of
    the amplitudes, of log π and of the roots of unity of two transforms (log₂ k stages each).
    """
    k, size = orbit.k, float(np.linalg.norm(orbit.amplitudes))
    chunk = min(samples, 2 ** max(0, math.floor(math.log2(CHUNK / k))))
    added = math.sqrt((chunk + samples / chunk) / 3 / RANDOMISATIONS)
    stages = 2 * math.log2(k) * elementary("sin") ** 2
    weights = 1 + (elementary("log") * float(np.exp(orbit.log_weights) @ orbit.log_weights)) ** 2
    shared = math.sqrt(5 / 4 + stages + weights)
    scales = (math.hypot(1.0, size), 1.0, 1.0, math.sqrt(6))
    return [
        estimate(scale * math.hypot(added, shared) + float(np.abs(part).max(initial=0.0)))
        for scale, part in zip(scales, means, strict=True)
    ]


def _collect(
    orbit: _Orbit, estimates: list[_Numbers], samples: int, seed: int, jacobian: bool
) -> Moments:
    """Means and Student intervals over the randomisations, in the coordinates of `Moments`."""
    quantile = float(stdtrit(RANDOMISATIONS - 1, (1 + CONFIDENCE) / 2)) / math.sqrt(RANDOMISATIONS)
    means, errors = [], []
    for part in zip(*estimates, strict=True):
        values = np.array(part)
        means.append(values.mean(axis=0))
        spread = quantile * values.std(axis=0, ddof=1)
        errors.append(float(spread.max(initial=0.0)))
    rounded = _rounding(orbit, means, samples)
    errors = [error + floor for error, floor in zip(errors, rounded, strict=True)]
    order = np.argsort(orbit.frequencies)
    frequencies = tuple(sorted(orbit.frequencies))
    starts = np.cumsum([0, *(block_size(orbit.k, m) for m in frequencies)])
    operator = np.zeros(int(starts[-1]))
    operator[starts[:-1]] = means[2][order]
    matrix = np.zeros((len(operator), len(operator)))
    if jacobian:
        matrix[np.ix_(starts[:-1], starts[:-1])] = means[3][np.ix_(order, order)]
        for m, start in zip(frequencies, starts, strict=False):
            if block_size(orbit.k, m) == 2:
                # L depends on the amplitudes alone (S8): along a second axis it bends by g_m
                matrix[start + 1, start + 1] = 1 - means[1][m]
    names = ("log_partition", "g", "operator", "jacobian")
    return Moments(
        frequencies=frequencies,
        log_partition=float(means[0]),
        g=tuple(means[1].tolist()),
        operator=tuple(operator.tolist()),
        jacobian=tuple(map(tuple, matrix.tolist())) if jacobian else (),
        error=max(errors),
        errors=dict(zip(names, errors, strict=True)),
        samples=samples * RANDOMISATIONS,
        seed=seed,
    )
