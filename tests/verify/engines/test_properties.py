"""What holds for every mixture: identities of math.md section 2, symbols against numbers.

Weights and energies are drawn exactly; each identity is checked by two routes that do not share
the formula under test.
"""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overspec import Energies, Mixture
from overspec.proofs.identities.circulant import local_rate
from overspec.proofs.machinery.cyclotomic import dft_energy, null_frequencies
from overspec.verify.em import reference
from overspec.verify.engines import lattice, lattice_digits, spectrum, trapezoid
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.moments import first_axes


@st.composite
def mixtures(draw: st.DrawFn, ks: tuple[int, ...] = (2, 3, 4)) -> Mixture:
    k = draw(st.sampled_from(ks))
    parts = draw(st.lists(st.integers(1, 40), min_size=k, max_size=k))
    return Mixture.simplex(k, [Fraction(part, sum(parts)) for part in parts])


@st.composite
def points(draw: st.DrawFn, ks: tuple[int, ...] = (2, 3, 4)) -> tuple[Mixture, Energies]:
    mixture = draw(mixtures(ks))
    size = mixture.k // 2
    reach = 18 if mixture.k <= 4 else 8  # nodes grow like |θ|^(k−1)
    tenths = draw(st.lists(st.integers(0, reach), min_size=size, max_size=size))
    return mixture, Energies.of_amplitudes(mixture.k, [Fraction(n, 10) for n in tenths])


def amplitudes(energies: Energies) -> list[float]:
    return [float(e) ** 0.5 for e in energies]


def weights_of(mixture: Mixture) -> np.ndarray:
    return np.array([float(w) for w in mixture.weights])


@pytest.mark.slow
@settings(max_examples=8)
@given(points(ks=(2, 3)))
def test_s2_the_map_is_a_gradient_step_in_high_precision(point: tuple[Mixture, Energies]) -> None:
    """M(θ) = θ − ∇L(θ): M from responsibilities, ∇L from differences of KL, both by MPFR."""
    mixture, energies = point
    a, h = Fraction(amplitudes(energies)[0]).limit_denominator(10), Fraction(1, 10**7)
    context = spectrum.real_context(30)

    def kl(at: Fraction) -> mpmath.mpf:
        moved = Energies.of_amplitudes(mixture.k, [at])
        log = lattice_digits.moments(mixture, moved, 28, jacobian=False).log_partition
        return context.mpf(at.numerator**2) / (2 * at.denominator**2) - context.mpf(log)

    slope = (kl(a + h) - kl(a - h)) / context.mpf(2) * 10**7
    mapped = lattice_digits.moments(mixture, energies, 18, jacobian=False).operator
    expected = float(a) - float(mapped[0]) if mapped else 0.0
    assert float(slope) == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@given(points(ks=(4, 5)))
@settings(max_examples=10)
def test_s2_in_every_direction_for_more_components(point: tuple[Mixture, Energies]) -> None:
    mixture, energies = point
    value, at = evaluate(mixture, energies, 11), amplitudes(energies)

    def kl(m: int, shift: float) -> float:
        moved = [a + (shift if n == m else 0.0) for n, a in enumerate(at)]
        found = lattice.cyclic_moments(weights_of(mixture), tuple(moved), 1e-12, False, False)
        return sum(a * a for a in moved) / 2 - found.log_partition

    for m, a in enumerate(at):
        h = 0.02
        slope = sum(
            c * (kl(m, n * h) - kl(m, -n * h)) / h
            for n, c in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
        )
        assert a - value.map_amplitudes[m] == pytest.approx(slope, abs=1e-8)


@given(points(ks=(2, 3, 4, 5)))
def test_s6_each_frequency_shrinks_by_its_own_factor(point: tuple[Mixture, Energies]) -> None:
    """M by its definition (moments of w_j x) against 1 − g_m (moments of w_i w_j)."""
    mixture, energies = point
    value = evaluate(mixture, energies, 14)
    for m, a in enumerate(amplitudes(energies), start=1):
        assert value.map_amplitudes[m - 1] == pytest.approx((1 - value.g[m]) * a, abs=2e-14)
        assert -1e-15 <= value.g[m] <= 1 + 1e-15
    assert value.g[0] == pytest.approx(1, abs=1e-14)


@given(points(ks=(2, 3, 4, 5)))
def test_s5_the_jacobian_lies_between_0_and_1(point: tuple[Mixture, Energies]) -> None:
    value = evaluate(*point, digits=11)
    assert len(value.hessian_eigenvalues) == point[0].d
    assert value.hessian_eigenvalues[0] >= -1e-13
    assert value.hessian_eigenvalues[-1] <= 1 + 1e-11


@settings(max_examples=6)
@given(points(ks=(2, 3)))
def test_s5_differences_of_the_map_are_symmetric(point: tuple[Mixture, Energies]) -> None:
    """DM by differences of the plain M on all of R^d: symmetric, and the spectrum of S5."""
    matrix, error = reference.jacobian(*point)
    assert np.abs(matrix - matrix.T).max() <= 2 * error + 1e-12
    eigenvalues = np.sort(1 - np.linalg.eigvalsh((matrix + matrix.T) / 2))
    found = evaluate(*point).hessian_eigenvalues
    assert found == pytest.approx(eigenvalues.tolist(), abs=error + 1e-11)


@settings(max_examples=8)
@given(points(ks=(2, 3, 4)), st.integers(0, 2**32 - 1))
def test_s8_only_the_energies_matter(point: tuple[Mixture, Energies], seed: int) -> None:
    """θ at random phases of its blocks, through the engine for general means."""
    mixture, energies = point
    k, rng = mixture.k, np.random.default_rng(seed)
    frequencies = tuple(range(1, k // 2 + 1))
    turns = lattice.rotations(k, frequencies)
    theta = np.zeros(k - 1)
    for m, start, a in zip(
        frequencies, first_axes(k, frequencies), amplitudes(energies), strict=True
    ):
        phase = rng.uniform(0, 2 * np.pi)
        if 2 * m == k:
            theta[start] = -a
        else:
            theta[start : start + 2] = a * np.cos(phase), a * np.sin(phase)
    means = turns @ theta
    grid = trapezoid.affordable_lattice(means, 1e-13)
    sums = trapezoid.expectations(means, np.log(weights_of(mixture)), grid)
    value = evaluate(mixture, energies, 13)
    assert sums.log_partition == pytest.approx(value.log_partition, abs=1e-12)
    for m in frequencies:
        roots = np.exp(2j * np.pi * m * np.arange(k) / k)
        g = (roots @ sums.pair[:, :, 0, 0] @ roots.conj()).real
        assert g == pytest.approx(value.g[m], abs=1e-12)


@given(points(), st.integers(1, 4))
def test_more_dimensions_change_nothing(point: tuple[Mixture, Energies], extra: int) -> None:
    mixture, energies = point
    wide = Mixture.simplex(mixture.k, mixture.weights, d=mixture.d + extra)
    a, b = evaluate(mixture, energies, 12), evaluate(wide, energies, 12)
    assert (a.kl, a.g, a.map_amplitudes) == (b.kl, b.g, b.map_amplitudes)
    expected = sorted([*a.hessian_eigenvalues, *[1.0] * extra])
    assert b.hessian_eigenvalues == pytest.approx(expected, abs=1e-13)


@settings(max_examples=5)
@given(points(ks=(2,)))
def test_more_dimensions_change_nothing_in_the_plain_em(point: tuple[Mixture, Energies]) -> None:
    mixture, energies = point
    wide = reference.evaluate(Mixture.simplex(2, mixture.weights, d=3), energies)
    value = evaluate(mixture, energies)
    assert wide.kl == pytest.approx(value.kl, abs=wide.error + 1e-13)
    assert wide.g == pytest.approx(value.g, abs=wide.error + 1e-13)


@given(points(ks=(2, 3, 4, 5)), st.integers(0, 4), st.booleans())
def test_relabelling_changes_nothing(
    point: tuple[Mixture, Energies], shift: int, mirrored: bool
) -> None:
    """A cyclic shift of the weights moves θ along its orbit; j → −j mirrors the blocks."""
    mixture, energies = point
    listed = list(mixture.weights)
    moved = listed[shift % mixture.k :] + listed[: shift % mixture.k]
    other = Mixture.simplex(mixture.k, moved[::-1] if mirrored else moved)
    a, b = evaluate(mixture, energies, 11), evaluate(other, energies, 11)
    assert a.kl == pytest.approx(b.kl, abs=1e-11)
    assert a.g == pytest.approx(b.g, abs=1e-11)
    assert a.map_amplitudes == pytest.approx(b.map_amplitudes, abs=1e-11)
    assert a.hessian_eigenvalues == pytest.approx(b.hessian_eigenvalues, abs=1e-10)


@given(mixtures(ks=(2, 3, 4, 5, 6)))
def test_s4_the_hessian_at_the_optimum_is_the_exact_spectrum(mixture: Mixture) -> None:
    """Symbols against numbers: exact |π̂_m|², the same as floats, and the Hessian near θ = 0."""
    numbers = spectrum.spectrum(mixture)
    null = null_frequencies(mixture.weights, mixture.action)
    for m, number in numbers.items():
        assert number == pytest.approx(float(dft_energy(mixture.weights, m).evalf(30)), abs=1e-14)
        assert (m in null) == (number < 1e-20)
    rate = float(local_rate(mixture).evalf(20))
    assert rate == pytest.approx(1 - spectrum.sigma(mixture), abs=1e-14)
    near = Energies.of_amplitudes(mixture.k, [Fraction(1, 10**5)] * (mixture.k // 2))
    value = evaluate(mixture, near, 11)
    assert value.hessian_eigenvalues[0] == pytest.approx(spectrum.sigma(mixture), abs=1e-8)


@given(points(ks=(2, 3, 4)))
def test_s7_kl_is_the_energy_integrated_along_the_ray(point: tuple[Mixture, Energies]) -> None:
    """L(θ) = ∫₀¹ s Σ_m g_m(sθ) a_m² ds, by Gauss–Legendre."""
    mixture, energies = point
    at, (nodes, masses) = amplitudes(energies), np.polynomial.legendre.leggauss(24)
    total = 0.0
    for s, mass in zip((nodes + 1) / 2, masses / 2, strict=True):
        scaled = tuple(float(s) * a for a in at)
        g = lattice.cyclic_moments(weights_of(mixture), scaled, 1e-12, False, False).g
        total += mass * s * sum(gm * a * a for gm, a in zip(g[1:], at, strict=True))
    assert evaluate(mixture, energies, 13).kl == pytest.approx(total, abs=1e-10)


@given(points(ks=(2, 3, 4)))
def test_em_descends_as_s5_demands(point: tuple[Mixture, Energies]) -> None:
    """L(M(θ)) ≤ L(θ) − |∇L(θ)|²/2."""
    mixture, energies = point
    before = evaluate(mixture, energies, 12)
    mapped = [Fraction(float(a)) for a in before.map_amplitudes]
    after = evaluate(mixture, Energies.of_amplitudes(mixture.k, mapped), 12)
    gradient = [a - b for a, b in zip(amplitudes(energies), before.map_amplitudes, strict=True)]
    assert after.kl <= before.kl - sum(x * x for x in gradient) / 2 + 1e-11
