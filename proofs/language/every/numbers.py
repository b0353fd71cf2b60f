"""The numbers that an index sum stands for at an exact instance: the second look at its reading."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as pairs
from typing import Any

from overspec.proofs.language.every import forms
from overspec.proofs.language.every.atoms import (
    COORDINATE,
    COSET,
    COSET_WEIGHT,
    DELTA,
    DOT,
    DUAL,
    FAMILIES,
    GRAM,
    HALF,
    MEMBER,
    MODE,
    NUMBER,
    PAIR,
    PARAMETERS,
    REPRESENTATIVES,
    ROOT,
    SUBSET,
    TABLE,
    TRACE,
    TURN,
    VECTOR,
    WORD,
    Atom,
)
from overspec.proofs.language.every.sums import Sums
from overspec.proofs.language.expression import Unevaluable
from overspec.proofs.machinery.calculus import dot, identity


def entries(value: Sums, m: Any, env: dict[str, int]) -> tuple[Any, ...]:
    """The numbers that an index sum stands for in a model with coordinates."""
    total: list[Any] = []
    for (bound, factors), c in value.terms:
        names = sorted(bound)
        for values in pairs(range(m.k), repeat=len(names)):
            at = {**env, **dict(zip(names, values, strict=True)), "k": m.k}
            numbers: list[Any] = [c]
            for each, n in sorted(factors, key=lambda f: _slot(f[0])):
                numbers = _times(numbers, _numbers(each, n, m, at))
            total = [a + b for a, b in zip(total, numbers, strict=True)] if total else numbers
    return tuple(total) or (0,)


def _slot(each: Atom) -> int:
    return int(each[1]) if each[0] in (VECTOR, MODE, MEMBER, WORD) else 0


def _times(left: list[Any], right: list[Any]) -> list[Any]:
    return [a * b for a in left for b in right]


def _numbers(each: Atom, n: int, m: Any, at: dict[str, int]) -> list[Any]:
    """The entries of a power of an atom."""
    match each:
        case (kind, table, form) if kind == TABLE:
            return [_tabled(table, forms.at(form, at) % m.k, m, at) ** n]
        case (kind, u, v, form) if kind == DOT:
            return [dot(getattr(m, u), _turned(m, v, forms.at(form, at))) ** n]
        case (kind, u, form) if kind == COORDINATE:
            return [getattr(m, u)[forms.at(form, at) % m.k] ** n]
        case (kind, form) if kind == ROOT:
            return [m.zeta(forms.at(form, at) * n)]
        case (kind, form) if kind == DELTA:
            return [int(forms.at(form, at) % m.k == 0)]
        case (kind, form) if kind == COSET:  # H = nZ/k
            return [int(forms.at(form, at) % _index(m, at) == 0)]
        case (kind, form) if kind == DUAL:
            return [int(forms.at(form, at) * _index(m, at) % m.k == 0)]
        case (kind, form) if kind == TRACE:
            return [sum(row[a] for a, row in enumerate(_matrix(m, forms.at(form, at)))) ** n]
        case (kind, form) if kind == TURN:
            return [entry for row in _matrix(m, forms.at(form, at)) for entry in row]
        case (kind, _, letter, form) if kind == VECTOR:
            return list(_turned(m, letter, forms.at(form, at)))
        case (kind, _, form) if kind == MODE:
            return list(m.mode(forms.at(form, at)))
        case (kind, _, letter, form) if kind == MEMBER:
            return list(getattr(m, letter)[forms.at(form, at) % m.k])
        case (kind, u, letter, form) if kind == PAIR:
            return [dot(getattr(m, u), getattr(m, letter)[forms.at(form, at) % m.k]) ** n]
        case (kind, _, _, path, letter, form) if kind == WORD:
            return list(_imaged(path, letter, form, m, at))
        case (kind, _, u, p, path, v, q) if kind == GRAM:
            return [dot(_imaged((), u, p, m, at), _imaged(path, v, q, m, at)) ** n]
        case (kind, "|H|") if kind == NUMBER:
            return [Fraction(m.k // _index(m, at)) ** n]
        case (kind, name) if kind == NUMBER:
            return [(_number(name, m) + 0 * getattr(m, "s", 0)) ** n]
    raise Unevaluable("a logarithm")


def _imaged(path: Any, letter: str, form: Any, m: Any, at: dict[str, int]) -> Any:
    """A word from the entries of the maps: T_j, T_jᵀ in turns, the last for the letter's space."""
    u = getattr(m, letter)
    u = u[forms.at(form, at) % m.k] if letter in FAMILIES else u
    back = letter not in PARAMETERS
    for index in reversed(path):
        rows = m.maps[forms.at(index, at) % m.k]
        u = tuple(dot(row, u) for row in (zip(*rows, strict=True) if back else rows))
        back = not back
    return u


def _index(m: Any, at: dict[str, int]) -> int:
    """n where H = nZ/k: that of the step, or k/p for the subgroup of order p."""
    return at["n"] if "n" in at else m.k // at["p"]


def _tabled(table: str, j: int, m: Any, at: dict[str, int]) -> Any:
    """An entry of a table; what the reading keeps as a name, by what it stands for."""
    match table:
        case "E":
            return m.boltzmann[j]
        case "F":
            return m.truths[j]
        case str() if table == HALF:
            return int(1 <= j <= m.k // 2)
        case str() if table == REPRESENTATIVES:
            return int(j < _index(m, at))
        case str() if table == SUBSET:
            return at["D"] >> j & 1
        case str() if table == COSET_WEIGHT:
            return sum(m.pi[j % _index(m, at) :: _index(m, at)])
    return getattr(m, table)[j]


def _number(name: str, m: Any) -> Any:
    match name:
        case "P":
            return sum(m.pi)
        case "G":
            return m.gauss
        case "S":
            return dot(m.pi, m.boltzmann)
        case "D":
            return dot(m.alpha, m.truths)
        case "d" if not hasattr(m, "d"):
            return len(m.x)
    return getattr(m, name)


def _turned(m: Any, letter: str, power: int) -> Any:
    u = getattr(m, letter)
    return m.turn(u, power) if power % m.k else u


def _matrix(m: Any, power: int) -> tuple[Any, ...]:
    columns = [m.turn(e, power) for e in identity(len(m.x), m.s * 0 + 1)]
    return tuple(zip(*columns, strict=True))
