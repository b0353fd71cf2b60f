"""Any maps T_j from R^p to R^d in the place of R^j: images and derivatives of index sums.

E_j is the density of N(T_jθ, I) at x over that of N(0, I), F_i that of N(ν_i, I) up to a constant,
S = Σ_jπ_jE_j and D = Σ_iα_iF_i. Of them only

    dE_j = E_j d(⟨x, T_jθ⟩ − ½|T_jθ|²),  dF_i = F_i d(⟨x, ν_i⟩ − ½|x|²)

is used, and nothing of the maps but what `words` uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from overspec.proofs.language.every import forms, words
from overspec.proofs.language.every.atoms import (
    COORDINATE,
    LOG,
    MEMBER,
    NUMBER,
    PARAMETERS,
    TABLE,
    Atom,
    Term,
    fresh,
    put,
    renamed,
)
from overspec.proofs.language.every.calculus import (
    SLOTTED,
    contracted,
    inner,
    responsibility,
)
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.every.sums import (
    ZERO,
    Sums,
    atom,
    collected,
    entry,
    number,
    vector,
)
from overspec.proofs.language.expression import Unevaluable

TRUTH = "D"  # Σ_i α_iF_i
CENTRES = "centres"  # the ν_i
HERE = "@"  # the index of the entry whose derivative is taken


def image(u: Sums, j: Form) -> Sums:
    """``T_j u``."""
    return _prefixed(u, j, False)


def back(u: Sums, j: Form) -> Sums:
    """``T_jᵀ u``."""
    return _prefixed(u, j, True)


def _prefixed(u: Sums, j: Form, transposed: bool) -> Sums:
    if u.terms and u.rank != 1:
        raise Unevaluable("a map applied to other than a vector")

    def moved(each: Atom) -> Atom:
        return words.prefixed(j, each, transposed) if each[0] in SLOTTED else each

    return collected(1, (((b, tuple((moved(a), n) for a, n in f)), c) for (b, f), c in u.terms))


def centre(i: Form) -> Sums:
    """ν_i."""
    return atom(MEMBER, 0, CENTRES, i, rank=1)


def share(i: Form) -> Sums:
    """``r_i = α_iF_i/D``, the truth's own responsibility."""
    return entry("alpha", i) * entry("F", i) * number(TRUTH, -1)


def along(f: Sums, letter: str, v: str) -> Sums:
    """The derivative of a number or a vector in x, θ or θ' along v.

    Raises:
        Unevaluable: an atom of which no derivative is known here.
    """
    out: list[tuple[Term, Fraction]] = []
    for (bound, factors), c in f.terms:
        for place, (each, n) in enumerate(factors):
            lower = (*factors[:place], (each, n - 1), *factors[place + 1 :])
            for (names, more), d in _change(each, letter, v):
                out.append(((bound | names, lower + more), c * n * d))
    return collected(f.rank, out)


def slope(f: Sums, letter: str) -> Sums:
    """The gradient of a number in x, θ or θ'."""
    if f.rank:
        raise Unevaluable("a gradient of other than a number")
    unit = _direction(letter)
    return _opened(along(f, letter, unit), unit, 1)


def spread(f: Sums) -> Sums:
    """``∇_x·f`` of a vector whose words are free of x.

    Raises:
        Unevaluable: the trace of a product of maps.
    """
    unit = _direction("x")
    return contracted(_opened(along(f, "x", unit), unit, 0), 0, 0)


def flux() -> Sums:
    """``D⁻¹ Σ_j T_jᵀ∇(w_jD)``."""
    density = number(TRUTH)
    total = over_all(lambda j: back(slope(responsibility(j) * density, "x"), j))
    return total * number(TRUTH, -1)


def _direction(letter: str) -> str:
    """A letter of the same space that no formula has."""
    return "dp" if letter in PARAMETERS else "dx"


def _opened(f: Sums, unit: str, rank: int) -> Sums:
    """The w, in slot 0, of what is ``⟨unit, w⟩`` with other factors."""
    out = []
    for (bound, factors), c in f.terms:
        new: list[tuple[Atom, int]] = []
        for each, n in factors:
            found = words.other_end(each, unit, 0)
            if found is None and unit in each:
                raise Unevaluable("a trace of maps")
            new.append((each, n) if found is None else (found, n))
        out.append(((bound, tuple(new)), c))
    return collected(rank, out)


def _change(each: Atom, letter: str, v: str) -> Iterator[tuple[Term, Fraction]]:
    """The derivative of an atom along v, as terms whose bound indices no other term has."""
    kind, name, *_ = each
    for one in words.with_letter(each, letter, v):
        yield (frozenset(), ((one, 1),)), Fraction(1)
    if kind == TABLE and name in _WEIGHTS:
        yield from _apart(_exponent(name, letter, v), each[2], (each, 1))
    elif kind == LOG or (kind == NUMBER and name in _TABLES):
        table, here = _TABLES[name], forms.variable(HERE)
        rate = entry(_WEIGHTS[table], here) * entry(table, here) * _exponent(table, letter, v)
        over = (((NUMBER, name), -1),) if kind == LOG else ()
        yield from _apart(rate.summed(HERE), (), *over)
    elif kind == COORDINATE or (kind == NUMBER and name == "G"):
        raise Unevaluable("a derivative beside a family")


_TABLES = {"S": "E", TRUTH: "F"}  # of which densities these are sums, and with which weights
_WEIGHTS = {"E": "pi", "F": "alpha"}


def _apart(value: Sums, form: Form, *more: tuple[Atom, int]) -> Iterator[tuple[Term, Fraction]]:
    """The terms of a value, times more, with a form for `HERE` and bound indices of their own."""
    for (bound, factors), c in value.terms:
        names = {name: fresh() for name in sorted(bound)}
        new = put(renamed(factors, names), HERE, form)
        yield (frozenset(names.values()), (*new, *more)), c


def _exponent(table: str, letter: str, v: str) -> Sums:
    """The derivative along v of the exponent of E or F at the index `HERE`."""
    here, point, moved = forms.variable(HERE), vector("x"), vector(v)
    if table == "E" and letter == "theta":
        return inner(point - image(vector("theta"), here), image(moved, here))
    if table == "E" and letter == "x":
        return inner(moved, image(vector("theta"), here))
    if table == "F" and letter == "x":
        return inner(centre(here) - point, moved)
    return ZERO
