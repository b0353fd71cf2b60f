"""What L and g_m depend on: the energies of θ alone (S8), from the centraliser of R."""

from __future__ import annotations

from functools import partial

from overspec.proofs.identities.stein import stein_form
from overspec.proofs.language.analysis import Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, ZERO, Expr, Num
from overspec.proofs.language.lemmas import ORTHOGONAL, coefficient
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import (  # fmt: skip
    M_,
    PHI,
    THETA,
    Abs2,
    Act,
    Coefficient,
    Hat,
    Identity,
    Inner,
    J,
    Matrix,
    Mode,
    Turn,
    U,
    V,
    X,
    twice,
)
from overspec.proofs.language.ranges import F_R, Z_K
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Some,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

INVARIANCE = Hypothesis(
    "invariance", "N(0, I) is invariant under orthogonal maps", "its density depends on |x| alone"
)
MULTIPLICITY = Hypothesis(
    "multiplicity",
    "every frequency of R has multiplicity one; with a higher one the unitary group of the "
    "isotypic part takes the place of the circle, and is transitive on spheres too",
    "Schur's lemma",
)


SQUARE = twice(U, V)


def symmetry(k: int) -> Derivation:
    """S8: L and g_m depend on θ through the energies ``e_m = a_m²`` only.

    >>> symmetry(2).recheck()
    ()
    """
    faults: Faults = (
        ("any U, orthogonal or not", partial(_symmetry, k, product=V)),
        ("UθU with j + 1 for j", partial(_symmetry, k, offset=1)),
        ("twice the phase factor", partial(_symmetry, k, factor=2)),
    )
    if k != 2:
        square = partial(_symmetry, k, product=Act(U, Act(U, V)))
        faults += (("U² in place of UᵀU", square),)
    return _symmetry(k, faulty=faults)


def _symmetry(
    k: int,
    product: Expr = SQUARE,
    offset: int = 0,
    factor: int = 1,
    faulty: Faults = (),
) -> Derivation:
    commutes = step(
        "A real U that commutes with R is a polynomial A_u = Σ_l u_l R^l in it, and conversely.",
        Act(U, Turn(ONE, V)),
        Turn(ONE, Act(U, V)),
        "powers of R commute; a matrix commuting with a multiplicity-free R has this form",
    )
    together_ = step(
        "Such a U moves x and θ together at no cost when UᵀU = I: the E_j stay, so w_j(Ux;Uθ) "
        "= w_j(x;θ), and Ux is distributed as x.",
        Inner(Act(U, X), Turn(J, Act(U, THETA))),
        Inner(product.put({V: X}), Turn(J + offset, THETA)),
        "U commutes with R^j",
        (J, Z_K),
    )
    phases = step(
        "U is orthogonal iff its phases û_m have modulus 1.",
        product.put({V: Mode(M_)}),
        Abs2(Hat(U, M_)) * Mode(M_),
        "S3 with u for π",
        (M_, Z_K),
    )
    multiplied = step(
        "U multiplies the Fourier coefficient of θ by û_m; so it reaches every vector with "
        "the same |θ̂_m|, with the choice û_m = θ̂'_m/θ̂_m.",
        Inner(Mode(-M_), Act(U, THETA)),
        factor * Hat(U, M_) * Inner(Mode(-M_), THETA),
        "the transpose of R is R^{-1}",
        (M_, Z_K),
    )
    gain = stein_form(k).cited(2)
    return Derivation(
        id="S8",
        title="L and g_m depend on the energies only",
        theorem=together(_invariant(together_, gain), _transitive(commutes, phases, multiplied)),
        setting=(ORTHOGONAL, "A_u stands for U = Σ_j u_jR^j"),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def _invariant(moved: Theorem, gain: Theorem) -> Theorem:
    """⟨Ux,R^jUθ⟩ = ⟨Bx,R^{j+c}θ⟩: if B = I, L and g_m take at Uθ their values at R^cθ."""

    def infer(first: Statement, second: Statement) -> Statement:
        r = relation(first)
        if not (isinstance(r.rhs, Inner) and isinstance(r.rhs.v, Turn) and r.rhs.v.u == THETA):
            raise DoesNotFollow("no exponents of the same form")
        if r.lhs != Inner(Act(U, X), Turn(J, Act(U, THETA))) or not isinstance(
            relation(second).rhs, Mean
        ):
            raise DoesNotFollow("not the exponents at Uθ")
        shift = r.rhs.v.power - J
        shift = lowest(shift)
        if not isinstance(shift, Num):
            raise DoesNotFollow("another index")
        place = THETA if shift == ZERO else Turn(shift, THETA)
        orthogonal = equals(Matrix(r.rhs.u.put({X: V})), Identity())
        image = Act(U, THETA)
        same = equals(Named("L", (image,)), Named("L", (place,)))
        gains = equals(Named("g", (image,), M_), Named("g", (place,), M_))
        return Every(THETA, None, If(orthogonal, Both((same, Every(M_, F_R, gains)))))

    return Rule("a change of variables", infer, (INVARIANCE,))(moved, gain)


def _transitive(commutes: Theorem, phases: Theorem, multiplied: Theorem) -> Theorem:
    """B f_m = |û_m|² f_m and (Uθ)^_m = c û_mθ̂_m: U with B = I reaches every θ' of such moduli."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        one, phase, image = relation(first), relation(second), relation(third)
        c, rest = coefficient(image.rhs)
        if one != equals(Act(U, Turn(ONE, V)), Turn(ONE, Act(U, V))):
            raise DoesNotFollow("U does not commute with R")
        if phase.rhs != Abs2(Hat(U, M_)) * Mode(M_):
            raise DoesNotFollow("not the phases of U")
        if rest != Hat(U, M_) * Inner(Mode(-M_), THETA):
            raise DoesNotFollow("not the coefficient of Uθ")
        moduli = equals(Num(c * c) * Coefficient(THETA, M_), Coefficient(PHI, M_))
        unitary = equals(Matrix(phase.lhs.put({Mode(M_): V})), Identity())
        reached = Both((unitary, equals(Act(U, THETA), PHI)))
        given = If(Every(M_, F_R, moduli), Some(U, None, reached))
        return Every(THETA, None, Every(PHI, None, given))

    return Rule("the choice û_m = θ̂'_m/θ̂_m", infer, (MULTIPLICITY,))(commutes, phases, multiplied)
