"""What the ties are worth: EM with more of the model free, from the same kind of start.

For each model the law ``r' = r(1 − κ r^p)`` of the size r of the means is measured on three small
radii by one EM step each, ``KL = λ r^{p+2}`` on two, and both are compared with `mismatch`: p = 0
is linear convergence with factor 1 − κ, p > 0 a decay like t^{-1/p}. Learned weights move as well;
how far is measured apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ...mixture import Mixture
from ..reference import gauss_hermite
from ..sample import powers
from .experiment import Progress
from .mismatch import Configuration
from .points import Iterate, Model, Points, log_likelihood, one_gaussian

Array = NDArray[np.float64]

RADII = (1 / 4, 1 / 8, 1 / 16, 1 / 32)
NODES = 16  # per axis: exact for polynomials of degree 31
SETTLE = 3  # steps after which the covariance follows the means
LEAST = 1e-6  # relative error below which nothing is claimed
ROUNDING = 4e-15  # of the ratio of two sizes, in doubles


@dataclass(frozen=True)
class Case:
    """A model, a start and weights.

    Attributes:
        name: for the table.
        mixture: k, d and weights.
        block: the frequency that carries θ; 0 for a regular simplex.
        tied, covariance, learned: what EM estimates.
    """

    name: str
    mixture: Mixture
    block: int = 0
    tied: bool = True
    covariance: str = "fixed"
    learned: bool = False

    @property
    def weights(self) -> tuple[Fraction, ...]:
        """π, all rational here."""
        return tuple(w for w in self.mixture.weights if isinstance(w, Fraction))

    @property
    def configuration(self) -> Configuration:
        """The means at size 1; free ones start with an isotropic covariance of the means."""
        if not self.tied:
            return Configuration.whitened(self.weights)
        if self.block:
            return Configuration.block(self.weights, self.block)
        return Configuration.simplex(self.weights)

    def means(self) -> Array:
        """Shape (k, d)."""
        theta = np.zeros(self.mixture.d)
        for part in self.mixture.action.blocks:
            if part.frequency and part.frequency == (self.block or part.frequency):
                theta[part.start] = math.sqrt(part.size)
        means: Array = powers(self.mixture) @ (theta / np.linalg.norm(theta))
        if not self.tied:
            w = np.array(self.weights, dtype=float)
            means = means - w @ means
            spread = (means.T * w) @ means
            means = means @ np.linalg.cholesky(np.linalg.inv(spread)) / math.sqrt(self.mixture.d)
        return means


@dataclass(frozen=True)
class Local:
    """``r' = r(1 − κ r^p)`` and ``KL = λ r^{p+2}`` as measured, with error estimates."""

    case: Case
    power: float
    power_error: float
    kappa: float
    kappa_error: float
    lam: float
    lam_error: float


@dataclass(frozen=True)
class Drift:
    """A number about learned weights, its error estimate, and the name of its prediction."""

    name: str
    key: str
    mixture: Mixture
    value: float
    error: float


@dataclass(frozen=True)
class Measured:
    """What was measured of all models, and the trajectories for the figure."""

    local: tuple[Local, ...]
    drift: tuple[Drift, ...]
    runs: tuple[tuple[str, Case, tuple[int, ...], tuple[float, ...]], ...]


def cases() -> tuple[Case, ...]:
    """All models of the table."""
    regular = {2: "7/10,3/10", 3: "1/2,3/10,1/5"}
    linear, null = "2/5,3/10,1/5,1/10", "2/5,3/10,1/10,1/5"
    simplex = Mixture.simplex
    found = [
        Case("tied", simplex(3, regular[3])),
        Case("tied", simplex(4, linear), 2),
        Case("tied, null block", simplex(4, null), 2),
        *(Case("tied", simplex(k)) for k in (2, 3, 4)),
        *(Case("free", simplex(k, regular[k]), tied=False) for k in (2, 3)),
        Case("free", simplex(4, linear), tied=False),
        *(Case("tied, weights learned", simplex(k, regular[k]), learned=True) for k in (2, 3)),
    ]
    for covariance in ("isotropic", "full"):
        label = f"tied, {covariance} covariance"

        def add(mixture: Mixture, block: int = 0, name: str = label, cov: str = covariance) -> None:
            found.append(Case(name, mixture, block, covariance=cov))

        add(simplex(3, regular[3]))
        add(simplex(4, linear), 2)
        for k, d in ((2, 1), (3, 2), (4, 3), (3, 3)):
            add(simplex(k, "uniform", d))
        for m in (1, 2):
            add(simplex(4), m)
    found += [
        Case("free, full covariance", simplex(k, regular[k]), tied=False, covariance="full")
        for k in (2, 3)
    ]
    return tuple(found)


# --- measurement --------------------------------------------------------------------------------


def population(d: int, nodes: int = NODES) -> Points:
    """N(0, I_d) as nodes of a tensor Gauss–Hermite rule."""
    return Points.of(*gauss_hermite(d, nodes))


def local_law(case: Case, points: Points) -> Local:
    """p, κ and λ by Richardson's extrapolation in r² from one step at each of some radii."""
    w = np.array(case.weights, dtype=float)
    model = _model(case)
    rows = []
    for radius in RADII:
        at = Iterate.start(case.means() * radius, w)
        for _ in range(SETTLE):
            at = model.step(points, at)
        before, after = _size(at), _size(model.step(points, at))
        rows.append((before, 1 - after / before, one_gaussian(points) - log_likelihood(points, at)))
    (r0, _, kl0), (r1, f1, kl1), (r2, f2, _), (r3, f3, _) = rows
    first = math.log(f1 / f2) / math.log(r1 / r2)
    second = math.log(f2 / f3) / math.log(r2 / r3)
    power = (4 * second - first) / 3
    q = round(power)
    a, b, c = (fall / radius**q for radius, fall, _ in rows[1:])
    near, far = (4 * b - a) / 3, (4 * c - b) / 3
    kappa = (16 * far - near) / 15
    least = LEAST + ROUNDING / f3
    # KL is of order r^{p+2}: at the smaller radii too little of it is left in doubles
    wide, narrow = kl0 / r0 ** (q + 2), kl1 / r1 ** (q + 2)
    lam = (4 * narrow - wide) / 3
    return Local(
        case,
        power, abs(power - second) + least,
        kappa, abs(kappa - far) + least * abs(kappa),
        lam, 2 * abs(lam - narrow) + (LEAST + ROUNDING / kl1) * abs(lam),
    )  # fmt: skip


def _model(case: Case) -> Model:
    return Model(powers(case.mixture) if case.tied else None, case.covariance, case.learned)


def _size(at: Iterate) -> float:
    centred = at.means - (at.weights @ at.means)
    tied = np.allclose(np.linalg.norm(at.means, axis=1), np.linalg.norm(at.means[0]))
    means = at.means if tied else centred
    return math.sqrt(float(at.weights @ (means**2).sum(axis=1)))


def drifts(quick: bool) -> tuple[Drift, ...]:
    """Learned weights: where δ ends (k = 2), the factor there, and the drift towards equality."""
    found = []
    mixture = Mixture.simplex(2, "7/10,3/10")
    model, points = Model(powers(mixture), learned=True), population(1, 24)
    ends, factors = [], []
    for scale in (1 / 2, 1 / 4) if quick else (1 / 2, 1 / 4, 1 / 8):
        delta = 2 * scale / 5
        w = np.array([1 + delta, 1 - delta]) / 2
        at = last = Iterate.start(powers(mixture) @ np.array([delta]), w)
        while abs(at.theta[0]) > 1e-6 * delta:
            last, at = at, model.step(points, at)
        end = float(at.weights[0] - at.weights[1])
        ends.append(end / delta)
        factors.append(float(1 - at.theta[0] / last.theta[0]) / end**2)
    limit = (4 * ends[-1] - ends[-2]) / 3
    found.append(Drift("δ_∞/δ_0 from r_0 = δ_0", "end", mixture, limit, abs(limit - ends[-1])))
    spread = abs(factors[-1] - factors[0]) + LEAST
    found.append(Drift("(1 − factor)/δ_∞² at the end", "factor", mixture, factors[0], spread))
    for k, weights in ((3, "1/2,3/10,1/5"), (4, "2/5,3/10,1/5,1/10")):
        mixture = Mixture.simplex(k, weights)
        case = Case("", mixture, learned=True)
        model, points = _model(case), population(k - 1)
        w = np.array(case.weights, dtype=float)
        rates = []
        for radius in RADII[1:]:
            moved = model.step(points, Iterate.start(case.means() * radius, w)).weights - w
            rates.append(float(moved[0]) / radius**2)
        a, b, c = rates
        near, far = (4 * b - a) / 3, (4 * c - b) / 3
        value = (16 * far - near) / 15
        found.append(Drift(f"(π'_0 − π_0)/r², k = {k}", "drift", mixture, value,
                           abs(value - far) + LEAST * abs(value)))  # fmt: skip
    return tuple(found)


REGULAR = Mixture.simplex(3, "1/2,3/10,1/5")
SHOWN = (
    ("regular weights, tied", Case("", REGULAR)),
    ("regular weights, free", Case("", REGULAR, tied=False)),
    ("uniform, variance too, k = 3", Case("", Mixture.simplex(3), covariance="isotropic")),
    ("uniform, variance too, k = 2", Case("", Mixture.simplex(2), covariance="isotropic")),
)


def runs(steps: int) -> tuple[tuple[str, Case, tuple[int, ...], tuple[float, ...]], ...]:
    """Trajectories of r from r = 1/2 for the figure, at steps that are evenly spread in log t."""
    found = []
    for label, case in SHOWN:
        points, model = population(case.mixture.d, 24), _model(case)
        at = Iterate.start(case.means() / 2, np.array(case.weights, dtype=float))
        ts: list[int] = []
        rs: list[float] = []
        for t in range(1, steps + 1):
            at = model.step(points, at)
            size = _size(at)
            if size < 1e-3:
                break
            if t <= 10 or t >= 1.12 * ts[-1]:
                ts.append(t)
                rs.append(size)
        found.append((label, case, tuple(ts), tuple(rs)))
    return tuple(found)


def measure(quick: bool, on_progress: Progress) -> Measured:
    """All of it; nothing here is random."""
    on_progress("local laws", 0, 3)
    rules = {d: population(d) for d in (1, 2, 3)}
    local = tuple(local_law(case, rules[case.mixture.d]) for case in cases())
    on_progress("learned weights", 1, 3)
    moved = drifts(quick)
    on_progress("trajectories", 2, 3)
    return Measured(local, moved, runs(2000 if quick else 20000))
