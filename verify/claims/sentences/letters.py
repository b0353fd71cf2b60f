"""The letters of such sentences: measured quantities, |π̂_m|², the least of them, laws."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

from overspec.mixture import Mixture
from overspec.proofs.language.analysis import Extreme
from overspec.proofs.language.expression import (
    ONE,
    PREFIX,
    PRODUCT,
    Div,
    Env,
    Expr,
    Meaningless,
    Num,
    Pow,
    Sym,
    Unevaluable,
    product,
    whole,
)
from overspec.proofs.language.operators import M_, PI, Abs2, Hat
from overspec.proofs.language.ranges import PLANES, Range
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, sign
from overspec.proofs.language.render import Quotient as Over
from overspec.proofs.language.statement import Both, Prose, Statement
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.claims.sentences.estimate import Growth
from overspec.verify.engines.spectrum import dft_energy, sigma
from overspec.weights import Weights


@cache
def _weights(weights: Weights) -> tuple[Any, ...]:
    return tuple(w if isinstance(w, Fraction) else float(w) for w in weights)


@dataclass(frozen=True)
class Instance:
    """One case of a measurement: what the letters of a sentence stand for in it.

    Attributes:
        where: the case in words.
        seen: what was measured of it, by the names of `Seen`; by frequency where it has one.
        mixture: whose π, k, d and F(R) they are.
    """

    where: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    mixture: Mixture | None = None
    known: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["known"][name]
        except KeyError:
            raise AttributeError(name) from None

    def of(self) -> Mixture:
        """The mixture."""
        if self.mixture is None:
            raise Unevaluable("no mixture")
        return self.mixture

    @property
    def k(self) -> int:
        """Components."""
        return self.mixture.k if self.mixture is not None else int(self.known["k"])

    @property
    def d(self) -> int:
        """Dimension."""
        return self.of().d

    @property
    def pi(self) -> tuple[Any, ...]:
        """The weights: rational ones exactly."""
        if "pi" in self.known:
            return tuple(self.known["pi"])
        return _weights(self.of().weights)

    @property
    def sorted(self) -> tuple[Any, ...]:
        """The weights in ascending order."""
        return tuple(sorted(self.pi))

    def log(self, value: Any) -> float:
        """The natural logarithm."""
        if isinstance(value, complex) or value <= 0:
            raise Meaningless("the logarithm of no positive number")
        return math.log(value)

    def zeta(self, power: int) -> complex:
        """ω^power."""
        return cmath.exp(2j * math.pi * (power % self.k) / self.k)

    @property
    def blocks(self) -> tuple[int, ...]:
        """The frequencies of the action, 0 among them where R leaves a direction alone."""
        return (
            self.known["blocks"] if self.mixture is None else tuple(self.mixture.action.frequencies)
        )

    def indices(self, name: str) -> tuple[int, ...] | None:
        """What a named range is for this mixture: F(R) is the frequencies of its action."""
        if "indices" in self.known:
            return tuple(self.known["indices"](name))
        if name not in ("F(R)", "F(R)*") or self.mixture is None:
            return None
        charged = {m for m in self.mixture.action.frequencies if m}
        return tuple(sorted(charged | ({0} if name == "F(R)" else set())))


@dataclass(frozen=True)
class Seen(Expr):
    """A measured quantity by its name, at a frequency where it has one; a letter, no formula."""

    name: str
    shown: Box
    index: Expr | None = None

    def value(self, m: Any, env: Env) -> Any:
        found = m.seen.get(self.name)
        if isinstance(found, Mapping) and self.index is not None:
            block = whole(self.index, m, env)
            if block not in m.blocks:
                raise Meaningless(f"no block {block}")
            found = found.get(block)
        if found is None:
            raise Unevaluable(f"{self.name} was not measured")
        return found

    def box(self) -> Box:
        return self.shown


@dataclass(frozen=True)
class Survey(Extreme):
    """The least or the largest of a quantity over all points looked at, both measured."""

    def value(self, m: Any, env: Env) -> Any:
        found = self.f.value(m, env)
        return found[self.kind]


@dataclass(frozen=True)
class Quantity(Expr):
    """A number that a tool computes of a case, such as ρ* or R₀(k); the tool is the field."""

    shown: Box
    compute: Callable[[Any, Env], Any]

    def value(self, m: Any, env: Env) -> Any:
        return self.compute(m, env)

    def box(self) -> Box:
        return self.shown


@dataclass(frozen=True)
class Energy(Abs2):
    """``|π̂_m|²``: 0 exactly where the field of the weights says so, else a double."""

    def value(self, m: Any, env: Env) -> Any:
        frequency = whole(self.hat.m, m, env) % m.k
        if self.hat.c != PI:
            found = abs(Hat.value(self.hat, m, env)) ** 2
            return Fraction(0) if found < 1e-24 else found
        return _energy(m.of().weights, frequency)


@cache
def _energy(weights: Weights, m: int) -> Any:
    null = min(m, weights.k - m) in null_frequencies(weights)
    return Fraction(0) if null else float(dft_energy(weights, m))


@cache
def _least(mixture: Mixture) -> Any:
    null = set(null_frequencies(mixture.weights, mixture.action)) - {0}
    return Fraction(0) if null else float(sigma(mixture))


def energy(m: Any = M_, of: Expr = PI) -> Energy:
    """``|π̂_m|²``."""
    return Energy(Hat(of, m if isinstance(m, Expr) else Num(Fraction(m))))


@dataclass(frozen=True)
class Extremum(Extreme):
    """The least or the largest of an expression over the indices of a range."""

    among: Range = PLANES

    def value(self, m: Any, env: Env) -> Any:
        if self == LEAST:
            return _least(m.of())
        values = [self.f.value(m, {**env, "m": i}) for i in self.among.values(m, env)]
        if any(isinstance(value, complex) for value in values):
            raise Meaningless("complex numbers have no order")
        return {"min": min, "max": max}[self.kind](values)

    def box(self) -> Box:
        under = Row((letter("m"), sign(r"\in", "∈"), self.among.box()))
        return Row((Script(sign(rf"\{self.kind}", self.kind), under), sign(r"\,", " "),
                    self.f.held(PREFIX)))  # fmt: skip


SORTED = Sym("sorted", "pi^sort")  # the weights in ascending order
LEAST = Extremum("min", None, energy(), PLANES)  # σ


@dataclass(frozen=True)
class Ratio(Expr):
    """``lim f(x)/x^e`` for a law f ~ C x^p: f is a `Growth`; as x → 0, or times x^e as x → ∞."""

    f: Expr
    x: Expr
    exponent: Expr
    times: bool = False
    level: ClassVar[int] = PRODUCT

    def value(self, m: Any, env: Env) -> Any:
        law = self.f.value(m, env)
        if not isinstance(law, Growth):
            raise Unevaluable("no law")
        exponent = Fraction(self.exponent.value(m, env))
        return law.over(-exponent if self.times else exponent, not self.times)

    def box(self) -> Box:
        power = self.x.box() if self.exponent == ONE else Pow(self.x, self.exponent).box()
        if self.times:
            return Row((power, sign(r"\,", " "), self.f.held(PREFIX)))
        return Over(self.f.box(), power)


@dataclass(frozen=True)
class Given(Statement):
    """What a case of the measurement is or is not: its words, and the code that decides.

    Attributes:
        name: of what was measured, where it is no condition but a finding.
    """

    words: Prose
    otherwise: Prose
    decide: Callable[[Any], bool]
    name: str = ""
    denied: bool = False

    def prose(self) -> Prose:
        return self.otherwise if self.denied else self.words

    def holds(self, m: Any, env: Env) -> bool:
        return bool(self.decide(m)) is not self.denied

    def changes(self) -> Iterator[tuple[str, Statement]]:
        """Its alteration (`proofs.language.alterations`)."""
        yield "a property denied", replace(self, denied=not self.denied)


@dataclass(frozen=True)
class Distinction(Both):
    """Clauses with conditions, of which one holds in every case."""


@dataclass(frozen=True)
class Within(Statement):
    """A number with its error meets an interval: ``x ∈ [low, high]``."""

    x: Expr
    low: Expr
    high: Expr

    def prose(self) -> Prose:
        ends = Row((self.low.box(), sign(",", ", "), self.high.box()))
        return (Row((self.x.box(), sign(r"\in", " ∈ "), Fence(sign("["), ends, sign("]")))),)

    def changes(self) -> Iterator[tuple[str, Statement]]:
        """Its alterations (`proofs.language.alterations`)."""
        yield "the ends exchanged", replace(self, low=self.high, high=self.low)
        for by in (Fraction(1, 10**9), Fraction(-1, 10**9)):
            yield "a number moved", replace(self, x=self.x + Num(by))


def times(share: Any, e: Expr) -> Expr:
    """A multiple, the number on the line above where there is a quotient."""
    if not isinstance(e, Div):
        return product(share, e)
    share = Fraction(share)
    return product(share.numerator, e.top) / product(share.denominator, e.bottom)


def inverse(e: Expr) -> Expr:
    """One over it, a quotient turned over."""
    if not isinstance(e, Div):
        return ONE / e
    return e.bottom / e.top if e.top != ONE else e.bottom


@dataclass(frozen=True)
class Root(Expr):
    """``f^e`` of a law f, in numbers that need not be whole."""

    f: Expr
    exponent: Expr

    def value(self, m: Any, env: Env) -> Any:
        return self.f.value(m, env) ** Fraction(self.exponent.value(m, env))

    def box(self) -> Box:
        return Pow(self.f, self.exponent).box()


def quotient(top: str, bottom: str) -> Box:
    """The quotient of two letters, itself a letter: what is measured is the quotient."""
    return Over(_indexed(top), _indexed(bottom))


def _indexed(name: str) -> Box:
    """A letter; ``KL_{t+1}`` has an index of more than one sign."""
    base, _, index = name.partition("_{")
    if not index:
        return letter(name)
    signs = [letter(c) if c.isalnum() else sign(c) for c in index.rstrip("}")]
    return Script(letter(base), Row(tuple(signs)))


def norm(index: str) -> Box:
    """``|θ_index|``."""
    at = Row(tuple(letter(c) if c.isalnum() else sign(c) for c in index))
    return Fence(sign("|"), Script(letter("theta"), at), sign("|"))
