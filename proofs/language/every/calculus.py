"""Derivatives and products of vectors and matrices whose terms are index sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from overspec.proofs.language.every import forms, words
from overspec.proofs.language.every.atoms import (
    COORDINATE,
    DOT,
    GRAM,
    LOG,
    MEMBER,
    MODE,
    NUMBER,
    PAIR,
    ROOT,
    TABLE,
    TRACE,
    TURN,
    VECTOR,
    WORD,
    Atom,
    Term,
    fresh,
    normal,
)
from overspec.proofs.language.every.sums import ZERO, Sums, collected, entry, multiplied, number
from overspec.proofs.language.expression import Unevaluable


def slotted(value: Sums, slots: dict[int, int], rank: int) -> Sums:
    """The slots of vectors under other numbers."""

    def moved(each: Atom) -> Atom:
        if each[0] not in SLOTTED:
            return each
        return (each[0], slots.get(each[1], each[1]), *each[2:])

    terms = (((b, tuple((moved(a), n) for a, n in f)), c) for (b, f), c in value.terms)
    return collected(rank, terms)


SLOTTED = (VECTOR, MODE, MEMBER, WORD)
TRUE_DENSITIES = ((TABLE, "F"), (NUMBER, "D"))  # which depend on x, and are known beside maps only


def inner(u: Sums, v: Sums) -> Sums:
    """``⟨u, v⟩``, bilinear, of vectors; of matrices entry by entry, ``tr uᵀv``."""
    if not u.terms or not v.terms:
        return ZERO
    if (u.rank, v.rank) == (2, 2):
        return _entrywise(u, v)
    if (u.rank, v.rank) != (1, 1):
        raise Unevaluable("an inner product of other shapes")
    both = multiplied(slotted(u, {0: -1}, 1), slotted(v, {0: -1}, 1), 0)
    return contracted(both, 0)


def _entrywise(a: Sums, b: Sums) -> Sums:
    """``tr aᵀb``: ``tr R^{−p}B``, or ``⟨u, u'⟩⟨v, v'⟩`` for ``uvᵀ`` and ``u'v'ᵀ``."""
    turning, rest = _split(a)
    out = ZERO
    for (bound, factors), c in turning.terms:
        ((kind, p),) = [x for x, _ in factors if x[0] == TURN]
        others = tuple((x, n) for x, n in factors if x[0] != kind)
        scale = collected(0, [((bound, others), c)])
        out = out + trace(multiplied(scale, _turned_rows(b, forms.negative(p)), 2))
    with_turn, plain = _split(b)
    if rest.terms and with_turn.terms:
        out = out + _entrywise(with_turn, rest)
    left, right = (slotted(m, {0: -1, 1: -2}, 2) for m in (rest, plain))
    return out + contracted(contracted(multiplied(left, right, 2), 1, -1), 0, -2)


def _split(matrix: Sums) -> tuple[Sums, Sums]:
    """The terms with a power of R, and those without."""
    powers = [any(a[0] == TURN for a, _ in factors) for (_, factors), _ in matrix.terms]
    pairs = list(zip(matrix.terms, powers, strict=True))
    return tuple(Sums(2, tuple(t for t, p in pairs if p is side)) for side in (True, False))  # type: ignore[return-value]


def _turned_rows(matrix: Sums, form: forms.Form) -> Sums:
    """``R^form B``."""
    out = []
    for (bound, factors), c in matrix.terms:
        new: list[tuple[Atom, int]] = []
        for each, n in factors:
            if each[0] == TURN:
                new.append(((TURN, forms.plus(each[1], form)), n))
            elif each[0] == VECTOR and each[1] == 0:
                new.append(((VECTOR, 0, each[2], forms.plus(each[3], form)), n))
            elif each[0] in SLOTTED and each[1] == 0:
                raise Unevaluable("R applied to other than a vector")
            else:
                new.append((each, n))
        out.append(((bound, tuple(new)), c))
    return collected(2, out)


def contracted(value: Sums, rank: int, slot: int = -1) -> Sums:
    """The two vectors in a slot contracted; the rest keep their order."""
    out = []
    for (bound, factors), c in value.terms:
        done = _contracted(bound, list(factors), slot)
        out.append((done, c))
    return collected(rank, out)


def _contracted(bound: frozenset[str], factors: list[tuple[Atom, int]], slot: int) -> Term:
    """``Σ_p`` of two vectors in a slot."""
    ends = [a for a, _ in factors if a[0] in SLOTTED and a[1] == slot]
    rest = tuple((a, n) for a, n in factors if a not in ends)
    if len(ends) == 1:  # both are the same atom, with power 2
        ends *= 2
    if any(a[0] in (MEMBER, WORD) for a in ends):
        return bound, (*rest, (words.product(*ends), 1))
    first, second = sorted(ends, key=lambda a: a[0])
    if second[0] == VECTOR:
        shift = forms.minus(second[3], first[3])
        return bound, (*rest, (normal((DOT, first[2], second[2], shift)), 1))
    name = fresh()
    here = forms.variable(name)
    back = (ROOT, forms.negative(forms.times(second[2], here)))  # (f_m)_a = ω^{−ma}
    if first[0] == VECTOR:  # (R^p u)_a = u_{a−p}
        more: Atom = (COORDINATE, first[2], forms.minus(here, first[3]))
    else:
        more = (ROOT, forms.negative(forms.times(first[2], here)))
    return bound | {name}, (*rest, (back, 1), (more, 1))


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
            elif each[0] in (MEMBER, WORD):
                raise Unevaluable("R applied to a family")
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
    if (kind in (PAIR, WORD, GRAM) and letter in each) or each[:2] in TRUE_DENSITIES:
        raise Unevaluable("a derivative in a family")
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


_LINEAR = (DOT, VECTOR, COORDINATE, PAIR, WORD, GRAM)  # atoms that are linear in each letter


def at_zero(f: Sums, letter: str) -> Sums:
    """The value at x = 0 or θ = 0, where every E_j is 1."""
    out = []
    for (bound, factors), c in f.terms:
        if any(
            letter in a and a[0] in (DOT, VECTOR, COORDINATE, PAIR, WORD, GRAM) for a, _ in factors
        ):
            continue  # a vector that is 0
        new: list[tuple[Atom, int]] = []
        for a, n in factors:
            if a[0] == LOG or a[:2] == (NUMBER, "G") or (letter == "x" and a[:2] in TRUE_DENSITIES):
                raise Unevaluable("a value at 0")
            if a[:2] == (NUMBER, "S"):
                new.append(((NUMBER, "P"), n))
            elif a[:2] != (TABLE, "E"):
                new.append((a, n))
        out.append(((bound, tuple(new)), c))
    return collected(f.rank, out)


def entries_moved(f: Sums, table: str, slope: Callable[[forms.Form], Sums]) -> Sums:
    """``Σ n t_p^{n−1} slope(p)`` over all entries t_p of a table: the derivative along slope.

    The slope has no bound index, so that those of f keep their names.
    """
    out = Sums(f.rank, ())
    for (bound, factors), c in f.terms:
        for place, (each, n) in enumerate(factors):
            if each[:2] != (TABLE, table):
                continue
            lower = (*factors[:place], (each, n - 1), *factors[place + 1 :])
            for (names, more), d in slope(each[2]).terms:
                if names:
                    raise Unevaluable("a slope with a sum")
                out = out + collected(f.rank, [((bound, lower + more), c * d * n)])
    return out


def responsibility(j: forms.Form) -> Sums:
    """``w_j = π_jE_j/S``."""
    return entry("pi", j) * entry("E", j) * number("S", -1)
