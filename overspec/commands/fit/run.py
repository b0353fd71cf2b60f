"""``overspec run``: EM from a starting point, on the population or on data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overspec.commands.fit.options import (
    data_options,
    fit_options,
    patient_progress,
    weights_of_rows,
)
from overspec.commands.shared.options import (
    json_option,
    mixture_of,
    mixture_options,
    point_of,
    point_options,
)
from overspec.commands.shared.output import print_result, waiting
from overspec.errors import InputError
from overspec.mixture import Energies, Mixture

if TYPE_CHECKING:
    from overspec.verify.em.free import FreeTrajectory
    from overspec.verify.em.population import Trajectory

EXAMPLES = """\b
Examples:
  overspec run --k 4 --weights linear --radius 1 --steps 30
  overspec run --k 3 --weights 1/2,3/10,1/5 --amplitudes 2 --covariance isotropic
  overspec run --k 3 --weights 1/2,3/10,1/5 --radius 1 --data points.csv --free --json
  overspec run --k 2 --weights uniform --radius 1 --accelerate squarem
  overspec run --k 2 --d 2 --weights uniform --radius 1 --data points.csv --accelerate anderson"""

MAX_STEPS = 1_000_000


@click.command(short_help="EM step by step, on the population or on data.", epilog=EXAMPLES)
@mixture_options
@point_options
@click.option("--steps", type=int, default=20, show_default=True, help="EM steps to take.")
@data_options
@click.option(
    "--freeze",
    metavar="N,...",
    help="With --data: what keeps its start: frequencies of tied means, components (0, 1, ...) "
    "of free ones.",
)
@click.option(
    "--start",
    "start_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --data, instead of --radius or --amplitudes: theta as one row of d numbers, or "
    "with --free k means as rows.",
)
@click.option(
    "--restarts",
    type=int,
    default=0,
    show_default=True,
    metavar="R",
    help="With --data: R more starts, drawn at random; the most likely end is kept.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of --restarts.")
@fit_options
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
    header: bool | None,
    index: bool | None,
    weight_path: Path | None,
    missing: bool,
    freeze: str | None,
    start_path: Path | None,
    restarts: int,
    seed: int,
    tied: bool,
    covariance: str,
    accelerate: str,
    tolerance: float,
    dtype: str,
    as_json: bool,
) -> None:
    """EM from theta, step by step: on the population N(0, I), or on data.

    The start is the orbit of theta; without --data the data are N(0, I) exactly. On the population
    rate_measured is the factor by which the KL divergence shrinks per step at the end of the run;
    on data, the factor of the step length. rate_predicted is its limit in theory, for data from
    N(0, I). Data are taken in coordinates in which the rotation is block diagonal: one pair for
    each frequency 1, 2, ... below k/2, then one for k/2 if k is even. They are read a block at a
    time and may be larger than memory; the command says what it read, and what it took for names
    or an index. With --accelerate the rows are the points that were kept, t is how many E-steps
    (on the population, evaluations of EM's map) came before, and --tolerance is for EM's own step.
    """
    mixture = mixture_of(k, d, weights)
    if start_path is None:
        start = point_of(mixture, amplitudes, radius)
    elif amplitudes is not None or radius is not None:
        raise InputError("--start takes the place of --amplitudes and --radius: give one of them")
    if not 0 <= steps <= MAX_STEPS:
        raise InputError(f"--steps {steps}: give a number from 0 to {MAX_STEPS}")
    if path is None:
        if tolerance or dtype != "float64":
            raise InputError("--tolerance and --dtype are for --data; the population has neither")
        given = {"--header or --no-header": header is not None, "--index": index is not None,
                 "--sample-weight": weight_path is not None, "--missing": missing,
                 "--freeze": freeze is not None, "--start": start_path is not None,
                 "--restarts": restarts != 0}  # fmt: skip
        for name, here in given.items():
            if here:
                raise InputError(f"{name} is for --data; the population is N(0, I)")
        if covariance == "full" or (covariance != "fixed" and not tied):
            raise InputError(
                f"--covariance {covariance}{'' if tied else ' with --free'} needs --data; on the "
                "population use fixed, or isotropic with tied means"
            )
        if not tied and radius is None:
            raise InputError(
                "--free on the population starts from a regular simplex: give --radius, not "
                "--amplitudes (or --data for a start of any shape)"
            )
        with waiting("running"):
            trajectory = _population(mixture, start, steps, tied, covariance, accelerate)
        print_result(trajectory, as_json)
        return
    from overspec.verify.em.choice import best_of, criteria
    from overspec.verify.em.data import wrong_width
    from overspec.verify.em.readers import load_data, read_data

    data = read_data(path, header, index)
    if data.rows.shape[1] != mixture.d:
        raise wrong_width(data.describe(), data.rows.shape[1:], mixture.d)
    first: object = start if start_path is None else _start(load_data(start_path, False, False))
    weight = weights_of_rows(weight_path)
    frozen = [] if freeze is None else _numbers(freeze)
    with patient_progress() as report:
        found = best_of(
            data.rows,
            mixture,
            first,
            steps,
            tied,
            covariance,
            tolerance,
            dtype,
            restarts=restarts,
            seed=seed,
            sample_weight=weight,
            missing=missing,
            frozen=frozen,
            accelerate=accelerate,
            on_progress=report,
        )
    worth = criteria(data.rows, found, weight, missing, frozen)
    print_result(replace(found, source=data, criteria=worth), as_json)


def _start(rows: Any) -> object:
    return rows[0] if len(rows) == 1 else rows


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--freeze {text}: give whole numbers, such as 0,2") from None


def _population(
    mixture: Mixture, start: Energies, steps: int, tied: bool, covariance: str, accelerate: str
) -> Trajectory | FreeTrajectory:
    from overspec.verbs.population import population_em

    if tied:
        return population_em(mixture, start, steps, covariance=covariance, accelerate=accelerate)
    return population_em(mixture, start, steps, tied=False, accelerate=accelerate)
