"""What a view of the probe means: whether EM is fast, decided exactly, in words and numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from overspec.decimals import Number, enclosed, estimated
from overspec.evidence import Evidence, Quantity
from overspec.exact import sign
from overspec.mixture import Mixture
from overspec.proofs.identities.circulant import local_rate
from overspec.proofs.identities.conditions import invertibility_condition
from overspec.proofs.machinery.cyclotomic import null_frequencies, null_orders
from overspec.proofs.rates.null_law import MAX_NULL, NullLaw, null_law
from overspec.reports.probe.choice import Choice
from overspec.verify.engines.spectrum import sigma as sigma_of

FEW = 24  # runs of weights up to which σ is exact and every curve is fine
WRITTEN, LONGEST = 6, 300  # components and characters of TeX up to which conditions are written out
LISTED = 8  # frequencies that a sentence names
MANY = 2000  # components beyond which null frequencies are not listed one by one
TINY = Fraction(1, 10**6)  # the ε of the sentence


@dataclass(frozen=True)
class Fact:
    """A number that is shown: what it is, its value with evidence, and how it was found."""

    name: str
    value: Quantity
    how: str


@dataclass(frozen=True)
class Requirement:
    """The condition at one frequency: TeX, and whether it holds for these weights."""

    frequency: str
    tex: str
    holds: bool


@dataclass(frozen=True)
class Part:
    """One part of the page.

    Attributes:
        words: plain sentences.
        evidence: what the numbers in the sentences are worth; None where there are none.
        facts: the numbers, each with its evidence.
        requirements: formulas with their verdict.
    """

    words: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Nulls:
    """Where the Fourier entries of the weights vanish, decided exactly.

    Attributes:
        frequencies: the null m in 1 … ⌊k/2⌋; only the first where there are very many.
        count: how many there are.
        words: for a sentence, such as "frequency 2 is null".
    """

    frequencies: tuple[int, ...]
    count: int
    words: str


@lru_cache(maxsize=256)
def nulls_of(mixture: Mixture) -> Nulls:
    """The null frequencies and the words for them.

    >>> nulls_of(Mixture.simplex(4, "2/5,3/10,1/10,1/5")).words
    'frequency 2 is null'
    >>> nulls_of(Mixture.simplex(10**6, "uniform")).words
    'all 500000 frequencies are null'
    """
    k, half = mixture.k, mixture.k // 2
    if k > MANY:  # only one-heavy and uniform weights: all frequencies behave alike
        orders = null_orders(mixture.weights)
        found = tuple(range(1, LISTED + 1)) if orders else ()
        count = half if orders else 0
    else:
        found = null_frequencies(mixture.weights, mixture.action)
        count = len(found)
    if not count:
        return Nulls((), 0, "no frequency is null")
    if count == half and count > 1:
        return Nulls(found, count, f"all {count} frequencies are null")
    names = ", ".join(map(str, found[:LISTED])) + (", …" if count > LISTED else "")
    words = f"frequency {names} is null" if count == 1 else f"frequencies {names} are null"
    return Nulls(found, count, words)


def charged_nulls(choice: Choice, nulls: Nulls) -> int:
    """How many null blocks the start has energy in: these decide whether EM crawls."""
    if choice.on_simplex:
        return nulls.count
    return sum(1 for m, e in enumerate(choice.start, start=1) if m in nulls.frequencies and sign(e))


def law_of(choice: Choice, nulls: Nulls) -> NullLaw | None:
    """The law t² KL → C, where the start has energy in every null block and it is solved for."""
    if not 0 < nulls.count <= MAX_NULL or charged_nulls(choice, nulls) < nulls.count:
        return None
    return null_law(choice.mixture)


@lru_cache(maxsize=256)
def sigma_fact(mixture: Mixture, nulls: Nulls) -> Fact:
    """``σ = min_m |π̂_m|²``, exact up to 24 different weights."""
    how = "σ = min |π̂_m|², the least eigenvalue of the Hessian at θ = 0"
    if nulls.count:
        return Fact("σ", enclosed(Fraction(0)), how)
    if len(mixture.weights.runs) <= FEW:
        return Fact("σ", enclosed(1 - local_rate(mixture)), how)
    value = float(sigma_of(mixture))
    return Fact("σ", estimated(value - 1e-14, value + 1e-14), how)


def verdict(choice: Choice) -> Part:
    """What the picture means, in a plain sentence, with the exact condition.

    >>> choice = Choice.read({"k": "4", "weights": "2/5,3/10,1/10,1/5"})
    >>> print(verdict(choice).words[0][:66])
    Degenerate: frequency 2 is null, EM needs about 0.25/ε^{1/2} steps
    """
    mixture = choice.mixture
    nulls = nulls_of(mixture)
    charged = charged_nulls(choice, nulls)
    sigma = sigma_fact(mixture, nulls)
    facts = [sigma]
    if not nulls.count:
        words = [_regular(float(sigma.value.low))]
        facts += [
            _less_from_one("factor of |θ| per step near 0", sigma.value, 1),
            _less_from_one("factor of KL per step near 0", sigma.value, 2),
        ]
    elif not charged:
        words = [
            f"Degenerate: {nulls.words}, but this start has no energy there, so EM from it "
            "converges exponentially; from almost every other start it does not."
        ]
    else:
        law = law_of(choice, nulls)
        sentence = f"Degenerate: {nulls.words}, EM needs about "
        if law is None:
            words = [sentence + "C/ε^{1/2} steps to bring KL to ε, for some constant C."]
        else:
            limit = float(law.divergence_limit)
            steps = math.sqrt(limit / float(TINY))
            words = [
                f"{sentence}{math.sqrt(limit):.3g}/ε^{{1/2}} steps to bring KL to ε: "
                f"{steps:.0f} for ε = {float(TINY):.0e}.".replace("e-06", "e-6")
            ]
            facts.append(
                Fact("limit of t² KL", enclosed(law.divergence_limit), "the law of null blocks")
            )
    words.append(
        "The condition: EM is exponentially fast from every start exactly when no Fourier entry "
        "π̂_m = Σ_j π_j e^{2πi mj/k} of the weights is 0, at the frequencies m = 1 … "
        f"{mixture.k // 2}. Here {nulls.words}: decided exactly, not by rounding."
    )
    return Part(tuple(words), tuple(facts), _requirements(mixture, nulls), facts[0].value.evidence)


def _regular(sigma: float) -> str:
    decade = math.log(10) / (-2 * math.log1p(-sigma)) if sigma < 1 else 0.0
    return (
        "Regular: no frequency is null, EM converges exponentially from every start. Near θ = 0 "
        f"each step removes {sigma:.3g} of the distance and {sigma * (2 - sigma):.3g} of the KL "
        f"divergence: about {_count(decade)} steps for each decimal digit of KL."
    )


def _count(steps: float) -> str:
    return f"{steps:.0f}" if steps >= 10 else f"{steps:.2g}"


def _less_from_one(name: str, sigma: Quantity, power: int) -> Fact:
    """``(1 − σ)^power``, rounded outward."""
    low = (1 - Fraction(sigma.high)) ** power
    high = (1 - Fraction(sigma.low)) ** power
    value = Number.between(low, high, sigma.evidence).printed()
    return Fact(name, value, "1 − σ" if power == 1 else "(1 − σ)²")


def _requirements(mixture: Mixture, nulls: Nulls) -> tuple[Requirement, ...]:
    k = mixture.k
    conditions = invertibility_condition(k) if k <= WRITTEN else ()
    if conditions and max(len(c.tex) for c in conditions) <= LONGEST:
        return tuple(
            Requirement(str(c.frequency), c.tex, c.frequency not in nulls.frequencies)
            for c in conditions
        )
    tex = rf"\sum_{{j=0}}^{{{k - 1}}}\pi_j e^{{2\pi i mj/{k}}}\ne 0"
    return (Requirement(f"1 … {k // 2}", tex, not nulls.count),)
