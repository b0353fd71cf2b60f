"""``overspec run``: EM from a starting point, on the population or on data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overspec.commands.shared.options import (
    json_option,
    mixture_of,
    mixture_options,
    point_of,
    point_options,
)
from overspec.commands.shared.output import print_facts, print_json, print_table
from overspec.errors import InputError
from overspec.mixture import Energies, Mixture

EXAMPLES = """\b
Examples:
  overspec run --k 4 --weights linear --radius 1 --steps 30
  overspec run --k 3 --weights 1/2,3/10,1/5 --amplitudes 2 --covariance isotropic
  overspec run --k 3 --weights 1/2,3/10,1/5 --radius 1 --data points.csv --free --json"""

SAMPLE_DIGITS = 10  # of numbers computed in doubles from data
SINGLE_DIGITS = 5
MAX_STEPS = 1_000_000
SHOWN = 25  # rows of a long run that are printed


@click.command(short_help="EM step by step, on the population or on data.", epilog=EXAMPLES)
@mixture_options
@point_options
@click.option("--steps", type=int, default=20, show_default=True, help="EM steps to take.")
@click.option(
    "--data",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Points as .npy or .csv, one a row; without it the data are N(0, I) exactly.",
)
@click.option(
    "--tied/--free",
    default=True,
    show_default=True,
    help="Means tied to one theta by the rotation, or each free.",
)
@click.option(
    "--covariance",
    type=click.Choice(["fixed", "isotropic", "full"]),
    default="fixed",
    show_default=True,
    help="Covariance of the components: identity, or estimated too.",
)
@click.option(
    "--tolerance",
    type=float,
    default=0.0,
    show_default=True,
    metavar="EPS",
    help="With --data: stop once a step is no longer than this; 0 takes all steps.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="With --data: precision of the exponentials.",
)
@json_option
def run(
    k: int | None,
    d: int | None,
    weights: str | None,
    amplitudes: str | None,
    radius: str | None,
    steps: int,
    path: Path | None,
    tied: bool,
    covariance: str,
    tolerance: float,
    dtype: str,
    as_json: bool,
) -> None:
    """EM from theta, step by step: on the population N(0, I), or on data.

    The start is the orbit of theta. On the population rate_measured is the factor by which the
    KL divergence shrinks per step at the end of the run; on data, the factor of the step length.
    rate_predicted is its limit in theory. Data are taken in coordinates in which the rotation is
    block diagonal: one pair for each frequency 1, 2, ... below k/2, then one for k/2 if k is even.
    They are read a block at a time and may be larger than memory.
    """
    mixture = mixture_of(k, d, weights)
    start = point_of(mixture.k, amplitudes, radius)
    if not 0 <= steps <= MAX_STEPS:
        raise InputError(f"--steps {steps}: give a number from 0 to {MAX_STEPS}")
    if path is None and (tolerance or dtype != "float64"):
        raise InputError("--tolerance and --dtype are for --data; the population has neither")
    if path is None:
        facts = _population(mixture, start, radius, steps, tied, covariance)
    else:
        facts = _sample(mixture, start, steps, path, tied, covariance, tolerance, dtype)
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def _population(
    mixture: Mixture, start: Energies, radius: str | None, steps: int, tied: bool, covariance: str
) -> dict[str, Any]:
    if covariance == "full":
        raise InputError("--covariance full needs --data; on the population use fixed or isotropic")
    if not tied:
        return _free_population(mixture, radius, steps, covariance)
    from overspec.reports.content.format import exact_decimal
    from overspec.verify.em.population import trajectory

    found = trajectory(mixture, start, steps, covariance=covariance)
    rows = []
    for step in found.steps:
        digits = _digits_after(step.t)
        row: dict[str, Any] = {
            "t": step.t,
            "amplitudes": [exact_decimal(a, digits) for a in step.amplitudes],
            "norm": exact_decimal(step.norm, digits),
            "kl": exact_decimal(step.kl, digits),
        }
        if covariance != "fixed":
            row["variance"] = exact_decimal(step.variance, digits)
        rows.append(row)
    digits = _digits_after(found.steps[-1].t)
    measured = found.rate_measured
    facts = _mixture_facts(mixture) | {
        "steps": rows,
        "rate_measured": None if measured is None else exact_decimal(measured, digits),
        "rate_predicted": exact_decimal(found.rate_predicted),
        "evidence": found.evidence.value,
    }
    if found.t2_kl is not None:
        facts["t2_kl"] = exact_decimal(found.t2_kl, digits)
    return facts


def _digits_after(t: int) -> int:
    """Significant digits of an iterate: each step may lose 1e-12 of it."""
    return max(11 - len(str(t + 1)), 1)


def _free_population(
    mixture: Mixture, radius: str | None, steps: int, covariance: str
) -> dict[str, Any]:
    if radius is None:
        raise InputError(
            "--free on the population starts from a regular simplex: give --radius, not "
            "--amplitudes (or --data for a start of any shape)"
        )
    if covariance != "fixed":
        raise InputError(
            f"--free with --covariance {covariance} needs --data; on the population use fixed"
        )
    from overspec.reports.content.format import decimal_text
    from overspec.verify.em.population import free_trajectory

    accuracy = 1e-12
    found = free_trajectory(mixture, radius, steps)
    last, rate = found.steps[-1], found.rate_measured
    return _mixture_facts(mixture) | {
        "steps": [
            {
                "t": step.t,
                "means": [[decimal_text(x, accuracy, 11) for x in mean] for mean in step.means],
                "norm": decimal_text(step.norm, accuracy, 11),
                "kl": decimal_text(step.kl, accuracy, 11),
            }
            for step in found.steps
        ],
        "rate_measured": None if rate is None else decimal_text(rate, 2 * accuracy / last.kl, 11),
        "rate_predicted": "1",  # free means: the Jacobian at the optimum has eigenvalue 1
        "t2_kl": decimal_text(found.t2_kl, accuracy * max(last.t, 1) ** 2, 11),
        "evidence": found.evidence.value,
    }


def _sample(
    mixture: Mixture,
    start: Energies,
    steps: int,
    path: Path,
    tied: bool,
    covariance: str,
    tolerance: float,
    dtype: str,
) -> dict[str, Any]:
    from overspec.reports.content.format import exact_decimal, root_decimal
    from overspec.verify.em.sample import load_data, sample_em

    theta = [0.0] * mixture.d
    placed: set[int] = set()
    amplitudes = [float(root_decimal(energy, 17)) for energy in start]
    for block in mixture.action.blocks:  # the first axis of the first block of each frequency
        if block.frequency and block.frequency not in placed:
            theta[block.start] = amplitudes[block.frequency - 1]
            placed.add(block.frequency)
    data = load_data(path)
    found = sample_em(data, mixture, theta, steps, tied, covariance, tolerance, dtype)
    digits = SAMPLE_DIGITS if dtype == "float64" else SINGLE_DIGITS

    def text(value: float) -> str:
        return exact_decimal(value, digits)

    rows = []
    for step in found.steps:
        row: dict[str, Any] = {
            "t": step.t,
            "norm": text(step.norm),
            "log_likelihood": text(step.log_likelihood),
        }
        if covariance != "fixed":
            row["variance"] = text(step.variance)
        if tied:
            row["theta"] = [text(x) for x in step.theta]
        else:
            row["means"] = [[text(x) for x in mean] for mean in step.means]
        rows.append(row)
    measured = found.rate_measured
    return _mixture_facts(mixture) | {
        "n": found.n,
        "steps": rows,
        "rate_measured": None if measured is None else text(measured),
        "rate_predicted": text(found.rate_predicted),
        "covariance": [[text(x) for x in row] for row in found.covariance],
        "evidence": found.evidence.value,
    }


def _mixture_facts(mixture: Mixture) -> dict[str, Any]:
    return {"k": mixture.k, "d": mixture.d, "weights": str(mixture.weights)}


def _print(facts: dict[str, Any]) -> None:
    rate = "step length" if "n" in facts else "KL"
    shown = [
        "t",
        *(c for c in ("norm", "kl", "log_likelihood", "variance") if c in facts["steps"][0]),
    ]
    amplitudes = "amplitudes" in facts["steps"][0]
    print_table(
        [*shown, *(["amplitudes"] if amplitudes else [])],
        [
            [
                *(str(step[c]) for c in shown),
                *([", ".join(step["amplitudes"])] if amplitudes else []),
            ]
            for step in _some(facts["steps"])
        ],
        right="t",
    )
    click.echo()
    measured = facts["rate_measured"]
    print_facts(
        [
            (
                f"{rate} factor per step, measured at the end",
                measured or "none (sublinear or too short)",
            ),
            (f"{rate} factor per step, predicted limit", facts["rate_predicted"]),
            *([("t^2 KL at the end", facts["t2_kl"])] if "t2_kl" in facts else []),
            ("evidence", facts["evidence"]),
        ]
    )


def _some(rows: list[Any]) -> list[Any]:
    """At most SHOWN rows, evenly spread, first and last included."""
    if len(rows) <= SHOWN:
        return rows
    return [rows[round(i * (len(rows) - 1) / (SHOWN - 1))] for i in range(SHOWN)]
