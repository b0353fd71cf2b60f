"""``overspec radius``: how far the contraction of the optimum persists."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec import __version__
from overspec.commands.shared.certified import INCONCLUSIVE, saved
from overspec.commands.shared.options import json_option, mixture_of, mixture_options
from overspec.commands.shared.output import print_result, waiting
from overspec.commands.shared.plot import check_plot, plot_option
from overspec.commands.shared.plot import plot as draw_plot
from overspec.commands.verify import progress
from overspec.evidence import Provenance
from overspec.exact import exact
from overspec.results.radius import MEANING, UnprovedRadius
from overspec.results.text import exact_decimal

if TYPE_CHECKING:
    from overspec.verify.radius.bracket import CertifiedRadius
    from overspec.verify.radius.search import RadiusEstimate

EXAMPLES = """\b
Examples:
  overspec radius --k 3 --weights one-heavy:9/10 --gap 0.9
  overspec radius --k 3 --weights 1/2,0.3,0.2 --certify
  overspec radius --k 3 --weights one-heavy:9/10 --gap 0.9 --digits 50
  overspec radius --k 4 --weights one-heavy:9/10 --kind factor --gap 0.9 --out gamma.json
  overspec radius --k 1000000 --weights one-heavy:1/2 --orbit simplex --kind factor
  overspec radius --k 4 --weights one-heavy:9/10 --gap 0.9 --plot
  overspec radius --k 2 --weights 0.7,0.3 --kind convexity --json"""

EVERY = 1.0  # seconds between lines of progress


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
@click.option(
    "--digits",
    type=int,
    default=None,
    help="Digits to compute: 6, or 2 where two amplitudes are certified; up to 100 where "
    "|theta| decides.",
)
@click.option("--certify", is_flag=True, help="A bracket with both ends proved.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the certificate (JSON), for `overspec check`; implies --certify.",
)
@plot_option
@json_option
def radius(
    k: int | None,
    d: int | None,
    weights: str | None,
    kind: str,
    gap: str,
    orbit: str,
    digits: int | None,
    certify: bool,
    out: Path | None,
    plot: str | None,
    as_json: bool,
) -> int:
    """The radius gamma up to which EM keeps a share of its contraction at the optimum.

    With sigma the smallest eigenvalue of the Hessian at theta = 0, gamma is the largest r such
    that for all |theta| <= r: the largest eigenvalue of the EM Jacobian is at most
    1 - c sigma (jacobian), or every factor g_m is at least c sigma (factor), or the KL
    divergence is strictly convex (convexity). The result is an estimate by search, not a bound;
    beyond 10 digits (k <= 3, simplex orbits, one frequency: to 100; k = 4: to 30; k = 5: to 15)
    two engines must agree. With --certify it is a bracket: the inequality is proved for all theta
    up to the lower end, and it fails at a point of the upper end's norm, or "inf" is proved.
    Where more than 9 digits are certified, the crossing in the bracket is the only one from where
    the cover ends; over all theta, from 7 digits on, the failure is at one point alone (k = 4: to
    30 digits; k = 5: to 8). Exit 3 when there is no proof.
    """
    mixture = mixture_of(k, d, weights)
    share = exact(gap, "--gap")
    check_plot(plot)
    from overspec.verbs.radius import radius as compute

    if not certify and out is None:
        with waiting("searching"):
            found = compute(mixture, kind, share, orbit, digits)
        print_result(found, as_json)
        _draw(found, plot, as_json)
        return 0
    with _covering() as on_share:
        proved = compute(mixture, kind, share, orbit, digits, certify=True, on_share=on_share)
    if isinstance(proved, UnprovedRadius):
        print_result(proved, as_json)
        return INCONCLUSIVE
    print_result(proved, as_json, **saved(proved, out))
    _draw(proved, plot, as_json)
    return 0


def _draw(result: RadiusEstimate | CertifiedRadius, target: str | None, quiet: bool) -> None:
    """The curve that decides, where --plot asks for it."""
    if target is None:
        return
    from overspec.reports.figures.radius import radius_curve

    facts, mixture, kind = result.found(), result.mixture, result.kind
    sigma = facts["sigma"] if isinstance(facts["sigma"], str) else facts["sigma"][0]
    command = f"overspec radius --k {mixture.k} --weights {mixture.weights} --kind {kind}"
    curve = radius_curve(
        mixture,
        kind,
        0.0 if kind == "convexity" else float(result.gap) * float(sigma),
        result.orbit,
        float("inf") if facts["upper"] == "inf" else float(facts["lower"]),
        [float(a) for a in facts["worst_point"]],
        result.evidence,
        Provenance(
            f"{command} --gap {exact_decimal(result.gap)} --orbit {result.orbit}", __version__
        ),
    )
    draw_plot(curve, target, quiet)


@contextmanager
def _covering() -> Iterator[Callable[[Fraction], None]]:
    """How much is covered, on standard error: a bar on a terminal, a line a second elsewhere."""
    with progress() as report:
        shown = time.monotonic()

        def on_share(share: Fraction) -> None:
            nonlocal shown
            percent = int(100 * share)
            if sys.stderr.isatty():
                report("covering", percent, 100)
            elif time.monotonic() - shown >= EVERY:
                click.echo(f"covered {percent}%", err=True)
                shown = time.monotonic()

        yield on_share
