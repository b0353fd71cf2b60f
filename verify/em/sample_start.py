"""What a run of sample EM starts from, checked, and whether theory says where it goes."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError
from overspec.exact import whole
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.em.data import LARGEST, Table, real_numbers
from overspec.verify.em.sample_update import placed
from overspec.verify.engines.spectrum import shortfall, sigma

Array = NDArray[np.float64]

APART = 0.5  # how far E xxᵀ of standardised data may be from I, beside its own scatter
SCATTERS = 5.0


def checked_start(theta0: object, mixture: Mixture, tied: bool) -> Array:
    """θ_0 of shape (d,), or for free means k means of shape (k, d).

    Raises:
        InputError: another shape, or what is not finite numbers.
    """
    k, d = mixture.k, mixture.d
    if isinstance(theta0, Energies):
        return placed(mixture, theta0)
    start = real_numbers(theta0, "theta0", "a vector of numbers")
    if start.shape != (d,) and (tied or start.shape != (k, d)):
        wanted = f"({d},)" if tied else f"({d},) or ({k}, {d}), one mean a row"
        raise InputError(f"theta0 of shape {start.shape}; the mixture needs {wanted}")
    if not np.isfinite(start).all():
        raise InputError("theta0 has entries that are not finite")
    if np.abs(start).max() > LARGEST:
        raise InputError("theta0 has entries beyond 1e100, which overflow when squared")
    return start


def checked_covariance(given: object, d: int) -> Array:
    """Σ to start from: the identity, or a symmetric positive definite d×d matrix.

    Raises:
        InputError: any other.

    >>> checked_covariance(None, 1).tolist()
    [[1.0]]
    """
    if given is None:
        return np.eye(d)
    matrix = real_numbers(given, "covariance0", "a matrix of numbers")
    if matrix.shape != (d, d) or not np.isfinite(matrix).all() or (matrix != matrix.T).any():
        raise InputError(f"covariance0: give a symmetric matrix of shape ({d}, {d})")
    if not np.linalg.eigvalsh(matrix)[0] > 0:
        raise InputError("covariance0 is not positive definite")
    return matrix


def checked_frozen(frozen: Collection[int], mixture: Mixture, tied: bool) -> tuple[int, ...]:
    """The coordinates of θ (tied) or the components (free) that stay as they started.

    Raises:
        InputError: frequencies that the action lacks, components that there are not.

    >>> checked_frozen([2], Mixture.simplex(4), tied=True)
    (2,)
    """
    if isinstance(frozen, (str, bytes)) or not isinstance(frozen, Collection):
        raise InputError(f"frozen = {frozen!r}: give a list of numbers")
    wanted = [whole(value, "frozen") for value in frozen]
    if tied:
        have = mixture.action.frequencies
        known = "frequencies " + ", ".join(map(str, have))
    else:
        have = tuple(range(mixture.k))
        known = f"components 0 to {mixture.k - 1}"
    for value in wanted:
        if value not in have:
            raise InputError(f"frozen = {value}: there are {known}")
    if not tied:
        return tuple(wanted)
    blocks = [block for block in mixture.action.blocks if block.frequency in wanted]
    return tuple(i for block in blocks for i in range(block.start, block.start + block.size))


def predicted(
    table: Table, mixture: Mixture, covariance: Array, tied: bool, frozen: bool
) -> tuple[float | None, float | None, str | None]:
    """The factor of the step length in the limit, 1 less it, and why there is none.

    On N(0, I) it is ``1 − σ`` for tied means (math.md T1), 1 for free ones (Q1). Of data that are
    not near N(0, I) up to the covariance that is fitted it says nothing. They are near when, in the
    coordinates that R turns, all eigenvalues of ``Σ^{-1/2} E xxᵀ Σ^{-1/2}`` are within 1/2 of 1 and
    five times their scatter, ``√(d/n)``: the mean counts as well as the covariance.
    """
    if frozen:
        return None, None, "parts of the start are frozen"
    turned = np.zeros(table.d, dtype=bool)
    for block in mixture.action.blocks:
        turned[block.coordinates] = block.frequency != 0
    about = table.mean - table.centre
    second = table.second / np.sqrt(np.outer(table.observed, table.observed))
    second += np.outer(table.mean, table.mean) - np.outer(about, about)
    root = np.linalg.inv(np.linalg.cholesky(covariance[np.ix_(turned, turned)]))
    values = np.linalg.eigvalsh(root @ second[np.ix_(turned, turned)] @ root.T)
    if np.abs(values - 1).max() > APART + SCATTERS * math.sqrt(turned.sum() / table.n):
        far = float(values[np.argmax(np.abs(values - 1))])
        return (
            None,
            None,
            (
                "the data are far from N(0, I), for which the limit is known: E x^2 is "
                f"{far:.3g} in some direction that the rotation turns, not 1"
            ),
        )
    if not tied or null_frequencies(mixture.weights, mixture.action):
        return 1.0, 0.0, None
    gap = float(sigma(mixture))
    return shortfall(mixture, gap), gap, None
