"""Normal forms of index sums: shift, renaming, orthogonality of characters.

A value is a sum of terms ``c Σ_{bound indices in Z/k} Π atoms``. The atoms: an entry of a table
(π_p, E_p, u_p, the indicator of a subset), ⟨u, R^p v⟩, a coordinate u_p in the regular
representation, tr R^p, ω^p, δ_p (1 where p ≡ 0 modulo k), the same for a subgroup H of Z/k
(1 where p ∈ H), the numbers k, d, s, S = Σ_j π_jE_j, P = Σ_j π_j, G; for vectors and matrices
R^p u, f_p or R^p in a slot; and for any family of orthogonal T_j or of vectors ν_j their words
T_jᵀx, T_pᵀT_qθ, ⟨T_pθ, T_qθ⟩, ν_p, ⟨x, ν_p⟩. Every rewriting is an equation that holds for every
k ≥ 2, every orthogonal R with R^k = I and all values of the letters (math.md, "Every k"); so equal
normal forms prove an equation for all of them. Different normal forms prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import permutations
from typing import Any

from overspec.proofs.language.every import forms
from overspec.proofs.language.every.atoms import (  # fmt: skip
    COORDINATE,
    COSET,
    DELTA,
    DOT,
    DUAL,
    FREE,
    GRAM,
    MEMBER,
    MODE,
    NUMBER,
    PAIR,
    POSITIVE,
    ROOT,
    TABLE,
    TRACE,
    TURN,
    VECTOR,
    WORD,
    Atom,
    Term,
    fresh,
    gathered,
    indices_of,
    invertible,
    normal,
    put,
    renamed,
)
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.every.rules import NEVER, rewritten
from overspec.proofs.language.expression import Unevaluable


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
        """1 over it, for a number that is a product of units, or ``a + bδ_p`` with rational a, b.

        As δ is 0 or 1, ``1/(a + bδ) = 1/a − b/(a(a + b)) δ``.
        """
        constant = dict(self.terms).get(FREE, Fraction(0))
        if not self.rank and len(self.terms) == 2 and constant:
            rest = self - rational(constant)
            ((bound, factors), b), *_ = rest.terms
            if not bound and [a[0] for a, _ in factors] == [DELTA] and constant + b:
                slope = -1 / (constant * (constant + b))
                return rational(1 / constant) + rest * slope
        if self.rank or len(self.terms) != 1:
            raise Unevaluable("a quotient by a sum")
        ((bound, factors), c), *_ = self.terms
        if bound or not all(invertible(atom) for atom, _ in factors):
            raise Unevaluable("a quotient by what may be 0")
        inverted = tuple((a, -n) for a, n in factors)  # a power of ω by its exponent
        return collected(0, [((bound, inverted), 1 / c)])

    def summed(self, name: str) -> Sums:
        """``Σ_name`` over Z/k."""
        bound = fresh()
        out = []
        for (names, factors), c in self.terms:
            free = put(factors, name, forms.variable(bound))
            out.append(((names | {bound}, free), c))
        return collected(self.rank, out)

    def put(self, name: str, form: Form) -> Sums:
        """An index form in the place of a free index."""
        terms = (((b, put(f, name, form)), c) for (b, f), c in self.terms)
        return collected(self.rank, terms)

    def slope(self, letter: str) -> Sums:
        """The derivative in a letter that stands for any number.

        Raises:
            Unevaluable: one that other atoms depend on.
        """
        if letter in POSITIVE:
            raise Unevaluable(f"a derivative in {letter}")
        out = []
        for (bound, factors), c in self.terms:
            n = sum(power for each, power in factors if each == (NUMBER, letter))
            rest = tuple(f for f in factors if f[0] != (NUMBER, letter))
            out.append(((bound, (*rest, ((NUMBER, letter), n - 1))), c * n))
        return collected(self.rank, out)

    def with_unit_weights(self) -> Sums:
        """The value where ``Σ_j π_j = 1``."""
        terms = (((b, tuple(x for x in f if x[0] != (NUMBER, "P"))), c) for (b, f), c in self.terms)
        return collected(self.rank, terms)

    @property
    def is_zero(self) -> bool:
        """Whether the normal form is 0: then the value is, for every k."""
        return not self.terms


def collected(rank: int, terms: Iterable[tuple[Term, Fraction | int]]) -> Sums:
    """The sum of terms, each in its normal form, equal ones as one."""
    total: dict[Term, Fraction] = {}
    for term, c in terms:
        normal = _normal(term) if c else None
        if normal is not None:
            total[normal] = total.get(normal, Fraction(0)) + c
    return Sums(rank, tuple(sorted(((t, c) for t, c in total.items() if c), key=_place)))


def _place(pair: tuple[Term, Fraction]) -> tuple[int, str]:
    """Where a term stands: a set of names would be written in the order of their hashes."""
    (bound, factors), _ = pair
    return len(bound), repr(factors)


def multiplied(a: Sums, b: Sums, rank: int) -> Sums:
    """Products of terms, the bound indices of the second renamed apart."""
    out = []
    for (bound, factors), c in a.terms:
        for (others, more), d in b.terms:
            names = {name: fresh() for name in sorted(others)}
            apart = renamed(more, names)
            out.append(((bound | set(names.values()), factors + apart), c * d))
    return collected(rank, out)


def atom(*parts: Any, rank: int = 0, power: int = 1) -> Sums:
    """An atom as a value."""
    return collected(rank, [((frozenset(), ((normal(parts), power),)), 1)])


def rational(c: Fraction | int) -> Sums:
    """A rational number."""
    return collected(0, [(FREE, Fraction(c))])


def number(name: str, power: int = 1) -> Sums:
    """k, d, s, S, P, G, or a letter that stands for any number."""
    return atom(NUMBER, name, power=power)


def entry(table: str, form: Form) -> Sums:
    """An entry of π, E or u."""
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


def in_subgroup(form: Form) -> Sums:
    """1 where the form is in the subgroup H of Z/k, else 0."""
    return atom(COSET, form)


def trivial_on_subgroup(form: Form) -> Sums:
    """1 where ``ω^{form·h} = 1`` for every h of the subgroup H, else 0."""
    return atom(DUAL, form)


SHARED = 6  # bound indices whose orders are all compared


def _normal(term: Term) -> Term | None:
    """The normal form of a term; None where it is 0."""
    bound, factors = term
    if not bound:
        return _computed(term)
    names = {name: f"#n{i}" for i, name in enumerate(sorted(bound))}
    return _computed((frozenset(names.values()), renamed(factors, names)))


@cache  # by names that do not depend on how many indices there were before
def _computed(term: Term) -> Term | None:
    bound, factors = term
    merged = gathered(factors)
    while (step := rewritten(bound, merged)) is not None:
        bound, merged = step
    return None if NEVER in merged else _canonical(bound, merged)  # δ_1 = 0, because k ≥ 2


def _canonical(bound: frozenset[str], merged: dict[Atom, int]) -> Term:
    """The least of all that renaming and shifts of the bound indices make of a term."""
    if len(bound) > SHARED:
        raise Unevaluable(f"a sum over more than {SHARED} indices")
    moving = {a for a in merged if any(forms.has(f, n) for f in indices_of(a) for n in bound)}
    still = [(normal(a), n) for a, n in merged.items() if a not in moving]
    best: Any = None
    for shifted in _shifts(tuple(sorted(bound)), [(a, merged[a]) for a in merged if a in moving]):
        for order in permutations([f"#c{i}" for i in range(len(bound))]):
            names = dict(zip(sorted(bound), order, strict=True))
            found = gathered(renamed(shifted, names)).items()
            written = sorted(map(repr, found))
            if best is None or written < best[0]:
                best = written, found
    whole = gathered([*still, *best[1]]).items()
    return frozenset(f"#c{i}" for i in range(len(bound))), tuple(sorted(whole, key=repr))


_OTHERS = (DOT, VECTOR, TRACE, TURN, MEMBER, PAIR, WORD, GRAM)


def _shifts(bound: tuple[str, ...], factors: Any) -> Iterator[Any]:
    """The factors with each bound index moved so that an atom has it alone, in every way."""
    if not bound:
        yield factors
        return
    name, *rest = bound
    ends: dict[tuple[int, Form], None] = {}
    for kinds in ((TABLE, COORDINATE), _OTHERS):
        for form in (form for each, _ in factors if each[0] in kinds for form in indices_of(each)):
            end = forms.solved(form, name)
            if end is not None:
                ends[end] = None
        if ends:
            break
    for sign, r in ends or {(1, ()): None}:  # εb + r becomes b
        back = forms.minus(forms.variable(name), r)
        value = back if sign > 0 else forms.negative(back)
        yield from _shifts(tuple(rest), put(factors, name, value))


ZERO, ONE = Sums(0, ()), rational(1)
