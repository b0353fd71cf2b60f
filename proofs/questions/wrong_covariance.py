"""A fixed covariance that is wrong (math.md section 9, Q2): when EM leaves 0.

The model has covariance I, the data have mean 0 and covariance Σ, Gaussian or not.
"""

from __future__ import annotations

from functools import partial

from overspec.proofs.identities.circulant import weights_at_0
from overspec.proofs.identities.operator import M_THETA, jacobian
from overspec.proofs.language.analysis import At, Covariance, Gradient, Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, Expr, Node, Num, Pow, Sym
from overspec.proofs.language.lemmas import (  # fmt: skip
    EXCHANGE,
    ORTHOGONAL,
    UNIT,
    at_zero,
    coefficient,
    linear,
    nonnegative,
    unit,
)
from overspec.proofs.language.operators import (  # fmt: skip
    I_,
    L_,
    M_,
    PI,
    THETA,
    Abs2,
    Act,
    Form,
    Hat,
    Identity,
    Inner,
    J,
    Matrix,
    Mode,
    Norm2,
    Turn,
    V,
    X,
    over,
    twice,
)
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

SIGMA, LEAST = Sym("Sigma"), Sym("sigma")
AT_0 = At(Gradient(M_THETA, THETA, vector=True), THETA)
LARGEST, SMALLEST = Named("lambda_max", (SIGMA,)), Named("lambda_min", (SIGMA,))
GAP = Turn(I_, V) - Turn(J, V)
DATA = "the data have mean 0 and covariance Σ, Gaussian or not; the model has I; σ = min_m |π̂_m|²"
LAW = Hypothesis(
    "law",
    "x has mean 0 and E⟨x,u⟩² = uᵀΣu, and moments for which E and the derivative at θ = 0 may be "
    "exchanged (E|x|³ is enough); S1, S5 use no more of the law, so DM is E Cov_w(R^{-j}x) still",
    "linearity of the expectation",
)
RAYLEIGH = Hypothesis(
    "Rayleigh",
    "λ_min(Σ)|u|² ≤ uᵀΣu ≤ λ_max(Σ)|u|², and for symmetric B ⪯ C the largest eigenvalue of B is at "
    "most that of C",
    "Rayleigh quotient",
)


def wrong_covariance(k: int) -> Derivation:
    """Q2w: ``DM(0) = Σ_j π_j R^{-j}ΣR^j − AᵀΣA``, between λ_min(Σ) and λ_max(Σ) times I − AᵀA.

    >>> wrong_covariance(2).recheck()
    ()
    """
    return _wrong_covariance(
        k,
        faulty=(
            ("pairs counted twice", partial(_wrong_covariance, k, pairs=1)),
            ("|v|² − 2|Av|²", partial(_wrong_covariance, k, square=2)),
            ("twice |π̂_m|²", partial(_wrong_covariance, k, factor=2)),
        ),
    )


def _wrong_covariance(
    k: int, pairs: int = 2, square: int = 1, factor: int = 1, faulty: Faults = ()
) -> Derivation:
    start = weights_at_0()
    spread = step(
        "So by S5 DM(0) is the expectation of a covariance over the components; along v.",
        Form(Covariance(PI), V),
        over(J, PI[J] * Inner(X, Turn(J, V)) ** 2) - Inner(X, Act(PI, V)) ** 2,
        "the transpose of R^{-j} is R^j",
    )
    paired = step(
        "The same over pairs.",
        over(L_, PI[L_]) * over(J, PI[J] * Inner(X, Turn(J, V)) ** 2) - Inner(X, Act(PI, V)) ** 2,
        over(I_, over(J, PI[I_] * PI[J] * Inner(X, GAP) ** 2)) / pairs,
        "Lagrange's identity",
    )
    white = step(
        "With Σ = I this is the form of S4.",
        over(I_, over(J, PI[I_] * PI[J] * Norm2(GAP))) / pairs,
        over(L_, PI[L_]) * over(J, PI[J]) * Norm2(V) - square * Norm2(Act(PI, V)),
        "Lagrange's identity; R is orthogonal",
    )
    modes = step(
        "Its modes are those of R.",
        twice(PI, Mode(M_)),
        factor * Abs2(Hat(PI, M_)) * Mode(M_),
        "S3, and the transpose of R is R^{-1}",
        (M_, Z_K),
    )
    slope = unit(at_zero(jacobian(k).cited(0), start))
    bounds = _between(slope, spread, unit(paired), unit(white))
    eigenvalue = _eigenvalue(bounds, modes)
    return Derivation(
        id="Q2w",
        title="a wrong covariance: the Jacobian at 0, and when EM leaves 0",
        theorem=together(
            _form(slope, spread), bounds, eigenvalue, _leaves(eigenvalue), _isotropic(bounds)
        ),
        setting=(ORTHOGONAL, UNIT, DATA),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _second_moments(e: Expr) -> Expr:
    """E of squares ⟨x,u⟩²: uᵀΣu for each."""
    table: dict[Node, Node] = {
        node: Form(SIGMA, node.base.v)
        for node in e.walk()
        if isinstance(node, Pow) and isinstance(node.base, Inner) and node.base.u == X
    }
    found: Expr = e.put(table)
    if not table or found.has(X):
        raise DoesNotFollow("more than second moments")
    return found


def _along(slope: Statement, form: Statement) -> Expr:
    """vᵀDM(0)v, by the form of the covariance over the components at every x."""
    first, second = relation(slope), relation(form)
    if first != equals(AT_0, Mean(Covariance(PI))) or second.lhs != Form(Covariance(PI), V):
        raise DoesNotFollow("not the Jacobian at 0")
    return _second_moments(second.rhs)


def _form(slope: Theorem, spread: Theorem) -> Theorem:
    """vᵀDM(0)v = Σ_j π_j(R^jv)ᵀΣR^jv − (Av)ᵀΣAv."""

    def infer(first: Statement, second: Statement) -> Statement:
        return Every(V, None, equals(Form(AT_0, V), _along(first, second)))

    return Rule("second moments of the data", infer, (EXCHANGE, LAW))(slope, spread)


def _between(*premises: Theorem) -> Theorem:
    """A sum of uᵀΣu with weights ≥ 0, which is vᵀ(I − AᵀA)v where each is |u|²."""

    def infer(slope: Statement, spread: Statement, paired: Statement,
              white: Statement) -> Statement:  # fmt: skip
        pairs, plain = relation(paired), relation(white)
        if _along(slope, spread) != _second_moments(pairs.lhs):
            raise DoesNotFollow("not a sum over pairs")
        found = _second_moments(pairs.rhs)
        lengths = {n: Norm2(n.v) for n in found.walk() if isinstance(n, Form) and n.b == SIGMA}
        if found.put(lengths) != plain.lhs or not nonnegative(plain.lhs):
            raise DoesNotFollow("no sum with weights that are not negative")
        c, rest = linear(plain.rhs, Norm2(Act(PI, V)))
        if rest != Norm2(V):
            raise DoesNotFollow("not the form of I − AᵀA")
        matrix = Identity() + c * Matrix(twice(PI, V))
        return Both((Relation(AT_0, "succeq", SMALLEST * matrix),
                     Relation(AT_0, "preceq", LARGEST * matrix)))  # fmt: skip

    used = (EXCHANGE, LAW, RAYLEIGH)
    return Rule("bounds of a quadratic form", infer, used)(*premises)


def _eigenvalue(bounds: Theorem, modes: Theorem) -> Theorem:
    """I − AᵀA has the eigenvalues 1 − |π̂_m|², the largest 1 − σ."""

    def infer(order: Statement, eigen: Statement) -> Statement:
        r = relation(eigen)
        n, rest = coefficient(r.rhs)
        if r.lhs != twice(PI, Mode(M_)) or rest != Abs2(Hat(PI, M_)) * Mode(M_):
            raise DoesNotFollow("not the eigenvalues of AᵀA")
        top = Named("lambda_max", (AT_0,))
        out = []
        for part in order.parts:  # type: ignore[attr-defined]
            law = relation(part)
            (scale,) = [n for n in (SMALLEST, LARGEST) if law.rhs.has(n)]
            kind = {"succeq": ">=", "preceq": "<="}[law.kind]
            c, one = linear(law.rhs.factors[-1], Matrix(twice(PI, V)))  # type: ignore[attr-defined]
            if one != Identity() or c > 0:
                raise DoesNotFollow("not the largest where |π̂_m|² is least")
            out.append(Relation(top, kind, scale * (1 + Num(c * n) * LEAST)))
        return Both(tuple(out))

    return Rule("order of eigenvalues", infer, (RAYLEIGH,))(bounds, modes)


def _leaves(eigenvalue: Theorem) -> Theorem:
    """λ_max(DM(0)) ≥ a > 1, or ≤ b < 1."""

    def infer(s: Statement) -> Statement:
        out: list[Statement] = []
        for part in s.parts:  # type: ignore[attr-defined]
            law = relation(part)
            kind = {">=": ">", "<=": "<"}[law.kind]
            out.append(If(Relation(law.rhs, kind, ONE), Relation(law.lhs, kind, ONE)))
        return Both(tuple(out))

    return Rule("transitivity", infer)(eigenvalue)


def _isotropic(bounds: Theorem) -> Theorem:
    """Σ = sI: both bounds are the same."""

    def infer(s: Statement) -> Statement:
        below, above = (relation(part) for part in s.parts)  # type: ignore[attr-defined]
        scale = Sym("s")
        ends = [law.rhs.put({SMALLEST: scale, LARGEST: scale}) for law in (below, above)]
        if ends[0] != ends[1] or (below.kind, above.kind) != ("succeq", "preceq"):
            raise DoesNotFollow("two bounds")
        return If(equals(SIGMA, scale * Identity()), equals(below.lhs, ends[0]))

    return Rule("two bounds that agree", infer)(bounds)
