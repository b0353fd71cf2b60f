"""``overspec run``: EM from a starting point, on the population or on data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec.commands.shared.options import (
    json_option,
    mixture_of,
    mixture_options,
    point_of,
    point_options,
)
from overspec.commands.shared.output import print_result
from overspec.errors import InputError
from overspec.mixture import Energies, Mixture

if TYPE_CHECKING:
    from overspec.verify.em.free import FreeTrajectory
    from overspec.verify.em.population import Trajectory

EXAMPLES = """\b
Examples:
  overspec run --k 4 --weights linear --radius 1 --steps 30
  overspec run --k 3 --weights 1/2,3/10,1/5 --amplitudes 2 --covariance isotropic
  overspec run --k 3 --weights 1/2,3/10,1/5 --radius 1 --data points.csv --free --json"""

MAX_STEPS = 1_000_000


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
    start = point_of(mixture, amplitudes, radius)
    if not 0 <= steps <= MAX_STEPS:
        raise InputError(f"--steps {steps}: give a number from 0 to {MAX_STEPS}")
    if path is None:
        if tolerance or dtype != "float64":
            raise InputError("--tolerance and --dtype are for --data; the population has neither")
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
        print_result(_population(mixture, start, steps, tied, covariance), as_json)
        return
    from overspec.verify.em.sample import load_data, sample_em

    data = load_data(path)
    found = sample_em(data, mixture, start, steps, tied, covariance, tolerance, dtype)
    print_result(found, as_json)


def _population(
    mixture: Mixture, start: Energies, steps: int, tied: bool, covariance: str
) -> Trajectory | FreeTrajectory:
    from overspec.verbs.population import population_em

    if tied:
        return population_em(mixture, start, steps, covariance=covariance)
    return population_em(mixture, start, steps, tied=False)
