"""All derivations by label: what the ledger runs and what a referee opens first."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from overspec.errors import InputError
from overspec.proofs.identities.circulant import dft_eigenvalues, hessian_at_optimum
from overspec.proofs.identities.idle_dimensions import idle_dimensions
from overspec.proofs.identities.operator import em_operator, gradient_descent, jacobian
from overspec.proofs.identities.rotation import shift_on_hyperplane
from overspec.proofs.identities.stein import energy_form, stein_form, unique_stationary_point
from overspec.proofs.identities.symmetry import symmetry
from overspec.proofs.language.derivation import Derivation
from overspec.proofs.language.every.proof import agrees
from overspec.proofs.language.statement import DoesNotFollow
from overspec.proofs.lloyd.fixed_point import lloyd_fixed_point
from overspec.proofs.lloyd.stability import lloyd_stability
from overspec.proofs.machinery.symbolic import EVERY, Particular
from overspec.proofs.questions.covariance import joint_covariance
from overspec.proofs.questions.free_means import free_means
from overspec.proofs.questions.learned_weights import learned_weights, weight_drift
from overspec.proofs.questions.orthogonal import orthogonal_family
from overspec.proofs.questions.uniform_rate import uniform_isotropic
from overspec.proofs.questions.wrong_covariance import wrong_covariance
from overspec.proofs.rates.dominance.local import local_dominance
from overspec.proofs.rates.dominance.path import divergence_path
from overspec.proofs.rates.global_rate import global_rate
from overspec.proofs.rates.gradient_dominance import gradient_dominance
from overspec.proofs.rates.null_blocks import null_blocks
from overspec.proofs.rates.quartic import quartic_expansion
from overspec.proofs.rates.radius_bound import free_bound, radius_bound
from overspec.proofs.rates.turns import turns
from overspec.proofs.rates.uniform import uniform_weights
from overspec.proofs.samples.finite import finite_samples
from overspec.proofs.samples.peeled import peeling
from overspec.proofs.samples.sharp import sharp_samples
from overspec.proofs.tied.closed import closed_step, preconditioned
from overspec.proofs.tied.curvature import curvature, descent
from overspec.proofs.tied.standard import jacobian_at_zero, one_stationary_point
from overspec.proofs.tied.stein import truths_mean
from overspec.proofs.weights.simplex_keeping import simplex_keeping
from overspec.proofs.weights.vanishing import vanishing_sums

#: label → builder for k components.
DERIVATIONS: dict[str, Callable[[int], Derivation]] = {
    "S1": em_operator,
    "S2": gradient_descent,
    "S3": dft_eigenvalues,
    "S4": hessian_at_optimum,
    "S5": jacobian,
    "S6": stein_form,
    "S7": energy_form,
    "S8": symmetry,
    "T1a": global_rate,
    "T2a": null_blocks,
    "T3": gradient_dominance,
    "T3a": divergence_path,
    "T3b": local_dominance,
    "T4": uniform_weights,
    "T5": vanishing_sums,
    "T6": quartic_expansion,
    "T7": unique_stationary_point,
    "T8": finite_samples,
    "T9": sharp_samples,
    "T10": peeling,
    "R": shift_on_hyperplane,
    "H": simplex_keeping,
    "B": radius_bound,
    "Ba": free_bound,
    "Bb": turns,
    "D": idle_dimensions,
    "K1": lloyd_fixed_point,
    "K2": lloyd_stability,
    "Q1o": orthogonal_family,
    "Q1f": free_means,
    "Q1w": learned_weights,
    "Q1d": weight_drift,
    "Q2": joint_covariance,
    "Q2u": uniform_isotropic,
    "Q2w": wrong_covariance,
    "I1": closed_step,
    "I2": preconditioned,
    "I3": truths_mean,
    "I4": curvature,
    "I5": descent,
    "I6": one_stationary_point,
    "I7": jacobian_at_zero,
}

#: The k whose own derivations must say the same as the one for every k.
SMALL_KS = range(2, 7)


@cache
def for_every_k(label: str) -> Derivation | None:
    """The derivation for every k at once, where it stands; None where there is none.

    Computed: the builder runs with a k that nobody can ask which number it is; every step is
    proved as an identity of index sums and holds at instances at large k; the derivations at
    k = 2 … 6 are made of the same steps and say the same; and what it cites holds for every k too.

    >>> for_every_k("S3").every_k, for_every_k("K1")  # K1 has a symbolic k of another kind
    (True, None)
    """
    build = DERIVATIONS[label]
    try:
        general = build(EVERY)
    except (Particular, DoesNotFollow, InputError):
        return None
    if not general.indexed or general.recheck():
        return None
    if not all(agrees(general, build(k)) for k in SMALL_KS):
        return None
    return general if all(for_every_k(each) for each in general.depends) else None
