"""Any orthogonal family T_j in place of R^j (math.md section 9, Q1): S6, T7 and global convergence.

The means are ``T_jθ``, the T_j any orthogonal d×d matrices; ``A_w = Σ_j w_jT_j``,
``A = Σ_j π_jT_j``. S6 holds: ``M(θ) = (I − H)θ``, ``H = E A_wᵀA_w``, ``0 ⪯ H ⪯ I``. So
``|M(θ)|² ≤ ⟨θ, M(θ)⟩ = (1 − q)|θ|²`` with ``q(θ) = E|A_wθ|²/|θ|²``, and

* q > 0 for θ ≠ 0 (else all T_jθ are equal and A_wθ is their common value, which is not 0);
* ``q ≥ 1 − k(k−1)/(√(2π)|θ|)``, so q → 1 at infinity;
* ``q → |Au|²`` as θ → 0 along u.

Hence ``sup_θ (1 − q) < 1`` iff A is invertible: EM then converges linearly from **any** start, with
``|θ_{t+1}| ≤ √(sup(1−q)) |θ_t|``. No frequencies, cosets or simplex enter.

The symbolic side works in the free module on the words θ, T_jᵀx, T_jᵀT_iθ (i ≠ j) over the
functions of π and E_j: an identity there holds for every family. The rational side has random
orthogonal 3×3 matrices, reflections included, and dual numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import sympy

from overspec.proofs.language.analysis import (
    Computed,
    Derived,
    Extreme,
    Length,
    Mean,
    Named,
    SquareRoot,
)
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, PREFIX, ZERO, Env, Expr, Num, Sym
from overspec.proofs.language.lemmas import CONTINUITY, EXCHANGE, STEIN, coefficient, linear
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import I_, PI, J, K, Norm2, W, over
from overspec.proofs.language.reading.reader import index
from overspec.proofs.language.render import Box, Row, Script, letter
from overspec.proofs.language.statement import (
    DoesNotFollow,
    Every,
    Iff,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.calculus import Vector, minus, plus, times
from overspec.proofs.machinery.expansion import Jet
from overspec.proofs.questions.orthogonal_models import (
    Instance,
    Words,
    families,
    from_densities,
    inner,
)

FAMILY = "every T_j is orthogonal; nothing else is asked of the family; A_w = Σ_j w_jT_j"
COMPACT = Hypothesis(
    "compact",
    "q is continuous on θ ≠ 0 with limits |Au|² at 0, uniformly in u, and 1 at infinity: its "
    "infimum is positive iff A is invertible",
    "compactness of shells and spheres",
)
GAUSS = Hypothesis(
    "Gauss",
    "for ζ normal with variance s² and f ≥ 0: E f(ζ) ≤ ∫f/(s√(2π)); here ζ = log r with "
    "s = |T_iθ − T_jθ| and r = w_i/w_j",
    "the normal density is at most 1/(s√(2π))",
)


@dataclass(frozen=True)
class InFamily(Expr):
    """A term of the family: a name for the layout, one function for each kind of model."""

    shown: Expr
    words: Callable[[Words], Any]
    instance: Callable[[Instance], Any]
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        return self.words(m) if isinstance(m, Words) else self.again(m, env)

    def again(self, m: Any, env: Env) -> Any:
        return self.instance(m)

    def box(self) -> Box:
        return self.shown.box()


@dataclass(frozen=True)
class Map(Expr):
    """``T_j u`` or ``T_jᵀ u``, laid out only."""

    j: Expr
    u: Expr
    back: bool = False
    level: ClassVar[int] = PREFIX

    def box(self) -> Box:
        head = Script(letter("T"), self.j.box(), letter("T") if self.back else None)
        return Row((head, self.u.held(PREFIX)))


def _zero(*_: Any) -> Any:
    return sympy.Integer(0)


def _square_words(m: Words) -> Vector:
    return m.vector([0] * m.k, lambda j, i: m.w[j] * m.w[i])


def _partial_words(m: Words) -> Vector:
    return m.vector([0] * m.k, lambda j, i: m.w[j] * m.w[i] if i != j else _zero())


def _square(m: Instance) -> Vector:
    return plus(*(times(m.w[j], m.back(j, m.image())) for j in range(m.k)))


def _partial(m: Instance) -> Vector:
    own = times(sum(w * w for w in m.w), m.theta)
    return minus(_square(m), own)


def _flux(m: Instance) -> Vector:
    gradients = m.gradients()
    return plus(*(m.back(j, minus(gradients[j], times(m.w[j], m.x))) for j in range(m.k)))


X, THETA = Sym("x"), Sym("theta")
POINT = InFamily(
    THETA, lambda m: m.vector([0] * m.k, lambda j, i: int(j == i == 0)), lambda m: m.theta
)
PULLED = InFamily(
    over(J, W[J] * Map(J, X, back=True)),
    lambda m: m.vector(m.w, _zero),
    lambda m: plus(*(times(m.w[j], m.back(j, m.x)) for j in range(m.k))),
)
IMAGE = Named("A_w") * THETA
SQUARE = InFamily(Named("A_w^T") * IMAGE, _square_words, _square)
PARTIAL = InFamily(Named("A_w^T") * IMAGE - over(J, W[J] ** 2) * THETA, _partial_words, _partial)
FLUX = InFamily(
    Named("G^-1") * over(J, Map(J, Named("nabla") * (W[J] * Sym("G")), back=True)),
    lambda m: m.vector([-w for w in m.w], m.slope),
    _flux,
)
DIVERGENCE = InFamily(
    Named("nabla") * IMAGE,
    lambda m: sum(m.slope(j, i) * m.gram(i, j) for i in range(m.k) for j in range(m.k)),
    lambda m: sum(inner(g, m.apply(j, m.theta)) for j, g in enumerate(m.gradients())),
)
LENGTH2 = InFamily(Norm2(THETA), lambda m: m.gram(0, 0), lambda m: inner(m.theta, m.theta))
IMAGE2 = InFamily(
    Norm2(IMAGE),
    lambda m: sum(m.w[i] * m.w[j] * m.gram(i, j) for i in range(m.k) for j in range(m.k)),
    lambda m: inner(m.image(), m.image()),
)


@dataclass(frozen=True)
class Gap2(Expr):
    """``|T_iθ − T_jθ|²``."""

    i: Expr
    j: Expr

    def value(self, m: Any, env: Env) -> Any:
        i, j = self.i.value(m, env), self.j.value(m, env)
        if isinstance(m, Words):
            return m.gram(i, i) + m.gram(j, j) - 2 * m.gram(i, j)
        return self.again(m, env)

    def again(self, m: Any, env: Env) -> Any:
        ends = (m.apply(index(i, m, env), m.theta) for i in (self.i, self.j))
        return sum((a - b) ** 2 for a, b in zip(*ends, strict=True))

    def box(self) -> Box:
        return Norm2(Map(self.i, THETA) - Map(self.j, THETA)).box()


def orthogonal_family(k: int) -> Derivation:
    """Q1o: the Stein form, and a global rate, for any orthogonal family.

    >>> orthogonal_family(2).recheck()
    ()
    """
    return _orthogonal_family(
        k,
        faulty=(
            ("I + A_wᵀA_w: a sign", partial(_orthogonal_family, k, sign=-1)),
            ("A_wᵀA_w without its diagonal", partial(_orthogonal_family, k, square=PARTIAL)),
            ("pairs counted twice", partial(_orthogonal_family, k, pairs=1)),
            ("(1−h)² with the wrong sign of h", partial(_orthogonal_family, k, shrink=-1)),
        ),
    )


def _orthogonal_family(
    k: int,
    sign: int = 1,
    square: Expr = SQUARE,
    pairs: int = 2,
    shrink: int = 1,
    faulty: Faults = (),
) -> Derivation:
    spread = over(I_, over(J, W[I_] * W[J] * Gap2(I_, J))) / pairs
    h, r = Sym("h"), Sym("r")
    by_parts = step(
        "Integrate by parts; the flux G^{-1}Σ_jT_jᵀ∇(w_jG) has expectation 0.",
        PULLED,
        POINT - sign * square - FLUX,
        "∇E_j = E_j T_jθ, ∇G = −xG, T_jᵀT_j = I, Σ_j w_j = 1",
    )
    divergence = step(
        "The divergence of A_wθ in x, a sum over pairs: if A_wθ = 0 for all x, all T_jθ are "
        "equal, and A_wθ is their common value.",
        DIVERGENCE,
        spread,
        "the derivative of w_j is w_j(T_jθ − A_wθ)ᵀ",
    )
    lost = step(
        "The same sum is what A_w loses: 0 ⪯ A_wᵀA_w ⪯ I, with θ any vector.",
        LENGTH2 - IMAGE2,
        spread,
        "Lagrange's identity",
    )
    eigenvalue = step(
        "For an eigenvalue h ∈ [0, 1] of H: so (I − H)² ⪯ I − H and |M|² ≤ ⟨θ, M⟩.",
        1 - h - (1 - h) ** 2,
        h * (1 - shrink * h),
        "expand",
    )
    logistic = step(
        "At infinity: w_iw_j ≤ r/(1+r)² with r = w_i/w_j, whose integral over log r is 1. "
        "So E w_iw_j ≤ 1/(√(2π)|T_iθ−T_jθ|), and 1 − q ≤ k(k−1)/(√(2π)|θ|) by the pairs.",
        Computed(
            Derived(r / (1 + r), (r, ONE)),
            lambda m: sympy.diff(m.r / (1 + m.r), m.r),
            lambda m: (Jet.variable(1, m.r) / (Jet.variable(1, m.r) + 1)).c[1],
        ),
        1 / r * (r / (1 + r) ** 2),
        "quotient rule",
    )
    form = _form(by_parts)
    shorter = _shorter(form, eigenvalue)
    return Derivation(
        id="Q1o",
        title="any orthogonal family: Stein form and global linear rate",
        theorem=together(form, shorter, _positive(divergence, lost, shorter), _far(lost, logistic)),
        setting=(FAMILY, "q = E|A_wθ|²/|θ|²"),
        model=Words(k),
        witnesses=families(k),
        reading=from_densities(k),
        faulty=faulty,
    )


IMAGE_OF, Q = Named("M", (THETA,)), Named("q", (THETA,))


def _form(by_parts: Theorem) -> Theorem:
    """Σw_jT_jᵀx = θ − c·B − flux, of expectation 0: M(θ) = θ − c E B."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        c, rest = linear(r.rhs, FLUX)
        if c != -1 or r.lhs != PULLED:
            raise DoesNotFollow("not by parts")
        out: Expr = ZERO
        for term in rest.terms:  # type: ignore[attr-defined]
            factor, bare = coefficient(term)
            out = out + Num(factor) * (THETA if bare == POINT else Mean(bare.shown))  # type: ignore[attr-defined]
        return equals(IMAGE_OF, out)

    return Rule("Stein", infer, (STEIN, EXCHANGE))(by_parts)


def _shorter(form: Theorem, eigenvalue: Theorem) -> Theorem:
    """M = (I − H)θ, 0 ⪯ H ⪯ I, and (1−h) − (1−h)² = h(1 − ch): |M|² ≤ ⟨θ, M⟩ = (1 − q)|θ|²."""

    def infer(first: Statement, second: Statement) -> Statement:
        c, rest = linear(relation(first).rhs, Mean(SQUARE.shown))
        h = Sym("h")
        if rest != THETA and not relation(first).rhs.has(Mean(PARTIAL.shown)):
            raise DoesNotFollow("not θ less Hθ")
        if relation(second).lhs != 1 - h - (1 - h) ** 2:
            raise DoesNotFollow("not the gap of an eigenvalue")
        factor = 1 + Num(c) * Q
        return Every(THETA, None, Relation(Norm2(IMAGE_OF), "<=", factor * Norm2(THETA)))

    return Rule("a symmetric contraction", infer)(form, eigenvalue)


def _positive(divergence: Theorem, lost: Theorem, shorter: Theorem) -> Theorem:
    """q = 0 only at θ = 0, and its limits at 0 and infinity: inf q > 0 iff A is invertible."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        if relation(first).rhs != relation(second).rhs:
            raise DoesNotFollow("not the same sum over pairs")
        least = Relation(Extreme("inf", THETA, Q), ">", ZERO)
        determinant = Named("det", (over(J, PI[J] * Sym("T")[J]),))
        return Iff(least, Relation(determinant, "!=", ZERO))

    return Rule("a positive infimum", infer, (CONTINUITY, COMPACT))(divergence, lost, shorter)


def _far(lost: Theorem, logistic: Theorem) -> Theorem:
    """1 − q = E c Σ w_iw_j|gap|²/|θ|² ≤ c k(k−1) 2/(√(2π)|θ|), for |gap| ≤ 2|θ|."""

    def infer(first: Statement, second: Statement) -> Statement:
        c, _ = coefficient(relation(first).rhs)
        r = Sym("r")
        if relation(second).rhs != 1 / r * (r / (1 + r) ** 2):
            raise DoesNotFollow("not the logistic function")
        bound = lowest(2 * c * K * (K - 1)) / (SquareRoot(2 * Sym("pi")) * Length(THETA))
        return Every(THETA, None, Relation(1 - Q, "<=", bound))

    return Rule("normal densities are bounded", infer, (GAUSS,))(lost, logistic)
