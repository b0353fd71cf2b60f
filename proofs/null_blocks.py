"""What happens on null blocks: the quartic form in the energies, the recursion, the laws (T2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .calculus import dot, fourier, minus, outer
from .legacy import NORMALISED
from .legacy import Derivation, Step, Term, conclude
from .legacy import EXCHANGE, ORTHOGONAL
from .rational import instances
from .symbolic import SymbolicModel

DESCENT = (
    "θ_t → 0: |θ_t| does not grow (S6), L falls by ½|∇L|² (S5), and θ = 0 is the only stationary "
    "point (T7); on the other blocks g_m → |π̂_m|² > 0, so their energies fall geometrically"
)
SMOOTH = (
    "L is smooth and even, so its derivative has the Taylor polynomial of order 3 that T6 gives"
)
CESARO = "Cesàro: increments that tend to a limit c give b_t/t → c"
ENTROPY = (
    "summation: h_t = Σ_m u*_m log u_m(t) is bounded above and h_{t+1} − h_t ≥ "
    "2|e_t|(u_t − u*)ᵀC(u_t − u*) − O(|e_t|²) − (a geometric term from the other blocks), "
    "Σ|e_t| = ∞, Σ|e_t|² < ∞, so h_t converges, "
    "u_t → u* along a subsequence, hence h_t → h(u*) and u_t → u*, the only maximiser"
)

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def null_blocks(k: int) -> Derivation:
    """T2, the derivation: on null blocks ``L = ¼ eᵀCe + O(|e|³)`` in the energies e, with
    ``C_ml = ½(|π̂_{m−l}|² + |π̂_{m+l}|²)`` positive definite; so ``t a² → 1/(2c)`` and
    ``t² KL → 1/(16c)``, c = C_mm, for one block, and ``t² KL → 1/(16λ)``, λ = min uᵀCu over the
    simplex of directions u, for several: (k − 1)/16 for uniform weights.

    >>> null_blocks(2).recheck()
    ()
    """
    faults: Faults = (
        ("the factor 1 − 2c a²", partial(_null_blocks, k, slope=2)),
        ("t²KL → 1/(8c)", partial(_null_blocks, k, constant=8)),
        ("C without ½", partial(_null_blocks, k, average=1)),
        ("1/a² grows by c a step", partial(_null_blocks, k, growth=1)),
        ("the autocorrelation of a shifted π", partial(_null_blocks, k, shift=1)),
        ("k/16 for uniform weights", partial(_null_blocks, k, dimension=k)),
    )
    if k > 2:
        faults += (("a cosine norm of k in every block", partial(_null_blocks, k, norm=1)),)
    return _null_blocks(k, faulty=faults)


def _null_blocks(
    k: int,
    slope: int = 1,
    constant: int = 16,
    average: int = 2,
    growth: int = 2,
    shift: int = 0,
    dimension: int | None = None,
    norm: int = 2,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))
    blocks = range(1, k // 2 + 1)

    def one(m: Any) -> Any:
        return m.s * 0 + 1

    def power(m: Any, f: int) -> Any:
        return fourier(m, m.pi, f) * fourier(m, m.pi, -f)

    def matrix(m: Any, a: int, b: int) -> Any:
        return (power(m, a - b) + power(m, a + b)) / average

    def lags(m: Any) -> list[Any]:
        return [sum(m.pi[j] * m.pi[(j + r + shift) % k] for j in range(k)) for r in range(k)]

    def cosine(m: Any, f: int) -> Any:
        return (m.zeta(f) + m.zeta(-f)) / 2

    def energies(m: Any) -> dict[int, Any]:
        return {f: m.u[f % k] for f in blocks}

    def moment(m: Any) -> Any:
        means = [m.turn(m.theta, j) for j in range(k)]
        size = range(len(m.theta))
        squares = [outer(v, v) for v in means]
        entries = [[sum(m.pi[j] * squares[j][a][b] for j in range(k)) for b in size] for a in size]
        return (sum(c * c for row in entries for c in row),)

    def by_lags(m: Any) -> Any:
        along = [dot(m.theta, m.turn(m.theta, r)) for r in range(k)]
        return (sum(rho * c**2 for rho, c in zip(lags(m), along, strict=True)),)

    def in_blocks(m: Any) -> Any:
        e = energies(m)
        along = [sum(e[f] * cosine(m, f * r) for f in blocks) for r in range(k)]
        rho = [sum(m.pi[j] * m.pi[(j + r) % k] for j in range(k)) for r in range(k)]
        return (sum((rho[r] * (along[r] * along[r]) for r in range(k)), start=m.zeta(0) * 0),)

    def form(m: Any) -> Any:
        e = energies(m)
        return (sum((matrix(m, a, b) * e[a] * e[b] for a in blocks for b in blocks),
                    start=m.zeta(0) * 0),)  # fmt: skip

    def recursion(m: Any) -> tuple[Any, Any, Any]:
        a2, c, r = m.s, m.u[0], m.u[1]  # a², c, the coefficient of the remainder
        return a2, c, r

    def increment(m: Any) -> Any:
        a2, c, r = recursion(m)
        factor = 1 - c * a2 + r * a2**2
        return (1 / (a2 * factor**2) - 1 / a2,)

    def expansion(m: Any) -> Any:
        a2, c, r = recursion(m)
        factor = 1 - c * a2 + r * a2**2
        y = c - r * a2
        rest = -2 * r - y**2 + 4 * c * y - 2 * c * a2 * y**2
        return (growth * c + a2 * rest / factor**2,)

    def quadratic(m: Any, u: Any, v: Any) -> Any:
        rho = lags_true(m)
        return sum(rho[(a - b) % k] * u[a] * v[b] for a in range(k) for b in range(k))

    def lags_true(m: Any) -> list[Any]:
        return [sum(m.pi[j] * m.pi[(j + r) % k] for j in range(k)) for r in range(k)]

    def gaps(m: Any) -> Any:
        u, v = m.u, m.boltzmann  # any two directions
        return (quadratic(m, minus(u, v), u),)

    def split(m: Any) -> Any:
        u, v = m.u, m.boltzmann
        away = minus(u, v)
        return (quadratic(m, away, away) + quadratic(m, u, v) - quadratic(m, v, v),)

    def uniform(m: Any) -> Any:
        share = tuple(one(m) / k for _ in range(k))
        power_at = [fourier(m, share, f) * fourier(m, share, -f) for f in range(k)]
        return [(power_at[(a - b) % k] + power_at[(a + b) % k]) / 2 for a in blocks for b in blocks]

    def diagonal(m: Any) -> Any:
        half = one(m) / 2
        return [
            half * int(a == b) * (2 if 2 * a == k else 1) + m.zeta(0) * 0
            for a in blocks
            for b in blocks
        ]

    def gram(m: Any) -> Any:
        return [
            sum((cosine(m, a * r) * cosine(m, b * r) for r in range(k)), start=m.zeta(0) * 0)
            for a in blocks
            for b in blocks
        ]

    def lengths(m: Any) -> Any:
        unit = one(m) * k / norm
        return [
            unit * int(a == b) * (norm if 2 * a == k else 1) + m.zeta(0) * 0
            for a in blocks
            for b in blocks
        ]

    def coupling(m: Any) -> list[list[Any]]:
        return [[m.pi[(i - j) % k] + m.pi[(j - i) % k] for j in range(k)] for i in range(k)]

    def gradient(m: Any) -> Any:
        c, one_step = coupling(m), one(m)

        def potential(a: Any) -> Any:
            squares = [value**2 for value in a]
            return sum(c[i][j] * squares[i] * squares[j] for i in range(k) for j in range(k)) / 4

        def moved(b: int, step: int) -> Any:
            return potential(tuple(a + step * one_step * int(i == b) for i, a in enumerate(m.u)))

        # central differences that are exact up to degree 4
        return [
            (8 * (moved(b, 1) - moved(b, -1)) - moved(b, 2) + moved(b, -2)) / 12 for b in range(k)
        ]

    def pulled(m: Any) -> Any:
        a, c = m.u, coupling(m)
        return [slope * a[b] * sum(c[b][j] * a[j] ** 2 for j in range(k)) for b in range(k)]

    inner, lagged, blocked, quartic = (
        term(r"\big\|\sum_j\pi_jR^j\theta(R^j\theta)^T\big\|_F^2", moment),
        term(r"\sum_r\rho_rc_r^2", by_lags),
        term(r"\sum_r\rho_r\big(\sum_me_m\cos\tfrac{2\pi mr}k\big)^2", in_blocks),
        term(r"\sum_{m,l}C_{ml}e_me_l", form),
    )
    steps = (
        Step(
            "Where T₁ = 0, Σ is the second moment of the means. Its norm sees the "
            "autocorrelations ρ_r = Σ_j π_jπ_{j+r} and c_r = ⟨θ, R^rθ⟩.",
            inner,
            lagged,
            "⟨R^iθ, R^jθ⟩ = c_{j−i}",
        ),
        Step(
            "The autocorrelation of θ is the cosine transform of its energies.",
            term(
                r"\langle\theta,R^r\theta\rangle",
                lambda m: [dot(m.theta, m.turn(m.theta, r)) + m.zeta(0) * 0 for r in range(k)],
            ),
            term(
                r"\tfrac1k\sum_{m=0}^{k-1}|\hat\theta_m|^2\cos\tfrac{2\pi mr}k",
                lambda m: [
                    sum(
                        dot(m.mode(f), m.theta) * dot(m.mode(-f), m.theta) * cosine(m, f * r)
                        for f in range(k)
                    )
                    / k
                    for r in range(k)
                ],
            ),
            "Parseval; m and k − m together are the block of energy e_m",
        ),
        Step(
            "So 4 times the quartic of T6 is a form in the energies, a sum of squares with the "
            "weights ρ_r > 0.",
            blocked,
            quartic,
            "2 cos α cos β = cos(α − β) + cos(α + β), and Σ_r ρ_r ω^{mr} = |π̂_m|²",
        ),
        Step(
            "The form is positive definite: the cosine vectors of different blocks are "
            "orthogonal, none is 0.",
            term(r"\sum_r\cos\tfrac{2\pi mr}k\cos\tfrac{2\pi lr}k", gram),
            term(r"\delta_{ml}\,k/2\ (k\text{ for }m=k/2)", lengths),
            "geometric sums of roots of unity",
        ),
        Step(
            "The gradient step: a_m' = a_m(1 − (Ce)_m + O(|e|²)); for one block c = C_mm = "
            "(1 + |π̂_2m|²)/2, which is 1 for m = k/2. Here for any symmetric C.",
            term(r"\partial_{a_m}\tfrac14\sum_{m,l}C_{ml}a_m^2a_l^2", gradient),
            term(r"a_m\sum_lC_{ml}a_l^2", pulled),
            "C is symmetric",
        ),
        Step(
            "For one block a' = a(1 − ca² + ra⁴), r bounded: 1/a² grows by 2c + O(a²) a step, so "
            "by Cesàro t a² → 1/(2c).",
            term(r"1/a'^2-1/a^2", increment),
            term(
                r"2c+a^2\frac{-2r-y^2+4cy-2ca^2y^2}{(1-ca^2+ra^4)^2},\ y=c-ra^2",
                expansion,
            ),
            "algebra",
        ),
        Step(
            "And KL = ¼ c a⁴ + O(a⁶), so t² KL → ¼ c (1/(2c))²; with t e → u*/(2λ) the same for "
            "λ in place of c.",
            term(r"\tfrac14c\,(1/(2c))^2", lambda m: (m.s * (1 / (2 * m.s)) ** 2 / 4,)),
            term(r"1/(16c)", lambda m: (1 / (constant * m.s),)),
            "algebra",
        ),
        Step(
            "Several blocks: with u* = argmin uᵀCu on the simplex, uᵀCu* ≥ λ = u*ᵀCu* for all u "
            "(Karush–Kuhn–Tucker), so Σ u*_m log(e_m/|e|) grows while u ≠ u*; here for any "
            "circulant symmetric C.",
            term(r"(u-v)^TCu", gaps),
            term(r"(u-v)^TC(u-v)+u^TCv-v^TCv", split),
            "C is symmetric",
        ),
        Step(
            "Uniform weights: C is diagonal, ½ on planes and 1 on the line m = k/2.",
            term(r"C_{ml}\ (\pi=1/k)", uniform),
            term(r"\tfrac12\delta_{ml}\ (1\text{ for }m=k/2)", diagonal),
            "T4",
        ),
        Step(
            "A diagonal form has the least value 1/λ = Σ_m 1/C_mm on the simplex; that is the "
            "dimension k − 1, so t² KL → (k − 1)/16.",
            term(
                r"\sum_m1/C_{mm}",
                lambda m: (sum(one(m) / (one(m) if 2 * f == k else one(m) / 2) for f in blocks),),
            ),
            term("k-1", lambda m: (one(m) * (k - 1 if dimension is None else dimension),)),
            "a plane counts twice",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="T2a",
        title="the sublinear law on null blocks, derived",
        statement_tex=(
            r"On null blocks $L=\tfrac14\sum_{m,l}C_{ml}e_me_l+O(|e|^3)$, "
            r"$C_{ml}=\tfrac12(|\hat\pi_{m-l}|^2+|\hat\pi_{m+l}|^2)$, so $ta_m^2\to1/(2c)$ and "
            r"$t^2\mathrm{KL}_t\to1/(16c)$ with $c=C_{mm}=(1+|\hat\pi_{2m}|^2)/2$ when one block "
            r"is null, and $t^2\mathrm{KL}_t\to1/(16\lambda)$, $\lambda=\min_{u\ge0,\sum u=1}"
            r"u^TCu$, when several are: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, NORMALISED, DESCENT, SMOOTH, CESARO, ENTROPY),
        steps=steps,
        depends=("S3", "S5", "S6", "T4", "T6", "T7"),
        witnesses=instances(k, copies=1),
        faulty=faulty,
        root=k,
    )
