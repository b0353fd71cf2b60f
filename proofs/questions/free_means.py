"""Free means, fixed weights (math.md section 9, Q1): sublinear whatever the weights are.

``M_j(μ) = E[w_j x]/E[w_j]`` has the Jacobian ``(I − 1πᵀ) ⊗ I_d`` at μ = 0: a projection, with the
eigenvalue 1 on the stacked means with ``Σ_j π_jμ_j = 0``, multiplicity (k−1)d. There the next
term is cubic, ``M_j = μ_j − Sμ_j``, ``S = Σ_j π_jμ_jμ_jᵀ``, the same matrix for all components.
So ``S' = S − 2S² + …``, every nonzero eigenvalue of S follows ``t s → 1/2``, and from
``KL = ¼ tr S² + …``: ``t²·KL → rank(S_0)/16``, which is (k−1)/16 from a simplex, for any weights.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement, product
from typing import Any

import sympy

from overspec.proofs.language.legacy import EXCHANGE, Derivation, Step, Term, conclude
from overspec.proofs.machinery.calculus import Vector
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.expansion import Jet, Point, moment_rule, symbolic_point

INCREMENT = (
    "if s' = s − 2s² + o(s²) for s > 0 small, then 1/s grows by 2 + o(1) in a step, so t s → 1/2; "
    "the ranks of S and of its start agree (M_j = (I − S)μ_j to leading order, invertible)"
)
CENTRED = (
    "Σ_j π_jμ_j is of third order after a step (row Σπ_jM_j of the Jacobian is 0), a common "
    "translation which leaves S and KL unchanged to the order used"
)
PLANE = "d = 2 stands for every d: entries (a, b) of S involve the coordinates a and b alone"

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]
D = 2  # dimension in which the expansions are checked


def free_means(k: int) -> Derivation:
    """Q1f: Jacobian ``I − 1πᵀ``, cubic term ``−Sμ_j``, ``t²KL → rank/16``.

    >>> free_means(2).recheck()
    ()
    """
    return _free_means(
        k,
        faulty=(
            ("twice the mean", partial(_free_means, k, mean=2)),
            ("cubic term +Sμ_j", partial(_free_means, k, sign=1)),
            ("multiplicity k d", partial(_free_means, k, rank=0)),
            ("S' = S − S²", partial(_free_means, k, shrink=1)),
            ("KL = ½ tr S²", partial(_free_means, k, quarter=2)),
        ),
    )


def _free_means(
    k: int,
    mean: int = 1,
    sign: int = -1,
    rank: int = 1,
    shrink: int = 2,
    quarter: int = 4,
    faulty: Faults = (),
) -> Derivation:
    point = _symbols(k)
    term = partial(Term.of, point)

    def stacked(m: Point) -> Any:
        """μ_j − Σπ_lμ_l, all j, on the free ν."""
        centre = [mean * sum(p * nu[a] for p, nu in zip(m.pi, m.nu, strict=True)) for a in range(D)]
        return [nu[a] - centre[a] for nu in m.nu for a in range(D)]

    def projector(m: Point) -> list[list[Any]]:
        return [[int(i == j) - m.pi[j] for j in range(k)] for i in range(k)]

    def squared(m: Point) -> Any:
        p = projector(m)
        square = [[sum(p[i][n] * p[n][j] for n in range(k)) for j in range(k)] for i in range(k)]
        return [*square, sum(p[i][i] for i in range(k))]

    def itself(m: Point) -> Any:
        return [*projector(m), m.pi[0] * 0 + k - rank]

    def cubic(m: Point) -> Any:
        image = [sign * sum(m.S[a, b] * m.mu[b] for b in range(D)) for a in range(D)]
        return [m.mu[0] * 0, m.mu[0] * 0, *image, m.mu[0] * 0, m.mu[0] * 0]

    def moved(m: Point) -> Any:
        s = sympy.Matrix if isinstance(m.S[0, 0], sympy.Basic) else None
        table = [[m.S[a, b] for b in range(D)] for a in range(D)]
        if s is not None:
            step = sympy.eye(D) - s(table)
            return step * s(table) * step.T
        step = [[int(a == b) - table[a][b] for b in range(D)] for a in range(D)]
        return _product(_product(step, table), step)

    def polynomial(m: Point) -> Any:
        table = [[m.S[a, b] for b in range(D)] for a in range(D)]
        square = _product(table, table)
        cube = _product(square, table)
        return [
            table[a][b] - shrink * square[a][b] + cube[a][b] for a in range(D) for b in range(D)
        ]

    def quadratic(m: Point) -> Any:
        return [sum(m.S[a, b] ** 2 for a in range(D) for b in range(D)) / quarter]

    steps = (
        Step(
            "First order: E[x w_j]/π_j, any means ν.",
            Term(r"DM_j(0)\nu", _first_symbolic(point), _first_numeric),
            term(r"\nu_j-\textstyle\sum_l\pi_l\nu_l", stacked),
            "E xxᵀ = I",
        ),
        Step(
            "A projection of trace k − 1 on the index j, times I_d: eigenvalue 1 with "
            "multiplicity (k−1)d, eigenvalue 0 on common translations.",
            term(r"(P^2,\mathrm{tr}P),\ P=I-1\pi^T", squared),
            term(r"(P,k-1)", itself),
            "Σ_j π_j = 1",
        ),
        Step(
            "On Σπ_jμ_j = 0: orders 2 and 3 of E[x w_j]/π_j, and of E[w_j]/π_j, for one j.",
            Term(
                r"[s^2,s^3]\,E[xw_j]/\pi_j,\ [s^2,s^3]\,E[w_j]/\pi_j",
                _cubic_symbolic(point),
                _cubic_numeric,
            ),
            term(r"(0,-S\mu_j),\ (0,0)", cubic),
            "Hermite expansion of w_j; E x h_2 ⟨x,μ⟩ = Sμ",
        ),
        Step(
            "All means are multiplied by I − S.",
            term(r"(I-S)S(I-S)", moved),
            term(r"S-2S^2+S^3", polynomial),
            "expand",
        ),
        Step(
            "KL starts with ½E h_2².",
            Term(
                r"\tfrac12E\big(\tfrac12(x^TSx-\mathrm{tr}S)\big)^2",
                _energy_symbolic(point),
                _energy_numeric,
            ),
            term(r"\tfrac14\mathrm{tr}S^2", quadratic),
            "fourth moments",
        ),
        Step(
            "Each nonzero eigenvalue s ~ 1/(2t) contributes ¼s².",
            term(r"\tfrac14(\tfrac12)^2", lambda m: [m.pi[0] * 0 + Fraction(1, 4 * 4)]),
            term(r"\tfrac1{16}", lambda m: [m.pi[0] * 0 + Fraction(1, 4 * quarter)]),
            "t s → 1/2",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="Q1f",
        title="free means are sublinear for every weights",
        statement_tex=(
            r"For free means and fixed weights $DM(0)=(I-1\pi^T)\otimes I_d$, "
            r"$M_j=\mu_j-S\mu_j+O(|\mu|^5)$ on $\sum_j\pi_j\mu_j=0$, and "
            r"$t^2\,\mathrm{KL}\to\mathrm{rank}(S_0)/16$: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(EXCHANGE, CENTRED, INCREMENT, PLANE, "the weights sum to 1"),
        steps=steps,
        depends=(),
        witnesses=_witnesses(k),
        faulty=faulty,
    )


def _product(left: Any, right: Any) -> list[list[Any]]:
    return [[sum(left[a][c] * right[c][b] for c in range(D)) for b in range(D)] for a in range(D)]


def _symbols(k: int) -> Point:
    base = symbolic_point(k)
    nu = tuple(tuple(sympy.Symbol(f"nu_{j}{a}") for a in range(D)) for j in range(k))
    s = {(a, b): sympy.Symbol(f"S_{min(a, b)}{max(a, b)}") for a, b in product(range(D), repeat=2)}
    third = {
        key: sympy.Symbol("T_" + "".join(map(str, key)))
        for key in combinations_with_replacement(range(D), 3)
    }
    mu = tuple(sympy.Symbol(f"mu_{a}") for a in range(D))
    return Point(k, {"pi": base.pi, "nu": nu, "mu": mu, "S": s, "T": third}, base.root)


def _witnesses(k: int) -> Callable[[random.Random], tuple[Point, ...]]:
    symbols = _symbols(k)

    def number(rng: random.Random) -> Fraction:
        return Fraction(rng.randint(-9, 9), rng.randint(1, 5))

    def draw(rng: random.Random) -> Point:
        raw = [Fraction(rng.randint(1, 30)) for _ in range(k)]
        pi = tuple(value / sum(raw) for value in raw)
        nu = tuple(tuple(number(rng) for _ in range(D)) for _ in range(k))
        centre = [sum(p * row[a] for p, row in zip(pi, nu, strict=True)) for a in range(D)]
        means = tuple(tuple(row[a] - centre[a] for a in range(D)) for row in nu)

        def moment(*axes: int) -> Fraction:
            total = Fraction(0)
            for p, row in zip(pi, means, strict=True):
                for a in axes:
                    p = p * row[a]
                total += p
            return total

        s = {key: moment(*key) for key in symbols.S}
        third = {key: moment(*key) for key in symbols.T}
        pairs = [*zip(symbols.pi[1:], pi[1:], strict=True)]
        pairs += [(symbols.S[key], s[key]) for key in s]
        pairs += [(symbols.T[key], third[key]) for key in third]
        pairs += zip(symbols.mu, means[0], strict=True)
        for names, row in zip(symbols.nu, nu, strict=True):
            pairs += zip(names, row, strict=True)
        values = {"pi": pi, "nu": nu, "mu": means[0], "means": means, "S": s, "T": third}
        return Point(
            k,
            values,
            lambda power: Cyclotomic.root(k, power),
            {a: sympy.Rational(b.numerator, b.denominator) for a, b in pairs},
        )

    return lambda rng: (draw(rng), draw(rng))


_X = tuple(sympy.Symbol(f"x_{a}") for a in range(D))


def _expect(value: Any) -> Any:
    """E over x ~ N(0, I_D), by the moments of monomials."""
    total = sympy.Integer(0)
    for powers, c in sympy.Poly(sympy.expand(value), *_X).terms():
        if all(p % 2 == 0 for p in powers):
            total += c * sympy.prod([sympy.factorial2(p - 1) for p in powers if p])
    return total


def _first_symbolic(m: Point) -> tuple[Any, ...]:
    rates = [sum(x * n for x, n in zip(_X, nu, strict=True)) for nu in m.nu]
    mean = sum(p * rate for p, rate in zip(m.pi, rates, strict=True))
    return tuple(_expect(_X[a] * (rate - mean)) for rate in rates for a in range(D))


def _hermite(m: Point) -> tuple[Any, Any]:
    """h_2 and h_3 of Σ_jπ_j exp(s⟨x,μ_j⟩ − s²|μ_j|²/2) in terms of the moments of the means."""
    second = sum(m.S[a, b] * (_X[a] * _X[b] - int(a == b)) for a in range(D) for b in range(D)) / 2
    third = sympy.Integer(0)
    for a, b, c in product(range(D), repeat=3):
        he = _X[a] * _X[b] * _X[c]
        he -= int(a == b) * _X[c] + int(a == c) * _X[b] + int(b == c) * _X[a]
        key = sorted((a, b, c))
        third += m.T[tuple(key)] * he / 6
    return second, third


def _cubic_symbolic(m: Point) -> tuple[Any, ...]:
    rate = sum(x * mu for x, mu in zip(_X, m.mu, strict=True))
    norm = sum(mu**2 for mu in m.mu)
    second, third = _hermite(m)
    # e_j = 1 + e1 + e2 + e3; 1/(1 + h2 + h3) = 1 − h2 − h3 to third order
    e2, e3 = (rate**2 - norm) / 2, (rate**3 - 3 * rate * norm) / 6
    orders = (e2 - second, e3 - rate * second - third)
    vector = [_expect(_X[a] * value) for value in orders for a in range(D)]
    return (*vector, *(_expect(value) for value in orders))


def _energy_symbolic(m: Point) -> tuple[Any, ...]:
    second, _ = _hermite(m)
    return (_expect(second**2 / 2),)


def _nodes(degree: int) -> list[tuple[tuple[int, ...], Fraction]]:
    rule = moment_rule(degree)
    found = []
    for choice in product(rule, repeat=D):
        weight = Fraction(1)
        for _, w in choice:
            weight *= w
        found.append((tuple(node for node, _ in choice), weight))
    return found


def _ratio(m: Point, means: Any, x: tuple[int, ...], j: int, order: int) -> Jet:
    """w_j(x; sμ)/π_j with the norms of the means in the exponents."""
    s = Jet.variable(order)
    energies = []
    for mu in means:
        inner = sum((a * b for a, b in zip(mu, x, strict=True)), Fraction(0))
        norm = sum((a * a for a in mu), Fraction(0))
        energies.append((s * inner - s * s * norm / 2).exp())
    total = Jet.of(order)
    for p, energy in zip(m.pi, energies, strict=True):
        total = total + p * energy
    return energies[j] / total


def _first_numeric(m: Point) -> tuple[Fraction, ...]:
    totals = [[Fraction(0)] * D for _ in range(m.k)]
    for x, weight in _nodes(2):
        for j in range(m.k):
            slope = _ratio(m, m.nu, x, j, 1).c[1]
            for a in range(D):
                totals[j][a] += weight * x[a] * slope
    return tuple(value for row in totals for value in row)


def _cubic_numeric(m: Point) -> tuple[Fraction, ...]:
    vector: Vector = (Fraction(0),) * (3 * D)
    for x, weight in _nodes(4):
        c = _ratio(m, m.means, x, 0, 3).c
        entries = [weight * x[a] * c[n] for n in (2, 3) for a in range(D)]
        entries += [weight * c[2], weight * c[3]]
        vector = tuple(u + v for u, v in zip(vector, entries, strict=True))
    return vector


def _energy_numeric(m: Point) -> tuple[Fraction, ...]:
    total = Fraction(0)
    for x, weight in _nodes(4):
        second = sum(
            (
                p * (sum(a * b for a, b in zip(mu, x, strict=True)) ** 2 - sum(a * a for a in mu))
                for p, mu in zip(m.pi, m.means, strict=True)
            ),
            Fraction(0),
        )
        total += weight * second**2 / 8
    return (total,)
