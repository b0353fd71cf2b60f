"""The sampling engine: its intervals hold the truth, and its results say where they come from."""

from typing import Any

import numpy as np
import pytest
import scipy.fft
from sizes import slow_but

from overspec import Energies, Evidence, InputError, Mixture
from overspec.verify.engines import lattice, sobol
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.spectrum import dft_energy

pytestmark = pytest.mark.numeric


def deviations(found: Moments, truth: Moments) -> dict[str, float]:
    pairs = {
        "log_partition": ([found.log_partition], [truth.log_partition]),
        "g": (found.g, truth.g),
        "operator": (found.operator, truth.operator),
        "jacobian": (np.ravel(found.jacobian), np.ravel(truth.jacobian)),
    }
    return {
        name: float(np.abs(np.array(a) - np.array(b)).max(initial=0.0))
        for name, (a, b) in pairs.items()
    }


@pytest.mark.parametrize("amplitudes", ["1,1/2", "1/2,2", "0,1", "3/2,1/3"])
@pytest.mark.parametrize("k", [4, 5])
def test_intervals_hold_what_the_lattice_finds(k: int, amplitudes: str) -> None:
    point = Mixture.simplex(k, "linear"), Energies.of_amplitudes(k, amplitudes)
    found = sobol.moments(*point, seed=k, samples=1024)
    for name, deviation in deviations(found, lattice.moments(*point, 7)).items():
        assert deviation <= found.errors[name] + 1e-7, name
    assert found.error < 1e-2


@pytest.mark.parametrize(("k", "radius"), [(10, 1), (61, 2), (300, 3)])
def test_intervals_hold_what_laplace_finds(k: int, radius: int) -> None:
    point = Mixture.simplex(k, "linear"), Energies.regular_simplex(k, radius)
    found = sobol.moments(*point, seed=1, samples=512, hessian=k < 61)
    truth = laplace.moments(*point, hessian=k < 61)
    for name, deviation in deviations(found, truth).items():
        assert deviation <= found.errors[name], name


def test_randomisations_are_honest() -> None:
    """Over many seeds the 99.9% interval of E log S misses about never, and is not far too wide."""
    point = Mixture.simplex(5, "linear"), Energies.of_amplitudes(5, "1,1/3")
    truth = lattice.moments(*point, 8).log_partition
    misses, ratios = 0, []
    for seed in range(40):
        found = sobol.moments(*point, seed=seed, samples=128, hessian=False)
        deviation = abs(found.log_partition - truth)
        misses += deviation > found.errors["log_partition"]
        ratios.append(deviation / found.errors["log_partition"])
    assert misses <= 1
    assert max(ratios) > 0.2


def test_the_seed_decides() -> None:
    point = Mixture.simplex(9, "linear"), Energies.of_amplitudes(9, "2,1,0,0")
    a, b, c = (sobol.moments(*point, seed=seed, samples=128) for seed in (1, 1, 2))
    assert a == b
    assert a.log_partition != c.log_partition


def test_sampled_results_say_so() -> None:
    value = evaluate(
        Mixture.simplex(9, "linear"), Energies.of_amplitudes(9, "2,1,0,0"), samples=256,
        engine="sampling",
    )  # fmt: skip
    assert (value.engine, value.evidence, value.seed) == ("sampling", Evidence.SAMPLED, 0)
    assert value.samples == 256 * sobol.RANDOMISATIONS
    assert len(value.hessian_eigenvalues) == 8
    big = evaluate(
        Mixture.simplex(150, "linear"),
        Energies.of_amplitudes(150, [1] * 75),
        engine="sampling",
        samples=128,
    )
    assert big.hessian_spectrum is None


def test_more_points_help() -> None:
    point = Mixture.simplex(9, "linear"), Energies.of_amplitudes(9, "2,1,0,0")
    few, many = (sobol.moments(*point, samples=n, hessian=False) for n in (128, 8192))
    assert many.error < few.error / 8  # plain Monte Carlo would gain a factor of 8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": -1}, "seed = -1"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"samples": 100}, "power of 2"),
        ({"samples": 0}, "power of 2"),
        ({"modes": 9}, "modes = 9"),
    ],
)
def test_refusals(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        sobol.moments(Mixture.simplex(4), Energies.of_amplitudes(4, "1,1"), **options)


def test_too_many_components() -> None:
    with pytest.raises(InputError, match="reaches k = 5000"):
        sobol.moments(Mixture.simplex(6000), Energies.regular_simplex(6000, 1))


@pytest.mark.parametrize("k", slow_but([2, 3, 7, 100, 1000], quick=[2, 3, 7, 100]))
def test_without_any_spread_the_error_is_that_of_rounding(k: int) -> None:
    """At θ = 0 every point gives the weights: no spread, yet g is not exact."""
    mixture = Mixture.simplex(k, "linear")
    found = sobol.moments(mixture, Energies.of_amplitudes(k, [0] * (k // 2)))
    true: Any = [dft_energy(mixture.weights, m, 30) for m in range(k // 2 + 1 if k <= 100 else 0)]
    if k > 100:  # to 30 digits they take half a minute
        if np.finfo(np.longdouble).nmant < 63:
            pytest.skip("numbers of 64 bits are needed")
        weights = [np.longdouble(int(w.numerator)) / int(w.denominator) for w in mixture.weights]
        true = np.abs(scipy.fft.rfft(np.array(weights))) ** 2
    assert len(true) == len(found.g)
    assert max(abs(float(t - x)) for t, x in zip(true, found.g, strict=True)) <= found.errors["g"]
    assert abs(found.log_partition) <= found.errors["log_partition"]
    assert found.errors["g"] < 1e-14
