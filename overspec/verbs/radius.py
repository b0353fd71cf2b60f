"""``ov.radius``: how far the contraction of the optimum persists."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, overload

from overspec.errors import InputError, InputTypeError
from overspec.exact import exact, flag, whole
from overspec.mixture import Mixture
from overspec.results.radius import UnprovedRadius

if TYPE_CHECKING:
    from overspec.verify.radius.bracket import CertifiedRadius
    from overspec.verify.radius.search import RadiusEstimate

DIGITS = 6


def _untold(share: Fraction) -> None:
    pass


@overload
def radius(
    mixture: Mixture,
    kind: str = "jacobian",
    gap: object = "1/2",
    orbit: str = "all",
    digits: int | None = None,
    *,
    certify: Literal[False] = False,
    r_max: float | None = None,
    on_share: Callable[[Fraction], None] = _untold,
) -> RadiusEstimate: ...
@overload
def radius(
    mixture: Mixture,
    kind: str = "jacobian",
    gap: object = "1/2",
    orbit: str = "all",
    digits: int | None = None,
    *,
    certify: Literal[True],
    on_share: Callable[[Fraction], None] = _untold,
) -> CertifiedRadius | UnprovedRadius: ...
def radius(
    mixture: Mixture,
    kind: str = "jacobian",
    gap: object = "1/2",
    orbit: str = "all",
    digits: int | None = None,
    *,
    certify: bool = False,
    r_max: float | None = None,
    on_share: Callable[[Fraction], None] = _untold,
) -> RadiusEstimate | CertifiedRadius | UnprovedRadius:
    """γ, the largest r such that the inequality ``kind`` holds for all |θ| ≤ r (math.md section 4).

    With σ the smallest eigenvalue of the Hessian at θ = 0 and c the gap: ``"jacobian"``: the
    largest eigenvalue of the EM Jacobian is at most 1 − cσ; ``"factor"``: every g_m is at least
    cσ; ``"convexity"``: the KL divergence is strictly convex.

    Args:
        mixture: no null frequency.
        kind: see above.
        gap: c, exact, strictly between 0 and 1.
        orbit: ``"all"`` θ, or ``"simplex"``: regular simplices only.
        digits: of the result: 6, certified over two amplitudes 2. A search gives up to 10; to 100
            where one amplitude decides (k ≤ 3, simplex orbits, one frequency), to 30 at k = 4
            and 15 at k = 5.
        certify: a bracket with both ends proved, instead of an estimate by search; of up to 100
            digits where one amplitude decides, to 30 at k = 4 and 8 at k = 5.
        r_max: where a search stops.
        on_share: told how much of the cover is done.

    Returns:
        `RadiusEstimate`, or certified `CertifiedRadius`, or `UnprovedRadius` where there is no
        proof.

    Raises:
        InputError: options out of range, or what cannot be computed; `OutOfReach` says what would
            fit.

    >>> m = Mixture.simplex(2, "9/10,1/10")
    >>> radius(m, kind="factor", gap="0.9")
    <RadiusEstimate: gamma between 0.614108 and 0.614110, kind factor, measured>
    >>> found = radius(m, kind="factor", gap="0.9", digits=3, certify=True)
    >>> bool(0.6135 < found.lower < 0.614109 < found.upper < 0.6145)
    True
    """
    if not isinstance(mixture, Mixture):
        raise InputTypeError(f"mixture {mixture!r}: give a Mixture, such as Mixture.simplex(3)")
    places = None if digits is None else whole(digits, "digits")
    if not flag(certify, "certify"):
        from overspec.verify.radius.search import gamma

        return gamma(mixture, kind, gap, orbit, DIGITS if places is None else places, r_max)
    if r_max is not None:
        raise InputError("r_max is where a search stops; a proof has to go all the way")
    from overspec.verify.enclosures.ball import Inconclusive
    from overspec.verify.radius.bracket import certified_gamma, width_of

    width = None if places is None else width_of(mixture, orbit, places)
    found = certified_gamma(mixture, kind, gap, orbit, width, on_share)
    if isinstance(found, Inconclusive):
        return UnprovedRadius(mixture, kind, exact(gap, "gap"), orbit, found.reason)
    return found
