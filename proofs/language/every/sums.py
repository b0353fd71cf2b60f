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
_count = count()


def fresh() -> str:
    """The name of a new bound index."""
    return f"#{next(_count)}"


TABLE, DOT, COORDINATE, TRACE, ROOT, DELTA, NUMBER, VECTOR, MODE, TURN, LOG = range(11)
COSET, MEMBER, PAIR, WORD, GRAM = range(11, 16)
#: Which places of an atom are index forms.
_AT = {TABLE: (2,), DOT: (3,), COORDINATE: (2,), TRACE: (1,), ROOT: (1,), DELTA: (1,),
       VECTOR: (3,), MODE: (2,), TURN: (1,), COSET: (1,), MEMBER: (3,), PAIR: (3,),
       WORD: (2, 3), GRAM: (1, 2)}  # fmt: skip
#: Tables of 0 and 1: of 1 … ⌊k/2⌋, of one index in each coset of H, of any subset D.
HALF, REPRESENTATIVES, SUBSET = "half", "representatives", "D"
INDICATORS = (HALF, REPRESENTATIVES, SUBSET)
COSET_WEIGHT = "q"  # q_c = Σ_{j ∈ c + H} π_j
#: What is divided by besides powers of ω; none of them is 0.
POSITIVE = ("k", "d", "s", "S", "P", "G", COSET_WEIGHT)


def invertible(atom: Atom) -> bool:
    """Whether an atom never vanishes."""
    return atom[0] == ROOT or (atom[0] in (NUMBER, TABLE) and atom[1] in POSITIVE)


def indices_of(atom: Atom) -> tuple[Form, ...]:
    """Its index forms."""
    return tuple(atom[place] for place in _AT.get(atom[0], ()))


def _mapped(atom: Atom, change: Callable[[Form], Form]) -> Atom:
    parts = list(atom)
    for place in _AT.get(atom[0], ()):
        parts[place] = forms.modulo(change(atom[place]))
    match tuple(parts):
        case (kind, u, v, form) if kind == DOT:
            if u > v:
                return (DOT, v, u, forms.negative(form))
            return (DOT, u, v, forms.either(form) if u == v else form)
        case (kind, form) if kind in (DELTA, TRACE, COSET):
            return (NUMBER, "d") if kind == TRACE and not form else (kind, forms.either(form))
        case (kind, p, q) if kind == GRAM:  # |T_pθ|² = |θ|²
            return (DOT, "theta", "theta", ()) if p == q else (GRAM, *sorted((p, q)))
        case (kind, slot, p, q) if kind == WORD and p == q:  # T_pᵀT_p = I
            return (VECTOR, slot, "theta", ())
        case same:
            return same


def normal(atom: Atom) -> Atom:
    """An atom, its indices modulo k, the one of several ways to write it."""
    return _mapped(atom, lambda p: p)


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
        inverted = tuple(
            (_mapped(a, forms.negative), n) if a[0] == ROOT else (a, -n) for a, n in factors
        )
        return collected(0, [((bound, inverted), 1 / c)])

    def summed(self, name: str) -> Sums:
        """``Σ_name`` over Z/k."""
        bound = fresh()
        out = []
        for (names, factors), c in self.terms:
            free = _put(factors, name, forms.variable(bound))
            out.append(((names | {bound}, free), c))
        return collected(self.rank, out)

    def put(self, name: str, form: Form) -> Sums:
        """An index form in the place of a free index."""
        terms = (((b, _put(f, name, form)), c) for (b, f), c in self.terms)
        return collected(self.rank, terms)

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
    return Sums(rank, tuple(sorted(((t, c) for t, c in total.items() if c), key=repr)))


def multiplied(a: Sums, b: Sums, rank: int) -> Sums:
    """Products of terms, the bound indices of the second renamed apart."""
    out = []
    for (bound, factors), c in a.terms:
        for (others, more), d in b.terms:
            names = {name: fresh() for name in others}
            apart = _renamed(more, names)
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
        elif each[0] in (DELTA, COSET):
            if each[1]:
                out[each] = 1
        elif each[0] == TABLE and each[1] in INDICATORS:
            out[each] = 1
        else:
            out[each] = out.get(each, 0) + n
    exponent = forms.modulo(exponent)
    if exponent:
        out[(ROOT, exponent)] = 1
    return {a: n for a, n in out.items() if n}


_ONE = (DELTA, forms.either(forms.constant(1)))


@cache
def _normal(term: Term) -> Term | None:
    """The normal form of a term; None where it is 0."""
    bound, factors = term
    merged = _merged(factors)
    while (step := _rewritten(bound, merged)) is not None:
        bound, merged = step
    return None if _ONE in merged else _canonical(bound, merged)  # δ_1 = 0, because k ≥ 2


def _rewritten(bound: frozenset[str], merged: dict[Atom, int]) -> Any:
    """One step of the rules; None when none applies."""
    for each in merged:
        if each[0] == DELTA:
            found = _eliminated(each, bound, merged)
            if found is not None:
                return found
    for name in bound:
        at = [(a, n) for a, n in merged.items() if _has(a, name)]
        new = _one_sum(name, at)
        if new is not None:
            rest = [(a, n) for a, n in merged.items() if (a, n) not in at]
            return bound - {name}, _merged((*rest, *new))
    return None


def _has(each: Atom, name: str) -> bool:
    return any(forms.has(form, name) for form in indices_of(each))


def _eliminated(each: Atom, bound: frozenset[str], merged: dict[Atom, int]) -> Any:
    """``Σ_b δ(εb + r) f(b) = f(−εr)``, and ``δ(εm + r) f(m) = δ(εm + r) f(−εr)`` for a free m.

    Of bound indices one that no table has goes first. Of free ones the first by name goes always,
    so that no two take each other's place in turn.
    """
    others = [(a, n) for a, n in merged.items() if a != each]
    names = {name for monomial, _ in each[1] for name in monomial}
    tables = {n for a, _ in others if a[0] == TABLE for m, _ in a[2] for n in m}
    for name in sorted(names, key=lambda n: (n not in bound, n in bound and n in tables, n)):
        ends = forms.solved(each[1], name)
        if ends is None:
            continue
        value = ends[1] if ends[0] < 0 else forms.negative(ends[1])
        if name in bound:
            return bound - {name}, _merged(_put(others, name, value))
        if any(_has(a, name) for a, _ in others):
            return bound, _merged([*_put(others, name, value), (each, 1)])
        return None
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
        return [((NUMBER, "k"), 1), (normal((DELTA, q)), 1), ((ROOT, r), 1)]
    ends = [forms.solved(form, name) for a, _ in at for form in indices_of(a)]
    if any(end is None for end in ends):
        return None
    powers = [n for _, n in at]
    if sorted(a[:2] if a[0] == TABLE else a[:1] for a, _ in at) == _ONE_EACH:
        return []  # every coset has one representative
    if set(kinds) == {TABLE} and set(powers) == {1} and len({a[2] for a, _ in at}) == 1:
        tables = sorted(a[1] for a, _ in at)
        known = {("pi",): "P", ("E", "pi"): "S"}.get(tuple(tables))
        return None if known is None else [((NUMBER, known), 1)]
    if set(kinds) == {COORDINATE} and sum(powers) == 2 and min(powers) > 0:
        (a, b) = at if len(at) == 2 else (at[0], at[0])
        (sign, r), (other, t) = [forms.solved(x[0][2], name) or (0, ()) for x in (a, b)]
        if sign == other:  # Σ_b u_{b+r} v_{b+t} = ⟨u, R^{r−t}v⟩
            dot = normal((DOT, a[0][1], b[0][1], forms.minus(r, t)))
            return [(dot, 1)]
    return None


_ONE_EACH = [(TABLE, REPRESENTATIVES), (COSET,)]


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
        yield from _shifts(tuple(rest), _put(factors, name, value))


ZERO, ONE = Sums(0, ()), rational(1)
