"""``overspec compare``: BIC and ICL against the number of components, on data."""

from __future__ import annotations

from pathlib import Path

import click

from overspec.commands.fit.options import (
    data_options,
    fit_options,
    patient_progress,
    weights_of_rows,
)
from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_result
from overspec.errors import InputError
from overspec.ranges import integer_range

EXAMPLES = """\b
Examples:
  overspec compare --data points.csv --k 1:3
  overspec compare --data points.csv --k 1,3 --weights geometric:1/2 --free --covariance full
  overspec compare --data points.csv --k 1:3 --accelerate anderson --json"""


@click.command(short_help="BIC and ICL against k, on data.", epilog=EXAMPLES)
@click.option(
    "--k",
    "ks",
    metavar="RANGE",
    help="Numbers of components: 3, a list 1,3 or a range 1:3, both ends included.",
)
@click.option(
    "--weights",
    default="uniform",
    show_default=True,
    metavar="FAMILY",
    help="A family, for every k: uniform, one-heavy:P, geometric:Q, linear, random:SEED.",
)
@data_options
@fit_options
@click.option("--starts", type=int, default=5, show_default=True, help="Random starts for each k.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the starts.")
@click.option("--steps", type=int, default=200, show_default=True, help="EM steps at most.")
@click.option(
    "--tolerance",
    type=float,
    default=1e-6,
    show_default=True,
    metavar="EPS",
    help="Stop once a step is no longer than this; 0 takes all steps.",
)
@json_option
def compare(
    ks: str | None,
    weights: str,
    path: Path | None,
    header: bool | None,
    index: bool | None,
    weight_path: Path | None,
    missing: bool,
    tied: bool,
    covariance: str,
    accelerate: str,
    starts: int,
    seed: int,
    steps: int,
    tolerance: float,
    as_json: bool,
) -> None:
    """Compare fits with several k by BIC and ICL: lower is better.

    Each k is fitted from random starts, and its most likely end is taken; k = 1 is one Gaussian
    with a mean of its own, in closed form. The weights are given and are no parameters. Where
    components coincide the model is singular, and the penalty of BIC is too large: it then
    favours few components more than it should.
    """
    if path is None:
        raise InputError("--data is missing: give a table of points, for example --data points.csv")
    if ks is None:
        raise InputError("--k is missing: give the numbers of components, for example --k 1:3")
    if starts < 1:
        raise InputError(f"--starts {starts}: give at least 1")
    sizes = integer_range(ks, "--k")
    from overspec.results.criteria import Comparison
    from overspec.verify.em.choice import compare_k
    from overspec.verify.em.readers import read_data

    data = read_data(path, header, index)
    most = data.rows.shape[1] + 1
    if not 1 <= sizes[0] <= sizes[-1] <= most:
        raise InputError(f"--k {ks}: {data.describe()}; they go with k from 1 to {most}")
    weight = weights_of_rows(weight_path)
    with patient_progress() as report:
        found = compare_k(
            data.rows,
            sizes,
            weights,
            steps,
            tied=tied,
            covariance=covariance,
            restarts=starts,
            seed=seed,
            tolerance=tolerance,
            sample_weight=weight,
            missing=missing,
            accelerate=accelerate,
            on_progress=report,
        )
    fits = tuple(each.criteria for each in found)
    print_result(Comparison(sizes, fits, weights, data.to_dict(), data.describe()), as_json)
