"""Experiment ``tables``: tied simplex EM on every suitable table that scikit-learn ships.

Each table is whitened to its first three principal components on a random half; the other half is
held out. One Gaussian, N(0, I) there, is the most likely Gaussian of the fitted half, and the
reference. Tied EM with four components has weights of several families, a full common covariance
that is estimated too, and starts of four kinds; SQUAREM takes it to its end. scikit-learn's
GaussianMixture chooses its number of components, 1 to 6, and the shape of its covariances by BIC.

Intervals are for the mean over random halves of these very tables, of which the halves are
independent draws; they say nothing of other rows from the same source.

Not taken: linnerud (20 rows), and the digits, which have an experiment of their own.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Energies, Mixture
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.em.choice import criteria
from overspec.verify.em.reference import parameter
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_update import powers
from overspec.verify.experiments.data.digit_fits import SIMPLEX, STARTS, halves, starts, turned
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.extra import scikit_learn
from overspec.verify.experiments.interval import Case, Interval, decided
from overspec.verify.experiments.start import lloyd_map

Array = NDArray[np.float64]

#: Table → whether its rows have classes: clusters that a mixture may find.
TABLES = {"iris": True, "wine": True, "breast_cancer": True, "diabetes": False}
D, K = 3, 4
HEAVY = "one-heavy:7/10"
FAMILIES = (HEAVY, "uniform", "linear", "geometric:1/2")
BY_BIC = ("by BIC", "by BIC")  # of the weights and starts, the one with the least
KINDS = ("full", "tied", "diag", "spherical")
MOST = 6  # components of GaussianMixture
STEPS, STILL = 500, 1e-5
CONFIDENCE = 0.95
COLLAPSED = 1e-3  # size of the means of a fit that ends at one Gaussian
SHARE = 0.8  # of the fits that counts as most


@dataclass(frozen=True)
class Row:
    """A way to fit a table, over its random halves.

    Attributes:
        table, weights, start: of what, ``weights`` and ``start`` empty for GaussianMixture.
        gain, fitted: log-likelihood a point over one Gaussian, held out and fitted, in nats.
        bic: BIC a fitted row, less that of one Gaussian.
        gains: of each half.
        collapsed: share of the fits that end at one Gaussian.
        chosen: what BIC chose, and how often.
    """

    table: str
    weights: str
    start: str
    gain: Interval
    fitted: Interval
    bic: Interval
    gains: tuple[float, ...]
    collapsed: float
    chosen: str = ""


@dataclass(frozen=True)
class Measured:
    """All rows."""

    rows: tuple[Row, ...]
    mixtures: tuple[Mixture, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(dict.fromkeys(row.table for row in self.rows))

    def of(self, table: str, tied: bool) -> tuple[Row, ...]:
        """The rows of one table: of tied EM, or the one of GaussianMixture."""
        return tuple(r for r in self.rows if r.table == table and bool(r.weights) == tied)


@dataclass(frozen=True)
class _Fit:
    gain: float
    fitted: float
    bic: float
    size: float
    chosen: str = ""


def halved(values: list[float]) -> Interval:
    """The mean over random halves."""
    return Interval.of(values, confidence=CONFIDENCE)


def measured(splits: int, seed: int, on_progress: Progress) -> Measured:
    """Every table, every split with a stream of its own.

    Raises:
        InputError: scikit-learn is not installed.
    """
    rows: list[Row] = []
    for done, name in enumerate(TABLES):
        x = getattr(scikit_learn("datasets"), f"load_{name}")().data
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        found: dict[tuple[str, str], list[_Fit]] = {}
        for split in range(splits):
            on_progress(f"{name}, half {split + 1}", done * splits + split, len(TABLES) * splits)
            rng = np.random.default_rng([seed, done, split])
            inner, outer = halves(x, D, rng)
            found.setdefault(("", ""), []).append(_peer(inner, outer))
            tied = _tied(inner, outer, rng)
            chosen = min(tied, key=lambda key: tied[key].bic)
            tied[BY_BIC] = replace(tied[chosen], chosen=", ".join(chosen))
            for key, fit in tied.items():
                found.setdefault(key, []).append(fit)
        rows += [_row(name, *key, fits) for key, fits in found.items()]
    return Measured(tuple(rows), tuple(Mixture.simplex(K, family) for family in FAMILIES))


def _row(table: str, weights: str, start: str, fits: list[_Fit]) -> Row:
    names = [fit.chosen for fit in fits]
    counted = sorted(set(names), key=lambda name: -names.count(name))
    return Row(
        table, weights, start,
        halved([fit.gain for fit in fits]), halved([fit.fitted for fit in fits]),
        halved([fit.bic for fit in fits]), tuple(fit.gain for fit in fits),
        float(np.mean([fit.size < COLLAPSED for fit in fits])),
        ", ".join(f"{name} ({names.count(name)})" for name in counted if name),
    )  # fmt: skip


def gaussian(x: Array) -> float:
    """Mean log density of rows under N(0, I)."""
    return -float((x**2).sum(axis=1).mean() + x.shape[1] * math.log(2 * math.pi)) / 2


def _bic(log_likelihood: float, parameters: float, n: int) -> float:
    """A row."""
    return -2 * log_likelihood + parameters * math.log(n) / n


ONE = D + D * (D + 1) // 2  # parameters of a Gaussian


def _tied(inner: Array, outer: Array, rng: np.random.Generator) -> dict[tuple[str, str], _Fit]:
    simplex = Mixture.simplex(K)
    vertices = powers(simplex) @ parameter(simplex, Energies.regular_simplex(K, 1))
    n, fits = len(inner), {}
    for start, means in starts(inner, vertices, rng).items():
        turn = turned(means, vertices)
        known, held = inner @ turn, outer @ turn
        theta = vertices[0] * lloyd_map.size(means)
        for family in FAMILIES:
            mixture = Mixture.simplex(K, family)
            run = sample_em(
                known, mixture, theta, STEPS, covariance="full", tolerance=STILL,
                accelerate="squarem",
            )  # fmt: skip
            end = run.steps[-1]
            seen = sample_em(held, mixture, end.theta, 0, covariance0=run.covariance)
            worth = criteria(known, run)
            reference = _bic(gaussian(inner), ONE, n)
            fits[family, start] = _Fit(
                float(seen.log_likelihood[0]) - gaussian(outer),
                end.log_likelihood - gaussian(inner),
                _bic(end.log_likelihood, worth.parameters, n) - reference,
                end.norm,
            )
    return fits


def _peer(inner: Array, outer: Array) -> _Fit:
    """GaussianMixture with the least BIC."""
    make = scikit_learn("mixture").GaussianMixture
    fits = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that one has not converged is for BIC to judge
        for kind in KINDS:
            for k in range(1, MOST + 1):
                fits.append(make(k, covariance_type=kind, random_state=0).fit(inner))
    best = min(fits, key=lambda fit: fit.bic(inner))
    n = len(inner)
    return _Fit(
        float(best.score(outer)) - gaussian(outer),
        float(best.score(inner)) - gaussian(inner),
        float(best.bic(inner)) / n - _bic(gaussian(inner), ONE, n),
        math.inf,
        f"{best.n_components} {best.covariance_type}",
    )


# --- prediction ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prediction:
    """What a table with classes shows.

    Attributes:
        found: whether GaussianMixture gains over one Gaussian on the held-out half.
        less: whether tied EM, weights and start chosen by BIC too, gains less on the average.
        one: whether tied EM with one heavy weight from a simplex ends at one Gaussian.
    """

    found: bool = True
    less: bool = True
    one: bool = True


def judge(form: Prediction, measured: Measured) -> Finding:
    """For every table; the first two where the rows have classes, the second for all together."""
    cases, less = [], []
    for table in measured.tables:
        (peer,) = measured.of(table, tied=False)
        for row in measured.of(table, tied=True):
            if (row.weights, row.start) == (HEAVY, SIMPLEX):
                share = row.collapsed if form.one else 1 - row.collapsed
                words = f"{row.collapsed:.0%} of the fits from a simplex are one Gaussian, {table}"
                cases.append(Case(words, share - SHARE, share >= SHARE))
            if TABLES[table] and (row.weights, row.start) == BY_BIC:
                less.append([b - a for a, b in zip(row.gains, peer.gains, strict=True)])
        if TABLES[table]:
            cases.append(_sided(f"GaussianMixture gains {peer.gain}, {table}", peer.gain,
                                form.found))  # fmt: skip
    more = halved([float(np.mean(each)) for each in zip(*less, strict=True)])
    words = f"tied EM gains {more} nats less than GaussianMixture, all tables with classes"
    cases.append(_sided(words, more, form.less))
    return decided(cases, Evidence.SAMPLED)


def _sided(words: str, seen: Interval, above: bool) -> Case:
    low, high = seen.mean - seen.half, seen.mean + seen.half
    return Case.within(words, *((low, high) if above else (-high, -low)), 0.0)


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Every way on every table."""
    return Table(
        ("table", "weights", "start", "held-out gain over one Gaussian, nats",
         "gain on fitted data", "BIC a row less that of one Gaussian", "ends at one Gaussian",
         "chosen by BIC"),
        tuple(
            (row.table, row.weights or "GaussianMixture", row.start, str(row.gain),
             str(row.fitted), str(row.bic), f"{row.collapsed:.0%}" if row.weights else "",
             row.chosen)
            for row in measured.rows
        ),
    )  # fmt: skip


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """Held-out gains by table: GaussianMixture, and tied EM's mean over the starts."""

    def over(pick: Callable[[Row], bool], name: str) -> float:
        rows = [r for r in measured.rows if r.table == name and pick(r)]
        return float(np.mean([r.gain.mean for r in rows]))

    at = list(range(1, len(measured.tables) + 1))
    ways: list[tuple[str, Callable[[Row], bool]]] = [
        ("GaussianMixture by BIC", lambda r: not r.weights),
        *((f"tied, {family}", lambda r, f=family: r.weights == f) for family in FAMILIES),
    ]
    series = [
        Series.of(title, "points", at, [over(pick, name) for name in measured.tables])
        for title, pick in ways
    ]
    return (
        FigureData.of(
            "tables",
            "Tables that scikit-learn ships: what a mixture gains over one Gaussian",
            "Held out, mean over random halves and starts; 1 to 4: "
            + ", ".join(measured.tables)
            + ".",
            ("table", "gain, nats a point"),
            series,
            provenance,
        ),
    )


def remarks(measured: Measured) -> str:
    """What comes out, table by table."""
    lines = []
    for name in measured.tables:
        (peer,) = measured.of(name, tied=False)
        ways = measured.of(name, tied=True)
        (best,) = (row for row in ways if (row.weights, row.start) == BY_BIC)
        lines.append(
            f"{name}: GaussianMixture, by BIC {peer.chosen}, gains {peer.gain} nats a held-out "
            f"row; tied EM, weights and start by BIC too, {best.gain}. From a simplex with weights "
            f"{HEAVY} {_ended(ways):.0%} of the fits are one Gaussian."
        )
    return "\n".join(lines)


def _ended(rows: tuple[Row, ...]) -> float:
    return next(r.collapsed for r in rows if (r.weights, r.start) == (HEAVY, SIMPLEX))


def measure(settings: Settings, on_progress: Progress) -> Measured:
    """At one of two sizes."""
    return measured(6 if settings.quick else 20, settings.seed, on_progress)


EXPERIMENT = Experiment(
    name="tables",
    title="tables that scikit-learn ships: tied simplex EM against GaussianMixture with BIC",
    statement="On tables whose rows have classes GaussianMixture, chosen by BIC, gains over one "
    "Gaussian on the held-out half; tied EM, weights and start chosen by BIC too, gains less on "
    "the average over them. With one heavy weight from a simplex it ends at one Gaussian.",
    source=f"math.md S4, section 8; {SUMMARY}, Next Checks 3",
    domain="iris, wine, breast_cancer and diabetes of scikit-learn, three principal components, "
    f"k = {K}, weights {', '.join(FAMILIES)}, starts {', '.join(STARTS)}, full covariance, "
    "random halves",
    stated=Form("GaussianMixture gains, tied EM gains less, with one heavy weight it ends at one "
                "Gaussian", Prediction()),
    mutants=(
        Form("GaussianMixture gains nothing", Prediction(found=False)),
        Form("tied EM gains as much", Prediction(less=False)),
        Form("tied EM with one heavy weight finds structure", Prediction(one=False)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
    peer=True,
)  # fmt: skip
