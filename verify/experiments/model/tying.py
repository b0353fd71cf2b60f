"""Experiment ``tying``: what each tie is worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overspec.decimals import decimal
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Series
from overspec.mixture import Mixture
from overspec.proofs.questions.uniform_rate import Rate
from overspec.verify.claims.claim import SUMMARY, Finding, Form
from overspec.verify.experiments import interval
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table
from overspec.verify.experiments.interval import Interval, decided
from overspec.verify.experiments.model import local_laws
from overspec.verify.experiments.model.local_laws import Case, Measured


def divergence(rate: Rate) -> Fraction:
    """λ of ``KL = λ r^{p+2}``."""
    return rate.kappa / (rate.power + 2)


@dataclass(frozen=True)
class Prediction:
    """A law for each model, numbers about learned weights by key, and λ for each law."""

    law: Callable[[Case], Rate | None]
    drift: Callable[[str, Sequence[Fraction]], float]
    divergence: Callable[[Rate], Fraction] = divergence


def law(case: Case) -> Rate | None:
    """The first moment that the model cannot match; learned weights keep their rate near 0."""
    return case.configuration.law(case.mixture.d, case.covariance)


def drift(key: str, w: Sequence[Fraction]) -> float:
    """``δ_∞ = δ_0 e^{−r_0²/(2δ_0²)}``, ``1 − δ_∞²``, ``π'_i − π_i = c²π_i(Σπ² − π_i)``."""
    k = len(w)
    return {
        "end": math.exp(-1 / 2),
        "factor": 1.0,
        "drift": float(Fraction(k, k - 1) * w[0] * (sum(p * p for p in w) - w[0])),
    }[key]


TELLS = 1e-3  # the relative error of κ, λ and the like that tells one law from another
TELLS_POWER = 1e-2  # and that of p, absolute


def judge(form: Prediction, measured: Measured) -> Finding:
    """Each p, κ and λ, and each number about learned weights, within its error."""
    cases = []
    for found in measured.local:
        case = found.case
        where = f"{case.name}, {case.mixture}" + (f", block {case.block}" if case.block else "")
        rate = form.law(case)
        p, kappa, lam = -1.0, 0.0, 0.0
        if rate is not None:
            p, kappa, lam = rate.power, float(rate.kappa), float(form.divergence(rate))
        q = round(found.power.mean) + 2
        cases += [
            found.power.case(f"p = {found.power} of {where}", p, TELLS_POWER),
            _case(found.kappa, f"κ = {found.kappa} of {where}", kappa),
            _case(found.lam, f"KL/r^{q} = {found.lam} of {where}", lam),
        ]
    for item in measured.drift:
        predicted = form.drift(item.key, Case("", item.mixture).weights)
        cases.append(_case(item.value, f"{item.name} = {item.value}", predicted))
    return decided(cases, Evidence.MEASURED)


def _case(value: Interval, words: str, predicted: float) -> interval.Case:
    return value.case(words, predicted, TELLS * abs(value.mean))


# --- mutants ------------------------------------------------------------------------------------


def _as_if(covariance: str, instead: str) -> Callable[[Case], Rate | None]:
    """Models of one kind of covariance predicted as if they were of another."""
    return lambda case: case.configuration.law(
        case.mixture.d, instead if case.covariance == covariance else case.covariance
    )


def _single_block(case: Case) -> Rate | None:
    """On the uniform simplex with k = 4 and a variance: c − 1/d with the c = 1/2 of one block."""
    uniform = len(set(case.weights)) == 1
    if case.covariance == "isotropic" and uniform and case.mixture.k == 4 and not case.block:
        return Rate(2, Fraction(1, 2) - Fraction(1, 3))
    return law(case)


def _tied_rate(case: Case) -> Rate | None:
    """Free means that keep the rate of tied ones."""
    tied = Case(case.name, case.mixture, case.block, True, case.covariance, case.learned)
    return law(tied)


def _uniform_rate(case: Case) -> Rate | None:
    """Learned weights at once uniform."""
    if not case.learned:
        return law(case)
    return law(Case(case.name, Mixture.simplex(case.mixture.k), case.block))


def _kept_weights(key: str, w: Sequence[Fraction]) -> float:
    """Learned weights that stay where they start."""
    return {"end": 1.0, "factor": 1.0, "drift": 0.0}[key]


# --- for a reader -------------------------------------------------------------------------------


def table(measured: Measured) -> Table:
    """Measured and predicted law of every model."""
    rows = []
    for found in measured.local:
        case, rate = found.case, law(found.case)
        start = "simplex" if not case.block else f"block {case.block}"
        rows.append(
            (
                case.name,
                str(case.mixture.k),
                str(case.mixture.d),
                str(case.mixture.weights),
                start if case.tied else "white simplex",
                str(found.power),
                "" if rate is None else str(rate.power),
                str(found.kappa),
                "" if rate is None else str(rate.kappa),
                str(found.lam),
                "" if rate is None else str(divergence(rate)),
                "" if rate is None else _in_words(rate),
            )
        )
    for item in measured.drift:
        m = item.mixture
        predicted = decimal(drift(item.key, Case("", m).weights))
        rows.append(
            (
                f"tied, weights learned: {item.name}",
                *(str(m.k), str(m.d), str(m.weights), "simplex", "", ""),
                str(item.value),
                predicted,
                *("", "", ""),
            )
        )
    return Table(
        ("model", "k", "d", "weights", "start", "p measured", "p predicted",
         "κ measured", "κ predicted", "KL/r^(p+2) measured", "KL/r^(p+2) predicted", "so"),
        tuple(rows),
    )  # fmt: skip


def _in_words(rate: Rate) -> str:
    if rate.power == 0:
        return f"linear, factor {1 - rate.kappa}"
    said = f"r ~ t^(-1/{rate.power}), t r^{rate.power} -> {rate.limit}"
    return said + (f", t^2 KL -> {1 / (16 * rate.kappa)}" if rate.power == 2 else "")


def figures(measured: Measured, provenance: Provenance) -> tuple[FigureData, ...]:
    """Trajectories of r, and the laws t r^p → 1/(pκ) that they approach."""
    series = []
    for label, case, ts, rs in measured.runs:
        x = tuple(map(str, ts))
        series.append(Series.of(label, "line", x, rs))
        rate = law(case)
        if rate is not None and rate.power:
            late = [t for t in ts if t >= 30]
            guide = [(float(rate.limit) / t) ** (1 / rate.power) for t in late]
            series.append(Series.of("", "guide", late, guide))
    return (
        FigureData.of(
            "tying",
            "What each tie is worth",
            "Population EM from means of size 1/2, on quadrature nodes. Only tied means with "
            "regular weights shrink exponentially; the others follow t r^p → 1/(pκ) (dotted), tied "
            "means with uniform weights the same line as free ones. Measured in doubles, without a "
            "bound.",
            ("EM step t", "size r of the means"),
            series,
            provenance,
            log="xy",
        ),
    )


def remarks(measured: Measured) -> str:
    """The exponents that were found, and the end of learned weights."""
    linear = sorted({f.case.name for f in measured.local if round(f.power.mean) == 0})
    said = ["Linear: " + "; ".join(linear) + " (regular weights)."]
    for power in (2, 4, 6):
        names = [
            f"{f.case.name}, k = {f.case.mixture.k}, d = {f.case.mixture.d}"
            + (f", block {f.case.block}" if f.case.block else "")
            for f in measured.local
            if round(f.power.mean) == power
        ]
        said.append(f"r ~ t^(-1/{power}): " + "; ".join(names) + ".")
    end = next(item for item in measured.drift if item.key == "end")
    said.append(
        f"Learned weights at k = 2 keep the share {end.value} of their "
        f"difference δ_0 from r_0 = δ_0 in the limit of small starts (e^(-1/2) = "
        f"{math.exp(-0.5):.6f}), and end linearly with the factor 1 − δ_∞²."
    )
    return "\n".join(said)


def measure(settings: Settings, on_progress: Progress) -> Measured:
    """Nothing here is random: the seed does not matter."""
    return local_laws.measure(settings.quick, on_progress)


EXPERIMENT = Experiment(
    name="tying",
    title="tied, free, learned, with a covariance: the law of each model",
    statement=r"Let $n$ be the order of the first Hermite coefficient of the mixture that the "
    r"model cannot make vanish, of size $|\gamma_n|r^n$ for means of size $r$. Then "
    r"$r'=r(1-\kappa r^{2(n-1)})$ near the optimum, $\kappa=|\gamma_n|^2/(n-1)!$, "
    r"and $\mathrm{KL}=\kappa r^{2n}/(2n)$.",
    source=f"math.md Q1, Q2, T2, T4; {SUMMARY}, Open Questions 1 and 2",
    domain="population EM, k = 2, 3, 4, d ≤ 3, means of size 1/16 to 1/256",
    stated=Form("p = 2(n − 1), κ = |γ_n|²/(n − 1)!, KL = κ r^(p+2)/(p + 2) in every model; learned "
                "weights drift by c²π_i(Σπ² − π_i) a step and end at δ_0 e^(-r_0²/(2δ_0²)) at "
                "k = 2",
                Prediction(law, drift)),
    mutants=(
        Form("free means keep the exponential rate", Prediction(_tied_rate, drift)),
        Form("an estimated variance changes nothing",
             Prediction(_as_if("isotropic", "fixed"), drift)),
        Form("a variance and a full covariance have the same law in every d: no t^(-1/2) at "
             "k = 3, d = 3", Prediction(_as_if("isotropic", "full"), drift)),
        Form("a full covariance does no more than a variance",
             Prediction(_as_if("full", "isotropic"), drift)),
        Form("the simplex with k = 4, d = 3 and a variance stays t^(-1/2), with c − 1/d of a "
             "single block", Prediction(_single_block, drift)),
        Form("KL is κ r^(p+2)/2 in every model, as in a quadratic one",
             Prediction(law, drift, lambda rate: rate.kappa / 2)),
        Form("learned weights lose the linear rate at once", Prediction(_uniform_rate, drift)),
        Form("learned weights stay where they start", Prediction(law, _kept_weights)),
    ),
    measure=measure,
    judge=judge,
    table=table,
    figures=figures,
    remarks=remarks,
)  # fmt: skip
