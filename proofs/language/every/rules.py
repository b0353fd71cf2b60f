"""The rules by which a sum over one index goes away: elimination, characters, closed sums."""

from __future__ import annotations

from typing import Any

from overspec.proofs.language.every import forms
from overspec.proofs.language.every.atoms import (  # fmt: skip
    COORDINATE,
    COSET,
    DELTA,
    DOT,
    DUAL,
    NUMBER,
    REPRESENTATIVES,
    ROOT,
    TABLE,
    Atom,
    gathered,
    indices_of,
    normal,
    put,
)

#: δ_1, which is 0 because k ≥ 2.
NEVER = (DELTA, forms.either(forms.constant(1)))


def rewritten(bound: frozenset[str], merged: dict[Atom, int]) -> Any:
    """One step of the rules; None when none applies."""
    for each in merged:
        if each[0] == DELTA:
            found = _eliminated(each, bound, merged)
            if found is not None:
                return found
    for name in sorted(bound):
        at = [(a, n) for a, n in merged.items() if _has(a, name)]
        new = _one_sum(name, at)
        if new is not None:
            rest = [(a, n) for a, n in merged.items() if (a, n) not in at]
            return bound - {name}, gathered((*rest, *new))
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
            return bound - {name}, gathered(put(others, name, value))
        if any(_has(a, name) for a, _ in others):
            return bound, gathered([*put(others, name, value), (each, 1)])
        return None
    return None


def _over_subgroup(name: str, at: dict[int, tuple[Atom, int]]) -> list[tuple[Atom, int]] | None:
    """``Σ_b [εb + r ∈ H] ω^{qb + t} = |H| [ω^{qh} = 1 on H] ω^{t − εqr}``.

    With l ∈ H the sum over H times 1 − ω^{ql} telescopes to 0.
    """
    ends = forms.solved(at[COSET][0][1], name)
    split = forms.linear(at[ROOT][0][1], name) if ROOT in at else ((), ())
    if ends is None or split is None:
        return None
    (sign, r), (q, t) = ends, split
    shift = forms.plus(t, forms.times(q, r), -sign)
    return [((NUMBER, "|H|"), 1), (normal((DUAL, q)), 1), ((ROOT, shift), 1)]


def _one_sum(name: str, at: list[tuple[Atom, int]]) -> list[tuple[Atom, int]] | None:
    """The sum over one index of the atoms that have it, where it has a closed form."""
    kinds = [a[0] for a, _ in at]
    if not at:
        return [((NUMBER, "k"), 1)]
    if COSET in kinds and set(kinds) <= {COSET, ROOT} and len(kinds) <= 2:
        return _over_subgroup(name, dict(zip(kinds, at, strict=True)))
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
        known = {("pi",): "P", ("E", "pi"): "S", ("F", "alpha"): "D"}.get(tuple(tables))
        return None if known is None else [((NUMBER, known), 1)]
    if set(kinds) == {COORDINATE} and sum(powers) == 2 and min(powers) > 0:
        (a, b) = at if len(at) == 2 else (at[0], at[0])
        (sign, r), (other, t) = [forms.solved(x[0][2], name) or (0, ()) for x in (a, b)]
        if sign == other:  # Σ_b u_{b+r} v_{b+t} = ⟨u, R^{r−t}v⟩
            dot = normal((DOT, a[0][1], b[0][1], forms.minus(r, t)))
            return [(dot, 1)]
    return None


_ONE_EACH = [(TABLE, REPRESENTATIVES), (COSET,)]
