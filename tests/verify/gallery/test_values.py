"""One value of every entry by a second method: NumPy sums in doubles, which share no code with it.

A sum over a fine grid of the line, with the maps written out once more from the papers' settings.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from flint import arb
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import logsumexp

import overspec as ov
from overspec.decimals import Number
from overspec.verify.gallery.audit import Audit
from overspec.verify.gallery.entry import Entry
from overspec.verify.gallery.papers import daskalakis_2017
from overspec.verify.gallery.papers.means import jin_2016, segol_2021
from overspec.verify.gallery.registry import find
from overspec.verify.gallery.verdict import Finding

pytestmark = pytest.mark.numeric

Array = NDArray[np.float64]

Z = np.linspace(-11, 11, 1761)
PHI = np.exp(-Z * Z / 2) / math.sqrt(2 * math.pi) * (Z[1] - Z[0])


def mean(values: Array) -> float:
    return float(PHI @ values)


def pair_em(theta: float, mu: float, rho: float = 0.0) -> float:
    """E x tanh(θx + artanh ρ) over (1 ± ρ)/2 N(±μ, 1)."""
    shift = math.atanh(rho)
    return sum(
        weight * mean((m + Z) * np.tanh(theta * (m + Z) + shift))
        for weight, m in (((1 + rho) / 2, mu), ((1 - rho) / 2, -mu))
    )


def sech2(y: Array) -> Array:
    found: Array = 1 / np.cosh(y) ** 2
    return found


def finding(name: str, number: int, **at: str) -> Finding:
    """Of one statement, without running the others."""
    entry: Entry = find(name)
    statement = entry.statements[number]
    return statement.check(entry.read(at), statement.published)


def near(found: Number | None, value: float, share: float = 1e-8) -> bool:
    """Whether a value in doubles lies in an enclosure, or next to it."""
    assert found is not None
    slack = share * abs(value)
    return float(found.lower) - slack <= value <= float(found.upper) + slack


@pytest.mark.quick
@pytest.mark.parametrize("mu", ["2/5", "1", "5/2"])
def test_steps_from_infinity(mu: str) -> None:
    m = float(Fraction(mu))
    value = mean(np.abs(m + Z))  # the kink costs digits
    for _ in range(9):
        value = pair_em(value, m)
    found = find("daskalakis_2017")
    error = daskalakis_2017.check_factor(found.read({"theta": mu}), Fraction(1, 2)).true
    assert near(error, mean((m + Z) ** 2 * sech2(m * (m + Z))))
    with ov.gallery.line.precision(64):
        ten = daskalakis_2017.from_infinity(ov.gallery.line.ball(Fraction(mu)), 10)
    assert float(ten.mid()) == pytest.approx(value, abs=1e-5)


@pytest.mark.slow
def test_the_threshold_of_ten_steps() -> None:
    def error(m: float) -> float:
        value = m * math.erf(m / math.sqrt(2)) + math.sqrt(2 / math.pi) * math.exp(-m * m / 2)
        for _ in range(9):
            value = pair_em(value, m)
        return value / m - 1.01

    seen = brentq(error, 0.3, 0.8)
    with ov.gallery.line.precision(53):
        assert near(daskalakis_2017.threshold(daskalakis_2017.Steps()), seen, 1e-5)


@pytest.mark.quick
@pytest.mark.parametrize("rho", ["1/2", "4/5", "19/20"])
def test_the_unbalanced_factor(rho: str) -> None:
    shift = math.atanh(float(Fraction(rho)))
    seen = minimize_scalar(
        lambda t: mean(np.tanh(t * Z + shift) ** 2), bounds=(0, 4), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    found = finding("dwivedi_2020", 0, rho=rho)
    assert near(found.true, 1 - min(float(seen.fun), float(Fraction(rho)) ** 2), 1e-6)


@pytest.mark.slow
def test_the_best_constant_on_a_grid() -> None:
    found = finding("dwivedi_2020", 1)
    least = min(
        mean(np.tanh(t * Z + math.atanh(r)) ** 2) / r**2
        for r in np.linspace(0.5, 0.99, 50)
        for t in np.linspace(0, 4, 81)
    )
    assert found.true is not None
    assert float(found.true.lower) < least < float(found.true.upper) + 1e-3


@pytest.mark.quick
@pytest.mark.parametrize("theta", ["1/2", "1", "3"])
def test_the_balanced_factor(theta: str) -> None:
    seen = mean(sech2(float(Fraction(theta)) * Z))
    for number in (2, 3):
        assert near(finding("dwivedi_2020", number, theta=theta).true, seen)


@pytest.mark.slow
@pytest.mark.parametrize("weight", ["0.55", "0.7", "0.99"])
def test_where_the_fixed_weight_fails(weight: str) -> None:
    rho = 2 * float(weight) - 1
    grid = -np.linspace(1e-3, 3, 600)

    def lowest(mu: float) -> float:
        return min(pair_em(t, mu, rho) - t for t in grid[grid > -math.sqrt(1 + mu * mu)])

    seen = brentq(lowest, 1.6 * rho, 2.5 * rho, xtol=1e-6)
    assert near(finding("xu_2018", 0, weight=weight).true, seen, 1e-3)


@pytest.mark.quick
def test_the_learned_weight_is_trapped() -> None:
    theta, rho = 0.1, 0.9
    for _ in range(200):
        shift = math.atanh(rho)
        theta, rho = (
            pair_em_of(theta, shift),
            (mean(np.tanh(theta * (1 + Z) + shift)) + mean(np.tanh(theta * (Z - 1) + shift))) / 2,
        )
    assert theta < 1e-12
    assert near(finding("xu_2018", 1).true, (1 + rho) / 2)


def pair_em_of(theta: float, shift: float) -> float:
    """Over ½N(±1, 1)."""
    both = (mean((m + Z) * np.tanh(theta * (m + Z) + shift)) for m in (1.0, -1.0))
    return sum(both) / 2


class Free:
    """Free means of given weights on the line, by a sum over a grid."""

    def __init__(self, truth: list[float], weights: list[float]) -> None:
        self.x = np.linspace(min(truth) - 11, max(truth) + 11, 4001)
        step = self.x[1] - self.x[0]
        square = (self.x[:, None] - np.array(truth)) ** 2
        density = np.exp(-square / 2).mean(axis=1)
        self.p = density * step / math.sqrt(2 * math.pi)
        self.entropy = self.p @ np.log(density)
        self.weights = np.array(weights)

    def logs(self, means: Array) -> Array:
        terms: Array = np.log(self.weights) - (self.x[:, None] - means) ** 2 / 2
        return terms

    def kl(self, means: Array) -> float:
        return float(self.entropy - self.p @ logsumexp(self.logs(means), axis=1))

    def shares(self, means: Array) -> Array:
        logs = self.logs(means)
        found: Array = np.exp(logs - logsumexp(logs, axis=1)[:, None])
        return found

    def em(self, means: Array) -> Array:
        weighted = self.shares(means) * self.p[:, None]
        found: Array = (weighted * self.x[:, None]).sum(axis=0) / weighted.sum(axis=0)
        return found

    def gradient(self, means: Array) -> Array:
        weighted = self.shares(means) * self.p[:, None]
        found: Array = (weighted * (means - self.x[:, None])).sum(axis=0)
        return found


THIRDS = [1 / 3] * 3


@pytest.mark.quick
def test_gradient_em_and_its_trap() -> None:
    free = Free([0.0], THIRDS)
    means = np.array([-1.0, 0.0, 1.0])
    seen = []
    for _ in range(41):
        seen.append(free.kl(means))
        means = means - free.gradient(means)
    found = finding("xu_2024", 0, steps="20")
    assert near(found.true, math.log2(seen[20] / seen[40]), 1e-6)
    place, steps = 6.0, 0
    while place > 5:
        place -= free.gradient(np.array([-place, 0.0, place]))[2]
        steps += 1
    trap = finding("xu_2024", 1, radius="6").true
    assert trap is not None
    assert trap.lower <= steps <= trap.upper


@pytest.mark.quick
def test_a_polyak_step() -> None:
    free = Free([0.0], THIRDS)
    means = np.array([-0.1, 0.0, 0.1])
    gradient = free.gradient(means)
    moved = means - free.kl(means) / (gradient @ gradient) * gradient
    assert near(finding("wang_2026", 0).true, free.kl(moved) / free.kl(means), 1e-5)


def test_pairs_of_polyak_and_em_steps() -> None:
    free = Free([0.0], [0.7, 0.2, 0.1])
    means = np.array([0.5, -0.3, 0.2])
    seen = [free.kl(means)]
    for _ in range(4):  # beyond, doubles lose KL
        way = means - free.em(means)
        means = free.em(means - seen[-1] / (free.gradient(means) @ way) * way)
        seen.append(free.kl(means))
    with ov.gallery.line.precision(160):
        from overspec.verify.gallery.papers.means.wang_2026 import START, WEIGHTS, in_em_metric

        assert near(in_em_metric(WEIGHTS[-1], START, 4), seen[-1] / seen[-2], 1e-6)


@pytest.mark.quick
def test_bad_local_maxima() -> None:
    free = Free([-3.0, 3.0, 12.0], THIRDS)
    three = ov.gallery.softmax.uniform
    with ov.gallery.line.precision(53):
        truth, model = (three([arb(m) for m in means]) for means in ((-3, 3, 12), (0, 12, 12)))
        found = float(ov.gallery.softmax.excess(model, truth).mid())
    assert found == pytest.approx(free.kl(np.array([0.0, 12.0, 12.0])), abs=1e-9)
    means = np.array([0.05, 11.2, 12.9])
    for _ in range(300):
        means = free.em(means)
    assert abs(means[0]) < float(jin_2016.CENTRE)
    assert np.all(abs(means[1:] - 12) < float(jin_2016.PAIR))


@pytest.mark.quick
@pytest.mark.parametrize("radius", [5.0, 8.0, 10.0])
def test_a_translation_by_two_fifths(radius: float) -> None:
    truth = np.array([-radius, 0.0, radius])
    free = Free(list(truth), THIRDS)
    seen = abs(free.em(truth + 0.4 * radius) - truth).max() / (0.4 * radius)
    with ov.gallery.line.precision(53):
        found = segol_2021.corner(Fraction(radius), Fraction(2, 5))
    assert float(found.mid()) == pytest.approx(seen, abs=1e-9)


def test_the_worst_corner_of_the_box() -> None:
    truth = np.array([-3.0, 0.0, 3.0])
    moved = Free(list(truth), THIRDS).em(truth + 1.2 * np.array([1, -1, -1]))
    with ov.gallery.line.precision(53):
        found = {signs: segol_2021.corner(Fraction(3), Fraction(2, 5), signs)
                 for signs in segol_2021.CORNERS}  # fmt: skip
    assert max(found, key=lambda signs: float(found[signs].mid())) in ((1, -1, -1), (1, 1, -1))
    largest = float(found[1, -1, -1].mid())
    assert largest == pytest.approx(abs(moved - truth).max() / 1.2, abs=1e-9)


@pytest.mark.quick
def test_the_spectral_radius_by_differences() -> None:
    free = Free([-2.0, 2.0], [0.5, 0.5])
    truth, h = np.array([-2.0, 2.0]), 1e-5
    columns = [(free.em(truth + h * e) - free.em(truth - h * e)) / (2 * h) for e in np.eye(2)]
    largest = max(abs(np.linalg.eigvals(np.array(columns).T)))
    statement = find("mallik_2026").statements[0]
    assert statement.amended is not None
    assert near(statement.check({}, statement.amended[1]).true, largest, 1e-4)


@pytest.mark.quick
@pytest.mark.parametrize("d", [1, 3])
def test_the_learned_scale(d: int) -> None:
    losses = []
    for theta in (0.2, 0.1):
        values = Z * np.tanh(theta * Z / (1 - theta**2 / d))
        losses.append(1 - mean(values) / theta)
    if d == 1:
        found = finding("dwivedi_2020_scale", 0, theta="1/5")
        assert near(found.true, math.log2(losses[0] / losses[1]), 1e-6)
    else:
        found = finding("dwivedi_2020_scale", 1, theta="1/5", d="3")
        assert near(found.true, losses[0] / 0.04)


@pytest.mark.quick
def test_counts_of_iterations() -> None:
    value = 0.0
    for _ in range(4):
        value = pair_em(value, 1.0, 0.5)
    assert near(finding("weinberger_2022", 1).true, 1 - value)
    theta = 1.0
    seen = []
    for _ in range(40):
        theta = mean(Z * np.tanh(theta * Z))
        seen.append(theta)
    power = math.log(2) / (4 * math.log(seen[19] / seen[39]))
    assert near(finding("wu_2021", 0, steps="20").true, power, 1e-6)


@pytest.mark.quick
def test_the_ball_around_the_truth_on_a_grid() -> None:
    largest = 0.0
    for angle in np.linspace(0.05, np.pi - 0.05, 60):
        x, y = 1 + 0.25 * math.cos(angle), 0.25 * math.sin(angle)
        r = math.hypot(x, y)
        m, n = x / r, y / r
        along = mean((m + Z) * np.tanh(r * (m + Z))) - m
        across = n * (1 - mean(np.tanh(r * (m + Z))))
        largest = max(largest, math.hypot(along, across) / 0.25)
    found = finding("balakrishnan_2017", 0).true
    assert found is not None
    assert float(found.lower) - 1e-4 < largest < float(found.upper)


@pytest.mark.quick
def test_stationary_points_and_the_first_factor() -> None:
    count = finding("xu_2016", 0)
    signs = [pair_em(t, 1.0) - t > 0 for t in np.linspace(-2.05, 2.05, 42)]
    changes = sum(a != b for a, b in pairwise(signs))
    assert count.true == Number(Fraction(changes))
    assert near(finding("xu_2016", 1).true, (1 - pair_em(0.1, 1.0)) / 0.9)


@pytest.mark.quick
def test_the_face_offers_every_paper() -> None:
    found = ov.gallery.wu_2021(steps=10)
    assert isinstance(found, Audit)
    assert "wu_2021" in dir(ov.gallery)
    assert "mu/sigma" not in str(found)
    with pytest.raises(AttributeError, match="nobody_2020"):
        ov.gallery.nobody_2020  # noqa: B018
    with pytest.raises(ov.InputError, match="did you mean wu_2021"):
        ov.gallery.audit("wu_2022")
