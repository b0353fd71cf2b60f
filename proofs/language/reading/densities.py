"""An exact instance where the exponentials are true ones.

R is the cyclic shift of k coordinates, x, θ and θ' are integer points, and 4 stands in the place of
e, so that e^{y} is rational for every multiple y of ½; of the exponential only e^{a+b} = e^a e^b
and d e^y = e^y dy are used, which hold for every base with a formal derivative. Everything that a
mixture has is computed from its densities: nothing is taken from the models of the other methods.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from gmpy2 import mpq

from overspec.proofs.machinery.rational import Dual, RationalModel
from overspec.proofs.machinery.symbolic import SymbolicModel, as_rational


@dataclass(frozen=True)
class Densities:
    """A mixture with k components in R^k, R the cyclic shift; its vectors are rational."""

    k: int
    x: Any
    theta: Any
    phi: Any
    v: Any
    u: Any
    s: Any
    pi: Any
    substitution: Mapping[sympy.Symbol, sympy.Rational] | None = None

    def exponential(self, y: Any) -> Any:
        """``e^y``, y a multiple of ½; the derivative of a dual number goes along."""
        if isinstance(y, Dual):
            e = self.exponential(y.value)
            return Dual(e, e * y.slope)
        power = 2 * mpq(y)
        if power.denominator != 1:
            raise ValueError(f"{y} is no multiple of 1/2")
        return mpq(2) ** int(power)

    def turned(self, u: Any, j: int) -> Any:
        """``R^j u``: coordinate a goes to a + j."""
        cut = len(u) - j % len(u)
        return (*u[cut:], *u[:cut])

    def density(self, j: int) -> Any:
        """The density of N(R^jθ, I) at x, without (2π)^{−d/2}."""
        return self.exponential(_square(self.x, self.turned(self.theta, j)) * mpq(-1, 2))

    @property
    def gauss(self) -> Any:
        """The density of N(0, I) at x, without (2π)^{−d/2}."""
        return self.exponential(_square(self.x, (mpq(0),) * self.k) * mpq(-1, 2))

    @property
    def boltzmann(self) -> Any:
        """``E_j``: the density of component j over that of N(0, I), times e^{|θ|²/2}."""
        half = _square(self.theta, (mpq(0),) * self.k) * mpq(1, 2)
        scale = self.exponential(half) / self.gauss
        return tuple(self.density(j) * scale for j in range(self.k))

    @property
    def posterior(self) -> Any:
        """``w_j``, the probability of component j given x: Bayes' rule."""
        joint = [p * self.density(j) for j, p in enumerate(self.pi)]
        marginal = joint[0]
        for term in joint[1:]:
            marginal = marginal + term
        return tuple(term / marginal for term in joint)


def _square(u: Any, v: Any) -> Any:
    total: Any = mpq(0)
    for a, b in zip(u, v, strict=True):
        total = total + (a - b) * (a - b)
    return total


def whole_point(size: int, rng: random.Random) -> tuple[mpq, ...]:
    """A point with small integer coordinates, neither fixed by R nor of mean 0."""
    while True:
        point = tuple(mpq(rng.randint(-2, 2)) for _ in range(size))
        if len(set(point)) > 1 and sum(point) != 0:
            return point


def from_densities(drawn: RationalModel, rng: random.Random) -> Densities:
    """The instance with the weights and vectors of a drawn one, x, θ and θ' at integer points."""
    x, theta = whole_point(drawn.k, rng), whole_point(drawn.k, rng)
    cut = {name: getattr(drawn, name)[: drawn.k] for name in ("v", "u", "pi")}
    cut["phi"] = whole_point(drawn.k, rng)
    found = Densities(k=drawn.k, x=x, theta=theta, s=drawn.s, **cut)
    symbols = SymbolicModel.of(drawn.k)
    names = ("x", "theta", "phi", "v", "u", "pi", "boltzmann")
    pairs = [p for n in names for p in zip(getattr(symbols, n), getattr(found, n), strict=True)]
    pairs += [(symbols.s, found.s), (symbols.gauss, found.gauss)]
    values: dict[Any, Any] = {a: as_rational(b) for a, b in pairs}
    return Densities(k=drawn.k, x=x, theta=theta, s=drawn.s, **cut, substitution=values)


Draw = Callable[[random.Random], Any]


def instance(witnesses: Draw, own: Draw | None, rng: random.Random) -> Any:
    """The instance that is read: true densities where the formulas are those of a mixture.

    Args:
        witnesses: the random instances of the other method.
        own: draws the instance, where it is neither of a mixture nor one of those.
        rng: of the instance.
    """
    if own is not None:
        return own(rng)
    drawn = witnesses(rng)
    if isinstance(drawn[0], RationalModel):
        return from_densities(drawn[0], rng)
    named = [one for one in drawn if one.substitution is not None]  # stand for the symbols
    return (named or drawn)[-1]
