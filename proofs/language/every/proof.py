"""A derivation for every k: each step an identity of index sums, and instances at random k.

Two ways. The first reads both sides of a step as index sums and compares their normal forms, which
proves the step for every k, every orthogonal R with R^k = I and all weights (math.md, "Every k"); a
step through which no index runs is an identity of rational functions, k being one of the letters.
The second evaluates the trees at an exact instance with a random k from 7 to 40 by the code of the
nodes, and the index sums at one with a small k, where both must be the same numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product as pairs
from typing import Any

from overspec.proofs.language.analysis import Computed
from overspec.proofs.language.derivation import (
    Derivation,
    Method,
    StepFailure,
    both,
    symbolic_entries,
)
from overspec.proofs.language.every import forms, sums
from overspec.proofs.language.every.evaluate import entry, is_table, read
from overspec.proofs.language.every.numbers import entries
from overspec.proofs.language.every.sums import Sums
from overspec.proofs.language.expression import (  # fmt: skip
    ONE,
    ZERO,
    Add,
    Expr,
    Item,
    Mul,
    Node,
    Num,
    Tuple,
    Unevaluable,
    flat,
    product,
)
from overspec.proofs.language.operators import (  # fmt: skip
    Chord2,
    Coefficient,
    Cosine,
    Hat,
    K,
    Mode,
    Root_,
    V,
    X,
)
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.reading.shared import functions_run, named
from overspec.proofs.language.statement import Every, closed, equals, opened, relation
from overspec.proofs.language.theorem import Side, Step
from overspec.proofs.machinery.identity import vanishes
from overspec.proofs.machinery.rational import exactly
from overspec.proofs.machinery.symbolic import LETTERS, SYMBOL

SMALL = (3, 4, 5)  # the k at which normal forms are evaluated
DEEP = 3
DRAWS = 12  # of indices, at some of which both sides of a false step may be 0

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
        if detail := unproved(step, derivation.model):
            found.append(StepFailure(derivation.id, number, Method.SYMBOLIC, detail))
    if found:
        return tuple(found)  # it is not proved for every k, whatever the instances say
    large = tuple(derivation.witnesses(rng))
    for number, step in enumerate(derivation.steps, start=1):
        small = derivation.small_instance(_size(step, derivation.model, rng), rng)
        for failure in (
            *mistranslated(step, derivation.model, small, rng),
            *untrue(step, large, rng),
        ):
            found.append(StepFailure(derivation.id, number, *failure))
    return tuple(found)


def _size(step: Step, model: Any, rng: random.Random) -> int:
    """A small k; the least one for sums over more than three indices, of which each has k."""
    try:
        values = [side for pair in normal_forms(step, model) for side in pair]
    except Unevaluable:
        values = []
    deepest = max((len(bound) for v in values for (bound, _), _ in v.terms), default=0)
    return rng.choice(SMALL if deepest <= DEEP else SMALL[:1])


def unproved(step: Step, model: Any = None) -> str:
    """Why a step is not proved for every k; empty where it is.

    Its two sides are the same index sum in normal form; or, where no index runs through them, the
    same rational function of its letters and k (`scalars`).
    """
    try:
        same = all((a - b).is_zero for a, b in normal_forms(step, model))
    except Unevaluable as error:
        try:
            pairs = zip(*both(step, scalars(step, model)), strict=True)
            same = all(vanishes(a - b) for a, b in pairs)
        except (Unevaluable, ArithmeticError, AttributeError, TypeError, ValueError):
            return f"{step.tex}: {error}"
    return "" if same else f"{step.tex}, for every k"


def untrue(step: Step, large: tuple[Any, ...], rng: random.Random) -> Iterator[tuple[Method, str]]:
    """Whether a step is false at a large k: where R has all frequencies, if it speaks of them."""
    spectral = (Mode, Coefficient, Hat, Root_, Chord2, Cosine)
    witness = large[-1 if any(isinstance(node, spectral) for node in step.equation.walk()) else 0]
    if differ(step, witness, rng):
        yield Method.WITNESS, f"{step.tex}, k = {witness.k}"


def shared(derivation: Derivation) -> tuple[tuple[str, ...], ...]:
    """For each step, the functions that both ways run: found by running them."""
    rng = random.Random(0)
    small = derivation.small_instance(min(SMALL), rng)  # the code is the same for a large k
    found = []
    for step in derivation.steps:
        env = next(places(step.lhs, small, rng))
        sides = step.lhs.expression, step.rhs.expression  # not what either way computes
        for known in (_parts, symbolic_entries):  # what is only looked up runs nothing
            known.cache_clear()
        first = functions_run(partial(unproved, step, derivation.model))
        second = functions_run(partial(_values, sides, small, env))
        found.append(named(first & second))
    return tuple(found)


def _values(sides: tuple[Expr, Expr], m: Any, env: dict[str, int]) -> None:
    for side in sides:
        side.value(m, env)


def scalars(step: Step, model: Any) -> Any:
    """The model with k a symbol: sums over Z/k have no value in it, and tables no entries.

    What both sides are there is a rational function of k and the letters of the step, so that an
    identity of them holds for every k.

    Raises:
        Unevaluable: the derivation has no such model, or the step has an index.
    """
    if model is None or step.lhs.around:
        raise Unevaluable("an index")
    indices = [i for side in (step.lhs, step.rhs) for i in _indices(side.expression)]
    if any(not isinstance(i, Num) or not 0 <= i.number < LETTERS for i in indices):
        raise Unevaluable("an index")
    return replace(model, k=SYMBOL)


def _indices(e: Node) -> Iterator[Expr]:
    """Of the entries of tables; the layout of what only code computes has none."""
    if isinstance(e, Item):
        yield e.index
    if not isinstance(e, Computed):
        for child in e.children():
            yield from _indices(child)


def normal_forms(step: Step, model: Any = None) -> tuple[tuple[Sums, Sums], ...]:
    """Both sides as index sums, the indices around them free, for each entry of theirs.

    Where the model has weights that sum to 1, so do these.

    Raises:
        Unevaluable: a node that has no value for every k.
    """
    unit = getattr(model, "normalised", False)
    found = []
    for env in _environments(step.lhs):
        pair = parts(step.lhs.expression, env), parts(step.rhs.expression, env)
        size = max(map(len, pair))
        sides = [side * size if side == [(sums.ZERO, ())] else side for side in pair]
        if len(sides[0]) != len(sides[1]):
            raise Unevaluable("sides of different shapes")
        for (a, _), (b, _) in zip(*sides, strict=True):
            found.append((a.with_unit_weights(), b.with_unit_weights()) if unit else (a, b))
    return tuple(found)


Part = tuple[Sums, tuple[str, ...]]  # an index sum, and the indices of its entries
ROW, COLUMN = "row", "column"


def parts(e: Expr, env: dict[str, forms.Form]) -> list[Part]:
    """An expression as index sums: one, one for each part of a tuple, or that of an entry."""
    return list(_parts(e, tuple(sorted(env.items()))))


@lru_cache(maxsize=1024)  # a step is read to be proved, to be compared with numbers, and spoiled
def _parts(e: Expr, indices: tuple[tuple[str, forms.Form], ...]) -> list[Part]:
    env = dict(indices)
    if isinstance(e, Tuple):
        return [value for part in e.parts for value in parts(part, env)]
    if isinstance(e, Mul) and sum(map(_is_several, e.factors)) == 1:
        (several,) = (f for f in e.factors if _is_several(f))
        scale = read(product(*(f for f in e.factors if not _is_several(f))), env)
        return [(scale * value, names) for value, names in parts(several, env)]
    row, column = map(forms.variable, (ROW, COLUMN))
    if hasattr(e, "square_for_every_k"):
        return [(e.square_for_every_k(row, column), (ROW, COLUMN))]
    if is_table(e):
        return [(entry(e, row, env), (ROW,))]
    return [(read(e, env), ())]


def _is_several(e: Expr) -> bool:
    return isinstance(e, Tuple) or is_table(e)


def _environments(side: Side) -> Iterator[dict[str, forms.Form]]:
    """Every index free, but one that runs over whole numbers which are the same for every k."""
    names = [q.index.name for q in side.around if q.over]
    ranges = [q.over for q in side.around if q.over]
    values = [_whole(over) or [forms.variable(n)] for n, over in zip(names, ranges, strict=True)]
    for chosen in pairs(*values):
        yield dict(zip(names, chosen, strict=True))


def _whole(over: Range) -> list[forms.Form]:
    ends = (over.start, over.stop)
    if over.name or not all(isinstance(end, Num) for end in ends):
        return []
    return [forms.constant(n) for n in over.values(None, {})]


def places(side: Side, m: Any, rng: random.Random) -> Iterator[dict[str, int]]:
    """Values of the indices around a step: the first of each range and one at random."""
    taken: dict[tuple[int, ...], list[int]] = {}  # the same for equal ranges

    def extended(env: dict[str, int], rest: list[Every]) -> Iterator[dict[str, int]]:
        if not rest:
            yield env
            return
        (first, *more) = rest
        assert first.over is not None
        values = tuple(first.over.values(m, env))
        if values not in taken:
            taken[values] = [values[0], rng.choice(values[1:] or values)]
        for value in taken[values]:
            yield from extended({**env, first.index.name: value}, more)

    yield from extended({}, [q for q in side.around if q.over is not None])


def differ(step: Step, m: Any, rng: random.Random) -> bool:
    """Whether both sides are other numbers at an instance."""
    for env in places(step.lhs, m, rng):
        left = exactly(flat(step.lhs.expression.value(m, env)))
        right = exactly(flat(step.rhs.expression.value(m, env)))
        if step.rhs.expression == ZERO:
            right *= len(left)
        if len(left) != len(right) or any(a != b for a, b in zip(left, right, strict=True)):
            return True
    return False


def mistranslated(
    step: Step, model: Any, m: Any, rng: random.Random
) -> Iterator[tuple[Method, str]]:
    """Where an index sum has another value than the tree that it was read from."""
    unit = getattr(model, "normalised", False)
    for side in (step.lhs, step.rhs):
        for env in places(side, m, rng):
            try:
                free = {n: forms.variable(n) for n in env}
                free |= {n: forms.constant(v) for n, v in env.items() if _fixed(side, n)}
                values = parts(side.expression, free)
            except Unevaluable:  # a rational function of k, with the code that the tree has
                break
            known = exactly(flat(side.expression.value(m, env)))
            sums_ = [(v.with_unit_weights() if unit else v, names) for v, names in values]
            numbers = tuple(n for v, names in sums_ for n in _everywhere(v, names, m, env))
            if len(known) == 1 and known[0] == 0:
                known *= len(numbers)
            if len(known) != len(numbers) and not any(value.terms for value, _ in values):
                numbers = numbers[:1] * len(known)
            if len(known) != len(numbers) or any(
                a != b for a, b in zip(known, numbers, strict=True)
            ):
                yield Method.TRANSLATION, f"{side.tex}, k = {m.k}"
                break


def _fixed(side: Side, name: str) -> bool:
    return any(bool(q.over and _whole(q.over)) for q in side.around if q.index.name == name)


def _everywhere(value: Sums, names: tuple[str, ...], m: Any, env: dict[str, int]) -> Iterator[Any]:
    """The numbers of all entries."""
    for at in pairs(range(m.k), repeat=len(names)):
        yield from entries(value, m, {**env, **dict(zip(names, at, strict=True))})


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
        seen = any(list(untrue(other, large, rng)) for _ in range(DRAWS))
        if not seen or not unproved(other, derivation.model):
            kept.append(step.tex)
    return tuple(kept)
