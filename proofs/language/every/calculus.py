"""Derivatives, expectations and products of vectors whose terms are index sums."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from overspec.proofs.language.every import forms
from overspec.proofs.language.every.sums import (  # fmt: skip
    COORDINATE,
    DOT,
    LOG,
    MODE,
    NUMBER,
    ROOT,
    TABLE,
    TRACE,
    TURN,
    VECTOR,
    ZERO,
    Atom,
    Sums,
    Term,
    collected,
    contracted,
    entry,
    multiplied,
    number,
)
from overspec.proofs.language.expression import Unevaluable


def slotted(value: Sums, slots: dict[int, int], rank: int) -> Sums:
    """The slots of vectors under other numbers."""

    def moved(each: Atom) -> Atom:
        if each[0] not in SLOTTED:
            return each
        return (each[0], slots.get(each[1], each[1]), *each[2:])

    terms = (((b, tuple((moved(a), n) for a, n in f)), c) for (b, f), c in value.terms)
    return collected(rank, terms)


SLOTTED = (VECTOR, MODE)


def inner(u: Sums, v: Sums) -> Sums:
    """``⟨u, v⟩``, bilinear."""
    if (u.terms and u.rank != 1) or (v.terms and v.rank != 1):
        raise Unevaluable("an inner product of other than vectors")
    both = multiplied(slotted(u, {0: -1}, 1), slotted(v, {0: -1}, 1), 0)
    return contracted(both, 0)


def outer(u: Sums, v: Sums) -> Sums:
    """``u vᵀ``."""
    if (u.terms and u.rank != 1) or (v.terms and v.rank != 1):
        raise Unevaluable("an outer product of other than vectors")
    return multiplied(u, slotted(v, {0: 1}, 1), 2)


def turned(u: Sums, form: forms.Form) -> Sums:
    """``R^form u``."""
    if u.terms and u.rank != 1:
        raise Unevaluable("R applied to other than a vector")
    out = []
    for (bound, factors), c in u.terms:
        new: list[tuple[Atom, int]] = []
        for each, n in factors:
            if each[0] == VECTOR:
                new.append(((VECTOR, 0, each[2], forms.plus(each[3], form)), n))
            elif each[0] == MODE:  # R^p f_m = ω^{mp} f_m
                new += [(each, n), ((ROOT, forms.times(each[2], form)), 1)]
            else:
                new.append((each, n))
        out.append(((bound, tuple(new)), c))
    return collected(1, out)


def applied(matrix: Sums, v: Sums) -> Sums:
    """``B v``."""
    out = Sums(1, ())
    for term, c in matrix.terms:
        out = out + _row(term, c, v)
    return out


def _row(term: Term, c: Fraction, v: Sums) -> Sums:
    bound, factors = term
    turns = [a for a, _ in factors if a[0] == TURN]
    if turns:
        rest = tuple((a, n) for a, n in factors if a not in turns)
        return multiplied(collected(0, [((bound, rest), c)]), turned(v, turns[0][1]), 1)
    one = slotted(collected(2, [(term, c)]), {1: -1}, 1)
    return contracted(multiplied(one, slotted(v, {0: -1}, 1), 1), 1)


def trace(matrix: Sums) -> Sums:
    """The trace of a matrix."""
    out = ZERO
    for (bound, factors), c in matrix.terms:
        turns = [a for a, _ in factors if a[0] == TURN]
        if turns:
            rest = [(a, n) for a, n in factors if a not in turns]
            new = (bound, (*rest, ((TRACE, turns[0][1]), 1)))
            out = out + collected(0, [(new, c)])
        else:
            one = collected(0, [((bound, factors), c)])
            out = out + contracted(slotted(one, {0: -1, 1: -1}, 0), 0)
    return out


def derivative(f: Sums, letter: str) -> Sums:
    """The derivative in a vector: of a number its gradient, of a vector its Jacobian.

    ``dE_j = E_j d⟨x, R^jθ⟩``, ``dS = Σ_l π_l dE_l`` and ``dG = −G ⟨x, dx⟩``.
    """
    if f.rank > 1:
        raise Unevaluable("a derivative of a matrix")
    out: list[tuple[Term, Fraction]] = []
    for (bound, factors), c in f.terms:
        for place, (each, n) in enumerate(factors):
            lower = (*factors[:place], (each, n - 1), *factors[place + 1 :])
            for names, new, sign in _slopes(each, letter, f.rank):
                out.append(((bound | names, lower + new), c * n * sign))
    return collected(f.rank + 1, out)


Slope = tuple[frozenset[str], tuple[tuple[Atom, int], ...], int]
NONE: frozenset[str] = frozenset()


def _slopes(each: Atom, letter: str, slot: int) -> Iterator[Slope]:
    """The derivative of an atom: bound indices, factors and sign of each of its terms."""
    kind = each[0]
    if kind == COORDINATE and each[1] == letter:
        raise Unevaluable("a derivative of a coordinate")
    if kind == VECTOR and each[2] == letter:
        yield NONE, (((TURN, each[3]), 1),), 1
    elif kind == DOT:
        _, u, v, p = each
        if u == letter:
            yield NONE, (((VECTOR, slot, v, p), 1),), 1
        if v == letter:
            yield NONE, (((VECTOR, slot, u, forms.negative(p)), 1),), 1
    elif kind == TABLE and each[1] == "E":
        for slope in _exponent(each[2], letter, slot):
            yield NONE, ((each, 1), slope), 1
    elif kind == NUMBER and each[1] == "S":
        yield from _partition(letter, slot, ())
    elif kind == LOG:
        yield from _partition(letter, slot, (((NUMBER, "S"), -1),))
    elif kind == NUMBER and each[1] == "G" and letter == "x":
        yield NONE, ((each, 1), ((VECTOR, slot, "x", ()), 1)), -1


def _partition(letter: str, slot: int, factors: tuple[tuple[Atom, int], ...]) -> Iterator[Slope]:
    one = forms.variable("#l")  # no other index has this name before it is renamed
    tables = (((TABLE, "pi", one), 1), ((TABLE, "E", one), 1))
    for slope in _exponent(one, letter, slot):
        yield frozenset({"#l"}), (*factors, *tables, slope), 1


def _exponent(j: forms.Form, letter: str, slot: int) -> Iterator[tuple[Atom, int]]:
    """The derivative of ``⟨x, R^jθ⟩``."""
    if letter == "theta":
        yield (VECTOR, slot, "x", forms.negative(j)), 1
    if letter == "x":
        yield (VECTOR, slot, "theta", j), 1


def expected(f: Sums) -> Sums:
    """``E f`` over x ~ N(0, I), for f of degree at most 2 in x and otherwise free of it."""
    out: list[tuple[Term, Fraction]] = []
    for (bound, factors), c in f.terms:
        if any(
            a[:2] in ((TABLE, "E"), (NUMBER, "S"), (NUMBER, "G"))
            or a[0] == LOG
            or a[:2] == (COORDINATE, "x")
            for a, _ in factors
        ):
            raise Unevaluable("an expectation that is no polynomial")
        out.append(((bound, _moment(factors)), c)) if _degree(factors) != 1 else None
    return collected(f.rank, out)


def _degree(factors: tuple[tuple[Atom, int], ...]) -> int:
    return sum(_in_x(a) * n for a, n in factors)


def _in_x(each: Atom) -> int:
    if each[0] == DOT:
        return int(each[1] == "x") + int(each[2] == "x")
    return int(each[0] == VECTOR and each[2] == "x")


def _moment(factors: tuple[tuple[Atom, int], ...]) -> tuple[tuple[Atom, int], ...]:
    """``E x_a x_b = δ_ab``, for factors of degree 0 or 2 in x."""
    degree = _degree(factors)
    if degree == 0:
        return factors
    inside = [a for a, n in factors if _in_x(a) for _ in range(n)]
    rest = tuple((a, n) for a, n in factors if not _in_x(a))
    if degree != 2:
        raise Unevaluable("a moment of degree above 2")
    if len(inside) == 1:  # ⟨x, R^p x⟩
        return (*rest, ((TRACE, forms.either(inside[0][3])), 1))
    a, b = inside
    if a[0] == VECTOR and b[0] == VECTOR:  # R^p x (R^q x)ᵀ
        a, b = sorted((a, b), key=lambda one: one[1])
        return (*rest, ((TURN, forms.minus(a[3], b[3])), 1))
    if a[0] == VECTOR:
        a, b = b, a
    u, p = _other(a)  # a is ⟨x, R^p u⟩
    if b[0] == VECTOR:  # R^q x ⟨x, R^p u⟩
        return (*rest, ((VECTOR, b[1], u, forms.plus(b[3], p)), 1))
    v, q = _other(b)
    shift = forms.minus(q, p)
    new = (DOT, u, v, shift) if u <= v else (DOT, v, u, forms.negative(shift))
    if u == v:
        new = (DOT, u, v, forms.either(shift))
    return (*rest, (new, 1))


def _other(dot: Atom) -> tuple[str, forms.Form]:
    """u and p with ``⟨x, R^p u⟩``."""
    _, u, v, p = dot
    return (v, p) if u == "x" else (u, forms.negative(p))


def at_zero(f: Sums, letter: str) -> Sums:
    """The value at x = 0 or θ = 0, where every E_j is 1."""
    out = []
    for (bound, factors), c in f.terms:
        if any(letter in a and a[0] in (DOT, VECTOR, COORDINATE) for a, _ in factors):
            continue  # a vector that is 0
        new: list[tuple[Atom, int]] = []
        for a, n in factors:
            if a[0] == LOG or (a[:2] == (NUMBER, "G")):
                raise Unevaluable("a value at 0")
            if a[:2] == (NUMBER, "S"):
                new.append(((NUMBER, "P"), n))
            elif a[:2] != (TABLE, "E"):
                new.append((a, n))
        out.append(((bound, tuple(new)), c))
    return collected(f.rank, out)


def responsibility(j: forms.Form) -> Sums:
    """``w_j = π_jE_j/S``."""
    return entry("pi", j) * entry("E", j) * number("S", -1)
