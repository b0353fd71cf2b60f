"""A derivation for every k: each step an identity of index sums, and instances at random k.

Two ways. The first reads both sides of a step as index sums and compares their normal forms, which
proves the step for every k, every orthogonal R with R^k = I and all weights (math.md, "Every k").
The second evaluates the trees at an exact instance with a random k from 7 to 40 by the code of the
nodes, and the index sums at one with a small k, where both must be the same numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product as pairs
from typing import Any

from overspec.proofs.language.derivation import Derivation, Method, StepFailure
from overspec.proofs.language.every import forms
from overspec.proofs.language.every.evaluate import entry, is_table, read
from overspec.proofs.language.every.sums import (  # fmt: skip
    COORDINATE,
    DELTA,
    DOT,
    LETTER,
    MODE,
    NUMBER,
    ROOT,
    TABLE,
    TRACE,
    TURN,
    VECTOR,
    Atom,
    Sums,
)
from overspec.proofs.language.expression import ONE, ZERO, Add, Expr, Unevaluable, flat, product
from overspec.proofs.language.operators import Chord2, Coefficient, Hat, K, Mode, Root_, V, X
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.reading.shared import functions_run, named
from overspec.proofs.language.statement import closed, equals, opened, relation
from overspec.proofs.language.theorem import Side, Step
from overspec.proofs.machinery.calculus import dot, identity

SMALL = (3, 4, 5)  # the k at which normal forms are evaluated

#: ``k(k − 1) … (k − 6)``: 0 for k ≤ 6, and not from 7 on.
LATE = product(*(K - n for n in range(7)))


def failures(derivation: Derivation, seed: int = 0) -> tuple[StepFailure, ...]:
    """What does not hold of a derivation that was built for every k; empty when it stands.

    >>> from overspec.proofs.identities.operator import em_operator
    >>> from overspec.proofs.machinery.symbolic import EVERY
    >>> failures(em_operator(EVERY))
    ()
    """
    rng = random.Random(seed)
    last = len(derivation.steps)
    found = [StepFailure(derivation.id, last, *failure) for failure in derivation.follows()]
    for number, step in enumerate(derivation.steps, start=1):
        if detail := unproved(step, derivation.unit):
            found.append(StepFailure(derivation.id, number, Method.SYMBOLIC, detail))
    if found:
        return tuple(found)  # it is not proved for every k, whatever the instances say
    large = tuple(derivation.witnesses(rng))
    for number, step in enumerate(derivation.steps, start=1):
        for failure in (*_translated(step, derivation, rng), *untrue(step, large, rng)):
            found.append(StepFailure(derivation.id, number, *failure))
    return tuple(found)


def unproved(step: Step, unit: bool = False) -> str:
    """Why the normal forms do not prove a step; empty where they do.

    Args:
        step: the step.
        unit: it is said of weights of sum 1.
    """
    try:
        left, right = normal_forms(step, unit)
    except Unevaluable as error:
        return f"{step.tex}: {error}"
    return "" if (left - right).is_zero else f"{step.tex}, for every k"


def untrue(step: Step, large: tuple[Any, ...], rng: random.Random) -> Iterator[tuple[Method, str]]:
    """Whether a step is false at a large k: where R has all frequencies, if it speaks of them."""
    spectral = (Mode, Coefficient, Hat, Root_, Chord2)
    witness = large[-1 if any(isinstance(node, spectral) for node in step.equation.walk()) else 0]
    if differ(step, witness, rng):
        yield Method.WITNESS, f"{step.tex}, k = {witness.k}"


def shared(derivation: Derivation) -> tuple[tuple[str, ...], ...]:
    """For each step, the functions that both ways run: found by running them."""
    rng = random.Random(0)
    small = derivation.at(min(SMALL))(rng)[0]  # the code of the nodes is the same for a large k
    found = []
    for step in derivation.steps:
        sides = (step.lhs.expression, step.rhs.expression)
        names = [q.index.name for q in step.lhs.around if q.over]
        free = {name: forms.variable(name) for name in names}
        first = functions_run(partial(_forms, *sides, free))
        second = functions_run(partial(_values, sides, small, dict.fromkeys(names, 1)))
        found.append(named(first & second))
    return tuple(found)


def _values(sides: tuple[Expr, Expr], m: Any, env: dict[str, int]) -> None:
    for side in sides:
        side.value(m, env)


def normal_forms(step: Step, unit: bool = False) -> tuple[Sums, Sums]:
    """Both sides as index sums, the indices around them free, and that of an entry of a table.

    Weights of sum 1 are a condition that the normal form itself does not know of.

    Raises:
        Unevaluable: a node that has no value for every k.
    """
    env = {q.index.name: forms.variable(q.index.name) for q in step.lhs.around if q.over}
    left, right = _forms(step.lhs.expression, step.rhs.expression, env)
    return (left.normalised, right.normalised) if unit else (left, right)


def _forms(left: Expr, right: Expr, env: dict[str, forms.Form]) -> tuple[Sums, Sums]:
    if is_table(left) and is_table(right):
        j = forms.variable(ENTRY)
        return entry(left, j, env), entry(right, j, env)
    return read(left, env), read(right, env)


ENTRY = "entry"


def places(side: Side, m: Any, rng: random.Random) -> Iterator[dict[str, int]]:
    """Values of the indices around a step: the first of each range and one at random."""
    names = [q.index.name for q in side.around if q.over is not None]
    ranges = [list(q.over.values(m, {})) for q in side.around if q.over is not None]
    taken = {tuple(r): [r[0], rng.choice(r[1:] or r)] for r in ranges}  # the same for equal ranges
    for values in pairs(*(taken[tuple(r)] for r in ranges)):
        yield dict(zip(names, values, strict=True))


def differ(step: Step, m: Any, rng: random.Random) -> bool:
    """Whether both sides are other numbers at an instance."""
    for env in places(step.lhs, m, rng):
        left = flat(step.lhs.expression.value(m, env))
        right = flat(step.rhs.expression.value(m, env))
        if step.rhs.expression == ZERO:
            right *= len(left)
        if len(left) != len(right) or any(a != b for a, b in zip(left, right, strict=True)):
            return True
    return False


def _translated(
    step: Step, derivation: Derivation, rng: random.Random
) -> Iterator[tuple[Method, str]]:
    """Where an index sum has another value than the tree that it was read from."""
    sides = normal_forms(step)
    m = derivation.at(rng.choice(SMALL))(rng)[0]
    for side, value in zip((step.lhs, step.rhs), sides, strict=True):
        for env in places(side, m, rng):
            known = flat(side.expression.value(m, env))
            over = [{**env, ENTRY: j} for j in range(m.k)] if is_table(side.expression) else [env]
            numbers = tuple(number for each in over for number in entries(value, m, each))
            if len(known) == 1 and known[0] == 0:
                known *= len(numbers)
            if len(known) != len(numbers) and not value.terms:
                numbers = numbers[:1] * len(known)
            if len(known) != len(numbers) or any(
                a != b for a, b in zip(known, numbers, strict=True)
            ):
                yield Method.TRANSLATION, f"{side.tex}, k = {m.k}"
                break


def entries(value: Sums, m: Any, env: dict[str, int]) -> tuple[Any, ...]:
    """The numbers that an index sum stands for in a model with coordinates."""
    total: list[Any] = [0] * (len(m.x) ** value.rank if value.rank else 1)
    for (bound, factors), c in value.terms:
        names = sorted(bound)
        for values in pairs(range(m.k), repeat=len(names)):
            at = {**env, **dict(zip(names, values, strict=True)), "k": m.k}
            numbers: list[Any] = [c]
            for each, n in sorted(factors, key=lambda f: _slot(f[0])):
                numbers = _times(numbers, _numbers(each, n, m, at))
            for i, number in enumerate(numbers):
                total[i] = total[i] + number
    return tuple(total)


def _slot(each: Atom) -> int:
    return int(each[1]) if each[0] in (VECTOR, MODE) else 0


def _times(left: list[Any], right: list[Any]) -> list[Any]:
    return [a * b for a in left for b in right]


def _numbers(each: Atom, n: int, m: Any, at: dict[str, int]) -> list[Any]:
    """The entries of a power of an atom."""
    match each:
        case (kind, table, form) if kind == TABLE:
            name = "boltzmann" if table == "E" else table
            return [getattr(m, name)[forms.at(form, at) % m.k] ** n]
        case (kind, u, v, form) if kind == DOT:
            return [dot(getattr(m, u), m.turn(getattr(m, v), forms.at(form, at))) ** n]
        case (kind, u, form) if kind == COORDINATE:
            return [getattr(m, u)[forms.at(form, at) % m.k] ** n]
        case (kind, form) if kind == ROOT:
            return [m.zeta(forms.at(form, at) * n)]
        case (kind, form) if kind == DELTA:
            return [int(forms.at(form, at) % m.k == 0)]
        case (kind, form) if kind == TRACE:
            return [sum(row[a] for a, row in enumerate(_matrix(m, forms.at(form, at)))) ** n]
        case (kind, form) if kind == TURN:
            return list(flat(_matrix(m, forms.at(form, at))))
        case (kind, _, letter, form) if kind == VECTOR:
            return list(m.turn(getattr(m, letter), forms.at(form, at)))
        case (kind, _, form) if kind == MODE:
            return list(m.mode(forms.at(form, at)))
        case (kind, name) if kind == LETTER:
            return [getattr(m, name) ** n]
        case (kind, name) if kind == NUMBER:
            return [_named(name, m) ** n]
    raise Unevaluable("a logarithm")


def _named(name: str, m: Any) -> Any:
    match name:
        case "k":
            return Fraction(m.k)
        case "s":
            return m.s
        case "G":
            return m.gauss
    return sum(m.pi) if name == "P" else dot(m.pi, m.boltzmann)


def _matrix(m: Any, power: int) -> tuple[Any, ...]:
    columns = [m.turn(e, power) for e in identity(len(m.x), m.s * 0 + 1)]
    return tuple(zip(*columns, strict=True))


# --- agreement with each k, and what is false from k = 7 on ---------------------------------------


def agrees(general: Derivation, particular: Derivation) -> bool:
    """Whether a derivation at one k says what the one for every k says, by the same steps.

    It may say more: polynomials that are written out for that k.
    """
    more = {step.equation for step in particular.steps}
    said = set(getattr(particular.statement, "parts", (particular.statement,)))
    all_said = getattr(general.statement, "parts", (general.statement,))
    return said.issuperset(all_said) and more.issuperset(s.equation for s in general.steps)


def late(derivation: Derivation) -> Iterator[tuple[Step, Step]]:
    """Each step, and the same with an error that vanishes for k ≤ 6."""
    for step in derivation.steps:
        around, inner = opened(step.equation)
        r = relation(inner)
        factor: Expr = ONE + LATE
        if r.rhs != ZERO:
            wrong_one = equals(r.lhs, product(factor, r.rhs))
        else:  # 0 times anything is 0: the error goes into the term that cancels the rest
            wrong_one = equals(_spoiled(r.lhs, factor), r.rhs)
        yield step, replace(step, equation=closed(around, wrong_one))


def _spoiled(e: Expr, factor: Expr) -> Expr:
    """An e that is 0, with the factor in the first term of its first sum a + b.

    Where it is 0 because x is symmetric, x is moved to x + (factor − 1) v. What an index runs over
    stays as it is.
    """
    done = False
    centred = e.has(X)

    def visit(node: Any) -> Any:
        nonlocal done
        if done or isinstance(node, Range):
            return node
        if centred and node == X:
            return Add((X, product(factor - ONE, V)))
        if not centred and isinstance(node, Add):
            done = True
            return Add((product(factor, node.terms[0]), *node.terms[1:]))
        return node.map(visit)

    out: Expr = visit(e)
    return out


def late_survivors(derivation: Derivation, seed: int = 0) -> tuple[str, ...]:
    """The steps that pass with an error that vanishes for k ≤ 6: by either way none must."""
    rng = random.Random(seed)
    large = tuple(derivation.witnesses(rng))
    kept = []
    for step, other in late(derivation):
        if not unproved(other, derivation.unit) or not list(untrue(other, large, rng)):
            kept.append(step.tex)
    return tuple(kept)
