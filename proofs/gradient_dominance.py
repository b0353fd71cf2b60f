"""The Polyak–Łojasiewicz inequality on the whole space (T3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .calculus import Vector, circulant, dot, minus, responsibilities
from .legacy import NORMALISED
from .legacy import Derivation, Step, Term, conclude
from .legacy import EXCHANGE, ORTHOGONAL
from .rational import instances
from .legacy import STEIN
from .symbolic import SymbolicModel

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def gradient_dominance(k: int) -> Derivation:
    """T3: ``|∇L|² ≥ 2μ²(L − L*)`` for every θ, ``μ = inf_θ min_m g_m``.

    >>> gradient_dominance(2).recheck()
    ()
    """
    return _gradient_dominance(
        k,
        faulty=(
            ("|∇L|² = Σ g_m e_m", partial(_gradient_dominance, k, power=1)),
            ("(g − μ)² for g² − μ²", partial(_gradient_dominance, k, sign=-1)),
            ("pairs counted twice", partial(_gradient_dominance, k, pairs=1)),
            ("L ≤ |θ|²", partial(_gradient_dominance, k, half=1)),
        ),
    )


def _gradient_dominance(
    k: int, power: int = 2, sign: int = 1, pairs: int = 2, half: int = 2, faulty: Faults = ()
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def filtered(m: Any) -> Vector:
        """``Σ_m g_m θ_m`` for any real filter with g_m = g_{k−m}: a symmetric polynomial in R."""
        symmetric = tuple(m.u[j] + m.u[-j % k] for j in range(k))
        return circulant(m, symmetric, m.theta)

    def gain(m: Any, f: int) -> Any:
        return sum((m.u[j] + m.u[-j % k]) * m.zeta(f * j) for j in range(k))

    def energies(m: Any) -> list[Any]:
        return [dot(m.mode(f), m.theta) * dot(m.mode(-f), m.theta) for f in range(k)]

    def parseval(m: Any) -> Any:
        total = m.zeta(0) * 0
        for f, e in enumerate(energies(m)):
            g = gain(m, f)
            total = total + (g * g if power == 2 else g) * e
        return (total / k,)

    def spread(m: Any) -> Any:
        w = responsibilities(m)
        image = circulant(m, w, m.theta)
        return (dot(m.theta, m.theta) - dot(image, image),)

    def distances(m: Any) -> Any:
        w = responsibilities(m)
        means = [m.turn(m.theta, j) for j in range(k)]
        gaps = {(i, j): minus(means[i], means[j]) for i in range(k) for j in range(k)}
        return (sum(w[i] * w[j] * dot(g, g) for (i, j), g in gaps.items()) / pairs,)

    steps = (
        Step(
            "∇L = Σ_m g_m θ_m (S2, S6), so its norm is a sum over frequencies; here for any real "
            "g_m with g_m = g_{k−m}.",
            term(r"\big|\sum_mg_m\theta_m\big|^2", lambda m: (dot(filtered(m), filtered(m)),)),
            term(r"\tfrac1k\sum_mg_m^2|\hat\theta_m|^2", parseval),
            "Parseval",
        ),
        Step(
            "With g_m ≥ μ each term is at least μ²: |∇L|² ≥ μ²|θ|².",
            term(
                r"\sum_m(g_m^2-\mu^2)e_m",
                lambda m: (
                    sum((g**2 - m.s**2) * e for g, e in zip(m.u, m.boltzmann, strict=True)),
                ),
            ),
            term(
                r"\sum_m(g_m-\mu)(g_m+\mu)e_m",
                lambda m: (
                    sum(
                        (g - m.s) * (g + sign * m.s) * e
                        for g, e in zip(m.u, m.boltzmann, strict=True)
                    ),
                ),
            ),
            "algebra; every factor is nonnegative",
        ),
        Step(
            "A_w does not lengthen: |A_wθ|² ≤ |θ|² at every x.",
            term(r"|\theta|^2-|A_w\theta|^2", spread),
            term(r"\tfrac12\sum_{i,j}w_iw_j|R^i\theta-R^j\theta|^2", distances),
            "Lagrange's identity and Σ_j w_j = 1",
        ),
        Step(
            "So by S7 L ≤ ∫₀¹ s |θ|² ds = ½|θ|², and L* = L(0) = 0: |∇L|² ≥ μ²|θ|² ≥ 2μ²L.",
            term(
                r"\int_0^1s|\theta|^2ds",
                lambda m: (_integral(lambda s: s * dot(m.theta, m.theta), m.s * 0 + 1),),
            ),
            term(r"\tfrac12|\theta|^2", lambda m: (dot(m.theta, m.theta) / half,)),
            "the integrand is linear in s",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="T3",
        title="global Polyak–Łojasiewicz inequality",
        statement_tex=(
            r"$|\nabla L(\theta)|^2\ge2\mu^2(L(\theta)-L^*)$ for every $\theta$, with "
            r"$\mu=\inf_\theta\min_mg_m(\theta)$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, STEIN, NORMALISED),
        steps=steps,
        depends=("S2", "S5", "S6", "S7"),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )


def _integral(f: Callable[[Any], Any], one: Any) -> Any:
    """``∫₀¹ f`` by Simpson's rule, which is exact for polynomials of degree ≤ 3."""
    return (f(one * 0) + 4 * f(one / 2) + f(one)) / 6
