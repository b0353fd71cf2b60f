"""Certified evaluation at one θ: which rigorous engine, and what it encloses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import acb, arb, ctx

from overspec.decimals import Number, decimal_interval
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.exact import Exact, sign
from overspec.mixture import Energies, Mixture
from overspec.results.evaluation import EvaluationResult
from overspec.verify.enclosures import laplace, lattice
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, lifted, power, to_ball
from overspec.verify.enclosures.choice import HYPOTHESES, chosen, input_bits
from overspec.verify.enclosures.hessian import (
    CertifiedHessian,
    certify_hessian,
    of_matrix,
    spectrum,
)
from overspec.verify.enclosures.laplace import Group, LogGrid
from overspec.verify.enclosures.lattice import Grid
from overspec.verify.enclosures.lowrank import enclose as low_rank
from overspec.verify.enclosures.lowrank.plan import Grid as LowRankGrid
from overspec.verify.enclosures.pairs import enclose as pairs
from overspec.verify.enclosures.pairs.enclose import PairsGrid
from overspec.verify.engines.pairs.grid import K as PAIRS_K

MAX_DIGITS = 200
MAX_K_LATTICE = 6
MAX_LISTED = 12  # frequencies listed when none are named


@dataclass(frozen=True)
class Precision:
    """The parameters of a closed form: bits carried."""

    bits: int


@dataclass(frozen=True, repr=False)
class CertifiedEvaluation(EvaluationResult):
    """Enclosures of everything at θ that is certified.

    Attributes:
        mixture: the mixture.
        energies: θ, up to the symmetries of the model (math.md S8).
        kl: L(θ).
        log_partition: E log S.
        factors: g_m by frequency m, 1 … ⌊k/2⌋ or those asked for.
        engine: ``lattice``, ``laplace``, ``pairs``, ``low-rank`` or, at θ = 0, ``closed form``.
        grid: its parameters.
        digits: what was asked for.
        hessian: of ``∇²L``, where it was asked for and θ ≠ 0; or why there is none.
        evidence: CERTIFIED.
    """

    mixture: Mixture
    energies: Energies
    kl: Number | Inconclusive
    log_partition: Number | Inconclusive
    factors: dict[int, Number | Inconclusive]
    engine: str
    grid: Grid | LogGrid | PairsGrid | LowRankGrid | Precision
    digits: int
    hessian: CertifiedHessian | Inconclusive | None = None
    evidence: Evidence = Evidence.CERTIFIED

    @property
    def quantities(self) -> dict[str, Number | Inconclusive]:
        """The same by the names of a certificate: ``kl``, ``log_partition``, ``g1`` …."""
        factors = {f"g{m}": value for m, value in self.factors.items()}
        return {"kl": self.kl, "log_partition": self.log_partition, **factors}

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What the enclosures assume."""
        return HYPOTHESES["model"] + HYPOTHESES[self.engine]

    @property
    def conclusive(self) -> bool:
        """Whether every quantity is enclosed to the digits asked for."""
        goal = Fraction(1, 10**self.digits)
        wanted = list(self.quantities.values())
        if isinstance(self.hessian, CertifiedHessian):
            wanted += self.hessian.numbers
        return all(isinstance(q, Number) and q.error <= goal for q in wanted)

    @property
    def map_amplitudes(self) -> tuple[Number | Inconclusive, ...]:
        """``(1 − g_m) a_m``: the amplitudes of M(θ), by S6, for the listed frequencies."""
        energies = dict(
            zip(range(1, max(self.factors, default=0) + 1), self.energies, strict=False)
        )
        with ctx.workprec(int(self.digits * 3.33) + 40):
            return tuple(_moved(g, to_ball(energies[m]).sqrt()) for m, g in self.factors.items())

    @property
    def hessian_spectrum(self) -> tuple[tuple[Number, int], ...] | None:
        """All eigenvalues of ∇²L(θ) with multiplicities, ascending; None where not known."""
        found = self._spectrum()
        return None if isinstance(found, Inconclusive) else found

    def _spectrum(self) -> tuple[tuple[Number, int], ...] | Inconclusive:
        if self.hessian is None and self.engine != "closed form":
            return Inconclusive("the Hessian was not asked for")
        return spectrum(self.mixture, self.energies, self.factors, self.hessian)

    def listed(self) -> Mapping[int, Number | Inconclusive]:
        """`factors`."""
        return self.factors

    def number(self, value: Number | Inconclusive, kind: str) -> list[str] | None:
        """``[low, high]`` rounded outward, or nothing."""
        return (
            None if isinstance(value, Inconclusive) else decimal_interval(value.lower, value.upper)
        )

    def told(self, value: Number | Inconclusive, kind: str) -> str:
        """The interval and its error budget in one line."""
        return shown(value)

    def measure(self, value: Number | Inconclusive, kind: str) -> tuple[float, float]:
        """Centre and radius as floats."""
        if isinstance(value, Inconclusive):
            return float("nan"), float("inf")
        return float(value.value), float(value.error)

    def numbers(self) -> Iterator[tuple[str, Number | Inconclusive, str]]:
        """KL and E log S."""
        yield "kl", self.kl, "log_partition"
        yield "log_partition", self.log_partition, "log_partition"

    def after_step(self) -> Sequence[Number | Inconclusive]:
        """`map_amplitudes`."""
        return self.map_amplitudes

    def spectrum(self) -> Sequence[tuple[Number, int]] | str:
        """`hessian_spectrum`, or why it is not known."""
        found = self._spectrum()
        return found.reason if isinstance(found, Inconclusive) else found

    def more(self) -> dict[str, Any]:
        """Whether every number is enclosed to the digits asked for."""
        return {"conclusive": self.conclusive}

    def worth(self) -> str:
        """That each number lies in its interval."""
        goal = "" if self.conclusive else ", not to all the digits asked for"
        return f"{self.evidence.value}: each number lies in its interval{goal}"


def shown(found: Number | Inconclusive) -> str:
    """The interval and its error budget in one line."""
    if isinstance(found, Inconclusive):
        return f"inconclusive: {found.reason}"
    low, high = decimal_interval(found.lower, found.upper)
    lines = ", ".join(f"{name} {float(bound):.0e}" for name, bound in found.budget)
    return f"[{low}, {high}]  ({lines})"


def _moved(g: Number | Inconclusive, root: Ball) -> Number | Inconclusive:
    """``(1 − g) a`` from enclosures of both."""
    if isinstance(g, Inconclusive):
        return g
    rounding = arb(0, to_ball(dict(g.budget)["rounding"]))
    errors = [(n, root * to_ball(b)) for n, b in g.budget if n != "rounding"]
    return enclosure((1 - to_ball(g.value) + rounding) * root, errors)


def certified_evaluation(
    mixture: Mixture,
    energies: Energies,
    digits: int = 15,
    engine: str = "auto",
    frequencies: Sequence[int] | None = None,
    grid: Grid | LogGrid | PairsGrid | LowRankGrid | None = None,
    hessian: bool = False,
) -> CertifiedEvaluation:
    """Enclose KL, E log S and g_m at θ, every error bounded and named.

    Args:
        mixture: the simplex action, any k for regular-simplex orbits; otherwise k ≤ 6.
        energies: θ.
        digits: the radii aimed at are 10^-digits.
        engine: ``laplace`` (regular-simplex orbits), ``pairs`` (k = 4), ``lattice`` (k ≤ 6),
            ``low-rank`` (k ≤ 12, every amplitude positive) or ``auto``: the first that applies
            within its budget.
        frequencies: the m for which g_m is wanted; all, or the first 12 of a larger k.
        grid: to override the engine's parameters.
        hessian: whether ``∇²L`` is wanted too.

    Raises:
        InputError: what no engine can do; the message says what they can.

    >>> mixture, point = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
    >>> c = certified_evaluation(mixture, point, 20)
    >>> float(c.kl.value), c.engine, c.conclusive
    (0.10483905563656125, 'laplace', True)
    """
    k = mixture.k
    _check(mixture, energies, digits)
    regular = energies.is_regular_simplex
    if engine == "auto":
        engine = chosen(mixture, energies, digits, hessian)
    if engine not in ("lattice", "laplace", "pairs", "low-rank"):
        raise InputError(
            f"engine {engine!r}; certified are auto, lattice, laplace, pairs and low-rank"
        )
    if engine == "laplace" and not regular:
        raise OutOfReach(
            "the laplace engine needs a regular-simplex orbit (a radius, or any theta at k <= 3); "
            "use the lattice engine (k <= 6)",
            engine="lattice",
        )
    if engine == "pairs" and k != PAIRS_K:
        raise OutOfReach(f"k = {k}: the pairs engine is for k = 4", engine="auto")
    if engine == "lattice" and k > MAX_K_LATTICE:
        raise OutOfReach(
            f"k = {k}: the rigorous lattice reaches k = {MAX_K_LATTICE}; beyond, certified values "
            "need a regular-simplex orbit, given by a radius"
        )
    wanted = _frequencies(k, frequencies)
    goal = digits + 1  # room for the sum of the bounds
    with ctx.workprec(input_bits(mixture, digits)):
        half = to_ball(energies.norm_squared) / 2
        if sign(energies.norm_squared) == 0:
            return _at_zero(mixture, energies, digits, wanted)
        found: (
            laplace.LaplaceResult
            | lattice.LatticeResult
            | pairs.PairsResult
            | low_rank.LowRankResult
        )
        second: CertifiedHessian | Inconclusive | None
        if engine == "laplace":
            if not isinstance(grid, LogGrid):  # refused, if need be, before sums for every weight
                grid = laplace.plan(groups_of(mixture, ()), laplace.deviation(k, 2 * half), goal)
            found = laplace.enclose(groups_of(mixture, wanted), 2 * half, wanted, goal, grid)
        elif engine == "pairs":
            found = pairs.enclose(
                [to_ball(w) for w in mixture.weights],
                [to_ball(e).sqrt() for e in energies],
                goal,
                grid if isinstance(grid, PairsGrid) else None,
            )
        elif engine == "low-rank":
            found = low_rank.enclose(
                [to_ball(w) for w in mixture.weights],
                [to_ball(e).sqrt() for e in energies],
                wanted,
                digits,  # its plan leaves room for the sum of the bounds
                grid if isinstance(grid, LowRankGrid) else None,
                hessian,
            )
        else:
            found = lattice.enclose(
                [to_ball(w) for w in mixture.weights],
                [to_ball(e).sqrt() for e in energies],
                wanted,
                goal,
                grid if isinstance(grid, Grid) else None,
            )
        if isinstance(found, (pairs.PairsResult, low_rank.LowRankResult)):
            second = of_matrix(found.hessian, k) if hessian and found.hessian else None
        else:
            second = certify_hessian(mixture, energies, digits, engine) if hessian else None
        kl = _subtract(half, found.log_partition)
    bits = found.grid.bits
    return CertifiedEvaluation(
        mixture,
        energies,
        lifted(kl, bits, k),
        lifted(found.log_partition, bits, k),
        {m: lifted(found.factors[m], bits, k) for m in wanted},
        engine,
        found.grid,
        digits,
        second,
    )


def groups_of(mixture: Mixture, frequencies: Sequence[int]) -> list[Group]:
    """The weights by value, with the sums of ω^{mi} over the components that carry each."""
    runs: dict[Exact, list[tuple[int, int]]] = {}
    start = 0
    for value, count in mixture.weights.runs:
        runs.setdefault(value, []).append((start, count))
        start += count
    return [
        Group(
            to_ball(value),
            sum(count for _, count in where),
            {m: laplace.characters(mixture.k, where, m) for m in frequencies},
        )
        for value, where in runs.items()
    ]


def _subtract(half: Ball, value: Number | Inconclusive) -> Number | Inconclusive:
    if isinstance(value, Inconclusive):
        return value
    rounding = dict(value.budget)["rounding"]
    total = half - to_ball(value.value) + arb(0, to_ball(rounding))
    named = [(name, to_ball(bound)) for name, bound in value.budget if name != "rounding"]
    return enclosure(total, named)


def _at_zero(
    mixture: Mixture, energies: Energies, digits: int, wanted: Sequence[int]
) -> CertifiedEvaluation:
    """θ = 0: KL = 0, exactly, and g_m = |π̂_m|²."""
    zero = enclosure(arb(0), [])
    factors = {}
    groups, bits = groups_of(mixture, wanted), input_bits(mixture, digits)
    for m in wanted:
        entry = sum((g.weight * g.characters[m] for g in groups), acb(0))
        value = enclosure(power(entry.real, 2) + power(entry.imag, 2), [])
        factors[m] = lifted(value, bits, mixture.k)
    return CertifiedEvaluation(
        mixture, energies, zero, zero, factors, "closed form", Precision(bits), digits
    )


def _frequencies(k: int, wanted: Sequence[int] | None) -> list[int]:
    if wanted is None:
        return list(range(1, min(k // 2, MAX_LISTED) + 1))
    for m in wanted:
        if not 1 <= m <= k // 2:
            raise InputError(f"frequency {m}: for k = {k} they run from 1 to {k // 2}")
    return list(wanted)


def _check(mixture: Mixture, energies: Energies, digits: int) -> None:
    if energies.k != mixture.k:
        raise InputError(f"energies for k = {energies.k}, but the mixture has k = {mixture.k}")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MAX_DIGITS:
        raise InputError(f"digits = {digits!r} is beyond reach; certified are 1 to {MAX_DIGITS}")
    if not mixture.action.is_simplex:
        raise InputError(f"certified values are for the simplex action, not {mixture.action}")
