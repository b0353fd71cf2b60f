"""An explicit lower bound on γ_c as a function of k and σ, free of d (math.md section 4).

Along a ray ``h(s) = D²L(sθ)[u,u]`` is even, so ``h(1) ≥ h(0) − ½ sup(−h'')``, and −h'' is the
expectation of a joint fourth cumulant of ``Y_j = ⟨x,R^jθ⟩`` and ``Z_j = ⟨x,R^ju⟩`` under w. With
the ranges ρ_Y, ρ_Z of the values that cumulant is at most ``Cov(Ȳ², Z̄²) ≤ ρ_Y²ρ_Z²/16``. Hence

    ``γ_c ≥ sqrt(32 (1−c) σ / K_4)``  for the Jacobian,
    ``γ^g_c ≥ sqrt(8 max((1−c) σ, (1−√c) √σ) / K_2)``  for the factors g_m,

with any ``K_p ≥ sup_{|u|=1} E ρ_u^p``: exact for k = 2, 3, ``K_2 = 8(ℓ+1)`` and
``K_4 = 64(ℓ²+2ℓ+2)``, ``ℓ = log(k/2)``, for every k (`range_moment`).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from ..errors import InputError
from ..exact import Exact, exact, sign
from ..mixture import Mixture
from ..weights import check_k
from .circulant import local_rate
from .legacy import Derivation, Step, Term, conclude
from .expansion import Jet, Point, rational_points, symbolic_point
from .legacy import EXCHANGE, ORTHOGONAL
from .separation import as_sympy

EVEN = (
    "x ↦ −x preserves N(0, I) and w(−x;θ) = w(x;−θ), so h is even and h(1) = h(0) + "
    "∫₀¹(1−s)h''(s)ds"
)
CAUCHY = "Cauchy–Schwarz for covariances under w, and for E ρ_θ²ρ_u² under N(0, I)"
TAIL = "P(ξ > t) ≤ ½e^{−t²/2} for ξ ~ N(0, 1), t ≥ 0, and the union bound over k values"

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def range_moment(k: int, power: int) -> sympy.Expr:
    """An upper bound on ``sup_{|u|=1} E(max_j⟨x,R^ju⟩ − min_j⟨x,R^ju⟩)^p``, in any dimension.

    Exact for k = 2 (the range is 2|ξ|) and k = 3 (the range is √3 times a Rayleigh radius times
    the cosine of a uniform angle in ±π/6); for larger k by the tail of a maximum.

    Args:
        k: number of components.
        power: 2 or 4.

    Raises:
        InputError: another power.

    >>> range_moment(2, 4), range_moment(8, 2)
    (48, 8 + 8*log(4))
    """
    check_k(k)
    if power not in (2, 4):
        raise InputError(f"power {power}: the bound uses 2 and 4")
    if k == 2:
        return sympy.Integer(4 if power == 2 else 48)
    if k == 3:
        phi = sympy.Symbol("phi")
        sixth = sympy.pi / 6
        cosine = sympy.integrate(sympy.cos(phi) ** power, (phi, -sixth, sixth)) / (2 * sixth)
        radius = 2 if power == 2 else 8  # E|x|^p in the plane
        return sympy.expand(3 ** (power // 2) * radius * cosine)
    level = sympy.log(sympy.Rational(k, 2))
    if power == 2:
        return 8 * level + 8
    return 64 * (level**2 + 2 * level + 2)


def radius_lower_bound(mixture: Mixture, kind: str = "jacobian", gap: object = "1/2") -> sympy.Expr:
    """A proved lower bound on γ_c, exact, in closed form.

    Args:
        mixture: any weights and any action; null weights give 0.
        kind: ``"jacobian"`` (``λ_max(DM) ≤ 1 − cσ``) or ``"factor"`` (``min_m g_m ≥ cσ``).
        gap: c, exact, strictly between 0 and 1.

    Raises:
        InputError: another kind, or c out of range.

    >>> radius_lower_bound(Mixture.simplex(2, "9/10,1/10"))
    4*sqrt(3)/15
    >>> radius_lower_bound(Mixture.simplex(2, "9/10,1/10"), kind="factor", gap="1/4")
    2*sqrt(6)/5
    """
    share: Exact = exact(gap, "gap")
    if sign(share) <= 0 or sign(share - 1) >= 0:
        raise InputError(f"gap {share}: must lie strictly between 0 and 1")
    return lower_bound(mixture.k, 1 - local_rate(mixture), kind, as_sympy(share))


def lower_bound(k: int, sigma: Any, kind: str, gap: Any) -> sympy.Expr:
    """The same for any σ, or a lower bound of it, as a SymPy number; gap c with 0 ≤ c < 1.

    Raises:
        InputError: another kind.

    >>> lower_bound(2, sympy.Rational(16, 25), "jacobian", sympy.Rational(1, 2))
    4*sqrt(3)/15
    """
    if kind == "jacobian":
        return sympy.sqrt(32 * (1 - gap) * sigma / range_moment(k, 4))
    if kind != "factor":
        raise InputError(f"kind {kind!r}; choose jacobian or factor")
    # the second form wins iff (1 + √c)√σ < 1
    root = (1 + sympy.sqrt(gap)) * sympy.sqrt(sigma)
    room = (1 - sympy.sqrt(gap)) * sympy.sqrt(sigma) if bool(root < 1) else (1 - gap) * sigma
    return sympy.sqrt(8 * room / range_moment(k, 2))


def _mean(m: Point, values: Any) -> Any:
    return sum(p * y for p, y in zip(m.pi, values, strict=True))


def _centred(m: Point, values: Any) -> list[Any]:
    mean = _mean(m, values)
    return [y - mean for y in values]


def _log_partition(m: Point, values: list[Fraction]) -> Fraction:
    s = Jet.variable(4)
    energies = [p * (s * y).exp() for p, y in zip(m.pi, values, strict=True)]
    series: Jet = sum(energies[1:], energies[0])
    return series.log().c[4] * 24


def _cumulant_numeric(m: Point) -> tuple[Fraction, ...]:
    """κ(Y,Y,Z,Z) from fourth cumulants of Y, Z, Y ± Z by polarisation."""
    pairs = list(zip(m.Y, m.Z, strict=True))
    mixed = sum((_log_partition(m, [y + e * z for y, z in pairs]) for e in (1, -1)), Fraction(0))
    alone = _log_partition(m, list(m.Y)) + _log_partition(m, list(m.Z))
    return ((mixed - 2 * alone) / 12,)


def _cumulant_symbolic(m: Point) -> tuple[Any, ...]:
    s, t = sympy.symbols("s t")
    terms = zip(m.pi, m.Y, m.Z, strict=True)
    # Σπ = 1, so log(1 + u) = u − u²/2 + …: four powers of u carry the coefficient of s²t²
    total = sympy.Integer(0)
    moments: dict[tuple[int, int], Any] = {}
    for p, y, z in terms:
        for a in range(3):
            for b in range(3):
                moments[a, b] = moments.get((a, b), 0) + p * y**a * z**b
    u = {
        key: value / (sympy.factorial(key[0]) * sympy.factorial(key[1]))
        for key, value in moments.items()
        if key != (0, 0)
    }
    symbols = {key: sympy.Symbol(f"u_{key[0]}{key[1]}") for key in u}
    series = sum(symbols[a, b] * s**a * t**b for a, b in u)
    logarithm = sum(sympy.Rational((-1) ** (n + 1), n) * series**n for n in range(1, 5))
    coefficient = sympy.Poly(sympy.expand(logarithm), s, t).coeff_monomial(s**2 * t**2)
    total += 4 * coefficient.xreplace({symbols[key]: value for key, value in u.items()})
    return (total,)


def _slope_symbolic(m: Point) -> tuple[Any, ...]:
    """``d²/ds² Σ_j w_j f_j`` at s = 0 for w_j ∝ π_j e^{sY_j}."""
    s = sympy.Symbol("s")
    energies = [p * sympy.exp(s * y) for p, y in zip(m.pi, m.Y, strict=True)]
    top, bottom = _dot(energies, m.f), sympy.Add(*energies)
    t0, t1, t2, b1, b2 = (
        sympy.diff(expr, s, n).subs(s, 0)
        for expr, n in ((top, 0), (top, 1), (top, 2), (bottom, 1), (bottom, 2))
    )
    # (t/b)'' with b(0) = 1
    return (t2 - 2 * t1 * b1 - t0 * b2 + 2 * t0 * b1**2,)


def _slope_numeric(m: Point) -> tuple[Fraction, ...]:
    s = Jet.variable(2)
    energies = [p * (s * y).exp() for p, y in zip(m.pi, m.Y, strict=True)]
    weighted = [e * f for e, f in zip(energies, m.f, strict=True)]
    ratio = sum(weighted[1:], weighted[0]) / sum(energies[1:], energies[0])
    return (2 * ratio.c[2],)


def _dot(left: Any, right: Any) -> Any:
    return sum(a * b for a, b in zip(left, right, strict=True))


def radius_bound(k: int) -> Derivation:
    """B: ``D²L(θ) ⪰ σ − |θ|²K_4/32`` and ``g_m(θ) ≥ |π̂_m|² − |θ|²K_2/8``.

    >>> radius_bound(3).recheck()
    ()
    """
    return _radius_bound(
        k,
        faulty=(
            ("one product of covariances dropped", partial(_radius_bound, k, covariances=1)),
            ("ρ²/4 in place of ρ²/8", partial(_radius_bound, k, eighth=4)),
            ("the quadratic with D² for ½D²", partial(_radius_bound, k, half=1)),
            ("the tail without its last term", partial(_radius_bound, k, tail=0)),
            ("κ(f,Y,Y) as E f̄Y²", partial(_radius_bound, k, centre=0)),
        ),
    )


def _radius_bound(
    k: int,
    covariances: int = 2,
    eighth: int = 8,
    half: int = 2,
    tail: int = 2,
    centre: int = 1,
    faulty: Faults = (),
) -> Derivation:
    names = ("m", "n", "y", "t", "p", "q")
    sizes = {"Y": k, "Z": k, "f": k}
    point = symbolic_point(k, names, sizes)
    term = partial(Term.of, point)

    def joint(m: Point) -> Any:
        y, z = _centred(m, m.Y), _centred(m, m.Z)
        squares = [a * a * b * b for a, b in zip(y, z, strict=True)]
        spread = [_mean(m, [a * b for a, b in zip(u, v, strict=True)]) for u, v in _pairs(y, z)]
        return [_mean(m, squares) - spread[0] * spread[1] - covariances * spread[2] ** 2]

    def third(m: Point) -> Any:
        y = _centred(m, m.Y) if centre else m.Y
        return [_mean(m, [f * a * a for f, a in zip(_centred(m, m.f), y, strict=True)])]

    def quartic(m: Point) -> Any:
        rho, gap = m.m + m.n, m.n - m.m
        line = rho**4 / 64 + 3 * m.m * m.n * gap**2 / 4
        line += (3 * gap**3 / 4 + m.m * m.n * gap) * m.y
        return [line - (m.y**2 - rho**2 / eighth) ** 2]

    def product(m: Point) -> Any:
        gap = m.n - m.m
        return [(m.y + m.m) * (m.n - m.y) * ((m.y + gap / 2) ** 2 + gap**2 / half)]

    def at_mean(m: Point) -> Any:
        return [(m.m + m.n) ** 4 / 64 + 3 * m.m * m.n * (m.n - m.m) ** 2 / 4]

    def tail_slope(power: int) -> Callable[[Point], Any]:
        # d/dt of −(polynomial)·e^{−t²/2}, divided by e^{−t²/2}
        if power == 2:
            return lambda m: m.t * tail - 0 * m.t
        return lambda m: (4 * m.t**2 + 4 * tail) * m.t - 8 * m.t

    steps = (
        Step(
            "−h''(s) is the expectation of this joint cumulant under w, here with any weights; "
            "so it is at most E Ȳ²Z̄² − V_YV_Z = Cov(Ȳ²,Z̄²).",
            Term(
                r"\partial_s^2\partial_t^2\log\sum_j\pi_je^{sY_j+tZ_j}",
                _cumulant_symbolic(point),
                _cumulant_numeric,
            ),
            term(r"E\bar Y^2\bar Z^2-V_YV_Z-2C_{YZ}^2", joint),
            "the fourth joint cumulant",
        ),
        Step(
            "The second derivative of a mean Σ_jw_jf_j along the ray, f_j = ω^{mj} or its real "
            "part: Cov(f, Ȳ²).",
            Term(
                r"\partial_s^2\sum_jw_jf_j",
                _slope_symbolic(point),
                _slope_numeric,
            ),
            term(r"E(f-Ef)\bar Y^2", third),
            "the third joint cumulant",
        ),
        Step(
            "Values y = Ȳ in [−m, n], ρ = m + n, D = n − m: a line lies above a quartic. Take "
            "the mean, where the linear part vanishes: E(Ȳ² − ρ²/8)² is at most the constant.",
            term(
                r"\tfrac1{64}\rho^4+\tfrac34mnD^2+(\tfrac34D^3+mnD)y-(y^2-\tfrac18\rho^2)^2",
                quartic,
            ),
            term(r"(y+m)(n-y)\big((y+\tfrac12D)^2+\tfrac12D^2\big)", product),
            "expand; ρ² = D² + 4mn",
        ),
        Step(
            "So the variance of Ȳ² is at most ρ⁴/16, and Cov(Ȳ²,Z̄²) at most ρ_Y²ρ_Z²/16.",
            term(r"\tfrac1{64}\rho^4+\tfrac34mnD^2", at_mean),
            term(
                r"\tfrac1{16}\rho^4-3(mn-\tfrac18\rho^2)^2",
                lambda m: [
                    (m.m + m.n) ** 4 / 16 - 3 * (m.m * m.n - (m.m + m.n) ** 2 / eighth) ** 2
                ],
            ),
            "ρ² = D² + 4mn",
        ),
        Step(
            "For |ŵ|² the second derivative is at least −2|ŵ|·sd(f)·ρ²/4 with sd(f)² = 1 − |ŵ|² "
            "(S6), and 2t√(1−t²) ≤ 1: at least −ρ²/4.",
            term(r"1-4t^2(1-t^2)", lambda m: [1 - 4 * m.t**2 * (1 - m.t**2)]),
            term(r"(1-2t^2)^2", lambda m: [(1 - 2 * m.t**2) ** 2]),
            "a square",
        ),
        Step(
            "The range is at most a + b with a, b the positive parts of the maximum and of minus "
            "the minimum: ρ² ≤ 2(a²+b²), ρ⁴ ≤ 8(a⁴+b⁴).",
            term(
                r"2(a^2+b^2)-(a+b)^2,\ 8(a^4+b^4)-(a+b)^4",
                lambda m: [
                    2 * (m.p**2 + m.q**2) - (m.p + m.q) ** 2,
                    8 * (m.p**4 + m.q**4) - (m.p + m.q) ** 4,
                ],
            ),
            term(
                r"(a-b)^2,\ (a-b)^2(7a^2+10ab+7b^2)",
                lambda m: [
                    (m.p - m.q) ** 2,
                    (m.p - m.q) ** 2 * (7 * m.p**2 + 10 * m.p * m.q + 7 * m.q**2),
                ],
            ),
            "expand",
        ),
        Step(
            "The tail from T = √(2ℓ), where (k/2)e^{−T²/2} = 1: Ea² ≤ T² + 2 = 2(ℓ+1) and "
            "Ea⁴ ≤ T⁴ + 4T² + 8 = 4(ℓ²+2ℓ+2), by the antiderivatives −2e^{−t²/2} and "
            "−(4t²+8)e^{−t²/2} of 2te^{−t²/2} and 4t³e^{−t²/2}.",
            term(
                r"e^{t^2/2}\tfrac{d}{dt}\big(-2e^{-t^2/2},-(4t^2+8)e^{-t^2/2}\big)",
                lambda m: [tail_slope(2)(m), tail_slope(4)(m)],
            ),
            term(r"(2t,4t^3)", lambda m: [2 * m.t, 4 * m.t**3]),
            "product rule",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="B",
        title="explicit lower bound on the radius",
        statement_tex=(
            r"With $\ell=\log(k/2)$, $K_2=8(\ell+1)$, $K_4=64(\ell^2+2\ell+2)$: "
            r"$\nabla^2L(\theta)\succeq\sigma-\tfrac1{32}K_4|\theta|^2$ and "
            r"$g_m(\theta)\ge|\hat\pi_m|^2-\tfrac18K_2|\theta|^2$, so "
            r"$\gamma_c\ge\sqrt{32(1-c)\sigma/K_4}$ and $\gamma^g_c\ge\sqrt{8(1-c)\sigma/K_2}$, "
            r"also with $(1-\sqrt c)\sqrt\sigma$ for $(1-c)\sigma$ in the latter, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, EVEN, CAUCHY, TAIL, "the weights sum to 1"),
        steps=steps,
        depends=("S4", "S5", "S6"),
        witnesses=rational_points(k, names, sizes),
        faulty=faulty,
    )


def _pairs(y: list[Any], z: list[Any]) -> tuple[tuple[list[Any], list[Any]], ...]:
    return ((y, y), (z, z), (y, z))
