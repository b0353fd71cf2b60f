"""The audit row on data that are not Gaussian (P10), settled on finite rational laws.

Each law is looked at exactly, but they are few: what is said of symmetric or isotropic laws is
measured on these, not proved. That the sentence fails is settled by a single one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations

from overspec.evidence import Evidence, Outcome
from overspec.mixture import Mixture
from overspec.proofs.language.expression import expr
from overspec.proofs.language.render import Row, Script, letter, number, sign
from overspec.proofs.language.statement import Both, If, Iff, Relation, Statement
from overspec.verify.claims.claim import SUMMARY, Claim, Finding, Form, Scope
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Given, Instance, Quantity


@dataclass(frozen=True)
class Law:
    """A finite centred law on the hyperplane Σ = 0 of R^k: equally likely rational atoms."""

    name: str
    mixture: Mixture  # with weights that are regular, for the local rate
    exchangeable: bool
    isotropic: bool  # covariance a multiple of the identity of the hyperplane
    anisotropy: Fraction  # largest entry of its distance from that multiple, relative
    keeps_simplex: bool  # simplex vertices, suitably scaled, are a fixed point of Lloyd
    keeps_rate: bool  # DM(0) = v (I − AᵀA): local rate as for a Gaussian of the same variance v


def _measure_laws(scope: Scope) -> tuple[Law, ...]:
    facts = []
    for k in sorted({*scope.ks, 3, 4}):
        base = tuple(Fraction(3 * j * j + 7 * (j == k - 1)) for j in range(k))
        mean = sum(base, Fraction(0)) / k
        centred = tuple(b - mean for b in base)
        orders = list(permutations(range(k)))
        facts.append(_law(f"all permutations of one vector, k = {k}", _moved(centred, orders)))
        if k > 2:
            shifts = [tuple(range(j, k)) + tuple(range(j)) for j in range(k)]
            facts.append(_law(f"cyclic shifts of one vector, k = {k}", _moved(centred, shifts)))
        if k == 4:
            even = [order for order in orders if _is_even(order)]
            facts.append(_law("even permutations of one vector, k = 4", _moved(centred, even)))
            facts.append(
                _law("even permutations of another vector, and two more, k = 4", _tilted(even))
            )
    return tuple(facts)


def _moved(
    vector: tuple[Fraction, ...], orders: Sequence[tuple[int, ...]]
) -> list[tuple[Fraction, ...]]:
    return [tuple(vector[j] for j in order) for order in orders]


def _is_even(order: tuple[int, ...]) -> bool:
    return sum(order[i] > order[j] for j in range(len(order)) for i in range(j)) % 2 == 0


def _tilted(even: Sequence[tuple[int, ...]]) -> list[tuple[Fraction, ...]]:
    """A law that is nearly isotropic: ±(1, −1, 1, −1) besides the even permutations."""
    corners = [tuple(map(Fraction, (9, -2, -3, -4)))]
    return [x for v in corners for x in _moved(v, even)] + [
        tuple(map(Fraction, signs)) for signs in ((1, -1, 1, -1), (-1, 1, -1, 1))
    ]


def _law(name: str, atoms: list[tuple[Fraction, ...]]) -> Law:
    k = len(atoms[0])
    span = range(k)
    covariance = [[_mean([x[a] * x[b] for x in atoms]) for b in span] for a in span]
    variance = covariance[0][0] * Fraction(k, k - 1)
    projector = [[Fraction(a == b) - Fraction(1, k) for b in span] for a in span]
    mixture = Mixture.simplex(k, [Fraction(j + 1, k * (k + 1) // 2) for j in span])
    weights = [value for value in mixture.weights if isinstance(value, Fraction)]
    gaussian = _times(variance, _jacobian(projector, weights))
    return Law(
        name,
        mixture,
        exchangeable=all(_swapped(atoms, i) == Counter(atoms) for i in range(k - 1)),
        isotropic=covariance == _times(variance, projector),
        anisotropy=_distance(covariance, _times(variance, projector)) / variance,
        keeps_simplex=_is_lloyd_fixed(atoms),
        keeps_rate=_jacobian(covariance, weights) == gaussian,
    )


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _distance(a: list[list[Fraction]], b: list[list[Fraction]]) -> Fraction:
    return max(abs(x - y) for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True))


def _swapped(atoms: list[tuple[Fraction, ...]], i: int) -> Counter[tuple[Fraction, ...]]:
    """The law with coordinates i and i+1 exchanged; these exchanges generate all permutations."""
    return Counter((*x[:i], x[i + 1], x[i], *x[i + 2 :]) for x in atoms)


def _is_lloyd_fixed(atoms: list[tuple[Fraction, ...]]) -> bool:
    """Whether each cell {x_j largest} has its centroid on the ray of vertex j, at one radius."""
    k = len(atoms[0])
    scales = set()
    for j in range(k):
        cell = [x for x in atoms if max(x) == x[j]]
        centroid = [_mean(column) for column in zip(*cell, strict=True)]
        others = {value for i, value in enumerate(centroid) if i != j}
        if len(others) != 1:
            return False
        scales.add(centroid[j])
    return len(scales) == 1


def _jacobian(covariance: list[list[Fraction]], weights: list[Fraction]) -> list[list[Fraction]]:
    """DM(0) = Σ_j π_j R^{−j} C R^j − Aᵀ C A for data of mean 0 and covariance C (R the shift)."""
    k = len(weights)
    span = range(k)

    def turned(i: int, j: int, a: int, b: int) -> Fraction:
        return covariance[(a + i) % k][(b + j) % k]

    return [
        [
            sum((weights[j] * turned(j, j, a, b) for j in span), Fraction(0))
            - sum(
                (weights[i] * weights[j] * turned(i, j, a, b) for i in span for j in span),
                Fraction(0),
            )
            for b in span
        ]
        for a in span
    ]


def _times(scale: Fraction, matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    return [[scale * entry for entry in row] for row in matrix]


def _does(keeps: bool) -> str:
    return "keeps" if keeps else "loses"


def _judge_laws(sentence: Statement, facts: Sequence[Law]) -> Finding:
    instances = [
        Instance(
            f"the uniform law on {law.name}: Lloyd {_does(law.keeps_simplex)} the simplex, "
            f"EM {_does(law.keeps_rate)} the Gaussian local rate",
            {"simplex": law.keeps_simplex, "rate": law.keeps_rate},
            law.mixture,
            {"law": law},
        )
        for law in facts
    ]
    values = (("cases", str(len(facts))),)
    return sentences.judge(sentence, instances, Evidence.MEASURED, values, exact=True)


SIMPLEX = Given(
    ("the simplex is a fixed point of Lloyd's map",),
    ("the simplex is no fixed point of Lloyd's map",),
    lambda m: m.seen["simplex"],
    "simplex",
)
_RATE = Row((letter("D"), letter("M"), sign("("), number(0), sign(")")))
_GAUSSIAN = Row((letter("v"), sign("("), letter("I"), sign("-", " − "),
                 Script(letter("A"), None, letter("T")), letter("A"), sign(")")))  # fmt: skip
RATE = Given(
    (Row((_RATE, sign("=", " = "), _GAUSSIAN)),),
    (Row((_RATE, sign(r"\ne", " ≠ "), _GAUSSIAN)),),
    lambda m: m.seen["rate"],
    "rate",
)
EXCHANGEABLE = Given(
    ("the law is symmetric under all permutations",),
    ("the law is not symmetric under all permutations",),
    lambda m: m.law.exchangeable,
)
ISOTROPIC = Given(
    ("the covariance is isotropic",),
    ("the covariance is not isotropic",),
    lambda m: m.law.isotropic,
)
NEARLY = Relation(
    Quantity(letter("anisotropy"), lambda m, env: m.law.anisotropy), "<=", expr(Fraction(2, 100))
)


def of_laws(simplex: Statement, rate: Statement) -> Form:
    """What is said of Lloyd's map, and of the local rate."""
    return form(Both((simplex, rate)))


NON_GAUSSIAN = Claim(
    id="P10",
    title="non-Gaussian data prevent the simplex and the rate",
    statement="Some laws that are not Gaussian keep the simplex, and the local rate of a Gaussian "
    "of their variance $v$. Of the finite laws listed: "
    f"{Both((If(EXCHANGEABLE, SIMPLEX), Iff(ISOTROPIC, RATE))).tex}.",
    source=f"{SUMMARY}, Mechanism 3, break condition",
    said="Non-Gaussian data prevents simplex formation, invalidating theoretical guarantees",
    depends=("S4",),
    theta="0",
    measure=_measure_laws,
    judge=_judge_laws,
    stated=of_laws(replace(SIMPLEX, denied=True), replace(RATE, denied=True)),
    amended=of_laws(If(EXCHANGEABLE, SIMPLEX), Iff(ISOTROPIC, RATE)),
    mutants=(
        of_laws(If(ISOTROPIC, SIMPLEX), Iff(ISOTROPIC, RATE)),
        of_laws(Iff(EXCHANGEABLE, SIMPLEX), Iff(ISOTROPIC, RATE)),
        of_laws(If(EXCHANGEABLE, SIMPLEX), Iff(EXCHANGEABLE, RATE)),
        of_laws(If(EXCHANGEABLE, SIMPLEX), If(NEARLY, RATE)),
    ),
    hypotheses=("what else keeps them, and the global statements for other data, are open here",),
    expected=Outcome.AMENDED,
)


CLAIMS = (NON_GAUSSIAN,)
