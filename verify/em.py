"""Everything at one θ: KL, the convergence factors g_m, the EM map and the Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..action import block_size
from ..errors import InputError
from ..evidence import Evidence
from ..mixture import Energies, Mixture
from . import lattice, multiprecision
from .moments import Moments, Real, check_point, first_axes
from .spectrum import real_context, to_float, to_mpf
from .trajectory import free_trajectory, trajectory

__all__ = ["Evaluation", "evaluate", "free_trajectory", "trajectory"]

Engine = Callable[[Mixture, Energies, int], Moments]

#: Engines by name. Each computes the same expectations; they share no code.
ENGINES: dict[str, Engine] = {
    "lattice": lattice.moments,
    "multiprecision": multiprecision.moments,
}


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found at θ; doubles, or mpmath numbers beyond 15 digits.

    Attributes:
        mixture: the mixture.
        energies: θ, up to the symmetries of the model (math.md S8).
        kl: ``L(θ) = KL(N(0,I) ‖ p_θ) = |θ|²/2 − E log S`` in nats.
        log_partition: ``E log S = E log Σ_j π_j e^{⟨x, R^j θ⟩}``.
        g: ``g_m = E|ŵ_m|²`` for m = 0 … ⌊k/2⌋; ``g_0 = 1``.
        map_amplitudes: the amplitudes 1 … ⌊k/2⌋ of ``M(θ) = E Σ_j w_j R^{-j} x``, from this
            form (S1) and not from the g_m; S6 says they are ``(1 − g_m) a_m``.
        hessian: ``I − DM(θ)`` on the D active coordinates (the first block of each frequency
            with a_m ≠ 0, θ on its first axis).
        hessian_eigenvalues: of ``∇²L(θ) = I − DM(θ)`` on R^d, all d of them, ascending. A block in
            which θ has no component contributes g_m, frequency 0 contributes 1.
        error: absolute error estimate for every number above; an estimate, not a bound.
        engine: which engine computed it.
        digits: what was asked for.
        evidence: always MEASURED.
    """

    mixture: Mixture
    energies: Energies
    kl: Real
    log_partition: Real
    g: tuple[Real, ...]
    map_amplitudes: tuple[Real, ...]
    hessian: tuple[tuple[Real, ...], ...]
    hessian_eigenvalues: tuple[Real, ...]
    error: Real
    engine: str
    digits: int
    evidence: Evidence = Evidence.MEASURED


def evaluate(
    mixture: Mixture, energies: Energies, digits: int = 15, engine: str = "auto"
) -> Evaluation:
    """KL, g_m, M and the Hessian at θ (math.md S1–S8), with an error estimate.

    Args:
        mixture: k ≤ 6 components, any action.
        energies: θ by its energies; frequencies that the action lacks must have none.
        digits: decimal digits after the point, 1 … 200. Fewer are cheaper.
        engine: ``"lattice"`` (doubles), ``"multiprecision"``, or ``"auto"``: the first up to 15
            digits, the second beyond.

    Raises:
        InputError: anything the engines cannot do; the message says what they can.

    >>> e = evaluate(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1"))
    >>> round(e.log_partition, 14), round(e.kl, 14)
    (0.39516094436344, 0.10483905563656)
    >>> abs(e.map_amplitudes[0] - (1 - e.g[1])) < 1e-14  # S6 at a_1 = 1
    True
    """
    check_point(mixture, energies, digits)
    if engine == "auto":
        engine = "lattice" if digits <= 15 else "multiprecision"
    if engine not in ENGINES:
        raise InputError(f"engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    moments = ENGINES[engine](mixture, energies, digits)
    exact_half = energies.norm_squared / 2
    if engine == "lattice":
        kl = to_float(exact_half) - moments.log_partition
    else:
        kl = to_mpf(exact_half, real_context(digits + 10)) - moments.log_partition
        kl = real_context(digits).mpf(kl)
    size = len(moments.jacobian)
    hessian = tuple(
        tuple((1 if a == b else 0) - moments.jacobian[a][b] for b in range(size))
        for a in range(size)
    )
    starts = dict(zip(moments.frequencies, first_axes(mixture.k, moments.frequencies), strict=True))
    zero = 0 * moments.log_partition
    return Evaluation(
        mixture=mixture,
        energies=energies,
        kl=kl,
        log_partition=moments.log_partition,
        g=moments.g,
        map_amplitudes=tuple(
            moments.operator[starts[m]] if m in starts else zero
            for m in range(1, mixture.k // 2 + 1)
        ),
        hessian=hessian,
        hessian_eigenvalues=_spectrum(mixture, moments, hessian, digits),
        error=moments.error,
        engine=engine,
        digits=digits,
    )


def _spectrum(
    mixture: Mixture, moments: Moments, hessian: tuple[tuple[Real, ...], ...], digits: int
) -> tuple[Real, ...]:
    """Eigenvalues on R^d: of the active block, and g_m for every other coordinate."""
    values: list[Real] = []
    if hessian and isinstance(moments.log_partition, float):
        values += np.linalg.eigvalsh(np.array(hessian)).tolist()
    elif hessian:
        context = real_context(digits + 10)
        found = context.eigsy(context.matrix(hessian), eigvals_only=True)
        values += [real_context(digits).mpf(value) for value in found]
    for band, count in mixture.action.bands:
        for m in band:
            idle = count - (m in moments.frequencies)
            values += [moments.g[m]] * (idle * block_size(mixture.k, m))
    return tuple(sorted(values))
