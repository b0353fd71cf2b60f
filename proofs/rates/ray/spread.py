"""Values in an interval of length ρ: the variance of a square is ρ⁴/16 at most, κ₄ is ρ⁴/24."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from overspec.proofs.language.analysis import Table
from overspec.proofs.language.every import sums
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.expression import Expr, Num, Sym, total
from overspec.proofs.language.lemmas import coefficient, nonnegative
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import PI, J, over
from overspec.proofs.language.render import Accent
from overspec.proofs.language.statement import DoesNotFollow, Relation, Statement, relation
from overspec.proofs.language.theorem import Theorem, step
from overspec.proofs.machinery.calculus import dot
from overspec.proofs.machinery.expansion import Point

Y, Z, F = Sym("Y"), Sym("Z"), Sym("f")
_M, _N, _Y = Sym("m"), Sym("n"), Sym("y")
WIDTH, GAP_ = _M + _N, _N - _M
LINEAR = "where the linear part vanishes"


def bar(table: Sym) -> Expr:
    """The table less its mean under the weights."""
    return Table(table, _away, Accent(table.box(), "bar"), _gaps, _centred)


def _away(m: Point, values: Any) -> Any:
    mean_ = dot(m.pi, values)
    return tuple(value - mean_ for value in values)


def _gaps(m: Point, values: Any) -> Any:
    """The same as mean gaps to the others, Σ_l π_l(v_j − v_l): the weights sum to 1."""
    pairs = list(zip(m.pi, values, strict=True))
    return tuple(sum(p * (value - other) for p, other in pairs) for value in values)


def _centred(entry: Callable[[Any], Any], p: Any) -> Any:
    return entry(p) - over_all(lambda l_: sums.entry("pi", l_) * entry(l_))


def mean(body: Expr) -> Expr:
    """The mean under the weights of something with index j."""
    return over(J, PI[J] * body)


def chord(eighth: int = 8, half: int = 2) -> tuple[Theorem, Theorem]:
    """The variance of Ȳ² is at most ρ⁴/16, ρ the range of Y: in two steps."""
    square = WIDTH**2 / eighth
    constant = WIDTH**4 / 64 + 3 * _M * _N * GAP_**2 / 4
    line = (3 * GAP_**3 / 4 + _M * _N * GAP_) * _Y
    above = step(
        "Values y = Ȳ in [−m, n], ρ = m + n, D = n − m: a line lies above a quartic. Take "
        f"the mean, {LINEAR}: E(Ȳ² − ρ²/8)² is at most the constant.",
        constant + line - (_Y**2 - square) ** 2,
        (_Y + _M) * (_N - _Y) * ((_Y + GAP_ / 2) ** 2 + GAP_**2 / half),
        "expand; ρ² = D² + 4mn",
    )
    largest = step(
        "So the variance of Ȳ² is at most ρ⁴/16, and Cov(Ȳ²,Z̄²) at most ρ_Y²ρ_Z²/16.",
        constant,
        WIDTH**4 / 16 - 3 * (_M * _N - square) ** 2,
        "ρ² = D² + 4mn",
    )
    return above, largest


def variance(above: Statement, largest: Statement) -> Fraction:
    """C with Var Ȳ² ≤ Cρ⁴: the mean of a line above the quartic, at its largest."""
    line, value = relation(above), relation(largest)
    constant = [t for t in line.lhs.terms if not t.has(_Y)]  # type: ignore[attr-defined]
    if total(*constant) != value.lhs:
        raise DoesNotFollow("another constant")
    return _at_most(line, value)


def quartic(minus: int = 3, share: int = 4, eighth: int = 8) -> tuple[Theorem, Theorem]:
    """κ₄(Y) = E Ȳ⁴ − 3(E Ȳ²)² is at most ρ⁴/24, in two steps: a stands for 5ρ²/48 − mn/4.

    −3V² ≤ −6aV + 3a² for every a, so κ₄ ≤ E(Ȳ⁴ − 6aȲ²) + 3a².
    """
    a = 5 * WIDTH**2 / 48 - _M * _N / share
    end = WIDTH**2 - 3 * _M * _N - 2 * minus * a
    above = step(
        "The chord from −m to n lies above y⁴ − 6ay², a = 5ρ²/48 − mn/4. Take the mean, "
        f"{LINEAR}: E(Ȳ⁴ − 6aȲ²) is at most the constant.",
        _M * _N * end + GAP_ * (end + _M * _N) * _Y - (_Y**4 - 2 * minus * a * _Y**2),
        (_Y + _M) * (_N - _Y) * ((_Y + GAP_ / 2) ** 2 + GAP_**2 / eighth),
        "expand; ρ² = D² + 4mn",
    )
    largest = step(
        "So κ₄, which is at most that and 3a², is at most ρ⁴/24.",
        _M * _N * end + minus * a**2,
        WIDTH**4 / 24 - Fraction(21, 16) * (_M * _N - WIDTH**2 / 12) ** 2,
        "ρ² = D² + 4mn",
    )
    return above, largest


def fourth(cumulant: Expr, above: Statement, largest: Statement) -> Fraction:
    """C with κ₄ ≤ Cρ⁴, from κ(Y,Y,Z,Z) at Z = Y: E Ȳ⁴ − cV², a chord of y⁴ − 2cay², and ca²."""
    y, line, value = bar(Y)[J], relation(above), relation(largest)
    first, last = lowest(cumulant.put({bar(Z): bar(Y)})).terms  # type: ignore[attr-defined]
    number, squared = coefficient(last)
    constant, _, minus, bend = line.lhs.terms  # type: ignore[attr-defined]
    twice, a, square = bend.factors
    if first != mean(y**4) or squared != mean(y**2) ** 2 or number >= 0:
        raise DoesNotFollow("not a fourth moment less a multiple of the squared variance")
    if minus != -(_Y**4) or square != _Y**2 or twice != Num(-2 * number):
        raise DoesNotFollow("a chord of another quartic")
    if value.lhs != constant + Num(-number) * a**2:
        raise DoesNotFollow("another constant")
    return _at_most(line, value)


def _at_most(line: Relation, value: Relation) -> Fraction:
    """C where the line lies above on [−m, n] and the constant is Cρ⁴ less a square."""
    inside = line.rhs.factors  # type: ignore[attr-defined]
    if inside[:2] != (_Y + _M, _N - _Y) or not all(map(nonnegative, inside[2:])):
        raise DoesNotFollow("another line")
    lead, rest = value.rhs.terms  # type: ignore[attr-defined]
    if lead.factors[1:] != (WIDTH**4,) or not nonnegative(-rest):
        raise DoesNotFollow("no multiple of ρ⁴ less a square")
    return Fraction(lead.factors[0].number)
