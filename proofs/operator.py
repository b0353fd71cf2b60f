"""The EM operator: from Q (S1), as a gradient step on L (S2), and its Jacobian (S5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .calculus import (
    dot,
    entrywise,
    identity,
    minus,
    outer,
    partition,
    plus,
    responsibilities,
    times,
    transposed,
)
from .derivation import Derivation, Equation, Step, Term, conclude
from .rational import instances
from .symbolic import SymbolicModel

EXCHANGE = (
    "derivative and expectation may be exchanged (dominated convergence: the integrands are "
    "bounded by polynomials in x times e^{c|x|}, locally uniformly in θ)"
)
ORTHOGONAL = "R is orthogonal and R^k = I"
JENSEN = "Jensen's inequality for the concave logarithm"

Power = Callable[[int], int]


def _back(j: int) -> int:
    return -j


def _other_way(k: int) -> Power:
    """The natural mistake: R^j for R^{-j}; they agree for k = 2, where another takes its place."""
    return (lambda j: j) if k > 2 else (lambda j: 1 - j)


def _pulled(model: Any, power: Power) -> Any:
    """``Σ_j w_j R^{power(j)} x``; with power(j) = −j the integrand of M."""
    w = responsibilities(model)
    return plus(*(times(w[j], model.turn(model.x, power(j))) for j in range(model.k)))


def em_operator(k: int) -> Derivation:
    """S1: ``M(θ) = E Σ_j w_j(x) R^{-j} x``, by setting the gradient of Q to zero.

    >>> em_operator(2).recheck()
    ()
    """
    return _em_operator(
        k,
        faulty=(
            ("R^j in place of R^{-j}", partial(_em_operator, k, power=_other_way(k))),
            ("R^{1-j}: a wrong index", partial(_em_operator, k, power=lambda j: 1 - j)),
            ("a factor 2 on θ'", partial(_em_operator, k, curvature=2)),
            ("the exponent without ½", partial(_em_operator, k, half=1)),
        ),
    )


def _em_operator(
    k: int,
    power: Power = _back,
    curvature: int = 1,
    half: int = 2,
    faulty: tuple[tuple[str, Callable[[], Derivation]], ...] = (),
) -> Derivation:
    model = SymbolicModel.of(k)
    term = partial(Term.of, model)

    def distance(m: Any, parameter: Any, j: int) -> Any:
        away = minus(m.x, m.turn(parameter, j))
        return dot(away, away)

    def objective(m: Any) -> Any:
        w = responsibilities(m)
        return (-sum(w[j] * distance(m, m.phi, j) for j in range(k)) / 2,)

    def gradient(m: Any) -> Any:
        return m.derivative(objective, "phi")

    def raw(m: Any) -> Any:
        w = responsibilities(m)
        pulled = (times(w[j], m.turn(minus(m.x, m.turn(m.phi, j)), -j)) for j in range(k))
        return plus(*pulled)

    exponent = Step(
        "All component densities have the same norm of the mean, so only the inner products "
        "stay in the responsibilities: w_j = π_j E_j / Σ_l π_l E_l.",
        term(
            r"-\tfrac12|x-R^j\theta|^2+\tfrac12|x|^2+\tfrac12|\theta|^2",
            lambda m: tuple(
                (dot(m.x, m.x) + dot(m.theta, m.theta) - distance(m, m.theta, j)) / half
                for j in range(k)
            ),
        ),
        term(
            r"\langle x,R^j\theta\rangle",
            lambda m: tuple(dot(m.x, m.turn(m.theta, j)) for j in range(k)),
        ),
        "expand the square; R^j is orthogonal",
    )
    slope = term(r"\nabla_{\theta'}\,q(x;\theta',\theta)", gradient)
    middle = term(r"\sum_j w_j R^{-j}(x-R^j\theta')", raw)
    end = term(
        r"\sum_j w_j R^{-j}x-\theta'",
        lambda m: minus(_pulled(m, power), times(curvature, m.phi)),
    )
    bend = Step(
        "The second derivative is −I, so the zero of the gradient is the only maximum.",
        term(r"\nabla^2_{\theta'}\,q(x;\theta',\theta)", lambda m: m.derivative(raw, "phi")),
        term("-I", lambda m: identity(len(m.x), m.s * 0 - curvature)),
        "differentiate once more",
    )
    steps = (
        exponent,
        Step(
            "q is the part of the complete log-likelihood that depends on θ', averaged with the "
            "responsibilities at θ; these do not move with θ'.",
            slope,
            middle,
            "chain rule; the transpose of R^j is R^{-j}",
        ),
        Step("The responsibilities sum to 1.", middle, end, "R^{-j} R^j = I and Σ_j w_j = 1"),
        bend,
    )
    statement = (
        Equation(exponent.lhs, exponent.rhs),
        Equation(slope, end),
        Equation(bend.lhs, bend.rhs),
    )
    return Derivation(
        id="S1",
        title="EM operator from maximising Q",
        statement_tex=(
            r"$Q(\theta'|\theta)=E\,q+\mathrm{const}$ with "
            r"$q=-\tfrac12\sum_j w_j(x;\theta)\,|x-R^j\theta'|^2$ has the unique maximiser "
            r"$M(\theta)=E\sum_j w_j(x)R^{-j}x$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE),
        steps=steps,
        depends=(),
        witnesses=instances(k),
        faulty=faulty,
    )


def gradient_descent(k: int) -> Derivation:
    """S2: ``∇L(θ) = θ − M(θ)``, L the Kullback–Leibler divergence.

    >>> gradient_descent(2).recheck()
    ()
    """
    return _gradient_descent(
        k,
        faulty=(
            ("R^j in place of R^{-j}", partial(_gradient_descent, k, power=_other_way(k))),
            ("∇L = M − θ: the sign", partial(_gradient_descent, k, sign=-1)),
            ("step ½ instead of 1", partial(_gradient_descent, k, step=2)),
            ("L without |θ|²/2", partial(_gradient_descent, k, norm=0)),
        ),
    )


def _gradient_descent(
    k: int,
    power: Power = _back,
    sign: int = 1,
    step: int = 1,
    norm: int = 1,
    faulty: tuple[tuple[str, Callable[[], Derivation]], ...] = (),
) -> Derivation:
    model = SymbolicModel.of(k)
    term = partial(Term.of, model)

    def loss(m: Any) -> Any:
        return (norm * dot(m.theta, m.theta) / 2 - m.log(partition(m)),)

    def rhs(m: Any) -> Any:
        return times(sign, minus(times(1, m.theta), times(step, _pulled(m, power))))

    steps = (
        Step(
            "Differentiate the integrand of L. It is the log-ratio of N(0, I) and p_θ at x, "
            "since −½|x−R^jθ|² + ½|x|² = ⟨x,R^jθ⟩ − ½|θ|² (S1).",
            term(r"\nabla_\theta\,\ell(x;\theta)", lambda m: m.derivative(loss, "theta")),
            term(r"\theta-\sum_j w_j R^{-j}x", rhs),
            "chain rule: the derivative of E_j is E_j R^{-j}x",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="S2",
        title="EM is gradient descent with unit step",
        statement_tex=(
            r"$L(\theta)=\mathrm{KL}(N(0,I)\,\|\,p_\theta)=E\,\ell$ with "
            r"$\ell=\tfrac12|\theta|^2-\log\sum_j\pi_je^{\langle x,R^j\theta\rangle}$ satisfies "
            rf"$\nabla L(\theta)=\theta-M(\theta)$, because ${statement[0].tex}$."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE),
        steps=steps,
        depends=("S1",),
        witnesses=instances(k),
        faulty=faulty,
    )


def jacobian(k: int) -> Derivation:
    """S5: ``DM(θ) = E Cov_{j~w(x)}(R^{-j}x)``, symmetric with ``0 ⪯ DM``; EM descends.

    >>> jacobian(2).recheck()
    ()
    """
    return _jacobian(
        k,
        faulty=(
            ("a second moment in place of the covariance", partial(_jacobian, k, centred=0)),
            ("the covariance of R^j x", partial(_jacobian, k, power=_other_way(k))),
            ("pairs counted twice", partial(_jacobian, k, pairs=1)),
            ("descent by |∇L|², without ½", partial(_jacobian, k, descent=1)),
        ),
    )


def _jacobian(
    k: int,
    centred: int = 1,
    power: Power = _back,
    pairs: int = 2,
    descent: int = 2,
    faulty: tuple[tuple[str, Callable[[], Derivation]], ...] = (),
) -> Derivation:
    model = SymbolicModel.of(k)
    term = partial(Term.of, model)

    def integrand(m: Any) -> Any:
        return transposed(m, responsibilities(m), m.x)

    def covariance(m: Any) -> Any:
        w, mean = responsibilities(m), _pulled(m, power)
        points = [m.turn(m.x, power(j)) for j in range(k)]
        second = entrywise(
            plus,
            *(
                entrywise(lambda row, c=w[j]: times(c, row), outer(points[j], points[j]))
                for j in range(k)
            ),
        )
        return entrywise(minus, second, entrywise(partial(times, centred), outer(mean, mean)))

    def form(m: Any) -> Any:
        return (dot(m.v, tuple(dot(row, m.v) for row in covariance(m))),)

    def squares(m: Any) -> Any:
        w = responsibilities(m)
        along = [dot(m.turn(m.x, power(j)), m.v) for j in range(k)]
        return (
            sum(w[i] * w[j] * (along[i] - along[j]) ** 2 for i in range(k) for j in range(k))
            / pairs,
        )

    def lift(m: Any) -> Any:
        # φ stands for M(θ): the bound of Jensen at θ' = M(θ)
        step = dot(m.phi, minus(m.phi, m.theta))
        return ((dot(m.phi, m.phi) - dot(m.theta, m.theta)) / 2 - step,)

    def drop(m: Any) -> Any:
        away = minus(m.theta, m.phi)
        return (-dot(away, away) / descent,)

    steps = (
        Step(
            "Differentiate the integrand of M.",
            term(r"D_\theta\sum_j w_jR^{-j}x", lambda m: m.derivative(integrand, "theta")),
            term(r"\mathrm{Cov}_{j\sim w}(R^{-j}x)", covariance),
            "the derivative of w_j is w_j (R^{-j}x − Σ_l w_l R^{-l}x)ᵀ",
        ),
        Step(
            "A covariance is a sum of squares over pairs, hence positive semidefinite.",
            term(r"v^T\mathrm{Cov}_{j\sim w}(R^{-j}x)\,v", form),
            term(
                r"\tfrac12\sum_{i,j}w_iw_j\langle R^{-i}x-R^{-j}x,v\rangle^2",
                squares,
            ),
            "Lagrange's identity and Σ_j w_j = 1",
        ),
        Step(
            "Jensen bounds log Σ_j w_j e^{⟨x,R^j(θ'−θ)⟩} from below by a linear function.",
            term(
                r"\sum_j w_j\langle x,R^j\delta\rangle",
                lambda m: (
                    sum(c * dot(m.x, m.turn(m.v, j)) for j, c in enumerate(responsibilities(m))),
                ),
            ),
            term(
                r"\Big\langle\sum_j w_jR^{-j}x,\delta\Big\rangle",
                lambda m: (dot(_pulled(m, power), m.v),),
            ),
            "the transpose of R^j is R^{-j}",
        ),
        Step(
            "At θ' = M(θ), with δ = M − θ, the bound is L(M) − L(θ) ≤ ½|M|² − ½|θ|² − ⟨M, δ⟩.",
            term(
                r"\tfrac12|M|^2-\tfrac12|\theta|^2-\langle M,M-\theta\rangle",
                lift,
            ),
            term(r"-\tfrac12|\theta-M|^2", drop),
            "expand; θ − M = ∇L by S2",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="S5",
        title="Jacobian of M, smoothness and descent",
        statement_tex=(
            r"$DM(\theta)=E\,\mathrm{Cov}_{j\sim w(x)}(R^{-j}x)\succeq 0$ is symmetric, so "
            r"$\nabla^2L=I-DM\preceq I$, and "
            r"$L(M(\theta))\le L(\theta)-\tfrac12|\nabla L(\theta)|^2$: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, JENSEN),
        steps=steps,
        depends=("S1", "S2"),
        witnesses=instances(k),
        faulty=faulty,
    )
