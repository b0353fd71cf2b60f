"""The rules that prove what steps alone do not, each with what it uses and no machine here checks.

A rule takes the trees of its premises and computes the tree of its conclusion, so every constant
of a conclusion comes out of a step. Where the reasoning is algebra the rule checks it; where it is
analysis the rule carries a `Hypothesis` that says precisely what is taken for granted.
"""

from __future__ import annotations

from fractions import Fraction

from .expression import ONE, ZERO, Add, Div, Expr, Mul, Num, Pow, Sum, Sym, product, total
from .operators import (
    ENERGY, PHI, PI, THETA, V, W, Abs2, Extreme, Form, Gradient, Identity, Inner, Mean, Named, Norm2,
)  # fmt: skip
from .statement import DoesNotFollow, Relation, Statement, closed, equals, opened, relation
from .theorem import Hypothesis, Rule, Theorem, lowest, mean

ORTHOGONAL = "R is orthogonal and R^k = I"
UNIT = "the weights sum to 1"
EXCHANGE = Hypothesis(
    "exchange",
    "derivative and expectation may be exchanged: the integrands are bounded by polynomials in x "
    "times e^{c|x|}, locally uniformly in θ",
    "dominated convergence",
)
JENSEN = Hypothesis(
    "Jensen",
    "log Σ_j w_j e^{y_j} ≥ Σ_j w_j y_j for weights w_j ≥ 0 of sum 1, here with "
    "y_j = ⟨x,R^j(θ'−θ)⟩, of which L(θ) − L(θ') is the expectation apart from ½|θ|² − ½|θ'|²",
    "the logarithm is concave",
)


def definition(name: Expr, meaning: Expr) -> Theorem:
    """What a name stands for."""
    return Rule("definition", lambda: equals(name, meaning))()


def linear(e: Expr, atom: Expr) -> tuple[Fraction, Expr]:
    """c and the rest with e = rest + c·atom, the rest free of the atom.

    Raises:
        DoesNotFollow: e is not of this form.
    """
    c, rest = Fraction(0), ZERO
    for term in e.terms if isinstance(e, Add) else (e,):
        if not term.has(atom):
            rest = rest + term
            continue
        factor, bare = coefficient(term)
        if bare != atom:
            raise DoesNotFollow("a term that is no multiple of the unknown")
        c += factor
    return c, rest


def coefficient(term: Expr) -> tuple[Fraction, Expr]:
    """The rational factor of a term and the term without it."""
    if isinstance(term, Num):
        return term.number, ONE
    if isinstance(term, Mul) and isinstance(term.factors[0], Num):
        return term.factors[0].number, product(*term.factors[1:])
    return Fraction(1), term


def maximiser(slope: Theorem, solved: Theorem, bend: Theorem) -> Theorem:
    """∇q = r, r = b − c p and D r = −c I, c > 0: then E q is largest at p = E b/c alone."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        gradient, raw, curve = relation(first), relation(second), relation(third)
        if not isinstance(gradient.lhs, Gradient) or gradient.rhs != raw.lhs:
            raise DoesNotFollow("no gradient")
        parameter = gradient.lhs.of
        c, rest = linear(raw.rhs, parameter)
        matrix = Gradient(raw.lhs, parameter, vector=True)
        if c >= 0 or curve != equals(matrix, c * Identity()):
            raise DoesNotFollow("the second derivative is not negative")
        target = Extreme("argmax", parameter, Mean(gradient.lhs.f))
        return equals(target, product(Num(-1 / c), mean(rest)))

    return Rule("maximum of a concave function", infer, (EXCHANGE,))(slope, solved, bend)


def exchanged(slope: Theorem) -> Theorem:
    """The derivative of E f from the derivative of f at every x."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.lhs, Gradient):
            raise DoesNotFollow("no derivative")
        return equals(Gradient(Mean(r.lhs.f), r.lhs.of, r.lhs.vector), mean(r.rhs))

    return Rule("derivative of an expectation", infer, (EXCHANGE,))(slope)


def differentiated(gradient: Theorem) -> Theorem:
    """D of ∇f = p − g: ``D∇f = I − Dg``, term by term."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.lhs, Gradient):
            raise DoesNotFollow("no gradient")
        by = r.lhs.of
        terms = r.rhs.terms if isinstance(r.rhs, Add) else (r.rhs,)
        out: Expr = ZERO
        for term in terms:
            factor, bare = coefficient(term)
            slope = Identity() if bare == by else Gradient(bare, by, vector=True)
            out = out + product(Num(factor), slope)
        return equals(Gradient(r.lhs, by, vector=True), out)

    return Rule("derivative", infer)(gradient)


def nonnegative(e: Expr) -> bool:
    """Whether an expression is a sum of products of squares, weights and positive numbers."""
    match e:
        case Num(q):
            return q >= 0
        case Norm2() | Abs2() | Pow(_, Num(Fraction(numerator=2, denominator=1))):
            return True
        case Sum():
            return nonnegative(e.body)
        case Add(terms):
            return all(map(nonnegative, terms))
        case Mul(factors):
            return all(map(nonnegative, factors))
        case Mean(f):
            return nonnegative(f)
    base = getattr(e, "base", None)
    return base in (W, PI, ENERGY)


def semidefinite(squares: Theorem, derivative: Theorem) -> Theorem:
    """vᵀBv ≥ 0 for all v and D = E B: then D ⪰ 0."""

    def infer(first: Statement, second: Statement) -> Statement:
        form, r = relation(first), relation(second)
        if not isinstance(form.lhs, Form) or form.lhs.v != V or not nonnegative(form.rhs):
            raise DoesNotFollow("no sum of squares")
        if r.rhs != Mean(form.lhs.b):
            raise DoesNotFollow("not the expectation of that matrix")
        return Relation(r.lhs, "succeq", ZERO)

    return Rule("a sum of squares is not negative", infer)(squares, derivative)


def positive(hessian: Theorem, at_least: Theorem) -> Theorem:
    """H = I − D and D ⪰ 0: then H ⪯ I."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, order = relation(first), relation(second)
        c, rest = linear(r.rhs, order.lhs)
        if c >= 0 or order.kind != "succeq" or order.rhs != ZERO:
            raise DoesNotFollow("nothing positive is taken away")
        return Relation(r.lhs, "preceq", rest)

    return Rule("order of symmetric matrices", infer)(hessian, at_least)


def jensen(pairing: Theorem) -> Theorem:
    """Σ_j w_j⟨x,R^jv⟩ = ⟨p, v⟩ for all v: L(θ') − L(θ) ≤ ½|θ'|² − ½|θ|² − ⟨E p, θ'−θ⟩."""

    def infer(s: Statement) -> Statement:
        r = relation(s)
        if not isinstance(r.rhs, Inner) or r.rhs.v != V or r.rhs.u.has(V):
            raise DoesNotFollow("no linear function of v")
        bound = Norm2(PHI) / 2 - Norm2(THETA) / 2 - Inner(mean(r.rhs.u), PHI - THETA)
        return Relation(Named("L", (PHI,)) - Named("L", (THETA,)), "<=", bound)

    return Rule("Jensen's inequality", infer, (JENSEN,))(pairing)
