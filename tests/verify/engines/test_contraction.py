"""The error of the factor of an EM step: never below the true one, and not far above it."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction

import mpmath
import pytest

from overspec import Energies, Mixture
from overspec.verify.em.population import trajectory
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.contraction import contraction_error
from overspec.verify.engines.lattice import cyclic_moments
from overspec.verify.engines.spectrum import float_weights

pytestmark = pytest.mark.numeric

MODELS = [(2, "uniform"), (2, "9/10,1/10"), (2, "one-heavy:999999/1000000"), (3, "one-heavy:4/5")]
LARGER = [(3, "uniform"), (3, "1/2,3/10,1/5"), (4, "2/5,3/10,1/5,1/10")]
RADII = ["1/1000", "1/32", "1/5", "1"]


def true_and_stated(k: int, weights: str, radius: str, covariance: str) -> tuple[float, float]:
    """Of the second step, on one lattice, from the iterate in doubles; truth in 25 digits."""
    mixture = Mixture.simplex(k, weights)
    start = Energies.regular_simplex(k, radius)
    _, at, _ = trajectory(mixture, start, 2, 15, covariance=covariance).steps
    near = tuple(a / at.variance for a in at.amplitudes)
    made = cyclic_moments(float_weights(mixture), near, 1e-15, jacobian=False, check=False)
    after = math.hypot(*((1 - gm) * a for gm, a in zip(made.g[1:], near, strict=True)))
    scaled = [Fraction(a) / Fraction(at.variance) for a in at.amplitudes]
    g = lattice_digits.moments(mixture, Energies.of_amplitudes(k, scaled), 25, jacobian=False).g
    context = mpmath.MPContext()
    context.dps = 40
    moved = [
        (1 - context.mpf(gm)) * a.numerator / a.denominator
        for gm, a in zip(g[1:], scaled, strict=True)
    ]
    ratio = context.norm(moved) / context.norm([context.mpf(a) for a in at.amplitudes])
    stated = contraction_error(mixture, at.amplitudes, at.variance, 15)
    return abs(float(ratio - after / at.norm)), stated


@pytest.mark.slow
@pytest.mark.parametrize("covariance", ["fixed", "isotropic"])
@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize(("k", "weights"), LARGER)
def test_two_amplitudes_are_not_understated_either(
    k: int, weights: str, radius: str, covariance: str
) -> None:
    true, stated = true_and_stated(k, weights, radius, covariance)
    assert true <= stated


def test_it_is_never_understated_and_stays_useful() -> None:
    """About ten times the true error in the median, whether or not the variance is estimated."""
    ratios = []
    for covariance in ("fixed", "isotropic"):
        for k, weights in MODELS:
            for radius in RADII:
                true, stated = true_and_stated(k, weights, radius, covariance)
                assert true <= stated, (k, weights, radius, covariance)
                ratios.append(true / stated)
    assert statistics.median(ratios) > 1 / 15


def test_a_coarse_lattice_shows() -> None:
    """What the lattice of a step was built for is seen by the shifted one."""
    mixture, at = Mixture.simplex(3, "1/2,3/10,1/5"), (2.0,)
    few, many = (contraction_error(mixture, at, digits=digits) for digits in (4, 15))
    start = Energies.of_amplitudes(3, "2")
    coarse, fine = (trajectory(mixture, start, 1, digits).steps[1].norm / 2 for digits in (4, 15))
    assert many < 3e-15
    assert abs(coarse - fine) <= few < 1e-4
