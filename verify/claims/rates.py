"""The measured claims: engines agree (E1), linear convergence (T1), sublinear otherwise (T2, T4c).

Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.evidence import Evidence
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.claims.cases import (
    SURVEY_RADII,
    is_regular,
    mixtures,
    rays,
    scaled,
    small,
    survey,
)
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
from overspec.verify.em import reference
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import dft_energy, sigma
from overspec.weights import Weights

# --- E1: two engines that share no code agree ---------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """One number by two methods, with the sum of their error estimates."""

    mixture: Mixture
    where: str
    quantity: str  # "kl", "map" or "g"
    lattice: float
    reference: float
    error: float
    amplitude: float


FLOOR = 1e-13  # rounding in sums of some thousand terms; estimates below it mean nothing
USEFUL = 1e-8  # a larger error estimate compares nothing


def _measure_engines(scope: Scope) -> tuple[Pair, ...]:
    pairs = []
    for mixture in scope.mixtures or mixtures(small(scope.ks)):
        for radius in (Fraction(1, 2), Fraction(1))[: 1 if scope.quick else 2]:
            point = scaled(rays(mixture.k, 3)[-1], radius)
            ours = evaluate(mixture, point, engine="lattice")
            plain = reference.evaluate(mixture, point)
            where, error = f"{mixture}, {point}", float(ours.error) + plain.error + FLOOR
            pairs.append(Pair(mixture, where, "kl", float(ours.kl), plain.kl, error, float(radius)))
            for m, energy in enumerate(point, start=1):
                a, mapped = math.sqrt(energy), float(ours.map_amplitudes[m - 1])
                image = plain.map_amplitudes[m - 1]
                pairs.append(Pair(mixture, where, "map", mapped, image, error, a))
                pairs.append(Pair(mixture, where, "g", float(ours.g[m]), plain.g[m], error, a))
    return tuple(pairs)


def _judge_engines(form: Callable[[Pair], float], pairs: Sequence[Pair]) -> Finding:
    vague = [pair for pair in pairs if pair.error > USEFUL]
    if vague:
        where = f"error estimate {vague[0].error:.1e} at {vague[0].where}"
        return Finding(None, Evidence.MEASURED, worst_at=where)
    cases = [
        (f"{pair.quantity} at {pair.where}", 1 - abs(pair.lattice - form(pair)) / pair.error)
        for pair in pairs
    ]
    largest = max(abs(pair.lattice - pair.reference) for pair in pairs)
    return worst(cases, values=(("numbers compared", str(len(pairs))),
                                ("largest difference", f"{largest:.1e}")))  # fmt: skip


ENGINES = Claim(
    id="E1",
    title="lattice engine and plain EM agree",
    statement=r"The lattice engine and the plain Gauss--Hermite EM give the same "
    r"$L$, $M$ and $g_m$ within the sum of their stated errors.",
    source="math.md section 5",
    theta="one mixed ray, |θ| ≤ 1",
    depends=("S1",),
    measure=_measure_engines,
    judge=_judge_engines,
    stated=Form("equal within the stated errors", lambda pair: pair.reference),
    mutants=(
        Form("the map as 1 − g, not (1 − g)a",
             lambda pair: pair.reference * (1 / pair.amplitude if pair.quantity == "map" else 1)),
        Form("KL without |θ|²/2",
             lambda pair: pair.reference - (pair.quantity == "kl") * pair.amplitude**2 / 2),
        Form("g off by 10⁻⁹", lambda pair: pair.reference + (pair.quantity == "g") * 1e-9),
    ),
)  # fmt: skip

# --- T1: global linear convergence ----------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """What was seen of one mixture: the smallest gap anywhere, and the factor near 0."""

    mixture: Mixture
    least_g: float
    at: str
    local_factor: float  # largest factor of one EM step over directions at |θ| = 10⁻³


@dataclass(frozen=True)
class RateForm:
    """When convergence is said to be linear, and with which local factor of |θ| per step."""

    linear: Callable[[Mixture], bool]
    local: Callable[[Mixture], float]


NEAR = Fraction(1, 1000)
LOCAL_TOLERANCE = 1e-5  # the local factor is approached like |θ|² = 10⁻⁶


def _measure_rates(scope: Scope) -> tuple[Rate, ...]:
    facts = []
    # k = 4 is always among them: below it the order of the weights decides nothing
    for mixture in scope.mixtures or mixtures(tuple(sorted({*small(scope.ks), 4}))):
        seen = [
            (min(map(float, value.g[1:])), f"{mixture}, {point}")
            for point, value in survey(mixture, scope.quick)
        ]
        near = [scaled(ray, NEAR) for ray in rays(mixture.k, 2)]
        factors = [_factor(mixture, point) for point in near]
        facts.append(Rate(mixture, *min(seen), local_factor=max(factors)))
    return tuple(facts)


def _factor(mixture: Mixture, point: Energies) -> float:
    value = evaluate(mixture, point)
    mapped = math.fsum(float(a) ** 2 for a in value.map_amplitudes)
    return math.sqrt(mapped / float(point.norm_squared))


def _judge_rates(form: RateForm, facts: Sequence[Rate]) -> Finding:
    cases = []
    for fact in facts:
        miss = abs(fact.local_factor - form.local(fact.mixture)) / LOCAL_TOLERANCE
        cases.append((f"{fact.mixture}: local factor {fact.local_factor:.7f}", 1 - miss))
        if form.linear(fact.mixture):
            cases.append((f"least g = {fact.least_g:.4g} at {fact.at}", fact.least_g - 1e-4))
        else:
            at_origin = fact.least_g / LOCAL_TOLERANCE
            cases.append((f"{fact.mixture}: least g = {fact.least_g:.2e}", 1 - at_origin))
    lowest = min((f.least_g for f in facts if is_regular(f.mixture)), default=math.nan)
    return worst(cases, values=(("mixtures", str(len(facts))),
                                ("least g over regular mixtures", f"{lowest:.4g}")))  # fmt: skip


def _sigma(mixture: Mixture) -> float:
    return float(sigma(mixture))


def _sorted_is_regular(mixture: Mixture) -> bool:
    ordered = sorted(value for value in mixture.weights if isinstance(value, Fraction))
    return not null_frequencies(Weights.of(ordered))


LINEAR = Claim(
    id="T1",
    title="linear convergence from anywhere, exactly when no DFT entry vanishes",
    statement=r"If $\hat\pi_m\ne 0$ for all $m\in F(R)$ then $\inf_\theta\min_m g_m>0$, so "
    r"$|\theta_{t+1}|\le\rho^*|\theta_t|$ with $\rho^*<1$ from any start; the local factor is "
    r"$1-\min_m|\hat\pi_m|^2$.",
    source=f"math.md T1; {SUMMARY}, Key Results",
    said="EM achieves exponential convergence in KL divergence",
    theta=f"rays, |θ| ≤ {SURVEY_RADII[-1]}",
    depends=("S3", "S4", "S6", "E1"),
    measure=_measure_rates,
    judge=_judge_rates,
    stated=Form("linear iff regular, local factor 1 − min|π̂_m|²",
                RateForm(is_regular, lambda m: 1 - _sigma(m))),
    mutants=(
        Form("local factor 1 − min|π̂_m|", RateForm(is_regular, lambda m: 1 - _sigma(m) ** 0.5)),
        Form("local factor (1 − min|π̂_m|²)²", RateForm(is_regular, lambda m: (1 - _sigma(m)) ** 2)),
        Form("linear for all weights", RateForm(lambda m: True, lambda m: 1 - _sigma(m))),
        Form("linear for no weights", RateForm(lambda m: False, lambda m: 1 - _sigma(m))),
        Form("linear iff the sorted weights are regular",
             RateForm(_sorted_is_regular, lambda m: 1 - _sigma(m))),
    ),
    hypotheses=(
        "the infimum over θ is measured on rays and radii up to the edge of the survey; the limit "
        "θ → ∞ is not covered here",
    ),
)  # fmt: skip

# --- T2 and T4c: sublinear when a null block carries the energy -------------------------------


@dataclass(frozen=True)
class Quartic:
    """Measured limits as a → 0 with all energy in null blocks: g/a², KL/a⁴, growth of 1/a²."""

    mixture: Mixture
    m: int  # the null frequency that carries the energy; 0 for the regular simplex
    gap: float
    kl: float
    growth: float


QUARTIC_TOLERANCE = 1e-5
STEP = Fraction(1, 8)  # amplitudes a, a/2, a/4: three values remove the a² and a⁴ corrections


def _measure_null(scope: Scope) -> tuple[Quartic, ...]:
    facts = []
    for mixture in scope.mixtures or mixtures(tuple(sorted({*small(scope.ks), 4}))):
        for m in null_frequencies(mixture.weights, mixture.action):
            unit = [Fraction(int(n == m)) for n in range(1, mixture.k // 2 + 1)]
            facts.append(_quartic(mixture, m, Energies(mixture.k, tuple((e, 1) for e in unit))))
    return tuple(facts)


def _measure_uniform_simplex(scope: Scope) -> tuple[Quartic, ...]:
    # k = 2 is always among them: at k = 3 alone c = 1/(k − 1) is c = 1/2
    return tuple(
        _quartic(Mixture.simplex(k), 0, Energies.regular_simplex(k, 1))
        for k in sorted({2, *small(scope.ks)})
    )


def _quartic(mixture: Mixture, m: int, ray: Energies) -> Quartic:
    rows = []
    for a in (STEP, STEP / 2, STEP / 4):
        value, size = evaluate(mixture, scaled(ray, a)), float(a)
        mapped = math.sqrt(math.fsum(float(b) ** 2 for b in value.map_amplitudes))
        rows.append(((1 - mapped / size) / size**2, float(value.kl) / size**4,
                     1 / mapped**2 - 1 / size**2))  # fmt: skip
    gap, kl, growth = (_extrapolated(column) for column in zip(*rows, strict=True))
    return Quartic(mixture, m, gap, kl, growth)


def _extrapolated(column: tuple[float, ...]) -> float:
    """Richardson in a² from the values at a, a/2, a/4."""
    a, b, c = column
    first, second = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * second - first) / 15


def _judge_null(form: Callable[[Mixture, int], float], facts: Sequence[Quartic]) -> Finding:
    """The payload predicts c; then g → c a², KL → c a⁴/4 and 1/a² grows by 2c a step."""
    cases = []
    for fact in facts:
        c = form(fact.mixture, fact.m)
        where = f"{fact.mixture}, " + (f"null frequency {fact.m}" if fact.m else "simplex")
        for name, seen, predicted in (
            ("g/a²", fact.gap, c), ("4 KL/a⁴", 4 * fact.kl, c), ("growth/2", fact.growth / 2, c)
        ):  # fmt: skip
            slack = 1 - abs(seen - predicted) / QUARTIC_TOLERANCE
            cases.append((f"{name} = {seen:.8f} at {where}", slack))
    laws = sorted({f"{1 / (16 * fact.gap):.4f}" for fact in facts})
    return worst(cases, values=(("t²·KL tends to", ", ".join(laws)),))


def _c(mixture: Mixture, m: int) -> float:
    if 2 * m == mixture.k:
        return 1.0
    return (1 + float(dft_energy(mixture.weights, 2 * m))) / 2


SUBLINEAR = Claim(
    id="T2",
    title="sublinear convergence in a null block",
    statement=r"If $\hat\pi_m=0$ and only block $m$ carries energy, "
    r"$a_{t+1}=a_t(1-ca_t^2+O(a_t^4))$ with $c=(1+|\hat\pi_{2m}|^2)/2$ ($c=1$ for $m=k/2$): "
    r"$t\,a_t^2\to 1/(2c)$ and $t^2\,\mathrm{KL}_t\to 1/(16c)$.",
    source=f"math.md T2; {SUMMARY}, Open Question 3",
    theta=f"null blocks, |θ| ≤ {STEP}",
    depends=("S6", "E1"),
    measure=_measure_null,
    judge=_judge_null,
    stated=Form("c = (1 + |π̂_2m|²)/2, and 1 for m = k/2", _c),
    mutants=(
        Form("c = 1/2 for every 2-D block", lambda x, m: 1.0 if 2 * m == x.k else 0.5),
        Form("c = (1 + |π̂_2m|²)/2 for m = k/2 too and half of it",
             lambda x, m: _c(x, m) / (2 if 2 * m == x.k else 1)),
        Form("c = (1 − |π̂_2m|²)/2",
             lambda x, m: 1.0 if 2 * m == x.k else 1 - _c(x, m)),
    ),
)  # fmt: skip

UNIFORM_RATE = Claim(
    id="T4c",
    title="uniform weights: t²·KL tends to (k−1)/16 on the simplex",
    statement=r"With uniform weights the regular simplex stays one, $\mathrm{KL}\sim r^4/(4(k-1))$ "
    r"and $t^2\,\mathrm{KL}_t\to (k-1)/16$.",
    source="math.md T4",
    theta=f"regular simplices, |θ| ≤ {STEP}",
    depends=("T4", "S6", "E1"),
    measure=_measure_uniform_simplex,
    judge=_judge_null,
    stated=Form("c = 1/(k − 1)", lambda x, m: 1 / (x.k - 1)),
    mutants=(
        Form("c = 1/k", lambda x, m: 1 / x.k),
        Form("c = (1 + |π̂_2m|²)/2 as for one block", lambda x, m: 0.5),
    ),
)

CLAIMS = (ENGINES, LINEAR, SUBLINEAR, UNIFORM_RATE)
