"""The expansion of L at the optimum to order 4, its remainder of order 6, its positivity (T6)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Any

import sympy

from .calculus import Matrix, Vector, dot, minus, times
from .legacy import Derivation, Equation, Step, Term, conclude
from .legacy import EXCHANGE, ORTHOGONAL
from .quartic_models import RAW, Gram, Sample, cumulant, matrix_symbols, samples, sixth_moment

TAYLOR = (
    "Taylor's theorem in s ∈ [0, 1] for ℓ(x; sθ): the remainder of order 6 is at most "
    "sup_s |κ_6|/720, κ_6 the sixth cumulant of ⟨x, R^jθ⟩ under the responsibilities at sθ"
)
SPREAD = (
    "a variable in an interval of length D has |μ_n| ≤ D^{n−2} μ_2, μ_2 ≤ D²/4 and μ_3² ≤ μ_2 μ_4 "
    "(here D ≤ 2|x||θ|), so |κ_6| ≤ (25/16) D⁶"
)
EVEN = "N(0, I) is symmetric: odd powers of x have expectation 0"

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def quartic_expansion(k: int) -> Derivation:
    """T6: ``L = ½|T₁|² + ¼‖Σ‖² − ½T₁ᵀΣT₁ + O(|θ|⁶)``; on T₁ = 0 the quartic is ≥ |θ|⁴/(4d).

    The remainder is even in θ and at most ``(5/36) d(d+2)(d+4) |θ|⁶`` in absolute value, where
    d may be taken as min(d, k).

    >>> quartic_expansion(2).recheck()
    ()
    """
    return _quartic_expansion(
        k,
        faulty=(
            ("½‖Σ‖² in place of ¼‖Σ‖²", partial(_quartic_expansion, k, frobenius=2)),
            ("the sign of T₁ᵀΣT₁", partial(_quartic_expansion, k, mixed=-1)),
            ("κ_4 = μ_4 − 2μ_2²", partial(_quartic_expansion, k, excess=2)),
            ("|T₁|² without ½", partial(_quartic_expansion, k, half=1)),
            ("an odd remainder", partial(_quartic_expansion, k, parity=1)),
            ("d − 1 in the bound by the trace", partial(_quartic_expansion, k, size=-1)),
        ),
    )


def _central(excess: int) -> tuple[Any, ...]:
    """The cumulants 1…6 in terms of central moments, these in terms of raw ones."""
    raw = (sympy.Integer(1), *RAW)
    mean = RAW[0]
    mu = [
        sum(sympy.binomial(n, i) * raw[i] * (-mean) ** (n - i) for i in range(n + 1))
        for n in range(7)
    ]
    return (
        mean,
        mu[2],
        mu[3],
        mu[4] - excess * mu[2] ** 2,
        mu[5] - 10 * mu[3] * mu[2],
        mu[6] - 15 * mu[4] * mu[2] - 10 * mu[3] ** 2 + 30 * mu[2] ** 3,
    )


def _central_numbers(sample: Sample, excess: int) -> tuple[Any, ...]:
    y = sample.along(sample.model.x)
    mean = dot(sample.p, y)
    mu = [sum(p * (a - mean) ** n for p, a in zip(sample.p, y, strict=True)) for n in range(7)]
    return (
        mean,
        mu[2],
        mu[3],
        mu[4] - excess * mu[2] ** 2,
        mu[5] - 10 * mu[3] * mu[2],
        mu[6] - 15 * mu[4] * mu[2] - 10 * mu[3] ** 2 + 30 * mu[2] ** 3,
    )


def _log_derivatives() -> tuple[Any, ...]:
    """The derivatives of log F at 0 where F^{(n)}(0) = M_n and F(0) = 1."""
    s = sympy.Symbol("s_")
    f = sympy.Function("F")(s)
    values = {f.diff(s, n): moment for n, moment in enumerate(RAW, start=1)}
    found, current = [], sympy.log(f)
    for _ in range(6):
        current = sympy.expand(current.diff(s))
        found.append(current.xreplace(values).xreplace({f: sympy.Integer(1)}))
    return tuple(found)


def _quartic_expansion(
    k: int,
    frobenius: int = 1,
    mixed: int = 1,
    excess: int = 3,
    half: int = 2,
    parity: int = 0,
    size: int = 0,
    faulty: Faults = (),
) -> Derivation:
    gram, signs = Gram(k), [(-1) ** (n + parity) for n in range(1, 7)]
    flipped = dict(zip(RAW, ((-1) ** n * m for n, m in enumerate(RAW, start=1)), strict=True))
    logs, matrix, quarter = _log_derivatives(), matrix_symbols(k), sympy.Rational(frobenius, 4)

    def series(sample: Sample, sign: int = 1) -> Vector:
        y = times(sign, sample.along(sample.model.x))
        return tuple(cumulant(n, sample.p, y) for n in range(1, 7))

    def quartic(sample: Sample) -> Vector:
        s, t = sample.covariance, sample.mean
        norm = sum(a * a for row in s for a in row)
        form = dot(t, tuple(dot(row, t) for row in s))
        return (Fraction(frobenius, 4) * norm - mixed * form / 2,)

    def lengths(sample: Sample) -> Vector:
        m, t, s = sample.model, sample.mean, sample.covariance
        away = [minus(m.turn(m.theta, j), t) for j in range(k)]
        fourth = sum(p * dot(v, v) ** 2 for p, v in zip(sample.p, away, strict=True))
        trace = sum(s[a][a] for a in range(len(s)))
        return (-(fourth - trace**2 - 2 * sum(a * a for row in s for a in row)) / 8,)

    def symbolic_lengths() -> Any:
        fourth = sum(
            p * (gram.square - 2 * along + gram.mean) ** 2
            for p, along in zip(gram.p, gram.along, strict=True)
        )
        return -(fourth - gram.trace**2 - 2 * gram.frobenius) / 8

    def deficit(s: Matrix) -> Any:
        d = len(s)
        return (d + size) * sum(a * a for row in s for a in row) - sum(
            s[a][a] for a in range(d)
        ) ** 2

    def squares(s: Matrix) -> Any:
        d = len(s)
        off = sum(s[a][b] ** 2 for a in range(d) for b in range(d) if a != b)
        return d * off + sum((s[a][a] - s[b][b]) ** 2 for a, b in combinations(range(d), 2))

    cumulants = Step(
        "The Taylor coefficients of log S along the ray sθ are the cumulants of y_j = ⟨x, R^jθ⟩ "
        "under the weights, n = 1, …, 6.",
        Term(r"\partial_s^n\log\sum_j\pi_je^{sy_j}\big|_{s=0}", logs, series),
        Term(
            r"\kappa_n(y)",
            _central(excess),
            lambda sample: _central_numbers(sample, excess),
        ),
        "κ_4 = μ_4 − 3μ_2², κ_5 = μ_5 − 10μ_3μ_2, κ_6 = μ_6 − 15μ_4μ_2 − 10μ_3² + 30μ_2³",
    )
    even = Step(
        "They have the parity of n, and x and −x have the same law: odd orders drop out of L, "
        "which is even, so that the remainder after order 4 is even and of order 6.",
        Term(
            r"\kappa_n(-y)",
            tuple(c.xreplace(flipped) for c in _central(3)),
            lambda sample: series(sample, -1),
        ),
        Term(
            r"(-1)^n\kappa_n(y)",
            tuple(sign * c for sign, c in zip(signs, _central(3), strict=True)),
            lambda sample: times(1, tuple(map(_product, signs, _central_numbers(sample, 3)))),
        ),
        "a cumulant of order n is homogeneous of degree n",
    )
    second = Step(
        "Order 2: E κ_2 is the trace of Σ, which is |θ|² − |T₁|².",
        Term(
            r"\tfrac12|\theta|^2-\tfrac12E\kappa_2",
            (gram.square / 2 - gram.trace / 2,),
            lambda sample: (
                dot(sample.model.theta, sample.model.theta) / 2 - sample.expect(2) / 2,
            ),
        ),
        Term(
            r"\tfrac12|T_1|^2",
            (gram.mean / half,),
            lambda sample: (dot(sample.mean, sample.mean) / half,),
        ),
        "E xxᵀ = I",
    )
    start = Term(
        r"-\tfrac1{24}E\kappa_4", (-gram.fourth / 24,), lambda sample: (-sample.expect(4) / 24,)
    )
    middle = Term(
        r"-\tfrac18\big(\sum_j\pi_j|R^j\theta-T_1|^4-(\mathrm{tr}\Sigma)^2-2\|\Sigma\|_F^2\big)",
        (symbolic_lengths(),),
        lengths,
    )
    end = Term(
        r"\tfrac14\|\Sigma\|_F^2-\tfrac12T_1^T\Sigma T_1",
        (quarter * gram.frobenius - mixed * gram.form / 2,),
        quartic,
    )
    positive = Step(
        "Cauchy–Schwarz for the eigenvalues of Σ; where T₁ = 0, tr Σ = |θ|².",
        Term(
            r"d\|\Sigma\|_F^2-(\mathrm{tr}\Sigma)^2",
            (deficit(matrix),),
            lambda sample: (deficit(sample.covariance),),
        ),
        Term(
            r"d\sum_{a\ne b}\Sigma_{ab}^2+\sum_{a<b}(\Sigma_{aa}-\Sigma_{bb})^2",
            (squares(matrix),),
            lambda sample: (squares(sample.covariance),),
        ),
        "Lagrange's identity",
    )
    sixth = Step(
        "The remainder is at most (1/720)(25/16)(2|θ|)⁶ E|x|⁶ = (5/36) d(d+2)(d+4)|θ|⁶.",
        Term(
            rf"E|x|^6\ (d={k})",
            (8 * sympy.rf(sympy.Rational(k, 2), 3),),
            lambda sample: (sixth_moment(k),),
        ),
        Term(
            r"d(d+2)(d+4)",
            (sympy.Integer(k * (k + 2) * (k + 4)),),
            lambda sample: (Fraction(k * (k + 2) * (k + 4)),),
        ),
        "|x|² is χ² with d degrees of freedom",
    )
    steps = (
        cumulants,
        even,
        second,
        Step(
            "Order 4: E⟨x,v⟩⁴ = 3|v|⁴ and E(xᵀΣx)² = (tr Σ)² + 2‖Σ‖².",
            start,
            middle,
            "Wick's formula",
        ),
        Step(
            "All |R^jθ| are equal, so |R^jθ − T₁|² − tr Σ = −2⟨R^jθ − T₁, T₁⟩.",
            middle,
            end,
            "the variance of |R^jθ − T₁|² under π is 4 T₁ᵀΣT₁",
        ),
        positive,
        sixth,
    )
    statement = (
        *conclude((cumulants, even, second)),
        Equation(start, end),
        *conclude((positive, sixth)),
    )
    return Derivation(
        id="T6",
        title="quartic expansion of L, positive on the null space",
        statement_tex=(
            r"$L=\tfrac12|T_1|^2+\tfrac14\|\Sigma\|_F^2-\tfrac12T_1^T\Sigma T_1+\rho$ with "
            r"$\rho$ even and $|\rho|\le\tfrac5{36}d(d+2)(d+4)|\theta|^6$; where $T_1=0$ the "
            r"quartic is at least $|\theta|^4/(4d)$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(
            ORTHOGONAL,
            EXCHANGE,
            "the weights sum to 1 (π_0 is written as what the others leave)",
            EVEN,
            TAYLOR,
            SPREAD,
        ),
        steps=steps,
        depends=("S2",),
        witnesses=samples(k),
        faulty=faulty,
    )


def _product(sign: int, value: Fraction) -> Fraction:
    return sign * value
