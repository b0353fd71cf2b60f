"""The two models of Q1f: symbols with Hermite polynomials, and power series with a moment rule."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations_with_replacement, product
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.proofs.machinery.calculus import Vector
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.expansion import Jet, Point, moment_rule, symbolic_point
from overspec.proofs.machinery.rational import LARGE
from overspec.proofs.machinery.symbolic import EVERY, as_rational

D = 2  # dimension in which the expansions are checked


def symbols(k: int) -> Point:
    """The symbols; for every k those that no component has."""
    base = symbolic_point(k)
    nu = (
        ()
        if k is EVERY
        else tuple(tuple(sympy.Symbol(f"nu_{j}{a}") for a in range(D)) for j in range(k))
    )
    s = {(a, b): sympy.Symbol(f"S_{min(a, b)}{max(a, b)}") for a, b in product(range(D), repeat=2)}
    third = {
        key: sympy.Symbol("T_" + "".join(map(str, key)))
        for key in combinations_with_replacement(range(D), 3)
    }
    mu = tuple(sympy.Symbol(f"mu_{a}") for a in range(D))
    own = {} if k is EVERY else {"pi": base.pi, "nu": nu}
    return Point(k, {**own, "mu": mu, "S": s, "T": third}, base.root)


def witnesses(k: int) -> Callable[[random.Random], tuple[Point, ...]]:
    """Random means and weights; for every k at one random k from 7 to 40."""
    if k is EVERY:
        return lambda rng: witnesses(rng.randint(*LARGE))(rng)[:1]
    letters = symbols(k)

    def number(rng: random.Random) -> mpq:
        return mpq(rng.randint(-9, 9), rng.randint(1, 5))

    def draw(rng: random.Random) -> Point:
        raw = [mpq(rng.randint(1, 30)) for _ in range(k)]
        pi = tuple(value / sum(raw) for value in raw)
        nu = tuple(tuple(number(rng) for _ in range(D)) for _ in range(k))
        centre = [sum(p * row[a] for p, row in zip(pi, nu, strict=True)) for a in range(D)]
        means = tuple(tuple(row[a] - centre[a] for a in range(D)) for row in nu)

        def moment(*axes: int) -> mpq:
            total = mpq(0)
            for p, row in zip(pi, means, strict=True):
                for a in axes:
                    p = p * row[a]
                total += p
            return total

        s = {key: moment(*key) for key in letters.S}
        third = {key: moment(*key) for key in letters.T}
        pairs = [*zip(letters.pi[1:], pi[1:], strict=True)]
        pairs += [(letters.S[key], s[key]) for key in s]
        pairs += [(letters.T[key], third[key]) for key in third]
        pairs += zip(letters.mu, means[0], strict=True)
        for names, row in zip(letters.nu, nu, strict=True):
            pairs += zip(names, row, strict=True)
        values = {"pi": pi, "nu": nu, "mu": means[0], "means": means, "S": s, "T": third, "d": D}
        substitution: dict[Any, Any] = {a: as_rational(b) for a, b in pairs}
        return Point(k, values, lambda power: Cyclotomic.root(k, power), substitution)

    return lambda rng: (draw(rng), draw(rng))


_X = tuple(sympy.Symbol(f"x_{a}") for a in range(D))


def _expect(value: Any) -> Any:
    """E over x ~ N(0, I_D), by the moments of monomials."""
    total = sympy.Integer(0)
    for powers, c in sympy.Poly(sympy.expand(value), *_X).terms():
        if all(p % 2 == 0 for p in powers):
            total += c * sympy.prod([sympy.factorial2(p - 1) for p in powers if p])
    return total


def first_symbolic(m: Point) -> tuple[Any, ...]:
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


def cubic_symbolic(m: Point) -> tuple[Any, ...]:
    rate = sum(x * mu for x, mu in zip(_X, m.mu, strict=True))
    norm = sum(mu**2 for mu in m.mu)
    second, third = _hermite(m)
    # e_j = 1 + e1 + e2 + e3; 1/(1 + h2 + h3) = 1 − h2 − h3 to third order
    e2, e3 = (rate**2 - norm) / 2, (rate**3 - 3 * rate * norm) / 6
    orders = (e2 - second, e3 - rate * second - third)
    vector = [_expect(_X[a] * value) for value in orders for a in range(D)]
    return (*vector, *(_expect(value) for value in orders))


def energy_symbolic(m: Point) -> tuple[Any, ...]:
    second, _ = _hermite(m)
    return (_expect(second**2 / 2),)


def _nodes(degree: int) -> list[tuple[tuple[int, ...], mpq]]:
    rule = moment_rule(degree)
    found = []
    for choice in product(rule, repeat=D):
        weight = mpq(1)
        for _, w in choice:
            weight *= w
        found.append((tuple(node for node, _ in choice), weight))
    return found


def _ratios(m: Point, means: Any, x: tuple[int, ...], order: int, count: int) -> list[Jet]:
    """w_j(x; sμ)/π_j, j < count, with the norms of the means in the exponents."""
    s = Jet.variable(order)
    energies = []
    for mu in means:
        inner = sum((a * b for a, b in zip(mu, x, strict=True)), mpq(0))
        norm = sum((a * a for a in mu), mpq(0))
        energies.append((s * inner - s * s * norm / 2).exp())
    total = Jet.of(order)
    for p, energy in zip(m.pi, energies, strict=True):
        total = total + p * energy
    return [energy / total for energy in energies[:count]]


def first_numeric(m: Point) -> tuple[mpq, ...]:
    totals = [[mpq(0)] * D for _ in range(m.k)]
    for x, weight in _nodes(2):
        for j, ratio in enumerate(_ratios(m, m.nu, x, 1, m.k)):
            for a in range(D):
                totals[j][a] += weight * x[a] * ratio.c[1]
    return tuple(value for row in totals for value in row)


def cubic_numeric(m: Point) -> tuple[mpq, ...]:
    vector: Vector = (mpq(0),) * (3 * D)
    for x, weight in _nodes(4):
        (ratio,) = _ratios(m, m.means, x, 3, 1)
        c = ratio.c
        entries = [weight * x[a] * c[n] for n in (2, 3) for a in range(D)]
        entries += [weight * c[2], weight * c[3]]
        vector = tuple(u + v for u, v in zip(vector, entries, strict=True))
    return vector


def energy_numeric(m: Point) -> tuple[mpq, ...]:
    total = mpq(0)
    for x, weight in _nodes(4):
        second = sum(
            (
                p * (sum(a * b for a, b in zip(mu, x, strict=True)) ** 2 - sum(a * a for a in mu))
                for p, mu in zip(m.pi, m.means, strict=True)
            ),
            mpq(0),
        )
        total += weight * second**2 / 8
    return (total,)
