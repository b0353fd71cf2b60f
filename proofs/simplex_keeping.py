"""Which weights keep a regular simplex under EM (conjecture H of math.md section 10).

On a regular simplex orbit of norm r the responsibilities are ``w_j ∝ π_j e^{c γ_j}`` with iid
standard normal γ and ``c² = r² k/(k−1)``. EM keeps the simplex at r iff all g_m, m ≠ 0, agree,
that is iff ``C_s = Σ_i E[w_i w_{i+s}]`` is the same for every s ≠ 0 (its DFT is g). The law of
γ has no preferred index, so ``E[w_i w_j] = f(π_i, π_j)`` for i ≠ j: one symmetric function f of
two values, which depends on r and on the multiset of the weights.

* **Sufficient, at every r**: the numbers ``N_ab(s) + N_ba(s)``, ``N_ab(s) = #{i : π_i = a,
  π_{i+s} = b}``, do not depend on s ≠ 0. That is: every set of indices of equal weight is a
  cyclic difference set (singletons and their complements count), and so is every union of two.
* **Necessary**: ``|π̂_m|²`` all equal (order 0 in r). For two-valued weights that already says
  that the heavy indices are a difference set: conjecture H holds among two-valued weights.
* **H is false as stated**: more than two values can keep the simplex. k = 3 does for any
  weights; at k = 7 and 11 so does any choice of three weights on {0}, the quadratic residues
  and the rest. `keeping_partitions` lists all patterns.
* **k = 4 settled** (`four_components`): only weights that are all equal but one; order r² adds
  nothing to order 0 there, order r⁴ decides.
* **Open**: for k ≥ 5, whether weights with another pattern can meet the conditions of all
  orders in r. Each order adds one equation for each frequency beyond the first, so none are
  expected; `keeps_simplex` refutes any given weights at the first order that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import combinations
from math import factorial
from typing import Any

import sympy
from sympy.polys.rings import ring

from ..mixture import weight_symbols
from .legacy import Derivation, Equation, Step, Term, conclude
from .difference_sets import constant_pairs, difference_sets, keeping_partitions
from .expansion import Jet, Point, rational_points, symbolic_point
from .pair_moments import Keeping, Verdict, correlations, keeps_simplex, pair_moment, simplex_gain

__all__ = [
    "Keeping",
    "Verdict",
    "constant_pairs",
    "correlations",
    "difference_sets",
    "four_components",
    "keeping_partitions",
    "keeps_simplex",
    "pair_moment",
    "simplex_gain",
    "simplex_keeping",
]

IID = (
    "regular simplex: the Gram matrix of the means is c²I − const, and softmax ignores a common "
    "shift, so w_j ∝ π_j exp(c γ_j) with iid standard normal γ_j, c² = r² k/(k−1)"
)
HEAT = "heat semigroup: E F(cγ) = Σ_n c^{2n} (½Δ)^n F(0)/n!, F bounded and analytic near 0"
Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def _first(a: Any, b: Any, p2: Any, same: int, cubic: int = 2) -> Any:
    return a * b * (same + 3 * p2 - cubic * (a + b))


def _second(a: Any, b: Any, p2: Any, p3: Any, mixed: int = 6) -> Any:
    squares = 9 * (a**2 + b**2) + mixed * a * b
    rest = (a + b) * (12 * p2 + 1) - 15 * p2**2 + 12 * p3
    return a * b * (2 * squares - 2 * rest + 3 * p2) / 2


def _sum(m: Point, power: int) -> Any:
    return sum(w**power for w in m.pi)


def heat_symbolic(k: int, i: int, j: int, order: int) -> Any:
    """``(½Δ)^n(w_i w_j)(0)/n!`` by the derivations ``w_a ↦ w_a(δ_al − w_l)``."""
    base, *w = ring([f"pi_{a}" for a in range(k)], sympy.QQ)
    value = w[i] * w[j]

    def derive(f: Any, n: int) -> Any:
        return sum((f.diff(w[a]) * w[a] * (int(a == n) - w[n]) for a in range(k)), base.zero)

    for _ in range(order):
        value = sum((derive(derive(value, a), a) for a in range(k)), base.zero) / 2
    expression = (value / factorial(order)).as_expr()
    free = weight_symbols(k)
    named = {sympy.Symbol(f"pi_{a}"): free[a] for a in range(1, k)}
    return expression.xreplace({**named, sympy.Symbol("pi_0"): 1 - sympy.Add(*free[1:])})


def heat_numeric(m: Point, i: int, j: int, order: int) -> Fraction:
    """The same from one-dimensional Taylor series along e_l and e_l ± e_n; order 1 or 2."""

    def along(direction: dict[int, int]) -> Fraction:
        s = Jet.variable(2 * order)
        energies = [p * (s * direction.get(a, 0)).exp() for a, p in enumerate(m.pi)]
        total = sum(energies[1:], energies[0])
        value: Fraction = (energies[i] * energies[j] / (total * total)).c[2 * order]
        return value

    axes = [along({a: 1}) for a in range(m.k)]
    if order == 1:
        return sum(axes, Fraction(0))
    result = 3 * sum(axes, Fraction(0))
    for a, b in combinations(range(m.k), 2):
        both = along({a: 1, b: 1}) + along({a: 1, b: -1})
        result += (both - 2 * axes[a] - 2 * axes[b]) / 2
    return result


def simplex_keeping(k: int) -> Derivation:
    """H: the expansion of g_m in r on the simplex, and why difference sets keep it.

    >>> simplex_keeping(3).recheck()
    ()
    """
    return _simplex_keeping(
        k,
        faulty=(
            ("π_i + π_j once", partial(_simplex_keeping, k, cubic=1)),
            ("order r⁴ with 5 π_iπ_j", partial(_simplex_keeping, k, mixed=5)),
            ("E w_i² as E w_iw_j", partial(_simplex_keeping, k, diagonal=0)),
            ("f(a,b) counted once", partial(_simplex_keeping, k, cross=1)),
        ),
    )


def _simplex_keeping(
    k: int, cubic: int = 2, mixed: int = 6, diagonal: int = 1, cross: int = 2, faulty: Faults = ()
) -> Derivation:
    names = ("a", "b", "f_aa", "f_ab", "f_bb")
    term = partial(Term.of, symbolic_point(k, names))
    pairs = ((0, 1), (0, 0))
    subsets = [tuple(j for j in range(k) if mask >> j & 1) for mask in range(1, 2 ** min(k, 6), 2)]

    def heat(tex: str, order: int, which: tuple[tuple[int, int], ...]) -> Term:
        return Term(
            tex,
            tuple(heat_symbolic(k, i, j, order) for i, j in which),
            lambda m: tuple(heat_numeric(m, i, j, order) for i, j in which),
        )

    def transform(m: Point) -> Any:
        p2 = _sum(m, 2)
        return [
            sum(
                (
                    _first(m.pi[i], m.pi[j], p2, int(i == j)) * m.zeta(f * (i - j))
                    for i in range(k)
                    for j in range(k)
                ),
                m.zeta(0) * 0,
            )
            for f in range(1, k // 2 + 1)
        ]

    def gain(m: Point) -> Any:
        p2 = _sum(m, 2)
        out = []
        for f in range(1, k // 2 + 1):
            hat, bar, square, square_bar = (
                sum((w**p * m.zeta(sign * f * j) for j, w in enumerate(m.pi)), m.zeta(0) * 0)
                for p in (1, 2)
                for sign in (1, -1)
            )
            out.append(p2 + 3 * p2 * hat * bar - cubic * (hat * square_bar + bar * square))
        return out

    def paired(m: Point) -> Any:
        table = {0: m.f_bb, 1: m.f_ab, 2: m.f_aa}
        return [
            sum(table[int(i in d) + int((i + s) % k in d)] for i in range(k))
            for d in subsets
            for s in range(1, k)
        ]

    def counted(m: Point) -> Any:
        return [
            sum((i + s) % k in d for i in d) * (m.f_aa - cross * m.f_ab + m.f_bb)
            + 2 * len(d) * (m.f_ab - m.f_bb)
            + k * m.f_bb
            for d in subsets
            for s in range(1, k)
        ]

    steps = (
        Step(
            "Order c² of E[w_iw_j]; all pairs i ≠ j are alike by relabelling, and so are all "
            "pairs i = j.",
            heat(r"\tfrac12\Delta(w_iw_j)(0)", 1, pairs),
            term(
                r"\pi_i\pi_j(\delta_{ij}+3p_2-2\pi_i-2\pi_j)",
                lambda m: [
                    _first(m.pi[i], m.pi[j], _sum(m, 2), diagonal * int(i == j), cubic)
                    for i, j in pairs
                ],
            ),
            "∂_l w_i = w_i(δ_il − w_l)",
        ),
        Step(
            "Order c⁴, i ≠ j.",
            heat(r"\tfrac18\Delta^2(w_iw_j)(0)", 2, pairs[:1]),
            term(
                r"\pi_i\pi_j(9\pi_i^2+9\pi_j^2+6\pi_i\pi_j-(12p_2+1)(\pi_i+\pi_j)"
                r"+15p_2^2+\tfrac32p_2-12p_3)",
                lambda m: [_second(m.pi[0], m.pi[1], _sum(m, 2), _sum(m, 3), mixed)],
            ),
            "the same twice",
        ),
        Step(
            "The transform of order c²: with ρ_j = π_j² the order r² of g_m is k/(k−1) times this.",
            term(r"\sum_{i,j}\pi_i\pi_j(\delta_{ij}+3p_2-2\pi_i-2\pi_j)\omega^{m(i-j)}", transform),
            term(
                r"p_2+3p_2|\hat\pi_m|^2-4\,\mathrm{Re}\,\hat\pi_m\overline{\hat\rho_m}",
                gain,
            ),
            "sums over i and j separate",
        ),
        Step(
            "Two values, a on D and b elsewhere, any f: C_s sees D through the number N_D(s) of "
            "its differences s alone. If N_D(s) is constant, all g_m agree, at every r.",
            term(r"\sum_if(\pi_i,\pi_{i+s})", paired),
            term(
                r"N_D(s)(f_{aa}-2f_{ab}+f_{bb})+2|D|(f_{ab}-f_{bb})+kf_{bb}",
                counted,
            ),
            "count the pairs by how many of i, i + s lie in D",
        ),
        Step(
            "At order 0 f is a product, so the bracket is positive for a ≠ b: if all |π̂_m|² "
            "agree, then N_D(s) is constant.",
            term(r"a\cdot a-2ab+b\cdot b", lambda m: [m.a * m.a - 2 * m.a * m.b + m.b * m.b]),
            term(r"(a-b)^2", lambda m: [(m.a - m.b) ** 2]),
            "a square",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="H",
        title="weights that keep a regular simplex",
        statement_tex=(
            r"On the regular simplex of norm $r$, $c^2=r^2k/(k-1)$, "
            r"$E[w_iw_j]=\sum_nc^{2n}(\tfrac12\Delta)^n(w_iw_j)(0)/n!$; EM keeps the simplex iff "
            r"$\sum_iE[w_iw_{i+s}]$ is free of $s\ne0$. Two-valued weights keep it at every $r$ "
            r"iff their heavy indices are a cyclic difference set, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(IID, HEAT, "the weights sum to 1"),
        steps=steps,
        depends=("S6",),
        witnesses=rational_points(k, names),
        faulty=faulty,
        root=k,
    )


def four_components() -> Derivation:
    """k = 4: a simplex is kept to order r⁴ iff all weights but one are equal.

    Coordinates ``π = ((1+t)/2 ± α, (1−t)/2 ± β)/2`` at indices 0, 2 and 1, 3. Order 0 asks for
    ``t² = α² + β²``, order r² for nothing more, order r⁴ then for ``αβ = 0``: with β = 0 and
    t = ±α three weights are equal.

    >>> four_components().recheck()
    ()
    """
    return _four_components(
        faulty=(
            ("order r⁴ without αβ", partial(_four_components, product=0)),
            ("the sign of α² + β²", partial(_four_components, sign=-1)),
        )
    )


def _four_components(product: int = 3, sign: int = 1, faulty: Faults = ()) -> Derivation:
    names = ("t", "alpha", "beta")
    term = partial(Term.of, symbolic_point(4, names))

    def weights(m: Point) -> list[Any]:
        one = m.t * 0 + 1
        up, down = (one + m.t) / 2, (one - m.t) / 2
        return [(up + m.alpha) / 2, (down + m.beta) / 2, (up - m.alpha) / 2, (down - m.beta) / 2]

    def gap(m: Point, order: int) -> Any:
        pi = weights(m)
        p2, p3 = (sum(w**p for w in pi) for p in (2, 3))

        def pair(i: int, j: int) -> Any:
            a, b = pi[i], pi[j]
            if order == 0:
                return a * b
            return _first(a, b, p2, 0) if order == 1 else _second(a, b, p2, p3)

        return sum(pair(i, (i + 1) % 4) - pair(i, (i + 2) % 4) for i in range(4))

    def defect(m: Point) -> Any:
        return sign * (m.alpha**2 + m.beta**2) - m.t**2

    quotient = _quotient(Term.of(symbolic_point(4, names), "", lambda m: [gap(m, 2)]).symbolic[0])

    def remainder(m: Point) -> Any:
        q = sum(
            (c if isinstance(m.t, sympy.Basic) else Fraction(int(c.p), int(c.q)))
            * m.t ** p[0]
            * m.alpha ** p[1]
            * m.beta ** p[2]
            for p, c in quotient
        )
        return defect(m) * q - product * m.alpha**2 * m.beta**2 / 2

    steps = (
        Step(
            "Order 0.",
            term(r"C_1-C_2", lambda m: [gap(m, 0)]),
            term(r"\tfrac12(\alpha^2+\beta^2-t^2)", lambda m: [defect(m) / 2]),
            "expand",
        ),
        Step(
            "Order c² is the same condition: the difference vanishes with order 0.",
            term(r"(C_1-C_2)^{(1)}", lambda m: [gap(m, 1)]),
            term(
                r"(3p_2-2)\tfrac12(\alpha^2+\beta^2-t^2)",
                lambda m: [(3 * sum(w**2 for w in weights(m)) - 2) * defect(m) / 2],
            ),
            "expand",
        ),
        Step(
            "Order c⁴, modulo order 0; q is a polynomial.",
            term(r"(C_1-C_2)^{(2)}", lambda m: [gap(m, 2)]),
            term(r"(\alpha^2+\beta^2-t^2)q-\tfrac32\alpha^2\beta^2", lambda m: [remainder(m)]),
            "division with remainder",
        ),
    )
    statement: tuple[Equation, ...] = conclude(steps)
    return Derivation(
        id="H4",
        title="k = 4: only weights all equal but one keep the simplex",
        statement_tex=(
            r"For $k=4$ a regular simplex is kept for all small $r$ iff three weights are equal: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(IID, HEAT, "the weights sum to 1"),
        steps=steps,
        depends=("H",),
        witnesses=rational_points(4, names),
        faulty=faulty,
    )


def _quotient(gap: Any) -> list[tuple[tuple[int, ...], Any]]:
    t, alpha, beta = (sympy.Symbol(name, positive=True) for name in ("t", "alpha", "beta"))
    (quotient,), _ = sympy.reduced(sympy.expand(gap), [alpha**2 + beta**2 - t**2], t, alpha, beta)
    return list(sympy.Poly(quotient, t, alpha, beta).terms())
