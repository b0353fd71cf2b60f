"""Atoms of index sums: their kinds, where their indices stand, and the one way to write each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from overspec.proofs.language.every import forms
from overspec.proofs.language.every.forms import Form

Atom = tuple[Any, ...]
Term = tuple[frozenset[str], tuple[tuple[Atom, int], ...]]
FREE: Term = (frozenset(), ())
_count = count()


def fresh(letter: str = "#") -> str:
    """The name of a new index, bound unless it has a letter; in order of age.

    >>> fresh() < fresh() < "#c0", fresh("j") < fresh("j")
    (True, True)
    """
    return f"{letter}{next(_count):015}"


TABLE, DOT, COORDINATE, TRACE, ROOT, DELTA, NUMBER, VECTOR, MODE, TURN, LOG = range(11)
COSET, MEMBER, PAIR, WORD, GRAM, DUAL = range(11, 17)
#: Which places of an atom are index forms, and which tuples of them: paths.
_AT = {TABLE: (2,), DOT: (3,), COORDINATE: (2,), TRACE: (1,), ROOT: (1,), DELTA: (1,),
       VECTOR: (3,), MODE: (2,), TURN: (1,), COSET: (1,), MEMBER: (3,), PAIR: (3,),
       WORD: (5,), GRAM: (3, 6), DUAL: (1,)}  # fmt: skip
_PATHS = {WORD: 3, GRAM: 4}
#: Families of maps T_j from R^p to R^d: any, or any orthogonal ones.
ANY_MAPS, ORTHOGONAL = "T", "orthogonal T"
#: Letters of R^p; all others are of R^d. Families of vectors, of which one has an index.
PARAMETERS, FAMILIES = ("theta", "phi", "v", "dp"), ("nu", "centres")
#: Tables of 0 and 1: of 1 … ⌊k/2⌋, of one index in each coset of H, of any subset D.
HALF, REPRESENTATIVES, SUBSET = "half", "representatives", "D"
INDICATORS = (HALF, REPRESENTATIVES, SUBSET)
COSET_WEIGHT = "q"  # q_c = Σ_{j ∈ c + H} π_j
#: What is divided by besides powers of ω and weights of cosets; none of them is 0.
POSITIVE = ("k", "d", "s", "S", "P", "G", "D", "|H|")


def invertible(atom: Atom) -> bool:
    """Whether an atom never vanishes."""
    positive = atom[0] == NUMBER and atom[1] in POSITIVE
    return atom[0] == ROOT or positive or atom[:2] == (TABLE, COSET_WEIGHT)


def indices_of(atom: Atom) -> tuple[Form, ...]:
    """Its index forms."""
    path = atom[_PATHS[atom[0]]] if atom[0] in _PATHS else ()
    return (*path, *(atom[place] for place in _AT.get(atom[0], ())))


def _mapped(atom: Atom, change: Callable[[Form], Form]) -> Atom:
    parts = list(atom)
    for place in _AT.get(atom[0], ()):
        parts[place] = forms.modulo(change(atom[place]))
    if atom[0] in _PATHS:
        path = tuple(forms.modulo(change(form)) for form in atom[_PATHS[atom[0]]])
        parts[_PATHS[atom[0]]] = _shortened(path) if ORTHOGONAL in atom else path
    match tuple(parts):
        case (kind, u, v, form) if kind == DOT:
            if u > v:
                return (DOT, v, u, forms.negative(form))
            return (DOT, u, v, forms.either(form) if u == v else form)
        case (kind, form) if kind in (DELTA, TRACE, COSET, DUAL):
            return (NUMBER, "d") if kind == TRACE and not form else (kind, forms.either(form))
        case (kind, _, u, p, path, v, q) if kind == GRAM:  # ⟨u, Pv⟩ = ⟨v, Pᵀu⟩
            ends = min(((u, p), path, (v, q)), ((v, q), path[::-1], (u, p)))
            return _plain_product(ends) or (GRAM, atom[1], *ends[0], ends[1], *ends[2])
        case (kind, slot, _, (), letter, place) if kind == WORD:
            if letter in FAMILIES:
                return (MEMBER, slot, letter, place)
            return (VECTOR, slot, letter, ())
        case same:
            return same


def _shortened(path: tuple[Form, ...]) -> tuple[Form, ...]:
    """A path of orthogonal maps: T_pᵀT_p = T_pT_pᵀ = I."""
    out: list[Form] = []
    for form in path:
        if out and out[-1] == form:
            out.pop()
        else:
            out.append(form)
    return tuple(out)


def _plain_product(ends: Any) -> Atom | None:
    """⟨u, v⟩ or ⟨u, ν_q⟩ where no map is between them."""
    (u, p), path, (v, q) = ends
    if path or (u in FAMILIES and v in FAMILIES):
        return None
    if u in FAMILIES:
        return (PAIR, v, u, p)
    return (PAIR, u, v, q) if v in FAMILIES else (DOT, u, v, ())


def normal(atom: Atom) -> Atom:
    """An atom, its indices modulo k, the one of several ways to write it."""
    return _mapped(atom, lambda p: p)


def put(factors: Any, name: str, form: Form) -> tuple[tuple[Atom, int], ...]:
    return tuple((_mapped(a, lambda p: forms.put(p, name, form)), n) for a, n in factors)


def renamed(factors: Any, names: dict[str, str]) -> tuple[tuple[Atom, int], ...]:
    return tuple((_mapped(a, lambda p: forms.renamed(p, names)), n) for a, n in factors)


def gathered(factors: Iterable[tuple[Atom, int]]) -> dict[Atom, int]:
    """Equal atoms as powers, roots of unity as one, no atom that is 1."""
    out: dict[Atom, int] = {}
    exponent: Form = ()
    for each, n in factors:
        if each[0] == ROOT:
            exponent = forms.plus(exponent, each[1], n)
        elif each[0] in (DELTA, COSET, DUAL):
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
