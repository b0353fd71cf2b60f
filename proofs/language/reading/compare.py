"""What the second reading of a step finds, against what the symbolic method found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.proofs.language.expression import Unevaluable
from overspec.proofs.language.reading import mixture as mixture  # brings its readings
from overspec.proofs.language.reading.reader import entries
from overspec.proofs.language.theorem import Step
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.identity import ZETA
from overspec.proofs.machinery.rational import exactly

Entries = tuple[Any, ...]


def disagreements(
    step: Step, symbols: tuple[Entries, Entries], at: Any, root: int | None
) -> Iterator[str]:
    """Where a second reading of a step is another than the first, in words.

    Args:
        step: the step.
        symbols: the entries of its two sides, by the symbolic method.
        at: the instance at which both sides are read.
        root: k when symbolic entries contain `ZETA`.
    """
    size = max(map(len, symbols))
    found: list[Entries] = []
    for side, known in zip((step.lhs, step.rhs), symbols, strict=True):
        try:
            values = exactly(_padded(entries(side.expression, side.around, at), size))
        except Unevaluable as error:
            yield f"{side.tex}: {error} has no second reading"
            return
        if not _same(_padded(known, size), values, at, root):
            yield f"{side.tex}, read again"
        found.append(values)
    left, right = found
    if len(left) != len(right) or any(a != b for a, b in zip(left, right, strict=True)):
        yield step.tex


def _padded(values: Entries, size: int) -> Entries:
    """A lone 0 stands for a zero of any shape."""
    return values * size if len(values) == 1 and values[0] == 0 else values


def _same(symbols: Entries, values: Entries, at: Any, root: int | None) -> bool:
    """Whether symbolic entries have the values that were read."""
    if not hasattr(at, "embed"):
        return translates(symbols, values, at.substitution or {}, root)
    embedded = at.embed(symbols)
    return len(embedded) == len(values) and all(
        a == b for a, b in zip(embedded, values, strict=True)
    )


def translates(
    symbols: tuple[Any, ...],
    values: tuple[Any, ...],
    substitution: Mapping[sympy.Symbol, sympy.Rational],
    root: int | None,
) -> bool:
    """Whether the symbolic entries take the values at the instance."""
    if len(values) != len(symbols):
        return False
    known: dict[Any, Any] = {s: mpq(int(q.p), int(q.q)) for s, q in substitution.items()}
    for entry, value in zip(symbols, values, strict=True):
        found = _number(sympy.sympify(entry), known)
        if found is not None:
            if found != value:
                return False
            continue
        number = sympy.sympify(entry).xreplace(dict(substitution))
        if root is not None and (number.has(ZETA) or isinstance(value, Cyclotomic)):
            total = Cyclotomic.of(root)
            for (power,), c in sympy.Poly(number, ZETA).terms():
                total += Cyclotomic.root(root, power) * Fraction(int(c.p), int(c.q))
            if total != value:
                return False
        elif not number.is_Rational or Fraction(int(number.p), int(number.q)) != value:
            return False
    return True


def _number(e: Any, known: dict[Any, Any]) -> Any:
    """The number that a rational function of known letters is; None where it is none."""
    if e in known:
        return known[e]
    if e.is_Rational:
        return mpq(int(e.p), int(e.q))
    if not (e.is_Add or e.is_Mul or (e.is_Pow and e.exp.is_Integer)):
        return None
    if e.is_Pow:
        base = _number(e.base, known)
        pole = base == 0 and e.exp < 0
        value = None if base is None or pole else base ** int(e.exp)
    else:
        parts = [_number(part, known) for part in e.args]
        if None in parts:
            return None
        value = sum(parts, mpq(0)) if e.is_Add else prod(parts, start=mpq(1))
    known[e] = value
    return value
