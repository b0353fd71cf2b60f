"""Arithmetic on trees: lowest terms by SymPy, whatever is not arithmetic being an atom."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from overspec.proofs.language.expression import Add, Div, Expr, Mul, Num, Pow, product, total
from overspec.proofs.language.statement import DoesNotFollow


@lru_cache(maxsize=4096)  # a derivation and its mutants ask for the same again and again
def lowest(e: Expr) -> Expr:
    """The expression in lowest terms; whatever is not arithmetic is an atom.

    >>> from overspec.proofs.language.expression import Sym
    >>> from overspec.proofs.language.statement import equals
    >>> c = Sym("c")
    >>> print(equals(lowest(c * (1 / (2 * c)) ** 2 / 4), 0).text)
    1/(16c) = 0
    """
    names: dict[Expr, sympy.Symbol] = {}
    value = sympy.factor(to_sympy(e, names))
    back = {symbol: atom for atom, symbol in names.items()}
    return _from_sympy(value, back)


def by_terms(e: Expr, *letters: Expr) -> Expr:
    """A sum of products of powers of some letters, each with its coefficient in lowest terms.

    >>> from overspec.proofs.language.expression import Sym
    >>> from overspec.proofs.language.statement import equals
    >>> k, m, f = (Sym(name) for name in ("k", "m", "F"))
    >>> print(equals(by_terms((k**2 * f - k * f + m**2) / (2 * m), m, f), 0).text)
    (kF(k − 1))/(2m) + ½m = 0
    """
    names: dict[Expr, sympy.Symbol] = {}
    value = sympy.expand(to_sympy(e, names))
    symbols = [names[letter] for letter in letters if letter in names]
    found: dict[Any, Any] = {}
    for term in value.as_ordered_terms():
        coefficient, rest = term.as_independent(*symbols)
        found[rest] = found.get(rest, 0) + coefficient
    back = {symbol: atom for atom, symbol in names.items()}
    terms = ((sympy.factor(c) * rest, str(rest)) for rest, c in found.items())
    kept = sorted(((t, key) for t, key in terms if t != 0), key=lambda pair: pair[1])
    kept.sort(key=lambda pair: bool(pair[0].could_extract_minus_sign()))
    return total(*(_from_sympy(t, back) for t, _ in kept))


def to_sympy(e: Expr, names: dict[Expr, sympy.Symbol]) -> Any:
    """The arithmetic of an expression in SymPy; `names` collects the symbols of its atoms."""
    if e in names:
        return names[e]
    match e:
        case Num(q):
            return sympy.Rational(q.numerator, q.denominator)
        case Add(terms):
            return sympy.Add(*(to_sympy(t, names) for t in terms))
        case Mul(factors):
            return sympy.Mul(*(to_sympy(f, names) for f in factors))
        case Div(top, bottom):
            return to_sympy(top, names) / to_sympy(bottom, names)
        case Pow(base, Num(q)) if q.denominator == 1:
            return to_sympy(base, names) ** int(q)
    # atoms are named in the order in which they come, so that the printed order is stable
    inner = e.map(lambda child: lowest(child) if isinstance(child, Expr) else child)
    return names.setdefault(inner, sympy.Symbol(f"a{len(names):03d}"))


def _from_sympy(value: Any, back: dict[Any, Expr]) -> Expr:
    if value.is_Rational:
        return Num(Fraction(int(value.p), int(value.q)))
    if value in back:
        return back[value]
    if value.is_Add:
        terms = value.as_ordered_terms()
        if terms[0].could_extract_minus_sign():
            terms.sort(key=lambda t: bool(t.could_extract_minus_sign()))
        return total(*(_from_sympy(t, back) for t in terms))
    top, bottom = sympy.fraction(value)
    if bottom != 1 and not bottom.is_Number:
        bottom = sympy.factor(bottom)
        if top.could_extract_minus_sign():
            return -Div(_from_sympy(-top, back), _from_sympy(bottom, back))
        return Div(_from_sympy(top, back), _from_sympy(bottom, back))
    if value.is_Mul:
        order = sorted(value.args, key=lambda f: (not f.is_Number, f.is_Add, str(f)))
        return product(*(_from_sympy(f, back) for f in order))
    if value.is_Pow:
        return Pow(_from_sympy(value.base, back), Num(Fraction(int(value.exp))))
    raise DoesNotFollow(f"{value}: no rational function")
