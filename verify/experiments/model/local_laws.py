"""What the ties are worth: EM with more of the model free, from the same kind of start.

For each model the law ``r' = r(1 − κ r^p)`` of the size r of the means and ``KL = λ r^{p+2}`` are
measured on small radii by one EM step each, in balls of 50 digits (`ball_em`: in doubles a
difference like 1 − r'/r = 1e-12 has no digits), and compared with `mismatch`: p = 0 is linear
convergence with factor 1 − κ, p > 0 a decay like t^{-1/p}. Learned weights move as well; how far is
measured apart, in doubles, where nothing cancels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from overspec.mixture import Mixture
from overspec.verify.em.reference import gauss_hermite
from overspec.verify.em.sample_update import powers
from overspec.verify.engines.richardson import EPSILON
from overspec.verify.experiments.experiment import Progress
from overspec.verify.experiments.interval import Interval
from overspec.verify.experiments.limits import limit
from overspec.verify.experiments.model import ball_em
from overspec.verify.experiments.model.ball_em import BITS, BallIterate, BallModel
from overspec.verify.experiments.model.mismatch import Configuration
from overspec.verify.experiments.points import Iterate, Model, Points

Array = NDArray[np.float64]

RADII = tuple(2.0**-n for n in range(4, 9))
NODES = 16  # per axis: exact for polynomials of degree 31
#: κ and λ are made of moments up to order p + 2 ≤ 8, which this many nodes have up to order 15.
FEW = 8
SETTLE = 3  # steps after which the covariance follows the means up to O(r^8), beyond the law's p
#: The directions of the start are doubles: turned by so little they turn κ and λ by no more.
START = 16 * EPSILON
UNKNOWN = Interval(0.0, math.inf, 1)  # of κ and λ nothing can be said when p is not known
GONE = 1e-4  # |θ|/δ at which a run with learned weights has ended


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
    """p, κ and λ of ``r' = r(1 − κ r^p)`` and ``KL = λ r^{p+2}`` as measured."""

    case: Case
    power: Interval
    kappa: Interval
    lam: Interval


@dataclass(frozen=True)
class Drift:
    """A number about learned weights, and the name of its prediction."""

    name: str
    key: str
    mixture: Mixture
    value: Interval


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


def local_law(case: Case, radii: tuple[float, ...] = RADII, bits: int = BITS) -> Local:
    """p, κ and λ by Richardson's extrapolation from one step at each of some radii.

    EM commutes with x ↦ −x, so all that is measured is even in the radius of the start: p from the
    quotient of two falls 1 − r'/r, κ and λ as ``(1 − r'/r)/r^p`` and ``KL/r^{p+2}``. The error is
    that of `limit` for the balls' radii, and `START`; where the balls are too wide, with too few
    bits, it is infinite.
    """
    with ctx.workprec(bits):
        rule = ball_em.gauss_hermite(case.mixture.d, FEW)
        model, start = _ball_model(case), case.means()
        rows = []
        for radius in radii:
            at = _ball_start(case, start * radius)
            for _ in range(SETTLE):
                at = model.step(rule, at)
            size = _ball_size(case, at)
            fall = 1 - _ball_size(case, model.step(rule, at)) / size
            rows.append((size, fall, ball_em.e_step(rule, at).divergence))
        power = _limit(
            [
                (before / after).log() / (wide / narrow).log()
                for (wide, before, _), (narrow, after, _) in pairwise(rows)
            ]
        )
        if not power.half < 1 / 2:
            return Local(case, UNKNOWN, UNKNOWN, UNKNOWN)
        q = round(power.mean)
        kappa = _limit([fall / size**q for size, fall, _ in rows])
        lam = _limit([kl / size ** (q + 2) for size, _, kl in rows])
    return Local(case, power, kappa, lam)


def _limit(values: list[arb]) -> Interval:
    """Of balls: their radii, the rounding of their midpoints to doubles, and `START`."""
    middles = [float(value.mid()) for value in values]
    radii = [float(value.rad()) for value in values]
    errors = [radius + START * abs(middle) for radius, middle in zip(radii, middles, strict=True)]
    return limit(middles, errors)


def _model(case: Case) -> Model:
    return Model(powers(case.mixture) if case.tied else None, case.covariance, case.learned)


def _ball_model(case: Case) -> BallModel:
    turns = ball_em.turns(case.mixture) if case.tied else ()
    return BallModel(turns, case.covariance, case.learned)


def _ball_start(case: Case, means: Array) -> BallIterate:
    """These means, taken as exact, and the identity."""
    weights = tuple(map(ball_em.ball, case.weights))
    return BallIterate(arb_mat(means.tolist()), ball_em.identity(case.mixture.d), weights)


def _ball_size(case: Case, at: BallIterate) -> arb:
    rows = at.means.tolist()
    if case.tied:
        return sum((v * v for v in rows[0]), arb(0)).sqrt()
    means = list(zip(at.weights, rows, strict=True))
    total = arb(0)
    for a in range(case.mixture.d):
        mean = sum((w * row[a] for w, row in means), arb(0))
        total += sum((w * (row[a] - mean) ** 2 for w, row in means), arb(0))
    return total.sqrt()


def _size(case: Case, at: Iterate) -> float:
    means = at.means if case.tied else at.means - (at.weights @ at.means)
    return math.sqrt(float(at.weights @ (means**2).sum(axis=1)))


def drifts(quick: bool) -> tuple[Drift, ...]:
    """Learned weights: where δ ends (k = 2), the factor there, and the drift towards equality."""
    return (*_ends(3 if quick else 4), *(_drift(Mixture.simplex(len(w), w)) for w in DRIFTING))


DRIFTING = ((Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)),
            (Fraction(2, 5), Fraction(3, 10), Fraction(1, 5), Fraction(1, 10)))  # fmt: skip


def _ends(scales: int) -> tuple[Drift, ...]:
    """δ_∞/δ_0 from r_0 = δ_0 → 0, and (1 − factor)/δ_∞² there.

    A run of T steps in doubles is off by some T units in the last place of a weight: each step
    rounds π (two components, 24 nodes: 64 units cover the sums and their exponentials), no
    direction grows, and δ is the difference of the weights. What is left of θ, GONE times δ, still
    moves δ by GONE² of itself, and the factor's gap ``E tanh²(θx + artanh δ) ≈ δ² + (1 − δ²)
    (1 − 3δ²)θ²`` by GONE² (δ/δ_∞)² of itself at the most, of which twice as much is stated. There θ
    is a small sum of numbers near 1, so that the factor is taken from one step in balls.
    """
    mixture = Mixture.simplex(2, "7/10,3/10")
    model, points = Model(powers(mixture), learned=True), population(1, 24)
    ends, errors, factors = [], [], []
    for scale in range(scales):
        delta = 2.0**-scale / 5
        w = np.array([1 + delta, 1 - delta]) / 2
        at = Iterate.start(powers(mixture) @ np.array([delta]), w)
        steps = 0
        while abs(at.theta[0]) > GONE * delta:
            at, steps = model.step(points, at), steps + 1
        end = float(at.weights[0] - at.weights[1])
        ends.append(end / delta)
        errors.append(64 * steps * EPSILON / delta + GONE**2)
        off = 2 * (GONE * delta / end) ** 2 + 4 * EPSILON
        factors.append(Interval(_gap(mixture, at), off, 1))
    return (
        Drift("δ_∞/δ_0 from r_0 = δ_0", "end", mixture, limit(ends, errors)),
        *(Drift(f"(1 − factor)/δ_∞² at the end, δ_0 = 1/{5 * 2**scale}", "factor", mixture, value)
          for scale, value in enumerate(factors)),
    )  # fmt: skip


def _gap(mixture: Mixture, at: Iterate) -> float:
    """(1 − θ'/θ)/δ² of one step for k = 2, the doubles of the iterate taken as exact."""
    with ctx.workprec(BITS):
        weights = tuple(arb(float(w)) for w in at.weights)
        total = sum(weights, arb(0))
        start = BallIterate(
            arb_mat(at.means.tolist()), ball_em.identity(1), tuple(w / total for w in weights)
        )
        after = BallModel(ball_em.turns(mixture)).step(ball_em.gauss_hermite(1, FEW), start)
        delta = start.weights[0] - start.weights[1]
        return float((1 - after.means[0, 0] / start.means[0, 0]) / delta**2)


def _drift(mixture: Mixture) -> Drift:
    """(π'_0 − π_0)/r² of one step as r → 0, in balls."""
    case = Case("", mixture, learned=True)
    with ctx.workprec(BITS):
        rule, model, start = ball_em.gauss_hermite(mixture.d, FEW), _ball_model(case), case.means()
        rates = []
        for radius in RADII:
            at = _ball_start(case, start * radius)
            moved = model.step(rule, at).weights[0] - at.weights[0]
            rates.append(moved / arb(radius) ** 2)
        value = _limit(rates)
    return Drift(f"(π'_0 − π_0)/r², k = {mixture.k}", "drift", mixture, value)


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
            size = _size(case, at)
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
    local = tuple(map(local_law, cases()))
    on_progress("learned weights", 1, 3)
    moved = drifts(quick)
    on_progress("trajectories", 2, 3)
    return Measured(local, moved, runs(2000 if quick else 20000))
