"""The nodes: T_ju, T_jᵀu, derivatives, the flux, the truth's posterior mean.

Each evaluates in every model: in the free module (`words`), at random maps in coordinates, as an
index sum for every k (`language.every.maps`), and (`again`) from the densities, by code that the
others do not run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

from overspec.proofs.language.analysis import Abbreviation, Named
from overspec.proofs.language.every import maps
from overspec.proofs.language.every.calculus import at_zero
from overspec.proofs.language.every.evaluate import index as form
from overspec.proofs.language.expression import (
    PREFIX,
    Env,
    Expr,
    Sym,
    Unevaluable,
    bracketed,
    whole,
)
from overspec.proofs.language.operators import (  # fmt: skip
    ENERGY,
    I_,
    PI,
    THETA,
    Inner,
    J,
    Norm2,
    W,
    X,
    over,
)
from overspec.proofs.language.reading.mixture import paired
from overspec.proofs.language.reading.reader import index, read, scaled, summed
from overspec.proofs.language.render import Box, Glyph, Row, Script, letter, number, sign
from overspec.proofs.machinery.rational import Dual

ALPHA = Sym("alpha")  # the truth's weights
TRUTHS = Sym("truths", "F")  # F_i, the density of N(ν_i, I) at x


@dataclass(frozen=True)
class Image(Expr):
    """``T_j u``."""

    j: Expr
    u: Expr
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read_: Any, env: Any) -> Any:
        return maps.image(read_(self.u, env), form(self.j, env))

    def value(self, m: Any, env: Env) -> Any:
        return m.image(self.u.value(m, env), whole(self.j, m, env))

    def again(self, m: Any, env: Env) -> Any:
        u, rows = read(self.u, m, env), m.maps[index(self.j, m, env) % m.k]
        return tuple(paired(row, u) for row in rows)

    def box(self) -> Box:
        return Row((Script(letter("T"), self.j.box()), self.u.held(PREFIX)))


@dataclass(frozen=True)
class Back(Expr):
    """``T_jᵀ u``."""

    j: Expr
    u: Expr
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read_: Any, env: Any) -> Any:
        return maps.back(read_(self.u, env), form(self.j, env))

    def value(self, m: Any, env: Env) -> Any:
        return m.back(self.u.value(m, env), whole(self.j, m, env))

    def again(self, m: Any, env: Env) -> Any:
        u, rows = read(self.u, m, env), m.maps[index(self.j, m, env) % m.k]
        return summed(scaled(c, row) for c, row in zip(u, rows, strict=True))

    def box(self) -> Box:
        return Row((Script(letter("T"), self.j.box(), letter("T")), self.u.held(PREFIX)))


@dataclass(frozen=True)
class Dot(Inner):
    """``⟨u, v⟩``."""

    def value(self, m: Any, env: Env) -> Any:
        return m.inner(self.u.value(m, env), self.v.value(m, env))


@dataclass(frozen=True)
class Square(Norm2):
    """``|u|²``."""

    def value(self, m: Any, env: Env) -> Any:
        u = self.u.value(m, env)
        return m.inner(u, u)


@dataclass(frozen=True)
class Slope(Expr):
    """The gradient of a number in x, θ or θ'."""

    f: Expr
    of: Sym
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read_: Any, env: Any) -> Any:
        return maps.slope(read_(self.f, env), self.of.name)

    def value(self, m: Any, env: Env) -> Any:
        return m.slope(lambda n: self.f.value(n, env), self.of.name)

    def again(self, m: Any, env: Env) -> Any:
        size = len(getattr(m, self.of.name))
        units = [tuple(Fraction(int(a == b)) for b in range(size)) for a in range(size)]
        return tuple(_moved(self.f, m, env, self.of.name, unit) for unit in units)

    def box(self) -> Box:
        nabla = Script(Glyph(r"\nabla", "∇", "mo"), self.of.box())
        return Row((nabla, sign(r"\,", " "), self.f.held(PREFIX)))


@dataclass(frozen=True)
class Along(Expr):
    """The derivative of a number or a vector in x, θ or θ' along v."""

    f: Expr
    of: Sym
    v: Expr
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read_: Any, env: Any) -> Any:
        if not isinstance(self.v, Sym):
            raise Unevaluable("a derivative along other than a letter")
        return maps.along(read_(self.f, env), self.of.name, self.v.name)

    def value(self, m: Any, env: Env) -> Any:
        return m.along(lambda n: self.f.value(n, env), self.of.name, self.v.value(m, env))

    def again(self, m: Any, env: Env) -> Any:
        return _moved(self.f, m, env, self.of.name, read(self.v, m, env))

    def box(self) -> Box:
        head = Script(letter("D"), self.of.box())
        at = Script(sign("|"), self.v.box())
        return Row((head, sign(r"\,", " "), self.f.held(PREFIX), at))


@dataclass(frozen=True)
class Spread(Expr):
    """``∇_x·f``, the divergence of a vector that is free of x but for numbers."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read_: Any, env: Any) -> Any:
        return maps.spread(read_(self.f, env))

    def value(self, m: Any, env: Env) -> Any:
        return m.trace(lambda n: self.f.value(n, env))

    def again(self, m: Any, env: Env) -> Any:
        total: Any = 0
        for a in range(len(m.x)):
            unit = tuple(Fraction(int(a == b)) for b in range(len(m.x)))
            total = total + _moved(self.f, m, env, "x", unit)[a]
        return total

    def box(self) -> Box:
        nabla = Script(Glyph(r"\nabla", "∇", "mo"), letter("x"))
        return Row((nabla, sign(r"\cdot", "·"), self.f.held(PREFIX)))


def _moved(f: Expr, m: Any, env: Env, name: str, v: Any) -> Any:
    """The derivative along v at an instance, by dual numbers through the densities."""
    point = getattr(m, name)
    moved = tuple(Dual(c, b) for c, b in zip(point, v, strict=True))
    return _slopes(read(f, replace(m, **{name: moved}), env))


def _slopes(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_slopes, value))
    return value.slope if isinstance(value, Dual) else Fraction(0)


@dataclass(frozen=True)
class Origin(Expr):
    """An expression at θ = 0."""

    f: Expr
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read_: Any, env: Any) -> Any:
        return at_zero(read_(self.f, env), "theta")

    def value(self, m: Any, env: Env) -> Any:
        return m.at_zero(lambda n: self.f.value(n, env))

    def again(self, m: Any, env: Env) -> Any:
        return read(self.f, replace(m, theta=(Fraction(0),) * len(m.theta)), env)

    def box(self) -> Box:
        where = Row((letter("theta"), sign("="), number(0)))
        return Row((self.f.held(PREFIX), Script(sign("|"), where)))


@dataclass(frozen=True)
class TruthShares(Expr):
    """r, of which ``r_i = α_iF_i/Σ_lα_lF_l``: the truth's own responsibilities."""

    def entry_for_every_k(self, _: Any, i: Any) -> Any:
        return maps.share(i)

    def value(self, m: Any, env: Env) -> Any:
        terms = [a * f for a, f in zip(m.alpha, m.truths, strict=True)]
        total = sum(terms[1:], terms[0])
        return tuple(term / total for term in terms)

    def again(self, m: Any, env: Env) -> Any:
        return m.truth_posterior

    def box(self) -> Box:
        return letter("r")


@dataclass(frozen=True)
class Centre(Expr):
    """ν_i."""

    i: Expr

    def for_every_k(self, _: Any, env: Any) -> Any:
        return maps.centre(form(self.i, env))

    def value(self, m: Any, env: Env) -> Any:
        return m.nu(whole(self.i, m, env))

    def again(self, m: Any, env: Env) -> Any:
        return m.centres[index(self.i, m, env) % m.k]

    def box(self) -> Box:
        return Script(letter("nu"), self.i.box())


@dataclass(frozen=True)
class Metric(Expr):
    """``G u``, G = E Σ_j w_jT_jᵀT_j: named, not evaluated."""

    u: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        raise Unevaluable("an expectation of w")

    def box(self) -> Box:
        return Row((letter("G"), self.u.held(PREFIX)))


@dataclass(frozen=True)
class Inverse(Expr):
    """``G⁻¹ u``: named, not evaluated."""

    u: Expr
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        raise Unevaluable("an expectation of w")

    def box(self) -> Box:
        return Row((Script(letter("G"), None, number(-1)), self.u.held(PREFIX)))


POSTERIOR = TruthShares()
#: n(x), the posterior mean of ν.
TRUE_MEAN = Abbreviation(over(I_, POSTERIOR[I_] * Centre(I_)), letter("n"))
DENSITY = over(I_, ALPHA[I_] * TRUTHS[I_])

M_THETA, L_THETA = Named("M", (THETA,)), Named("L", (THETA,))


def pulled(u: Expr = X) -> Expr:
    """``A_wᵀu = Σ_j w_j T_jᵀu``; with u = x the integrand of b."""
    head = Script(letter("A"), W.box(), letter("T"))
    return Abbreviation(over(J, W[J] * Back(J, u)), Row((head, u.held(PREFIX))))


def own(u: Expr) -> Expr:
    """``Σ_j w_j T_jᵀT_ju``, of which G u is the expectation."""
    return over(J, W[J] * Back(J, Image(J, u)))


def image(u: Expr, c: Expr = W) -> Expr:
    """``Σ_j c_j T_ju``: A_wu."""
    return over(J, c[J] * Image(J, u))


#: m(x) = A_wθ, the fitted posterior mean.
FITTED = Abbreviation(image(THETA), letter("m"))


@dataclass(frozen=True)
class Weighted(Expr):
    """``w_jP`` as the second reading has it."""

    j: int
    w: Expr

    def again(self, m: Any, env: Env) -> Any:
        return paired(m.alpha, m.truths) * read(self.w, m, env)[self.j]


@dataclass(frozen=True)
class Flux(Expr):
    """``P⁻¹ Σ_j T_jᵀ∇(w_jP)``: a divergence over the truth's density P, of expectation 0."""

    w: Expr = W  # a child, so that it is seen to depend on x
    level: ClassVar[int] = PREFIX

    def body(self) -> Expr:
        """The same, spelled out."""
        return over(J, Back(J, Slope(self.w[J] * DENSITY, X))) / DENSITY

    def for_every_k(self, _: Any, env: Any) -> Any:
        return maps.flux()

    def value(self, m: Any, env: Env) -> Any:
        return self.body().value(m, env)

    def again(self, m: Any, env: Env) -> Any:
        found = []
        for j in range(m.k):
            weighted = Weighted(j, self.w)
            size = len(m.x)
            units = [tuple(Fraction(int(a == b)) for b in range(size)) for a in range(size)]
            slope = tuple(_moved(weighted, m, env, "x", unit) for unit in units)
            found.append(summed(scaled(c, row) for c, row in zip(slope, m.maps[j], strict=True)))
        return scaled(1 / paired(m.alpha, m.truths), summed(found))

    def box(self) -> Box:
        weighted = bracketed(Row((self.w[J].box(), letter("P"))))
        slope = Row((Glyph(r"\nabla", "∇", "mo"), weighted))
        tail = Row((Script(letter("T"), J.box(), letter("T")), slope))
        head = Script(letter("P"), None, number(-1))
        return Row((head, Script(sign(r"\sum", "Σ"), J.box()), sign(r"\,", " "), tail))


def loss() -> Expr:
    """ℓ(x; θ): ``−log p_θ(x)`` up to terms free of θ."""
    from overspec.proofs.language.analysis import Log

    return -Log(over(J, PI[J] * ENERGY[J]))


FAMILY = "any T_j whose kernels meet in 0; A_w = Σ_j w_jT_j, m = A_wθ, G = E Σ_j w_jT_jᵀT_j"
TRUTH = "the truth is a mixture of N(ν_i, I), n(x) the posterior mean of ν"
STANDARD = "the truth is N(0, I), so n = 0"
