"""T2 and T4c: sublinear convergence when a null block carries the energy.

What is approached as a → 0 is extrapolated (`engines.richardson`); a form must meet every limit
within its error. Margins are relative slacks: 1 is far from failing, 0 is the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.claims.cases import AMPLITUDES, corner, every, mapped, scaled
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope, worst
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit
from overspec.verify.engines.spectrum import dft_energies, dft_energy, to_float


@dataclass(frozen=True)
class Quartic:
    """Limits as a → 0 with all energy in null blocks: g/a², KL/a⁴, the growth of 1/a² in a step,
    and the exponents with which g and KL vanish.
    """

    mixture: Mixture
    m: int  # the null frequency that carries the energy; 0 for the regular simplex
    gap: Limit
    kl: Limit
    growth: Limit
    gap_power: Limit
    kl_power: Limit


@dataclass(frozen=True)
class NullLaw:
    """``a ← a(1 − c a^p + …)``: then KL is about c a^(2+p)/(2+p), and 1/a^p grows by pc a step."""

    c: Callable[[Mixture, int], float]
    power: float = 2.0


def _measure_null(scope: Scope) -> tuple[Quartic, ...]:
    return tuple(
        _quartic(mixture, m, corner(mixture.k, m))
        for mixture in scope.mixtures or every(scope.ks)
        for m in null_frequencies(mixture.weights, mixture.action)
    )


def _measure_uniform_simplex(scope: Scope) -> tuple[Quartic, ...]:
    # k = 2 is always among them: at k = 3 alone c = 1/(k − 1) is c = 1/2
    return tuple(
        _quartic(Mixture.simplex(k), 0, Energies.regular_simplex(k, 1))
        for k in sorted({2, 12, *scope.ks})
    )


def _quartic(mixture: Mixture, m: int, ray: Energies) -> Quartic:
    gap, kl, growth = [], [], []  # pairs of a value and its error
    for step in AMPLITUDES:
        value, a = evaluate(mixture, scaled(ray, step)), float(step)
        after, error = mapped(value), float(value.error)
        gap.append(((1 - after / a) / a**2, error / a**3))
        kl.append((float(value.kl) / a**4, error / a**4))
        growth.append((1 / after**2 - 1 / a**2, 2 * error / after**3))
    return Quartic(
        mixture, m, _at_zero(gap), _at_zero(kl), _at_zero(growth), _power(gap, 2), _power(kl, 4)
    )


def _at_zero(column: Sequence[tuple[float, float]]) -> Limit:
    return Limit.of([value for value, _ in column], [error for _, error in column])


def _power(column: Sequence[tuple[float, float]], divided: int) -> Limit:
    """The exponent of what is given divided by a^divided, from the ratios at a and a/2."""
    values = [divided + math.log2(a / b) for (a, _), (b, _) in pairwise(column)]
    errors = [(da / a + db / b) / math.log(2) for (a, da), (b, db) in pairwise(column)]
    return Limit.of(values, errors)


def _judge_null(form: NullLaw, facts: Sequence[Quartic]) -> Finding:
    cases = []
    for fact in facts:
        c = form.c(fact.mixture, fact.m)
        where = f"{fact.mixture}, " + (f"null frequency {fact.m}" if fact.m else "simplex")
        for name, seen, predicted in (
            ("g/a²", fact.gap, c),
            ("KL/a⁴", fact.kl, c / 4),
            ("growth of 1/a²", fact.growth, 2 * c),
            ("exponent of g", fact.gap_power, form.power),
            ("exponent of KL", fact.kl_power, 2 + form.power),
        ):
            cases.append((f"{name} → {seen.value:.8f} at {where}", seen.slack(predicted)))
    laws = sorted({f"{1 / (16 * fact.gap.value):.4f}" for fact in facts})
    largest = max(limit.error for f in facts for limit in (f.gap, f.kl, f.growth, f.kl_power))
    return worst(cases, values=(("t²·KL tends to", ", ".join(laws)),
                                ("largest error of a limit", f"{largest:.1e}")))  # fmt: skip


def _c(mixture: Mixture, m: int) -> float:
    if 2 * m == mixture.k:
        return 1.0
    return (1 + float(dft_energy(mixture.weights, 2 * m))) / 2


def _plane(energy: Callable[[Mixture, int], float]) -> NullLaw:
    """The law with another number for |π̂_2m|² in the planes; the truth where m = k/2."""
    return NullLaw(lambda x, m: 1.0 if 2 * m == x.k else (1 + energy(x, m)) / 2)


def near_laws(c: Callable[[Mixture, int], float]) -> tuple[Form, ...]:
    """The constant off by 2 %, the exponent by 0.02."""
    return (
        Form("c larger by 2 %", NullLaw(lambda x, m: 1.02 * c(x, m))),
        Form("c smaller by 2 %", NullLaw(lambda x, m: 0.98 * c(x, m))),
        Form("1 − c a^2.02 in place of 1 − c a²", NullLaw(c, 2.02)),
        Form("1 − c a^1.98 in place of 1 − c a²", NullLaw(c, 1.98)),
    )


def _mean_square(mixture: Mixture, m: int) -> float:
    return mixture.k * math.fsum(to_float(value) ** 2 for value in mixture.weights) - 1


SUBLINEAR = Claim(
    id="T2",
    title="sublinear convergence in a null block",
    statement=r"If $\hat\pi_m=0$ and only block $m$ carries energy, "
    r"$a_{t+1}=a_t(1-ca_t^2+O(a_t^4))$ with $c=(1+|\hat\pi_{2m}|^2)/2$ ($c=1$ for $m=k/2$): "
    r"$t\,a_t^2\to 1/(2c)$ and $t^2\,\mathrm{KL}_t\to 1/(16c)$.",
    source=f"math.md T2; {SUMMARY}, Open Question 3",
    depends=("S6", "E1"),
    theta=f"null blocks, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure_null,
    judge=_judge_null,
    stated=Form("c = (1 + |π̂_2m|²)/2, and 1 for m = k/2", NullLaw(_c)),
    mutants=(
        *near_laws(_c),
        Form("c = 1/2 for every 2-D block", _plane(lambda x, m: 0.0)),
        Form("c = k Σ π_j²/2", _plane(_mean_square)),
        Form("c = (1 + |π̂_2|²)/2", _plane(lambda x, m: float(dft_energy(x.weights, 2)))),
        Form("c = (1 + |π̂_{m+1}|²)/2",
             _plane(lambda x, m: float(dft_energy(x.weights, m + 1)))),
        Form("c = (1 + max_l |π̂_l|²)/2", _plane(lambda x, m: max(dft_energies(x.weights)[1:]))),
        Form("c = (1 + |π̂_2m|)/2",
             _plane(lambda x, m: math.sqrt(float(dft_energy(x.weights, 2 * m))))),
        Form("c = (1 + |π̂_2m|²)/2, and 0.98 for m = k/2",
             NullLaw(lambda x, m: 0.98 if 2 * m == x.k else _c(x, m))),
    ),
)  # fmt: skip


def _uniform_c(mixture: Mixture, m: int) -> float:
    return 1 / (mixture.k - 1)


UNIFORM_RATE = Claim(
    id="T4c",
    title="uniform weights: t²·KL tends to (k−1)/16 on the simplex",
    statement=r"With uniform weights the regular simplex stays one, $\mathrm{KL}\sim r^4/(4(k-1))$ "
    r"and $t^2\,\mathrm{KL}_t\to (k-1)/16$.",
    source="math.md T4",
    depends=("T4", "S6", "E1"),
    theta=f"regular simplices, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure_uniform_simplex,
    judge=_judge_null,
    stated=Form("c = 1/(k − 1)", NullLaw(_uniform_c)),
    mutants=(
        *near_laws(_uniform_c),
        Form("c = 1/(k − 0.98)", NullLaw(lambda x, m: 1 / (x.k - 0.98))),
        Form("c = (1 + |π̂_2m|²)/2 as for one block", NullLaw(lambda x, m: 0.5)),
    ),
)
