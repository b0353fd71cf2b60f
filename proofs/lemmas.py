"""The rules that prove what steps alone do not, each with what it uses and no machine here checks.

A rule takes the trees of its premises and computes the tree of its conclusion, so every constant
of a conclusion comes out of a step. Where the reasoning is algebra the rule checks it; where it is
analysis the rule carries a `Hypothesis` that says precisely what is taken for granted.
"""

from __future__ import annotations

from fractions import Fraction

from .analysis import At, Divergence, Extreme, Flux, Gradient, Integral, Mean, Named
from .expression import ONE, ZERO, Add, Expr, Mul, Node, Num, Pow, expr, product
from .operators import (
    ENERGY,
    I_,
    L_,
    PHI,
    PI,
    THETA,
    Abs2,
    Act,
    Chord2,
    Delta,
    Form,
    Identity,
    Inner,
    J,
    K,
    Matrix,
    Mode,
    Norm2,
    S,
    Turn,
    V,
    W,
    X,
    over,
)  # fmt: skip
from .ranges import F_R, Sum
from .statement import (
    Both,
    DoesNotFollow,
    Every,
    If,
    Iff,
    Relation,
    Statement,
    equals,
    opened,
    relation,
)  # fmt: skip
from .theorem import Hypothesis, Rule, Theorem, mean

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
    c, rest = Fraction(0), expr(ZERO)
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
        case Norm2() | Abs2() | Chord2() | Pow(_, Num(Fraction(numerator=2, denominator=1))):
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


BLOCKS = Hypothesis(
    "blocks",
    "a real orthogonal R with R^k = I splits R^d into blocks, one for each frequency of F(R) and "
    "its multiplicity, on which it acts as on the span of f_m and f_{-m}",
    "normal form of orthogonal matrices",
)


def diagonal(eigen: Theorem, basis: Theorem) -> Theorem:
    """A f_m = λ_m f_m and f_{-m}·f_l = c δ_ml, c ≠ 0: A is invertible iff λ_m ≠ 0 on F(R)."""

    def infer(first: Statement, second: Statement) -> Statement:
        (index,), r = opened(first)[0], relation(first)
        if not isinstance(r.lhs, Act) or not isinstance(r.lhs.u, Mode):
            raise DoesNotFollow("no action on a mode")
        *eigenvalue, mode = r.rhs.factors if isinstance(r.rhs, Mul) else (ONE, r.rhs)
        if mode != r.lhs.u or not any(isinstance(n, Delta) for n in relation(second).rhs.walk()):
            raise DoesNotFollow("no eigenvector, or no basis")
        nonzero = Relation(product(*eigenvalue), "!=", ZERO)
        determinant = Named("det", (Matrix(Act(r.lhs.c, V)),))
        return Iff(Relation(determinant, "!=", ZERO), Every(index.index, F_R, nonzero))

    return Rule("a basis of eigenvectors", infer, (BLOCKS,))(eigen, basis)


def at_zero(theorem: Theorem, start: Theorem) -> Theorem:
    """An equation at θ = 0, where w_j Σ_l π_l = π_j: there w is π, the weights having sum 1."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, w = relation(first), relation(second)
        (index,) = opened(second)[0]
        j = index.index
        if w != equals(At(W[j], THETA) * over(L_, PI[L_]), PI[j]):
            raise DoesNotFollow("that is not w at θ = 0")
        place: dict[Node, Node] = {
            node: At(node, THETA)
            for side in (r.lhs, r.rhs)
            for node in side.walk()
            if isinstance(node, Gradient)
        }
        place |= {inner: inner for outer in place for inner in outer.children()}
        return equals(r.lhs.put(place), r.rhs.put({W: PI, **place}))

    return Rule("the value at θ = 0", infer)(theorem, start)


def unit(theorem: Theorem) -> Theorem:
    """Σ_j π_j = 1."""
    table = {over(index, PI[index]): ONE for index in (J, L_)}
    return Rule("the weights sum to 1", lambda s: s.put(table))(theorem)


STEIN = Hypothesis(
    "Stein",
    "for bounded f with bounded gradient E[∇(fG)/G] = 0, G the density of N(0, I); here f = w_j, "
    "w_j ∈ [0, 1], |∇w_j| ≤ 2|θ|",
    "Gaussian integration by parts",
)
CONTINUITY = Hypothesis(
    "continuity",
    "a continuous nonnegative function with expectation 0 under N(0, I) vanishes",
    "every open set has positive mass",
)
RAY = Hypothesis(
    "ray",
    "L(θ) − L(0) = ∫₀¹ ⟨∇L(sθ), θ⟩ ds",
    "fundamental theorem of calculus",
)


def stein(theorem: Theorem) -> Theorem:
    """The flux has expectation 0."""
    return Rule("Stein", lambda s: s.put({Mean(Flux()): ZERO}), (STEIN,))(theorem)


def by_frequency(stein_: Theorem, modes: Theorem) -> Theorem:
    """M(θ) = θ − c E[Bθ] and B f_m = λ_m f_m: then M(θ)_m = (1 − c E λ_m) θ_m."""

    def infer(first: Statement, second: Statement) -> Statement:
        r, (index,), eigen = relation(first), opened(second)[0], relation(second)
        m = index.index
        vector = eigen.lhs.put({Mode(m): THETA})
        c, rest = linear(r.rhs, Mean(vector))
        factors = eigen.rhs.factors if isinstance(eigen.rhs, Mul) else (ONE, eigen.rhs)
        if rest != THETA or factors[-1] != Mode(m):
            raise DoesNotFollow("no operator diagonal in the frequencies")
        image, coordinate = Named("M", (THETA,), m), Named("theta", (), m)
        gain = mean(product(Num(c), *factors[:-1]))
        return Every(m, F_R, equals(image, (ONE + gain) * coordinate))

    return Rule("frequencies do not mix", infer, (BLOCKS,))(stein_, modes)


def between(loss: Theorem, gain: Theorem) -> Theorem:
    """g = E p with p ≥ 0, and 1 − p ≥ 0 at every x: then 0 ≤ g ≤ 1."""

    def infer(first: Statement, second: Statement) -> Statement:
        around, r = opened(first)[0], relation(first)
        name, value = relation(second).lhs, relation(second).rhs
        if not isinstance(value, Mean) or not nonnegative(value) or not nonnegative(r.rhs):
            raise DoesNotFollow("no nonnegative quantity")
        c, rest = linear(r.lhs, value.f)
        if c >= 0:
            raise DoesNotFollow("not taken away")
        bounds = Both((Relation(name, ">=", ZERO), Relation(name, "<=", rest / -c)))
        return Every(around[0].index, F_R, bounds)

    return Rule("bounds of an expectation", infer)(loss, gain)


def along_the_ray(divergence: Theorem, slope: Theorem, start: Theorem) -> Theorem:
    """L = E ℓ, S(x;0) = Σπ, and ±⟨∇ℓ,θ⟩/s = F(θ/s) + flux at sθ: then ±L(θ) = ∫₀¹ E F ds."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        named, r, origin = relation(first), relation(second), relation(third)
        partition = over(J, PI[J] * ENERGY[J])
        sign, radial = coefficient(r.lhs)
        if origin != equals(At(partition, THETA), over(J, PI[J])):
            raise DoesNotFollow("L(0) is not known")
        if not isinstance(named.rhs, Mean) or abs(sign) != 1:
            raise DoesNotFollow("no expectation")
        if radial != Inner(Gradient(named.rhs.f, THETA), THETA) / S:
            raise DoesNotFollow("no derivative along the ray")
        _, rest = linear(r.rhs, Inner(Flux(), THETA / S))
        at_s = {THETA / S: THETA, W: Named("w", (X, S * THETA))}
        return equals(named.lhs, Num(sign) * Integral(S, mean(rest.put(at_s))))

    return Rule("integral along the ray", infer, (EXCHANGE, STEIN, RAY))(divergence, slope, start)


def only_zero(energy: Theorem, divergence: Theorem, fixed: Theorem) -> Theorem:
    """⟨∇L,θ⟩ = E|A_wθ|², ∇·A_wθ a positive sum over pairs, A_wθ̄ = cθ̄: ∇L(θ) = 0 forces cθ = 0.

    E|A_wθ|² = 0 gives A_wθ = 0 at every x; so the divergence is 0 and with it every |R^iθ − R^jθ|²,
    which has a positive weight: θ is the mean θ̄ of its orbit, and 0 = A_wθ̄ = cθ̄.
    """

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        slope = Gradient(Named("L", (THETA,)), THETA)
        image = Act(W, THETA)
        pairs, kept = relation(second), relation(third)
        gaps = [n for n in pairs.rhs.walk() if isinstance(n, Norm2)]
        if relation(first) != equals(Inner(slope, THETA), Mean(Norm2(image))):
            raise DoesNotFollow("not the energy form")
        if pairs.lhs != Divergence(image) or gaps != [Norm2(Turn(I_, THETA) - Turn(J, THETA))]:
            raise DoesNotFollow("not the divergence as a sum over pairs")
        if not nonnegative(pairs.rhs) or kept.lhs != Act(W, ORBIT_MEAN):
            raise DoesNotFollow("a sign is open")
        c, rest = linear(kept.rhs, ORBIT_MEAN)
        if rest != ZERO:
            raise DoesNotFollow("no multiple of the mean")
        zero = equals(slope, ZERO)
        return Every(THETA, None, If(zero, equals(Num(c) * THETA, ZERO)))

    return Rule("a vanishing energy", infer, (CONTINUITY,))(energy, divergence, fixed)


ORBIT_MEAN = over(J, Turn(J, THETA)) / K
