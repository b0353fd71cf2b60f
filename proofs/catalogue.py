"""All derivations by label: what the ledger runs and what a referee opens first."""

from __future__ import annotations

from collections.abc import Callable

from .circulant import dft_eigenvalues, hessian_at_optimum
from .covariance import joint_covariance
from .derivation import Derivation
from .free_means import free_means
from .global_rate import global_rate
from .gradient_dominance import gradient_dominance
from .idle_dimensions import idle_dimensions
from .learned_weights import learned_weights, weight_drift
from .lloyd import lloyd_fixed_point
from .lloyd_jacobian import lloyd_jacobian
from .null_blocks import null_blocks
from .operator import em_operator, gradient_descent, jacobian
from .orthogonal import orthogonal_family
from .quartic import quartic_expansion
from .radius_bound import radius_bound
from .rotation import shift_on_hyperplane
from .simplex_keeping import simplex_keeping
from .stein import energy_form, stein_form, unique_stationary_point
from .symmetry import symmetry
from .uniform import uniform_weights
from .uniform_rate import uniform_isotropic
from .vanishing import vanishing_sums

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
    "T4": uniform_weights,
    "T5": vanishing_sums,
    "T6": quartic_expansion,
    "T7": unique_stationary_point,
    "R": shift_on_hyperplane,
    "H": simplex_keeping,
    "B": radius_bound,
    "D": idle_dimensions,
    "K1": lloyd_fixed_point,
    "K2": lloyd_jacobian,
    "Q1o": orthogonal_family,
    "Q1f": free_means,
    "Q1w": learned_weights,
    "Q1d": weight_drift,
    "Q2": joint_covariance,
    "Q2u": uniform_isotropic,
}
