"""The covariance estimated too (math.md section 9, Q2): the local rate stays.

Isotropic ``vI``: ``θ' = M(θ/v)``, ``v' = 1 − |θ'|²/d``. Full Σ: the M-step of θ solves
``E Σ_j w_j R^{-j} Σ'^{-1} (x − R^jθ') = 0``. At the optimum both joint Jacobians are
``diag(I − AᵀA, 0)``. What happens where A = 0 is in `uniform_rate`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from overspec.proofs.identities.circulant import WHITE
from overspec.proofs.language.legacy import EXCHANGE, ORTHOGONAL, Derivation, Step, Term, conclude
from overspec.proofs.machinery.calculus import (
    Vector,
    circulant,
    dot,
    minus,
    outer,
    plus,
    responsibilities,
    times,
    transposed,
)
from overspec.proofs.machinery.rational import instances
from overspec.proofs.machinery.symbolic import SymbolicModel

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def joint_covariance(k: int) -> Derivation:
    """Q2: with v or Σ estimated, the Jacobian at the optimum is ``diag(I − AᵀA, 0)``.

    >>> joint_covariance(2).recheck()
    ()
    """
    return _joint_covariance(
        k,
        faulty=(
            ("the cross term once", partial(_joint_covariance, k, cross=1)),
            ("v in place of 1/v", partial(_joint_covariance, k, inverse=0)),
            ("E xxᵀ = 2I", partial(_joint_covariance, k, white=2)),
            ("x without its odd moment", partial(_joint_covariance, k, odd=1)),
        ),
    )


def _joint_covariance(
    k: int, cross: int = 2, inverse: int = 1, white: int = 1, odd: int = 0, faulty: Faults = ()
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def residual(m: Any) -> Any:
        w = responsibilities(m)
        gaps = [minus(m.x, m.turn(m.phi, j)) for j in range(k)]
        return (sum(w[j] * dot(gaps[j], gaps[j]) for j in range(k)),)

    def expanded(m: Any) -> Any:
        pulled = transposed(m, responsibilities(m), m.x)
        return (dot(m.x, m.x) - cross * dot(pulled, m.phi) + dot(m.phi, m.phi),)

    def exponent(m: Any) -> Any:
        gaps = [minus(m.x, m.turn(m.theta, j)) for j in range(k)]
        rest = dot(m.x, m.x) + dot(m.theta, m.theta)
        return [m.s * (rest - dot(gap, gap)) / 2 for gap in gaps]

    def scaled(m: Any) -> Any:
        theta = times(m.s if inverse else 1 / m.s, m.theta)
        return [dot(m.x, m.turn(theta, j)) for j in range(k)]

    def scatter(m: Any) -> Any:
        parts = []
        for j in range(k):
            gap = minus(m.x, m.turn(m.phi, j))
            parts.append(times(m.pi[j], _flat(outer(gap, gap))))
        return plus(*parts)

    def second(m: Any) -> Any:
        total, d = sum(m.pi), len(m.x)
        squares = plus(
            *(times(m.pi[j], _flat(outer(m.turn(m.phi, j), m.turn(m.phi, j)))) for j in range(k))
        )
        unit = tuple(white * total * int(a == b) for a in range(d) for b in range(d))
        return plus(squares, unit)

    def normal(m: Any) -> Any:
        image = times(dot(m.v, m.x), m.phi)  # any matrix is a sum of such φ vᵀ
        return transposed(m, m.pi, image)

    steps = (
        Step(
            "The M-step of v, with θ' = Σ_jE w_jR^{-j}x in place of φ: v'd = d − 2|θ'|² + |θ'|².",
            term(r"\sum_jw_j|x-R^j\varphi|^2", residual),
            term(
                r"|x|^2-2\langle\textstyle\sum_jw_jR^{-j}x,\varphi\rangle+|\varphi|^2",
                expanded,
            ),
            "Σ_j w_j = 1",
        ),
        Step(
            "The E-step at (θ, v) is the one at (θ/v, 1); s = 1/v.",
            term(
                r"\tfrac s2(|x|^2+|\theta|^2-|x-R^j\theta|^2)",
                exponent,
            ),
            term(r"\langle x,R^js\theta\rangle", scaled),
            "R^j is orthogonal",
        ),
        Step(
            "Full covariance at θ = 0: Σ' is I plus a quadratic form in θ', so its derivative "
            "in θ and in Σ is 0.",
            term(
                r"E\sum_j\pi_j(x-R^j\varphi)(x-R^j\varphi)^T",
                lambda m: m.expect(scatter),
            ),
            term(
                r"\textstyle(\sum_j\pi_j)I+\sum_j\pi_jR^j\varphi\varphi^TR^{-j}",
                second,
            ),
            "E x = 0 and E xxᵀ = I",
        ),
        Step(
            "At θ = 0 the M-step gives θ' = 0 whatever Σ is (B for Σ^{-1}): no derivative in Σ. "
            "The derivative in θ at Σ = I is that of S4.",
            term(r"E\sum_j\pi_jR^{-j}Bx", lambda m: m.expect(normal)),
            term("0", lambda m: times(odd, circulant(m, m.pi, m.v))),
            "E x = 0",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="Q2",
        title="an estimated covariance leaves the local rate",
        statement_tex=(
            r"With $v$ or $\Sigma$ estimated the joint Jacobian at the optimum is "
            r"$\mathrm{diag}(I-A^TA,0)$; $\theta'=M(\theta/v)$, $v'=1-|\theta'|^2/d$: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, WHITE, "the weights sum to 1"),
        steps=steps,
        depends=("S1", "S4"),
        witnesses=instances(k, copies=1),
        faulty=faulty,
    )


def _flat(matrix: tuple[Vector, ...]) -> Vector:
    return tuple(entry for row in matrix for entry in row)
