"""The operations of the mixture as nodes: R^j u, ⟨u, v⟩, ŵ_m, ∇, E, with their own evaluation.

What needs code (a derivative, an expectation) is a node that does the work and lays itself out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from overspec.proofs.language.expression import (
    ATOM,
    ONE,
    POWER,
    PREFIX,
    PRODUCT,
    Div,
    Env,
    Expr,
    Sym,
    Unevaluable,
    flat,
    product,
    whole,
)
from overspec.proofs.language.ranges import Z_K, Range, Sum
from overspec.proofs.language.render import (
    Accent,
    Box,
    Fence,
    Glyph,
    Row,
    Script,
    joined,
    letter,
    number,
    sign,
)
from overspec.proofs.machinery import calculus
from overspec.proofs.machinery.calculus import dot, identity, outer


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
        entries = flat(self.u.value(m, env))
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
    level: ClassVar[int] = POWER  # it prints as one: a power of it needs brackets

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
    level: ClassVar[int] = POWER

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
class Responsibilities(Expr):
    """w, of which ``w_j = π_jE_j/Σ_lπ_lE_l``; `definitions` checks it against Bayes' rule."""

    def value(self, m: Any, env: Env) -> Any:
        known = getattr(m, "responsibilities", None)  # kept by a model that is asked k times
        return calculus.responsibilities(m) if known is None else known

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


@dataclass(frozen=True)
class Quantity(Expr):
    """A quantity that the models compute, each in its own way, under one name.

    `every` makes it as an index sum, for every k (`language.every`).
    """

    name: str
    shown: Box
    every: Callable[[], Any] | None = None

    def for_every_k(self, read: Any, env: Env) -> Any:
        """The index sum."""
        if self.every is None:
            raise Unevaluable(self.name)
        return self.every()

    def value(self, m: Any, env: Env) -> Any:
        return getattr(m, self.name)

    def box(self) -> Box:
        return self.shown
