"""``overspec radius``: how far the contraction of the optimum persists."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overspec import __version__
from overspec.commands.shared.certified import command_line, save
from overspec.commands.shared.options import json_option, mixture_of, mixture_options
from overspec.commands.shared.output import print_facts, print_json
from overspec.commands.shared.plot import check_plot, plot_option
from overspec.commands.shared.plot import plot as draw_plot
from overspec.commands.verify import progress
from overspec.decimals import rounded_down, rounded_up
from overspec.errors import InputError
from overspec.evidence import Evidence, Provenance
from overspec.exact import Exact, exact
from overspec.mixture import Mixture

if TYPE_CHECKING:
    from overspec.verify.radius.bracket import CertifiedRadius
    from overspec.verify.radius.search import RadiusEstimate

EXAMPLES = """\b
Examples:
  overspec radius --k 3 --weights one-heavy:9/10 --gap 0.9
  overspec radius --k 3 --weights 1/2,0.3,0.2 --certify
  overspec radius --k 4 --weights one-heavy:9/10 --kind factor --gap 0.9 --out gamma.json
  overspec radius --k 1000000 --weights one-heavy:1/2 --orbit simplex --kind factor
  overspec radius --k 4 --weights one-heavy:9/10 --gap 0.9 --plot
  overspec radius --k 2 --weights 0.7,0.3 --kind convexity --json"""

MEANING = {
    "jacobian": "largest eigenvalue of the EM Jacobian <= 1 - c sigma",
    "factor": "every contraction factor g_m >= c sigma",
    "convexity": "the KL divergence is strictly convex",
}
INCONCLUSIVE = 3
DIGITS = 6
MOST_CERTIFIED = 8
CERTIFIED_DIGITS = 12  # printed of a proved end
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
    help="Digits to compute (6; certified over two amplitudes 2).",
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
    with --certify it is a bracket: all theta up to the lower end are covered, and a point of the
    upper end's norm is exhibited, or "inf" is proved. Exit 3 when there is no proof.
    """
    mixture = mixture_of(k, d, weights)
    share = exact(gap, "--gap")
    check_plot(plot)
    if certify or out is not None:
        return _certified(mixture, kind, share, orbit, digits, out, plot, as_json)
    from overspec.verify.radius.search import gamma

    places = DIGITS if digits is None else digits
    result = gamma(mixture, kind=kind, gap=share, orbit=orbit, digits=places)
    facts = _facts(result, places)
    found = facts["upper"] != "inf"
    _report(
        mixture,
        kind,
        orbit,
        gap,
        facts,
        f"between {facts['lower']} and {facts['upper']}"
        if found
        else f"no failure seen up to |theta| = {facts['lower']}",
        "found by search, not a bound",
        as_json,
    )
    _draw(mixture, share, facts, plot, as_json)
    return 0


def _report(
    mixture: Mixture,
    kind: str,
    orbit: str,
    gap: str,
    facts: dict[str, Any],
    verdict: str,
    why: str,
    as_json: bool,
) -> None:
    if as_json:
        print_json({"k": mixture.k, "d": mixture.d, "weights": str(mixture.weights)} | facts)
        return
    if facts["upper"] == "inf":
        worst = "none seen" if facts["evidence"] == "measured" else "none"
    elif facts["worst_point"]:
        worst = "amplitudes " + ", ".join(facts["worst_point"])
    else:
        worst = "the regular simplex of that radius"
    sigma = facts["sigma"]
    print_facts(
        [
            ("mixture", mixture),
            (
                "question",
                f"{MEANING[kind]} for all |theta| <= gamma"
                + ("" if orbit == "all" else ", regular simplices only"),
            ),
            ("gamma", verdict),
            ("first failure at", worst),
            ("sigma", sigma if isinstance(sigma, str) else f"[{sigma[0]}, {sigma[1]}]"),
            ("c", gap),
            ("evidence", f"{facts['evidence']}: {why}"),
            *([("certificate", facts["certificate"])] if "certificate" in facts else []),
        ]
    )


def _draw(
    mixture: Mixture, gap: Exact, facts: dict[str, Any], target: str | None, quiet: bool
) -> None:
    """The curve that decides, where --plot asks for it."""
    if target is None:
        return
    from overspec.reports.figures.radius import radius_curve

    sigma = facts["sigma"] if isinstance(facts["sigma"], str) else facts["sigma"][0]
    kind, orbit = facts["kind"], facts["orbit"]
    command = f"overspec radius --k {mixture.k} --weights {mixture.weights} --kind {kind}"
    curve = radius_curve(
        mixture,
        kind,
        0.0 if kind == "convexity" else float(gap) * float(sigma),
        orbit,
        float("inf") if facts["upper"] == "inf" else float(facts["lower"]),
        [float(a) for a in facts["worst_point"]],
        Evidence(facts["evidence"]),
        Provenance(f"{command} --gap {facts['gap']} --orbit {orbit}", __version__),
    )
    draw_plot(curve, target, quiet)


def _facts(result: RadiusEstimate, digits: int) -> dict[str, Any]:
    from overspec.reports.content.format import decimal_text, exact_decimal

    tolerance = (result.upper - result.lower) / 2
    found = tolerance != float("inf")
    return {
        "kind": result.kind,
        "gap": exact_decimal(result.gap),
        "orbit": result.orbit,
        "lower": decimal_text(result.lower, tolerance if found else 0, digits),
        "upper": decimal_text(result.upper, tolerance, digits) if found else "inf",
        "evidence": result.evidence.value,
        "worst_point": [decimal_text(a, 1e-6) for a in result.worst_point],
        "sigma": decimal_text(result.sigma, 1e-15),
    }


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


def _certified(
    mixture: Mixture,
    kind: str,
    gap: Exact,
    orbit: str,
    digits: int | None,
    out: Path | None,
    plot: str | None,
    as_json: bool,
) -> int:
    from overspec.verify.enclosures.ball import Inconclusive
    from overspec.verify.radius.bracket import certified_gamma

    if digits is not None and not 1 <= digits <= MOST_CERTIFIED:
        raise InputError(f"--digits {digits}: certified radii have 1 to {MOST_CERTIFIED} digits")
    width = None if digits is None else Fraction(1, 10**digits)
    with _covering() as on_share:
        result = certified_gamma(mixture, kind, gap, orbit, width, on_share)
    if isinstance(result, Inconclusive):
        facts: dict[str, Any] = dict.fromkeys(("lower", "upper", "worst_point", "sigma"))
        facts |= {"evidence": "inconclusive", "reason": result.reason}
        if as_json:
            print_json({"k": mixture.k, "d": mixture.d, "weights": str(mixture.weights)} | facts)
        else:
            print_facts([("mixture", mixture), ("gamma", f"inconclusive: {result.reason}")])
        return INCONCLUSIVE
    facts = _proved(result)
    if out is not None:
        from overspec.verify.certificates.write_radius import of_radius

        facts["certificate"] = save(of_radius(result, command_line()), out)
    infinite = facts["upper"] == "inf"
    verdict = (
        "infinite: the inequality holds for every theta"
        if infinite
        else f"[{facts['lower']}, {facts['upper']}]"
    )
    cells = f"{result.cover.points} points, {result.cover.cells} cells"
    why = f"all smaller theta covered ({cells}), " + (
        "the tail by a bound" if infinite else "a violation enclosed at the upper end"
    )
    _report(mixture, kind, orbit, str(gap), facts, verdict, why, as_json)
    _draw(mixture, gap, facts, plot, as_json)
    return 0


def _proved(result: CertifiedRadius) -> dict[str, Any]:
    from overspec.reports.content.format import exact_decimal
    from overspec.verify.radius.bracket import amplitudes_of

    lower = rounded_down(result.lower, CERTIFIED_DIGITS)
    upper = rounded_up(result.upper, CERTIFIED_DIGITS)
    return {
        "kind": result.kind,
        "gap": exact_decimal(result.gap),
        "orbit": result.orbit,
        "lower": "inf" if upper == "inf" else lower,
        "upper": upper,
        "evidence": result.evidence.value,
        "worst_point": [f"{a:.12g}" for a in amplitudes_of(result)],
        "sigma": [
            rounded_down(result.sigma.lower, CERTIFIED_DIGITS),
            rounded_up(result.sigma.upper, CERTIFIED_DIGITS),
        ],
        "covered": lower,
        "points": result.cover.points,
        "cells": result.cover.cells,
        "margin": rounded_down(result.cover.margin, 3),
    }
