"""Uniform weights: every frequency but 0 is null, for every k ≥ 2 (the exact part of T4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .calculus import Vector, circulant, minus, plus, times
from .legacy import Derivation, Step, Term, conclude
from .rational import instances
from .symbolic import SymbolicModel

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def uniform_weights(k: int) -> Derivation:
    """T4, exact part: for uniform weights ``π̂_m = 0`` for all m ≠ 0, so A = 0 on the simplex.

    >>> uniform_weights(2).recheck()
    ()
    """
    return _uniform_weights(
        k,
        faulty=(
            ("one weight doubled", partial(_uniform_weights, k, heavy=2)),
            ("one weight dropped", partial(_uniform_weights, k, heavy=0)),
            ("null at frequency 0 too", partial(_uniform_weights, k, at_zero=0)),
        ),
    )


def _uniform_weights(k: int, heavy: int = 1, at_zero: int = 1, faulty: Faults = ()) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def weights(m: Any) -> Vector:
        one = m.s * 0 + 1
        return (heavy * one / k, *((one / k,) * (k - 1)))

    def average(m: Any) -> Vector:
        one = m.s * 0 + 1
        return times(one / k, plus(*(m.turn(m.v, j) for j in range(k))))

    steps = (
        Step(
            "Geometric sum: π̂_m(1 − ω^m) telescopes to (1 − ω^{mk})/k; ω^m ≠ 1 unless m ≡ 0.",
            term(
                r"(1-\omega^m)\hat\pi_m",
                lambda m: [
                    (m.zeta(0) - m.zeta(f))
                    * sum(w * m.zeta(f * j) for j, w in enumerate(weights(m)))
                    for f in range(k)
                ],
            ),
            term("0", lambda m: [m.s * 0 for _ in range(k)]),
            "ω^k = 1",
        ),
        Step(
            "So A annihilates every mode but the constant one.",
            term("Af_m", lambda m: [circulant(m, weights(m), m.mode(f)) for f in range(k)]),
            term(
                r"\delta_{m0}f_m",
                lambda m: [times(at_zero * int(f == 0), m.mode(f)) for f in range(k)],
            ),
            "R^j f_m = ω^{mj} f_m",
        ),
        Step(
            "In real terms: A is the projection onto the vectors fixed by R, of which the "
            "hyperplane has none.",
            term(r"A(v-\bar v)", lambda m: circulant(m, weights(m), minus(m.v, average(m)))),
            term("0", lambda m: times(0, m.v)),
            "the average of an orbit is fixed by R",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="T4",
        title="uniform weights are degenerate for every k",
        statement_tex=(
            rf"For uniform weights, $k={k}$, every frequency $m\ne0$ is null and $A=0$ on the "
            r"hyperplane, because " + ", ".join(f"${equation.tex}$" for equation in statement) + "."
        ),
        statement=statement,
        hypotheses=("R is orthogonal and R^k = I", "all weights are 1/k"),
        steps=steps,
        depends=("S3",),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )
