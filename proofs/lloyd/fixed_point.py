"""Lloyd's map at the regular simplex (math.md K1): the fixed point, its radius in closed form.

The data N(0, I_{k−1}) are a projection of k iid normals g, the simplex points towards the e_j.
Every integral needed is ``∫ y^a φ^b Φ^c dy``, and by parts one of ``∫ φ^b Φ^c``, an orthant
probability of c normals with correlation 1/(1+b): elementary for c ≤ 3, so everything is in closed
form for k ≤ 5. `lloyd_jacobian` has the stability.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sympy

from overspec.errors import InputError
from overspec.proofs.language.legacy import Derivation, Step, Term, conclude
from overspec.proofs.machinery.expansion import Jet, Point, rational_points, symbolic_point
from overspec.weights import check_k

SYMMETRIC = "the law of g is invariant under permutations of the coordinates, continuous, centred"
# the identity in ρ is one of rational functions; instances are kept off its pole at ρ = 1
SHIFT = 10
DECAY = "boundary terms φ^bΦ^c vanish at ±∞"

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def orthant(c: int, rho: sympy.Expr) -> sympy.Expr:
    """``P(ξ_1 > 0, …, ξ_c > 0)`` for c ≤ 3 standard normals with common correlation ρ.

    >>> orthant(2, sympy.Rational(1, 2)), orthant(3, sympy.Integer(0))
    (1/3, 1/8)
    """
    pair = sympy.Rational(1, 4) + sympy.asin(rho) / (2 * sympy.pi)
    if c not in range(4):
        raise InputError(f"{c} normals: elementary for at most 3")
    values = (sympy.Integer(1), sympy.Rational(1, 2), pair, (3 * pair - sympy.Rational(1, 2)) / 2)
    return sympy.expand(values[c])


def power_integral(a: int, b: int, c: int) -> sympy.Expr:
    """``∫ y^a φ(y)^b Φ(y)^c dy`` over the line, exact; b ≥ 1, and c ≤ 3.

    >>> power_integral(0, 2, 0), power_integral(1, 1, 1), power_integral(2, 1, 0)
    (1/(2*sqrt(pi)), 1/(2*sqrt(pi)), 1)
    """
    if a:
        # y φ^b = −(φ^b)'/b
        total = sympy.Integer(0)
        if a > 1:
            total += (a - 1) * power_integral(a - 2, b, c)
        if c:
            total += c * power_integral(a - 1, b + 1, c - 1)
        return sympy.expand(total / b)
    scale = (2 * sympy.pi) ** sympy.Rational(1 - b, 2) / sympy.sqrt(b)
    return sympy.expand(scale * orthant(c, sympy.Rational(1, 1 + b)))


def expected_maximum(k: int) -> sympy.Expr:
    """``m_k = E max(g_1, …, g_k)`` of iid standard normals, in closed form for 2 ≤ k ≤ 5.

    >>> expected_maximum(3)
    3/(2*sqrt(pi))
    """
    check_closed(k)
    return sympy.expand(k * (k - 1) * power_integral(0, 2, k - 2))


def lloyd_radius(k: int) -> sympy.Expr:
    """``R_0(k) = √(k/(k−1)) m_k``: the one radius at which the simplex is fixed (math.md K1).

    >>> lloyd_radius(2)
    sqrt(2)/sqrt(pi)
    """
    return sympy.sqrt(sympy.Rational(k, k - 1)) * expected_maximum(k)


def check_closed(k: int) -> None:
    """Raise `InputError` unless 2 ≤ k ≤ 5."""
    check_k(k)
    if k > 5:
        raise InputError(f"k = {k}: closed forms are known for k <= 5 only")


def lloyd_fixed_point(k: int) -> Derivation:
    """K1: the simplex is fixed at one radius, and how m_k becomes an orthant probability.

    >>> lloyd_fixed_point(3).recheck()
    ()
    """
    return _lloyd_fixed_point(
        k,
        faulty=(
            ("k in place of k − 1", partial(_lloyd_fixed_point, k, lost=0)),
            ("correlation 1/b", partial(_lloyd_fixed_point, k, one=0)),
            ("pairs twice", partial(_lloyd_fixed_point, k, pairs=2)),
            ("Plackett with ½", partial(_lloyd_fixed_point, k, half=2)),
        ),
    )


def _lloyd_fixed_point(
    k: int, lost: int = 1, one: int = 1, pairs: int = 1, half: int = 1, faulty: Faults = ()
) -> Derivation:
    names = ("y", "phi", "Phi", "b", "rho", "p", "q", "u_1", "u_2", "u_3")
    point = symbolic_point(k, names, {"v": k})
    term = partial(Term.of, point)

    def averaged(m: Point) -> Any:
        rest = sum(m.v[1:]) / (k - 1)
        mean = sum(m.v) / k
        return [m.v[0] - mean, *[rest - mean] * (k - 1)]

    def axis(m: Point) -> Any:
        mean = sum(m.v) / k
        scale = k * (m.v[0] - mean) / (k - lost)
        return [scale * (int(a == 0) * k - 1) / k for a in range(k)]

    # (∂_ρ φ_2)/φ_2 and (∂_x∂_y φ_2)/φ_2 of the bivariate normal density
    def mixed(m: Point) -> Any:
        rho = m.rho + SHIFT
        s = 1 - rho**2
        dx, dy = (rho * m.q - m.p) / s, (rho * m.p - m.q) / s
        return [(dx * dy + rho / s) / half]

    steps = (
        Step(
            "The centroid of cell 0 is fixed by the permutations that fix 0, so it is on the axis "
            "of the simplex: averaging any vector (here less its mean) over them.",
            term(r"\tfrac1{(k-1)!}\sum_{s:s(0)=0}s(v-\bar v)", averaged),
            term(r"\tfrac{k}{k-1}(v_0-\bar v)(e_0-\tfrac1k)", axis),
            "the average of the other coordinates",
        ),
        Step(
            "The cells of r v_0, …, r v_{k−1} are the same for every r > 0; so the simplex of "
            "norm r goes to the one of norm R_0 = E max_j⟨x,v_j⟩, and only r = R_0 is fixed. "
            "R_0 = √(k/(k−1)) m_k, and by parts:",
            flow(point, r"\tfrac{d}{dy}(\varphi\Phi^{k-1})", lambda y, f, g: f * g ** (k - 1)),
            term(
                r"(k-1)\varphi^2\Phi^{k-2}-y\,\varphi\,\Phi^{k-1}",
                lambda m: [
                    (k - lost) * m.phi**2 * m.Phi ** (k - 2) - m.y * m.phi * m.Phi ** (k - 1)
                ],
            ),
            "φ' = −yφ, Φ' = φ; m_k = k∫yφΦ^{k−1}",
        ),
        Step(
            "φ^b is a multiple of the density of Y/√b: ∫φ^bΦ^c is (2π)^{(1−b)/2}b^{−1/2} times the "
            "probability that c normals Z_l lie below Y/√b, of this correlation (b = 2: 1/3).",
            term(r"\tfrac1b\big/(1+\tfrac1b)", lambda m: [(1 / m.b) / (1 + 1 / m.b)]),
            term(r"\tfrac1{1+b}", lambda m: [1 / (one + m.b)]),
            "covariance over variance of Y/√b − Z_l",
        ),
        Step(
            "Two normals: Plackett's identity; so dP/dρ = φ_2(0,0) = 1/(2π√(1−ρ²)), and P = 1/4 + "
            "arcsin(ρ)/(2π).",
            Term(
                r"\partial_\rho\log\varphi_2(p,q;\rho)",
                _density_slope_symbolic(point),
                _density_slope_numeric,
            ),
            term(r"\partial_p\partial_q\varphi_2/\varphi_2", mixed),
            "differentiate the density",
        ),
        Step(
            "Three normals: all above 0 and all below are equally likely: 2P_3 = 1 − 3/2 + 3P_2.",
            term(
                r"\prod_iu_i+\prod_i(1-u_i)",
                lambda m: [m.u_1 * m.u_2 * m.u_3 + (1 - m.u_1) * (1 - m.u_2) * (1 - m.u_3)],
            ),
            term(
                r"1-\sum_iu_i+\sum_{i<j}u_iu_j",
                lambda m: [
                    1
                    - (m.u_1 + m.u_2 + m.u_3)
                    + pairs * (m.u_1 * m.u_2 + m.u_1 * m.u_3 + m.u_2 * m.u_3)
                ],
            ),
            "expand, u_i the indicator of ξ_i > 0",
        ),
    )
    closed = (
        rf", so $m_{k}={sympy.latex(expected_maximum(k))}$ and $R_0={sympy.latex(lloyd_radius(k))}$"
        if k <= 5
        else ""
    )
    statement = conclude(steps)
    return Derivation(
        id="K1",
        title="Lloyd keeps the regular simplex at one radius",
        statement_tex=(
            r"The regular simplex is a fixed point of Lloyd's map exactly at the radius "
            r"$R_0=\sqrt{k/(k-1)}\,m_k$, $m_k=k(k-1)\int\varphi^2\Phi^{k-2}$"
            + closed
            + ", because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(SYMMETRIC, DECAY),
        steps=steps,
        depends=(),
        witnesses=rational_points(k, names, {"v": k}),
        faulty=faulty,
    )


def flow(point: Point, tex: str, f: Callable[[Any, Any, Any], Any]) -> Term:
    """d/dy of a polynomial in y, φ, Φ, with φ' = −yφ and Φ' = φ."""
    value = f(point.y, point.phi, point.Phi)
    slope = sympy.diff(value, point.y) + point.phi * sympy.diff(value, point.Phi)
    slope -= point.y * point.phi * sympy.diff(value, point.phi)

    def numeric(m: Point) -> tuple[Any, ...]:
        s = Jet.variable(1)
        return (f(s + m.y, s * (-m.y * m.phi) + m.phi, s * m.phi + m.Phi).c[1],)

    return Term(tex, (slope,), numeric)


def _density_slope_symbolic(m: Point) -> tuple[Any, ...]:
    rho = m.rho + SHIFT
    s = 1 - rho**2
    exponent = -(m.p**2 - 2 * rho * m.p * m.q + m.q**2) / (2 * s)
    return (sympy.diff(exponent - sympy.log(s) / 2, m.rho),)


def _density_slope_numeric(m: Point) -> tuple[Any, ...]:
    rho = Jet.variable(1, m.rho + SHIFT)
    s = 1 - rho * rho
    exponent = (rho * (2 * m.p * m.q) - (m.p**2 + m.q**2)) / (s * 2)
    return (exponent.c[1] - s.c[1] / s.c[0] / 2,)
