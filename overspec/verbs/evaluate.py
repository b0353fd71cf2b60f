"""``ov.evaluate``: everything at one point θ, measured or certified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from overspec.errors import InputError, InputTypeError
from overspec.exact import flag, whole
from overspec.mixture import Energies, Mixture

if TYPE_CHECKING:
    from overspec.verify.enclosures.evaluate import CertifiedEvaluation
    from overspec.verify.engines.evaluate import Evaluation


@overload
def evaluate(
    mixture: Mixture,
    point: Energies,
    digits: int = 15,
    engine: str = "auto",
    modes: int | None = None,
    *,
    certify: Literal[False] = False,
    seed: int | None = None,
    samples: int | None = None,
) -> Evaluation: ...
@overload
def evaluate(
    mixture: Mixture,
    point: Energies,
    digits: int = 15,
    engine: str = "auto",
    modes: int | None = None,
    *,
    certify: Literal[True],
) -> CertifiedEvaluation: ...
def evaluate(
    mixture: Mixture,
    point: Energies,
    digits: int = 15,
    engine: str = "auto",
    modes: int | None = None,
    *,
    certify: bool = False,
    seed: int | None = None,
    samples: int | None = None,
) -> Evaluation | CertifiedEvaluation:
    """KL, the contraction factors g_m, one EM step and the Hessian at θ (math.md S1–S8).

    Args:
        mixture: the mixture.
        point: θ, from `Mixture.point`.
        digits: decimal digits, 1 … 200; certified, the radii aimed at are 10^-digits.
        engine: ``"auto"``, ``"laplace"``, ``"pairs"`` (k = 4), ``"opposites"`` (k = 4 and 6),
            ``"low-rank"``, ``"lattice"``, ``"multiprecision"`` or ``"sampling"``; certified are
            laplace, pairs, lattice and low-rank.
        modes: the last frequency listed.
        certify: whether every number is enclosed with every error bounded and named; else numbers
            come with error estimates, which are no bounds.
        seed, samples: of the sampling engine.

    Returns:
        `Evaluation` or `CertifiedEvaluation`, with the same names for the same things.

    Raises:
        InputError: what the engines cannot do; `OutOfReach` says what would fit.
        InputTypeError: a mixture or point that is none.

    >>> m = Mixture.simplex(3, "1/2,3/10,1/5")
    >>> evaluate(m, m.point(amplitudes="1"), digits=9)
    <Evaluation: KL 0.1048390556, k = 3, measured by laplace>
    >>> evaluate(m, m.point(radius=1), digits=9, certify=True).to_dict()["kl"]
    ['0.10483905563309', '0.10483905563754']
    """
    if not isinstance(mixture, Mixture):
        raise InputTypeError(f"mixture {mixture!r}: give a Mixture, such as Mixture.simplex(3)")
    if not isinstance(point, Energies):
        raise InputTypeError(f"point {point!r}: give mixture.point(amplitudes=…) or (radius=…)")
    digits, certify = whole(digits, "digits"), flag(certify, "certify")
    modes = None if modes is None else whole(modes, "modes")
    given = {"seed": seed, "samples": samples}
    options = {name: whole(value, name) for name, value in given.items() if value is not None}
    if not certify:
        from overspec.verify.engines.evaluate import evaluate as compute

        return compute(mixture, point, digits, engine, modes, **options)
    if options:
        raise InputError(f"{', '.join(options)}: only sampling has options, and it proves nothing")
    from overspec.verify.enclosures.evaluate import certified_evaluation

    listed = None if modes is None else range(1, modes + 1)
    return certified_evaluation(mixture, point, digits, engine, listed, hessian=True)
