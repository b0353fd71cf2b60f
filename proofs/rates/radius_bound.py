"""Explicit lower bounds on γ_c as functions of k and σ, free of d (math.md section 4).

Along a ray ``h(s) = D²L(sθ)[u,u]`` is even, so ``h(1) ≥ h(0) − ½ sup(−h'')``, and −h'' is the
expectation of a joint fourth cumulant of ``Y_j = ⟨x,R^jθ⟩`` and ``Z_j = ⟨x,R^ju⟩`` under w, at most
``Cov(Ȳ², Z̄²)``. **B**: with the ranges ρ_Y, ρ_Z of the values that is at most ``ρ_Y²ρ_Z²/16``, and
``κ₄(Y) ≤ ρ_Y⁴/24``. Hence

    ``γ_c ≥ sqrt(32 (1−c) σ / K_4)``  for the Jacobian, 48 in place of 32 for k ≤ 3,
    ``γ^g_c ≥ sqrt(8 max((1−c) σ, (1−√c) √σ) / K_2)``  for the factors g_m,

with any ``K_p ≥ sup_{|u|=1} E ρ_u^p``: exact for k = 2, 3, ``K_2 = 8(ℓ+1)`` and
``K_4 = 64(ℓ²+2ℓ+2)``, ``ℓ = log(k/2)``, for every k (`range_moment`). **Ba**: w_j is at most
``π_j e^{⟨x,R^jθ−Aθ⟩}``, so with ``β = 4/3 − 3 max(σ − 1/3, 0)²`` and the inverse W of xe^x

    ``γ_c ≥ sqrt(W(10 (1−c) σ / (3β)) / 10)``,
    ``γ^g_c ≥ sqrt(W(5 max((1−c) σ, (1−√c) √σ) / √(3β/2)) / 5)``  for every k.

**Bb**, of the factors alone: by Cauchy and Schwarz, with the largest |π̂_m|², τ,

    ``γ^g_c ≥ sqrt(log((1 + √(1 − c²(1−τ²))) / (c (1+τ))))``, at least ``sqrt(log(1/c))``,

and γ^g_c is infinite where ``c k Σ_jπ_j² ≤ 1``. Nothing like it holds for the Jacobian: g_m is an
expectation of squares, λ_min(∇²L) is none, and may be negative (math.md section 4, claim G).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from overspec.errors import InputError
from overspec.exact import Exact, exact, sign
from overspec.mixture import Mixture
from overspec.proofs.identities.circulant import largest_energy, local_rate
from overspec.proofs.language.analysis import Extreme, Log, SquareRoot
from overspec.proofs.language.expression import Expr, Tuple
from overspec.proofs.language.lowest_terms import to_sympy
from overspec.proofs.language.statement import relation
from overspec.proofs.machinery.cyclotomic import spread
from overspec.proofs.machinery.separation import as_sympy
from overspec.proofs.rates.ray.free import BETA, free_bound, loss_of
from overspec.proofs.rates.ray.theorem import ELL, GAP, SIGMA, coefficient_of, radius_bound
from overspec.proofs.rates.turns import GREATEST, turns
from overspec.weights import check_k

__all__ = [
    "constants",
    "free_bound",
    "lower_bound",
    "lower_bounds",
    "radius_bound",
    "radius_lower_bound",
    "range_moment",
]


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
    return constants().moments[power].xreplace({sympy.Symbol("ell"): level})


def radius_lower_bound(mixture: Mixture, kind: str = "jacobian", gap: object = "1/2") -> sympy.Expr:
    """The best of the proved lower bounds on γ_c, exact, in closed form; oo where γ is infinite.

    Args:
        mixture: any weights and any action; null weights give 0.
        kind: ``"jacobian"`` (``λ_max(DM) ≤ 1 − cσ``) or ``"factor"`` (``min_m g_m ≥ cσ``).
        gap: c, exact, strictly between 0 and 1.

    Raises:
        InputError: another kind, or c out of range.

    >>> radius_lower_bound(Mixture.simplex(2, "9/10,1/10"))
    2*sqrt(2)/5
    >>> radius_lower_bound(Mixture.simplex(2, "9/10,1/10"), kind="factor", gap="1/4")
    oo
    >>> radius_lower_bound(Mixture.simplex(9, "one-heavy:9/10"), kind="factor", gap="3/4").evalf(3)
    0.584
    """
    share: Exact = exact(gap, "gap")
    if sign(share) <= 0 or sign(share - 1) >= 0:
        raise InputError(f"gap {share}: must lie strictly between 0 and 1")
    sigma, gap_ = 1 - local_rate(mixture), as_sympy(share)
    if kind == "jacobian" or sigma in (0, 1):
        return lower_bound(mixture.k, sigma, kind, gap_)
    return lower_bound(
        mixture.k, sigma, kind, gap_, largest_energy(mixture), spread(mixture.weights)
    )


def lower_bound(
    k: int, sigma: Any, kind: str, gap: Any, largest: Any = 1, whole: Any = sympy.oo
) -> sympy.Expr:
    """The same for any σ, or a lower bound of it, as a SymPy number; gap c with 0 ≤ c < 1.

    ``largest`` and ``whole`` are τ and kΣ_jπ_j², or upper bounds of them.

    Raises:
        InputError: another kind.

    >>> lower_bound(2, sympy.Rational(16, 25), "jacobian", sympy.Rational(1, 2))
    2*sqrt(2)/5
    >>> lower_bound(10**6, sympy.Rational(4, 5), "jacobian", sympy.Rational(3, 4)).evalf(3)
    0.237
    """
    # each is proved: which one is the largest may be decided in any precision
    found = lower_bounds(k, sigma, kind, gap, largest, whole)
    return max(found.values(), key=lambda bound: bound.evalf(15))


def lower_bounds(
    k: int, sigma: Any, kind: str, gap: Any, largest: Any = 1, whole: Any = sympy.oo
) -> dict[str, sympy.Expr]:
    """All lower bounds on γ_c by the label of the derivation; see `lower_bound`.

    >>> {label: round(float(b), 3) for label, b in lower_bounds(
    ...     6, sympy.Rational(4, 5), "jacobian", sympy.Rational(3, 4)).items()}
    {'B': 0.136, 'Ba': 0.237}
    """
    found = constants()
    if kind == "jacobian":
        room = (1 - gap) * sigma
        factor = found.radial if k <= 3 else found.jacobian
        by_range = sympy.sqrt(room / (factor * range_moment(k, 4)))
    elif kind == "factor":
        # the second form wins iff (1 + √c)√σ < 1
        root = (1 + sympy.sqrt(gap)) * sympy.sqrt(sigma)
        room = (1 - sympy.sqrt(gap)) * sympy.sqrt(sigma) if bool(root < 1) else (1 - gap) * sigma
        by_range = sympy.sqrt(room / (found.factor * range_moment(k, 2)))
    else:
        raise InputError(f"kind {kind!r}; choose jacobian or factor")
    if sigma == 1:  # θ moves no component against another: only frequency 0
        return {"B": by_range}
    loss, rate = found.free[kind]
    loss = loss.xreplace({sympy.Symbol("sigma"): sigma})
    both = {"B": by_range, "Ba": sympy.sqrt(sympy.LambertW(rate * room / loss) / rate)}
    if kind == "jacobian" or sigma == 0 or gap == 0:
        return both
    if bool(gap * whole <= 1):
        return {**both, "Bb": sympy.oo}
    at = {sympy.Symbol("c"): gap, sympy.Symbol("tau"): largest}
    return {**both, "Bb": found.against.xreplace(at)}


@dataclass(frozen=True)
class Constants:
    """What the theorems say.

    Attributes:
        moments: K_p as functions of ℓ.
        jacobian, factor, radial: the factors of K_4|θ|², K_2|θ|², and of K_4|θ|² along θ.
        free: C as a function of σ and a, by kind, in the loss ``C|θ|²e^{a|θ|²}``.
        against: the bound of the factors by Cauchy and Schwarz, a function of c and τ.
    """

    moments: dict[int, Any]
    jacobian: Any
    factor: Any
    radial: Any
    free: dict[str, tuple[Any, Any]]
    against: Any


@cache
def constants() -> Constants:
    """The constants of B, Ba and Bb, read off the theorems that the steps yield.

    >>> constants().jacobian, constants().factor, constants().radial, constants().moments[2]
    (1/32, 1/8, 1/48, 8*ell + 8)
    """
    parts = [p.statement for p in radius_bound(3).theorem.premises]
    hessian, factor, second, fourth, radial = (*parts[:4], parts[7])
    names: dict[Expr, sympy.Symbol] = {ELL: sympy.Symbol("ell")}
    moments = {p: to_sympy(relation(s).rhs, names) for p, s in ((2, second), (4, fourth))}
    numbers = [coefficient_of(relation(s))[0] for s in (hessian, factor, radial)]
    whole, least, along = (sympy.Rational(c.numerator, c.denominator) for c in numbers)
    beta, free_hessian, free_factor = (p.statement for p in free_bound(3).theorem.premises[:3])
    losses = {"jacobian": free_hessian, "factor": free_factor}
    return Constants(
        moments,
        whole,
        least,
        along,
        {kind: _loss(relation(beta).rhs, loss) for kind, loss in losses.items()},
        in_sympy(relation(turns(3).theorem.premises[-1].statement).rhs),
    )


def _loss(beta: Expr, bound: Any) -> tuple[Any, Any]:
    """C and a of `Constants.free`."""
    c, a = loss_of(relation(bound))
    return in_sympy(c.put({BETA: beta})), sympy.Rational(a.numerator, a.denominator)


def in_sympy(e: Expr) -> Any:
    """An expression of σ, c and τ, with roots, logarithms and the maximum of two, in SymPy."""
    names: dict[Expr, sympy.Symbol] = {n: sympy.Symbol(n.name) for n in (SIGMA, GAP, GREATEST)}
    inner: dict[sympy.Symbol, Any] = {}
    for node in e.walk():
        apply = _FUNCTIONS.get(type(node))
        if apply is not None and isinstance(node, SquareRoot | Extreme | Log):
            names[node] = sympy.Dummy()
            parts = node.f.parts if isinstance(node.f, Tuple) else (node.f,)
            inner[names[node]] = apply(*map(in_sympy, parts))
    return to_sympy(e, names).xreplace(inner)


_FUNCTIONS: dict[type, Any] = {SquareRoot: sympy.sqrt, Extreme: sympy.Max, Log: sympy.log}
