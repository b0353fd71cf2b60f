"""Weights learned together with tied means (math.md section 9, Q1): what becomes of the rate.

The joint map is ``π'_j = E w_j``, ``θ' = E Σ_j w_j R^{-j} x``. Every (0, π) is a fixed point, and
the Jacobian there is ``diag(I − AᵀA, I)``: the eigenvalue 1 has multiplicity k − 1 on the weights
besides the null blocks of A. So no rate holds uniformly: the limit on the line of fixed points
depends on the start, and with it ``σ = min_m |π̂_m|²``.

To leading order on the regular simplex ``π'_i − π_i = c²π_i(p₂ − π_i)``, ``c² = r²k/(k−1)``: the
weights drift towards equality, by an amount of order r². For k = 2, δ = π_0 − π_1 and r small of
one order: ``δ' = δ − r²δ``, ``r' = r − r(δ² + r²)``, along which ``r²/δ² − 2 log δ`` is kept. So
δ tends to ``δ_∞ = δ_0 exp(−r_0²/(2δ_0²)) > 0``: from any start with δ_0 ≠ 0 EM is still linear in
the end, with the factor ``1 − δ_∞²``. What is lost is a rate that the initial weights guarantee:
δ_∞ is exponentially small when r_0 is large beside δ_0. "The rate is lost" of math.md holds in that
sense only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from overspec.proofs.language.legacy import (
    EXCHANGE,
    ORTHOGONAL,
    Derivation,
    Equation,
    Step,
    Term,
    conclude,
)
from overspec.proofs.machinery.calculus import responsibilities, times, transposed
from overspec.proofs.machinery.expansion import Point, rational_points, symbolic_point
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.proofs.weights.heat import HEAT, IID, heat_numeric, heat_symbolic

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def learned_weights(k: int) -> Derivation:
    """Q1w: the joint Jacobian of means and weights at (0, π) is ``diag(I − AᵀA, I)``.

    >>> learned_weights(2).recheck()
    ()
    """
    return _learned_weights(
        k,
        faulty=(
            ("weights forget themselves", partial(_learned_weights, k, keep=0)),
            ("x with a mean", partial(_learned_weights, k, odd=1)),
            ("the slope of w_j without A", partial(_learned_weights, k, centred=0)),
        ),
    )


def _learned_weights(
    k: int, keep: int = 1, odd: int = 0, centred: int = 1, faulty: Faults = ()
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def start(m: Any) -> Any:
        return times(sum(m.pi), responsibilities(m.at_zero()))

    def slope(m: Any) -> Any:
        """dw_j/dθ along v at θ = 0, times (Σπ)²."""
        rows = m.derivative(responsibilities, "theta")
        total = sum(m.pi)
        rates = [sum(a * b for a, b in zip(row, m.v, strict=True)) for row in rows]
        return rates, total

    def first_order(m: Any) -> Any:
        rates, _ = slope(m)
        return rates

    def closed(m: Any) -> Any:
        w = responsibilities(m)
        moved = [_inner(m.x, m.turn(m.v, j)) for j in range(k)]
        mean = sum(a * b for a, b in zip(w, moved, strict=True))
        return [a * (b - centred * mean) for a, b in zip(w, moved, strict=True)]

    def drift(m: Any) -> Any:
        moved = [_inner(m.x, m.turn(m.v, j)) for j in range(k)]
        mean = sum(a * b for a, b in zip(m.pi, moved, strict=True))
        return [a * (sum(m.pi) * b - mean) for a, b in zip(m.pi, moved, strict=True)]

    steps = (
        Step(
            "At θ = 0 the E-step returns the weights, whatever they are: a line of fixed points, "
            "on which the derivative in π is the identity.",
            term(r"\textstyle(\sum_l\pi_l)\,w_j(x;0)", start),
            term(r"\pi_j", lambda m: times(keep, m.pi)),
            "all E_j are 1",
        ),
        Step(
            "The slope of w_j in θ along v.",
            term(r"\partial_vw_j", first_order),
            term(
                r"w_j\langle x,R^jv-A_wv\rangle",
                closed,
            ),
            "quotient rule",
        ),
        Step(
            "At θ = 0 it is linear in x: no derivative of π' = E w in θ.",
            term(
                r"E\,\pi_j\langle x,\textstyle(\sum_l\pi_l)R^jv-Av\rangle",
                lambda m: m.expect(drift),
            ),
            term("0", lambda m: times(odd, m.pi)),
            "E x = 0",
        ),
        Step(
            "With θ = 0 the M-step of the means gives 0 for every π: no derivative of θ' in π. "
            "The derivative of θ' in θ is that of S4.",
            term(r"E\sum_j\pi_jR^{-j}x", lambda m: m.expect(lambda n: transposed(n, n.pi, n.x))),
            term("0", lambda m: times(odd, m.v)),
            "E x = 0",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="Q1w",
        title="learned weights: a line of fixed points",
        statement_tex=(
            r"For learned weights every $(\theta,\pi)=(0,\pi)$ is fixed, with the joint Jacobian "
            r"$\mathrm{diag}(I-A^TA,\,I)$: " + ", ".join(f"${e.tex}$" for e in statement) + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, "the weights sum to 1"),
        steps=steps,
        depends=("S1", "S4"),
        witnesses=instances(k, copies=1),
        faulty=faulty,
    )


def _inner(u: Any, v: Any) -> Any:
    return sum(a * b for a, b in zip(u, v, strict=True))


def weight_drift(k: int) -> Derivation:
    """Q1d: the weights drift towards equality, ``π'_i − π_i = c²π_i(p₂ − π_i) + O(c⁴)``.

    >>> weight_drift(2).recheck()
    ()
    """
    return _weight_drift(
        k,
        faulty=(
            ("the drift doubled", partial(_weight_drift, k, factor=2)),
            ("the drift reversed", partial(_weight_drift, k, factor=-1)),
            ("r²/δ² + 2 log δ", partial(_weight_drift, k, sign=-1)),
        ),
    )


def _weight_drift(k: int, factor: int = 1, sign: int = 1, faulty: Faults = ()) -> Derivation:
    names = ("delta", "r")
    point = symbolic_point(k, names)
    term = partial(Term.of, point)

    def drift(m: Point) -> Any:
        p2 = sum(w**2 for w in m.pi)
        return [factor * w * (p2 - w) for w in m.pi[:2]]

    def two(m: Point) -> Any:
        up, down = (1 + m.delta) / 2, (1 - m.delta) / 2
        p2 = up**2 + down**2
        return [2 * (up * (p2 - up) - down * (p2 - down))]

    def gain(m: Point) -> Any:
        p2 = (1 + m.delta**2) / 2
        return [2 * (p2 + 3 * p2 * m.delta**2 - 4 * m.delta**2)]

    def conserved(m: Point) -> Any:
        """δ³/2 times d/ds of r²/δ² − 2 log δ along (dr, dδ) = (−r(δ²+r²), −r²δ)."""
        dr, ddelta = -m.r * (m.delta**2 + m.r**2), -(m.r**2) * m.delta
        return [m.delta * m.r * dr - m.r**2 * ddelta - sign * m.delta**2 * ddelta]

    steps = (
        Step(
            "Order c² of E w_i on the simplex; Σ_j E w_iw_j = E w_i. All i are alike.",
            Term(
                r"[c^2]\,E\,w_i",
                tuple(sum(heat_symbolic(k, i, j, 1) for j in range(k)) for i in range(2)),
                lambda m: tuple(sum(heat_numeric(m, i, j, 1) for j in range(k)) for i in range(2)),
            ),
            term(r"\pi_i(p_2-\pi_i)", drift),
            "H",
        ),
        Step(
            "k = 2, c² = 2r²: the drift of δ = π_0 − π_1, divided by r².",
            term(r"2\big(\pi_0(p_2-\pi_0)-\pi_1(p_2-\pi_1)\big)", two),
            term(r"-\delta(1-\delta^2)", lambda m: [-m.delta * (1 - m.delta**2)]),
            "insert π = (1 ± δ)/2",
        ),
        Step(
            "k = 2: G_1 of H, with π̂_1 = ρ̂_1 = δ. Its leading term is 1: r loses δ²r + r³.",
            term(r"2(p_2+3p_2\delta^2-4\delta^2)", gain),
            term(
                r"(1-\delta^2)(1-3\delta^2)",
                lambda m: [(1 - m.delta**2) * (1 - 3 * m.delta**2)],
            ),
            "p₂ = (1 + δ²)/2",
        ),
        Step(
            "Along dr = −r(δ²+r²), dδ = −r²δ this stays constant: r²/δ² − 2 log δ.",
            term(r"\delta\,r\,dr-r^2\,d\delta-\delta^2\,d\delta", conserved),
            term("0", lambda m: [0 * m.r]),
            "insert",
        ),
    )
    statement: tuple[Equation, ...] = conclude(steps)
    return Derivation(
        id="Q1d",
        title="the drift of learned weights",
        statement_tex=(
            r"On the regular simplex $\pi_i'-\pi_i=c^2\pi_i(p_2-\pi_i)+O(c^4)$; for $k=2$ the "
            r"quantity $r^2/\delta^2-2\log\delta$ is kept to leading order: "
            + ", ".join(f"${e.tex}$" for e in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(str(IID), str(HEAT), "the weights sum to 1"),
        steps=steps,
        depends=("H", "Q1w"),
        witnesses=rational_points(k, names),
        faulty=faulty,
    )
