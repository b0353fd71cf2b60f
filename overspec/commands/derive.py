"""``overspec derive``: the exact condition, spectrum and local rate, by computer algebra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from overspec.commands.shared.options import (
    components,
    d_option,
    json_option,
    k_option,
    mixture_of,
    weights_option,
)
from overspec.commands.shared.output import print_result, waiting
from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.verbs.derive import DeriveResult
    from overspec.verbs.explain import Explanation

EXAMPLES = """\b
Examples:
  overspec derive --k 4
  overspec derive --k 4 --weights 2/5,3/10,1/10,1/5
  overspec derive --weights "1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4" --json
  overspec derive --k 4 --weights 2/5,3/10,1/10,1/5 --tex
  overspec derive --k 3 --explain S6"""


@click.command(short_help="The exact condition on the weights.", epilog=EXAMPLES)
@k_option
@d_option
@weights_option
@click.option("--explain", metavar="LABEL", help="Print the derivation of a statement, such as S6.")
@click.option("--tex", "as_tex", is_flag=True, help="Print TeX that a paper could include.")
@json_option
def derive(
    k: int | None,
    d: int | None,
    weights: str | None,
    explain: str | None,
    as_tex: bool,
    as_json: bool,
) -> int:
    """The exact condition on the weights for EM to contract exponentially.

    A = sum_j pi_j R^j has one eigenvalue for each frequency m of the rotation R, the m-th entry
    of the discrete Fourier transform of the weights. The Hessian of the KL divergence at the
    optimum is A^T A, and the local rate of EM there is 1 - min_m |pi_hat_m|^2. Whether an entry
    is zero is decided exactly. Without --weights the answer is a formula in the weights.

    --explain runs the checks of a derivation for k components (3 by default), then prints it step
    by step. The exit code is 1 if a check fails.
    """
    if as_tex and as_json:
        raise InputError("give --tex or --json, not both: each has standard output to itself")
    if explain is not None:
        return _explain(explain, k, weights, as_tex, as_json)
    from overspec.verbs.derive import derive as compute

    with waiting("deriving"):
        if weights is None:
            found = compute(k=components(k, weights), d=d)
        else:
            found = compute(mixture_of(k, d, weights))
    _show(found, as_tex, as_json)
    return 0


def _explain(label: str, k: int | None, weights: str | None, as_tex: bool, as_json: bool) -> int:
    if weights is not None:
        raise InputError("--explain derives a statement for all weights; leave out --weights")
    from overspec.verbs.explain import explain

    with waiting("deriving"):
        found = explain(label, 3 if k is None else k, variants=not as_tex)
    _show(found, as_tex, as_json)
    return 1 if found.failures else 0


def _show(found: DeriveResult | Explanation, as_tex: bool, as_json: bool) -> None:
    if as_tex:
        click.echo(found.to_latex())
    else:
        print_result(found, as_json)
