"""One iterate of population EM, and the weights' energies with their exact zeros."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.mixture import Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.engines.spectrum import dft_energies

UNDERFLOW = 1e-300  # KL is not known to less


@dataclass(frozen=True)
class Step:
    """One iterate: t, the amplitudes 1 … ⌊k/2⌋, |θ|, KL in nats, the variance v (1 if fixed).

    ``kl_error`` is that of KL at these amplitudes: the accuracy asked for and the rounding, by the
    model of `engines.rounding`; an estimate. Beyond k = 24, on regular simplices, |θ| says all and
    there are no amplitudes.
    """

    t: int
    amplitudes: tuple[float, ...]
    norm: float
    kl: float
    variance: float = 1.0
    kl_error: float = math.nan


def energies_of(mixture: Mixture) -> NDArray[np.float64]:
    """|π̂_m|² for m = 0 … ⌊k/2⌋: exactly 0 at null frequencies."""
    energies = np.array(dft_energies(mixture.weights))
    energies[list(null_frequencies(mixture.weights, mixture.action))] = 0.0
    return energies
