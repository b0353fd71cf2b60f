"""Every factor from below at once, by Cauchy and Schwarz: ``g_m ≥ |π̂_m|²/(k Σ_jπ_j²)`` (Bb).

Near 0 against E S², S = Σ_lπ_lE_l: there ``E ŵ_mS`` and ``E S²`` are known. Anywhere against the
sum over all turns of x, of which none is more likely than another: there positive numbers decide,
and no integral has to be known.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from overspec.proofs.identities.circulant import hessian_at_optimum
from overspec.proofs.identities.idle_dimensions import idle_dimensions
from overspec.proofs.identities.stein import GAIN, gain_of, stein_form
from overspec.proofs.language.analysis import (
    Abbreviation,
    Length,
    Log,
    Mean,
    Named,
    Power_e,
    SquareRoot,
)
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Num, Pow, Sym, total
from overspec.proofs.language.lemmas import (
    BLOCKS,
    ORTHOGONAL,
    UNIT,
    coefficient,
    linear,
    nonnegative,
)
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (
    ENERGY,
    I_,
    L_,
    M_,
    PI,
    THETA,
    Abs2,
    Act,
    Hat,
    Inner,
    J,
    K,
    Mode,
    Norm2,
    Root_,
    Turn,
    U,
    W,
    X,
    over,
)
from overspec.proofs.language.ranges import F_R, PLANES, Z_K, Range
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import (
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
from overspec.proofs.rates.ray.theorem import GAP, SIGMA

TURNED = Hypothesis(
    "turn",
    "R^l keeps N(0, I), so g_m is the mean over l of E|ŵ_m(R^{-l}x)|²",
    "rotation invariance",
)
CAUCHY = Hypothesis(
    "Cauchy–Schwarz",
    "|Σ_l a_l|² ≤ Σ_l |a_l/b_l|² Σ_l b_l², |E ab|² ≤ E|a|² E b², and |⟨R^iθ,R^jθ⟩| ≤ |θ|²",
    "Cauchy–Schwarz inequality",
)
NORMAL = Hypothesis("normal", "E e^{⟨x,a⟩} = e^{|a|²/2}", "shift of the normal density")
CHORD = Hypothesis(
    "chord",
    "for |t| ≤ n, e^t lies below the chord of the exponential from −n to n: with t = u − v, "
    "n = u + v and u, v ≥ 0, ne^t ≤ ue^n + ve^{−n}",
    "the exponential is convex",
)
GROWING = Hypothesis(
    "growing",
    "(1+q)e^n + (1−q)e^{−n} grows with q and, where q ≥ 0, with n ≥ 0",
    "its derivatives are e^n − e^{−n} and, for n ≥ 0, at least 2q",
)

C = Sym("s", "c")  # any numbers, as the next two
TAU, Z = (Abbreviation(U[Num(Fraction(n))], letter(name)) for n, name in ((0, "tau"), (1, "z")))
GREATEST, H = Sym("tau"), Sym("h")
SIZE, IMAGE = Norm2(THETA), Norm2(Act(PI, THETA))
TURNED_S = over(J, PI[J] * ENERGY[J + L_])
TOTAL = over(L_, ENERGY[L_])
PRODUCT = Inner(Turn(I_, THETA), Turn(J, THETA))


def turns(k: int) -> Derivation:
    """Bb: ``g_m ≥ |π̂_m|²/(k Σπ_j²)`` for every θ, and near 0 more: at least ``|π̂_m|²e^{−|θ|²}``.

    >>> turns(3).recheck()
    ()
    """
    faults: Faults = (
        ("the transform at the next frequency", partial(_turns, k, shift=1)),
        ("pairs of weights once", partial(_turns, k, pairs=1)),
        ("π_0 left out of Σπ_j²", partial(_turns, k, first=1)),
        ("half of ⟨R^iθ,R^jθ⟩ in the exponent", partial(_turns, k, cross=2)),
        ("½|Aθ|² for the mean product", partial(_turns, k, image=2)),
        ("a chord with twice the slope", partial(_turns, k, slope=2)),
        ("c for c² under the root", partial(_turns, k, power=1)),
    )
    return _turns(k, faulty=faults)


def _turns(
    k: int,
    shift: int = 0,
    pairs: int = 2,
    first: int = 0,
    cross: int = 1,
    image: int = 1,
    slope: int = 1,
    power: int = 2,
    faulty: Faults = (),
) -> Derivation:
    squares = over(J, PI[J] ** 2, Range("", Num(Fraction(first)), K - 1) if first else Z_K)
    tau = slope * TAU / (image * cross)  # which is the largest of |Aθ|²/|θ|² in the conclusion
    turned = step(
        "At R^{-l}x in the place of x the E_j are E_{j+l}.",
        Inner(Turn(-L_, X), Turn(J, THETA)),
        Inner(X, Turn(J + L_, THETA)),
        "R is orthogonal",
        (L_, Z_K),
        (J, Z_K),
    )
    summed = step(
        "There ŵ_m is Σ_jπ_jω^{mj}E_{j+l} over Σ_jπ_jE_{j+l}. The sum of the first over l.",
        over(L_, over(J, PI[J] * Root_(M_ * J) * ENERGY[J + L_])),
        Hat(PI, M_ + shift) * TOTAL,
        "shift of l",
        (M_, Z_K),
    )
    spread = step(
        "And the sum of the squares of the second is no more than this, as all E_l are positive.",
        squares * TOTAL**2 - over(L_, TURNED_S**2),
        over(H, over(L_, ENERGY[L_] * ENERGY[L_ + H]) * over(J, (PI[J] - PI[J + H]) ** 2)) / pairs,
        "2ab = a² + b² − (a − b)²",
    )
    numerator = step(
        "Near 0 with S = Σ_lπ_lE_l at x alone: the expectation of ŵ_mS is known.",
        Hat(W, M_) * over(L_, PI[L_] * ENERGY[L_]),
        over(J, PI[J] * Root_(M_ * J) * ENERGY[J]),
        "cancel",
        (M_, Z_K),
    )
    length = step(
        "All R^jθ are as long: E E_j = e^{|θ|²/2}, and E ŵ_mS is π̂_m times that.",
        Norm2(Turn(J, THETA)),
        SIZE,
        "R is orthogonal",
        (J, Z_K),
    )
    exponents = step(
        "E S² = Σ_{ij}π_iπ_jE E_iE_j, and E E_iE_j is e to this.",
        Norm2(Turn(I_, THETA) + Turn(J, THETA)) / 2,
        SIZE + PRODUCT / cross,
        "R is orthogonal",
        (I_, Z_K),
        (J, Z_K),
    )
    middle = step(
        "The mean of the products under the weights.",
        over(I_, over(J, PI[I_] * PI[J] * PRODUCT)),
        IMAGE / image,
        "R is orthogonal",
    )
    chord = step(
        "Each is a mean of |θ|² and −|θ|²: these are their shares times |θ|².",
        (SIZE + slope * PRODUCT) / 2 - (SIZE - slope * PRODUCT) / 2,
        PRODUCT,
        "algebra",
        (I_, Z_K),
        (J, Z_K),
    )
    crossing = step(
        "c(1+τ)y² − 2y + c(1−τ), which has one root above 1, times c(1+τ), at c(1+τ)y = 1 + z.",
        (1 + Z) ** 2 - 2 * (1 + Z) + C * (1 + tau) * C * (1 - tau),
        Z**2 - (1 - C**power * (1 - tau**2)),
        "expand",
    )
    stein, optimum = stein_form(k), hessian_at_optimum(k)
    anywhere = _anywhere(stein.cited(2), turned, summed, spread)
    pairwise = _pairwise(stein.cited(2), numerator, length, exponents)
    along = _along(pairwise, middle, chord)
    ball = _ball(along, idle_dimensions(k).cited(1), optimum.cited(2))
    return Derivation(
        id="Bb",
        title="every factor from below, for every θ",
        theorem=together(
            anywhere,
            _contraction(stein.cited(1), anywhere),
            _kept(anywhere),
            pairwise,
            along,
            ball,
            _radius(ball, crossing),
        ),
        setting=(
            ORTHOGONAL,
            UNIT,
            "σ = min_m |π̂_m|², τ the largest |π̂_m|² with m ≠ 0 in F(R), 0 < c < 1",
        ),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _anywhere(*premises: Theorem) -> Theorem:
    """Σ_lN_l = π̂_mE, Σ_lS_l² ≤ cE²: k g_m = E Σ_l|N_l/S_l|² ≥ |π̂_m|²/c, E = Σ_lE_l."""

    def infer(gain: Statement, turned: Statement, summed: Statement,
              spread: Statement) -> Statement:  # fmt: skip
        shift, parts, squares = relation(turned), relation(summed), relation(spread)
        if relation(gain) != equals(gain_of(M_), Mean(GAIN)):
            raise DoesNotFollow("not the factor g_m")
        if shift.lhs != Inner(Turn(-L_, X), Turn(J, THETA)):
            raise DoesNotFollow("not the exponents at R^{-l}x")
        if shift.rhs != Inner(X, Turn(J + L_, THETA)):
            raise DoesNotFollow("other exponents")
        if parts.lhs != over(L_, over(J, PI[J] * Root_(M_ * J) * ENERGY[J + L_])):
            raise DoesNotFollow("not the numerators of ŵ_m at R^{-l}x")
        hat, total = parts.rhs.factors  # type: ignore[attr-defined]
        first, second = squares.lhs.terms  # type: ignore[attr-defined]
        c, square = first.factors
        if square != total**2 or second != -over(L_, TURNED_S**2) or not nonnegative(squares.rhs):
            raise DoesNotFollow("no bound of the squares of the denominators")
        least = Abs2(hat) / (K * c)
        law = Relation(gain_of(M_), ">=", least)
        return Every(THETA, None, Every(M_, F_R, law))

    return Rule("Cauchy–Schwarz over the turns", infer, (TURNED, CAUCHY))(*premises)


def _contraction(diagonal: Theorem, anywhere: Theorem) -> Theorem:
    """M_m = (1 − g_m)θ_m and 1 ≥ g_m ≥ |π̂_m|²/C ≥ σ/C: every step shrinks by 1 − σ/C at least."""

    def infer(first: Statement, second: Statement) -> Statement:
        image, bound = relation(first), relation(second)
        factor = image.rhs.factors[0]  # type: ignore[attr-defined]
        c, rest = linear(factor, bound.lhs)
        least = bound.rhs.put({_energy(bound): SIGMA})
        if c != -1 or bound.kind != ">=" or least.has(M_):
            raise DoesNotFollow("not the slowest frequency")
        after = Length(Named("theta", (), TIME + 1))
        return Every(TIME, None, Relation(after, "<=", (rest - least) * Length(THETA_T)))

    return Rule("the slowest coordinate", infer)(diagonal, anywhere)


def _energy(bound: Relation) -> Abs2:
    """The |π̂_m|² in a bound."""
    return next(n for n in bound.rhs.walk() if isinstance(n, Abs2))


def _kept(anywhere: Theorem) -> Theorem:
    """g_m ≥ |π̂_m|²/C, and cC ≤ 1: g_m ≥ cσ, so that γ is infinite."""

    def infer(s: Statement) -> Statement:
        bound = relation(s)
        share = GAP * lowest(_energy(bound) / bound.rhs)
        law = Every(M_, F_R, Relation(bound.lhs, ">=", GAP * SIGMA))
        return Every(THETA, None, If(Relation(share, "<=", ONE), law))

    return Rule("the slowest frequency", infer)(anywhere)


TIME = Sym("t")
THETA_T = Named("theta", (), TIME)


def _pairwise(*premises: Theorem) -> Theorem:
    """E ŵ_mS = π̂_me^{n/2}, E S² = Σπ_iπ_je^{n+t_ij}: g_m Σπ_iπ_je^{t_ij} ≥ |π̂_m|²."""

    def infer(gain: Statement, numerator: Statement, length: Statement,
              exponents: Statement) -> Statement:  # fmt: skip
        top, size, pair = relation(numerator), relation(length), relation(exponents)
        if relation(gain) != equals(gain_of(M_), Mean(GAIN)):
            raise DoesNotFollow("not the factor g_m")
        if top.lhs != Hat(W, M_) * over(L_, PI[L_] * ENERGY[L_]):
            raise DoesNotFollow("not ŵ_mS")
        if top.rhs != over(J, PI[J] * Root_(M_ * J) * ENERGY[J]) or size.lhs != Norm2(
            Turn(J, THETA)
        ):
            raise DoesNotFollow("not π̂_m in the place of 1 for the E_j")
        if pair.lhs != Norm2(Turn(I_, THETA) + Turn(J, THETA)) / 2:
            raise DoesNotFollow("not the exponent of E E_iE_j")
        rest = lowest(pair.rhs - size.rhs)  # the square of e^{n/2} goes over
        mean = over(I_, over(J, PI[I_] * PI[J] * Power_e(rest)))
        law = Relation(gain_of(M_) * mean, ">=", Abs2(Hat(PI, M_)))
        return Every(THETA, None, Every(M_, Z_K, law))

    return Rule("Cauchy–Schwarz against S", infer, (CAUCHY, NORMAL))(*premises)


def _along(*premises: Theorem) -> Theorem:
    """ne^t ≤ ue^n + ve^{−n} with t = u − v, n = u + v, and Σπ_iπ_jt_ij = q, Σπ_iπ_j = 1."""

    def infer(pairwise: Statement, middle: Statement, chord: Statement) -> Statement:
        law, value, line = relation(pairwise), relation(middle), relation(chord)
        gain, mean = law.lhs.factors  # type: ignore[attr-defined]
        exponent = next(n.f for n in mean.walk() if isinstance(n, Power_e))
        part, whole = coefficient(exponent)
        if mean != value.lhs.put({PRODUCT: Power_e(exponent)}) or whole != PRODUCT:
            raise DoesNotFollow("not the mean of the exponents")
        up, down = line.lhs.terms  # type: ignore[attr-defined]
        if not 0 < part <= 1 or lowest(up - down) != SIZE or line.rhs != PRODUCT:
            raise DoesNotFollow("no shares of the ends")
        ends = [lowest(2 * share).put({PRODUCT: part * value.rhs}) for share in (up, -down)]
        below = ends[0] * Power_e(SIZE) + ends[1] * Power_e(-SIZE)
        bound = Relation(gain * below, ">=", 2 * SIZE * law.rhs)
        return Every(THETA, None, Every(M_, Z_K, bound))

    return Rule("the chord of the exponential", infer, (CAUCHY, CHORD))(*premises)


def _ball(*premises: Theorem) -> Theorem:
    """g_m does not see θ_0, and without it |Aθ|² ≤ τ|θ|²: the bound along θ at q = τ."""

    def infer(along: Statement, unseen: Statement, modes: Statement) -> Statement:
        bound, eigen = relation(along), relation(modes)
        if eigen.rhs != Abs2(Hat(PI, M_)) * Mode(M_) or not unseen.has(gain_of(M_)):
            raise DoesNotFollow("not the eigenvalues of AᵀA, or no idle dimensions")
        gain, below = bound.lhs.factors  # type: ignore[attr-defined]
        whole = below.put({IMAGE: GREATEST * SIZE})
        shares = [lowest(term.factors[0] / SIZE - 1) for term in whole.terms]
        part, greatest = coefficient(shares[0])
        if part <= 0 or greatest != GREATEST or lowest(shares[0] + shares[1]) != ZERO:
            raise DoesNotFollow("not growing with q")
        ends = [(1 + t) * w.factors[1] for t, w in zip(shares, whole.terms, strict=True)]
        law = Relation(gain * total(*ends), ">=", lowest(bound.rhs / SIZE))
        return Every(THETA, None, Every(M_, PLANES, law))

    return Rule("the largest image", infer, (BLOCKS, GROWING))(*premises)


def _radius(ball: Theorem, crossing: Theorem) -> Theorem:
    """(1+τ)y + (1−τ)/y ≤ 2/c for y = e^{r²} up to the root above 1 of c(1+τ)y² − 2y + c(1−τ)."""

    def infer(first: Statement, second: Statement) -> Statement:
        bound, value = relation(first), relation(second)
        letters = {GREATEST: TAU}
        terms = bound.lhs.factors[1].terms  # type: ignore[attr-defined]
        up, down = (term.factors[0].put(letters) for term in terms)
        scaled = next(n.base for n in value.lhs.walk() if isinstance(n, Pow))
        lead = bound.rhs.factors[0]  # type: ignore[attr-defined]
        y = scaled / (C * up)
        equation = C * up * (C * up * y**2 - lead * y + C * down)
        square, *rest = value.rhs.terms  # type: ignore[attr-defined]
        if lowest(equation - value.lhs) != ZERO or square != Z**2:
            raise DoesNotFollow("not the equation of the radius")
        root = SquareRoot(total(*(-term for term in rest)))
        least = Log(scaled.put({Z: root})) - Log(C * up)
        return Relation(Sym("gamma^g_c"), ">=", SquareRoot(least.put({C: GAP, TAU: GREATEST})))

    return Rule("solve for the radius", infer, (GROWING,))(ball, crossing)
