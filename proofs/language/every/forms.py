"""Index expressions: polynomials with whole coefficients in index variables, read modulo k."""

from __future__ import annotations

from collections.abc import Mapping

#: Monomials (sorted names) with their coefficients, sorted; () is the constant monomial.
Form = tuple[tuple[tuple[str, ...], int], ...]


def made(terms: Mapping[tuple[str, ...], int]) -> Form:
    """The form with these coefficients.

    >>> made({("j",): 1, ("m",): 0})
    ((('j',), 1),)
    """
    return tuple(sorted((m, c) for m, c in terms.items() if c))


def constant(c: int) -> Form:
    """A whole number."""
    return made({(): c})


def whole(p: Form) -> int | None:
    """The whole number that a form is; None where it has a variable."""
    rest = dict(p)
    c = rest.pop((), 0)
    return None if rest else c


def variable(name: str) -> Form:
    """An index variable."""
    return made({(name,): 1})


def plus(p: Form, q: Form, factor: int = 1) -> Form:
    """``p + factor·q``."""
    out = dict(p)
    for monomial, c in q:
        out[monomial] = out.get(monomial, 0) + factor * c
    return made(out)


def minus(p: Form, q: Form) -> Form:
    """``p − q``."""
    return plus(p, q, -1)


def negative(p: Form) -> Form:
    """``−p``."""
    return plus((), p, -1)


def times(p: Form, q: Form) -> Form:
    """``p q``."""
    out: dict[tuple[str, ...], int] = {}
    for a, c in p:
        for b, d in q:
            monomial = tuple(sorted(a + b))
            out[monomial] = out.get(monomial, 0) + c * d
    return made(out)


def put(p: Form, name: str, q: Form) -> Form:
    """p with q in the place of a variable."""
    out: Form = ()
    for monomial, c in p:
        rest = tuple(n for n in monomial if n != name)
        part = made({rest: c})
        for _ in range(len(monomial) - len(rest)):
            part = times(part, q)
        out = plus(out, part)
    return out


def renamed(p: Form, names: Mapping[str, str]) -> Form:
    """p with other names, no two of them the same."""
    return made({tuple(sorted(names.get(n, n) for n in m)): c for m, c in p})


def has(p: Form, name: str) -> bool:
    """Whether a variable occurs."""
    return any(name in monomial for monomial, _ in p)


def linear(p: Form, name: str) -> tuple[Form, Form] | None:
    """q and r with ``p = q·name + r``, both free of the variable; None if there are none.

    >>> linear(made({("j", "m"): 2, (): 1}), "j")
    (((('m',), 2),), (((), 1),))
    """
    q: dict[tuple[str, ...], int] = {}
    r: dict[tuple[str, ...], int] = {}
    for monomial, c in p:
        count = monomial.count(name)
        if count > 1:
            return None
        if count:
            q[tuple(n for n in monomial if n != name)] = c
        else:
            r[monomial] = c
    return made(q), made(r)


def solved(p: Form, name: str) -> tuple[int, Form] | None:
    """ε = ±1 and r with ``p = ε·name + r``; None if there are none."""
    found = linear(p, name)
    if found is None or found[0] not in (constant(1), constant(-1)):
        return None
    return found[0][0][1], found[1]


def modulo(p: Form) -> Form:
    """p without its multiples of k: the same modulo k."""
    return tuple((m, c) for m, c in p if "k" not in m)


def either(p: Form) -> Form:
    """One of p and −p, the same for both."""
    return min(p, negative(p))


def at(p: Form, values: Mapping[str, int]) -> int:
    """The value for whole numbers in the places of the variables."""
    total = 0
    for monomial, c in p:
        for name in monomial:
            c *= values[name]
        total += c
    return total
