"""Everything at one θ: KL, the convergence factors g_m, the EM map and the Hessian.

The engine is chosen here: `engines.laplace` for regular simplices at any k, `engines.pairs` for
other θ at k = 4, the soonest of `engines.opposites` (k = 6), `engines.lowrank` and
`engines.lattice` at k = 5 and 6, and beyond `engines.lowrank` where it reaches, else
`engines.sobol`; more than 15 digits take many-digit forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from overspec.action import block_size
from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.mixture import Energies, Mixture
from overspec.orbit import LISTED
from overspec.results.evaluation import EvaluationResult
from overspec.results.text import decimal_text
from overspec.verify.engines import lattice, lattice_digits, sobol
from overspec.verify.engines.extended import DIGITS
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.lowrank import digits as low_rank_digits
from overspec.verify.engines.lowrank import doubles as low_rank
from overspec.verify.engines.moments import MAX_K, Moments, Real, check_orbit_point, first_axes
from overspec.verify.engines.opposites import doubles as opposites
from overspec.verify.engines.pairs import digits as pairs_digits
from overspec.verify.engines.pairs import doubles as pairs
from overspec.verify.engines.pairs.grid import K as PAIRS_K
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes
from overspec.verify.engines.spectrum import real_context, to_float, to_mpf


def _laplace(mixture: Mixture, energies: Energies, digits: int, modes: int | None) -> Moments:
    many = laplace.moments if digits <= 15 else laplace_digits.moments
    return many(mixture, energies, digits, modes)


def _pairs(mixture: Mixture, energies: Energies, digits: int, modes: int | None) -> Moments:
    many = pairs.moments if digits <= 15 else pairs_digits.moments
    return many(mixture, energies, digits)


def _low_rank(mixture: Mixture, energies: Energies, digits: int, modes: int | None) -> Moments:
    many = low_rank.moments if digits <= 15 else low_rank_digits.moments
    return many(mixture, energies, digits)


def _full(engine: Callable[[Mixture, Energies, int], Moments]) -> Callable[..., Moments]:
    """An engine that always lists every frequency; it is for small k."""
    return lambda mixture, energies, digits, modes: engine(mixture, energies, digits)


#: Engines by name, each ``(mixture, energies, digits, modes) -> Moments``.
ENGINES: dict[str, Callable[..., Moments]] = {
    "lattice": _full(lattice.moments),
    "multiprecision": _full(lattice_digits.moments),
    "laplace": _laplace,
    "pairs": _pairs,
    "low-rank": _low_rank,
    "opposites": _full(opposites.moments),
    "sampling": sobol.moments,
}


def choose(mixture: Mixture, energies: Energies, digits: int) -> str:
    """The engine that ``"auto"`` stands for.

    >>> choose(Mixture.simplex(10**12), Energies.regular_simplex(10**12, 2), 15)
    'laplace'
    >>> choose(Mixture.simplex(4), Energies.of_amplitudes(4, "1,1"), 30)
    'pairs'
    >>> choose(Mixture.simplex(5), Energies.of_amplitudes(5, "1,0"), 30)
    'multiprecision'
    >>> choose(Mixture.simplex(5), Energies.of_amplitudes(5, "1,1/2"), 15)
    'low-rank'
    >>> choose(Mixture.simplex(6), Energies.of_amplitudes(6, "1,1/2,1/5"), 15)
    'opposites'
    >>> choose(Mixture.simplex(5), Energies.of_amplitudes(5, "1,1/2"), 18)
    'multiprecision'
    >>> choose(Mixture.simplex(9), Energies.of_amplitudes(9, "1,0,0,0"), 15)
    'sampling'
    """
    if energies.is_regular_simplex:
        return "laplace"
    if mixture.k == PAIRS_K:
        return "pairs"
    if digits <= 15 and opposites.sooner(mixture.k, to_amplitudes(energies), 10.0**-digits):
        return "opposites"
    if digits <= 15 and low_rank.cheaper(to_amplitudes(energies), mixture.k, 10.0**-digits):
        return "low-rank"
    if mixture.k > MAX_K:
        return "sampling"
    if 15 < digits <= DIGITS and low_rank_digits.reaches(mixture, energies):
        return "low-rank"
    return "lattice" if digits <= 15 else "multiprecision"


@dataclass(frozen=True, repr=False)
class Evaluation(EvaluationResult):
    """What `evaluate` found at θ; doubles, or mpmath numbers beyond 15 digits.

    Attributes:
        mixture: the mixture.
        energies: θ, up to the symmetries of the model (math.md S8).
        kl: ``L(θ) = KL(N(0,I) ‖ p_θ) = |θ|²/2 − E log S`` in nats.
        log_partition: ``E log S = E log Σ_j π_j e^{⟨x, R^j θ⟩}``.
        g: ``g_m = E|ŵ_m|²`` for m = 0 … modes; ``g_0 = 1``.
        map_amplitudes: the amplitudes 1 … modes of ``M(θ) = E Σ_j w_j R^{-j} x``, from this
            form (S1) and not from the g_m; S6 says they are ``(1 − g_m) a_m``.
        hessian: ``I − DM(θ)`` on the D active coordinates (the first block of each frequency
            with a_m ≠ 0, θ on its first axis); empty where the engine gives no matrix.
        hessian_spectrum: of ``∇²L(θ) = I − DM(θ)`` on R^d, as (eigenvalue, multiplicity),
            ascending; None where the engine leaves the Hessian out. A block in which θ has no
            component contributes g_m, frequency 0 contributes 1.
        modes: the last frequency listed, ⌊k/2⌋ unless that is beyond 1000.
        error: absolute error estimate for every number above; an estimate, not a bound.
        errors: the same for ``log_partition``, ``g``, ``operator`` (map_amplitudes) and
            ``jacobian`` (Hessian) one by one, where the engine tells them apart.
        engine: which engine computed it.
        digits: what was asked for.
        evidence: MEASURED, or SAMPLED.
        samples, seed: of a sampled result.
    """

    mixture: Mixture
    energies: Energies
    kl: Real
    log_partition: Real
    g: tuple[Real, ...]
    map_amplitudes: tuple[Real, ...]
    hessian: tuple[tuple[Real, ...], ...]
    hessian_spectrum: tuple[tuple[Real, int], ...] | None
    modes: int
    error: Real
    engine: str
    digits: int
    evidence: Evidence = Evidence.MEASURED
    errors: Mapping[str, Real] = field(default_factory=dict)
    samples: int = 0
    seed: int | None = None

    @property
    def hessian_eigenvalues(self) -> tuple[Real, ...]:
        """All d eigenvalues of the Hessian, ascending.

        Raises:
            InputError: the Hessian was left out, or d > 2000; see ``hessian_spectrum``.
        """
        if self.hessian_spectrum is None:
            raise InputError(f"the {self.engine} engine leaves the Hessian out here")
        if self.mixture.d > 2 * LISTED:
            raise InputError(f"d = {self.mixture.d} eigenvalues; use hessian_spectrum")
        return tuple(value for value, count in self.hessian_spectrum for _ in range(count))

    def error_of(self, name: str) -> Real:
        """The error of one kind of number: log_partition, g, operator or jacobian."""
        return self.errors.get(name, self.error)

    @property
    def factors(self) -> Mapping[int, Real]:
        """g_m by frequency, m = 1 … modes."""
        return {m: g for m, g in enumerate(self.g) if m > 0}

    def listed(self) -> Mapping[int, Real]:
        """`factors`."""
        return self.factors

    def number(self, value: Real, kind: str) -> str:
        """A decimal with no digit beyond the error estimate."""
        return decimal_text(value, self.error_of(kind), self.digits)

    told = number

    def measure(self, value: Real, kind: str) -> tuple[float, float]:
        """Value and error estimate as floats."""
        return float(value), float(self.error_of(kind))

    def numbers(self) -> Iterator[tuple[str, Real, str]]:
        """KL and E log S."""
        yield "kl", self.kl, "log_partition"
        yield "log_partition", self.log_partition, "log_partition"

    def after_step(self) -> Sequence[Real]:
        """`map_amplitudes`."""
        return self.map_amplitudes

    def spectrum(self) -> Sequence[tuple[Real, int]] | str:
        """`hessian_spectrum`, or that it was left out."""
        if self.hessian_spectrum is None:
            return f"left out by the {self.engine} engine here"
        return self.hessian_spectrum

    def more(self) -> dict[str, Any]:
        """The error estimates, and of a sampled result the number of points and the seed."""
        kinds = (
            ("kl", "log_partition"),
            ("g", "g"),
            ("map_amplitudes", "operator"),
            ("hessian_eigenvalues", "jacobian"),
        )
        return {
            "error": f"{float(self.error):.0e}",
            "errors": {name: f"{float(self.error_of(kind)):.0e}" for name, kind in kinds},
            **({"samples": self.samples, "seed": self.seed} if self.samples else {}),
        }

    def worth(self) -> str:
        """How good the numbers are."""
        worst = f"{float(self.error):.0e}"
        if not self.samples:
            return f"{self.evidence.value}: error estimate {worst}, not a bound"
        return (
            f"{self.evidence.value}: {self.samples} points, seed {self.seed}, "
            f"99.9% intervals of at most +-{worst}"
        )

    def __reduce__(self) -> tuple[Callable[..., Evaluation], tuple[Any, ...]]:
        # numbers of an mpmath context of one's own do not pickle
        return _unpickled, (self.digits, *(_plain(getattr(self, f.name)) for f in fields(self)))


def evaluate(
    mixture: Mixture,
    energies: Energies,
    digits: int = 15,
    engine: str = "auto",
    modes: int | None = None,
    **options: Any,
) -> Evaluation:
    """KL, g_m, M and the Hessian at θ (math.md S1–S8), with an error estimate.

    Args:
        mixture: any number of components on a regular simplex, k ≤ 6 for other θ in high
            accuracy, beyond where θ is near one, k ≤ 5000 with error bars.
        energies: θ by its energies; frequencies that the action lacks must have none.
        digits: decimal digits after the point, 1 … 200. Fewer are cheaper.
        engine: ``"laplace"`` (regular simplices), ``"pairs"`` (k = 4), ``"opposites"``
            (doubles, k = 4 and 6, every amplitude positive), ``"low-rank"`` (to 17 digits, every
            amplitude positive), ``"lattice"`` (doubles, k ≤ 6), ``"multiprecision"`` (k ≤ 6, any
            digits), ``"sampling"``, or ``"auto"``, see `choose`.
        modes: the last frequency listed; all up to 1000, 8 when there are more, unless given.
        options: for the sampling engine, ``seed`` and ``samples``.

    Raises:
        InputError: anything the engines cannot do; the message says what they can.

    >>> e = evaluate(Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1"))
    >>> round(e.log_partition, 14), round(e.kl, 14)
    (0.39516094436344, 0.10483905563656)
    >>> abs(e.map_amplitudes[0] - (1 - e.g[1])) < 1e-14  # S6 at a_1 = 1
    True
    >>> k = 10**12
    >>> e = evaluate(Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, 2))
    >>> round(e.g[1], 12), [(round(value, 9), count) for value, count in e.hessian_spectrum]
    (0.11239987734, [(-0.045877795, 1), (0.112399877, 499999999999), (0.112399877, 499999999999)])
    """
    check_orbit_point(mixture, energies, digits)
    if engine == "auto":
        engine = choose(mixture, energies, digits)
        if options and engine == "low-rank" and mixture.k > MAX_K:
            engine = "sampling"  # who gives a seed or a number of samples asks for them
    if engine not in ENGINES:
        raise InputError(f"engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    if options and (engine != "sampling" or not set(options) <= {"seed", "samples"}):
        raise InputError(f"{', '.join(options)}: only sampling has options, seed and samples")
    moments = ENGINES[engine](mixture, energies, digits, modes, **options)
    exact_half = energies.norm_squared / 2
    if isinstance(moments.log_partition, float):
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
    last = len(moments.g) - 1
    return Evaluation(
        mixture=mixture,
        energies=energies,
        kl=kl,
        log_partition=moments.log_partition,
        g=moments.g,
        map_amplitudes=tuple(
            moments.operator[starts[m]] if m in starts else zero for m in range(1, last + 1)
        ),
        hessian=hessian,
        hessian_spectrum=_spectrum(mixture, moments, hessian, digits),
        modes=last,
        error=moments.error,
        engine=engine,
        digits=digits,
        evidence=Evidence.SAMPLED if moments.samples else Evidence.MEASURED,
        errors=moments.errors,
        samples=moments.samples,
        seed=moments.seed,
    )


def _spectrum(
    mixture: Mixture, moments: Moments, hessian: tuple[tuple[Real, ...], ...], digits: int
) -> tuple[tuple[Real, int], ...] | None:
    """Eigenvalues on R^d: of the active blocks, and g_m for every other coordinate."""
    runs: list[tuple[Real, int]] = [(1 - value, count) for value, count in moments.spectrum]
    if hessian and isinstance(moments.log_partition, float):
        runs += [(value, 1) for value in np.linalg.eigvalsh(np.array(hessian)).tolist()]
    elif hessian:
        context = real_context(digits + 10)
        found = context.eigsy(context.matrix(hessian), eigvals_only=True)
        runs += [(real_context(digits).mpf(value), 1) for value in found]
    elif moments.frequencies and not moments.spectrum:
        return None
    active = set(moments.frequencies)
    for band, count in mixture.action.bands:
        if band == range(1):
            runs.append((moments.g[0], count))
        elif moments.spectrum:  # it covers every frequency once
            if count > 1:
                return None
        elif band.stop > len(moments.g):
            return None
        else:
            for m in band:
                idle = (count - (m in active)) * block_size(mixture.k, m)
                runs += [(moments.g[m], idle)] if idle else []
    return tuple(sorted(runs))


@dataclass(frozen=True)
class _Many:
    """An mpmath number as text of its sign, mantissa and exponent, to be pickled."""

    parts: tuple[Any, ...]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return _Many(value._mpf_) if hasattr(value, "_mpf_") else value


def _unpickled(digits: int, *values: Any) -> Evaluation:
    context = real_context(digits)

    def number(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(number, value))
        if isinstance(value, dict):
            return {name: number(item) for name, item in value.items()}
        return context.make_mpf(value.parts) if isinstance(value, _Many) else value

    return Evaluation(*map(number, values))
