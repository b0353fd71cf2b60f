"""``overspec model``: any maps T_j of one parameter, any Gaussian mixture as the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from overspec.commands.shared.options import digits_option, json_option
from overspec.commands.shared.output import print_result, waiting
from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.models.model import Model
    from overspec.models.truth import Truth
    from overspec.results.result import Result

INCONCLUSIVE = 3

Command = TypeVar("Command", bound=Callable[..., Any])

EXAMPLES = """\b
Examples:
  overspec model --pairs 1 --weights 7/10,3/10 --theta 1
  overspec model --map 1,0 --map 0,1 --map -1,-1 --theta 1,1/2
  overspec model --means 2 --truth 0 --truth 1 --truth-weights 1/3,2/3 --theta 0,2
  overspec model --pairs 1 --weights 7/10,3/10 --truth-theta 1 --box -2:2
  overspec model --pairs 1 --truth-theta 1 --box 9/8:5/4 --factor 1
  overspec model --means 3 --theta 1,2,-1 --steps 20 --json"""


def model_options(command: Command) -> Command:
    """The model, the truth, and the state."""
    options = (
        click.option("--pairs", type=int, metavar="D", help="Means theta and -theta, d = D."),
        click.option("--means", type=int, metavar="K", help="K free means, in --d dimensions."),
        click.option("--d", type=int, default=1, show_default=True, help="Dimension of --means."),
        click.option("--map", "maps", multiple=True, metavar="MATRIX",
                     help="T_j, rows by ;, entries by commas; once for each component."),
        click.option("--shift", "shifts", multiple=True, metavar="LIST",
                     help="c_j, once for each component; 0 unless given."),
        click.option("--weights", default="uniform", show_default=True,
                     help="Exact weights, uniform, or learned."),
        click.option("--covariance", default="identity", show_default=True,
                     help="identity or isotropic-learned."),
        click.option("--truth", multiple=True, metavar="LIST",
                     help="A mean of the truth, once for each; N(0, I) unless given."),
        click.option("--truth-weights", help="Exact weights of the truth."),
        click.option("--truth-theta", metavar="THETA", help="The truth: the model at this theta."),
        click.option("--truth-covariance", metavar="MATRIX", help="The truth is N(0, MATRIX)."),
        click.option("--theta", metavar="LIST", help="Where; or where a run starts."),
        click.option("--start-weights", help="Weights there, where they are learned."),
        click.option("--start-variance", default="1", show_default=True,
                     help="Variance there, where it is learned."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command(short_help="Any maps of one theta, any truth.", epilog=EXAMPLES)
@model_options
@click.option("--certify", is_flag=True, help="Enclosures at theta, every error bounded.")
@digits_option
@click.option("--steps", type=int, metavar="N", help="A run of so many steps from theta.")
@click.option("--algorithm", default="em", show_default=True, help="em, gradient or polyak.")
@click.option("--eta", type=float, default=1.0, show_default=True, help="Step of gradient EM.")
@click.option("--box", metavar="LOW:HIGH", help="All fixed points between two corners, proved.")
@click.option("--factor", metavar="CENTER", help="Contraction towards this over --box, certified.")
@click.option("--basins", is_flag=True, help="Where every start in --box goes, p = 1, proved.")
@json_option
def model(
    pairs: int | None,
    means: int | None,
    d: int,
    maps: tuple[str, ...],
    shifts: tuple[str, ...],
    weights: str,
    covariance: str,
    truth: tuple[str, ...],
    truth_weights: str | None,
    truth_theta: str | None,
    truth_covariance: str | None,
    theta: str | None,
    start_weights: str | None,
    start_variance: str,
    certify: bool,
    digits: int,
    steps: int | None,
    algorithm: str,
    eta: float,
    box: str | None,
    factor: str | None,
    basins: bool,
    as_json: bool,
) -> int:
    """EM for means that any matrices make of one theta, in up to three dimensions.

    The model has the means T_j theta + c_j, covariance I, and weights that are fixed or learned;
    the data come from a Gaussian mixture with covariances I, or from N(0, MATRIX). At --theta: KL,
    one EM step, gradient, Hessian and Jacobian, in doubles or, with --certify, as enclosures. With
    --steps a run; with --box all fixed points, the contraction factor or the basins, with proof.
    The exit code is 3 where a proof is not complete.
    """
    family = _model(pairs, means, d, maps, shifts, weights, covariance)
    law = _truth(family, truth, truth_weights, truth_theta, truth_covariance)
    if box is not None:
        if certify or steps is not None:
            raise InputError("--box is for proofs over a region: leave --certify and --steps out")
        return _over(family, law, box, factor, basins, as_json)
    if factor is not None or basins:
        raise InputError("--factor and --basins ask about a region: give --box LOW:HIGH")
    if theta is None:
        raise InputError(f"--theta is missing: give its {family.p} entries, or a --box")
    if certify and steps is not None:
        raise InputError("--certify is for one theta: leave it or --steps out")
    found: Result
    with waiting("integrating"):
        if certify:
            from overspec.verify.models.certified import certify_model

            found = certify_model(family, law, theta, digits, weights=start_weights,
                                  variance=start_variance)  # fmt: skip
        elif steps is not None:
            from overspec.verify.models.run import Algorithm, run_model

            chosen = Algorithm(algorithm, step=eta)
            found = run_model(family, law, theta, steps, weights=start_weights,
                              variance=start_variance, algorithm=chosen)  # fmt: skip
        else:
            from overspec.verify.models.numbers import evaluate_model

            found = evaluate_model(family, law, theta, start_weights, start_variance)
    print_result(found, as_json)
    return 0


def _model(
    pairs: int | None,
    means: int | None,
    d: int,
    maps: tuple[str, ...],
    shifts: tuple[str, ...],
    weights: str,
    covariance: str,
) -> Model:
    from overspec.models.model import Model

    if [pairs is not None, means is not None, bool(maps)].count(True) != 1:
        raise InputError("give one of --pairs D, --means K and --map MATRIX, again for each map")
    if pairs is not None:
        base = Model.pairs(pairs, weights, covariance)
    elif means is not None:
        base = Model.free(means, d, weights, covariance)
    else:
        base = Model(maps, weights, covariance)
    return Model(base.maps, weights, covariance, shifts) if shifts else base


def _truth(
    family: Model,
    means: tuple[str, ...],
    weights: str | None,
    theta: str | None,
    covariance: str | None,
) -> Truth:
    from overspec.models.truth import Truth

    if [bool(means), theta is not None, covariance is not None].count(True) > 1:
        raise InputError("give at most one of --truth, --truth-theta and --truth-covariance")
    if theta is not None:
        return family.truth(theta, weights)
    if means:
        return Truth(means, weights)
    if weights is not None:
        raise InputError("--truth-weights are those of --truth or --truth-theta: give one")
    return Truth.standard(family.d) if covariance is None else Truth.normal(covariance)


def _over(
    family: Model, law: Truth, box: str, factor: str | None, basins: bool, as_json: bool
) -> int:
    """The three proofs over a box."""
    from overspec.verify.enclosures.ball import Inconclusive
    from overspec.verify.models.contraction import contraction
    from overspec.verify.models.fixed_points import fixed_points
    from overspec.verify.models.line import line_basins

    low, colon, high = box.partition(":")
    if not colon or ":" in high:
        raise InputError(f"--box {box}: give two corners, LOW:HIGH, such as -2:2 or -1,0:1,2")
    if factor is not None and basins:
        raise InputError("give --factor or --basins, not both")
    with waiting("covering"):
        if factor is not None:
            bounds = contraction(family, law, factor, low, high)
            print_result(bounds, as_json)
            return 0 if bounds.conclusive else INCONCLUSIVE
        if not basins:
            points = fixed_points(family, law, low, high)
            print_result(points, as_json)
            return 0 if points.complete else INCONCLUSIVE
        found = line_basins(family, law, low, high)
    if isinstance(found, Inconclusive):
        click.echo(f"inconclusive: {found.reason}", err=True)
        return INCONCLUSIVE
    print_result(found, as_json)
    return 0
