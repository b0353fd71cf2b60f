"""What analysis does to an expression: derivatives, expectations, integrals, limits, names.

What needs code is a node that does the work and lays itself out; what has no exact value (an
infimum, a limit, an expectation of w) is a node that is printed and never evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import sympy

from overspec.proofs.language.expression import (
    ATOM,
    ONE,
    PREFIX,
    PRODUCT,
    SUM,
    ZERO,
    Env,
    Expr,
    Sym,
    Unevaluable,
    added,
    bracketed,
    flat,
    multiplied,
    whole,
)
from overspec.proofs.language.operators import ENERGY, Turn, W, X
from overspec.proofs.language.render import (  # fmt: skip
    Box,
    Fence,
    Glyph,
    Quotient,
    Root,
    Row,
    Script,
    joined,
    letter,
    number,
    sign,
)
from overspec.proofs.machinery.calculus import minus, outer, plus, times
from overspec.proofs.machinery.expansion import Jet


@dataclass(frozen=True)
class Gradient(Expr):
    """The derivative of f in one argument: a gradient, or the Jacobian of a vector (``D f``)."""

    f: Expr
    of: Sym
    vector: bool = False
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        rows = m.derivative(lambda n: flat(self.f.value(n, env)), self.of.name)
        return rows if self.vector else rows[0]

    def box(self) -> Box:
        head = letter("D") if self.vector else Glyph(r"\nabla", "∇", "mo")
        return Row((Script(head, self.of.box()), sign(r"\,", " "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class Divergence(Expr):
    """``∇_x·f``, the trace of the Jacobian in x."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        rows = m.derivative(lambda n: self.f.value(n, env), "x")
        return added([rows[a][a] for a in range(len(rows))])

    def box(self) -> Box:
        nabla = Script(Glyph(r"\nabla", "∇", "mo"), letter("x"))
        return Row((nabla, sign(r"\cdot", "·"), bracketed(self.f.box())))


@dataclass(frozen=True)
class Flux(Expr):
    """``G^{-1} Σ_j R^{-j}∇(w_jG)``: a divergence over G, of expectation 0 by Stein."""

    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        fluxes = m.derivative(lambda n: times(n.gauss, W.value(n, env)), "x")
        return times(1 / m.gauss, plus(*(m.turn(fluxes[j], -j) for j in range(m.k))))

    def box(self) -> Box:
        j = Sym("j")
        inner = Row((Glyph(r"\nabla", "∇", "mo"), bracketed(Row((W[j].box(), letter("G"))))))
        back = Script(letter("R"), None, (-j).box())
        tail = Row((Script(sign(r"\sum", "Σ"), letter("j")), sign(r"\,", " "), back, inner))
        return Row((Script(letter("G"), None, number(-1)), tail))


@dataclass(frozen=True)
class Mean(Expr):
    """``E f`` over x ~ N(0, I); exact for polynomials in x of degree ≤ 2."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        if self.f.has(W, Sym("boltzmann", "E"), Flux()) or not hasattr(m, "expect"):
            raise Unevaluable("an expectation that is no polynomial")
        shape = self.f.value(m, env)
        entries = m.expect(lambda n: flat(self.f.value(n, env)))
        return _shaped(iter(entries), shape)

    def box(self) -> Box:
        return Row((letter("E"), Fence(sign("["), self.f.box(), sign("]"))))


BACK = -Sym("j")


@dataclass(frozen=True)
class Covariance(Expr):
    """``Cov_{j∼c}(R^{power}x)``, a matrix; of the R^{-j}x unless said otherwise."""

    c: Expr
    power: Expr = BACK
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        c = self.c.value(m, env)
        points = [m.turn(m.x, whole(self.power, m, {**env, "j": j})) for j in range(m.k)]
        mean = plus(*(times(p, point) for p, point in zip(c, points, strict=True)))
        second = added([multiplied(p, outer(y, y)) for p, y in zip(c, points, strict=True)])
        return tuple(minus(a, b) for a, b in zip(second, outer(mean, mean), strict=True))

    def box(self) -> Box:
        under = Row((letter("j"), sign(r"\sim", "∼"), self.c.box()))
        return Row((Script(letter("Cov"), under), bracketed(Turn(self.power, X).box())))


@dataclass(frozen=True)
class At(Expr):
    """An expression at another place: x = 0, θ = 0."""

    f: Expr
    where: Sym
    place: Expr = ZERO

    def value(self, m: Any, env: Env) -> Any:
        if self.place != ZERO:
            raise Unevaluable("a place other than 0")
        # at x = 0 and at θ = 0 every exponential is 1
        zero = (Fraction(0),) * len(m.x)
        moved = replace(m, **{self.where.name: zero, "boltzmann": (Fraction(1),) * m.k})
        return self.f.value(moved, env)

    def box(self) -> Box:
        where = Row((self.where.box(), sign("="), self.place.box()))
        return Row((self.f.held(ATOM), Script(sign("|"), where)))


@dataclass(frozen=True)
class Log(Expr):
    """The logarithm; inside a derivative only, where a model is rational."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        return m.log(self.f.value(m, env))

    def box(self) -> Box:
        return Row((Glyph(r"\log", "log "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class Power_e(Expr):
    """``e^{f}``, where the model has true exponentials (`densities`)."""

    f: Expr

    def value(self, m: Any, env: Env) -> Any:
        return m.exponential(self.f.value(m, env))

    def box(self) -> Box:
        return Script(letter("e"), None, self.f.box())


@dataclass(frozen=True)
class Integral(Expr):
    """``∫₀¹ f ds``, by Simpson's rule, exact for polynomials in s of degree ≤ 3."""

    of: Sym
    f: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        if self.f.has(W, ENERGY) or any(isinstance(n, Named) for n in self.f.walk()):
            raise Unevaluable("an integral that is no polynomial")
        places = ((0, 1), (Fraction(1, 2), 4), (1, 1))
        values = [
            multiplied(self.f.value(replace(m, **{self.of.name: m.s * 0 + place}), env), weight)
            for place, weight in places
        ]
        return multiplied(added(values), Fraction(1, 6))

    def box(self) -> Box:
        sum_ = Script(sign(r"\int", "∫"), number(0), number(1))
        return Row((sum_, self.f.held(PRODUCT), sign(r"\,", " "), letter("d"), self.of.box()))


@dataclass(frozen=True)
class Computed(Expr):
    """A term that only code can compute, one function for each kind of model."""

    layout: Expr
    symbolic: Callable[[Any], Any]
    numeric: Callable[[Any], Any]
    indexed: Callable[[], Any] | None = None  # as an index sum, for every k
    level: ClassVar[int] = SUM

    def value(self, m: Any, env: Env) -> Any:
        is_symbolic = getattr(m, "substitution", 0) == 0 or _symbolic(m)
        return (self.symbolic if is_symbolic else self.numeric)(m)

    def for_every_k(self, read: Any, env: Env) -> Any:
        """Its value as an index sum (`language.every`)."""
        if self.indexed is None:
            raise Unevaluable("a computed term for every k")
        return self.indexed()

    def box(self) -> Box:
        return self.layout.box()


@dataclass(frozen=True)
class Slope(Expr):
    """``df/dof`` of a rational function at a `Point`: by SymPy, and by truncated power series."""

    f: Expr
    of: Sym
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        at = getattr(m, self.of.name)
        if isinstance(at, sympy.Basic):
            return sympy.diff(self.f.value(m, env), at)
        moved = replace(m, values={**m.values, self.of.name: Jet.variable(1, at)})
        value = self.f.value(moved, env)
        return value.c[1] if isinstance(value, Jet) else Fraction(0)

    def for_every_k(self, read: Any, env: Env) -> Any:
        """The derivative of an index sum in a letter (`language.every`)."""
        return read(self.f, env).slope(self.of.name)

    def box(self) -> Box:
        d = Row((letter("d"), self.of.box()))
        return Row((Quotient(letter("d"), d, small=True), sign(r"\,", " "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class Derived(Expr):
    """``∂_s^n … f``, laid out only: for the layout of a `Computed` term."""

    f: Expr
    orders: tuple[Expr, ...]  # variable, order, variable, order, …
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        pairs = zip(self.orders[::2], self.orders[1::2], strict=True)
        d = letter("partial")
        heads = [Script(d, of.box(), n.box() if n != ONE else None) for of, n in pairs]
        return Row((*heads, sign(r"\,", " "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class Named(Expr):
    """A function of the statement, such as L(θ), M(θ)_m or argmin: named, not evaluated."""

    name: str
    arguments: tuple[Expr, ...] = ()
    index: Expr | None = None

    def box(self) -> Box:
        head = letter(self.name)
        head = head if self.index is None else Script(head, self.index.box())
        if not self.arguments:
            return head
        return Row((head, bracketed(joined([a.box() for a in self.arguments], sign(",", ", ")))))


@dataclass(frozen=True)
class Extreme(Expr):
    """``inf``, ``sup``, ``min``, ``max``, ``argmax`` or ``lim`` of an expression, not evaluated."""

    kind: str
    over: Expr | None = None
    f: Expr = ZERO
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        head: Box = letter("argmax") if self.kind == "argmax" else _upright(self.kind)
        head = head if self.over is None else Script(head, self.over.box())
        return Row((head, sign(r"\,", " "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class SquareRoot(Expr):
    """``√f``."""

    f: Expr

    def box(self) -> Box:
        return Root(self.f.box())


@dataclass(frozen=True)
class Length(Expr):
    """``|f|``, not evaluated."""

    f: Expr

    def box(self) -> Box:
        return Fence(sign("|"), self.f.box(), sign("|"))


@dataclass(frozen=True)
class Order(Expr):
    """``O(f)``."""

    f: Expr

    def box(self) -> Box:
        return Row((letter("O"), bracketed(self.f.box())))


@dataclass(frozen=True)
class Table(Expr):
    """A table of numbers that a model computes from one of its own, such as the squares of π."""

    of: Expr
    compute: Callable[[Any, Any], Any]
    shown: Box
    recompute: Callable[[Any, Any], Any]  # the same by other code
    #: its entry p for every k, as an index sum; what is given reads an entry of the other
    indexed: Callable[[Callable[[Any], Any], Any], Any] | None = None

    def value(self, m: Any, env: Env) -> Any:
        return self.compute(m, self.of.value(m, env))

    def box(self) -> Box:
        return self.shown


@dataclass(frozen=True)
class Abbreviation(Expr):
    """An expression under a short name; the words of its step say what it stands for."""

    body: Expr
    shown: Box

    def value(self, m: Any, env: Env) -> Any:
        return self.body.value(m, env)

    def box(self) -> Box:
        return self.shown


def _symbolic(m: Any) -> bool:
    return isinstance(m.k, sympy.Symbol) or isinstance(m.pi[-1], sympy.Basic)


def _shaped(entries: Any, shape: Any) -> Any:
    if isinstance(shape, tuple):
        return tuple(_shaped(entries, part) for part in shape)
    return next(entries)


def _upright(kind: str) -> Box:
    return Glyph(rf"\{kind}", kind, "mo")
