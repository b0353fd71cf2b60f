"""T2 and T4c: sublinear convergence when a null block carries the energy.

What is approached as a → 0 is extrapolated (`engines.richardson`); a sentence must meet every limit
within its error, and every exponent. Margins are relative slacks: 1 is far from failing, 0 is the
edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import Expr, Num, Sym, expr
from overspec.proofs.language.operators import M_, PI, J, K
from overspec.proofs.language.ranges import PLANES, Z_K
from overspec.proofs.language.render import Script, letter
from overspec.proofs.language.statement import Both, Every, Iff, Relation, Statement, equals
from overspec.verify.claims.cases import AMPLITUDES, corner, every, frequencies, mapped, scaled
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate, Growth
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import (
    Extremum,
    Instance,
    Ratio,
    Root,
    Seen,
    energy,
    inverse,
    times,
)
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.richardson import Limit

#: Of T4c: that it is uniform weights that stay on the law, regular and null ones besides.
NOT_UNIFORM = ((3, "1/2,3/10,1/5"), (4, "3/10,1/5,3/10,1/5"), (5, "1/5,1/5,1/5,3/10,1/10"))


@dataclass(frozen=True)
class Quartic:
    """Limits as a → 0 with all energy in one block: g/a², L/a⁴, the growth of 1/a² in a step, and
    the exponents with which g and L vanish: 2 and 4 where the block is null, else 0 and 2.
    """

    mixture: Mixture
    m: int  # the frequency that carries the energy; 0 for the regular simplex
    gap: Limit
    kl: Limit
    growth: Limit
    gap_power: Limit
    kl_power: Limit


def _measure_null(scope: Scope) -> tuple[Quartic, ...]:
    return tuple(
        _quartic(mixture, m, corner(mixture.k, m))
        for mixture in scope.mixtures or every(scope.ks)
        for m in frequencies(mixture)
    )


def _measure_uniform_simplex(scope: Scope) -> tuple[Quartic, ...]:
    # k = 2 is always among them: at k = 3 alone c = 1/(k − 1) is c = 1/2
    uniform = tuple(Mixture.simplex(k) for k in sorted({2, 12, *scope.ks}))
    return tuple(
        _quartic(mixture, 0, Energies.regular_simplex(mixture.k, 1))
        for mixture in (*uniform, *(Mixture.simplex(*case) for case in NOT_UNIFORM))
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


def _laws(fact: Quartic) -> dict[str, Growth]:
    """g and L as a → 0; a_t and KL_t as t → ∞, by Stolz: 1/a² grows by 2c a step."""
    gap, kl, constant, level, growth = (
        Estimate(x.value, x.error)
        for x in (fact.gap_power, fact.kl_power, fact.gap, fact.kl, fact.growth)
    )
    limit = 1 / growth
    return {
        "g": Growth(gap, constant),
        "L": Growth(kl, level),
        "a_t": Growth(-(1 / gap), limit ** Fraction(1, 2)),
        "KL_t": Growth(-(kl / gap), level * limit**2),
    }


def _instances(facts: Sequence[Quartic]) -> list[Instance]:
    """One for each mixture: its laws, by frequency but on the simplex."""
    found = []
    for mixture, group in groupby(facts, lambda fact: fact.mixture):
        looked_at = list(group)
        laws = {fact.m: _laws(fact) for fact in looked_at}
        seen: dict[str, Any] = {
            name: {m: law[name] for m, law in laws.items()} for name in laws[looked_at[0].m]
        }
        limits = [f"g/a² → {f.gap.value:.8f}" for f in looked_at if _is_quartic(f)]
        where = f"{mixture}: {', '.join(limits) or 'no block is null'}"
        found.append(Instance(where, seen if 0 not in laws else dict(laws[0]), mixture))
    return found


def _is_quartic(fact: Quartic) -> bool:
    return fact.gap_power.value > 1


def _judge_null(sentence: Statement, facts: Sequence[Quartic]) -> Finding:
    null = [fact for fact in facts if _is_quartic(fact)]
    laws = sorted({f"{1 / (16 * fact.gap.value):.4f}" for fact in null})
    largest = max(limit.error for f in null for limit in (f.gap, f.kl, f.growth, f.kl_power))
    values = (("t²·KL tends to", ", ".join(laws)), ("largest error of a limit", f"{largest:.1e}"))
    return sentences.judge(sentence, _instances(facts), values=values)


def limits(c: Expr, p: int | Fraction, a: Sym, index: Expr | None = None) -> Statement:
    """``a ← a(1 − c a^p + …)``: g, L, a_t and KL_t in their limits, the first two as a → 0."""
    t = Sym("t")

    def seen(name: str, shown: str) -> Seen:
        under = None if index is None or name != "g" else index.box()
        return Seen(name, letter(shown) if under is None else Script(letter(shown), under), index)

    a_t = Root(seen("a_t", f"{a.name}_t"), expr(p))
    more = p + 2
    return Both((
        Relation(Ratio(seen("g", "g"), a, expr(p)), "to", c),
        Relation(Ratio(seen("L", "L"), a, expr(more)), "to", times(Fraction(1, 4), c)),
        Relation(Ratio(a_t, t, expr(1), True), "to", inverse(times(2, c))),
        Relation(Ratio(seen("KL_t", "KL_t"), t, expr(Fraction(more) / p), True), "to",
                 inverse(times(16, c))),
    ))  # fmt: skip


def null_law(c: Expr, p: Any = 2) -> Statement:
    """T2 with a constant and an exponent: exactly the null blocks have the law."""
    return Every(M_, PLANES, Iff(equals(energy(), 0), limits(c, p, Sym("a"), M_)))


def near_laws(c: Expr, law: Any = null_law) -> tuple[Form, ...]:
    """The constant off by 2 %, the exponent by 0.02."""
    off = Fraction(2, 100)
    return tuple(map(form, (law(times(1 + off, c)), law(times(1 - off, c)), law(c, 2 + off),
                            law(c, 2 - off))))  # fmt: skip


C = (1 + energy(2 * M_)) / 2  # 1 for m = k/2, where 2m is the frequency 0

SUBLINEAR = Claim(
    id="T2",
    title="sublinear convergence in a null block",
    statement=f"With all energy in block $m$: {null_law(C).tex}.",
    source=f"math.md T2; {SUMMARY}, Open Question 3",
    depends=("S6", "E1"),
    theta=f"one block, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure_null,
    judge=_judge_null,
    stated=form(null_law(C)),
    mutants=(
        *near_laws(C),
        *(form(null_law((1 + other) / 2)) for other in (
            Num(Fraction(0)), energy(2), energy(M_ + 1), Extremum("max", None, energy(), PLANES),
            energy(2 * M_) ** Fraction(1, 2), energy(2 * M_ + 1),
        )),
    ),
)  # fmt: skip


def uniform_law(c: Expr, p: Any = 2) -> Statement:
    """T4c with a constant and an exponent: exactly uniform weights have the law."""
    return Iff(Every(J, Z_K, equals(PI[J], 1 / K)), limits(c, p, Sym("r")))


UNIFORM_C = 1 / (K - 1)

UNIFORM_RATE = Claim(
    id="T4c",
    title="uniform weights: t²·KL tends to (k−1)/16 on the simplex",
    statement=f"On regular simplices of radius $r$: {uniform_law(UNIFORM_C).tex}.",
    source="math.md T4",
    depends=("T4", "S6", "E1"),
    theta=f"regular simplices, |θ| ≤ {AMPLITUDES[0]}",
    measure=_measure_uniform_simplex,
    judge=_judge_null,
    stated=form(uniform_law(UNIFORM_C)),
    mutants=(
        *near_laws(UNIFORM_C, uniform_law),
        form(uniform_law(1 / (K - Fraction(98, 100)))),
        form(uniform_law(Num(Fraction(1, 2)))),
    ),
)
