"""Gaussian integration by parts: the Stein form of M (S6), the energy form of L (S7), T7."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .calculus import (
    Vector,
    circulant,
    dot,
    fourier,
    minus,
    partition,
    plus,
    responsibilities,
    times,
    transposed,
)
from .circulant import NORMALISED
from .legacy import Derivation, Equation, Step, Term, conclude
from .legacy import EXCHANGE, ORTHOGONAL
from .rational import instances
from .symbolic import SymbolicModel

STEIN = (
    "Gaussian integration by parts: for bounded f with bounded gradient "
    "E[∇(fG)/G] = 0, G the density of N(0, I) (here f = w_j ∈ [0, 1], |∇w_j| ≤ 2|θ|)"
)
CONTINUITY = "a continuous nonnegative function with expectation 0 under N(0, I) vanishes"
CALCULUS = "fundamental theorem of calculus in s ∈ [0, 1]"

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]
Square = Callable[[Any, Vector, Vector], Vector]


def _square(m: Any, w: Vector, u: Vector) -> Vector:
    """``A_wᵀ A_w u``."""
    return transposed(m, w, circulant(m, w, u))


def _flux(m: Any) -> Vector:
    """``G^{-1} Σ_j R^{-j}∇_x(w_j G)``: an exact divergence over G, of expectation 0."""
    fluxes = m.derivative(lambda n: times(n.gauss, responsibilities(n)), "x")
    return times(1 / m.gauss, plus(*(m.turn(fluxes[j], -j) for j in range(m.k))))


_FLUX = r"G^{-1}\sum_jR^{-j}\nabla(w_jG)"


def stein_form(k: int) -> Derivation:
    """S6: ``M(θ) = (I − E A_wᵀA_w) θ``, diagonal by frequency: ``M_m = (1 − E|ŵ_m|²) θ_m``.

    >>> stein_form(2).recheck()
    ()
    """
    faults: Faults = (
        ("I + A_wᵀA_w: a sign", partial(_stein_form, k, sign=-1)),
        ("A_w in place of A_wᵀA_w", partial(_stein_form, k, square=circulant)),
        ("the divergence counted twice", partial(_stein_form, k, parts=2)),
        ("1 − |ŵ_m|² without ½", partial(_stein_form, k, pairs=1)),
    )
    if k > 2:
        faults += (("A_w² in place of A_wᵀA_w", partial(_stein_form, k, square=_twice)),)
    return _stein_form(k, faulty=faults)


def _twice(m: Any, w: Vector, u: Vector) -> Vector:
    return circulant(m, w, circulant(m, w, u))


def _stein_form(
    k: int,
    sign: int = 1,
    square: Square = _square,
    parts: int = 1,
    pairs: int = 2,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def by_parts(m: Any) -> Any:
        slopes = m.derivative(responsibilities, "x")
        inner = plus(*(m.turn(slopes[j], -j) for j in range(k)))
        return minus(inner, times(parts, _flux(m)))

    def contracted(m: Any) -> Any:
        w = responsibilities(m)
        image = times(sign, square(m, w, m.theta))
        return minus(minus(m.theta, image), times(parts, _flux(m)))

    def spread(m: Any, f: int) -> Any:
        w = responsibilities(m)
        total = m.zeta(0) * 0
        for i in range(k):
            for j in range(k):
                distance = 2 * m.zeta(0) - m.zeta(f * (i - j)) - m.zeta(f * (j - i))
                total = total + w[i] * w[j] * distance
        return total / pairs

    start = term(r"\sum_jw_jR^{-j}x", lambda m: transposed(m, responsibilities(m), m.x))
    middle = term(rf"\sum_jR^{{-j}}\nabla w_j-{_FLUX}", by_parts)
    end = term(rf"(I-A_w^TA_w)\theta-{_FLUX}", contracted)
    modes = Step(
        "A_w is a polynomial in R with coefficients w_j(x), so frequencies do not mix.",
        term(
            r"A_w^TA_wf_m",
            lambda m: [square(m, responsibilities(m), m.mode(f)) for f in range(k)],
        ),
        term(
            r"|\hat w_m|^2f_m",
            lambda m: [
                times(
                    fourier(m, responsibilities(m), f) * fourier(m, responsibilities(m), -f),
                    m.mode(f),
                )
                for f in range(k)
            ],
        ),
        "S3 with w for π",
    )
    bound = Step(
        "The contraction factor lies in [0, 1].",
        term(
            r"1-|\hat w_m|^2",
            lambda m: [
                1 - fourier(m, responsibilities(m), f) * fourier(m, responsibilities(m), -f)
                for f in range(k)
            ],
        ),
        term(
            r"\tfrac12\sum_{i,j}w_iw_j|\omega^{mi}-\omega^{mj}|^2",
            lambda m: [spread(m, f) for f in range(k)],
        ),
        "Lagrange's identity and Σ_j w_j = 1",
    )
    steps = (
        Step(
            "Integrate by parts: xG = −∇G, so x w_j = ∇w_j − ∇(w_jG)/G at every x.",
            start,
            middle,
            "product rule",
        ),
        Step(
            "Insert ∇w_j = w_j (R^jθ − A_wθ).",
            middle,
            end,
            "Σ_j w_j = 1 and Σ_j w_j R^{-j} = A_wᵀ",
        ),
        modes,
        bound,
    )
    statement = (
        Equation(start, end),
        Equation(modes.lhs, modes.rhs),
        Equation(bound.lhs, bound.rhs),
    )
    return Derivation(
        id="S6",
        title="Stein form: M acts on each frequency by a factor",
        statement_tex=(
            r"$M(\theta)=(I-E[A_w^TA_w])\theta$, that is $M(\theta)_m=(1-g_m)\theta_m$ with "
            r"$g_m=E|\hat w_m|^2\in[0,1]$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, STEIN),
        steps=steps,
        depends=("S1", "S3"),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def energy_form(k: int) -> Derivation:
    """S7: ``⟨∇L, θ⟩ = E|A_wθ|² = Σ_m g_m a_m²`` and ``L(θ) = ∫₀¹ s E|A_{w(x;sθ)}θ|² ds``.

    >>> energy_form(2).recheck()
    ()
    """
    return _energy_form(
        k,
        faulty=(
            ("s² in place of s", partial(_energy_form, k, power=2)),
            ("A in place of A_w", partial(_energy_form, k, weights=lambda m: m.pi)),
            ("energies without 1/k", partial(_energy_form, k, length=1)),
            ("the sign of L", partial(_energy_form, k, sign=-1)),
        ),
    )


def _energy_form(
    k: int,
    power: int = 1,
    weights: Callable[[Any], Vector] = responsibilities,
    length: int | None = None,
    sign: int = 1,
    faulty: Faults = (),
) -> Derivation:
    # In the third equation the model's θ plays sθ, so that θ itself is θ/s.
    term = partial(Term.of, SymbolicModel.of(k))
    size = k if length is None else length

    def loss(m: Any) -> Any:
        return (sign * (dot(m.theta, m.theta) / 2 - m.log(partition(m))),)

    def slope(m: Any) -> Any:
        return (dot(m.derivative(loss, "theta")[0], m.theta) / m.s,)

    def pulled(m: Any) -> Any:
        away = minus(m.theta, transposed(m, responsibilities(m), m.x))
        return (dot(away, m.theta) / m.s,)

    def radial(m: Any) -> Any:
        direction = times(1 / m.s, m.theta)
        image = circulant(m, weights(m), direction)
        flux = dot(_flux(m), direction)
        factor = m.s
        for _ in range(power - 1):
            factor = factor * m.s
        return (factor * dot(image, image) + flux,)

    def blocks(m: Any) -> Any:
        w = weights(m)
        total = m.zeta(0) * 0
        for f in range(k):
            gain = fourier(m, w, f) * fourier(m, w, -f)
            energy = dot(m.mode(f), m.theta) * dot(m.mode(-f), m.theta)
            total = total + gain * energy
        return (total / size,)

    def image(m: Any) -> Any:
        a = circulant(m, responsibilities(m), m.theta)
        return (dot(a, a),)

    start, middle, end = (
        term(r"\tfrac{d}{ds}\ell(x;s\theta)", slope),
        term(r"\langle s\theta-\sum_jw_jR^{-j}x,\theta\rangle", pulled),
        term(rf"s\,|A_w\theta|^2+\langle {_FLUX},\theta\rangle", radial),
    )
    inner = Step(
        "By S2 and S6 ⟨∇L, θ⟩ is the expectation of ⟨A_wᵀA_wθ, θ⟩.",
        term(
            r"\langle A_w^TA_w\theta,\theta\rangle",
            lambda m: (dot(_square(m, responsibilities(m), m.theta), m.theta),),
        ),
        term(r"|A_w\theta|^2", image),
        "the transpose of A_w",
    )
    parseval = Step(
        "Parseval: the energies of θ in the frequencies, each with its factor.",
        inner.rhs,
        term(
            r"\tfrac1k\sum_{m=0}^{k-1}|\hat w_m|^2|\hat\theta_m|^2",
            blocks,
        ),
        "S3; m and k − m together are the block of energy a_m²",
    )
    origin = Step(
        "At θ = 0 the integrand of L is −log Σ_j π_j = 0.",
        term(r"S(x;0)", lambda m: (partition(m.at_zero()),)),
        term(r"\sum_j\pi_j", lambda m: (sum(m.pi),)),
        "all E_j are 1",
    )
    steps = (
        inner,
        parseval,
        Step("Chain rule along the ray; w is taken at sθ.", start, middle, "S2"),
        Step("Integrate by parts at sθ.", middle, end, "S6"),
        origin,
    )
    statement = (
        Equation(inner.lhs, parseval.rhs),
        Equation(start, end),
        Equation(origin.lhs, origin.rhs),
    )
    return Derivation(
        id="S7",
        title="Energy form of L and of its gradient",
        statement_tex=(
            r"$\langle\nabla L(\theta),\theta\rangle=E|A_w\theta|^2=\sum_mg_ma_m^2$ and "
            r"$L(\theta)=\int_0^1s\,E|A_{w(x;s\theta)}\theta|^2\,ds$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + r" and $\sum_j\pi_j=1$."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, STEIN, CALCULUS, NORMALISED),
        steps=steps,
        depends=("S2", "S3", "S6"),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


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


def _unique_stationary_point(
    k: int, centred: int = 1, pairs: int = 2, fixed: int = 1, faulty: Faults = ()
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def divergence(m: Any) -> Any:
        slopes = m.derivative(lambda n: circulant(n, responsibilities(n), n.theta), "x")
        return (sum(slopes[a][a] for a in range(len(m.x))),)

    def variance(m: Any) -> Any:
        w = responsibilities(m)
        means = [m.turn(m.theta, j) for j in range(k)]
        mean = circulant(m, w, m.theta)
        second = sum(w[j] * dot(means[j], means[j]) for j in range(k))
        return (second - centred * dot(mean, mean),)

    def distances(m: Any) -> Any:
        w = responsibilities(m)
        means = [m.turn(m.theta, j) for j in range(k)]
        gaps = {(i, j): minus(means[i], means[j]) for i in range(k) for j in range(k)}
        return (sum(w[i] * w[j] * dot(g, g) for (i, j), g in gaps.items()) / pairs,)

    def common(m: Any) -> Any:
        one = m.s * 0 + 1
        return times(one / k, plus(*(m.turn(m.theta, j) for j in range(k))))

    start, middle, end = (
        term(r"\nabla_x\cdot(A_w\theta)", divergence),
        term(r"\sum_jw_j|R^j\theta|^2-|A_w\theta|^2", variance),
        term(r"\tfrac12\sum_{i,j}w_iw_j|R^i\theta-R^j\theta|^2", distances),
    )
    kept = Step(
        "If all means are equal, θ is their average θ̄, and A_w fixes it.",
        term(
            r"A_w\bar\theta",
            lambda m: circulant(m, responsibilities(m), common(m)),
        ),
        term(r"\bar\theta", lambda m: times(fixed, common(m))),
        "R θ̄ = θ̄ and Σ_j w_j = 1",
    )
    steps = (
        Step(
            "A_wθ is the mean of the component means under w(x); differentiate it in x.",
            start,
            middle,
            "the derivative of w_j is w_j (R^jθ − A_wθ)ᵀ",
        ),
        Step(
            "A variance is a sum over pairs; every w_i w_j is positive.",
            middle,
            end,
            "Lagrange's identity and Σ_j w_j = 1",
        ),
        kept,
    )
    statement = (Equation(start, end), *conclude((kept,)))
    return Derivation(
        id="T7",
        title="θ = 0 is the only stationary point",
        statement_tex=(
            r"$\nabla L(\theta)=0$ implies $E|A_w\theta|^2=0$, so $A_{w(x)}\theta=0$ for all $x$, "
            r"so all $R^j\theta$ are equal and $\theta=0$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, CONTINUITY, "every weight is positive"),
        steps=steps,
        depends=("S7",),
        witnesses=instances(k),
        faulty=faulty,
    )
