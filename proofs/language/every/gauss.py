"""Expectations over x ~ N(0, I) of index sums that are polynomials in x, by Wick's formula.

``E x_a x_b …`` is the sum over all perfect matchings of ``δ_ab …``. The factors are tensors with a
leg for each x: ⟨x, R^p u⟩ and ⟨x, ν_p⟩ have one, R^p x one and an open slot, ⟨x, R^p x⟩ two.
A matching joins legs: two ends give an inner product, an end and a slot a vector, a link that is
closed the trace of a power of R; all powers are of one R, so they add. With other maps ⟨x, T_ju⟩ is
an end and T_jᵀx a slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from overspec.proofs.language.every import forms, words
from overspec.proofs.language.every.atoms import (
    COORDINATE,
    DOT,
    GRAM,
    LOG,
    MEMBER,
    NUMBER,
    PAIR,
    TABLE,
    TRACE,
    TURN,
    VECTOR,
    WORD,
    Atom,
    Term,
)
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.every.sums import Sums, collected
from overspec.proofs.language.expression import Unevaluable

Factors = tuple[tuple[Atom, int], ...]
#: ("end", u, p): R^p u; ("member", ν, p): ν_p; ("slot", a, p): R^p into slot a; ("link", "", p);
#: ("word", w, ()): the vector w; ("path", w, ()): the word w, which ends with x, for its maps.
Tensor = tuple[str, Any, Form]


def expected(f: Sums) -> Sums:
    """``E f`` for a polynomial in x; odd degrees have expectation 0.

    Raises:
        Unevaluable: f has E_j, S, G, a logarithm or single coordinates of x.
    """
    out: list[tuple[Term, Fraction]] = []
    for (bound, factors), c in f.terms:
        if any(map(_no_polynomial, (a for a, _ in factors))):
            raise Unevaluable("an expectation that is no polynomial")
        rest = tuple((a, n) for a, n in factors if not _in_x(a))
        tensors = tuple(_tensor(a) for a, n in factors if _in_x(a) for _ in range(n))
        if any(n < 0 and _in_x(a) for a, n in factors):
            raise Unevaluable("an expectation of a quotient")
        out += [((bound, rest + joined), c) for joined in _matchings(tensors)]
    return collected(f.rank, out)


def _no_polynomial(a: Atom) -> bool:
    numbers = ((NUMBER, "S"), (NUMBER, "G"), (NUMBER, "D"))
    return a[0] == LOG or a[:2] in (*numbers, (TABLE, "E"), (TABLE, "F"), (COORDINATE, "x"))


def _in_x(a: Atom) -> bool:
    if a[0] == DOT:
        return "x" in a[1:3]
    if a[0] == GRAM:
        return "x" in (a[2], a[5])
    places = {VECTOR: 2, PAIR: 1, WORD: 4}
    return a[0] in places and a[places[a[0]]] == "x"


def _tensor(a: Atom) -> Tensor:
    if a[0] == VECTOR:
        return ("slot", a[1], a[3])
    if a[0] == PAIR:
        return ("member", a[2], a[3])
    if a[0] == WORD:
        return ("path", a, ())
    if a[0] == GRAM:
        found = words.other_end(a, "x", 0)
        if found is None or _in_x(found):
            raise Unevaluable("an expectation of a trace of maps")
        return ("word", found, ())
    _, u, v, p = a  # ⟨u, R^p v⟩
    if u == v:
        return ("link", "", p)
    return ("end", v, p) if u == "x" else ("end", u, forms.negative(p))


def _matchings(tensors: tuple[Tensor, ...]) -> Iterator[Factors]:
    """What each perfect matching of the legs makes of the tensors.

    >>> x2 = ("link", "", ())
    >>> len(list(_matchings((x2,)))), len(list(_matchings((x2, x2, x2))))
    (1, 15)
    """
    if not tensors:
        yield ()
        return
    ordered = sorted(tensors, key=lambda t: t[0] != "link")
    first, *others = ordered
    if first[0] == "link":
        p = first[2]
        for rest in _matchings(tuple(others)):
            yield (((TRACE, forms.either(p)), 1), *rest)
        for i, other in enumerate(others):  # what its first leg is joined to
            left = tuple(others[:i] + others[i + 1 :])
            if other[0] == "link":  # either leg of it
                for q in (forms.minus(other[2], p), forms.plus(other[2], p)):
                    yield from _matchings((("link", "", q), *left))
            else:
                yield from _matchings((_moved(other, p), *left))
        return
    for i, other in enumerate(others):
        for rest in _matchings(tuple(others[:i] + others[i + 1 :])):
            yield ((_pair(first, other), 1), *rest)


def _moved(t: Tensor, p: Form) -> Tensor:
    """An end or a slot joined to the first leg of ⟨x, R^p x⟩: its leg is then the other one."""
    kind, name, q = t
    if kind in ("word", "path") or (kind == "member" and p):
        raise Unevaluable("R applied to a family")
    return (kind, name, forms.plus(q, p) if kind == "slot" else forms.minus(q, p))


def _pair(a: Tensor, b: Tensor) -> Atom:
    (one, u, p), (two, v, q) = sorted((a, b), key=lambda t: (t[0], str(t[1])))
    if "path" in (one, two) or "word" in (one, two):
        return _pair_of_words((one, u, p), (two, v, q))
    match one, two:
        case "end", "end":
            assert isinstance(u, str)
            assert isinstance(v, str)
            shift = forms.minus(q, p)
            return (DOT, u, v, forms.either(shift) if u == v else shift)
        case "end", "slot":
            return (VECTOR, v, u, forms.plus(p, q))
        case "end", "member" if not p:
            return (PAIR, u, v, q)
        case "member", "slot" if not q:
            return (MEMBER, v, u, p)
        case "slot", "slot":
            return (TURN, forms.minus(p, q))
    raise Unevaluable("an inner product in a family")


def _pair_of_words(a: Tensor, b: Tensor) -> Atom:
    """The same where maps other than R^j are in one of them."""
    match a, b:
        case ("path", _, _), ("path", _, _):
            raise Unevaluable("an expectation that is a product of maps")
        case ("path", w, _), other:
            family, path, _, _ = words.word_of(w)
            return words.behind((family, path), _vector(other), w[1])
        case other, ("path", _, _):
            return _pair_of_words(b, a)
        case ("slot", slot, ()), ("word", w, _):
            return words.vector(words.word_of(w), slot)
    return words.product(_vector(a), _vector(b))


def _vector(t: Tensor) -> Atom:
    """The vector that is paired with x."""
    match t:
        case "word", w, _:
            return w  # type: ignore[no-any-return]
        case "member", letter, q:
            return (MEMBER, 0, letter, q)
        case "end", letter, ():
            return (VECTOR, 0, letter, ())
    raise Unevaluable("powers of R beside a family")
