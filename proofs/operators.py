"""The operations of the mixture as nodes: R^j u, ⟨u, v⟩, ŵ_m, ∇, E, with their own evaluation.

What needs code (a derivative, an expectation) is a node that does the work and lays itself out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from . import calculus
from .calculus import dot, identity, minus, outer, plus, times
from .expression import (
    ATOM, ONE, POWER, PREFIX, PRODUCT, SUM, Z_K, ZERO, Div, Env, Expr, Node, Range, Sum, Sym,
    Unevaluable, added, bracketed, multiplied, product, whole,
)  # fmt: skip
from .render import Accent, Box, Fence, Glyph, Root, Row, Script, joined, letter, number, sign


@dataclass(frozen=True)
class Turn(Expr):
    """``R^power u``."""

    power: Expr
    u: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        return m.turn(self.u.value(m, env), whole(self.power, m, env))

    def box(self) -> Box:
        head = letter("R") if self.power == ONE else Script(letter("R"), None, self.power.box())
        return Row((head, self.u.held(PREFIX)))


@dataclass(frozen=True)
class Act(Expr):
    """``Σ_j c_j R^j u``, A u for c = π and A_c u for another; transposed: ``Σ_j c_j R^{-j} u``."""

    c: Expr
    u: Expr
    transposed: bool = False
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        act = calculus.transposed if self.transposed else calculus.circulant
        return act(m, self.c.value(m, env), self.u.value(m, env))

    def box(self) -> Box:
        return Row((self.head(), self.u.held(PREFIX)))

    def head(self) -> Box:
        """The matrix alone."""
        sub = None if self.c == PI else self.c.box()
        return Script(letter("A"), sub, letter("T") if self.transposed else None)


@dataclass(frozen=True)
class Inner(Expr):
    """``⟨u, v⟩``."""

    u: Expr
    v: Expr

    def value(self, m: Any, env: Env) -> Any:
        return dot(self.u.value(m, env), self.v.value(m, env))

    def box(self) -> Box:
        body = joined((self.u.box(), self.v.box()), sign(",", ", "))
        return Fence(sign(r"\langle", "⟨"), body, sign(r"\rangle", "⟩"))


@dataclass(frozen=True)
class Norm2(Expr):
    """``|u|²``, the squared length of a real vector, or of a matrix entry by entry."""

    u: Expr

    def value(self, m: Any, env: Env) -> Any:
        entries = _flat(self.u.value(m, env))
        return dot(entries, entries)

    def box(self) -> Box:
        return Script(Fence(sign("|"), self.u.box(), sign("|")), None, number(2))


@dataclass(frozen=True)
class Hat(Expr):
    """``ĉ_m = Σ_j c_j ω^{mj}``."""

    c: Expr
    m: Expr

    def value(self, m: Any, env: Env) -> Any:
        return calculus.fourier(m, self.c.value(m, env), whole(self.m, m, env))

    def box(self) -> Box:
        return Script(Accent(self.c.box(), "hat"), self.m.box())


@dataclass(frozen=True)
class Abs2(Expr):
    """``|ĉ_m|²``."""

    hat: Hat

    def value(self, m: Any, env: Env) -> Any:
        conjugate = Hat(self.hat.c, -self.hat.m)
        return self.hat.value(m, env) * conjugate.value(m, env)

    def box(self) -> Box:
        return Script(Fence(sign("|"), self.hat.box(), sign("|")), None, number(2))


@dataclass(frozen=True)
class Coefficient(Expr):
    """``|θ̂_m|²`` for a vector: the products with the mode f_m and its conjugate."""

    u: Expr
    m: Expr

    def value(self, m: Any, env: Env) -> Any:
        u, f = self.u.value(m, env), whole(self.m, m, env)
        return dot(m.mode(f), u) * dot(m.mode(-f), u)

    def box(self) -> Box:
        hat = Script(Accent(self.u.box(), "hat"), self.m.box())
        return Script(Fence(sign("|"), hat, sign("|")), None, number(2))


@dataclass(frozen=True)
class Mode(Expr):
    """f_m, with ``R f_m = ω^m f_m``."""

    m: Expr

    def value(self, m: Any, env: Env) -> Any:
        return m.mode(whole(self.m, m, env))

    def box(self) -> Box:
        return Script(letter("f"), self.m.box())


@dataclass(frozen=True)
class Root_(Expr):
    """``ω^power``, ω a primitive k-th root of unity."""

    power: Expr

    def value(self, m: Any, env: Env) -> Any:
        return m.zeta(whole(self.power, m, env))

    def box(self) -> Box:
        return Script(letter("omega"), None, self.power.box())


@dataclass(frozen=True)
class Chord2(Expr):
    """``|ω^a − ω^b|²``."""

    a: Expr
    b: Expr

    def value(self, m: Any, env: Env) -> Any:
        turn = whole(self.a - self.b, m, env)
        return 2 * m.zeta(0) - m.zeta(turn) - m.zeta(-turn)

    def box(self) -> Box:
        chord = Root_(self.a) - Root_(self.b)
        return Script(Fence(sign("|"), chord.box(), sign("|")), None, number(2))


@dataclass(frozen=True)
class Delta(Expr):
    """1 where two indices agree modulo k, else 0."""

    a: Expr
    b: Expr

    def value(self, m: Any, env: Env) -> Any:
        return Fraction(whole(self.a - self.b, m, env) % m.k == 0)

    def box(self) -> Box:
        return Script(letter("delta"), Row((self.a.box(), sign(","), self.b.box())))


@dataclass(frozen=True)
class Cosine(Expr):
    """``cos(2π turn/k)``, as half the sum of two roots of unity."""

    turn: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        turn = whole(self.turn, m, env)
        return (m.zeta(turn) + m.zeta(-turn)) / 2

    def box(self) -> Box:
        top = product(2, Sym("pi"), self.turn)
        return Row((Glyph(r"\cos", "cos "), Div(top, Sym("k")).box()))


@dataclass(frozen=True)
class Gradient(Expr):
    """The derivative of f in one argument: a gradient, or the Jacobian of a vector (``D f``)."""

    f: Expr
    of: Sym
    vector: bool = False
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        rows = m.derivative(lambda n: _flat(self.f.value(n, env)), self.of.name)
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
        flat = m.expect(lambda n: _flat(self.f.value(n, env)))
        return _shaped(iter(flat), shape)

    def box(self) -> Box:
        return Row((letter("E"), Fence(sign("["), self.f.box(), sign("]"))))


@dataclass(frozen=True)
class Covariance(Expr):
    """``Cov_{j∼c}(R^{power}x)``, a matrix; of the R^{-j}x unless said otherwise."""

    c: Expr
    power: Expr = product(-1, Sym("j"))
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
class Identity(Expr):
    """I."""

    def value(self, m: Any, env: Env) -> Any:
        return identity(len(m.x), m.s * 0 + 1)

    def box(self) -> Box:
        return letter("I")


@dataclass(frozen=True)
class Matrix(Expr):
    """The matrix of the linear map v ↦ image, column by column."""

    image: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        size = len(m.x)
        columns = [self.image.value(replace(m, v=e), env) for e in identity(size, m.s * 0 + 1)]
        return tuple(tuple(columns[b][a] for b in range(size)) for a in range(size))

    def box(self) -> Box:
        heads, image = [], self.image
        while isinstance(image, Act):
            heads.append(image.head())
            image = image.u
        return Row(tuple(heads)) if image == V and heads else letter("I")


@dataclass(frozen=True)
class Apply(Expr):
    """``B v`` for a matrix B."""

    b: Expr
    v: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        v = self.v.value(m, env)
        return tuple(dot(row, v) for row in self.b.value(m, env))

    def box(self) -> Box:
        return Row((self.b.held(ATOM), sign(r"\,", " "), self.v.held(PREFIX)))


@dataclass(frozen=True)
class Form(Expr):
    """``vᵀ B v``."""

    b: Expr
    v: Expr
    level: ClassVar[int] = PRODUCT

    def value(self, m: Any, env: Env) -> Any:
        v = self.v.value(m, env)
        return dot(v, tuple(dot(row, v) for row in self.b.value(m, env)))

    def box(self) -> Box:
        transposed = Script(self.v.held(ATOM), None, letter("T"))
        return Row((transposed, self.b.held(PREFIX), sign(r"\,", " "), self.v.held(ATOM)))


@dataclass(frozen=True)
class Outer(Expr):
    """``u uᵀ``, a matrix."""

    u: Expr
    level: ClassVar[int] = PRODUCT

    def value(self, m: Any, env: Env) -> Any:
        u = self.u.value(m, env)
        return outer(u, u)

    def box(self) -> Box:
        body = self.u.held(PREFIX if self.u.level < ATOM else ATOM)
        held = self.u.held(ATOM)
        return Row((body, Script(held, None, letter("T"))))


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
class Computed(Expr):
    """A term that only code can compute, one function for each kind of model."""

    layout: Expr
    symbolic: Callable[[Any], Any]
    numeric: Callable[[Any], Any]
    level: ClassVar[int] = SUM

    def value(self, m: Any, env: Env) -> Any:
        is_symbolic = getattr(m, "substitution", 0) == 0 or _symbolic(m)
        return (self.symbolic if is_symbolic else self.numeric)(m)

    def box(self) -> Box:
        return self.layout.box()


def _symbolic(m: Any) -> bool:
    import sympy

    return isinstance(m.pi[-1], sympy.Basic)


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
    over: Node | None = None
    f: Expr = ZERO
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        head: Box = letter("argmax") if self.kind == "argmax" else _upright(self.kind)
        head = head if self.over is None else Script(head, self.over.box())
        return Row((head, sign(r"\,", " "), self.f.held(PREFIX)))


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
class SquareRoot(Expr):
    """``√f``."""

    f: Expr

    def value(self, m: Any, env: Env) -> Any:
        raise Unevaluable("a square root")

    def box(self) -> Box:
        return Root(self.f.box())


def _upright(kind: str) -> Box:
    return Glyph(rf"\{kind}", kind, "mo")


def _flat(value: Any) -> tuple[Any, ...]:
    if isinstance(value, tuple):
        return tuple(entry for part in value for entry in _flat(part))
    return (value,)


def _shaped(entries: Any, shape: Any) -> Any:
    if isinstance(shape, tuple):
        return tuple(_shaped(entries, part) for part in shape)
    return next(entries)


@dataclass(frozen=True)
class Responsibilities(Expr):
    """w, of which ``w_j = π_jE_j/Σ_lπ_lE_l``; `definitions` checks it against Bayes' rule."""

    def value(self, m: Any, env: Env) -> Any:
        return calculus.responsibilities(m)

    def box(self) -> Box:
        return letter("w")


PI, X, THETA, PHI, V = Sym("pi"), Sym("x"), Sym("theta"), Sym("phi", "theta'"), Sym("v")
S, U, K = Sym("s"), Sym("u"), Sym("k")
ENERGY = Sym("boltzmann", "E")  # E_j = exp⟨x, R^jθ⟩
W = Responsibilities()
I_, J, L_, M_ = Sym("i"), Sym("j"), Sym("l"), Sym("m")


def over(index: Sym, body: Expr, range_: Range = Z_K) -> Sum:
    """``Σ_index body``, over all components unless said otherwise."""
    return Sum(index, body, range_)


def pulled(c: Expr, u: Expr) -> Sum:
    """``Σ_j c_j R^{-j} u``, spelled out."""
    return over(J, c[J] * Turn(-J, u))


def twice(c: Expr, u: Expr) -> Act:
    """``A_cᵀ A_c u``."""
    return Act(c, Act(c, u), transposed=True)
