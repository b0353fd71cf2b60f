"""Dimensions on which R is the identity change nothing: γ does not depend on d ≥ k − 1 (D)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .calculus import Vector, circulant, dot, plus, responsibilities, times, transposed
from .legacy import NORMALISED
from .legacy import Derivation, Step, Term, conclude
from .legacy import ORTHOGONAL
from .rational import instances
from .symbolic import SymbolicModel

BALLS = (
    "a ball |θ| ≤ r that holds θ holds it without its frequency-0 part, so the infimum of a "
    "function of the other parts over it is the same with idle dimensions and without"
)

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def _all(m: Any) -> Vector:
    return times(m.s, m.boltzmann)


def _first(m: Any) -> Vector:
    return (m.s * m.boltzmann[0], *m.boltzmann[1:])


def _unnormalised(m: Any) -> Vector:
    return tuple(p * e for p, e in zip(m.pi, m.boltzmann, strict=True))


def idle_dimensions(k: int) -> Derivation:
    """D: w_j(x;θ), hence every g_m and DM off frequency 0, do not see θ_0; g_0 = 1, DM f_0 = 0.

    >>> idle_dimensions(2).recheck()
    ()
    """
    return _idle_dimensions(
        k,
        faulty=(
            ("frequency 1 in place of 0", partial(_idle_dimensions, k, idle=1)),
            ("a factor on one exponential only", partial(_idle_dimensions, k, scaled=_first)),
            ("shares that do not sum to 1", partial(_idle_dimensions, k, shares=_unnormalised)),
        ),
    )


def _idle_dimensions(
    k: int,
    idle: int = 0,
    scaled: Callable[[Any], Vector] = _all,
    shares: Callable[[Any], Vector] = responsibilities,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def moved(m: Any) -> Any:
        theta = plus(m.theta, times(m.s, m.mode(idle)))
        return [dot(m.x, m.turn(theta, j)) for j in range(k)]

    def spread(m: Any) -> Any:
        turned = [m.turn(m.x, -j) for j in range(k)]
        pairs = zip(shares(m), turned, strict=True)
        return plus(*(times(w * dot(m.mode(idle), y), y) for w, y in pairs))

    steps = (
        Step(
            "Let f_0 be fixed by R. Moving θ along it adds one number to all exponents.",
            term(r"\langle x,R^j(\theta+sf_0)\rangle", moved),
            term(
                r"\langle x,R^j\theta\rangle+s\langle x,f_0\rangle",
                lambda m: [
                    dot(m.x, m.turn(m.theta, j)) + m.s * dot(m.x, m.mode(idle)) for j in range(k)
                ],
            ),
            "R f_0 = f_0",
        ),
        Step(
            "A common factor of the E_j drops out of the responsibilities: w_j(x;θ + s f_0) = "
            "w_j(x;θ). So every ŵ_m and g_m is a function of θ without its frequency-0 part.",
            term(
                r"w_j(cE_0,\dots,cE_{k-1})",
                lambda m: responsibilities(replace(m, boltzmann=scaled(m))),
            ),
            term(r"w_j(E_0,\dots,E_{k-1})", responsibilities),
            "cancel",
        ),
        Step(
            "A_w fixes f_0, so ŵ_0 = 1: g_0 = 1, and M(θ)_0 = 0 by S6.",
            term(r"A_wf_0", lambda m: circulant(m, shares(m), m.mode(idle))),
            term(r"f_0", lambda m: m.mode(idle)),
            "R f_0 = f_0 and Σ_j w_j = 1",
        ),
        Step(
            "⟨f_0,R^{-j}x⟩ is the same for all j, so Cov_w(R^{-j}x) f_0 = 0, and DM f_0 = 0 by S5: "
            "the eigenvalue of the Hessian on frequency 0 is 1, never the smallest.",
            term(r"\sum_jw_j\langle f_0,R^{-j}x\rangle R^{-j}x", spread),
            term(
                r"\langle f_0,x\rangle\sum_jw_jR^{-j}x",
                lambda m: times(dot(m.mode(idle), m.x), transposed(m, shares(m), m.x)),
            ),
            "R is orthogonal and R f_0 = f_0",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="D",
        title="idle dimensions change nothing",
        statement_tex=(
            r"For $d\ge k-1$ no radius $\gamma$ depends on $d$: the responsibilities, $g_m$ for "
            r"$m\ne0$ and $DM$ off frequency $0$ do not see $\theta_0$, $g_0=1$ and $DM$ vanishes "
            r"on frequency $0$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, NORMALISED, BALLS),
        steps=steps,
        depends=("S5", "S6"),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )
