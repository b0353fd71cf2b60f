"""k = 5, 6, 7: which weights keep a regular simplex, decided by orders 0, 2 and 4 (H5, H6, H7).

Order 0 says that all ``|π̂_m|`` are one number ρ; then ``π̂_m = ρ z_m`` with unimodular z_m, or the
weights are uniform. Order 2 says that monomials in the z_m have equal real parts, ``Re X = Re Y``,
which factors into ``(X − Y)(1 − 1/XY)``. Each case is a system of monomial equations; its solutions
are a curve ``z_m = z^{v_m}`` and what shifts of the index make of it. On the curve order 4 is a
multiple of ``(z^q − z^{−q})²``: what is left are weights all equal but one. For k = 7 one curve
keeps every order: weights constant on {0}, the quadratic residues and the rest, up to a shift.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar

import sympy

from overspec.errors import InputError
from overspec.proofs.language.analysis import Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, SUM, ZERO, Env, Expr, Mul, Num, Sym, Tuple
from overspec.proofs.language.lemmas import UNIT
from overspec.proofs.language.operators import I_, M_, PI, J
from overspec.proofs.language.ranges import NONZERO, PLANES, Z_K
from overspec.proofs.language.reading.reader import read
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (  # fmt: skip
    DoesNotFollow,
    Either,
    Every,
    Iff,
    Some,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, step, together
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.expansion import Point, rational_points, symbolic_point
from overspec.proofs.weights.difference_sets import constant_pairs
from overspec.proofs.weights.heat import HEAT, IID
from overspec.proofs.weights.log_weights import RADIUS
from overspec.proofs.weights.monomials import alike_but_one, arguments, solved_by, whole_turns
from overspec.proofs.weights.pair_moments import pair_moment
from overspec.proofs.weights.simplex_keeping import simplex_keeping

Z, RHO = Sym("z"), Sym("rho")
LETTERS = (Sym("x"), Sym("y"), Sym("t"))  # z_1, z_2 and, for k = 7, z_4
NAMES = ("z", "rho", "x", "y", "t")


@dataclass(frozen=True)
class Spread(Expr):
    """``[c^{2n}](g_1 − g_m)`` for the weights with transforms ``π̂_0 = 1`` and ``π̂_m = ρ z_m``.

    `z` are z_1, …, z_{k−1}, any numbers with ``z_m z_{−m} = 1``.
    """

    order: int
    m: int
    z: Tuple
    level: ClassVar[int] = SUM

    def value(self, m: Any, env: Env) -> Any:
        """From the pair moments as polynomials, transforms of powers by convolution."""
        hats = (m.rho * 0 + 1, *(m.rho * z for z in self.z.value(m, env)))
        return spectrum_gap(self.order, self.m, hats)

    def again(self, m: Any, env: Env) -> Any:
        """From the weights themselves in the cyclotomic field, and the formulas of H."""
        k = m.k
        hats = (Fraction(1), *(m.rho * z for z in read(self.z, m, env)))
        roots = [Cyclotomic.root(k, j) for j in range(k)]
        pi = [
            sum((roots[-f * i % k] * (h * Fraction(1, k)) for f, h in enumerate(hats)),
                start=Cyclotomic.of(k))
            for i in range(k)
        ]  # fmt: skip
        p2, p3 = (sum((w**n for w in pi[1:]), start=pi[0] ** n) for n in (2, 3))
        total = Cyclotomic.of(k)
        for i in range(k):
            for j in range(k):
                if i != j:
                    pair = _pair(self.order, pi[i], pi[j], p2, p3)
                    total = total + pair * (roots[(i - j) % k] - roots[self.m * (i - j) % k])
        return total

    def box(self) -> Box:
        power = Script(letter("c"), None, number(2 * self.order))
        one, other = (Script(letter("g"), number(f)) for f in (1, self.m))
        gap = Row((one, sign("-", " − "), other))
        at = Fence(sign("("), self.z.box(), sign(")"))
        return Row((Fence(sign("["), power, sign("]")), Fence(sign("("), gap, sign(")")), at))


def _pair(order: int, a: Any, b: Any, p2: Any, p3: Any) -> Any:
    """Order c^{2n} of E[w_iw_j], i ≠ j, for n ≤ 2."""
    if order == 0:
        return a * b
    if order == 1:
        return a * b * (p2 * 3 - a * 2 - b * 2)
    rest = p2 * p2 * 15 + p2 * Fraction(3, 2) - p3 * 12
    return a * b * ((a * a + b * b) * 9 + a * b * 6 - (p2 * 12 + 1) * (a + b) + rest)


def spectrum_gap(order: int, m: int, hats: Sequence[Any]) -> Any:
    """``[c^{2n}](g_1 − g_m)`` from the transforms of the weights."""
    k = len(hats)
    powers = {0: (k * hats[0], *(hats[0] * 0,) * (k - 1)), 1: tuple(hats)}
    moment = pair_moment(order)
    for p in range(2, 2 * order + 3):
        powers[p] = tuple(
            sum(powers[p - 1][a] * hats[(f - a) % k] for a in range(k)) / k for f in range(k)
        )
    total = hats[0] * 0
    for (a, b, *sums), c in moment.terms():
        term = hats[0] * Fraction(int(c.numerator), int(c.denominator))
        for p, n in enumerate(sums, start=2):
            term = term * powers[p][0] ** n
        ends = (powers[a][f] * powers[b][-f % k] for f in (1, m))
        total = total + term * (next(ends) - next(ends))
    return sympy.cancel(total) if isinstance(total, sympy.Basic) else total


def _transforms(k: int, z: Sequence[Expr], last: Expr = ONE) -> Tuple:
    """z_1, …, z_{k−1} from z_1, z_2 and, for k = 7, z_4; for k = 6 z_3 = ±1 is the last."""
    known = dict(zip((1, 2, 4), z, strict=False)) | ({3: last} if k == 6 else {})
    return Tuple(tuple(known[f] if f in known else 1 / known[k - f] for f in range(1, k)))


def _curve(k: int, exponents: Sequence[int], last: int = 1, sign_: int = 1) -> Tuple:
    first, *rest = (_power(e) for e in exponents)
    return _transforms(k, (sign_ * first, *rest), Num(Fraction(last)))


def _power(e: int) -> Expr:
    return Z if e == 1 else Z**e


def _real_gap(x: Expr, y: Expr) -> Expr:
    """``2 Re X − 2 Re Y = (X − Y)(1 − 1/(XY))`` for unimodular X, Y."""
    return (x - y) * (1 - 1 / (x * y))


#: For each k the pairs of monomials (exponents of z_1, z_2, z_4) whose real parts agree; the curves
#: that solve a case, by the exponents of z; and q in (z^q − z^{−q})².
CASES = {5: (((2, -1), (1, 2)),), 7: (((2, -1, 0), (0, 2, -1)), ((2, -1, 0), (-1, 0, 2)))}
CURVES = {5: ((3, 1), (1, -3)), 7: ((1, 1, 1), (5, 3, -1), (3, -1, 5), (-1, 5, 3))}
SQUARE = {5: 5, 6: 3, 7: 7}


def few_components(k: int) -> Derivation:
    """H5, H6, H7: the weights that keep a regular simplex for k = 5, 6, 7, all of them.

    Raises:
        InputError: another k.

    >>> few_components(5).recheck()
    ()
    """
    if k not in SQUARE:
        raise InputError(f"k = {k}: the classification is for k = 5, 6 and 7")
    faults: Faults = (
        ("order r² doubled", partial(_few_components, k, scale=2)),
        ("order r⁴ doubled", partial(_few_components, k, last=2)),
    )
    return _few_components(k, faulty=faults)


def _few_components(k: int, scale: int = 1, last: int = 1, faulty: Faults = ()) -> Derivation:
    unit = last * RHO**4 * _square(k)
    z = LETTERS[: 3 if k == 7 else 2]
    zero = [step(f"Order 0 of g_1 − g_{m} vanishes where all |π̂_m| are ρ.",
                 Spread(0, m, _transforms(k, z)), ZERO, "z_mz_{−m} = 1")
            for m in range(2, k // 2 + 1)]  # fmt: skip
    second = _second(k, z, scale)
    fourth = _fourth(k, unit)
    flat = simplex_keeping(k).cited(0)
    return Derivation(
        id=f"H{k}",
        title=f"k = {k}: all weights that keep the simplex",
        theorem=together(_classified(k, flat, *zero, *second, *fourth)),
        setting=(UNIT, f"k = {k}, on regular simplices; π̂_m = ρz_m"),
        model=symbolic_point(k, NAMES),
        witnesses=_points(k),
        faulty=faulty,
    )


def _points(k: int) -> Callable[[random.Random], tuple[Point, ...]]:
    """Rational points at which no letter is 1: there orders 2 and 4 vanish."""
    some = rational_points(k, NAMES)

    def draw(rng: random.Random) -> tuple[Point, ...]:
        points = some(rng)
        ones = (getattr(point, name) == 1 for point in points for name in NAMES)
        return draw(rng) if any(ones) else points

    return draw


def _monomial(exponents: Sequence[int], z: Sequence[Expr]) -> Expr:
    out: Expr = ONE
    for letter_, e in zip(z, exponents, strict=False):
        out = out * letter_**e if e else out
    return out


def _second(k: int, z: Sequence[Expr], scale: int) -> list[Theorem]:
    """Order 2, given order 0: a multiple of Re X − Re Y for each pair."""
    hats, words = _transforms(k, z), "Order c²: real parts of monomials that must agree."
    cube = RHO**3 * scale
    if k == 5:
        (first, other) = (_monomial(e, z) for e in CASES[5][0])
        gap = -2 * cube * _real_gap(first, other) / 5
        return [step(words, Spread(1, 2, hats), gap, "expand")]
    if k == 7:
        near, far = Spread(1, 2, hats), Spread(1, 4, hats)
        sides = (near + far, 2 * far - near)
        pairs = ([_monomial(e, z) for e in pair] for pair in CASES[7])
        return [step(words, side, -6 * cube * _real_gap(*pair) / 7, "expand")
                for side, pair in zip(sides, pairs, strict=True)]  # fmt: skip
    x, y = z
    steps = []
    for t in (1, -1):
        hats = _transforms(6, z, Num(Fraction(t)))
        for m, other, share in ((2, y**3, Fraction(-1, 3)), (3, t * x * y, Fraction(-2, 3))):
            gap = Num(share) * cube * _real_gap(x**2 / y, other)
            steps.append(step(words, Spread(1, m, hats), gap, "expand"))
    return steps


#: Order 4 of g_1 − g_2 on each curve, in units of ρ⁴(z^q − z^{−q})².
FOURTH = {
    (3, 1): Fraction(6, 25),
    (1, -3): Fraction(-6, 25),
    (5, 3, -1): Fraction(12, 49),
    (3, -1, 5): Fraction(6, 49),
    (-1, 5, 3): Fraction(-18, 49),
}
#: The same for k = 6: on x = ty², and on x = −ty².
SIXTH = {1: Fraction(1, 4), -1: Fraction(-7, 12)}


def _square(k: int) -> Expr:
    return (_power(SQUARE[k]) - Z ** -SQUARE[k]) ** 2


def _fourth(k: int, unit: Expr) -> list[Theorem]:
    """Order 4 on each curve, in units of ρ⁴(z^q − z^{−q})²."""
    shares = {_curve(k, v): FOURTH[v] for v in CURVES.get(k, ()) if v in FOURTH}
    if k == 6:
        shares = {_curve(6, (2, 1), t, s * t): SIXTH[s] for t in (1, -1) for s in (1, -1)}
    return [
        step("Order c⁴ on a curve.", Spread(2, 2, z), Num(share) * unit, "expand")
        for z, share in shares.items()
    ]


def _classified(k: int, *premises: Theorem) -> Theorem:
    """Each case of order 2 is solved by a known curve; there order 4 leaves z^{2q} = 1."""

    def infer(flat: Statement, *steps: Statement) -> Statement:
        square = _square(k)
        squares, gaps = {}, []
        for each in map(relation, steps):
            order = max(n.order for n in each.lhs.walk() if isinstance(n, Spread))
            if order == 2 and isinstance(each.lhs, Spread) and square in _factors(each.rhs):
                squares[each.lhs.z] = each
            elif order == 1:
                gaps.append(_factors(each.rhs))
        for pair in _pairs(k):
            if not any(set(_factors(_real_gap(*pair))) <= set(gap) for gap in gaps):
                raise DoesNotFollow("order c² does not compare these real parts")
        kinds: list[Statement] = [ALIKE]
        if k == 6:
            _six(squares)
        else:
            kinds += _five_or_seven(k, squares)
        if not constant_pairs(k, ((0,), tuple(range(1, k)))):
            raise DoesNotFollow("weights all equal but one do not keep the simplex")
        g = Named("g", (RADIUS,), M_)
        kept = Every(M_, PLANES, Every(RADIUS, None, equals(g, g.put({M_: ONE}))))
        return Iff(kept, kinds[0] if len(kinds) == 1 else Either(tuple(kinds)))

    return Rule("case by case", infer, (IID, HEAT))(*premises)


def _factors(e: Expr) -> tuple[Expr, ...]:
    return e.factors if isinstance(e, Mul) else (e,)


def _pairs(k: int) -> list[tuple[Expr, Expr]]:
    """The monomials whose real parts agree at order 2."""
    if k == 6:
        x, y, _ = LETTERS
        return [(x**2 / y, other) for other in (y**3, x * y, -1 * x * y)]
    return [tuple(_monomial(e, LETTERS) for e in pair) for pair in CASES[k]]  # type: ignore[misc]


ALIKE = Some(I_, Z_K, Every(J, NONZERO, equals(PI[I_ + J], PI[I_ + 1])))
DOUBLED = Some(I_, Z_K, Every(J, Z_K, equals(PI[I_ + J], PI[I_ + 2 * J])))


def _five_or_seven(k: int, squares: Mapping[Tuple, Any]) -> list[Statement]:
    """X = Y or XY = 1 for each pair: every choice has one of the curves; one is of residues."""
    choices: list[list[tuple[int, ...]]] = [[]]
    for first, other in CASES[k]:
        rows = [tuple(a + s * b for a, b in zip(first, other, strict=True)) for s in (-1, 1)]
        choices = [[*chosen, row] for chosen in choices for row in rows]
    kinds: list[Statement] = []
    for equations in choices:
        curve = next((c for c in CURVES[k] if solved_by(equations, c, k)), None)
        if curve is None:
            raise DoesNotFollow(f"k = {k}: a case of order 2 that no curve solves")
        if _curve(k, curve) in squares:
            _leaves_only_alike(k, curve)
        elif len(set(curve)) == 1 and constant_pairs(k, ((0,), *_residues(k))):
            kinds.append(DOUBLED)  # π̂_m is ρz at the residues, ρ/z at the rest
        else:
            raise DoesNotFollow("a curve on which order c⁴ is not known")
    return kinds


def _residues(k: int) -> tuple[tuple[int, ...], ...]:
    squares = tuple(sorted({i * i % k for i in range(1, k)}))
    return squares, tuple(i for i in range(1, k) if i not in squares)


def _leaves_only_alike(k: int, curve: Sequence[int]) -> None:
    double = 2 * SQUARE[k]
    for n in range(double):
        if not alike_but_one(arguments(k, curve, Fraction(n, double)), k):
            raise DoesNotFollow("a root of unity at which the weights are no all-but-one")


def _six(squares: Mapping[Tuple, Any]) -> None:
    """x² = y⁴ or x²y² = 1, and x = ty² or x³ = t: x = ty², or else x = −ty² and y⁶ = −1.

    Order 4 asks for y⁶ = 1 on either, so that nothing is left of the second.
    """
    if any(_curve(6, (2, 1), t, s * t) not in squares for t in (1, -1) for s in (1, -1)):
        raise DoesNotFollow("a curve on which order c⁴ is not known")
    half = Fraction(1, 2)
    for t in (Fraction(0), half):
        for x in ((t + n) / 3 for n in range(3)):  # x³ = t
            for y in (Fraction(n, 12) for n in range(12)):  # all that the first pair can have
                first, off = whole_turns(2 * x - 4 * y) or whole_turns(2 * x + 2 * y), x - t - 2 * y
                if (
                    first
                    and not whole_turns(off)
                    and not (whole_turns(off - half) and whole_turns(6 * y - half))
                ):
                    raise DoesNotFollow("a solution off both curves")
        if not all(alike_but_one([2 * y + t, y, t], 6) for y in (Fraction(n, 6) for n in range(6))):
            raise DoesNotFollow("a root of unity at which the weights are no all-but-one")
