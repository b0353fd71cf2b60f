"""Why EM converges linearly from everywhere when no π̂_m is 0 (T1)."""

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
    plus,
    times,
    transposed,
)
from .legacy import NORMALISED
from .legacy import Derivation, Step, Term, conclude
from .legacy import ORTHOGONAL
from .rational import instances
from .legacy import CONTINUITY, STEIN
from .symbolic import SymbolicModel

COMPACT = "a continuous positive function has a positive minimum on every closed ball"
BOUNDED = (
    "frequency 0 drops out of w(x) and has g_0 = 1, so θ_0 = 0 may be assumed; along some "
    "subsequence of any |θ_i| → ∞ each R^hθ_i − θ_i converges or tends to ∞ in norm; H is the set "
    "of h with a limit, not all of Z/k because the mean of the R^hθ_i − θ_i over h is −θ_i"
)
DOMINATE = (
    "a Gaussian variable ⟨x, v⟩ with |v| → ∞ leaves every bounded interval with probability → 1: "
    "so in the limit one coset c + H carries all of w(x), each with probability 1/n because R "
    "keeps N(0, I) and permutes the cosets; within it w is the posterior given the limits v_h"
)
ANALYTIC = (
    "F_c(x) = Σ_{h∈H} π_{c+h} e^{⟨x,v_h⟩} ω^{mh} is analytic in x: with F_c(0) ≠ 0 it vanishes on "
    "a set of measure 0 only, so |F_c|² has a positive infimum of integrals over sets of mass 1/n"
)

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def _divisors(k: int) -> tuple[int, ...]:
    return tuple(n for n in range(1, k + 1) if k % n == 0)


def global_rate(k: int) -> Derivation:
    """T1, the chain: ``π̂_m ≠ 0`` on F(R) gives ``inf_θ min_m g_m > 0``, hence a linear rate from
    any start, θ = 0 the only stationary point, ``1 − min|π̂_m|²`` locally and its square for KL.

    The limit θ → ∞ goes over the cosets c + H, H the subgroup of index n of those h for which
    R^hθ − θ stays bounded (math.md takes the stabiliser, which is H along a ray):
    ``g_m(∞) = (1/n) Σ_c |s_c/q_c|² ≥ |π̂_m|²/(n Σ_c q_c²)`` along rays, with q_c the weight of the
    coset and ``s_c = Σ_{h∈H} π_{c+h} ω^{m(c+h)}``.

    >>> global_rate(2).recheck()
    ()
    """
    faults: Faults = (
        ("the responsibilities at 0 as if uniform", partial(_global_rate, k, origin=1)),
        ("a coset missing from π̂_m", partial(_global_rate, k, first=1)),
        ("KL contracts by 1 − |π̂_m|²", partial(_global_rate, k, power=1)),
        ("the bound at infinity without its cross terms", partial(_global_rate, k, pairs=1)),
        ("w on the coset not renormalised", partial(_global_rate, k, renormalise=0)),
        ("differences added without turning", partial(_global_rate, k, turned=0)),
    )
    return _global_rate(k, faulty=faults)


def _global_rate(
    k: int,
    origin: int = 0,
    first: int = 0,
    power: int = 2,
    pairs: int = 2,
    renormalise: int = 1,
    turned: int = 1,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))
    subgroups = _divisors(k)  # H = nZ/k of index n, n = 1 … k

    def at_origin(m: Any) -> Any:
        zero = tuple(a * 0 for a in m.x)
        powers = tuple(dot(zero, m.turn(m.theta, j)) + 1 for j in range(k))  # e^0 = 1
        total = dot(m.pi, powers)
        return [total * p * e / total for p, e in zip(m.pi, powers, strict=True)]

    def weights(m: Any) -> Any:
        return [sum(m.pi) / k if origin else p for p in m.pi]

    def difference(m: Any, h: int) -> Vector:
        return minus(m.turn(m.theta, h), m.theta)

    def coset_sum(m: Any, n: int, c: int, f: int) -> Any:
        """``s_c = Σ_{h∈H} π_{c+h} ω^{m(c+h)}``."""
        return sum(
            (m.pi[j] * m.zeta(f * j) for j in range(c, k, n)),
            start=m.zeta(0) * 0,
        )

    def coset_weight(m: Any, n: int, c: int) -> Any:
        return sum(m.pi[j] for j in range(c, k, n))

    def conditional(m: Any, n: int, c: int) -> Vector:
        """w when the coset c + H carries all."""
        q = coset_weight(m, n, c)
        scale = q if renormalise else q * 0 + 1
        return tuple(m.pi[j] / scale if j % n == c else m.pi[j] * 0 for j in range(k))

    def on_coset(m: Any) -> Any:
        """``|ŵ_m|²`` by the responsibilities, for every H, coset and m ≠ 0."""
        found = []
        for n in subgroups:
            for c in range(n):
                w = conditional(m, n, c)
                found += [fourier(m, w, f) * fourier(m, w, -f) for f in range(1, k)]
        return found

    def by_cosets(m: Any) -> Any:
        return [
            coset_sum(m, n, c, f) * coset_sum(m, n, c, -f) / coset_weight(m, n, c) ** 2
            for n in subgroups
            for c in range(n)
            for f in range(1, k)
        ]

    def deficit(m: Any) -> Any:
        """``Σ q_c² Σ |t_c|² − |Σ q_c t_c|²`` for any t_c (here s_c/q_c)."""
        found = []
        for n in subgroups:
            q = [coset_weight(m, n, c) for c in range(n)]
            t = _samples(m, n)
            size = sum(a * a for a, _ in t) + sum(b * b for _, b in t)
            real = dot(tuple(q), tuple(a for a, _ in t))
            imaginary = dot(tuple(q), tuple(b for _, b in t))
            found.append(dot(tuple(q), tuple(q)) * size - real**2 - imaginary**2)
        return found

    def squares(m: Any) -> Any:
        found = []
        for n in subgroups:
            q = [coset_weight(m, n, c) for c in range(n)]
            t = _samples(m, n)
            found.append(
                sum(
                    (q[c] * t[d][i] - q[d] * t[c][i]) ** 2
                    for c in range(n)
                    for d in range(n)
                    for i in (0, 1)
                )
                / pairs
            )
        return found

    def _samples(m: Any, n: int) -> list[tuple[Any, Any]]:
        """Any n complex numbers t_c, as pairs: Lagrange's identity needs no more."""
        return [(m.u[c], m.boltzmann[c]) for c in range(n)]

    def square(m: Any, u: Vector) -> Vector:
        return transposed(m, m.pi, circulant(m, m.pi, u))

    def sigma(m: Any, f: int) -> Any:
        return fourier(m, m.pi, f) * fourier(m, m.pi, -f)

    steps = (
        Step(
            "M(θ)_m = (1 − g_m)θ_m (S6). If g_m(θ) = 0 then ŵ_m(x) = 0 for every x, also at "
            "x = 0, where w = π: so π̂_m = 0. Hence g_m > 0 everywhere when π̂_m ≠ 0.",
            term(r"w_j(0;\theta)\textstyle\sum_l\pi_l", at_origin),
            term(r"\pi_j", weights),
            "all E_j are 1 at x = 0",
        ),
        Step(
            "As |θ| → ∞: the h with bounded |R^hθ − θ| form a subgroup H of Z/k, n its index.",
            term(
                r"R^{h+l}\theta-\theta",
                lambda m: [difference(m, h + l) for h in range(k) for l in range(k)],  # noqa: E741
            ),
            term(
                r"R^h(R^l\theta-\theta)+(R^h\theta-\theta)",
                lambda m: [
                    plus(
                        m.turn(difference(m, l), h if turned else 0),
                        difference(m, h),
                    )
                    for h in range(k)
                    for l in range(k)  # noqa: E741
                ],
            ),
            "telescoping; R^h is an isometry, so |R^{h+l}θ − θ| ≤ |R^lθ − θ| + |R^hθ − θ|",
        ),
        Step(
            "So within a coset c + H the exponents differ by bounded multiples of x, between "
            "cosets by unbounded ones; in the limit one coset carries w(x).",
            term(
                r"\langle x,R^{c+h}\theta\rangle-\langle x,R^c\theta\rangle",
                lambda m: [
                    dot(m.x, m.turn(m.theta, c + h)) - dot(m.x, m.turn(m.theta, c))
                    for c in range(k)
                    for h in range(k)
                ],
            ),
            term(
                r"\langle R^{-c}x,R^h\theta-\theta\rangle",
                lambda m: [
                    dot(m.turn(m.x, -c if turned else 0), difference(m, h))
                    for c in range(k)
                    for h in range(k)
                ],
            ),
            "R^c is orthogonal",
        ),
        Step(
            "Along a ray H is the stabiliser and w in the limit is π conditioned on a coset, each "
            "with probability 1/n: g_m(∞) = (1/n) Σ_c |s_c/q_c|².",
            term(r"|\hat w_m^{(c)}|^2", on_coset),
            term(r"|s_c/q_c|^2", by_cosets),
            "w^{(c)}_j = π_j/q_c on the coset, 0 elsewhere",
        ),
        Step(
            "π̂_m is the sum of the s_c: if it is not 0, some s_c is not, and liminf g_m > 0, "
            "along rays and in general. (The converse fails: all n cosets may cancel.)",
            term(
                r"\hat\pi_m",
                lambda m: [fourier(m, m.pi, f) for _ in subgroups for f in range(1, k)],
            ),
            term(
                r"\textstyle\sum_cs_c",
                lambda m: [
                    sum((coset_sum(m, n, c, f) for c in range(min(first, n - 1), n)),
                        start=m.zeta(0) * 0)
                    for n in subgroups
                    for f in range(1, k)
                ],
            ),
            "the cosets partition Z/k",
        ),
        Step(
            "How far from 0: with t_c = s_c/q_c, g_m(∞) ≥ |π̂_m|²/(n Σ_c q_c²).",
            term(r"\sum_cq_c^2\sum_c|t_c|^2-\big|\sum_cq_ct_c\big|^2", deficit),
            term(r"\tfrac12\sum_{c,d}|q_ct_d-q_dt_c|^2", squares),
            "Lagrange's identity",
        ),
        Step(
            "Locally M(θ) = (I − AᵀA)θ + O(|θ|³): the amplitude a_m falls by 1 − |π̂_m|² a step.",
            term(
                r"(I-A^TA)f_m",
                lambda m: [minus(m.mode(f), square(m, m.mode(f))) for f in range(k)],
            ),
            term(
                r"(1-|\hat\pi_m|^2)f_m",
                lambda m: [times(m.zeta(0) - sigma(m, f), m.mode(f)) for f in range(k)],
            ),
            "S4",
        ),
        Step(
            "And L = ½ Σ_m σ_m a_m² + O(|θ|⁴), σ_m = |π̂_m|²: KL falls by the square of that.",
            term(
                r"\tfrac12\sigma((1-\sigma)a)^2",
                lambda m: (m.s * ((1 - m.s) * m.u[0]) ** 2 / 2,),
            ),
            term(
                r"(1-\sigma)^2\cdot\tfrac12\sigma a^2",
                lambda m: ((1 - m.s) ** power * m.s * m.u[0] ** 2 / 2,),
            ),
            "S4",
        ),
    )  # fmt: skip
    statement = conclude(steps)
    return Derivation(
        id="T1a",
        title="global linear convergence, the chain of implications",
        statement_tex=(
            r"If $\hat\pi_m\ne0$ for all $m\in F(R)$, then $\rho^*=1-\inf_\theta\min_mg_m<1$ and "
            r"$|\theta_{t+1}|\le\rho^*|\theta_t|$ from any start, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(
            ORTHOGONAL,
            STEIN,
            CONTINUITY,
            NORMALISED,
            "every weight is positive",
            COMPACT,
            BOUNDED,
            DOMINATE,
            ANALYTIC,
        ),
        steps=steps,
        depends=("S3", "S4", "S6", "S8"),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )
