"""Gaussian integration by parts: the Stein form of M (S6), the energy form of L (S7), T7."""

from __future__ import annotations

from functools import cache, partial

from overspec.proofs.identities.operator import em_operator, gradient_descent, loss, pulled
from overspec.proofs.language.analysis import At, Divergence, Flux, Gradient, Mean, Named
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ONE, Expr
from overspec.proofs.language.lemmas import (  # fmt: skip
    ORBIT_MEAN,
    ORTHOGONAL,
    UNIT,
    along_the_ray,
    between,
    by_frequency,
    definition,
    only_zero,
    stein,
)
from overspec.proofs.language.operators import (  # fmt: skip
    ENERGY,
    I_,
    M_,
    PI,
    THETA,
    Abs2,
    Act,
    Chord2,
    Coefficient,
    Hat,
    Inner,
    J,
    K,
    Mode,
    Norm2,
    S,
    Turn,
    W,
    X,
    over,
    twice,
)
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.theorem import (
    chain,
    every,
    expectation,
    paired,
    rewritten,
    simplified,
    step,
    together,
)
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

GAIN = Abs2(Hat(W, M_))
SQUARE = twice(W, THETA)
POSITIVE = "every weight is positive"


def gain_of(m: Expr) -> Expr:
    """``g_m(θ)``, by name."""
    return Named("g", (THETA,), m)


@cache
def stein_form(k: int) -> Derivation:
    """S6: ``M(θ) = (I − E A_wᵀA_w) θ``, diagonal by frequency: ``M_m = (1 − E|ŵ_m|²) θ_m``.

    >>> stein_form(2).recheck()
    ()
    """
    faults: Faults = (
        ("I + A_wᵀA_w: a sign", partial(_stein_form, k, sign=-1)),
        ("A_w in place of A_wᵀA_w", partial(_stein_form, k, square=Act(W, THETA))),
        ("the divergence counted twice", partial(_stein_form, k, parts=2)),
        ("1 − |ŵ_m|² without ½", partial(_stein_form, k, pairs=1)),
    )
    if k != 2:
        square = Act(W, Act(W, THETA))
        faults += (("A_w² in place of A_wᵀA_w", partial(_stein_form, k, square=square)),)
    return _stein_form(k, faulty=faults)


def _stein_form(
    k: int,
    sign: int = 1,
    square: Expr = SQUARE,
    parts: int = 1,
    pairs: int = 2,
    faulty: Faults = (),
) -> Derivation:
    middle = over(J, Turn(-J, Gradient(W[J], X))) - parts * Flux()
    by_parts = step(
        "Integrate by parts: xG = −∇G, so x w_j = ∇w_j − ∇(w_jG)/G at every x.",
        pulled(-J),
        middle,
        "product rule",
    )
    inserted = step(
        "Insert ∇w_j = w_j (R^jθ − A_wθ).",
        middle,
        THETA - sign * square - parts * Flux(),
        "Σ_j w_j = 1 and Σ_j w_j R^{-j} = A_wᵀ",
    )
    modes = step(
        "A_w is a polynomial in R with coefficients w_j(x), so frequencies do not mix.",
        square.put({THETA: Mode(M_)}),
        GAIN * Mode(M_),
        "S3 with w for π",
        (M_, Z_K),
    )
    bound = step(
        "The contraction factor lies in [0, 1].",
        1 - GAIN,
        over(I_, over(J, W[I_] * W[J] * Chord2(M_ * I_, M_ * J))) / pairs,
        "Lagrange's identity and Σ_j w_j = 1",
        (M_, Z_K),
    )
    operator = em_operator(k).cited(0)
    form = rewritten(stein(expectation(chain(by_parts, inserted))), operator, reverse=True)
    gain = every(definition(gain_of(M_), Mean(GAIN)), M_, Z_K)
    diagonal = rewritten(by_frequency(form, modes), gain, reverse=True)
    return Derivation(
        id="S6",
        title="Stein form: M acts on each frequency by a factor",
        theorem=together(form, diagonal, gain, between(bound, gain)),
        setting=(ORTHOGONAL, UNIT),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


@cache
def energy_form(k: int) -> Derivation:
    """S7: ``⟨∇L, θ⟩ = E|A_wθ|² = Σ_m g_m a_m²`` and ``L(θ) = ∫₀¹ s E|A_{w(x;sθ)}θ|² ds``.

    >>> energy_form(2).recheck()
    ()
    """
    return _energy_form(
        k,
        faulty=(
            ("s² in place of s", partial(_energy_form, k, power=2)),
            ("A in place of A_w", partial(_energy_form, k, weights=PI)),
            ("energies without 1/k", partial(_energy_form, k, length=ONE)),
            ("the sign of L", partial(_energy_form, k, sign=-1)),
        ),
    )


def _energy_form(
    k: int,
    power: int = 1,
    weights: Expr = W,
    length: Expr = K,
    sign: int = 1,
    faulty: Faults = (),
) -> Derivation:
    # in the equations with s the model's θ plays sθ, so that θ itself is θ/s
    inner = step(
        "By S2 and S6 ⟨∇L, θ⟩ is the expectation of ⟨A_wᵀA_wθ, θ⟩.",
        Inner(twice(W, THETA), THETA),
        Norm2(Act(weights, THETA)),
        "the transpose of A_w",
    )
    blocks = over(M_, Abs2(Hat(weights, M_)) * Coefficient(THETA, M_)) / length
    parseval = step(
        "Parseval: the energies of θ in the frequencies, each with its factor.",
        Norm2(Act(W, THETA)),
        blocks,
        "S3; m and k − m together are the block of energy a_m²",
    )
    radial = sign * (Inner(Gradient(loss(), THETA), THETA) / S)
    away = Inner(THETA - pulled(-J), THETA) / S
    slope = step("Chain rule along the ray; w is taken at sθ.", radial, away, "S2")
    scale = S if power == 1 else S**power
    length2 = scale * Norm2(Act(weights, THETA / S))
    by_parts = step("Integrate by parts at sθ.", away, length2 + Inner(Flux(), THETA / S), "S6")
    origin = step(
        "At θ = 0 the integrand of L is −log Σ_j π_j = 0.",
        At(over(J, PI[J] * ENERGY[J]), THETA),
        over(J, PI[J]),
        "all E_j are 1",
    )
    gradient = gradient_descent(k).cited(1)
    form = stein_form(k).cited(0)
    gain = stein_form(k).cited(2)
    divergence = gradient_descent(k).cited(0)
    filtered = paired(simplified(rewritten(gradient, form)), THETA)
    scaled = rewritten(filtered, expectation(inner))
    summed = rewritten(expectation(parseval), gain, reverse=True)
    ray = along_the_ray(divergence, chain(slope, by_parts), origin)
    return Derivation(
        id="S7",
        title="Energy form of L and of its gradient",
        theorem=together(scaled, summed, ray),
        setting=(ORTHOGONAL, UNIT, "w is taken at sθ under the integral"),
        model=SymbolicModel.of(k),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


@cache
def unique_stationary_point(k: int) -> Derivation:
    """T7: for any weights θ = 0 is the only stationary point of L, a consequence of S7.

    ∇L(θ) = 0 gives E|A_wθ|² = 0, so A_{w(x)}θ = 0 for every x. Then its divergence in x
    vanishes too, which is a sum of squares of distances of the means: they are all equal. A_w
    fixes a common mean, which is therefore 0.

    >>> unique_stationary_point(2).recheck()
    ()
    """
    return _unique_stationary_point(
        k,
        faulty=(
            ("the square of the mean dropped", partial(_unique_stationary_point, k, centred=0)),
            ("pairs counted twice", partial(_unique_stationary_point, k, pairs=1)),
            ("A_w sends the common mean to 0", partial(_unique_stationary_point, k, fixed=0)),
        ),
    )


def distances(pairs: int = 2) -> Expr:
    """``½ Σ_{i,j} w_iw_j |R^iθ − R^jθ|²``."""
    gap = Norm2(Turn(I_, THETA) - Turn(J, THETA))
    return over(I_, over(J, W[I_] * W[J] * gap)) / pairs


def _unique_stationary_point(
    k: int, centred: int = 1, pairs: int = 2, fixed: int = 1, faulty: Faults = ()
) -> Derivation:
    variance = over(J, W[J] * Norm2(Turn(J, THETA))) - centred * Norm2(Act(W, THETA))
    slope = step(
        "A_wθ is the mean of the component means under w(x); differentiate it in x.",
        Divergence(Act(W, THETA)),
        variance,
        "the derivative of w_j is w_j (R^jθ − A_wθ)ᵀ",
    )
    spread = step(
        "A variance is a sum over pairs; every w_i w_j is positive.",
        variance,
        distances(pairs),
        "Lagrange's identity and Σ_j w_j = 1",
    )
    kept = step(
        "If all means are equal, θ is their average θ̄, and A_w fixes it.",
        Act(W, ORBIT_MEAN),
        fixed * ORBIT_MEAN,
        "R θ̄ = θ̄ and Σ_j w_j = 1",
    )
    energy = energy_form(k).cited(0)
    divergence = chain(slope, spread)
    return Derivation(
        id="T7",
        title="θ = 0 is the only stationary point",
        theorem=together(only_zero(energy, divergence, kept), divergence),
        setting=(ORTHOGONAL, POSITIVE),
        model=SymbolicModel.of(k),
        witnesses=instances(k),
        faulty=faulty,
    )
