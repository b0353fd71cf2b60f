"""``overspec radius``: how far the contraction of the optimum persists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..exact import exact
from .options import json_option, mixture_of, mixture_options
from .output import print_facts, print_json

if TYPE_CHECKING:
    from ..verify.radius import RadiusEstimate

EXAMPLES = """\b
Examples:
  overspec radius --k 3 --weights one-heavy:9/10 --gap 0.9
  overspec radius --k 4 --weights linear --kind factor --orbit simplex --digits 4
  overspec radius --k 2 --weights 0.7,0.3 --kind convexity --json"""

MEANING = {
    "jacobian": "largest eigenvalue of the EM Jacobian <= 1 - c sigma",
    "factor": "every contraction factor g_m >= c sigma",
    "convexity": "the KL divergence is strictly convex",
}


@click.command(short_help="How far the contraction at the optimum reaches.", epilog=EXAMPLES)
@mixture_options
@click.option("--kind", type=click.Choice(list(MEANING)), default="jacobian", show_default=True)
@click.option("--gap", metavar="C", default="1/2", show_default=True, help="c, strictly in (0, 1).")
@click.option(
    "--orbit",
    type=click.Choice(["all", "simplex"]),
    default="all",
    show_default=True,
    help="All theta, or only those whose orbit is a regular simplex.",
)
@click.option("--digits", type=int, default=6, show_default=True, help="Digits to compute.")
@json_option
def radius(
    k: int | None,
    d: int | None,
    weights: str | None,
    kind: str,
    gap: str,
    orbit: str,
    digits: int,
    as_json: bool,
) -> None:
    """The radius gamma up to which EM keeps a share of its contraction at the optimum.

    With sigma the smallest eigenvalue of the Hessian at theta = 0, gamma is the largest r such
    that for all |theta| <= r: the largest eigenvalue of the EM Jacobian is at most
    1 - c sigma (jacobian), or every factor g_m is at least c sigma (factor), or the KL
    divergence is strictly convex (convexity). The result is an estimate by search, not a bound.
    """
    mixture = mixture_of(k, d, weights)
    share = exact(gap, "--gap")
    from ..verify.radius import gamma

    result = gamma(mixture, kind=kind, gap=share, orbit=orbit, digits=digits)
    facts = _facts(result, digits)
    if as_json:
        print_json({"k": mixture.k, "d": mixture.d, "weights": str(mixture.weights)} | facts)
        return
    found = facts["upper"] != "inf"
    worst = "amplitudes " + ", ".join(facts["worst_point"]) if found else "none seen"
    print_facts(
        [
            ("mixture", mixture),
            (
                "question",
                f"{MEANING[kind]} for all |theta| <= gamma"
                + ("" if orbit == "all" else ", regular simplices only"),
            ),
            (
                "gamma",
                f"between {facts['lower']} and {facts['upper']}"
                if found
                else f"no failure seen up to |theta| = {facts['lower']}",
            ),
            ("first failure at", worst),
            ("sigma", facts["sigma"]),
            ("c", gap),
            ("evidence", f"{facts['evidence']}: found by search, not a bound"),
        ]
    )


def _facts(result: RadiusEstimate, digits: int) -> dict[str, Any]:
    from ..reports.format import decimal_text, exact_decimal

    def text(value: float) -> str:
        return decimal_text(value, 10.0 ** -(digits + 1), digits + 1)

    return {
        "lower": text(result.lower),
        "upper": text(result.upper),
        "worst_point": [text(a) for a in result.worst_point],
        "sigma": exact_decimal(result.sigma),
        "kind": result.kind,
        "gap": str(result.gap),
        "orbit": result.orbit,
        "evidence": result.evidence.value,
    }
