"""``ov.samples``: how many samples EM needs for an error, and what error n samples guarantee."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from overspec.errors import InputError, InputTypeError
from overspec.exact import exact
from overspec.mixture import Mixture

if TYPE_CHECKING:
    from overspec.verify.samples.answer import SampleComplexity, Simulated
    from overspec.verify.samples.complexity import Contraction, Guarantee

PATHS = 40
LARGEST = 4000  # rows of a simulated sample
WORK = 4e6  # responsibilities of a simulation
FAR = 3.0  # |θ_0| of a simulation
FORGOTTEN = 1e-3  # what is left of the start of a simulation, by the rate
MOST_COMPONENTS = 50


def samples(
    mixture: Mixture,
    error: object = None,
    delta: object = "1/20",
    *,
    n: object = None,
    kl: object = None,
    certify: bool = False,
    seed: int = 0,
) -> SampleComplexity:
    """n and t with |θ_t| ≤ error from then on, with probability at least 1 − δ (math.md T8 to T10).

    Args:
        mixture: k ≤ 50 components with the simplex action. The guarantee is from any start;
            beyond k = 4 by the rate of claim Bb.
        error: exact, positive; the answer is the n that the theorem needs.
        delta: δ, rational, in (0, 1).
        n: rows, in place of error: the answer is the error that is guaranteed.
        kl: in place of error: a bound of KL(θ_t), which |θ_t| ≤ √(2 kl) gives (math.md T3).
        certify: at k = 4, prove ρ* too (some 5 to 30 s); else it is the best that a search found.
        seed: of the simulation that stands beside the answer.

    Returns:
        `SampleComplexity`; without a guarantee where the weights are degenerate, and why.

    Raises:
        InputError: not one of error, n and kl; a value out of range; another action.

    >>> samples(Mixture.simplex(2, "9/10,1/10"), "1/10")
    <SampleComplexity: 1633 samples and 32 iterations for |theta_t| <= 0.1, certified>
    """
    if not isinstance(mixture, Mixture):
        raise InputTypeError(f"mixture {mixture!r}: give a Mixture, such as Mixture.simplex(3)")
    given = sum(one is not None for one in (error, n, kl))
    if given != 1:
        words = ("neither", "", "both", "all")[given]
        raise InputError(
            f"give the error or the kl you want, or the number of samples n you have: {words}"
        )
    if kl is not None:
        error = _root(kl)
    if mixture.k > MOST_COMPONENTS or not mixture.action.is_simplex:
        raise InputError(
            f"k = {mixture.k}, {mixture.action}: samples answers for the simplex action, "
            f"k <= {MOST_COMPONENTS}"
        )
    from overspec.verify.samples.bound import checked_delta, checked_rows

    share = checked_delta(delta)
    wanted = None if error is None else _positive(error)
    rows = None if n is None else checked_rows(n)
    from overspec.proofs.machinery.cyclotomic import null_frequencies
    from overspec.verify.enclosures.ball import Inconclusive
    from overspec.verify.samples import complexity
    from overspec.verify.samples.answer import SampleComplexity

    null = tuple(null_frequencies(mixture.weights, mixture.action))
    if null:
        return _degenerate(mixture, wanted, rows, share, null, seed)
    rate = complexity.contraction(mixture, certify)
    if isinstance(rate, Inconclusive):
        return SampleComplexity(mixture, share, wanted, rows, reason=rate.reason)
    if rows is None and wanted is not None:
        found = complexity.needed(mixture, rate, wanted, share)
    else:
        found = complexity.guaranteed(mixture, rate, rows or 1, share)
    if isinstance(found, Inconclusive):
        return SampleComplexity(mixture, share, wanted, rows, rate, reason=found.reason)
    return SampleComplexity(
        mixture, share, found.error, found.n, rate, found,
        simulated=_simulated(mixture, rate, found, share, seed),
        population=complexity.population(mixture, rate, found.error),
    )  # fmt: skip


def _positive(error: object) -> Fraction:
    value = exact(error, "error")
    if not isinstance(value, Fraction) or not Fraction(1, 10**12) <= value <= 10**6:
        raise InputError(f"error = {value}: give a rational between 1e-12 and 1e6")
    return value


def _root(kl: object) -> Fraction:
    """√(2 kl), rounded down to a rational."""
    value = exact(kl, "kl")
    if not isinstance(value, Fraction) or not Fraction(1, 10**20) <= value <= 10**6:
        raise InputError(f"kl = {value}: give a rational between 1e-20 and 1e6")
    scale = 10**20
    return Fraction(math.isqrt(math.floor(2 * value * scale**2)), scale)


def _simulated(
    mixture: Mixture, rate: Contraction, found: Guarantee, delta: Fraction, seed: int
) -> Simulated:
    steps = found.iterations
    if 0 < rate.rate < 1:
        steps = min(steps, math.ceil(math.log(FORGOTTEN) / math.log(rate.rate)))
    return _run(mixture, found.n, steps, delta, seed)


def _run(mixture: Mixture, n: int, steps: int, delta: Fraction, seed: int) -> Simulated:
    """|θ_t| on at most `LARGEST` rows, after as many steps as there is time for."""
    import numpy as np

    from overspec.verify.samples.answer import Simulated
    from overspec.verify.samples.simulate import norms

    steps = max(1, min(steps, 200))
    rows = max(1, min(n, LARGEST, int(WORK / (PATHS * mixture.k * steps))))
    first, second = np.random.SeedSequence(seed).spawn(2)
    starts = np.random.default_rng(first).standard_normal((PATHS, mixture.d))
    starts *= FAR / np.linalg.norm(starts, axis=1, keepdims=True)
    last = norms(mixture, rows, starts, steps, second)[:, -1]
    quantile = float(np.quantile(last, 1 - float(delta), method="higher"))
    return Simulated(rows, steps, PATHS, FAR, quantile, seed)


def _degenerate(
    mixture: Mixture, wanted: Fraction | None, rows: int | None, delta: Fraction,
    null: tuple[int, ...], seed: int,
) -> SampleComplexity:  # fmt: skip
    """What is proved: |θ_t| ≤ r_n from the first step on, and the bound of M_n − M within it."""
    from overspec.verify.samples.answer import SampleComplexity
    from overspec.verify.samples.bound import deviation

    ball = None
    if rows is not None:
        ball = deviation(mixture.k, mixture.d, rows, delta)
    simulated = _run(mixture, rows or LARGEST, 200, delta, seed)
    return SampleComplexity(
        mixture, delta, wanted, rows, null=null, simulated=simulated, within=ball,
    )  # fmt: skip
