"""Normal forms of index sums: shift, renaming, orthogonality of characters.

A value is a sum of terms ``c Σ_{bound indices in Z/k} Π atoms``. The atoms: an entry of a table
(π_p, E_p, u_p), ⟨u, R^p v⟩, a coordinate u_p in the regular representation, tr R^p, ω^p, δ_p
(1 where p ≡ 0 modulo k), the numbers k, s, S = Σ_j π_jE_j, P = Σ_j π_j, G, a letter that may be
any number; and for vectors and matrices R^p u, f_p or R^p in a slot. Every rewriting is an equation
that holds for every k ≥ 1, every orthogonal R with R^k = I and all values of the letters (math.md,
"Every k"), so equal normal forms prove an equation for all of them. Different normal forms prove
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import count, permutations
from typing import Any

from overspec.proofs.language.every import forms
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.expression import Unevaluable

Atom = tuple[Any, ...]
Term = tuple[frozenset[str], tuple[tuple[Atom, int], ...]]
FREE: Term = (frozenset(), ())
_fresh = count()

TABLE, DOT, COORDINATE, TRACE, ROOT, DELTA, NUMBER, VECTOR, MODE, TURN, LOG, LETTER = range(12)
#: Which place of an atom is an index form.
_AT = {TABLE: 2, DOT: 3, COORDINATE: 2, TRACE: 1, ROOT: 1, DELTA: 1, VECTOR: 3, MODE: 2, TURN: 1}
INVERTIBLE = (ROOT, NUMBER)
LETTERS = frozenset("mnytpq")  # that may be any number


def index_of(atom: Atom) -> Form:
    """Its index form; () where it has none."""
    form: Form = atom[_AT[atom[0]]] if atom[0] in _AT else ()
    return form


def _mapped(atom: Atom, change: Callable[[Form], Form]) -> Atom:
    if atom[0] not in _AT:
        return atom
    place = _AT[atom[0]]
    form = forms.modulo(change(atom[place]))
    if atom[0] == DOT:
        _, u, v, _ = atom
        if u > v:
            return (DOT, v, u, forms.negative(form))
        return (DOT, u, v, forms.either(form) if u == v else form)
    if atom[0] in (DELTA, TRACE):
        form = forms.either(form)
    return (*atom[:place], form, *atom[place + 1 :])


@dataclass(frozen=True)
class Sums:
    """A linear combination of terms: of numbers (rank 0), vectors (1) or matrices (2).

    >>> entry("pi", forms.variable("j")).summed("j") == number("P")
    True
    """

    rank: int
    terms: tuple[tuple[Term, Fraction], ...]

    def __add__(self, other: Sums) -> Sums:
        if not self.terms or not other.terms:
            return self if self.terms else other
        if self.rank != other.rank:
            raise Unevaluable("a sum of different shapes")
        return collected(self.rank, (*self.terms, *other.terms))

    def __mul__(self, other: Sums | Fraction | int) -> Sums:
        if not isinstance(other, Sums):
            return collected(self.rank, ((t, c * other) for t, c in self.terms))
        if self.rank and other.rank:
            raise Unevaluable("a product of two vectors")
        return multiplied(self, other, self.rank + other.rank)

    __rmul__ = __mul__

    def __neg__(self) -> Sums:
        return self * -1

    def __sub__(self, other: Sums) -> Sums:
        return self + -other

    def __pow__(self, n: int) -> Sums:
        if n < 0:
            return self.inverse() ** -n
        out = ONE
        for _ in range(n):
            out = out * self
        return out

    def inverse(self) -> Sums:
        """1 over it, for a number that is a product of units."""
        if self.rank or len(self.terms) != 1:
            raise Unevaluable("a quotient by a sum")
        ((bound, factors), c), *_ = self.terms
        if bound or any(atom[0] not in INVERTIBLE for atom, _ in factors):
            raise Unevaluable("a quotient by what may be 0")
        inverted = tuple(
            (_mapped(a, forms.negative), n) if a[0] == ROOT else (a, -n) for a, n in factors
        )
        return collected(0, [((bound, inverted), 1 / c)])

    def summed(self, name: str) -> Sums:
        """``Σ_name`` over Z/k."""
        bound = f"#{next(_fresh)}"
        out = []
        for (names, factors), c in self.terms:
            free = _put(factors, name, forms.variable(bound))
            out.append(((names | {bound}, free), c))
        return collected(self.rank, out)

    def put(self, name: str, form: Form) -> Sums:
        """An index form in the place of a free index."""
        terms = (((b, _put(f, name, form)), c) for (b, f), c in self.terms)
        return collected(self.rank, terms)

    def slope(self, letter: str) -> Sums:
        """The derivative in a letter.

        Raises:
            Unevaluable: no letter that may be any number.
        """
        if letter not in LETTERS:
            raise Unevaluable(f"a derivative in {letter}")
        out = []
        for (bound, factors), c in self.terms:
            n = sum(power for each, power in factors if each == (LETTER, letter))
            rest = tuple(f for f in factors if f[0] != (LETTER, letter))
            out.append(((bound, (*rest, ((LETTER, letter), n - 1))), c * n))
        return collected(self.rank, out)

    @property
    def normalised(self) -> Sums:
        """With weights of sum 1: P is 1."""
        one = (NUMBER, "P")
        terms = (((b, tuple(f for f in fs if f[0] != one)), c) for (b, fs), c in self.terms)
        return collected(self.rank, terms)

    @property
    def is_zero(self) -> bool:
        """Whether the normal form is 0: then the value is, for every k."""
        return not self.terms


def collected(rank: int, terms: Iterable[tuple[Term, Fraction | int]]) -> Sums:
    """The sum of terms, each in its normal form, equal ones as one."""
    total: dict[Term, Fraction] = {}
    for term, c in terms:
        if c:
            normal = _normal(term)
            total[normal] = total.get(normal, Fraction(0)) + c
    return Sums(rank, tuple(sorted(((t, c) for t, c in total.items() if c), key=repr)))


def multiplied(a: Sums, b: Sums, rank: int) -> Sums:
    """Products of terms, the bound indices of the second renamed apart."""
    out = []
    for (bound, factors), c in a.terms:
        for (others, more), d in b.terms:
            names = {name: f"#{next(_fresh)}" for name in others}
            apart = _renamed(more, names)
            out.append(((bound | set(names.values()), factors + apart), c * d))
    return collected(rank, out)


def atom(*parts: Any, rank: int = 0, power: int = 1) -> Sums:
    """An atom as a value."""
    return collected(rank, [((frozenset(), ((_mapped(parts, lambda p: p), power),)), 1)])


def rational(c: Fraction | int) -> Sums:
    """A rational number."""
    return collected(0, [(FREE, Fraction(c))])


def number(name: str, power: int = 1) -> Sums:
    """k, s, S, P or G."""
    return atom(NUMBER, name, power=power)


def letter(name: str) -> Sums:
    """Any number."""
    return atom(LETTER, name)


def entry(table: str, form: Form) -> Sums:
    """An entry of a table: π, E or any numbers."""
    return atom(TABLE, table, form)


def vector(letter: str, form: Form = ()) -> Sums:
    """``R^form letter``."""
    return atom(VECTOR, 0, letter, form, rank=1)


def mode(form: Form) -> Sums:
    """``f_form``, with the coordinates ``ω^{−form·a}`` in the regular representation."""
    return atom(MODE, 0, form, rank=1)


def root(form: Form) -> Sums:
    """``ω^form``."""
    return atom(ROOT, form)


def delta(form: Form) -> Sums:
    """1 where the form is 0 modulo k, else 0."""
    return atom(DELTA, form)


def turn(form: Form) -> Sums:
    """The matrix R^form."""
    return atom(TURN, form, rank=2)


SHARED = 6  # bound indices whose orders are all compared


def _put(factors: Any, name: str, form: Form) -> tuple[tuple[Atom, int], ...]:
    return tuple((_mapped(a, lambda p: forms.put(p, name, form)), n) for a, n in factors)


def _renamed(factors: Any, names: dict[str, str]) -> tuple[tuple[Atom, int], ...]:
    return tuple((_mapped(a, lambda p: forms.renamed(p, names)), n) for a, n in factors)


def _merged(factors: Iterable[tuple[Atom, int]]) -> dict[Atom, int]:
    """Equal atoms as powers, roots of unity as one, no atom that is 1."""
    out: dict[Atom, int] = {}
    exponent: Form = ()
    for each, n in factors:
        if each[0] == ROOT:
            exponent = forms.plus(exponent, each[1], n)
        elif each[0] == DELTA:
            if each[1]:
                out[each] = 1
        else:
            out[each] = out.get(each, 0) + n
    exponent = forms.modulo(exponent)
    if exponent:
        out[(ROOT, exponent)] = 1
    return {a: n for a, n in out.items() if n}


@cache
def _normal(term: Term) -> Term:
    bound, factors = term
    merged = _merged(factors)
    while (step := _rewritten(bound, merged)) is not None:
        bound, merged = step
    return _canonical(bound, merged)


def _rewritten(bound: frozenset[str], merged: dict[Atom, int]) -> Any:
    """One step of the rules; None when none applies."""
    for each in merged:
        if each[0] == DELTA:
            found = _eliminated(each, bound, merged)
            if found is not None:
                return found
    for name in bound:
        at = [(a, n) for a, n in merged.items() if forms.has(index_of(a), name)]
        new = _one_sum(name, at)
        if new is not None:
            rest = [(a, n) for a, n in merged.items() if (a, n) not in at]
            return bound - {name}, _merged((*rest, *new))
    return None


def _eliminated(each: Atom, bound: frozenset[str], merged: dict[Atom, int]) -> Any:
    """``Σ_b δ(εb + r) f(b) = f(−εr)``, and ``δ(εm + r) f(m) = δ(εm + r) f(−εr)`` for a free m."""
    others = [(a, n) for a, n in merged.items() if a != each]
    names = {name for monomial, _ in each[1] for name in monomial}
    tables = {n for a, _ in others if a[0] == TABLE for m, _ in a[2] for n in m}
    for name in sorted(names, key=lambda n: (n not in bound, n in tables, n)):
        ends = forms.solved(each[1], name)
        if ends is None:
            continue
        value = ends[1] if ends[0] < 0 else forms.negative(ends[1])
        if name in bound:
            return bound - {name}, _merged(_put(others, name, value))
        if any(forms.has(index_of(a), name) for a, _ in others):
            return bound, _merged([*_put(others, name, value), (each, 1)])
    return None


def _one_sum(name: str, at: list[tuple[Atom, int]]) -> list[tuple[Atom, int]] | None:
    """The sum over one index of the atoms that have it, where it has a closed form."""
    kinds = [a[0] for a, _ in at]
    if not at:
        return [((NUMBER, "k"), 1)]
    if kinds == [ROOT]:  # Σ_b ω^{qb + r} = k δ_q ω^r
        split = forms.linear(at[0][0][1], name)
        if split is None:
            return None
        q, r = split
        return [((NUMBER, "k"), 1), (_mapped((DELTA, q), lambda p: p), 1), ((ROOT, r), 1)]
    ends = [forms.solved(index_of(a), name) for a, _ in at]
    if any(end is None for end in ends):
        return None
    powers = [n for _, n in at]
    if set(kinds) == {TABLE} and set(powers) == {1} and len({index_of(a) for a, _ in at}) == 1:
        tables = sorted(a[1] for a, _ in at)
        known = {("pi",): "P", ("E", "pi"): "S"}.get(tuple(tables))
        return None if known is None else [((NUMBER, known), 1)]
    if set(kinds) == {COORDINATE} and sum(powers) == 2 and min(powers) > 0:
        (a, b) = at if len(at) == 2 else (at[0], at[0])
        (sign, r), (other, t) = [forms.solved(index_of(x[0]), name) or (0, ()) for x in (a, b)]
        if sign == other:  # Σ_b u_{b+r} v_{b+t} = ⟨u, R^{r−t}v⟩
            dot = _mapped((DOT, a[0][1], b[0][1], forms.minus(r, t)), lambda p: p)
            return [(dot, 1)]
    return None


def _canonical(bound: frozenset[str], merged: dict[Atom, int]) -> Term:
    """The least of all that renaming and shifts of the bound indices make of a term."""
    if len(bound) > SHARED:
        raise Unevaluable(f"a sum over more than {SHARED} indices")
    best: Any = None
    for shifted in _shifts(tuple(sorted(bound)), tuple(merged.items())):
        for order in permutations([f"#c{i}" for i in range(len(bound))]):
            names = dict(zip(sorted(bound), order, strict=True))
            found = tuple(sorted(_merged(_renamed(shifted, names)).items(), key=repr))
            if best is None or repr(found) < repr(best):
                best = found
    return frozenset(f"#c{i}" for i in range(len(bound))), best


def _shifts(bound: tuple[str, ...], factors: Any) -> Iterator[Any]:
    """The factors with each bound index moved so that an atom has it alone, in every way."""
    if not bound:
        yield factors
        return
    name, *rest = bound
    ends: dict[tuple[int, Form], None] = {}
    for kinds in ((TABLE, COORDINATE), (DOT, VECTOR, TRACE, TURN)):
        for each, _ in factors:
            end = forms.solved(index_of(each), name) if each[0] in kinds else None
            if end is not None:
                ends[end] = None
        if ends:
            break
    for sign, r in ends or {(1, ()): None}:  # εb + r becomes b
        back = forms.minus(forms.variable(name), r)
        value = back if sign > 0 else forms.negative(back)
        yield from _shifts(tuple(rest), _put(factors, name, value))


def contracted(value: Sums, rank: int) -> Sums:
    """The slots of equal number contracted in pairs; the rest keep their order."""
    out = []
    for (bound, factors), c in value.terms:
        done = _contracted(bound, list(factors))
        out.append((done, c))
    return collected(rank, out)


def _contracted(bound: frozenset[str], factors: list[tuple[Atom, int]]) -> Term:
    """``Σ_p`` of two vectors in the slot −1."""
    ends = [a for a, _ in factors if a[0] in (VECTOR, MODE) and a[1] == -1]
    rest = tuple((a, n) for a, n in factors if a not in ends)
    if len(ends) == 1:  # both are the same atom, with power 2
        ends *= 2
    first, second = sorted(ends, key=lambda a: a[0])
    if second[0] == VECTOR:
        shift = forms.minus(second[3], first[3])
        return bound, (*rest, (_mapped((DOT, first[2], second[2], shift), lambda p: p), 1))
    name = f"#{next(_fresh)}"
    here = forms.variable(name)
    back = (ROOT, forms.negative(forms.times(second[2], here)))  # (f_m)_a = ω^{−ma}
    if first[0] == VECTOR:  # (R^p u)_a = u_{a−p}
        more: Atom = (COORDINATE, first[2], forms.minus(here, first[3]))
    else:
        more = (ROOT, forms.negative(forms.times(first[2], here)))
    return bound | {name}, (*rest, (back, 1), (more, 1))


ZERO, ONE = Sums(0, ()), rational(1)
